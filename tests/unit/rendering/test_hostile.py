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

from gate.clients.actions_runner import Remark, RunnerLog, write_outputs
from gate.domain.report import Candidate, Report, Reproduction, Run
from gate.domain.results import Outcome
from gate.domain.verdict import Evidence
from gate.rendering.annotations import ANNOTATIONS_SHOWN, annotations
from gate.rendering.junit import render_junit
from gate.rendering.markdown import (
    COMMENT_LIMIT,
    HELP,
    render_check,
    render_comment,
    render_markdown,
    render_summary,
)
from gate.rendering.marker import is_comment_of, marker
from gate.rendering.outputs import OUTPUTS, outputs, outputs_without_report
from gate.rendering.report_json import dump, load
from gate.rendering.safe_text import log_line
from gate.rendering.status import context, description
from gate.rendering.wording import HARMLESS_MARK, MARKS, not_passed
from gate.reporters.terminal import Terminal, console
from tests.acceptance.actions_runner import file_commands
from tests.acceptance.actions_runner.commands import REGISTERED, parse
from tests.acceptance.actions_runner.log import MESSAGE_LENGTH, Annotation, StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.builders import candidate, contract, extent, integration, report
from tests.hostile import (
    CANARY,
    CORPUS,
    LONG,
    MEBIBYTE,
    PAGE,
    PLACES,
    TAGGED,
    UNSHOWN,
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
    "issue": re.compile(r"#\d|\bGH-\d", re.IGNORECASE),
    "address": re.compile(r"(https?|ftp)://|www\.", re.IGNORECASE),
    "commit": re.compile(r"\b[\da-f]{7,40}\b", re.IGNORECASE),
    "emoji": re.compile(r":[\w+-]+:"),
    "formula": re.compile(r"\$"),
}
"""What GitHub makes of plain text. Source: "Autolinked references and URLs", "Writing mathematical expressions", "Using
emoji", and GFM's section 6.9."""
MENTION: Final = re.compile(r"@\w[\w-]*(?:/[\w-]+)?")

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

HTML_TEXT: Final = r"(?:[^<>$]|<span>\$</span>)*"
SUMMARY: Final = re.compile(
    rf"<details(?: open)?><summary>({HTML_TEXT})"
    rf"(?:<b>({HTML_TEXT})</b>({HTML_TEXT})<code>({HTML_TEXT})</code>)?</summary>\n"
)
"""What folds. Without the blank line after it GitHub reads no Markdown in what follows."""
FOLDED: Final = {
    "mermaid": re.compile(rf"<details><summary>The neighbourhood of {HTML_TEXT}</summary>\n"),
    "": re.compile(r"<details><summary>The end of the provider's log</summary>\n"),
}
"""In what a fence stands alone."""
HEADS: Final = {
    ("", "counterpart", "where", "result", ""),
    ("", "counterpart", "where", "result"),
    ("", "consumer", "contract", "result", ""),
    ("", "consumer", "contract", "result"),
}
SIGNS: Final = {*MARKS.values(), HARMLESS_MARK}
LABEL: Final = r"(?:[^\W_]|[ .,:/_+\-→()]|[#]\d+;)+"
DIAGRAM: Final = re.compile(
    rf"""flowchart\ LR\n
    \ \ s\(\["{LABEL}"\]\)\n
    (\ \ n\d+\["{LABEL}"\]\n)+
    (\ \ (n\d+\ (--\ "{LABEL}"\ -->|-\.\ "{LABEL}"\ \.->)\ s|s\ (--\ "{LABEL}"\ -->|-\.\ "{LABEL}"\ \.->)\ n\d+)\n)+
    (\ \ more\["and\ \d+\ more"\]\ -\.-\ s\n)?
    (\ \ (linkStyle\ \d+(,\d+)*|style\ n\d+)\ stroke:\#[0-9a-f]{{6}},stroke-width:3px\n)*""",
    re.VERBOSE,
)
"""All that our diagrams consist of; Mermaid knows much more."""

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
    def links(self) -> list[object]:
        return [span.attrs.get("href") for span in self.spans if span.type == "link_open"]

    @cached_property
    def summaries(self) -> list[tuple[str, ...]]:
        """Of each summary what stands before the bold, the bold, what follows, and its code."""
        found = (SUMMARY.fullmatch(block.content) for block in self.of("html_block"))
        return [tuple(unescape(_priced(part or "")) for part in one.groups()) for one in found if one]

    @cached_property
    def plain(self) -> list[str]:
        """Each run of text outside code, in which GitHub looks for references."""
        summaries = [part.replace("$", "\n") for one in self.summaries for part in one[:3]]
        return [*summaries, *(run for block in self.of("inline") for run in _runs(block.children or ()))]

    @cached_property
    def code(self) -> list[str]:
        spans = [span.content for span in (*self.spans, *self.blocks) if span.type in {"code_inline", "fence"}]
        return [*spans, *(one[3] for one in self.summaries)]

    @cached_property
    def words(self) -> str:
        """Everything that can be read, without the marks that keep references from being linked."""
        return "\n".join([*self.plain, *self.code]).replace("\u2060", "")

    @cached_property
    def told(self) -> list[str]:
        """Whom GitHub tells."""
        return [name for text in self.plain for name in MENTION.findall(text)]


