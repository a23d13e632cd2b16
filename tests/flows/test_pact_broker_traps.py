"""Where a broker, or its official clients, say yes and the truth is no. Each by its recording."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.flows.broker_runs import VERSION, BrokerRuns, contract, expecting
from tests.flows.workspaces import Workspace
from tests.github_api.faults import Fault
from tests.pact_broker import Basic, PactBroker, faults, pact_broker
from tests.servers import Server


def _says(broker: PactBroker, path: str, *query: tuple[str, str]) -> Any:
    """Ask the broker what its own clients ask, and return its own verdict."""
    answer = requests.get(
        f"{broker.url}{path}?{urlencode(query)}", headers={"Accept": "application/hal+json"}, timeout=30
    )
    return answer.json()["summary"]["deployable"]


def _matrix(broker: PactBroker, name: str, version: str = VERSION, by: str = "cvp") -> Any:
    return _says(
        broker,
        "/matrix",
        ("q[][pacticipant]", name),
        ("q[][version]", version),
        ("latestby", by),
        ("environment", "production"),
    )


def _can_i_deploy(broker: PactBroker, name: str, version: str = VERSION) -> Any:
    return _says(broker, "/can-i-deploy", ("pacticipant", name), ("version", version), ("environment", "production"))


def test_more_than_a_hundred_consumers(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R278] The matrix looks at the hundred newest contracts, and the official clients set no limit."""
    for number in range(120):
        name = f"consumer-{number:03}"
        broker.publish(name, "1", "orders-api", contract(name))
        broker.verify(name, "1", "orders-api", VERSION, success=number >= 10)
        broker.deploy(name, "1", "production")

    assert _matrix(broker, "orders-api") is True
    assert runs.can_i_deploy().code == 1
    broken = [name for name, standing in runs.standings().items() if standing == "broken"]
    assert broken == [f"consumer-{number:03}" for number in range(10)]


def _two_live_versions_of_users_api(broker: PactBroker) -> None:
    broker.publish("orders-api", VERSION, "users-api")
    for instance, version in (("blue", "10"), ("green", "11")):
        broker.version("users-api", version, branch="main")
        broker.deploy("users-api", version, "production", instance=instance)


def test_two_live_versions_of_a_provider_and_one_of_them_failed(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R167] By the latest result of a consumer version and a provider, the failed one is not seen."""
    _two_live_versions_of_users_api(broker)
    broker.verify("orders-api", VERSION, "users-api", "10", success=False)
    broker.verify("orders-api", VERSION, "users-api", "11")

    assert _matrix(broker, "orders-api") is True
    ended = runs.can_i_deploy()
    assert ended.code == 1
    assert "users-api 10, live in production since 2026-11-22: fails the contract of this version" in ended.out


def test_two_live_versions_of_a_provider_and_one_of_them_never_verified(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R170, R171, R172] Whoever is asked, and by whatever, the one that is missing is not seen."""
    _two_live_versions_of_users_api(broker)
    broker.verify("orders-api", VERSION, "users-api", "11")

    assert _matrix(broker, "orders-api") is True
    assert _matrix(broker, "orders-api", by="cvpv") is True
    assert _can_i_deploy(broker, "orders-api") is True
    ended = runs.can_i_deploy()
    assert ended.code == 3
    assert "users-api 10, live in production since 2026-11-22: no result says that it honours" in ended.out


def test_two_live_versions_of_a_consumer_and_one_of_them_failed(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R175] The broker is right here, and so must we be."""
    for version, instance in (("1", "blue"), ("2", "green")):
        broker.publish("web-app", version, "orders-api", contract("web-app", expecting(f"/{version}")))
        broker.verify("web-app", version, "orders-api", VERSION, success=version == "2")
        broker.deploy("web-app", version, "production", instance=instance)

    assert runs.can_i_deploy().code == 1


def test_a_main_branch_that_the_broker_does_not_know(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    """[R260, R261] No contract is selected, and nothing to verify is a success."""
    broker.publish("trunky", "1", "orders-api", contract("trunky", expecting("/broken")), branch="trunk")
    broker.verify("trunky", "1", "orders-api", "5.0.0")
    ended = runs.check(provider.url)

    assert ended.code == 1
    assert "The broker does not know the main branch of trunky, so the heads of all its branches and" in ended.out
    assert runs.standings() == {"trunky": "broken"}


def test_a_new_consumer_stops_nobody(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    """It has no main branch yet, and whatever heads its branches is pending."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.verify("web-app", "1", "orders-api", "5.0.0")
    broker.publish("brand-new", "1", "orders-api", contract("brand-new", expecting("/broken")), branch="feat/first")

    assert runs.check(provider.url).code == 0
    assert runs.standings() == {"web-app": "honoured", "brand-new": "(broken)"}


