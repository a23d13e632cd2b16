"""What can go wrong between a client and GitHub."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.servers import Reply

Spoil = Callable[[Reply, threading.Event], Reply | None]
"""Makes of the honest answer what the client gets; the event is set when the server closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to fail."""

    spoil: Spoil
    after_work: bool
    """Whether the request had its effect all the same, and the client is not told."""


def answer(
    status: int, body: Any = None, *, headers: Mapping[str, str] | None = None, after_work: bool = False
) -> Fault:
    """Answer this instead. Without a body, GitHub's own words for the status."""
    message = _MESSAGES.get(status, "Server Error")
    content = {"message": message, "documentation_url": _DOCUMENTATION, "status": str(status)} if body is None else body
    reply = Reply(status=status, body=content, headers=headers or {})
    return Fault(spoil=lambda _honest, _closing: reply, after_work=after_work)


def primary_rate_limit(*, reset_in: int = 3600, status: int = 403) -> Fault:
    """All requests of the hour are used up."""
    reset = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Used": "1000",
        "X-RateLimit-Reset": str(int(time.time()) + reset_in),
    }
    text = "API rate limit exceeded for installation ID 1234567. If you reach out to GitHub Support for help, ..."
    return answer(status, _limited(text, status), headers=reset)


def secondary_rate_limit(*, retry_after: int | None = 60, status: int = 403) -> Fault:
    """Too much at once; GitHub does not always say how long to wait."""
    text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return answer(status, _limited(text, status), headers=headers)


def dropped(*, after_work: bool) -> Fault:
    """Close the connection without an answer."""
    return Fault(spoil=lambda _honest, _closing: None, after_work=after_work)


def silent(*, after_work: bool = False) -> Fault:
    """Keep the connection open without an answer, until the server closes."""

    def wait(_: Reply, closing: threading.Event) -> None:
        closing.wait()

    return Fault(spoil=wait, after_work=after_work)


def dripping(*, pause: float = 0.05) -> Fault:
    """Send the honest answer a byte at a time, so that no wait for the next byte is long."""

    def drip(honest: Reply, closing: threading.Event) -> Reply:
        content = json.dumps(honest.body).encode()
        headers = {**honest.headers, "Content-Length": str(len(content))}
        return Reply(status=honest.status, headers=headers, body=_pieces(content, pause, closing))

    return Fault(spoil=drip, after_work=True)


def no_json() -> Fault:
    """Answer with the honest status, and with JSON that breaks off."""
    return Fault(
        spoil=lambda honest, _: Reply(status=honest.status, headers=honest.headers, body=b'{"id": 42, "body": "'),
        after_work=True,
    )


def _pieces(content: bytes, pause: float, closing: threading.Event) -> Iterator[bytes]:
    for byte in content:
        yield bytes((byte,))
        if closing.wait(pause):
            return


def _limited(text: str, status: int) -> dict[str, str]:
    return {"message": text, "documentation_url": f"{_DOCUMENTATION}/using-the-rest-api", "status": str(status)}


_DOCUMENTATION = "https://docs.github.com/rest"
_MESSAGES = {
    403: "Resource not accessible by integration",
    404: "Not Found",
    422: "Validation Failed",
    429: "Too Many Requests",
}
