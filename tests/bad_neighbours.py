"""A server that does to whoever asks it what no server should, each time what it is asked for by name.

Raw sockets, so that it can also stop in the middle of a header, or talk for ever; ended at once, whatever it is at.
"""

import json
import math
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

MEBIBYTE: Final = 1024 * 1024
GIBIBYTE: Final = 1024 * MEBIBYTE
ZEROS: Final = bytes(MEBIBYTE)
STEP: Final = 0.1
"""Seconds between two bytes of what drips: many fit into the time of a request, so that none is waited for long."""
STATES: Final = "/_states"
MESSAGES: Final = "/_messages"
LATER: Final = "later-"
"""What the name of a state begins with that is treated so only when it is torn down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connection on which a whole request waits to be read."""

    socket: socket.socket
    request: bytes
    over: threading.Event

    def take(self) -> None:
        """Read the request, as a server does that means to answer it."""
        left = len(self.request)
        while left:
            left -= len(self.socket.recv(left))

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait, and say whether the server goes on."""
        return not self.over.wait(seconds)


Manner = Callable[[Line], None]
"""How a request is treated; the connection is closed when it returns."""


def head(status: str = "200 OK", *lines: str, kind: str = "application/json") -> bytes:
    """Write the head of an answer."""
    return "\r\n".join((f"HTTP/1.1 {status}", f"Content-Type: {kind}", *lines, "Connection: close", "", "")).encode()


def well(line: Line) -> None:
    """Answer as everybody expects."""
    line.take()
    body = b'{"id": 42}'
    line.say(head("200 OK", f"Content-Length: {len(body)}"), body)


def hangs(line: Line) -> None:
    line.take()
    line.wait()


def drips_head(line: Line) -> None:
    line.take()
    line.say(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while line.wait(STEP):
        line.say(b"x")


def drips_body(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Content-Length: 1000000"), b'"')
    while line.wait(STEP):
        line.say(b"x")


def streams(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Transfer-Encoding: chunked"), b"1\r\n[\r\n")
    piece = b"10000\r\n" + b"0," * 0x8000 + b"\r\n"
    while line.wait(0):
        line.say(piece)


def streams_slowly(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Transfer-Encoding: chunked"), b"1\r\n[\r\n")
    while line.wait(STEP):
        line.say(b"2\r\n0,\r\n")


def answers_a_gibibyte(line: Line) -> None:
    line.take()
    line.say(head("200 OK", f"Content-Length: {GIBIBYTE}", kind="text/plain"))
    for _ in range(GIBIBYTE // MEBIBYTE):
        line.say(ZEROS)


def bombs_gzip(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(bomb())}", kind="text/plain"), bomb())


def bombs_gzip_for_ever(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Content-Encoding: gzip", "Transfer-Encoding: chunked", kind="text/plain"))
    packed = _packed_zeros() * 16
    line.say(b"a\r\n", GZIP_HEAD, b"\r\n")
    while line.wait(0):
        line.say(f"{len(packed):x}\r\n".encode(), packed, b"\r\n")


def redirects_in_a_circle(line: Line) -> None:
    line.take()
    path = line.request.split(b" ")[1].decode()
    line.say(head("307 Temporary Redirect", f"Location: {path}", "Content-Length: 0"))


def redirects_ever_further(line: Line) -> None:
    line.take()
    path = line.request.split(b" ")[1].decode()
    line.say(head("302 Found", f"Location: {path}/on", "Content-Length: 0"))


def redirects_without_end(line: Line) -> None:
    line.take()
    line.say(head("302 Found", "Location: /fine", "Transfer-Encoding: chunked"))
    while line.wait(0):
        line.say(b"10000\r\n", b"x" * 0x10000, b"\r\n")


def closes_after_accept(line: Line) -> None:
    """What is not read is reset, as when nobody had ever read a byte."""


def closes_before_head(line: Line) -> None:
    line.take()


def closes_in_head(line: Line) -> None:
    line.take()
    line.say(b"HTTP/1.1 200 OK\r\nContent-Ty")


def closes_in_body(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Content-Length: 1000"), b'{"id": 42')


def closes_in_chunk(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Transfer-Encoding: chunked"), b'a\r\n{"id": 42}\r\n')


def closes_in_gzip(line: Line) -> None:
    line.take()
    half = bomb()[: len(bomb()) // 1024]
    line.say(head("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(bomb())}"), half)


def packs_nothing(line: Line) -> None:
    line.take()
    line.say(head("200 OK", "Content-Encoding: gzip", "Content-Length: 10"), b'{"id": 42}')


def informs_for_ever(line: Line) -> None:
    line.take()
    while line.wait(0.001):
        line.say(b"HTTP/1.1 100 Continue\r\n\r\n")


def heads_for_ever(line: Line) -> None:
    line.take()
    line.say(b"HTTP/1.1 200 OK\r\n")
    while line.wait(0):
        line.say(b"X-More: " + b"x" * 1000 + b"\r\n")


def a_line_for_ever(line: Line) -> None:
    line.take()
    line.say(b"HTTP/1.1 200 ")
    while line.wait(0):
        line.say(b"x" * 65536)


def speaks_something_else(line: Line) -> None:
    line.take()
    line.say(b"220 mail.example.com ESMTP\r\n")


def answers_ten_thousand_levels(line: Line) -> None:
    line.take()
    body = b'{"id":' * 10_000 + b"42" + b"}" * 10_000
    line.say(head("200 OK", f"Content-Length: {len(body)}"), body)


MANNERS: Final[Mapping[str, Manner]] = {
    name.replace("_", "-"): manner
    for name, manner in {
        "hangs": hangs,
        "drips_head": drips_head,
        "drips_body": drips_body,
        "streams": streams,
        "streams_slowly": streams_slowly,
        "answers_a_gibibyte": answers_a_gibibyte,
        "bombs_gzip": bombs_gzip,
        "bombs_gzip_for_ever": bombs_gzip_for_ever,
        "redirects_in_a_circle": redirects_in_a_circle,
        "redirects_ever_further": redirects_ever_further,
        "redirects_without_end": redirects_without_end,
        "closes_after_accept": closes_after_accept,
        "closes_before_head": closes_before_head,
        "closes_in_head": closes_in_head,
        "closes_in_body": closes_in_body,
        "closes_in_chunk": closes_in_chunk,
        "closes_in_gzip": closes_in_gzip,
        "packs_nothing": packs_nothing,
        "informs_for_ever": informs_for_ever,
        "heads_for_ever": heads_for_ever,
        "a_line_for_ever": a_line_for_ever,
        "speaks_something_else": speaks_something_else,
        "answers_ten_thousand_levels": answers_ten_thousand_levels,
    }.items()
}
"""What it may be asked for: by the first part of the path, by a provider state's name, by a message's description."""

GZIP_HEAD: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


@cache
def _packed_zeros() -> bytes:
    """Pack a mebibyte so that it can be repeated: it refers to nothing before it, and ends with a byte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)