def _priced(html: str) -> str:
    return html.replace("<span>$</span>", "$")


def _runs(spans: Sequence[Token]) -> Iterator[str]:
    """Join what is text. A dollar of ours, in an element of its own, ends a run."""
    run, before = "", ""
    for span in spans:
        if span.type in {"text", "text_special"} and not (before == "<span>" and span.content == "$"):
            run += span.content
        else:
            yield run
            run = ""
        before = span.content
    yield run


def assert_ours(markdown: str, *, begins_with: str = "", tells: Sequence[str] = ()) -> Page:
    """Assert that a page has nothing but what our template writes.

    Args:
        markdown: of the page.
        begins_with: the marker of a comment.
        tells: whom it tells by name, in the list of who acts; nobody else is told.
    """
    assert markdown.startswith(begins_with)
    page = Page(markdown)
    blocks = page.blocks
    assert {block.type for block in blocks} <= BLOCKS
    assert {span.type for span in page.spans} <= SPANS
    assert [block.tag for block in page.of("heading_open")] == ["h2"]
    assert blocks[1 if begins_with else 0].type == "heading_open"
    _assert_html(page, begins_with)
    _assert_spans(page)
    _assert_alert(page)
    _assert_fences(page)
    _assert_tables(page)
    for text in page.plain:
        for name, pattern in REFERENCES.items():
            assert not pattern.search(text), f"a reader would see a link: {name}"
    assert page.told == list(tells)
    acting = "\n".join(line for line in markdown.split("\n") if line.startswith("- `"))
    assert MENTION.findall(re.sub("(`+)[^`].*?\\1", "", acting)) == list(tells)
    assert not UNSAFE.search(markdown.replace("\u2060", ""))
    return page


