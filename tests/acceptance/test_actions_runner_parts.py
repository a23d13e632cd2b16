"""The runner's parts that need no Docker: how it reads lines, files, paths, expressions and command lines."""

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.actions_runner import (
    Action,
    Annotation,
    Event,
    Run,
    UnknownExpressionError,
    UnsupportedError,
    events,
    file_commands,
)
from tests.acceptance.actions_runner.commands import REGISTERED, Command, parse
from tests.acceptance.actions_runner.expressions import Conclusion, Contexts
from tests.acceptance.actions_runner.log import CommandError, StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.acceptance.actions_runner.paths import PathMap
from tests.acceptance.actions_runner.processes import split_arguments


@pytest.fixture
def log(tmp_path: Path) -> StepLog:
    paths = PathMap(((str(tmp_path / "workspace"), "/github/workspace"), (str(tmp_path), "/github/runner_temp")))
    return StepLog(masker=Masker(["hunter2-the-secret"]), workspace=tmp_path / "workspace", paths=paths)


def fed(log: StepLog, *lines: str) -> StepLog:
    for line in lines:
        log.feed(line)
    return log


@pytest.mark.parametrize(
    ("line", "name", "properties", "data"),
    [
        ("::error::broken", "error", {}, "broken"),
        (" \t\u3000::ERROR file=a.py,line=3::b", "error", {"file": "a.py", "line": "3"}, "b"),
        ("::error  file=a.py ,=title==A%3AB%2Cc%25,empty=::d", "error", {"file": "a.py ", "title": "A:B,c%"}, "d"),
        ("::notice::100%25 %0A %0D %3A", "notice", {}, "100% \n \r %3A"),
        ("::notice::a%250Ab", "notice", {}, "a%0Ab"),
        ("::set-output name=v::a::b", "set-output", {"name": "v"}, "a::b"),
        ("text ##[set-output name=v;x=1%3B2]p%5D", "set-output", {"name": "v", "x": "1;2"}, "p]"),
        ("::unknown::##[warning]legacy", "warning", {}, "legacy"),
    ],
)
def test_a_command_is_read_in_both_syntaxes(line: str, name: str, properties: dict[str, str], data: str) -> None:
    assert parse(line, REGISTERED) == Command(name=name, properties=properties, data=data)


@pytest.mark.parametrize(
    "line",
    ["", "error::x", "text ::error::x", "::error", "::unknown::x", ":: error::x", "##[unknown]x", "##[error", "##[]x"],
)
def test_anything_else_is_text(line: str) -> None:
    assert parse(line, REGISTERED) is None


def test_commands_are_carried_out_and_text_is_shown(log: StepLog) -> None:
    fed(log, "hello", "::group::Title", "::endgroup::", "::debug::unseen", "::set-output name=Verdict::allow")
    assert log.shown == [
        *("hello", "##[group]Title", "##[endgroup]"),
        "##[warning]The `set-output` command is deprecated and will be disabled soon.",
    ]
    assert log.raw[0] == "hello"
    assert log.outputs == {"Verdict": "allow"}
    assert log.outputs["verdict"] == "allow"
    assert not log.failed


def test_an_annotation_has_its_place_in_the_repository(log: StepLog) -> None:
    fed(
        log,
        "::error file=/github/workspace/src/a.py,line=3,endLine=3,col=1,endColumn=5,title=T%2CU::m",
        "::warning file=src/b.py,line=3,endLine=4,col=1::m",
        "::notice endLine=7::m",
        "::notice file=/github/runner_temp/c,line=x,col=2::m",
        "::notice line=5,endLine=4::m",
    )
    place = Annotation(
        level="error", message="m", title="T,U", file="src/a.py", line=3, end_line=3, column=1, end_column=5
    )
    outside = str(log._workspace.parent / "c")
    assert log.annotations == [
        place,
        Annotation(level="warning", message="m", file="src/b.py", line=3, end_line=4),
        Annotation(level="notice", message="m", line=7, end_line=7),
        Annotation(level="notice", message="m", file=outside),
        Annotation(level="notice", message="m"),
    ]


def test_ten_annotations_of_a_level_are_kept_and_long_ones_are_cut(log: StepLog) -> None:
    fed(log, *[f"::error::e{number}" for number in range(12)], f"::warning::{'w' * 5000}", "::notice::  ")
    assert [annotation.message for annotation in log.annotations] == [*(f"e{n}" for n in range(10)), "w" * 4096]
    assert log.shown[11] == "##[error]e11"
    assert len(log.shown[12]) == len("##[warning]") + 4096


