"""The step's log, by what of it the runner would take for a command."""

from io import BytesIO
from pathlib import Path

from gate.clients.actions_runner import RunnerLog, write_outputs
from gate.rendering.safe_text import log_line
from tests.acceptance.actions_runner.file_commands import pairs


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
    log.remark("warning", ("a: title,", "100 %\nof it"))
    told = [log.has_told_why]
    log.remark("error", ("b", "::c"))
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
    log.remark("notice", ("a", "b"))
    log.resume_commands()

    assert _written(log, stream) == ["::notice title=a::b"]


def test_an_output_ends_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "output"
    given = {"reason": "one\ntwo<<EOF\nEOF\nverdict=allow", "verdict": "block"}
    write_outputs(file, {"verdict": "unknown"})
    write_outputs(file, given)

    assert dict(pairs(file.read_text())) == given
