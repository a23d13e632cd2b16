"""What is written to the broker: where to, in which form, how often, and what comes of a refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience, basic
from gate.clients.pact_broker.errors import BrokerError
from gate.clients.pact_broker.resource import Resource
from tests.pact_broker import Basic, a_pact, faults, pact_broker
from tests.servers import Asked, Reply, Server, serving

FIVE = Patience(answer=5)
JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"
KINDS = {"POST": JSON, "PUT": JSON, "PATCH": MERGE_PATCH}
OURS = basic("ci", "hunter2")

every_method = pytest.mark.parametrize("method", KINDS)


def _client(url: str, pauses: list[float] | None = None, patience: Patience = FIVE) -> PactBroker:
    pause = (lambda _: None) if pauses is None else pauses.append
    return PactBroker(Access(url=url, authorization=OURS, limit=1_000_000), patience, pause)


def _write(client: PactBroker, method: str, url: str, body: Any = None) -> Resource:
    write: Callable[[str, object], Resource] = {"POST": client.post, "PUT": client.put, "PATCH": client.patch}[method]
    return write(url, {} if body is None else body)


def _refusal(client: PactBroker, method: str, url: str, body: Any = None) -> BrokerError:
    with pytest.raises(BrokerError) as refused:
        _write(client, method, url, body)
    return refused.value


@every_method
@pytest.mark.parametrize("body", [{}, {"buildUrl": "https://ci.example/1"}, {"text": "\ud800 \0 é"}])
def test_a_body_is_json_of_the_type_that_the_broker_takes(method: str, body: Any) -> None:
    """[R013, R078, R147, R238]"""
    with serving(lambda _: Reply(status=201, body={"kept": True})) as server:
        answer = _write(_client(server.url), method, f"{server.url}/x", body)

        (asked,) = server.asked
        assert (asked.method, asked.headers["Content-Type"], asked.json) == (method, KINDS[method], body)
        assert asked.headers["Authorization"] == OURS
        assert asked.headers["Accept"] == "application/hal+json, application/problem+json"
        assert asked.body.isascii()
    assert answer.content == {"kept": True}


def test_a_question_stays_plain_json() -> None:
    with serving(lambda _: Reply(body={})) as server:
        _client(server.url).ask(server.url, {})

        assert server.asked[0].headers["Content-Type"] == JSON


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_type_that_the_broker_does_not_take_is_its_refusal(method: str) -> None:
    """[R147]: it takes no other one for what is live."""
    with pact_broker() as broker:
        broker.version("orders-api", "1")
        deployment = broker.deploy("orders-api", "1", "production")
        refused = _refusal(_client(broker.url), method, f"{broker.url}/deployed-versions/{deployment.uuid}", {})
        _client(broker.url).patch(f"{broker.url}/deployed-versions/{deployment.uuid}", {"currentlyDeployed": False})

        assert refused.status == 405
        assert broker.live("production", "orders-api") == []


ELSEWHERE = [
    "{other}/pacticipants/a",
    "{other}",
    "http://localhost:{port}/x",
    "https://127.0.0.1:{port}/x",
    "http://user@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}\\@{host}/x",
    "//127.0.0.1:{port}/x",
    "/x",
    "ftp://127.0.0.1:{port}/x",
    "",
]


@every_method
@pytest.mark.parametrize("link", ELSEWHERE)
def test_nothing_is_written_to_another_host(orders: Server, method: str, link: str) -> None:
    with serving(lambda _: Reply(body={})) as server:
        url = link.format(other=orders.url, port=server.port, host=orders.url.removeprefix("http://"))
        refused = _refusal(_client(server.url), method, url)

        assert server.asked == []
    assert orders.asked == []
    assert refused.status is None
    assert refused.remedy


def test_where_it_would_have_been_written_to_is_told_without_secrets(orders: Server) -> None:
    with serving(lambda _: Reply(body={})) as server:
        refused = _refusal(_client(server.url), "PUT", f"{orders.url}/x?token=s3cret")

    assert str(refused) == (
        f"{orders.url}/x: the broker's links lead to another host, and nothing is written to that (PUT). "
        "Have the broker name itself as broker-url does: PACT_BROKER_BASE_URL, or X-Forwarded-Host."
    )


@every_method
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_written_again(method: str, status: int) -> None:
    pauses: list[float] = []
    replies = iter([Reply(status=status), None, Reply(status=201, body={"kept": True})])
    with serving(lambda _: next(replies)) as server:
        assert _write(_client(server.url, pauses), method, server.url, {"a": 1}).content == {"kept": True}

        sent = [(asked.method, asked.headers["Content-Type"], asked.json) for asked in server.asked]
        assert sent == [(method, KINDS[method], {"a": 1})] * 3
    assert len(pauses) == 2


@every_method
def test_what_fails_for_good_is_written_as_often_as_anything_is_asked(method: str) -> None:
    pauses: list[float] = []
    with serving(lambda _: Reply(status=500, body={"error": "database is locked"})) as server:
        refused = _refusal(_client(server.url, pauses), method, server.url)

        assert len(server.asked) == 5
    assert (refused.status, refused.what) == (
        500,
        f"the Pact Broker answered 500 to {method}: database is locked.",
    )
    assert len(pauses) == 4


@every_method
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 410, 415, 422])
def test_what_stays_wrong_is_written_once(method: str, status: int) -> None:
    pauses: list[float] = []
    with serving(lambda _: Reply(status=status, body={"error": "no"})) as server:
        assert _refusal(_client(server.url, pauses), method, server.url).status == status
        assert len(server.asked) == 1
    assert pauses == []


def test_a_deployment_whose_answer_was_lost_is_recorded_once() -> None:
    """[R131]"""
    pauses: list[float] = []
    with pact_broker() as broker:
        broker.version("orders-api", "1")
        place = broker.environment("production").uuid
        url = f"{broker.url}/pacticipants/orders-api/versions/1/deployed-versions/environment/{place}"
        broker.fault("POST", "/deployed-versions/", faults.dropped(after_work=True), times=2)
        _client(broker.url, pauses).post(url, {})

        assert len(broker.requests("POST")) == 3
        assert broker.live("production", "orders-api") == ["1"]
    assert len(pauses) == 2


def test_a_result_whose_answer_was_lost_is_kept_twice_the_same() -> None:
    """[R086]"""
    with pact_broker() as broker:
        broker.publish("web-app", "1", "orders-api")
        sha = broker.content("web-app", "1", "orders-api").sha
        url = f"{broker.url}/pacts/provider/orders-api/consumer/web-app/pact-version/{sha}/verification-results"
        broker.fault("POST", "/verification-results$", faults.dropped(after_work=True), times=1)
        _client(broker.url).post(url, {"success": False, "providerApplicationVersion": "5"})

        assert [(one.version.number, one.success) for one in broker.results("orders-api")] == [("5", False)] * 2


@every_method
def test_a_broker_that_is_lost_is_not_written_to_any_more(method: str) -> None:
    with serving(lambda _: None) as server:
        client = _client(server.url, patience=Patience(answer=5, tries=2))
        first = _refusal(client, method, server.url)

        assert _refusal(client, "PUT", server.url) is first
        assert len(server.asked) == 2
    assert first.status is None


def test_who_may_only_read_is_told_to_check_who_they_are() -> None:
    """[R205, R207]: a question is no write."""
    auth = Basic("ci", "another", reader=("ci", "hunter2"))
    with pact_broker(auth=auth) as broker:
        broker.publish("web-app", "1", "orders-api")
        client = _client(broker.url)
        client.ask(f"{broker.url}/pacts/provider/orders-api/for-verification", {})
        refused = _refusal(client, "PUT", f"{broker.url}/pacticipants/orders-api/branches/main/versions/5")

        assert "5" not in broker.state.pacticipants["orders-api"].versions
    assert str(refused) == (
        f"{broker.url}/pacticipants/orders-api/branches/main/versions/5: the Pact Broker answered 401 to PUT. "
        "Check broker-token, or broker-username and broker-password."
    )


def test_a_conflict_says_all_that_the_broker_says() -> None:
    """[R019, R020]"""
    long = [f"- line {number}\n+ {'x' * 100}" for number in range(50)]
    notices = [{"type": "error", "text": "Cannot change it"}, *({"type": "info", "text": text} for text in long)]
    body = {"notices": notices, "errors": {"contracts": ["Cannot change it"]}}
    with serving(lambda _: Reply(status=409, body=body)) as server:
        refused = _refusal(_client(server.url), "POST", server.url)

    assert refused.status == 409
    assert refused.said == ("Cannot change it", *long)
    assert len(refused.what) < 600


def test_what_the_broker_says_of_other_content_can_be_read() -> None:
    with pact_broker() as broker:
        broker.publish("web-app", "1", "orders-api")
        url = f"{broker.url}/pacts/provider/orders-api/consumer/web-app/version/1"
        refused = _refusal(_client(broker.url), "PUT", url, a_pact("web-app", "orders-api", "changed"))

    assert refused.status == 409
    assert len(refused.said) == 1
    assert refused.said[0].startswith("Cannot change the content of the pact for web-app version 1")


def test_an_error_without_an_answer_says_nothing() -> None:
    with serving(lambda _: None) as server:
        refused = _refusal(_client(server.url, patience=Patience(answer=5, tries=1)), "POST", server.url)

    assert refused.said == ()


def _moved(location: str, status: int) -> Reply:
    return Reply(status=status, headers={"Location": location})


@every_method
@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_method_and_body_is_followed_at_the_broker(method: str, status: int) -> None:
    def handler(asked: Asked) -> Reply:
        return Reply(status=201, body={"kept": True}) if asked.path == "/new" else _moved("/new", status)

    with serving(handler) as server:
        assert _write(_client(server.url), method, f"{server.url}/old", {"a": 1}).content == {"kept": True}

        sent = [(one.method, one.path, one.headers["Content-Type"], one.json) for one in server.asked]
        assert sent == [(method, path, KINDS[method], {"a": 1}) for path in ("/old", "/new")]


@every_method
@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_make_another_request_of_it_is_refused(method: str, status: int) -> None:
    with serving(lambda _: _moved("/new", status)) as server:
        refused = _refusal(_client(server.url), method, f"{server.url}/old")

        assert server.paths() == ["/old"]
    assert (refused.status, refused.what) == (status, f"{method} is redirected to {server.url}/new.")
    assert refused.remedy == "Set broker-url to the address that the broker has behind its redirects."


@every_method
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_does_not_carry_it_elsewhere(orders: Server, method: str, status: int) -> None:
    with serving(lambda _: _moved(f"{orders.url}/new", status)) as server:
        refused = _refusal(_client(server.url), method, f"{server.url}/old", {"a": "s3cret"})

        assert server.paths() == ["/old"]
    assert orders.asked == []
    assert refused.what == f"{method} is redirected to {orders.url}/new."


@every_method
@pytest.mark.parametrize("content", [b"", b"<html>Log in</html>", b"[]", b"true"])
def test_an_answer_that_is_no_object_is_no_success(method: str, content: bytes) -> None:
    with serving(lambda _: Reply(body=content)) as server:
        refused = _refusal(_client(server.url), method, server.url)

    assert refused.what.startswith(f"the answer to {method} is no JSON object")
