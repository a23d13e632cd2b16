"""The check run: the report beside a commit, with remarks at the contract files that are in the repository."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from gate.domain.report import Candidate, Report
from gate.domain.verdict import Decision
from gate.rendering import status, wording
from gate.rendering.annotations import file_of, of_interaction
from gate.rendering.markdown import render_check

ANNOTATIONS_LIMIT: Final = 500
"""That many are sent at most, the worst first. Who has more broken interactions than that reads the summary."""

CONCLUSIONS: Final = {Decision.ALLOW: "success", Decision.BLOCK: "failure", Decision.UNKNOWN: "failure"}
"""`neutral` and `skipped` would satisfy a branch protection rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """What there is to tell."""

    name: str
    conclusion: str
    title: str
    summary: str
    """Markdown."""
    annotations: tuple[Mapping[str, str | int], ...]
    """As GitHub takes them."""


def check_run(report: Report) -> CheckRun:
    """Write a report as a check run."""
    title = status.description(report)
    return CheckRun(
        name=check_name(report.candidate),
        conclusion=CONCLUSIONS[report.verdict.decision],
        title=title,
        summary=render_check(report),
        annotations=tuple(islice(_annotations(report), ANNOTATIONS_LIMIT)),
    )


def check_name(candidate: Candidate) -> str:
    """`Contract Gate: orders-api (production)`: never the name of the commit status, as a rule may ask for either."""
    return status.named("Contract Gate: ", candidate)


def _annotations(report: Report) -> Iterator[Mapping[str, str | int]]:
    for entry in report.entries:
        if not file_of(entry.integration):
            continue
        for result in wording.not_passed(entry):
            remark = of_interaction(entry, result)
            yield {
                "path": remark.file,
                "start_line": remark.line or 1,
                "end_line": remark.line or 1,
                "annotation_level": "failure" if entry.integration.blocks else "warning",
                "title": remark.title,
                "message": remark.message,
            }