def test_nothing_is_carried_out_between_stop_and_resume(log: StepLog) -> None:
    fed(
        log,
        *("::stop-commands::Token-123", "::error::a", "x ##[set-output name=v]w", "::add-mask::b", "::resume::"),
        *("::stop-commands::other", "text ##[token-123]", "::error::c"),
    )
    assert [annotation.message for annotation in log.annotations] == ["c"]
    assert log.outputs == {}
    assert log.shown[0] == "::stop-commands::***"
    assert log.shown[1:4] == ["::error::a", "x ##[set-output name=v]w", "::add-mask::b"]
    assert log.shown[6] == "text ##[token-123]"


@pytest.mark.parametrize("token", ["", "ERROR", "pause-logging", "stop-commands"])
def test_a_bad_stop_token_ends_the_step(log: StepLog, token: str) -> None:
    fed(log, f"::stop-commands::{token}", "::set-output name=v::w", "lost")
    assert log.failed
    assert log.outputs == {}
    assert "lost" not in log.shown
    assert log.raw[-1] == "lost"


@pytest.mark.parametrize(
    "line",
    [
        *("::set-env name=A::b", "::add-path::/bin", "::set-output::b", "::save-state::b", "::echo::perhaps"),
        "::add-matcher::missing.json",
    ],
)
def test_a_command_that_cannot_be_processed_fails_the_step(log: StepLog, line: str) -> None:
    fed(log, line, "next")
    assert log.failed
    assert f"##[error]Unable to process command '{line}' successfully." in log.shown
    assert log.shown[-1] == "next"


def test_a_mask_hides_later_lines_in_its_usual_encodings(log: StepLog) -> None:
    encoded = base64.b64encode(b"user:hunter2-the-secret").decode()
    fed(log, "early", "::add-mask::early%0Alate one", "early and late one", f"Basic {encoded}", "::add-mask:: ")
    assert log.shown[:2] == ["early", "*** and ***"]
    assert encoded[8:] not in log.shown[2]
    assert log.shown[3].startswith("##[warning]Can't add secret mask")
    fed(log, "::error::hunter2-the-secret%0A'early'", "::set-output name=v::early")
    assert log.annotations[-2].message == "***\n'***'"
    assert log.outputs == {"v": "early"}


def test_overlapping_masks_hide_all_of_both() -> None:
    masker = Masker(["abcdef", "defghi", 'say "x"', '"in quotes"'])
    masked = [masker.mask(text) for text in ("_abcdefghi_", "abcdefdefghi", r"say \"x\"", "in quotes", "none")]
    assert masked == ["_***_", "***", "***", "***", "none"]


def test_the_echo_of_commands_and_the_other_commands(log: StepLog, tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace/m.json").write_text("{}")
    fed(log, "::echo::on", "::add-matcher::/github/workspace/m.json", "::save-state name=a::b", "::add-mask::zz")
    fed(log, "::remove-matcher owner=a::", "::remove-matcher::", "::add-matcher::", "##[start-action x]")
    assert log.matchers == [str(tmp_path / "workspace/m.json")]
    assert log.state == {"a": "b"}
    assert "::add-mask::***" in log.shown
    assert "::add-matcher::/github/workspace/m.json" in log.shown
    assert log.shown[-1] == "##[\\start-action x]"
    assert not log.failed


def test_debug_lines_are_shown_in_debug_mode_alone(tmp_path: Path) -> None:
    log = fed(StepLog(masker=Masker(), workspace=tmp_path, debug=True), "::debug::seen", "::set-output name=a::b")
    assert log.shown[:2] == ["##[debug]seen", "::set-output name=a::b"]
    assert dict(events.environment({}, events.runner_context(tmp_path, tmp_path, debug=True)))["RUNNER_DEBUG"] == "1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a=b\n\nc=d=e<<f", [("a", "b"), ("c", "d=e<<f")]),
        ("a<<E=F\nline 1\n\nline 3\nE=F\nb=", [("a", "line 1\n\nline 3"), ("b", "")]),
        ("a<<EOF\nEOF", [("a", "")]),
        ("a<<EOF\n\nEOF\n", [("a", "")]),
        ("a=b\r\nc<<E\r\nd\r\nE\r\n", [("a", "b\r"), ("c", "d\r")]),
        ("a=b\u2028c=d\x85", [("a", "b\u2028c=d\x85")]),
        ("=value", [("", "value")]),
    ],
)
def test_pairs_of_a_file(text: str, expected: list[tuple[str, str]]) -> None:
    assert list(file_commands.pairs(text)) == expected


