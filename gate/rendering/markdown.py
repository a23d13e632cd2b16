"""The report as Markdown for GitHub: comment, job summary, check run and file.

Every value is escaped unless a filter made it safe, so that a template cannot forget to. What does not fit is left out
step by step, whole parts at a time: no block stays open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from gate.domain.contracts import short_version
from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult
from gate.domain.verdict import Decision, Role, Standing
from gate.rendering import wording
from gate.rendering.acting import acting
from gate.rendering.difference import difference
from gate.rendering.escaping import Safe, code, fence, html, page, text, unbroken
from gate.rendering.graph import graph
from gate.rendering.marker import marker
from gate.rendering.reproducing import command

COMMENT_LIMIT: Final = 60_000
"""Bytes. GitHub refuses a comment of more than 65,536 characters, and our marker and what it counts need room."""
SUMMARY_LIMIT: Final = 1_000_000
"""Bytes. The runner drops a whole summary of more than 1,048,576."""
MENTIONS: Final = 10
"""People and teams that one comment tells at most."""
ALERTS: Final = {Decision.BLOCK: "CAUTION", Decision.UNKNOWN: "WARNING"}
HELP: Final = "https://github.com/contract-gate/contract-gate#reading-the-comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of a report is shown."""

    reasons: int
    entries: int
    """That are not fine."""
    fine: int
    interactions: int
    """Of each entry."""
    mismatches: int
    """Of each interaction."""
    length: int
    """Characters of an expected or an actual value."""
    graph: bool
    log: bool
    """Whether the end of the provider's log is shown."""


EVERYTHING: Final = Detail(
    reasons=10, entries=1000, fine=1000, interactions=2000, mismatches=10, length=300, graph=True, log=True
)
DETAILS: Final = (
    EVERYTHING,
    replace(EVERYTHING, fine=0, interactions=100),
    replace(EVERYTHING, fine=0, interactions=20, mismatches=5),
    replace(EVERYTHING, fine=0, interactions=10, mismatches=3, length=100),
    replace(EVERYTHING, fine=0, interactions=3, mismatches=3, length=100, log=False),
    replace(EVERYTHING, fine=0, interactions=0, graph=False, log=False),
    replace(EVERYTHING, fine=0, interactions=0, graph=False, log=False, entries=100),
    replace(EVERYTHING, fine=0, interactions=0, graph=False, log=False, entries=10, reasons=5),
    replace(EVERYTHING, fine=0, interactions=0, graph=False, log=False, entries=0, reasons=0),
)
"""From everything to the headline alone: passing rows go first, then the length of differences, then all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a page is shown."""

    limit: int | None
    rest: str
    """Where a reader finds what does not fit."""
    links_summary: bool = False
    """Whether that is the page of the run."""
    mentions: int = 0
    interactions: int = 10_000
    """That are shown at most, and one of each entry at least: how many a person looks through."""
    log: bool = True
    """Whether the provider's log may be shown: the runner masks secrets in summaries, nobody does in comments."""


FILE: Final = _Place(limit=None, rest="see the JSON report")
SUMMARY: Final = _Place(limit=SUMMARY_LIMIT, rest="see the JSON report")
CHECK: Final = _Place(limit=COMMENT_LIMIT, rest="see the job summary", links_summary=True, interactions=15, log=False)
COMMENT: Final = replace(CHECK, mentions=MENTIONS)


def render_markdown(report: Report) -> str:
    """Render a report for a file."""
    return _render(report, DETAILS[0], FILE)