@cache
def bomb() -> bytes:
    """Pack a gibibyte into one mebibyte."""
    count, checksum = GIBIBYTE // MEBIBYTE, 0
    for _ in range(count):
        checksum = zlib.crc32(ZEROS, checksum)
    end = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    tail = checksum.to_bytes(4, "little") + (GIBIBYTE % 2**32).to_bytes(4, "little")
    return GZIP_HEAD + _packed_zeros() * count + end + tail


@dataclass(slots=True)
class Neighbour:
    """A running server, and what it was asked for, in order."""

    url: str
    asked: list[str] = field(default_factory=list)
    hangs_after: float = math.inf
    """After how many requests it answers none any more, whatever is asked for."""


@contextmanager
def bad_neighbour() -> Iterator[Neighbour]:
    """Serve until the end of the block, which ends whatever is still being said."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    neighbour = Neighbour(f"http://127.0.0.1:{listener.getsockname()[1]}")
    lines: list[tuple[socket.socket, threading.Thread]] = []

    def accept() -> None:
        with suppress(OSError):  # it is closed from outside
            while True:
                accepted, _ = listener.accept()
                thread = threading.Thread(target=_treat, args=(accepted, over, neighbour), daemon=True)
                lines.append((accepted, thread))
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield neighbour
    finally:
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for accepted, _ in lines:
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
        for _, thread in lines:
            thread.join()


def _treat(accepted: socket.socket, over: threading.Event, neighbour: Neighbour) -> None:
    with accepted, suppress(OSError):  # the other side did not wait for the end
        accepted.settimeout(None)
        request = _waiting(accepted, over)
        if request is None:
            return
        wanted = _wanted(request)
        neighbour.asked.append(wanted)
        manner = MANNERS.get(wanted, well) if len(neighbour.asked) <= neighbour.hangs_after else hangs
        manner(Line(socket=accepted, request=request, over=over))


def _waiting(accepted: socket.socket, over: threading.Event) -> bytes | None:
    """Look at a request without taking it, once it is there as a whole; None when it does not come."""
    while not over.is_set():
        looked = accepted.recv(MEBIBYTE, socket.MSG_PEEK)
        beginning, found, body = looked.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", beginning)
        if found and len(body) >= int(length[1] if length else 0):
            return looked
        if not looked:
            return None
        over.wait(0.001)  # what is there stays there, and would be seen again at once
    return None


def _wanted(request: bytes) -> str:
    """Find what is asked for. A state or a message says it in the body."""
    beginning, _, body = request.partition(b"\r\n\r\n")
    path = beginning.split(b" ")[1].decode()
    if path in {STATES, MESSAGES}:
        asked: dict[str, Any] = json.loads(body)
        wanted = str(asked.get("state") or asked.get("description") or "")
        return wanted.removeprefix(LATER) if asked.get("action") == "teardown" else wanted
    return path.removeprefix("http:").strip("/").partition("/")[0]
