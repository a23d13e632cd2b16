"""What was once wrong with the client of the Pact Broker."""

import threading
from contextlib import suppress
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience, basic, bearer
from gate.clients.pact_broker.errors import BrokerError, messages
from gate.clients.pact_broker.resource import Resource
from gate.clients.threads import each
from gate.clients.web import WebError, request
from tests.servers import Reply, Server, serving

ONCE = Patience(answer=5, tries=1)
OURS = basic("ci", "hunter2")


def _client(url: str, patience: Patience = ONCE, limit: int = 100_000, authorization: str | None = OURS) -> PactBroker:
    return PactBroker(Access(url=url, authorization=authorization, limit=limit), patience, lambda _: None)


def _failure(client: PactBroker, url: str) -> BrokerError:
    with pytest.raises(BrokerError) as failed:
        client.find(url)
    return failed.value


def _moved(location: str) -> Reply:
    return Reply(status=302, headers={"Location": location})


def test_a_404_from_elsewhere_is_not_none() -> None:
    missing = Reply(status=404, body={"error": "not found"})
    with serving(lambda _: missing) as other, serving(lambda _: _moved(other.url)) as server:
        _failure(_client(server.url), server.url)
        _failure(_client(server.url), other.url)


def test_after_a_failure_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        each(work, range(1000), 1)
    assert begun == [0]


def test_an_error_while_threads_are_started_stops_those_that_were(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    workers: list[threading.Thread] = []
    go, start = threading.Event(), threading.Thread.start

    def work(number: int) -> None:
        begun.append(number)
        go.wait(5)

    def second_fails(thread: threading.Thread) -> None:
        if workers:
            raise RuntimeError("can't start new thread")
        workers.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", second_fails)
    with pytest.raises(RuntimeError):
        each(work, range(10), 2)
    go.set()
    workers[0].join(5)
    assert begun in ([], [0])


@pytest.mark.parametrize("href", ["http://127.0.0.1:port/", "http://127.0.0.1:99999/", "http://[::1", "http://a b/"])
def test_a_wrong_address_is_a_broker_error(href: str) -> None:
    with serving(lambda _: _moved(href)) as server:
        _failure(_client(server.url), server.url)
        resource = Resource(url=server.url, document=b"", content={"_links": {"self": {"href": href}}})
        with pytest.raises(BrokerError):
            _client(server.url).get(resource.link("self"))


def test_too_large_an_answer_is_not_asked_for_again_and_does_not_lose_the_broker() -> None:
    with serving(lambda asked: Reply(body={"x": "y" * 2000 if asked.path == "/large" else ""})) as server:
        client = _client(server.url, Patience(answer=5, tries=3), limit=1000)
        failed = _failure(client, f"{server.url}/large")
        assert len(server.asked) == 1
        assert "did not answer" not in failed.what
        assert client.get(f"{server.url}/small").content == {"x": ""}


def test_no_query_in_the_error_of_a_proxy(orders: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", orders.url)
    said = str(_failure(_client("https://broker.example"), "https://broker.example/matrix?token=s3cret"))
    assert "s3cret" not in said


def test_no_query_in_the_error_of_a_scheme() -> None:
    with serving(lambda _: _moved("ftp://h/x?token=s3cret")) as server:
        assert "s3cret" not in str(_failure(_client(server.url), server.url))


@pytest.mark.parametrize("token", ["s3cret\n", "s3\rcret", " \ns3cret"])
def test_no_token_in_the_error_of_a_header(orders: Server, token: str) -> None:
    said = str(_failure(_client(orders.url, authorization=bearer(token)), orders.url))
    assert "cret" not in said


def test_a_redirect_s_body_is_limited_too() -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b"x" * 100_000

    def handler(asked: Any) -> Reply:
        if asked.path == "/x":
            return Reply(status=302, headers={"Location": "/y"}, body=endless())
        return Reply(body={})

    with serving(handler) as server, suppress(BrokerError):
        _client(server.url, limit=1000).get(f"{server.url}/x")
    assert sent < 50_000_000


def test_a_session_cookie_stays_with_the_broker(orders: Server) -> None:
    with serving(lambda _: Reply(body={}, headers={"Set-Cookie": "session=s3cret; Path=/"})) as server:
        client = _client(server.url)
        client.get(server.url)
        client.get(orders.url)
    assert "s3cret" not in str(orders.asked)


def test_a_relative_link_starts_from_where_the_redirects_ended() -> None:
    content = {"_links": {"next": {"href": "next"}}}
    with serving(lambda asked: Reply(body=content) if asked.path == "/a/b/" else _moved("/a/b/")) as server:
        assert _client(server.url).get(f"{server.url}/old").link("next") == f"{server.url}/a/b/next"


@pytest.mark.parametrize("name", [".", "..", ""])
def test_a_name_that_is_a_step_in_a_path_is_refused(name: str) -> None:
    links = {"x": {"href": "https://b.example/pacticipants/{p}/versions/{v}"}}
    with pytest.raises(BrokerError):
        Resource(url="https://b.example", document=b"", content={"_links": links}).link("x", p=name, v="1")


@pytest.mark.parametrize("direct", [True, False])
def test_an_invalid_address_is_a_web_error(*, direct: bool) -> None:
    with pytest.raises(WebError):
        request("GET", "http://[::1", timeout=1, limit=1, direct=direct)


def test_after_its_time_no_further_try_is_begun() -> None:
    def slow(_: Any) -> Reply:
        threading.Event().wait(0.1)
        return Reply(status=500)

    with serving(slow) as server:
        _failure(_client(server.url, Patience(answer=5, give_up=0.05)), server.url)
        assert len(server.asked) == 1


def test_a_lone_surrogate_is_a_broker_error() -> None:
    links = {"x": {"href": "https://b.example/{p}"}}
    with pytest.raises(BrokerError):
        Resource(url="https://b.example", document=b"", content={"_links": links}).link("x", p="\ud800")


def test_an_index_that_a_proxy_does_not_know_has_a_remedy() -> None:
    with serving(lambda _: Reply(status=404, body=b"<html>")) as server, pytest.raises(BrokerError) as failed:
        _ = _client(server.url).index
    assert failed.value.remedy


def test_a_problem_keeps_its_reason() -> None:
    """[R005]"""
    body = {"title": "Not found", "type": "http://b/problem/not-found", "detail": "No pacticipant found", "status": 404}

    assert messages(body) == ["No pacticipant found"]


def test_a_problem_names_its_fields() -> None:
    """[R012]"""
    missing = {"type": "http://b/problem", "title": "Validation error", "detail": "is missing"}
    body = {"title": "Validation errors", "errors": [{**missing, "pointer": "/a"}, {**missing, "pointer": "/b"}]}

    assert messages(body) == ["a: is missing", "b: is missing"]


def test_a_reason_is_said_once() -> None:
    """[R019]"""
    body = {"notices": [{"type": "error", "text": "Cannot change it"}], "errors": {"contracts": ["Cannot change it"]}}

    assert len([one for one in messages(body) if "Cannot change it" in one]) == 1
