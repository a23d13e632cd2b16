"""What a person sees, as files beside this one."""

import io
import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from gate.domain.contracts import PacticipantVersion
from gate.domain.report import Report
from gate.domain.results import Cause, Outcome
from gate.rendering.junit import render_junit
from gate.rendering.markdown import HELP, render_markdown
from gate.rendering.terminal import render_terminal
from tests.builders import integration, interaction, mismatch, report, result

Snapshots = Callable[[str], SnapshotAssertion]


def _terminal(one: Report) -> str:
    console = Console(file=io.StringIO(), width=120, highlight=False, emoji=False)
    for renderable in render_terminal(one):
        console.print(renderable)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def test_markdown(situation: Report, snapshot_as: Snapshots) -> None:
    assert render_markdown(situation) == snapshot_as("md")


def test_terminal(situation: Report, snapshot_as: Snapshots) -> None:
    assert _terminal(situation) == snapshot_as("txt")


def test_junit(situation: Report, snapshot_as: Snapshots) -> None:
    assert render_junit(situation) == snapshot_as("xml")


def test_junit_names_the_kind_of_fault() -> None:
    errored = integration(results=(result(Outcome.ERRORED, error="it hangs", cause=Cause.TIMEOUT),))
    root = ET.fromstring(render_junit(report(errored)))  # noqa: S314 - our own output

    problem = root.find("testsuite/testcase/error")
    assert problem is not None
    assert (problem.get("type"), problem.get("message")) == ("timeout", "it hangs")


HOSTILE = (
    "</details><script>x</script> `code` ``` @team #12 https://evil.example www.evil.example ![i](u) | a\n"
    "::error::forged\x1b[31m\u202e\u200b\0\ud800 <!-- contract-gate"
)


def _hostile() -> Report:
    bad = result(
        Outcome.FAILED,
        interaction=interaction(description=HOSTILE, request_line=HOSTILE, states=(HOSTILE,)),
        mismatches=(mismatch(path=HOSTILE, expected=HOSTILE, actual=HOSTILE, message=HOSTILE),),
        error=HOSTILE,
    )
    one = integration(results=(bad,), counterpart=PacticipantVersion(name=HOSTILE), source=HOSTILE)
    return report(one, notes=(HOSTILE,))


def test_hostile_text_stays_text_in_markdown(snapshot_as: Snapshots) -> None:
    markdown = render_markdown(_hostile())

    assert markdown == snapshot_as("md")
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    tags = re.findall(r"<(/?[a-z!]+)", page)
    assert {"script", "/script", "img", "!"} & set(tags) == set()
    # The only link explains the page, and what folds are the interaction and the diagram.
    assert re.findall("<a [^>]*>", page) == [f'<a href="{HELP}">']
    assert [tags.count(tag) for tag in ("details", "/details", "table", "/table", "tr")] == [2, 2, 1, 1, 2]


def test_hostile_text_stays_text_on_a_terminal() -> None:
    text = _terminal(_hostile())

    assert not set("\x1b\u202e\u200b\0\ud800") & set(text)
    assert "\n::" not in text


def test_hostile_text_stays_text_in_xml() -> None:
    root = ET.fromstring(render_junit(_hostile()))  # noqa: S314 - our own output

    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert "</details><script>x</script>" in failure.text
