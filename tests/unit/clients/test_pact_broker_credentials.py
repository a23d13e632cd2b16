"""Credentials go to the broker's own origin and nowhere else, and only those that the gate was given."""

import base64
from pathlib import Path

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience, basic, bearer
from gate.clients.pact_broker.errors import BrokerError, origin, public
from tests.pact_broker import Basic, Bearer, pact_broker
from tests.servers import Reply, Server, serving

ONCE = Patience(answer=5, tries=1)
OURS = basic("ci", "hunter2")


def _client(url: str, authorization: str | None = OURS) -> PactBroker:
    return PactBroker(Access(url=url, authorization=authorization, limit=100_000), ONCE)


def _authorizations(server: Server) -> list[str | None]:
    return [asked.headers.get("Authorization") for asked in server.asked]


def _failure(client: PactBroker, url: str) -> BrokerError:
    with pytest.raises(BrokerError) as failed:
        client.get(url)
    return failed.value


@pytest.mark.parametrize(
    ("user", "password"), [("ci", "hunter2"), ("", ""), ("ci", "a:b@c/d?e"), ("ci", "p\u00e4ss \u2603")]
)
def test_a_user_and_a_password(user: str, password: str) -> None:
    with serving(lambda _: Reply(body={})) as server:
        _client(server.url, basic(user, password)).get(server.url)
        (given,) = _authorizations(server)

    assert given is not None
    assert given.startswith("Basic ")
    assert base64.b64decode(given.removeprefix("Basic ")).decode() == f"{user}:{password}"


def test_a_broker_lets_in_whom_it_knows() -> None:
    with pact_broker(auth=Basic("ci", "hunter2")) as broker:
        assert _client(broker.url).index.link("pb:environments") == f"{broker.url}/environments"
        for wrong in (None, basic("ci", "wrong"), basic("mallory", "hunter2")):
            failed = _failure(_client(broker.url, wrong), broker.url)
            assert (failed.status, failed.what) == (401, "the Pact Broker answered 401 to GET.")
            assert failed.remedy.startswith("Check broker-token, or broker-username and broker-password")


def test_a_token() -> None:
    with pact_broker(auth=Bearer("t0ken")) as broker:
        assert _client(broker.url, bearer("t0ken")).index.content
        assert _failure(_client(broker.url, bearer("wrong")), broker.url).status in {400, 401}
        assert [asked.credentials for asked in broker.asked] == ["Bearer t0ken", "Bearer wrong"]


def test_a_token_for_a_broker_that_takes_none_is_explained() -> None:
    with pact_broker(auth=Basic("ci", "hunter2")) as broker:
        failed = _failure(_client(broker.url, bearer("t0ken")), broker.url)

    assert failed.status == 400
    assert failed.remedy.startswith("Unless it is PactFlow, a broker takes no broker-token")


def test_without_credentials_none_are_sent() -> None:
    with serving(lambda _: Reply(body={})) as server:
        _client(server.url, None).get(server.url)

        assert _authorizations(server) == [None]


@pytest.mark.parametrize("authorization", [None, OURS])
def test_credentials_of_the_machine_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authorization: str | None
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password x\ndefault login eve password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(lambda _: Reply(body={})) as server:
        _client(server.url, authorization).get(server.url)
        _client(server.url, authorization).ask(server.url, {})

        assert _authorizations(server) == [authorization, authorization]


def test_credentials_do_not_show_when_the_access_is_printed() -> None:
    assert "hunter2" not in repr(Access(url="https://broker.example", authorization=OURS, limit=1))
    assert OURS not in repr(Access(url="https://broker.example", authorization=OURS, limit=1))


