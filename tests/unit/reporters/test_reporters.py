import io
from pathlib import Path

import pytest
from rich.console import Console

from gate.domain.results import Outcome
from gate.reporters.files import ReportFile
from gate.reporters.terminal import Terminal
from tests.builders import candidate, contract, integration, report, result


def _console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), width=100, force_terminal=terminal, highlight=False, emoji=False)


def _text(console: Console) -> str:
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def _tell(reporter: Terminal | ReportFile) -> None:
    finished = report(integration(Outcome.PASSED))
    reporter.started(finished.candidate)
    for name in ("web", "billing [b]"):
        one = contract(consumer=integration(counterpart=contract().consumer).counterpart, source=name)
        reporter.verifying(one, 1)
        reporter.verified(one, result())
    reporter.finished(finished)


def test_in_a_log_there_is_a_line_for_each_contract() -> None:
    console = _console(terminal=False)
    _tell(Terminal(console))

    assert _text(console).splitlines()[:3] == [
        "Contract Gate · orders-api → production · version 9f2c1ab",
        "verifying web-checkout: 1 interaction (web)",
        "verifying web-checkout: 1 interaction (billing [b])",
    ]
    assert _text(console).endswith("1 binding contract honoured, 1 interaction\n")


def test_where_the_version_is_not_known_yet_none_is_named() -> None:
    console = _console(terminal=False)
    Terminal(console).started(candidate(version=""))

    assert _text(console) == "Contract Gate · orders-api → production\n"


def test_on_a_terminal_there_is_a_bar_that_disappears() -> None:
    console = _console(terminal=True)
    _tell(Terminal(console))

    assert "1/1" in _text(console)
    assert "verifying" not in _text(console)


def test_a_file_is_written_at_the_end_and_a_stale_one_goes_once_the_contracts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report"
    reporter = ReportFile(path, lambda one: one.candidate.service + "\n")
    _tell(reporter)
    assert path.read_text() == "orders-api\n"

    reporter.started(report().candidate)
    assert path.exists()
    reporter.verifying(contract(), 1)

    assert not path.exists()


def test_a_file_that_cannot_be_written_raises_for_the_pipeline_to_tell(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match=r"exists|Not a directory"):
        ReportFile(tmp_path / "file" / "report", str).finished(report())
