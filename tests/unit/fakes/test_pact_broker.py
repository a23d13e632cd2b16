import base64
import json
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import trustme

from tests.pact_broker import Basic, Bearer, PactBroker, a_pact, faults, pact_broker
from tests.pact_broker.asking import HAL, ask, deployable, pacts_for
from tests.servers import Tls

PROBLEM = "application/problem+json"
API = "orders-api"


@pytest.fixture
def broker() -> Iterator[PactBroker]:
    with pact_broker() as broker:
        yield broker


# Publishing and building


def test_what_is_built_and_what_is_published_are_the_same_content(broker: PactBroker) -> None:
    pact = a_pact("web-app", API)
    built = broker.publish("web-app", "1.0.0", API)
    content = base64.b64encode(json.dumps(dict(reversed(pact.items()))).encode()).decode()
    contract = {
        "consumerName": "web-app",
        "providerName": API,
        "specification": "pact",
        "contentType": "application/json",
        "content": content,
    }
    published = {
        "pacticipantName": "web-app",
        "pacticipantVersionNumber": "1.0.1",
        "branch": "feat/x",
        "tags": ["dev"],
        "contracts": [contract],
    }

    assert ask(broker, "POST", "/contracts/publish", published).status_code == 200

    assert broker.content("web-app", "1.0.1", API) is built.content
    assert list(broker.state.pacticipants["web-app"].versions["1.0.1"].branches) == ["feat/x"]
    assert list(broker.state.pacticipants["web-app"].versions["1.0.1"].tags) == ["dev"]


def test_pacts_with_other_interactions_are_other_contents() -> None:
    with pact_broker() as broker:
        broker.publish("web-app", "1", API)
        broker.publish("web-app", "2", API, a_pact("web-app", API, "a request", "another"))

        assert broker.content("web-app", "1", API) is not broker.content("web-app", "2", API)


def test_the_first_usual_branch_becomes_the_main_branch(broker: PactBroker) -> None:
    broker.version("web-app", "1", branch="trunk")
    broker.version("web-app", "2", branch="master")
    broker.version("web-app", "3", branch="main")

    assert ask(broker, "GET", "/pacticipants/web-app").json()["mainBranch"] == "master"


def test_each_write_takes_a_second_and_reading_takes_none(broker: PactBroker) -> None:
    broker.clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    broker.publish("web-app", "1", API)
    ask(broker, "GET", "/pacticipants")
    ask(broker, "PUT", "/pacticipants/orders-api/branches/main/versions/5", {})
    broker.clock.advance(days=1)
    broker.deploy("web-app", "1", "production")

    versions = [broker.state.pacticipants[name].latest for name in ("web-app", API)]
    created = [version.created_at for version in versions if version is not None]
    assert created == ["2026-01-01T00:00:01+00:00", "2026-01-01T00:00:03+00:00"]
    assert broker.clock.read() == "2026-01-02T00:00:04+00:00"


def test_a_deployment_takes_the_place_of_the_one_at_its_instance(broker: PactBroker) -> None:
    broker.deploy(API, "1", "production")
    broker.deploy(API, "2", "production", instance="blue")
    broker.deploy(API, "3", "production")
    broker.release(API, "4", "production")
    broker.release(API, "5", "production")
    assert broker.live("production", API) == ["2", "3", "4", "5"]

    broker.undeploy(API, "2", "production", instance="blue")
    broker.end_support(API, "4", "production")

    assert broker.live("production", API) == ["3", "5"]


def test_a_place_must_be_there_before_something_is_deployed_to_it(broker: PactBroker) -> None:
    with pytest.raises(KeyError, match="create the environment staging first"):
        broker.deploy(API, "1", "staging")
    broker.environment("staging")
    broker.deploy(API, "1", "staging")

    assert broker.live("staging", API) == ["1"]


def test_many_may_write_at_the_same_time(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    href = pacts_for(broker)[0]["_links"]["self"]["href"]

    def post(number: int) -> int:
        body = {"success": True, "providerApplicationVersion": str(number)}
        return requests.post(f"{href}/verification-results", json=body, timeout=5).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(post, range(40))) == [201] * 40

    assert sorted(result.number for result in broker.results(API)) == list(range(1, 41))


