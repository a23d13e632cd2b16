"""Processes that end when they must: a group of their own, their output kept, and nothing left behind."""

import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from typing import Final

from gate.domain.redaction import CUT

MARK: Final = "CONTRACT_GATE_PROCESS"
"""Every descendant inherits this variable, so that one which left the process group is found all the same."""

LOG_LIMIT: Final = 50 * 1024 * 1024
TAIL_LINES: Final = 20
LONGEST_LINE: Final = 64 * 1024
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
        log: file that receives its output, redacted line by line.
        redact: takes the secrets out of a line.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], log: Path, redact: Callable[[str], str]
    ) -> None:
        token = secrets.token_hex(16)
        self._command = command
        self._environment = {**environment, MARK: token}
        self._mark = f"{MARK}={token}".encode()
        self._log = log
        self._redact = redact
        self._room = LOG_LIMIT
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._popen: subprocess.Popen[bytes] | None = None
        self._pump = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start the command. Raises `OSError` when it or its log cannot be opened."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"")
        self._popen = subprocess.Popen(  # noqa: S603 - the command is the user's own
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._pump.start()

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, None while it runs."""
        return None if self._popen is None else self._popen.poll()

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines of its output, redacted."""
        return tuple(self._tail)

    def finish_output(self, timeout: float = 1.0) -> None:
        """Wait until all output of an ended command is in the log, at most `timeout` seconds."""
        if self._pump.is_alive():
            self._pump.join(timeout)

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

    def _keep(self) -> None:
        """Drain the output to its end: a full pipe would stop the command, a full disk must not."""
        assert self._popen is not None  # noqa: S101 - `start` starts this thread after the command
        assert self._popen.stdout is not None  # noqa: S101 - it is a pipe
        with self._popen.stdout as output, self._log.open("wb", buffering=0) as file:
            while line := output.readline(LONGEST_LINE):
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                while line and not line.endswith(b"\n"):
                    # Too long: the rest of the line is dropped, so that nothing is shown in pieces.
                    line = output.readline(LONGEST_LINE)
                    text = text.removesuffix(CUT) + (CUT if line else "")
                text = self._redact(text)
                self._tail.append(text)
                self._write(file, f"{text}\n".encode())

    def _write(self, file: RawIOBase, line: bytes) -> None:
        if len(line) > self._room:
            return
        try:
            file.write(line)
        except OSError as error:
            self._room = 0
            self._tail.append(f"(from here on not in the log: {error.strerror})")
        else:
            self._room -= len(line)


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