@pytest.mark.parametrize(
    "text", ["plain", "a<<", "<<EOF\nEOF", "a<<EOF\nb", "a<<EOF\nb\n", "a<<EOF\nb\n EOF\n", "a<<EOF\r\nb\nEOF\n"]
)
def test_a_bad_line_of_a_file(text: str) -> None:
    with pytest.raises(CommandError):
        list(file_commands.pairs(text))


def test_files_are_read_after_the_step(log: StepLog, tmp_path: Path) -> None:
    files = file_commands.create(tmp_path)
    assert {file.read_bytes() for file in files.values()} == {b""}
    fed(log, "::set-output name=verdict::forged", "::set-output name=other::kept")
    files["output"].write_text("verdict=block\n")
    files["env"].write_text("A=b\nNODE_OPTIONS=--x\n")
    files["path"].write_text("/a\n\n/b\n")
    files["step_summary"].write_text("# Title\r\nhunter2-the-secret")
    files["state"].write_text("s=t\n")
    effects = file_commands.process(files, log, Masker(["hunter2-the-secret"]))
    assert effects == file_commands.Effects(env={"A": "b"}, path=["/a", "/b"], summary="# Title\n***\n")
    assert log.outputs == {"verdict": "block", "other": "kept"}
    assert log.state == {"s": "t"}
    assert not log.failed


def test_a_bad_file_fails_the_step_and_spares_the_others(log: StepLog, tmp_path: Path) -> None:
    files = file_commands.create(tmp_path)
    files["env"].write_text("bad\n")
    files["output"].write_text("a=b\nbad\nc=d\n")
    files["step_summary"].write_text("kept")
    files["state"].unlink()
    effects = file_commands.process(files, log, Masker())
    assert effects.summary == "kept\n"
    assert log.outputs == {"a": "b"}
    assert log.failed
    assert "##[error]Unable to process file command 'output' successfully." in log.shown


@pytest.mark.parametrize(("size", "kept"), [(1_048_576, True), (1_048_577, False)])
def test_a_summary_over_the_limit_is_dropped_whole(log: StepLog, tmp_path: Path, size: int, kept: bool) -> None:  # noqa: FBT001 -- a case of the table
    files = file_commands.create(tmp_path)
    files["step_summary"].write_bytes(b"x" * size)
    assert bool(file_commands.process(files, log, Masker()).summary) == kept
    assert bool(log.annotations) != kept
    assert not log.failed


def test_paths_are_translated_when_they_are_the_whole_value() -> None:
    paths = PathMap((("/w/_temp/_github_home", "/github/home"), ("/w/_temp", "/github/runner_temp")))
    values = ["/w/_temp", "/w/_temp/x", "/w/_temp/_github_home/x", "/w/_tempest", "a:/w/_temp/x", "", "/w"]
    expected = ["/github/runner_temp", "/github/runner_temp/x", "/github/home/x", *values[3:]]
    assert [paths.to_container(value) for value in values] == expected
    assert [paths.to_host(value) for value in expected[:3]] == values[:3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (' a  "b c"\td', ["a", "b c", "d"]),
        ('"" "a""b" x"y z"w', ["", 'a"b', "xy zw"]),
        (r'"say \"hi\"" a\b c\\d "e\\" "f\\\"g"', ['say "hi"', r"a\b", r"c\\d", "e\\", 'f\\"g']),
        ("$HOME 'a b' *", ["$HOME", "'a", "b'", "*"]),
        ('-v "/a b":"/c"', ["-v", "/a b:/c"]),
    ],
)
def test_a_command_line_is_split_without_a_shell(text: str, expected: list[str]) -> None:
    assert split_arguments(text) == expected


NAMES: dict[str, Any] = {
    "github": {"token": "t", "event": {"number": 7, "draft": False, "body": None}},
    "steps": {"Gate": {"outputs": {"verdict": "block"}}},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no expression", "no expression"),
        ("${{ github.token }}/${{GITHUB.Event.Number}}", "t/7"),
        ("${{ steps.gate.outputs.verdict }} ${{ github.event.draft }}", "block false"),
        ("[${{ github.event.body }}${{ github.event.missing.more }}]", "[]"),
        ("${{ github.event.missing.sha || github.event.draft || github.token }}", "t"),
        ("[${{ github.event.draft || github.event.body }}]", "[]"),
    ],
)
def test_expressions_are_replaced_where_they_stand(text: str, expected: str) -> None:
    assert Contexts(NAMES).evaluate(text) == expected


