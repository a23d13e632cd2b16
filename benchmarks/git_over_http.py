"""A git server in a process of its own, that counts: git's own program behind HTTP, as hosts have it."""

import multiprocessing
import os
import resource
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ClassVar, Final, cast

FILTERS, PLAIN = "filters", "plain"
"""The first part of an address: a server that knows filters, as GitHub does, and one that does not."""
PIECE: Final = 1 << 16
READ, WRITE = "git-upload-pack", "git-receive-pack"


@dataclass(slots=True)
class Traffic:
    """What came to the server. Bytes are those of the bodies of requests and answers."""

    requests: Counter[str] = field(default_factory=Counter)
    """By git's service, `git-upload-pack` to read and `git-receive-pack` to write."""
    received: Counter[str] = field(default_factory=Counter)
    """Bytes that clients sent."""
    sent: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    seconds: float = 0.0
    """Of CPU that git needed to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitServer:
    """A running server."""

    url: str
    pipe: Connection

    def address(self, kind: str, repository: str) -> str:
        """Return the address of a repository."""
        return f"{self.url}/{kind}/{repository}"

    def taken(self) -> Traffic:
        """Return what came since the last call."""
        self.pipe.send(None)
        traffic: Traffic = self.pipe.recv()
        return traffic


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together: else each answer waits for a delayed acknowledgement of its head.
    wbufsize = -1
    folder: ClassVar[Path]
    round_trip: ClassVar[float]
    traffic: ClassVar[Traffic]
    lock: ClassVar[threading.Lock] = threading.Lock()

    def setup(self) -> None:
        super().setup()
        with self.lock:
            self.traffic.connections += 1
        time.sleep(2 * self.round_trip)  # TCP, TLS

    def do_GET(self) -> None:
        time.sleep(self.round_trip)
        path, _, query = self.path.partition("?")
        _, kind, rest = path.split("/", 2)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service = WRITE if WRITE in self.path else READ
        with self.lock:
            self.traffic.requests[service] += 1
            self.traffic.received[service] += len(body)
        program = ["git", "-c", f"uploadpack.allowFilter={'true' if kind == FILTERS else 'false'}", "http-backend"]
        with subprocess.Popen(
            program, env=self._variables(rest, query, body), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None  # noqa: S101 - it was asked for
            process.stdin.write(body)
            process.stdin.close()
            self._answer(cast("BufferedReader", process.stdout), service)

    do_POST = do_GET  # noqa: N815 - the base class's names

    def _variables(self, path: str, query: str, body: bytes) -> dict[str, str]:
        headers = {
            "CONTENT_TYPE": "Content-Type",
            "GIT_PROTOCOL": "Git-Protocol",
            "HTTP_CONTENT_ENCODING": "Content-Encoding",
        }
        return {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{path}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_LENGTH": str(len(body)),
            **{name: self.headers[header] for name, header in headers.items() if header in self.headers},
        }

    def _answer(self, answer: BufferedReader, service: str) -> None:
        status, headers = 200, []
        for line in iter(answer.readline, b"\r\n"):
            name, _, value = line.decode().strip().partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            else:
                headers.append((name, value))
        self.send_response(status)
        for name, value in [*headers, ("Transfer-Encoding", "chunked")]:
            self.send_header(name, value)
        self.end_headers()
        count = 0
        while piece := answer.read1(PIECE):
            count += len(piece)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        with self.lock:
            self.traffic.sent[service] += count

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def git_server(folder: Path, round_trip: float = 0) -> Iterator[GitServer]:
    """Serve the repositories in a folder, as if it took so many seconds to get there and back."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(theirs, folder, round_trip), daemon=True)
    process.start()
    try:
        yield GitServer(url=str(ours.recv()), pipe=ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, folder: Path, round_trip: float) -> None:
    """Answer requests, and whenever asked through the pipe, tell what they were since."""
    _Handler.folder, _Handler.round_trip, _Handler.traffic = folder, round_trip, Traffic()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.send(f"http://127.0.0.1:{server.server_port}")
        before = _cpu_of_children()
        while True:
            pipe.recv()
            now = _cpu_of_children()
            traffic, _Handler.traffic = _Handler.traffic, Traffic()
            traffic.seconds = now - before
            pipe.send(traffic)
            before = now


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