def test_a_link_to_another_origin_gets_no_credentials() -> None:
    with (
        serving(lambda _: Reply(body={"elsewhere": True})) as other,
        serving(lambda _: Reply(body={"_links": {"self": {"href": f"{other.url}/pacts"}}})) as server,
    ):
        client = _client(server.url)

        assert client.get(client.index.link("self")).content == {"elsewhere": True}
        assert _authorizations(server) == [OURS]
        assert _authorizations(other) == [None]
        assert OURS not in str(other.asked)


@pytest.mark.parametrize("status", [401, 403])
def test_a_link_to_another_origin_that_wants_credentials_is_explained(status: int) -> None:
    with serving(lambda _: Reply(status=status)) as other, serving(lambda _: Reply(status=status)) as server:
        client = _client(server.url)
        elsewhere, here = _failure(client, other.url), _failure(client, server.url)

    assert elsewhere.status == status
    assert elsewhere.remedy.startswith(f"Only {server.url} is given credentials")
    assert "PACT_BROKER_BASE_URL" in elsewhere.remedy
    assert here.remedy.startswith("Check ")


def test_links_of_a_wrongly_set_up_broker_are_explained() -> None:
    with pact_broker(auth=Basic("ci", "hunter2")) as real:
        with pact_broker(auth=Basic("ci", "hunter2"), base_url=real.url) as broker:
            client = _client(broker.url)
            failed = _failure(client, client.index.link("pb:environments"))

        assert failed.remedy.startswith(f"Only {broker.url} is given credentials")
        assert [asked.credentials for asked in real.asked] == [None]


def test_the_same_host_by_another_name_is_another_origin() -> None:
    with serving(lambda _: Reply(body={})) as server:
        _client(server.url).get(f"http://localhost:{server.port}/")

        assert _authorizations(server) == [None]


def test_the_broker_s_own_origin_is_known_in_every_spelling() -> None:
    with serving(lambda _: Reply(body={}), ipv6=True) as server:
        client = _client(server.url)
        client.get(f"HTTP://[::1]:{server.port}/x")
        client.get(f"{server.url}?query")

        assert _authorizations(server) == [OURS, OURS]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://broker.example", "https://broker.example"),
        ("https://broker.example:443/x", "https://broker.example"),
        ("https://broker.example:/x", "https://broker.example"),
        ("http://broker.example:80", "http://broker.example"),
        ("http://broker.example:443", "http://broker.example:443"),
        ("https://broker.example:80", "https://broker.example:80"),
        ("HTTPS://Broker.Example/Path", "https://broker.example"),
        ("https://evil.example/@broker.example", "https://evil.example"),
        ("https://evil.example?@broker.example", "https://evil.example"),
        ("https://evil.example#@broker.example", "https://evil.example"),
        ("http://[::1]:80/x", "http://[::1]"),
        ("http://[::1]:9292/x", "http://[::1]:9292"),
        ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:hunter2@broker.example/a/b?token=hunter2#hunter2", "https://broker.example/a/b"),
        ("https://hunter2@broker.example", "https://broker.example"),
        ("http://[::1]:9292/a%2Fb", "http://[::1]:9292/a%2Fb"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, expected: str) -> None:
    assert public(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@broker.example/x",
        "https://broker.example@evil.example/",
        "http://evil.example\\@broker.example/",
        "http://evil.example\t@broker.example/",
        "http://broker.example/a b",
        "http://broker.example:port/",
        "http://broker.example:99999/",
        "http://[::1/",
        "ftp://broker.example",
        "//broker.example",
        "http:///x",
        "",
    ],
)
def test_an_address_that_programs_read_differently_has_no_origin(url: str) -> None:
    with pytest.raises(BrokerError, match="this is no address that could be used") as failed:
        origin(url)

    assert "hunter2" not in str(failed.value)


def test_a_link_that_hides_its_host_is_not_asked(orders: Server) -> None:
    with serving(lambda _: Reply(body={})) as server, pytest.raises(BrokerError):
        _client(server.url).get(f"http://127.0.0.1:{orders.port}\\@127.0.0.1:{server.port}/x")

    assert orders.asked == []