def _assert_html(page: Page, begins_with: str) -> None:
    html = [block.content for block in page.of("html_block")]
    if begins_with:
        assert html.pop(0) == begins_with
    assert all(SUMMARY.fullmatch(one) or one == "</details>\n" for one in html)
    # Opened and closed in turn: details of ours never hold others.
    assert [one == "</details>\n" for one in html] == [False, True] * (len(html) // 2)
    # Elements within a line: the last line is small, and dollars stand alone.
    *others, last = [block.children or [] for block in page.of("inline")]
    assert (last[0].content, last[-1].content) == ("<sub>", "</sub>")
    for spans in (*others, last[1:-1]):
        html = [span.content for span in spans if span.type == "html_inline"]
        dollars = [number for number, span in enumerate(spans) if span.content == "<span>"]
        assert html == ["<span>", "</span>"] * len(dollars)
        assert all([span.content for span in spans[at : at + 3]] == ["<span>", "$", "</span>"] for at in dollars)


def _assert_spans(page: Page) -> None:
    *_, last = page.of("inline")
    footer = [span.attrs.get("href") for span in last.children or () if span.type == "link_open"]
    assert footer in ([HELP], [PAGE, HELP])
    # The other links say where the rest is.
    assert page.links[: -len(footer)] == [PAGE] * (len(page.links) - len(footer))
    # An unescaped bracket could be a footnote, a task or an alert, of which the library knows nothing.
    bracketed = [span.content for span in page.spans if span.type == "text" and "[" in span.content]
    assert bracketed in ([], ["[!CAUTION]"], ["[!WARNING]"])
    strong = [
        block.content for block in page.of("inline") if any(s.type == "strong_open" for s in block.children or ())
    ]
    assert strong in ([], ["**Who acts**"], ["**Interactions**"], ["**Who acts**", "**Interactions**"])
    # Bots take orders at the beginning of a line.
    fenced = {number for fence in page.of("fence") for number in range(*(fence.map or ()))}
    lines = enumerate(page.markdown.split("\n"))
    assert [line for number, line in lines if number not in fenced and re.match(r"[>\s-]*/", line)] == []


def _assert_alert(page: Page) -> None:
    """What is said first is boxed when it does not deploy; whatever else is quoted is a note."""
    first = next(number for number, block in enumerate(page.blocks) if block.type == "heading_close") + 1
    boxed = re.match(r"^> \[!(CAUTION|WARNING)\]\n> ", page.markdown.split("\n\n", 2)[1] + "\n> ")
    assert bool(boxed) == (page.blocks[first].type == "blockquote_open")
    if boxed:
        inline = page.blocks[first + 2]
        assert inline.content.split("\n")[0] == f"[!{boxed[1]}]"


def _assert_fences(page: Page) -> None:
    lines = page.markdown.split("\n")
    for number, block in enumerate(page.blocks):
        if block.type != "fence":
            continue
        assert block.map is not None
        assert block.level == 0
        assert lines[block.map[1] - 1] == block.markup
        assert block.info in {"diff", "sh", "mermaid", ""}
        if block.info in FOLDED:
            assert FOLDED[block.info].fullmatch(page.blocks[number - 1].content)
            assert page.blocks[number + 1].content == "</details>\n"
        if block.info == "mermaid":
            assert DIAGRAM.fullmatch(block.content)
        if block.info == "sh":
            assert re.fullmatch(
                r"gate (verify|can-i-deploy)( .*)?( \\\n  --(consumer|interaction) .*)?\n", block.content
            )
        if block.info == "diff":
            expects, answers, *differences = block.content.removesuffix("\n").split("\n")
            assert expects.startswith("--- ")
            assert answers.startswith("+++ ")
            assert re.fullmatch("(@-\\+)+@?", "".join(line[0] for line in differences))


def _assert_tables(page: Page) -> None:
    """Look at the source of each row: the library evens rows out, and so does GitHub."""
    lines = page.markdown.split("\n")
    for table in page.of("table_open"):
        assert table.map is not None
        head, rule, *others = lines[slice(*table.map)]
        heads = tuple(cell.strip() for cell in head.removeprefix("|").removesuffix("|").split("|"))
        assert heads in HEADS
        assert rule == f"| {' | '.join(['---'] * len(heads))} |"
        for row in others:
            assert len(re.findall(r"(?<!\\)\|", row)) == len(heads) + 1
            assert row.startswith("| ")
            assert row.endswith(" |")
            assert row[2:].partition(" ")[0] in SIGNS


def rows(page: Page) -> int:
    """Count the rows below the heads."""
    return len(page.of("tr_open")) - len(page.of("thead_open"))


@each_injection
def test_a_page_full_of_it_holds_nothing_but_ours(injection: Injection) -> None:
    one = everywhere(injection.text)
    comment = render_comment(one, injection.text)
    begins = f"{marker(one, injection.text)}\n"
    # Only a name of GitHub's that stands alone is told, only in the comment, and once.
    tells = [injection.text] if injection.text == "@octocat" else []

    for page in (
        assert_ours(render_markdown(one)),
        assert_ours(comment, begins_with=begins, tells=tells),
    ):
        assert rows(page) == len(one.entries)
        assert page.links[-2:] == [PAGE, HELP]
        # Consumers, sources, requests, mismatches, errors, advice, notes, log: each shows all of the text's letters.
        for word in re.findall(r"[A-Za-z0-9]+", injection.text):
            assert page.words.count(word) >= 20
    assert render_summary(one) == render_markdown(one)
    # A check run says the same, and tells nobody.
    assert f"{begins}{render_check(one)}".replace("\u2060", "") == comment.replace("\u2060", "")
    assert (render_check(one) == comment.removeprefix(begins)) == (not tells)
    assert comment.split("\n").count(begins.rstrip()) == 1
    assert is_comment_of(one.candidate, comment, injection.text)
    assert not is_comment_of(one.candidate, comment)


@each_injection
def test_a_run_about_one_contract_holds_nothing_but_ours(injection: Injection) -> None:
    one = report(integration(Outcome.FAILED), candidate=candidate(environments=(), one_contract=injection.text))

    assert_ours(render_comment(one), begins_with=f"{marker(one)}\n")
    assert is_comment_of(one.candidate, render_comment(one))


@pytest.mark.parametrize("place", PLACES)
def test_all_of_them_at_one_place_swallow_nothing(place: str) -> None:
    one = whole_corpus(place)
    page = assert_ours(render_markdown(one))

    assert rows(page) == len(one.entries)
    shown = [text for text in TAGGED if text.split()[-1] in page.words]
    assert len(shown) >= (0 if place in UNSHOWN else len(TAGGED))
    assert_ours(render_summary(one))
    assert_ours(render_comment(one), begins_with=f"{marker(one)}\n")


@pytest.mark.parametrize("first", range(0, len(TAGGED), 10))
def test_reasons_notes_log_and_advice_swallow_nothing(first: int) -> None:
    texts = TAGGED[first : first + 10]
    noted, advised = assert_ours(render_markdown(with_reasons(texts))), assert_ours(render_markdown(with_advice(texts)))

    assert len(noted.of("list_item_open")) == 2 * len(texts) + 1
    assert len(noted.of("blockquote_open")) == 2
    assert [fence.info for fence in noted.of("fence")] == ["", "diff", "sh", "mermaid"]
    for text in texts:
        assert noted.words.count(text.split()[-1]) == 4
        assert advised.words.count(text.split()[-1]) == 3


@pytest.mark.parametrize("reasons", [("",), (" ",), ("", "b"), ("\u3000", "b", ""), ("===",), ("---",), ("/approve",)])
def test_a_reason_that_says_nothing_leaves_the_box_as_it_is(reasons: tuple[str, ...]) -> None:
    page = assert_ours(render_markdown(replace(with_reasons(reasons), notes=())))

    assert len(page.of("blockquote_open")) == 1
    assert page.words.count("…") == sum(not reason.strip() for reason in reasons)


@each_injection
def test_a_link_leads_to_our_run_or_nowhere(injection: Injection) -> None:
    run = Run(repository="acme/orders-api", event="push", commit="a", id=injection.text, attempt=1, url=PAGE)
    ours = replace(report(integration(Outcome.PASSED)), run=run)
    elsewhere = replace(ours, run=replace(run, url=f"{PAGE}{injection.text})"))

    assert assert_ours(render_summary(ours)).links == [PAGE, HELP]
    assert assert_ours(render_summary(elsewhere)).links == [HELP]


@each_injection
def test_a_comment_belongs_to_one_service_alone(injection: Injection) -> None:
    def about(service: str, *environments: str) -> Candidate:
        return candidate(service=service, environments=environments)

    text = f"{injection.text}!"
    named, headed = about(text), about("orders-api", text)
    both = about("orders-api", "production", text)
    comments = {
        one: render_comment(report(integration(Outcome.FAILED), candidate=one)) for one in (named, headed, both)
    }

    for one, body in comments.items():
        assert [other for other in (named, headed, both) if is_comment_of(other, body)] == [one]
        assert not is_comment_of(about("orders-api"), body)
        assert not is_comment_of(about("orders-api", "production"), body)


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
            of_it = contract(consumer=entry.integration.counterpart, source=entry.integration.source)
            terminal.verifying(extent())  # each is the first, of which no details are left out
            terminal.through(of_it, entry.integration.results)
        terminal.finished(one)
        # And what a library or a traceback may say, without a line's end.
        log.write(one.entries[-1].integration.source)
    log.resume_commands()
    return content.getvalue()


@pytest.fixture(autouse=True)
def _a_plain_log(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def assert_inert(one: Report, folder: Path) -> None:
    """Assert that the runner finds no command in a log but our folds, not even without the fences around the rest."""
    content = printed(one)
    step = runner_reads(content, folder)
    tokens = [found[1] for line in step.raw if (found := re.fullmatch("::stop-commands::([0-9a-f]{32})", line))]
    folds = [entry for entry in one.entries if not_passed(entry)]
    a_fold = ("fence", "group", "stop-commands", "fence", "endgroup", "stop-commands")
    commands = [parse(line, REGISTERED | set(tokens)) for line in step.raw]
    fences = dict.fromkeys(tokens, "fence")
    names = [fences.get(command.name, command.name) for command in commands if command is not None]

    assert names == ["stop-commands", *(name for _ in folds for name in a_fold), "fence"]
    assert len(set(tokens)) == len(tokens) == 2 * len(folds) + 1
    effects = (step.annotations, dict(step.outputs), step.state, step.matchers, step.failed)
    assert effects == ([], {}, {}, [], False)
    assert not UNSAFE.search(content.decode())
    assert b"\r" not in content


@each_injection
def test_the_log_holds_no_command(injection: Injection, tmp_path: Path) -> None:
    assert_inert(everywhere(injection.text), tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_the_log_with_all_of_them_at_one_place_holds_no_command(place: str, tmp_path: Path) -> None:
    assert_inert(whole_corpus(place), tmp_path)


def test_the_log_with_reasons_notes_and_advice_holds_no_command(tmp_path: Path) -> None:
    assert_inert(with_reasons(TAGGED), tmp_path)
    assert_inert(with_advice(TAGGED), tmp_path)


def remarked(folder: Path, *remarks: Remark) -> StepLog:
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
    step = remarked(tmp_path, *(Remark(*one) for one in remarks))

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
    step = remarked(tmp_path, Remark(text, text))

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
    tags = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped"}
    assert {element.tag for element in root.iter()} == tags
    failed = [entry.integration.count(Outcome.FAILED) for entry in one.entries if entry.integration.blocks]
    left_alone = [entry for entry in one.entries if entry.integration.evidence is Evidence.GONE]
    assert int(root.attrib["failures"]) == sum(failed) + len(left_alone)


@each_injection
def test_a_saved_report_is_the_same_again(injection: Injection) -> None:
    one = everywhere(injection.text)

    again = load(dump(one).encode())
    # Half a surrogate pair cannot be written; what is left of it must look the same, and may be said in a command.
    shown, before = (render_markdown(replace(each, reproduction=None)) for each in (again, one))
    assert shown == before
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
    command = parse(remarked(tmp_path, Remark("Contract Gate", character * MEBIBYTE)).raw[2], REGISTERED)

    assert command is not None
    assert len(command.data) <= MESSAGE_LENGTH


@pytest.mark.parametrize("length", [200, 5_000, 100_000])
def test_a_long_service_and_many_environments_leave_room_for_the_comment(length: int) -> None:
    usual = report().candidate
    named = replace(usual, service="x" * length)
    headed = replace(usual, environments=("production",) * (length // 10))

    for long in (named, headed):
        comment = render_comment(report(integration(Outcome.FAILED), candidate=long))
        assert len(comment) <= LARGEST_COMMENT
        assert is_comment_of(long, comment)
        assert not is_comment_of(replace(long, service=f"{long.service}y"), comment)


@pytest.mark.timeout(5)
def test_a_long_text_is_cut_before_it_is_worked_through() -> None:
    one = replace(everywhere("\u202e" * (MEBIBYTE // 8)), candidate=report().candidate, run=None)

    assert len(render_comment(one)) <= LARGEST_COMMENT


def test_a_long_text_does_not_flood_the_log() -> None:
    length = MEBIBYTE // 8
    one = replace(everywhere("x" * length), candidate=report().candidate, run=None)

    # Once it stands there whole: `printed` writes it to the log itself too.
    assert len(printed(one)) < 3 * length


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
    page = render_markdown(with_reasons(["zqz"])).replace("\n> zqz\n", f"\n> {injection.text}\n")

    with pytest.raises(AssertionError):
        assert_ours(page)


@attacking("diagram")
def test_raw_it_is_more_than_a_label(injection: Injection) -> None:
    page = render_markdown(report(PLACES["consumer"]("zqz"))).replace('"zqz"', f'"{injection.text}"')

    with pytest.raises(AssertionError):
        assert_ours(page)


@pytest.mark.parametrize(
    ("ours", "forged"),
    [
        ("</details>\n", ""),
        ("</details>\n", "</details></details>\n"),
        ("</summary>\n\n", "</summary>\n"),
        ("<details open>", "<details ontoggle=a>"),
        ("<b>zqz</b>", "<b>zqz</b><img src=a>"),
        ("\n```\n", "\n"),
        ("```diff\n", "```\n"),
        ("```mermaid\n", "```geojson\n"),
        ("```sh\ngate", "```sh\nrm"),
        ("\n- 19.9\n", "\n- 19.9\nforged\n"),
        ("> [!CAUTION]\n", "> [!NOTE]\n"),
        ("> [!CAUTION]\n", ""),
        ("**Who acts**", "**All is well**"),
        ("| ❌ |", "| 😀 |"),
        ("| ❌ |", "| ❌ | a |"),
        ("| counterpart |", "| who |"),
        ("#reading-the-comment", "#a"),
        (PAGE, "https://evil.example"),
        ("- `zqz`: ", "- `zqz`: @octocat "),
        ("\n<sub>", "\n/approve\n\n<sub>"),
        ("\n<sub>", "\n<!-- -->\n\n<sub>"),
        ("</sub>", "</sub>\n\nforged"),
        ("\n<sub>", "\n- [x] a\n\n<sub>"),
        ("\n<sub>", "\n> [!CAUTION]\n> a\n\n<sub>"),
        ("\n<sub>", "\na <span>b</span>\n\n<sub>"),
        ("  style n0", "  click n0"),
    ],
)
def test_a_page_that_is_not_quite_ours_is_not_ours(ours: str, forged: str) -> None:
    run = Run(repository="a/b", event="push", commit="c", id="12", attempt=1, url=PAGE)
    started = Reproduction(options=("--service", "orders-api"))
    page = render_markdown(report(PLACES["environment"]("zqz"), run=run, reproduction=started))
    page = page.replace("web-checkout", "zqz").replace("web\\-checkout", "zqz")

    assert_ours(page)
    assert ours in page
    with pytest.raises(AssertionError):
        assert_ours(page.replace(ours, forged))