def test_a_branch_and_its_versions_are_read_and_taken_away(broker: PactBroker) -> None:
    broker.version(API, "1", branch="feat/x", tags=("dev",))
    broker.version(API, "2", branch="feat/x")
    branch = "/pacticipants/orders-api/branches/feat%2Fx"

    assert ask(broker, "GET", branch).json()["name"] == "feat/x"
    assert ask(broker, "GET", f"{branch}/latest-version").json()["number"] == "2"
    assert ask(broker, "GET", "/pacticipants/orders-api/latest-version").json()["number"] == "2"
    assert ask(broker, "DELETE", f"{branch}/versions/2").status_code == 204
    assert ask(broker, "GET", f"{branch}/versions/2").status_code == 404
    assert ask(broker, "GET", f"{branch}/latest-version").json()["number"] == "1"
    assert ask(broker, "DELETE", branch).status_code == 204
    assert ask(broker, "GET", branch).status_code == 404
    assert ask(broker, "GET", "/pacticipants/orders-api/versions/1/tags/dev").json()["name"] == "dev"
    assert ask(broker, "GET", "/pacticipants/orders-api/versions/1/tags/prod").status_code == 404


def test_a_version_is_forgotten_with_all_that_hangs_on_it(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    broker.verify("web-app", "1", API, "5")
    for name, version in (("web-app", "1"), (API, "5")):
        broker.deploy(name, version, "production")
        broker.release(name, version, "production")

    assert ask(broker, "DELETE", "/pacticipants/orders-api/versions/5").status_code == 204
    assert broker.results(API) == []
    assert deployable(broker, "web-app", "1") is None
    assert ask(broker, "DELETE", "/pacticipants/web-app/versions/1").status_code == 204

    assert pacts_for(broker) == []
    assert [broker.live("production", name) for name in ("web-app", API)] == [[], []]


def test_the_records_of_a_version_end_and_stay(broker: PactBroker) -> None:
    production = broker.environment("production", production=True)
    deployment, release = broker.deploy(API, "1", "production"), broker.release(API, "1", "production")
    assert broker.release(API, "1", "production") is release
    merge = {"Content-Type": "application/merge-patch+json"}
    path = f"/pacticipants/orders-api/versions/1/deployed-versions/environment/{production.uuid}"

    ask(broker, "PATCH", f"/deployed-versions/{deployment.uuid}", {"currentlyDeployed": False}, headers=merge)
    ask(broker, "PATCH", f"/released-versions/{release.uuid}", {"currentlySupported": False}, headers=merge)

    assert broker.live("production", API) == []
    assert ask(broker, "GET", f"/released-versions/{release.uuid}").json()["currentlySupported"] is False
    listed = ask(broker, "GET", path).json()["_embedded"]["deployedVersions"]
    assert [(one["uuid"], one["currentlyDeployed"]) for one in listed] == [(deployment.uuid, False)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/deployed-versions/none"),
        ("GET", "/released-versions/none"),
        ("GET", "/environments/none"),
        ("GET", "/pacticipants/none/branches/main"),
        ("GET", "/pacticipants/none/latest-version"),
        ("DELETE", "/pacticipants/orders-api/branches/none"),
        ("DELETE", "/pacticipants/orders-api/branches/none/versions/1"),
        ("GET", "/pacticipants/orders-api/branches/none/latest-version/can-i-deploy/to-environment/test"),
        ("GET", "/matrix/provider/orders-api/consumer/none"),
        ("GET", "/pacts/provider/orders-api/consumer/none/latest"),
        ("GET", "/pacts/provider/orders-api/consumer/none/version/1"),
        ("GET", "/pacts/provider/orders-api/consumer/none/version/1/diff/previous-distinct"),
        ("GET", "/pacts/provider/orders-api/consumer/none/pact-version/0/verification-results/1"),
        ("GET", "/verification-results/consumer/none/version/1/latest"),
    ],
)
def test_what_is_not_there_is_not_found(broker: PactBroker, method: str, path: str) -> None:
    broker.version(API, "1")

    assert ask(broker, method, path, headers={"Accept": "*/*"}).status_code == 404


