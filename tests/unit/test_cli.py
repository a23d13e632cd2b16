"""What the flows cannot time: a signal before the run has begun."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from gate import cli
from gate.domain.errors import CancelledError, ConfigurationError


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Leave the test process's own handlers as they were."""
    before = {number: signal.getsignal(number) for number in cli.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _stopped() -> int:
    raise CancelledError("SIGTERM")


def test_a_signal_before_the_run_is_unknown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with pytest.raises(typer.Exit) as ended:
        cli._finish(_stopped)

    assert ended.value.exit_code == 3
    assert capsys.readouterr().err == "error: stopped by SIGTERM.\n"


def test_only_the_first_signal_counts() -> None:
    with pytest.raises(CancelledError) as stopped:
        cli._stop(signal.SIGINT, None)

    assert stopped.value.signal_name == "SIGINT"
    assert {signal.getsignal(number) for number in cli.SIGNALS} == {signal.SIG_IGN}


def test_a_bug_outside_the_run_is_neither_a_verdict_nor_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        cli._finish(lambda: 1 // 0)

    assert ended.value.exit_code == 4
    assert "This is a bug: please report it." in capsys.readouterr().err


def test_a_workspace_that_is_gone_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(ConfigurationError, match="the working directory is gone"):
        cli._workspace()
