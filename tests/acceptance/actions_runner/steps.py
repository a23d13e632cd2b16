"""A step that runs, and what is left of it when it has ended."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.acceptance.actions_runner import file_commands
from tests.acceptance.actions_runner.daemon import remove_container
from tests.acceptance.actions_runner.expressions import Conclusion
from tests.acceptance.actions_runner.log import Annotation, Outputs, StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.acceptance.actions_runner.processes import Invocation

_LOOK_AGAIN = 0.05
"""Seconds after which a predicate on something other than the log is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """A step that has ended."""

    id: str = ""
    name: str = ""
    exit_code: int | None = None
    """None for a step that started no process."""
    conclusion: Conclusion
    outputs: Mapping[str, str] = field(default_factory=Outputs)
    state: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    """What the step gave to later steps through GITHUB_ENV."""
    path: tuple[str, ...] = ()
    summary: str = ""
    annotations: tuple[Annotation, ...] = ()
    log: str = ""
    """As people see it: secrets masked, commands carried out."""
    raw_log: str = ""
    """As the step wrote it, line by line in the order of arrival."""
    masks: tuple[str, ...] = ()
    matchers: tuple[str, ...] = ()
    seconds: float = 0.0
    cancelled: bool = False
    command_line: str = ""
    """The command line, as the runner prints it after `##[command]`."""


@dataclass(slots=True, kw_only=True)
class Job:
    """What the steps of a job share."""

    name: str
    masker: Masker
    tracking: str
    env: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    """Entries for PATH, the first one first."""
    steps: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """The `steps` context."""

    def finished(self, result: StepResult) -> None:
        self.env |= result.env
        for entry in result.path:
            self.path = [entry, *(other for other in self.path if other != entry)]
        if result.id:
            self.steps[result.id] = {
                "outputs": result.outputs,
                "outcome": result.conclusion,
                "conclusion": result.conclusion,
            }


class Step:
    """A running step. Leaving its block ends what of it still runs."""

    def __init__(
        self,
        *,
        job: Job,
        start: Callable[[Callable[[], None]], Invocation],
        log: StepLog,
        files: Mapping[str, Path],
        command_line: str,
        identifier: str = "",
        name: str = "",
        container: str | None = None,
    ) -> None:
        self.container = container
        """The name of the step's container, if it is a container action's."""
        self._job = job
        self._log = log
        self._files = files
        self._command_line = command_line
        self._id = identifier
        self._name = name
        self._result: StepResult | None = None
        self._finishing = threading.Lock()
        self.invocation = start(self._notify)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.invocation.kill()
        self._remove_what_was_killed()

    @property
    def ended(self) -> bool:
        return self.invocation.ended

    @property
    def raw_log(self) -> str:
        with self._log.changed:
            return "\n".join(self._log.raw)

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Wait until `text` is in what the step wrote."""
        self.wait_until(lambda: text in self.raw_log, timeout, f"'{text}' in the log")

    def wait_until(self, holds: Callable[[], bool], timeout: float = 30, what: str = "the condition") -> None:
        """Wait until `holds()`. Asked at every line, and between them for what the log does not show."""
        until = time.monotonic() + timeout
        while not holds():
            if self.ended and not holds():
                raise AssertionError(f"the step ended without {what}:\n{self.raw_log}")
            if time.monotonic() > until:
                raise TimeoutError(f"after {timeout} s there is not {what}:\n{self.raw_log}")
            with self._log.changed:
                self._log.changed.wait(_LOOK_AGAIN)

    def cancel(self) -> None:
        """Begin what the runner does when a person cancels the run: it does not wait for the end."""
        self.invocation.cancel()

    def wait(self, timeout: float = 50) -> StepResult:
        """Return the result when the step has ended."""
        code = self.invocation.wait(timeout)
        if code is None:
            raise TimeoutError(f"the step still runs after {timeout} s:\n{self.raw_log}")
        with self._finishing:
            if self._result is None:
                self._result = self._finished(code)
                self._job.finished(self._result)
            return self._result

    def _remove_what_was_killed(self) -> None:
        # A container survives the CLI that started it. The runner leaves it there.
        if self.container is not None and self.invocation.killed:
            remove_container(self.container)

    def _notify(self) -> None:
        with self._log.changed:
            self._log.changed.notify_all()

    def _finished(self, code: int) -> StepResult:
        log, cancelled = self._log, self.invocation.cancelled
        self._remove_what_was_killed()
        if self.container is None and code and not cancelled:
            log.issue("error", f"Process completed with exit code {code}.")
        effects = file_commands.process(self._files, log, self._job.masker)
        if cancelled:
            log.issue("error", "The operation was canceled.")
        return StepResult(
            id=self._id,
            name=self._name,
            exit_code=code,
            conclusion="cancelled" if cancelled else "failure" if code or log.failed else "success",
            outputs=log.outputs,
            state=log.state,
            env=effects.env,
            path=tuple(effects.path),
            summary=effects.summary,
            annotations=tuple(log.annotations),
            log="\n".join(log.shown),
            raw_log="\n".join(log.raw),
            masks=tuple(self._job.masker.values),
            matchers=tuple(log.matchers),
            seconds=self.invocation.seconds,
            cancelled=cancelled,
            command_line=self._command_line,
        )
