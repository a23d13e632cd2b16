"""Hostile text in every place of a report, and every form of the report read by what will read it."""

import io
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gate.clients.actions_runner import RunnerLog, write_outputs
from gate.domain.report import Candidate, Report, Run, Stage
from gate.domain.results import Outcome
from gate.rendering.annotations import ANNOTATIONS_SHOWN, annotations
from gate.rendering.junit import render_junit
from gate.rendering.markdown import (
    COMMENT_LIMIT,
    is_comment_of,
    marker,
    render_comment,
    render_markdown,
    render_summary,
)
from gate.rendering.outputs import OUTPUTS, outputs, outputs_without_report
from gate.rendering.report_json import dump, load
from gate.rendering.safe_text import log_line
from gate.rendering.status import context, description
from gate.reporters.terminal import Terminal, console
from tests.acceptance.actions_runner import file_commands
from tests.acceptance.actions_runner.commands import REGISTERED, parse
from tests.acceptance.actions_runner.log import MESSAGE_LENGTH, Annotation, StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.builders import contract, integration, report
from tests.hostile import (
    CANARY,
    CORPUS,
    LONG,
    MEBIBYTE,
    PAGE,
    PLACES,
    TAGGED,
    Injection,
    everywhere,
    whole_corpus,
    with_advice,
    with_reasons,
)

LARGEST_COMMENT: Final = 65_536
LONGEST_STATUS: Final = 140

UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters but tab and line feed, bidirectional marks, and what has no width."""

REFERENCES: Final = {
    "mention": re.compile(r"@\w"),
    "issue": re.compile(r"#\d|\bGH-\d", re.IGNORECASE),
    "address": re.compile(r"(https?|ftp)://|www\.", re.IGNORECASE),
}
"""What GitHub makes links of in plain text. Source: "Autolinked references and URLs", and GFM's section 6.9."""

