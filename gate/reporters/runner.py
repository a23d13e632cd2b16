"""What the runner of GitHub Actions shows and passes on: annotations, the job summary, the action's outputs."""

from pathlib import Path

from gate.clients.actions_runner import RunnerLog, write_outputs
from gate.domain.report import Report
from gate.rendering.annotations import annotations
from gate.rendering.markdown import render_summary
from gate.rendering.outputs import outputs
from gate.reporters.quiet import Quiet


class Annotations(Quiet):
    """Puts the worst above the log and beside the changed files.

    Args:
        log: the step's.
    """

    news = "the annotations"

    def __init__(self, log: RunnerLog) -> None:
        self._log = log

    def finished(self, report: Report) -> None:
        """Write them."""
        if remarks := annotations(report):
            self._log.remark("error", *((remark.title, remark.message) for remark in remarks))


class JobSummary(Quiet):
    """Writes the report onto the page of the run.

    Args:
        file: the step's part of that page; nobody else writes to it.
    """

    news = "the job summary"

    def __init__(self, file: Path) -> None:
        self._file = file

    def finished(self, report: Report) -> None:
        """Write it."""
        self._file.write_text(render_summary(report), encoding="utf-8", newline="\n")


class Outputs(Quiet):
    """Sets the action's outputs.

    Args:
        file: the runner's file for them.
        report: where the JSON report lies.
    """

    news = "the outputs"

    def __init__(self, file: Path, report: str) -> None:
        self._file = file
        self._report = report

    def finished(self, report: Report) -> None:
        """Set them."""
        write_outputs(self._file, outputs(report, self._report))
