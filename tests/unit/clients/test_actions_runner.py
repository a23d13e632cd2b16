"""The step's log, by what of it the runner would take for a command."""

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest

from gate.clients import signals
from gate.clients.actions_runner import Remark, RunnerLog, write_outputs
from gate.domain.errors import CancelledError
from gate.rendering.safe_text import log_line
from tests.acceptance.actions_runner.file_commands import pairs
from tests.acceptance.actions_runner.log import StepLog
from tests.acceptance.actions_runner.masks import Masker


def _written(log: RunnerLog, stream: BytesIO) -> list[str]:
    log.flush()
    return stream.getvalue().decode().splitlines()


def test_text_is_written_line_by_line_and_what_looks_like_a_command_is_none() -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.write("one ")
    log.write("line\n  ::error::not one\nand ##[error]neither\n")

    assert _written(log, stream) == ["one line", "  \\::error::not one", "and ##\\[error]neither"]


def test_a_remark_stands_between_two_fences_and_on_a_line_of_its_own() -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.stop_commands()
    log.write("half a line")
    log.remark("warning", Remark("a: title,", "100 %\nof it"))
    told = [log.has_told_why]
    log.remark("error", Remark("b", "::c"))
    told.append(log.has_told_why)
    log.resume_commands()

    assert told == [False, True]

    lines = _written(log, stream)
    first = lines[0].removeprefix("::stop-commands::")
    assert lines[1:5] == ["half a line", f"::{first}::", "::warning title=a%3A title%2C::100 %25%0Aof it", lines[4]]
    second = lines[4].removeprefix("::stop-commands::")
    assert lines[5:] == [
        f"::{second}::",
        "::error title=b::\\::c",
        lines[7],
        f"::{lines[7][len('::stop-commands::') :]}::",
    ]
    assert len({first, second, lines[7]}) == 3


def test_without_a_fence_there_is_nothing_to_give_back() -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.remark("notice", Remark("a", "b"))
    log.resume_commands()

    assert _written(log, stream) == ["::notice title=a::b"]


def test_a_remark_is_shown_at_a_file_and_a_line(tmp_path: Path) -> None:
    file = "pacts/100% a,line=9,col=1::error::b:\n.json"
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.remark("error", Remark("a", "b", file, 12), Remark("", "c", "pacts/web.json"), Remark("d", "e", line=3))

    written = _written(log, stream)
    assert written[1:] == ["::error title=,file=pacts/web.json::c", "::error title=d,line=3::e"]
    step = StepLog(masker=Masker(), workspace=tmp_path)
    for line in written:
        step.feed(line)
    first, *_ = step.annotations
    assert (first.file, first.line, first.column, first.message) == (file, 12, None, "b")


def _shown(log: RunnerLog, stream: BytesIO, folder: Path) -> StepLog:
    step = StepLog(masker=Masker(), workspace=folder)
    for line in _written(log, stream):
        step.feed(line)
    return step


def test_a_mask_is_a_command_also_where_commands_are_stopped(tmp_path: Path) -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.stop_commands()
    log.write("half a line")
    log.mask(["s3cr3t%0Atoken", "::add-mask::", " "])
    log.write("you sent s3cr3t%0Atoken ::add-mask::all\n::add-mask::you\n")
    log.resume_commands()
    step = _shown(log, stream, tmp_path)

    shown = [line for line in step.shown if not line.startswith("::")]
    assert shown == ["half a line", "you sent *** ***all", "\\***you"]
    assert not step.annotations
    assert step.failed is False


def test_a_mask_without_a_fence_needs_none(tmp_path: Path) -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.mask(["s3cr3t-token", "s3cr3t-token"])
    log.mask(["s3cr3t-token"])
    log.mask([])

    assert _written(log, stream) == ["::add-mask::s3cr3t-token"]


def test_a_group_folds_what_is_written_in_it_and_text_in_it_is_no_command(tmp_path: Path) -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.stop_commands()
    log.write("half a line")
    with log.group("a:\n##[endgroup]"):
        log.write("one\n::endgroup::\n##[endgroup]\nhalf of two")
        log.remark("notice", Remark("b", "c"))
    log.write("after it\n")
    log.resume_commands()
    step = _shown(log, stream, tmp_path)

    assert [line for line in step.shown if not line.startswith("::")] == [
        "half a line",
        "##[group]a:\n##\\[endgroup]",
        "one",
        "\\::endgroup::",
        "##\\[endgroup]",
        "half of two",
        "##[notice]c",
        "##[endgroup]",
        "after it",
    ]


def test_a_group_without_a_fence_needs_none() -> None:
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    with log.group("a"):
        log.write("b\n")

    assert _written(log, stream) == ["::group::a", "b", "::endgroup::"]


class _Interrupting(BytesIO):
    """Is where a signal comes, or the reader goes for a moment, after so many writes."""

    def __init__(self, after: int, fault: Callable[[], None]) -> None:
        super().__init__()
        self._left = after
        self._fault = fault

    def flush(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._fault()


def _gone() -> None:
    raise BrokenPipeError


@pytest.fixture
def _listening() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    signals.listen()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_listening")
@pytest.mark.parametrize("after", range(1, 9))
@pytest.mark.parametrize("fault", [_gone, lambda: signal.raise_signal(signal.SIGTERM)], ids=["reader", "signal"])
def test_a_group_is_closed_come_what_may(after: int, fault: Callable[[], None], tmp_path: Path) -> None:
    stream = _Interrupting(after, fault)
    log = RunnerLog(stream, log_line)
    log.stop_commands()
    lines = 0
    for name in ("one", "two"):
        with suppress(CancelledError, BrokenPipeError), log.group(name):
            for _ in range(3):
                log.write("a line\n")
                lines += 1
                log.flush()
    log.resume_commands()
    step = _shown(log, stream, tmp_path)

    assert [line for line in step.shown if line.startswith("##")] == [
        "##[group]one",
        "##[endgroup]",
        "##[group]two",
        "##[endgroup]",
    ]
    assert step.shown.count("a line") == lines
    assert step.raw[-1].startswith("::")


def test_an_output_ends_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "output"
    given = {"reason": "one\ntwo<<EOF\nEOF\nverdict=allow", "verdict": "block"}
    write_outputs(file, {"verdict": "unknown"})
    write_outputs(file, given)

    assert dict(pairs(file.read_text())) == given
