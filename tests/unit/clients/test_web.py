import gzip
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from gate.clients.web import Answer, Way, WebError, authorities, exchange, request
from tests.bad_neighbours import bad_neighbour
from tests.servers import Reply, Server, Tls, serving


def _get(url: str, *, timeout: float = 5.0, limit: int = 1000, direct: bool = True) -> Answer:
    return request("GET", url, timeout=timeout, limit=limit, direct=direct)


def _failure(url: str, **how: float) -> str:
    with pytest.raises(WebError) as failed:
        _get(url, **how)  # type: ignore[arg-type]
    assert failed.value.where == url
    return failed.value.what


@contextmanager
def _dripping() -> Iterator[str]:
    """Answer a byte at a time until told to stop."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stop.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_an_answer_is_status_headers_and_body() -> None:
    with serving(lambda asked: Reply(status=418, body=asked.body, headers={"X-A": asked.headers["X-B"]})) as server:
        answer = request("POST", server.url, timeout=5, limit=10, headers={"X-B": "b"}, body=b"tea")

    assert (answer.status, answer.headers["x-a"], answer.body) == (418, "b", b"tea")


def test_an_answer_beyond_the_limit_is_refused() -> None:
    with serving(lambda _: Reply(body=b"x" * 1001)) as server:
        assert _failure(server.url) == "the answer is larger than 1000 bytes"


def test_a_packed_answer_counts_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 1_000_000)
    with serving(lambda _: Reply(body=bomb, headers={"Content-Encoding": "gzip"})) as server:
        assert _failure(server.url) == "the answer is larger than 1000 bytes"


def test_a_dripping_answer_ends_with_the_timeout() -> None:
    with _dripping() as url:
        assert _failure(url, timeout=0.2) == "the answer was not complete within 0.2 s"


def test_a_dripping_head_ends_with_the_timeout() -> None:
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not stop.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(WebError, match=r"the answer was not complete within 0\.2 s"):
            request("GET", url, timeout=0.2, limit=100)
        stop.set()
        thread.join()


def test_no_answer_ends_with_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert _failure(url, timeout=0.1) == "no answer within 0.1 s"


def test_a_refused_connection_is_named_in_plain_words() -> None:
    with serving(lambda _: None) as server:
        pass

    assert _failure(server.url) == "Connection refused"


def test_a_connection_closed_without_an_answer() -> None:
    with serving(lambda _: None) as server:
        assert "Remote end closed connection without response" in _failure(server.url)


def test_no_redirect_no_proxy_and_no_netrc_for_a_provider(orders: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(lambda _: Reply(status=302, headers={"Location": orders.url})) as server:
        assert _get(server.url).status == 302
    assert orders.asked == []


def test_the_outside_world_is_reached_as_the_environment_says(orders: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Reply(status=302, headers={"Location": orders.url})) as server:
        assert _get(server.url, direct=False).status == 200
    monkeypatch.setenv("http_proxy", orders.url)
    monkeypatch.setenv("no_proxy", "")

    assert _get("http://pacts.example/web.json", direct=False).status == 200
    assert orders.paths()[-1] == "http://pacts.example/web.json"


def _exchange(
    url: str,
    *,
    proxies: Mapping[str, str] | None = None,
    trusted: str | bool = True,
    redirects: bool = False,
    timeout: float = 5,
) -> Answer:
    way = Way(proxies=proxies or {}, authorities=trusted, redirects=redirects)
    with requests.Session() as session:
        session.trust_env = False
        return exchange(session, requests.Request("GET", url), way, timeout=timeout, limit=1000)


def test_redirects_are_followed_when_the_way_says_so(orders: Server) -> None:
    with serving(lambda _: Reply(status=302, headers={"Location": orders.url})) as server:
        assert _exchange(server.url).status == 302
        assert orders.asked == []
        assert _exchange(server.url, redirects=True).status == 200
    assert orders.paths() == ["/"]


def test_the_way_s_proxies_are_used_and_no_others(orders: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert _exchange(orders.url).status == 200
    assert _exchange("http://pacts.example/x", proxies={"http": orders.url}).status == 200
    assert orders.paths() == ["/", "http://pacts.example/x"]


def test_the_way_s_authorities_are_trusted_and_no_others(tls: Tls) -> None:
    with serving(lambda _: Reply(body={}), tls=tls.context) as server:
        assert _exchange(server.url, trusted=str(tls.authority)).status == 200
        with pytest.raises(WebError, match=r"certificate verify failed|CERTIFICATE_VERIFY_FAILED") as refused:
            _exchange(server.url)

    assert refused.value.where == server.url
    assert len(server.asked) == 1


def test_a_session_is_used_for_several_exchanges() -> None:
    way = Way(proxies={}, authorities=True, redirects=False)
    with (
        serving(lambda asked: Reply(body=asked.headers["X-Session"].encode())) as server,
        requests.Session() as session,
    ):
        session.headers["X-Session"] = "kept"
        asked = requests.Request("POST", server.url, data=b"x")
        bodies = [exchange(session, asked, way, timeout=5, limit=1000).body for _ in range(3)]

    assert bodies == [b"kept"] * 3


def test_an_answer_cut_short_is_none() -> None:
    def cut(_: object) -> Reply:
        pieces: Iterator[bytes] = iter([b"half"])
        return Reply(headers={"Content-Length": "8"}, body=pieces)

    with serving(cut) as server, pytest.raises(WebError):
        _exchange(server.url)


@pytest.mark.parametrize("url", ["ftp://pacts.example/x", "http://", "http://[::1", "http://pacts.example:port/"])
def test_what_is_no_web_address_is_an_error(url: str) -> None:
    with pytest.raises(WebError) as failed:
        _exchange(url)

    assert failed.value.where == url


def test_the_machine_s_authorities_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    bundle, system = tmp_path / "bundle.pem", tmp_path / "system.pem"
    bundle.touch()
    system.touch()

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    assert authorities("https://pacts.example") is True
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    assert authorities("https://pacts.example") == str(system)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert authorities("https://pacts.example") == str(bundle)


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("closes-after-accept", "Connection reset by peer"),
        ("closes-before-head", "Remote end closed connection without response"),
        ("closes-in-head", "the connection was closed half-way through the head of the answer"),
        ("closes-in-body", "the answer broke off half-way"),
        ("closes-in-chunk", "the answer broke off half-way"),
        ("closes-in-gzip", "the answer is larger than 1000 bytes"),
        ("informs-for-ever", "what came is no answer of HTTP: got more than 1000 lines before an answer"),
        ("heads-for-ever", "what came is no answer of HTTP: got more than 100 headers"),
        (
            "a-line-for-ever",
            "what came is no answer of HTTP: got more than 65536 bytes when reading status line",
        ),
        ("speaks-something-else", "what came is no answer of HTTP: 220 mail.example.com ESMTP"),
        ("answers-a-gibibyte", "the answer is larger than 1000 bytes"),
        ("streams", "the answer is larger than 1000 bytes"),
        ("bombs-gzip", "the answer is larger than 1000 bytes"),
        ("bombs-gzip-for-ever", "the answer is larger than 1000 bytes"),
        ("packs-nothing", "the answer is not packed as its head says"),
    ],
)
@pytest.mark.parametrize("direct", [True, False])
def test_whatever_a_server_does_has_a_name(manner: str, words: str, *, direct: bool) -> None:
    with bad_neighbour() as server, pytest.raises(WebError) as failed:
        _get(f"{server.url}/{manner}", direct=direct)

    assert failed.value.what == words


def test_a_proxy_s_answers_are_whole_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with bad_neighbour() as server:
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(WebError, match="closed half-way through the head"):
            _get("http://closes-in-head/", direct=False)


def test_what_a_redirect_says_besides_is_not_read() -> None:
    with bad_neighbour() as server:
        assert _get(f"{server.url}/redirects-without-end", direct=False).body == b'{"id": 42}'
        with pytest.raises(WebError, match="Exceeded 30 redirects"):
            _get(f"{server.url}/redirects-in-a-circle", direct=False)
