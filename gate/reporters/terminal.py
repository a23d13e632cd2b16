"""Tells the person who is watching."""

import errno
import os
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from gate.clients.actions_runner import RunnerLog
from gate.domain.contracts import Contract, short_version
from gate.domain.report import Candidate, Report
from gate.domain.results import InteractionResult
from gate.ports import Extent
from gate.rendering import wording
from gate.rendering.safe_text import brief
from gate.rendering.terminal import VALUE_LIMIT, render_terminal, render_together
from gate.reporters.progress import Bar, Lines

LOG_WIDTH: Final = 140
"""Columns of a log, which has no width of its own."""


class GateConsole(Console):
    """A console that leaves the exit code alone when its reader has gone."""

    def on_broken_pipe(self) -> None:
        """Raise, for the pipeline to take as news that cannot be delivered; the library would exit with 1."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """Return the console of this process. A runner's log shows control characters as escapes, colours among them.

    Elsewhere FORCE_COLOR may colour a log, but nothing makes it a place where a bar could be drawn over.
    """
    watched = sys.stdout.isatty()
    return GateConsole(
        width=None if watched else LOG_WIDTH,
        highlight=False,
        emoji=False,
        force_terminal=False if isinstance(sys.stdout, RunnerLog) else None,
        force_interactive=None if watched else False,
    )


class Terminal:
    """Shows how the run goes while it goes on, then the whole report.

    Args:
        console: to write to.
        services: how many there are in the run, one after another.
    """

    news = "the report in the log"

    def __init__(self, console: Console, services: int = 1) -> None:
        self._console = console
        self._services = services
        self._reports: dict[str, Report] = {}
        self._progress = Bar(console) if console.is_interactive else Lines(console)

    def started(self, candidate: Candidate) -> None:
        """Say what is about to be decided."""
        version = f" · version {short_version(candidate.version)}" if candidate.version else ""
        line = f"Contract Gate · {wording.target(candidate)}{version}"
        self._console.print(Text(brief(line, VALUE_LIMIT), "bold"))

    def verifying(self, extent: Extent) -> None:
        """Show how much there is."""
        self._progress.begin(extent)

    def verified(self, contract: Contract, result: InteractionResult) -> None:  # noqa: ARG002 - the seam's signature
        """Count it."""
        self._progress.count(contract)

    def trying_again(self, interactions: int) -> None:
        """Say so."""
        self._progress.try_again(interactions)

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        """Show what came of a contract."""
        self._progress.through(contract, results)

    def waiting(self, what: str) -> None:
        """Say what the run waits for, when it has verified everything."""
        self._progress.end()
        self._console.print(Text(brief(what, VALUE_LIMIT)))

    def finished(self, report: Report) -> None:
        """Show the report."""
        self._progress.end()
        for renderable in render_terminal(report):
            self._console.print(renderable)
        if self._services > 1:
            self._reports[report.candidate.service] = report
            self._console.print()
            if len(self._reports) == self._services:
                for renderable in render_together(list(self._reports.values())):
                    self._console.print(renderable)