@pytest.mark.parametrize(
    "text",
    ["${{ github }}", "${{ vars.X }}", "${{ github.token || 'x' }}", "${{ toJSON(github) }}", "${{ github.event }}"],
)
def test_an_unknown_expression_is_refused(text: str) -> None:
    with pytest.raises(UnknownExpressionError):
        Contexts(NAMES).evaluate(text)


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("", {"success"}),
        ("always()", {"success", "failure", "cancelled"}),
        ("failure()", {"failure"}),
        ("${{ !cancelled() }}", {"success", "failure"}),
        ("steps.gate.outputs.verdict == 'BLOCK'", {"success"}),
        ("always() && steps.gate.outputs.verdict != 'block'", set()),
        ("failure() && steps.gate.outputs.verdict == 'block'", {"failure"}),
    ],
)
def test_conditions(condition: str, held: set[str]) -> None:
    known = Contexts(NAMES)
    statuses: tuple[Conclusion, ...] = ("success", "failure", "cancelled")
    assert {status for status in statuses if known.holds(condition, status=status)} == held


@pytest.mark.parametrize("condition", ["true", "always() || failure()", "contains(github.token, 't')", "a == 'b'"])
def test_an_unknown_condition_is_refused(condition: str) -> None:
    with pytest.raises(UnknownExpressionError):
        Contexts(NAMES).holds(condition, status="failure")


@pytest.mark.parametrize(
    ("ref", "name", "kind"),
    [
        ("refs/heads/feat/x", "feat/x", "branch"),
        ("refs/tags/v1", "v1", "tag"),
        ("refs/pull/7/merge", "7/merge", "branch"),
        ("", "", ""),
    ],
)
def test_variables_follow_from_the_event_and_hold_no_token(ref: str, name: str, kind: str) -> None:
    event = Event(name="pull_request", payload={"number": 7}, ref=ref, head_ref="feat/x", base_ref="main")
    github = {"token": "t", **Run().github(event.sha, ref), **event.github()}
    variables = dict(events.environment(github, {"os": "Linux"}))
    assert (variables["GITHUB_REF_NAME"], variables["GITHUB_REF_TYPE"]) == (name, kind)
    assert variables["GITHUB_REF_PROTECTED"] == "false"
    assert variables["RUNNER_OS"] == "Linux"
    assert not {"GITHUB_TOKEN", "GITHUB_EVENT"} & set(variables)


@pytest.mark.parametrize(
    "runs", ["using: node24, main: x.js", "using: docker, image: x, pre-entrypoint: y", "using: docker, image: ''"]
)
def test_an_action_that_cannot_be_played_is_refused(tmp_path: Path, runs: str) -> None:
    (tmp_path / "action.yml").write_text(f"runs: {{{runs}}}")
    with pytest.raises(UnsupportedError):
        Action.read(tmp_path / "action.yml", image="x")


def test_an_action_sees_few_names(tmp_path: Path) -> None:
    manifest = (
        "inputs: {a: {default: '${{ secrets.X }}'}}\nruns: {using: docker, image: x, args: ['${{ github.token }}']}"
    )
    (tmp_path / "action.yml").write_text(manifest)
    action = Action.read(tmp_path / "action.yml", image="x")
    with pytest.raises(UnknownExpressionError):
        action.effective_inputs({}, Contexts({"github": {}, "runner": {}, "secrets": {"X": "x"}}))
    with pytest.raises(UnknownExpressionError):
        action.arguments({})


@pytest.mark.parametrize(("required", "code", "said"), [("0", 0, "1 skipped"), ("1", 1, "1 error")])
def test_tests_that_need_docker_say_so_without_it(required: str, code: int, said: str) -> None:
    test = "tests/acceptance/test_actions_runner.py::test_a_wait_ends_with_the_step"
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "CONTRACT_GATE_REQUIRE_DOCKER": required}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test],
        cwd=Path(__file__).parents[2],
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"} | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, said in ended.stdout) == (code, True), ended.stdout
    assert "no Docker daemon answers: " in ended.stdout


def test_what_a_job_started_does_not_outlive_tests_that_are_killed(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    tests = f"""
import os, pathlib, signal
from tests.acceptance.actions_runner import Runner
with Runner(pathlib.Path({str(tmp_path)!r})) as runner:
    with runner.start_script("exec 3> {held}; sleep 600 & echo on") as step:
        step.wait_for("on")
        os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", tests], cwd=root) as process, held.open() as file:
        assert file.read() == ""  # its end, when nobody has it open any more

    assert process.returncode == -signal.SIGKILL
