"""Redirects: where they are followed to, with what, and when they end."""

import pytest

from gate.clients.pact_broker.client import REDIRECTS, Access, PactBroker, Patience, basic
from gate.clients.pact_broker.errors import BrokerError
from tests.pact_broker import faults, pact_broker
from tests.servers import Asked, Reply, Server, serving

ONCE = Patience(answer=5, tries=1)
OURS = basic("ci", "hunter2")
ALL = [301, 302, 303, 307, 308]


def _client(url: str, patience: Patience = ONCE) -> PactBroker:
    return PactBroker(Access(url=url, authorization=OURS, limit=100_000), patience, lambda _: None)


def _moved(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


def _authorizations(server: Server) -> list[str | None]:
    return [asked.headers.get("Authorization") for asked in server.asked]


@pytest.mark.parametrize("status", ALL)
@pytest.mark.parametrize("location", ["/new?page=2", "{own}/new?page=2", "new?page=2", "//{host}/new?page=2"])
def test_a_redirect_within_the_broker_is_followed_with_credentials(status: int, location: str) -> None:
    def handler(asked: Asked) -> Reply:
        if asked.path.startswith("/new"):
            return Reply(body={"moved": True})
        return _moved(location.format(own=server.url, host=server.url.removeprefix("http://")), status)

    with serving(handler) as server:
        assert _client(server.url).get(f"{server.url}/old").content == {"moved": True}
        assert server.paths() == ["/old", "/new?page=2"]
        assert _authorizations(server) == [OURS, OURS]


@pytest.mark.parametrize("status", ALL)
def test_a_redirect_elsewhere_is_not_followed_at_all(orders: Server, status: int) -> None:
    with serving(lambda _: _moved(f"{orders.url}/new?token=x", status)) as server:
        with pytest.raises(BrokerError) as failed:
            _client(server.url, Patience(answer=5)).find(f"{server.url}/old")

        assert server.paths() == ["/old"]
    assert orders.asked == []
    assert failed.value.what == f"GET is redirected to {orders.url}/new."
    assert failed.value.remedy == "Set broker-url to the address that the broker has behind its redirects."
    assert failed.value.status == status


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{own}@127.0.0.1:{other}/",
        "//127.0.0.1:{other}/?@127.0.0.1:{own}",
        "http://127.0.0.1:{other}\\@127.0.0.1:{own}/",
        "http://127.0.0.1:{other}\t@127.0.0.1:{own}/",
        "http://localhost:{own}/",
        "https://127.0.0.1:{own}/",
    ],
)
def test_an_address_that_only_looks_like_the_broker_s_is_not_followed(orders: Server, location: str) -> None:
    with serving(lambda _: _moved(location.format(own=server.port, other=orders.port))) as server:
        with pytest.raises(BrokerError):
            _client(server.url).get(server.url)

        assert len(server.asked) == 1
    assert orders.asked == []


def test_a_chain_of_redirects_is_followed_for_a_while() -> None:
    def handler(asked: Asked) -> Reply:
        hop = int(asked.path.removeprefix("/"))
        return Reply(body={"hop": hop}) if hop == REDIRECTS - 1 else _moved(f"/{hop + 1}")

    with serving(handler) as server:
        assert _client(server.url).get(f"{server.url}/0").content == {"hop": REDIRECTS - 1}


@pytest.mark.parametrize("status", ALL)
def test_a_circle_ends(status: int) -> None:
    with serving(lambda asked: _moved("/b?x=1" if asked.path == "/a" else "/a", status)) as server:
        with pytest.raises(BrokerError) as failed:
            _client(server.url, Patience(answer=5)).get(f"{server.url}/a")

        assert len(server.asked) == REDIRECTS
        assert failed.value.what == f"GET is redirected to {server.url}/b."
        assert failed.value.remedy == "Set broker-url to the address that the broker has behind its redirects."
        assert failed.value.status == status


@pytest.mark.parametrize("status", [307, 308])
def test_a_question_redirected_within_the_broker_keeps_its_body(status: int) -> None:
    with serving(lambda asked: Reply(body={}) if asked.path == "/new" else _moved("/new", status)) as server:
        _client(server.url).ask(f"{server.url}/old", {"a": 1})

        assert [(asked.method, asked.path, asked.json) for asked in server.asked] == [
            ("POST", "/old", {"a": 1}),
            ("POST", "/new", {"a": 1}),
        ]
        assert _authorizations(server) == [OURS, OURS]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_question_is_not_turned_into_another_request(status: int) -> None:
    with serving(lambda _: _moved("/new", status)) as server:
        with pytest.raises(BrokerError) as failed:
            _client(server.url, Patience(answer=5)).ask(f"{server.url}/old", {"a": 1})

        assert server.paths() == ["/old"]
        assert failed.value.what == f"POST is redirected to {server.url}/new."
        assert failed.value.where == f"{server.url}/old"
        assert failed.value.status == status


@pytest.mark.parametrize("status", ALL)
def test_a_question_is_not_carried_elsewhere(orders: Server, status: int) -> None:
    with serving(lambda _: _moved(f"{orders.url}/new?token=x", status)) as server:
        with pytest.raises(BrokerError) as failed:
            _client(server.url).ask(server.url, {"a": 1})

        assert len(server.asked) == 1
    assert orders.asked == []
    assert failed.value.what == f"POST is redirected to {orders.url}/new."


@pytest.mark.parametrize("status", ALL)
@pytest.mark.parametrize("headers", [{}, {"Location": ""}])
def test_a_redirect_to_nowhere_is_a_refusal(status: int, headers: dict[str, str]) -> None:
    with serving(lambda _: Reply(status=status, headers=headers)) as server:
        with pytest.raises(BrokerError) as failed:
            _client(server.url).find(server.url)

        assert len(server.asked) == 1
    assert (failed.value.status, failed.value.what) == (status, f"the Pact Broker answered {status} to GET.")


def test_each_try_has_its_own_redirects() -> None:
    replies = iter([_moved("/new"), Reply(status=503), _moved("/new"), Reply(body={"fine": True})])
    with serving(lambda _: next(replies)) as server:
        assert _client(server.url, Patience(answer=5)).get(f"{server.url}/old").content == {"fine": True}
        assert server.paths() == ["/old", "/new", "/old", "/new"]


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "https://", "http://h:port/", "http://h:99999/"]
)
def test_a_redirect_to_what_is_no_web_address_is_an_error(location: str) -> None:
    with serving(lambda _: _moved(location)) as server, pytest.raises(BrokerError) as failed:
        _client(server.url).find(server.url)

    assert failed.value.status is None or 300 <= failed.value.status < 400


def test_a_broker_behind_a_login_page_is_an_error() -> None:
    with serving(lambda _: Reply(body=b"<html>Log in</html>")) as page, pact_broker() as broker:
        broker.fault("GET", "", faults.redirect(f"{page.url}/login"))
        with pytest.raises(BrokerError, match="GET is redirected to"):
            _ = _client(broker.url).index

        assert page.asked == []
