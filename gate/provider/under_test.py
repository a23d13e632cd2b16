"""The provider under test: started or merely reached, ready before the first request, stopped for certain.

A provider that the gate starts gets the user's environment without the gate's own settings and credentials.
"""

import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gate.clients.processes import Process, missing_command
from gate.clients.sockets import refusal
from gate.clients.web import WebError, request
from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target

POLL_INTERVAL: Final = 0.05
SHORTEST_QUESTION: Final = 1.0
"""Seconds for an answer, also right before the end: what is asked in the last moment must not look unanswered."""
LONGEST_QUESTION: Final = 5.0
SILENCE: Final = 2.0
"""Seconds after which a person wants to know what is waited for."""
READY_ANSWER_LIMIT: Final = 1024 * 1024
PRIVATE_PREFIXES: Final = ("INPUT_", "GATE_", "ACTIONS_", "GITHUB_TOKEN")
"""Variables that belong to the gate or to the runner, not to the provider."""

CONTAINER_HINT: Final = (
    "Inside the action's container only the gate's own programs exist: start the provider in an earlier step "
    "and give its provider-url."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How to start a provider."""

    command: str
    """A line for the shell, `{port}` filled in."""
    environment: Mapping[str, str]
    """The whole environment of the command, `{port}` filled in."""
    log: Path
    log_name: str
    """How the report names the log file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to know that a provider listens."""

    ready_path: str | None
    """Path that must answer with a status below 400; None accepts any HTTP answer at the base address."""
    timeout: float
    """Seconds until the provider must be ready."""


class ProviderUnderTest:
    """Starts (when there is a command) and reaches a provider.

    Args:
        target: where it will listen.
        start: how to start it; None when it is already running.
        reach: how to know that it is ready.
        redact: takes the secrets out of its output.
        say: tells the person who waits.
    """

    def __init__(
        self,
        target: Target,
        start: Start | None,
        reach: Reach,
        redact: Callable[[str], str],
        say: Callable[[str], None],
    ) -> None:
        self._say = say
        self._target = target
        self._start = start
        self._reach = reach
        self._redact = redact
        self._process: Process | None = None

    @property
    def sets_up_states(self) -> bool:
        """Whether it has an address for provider states."""
        return self._target.states_url is not None

    def describe(self, *, with_log: bool) -> ProviderRun:
        """Say how it is, or was to be, reached, `with_log` for the end of its output too."""
        run = ProviderRun(url=self._target.url)
        if self._start is None:
            return run
        run = replace(run, command=self._start.command, log=self._start.log_name)
        return replace(run, log_tail=self._process.tail) if with_log and self._process else run

    @contextmanager
    def running(self) -> Iterator[Target]:
        """Yield the provider once it is ready.

        Raises:
            ProviderError: it could not be started, ended early, or did not answer in time.
        """
        if self._start is None:
            self._await_ready(None)
            yield self._target
            return
        self._refuse_foreign_listener()
        self._process = _process(self._start, self._redact)
        try:
            _launch(self._process, self._start)
            self._await_ready(self._process)
            yield self._target
            if self._process.exit_code:
                raise _ended(
                    self._process, "while it was verified, so that something else may have answered in its place"
                )
        finally:
            self._process.stop()

    def _refuse_foreign_listener(self) -> None:
        """Another program on the provider's address would be verified in its place."""
        if refusal(self._target.url) is not None:
            return
        raise ProviderError(
            "something already listens here, so the provider-command could not be told from it.",
            where=self._target.url,
            remedy="Stop it, or write {port} in provider-command and no provider-url: the gate finds a free one.",
        )

    def _await_ready(self, process: Process | None) -> None:
        url = self._target.url + (self._reach.ready_path or "/")
        deadline = time.monotonic() + self._reach.timeout
        silence_ends = time.monotonic() + SILENCE
        last = "it was never asked"
        while (left := deadline - time.monotonic()) > 0:
            if process is not None and process.exit_code:
                raise _ended(process, "before the provider was ready")
            try:
                answer = request(
                    "GET",
                    url,
                    timeout=min(max(left, SHORTEST_QUESTION), LONGEST_QUESTION),
                    limit=READY_ANSWER_LIMIT,
                    headers=dict(self._target.headers),
                    direct=True,
                )
            except WebError as error:
                last = error.what
            else:
                if self._reach.ready_path is None or answer.status < 400:  # noqa: PLR2004 - HTTP: errors start here
                    return
                last = f"it answered {answer.status}"
            if time.monotonic() > silence_ends:
                self._say(f"waiting for {url}, at most {self._reach.timeout:g} s (last: {last})")
                silence_ends = deadline
            time.sleep(POLL_INTERVAL)
        raise self._not_ready(url, last, started=process is not None)

    def _not_ready(self, url: str, last: str, *, started: bool) -> ProviderError:
        remedy = (
            "Look at the end of its log, check that it listens on this port, or raise provider-timeout."
            if started
            else "Start it before the gate, check provider-url, or let the gate start it with provider-command."
        )
        return ProviderError(
            f"the provider did not get ready within {self._reach.timeout:g} s (last: {last}).", where=url, remedy=remedy
        )


def fill_port(text: str, port: int) -> str:
    """Write the port that the gate chose into a setting."""
    return text.replace("{port}", str(port))


def free_port() -> int:
    """Return a port on the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def without_private(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out of `environment` what belongs to the gate or the runner."""
    return {name: value for name, value in environment.items() if not name.startswith(PRIVATE_PREFIXES)}


def _process(start: Start, redact: Callable[[str], str]) -> Process:
    shell = shutil.which("bash") or shutil.which("sh")
    if shell is None:
        raise ProviderError("there is no shell to run provider-command with.", remedy=CONTAINER_HINT)
    return Process([shell, "-c", start.command], environment=start.environment, log=start.log, redact=redact)


def _launch(process: Process, start: Start) -> None:
    try:
        process.start()
    except (OSError, ValueError) as error:
        raise ProviderError(
            f"provider-command could not be started: {error}.",
            where=start.command,
            remedy="Check the command, provider-env, and that the folder of the report can be written.",
        ) from error


def _ended(process: Process, when: str) -> ProviderError:
    process.finish_output()
    missing = missing_command(process.exit_code, process.tail)
    if missing is not None:
        return ProviderError(
            f"provider-command: {missing} was not found.",
            remedy=f"Install it in this job, or give its path. {CONTAINER_HINT}",
        )
    return ProviderError(
        f"provider-command ended with exit code {process.exit_code} {when}.",
        remedy="Read the end of its log, and run the command by itself to see it fail.",
    )


def absolute_url(url: str, base: str) -> str:
    """Resolve a setting that may be a mere path: `/_states` belongs to the provider's base address."""
    return base + url if url.startswith("/") else url
