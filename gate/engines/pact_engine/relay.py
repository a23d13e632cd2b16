"""A loopback server between the engine and the provider's helper addresses: provider states and messages.

The engine repeats a failing state set-up eight times over two minutes and then says only that one has failed; and it
matches the body of a message although its status is 500. The relay asks once, keeps the real error, and answers the
engine with 400, which it takes at once. What the provider says well goes through unchanged, because its JSON is what
provider-state generators inject.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

from gate.clients.web import Answer, WebError, request
from gate.domain.redaction import CUT
from gate.domain.results import Cause
from gate.ports import Target

STATES: Final = "/states"
MESSAGES: Final = "/messages"
STATE_LIMIT: Final = 1024 * 1024
MESSAGE_LIMIT: Final = 20 * 1024 * 1024
"""Bytes of an answer. What a state returns are values to inject; a message may be as large as a contract by default."""
SHOWN: Final = 200
"""Characters of a failing answer that are worth showing."""
HEADERS_OF_THE_HOP: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
)
SHARE_OF_THE_TIMEOUT: Final = 0.9
GRACE_OF_THE_TIMEOUT: Final = 0.05
"""The relay gives up before the engine does, so that the error is the relay's clear one: at the latest after both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayFault:
    """A request to a helper address that went wrong."""

    subject: str
    """The state's name, or the message's description."""
    message: str
    cause: Cause


class Turn:
    """What a worker asks for on its way to one answer."""

    def __init__(self) -> None:
        self._faults = list[RelayFault]()
        self._under_way = 0
        self._changed = threading.Condition()

    @contextmanager
    def request(self) -> Iterator[list[RelayFault]]:
        """Pass on one request, and gather what goes wrong with it."""
        with self._changed:
            self._under_way += 1
        try:
            yield self._faults
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def faults(self) -> list[RelayFault]:
        """Return what went wrong, in order, once every request is through."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)
        return self._faults


@dataclass(slots=True)
class Relay:
    """Where the relay listens and what went wrong there."""

    url: str
    turn: Turn = field(default_factory=Turn)

    def take_faults(self) -> list[RelayFault]:
        """Return the faults since the last call, in order.

        The engine may have given up before the relay did. It waits for what is under way then, which has its limit: a
        fault belongs to the answer that it is the reason of, and to no later one.
        """
        turn = self.turn
        self.forget()
        return turn.faults()

    def forget(self) -> None:
        """Let what went wrong, and what is under way, concern nobody: who asked for it is no more."""
        self.turn = Turn()

    @property
    def states_url(self) -> str:
        """The engine's address for provider states."""
        return self.url + STATES

    @property
    def messages_url(self) -> str:
        """The engine's address for messages."""
        return self.url + MESSAGES


@contextmanager
def relaying(target: Target) -> Iterator[Relay]:
    """Run a relay to the helper addresses of `target`, where it has any."""
    if target.states_url is None and target.messages_url is None:
        yield Relay(url=target.url)
        return
    server = _Server(target)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: Target) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.relay = Relay(f"http://127.0.0.1:{self.server_port}")

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when the engine hangs up, as it does when the run is stopped."""

    def forward(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Pass on one request. Whatever goes wrong is remembered and answered with 400."""
        with self.relay.turn.request() as faults:
            said = self._forward(path, headers, body)
            if isinstance(said, Answer):
                return said
            faults.append(said)
            return Answer(status=400, headers={"Content-Type": "text/plain"}, body=said.message.encode())

    def _forward(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer | RelayFault:
        is_state = path.startswith(STATES)
        url = self.target.states_url if is_state else self.target.messages_url
        cause = Cause.STATE if is_state else Cause.MESSAGE
        asked = json.loads(body)
        subject = str(asked.get("state" if is_state else "description", ""))
        what = _name(asked, subject, is_state=is_state)
        sent = {name: value for name, value in headers.items() if name.lower() in {"content-type", "accept"}}
        try:
            answer = request(
                "POST",
                url or "",
                timeout=self.target.request_timeout * SHARE_OF_THE_TIMEOUT,
                limit=STATE_LIMIT if is_state else MESSAGE_LIMIT,
                headers={**sent, **dict(self.target.headers)},
                body=body,
                direct=True,
                grace=self.target.request_timeout * GRACE_OF_THE_TIMEOUT,
            )
        except WebError as error:
            return RelayFault(subject=subject, message=f"{what}: {error}", cause=cause)
        if answer.status >= 300:  # noqa: PLR2004 - HTTP: only 2xx is a success
            text = answer.body.decode("utf-8", errors="replace").strip()
            text = text if len(text) <= SHOWN else f"{text[:SHOWN]}{CUT}"
            text = f"{what}: {url} answered {answer.status}{': ' if text else ''}{text}"
            return RelayFault(subject=subject, message=text, cause=cause)
        return answer


def _name(asked: Mapping[str, Any], subject: str, *, is_state: bool) -> str:
    if not is_state:
        return f"the message “{subject}” could not be had"
    action = "torn down" if asked.get("action") == "teardown" else "set up"
    return f"provider state “{subject}” could not be {action}" if subject else f"the empty state could not be {action}"


class _Handler(BaseHTTPRequestHandler):
    server_version = "contract-gate"
    sys_version = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        answer = cast("_Server", self.server).forward(self.path, dict(self.headers.items()), body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HEADERS_OF_THE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what matters is in the faults."""
