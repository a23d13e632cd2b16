import errno
import secrets
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from gate.clients.forwarding import Forwarder
from gate.clients.sockets import refusal_at
from tests.servers import free_port

LOCAL = "127.0.0.1"
PATIENCE = 10.0
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing is a reset."""


@contextmanager
def _listening(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """Run a TCP server that talks to each connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(PATIENCE)
            talk(self.request)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Listener((LOCAL, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield LOCAL, server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def _answer_at_the_end(connection: socket.socket) -> None:
    """Answer only what was said to its end."""
    connection.sendall(b"heard " + _to_the_end(connection))


def _reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def _to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def _connected(port: int, host: str = LOCAL) -> socket.socket:
    return socket.create_connection((host, port), timeout=PATIENCE)


def test_bytes_go_both_ways() -> None:
    port = free_port()
    with _listening(_echo) as to, Forwarder(listen=(LOCAL, port), to=to), _connected(port) as client:
        for word in (b"\x00\xff", b"again"):
            client.sendall(word)

            assert client.recv(100) == word


def test_a_client_that_has_said_all_still_gets_the_answer() -> None:
    port = free_port()
    with _listening(_answer_at_the_end) as to, Forwarder(listen=(LOCAL, port), to=to), _connected(port) as client:
        client.sendall(b"this")
        client.shutdown(socket.SHUT_WR)

        assert _to_the_end(client) == b"heard this"


def test_a_big_payload_arrives_whole_both_ways() -> None:
    port = free_port()
    payload = secrets.token_bytes(5 * 1024 * 1024)
    with _listening(_echo) as to, Forwarder(listen=(LOCAL, port), to=to), _connected(port) as client:

        def send() -> None:
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = _to_the_end(client)
        sender.join()

    assert received == payload


def test_connections_do_not_wait_for_each_other() -> None:
    port = free_port()
    with ExitStack() as stack:
        to = stack.enter_context(_listening(_echo))
        stack.enter_context(Forwarder(listen=(LOCAL, port), to=to))
        clients = [stack.enter_context(_connected(port)) for _ in range(30)]
        for number, client in reversed(list(enumerate(clients))):
            client.sendall(b"%d" % number)

        assert [client.recv(100) for client in clients] == [b"%d" % number for number in range(30)]


def test_where_the_target_refuses_the_connection_ends_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    port = free_port()
    with Forwarder(listen=(LOCAL, port), to=(LOCAL, free_port())), _connected(port) as client:
        assert client.recv(1) == b""

    assert capfd.readouterr() == ("", "")


def test_where_the_target_breaks_off_the_connection_ends_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    port = free_port()
    with _listening(_reset) as to, Forwarder(listen=(LOCAL, port), to=to), _connected(port) as client:
        client.sendall(b"!")

        assert client.recv(1) == b""

    assert capfd.readouterr() == ("", "")


def test_where_the_client_breaks_off_the_target_hears_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    heard: list[bytes] = []
    ended = threading.Event()

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(1))
        connection.sendall(b"?")
        heard.append(connection.recv(1))
        ended.set()

    with _listening(listen) as to, Forwarder(listen=(LOCAL, port), to=to):
        with _connected(port) as client:
            client.sendall(b"!")
            client.recv(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        assert ended.wait(PATIENCE)

    assert heard == [b"!", b""]
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_it_listens_on_ipv6_and_carries_to_ipv4() -> None:
    port = free_port()
    with _listening(_echo) as to, Forwarder(listen=("::1", port), to=to), _connected(port, "::1") as client:
        client.sendall(b"six")

        assert client.recv(100) == b"six"


def test_an_address_that_is_taken_is_an_error() -> None:
    with _listening(_echo) as taken, pytest.raises(OSError, match="in use") as failed:
        Forwarder(listen=taken, to=taken).__enter__()

    assert failed.value.errno == errno.EADDRINUSE


def test_nothing_listens_before_and_after_the_block() -> None:
    port = free_port()
    way = Forwarder(listen=(LOCAL, port), to=(LOCAL, free_port()))

    assert refusal_at(LOCAL, port) == "Connection refused"
    with way:
        assert refusal_at(LOCAL, port) is None
    assert refusal_at(LOCAL, port) == "Connection refused"


def test_the_same_address_can_be_listened_on_again_at_once() -> None:
    port = free_port()
    with _listening(_echo) as to:
        for _ in range(3):
            with Forwarder(listen=(LOCAL, port), to=to), _connected(port) as client:
                client.sendall(b"x")

                assert client.recv(1) == b"x"


def test_ending_what_never_began_does_nothing() -> None:
    port = free_port()
    with ExitStack() as stack:
        stack.push(Forwarder(listen=(LOCAL, port), to=(LOCAL, port)))

    assert refusal_at(LOCAL, port) == "Connection refused"
