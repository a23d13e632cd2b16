"""A provider and its pipeline with a Pact Broker, walked through the command line as a user does."""

from pathlib import Path

import pytest

from tests.flows.broker_runs import VERSION, BrokerRuns, contract, expecting, verified
from tests.flows.workspaces import Workspace
from tests.github_api.faults import Fault
from tests.pact_broker import Basic, Bearer, PactBroker, faults, pact_broker
from tests.servers import Server, Tls


def test_the_relevant_contracts_and_no_others_are_verified(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("live", "1", "orders-api", contract("live"))
    broker.publish("live", "2", "orders-api", contract("live", expecting("/live/2")))
    broker.publish("live", "3", "orders-api", contract("live", expecting("/live/abandoned")), branch="abandoned")
    broker.deploy("live", "1", "production")
    broker.publish("elsewhere", "1", "orders-api", contract("elsewhere"), branch="x")
    broker.publish("elsewhere", "2", "orders-api", contract("elsewhere", expecting("/elsewhere/2")), branch="main")
    broker.deploy("elsewhere", "1", "test")
    broker.publish("supported", "1", "orders-api", contract("supported"))
    broker.release("supported", "1", "production")
    broker.publish("alike", "1", "orders-api", contract("alike"), branch="main")
    broker.publish("alike", "2", "orders-api", contract("alike", expecting("/alike/2")), branch="rename")
    broker.publish("foreign", "1", "users-api", contract("foreign", provider="users-api"))

    ended = runs.check(provider.url, branch="rename")

    assert ended.code == 0, ended.out
    assert sorted(verified(provider)) == ["/alike", "/alike/2", "/elsewhere/2", "/live", "/live/2", "/supported"]
    assert "live 1 " in ended.out
    assert "production since 2026-11-22" in ended.out


def test_a_pending_break_does_not_block_and_a_live_one_does(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    pending = runs.check(provider.url)

    assert pending.code == 0
    assert "pending: does not block" in pending.out
    assert runs.standings() == {"web-app": "(broken)"}

    broker.deploy("web-app", "1", "production")
    live = runs.check(provider.url)

    assert live.code == 1
    assert "web-app 1, live in production since 2026-11-22: 1 of 1 interaction broken" in live.out
    assert runs.standings() == {"web-app": "broken"}


def test_a_head_that_was_honoured_on_this_branch_binds_until_the_deploy(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.verify("web-app", "1", "orders-api", "5.0.0")
    broker.release("orders-api", "5.0.0", "production")

    assert runs.check(provider.url).code == 1
    assert runs.troubles() == {"web-app": "broken by this change"}
    assert runs.check(provider.url, stage="deploy").code == 0
    assert runs.standings() == {"web-app": "(broken)"}


def test_what_was_broken_before_is_not_blamed_on_this_change(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.deploy("web-app", "1", "production")
    broker.verify("web-app", "1", "orders-api", "5.0.0", success=False)
    ended = runs.check(provider.url, branch="rename")

    assert ended.code == 1
    assert runs.troubles() == {"web-app": "already broken before it"}
    assert "the team of orders-api, not the authors of this change alone" in ended.out


def test_an_unknown_consumer_side_clears_while_waiting(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    broker.publish("orders-api", VERSION, "users-api")
    broker.version("users-api", "9", branch="main")
    broker.deploy("users-api", "9", "production")
    assert runs.check(provider.url).code == 3
    assert runs.troubles() == {"users-api": "never verified"}

    def verified(reply: object, _: object) -> object:
        broker.verify("orders-api", VERSION, "users-api", "9")
        return reply

    broker.fault("GET", "/matrix$", Fault(spoil=verified, after_work=True), times=1)  # type: ignore[arg-type]
    ended = runs.check(provider.url, wait="40")

    assert ended.code == 0
    assert "waiting for users-api 9 (live in production since 2026-11-22) to verify the contract of" in ended.out
    assert runs.standings() == {"users-api": "honoured"}


def test_waiting_ends_at_once_with_a_failure(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    for name in ("users-api", "mail-api"):
        broker.publish("orders-api", VERSION, name)
        broker.version(name, "9", branch="main")
        broker.deploy(name, "9", "production")

    def failed(reply: object, _: object) -> object:
        broker.verify("orders-api", VERSION, "users-api", "9", success=False)
        return reply

    broker.fault("GET", "/matrix$", Fault(spoil=failed, after_work=True), times=1)  # type: ignore[arg-type]
    ended = runs.check(provider.url, wait="3600")

    assert ended.code == 1
    assert runs.standings() == {"users-api": "broken", "mail-api": "unverified"}
    assert runs.troubles()["users-api"] == "broken"


@pytest.mark.parametrize(
    ("earlier", "trouble"), [("/old", "broken by this change"), ("/new", "already broken before it")]
)
def test_a_provider_is_to_blame_for_what_an_earlier_version_expected_already(
    runs: BrokerRuns, broker: PactBroker, provider: Server, earlier: str, trouble: str
) -> None:
    def expected(path: str) -> object:
        return contract("orders-api", expecting(path), provider="users-api")

    broker.publish("orders-api", "5.0.0", "users-api", expected(earlier))  # type: ignore[arg-type]
    broker.deploy("orders-api", "5.0.0", "production")
    broker.publish("orders-api", VERSION, "users-api", expected("/new"))  # type: ignore[arg-type]
    broker.verify("orders-api", VERSION, "users-api", "9", success=False)
    broker.deploy("users-api", "9", "production")
    ended = runs.check(provider.url)

    assert ended.code == 1
    assert runs.troubles() == {"users-api": trouble}


def test_contracts_that_are_published_later_are_waited_for(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("orders-api", "5.0.0", "users-api")
    broker.version("users-api", "9", branch="main")
    broker.deploy("users-api", "9", "production")
    broker.deploy("orders-api", "5.0.0", "production")

    def published(reply: object, _: object) -> object:
        broker.publish("orders-api", VERSION, "users-api")
        broker.verify("orders-api", VERSION, "users-api", "9")
        return reply

    broker.fault("GET", "/pacticipants/orders-api/versions$", Fault(spoil=published, after_work=True), times=1)  # type: ignore[arg-type]
    ended = runs.check(provider.url, wait="40")

    assert ended.code == 0, ended.out
    assert "waiting for contracts of orders-api 5.1.0 to be published" in ended.out


def test_a_provider_that_is_not_live_is_unknown(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    broker.publish("orders-api", VERSION, "users-api")
    broker.verify("orders-api", VERSION, "users-api", "9")
    ended = runs.check(provider.url)

    assert ended.code == 3
    assert runs.troubles() == {"users-api": "nothing recorded in the environment"}
    assert "users-api: no version of it is recorded as live in production. Deploy users-api there first" in ended.out


def test_work_in_progress_is_verified_when_asked_for_and_never_blocks(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.publish("web-app", "2", "orders-api", contract("web-app", expecting("/broken")), branch="wip")
    assert runs.check(provider.url).code == 0
    assert "/broken" not in verified(provider)

    assert runs.check(provider.url, wip_since="2026-01-01").code == 0
    assert "/broken" in verified(provider)
    assert runs.standings() == {"web-app": "(broken)"}


def test_selectors_of_ones_own_replace_the_heads_and_not_what_is_live(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.publish("web-app", "2", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    ended = runs.check(provider.url, consumer_version_selectors='[{"branch": "none"}]')

    assert ended.code == 1
    assert verified(provider) == ["/broken"] * 2  # a break is tried again
    assert "consumer-version-selectors is set" in ended.out


def test_a_version_without_the_contracts_of_earlier_ones_is_unknown(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("orders-api", "5.0.0", "users-api")
    ended = runs.check(provider.url)

    assert ended.code == 3
    assert "orders-api 5.0.0 has contracts with providers, and version 5.1.0 has none in the store" in ended.out
    broker.version("orders-api", VERSION, branch="main")
    assert runs.check(provider.url).code == 3
    assert runs.check(provider.url, consumes="none").code == 0


def test_an_older_version_need_not_expect_what_newer_ones_do(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.version("orders-api", VERSION, branch="main")
    broker.publish("orders-api", "6.0.0", "users-api")
    broker.deploy("orders-api", "6.0.0", "production")

    assert runs.check(provider.url, stage="deploy").code == 0


def test_a_service_that_nobody_knows_is_unknown(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    assert runs.check(provider.url).code == 3
    broker.version("orders-api", "1", branch="main")
    assert runs.check(provider.url).code == 3
    broker.deploy("orders-api", "1", "production")
    assert runs.check(provider.url).code == 0


def test_a_deploy_to_where_nothing_is_recorded_is_unknown(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    ended = runs.check(provider.url, stage="deploy")

    assert ended.code == 3
    assert "production: nothing at all is recorded as deployed or released in this environment." in ended.out
    first = runs.check(provider.url, stage="deploy", first_deployment="true")
    assert first.code == 0
    assert "Nothing at all is recorded as live in production, and first-deployment is set." in first.out


def test_can_i_deploy_decides_by_what_is_kept(runs: BrokerRuns, broker: PactBroker) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    unknown = runs.can_i_deploy()
    broker.verify("web-app", "1", "orders-api", VERSION)
    allowed = runs.can_i_deploy()
    broker.verify("web-app", "1", "orders-api", VERSION, success=False)
    blocked = runs.can_i_deploy()

    assert (unknown.code, allowed.code, blocked.code) == (3, 0, 1)
    assert "Verify this version of orders-api first: gate check, with provider-url" in unknown.out
    assert "1 binding contract honoured, 1 of them by a result that the store keeps" in allowed.out


def test_a_contract_that_a_webhook_names_is_verified_alone(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.deploy("web-app", "1", "production")
    broker.publish("billing", "1", "orders-api", contract("billing"))
    url = f"{broker.url}/pacts/provider/orders-api/consumer/billing/version/1"
    ended = runs.check(provider.url, contract_url=url, environment="")

    assert ended.code == 0
    assert verified(provider) == ["/billing"]
    assert "orders-api: the contract of billing is honoured" in ended.out
    assert "this allows no deployment" in ended.out
    other = f"{broker.url}/pacts/provider/orders-api/consumer/web-app/version/1"
    assert runs.check(provider.url, contract_url=other, environment="").code == 1


@pytest.mark.parametrize(
    ("auth", "options"),
    [
        (Basic("gate", "open sesame"), {"broker-username": "gate", "broker-password": "open sesame"}),
        (Bearer("abcdef123456"), {"broker-token": "abcdef123456"}),
    ],
)
def test_a_broker_behind_a_login_and_a_path_is_reached_and_its_secrets_are_not_shown(
    tmp_path: Path, provider: Server, auth: Basic | Bearer, options: dict[str, str]
) -> None:
    with pact_broker(auth=auth, prefix="/pacts/broker") as broker:
        broker.publish("web-app", "1", "orders-api", contract("web-app"))
        broker.deploy("web-app", "1", "production")
        runs = BrokerRuns(Workspace(tmp_path), broker)
        allowed = runs.check(provider.url, **options)
        refused = runs.check(provider.url)

    assert allowed.code == 0
    assert refused.code == 3
    assert "the Pact Broker answered 401 to GET" in refused.out
    assert "Check broker-token, or broker-username and broker-password" in refused.out
    everything = allowed.out + (tmp_path / "contract-gate-report.json").read_text()
    assert "open sesame" not in everything
    assert "abcdef123456" not in everything


def test_a_broker_with_a_certificate_of_the_companys_own(tmp_path: Path, provider: Server, tls: Tls) -> None:
    with pact_broker(tls=tls) as broker:
        broker.publish("web-app", "1", "orders-api", contract("web-app"))
        broker.deploy("web-app", "1", "production")
        runs = BrokerRuns(Workspace(tmp_path / "w"), broker)
        runs.workspace.folder.mkdir()

        assert runs.check(provider.url, broker_ca_file=str(tls.authority)).code == 0


def test_one_fault_of_the_brokers_is_survived_and_many_are_unknown(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    broker.fault("GET", "/environments", faults.answer(503), times=1)
    broker.fault("POST", "/for-verification", faults.dropped(after_work=True), times=1)

    assert runs.check(provider.url).code == 0
    broker.fault("GET", "/pact-version/", faults.answer(404, {"error": "The requested document was not found"}))
    ended = runs.check(provider.url)
    assert ended.code == 3
    assert "the Pact Broker answered 404 to GET" in ended.out