BLOCKS: Final = frozenset(
    {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "html_block", "fence"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("blockquote_open", "blockquote_close", "table_open", "table_close", "thead_open", "thead_close"),
        *("tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
    }
)
SPANS: Final = frozenset(
    {"text", "text_special", "code_inline", "strong_open", "strong_close", "softbreak", "html_inline"}
    | {"link_open", "link_close"}
)
"""All that our template writes. Whatever else is in a page, somebody else put there."""

SUMMARY: Final = re.compile(r"<details(?: open)?><summary>([^<>]*)</summary>\n")

each_injection = pytest.mark.parametrize("injection", CORPUS, ids=str)
each_long_injection = pytest.mark.parametrize("injection", LONG, ids=str)


def reader() -> MarkdownIt:
    """Read Markdown as GitHub does, as far as the library goes; `REFERENCES` is for what it does not link."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("text_join")


class Page:
    """A page of Markdown and what a reader sees of it."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown
        self.blocks = reader().parse(markdown)

    def of(self, kind: str) -> list[Token]:
        return [block for block in self.blocks if block.type == kind]

    @cached_property
    def spans(self) -> list[Token]:
        return [span for block in self.of("inline") for span in block.children or ()]

    @cached_property
    def plain(self) -> list[str]:
        """Each run of text outside code, in which GitHub looks for references."""
        summaries = [unescape(text) for block in self.of("html_block") for text in SUMMARY.findall(block.content)]
        return [*summaries, *(run for block in self.of("inline") for run in _runs(block.children or ()))]

    @cached_property
    def code(self) -> list[str]:
        return [span.content for span in (*self.spans, *self.blocks) if span.type in {"code_inline", "fence"}]

    @cached_property
    def words(self) -> str:
        """Everything that can be read, without the marks that keep references from being linked."""
        return "\n".join([*self.plain, *self.code]).replace("\u2060", "")


def _runs(spans: Sequence[Token]) -> Iterator[str]:
    run = ""
    for span in spans:
        if span.type in {"text", "text_special"}:
            run += span.content
        else:
            yield run
            run = ""
    yield run


def assert_ours(markdown: str, *, begins_with: str = "") -> Page:
    """Assert that a page has nothing but what our template writes."""
    assert markdown.startswith(begins_with)
    page = Page(markdown)
    blocks = page.blocks
    assert {block.type for block in blocks} <= BLOCKS
    assert {span.type for span in page.spans} <= SPANS
    assert [block.tag for block in page.of("heading_open")] == ["h2"]
    assert blocks[1 if begins_with else 0].type == "heading_open"
    _assert_html(page, begins_with)
    _assert_spans(page)
    _assert_fences(page)
    _assert_table(page)
    for text in page.plain:
        for name, pattern in REFERENCES.items():
            assert not pattern.search(text), f"a reader would see a link: {name}"
    assert not UNSAFE.search(markdown.replace("\u2060", ""))
    return page


def _assert_html(page: Page, begins_with: str) -> None:
    html = [block.content for block in page.of("html_block")]
    if begins_with:
        assert html.pop(0) == begins_with
    assert all(SUMMARY.fullmatch(one) or one == "</details>\n" for one in html)
    # Opened and closed in turn: details of ours never hold others.
    assert [one == "</details>\n" for one in html] == [False, True] * (len(html) // 2)
    inline = [span.content for span in page.spans if span.type == "html_inline"]
    assert inline == ["<sub>", "</sub>"]


def _assert_spans(page: Page) -> None:
    links = [span.attrs for span in page.spans if span.type == "link_open"]
    assert [link for link in links if link != {"href": PAGE}] == []
    assert len(links) <= 1
    # An unescaped bracket could be a footnote, a task or an alert, of which the library knows nothing.
    assert not [span for span in page.spans if span.type == "text" and "[" in span.content]
    strong = [
        after
        for block in page.of("inline")
        for span, after in zip(block.children or (), (block.children or [])[1:], strict=False)
        if span.type == "strong_open"
    ]
    assert all(span.type == "code_inline" or span.content == "Who acts:" for span in strong)


def _assert_fences(page: Page) -> None:
    lines = page.markdown.split("\n")
    for block in page.of("fence"):
        assert block.map is not None
        assert lines[block.map[1] - 1] == block.markup
        assert block.info in {"diff", ""}


def _assert_table(page: Page) -> None:
    """Look at the source of each row: the library evens rows out, and so does GitHub."""
    lines = page.markdown.split("\n")
    for row in page.of("tr_open"):
        assert row.map is not None
        assert len(re.findall(r"(?<!\\)\|", lines[row.map[0]])) == 4


def rows(page: Page) -> int:
    """Count the rows below the head."""
    return len(page.of("tr_open")) - len(page.of("thead_open"))


@each_injection
def test_a_page_full_of_it_holds_nothing_but_ours(injection: Injection) -> None:
    one = everywhere(injection.text)
    comment = render_comment(one)

    for page in (
        assert_ours(render_markdown(one)),
        assert_ours(render_summary(one)),
        assert_ours(comment, begins_with=f"{marker(one)}\n"),
    ):
        assert rows(page) == len(one.entries)
        assert sum(span.type == "link_open" for span in page.spans) == 1
        # Consumers, sources, requests, mismatches, errors, advice, notes, log: each shows all of the text's letters.
        for word in re.findall(r"[A-Za-z0-9]+", injection.text):
            assert page.words.count(word) >= 20
    assert comment.split("\n").count(marker(one)) == 1
    assert is_comment_of(one.candidate, comment)


@pytest.mark.parametrize("place", PLACES)
def test_all_of_them_at_one_place_swallow_nothing(place: str) -> None:
    one = whole_corpus(place)
    page = assert_ours(render_markdown(one))

    assert rows(page) == len(one.entries)
    assert [text for text in TAGGED if text.split()[-1] not in page.words] == []
    assert_ours(render_summary(one))
    assert_ours(render_comment(one), begins_with=f"{marker(one)}\n")


@pytest.mark.parametrize("first", range(0, len(TAGGED), 10))
def test_reasons_notes_log_and_advice_swallow_nothing(first: int) -> None:
    texts = TAGGED[first : first + 10]
    noted, advised = assert_ours(render_markdown(with_reasons(texts))), assert_ours(render_markdown(with_advice(texts)))

    assert len(noted.of("list_item_open")) == len(texts)
    assert len(noted.of("blockquote_open")) == len(texts)
    assert len(noted.of("fence")) == 2
    for text in texts:
        assert noted.words.count(text.split()[-1]) == 3
        assert advised.words.count(text.split()[-1]) == 2


@each_injection
def test_a_link_leads_to_our_run_or_nowhere(injection: Injection) -> None:
    run = Run(repository="acme/orders-api", event="push", commit="a", id=injection.text, attempt=1, url=PAGE)
    ours = replace(report(integration(Outcome.PASSED)), run=run)
    page = assert_ours(render_summary(ours))
    elsewhere = replace(ours, run=replace(run, url=f"{PAGE}{injection.text})"))

    assert sum(span.type == "link_open" for span in page.spans) == 1
    assert not any(span.type == "link_open" for span in assert_ours(render_summary(elsewhere)).spans)


@each_injection
def test_a_comment_belongs_to_one_service_alone(injection: Injection) -> None:
    def candidate(service: str, *environments: str) -> Candidate:
        return Candidate(service=service, version="1", branch=None, environments=environments, stage=Stage.CHANGE)

    text = f"{injection.text}!"
    named, headed = candidate(text), candidate("orders-api", text)
    both = candidate("orders-api", "production", text)
    comments = {
        one: render_comment(report(integration(Outcome.FAILED), candidate=one)) for one in (named, headed, both)
    }

    for one, body in comments.items():
        assert [other for other in (named, headed, both) if is_comment_of(other, body)] == [one]
        assert not is_comment_of(candidate("orders-api"), body)
        assert not is_comment_of(candidate("orders-api", "production"), body)


def runner_reads(content: bytes, folder: Path) -> StepLog:
    """Have the runner read a log. A carriage return ends a line as a line feed does."""
    step = StepLog(masker=Masker(), workspace=folder)
    with io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=None) as lines:
        for line in lines:
            step.feed(line.removesuffix("\n"))
    return step


def printed(one: Report) -> bytes:
    """Print a run as the command line does on a runner."""
    content = io.BytesIO()
    log = RunnerLog(content, log_line)
    log.stop_commands()
    with redirect_stdout(log):
        terminal = Terminal(console())
        terminal.started(one.candidate)
        for entry in one.entries:
            terminal.verifying(contract(consumer=entry.integration.counterpart, source=entry.integration.source), 1)
        terminal.finished(one)
        # And what a library or a traceback may say, without a line's end.
        log.write(one.entries[-1].integration.source)
    log.resume_commands()
    return content.getvalue()


@pytest.fixture(autouse=True)
def _a_plain_log(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def assert_inert(content: bytes, folder: Path) -> None:
    """Assert that the runner finds no command in a log, not even without the fence around it."""
    step = runner_reads(content, folder)
    first, *inert, last = step.raw
    token = first.removeprefix("::stop-commands::")

    assert re.fullmatch("[0-9a-f]{32}", token)
    assert last == f"::{token}::"
    assert [line for line in inert if parse(line, REGISTERED | {token})] == []
    effects = (step.annotations, dict(step.outputs), step.state, step.matchers, step.failed)
    assert effects == ([], {}, {}, [], False)
    assert not UNSAFE.search(content.decode())
    assert b"\r" not in content


@each_injection
def test_the_log_holds_no_command(injection: Injection, tmp_path: Path) -> None:
    assert_inert(printed(everywhere(injection.text)), tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_the_log_with_all_of_them_at_one_place_holds_no_command(place: str, tmp_path: Path) -> None:
    assert_inert(printed(whole_corpus(place)), tmp_path)


def test_the_log_with_reasons_notes_and_advice_holds_no_command(tmp_path: Path) -> None:
    assert_inert(printed(with_reasons(TAGGED)), tmp_path)
    assert_inert(printed(with_advice(TAGGED)), tmp_path)


def remarked(folder: Path, *remarks: tuple[str, str]) -> StepLog:
    """Have the runner read what is remarked within a fence."""
    content = io.BytesIO()
    log = RunnerLog(content, log_line)
    log.stop_commands()
    log.remark("error", *remarks)
    log.resume_commands()
    return runner_reads(content.getvalue(), folder)


def _as_read(title: str) -> str | None:
    """Take off what the runner takes off a property: what stands at its end, and signs of equality before it."""
    return log_line(title).lstrip("=").rstrip() or None


@each_injection
def test_annotations_are_those_given_and_no_more(injection: Injection, tmp_path: Path) -> None:
    remarks = [(one.title, one.message) for one in annotations(everywhere(injection.text))]
    step = remarked(tmp_path, *remarks)

    assert 0 < len(remarks) <= ANNOTATIONS_SHOWN
    assert step.annotations == [
        Annotation(level="error", title=_as_read(title), message=log_line(message))
        for title, message in remarks
        if message.strip()  # of an empty one the runner makes none
    ]
    assert (dict(step.outputs), step.state, step.matchers, step.failed) == ({}, {}, [], False)
    assert len(step.raw) == len(remarks) + 4


@each_injection
def test_an_error_is_one_annotation_whatever_it_says(injection: Injection, tmp_path: Path) -> None:
    text = f"{injection.text}."
    step = remarked(tmp_path, (text, text))

    (only,) = step.annotations
    assert only.level == "error"
    assert (only.file, only.line) == (None, None)
    assert (dict(step.outputs), step.state, step.matchers, step.failed) == ({}, {}, [], False)
    assert not UNSAFE.search(only.message)
    assert len(step.raw) == 5


@each_injection
def test_the_outputs_are_ours_alone(injection: Injection, tmp_path: Path) -> None:
    one = everywhere(injection.text)
    step, masker = StepLog(masker=Masker(), workspace=tmp_path), Masker()
    files = file_commands.create(tmp_path)
    write_outputs(files["output"], outputs_without_report(injection.text))
    write_outputs(files["output"], outputs([(one, injection.text)]))
    files["step_summary"].write_text(render_summary(one), encoding="utf-8", newline="\n")

    effects = file_commands.process(files, step, masker)
    assert (step.failed, step.annotations, effects.env, effects.path) == (False, [], {}, [])
    assert effects.summary == render_summary(one)
    assert list(step.outputs) == list(OUTPUTS)
    assert (step.outputs["verdict"], step.outputs["deployable"]) == ("block", "false")
    assert json.loads(step.outputs["broken"]) == [injection.text]
    assert json.loads(step.outputs["unverified"]) == [injection.text]
    assert not any(UNSAFE.search(value) or "\n" in value for value in step.outputs.values())


SCRIPTS: Final = {"in double quotes": 'echo "{}"', "in single quotes": "echo '{}'", "bare": "echo {}"}


def run_scripts(scripts: Sequence[str], folder: Path) -> list[str]:
    """Run each script in a shell of its own, and return what they left behind."""
    each = 'while IFS= read -r -d "" script; do (eval "$script") </dev/null >/dev/null 2>&1; done'
    given = b"".join(script.encode("utf-8", "replace") + b"\0" for script in scripts)
    subprocess.run(["bash", "-c", each], input=given, cwd=folder, check=False)
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_an_output_pasted_into_a_script_runs_nothing(script: str, tmp_path: Path) -> None:
    values = {
        value
        for injection in CORPUS
        for given in (
            outputs([(everywhere(injection.text), injection.text)]),
            outputs([(report(PLACES["consumer"](injection.text)), injection.text)]),
            outputs_without_report(injection.text),
        )
        for value in given.values()
    }
    scripts = [f"{script.format(value)}\necho afterwards\nwait" for value in sorted(values)]

    assert run_scripts(scripts, tmp_path) == []


POWERSHELL: Final = re.compile("[()\"'`$;&|<>\u2018-\u201e]")
"""What ends a string there or runs a command, even among words. Typographic quotation marks are quotation marks."""


def test_an_output_has_nothing_that_powershell_would_run() -> None:
    values = {
        value
        for injection in CORPUS
        for value in (
            outputs_without_report(injection.text)["reason"],
            *outputs([(report(PLACES["consumer"](injection.text)), injection.text)]).values(),
        )
    }

    # The quotation marks of a JSON list are there to be read as such; its names have none.
    assert [value for value in sorted(values) if POWERSHELL.search(value.replace('"', ""))] == []
    assert [value for value in sorted(values) if '"' in value and not value.startswith('["')] == []


@each_injection
def test_a_commit_status_is_one_short_line(injection: Injection) -> None:
    one = everywhere(injection.text)

    for text in (description(one), context(one.candidate)):
        assert len(text.splitlines()) == 1
        assert not UNSAFE.search(text)
        assert "\t" not in text
    assert len(description(one)) <= LONGEST_STATUS
    assert len(context(one.candidate)) <= 255


@each_injection
def test_junit_is_well_formed(injection: Injection) -> None:
    one = everywhere(injection.text)
    root = ET.fromstring(render_junit(one).encode())  # noqa: S314 - our own output

    assert len(root.findall("testsuite")) == len(one.entries) + 1
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "error"}
    assert int(root.attrib["failures"]) == sum(entry.integration.count(Outcome.FAILED) for entry in one.entries)


@each_injection
def test_a_saved_report_is_the_same_again(injection: Injection) -> None:
    one = everywhere(injection.text)

    again = load(dump(one).encode())
    # Half a surrogate pair cannot be written; what is left of it must look the same.
    assert render_markdown(again) == render_markdown(one)
    if not re.search("[\ud800-\udfff]", injection.text):
        assert again == one


@each_long_injection
def test_nothing_is_too_long_for_github(injection: Injection) -> None:
    one = replace(everywhere(injection.text), candidate=report().candidate, run=None)
    comment, remarks = render_comment(one), annotations(one)

    assert len(comment) <= LARGEST_COMMENT
    assert len(comment.encode()) <= COMMENT_LIMIT + len(marker(one)) + 1
    assert len(render_summary(one).encode()) <= file_commands.SUMMARY_LIMIT
    assert all(len(text) <= MESSAGE_LENGTH for remark in remarks for text in (remark.title, remark.message))
    assert len(description(one)) <= LONGEST_STATUS
    assert all(len(value) <= MESSAGE_LENGTH for value in outputs_without_report(injection.text).values())
    assert_ours(comment, begins_with=f"{marker(one)}\n")


@pytest.mark.parametrize("character", ["x", "%", "\u202e", "\U000e0041", "\ud800", "\u2028"])
def test_a_long_error_is_cut_by_us_and_not_by_the_runner(character: str, tmp_path: Path) -> None:
    command = parse(remarked(tmp_path, ("Contract Gate", character * MEBIBYTE)).raw[2], REGISTERED)

    assert command is not None
    assert len(command.data) <= MESSAGE_LENGTH


@pytest.mark.parametrize("length", [200, 5_000, 100_000])
def test_a_long_service_and_many_environments_leave_room_for_the_comment(length: int) -> None:
    usual = report().candidate
    named = replace(usual, service="x" * length)
    headed = replace(usual, environments=("production",) * (length // 10))

    for candidate in (named, headed):
        comment = render_comment(report(integration(Outcome.FAILED), candidate=candidate))
        assert len(comment) <= LARGEST_COMMENT
        assert is_comment_of(candidate, comment)
        assert not is_comment_of(replace(candidate, service=f"{candidate.service}y"), comment)


@pytest.mark.timeout(5)
def test_a_long_text_is_cut_before_it_is_worked_through() -> None:
    one = replace(everywhere("\u202e" * (MEBIBYTE // 8)), candidate=report().candidate, run=None)

    assert len(render_comment(one)) <= LARGEST_COMMENT


def test_a_long_text_does_not_flood_the_log() -> None:
    length = MEBIBYTE // 8
    one = replace(everywhere("x" * length), candidate=report().candidate, run=None)

    # Once it stands there whole: `printed` writes it to the log itself too.
    assert len(printed(one)) < 2 * length


def attacking(*what: str) -> pytest.MarkDecorator:
    """Take of the corpus what attacks these, to see that it does: an attack that is none shows nothing."""
    return pytest.mark.parametrize("injection", [one for one in CORPUS if one.attacks in what], ids=str)


@attacking("log")
def test_raw_it_is_a_command(injection: Injection) -> None:
    lines = re.split(r"\r\n|\r|\n|\v|\f|\x85|\u2028|\u2029", injection.text)

    assert any(parse(line, REGISTERED) for line in lines)


@attacking("shell")
def test_raw_it_runs_in_a_script(injection: Injection, tmp_path: Path) -> None:
    scripts = [f"{script.format(injection.text)}\necho afterwards\nwait" for script in SCRIPTS.values()]

    assert CANARY in run_scripts(scripts, tmp_path)


@attacking("markdown", "reference")
def test_raw_it_is_not_a_page_of_ours(injection: Injection) -> None:
    page = render_markdown(with_reasons(["zqz"])).replace("\n- zqz\n", f"\n- {injection.text}\n")

    with pytest.raises(AssertionError):
        assert_ours(page)
