"""Leaves the finished report behind as a file, in whatever form."""

from collections.abc import Callable
from pathlib import Path

from gate.clients.workspace_files import hand_over, make_folder, open_fresh
from gate.domain.report import Report
from gate.ports import Extent
from gate.reporters.quiet import Quiet


class ReportFile(Quiet):
    """Writes one rendering of the report.

    When the run starts, everything is left as it is: the contracts are not read yet, and this path may name one of
    them.

    Args:
        path: where; its folder is made when it is missing.
        render: the rendering.
    """

    def __init__(self, path: Path, render: Callable[[Report], str]) -> None:
        self.news = f"the file {path}"
        self._path = path
        self._render = render

    def verifying(self, extent: Extent) -> None:  # noqa: ARG002 - the seam's signature
        """Remove what an earlier run left: a stale verdict must not be taken for this one's."""
        if self._path.is_file():
            self._path.unlink()

    def finished(self, report: Report) -> None:
        """Write the file."""
        make_folder(self._path.parent)
        with open_fresh(self._path) as file:
            file.write(self._render(report).encode())
        hand_over(self._path)
