"""Tells the person who is watching."""

import errno
import os
import sys
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from gate.clients.actions_runner import RunnerLog
from gate.domain.contracts import Contract, short_version
from gate.domain.report import Candidate, Report
from gate.domain.results import InteractionResult
from gate.domain.verdict import counted_interactions
from gate.rendering import wording
from gate.rendering.safe_text import brief
from gate.rendering.terminal import VALUE_LIMIT, render_terminal, render_together

LOG_WIDTH: Final = 140
"""Columns of a log, which has no width of its own."""


class GateConsole(Console):
    """A console that leaves the exit code alone when its reader has gone."""

    def on_broken_pipe(self) -> None:
        """Raise, for the pipeline to take as news that cannot be delivered; the library would exit with 1."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """Return the console of this process. A runner's log shows control characters as escapes, colours among them."""
    width = None if sys.stdout.isatty() else LOG_WIDTH
    coloured = False if isinstance(sys.stdout, RunnerLog) else None
    return GateConsole(width=width, highlight=False, emoji=False, force_terminal=coloured)


class Terminal:
    """Shows progress while the run goes on, then the whole report.

    On a terminal the progress is a bar that disappears; in a log it is one line for each contract.

    Args:
        console: to write to.
        services: how many there are in the run, one after another.
    """

    news = "the report in the log"

    def __init__(self, console: Console, services: int = 1) -> None:
        self._console = console
        self._services = services
        self._reports: dict[str, Report] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def started(self, candidate: Candidate) -> None:
        """Say what is about to be decided."""
        version = f" · version {short_version(candidate.version)}" if candidate.version else ""
        line = f"Contract Gate · {wording.target(candidate)}{version}"
        self._console.print(Text(brief(line, VALUE_LIMIT), "bold"))

    def verifying(self, contract: Contract, interactions: int) -> None:
        """Show the next contract."""
        name = brief(str(contract.consumer), VALUE_LIMIT)
        if not self._console.is_terminal:
            where = f" ({brief(contract.source, VALUE_LIMIT)})" if contract.selection is None else ""
            line = f"verifying {name}: {counted_interactions(interactions)}{where}"
            self._console.print(Text(line))
            return
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=interactions)

    def verified(self, contract: Contract, result: InteractionResult) -> None:  # noqa: ARG002 - the seam's signature
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task)

    def waiting(self, what: str) -> None:
        """Say what the run waits for."""
        self._console.print(Text(brief(what, VALUE_LIMIT)))

    def finished(self, report: Report) -> None:
        """Show the report."""
        self._progress.stop()
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        for renderable in render_terminal(report):
            self._console.print(renderable)
        if self._services > 1:
            self._reports[report.candidate.service] = report
            self._console.print()
            if len(self._reports) == self._services:
                for renderable in render_together(list(self._reports.values())):
                    self._console.print(renderable)
