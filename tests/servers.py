"""Real HTTP servers for the tests, on loopback addresses and ports of their own."""

import errno
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server answers. A body that is no bytes is sent as JSON; an iterator's pieces are sent as they come."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What a server needs for https, and the file with the authority that vouches for it."""

    context: ssl.SSLContext
    authority: Path


Handler = Callable[[Asked], Reply | None]
"""Answers a request; None closes the connection without an answer."""


@dataclass(slots=True)
class Server:
    """A running server and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


class _Http6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def _listening(kind: type[ThreadingHTTPServer], host: str) -> ThreadingHTTPServer:
    """Listen on a free port below those that the system itself picks.

    One of these may be promised: a test that runs at the same time lets the gate pick a port for a provider, which
    takes it only once it has started.
    """
    while True:
        try:
            return kind((host, 20_000 + secrets.randbelow(12_000)), _Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise


def free_port() -> int:
    """Return a port on the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    handler: Handler, *, host: str = "127.0.0.1", ipv6: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """Serve until the end of the block. On all addresses ("0.0.0.0"), the URL is the one for this machine."""
    http = _listening(_Http6, "::1") if ipv6 else _listening(ThreadingHTTPServer, host)
    http.daemon_threads = True
    http.block_on_close = False
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True)
    name = "[::1]" if ipv6 else "127.0.0.1" if host == "0.0.0.0" else host
    server = Server(f"{'http' if tls is None else 'https'}://{name}:{http.server_port}")
    http.handler, http.server = handler, server  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(method=self.command, path=self.path, headers=dict(self.headers.items()), body=body)
        http = cast("Any", self.server)
        http.server.asked.append(asked)
        reply = http.handler(asked)
        if reply is None:
            self.close_connection = True
            return
        headers = dict(reply.headers)
        if isinstance(reply.body, Iterator):
            self._send_pieces(reply.status, headers, reply.body)
            return
        if isinstance(reply.body, bytes):
            content = reply.body
        elif reply.body is None:
            content = b""
        else:
            content = json.dumps(reply.body).encode()
            headers.setdefault("Content-Type", "application/json")
        headers["Content-Length"] = str(len(content))
        self._send_head(reply.status, headers)
        self.wfile.write(content)

    def _send_head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_pieces(self, status: int, headers: Mapping[str, str], pieces: Iterator[bytes]) -> None:
        self._send_head(status, headers)
        with suppress(OSError):  # the client did not wait for the rest
            for piece in pieces:
                self.wfile.write(piece)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_PURGE = _answer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