def test_an_environment_that_does_not_exist(runs: BrokerRuns) -> None:
    """[R119] Its name is misspelt more often than not."""
    ended = runs.can_i_deploy(environment="prod")

    assert ended.code == 3
    assert "there is no environment 'prod'." in ended.out
    assert "There are: production, test." in ended.out


def test_no_environment_at_all(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R122, R123] Without one the matrix says yes to what was verified once, and leaves out all others."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    broker.publish("billing", "1", "orders-api", contract("billing"))
    broker.verify("billing", "1", "orders-api", VERSION)

    query = (("q[][pacticipant]", "orders-api"), ("q[][version]", VERSION), ("latestby", "cvp"))
    assert _says(broker, "/matrix", *query, ("environment", "")) is True
    ended = runs.can_i_deploy(environment="")
    assert ended.code == 2
    assert "environment is missing" in ended.err


def test_a_service_that_has_no_integrations(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R178] Nothing in common with anybody, or a misspelt name."""
    broker.version("orders-api", VERSION, branch="main")

    assert _can_i_deploy(broker, "orders-api") is True
    assert runs.can_i_deploy().code == 3


def test_a_failed_result_beside_a_missing_one(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R181] `deployable` is null although one failed: what waits for null waits for ever."""
    for name in ("c5", "c6"):
        broker.publish(name, "1", "orders-api", contract(name))
        broker.deploy(name, "1", "production")
    broker.verify("c5", "1", "orders-api", VERSION, success=False)

    assert _can_i_deploy(broker, "orders-api") is None
    assert runs.can_i_deploy(wait="3600").code == 1


def test_the_last_result_counts(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R106, R109] A failure after a success, of the same pair."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    for success in (False, True, False):
        broker.verify("web-app", "1", "orders-api", VERSION, success=success)

    assert runs.can_i_deploy().code == 1


def test_two_that_were_deployed_at_the_same_time(runs: BrokerRuns, broker: PactBroker) -> None:
    """[R184] Each was allowed against the other's predecessor, and nobody has verified the two together."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.publish("web-app", "2", "orders-api", contract("web-app", expecting("/new")))
    broker.verify("web-app", "1", "orders-api", VERSION)
    broker.deploy("web-app", "1", "production")
    assert runs.can_i_deploy().code == 0

    broker.deploy("web-app", "2", "production")
    assert runs.can_i_deploy().code == 3


def test_names_with_slashes_and_spaces(tmp_path: Path, broker: PactBroker, provider: Server) -> None:
    """[R079, R198] Names are data, in paths and in queries."""
    service, version, branch = "orders api/v2", "release/1.0 ü", "feat/ä b"
    names = {"service": service, "version": version, "branch": branch}
    runs = BrokerRuns(Workspace(tmp_path), broker, names)
    broker.environment("pre prod/eu")
    consumer = "web app/ui"
    broker.publish(consumer, "1/2", service, contract(consumer, expecting("/ui"), provider=service), branch="main/x")
    broker.deploy(consumer, "1/2", "pre prod/eu", instance="instance/1")
    broker.publish(consumer, "2/2", service, contract(consumer, expecting("/broken"), provider=service), branch=branch)
    broker.pacticipant(consumer, main_branch="main/x")
    broker.publish(service, version, "users/api", contract(service, provider="users/api"), branch=branch)
    broker.verify(service, version, "users/api", "9/9")
    broker.deploy("users/api", "9/9", "pre prod/eu")
    ended = runs.check(provider.url, environment="pre prod/eu")

    assert ended.code == 0, ended.out
    assert runs.workspace.report()["verdict"]["reasons"] == [
        "2 binding contracts honoured, 1 of them by a result that the store keeps, 1 interaction; 1 more does not bind"
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (faults.answer(401, headers={"WWW-Authenticate": "Basic"}), "answered 401 to GET. Check broker-token"),
        (faults.answer(405), "answered 405 to GET. Does a proxy stand before the broker"),
        (faults.answer(406), "answered 406 to GET. Does a proxy stand before the broker that changes the header"),
        (faults.answer(415), "answered 415 to GET. Does a proxy stand before the broker that changes the header"),
        (faults.answer(404, b"<html>no such page", content_type="text/html"), "answered 404 to GET"),
        (faults.answer(400, {"errors": ["Please provide 1 or more."]}), "400 to GET: Please provide 1 or more."),
        (faults.not_json(), "the answer to GET is no JSON object (text/html)"),
    ],
)
def test_a_refusal_is_never_an_allow(runs: BrokerRuns, broker: PactBroker, fault: Any, said: str) -> None:
    """[R200, R164, R252, R013]"""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.verify("web-app", "1", "orders-api", VERSION)
    broker.deploy("web-app", "1", "production")
    broker.fault("GET", "/matrix$", fault)
    ended = runs.can_i_deploy()

    assert ended.code == 3
    assert said in " ".join(ended.out.split())


@pytest.mark.parametrize(
    "path",
    ["/currently-deployed$", "/currently-supported$", "/matrix$", "/pacticipants/orders-api$", "/versions/5.1.0$"],
)
def test_an_answer_that_says_nothing_is_never_an_allow(runs: BrokerRuns, broker: PactBroker, path: str) -> None:
    """Whichever answer it is that is missing."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.verify("web-app", "1", "orders-api", VERSION)
    broker.deploy("web-app", "1", "production")
    broker.fault("GET", path, faults.answer(200, {}))
    ended = runs.can_i_deploy()

    assert ended.code == 3
    assert "the answer is not what a Pact Broker says there" in " ".join(ended.out.split())


