"""What can go wrong between a client and a Pact Broker."""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from tests.github_api.faults import Fault, dripping, dropped, silent
from tests.servers import Reply

__all__ = ["Fault", "answer", "dropped", "late", "not_json", "redirect", "silent", "slow_body", "stalled_body"]

slow_body = dripping


def answer(
    status: int,
    body: Any = b"",
    *,
    headers: Mapping[str, str] | None = None,
    content_type: str | None = None,
    after_work: bool = False,
) -> Fault:
    """Answer this instead: JSON, or bytes as they are. Without a type, the broker's own for JSON and none for bytes."""
    kind = content_type or (None if isinstance(body, bytes) else "application/hal+json;charset=utf-8")
    types = {} if kind is None else {"Content-Type": kind}
    reply = Reply(status=status, body=body, headers={**types, **(headers or {})})
    return Fault(spoil=lambda _honest, _closing: reply, after_work=after_work)


def late(seconds: float) -> Fault:
    """Answer honestly, but not at once."""

    def wait(honest: Reply, closing: threading.Event) -> Reply:
        closing.wait(seconds)
        return honest

    return Fault(spoil=wait, after_work=True)


def redirect(location: str, *, status: int = 302) -> Fault:
    """Send the client elsewhere."""
    return answer(status, headers={"Location": location})


def not_json(content: bytes = b"<html><body>Please log in</body></html>", *, content_type: str = "text/html") -> Fault:
    """Answer what is no JSON with the honest status, as a proxy does."""
    return Fault(
        spoil=lambda honest, _: Reply(status=honest.status, headers={"Content-Type": content_type}, body=content),
        after_work=True,
    )


def stalled_body() -> Fault:
    """Send the first half of the honest answer, and then nothing until the server closes."""

    def stall(honest: Reply, closing: threading.Event) -> Reply:
        content = json.dumps(honest.body).encode()
        headers = {**honest.headers, "Content-Length": str(len(content))}
        return Reply(status=honest.status, headers=headers, body=_half(content, closing))

    return Fault(spoil=stall, after_work=True)


def _half(content: bytes, closing: threading.Event) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    closing.wait()
