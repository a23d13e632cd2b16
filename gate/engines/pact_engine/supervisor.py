"""Keeping a worker process: started when needed, given one task at a time, replaced when it is lost."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from gate.domain.errors import EngineError
from gate.domain.results import Cause
from gate.engines.pact_engine.protocol import MEMORY_LIMIT, Answer, Task
from gate.engines.pact_engine.trust import trusting_nobody

ANSWER_LIMIT: Final = 64 * 1024 * 1024
WORKER: Final = (sys.executable, "-I", "-m", "gate.engines.pact_engine.worker")
TOO_LATE: Final = "the engine did not end in time and was stopped"
OVER: Final = "the run is over"
ENDING: Final = 5.0
"""Seconds until a process that hung up is gone."""
LAST_WORDS: Final = 1000
READ_SIZE: Final = 1024 * 1024
PASSED_ON: Final = ("LANG", "LC_ALL", "SSL_CERT_DIR", "TMPDIR", "COVERAGE_PROCESS_CONFIG")
"""What a worker gets of the environment. No secret is among it; the last one lets the tests measure it."""


OUT_OF_MEMORY: Final = ("memory allocation", "MemoryError")
"""How the worker's last words begin when it may have no more. Source: the standard libraries of Rust and Python."""
NO_WORDS: Final = "note: "
"""What stands below a panic and tells nothing of it."""


class WorkerLostError(Exception):
    """The worker crashed, hung or babbled. Its task has no answer.

    Args:
        message: how.
        cause: the kind of that.
    """

    def __init__(self, message: str, cause: Cause = Cause.ENGINE) -> None:
        super().__init__(message)
        self.cause = cause


class Supervisor:
    """Runs the engine in a process that it can afford to lose.

    Args:
        environment: that of the gate; the worker gets a small part of it.
        trusting: False for a worker that will meet no certificate, and that then works in a third of the time.
        command: starts the worker.
    """

    def __init__(
        self, environment: Mapping[str, str], *, trusting: bool = True, command: Sequence[str] = WORKER
    ) -> None:
        self._command = command
        self._trusting = trusting
        self._lock = threading.Lock()
        self._is_over = False
        self._home = tempfile.TemporaryDirectory(prefix="contract-gate-", ignore_cleanup_errors=True)
        authorities = environment.get("SSL_CERT_FILE") or environment.get("REQUESTS_CA_BUNDLE")
        self._environment = {name: environment[name] for name in PASSED_ON if name in environment} | {
            # A path of the runner's leads nowhere in the action's container, and the engine would not even start.
            **({"SSL_CERT_FILE": authorities} if authorities and Path(authorities).exists() else {}),
            "HOME": self._home.name,
            "PACT_PLUGIN_DIR": self._home.name,
            "PACT_DO_NOT_TRACK": "true",
            # Its threads hand each other a single interaction: more of them only wake each other up.
            "TOKIO_WORKER_THREADS": "1",
            # A provider under test is reached directly, whatever proxies lead to the outside world.
            "NO_PROXY": "*",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It owes nothing any more, and takes its time to unload the engine. Only whoever measures it wants it to.
        measured = "COVERAGE_PROCESS_CONFIG" in self._environment
        with self._lock:
            self._is_over = True
        self._end(patience=1.0 if measured and error is None else 0.0)
        self._home.cleanup()

    def renew(self) -> None:
        """Have the next task done by a worker that has seen none before and knows the machine's authorities."""
        self._trusting = True
        self._end()

    def kill(self) -> None:
        """Kill the worker, and start no other. Somebody may wait for its answer in another thread."""
        with self._lock:
            self._is_over = True
            if self._process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def ask(self, task: Task, *, seconds: float) -> Answer:
        """Return the worker's answer to `task`.

        Raises:
            WorkerLostError: it gave none within `seconds`, or ended. The next task gets a fresh worker.
            EngineError: no worker could be started.
        """
        process = self._process or self._start()
        with suppress(OSError):  # without its log there are no last words, and nothing else is missing
            os.truncate(self._log, 0)
        deadline = time.monotonic() + seconds
        try:
            _write_line(process, json.dumps(task).encode() + b"\n", deadline)
            line = _read_line(process, deadline)
        except (OSError, WorkerLostError) as error:
            lost = error if isinstance(error, WorkerLostError) else WorkerLostError(_how_it_ended(process))
            self._end()
            raise self._explained(lost) from error
        except BaseException:
            # Interrupted half-way: an answer that is still under way must not be taken for that of the next task.
            self._end()
            raise
        return cast("Answer", json.loads(line))

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            trust = {} if self._trusting else trusting_nobody(Path(self._home.name))
            self._log.unlink(missing_ok=True)
            with self._lock, self._log.open("ab") as log:
                if self._is_over:
                    raise WorkerLostError(OVER)
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment | trust,
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

    def last_words(self) -> str:
        """Return the last that the worker said of the last task beside its answer, which tells of a panic."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LAST_WORDS))
                lines = log.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return next((line for line in reversed(lines) if not line.startswith(NO_WORDS)), "")

    def _explained(self, lost: WorkerLostError) -> WorkerLostError:
        """Add the worker's last words, which may say of what it died."""
        words = self.last_words()
        if not words:
            return lost
        if words.startswith(OUT_OF_MEMORY):
            megabytes = MEMORY_LIMIT // 1024**2
            message = (
                f"the engine needed more than the {megabytes} MB of memory that it may have: the answer, or what it is "
                "compared with, is too large"
            )
            return WorkerLostError(message, Cause.MEMORY)
        return WorkerLostError(f"{lost} (its last words: {words})", lost.cause)

    def _end(self, patience: float = 0.0) -> None:
        """End the worker: it ends with its input, and after `patience` seconds it is killed."""
        with self._lock:
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


def _write_line(process: subprocess.Popen[bytes], line: bytes, deadline: float) -> None:
    """Write as the other side reads: one that does not must not keep us for ever."""
    tasks = _pipe(process.stdin).fileno()
    os.set_blocking(tasks, False)
    rest = memoryview(line)
    with selectors.DefaultSelector() as selector:
        selector.register(tasks, selectors.EVENT_WRITE)
        while rest:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise WorkerLostError(TOO_LATE)
            rest = rest[os.write(tasks, rest) :]


def _read_line(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    output = _pipe(process.stdout)
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise WorkerLostError(TOO_LATE)
            piece = os.read(output.fileno(), READ_SIZE)
            line += piece
            if not piece or len(line) > ANSWER_LIMIT:
                raise WorkerLostError(_how_it_ended(process) if not piece else "the engine's answer is too large")
    return bytes(line)


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(timeout=ENDING)
    except subprocess.TimeoutExpired:
        return "the engine's process speaks to nobody any more"
    if code < 0:
        return f"the engine's process was ended by {signal.Signals(-code).name}"
    return f"the engine's process ended with exit code {code}"
