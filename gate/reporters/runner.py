"""What the runner of GitHub Actions shows and passes on: annotations, the job summary, the action's outputs."""

from collections.abc import Mapping
from pathlib import Path

from gate.clients.actions_runner import Remark, RunnerLog, write_outputs
from gate.domain.report import Report
from gate.rendering.annotations import annotations
from gate.rendering.markdown import render_summary
from gate.rendering.outputs import outputs
from gate.reporters.quiet import Quiet


class Annotations(Quiet):
    """Puts the worst above the log and beside the changed files.

    Args:
        log: the step's.
        services: how many there are in the run, one after another.
    """

    news = "the annotations"

    def __init__(self, log: RunnerLog, services: int = 1) -> None:
        self._log = log
        self._services = services

    def finished(self, report: Report) -> None:
        """Write them."""
        if found := annotations(report, one_of_several=self._services > 1):
            self._log.remark("error", *(Remark(one.title, one.message, one.file, one.line) for one in found))


class JobSummary(Quiet):
    """Writes the report of each service onto the page of the run.

    Args:
        file: the step's part of that page; nobody else writes to it.
    """

    news = "the job summary"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reports: dict[str, Report] = {}

    def finished(self, report: Report) -> None:
        """Write all that there are."""
        self._reports[report.candidate.service] = report
        self._file.write_text(render_summary(*self._reports.values()), encoding="utf-8", newline="\n")


class Outputs(Quiet):
    """Sets the action's outputs, once it is known what they are: before the last service is through, it is not.

    Args:
        file: the runner's file for them.
        reports: where the JSON report of each service lies.
    """

    news = "the outputs"

    def __init__(self, file: Path, reports: Mapping[str, str]) -> None:
        self._file = file
        self._paths = reports
        self._reports: dict[str, Report] = {}

    def finished(self, report: Report) -> None:
        """Set them."""
        self._reports[report.candidate.service] = report
        if set(self._reports) == set(self._paths):
            write_outputs(self._file, outputs([(one, self._paths[name]) for name, one in self._reports.items()]))
