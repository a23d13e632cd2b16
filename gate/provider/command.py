"""A provider that a shell command starts, beside the gate.

It gets the user's environment without the gate's own settings and credentials.
"""

import shutil
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gate.clients.processes import Process, missing_command
from gate.clients.sockets import refusal
from gate.clients.workspace_files import hand_over_all
from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target

PRIVATE_PREFIXES: Final = ("INPUT_", "GATE_", "ACTIONS_", "GITHUB_TOKEN")
FILE_COMMANDS: Final = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
"""Variables that belong to the gate or to the runner, not to the provider."""

CONTAINER_HINT: Final = (
    "The action's container has Python and the gate, and none of the job's programs: start the provider in an earlier "
    "step and give its provider-url, or name an image that has them in provider-image."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How to start a provider."""

    command: str
    """A line for the shell, `{port}` and `{replica}` filled in."""
    environment: Mapping[str, str]
    """The whole environment of the command, `{port}` and `{replica}` filled in."""
    folder: Path | None = None
    """Where it runs; None for where the gate does."""
    shared: Path | None
    """Somebody else's folder, in which the command works as root; None where it works as whoever started the gate."""
    log: Path
    log_name: str
    """How the report names the log file."""


class Command:
    """A command that runs while its contracts are verified.

    Args:
        start: how.
        redact: takes the secrets out of its output.
    """

    def __init__(self, start: Start, redact: Callable[[str], str]) -> None:
        self._start = start
        self._redact = redact
        self._process: Process | None = None
        self._started_at = time.time()

    def start(self, target: Target) -> Target:
        """Start it. It listens where it was told to. Raises `ProviderError`."""
        _refuse_foreign_listener(target.url)
        self._process = self._new_process()
        try:
            self._process.start()
        except (OSError, ValueError) as error:
            raise ProviderError(
                f"provider-command could not be started: {error}.",
                where=self._start.command,
                remedy="Check the command, provider-env, and that the folder of the report can be written.",
            ) from error
        return target

    def failure(self, when: str) -> ProviderError | None:
        """Say how it ended, when it ended badly. A command may well end once it has started a daemon."""
        if self._process is None or not self._process.exit_code:
            return None
        self._process.finish_output()
        return ended(
            "provider-command",
            self._process.exit_code,
            self._process.tail,
            when,
            missing=f"Install it in this job, or give its path. {CONTAINER_HINT}",
        )

    def stop(self) -> None:
        """Stop it and all that came of it."""
        if self._process is not None:
            self._process.stop()
            if self._start.shared is not None:
                hand_over_all(self._start.shared, self._started_at)

    def describe(self, url: str, *, with_log: bool) -> ProviderRun:
        """Say what was started."""
        return ProviderRun(
            url=url,
            command=self._start.command,
            log=self._start.log_name,
            log_tail=self._process.tail if with_log and self._process else (),
        )

    def _new_process(self) -> Process:
        shell = shutil.which("bash") or shutil.which("sh")
        if shell is None:
            raise ProviderError("there is no shell to run provider-command with.", remedy=CONTAINER_HINT)
        return Process(
            [shell, "-c", self._start.command],
            environment=self._start.environment,
            folder=self._start.folder,
            log=self._start.log,
            redact=self._redact,
        )


def ended(what: str, exit_code: int | None, tail: tuple[str, ...], when: str, *, missing: str) -> ProviderError:
    """Say that a provider which the gate started ended by itself.

    Args:
        what: the setting that started it.
        exit_code: its own.
        tail: the end of its output.
        when: the end of the sentence.
        missing: what to do about a command that was not found.
    """
    command = missing_command(exit_code, tail)
    if command is not None:
        return ProviderError(f"{what}: {command} was not found.", remedy=missing)
    return ProviderError(
        f"{what} ended with exit code {exit_code} {when}.",
        remedy="Read the end of its log, and run it by itself to see it fail.",
    )


def free_ports(count: int) -> tuple[int, ...]:
    """Return different ports on the loopback address that nobody listens on at this moment."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))  # and held, so that none is found twice
        return tuple(probe.getsockname()[1] for probe in probes)


def without_private(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out of `environment` what belongs to the gate or the runner."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(PRIVATE_PREFIXES) and name not in FILE_COMMANDS
    }


def _refuse_foreign_listener(url: str) -> None:
    """Another program on the provider's address would be verified in its place."""
    if refusal(url) is None:
        raise ProviderError(
            "something already listens here, so the provider-command could not be told from it.",
            where=url,
            remedy="Stop it, or write {port} in provider-command and no provider-url: the gate finds a free one.",
        )
