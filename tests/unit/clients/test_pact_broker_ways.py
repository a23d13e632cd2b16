"""Proxies, certificate authorities and threads on the way to the broker."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.clients.pact_broker.client import AT_ONCE, Access, PactBroker, Patience, basic
from gate.clients.pact_broker.errors import BrokerError
from gate.clients.threads import each
from tests.pact_broker import Basic, pact_broker
from tests.servers import Reply, Server, Tls, serving

ONCE = Patience(answer=5, tries=1)
PROXIES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]
AUTHORITIES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from a machine without proxies and authorities of its own."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in AUTHORITIES:
        monkeypatch.delenv(name, raising=False)


def _client(url: str, authorities: str | None = None, authorization: str | None = None) -> PactBroker:
    return PactBroker(Access(url=url, authorities=authorities, authorization=authorization, limit=100_000), ONCE)


def _failure(client: PactBroker) -> str:
    with pytest.raises(BrokerError) as failed:
        _ = client.index
    return str(failed.value)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_the_machine_s_proxy_is_used(orders: Server, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, orders.url)
    client = _client("http://broker.example/pacts", authorization=basic("ci", "hunter2"))

    assert client.index.content["id"] == 42
    client.ask("http://broker.example/pacts/x", {"a": 1})
    assert orders.paths() == ["http://broker.example/pacts", "http://broker.example/pacts/x"]
    assert [asked.headers["Authorization"] for asked in orders.asked] == [basic("ci", "hunter2")] * 2
    assert orders.asked[1].json == {"a": 1}


def test_a_proxy_s_own_credentials_stay_its_own(orders: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://proxy:secret@127.0.0.1:{orders.port}")
    _client("http://broker.example").get("http://broker.example/x")

    (asked,) = orders.asked
    assert base64.b64decode(asked.headers["Proxy-Authorization"].removeprefix("Basic ")) == b"proxy:secret"
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", ["127.0.0.1", "*", "broker.example,127.0.0.0/8"])
def test_what_needs_no_proxy_is_asked_directly(
    orders: Server, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("http_proxy", orders.url)
    monkeypatch.setenv(name, value)
    with pact_broker() as broker:
        assert _client(broker.url).index.link("pb:environments")
        assert len(broker.asked) == 1
    assert orders.asked == []


def test_an_empty_proxy_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "")
    with pact_broker() as broker:
        assert _client(broker.url).index.link("pb:environments")


def test_a_proxy_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: None) as gone:
        pass
    monkeypatch.setenv("http_proxy", f"http://proxy:secret@127.0.0.1:{gone.port}")
    said = _failure(_client("http://broker.example"))

    assert said.startswith("http://broker.example")
    assert "the Pact Broker did not answer GET: Connection refused." in said
    assert "secret" not in said


def test_a_proxy_that_refuses_to_tunnel_is_an_error(orders: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://proxy:secret@127.0.0.1:{orders.port}")
    said = _failure(_client("https://broker.example"))

    assert "Tunnel connection failed: 501" in said
    assert "secret" not in said


def test_a_broker_with_an_authority_of_its_own(tls: Tls) -> None:
    with pact_broker(tls=tls, auth=Basic("ci", "hunter2"), prefix="/pacts") as broker:
        client = _client(broker.url, str(tls.authority), basic("ci", "hunter2"))

        assert broker.url.startswith("https://")
        assert client.get(client.index.link("pb:environments")).content["_embedded"]
        assert [asked.credentials for asked in broker.asked] == ["Basic ci:hunter2"] * 2


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_of_the_machine(tls: Tls, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, str(tls.authority))
    with pact_broker(tls=tls) as broker:
        assert _client(broker.url).index.link("pb:environments")


def test_an_authority_that_nobody_trusts_is_refused(tls: Tls) -> None:
    with pact_broker(tls=tls) as broker:
        said = _failure(_client(broker.url, authorization=basic("ci", "hunter2")))

        assert broker.asked == []
    assert "CERTIFICATE_VERIFY_FAILED" in said.upper().replace(" ", "_")


def test_our_authorities_count_and_not_the_machine_s(tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pact_broker(tls=tls) as broker:
        assert _client(broker.url, str(tls.authority)).index.link("pb:environments")
        assert "none.pem" in _failure(_client(broker.url))


def test_a_certificate_for_another_host_is_refused(tls: Tls) -> None:
    with serving(lambda _: Reply(body={}), tls=tls.context) as server:
        assert "certificate" in _failure(_client(f"https://localhost:{server.port}", str(tls.authority)))
        assert server.asked == []


def test_several_threads_may_ask() -> None:
    def found(client: PactBroker) -> Callable[[int], object]:
        return lambda number: client.get(client.index.link("pb:pacticipant", pacticipant=f"app {number}")).content[
            "name"
        ]

    with pact_broker() as broker:
        for number in range(20):
            broker.pacticipant(f"app {number}")

        names = each(found(_client(broker.url)), range(20), AT_ONCE)

    assert names == [f"app {number}" for number in range(20)]
