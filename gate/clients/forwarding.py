"""Carrying TCP connections from one address to another, byte by byte."""

import socket
import socketserver
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, cast

CHUNK: Final = 64 * 1024
PATIENCE: Final = 5.0
"""Seconds to connect."""

Address = tuple[str, int]


class Forwarder:
    """Listens on one address and carries what comes to another, until the end of the block. Raises `OSError`.

    Args:
        listen: where, as host and port.
        to: where to, as host and port.
    """

    def __init__(self, *, listen: Address, to: Address) -> None:
        self._listen = listen
        self._to = to
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        kind = _Server6 if ":" in self._listen[0] else _Server
        self._server = kind(self._listen, self._to)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, listen: Address, to: Address) -> None:
        self.to = to
        super().__init__(listen, _Connection)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Connection(socketserver.BaseRequestHandler):
    """One connection: a thread for each direction, and an end in one is an end in that direction only."""

    def handle(self) -> None:
        near: socket.socket = self.request
        try:
            far = socket.create_connection(cast("_Server", self.server).to, timeout=PATIENCE)
        except OSError:
            return  # which closes it
        with far:
            far.settimeout(None)
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_carry, args=(far, near), daemon=True)
            back.start()
            _carry(near, far)
            back.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
