"""The report as Markdown for GitHub: the text of comment, summary and file.

Every value is escaped unless a filter of this module made it safe, so that a template cannot forget to.
"""

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from gate.domain.report import Report
from gate.domain.results import InteractionResult
from gate.rendering import wording
from gate.rendering.safe_text import one_line, shortened, visible

VALUE_LIMIT: Final = 300
MISMATCHES_SHOWN: Final = 10
WORD_JOINER: Final = "\u2060"
SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()+\-.!|~>:#])")
LINKED: Final = re.compile(r"(@|#|www|https?|ftp)", re.IGNORECASE)


class Safe(str):
    """Markdown that may be written as it is."""

    __slots__ = ()


def render_markdown(report: Report) -> str:
    """Render a whole report."""
    return _template().render(report=report) + "\n"


def text(value: object) -> Safe:
    """Escape a value for running text: no markup, no mention, no link comes of it."""
    line = shortened(one_line(str(value)), VALUE_LIMIT * 4)
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    line = SPECIAL.sub(r"\\\1", line)
    return Safe(LINKED.sub(rf"\1{WORD_JOINER}", line))


def html(value: object) -> Safe:
    """Escape a value for the inside of an HTML element, where Markdown's own escapes would be seen."""
    line = escape(shortened(one_line(str(value)), VALUE_LIMIT))
    return Safe(LINKED.sub(rf"\1{WORD_JOINER}", line.replace("&#x27;", "'")))


def code(value: object) -> Safe:
    """Write a value as a code span that it cannot break out of, not even in a table."""
    line = shortened(one_line(str(value)), VALUE_LIMIT).replace("|", "\\|")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return Safe(f"{ticks}{pad}{line}{pad}{ticks}")


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
            f"  {one_line(wording.place(mismatch))}: {shortened(one_line(mismatch.message), VALUE_LIMIT)}",
            f"- expected  {shortened(one_line(expected), VALUE_LIMIT)}",
            f"+ actual    {shortened(one_line(actual), VALUE_LIMIT)}",
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
        "version": wording.version,
    }
    environment.globals |= {
        "headline": wording.headline,
        "tally": wording.tally,
        "not_passed": wording.not_passed,
        "marks": wording.MARKS,
        "verdict_marks": wording.VERDICT_MARKS,
    }
    return environment.from_string(Path(__file__).with_name("templates").joinpath("report.md.j2").read_text("utf-8"))
