"""What the flows cannot time: a signal before the run has begun."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate import cli
from gate.clients import signals
from gate.domain.errors import CancelledError, ConfigurationError


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Leave the test process's own handlers as they were."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _stopped() -> int:
    raise CancelledError("SIGTERM")


def test_a_signal_before_the_run_is_unknown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with pytest.raises(cli._Ended) as ended:
        cli._finish(_stopped)

    assert ended.value.code == 3
    assert capsys.readouterr().err == "error: stopped by SIGTERM.\n"


def test_only_the_first_signal_counts() -> None:
    with pytest.raises(CancelledError) as stopped:
        signals.hear(signal.SIGINT, None)

    assert stopped.value.signal_name == "SIGINT"
    assert {signal.getsignal(number) for number in signals.SIGNALS} == {signal.SIG_IGN}


def test_a_bug_outside_the_run_is_neither_a_verdict_nor_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(cli._Ended) as ended:
        cli._finish(lambda: 1 // 0)

    assert ended.value.code == 4
    assert "This is a bug: please report it." in capsys.readouterr().err


def test_a_workspace_that_is_gone_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(ConfigurationError, match="the working directory is gone"):
        cli._workspace()


def _end_of_main() -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (CancelledError("SIGINT"), 3),
        (ZeroDivisionError("x"), 4),
        (GeneratorExit(), 4),
        (MemoryError(), 4),
    ],
)
def test_however_the_command_ends_it_is_no_broken_contract(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int
) -> None:
    def fail() -> int:
        raise raised

    monkeypatch.setattr(cli, "_run_command", fail)

    assert _end_of_main() == code
    assert {signal.getsignal(number) for number in signals.SIGNALS} == {signal.SIG_IGN}


@pytest.mark.parametrize(("end", "code"), [(None, 0), (0, 0), (1, 3), (130, 3), (2, 2)])
def test_only_a_command_itself_ends_with_one(monkeypatch: pytest.MonkeyPatch, end: int | None, code: int) -> None:
    def stop(prog_name: str) -> None:
        raise SystemExit(end)

    for name in ("GITHUB_ACTIONS", "INPUT_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cli, "app", stop)

    assert _end_of_main() == code


def test_a_library_that_ends_the_process_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave() -> int:
        raise SystemExit(0)

    with pytest.raises(cli._Ended) as ended:
        cli._finish(leave)

    assert ended.value.code == 4


def test_an_app_that_says_nothing_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "app", lambda **_: None)
    for name in ("GITHUB_ACTIONS", "INPUT_COMMAND"):
        monkeypatch.delenv(name, raising=False)

    assert _end_of_main() == 3


def test_when_nothing_can_be_said_any_more_it_is_still_no_broken_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    for raised, code in ((OSError(28, "No space left"), 4), (CancelledError("SIGINT"), 3)):

        def fail(_: object = None, error: BaseException = raised) -> int:
            raise error

        monkeypatch.setattr(cli, "_run_command", fail)
        monkeypatch.setattr(cli, "_fail", lambda *_, error=raised: fail(error=error))
        monkeypatch.setattr(cli, "_bug", fail)

        assert _end_of_main() == code
