"""The report as Markdown for GitHub: the text of comment, summary and file.

Every value is escaped unless a filter of this module made it safe, so that a template cannot forget to.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from gate.domain.contracts import short_version
from gate.domain.report import Candidate, Report
from gate.domain.results import InteractionResult
from gate.rendering import wording
from gate.rendering.safe_text import brief, visible
from gate.rendering.wording import worst_first

VALUE_LIMIT: Final = 300
MISMATCHES_SHOWN: Final = 10
WORD_JOINER: Final = "\u2060"
SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()+\-.!|~>:#$])")
LINKED: Final = re.compile(r"(@|#|www|https?|ftp|\bGH(?=\\?-\d)|\b[0-9a-f]{3}(?=[0-9a-f]{4,37}\b))", re.IGNORECASE)
"""What GitHub makes a link of after rendering, escaped or not: mentions, issues, addresses, commits."""
PAGE: Final = re.compile(r"https?://[A-Za-z0-9.:_/-]+")

COMMENT_LIMIT: Final = 60_000
"""Bytes. GitHub refuses a comment of more than 65,536 characters, and our marker and what it counts need room."""
SUMMARY_LIMIT: Final = 1_000_000
"""Bytes. The runner drops a whole summary of more than 1,048,576."""
LONGEST_KEY: Final = 1000
"""Characters. What makes a longer key is hashed."""
MARKER: Final = "<!-- contract-gate v1 "


class Safe(str):
    """Markdown that may be written as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of a report is shown."""

    reasons: int
    entries: int
    interactions: int
    """Of each entry."""
    log: bool
    """Whether the end of the provider's log is."""


DETAILS: Final = (
    Detail(reasons=10, entries=1000, interactions=20, log=True),
    Detail(reasons=10, entries=1000, interactions=3, log=False),
    Detail(reasons=10, entries=1000, interactions=0, log=False),
    Detail(reasons=10, entries=100, interactions=0, log=False),
    Detail(reasons=5, entries=10, interactions=0, log=False),
    Detail(reasons=0, entries=0, interactions=0, log=False),
)
"""From everything to the headline alone. What is left out is in the JSON report."""


def render_markdown(report: Report) -> str:
    """Render a report for a file."""
    return _render(report, DETAILS[0])


