from pathlib import Path

import pytest

from gate.domain.results import Outcome
from gate.reporters.files import ReportFile
from tests.builders import extent, integration, report


def test_a_file_is_written_at_the_end_and_a_stale_one_goes_once_the_contracts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report"
    reporter = ReportFile(path, lambda one: one.candidate.service + "\n")
    reporter.verifying(extent())
    reporter.finished(report(integration(Outcome.PASSED)))
    assert path.read_text() == "orders-api\n"

    reporter.started(report().candidate)
    assert path.exists()
    reporter.verifying(extent())

    assert not path.exists()


def test_a_file_that_cannot_be_written_raises_for_the_pipeline_to_tell(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match=r"exists|Not a directory"):
        ReportFile(tmp_path / "file" / "report", str).finished(report())
