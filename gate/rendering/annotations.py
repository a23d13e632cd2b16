"""What GitHub shows above a run's log and beside the changed files: ten remarks, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult
from gate.domain.verdict import Decision, Standing
from gate.rendering import wording
from gate.rendering.safe_text import brief

ANNOTATIONS_SHOWN: Final = 10
"""The runner shows no more of a kind for one step."""
TITLE_LIMIT: Final = 200
MESSAGE_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One remark."""

    title: str
    message: str


def annotations(report: Report) -> tuple[Annotation, ...]:
    """Return the remarks, at most ten: what is broken, what kept the gate from knowing, what is unverified.

    Whatever does not deploy has at least one; what does has none.
    """
    if report.verdict.decision is Decision.ALLOW:
        return ()
    found = list(islice(_all(report), ANNOTATIONS_SHOWN + 1))
    if not found:
        return (_annotation(wording.headline(report), "; ".join(report.verdict.reasons)),)
    if len(found) <= ANNOTATIONS_SHOWN:
        return tuple(found)
    rest = Annotation(title="Contract Gate", message="There is more: see the job summary.")
    return (*found[: ANNOTATIONS_SHOWN - 1], rest)


def _all(report: Report) -> Iterator[Annotation]:
    yield from _of_entries(report, Standing.BROKEN)
    for fault in report.faults:
        yield _annotation("Contracts could not be verified", str(fault))
    yield from _of_entries(report, Standing.UNVERIFIED)


def _of_entries(report: Report, standing: Standing) -> Iterator[Annotation]:
    for entry in report.entries:
        if entry.standing is standing and entry.advice is not None and entry.integration.blocks:
            results = wording.not_passed(entry)
            yield from (_interaction(entry, result) for result in results)
            # What was never tried has its cause among the faults.
            if not results and not (report.faults and entry.integration.results):
                name = entry.integration.counterpart.name
                yield _annotation(f"{name}: {entry.advice.trouble.value}", entry.advice.next_action)


def _interaction(entry: Entry, result: InteractionResult) -> Annotation:
    name, interaction = entry.integration.counterpart.name, result.interaction
    if not result.mismatches:
        return _annotation(
            f"{name}: {interaction.description}", f"{interaction.request_line} could not be tried: {result.error}"
        )
    mismatch = result.mismatches[0]
    expected, actual = wording.expected_and_actual(mismatch)
    more = f" (and {len(result.mismatches) - 1} more mismatches)" if len(result.mismatches) > 1 else ""
    return _annotation(
        f"{name} is broken: {interaction.description}",
        f"{interaction.request_line}: {wording.place(mismatch)}: {mismatch.message} "
        f"(expected {brief(expected, 100)}, actual {brief(actual, 100)}){more}",
    )


def _annotation(title: str, message: str) -> Annotation:
    return Annotation(title=brief(title, TITLE_LIMIT), message=brief(message, MESSAGE_LIMIT))
