"""The provider under test, whoever started it: ready before the first request, gone afterwards if it was the gate."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from gate.clients.web import WebError, request
from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider.runner_host import RunnerHost

POLL_INTERVAL: Final = 0.05
SHORTEST_QUESTION: Final = 1.0
"""Seconds for an answer, also right before the end: what is asked in the last moment must not look unanswered."""
LONGEST_QUESTION: Final = 5.0
SILENCE: Final = 2.0
"""Seconds after which a person wants to know what is waited for."""
READY_ANSWER_LIMIT: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to know that a provider listens."""

    ready_path: str | None
    """Path that must answer with a status below 400; None accepts any HTTP answer at the base address."""
    timeout: float
    """Seconds until the provider must be ready."""


class Program(Protocol):
    """A provider that the gate starts itself."""

    def start(self, target: Target) -> Target:
        """Start it and say where it will listen. Raises `ProviderError`."""

    def failure(self, when: str) -> ProviderError | None:
        """Say how it ended, None while nothing is wrong; `when` ends the sentence."""

    def stop(self) -> None:
        """Stop it for certain, and remove what it leaves. May come before `start` was through."""

    def describe(self, url: str, *, with_log: bool) -> ProviderRun:
        """Say what is started, `with_log` for the end of its output too."""


class ProviderUnderTest:
    """Starts (when there is a program) and reaches a provider.

    Args:
        target: where it will listen.
        program: what starts it; None when it is already running.
        reach: how to know that it is ready.
        host: the way to the runner's own addresses; None when the gate runs beside the provider.
        say: tells the person who waits.
    """

    def __init__(
        self,
        target: Target,
        program: Program | None,
        reach: Reach,
        host: RunnerHost | None,
        say: Callable[[str], None],
    ) -> None:
        self._target = target
        self._program = program
        self._reach = reach
        self._host = host
        self._say = say
        self._stopped = False

    @property
    def sets_up_states(self) -> bool:
        """Whether it has an address for provider states."""
        return self._target.states_url is not None

    def describe(self, *, with_log: bool) -> ProviderRun:
        """Say how it is, or was to be, reached, `with_log` for the end of its output too."""
        if self._program is None:
            return ProviderRun(url=self._target.url, via=self._host.used if self._host is not None else "")
        return self._program.describe(self._target.url, with_log=with_log)

    @contextmanager
    def running(self) -> Iterator[Target]:
        """Yield the provider once it is ready.

        Raises:
            ProviderError: it could not be started, ended early, or did not answer in time.
        """
        with ExitStack() as stack:
            if self._program is not None:
                # A signal is heard once. Whatever it interrupts, the second of the two stops for certain.
                stack.callback(self._stop)
                stack.callback(self._stop)
                self._target = self._program.start(self._target)
            if self._host is not None:
                stack.enter_context(self._host)
            self._await_ready()
            yield self._target
            self._refuse_ended("while it was verified, so that something else may have answered in its place")

    def _stop(self) -> None:
        if self._program is not None and not self._stopped:
            self._program.stop()
            self._stopped = True

    def _refuse_ended(self, when: str) -> None:
        failure = self._program.failure(when) if self._program is not None else None
        if failure is not None:
            raise failure

    def _await_ready(self) -> None:
        url = self._target.url + (self._reach.ready_path or "/")
        deadline = time.monotonic() + self._reach.timeout
        silence_ends = time.monotonic() + SILENCE
        last = "it was never asked"
        while (left := deadline - time.monotonic()) > 0:
            self._refuse_ended("before the provider was ready")
            trouble = self._trouble(url, min(max(left, SHORTEST_QUESTION), LONGEST_QUESTION))
            if trouble is None:
                self._open_the_rest()
                return
            last = trouble
            if time.monotonic() > silence_ends:
                self._say(f"waiting for {url}, at most {self._reach.timeout:g} s (last: {last})")
                silence_ends = deadline
            time.sleep(POLL_INTERVAL)
        raise self._not_ready(url, last)

    def _trouble(self, url: str, timeout: float) -> str | None:
        """Ask the provider once; say what is wrong, None when it is ready."""
        refused = self._host.open_way_to(url) if self._host is not None else None
        if refused is not None:
            return refused
        headers = dict(self._target.headers)
        try:
            answer = request("GET", url, timeout=timeout, limit=READY_ANSWER_LIMIT, headers=headers, direct=True)
        except WebError as error:
            return error.what
        if self._reach.ready_path is None or answer.status < 400:  # noqa: PLR2004 - HTTP: errors start here
            return None
        return f"it answered {answer.status}"

    def _open_the_rest(self) -> None:
        """States and messages may have a port of their own."""
        for url in (self._target.states_url, self._target.messages_url):
            if self._host is not None and url is not None:
                self._host.open_way_to(url, refused_too=True)

    def _not_ready(self, url: str, last: str) -> ProviderError:
        if self._host is not None and self._host.leads_to(url):
            remedy = self._host.remedy
        elif self._program is not None:
            remedy = (
                "Look at the end of its log, check that it listens on this port (in a container on 0.0.0.0), "
                "or raise provider-timeout."
            )
        else:
            remedy = "Start it before the gate, check provider-url, or let the gate start it with provider-command."
        return ProviderError(
            f"the provider did not get ready within {self._reach.timeout:g} s (last: {last}).", where=url, remedy=remedy
        )


def fill(text: str, **values: object) -> str:
    """Write into a setting what the gate found out: `{port}`, `{host}`. Other braces stay as they are."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def absolute_url(url: str, base: str) -> str:
    """Resolve a setting that may be a mere path: `/_states` belongs to the provider's base address."""
    return base + url if url.startswith("/") else url
