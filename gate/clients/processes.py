"""Processes that end when they must: a group of their own, their output kept, and nothing left behind."""

import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from gate.clients.output_log import OutputLog

MARK: Final = "CONTRACT_GATE_PROCESS"
"""Every descendant inherits this variable, so that one which left the process group is found all the same."""

POLL_INTERVAL: Final = 0.02
LOOKS: Final = 4
"""How often in a row nothing must be seen before all is believed to be gone."""
KILL_PATIENCE: Final = 5.0
"""Seconds until what was killed is gone; only a process stuck in the kernel takes longer."""


class Process:
    """A command that runs from `start` until `stop`, grandchildren included.

    Args:
        command: run without a shell of our own.
        environment: the whole environment of the command.
        folder: to run it in; None for that of the gate.
        log: file that receives its output, redacted line by line.
        redact: takes the secrets out of a line.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        redact: Callable[[str], str],
        folder: Path | None = None,
    ) -> None:
        token = secrets.token_hex(16)
        self._command = command
        self._folder = folder
        self._environment = {**environment, MARK: token}
        self._mark = f"{MARK}={token}".encode()
        self._output = OutputLog(log, redact)
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command. Raises `OSError` when it or its log cannot be opened."""
        self._output.open()
        self._popen = subprocess.Popen(  # noqa: S603 - the command is the user's own
            self._command,
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._popen.stdout is not None  # noqa: S101 - it is a pipe
        self._output.follow(self._popen.stdout)

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, None while it runs."""
        return None if self._popen is None else self._popen.poll()

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines of its output, redacted."""
        return self._output.tail

    def finish_output(self) -> None:
        """Wait until all output of an ended command is in the log, at most a second."""
        self._output.finish()

    def stop(self, grace: float = 3.0) -> None:
        """Ask everything that came of the command to end, and after `grace` seconds make it.

        Works by the mark alone too: a signal may have interrupted `start` before it knew what it had started.
        """
        self._end(signal.SIGTERM, grace)
        self._end(signal.SIGKILL, KILL_PATIENCE)
        self.finish_output()

    def _end(self, number: signal.Signals, patience: float) -> None:
        """Send a signal to each process once, also to one that appears only now, until none is seen for a while.

        A process that is just being started has no environment for a moment, and with it no mark.
        """
        told: set[int] = set()
        if self._popen is not None:
            # Its group may outlive it, and where there is no /proc the group is all that can be found.
            _send(self._popen.pid, number)
            told.add(self._popen.pid)
        unseen = 0
        deadline = time.monotonic() + patience
        while unseen < LOOKS and time.monotonic() < deadline:
            alive = self._alive()
            for pid in alive - told:
                _send(pid, number)
            told |= alive
            unseen = 0 if alive else unseen + 1
            time.sleep(POLL_INTERVAL)

    def _alive(self) -> set[int]:
        running = self._popen is not None and self._popen.poll() is None
        return {self._popen.pid, *self._marked()} if self._popen is not None and running else set(self._marked())

    def _marked(self) -> list[int]:
        """Find descendants by the mark in their environment. Where there is no /proc, the group has to do."""
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self._mark in environ.read_bytes():
                    found.append(int(environ.parent.name))
            except OSError:
                continue
        return found


def _send(pid: int, number: signal.Signals) -> None:
    """Signal a process and, where it leads one, its group."""
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            send(pid, number)


def missing_command(exit_code: int | None, output: Sequence[str]) -> str | None:
    """Name the command that a shell did not find, None if that is not why it ended."""
    if exit_code != 127:  # noqa: PLR2004 - POSIX: "command not found"
        return None
    for line in reversed(output):
        if found := re.search(r"([^\s:]+): (?:command )?not found", line):
            return found[1]
    return "a command"
