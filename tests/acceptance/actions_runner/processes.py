"""Processes as the runner starts and ends them (`Runner.Sdk/ProcessInvoker.cs`), and the end of what they left."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

TRACKING: Final = "RUNNER_TRACKING_ID"
"""The variable by which the runner finds at the end of a job what its steps started."""

PATIENCE: Final = 5.0
"""Seconds that a step waits for its output's end after its process ended: a background process may hold it open."""

_CANCELLATION: Final = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5))

_ROUNDS: Final = 100
"""How often what a killed process started meanwhile is looked for."""


class Invocation:
    """A running process whose lines of both streams go to `on_line`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        on_line: Callable[[str], None],
        on_end: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        self.cancelled = False
        self.killed = False
        """Whether it took SIGKILL to end it."""
        self.seconds = 0.0
        self._on_line = on_line
        self._on_end = on_end
        self._patience = patience
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A carriage return ends a line as a line feed does: so it is in .NET, and in Python's text streams.
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        streams = [stream for stream in (self.process.stdout, self.process.stderr) if stream]
        self._readers = [threading.Thread(target=self._read, args=(stream,), daemon=True) for stream in streams]
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        for thread in (*self._readers, self._watcher):
            thread.start()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def wait(self, timeout: float) -> int | None:
        """Return the exit code, or None when the process still runs after `timeout` seconds."""
        return self.process.returncode if self._ended.wait(timeout) else None

    def cancel(self) -> None:
        """Begin to end the process as the runner does: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL."""
        with self._lock:
            if self.ended or self.cancelled:
                return
            self.cancelled = True
        threading.Thread(target=self._cancel, daemon=True).start()

    def kill(self) -> None:
        """End the process now, if it runs."""
        if not self.ended:
            self.killed = True
            self.process.kill()
            self._ended.wait(self._patience + 5)

    def close(self) -> None:
        """End the readers of the output too: all others that hold it open must have ended."""
        self.kill()
        for thread in (self._watcher, *self._readers):
            thread.join(timeout=10)

    def _cancel(self) -> None:
        for number, seconds in _CANCELLATION:
            self.process.send_signal(number)
            if self._ended.wait(seconds):
                return
        self.killed = True
        self.process.kill()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                # After the step's end the rest is read, so that nobody is stopped by a full pipe, and dropped.
                if not self.ended:
                    self._on_line(line.removesuffix("\n"))

    def _watch(self) -> None:
        self.process.wait()
        until = time.monotonic() + self._patience
        for reader in self._readers:
            reader.join(max(0.0, until - time.monotonic()))
        with self._lock:
            self.seconds = time.monotonic() - self._started
            self._ended.set()
        self._on_end()


class Guard:
    """Kills what jobs left running when the tests themselves are killed: it is a process that reads until they end."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)

    def watch(self, tracking: str) -> None:
        """Have it know the marker of a job that begins."""
        assert self._process.stdin is not None
        print(tracking, file=self._process.stdin, flush=True)

    def close(self) -> None:
        """Let it end: there is nothing left to kill."""
        self._process.communicate()


def split_arguments(text: str) -> list[str]:
    """Split a command line as .NET does on Linux: no shell, double quotes alone, backslashes only before them."""
    arguments: list[str] = []
    current: str | None = None
    quoted = False
    at = 0
    while at < len(text):
        slashes = len(text) - at - len(text[at:].lstrip("\\"))
        at += slashes
        before_quote = text[at : at + 1] == '"'
        if slashes:
            current = (current or "") + "\\" * (slashes // 2 if before_quote else slashes)
            if before_quote and slashes % 2:
                current += '"'
                at += 1
        elif before_quote:
            doubled = quoted and text[at + 1 : at + 2] == '"'
            current = (current or "") + ('"' if doubled else "")
            quoted = quoted if doubled else not quoted
            at += 2 if doubled else 1
        elif text[at] in " \t" and not quoted:
            arguments += [] if current is None else [current]
            current = None
            at += 1
        else:
            current = (current or "") + text[at]
            at += 1
    return arguments if current is None else [*arguments, current]


def kill_tracked(tracking: str, sessions: Collection[int]) -> list[int]:
    """Kill all processes that carry the marker or belong to one of the sessions, and wait until none is left."""
    killed: list[int] = []
    for _ in range(_ROUNDS):
        found = [pid for pid in _running() if _tracked(pid, tracking, sessions)]
        if not found:
            return killed
        for pid in found:
            with suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                try:
                    # Asked again: only now the number cannot become another process's any more.
                    if _tracked(pid, tracking, sessions):
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                        select.select([handle], [], [], 10)
                        killed.append(pid)
                finally:
                    os.close(handle)
    raise RuntimeError(f"processes of a job still run after {_ROUNDS} rounds of SIGKILL")


def _running() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _tracked(pid: int, tracking: str, sessions: Collection[int]) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        state, _, _, session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return False
    return state not in "ZX" and (f"{TRACKING}={tracking}".encode() in environment or int(session) in sessions)


if __name__ == "__main__":
    for line in sys.stdin.readlines():
        kill_tracked(line.strip(), ())
