"""What counts as an answer of the broker, what as none, and what is somebody else's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.clients.pact_broker.errors import BrokerError
from tests.pact_broker import faults, pact_broker
from tests.servers import Asked, Reply, serving

ONCE = Patience(answer=5, tries=1)
HTML = b"<html><body>Not here</body></html>"
SECRET = "hunter2"


def _client(url: str, limit: int = 100_000) -> PactBroker:
    return PactBroker(Access(url=url, limit=limit), ONCE)


def _failure(url: str, limit: int = 100_000) -> BrokerError:
    with pytest.raises(BrokerError) as failed:
        _client(url, limit).get(url)
    return failed.value


def test_what_the_broker_does_not_know_is_none() -> None:
    with pact_broker() as broker:
        client = _client(broker.url)

        assert client.find(client.index.link("pb:pacticipant", pacticipant="nobody")) is None


def test_what_the_broker_has_is_found() -> None:
    with pact_broker() as broker:
        broker.pacticipant("orders-api")
        client = _client(broker.url)
        found = client.find(client.index.link("pb:pacticipant", pacticipant="orders-api"))

        assert found is not None
        assert found.content["name"] == "orders-api"
        assert json.loads(found.document) == found.content
        assert found.url == f"{broker.url}/pacticipants/orders-api"


@pytest.mark.parametrize("name", ["group/web-app", "a/b/c", "/"])
def test_a_name_with_a_slash_that_the_broker_does_not_know_is_none(name: str) -> None:
    with pact_broker() as broker:
        client = _client(broker.url)

        assert client.find(client.index.link("pb:pacticipant", pacticipant=name)) is None


@pytest.mark.parametrize("slash", ["%2F", "%2f"])
@pytest.mark.parametrize("status", [200, 404, 400, 401])
def test_a_slash_that_may_have_been_lost_on_the_way_is_an_error(slash: str, status: int) -> None:
    def handler(asked: Asked) -> Reply:
        is_question = "json" in asked.headers["Accept"]
        return Reply(status=404 if is_question else status, body={"error": "The requested document was not found"})

    with serving(handler) as server, pytest.raises(BrokerError) as failed:
        _client(server.url).find(f"{server.url}/pacticipants/group{slash}app?x=y")

    assert len(server.asked) == 2
    assert failed.value.where == f"{server.url}/pacticipants/group{slash}app"
    assert "it may not have been asked for this" in failed.value.what
    assert "decode %2F" in failed.value.remedy
    assert failed.value.status is None


def test_a_slash_that_arrived_is_no_error() -> None:
    def handler(asked: Asked) -> Reply:
        return Reply(status=404, body={"error": "no"}) if "json" in asked.headers["Accept"] else Reply(status=406)

    with serving(handler) as server:
        assert _client(server.url).find(f"{server.url}/pacticipants/group%2Fapp") is None
        assert server.paths() == ["/pacticipants/group%2Fapp"] * 2
        assert _client(server.url).find(f"{server.url}/pacticipants/100%252F") is None
        assert len(server.asked) == 3  # there is no slash in that name


def test_get_does_not_take_a_missing_resource_for_an_answer() -> None:
    with pact_broker() as broker:
        failed = _failure(f"{broker.url}/pacticipants/nobody")

    assert failed.status == 404


@pytest.mark.parametrize(
    "body", [HTML, b"", b"not found", b"[]", b"null", b'"gone"', b'{"error": "cut', b"[" * 100_000]
)
def test_a_404_that_is_not_the_broker_s_is_an_error_and_never_none(body: bytes) -> None:
    with serving(lambda _: Reply(status=404, body=body)) as server, pytest.raises(BrokerError) as failed:
        _client(server.url).find(f"{server.url}/pacticipants/orders-api")

    assert failed.value.what == "the Pact Broker answered 404 to GET."
    assert failed.value.status is None


@pytest.mark.parametrize(
    "body", [{}, {"message": "no Route matched with those values"}, {"status": 404, "error": "Not Found", "path": "/x"}]
)
def test_a_404_of_another_server_is_none_of_the_broker_s(body: Any) -> None:
    with serving(lambda _: Reply(status=404, body=body)) as server, pytest.raises(BrokerError) as failed:
        _client(server.url).find(server.url)

    assert failed.value.status is None


def test_a_404_of_any_shape_is_the_broker_s_when_its_header_says_so() -> None:
    headers = {"X-Pact-Broker-Version": "3.0.0"}
    with serving(lambda _: Reply(status=404, body={"reason": "new"}, headers=headers)) as server:
        assert _client(server.url).find(server.url) is None


@pytest.mark.parametrize("status", [400, 401, 403, 405, 406, 409, 410, 415, 422, 429, 500, 503])
def test_no_other_refusal_is_none(status: int) -> None:
    with serving(lambda _: Reply(status=status, body={"error": "no"})) as server, pytest.raises(BrokerError) as failed:
        _client(server.url).find(server.url)

    assert failed.value.status == status


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(HTML, "text/html", id="a login page"),
        pytest.param(b"[]", "application/json", id="a list"),
        pytest.param(b"null", "application/json", id="null"),
        pytest.param(b"42", "application/json", id="a number"),
        pytest.param(b'{"deployable": true', "application/hal+json", id="truncated"),
        pytest.param(b"\xff\xfe{}", "application/hal+json", id="no text"),
        pytest.param(b"[" * 100_000, "application/json", id="nested too deeply"),
        pytest.param(b"", "no type", id="empty"),
    ],
)
def test_a_success_without_an_object_is_an_error(body: bytes, kind: str) -> None:
    headers = {} if kind == "no type" else {"Content-Type": kind}
    with serving(lambda _: Reply(body=body, headers=headers)) as server:
        failed = _failure(server.url, limit=200_000)

    assert failed.what == f"the answer to GET is no JSON object ({kind})."
    assert failed.remedy == "Is broker-url the address of a Pact Broker, or does a login page stand before it?"
    assert failed.status == 200


@pytest.mark.parametrize("status", [300, 304, 305])
def test_what_is_neither_success_nor_refusal_is_an_error(status: int) -> None:
    with serving(lambda _: Reply(status=status, headers={"Location": "/elsewhere"})) as server:
        assert _failure(server.url).status == status
        assert server.paths() == ["/"]


def test_any_success_is_one() -> None:
    with serving(lambda _: Reply(status=201, body={"created": True})) as server:
        assert _client(server.url).ask(server.url, {}).content == {"created": True}


def test_an_answer_larger_than_the_limit_is_refused() -> None:
    with serving(lambda _: Reply(body={"long": "x" * 2000})) as server:
        assert "the answer is larger than 1000 bytes" in _failure(server.url, limit=1000).what


def test_an_answer_that_ends_before_its_length_is_none() -> None:
    def half(_: object) -> Reply:
        pieces: Iterator[bytes] = iter([b'{"deployable": true}'])
        return Reply(headers={"Content-Length": "100"}, body=pieces)

    with serving(half) as server:
        failed = _failure(server.url)

    assert failed.what.startswith("the Pact Broker did not answer GET: ")
    assert failed.status is None


def test_the_broker_s_honest_answer_spoilt_by_a_proxy() -> None:
    with pact_broker() as broker:
        broker.fault("GET", "", faults.not_json())
        with pytest.raises(BrokerError, match=r"is no JSON object \(text/html\)"):
            _ = _client(broker.url).index
        with pytest.raises(BrokerError, match="answered 404 to GET"):
            _client(broker.url).find(f"{broker.url}/pacticipants/nobody")


def test_a_wrong_path_of_the_broker_s_address_is_named() -> None:
    with pact_broker() as broker:
        client = _client(f"{broker.url}/wrong")
        with pytest.raises(BrokerError) as failed:
            _ = client.index

    assert failed.value.remedy == "Check broker-url, also its path."
    assert failed.value.where == f"{broker.url}/wrong"
    assert failed.value.status == 404


def test_an_index_that_failed_once_is_asked_for_again() -> None:
    with pact_broker() as broker:
        broker.fault("GET", "", faults.answer(403), times=1)
        client = _client(broker.url)
        with pytest.raises(BrokerError) as failed:
            _ = client.index

        assert failed.value.status == 403
        assert client.index.link("pb:environments") == f"{broker.url}/environments"


def test_a_question_is_posted_as_json() -> None:
    with serving(lambda asked: Reply(body={"asked": asked.json})) as server:
        answer = _client(server.url).ask(server.url, {"a": ["\N{SNOWMAN}", None]})
        (asked,) = server.asked

    assert answer.content == {"asked": {"a": ["\N{SNOWMAN}", None]}}
    assert (asked.method, asked.headers["Content-Type"]) == ("POST", "application/json")
    assert asked.headers["Accept"] == "application/hal+json, application/problem+json"
    assert asked.headers["User-Agent"].startswith("contract-gate/")


REPLIES = {
    "refused": Reply(status=400, body={"errors": ["bad"]}),
    "failed": Reply(status=500),
    "login page": Reply(body=HTML),
    "a proxy's 404": Reply(status=404, body=HTML),
    "dropped": None,
    "redirected in a circle": Reply(status=302, headers={"Location": f"/again?token={SECRET}"}),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_error_names_what_may_be_secret_in_an_address(method: str, reply: Reply | None) -> None:
    with serving(lambda _: reply) as server:
        client = _client(server.url)
        url = f"{server.url}/matrix?token={SECRET}#{SECRET}"
        ask: Any = client.get if method == "GET" else lambda url: client.ask(url, {"token": SECRET})
        with pytest.raises(BrokerError) as failed:
            ask(url)

    assert SECRET not in str(failed.value)
    assert failed.value.where.startswith(server.url)


def test_an_answer_s_address_is_without_secrets_too() -> None:
    with serving(lambda _: Reply(body={"_links": {"next": {"href": "/next"}}})) as server:
        answer = _client(server.url).get(f"{server.url}/matrix?token={SECRET}")

    assert answer.url == f"{server.url}/matrix"
    assert answer.link("next") == f"{server.url}/next"