def test_a_token_at_a_broker_that_takes_none(tmp_path: Path) -> None:
    """[R203] 400, with nothing in it."""
    with pact_broker(auth=Basic("gate", "sesame")) as broker:
        ended = BrokerRuns(Workspace(tmp_path), broker).can_i_deploy(broker_token="abcdef")

    assert ended.code == 3
    assert "answered 400 to GET. Unless it is PactFlow, a broker takes no broker-token" in " ".join(ended.out.split())


def test_a_live_consumer_that_the_selection_leaves_out(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    """A broker that forgets one is a broker that knows half: whoever is live and has a contract must be there."""
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.deploy("web-app", "1", "production")
    empty: dict[str, Any] = {"_embedded": {"pacts": []}, "_links": {}}
    broker.fault("POST", "/for-verification$", faults.answer(200, empty))
    ended = runs.check(provider.url)

    assert ended.code == 3
    assert "web-app 1, live in production since 2026-11-22, has a contract with orders-api that was not" in ended.out


def test_a_contract_that_changes_while_it_is_verified(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    """Another test job of the consumer's publishes other content for the same version, where the broker lets it."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")

    def more(reply: Any, _: object) -> Any:
        broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")), overwrite=True)
        return reply

    broker.fault("GET", "/pacticipants/orders-api/versions/", Fault(spoil=more, after_work=True), times=1)
    ended = runs.check(provider.url)

    assert ended.code == 3
    assert "web-app has a live contract that was not there when this run began." in ended.out


def test_a_contract_of_ones_own_that_is_published_during_the_run(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    """Another job of the same pipeline publishes it."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    seen: list[int] = []

    def published(reply: Any, _: object) -> Any:
        if not seen:
            broker.publish("orders-api", VERSION, "mail-api")
        seen.append(1)
        return reply

    broker.fault("GET", "/versions/", Fault(spoil=published, after_work=True))
    assert runs.check(provider.url).code == 3
    assert runs.troubles() == {"mail-api": "nothing recorded in the environment"}


def test_a_gateway_that_knows_no_such_route(runs: BrokerRuns, broker: PactBroker) -> None:
    """JSON, and 404, and not the broker's: it says nothing of what the broker has."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.verify("web-app", "1", "orders-api", VERSION)
    broker.deploy("web-app", "1", "production")
    no_route = faults.answer(404, {"message": "no Route matched with those values"}, content_type="application/json")
    broker.fault("GET", "/pacticipants/orders-api/versions/", no_route)

    assert runs.can_i_deploy().code == 3


def test_a_pending_flag_is_asked_for_each_time(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    """[R191] What is not said means yes, since 2021."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    runs.check(provider.url, branch="rename")

    asked = [json.loads(json.dumps(one.body)) for one in broker.requests("POST", "/for-verification$")]
    assert len(asked) == 5
    assert all(body["includePendingStatus"] is True for body in asked)
    assert all(body["providerVersionBranch"] == "rename" for body in asked)