# Credentials and addresses


def test_a_password_opens_the_broker_and_a_reader_may_only_read() -> None:
    with pact_broker(auth=Basic("user", "pass", reader=("reader", "read"))) as broker:
        broker.publish("web-app", "1", API)
        path, put = f"/pacts/provider/{API}/for-verification", f"/pacticipants/{API}/branches/main/versions/5"

        assert ask(broker, "GET", "/").status_code == 401
        assert ask(broker, "GET", "/", auth=("user", "wrong")).status_code == 401
        assert ask(broker, "GET", "/", headers={"Authorization": "Bearer token"}).status_code == 400
        assert ask(broker, "POST", path, {}, auth=("reader", "read")).status_code == 200
        assert ask(broker, "PUT", put, {}, auth=("reader", "read")).status_code == 401
        assert ask(broker, "PUT", put, {}, auth=("user", "pass")).status_code == 201
        assert [one.credentials for one in broker.asked][1:4] == [
            "Basic user:wrong",
            "Bearer token",
            "Basic reader:read",
        ]


def test_a_token_opens_a_broker_that_wants_one() -> None:
    with pact_broker(auth=Bearer("secret")) as broker:
        assert ask(broker, "GET", "/").status_code == 401
        assert ask(broker, "GET", "/", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert ask(broker, "GET", "/", auth=("user", "pass")).status_code == 401
        assert ask(broker, "GET", "/", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_all_links_lie_below_the_prefix() -> None:
    with pact_broker(prefix="/pact-broker") as broker:
        broker.publish("web-app", "1", API)

        assert broker.url.endswith("/pact-broker")
        assert ask(broker, "GET", "/").json()["_links"]["self"]["href"] == broker.url
        href = pacts_for(broker)[0]["_links"]["self"]["href"]
        assert href.startswith(f"{broker.url}/pacts/")
        assert requests.get(href, timeout=5).status_code == 200
        assert requests.get(f"{broker.server_url}/pacticipants", timeout=5).status_code == 404
        assert requests.get(f"{broker.server_url}/pact-brokers", timeout=5).status_code == 404
        assert broker.requests("POST", "^/pacts/provider/orders-api/for-verification$")


def test_links_follow_the_client_unless_another_origin_is_set(broker: PactBroker) -> None:
    forwarded = {"X-Forwarded-Host": "broker.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "8443"}
    links = ask(broker, "GET", "/", headers=forwarded).json()["_links"]
    assert links["self"]["href"] == "https://broker.example.com:8443"

    with pact_broker(base_url="https://elsewhere.example") as other:
        assert (
            ask(other, "GET", "/").json()["_links"]["pb:environments"]["href"]
            == "https://elsewhere.example/environments"
        )


def test_the_broker_can_be_called_over_tls_and_by_another_name(tmp_path: Any) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)

    with pact_broker(tls=Tls(context=context, authority=file)) as broker:
        assert ask(broker, "GET", "/", verify=str(file)).json()["_links"]["self"]["href"] == broker.url
        assert broker.url.startswith("https://127.0.0.1:")
        assert broker.seen_from("172.17.0.1").startswith("https://172.17.0.1:")


def test_names_with_slashes_and_plus_signs_are_parts_of_addresses(broker: PactBroker) -> None:
    assert ask(broker, "PUT", "/pacticipants/a%2Fb/branches/feat%2Fx/versions/1%2B2", {}).status_code == 201

    version = ask(broker, "GET", "/pacticipants/a%2Fb/versions/1%2B2").json()
    assert version["number"] == "1+2"
    assert requests.get(version["_links"]["self"]["href"], timeout=5).json() == version


# What is wrong with a request


@pytest.mark.parametrize("accept", [HAL, f"{HAL}, {PROBLEM}"])
def test_an_unknown_address_is_not_found_in_either_type(broker: PactBroker, accept: str) -> None:
    answer = ask(broker, "GET", "/pacticipants/none/versions", headers={"Accept": accept})

    assert answer.status_code == 404
    sentence = "The requested document was not found on this server."
    assert answer.json()["detail" if PROBLEM in accept else "error"] == sentence


def test_wrong_selectors_are_all_named(broker: PactBroker) -> None:
    broker.version(API, "1")
    selectors = [
        {"tag": "a", "branch": "b"},
        {"fallbackTag": "a", "tag": "b"},
        {"fallbackBranch": "a", "latest": True},
        {"branch": "a", "latest": False},
        {"matchingBranch": True, "latest": True},
        "main",
    ]
    body = {"consumerVersionSelectors": selectors, "includePendingStatus": "yes"}

    answer = ask(broker, "POST", f"/pacts/provider/{API}/for-verification", body)

    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "includePendingStatus": ["must be one of: true, false"],
        "consumerVersionSelectors": [
            "cannot specify both a tag and a branch (at index 0)",
            "fallbackTag can only be set if latest is true (at index 1)",
            "a branch must be specified when a fallbackBranch is specified (at index 2)",
            "cannot specify a branch with latest=false (at index 3)",
            "cannot specify matchingBranch=true with any other criteria apart from consumer (at index 4)",
            "the providerVersionBranch must be specified when the selector matchingBranch=true is used (at index 4)",
            "must be a hash (at index 5)",
        ],
    }


def test_what_only_the_real_broker_can_do_fails_the_test() -> None:
    def delete() -> None:
        with pact_broker() as broker:
            broker.pacticipant("web-app")
            assert ask(broker, "DELETE", "/pacticipants/web-app").status_code == 405

    with pytest.raises(AssertionError, match="the fake does not"):
        delete()


# Faults


def test_a_fault_is_met_as_often_as_it_should_and_only_where_it_is(broker: PactBroker) -> None:
    injected = broker.fault(
        "GET", "^/environments$", faults.answer(503, b"busy", headers={"Retry-After": "1"}), times=2
    )

    statuses = [ask(broker, "GET", "/environments").status_code for _ in range(3)]

    assert statuses == [503, 503, 200]
    assert ask(broker, "GET", "/pacticipants").status_code == 200
    assert injected.met == 2


def test_an_answer_can_be_json_or_anything_else(broker: PactBroker) -> None:
    broker.fault("GET", "/integrations$", faults.answer(500, {"error": "text"}))
    broker.fault("GET", "/environments$", faults.not_json())
    broker.fault("GET", "/pacticipants$", faults.redirect("https://login.example/"))

    error, page = ask(broker, "GET", "/integrations"), ask(broker, "GET", "/environments")
    moved = ask(broker, "GET", "/pacticipants", allow_redirects=False)

    assert (error.status_code, error.headers["Content-Type"]) == (500, "application/hal+json;charset=utf-8")
    assert error.json() == {"error": "text"}
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    assert (moved.status_code, moved.headers["Location"]) == (302, "https://login.example/")


@pytest.mark.parametrize("after_work", [True, False])
def test_a_dropped_write_may_have_worked(broker: PactBroker, *, after_work: bool) -> None:
    broker.fault("PUT", "/branches/", faults.dropped(after_work=after_work), times=1)

    with pytest.raises(requests.ConnectionError):
        ask(broker, "PUT", "/pacticipants/orders-api/branches/main/versions/5", {})

    assert (API in broker.state.pacticipants) is after_work


@pytest.mark.parametrize("fault", [faults.silent(), faults.stalled_body(), faults.late(5)])
def test_a_client_that_waits_in_vain_is_let_go_when_the_broker_closes(fault: faults.Fault) -> None:
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(requests.RequestException):
            requests.get(url, timeout=0.2).raise_for_status()
        ended.set()

    with pact_broker() as broker:
        broker.fault("GET", "^/$", fault)
        url = broker.url
        client = threading.Thread(target=wait)
        client.start()
        client.join()

    assert ended.is_set()


def test_a_slow_body_arrives_in_the_end(broker: PactBroker) -> None:
    broker.fault("GET", "heartbeat", faults.slow_body(pause=0.0001))

    assert ask(broker, "GET", "/diagnostic/status/heartbeat").json()["ok"] is True
