"""Keeping a worker process: started when needed, given one task at a time, replaced when it is lost."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from gate.domain.errors import EngineError
from gate.engines.pact_engine.protocol import Answer, Task

ANSWER_LIMIT: Final = 64 * 1024 * 1024
WORKER: Final = (sys.executable, "-I", "-m", "gate.engines.pact_engine.worker")
LAST_WORDS: Final = 1000
READ_SIZE: Final = 1024 * 1024
PASSED_ON: Final = ("LANG", "LC_ALL", "SSL_CERT_DIR", "TMPDIR", "COVERAGE_PROCESS_CONFIG")
"""What a worker gets of the environment. No secret is among it; the last one lets the tests measure it."""


class WorkerLostError(Exception):
    """The worker crashed, hung or babbled. Its task has no answer."""


class Supervisor:
    """Runs the engine in a process that it can afford to lose.

    Args:
        environment: that of the gate; the worker gets a small part of it.
        command: starts the worker.
    """

    def __init__(self, environment: Mapping[str, str], command: Sequence[str] = WORKER) -> None:
        self._command = command
        self._home = tempfile.TemporaryDirectory(prefix="contract-gate-", ignore_cleanup_errors=True)
        authorities = environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE")
        self._environment = {name: environment[name] for name in PASSED_ON if name in environment} | {
            # A path of the runner's leads nowhere in the action's container, and the engine would not even start.
            **({"SSL_CERT_FILE": authorities} if authorities and Path(authorities).exists() else {}),
            "HOME": self._home.name,
            "PACT_PLUGIN_DIR": self._home.name,
            "PACT_DO_NOT_TRACK": "true",
            # A provider under test is reached directly, whatever proxies lead to the outside world.
            "NO_PROXY": "*",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(patience=1.0 if error is None else 0.0)
        self._home.cleanup()

    def ask(self, task: Task, *, seconds: float) -> Answer:
        """Return the worker's answer to `task`.

        Raises:
            WorkerLostError: it gave none within `seconds`, or ended. The next task gets a fresh worker.
        EngineError: no worker could be started.
        """
        process = self._process or self._start()
        try:
            tasks = _pipe(process.stdin)
            tasks.write(json.dumps(task).encode() + b"\n")
            tasks.flush()
            line = _read_line(process, time.monotonic() + seconds)
        except (OSError, WorkerLostError) as error:
            lost = error if isinstance(error, WorkerLostError) else WorkerLostError("the engine's process ended")
            self._end()
            raise WorkerLostError(f"{lost}{self._last_words()}") from error
        except BaseException:
            # Interrupted half-way: an answer that is still under way must not be taken for that of the next task.
            self._end()
            raise
        return cast("Answer", json.loads(line))

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment,
                    cwd=self._home.name,
                    start_new_session=True,
                )
        except OSError as error:
            raise EngineError(
                f"the engine's process could not be started: {error}.", remedy="Check memory, open files and TMPDIR."
            ) from error
        return self._process

    @property
    def _log(self) -> Path:
        return Path(self._home.name) / "worker.log"

    def _last_words(self) -> str:
        try:
            lines = self._log.read_bytes()[-LAST_WORDS:].decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return f" (its last words: {lines[-1]})" if lines else ""

    def _end(self, patience: float = 0.0) -> None:
        """End the worker: it ends with its input, and after `patience` seconds it is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            _pipe(process.stdin).close()
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        _pipe(process.stdout).close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - it was opened as a pipe
    return stream


def _read_line(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    output = _pipe(process.stdout)
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                message = "the engine did not end in time and was stopped"
                raise WorkerLostError(message)
            piece = os.read(output.fileno(), READ_SIZE)
            line += piece
            if not piece or len(line) > ANSWER_LIMIT:
                raise WorkerLostError(_how_it_ended(process) if not piece else "the engine's answer is too large")
    return bytes(line)


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    if code < 0:
        return f"the engine's process was ended by {signal.Signals(-code).name}"
    return f"the engine's process ended with exit code {code}"
