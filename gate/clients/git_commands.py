"""Running git: bounded in time, and ended with everything that it started."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gate.clients.git_access import GitAccess, as_variables
from gate.clients.git_faults import Failure, GitError, clean
from gate.clients.signals import undisturbed
from gate.domain.redaction import Redactor, environment_secrets

OLDEST: Final = (2, 32)
"""The first version that knows all that is asked of it."""

SHORT: Final = 60.0
"""Seconds for what git does on this machine alone."""
GRACE: Final = 2.0
"""Seconds for git to take its locks away before it is killed."""
TIMED_OUT: Final = -1

OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}
"""The second of two locks. The first: only while it fetches, git is told of a place that hands out single objects."""
TRACED: Final = {"GIT_TRACE_PACKET": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command of git's said."""

    code: int
    output: bytes = b""
    errors: str
    """Without what a terminal would act upon. Secrets may be in it."""


class Git:
    """Git, with an empty repository of its own.

    Args:
        access: which other repository it may go to.
        limit: seconds for a command that goes there.
    """

    def __init__(self, access: GitAccess, limit: float) -> None:
        self.where = access.where
        self._access = access
        self._limit = limit
        try:
            with undisturbed():
                folder = Path(tempfile.mkdtemp(prefix="contract-gate-git-"))
                self.close = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._environment = access.environment(folder, os.environ)
        except OSError as error:
            raise GitError(
                f"there is no room for what is fetched: {error.strerror}.",
                where=os.environ.get("TMPDIR", "the folder for temporary files"),
                remedy="Make room there, or set TMPDIR.",
            ) from error
        self._redact = Redactor([*access.secrets, *environment_secrets(self._environment.items())])
        self._prepare()

    def _prepare(self) -> None:
        version = self.run("version").output.decode(errors="replace").strip()
        found = re.search(r"(\d+)\.(\d+)", version)
        if found is None or (int(found[1]), int(found[2])) < OLDEST:
            wanted = ".".join(str(part) for part in OLDEST)
            raise GitError(f"{version or 'this git'} is too old.", where="git", remedy=f"Install {wanted} or newer.")
        self.line("init", "--quiet", "--bare", "--template=", "--object-format=sha1")

    def line(self, *arguments: str, given: bytes = b"") -> str:
        """Return the line that git says to what stays on this machine."""
        return self.run(*arguments, given=given).output.decode().strip()

    def run(self, *arguments: str, given: bytes = b"", also: Sequence[int] = ()) -> Done:
        """Run what stays on this machine. Raises `GitError` for every exit code but 0 and those `also` expected."""
        done = self._run(arguments, given, as_variables(self._access.settings()) | OFFLINE, SHORT)
        if done.code not in {0, *also}:
            raise self.failure(done).error()
        return done

    def go(
        self, *arguments: str, given: bytes = b"", settings: Sequence[tuple[str, str]] = (), traced: bool = False
    ) -> Done:
        """Run what goes to the other repository. A failure is an exit code.

        Args:
            arguments: of git.
            given: its input.
            settings: besides those that always hold.
            traced: whether it lists among its errors what the server says, packet by packet.
        """
        configured = as_variables([*self._access.settings(), *self._access.credentials(), *settings])
        return self._run(arguments, given, configured | (TRACED if traced else {}), self._limit)

    def failure(self, done: Done) -> Failure:
        """Return what is known of a failure."""
        address, where = self._access.url, self.where
        output = done.output.decode(errors="replace").replace(address, where)
        return Failure(where=where, output=output, errors=done.errors.replace(address, where), redact=self._redact)

    def _run(self, arguments: Sequence[str], given: bytes, variables: Mapping[str, str], limit: float) -> Done:
        try:
            with _started(["git", *arguments], {**self._environment, **variables}) as process:
                output, errors = process.communicate(given, timeout=limit)
        except subprocess.TimeoutExpired:
            return Done(code=TIMED_OUT, errors=f"fatal: git {arguments[0]} took longer than {limit:g} s")
        except OSError as error:
            raise GitError(
                f"it could not be started: {error.strerror}.", where="git", remedy="Install git where PATH leads to."
            ) from error
        return Done(code=process.returncode, output=output, errors=clean(errors.decode(errors="replace")))


@contextmanager
def _started(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command during a block. One that the block does not see to its end is ended with all that it started."""
    with ExitStack() as unfinished:
        with undisturbed():
            process = subprocess.Popen(  # noqa: S603 - no shell
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            unfinished.callback(_end, process)
        yield process
        unfinished.pop_all()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and its children. They may first take their locks away."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
        with suppress(OSError):
            stream.close()