def render_summary(*reports: Report) -> str:
    """Render the reports of a run as a job summary, the worst first, with as much detail as the runner takes."""
    return "\n".join(_within(report, SUMMARY_LIMIT // len(reports)) for report in worst_first(reports))


def render_comment(report: Report) -> str:
    """Render a report as a comment, with as much detail as GitHub takes; its marker is the first line.

    Without the provider's log: the runner masks secrets in logs and summaries, and nobody does in comments.
    """
    bare = report.provider and replace(report.provider, log_tail=())
    return f"{marker(report)}\n{_within(replace(report, provider=bare), COMMENT_LIMIT)}"


def marker(report: Report) -> str:
    """Return the line by which a later run knows the comment of this one: the key first, then which run it was."""
    run = {} if report.run is None else {"run": report.run.id, "attempt": report.run.attempt, "sha": report.run.commit}
    return f"{MARKER}{_key(report.candidate)} {_inert(run)} -->"


def marker_key(candidate: Candidate) -> dict[str, object]:
    """Say what makes a comment the same one: the service, and where it is headed."""
    key: dict[str, object] = {"service": candidate.service, "environments": list(candidate.environments)}
    return key if candidate.one_contract is None else key | {"contract-of": candidate.one_contract}


def is_comment_of(candidate: Candidate, body: str) -> bool:
    """Say whether `body` is a comment that the gate wrote about the same service, headed for the same environments."""
    return body.startswith(f"{MARKER}{_key(candidate)} ")


def is_newer(body: str, report: Report) -> bool:
    """Say whether a comment of ours tells of a later run than `report` does: one that began later may end sooner.

    Of one commit whichever is told last counts: an earlier run may have been run again.
    """
    run = report.run
    found = re.match(rf'{MARKER}.* {{"run": "(\d{{1,18}})", "attempt": (\d{{1,9}}), "sha": "(\w*)"}} -->', body)
    if found is None or run is None or not re.fullmatch(r"\d{1,18}", run.id):
        return False
    if found[1] != run.id and found[3] == run.commit:
        return False
    return (int(found[1]), int(found[2])) > (int(run.id), run.attempt)


def _unlinked(line: str) -> str:
    return LINKED.sub(rf"\1{WORD_JOINER}", line)


def _key(candidate: Candidate) -> str:
    key = _inert(marker_key(candidate))
    return key if len(key) <= LONGEST_KEY else _inert({"sha256": hashlib.sha256(key.encode()).hexdigest()})


def _inert(value: object) -> str:
    """Write JSON that cannot end an HTML comment."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "\\u002d\\u002d")


def _within(report: Report, limit: int) -> str:
    texts = (_render(report, detail) for detail in DETAILS)
    return next((text for text in texts if len(text.encode()) <= limit), "")


def _render(report: Report, detail: Detail) -> str:
    return _template().render(report=report, detail=detail) + "\n"


def text(value: object) -> Safe:
    """Escape a value for running text: no markup, no mention, no link comes of it."""
    # Four blanks at the start of a line would make it code, in which our escapes are seen.
    line = re.sub("^ +", " ", brief(str(value), VALUE_LIMIT * 4))
    line = SPECIAL.sub(r"\\\1", line.replace("&", "&amp;").replace("<", "&lt;"))
    return Safe(_unlinked(line))


def html(value: object) -> Safe:
    """Escape a value for the inside of an HTML element, where Markdown's own escapes would be seen."""
    return Safe(_unlinked(escape(brief(str(value), VALUE_LIMIT)).replace("&#x27;", "'")))


def code(value: object) -> Safe:
    """Write a value as a code span that it cannot break out of, not even in a table."""
    line = brief(str(value), VALUE_LIMIT).replace("|", "\\|")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return Safe(f"{ticks}{pad}{line}{pad}{ticks}")


def page(label: object, url: str) -> Safe:
    """Link to a page of the CI run. An address that could be anything else is left out."""
    return Safe(f"[{text(label)}]({url})") if PAGE.fullmatch(url) else text(label)


def fence(value: str, language: str = "") -> Safe:
    """Write text as a code block that it cannot break out of."""
    block = visible(value)
    ticks = "`" * max(3, _longest_run(block) + 1)
    return Safe(f"{ticks}{language}\n{block}\n{ticks}")


def difference(result: InteractionResult) -> Safe:
    """Write the mismatches of an interaction as a diff: what was expected, what came."""
    lines = []
    for mismatch in result.mismatches[:MISMATCHES_SHOWN]:
        expected, actual = wording.expected_and_actual(mismatch)
        lines += [
            f"  {brief(wording.place(mismatch), VALUE_LIMIT)}: {brief(mismatch.message, VALUE_LIMIT)}",
            f"- expected  {brief(expected, VALUE_LIMIT)}",
            f"+ actual    {brief(actual, VALUE_LIMIT)}",
        ]
    if more := len(result.mismatches[MISMATCHES_SHOWN:]):
        lines.append(f"  … and {more} more")
    return fence("\n".join(lines), "diff")


def _longest_run(value: str) -> int:
    return max((len(run) for run in re.findall("`+", value)), default=0)


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
        "difference": difference,
        "page": page,
        "version": short_version,
    }
    environment.globals |= {
        "headline": wording.headline,
        "tally": wording.tally,
        "not_passed": wording.not_passed,
        "mark": wording.mark,
        "counterpart": wording.counterpart,
        "whereabouts": wording.whereabouts,
        "remark": wording.remark,
        "knows_versions": wording.knows_versions,
        "verdict_marks": wording.VERDICT_MARKS,
    }
    return environment.from_string(Path(__file__).with_name("templates").joinpath("report.md.j2").read_text("utf-8"))
