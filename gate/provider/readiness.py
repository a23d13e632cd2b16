"""When a provider is ready: it answers at its own address."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gate.clients.web import WebError, request
from gate.domain.errors import ProviderError
from gate.ports import Target
from gate.provider.runner_host import RunnerHost

POLL_INTERVAL: Final = 0.05
SHORTEST_QUESTION: Final = 1.0
"""Seconds for an answer, also right before the end: what is asked in the last moment must not look unanswered."""
LONGEST_QUESTION: Final = 5.0
SILENCE: Final = 2.0
"""Seconds after which a person wants to know what is waited for."""
READY_ANSWER_LIMIT: Final = 1024 * 1024

START_IT: Final = "Start it before the gate, check provider-url, or let the gate start it with provider-command."
LOOK_AT_ITS_LOG: Final = (
    "Look at the end of its log, check that it listens on this port (in a container on 0.0.0.0), "
    "or raise provider-timeout."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to know that a provider listens."""

    ready_path: str | None
    """Path that must answer with a status below 400; None accepts any HTTP answer at the base address."""
    timeout: float
    """Seconds until the provider must be ready; of several replicas, until all are."""


class Readiness:
    """Asks providers whether they are ready, all of them before the same moment.

    Args:
        reach: how to know.
        host: the way to the runner's own addresses; None when the gate runs beside the provider.
        say: tells the person who waits.
    """

    def __init__(self, reach: Reach, host: RunnerHost | None, say: Callable[[str], None]) -> None:
        self._reach = reach
        self._host = host
        self._say = say
        self._deadline = time.monotonic() + reach.timeout

    def wait(self, target: Target, refuse_ended: Callable[[], None], *, started: bool) -> ProviderError | None:
        """Ask a provider until it is ready, and at least once, whatever time others took.

        Args:
            target: where it listens.
            refuse_ended: raises an error when what was started has ended.
            started: whether the gate started it.

        Returns:
            Why it is not ready in time, None when it is.
        """
        url = target.url + (self._reach.ready_path or "/")
        silence_ends = time.monotonic() + SILENCE
        while True:
            refuse_ended()
            trouble = self._trouble(target, url)
            if trouble is None:
                self._open_the_rest(target)
                return None
            now = time.monotonic()
            if now >= self._deadline:
                return self._not_ready(url, trouble, started=started)
            if now > silence_ends:
                self._say(f"waiting for {url}, at most {self._reach.timeout:g} s (last: {trouble})")
                silence_ends = self._deadline
            time.sleep(POLL_INTERVAL)

    def _trouble(self, target: Target, url: str) -> str | None:
        """Ask the provider once; say what is wrong, None when it is ready."""
        refused = self._host.open_way_to(url) if self._host is not None else None
        if refused is not None:
            return refused
        left = self._deadline - time.monotonic()
        timeout = min(max(left, SHORTEST_QUESTION), LONGEST_QUESTION)
        try:
            answer = request(
                "GET", url, timeout=timeout, limit=READY_ANSWER_LIMIT, headers=dict(target.headers), direct=True
            )
        except WebError as error:
            return error.what
        if self._reach.ready_path is None or answer.status < 400:  # noqa: PLR2004 - HTTP: errors start here
            return None
        return f"it answered {answer.status}"

    def _open_the_rest(self, target: Target) -> None:
        """States and messages may have a port of their own."""
        for url in (target.states_url, target.messages_url):
            if self._host is not None and url is not None:
                self._host.open_way_to(url, refused_too=True)

    def _not_ready(self, url: str, last: str, *, started: bool) -> ProviderError:
        if self._host is not None and self._host.leads_to(url):
            remedy = self._host.remedy
        else:
            remedy = LOOK_AT_ITS_LOG if started else START_IT
        return ProviderError(
            f"the provider did not get ready within {self._reach.timeout:g} s (last: {last}).", where=url, remedy=remedy
        )
