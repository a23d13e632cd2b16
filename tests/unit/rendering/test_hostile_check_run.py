"""Hostile text in every place of a report, and the check run and the places of annotations that come of it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gate.clients.actions_runner import Remark, RunnerLog
from gate.domain.report import Report
from gate.rendering.annotations import annotations
from gate.rendering.check_run import CheckRun, check_run
from gate.rendering.markdown import render_comment
from gate.rendering.safe_text import log_line
from gate.rendering.status import context
from tests.acceptance.actions_runner.log import StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.builders import report
from tests.hostile import CORPUS, LONG, Injection, everywhere

UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What ends a line, moves a cursor, or cannot be seen or written."""
FILE: Final = "pacts/web.json"

each_injection = pytest.mark.parametrize("injection", CORPUS, ids=str)


def _in_files(one: Report, file: str, line: int = 3) -> Report:
    """Have all contracts of a report be a file of the repository."""
    entries = []
    for entry in one.entries:
        results = tuple(
            replace(each, interaction=replace(each.interaction, line=line)) for each in entry.integration.results
        )
        entries.append(replace(entry, integration=replace(entry.integration, file=file, results=results)))
    return replace(one, entries=tuple(entries))


def assert_taken(told: CheckRun, files: set[str]) -> None:
    """Assert that GitHub takes it, and shows each text for what it is."""
    for text in (told.name, told.title, *(one[key] for one in told.annotations for key in ("title", "message"))):
        assert not UNSAFE.search(str(text))
    assert 0 < len(told.name) <= 255
    assert 0 < len(told.title) <= 255
    assert 0 < len(told.summary.encode()) <= 60_000
    for one in told.annotations:
        assert one["path"] in files
        assert 0 < len(str(one["title"])) <= 255
        assert 0 < len(str(one["message"]).encode()) <= 64 * 1024
        assert one["annotation_level"] in {"failure", "warning"}
        assert one["start_line"] == one["end_line"]
        assert 1 <= int(one["start_line"]) < 2**31
    json.dumps([told.summary, *told.annotations], ensure_ascii=False).encode()


def _read(markdown: str) -> str:
    """Take out what keeps words from being links: a comment tells people, and a check run does not."""
    return markdown.replace("\u2060", "")


@each_injection
def test_a_check_run_is_ours_whatever_others_say(injection: Injection) -> None:
    one = _in_files(everywhere(injection.text), FILE)
    told = check_run(one)

    assert_taken(told, {FILE})
    assert told.conclusion == "failure"
    assert told.name != context(one.candidate)
    assert len(told.annotations) >= 3
    # What a comment may say is looked at elsewhere.
    assert _read(told.summary) == _read(render_comment(one).partition("\n")[2])


@each_injection
def test_a_hostile_path_is_no_file(injection: Injection, tmp_path: Path) -> None:
    one = _in_files(everywhere(injection.text), injection.text)

    assert_taken(check_run(one), {injection.text})
    for remark in annotations(one):
        assert not UNSAFE.search(remark.file)
        assert remark.file in {"", injection.text}


@each_injection
def test_a_file_s_name_is_no_command(injection: Injection, tmp_path: Path) -> None:
    step = StepLog(masker=Masker(), workspace=tmp_path)
    stream = (tmp_path / "log").open("wb")
    with RunnerLog(stream, log_line) as log:
        log.remark("error", Remark("title", "message", injection.text, 7))
    for line in (tmp_path / "log").read_text("utf-8").split("\n"):
        step.feed(line)

    (only,) = step.annotations
    assert (only.title, only.message, only.line) == ("title", "message", 7)
    assert (dict(step.outputs), step.state, step.matchers, step.failed) == ({}, {}, [], False)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("injection", LONG, ids=str)
def test_what_is_long_is_cut(injection: Injection) -> None:
    usual = report()
    for file in (FILE, injection.text):
        one = _in_files(replace(everywhere(injection.text), candidate=usual.candidate, run=None), file)
        assert_taken(check_run(one), {FILE})


@pytest.mark.parametrize("line", [-1, 0, 2**31, 2**70])
def test_a_line_that_cannot_be_is_the_first(line: int) -> None:
    told = check_run(_in_files(everywhere("a"), FILE, line))

    assert_taken(told, {FILE})
    assert {one["start_line"] for one in told.annotations} == {1}