def render_summary(*reports: Report) -> str:
    """Render the reports of a run as a job summary, the worst first, with as much detail as the runner takes."""
    place = replace(SUMMARY, limit=SUMMARY_LIMIT // len(reports) - len("\n"))
    return "\n".join(_within(report, place) for report in wording.worst_first(reports))


def render_comment(report: Report, key: str | None = None) -> str:
    """Render a report as a comment, with as much detail as GitHub takes; its marker is the first line.

    Args:
        report: of which the provider's log is left out.
        key: tells its comment from those of other gates with the same service and environment.
    """
    return f"{marker(report, key)}\n{_within(report, COMMENT)}"


def render_check(report: Report) -> str:
    """Render a report for a check run: as a comment, and nobody is told."""
    return _within(report, CHECK)


def _within(report: Report, place: _Place) -> str:
    pages = (_render(report, detail, place) for detail in DETAILS)
    fitting = (one for one in pages if place.limit is None or len(one.encode()) <= place.limit)
    return next(fitting, f"## {wording.VERDICT_MARKS[report.verdict.decision]} {text(wording.headline(report))}\n")


def _render(report: Report, detail: Detail, place: _Place) -> str:
    not_fine = [entry for entry in report.entries if entry.standing is not Standing.HONOURED]
    fine = [entry for entry in report.entries if entry.standing is Standing.HONOURED]
    detail = replace(
        detail,
        interactions=min(detail.interactions, max(1, place.interactions // max(1, len(not_fine)))),
        log=detail.log and place.log,
    )
    return (
        _template().render(
            report=report,
            detail=detail,
            shown=not_fine[: detail.entries],
            hidden=len(not_fine[detail.entries :]),
            fine=fine,
            acting=list(acting(report, not_fine[: detail.entries], place.mentions)),
            alert=ALERTS.get(report.verdict.decision),
            rest=_rest(report, place),
            at_hand=_at_hand(report),
            details_shown=bool(detail.interactions) and any(wording.not_passed(entry) for entry in not_fine),
            difference=_difference_in(report, detail),
        )
        + "\n"
    )


def _rest(report: Report, place: _Place) -> Safe:
    if place.links_summary and report.run is not None:
        return Safe(f"{place.rest} of {page(f'run {report.run.id}', report.run.url)}")
    return Safe(place.rest)


def _at_hand(report: Report) -> Safe:
    """Say what a laptop needs for the command that follows."""
    known = report.reproduction
    secrets = " and ".join(code(name) for name in (known.variables if known else ()))
    needed = f", and {secrets} set" if secrets else ""
    return Safe(f"See it yourself, with {code(short_version(report.candidate.version))} checked out{needed}:")


def _table(report: Report, entries: Sequence[Entry]) -> Safe:
    """Write a row for each entry: who, where it is live or where its contract is, how it came out, since when."""
    versions = wording.knows_versions(report)
    remarks = any(wording.remark(entry) for entry in entries)
    heads = ["", "counterpart", "where", "result"] if versions else ["", "consumer", "contract", "result"]
    heads += [""] if remarks else []
    rows: list[list[str]] = [
        [
            text(wording.mark(entry)),
            _counterpart(entry),
            unbroken(wording.whereabouts(entry)) if versions else code(entry.integration.source),
            unbroken(wording.tally(entry)),
            *([unbroken(wording.remark(entry))] if remarks else []),
        ]
        for entry in entries
    ]
    return Safe("\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)))


def _counterpart(entry: Entry) -> Safe:
    """Write name and version apart, so that a narrow table breaks between them."""
    one = entry.integration.counterpart
    version = f" {code(short_version(one.version))}" if one.version is not None else ""
    role = " (provider)" if entry.integration.role is Role.PROVIDER else ""
    return Safe(f"{code(one.name)}{version}{role}")


def _difference_in(report: Report, detail: Detail) -> Callable[[Entry, InteractionResult], Safe]:
    def write(entry: Entry, result: InteractionResult) -> Safe:
        lines = difference(report, entry, result, mismatches=detail.mismatches, length=detail.length)
        return fence(lines, "diff")

    return write


def _finalize(value: object) -> object:
    return value if isinstance(value, Safe) else text(value)


@cache
def _template() -> Template:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_finalize,
    )
    environment.filters |= {
        "code": code,
        "html": html,
        "fence": fence,
        "page": page,
        "version": short_version,
    }
    environment.globals |= {
        "headline": wording.headline,
        "not_passed": wording.not_passed,
        "mark": wording.mark,
        "counted": wording.counted_entries,
        "common_cause": wording.common_cause,
        "table": _table,
        "verdict_marks": wording.VERDICT_MARKS,
        "command": command,
        "graph": graph,
        "help": HELP,
        "flaky": wording.FLAKY,
    }
    return environment.from_string(Path(__file__).with_name("templates").joinpath("report.md.j2").read_text("utf-8"))
