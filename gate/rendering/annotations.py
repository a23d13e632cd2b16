"""What GitHub shows above a run's log and beside the changed files: ten remarks, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult
from gate.domain.verdict import Decision, Integration, Standing
from gate.rendering import wording
from gate.rendering.safe_text import brief, one_line

ANNOTATIONS_SHOWN: Final = 10
"""The runner shows no more of a kind for one step."""
TITLE_LIMIT: Final = 200
MESSAGE_LIMIT: Final = 1000
PATH_LIMIT: Final = 1000
LAST_LINE: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One remark."""

    title: str
    message: str
    file: str = ""
    """The contract that it is about, from the repository's top on; empty where that is no file of it."""
    line: int = 0
    """Of that file, counted from 1; 0 where it is about all of it."""


def annotations(report: Report, *, one_of_several: bool = False) -> tuple[Annotation, ...]:
    """Return the remarks, at most ten: what is broken, what kept the gate from knowing, what is unverified.

    Whatever does not deploy has at least one; what does has none.

    Args:
        report: of one service.
        one_of_several: whether the run has other services too, so that each remark says which one it is about.
    """
    if report.verdict.decision is Decision.ALLOW:
        return ()
    found = list(islice(_all(report), ANNOTATIONS_SHOWN + 1))
    if not found:
        return (_annotation(wording.headline(report), "; ".join(report.verdict.reasons)),)
    if len(found) > ANNOTATIONS_SHOWN:
        rest = Annotation(title="Contract Gate", message="There is more: see the job summary.")
        found = [*found[: ANNOTATIONS_SHOWN - 1], rest]
    about = f"{report.candidate.service}: " if one_of_several else ""
    return tuple(replace(one, title=brief(f"{about}{one.title}", TITLE_LIMIT)) for one in found)


def _all(report: Report) -> Iterator[Annotation]:
    yield from _of_entries(report, Standing.BROKEN)
    for fault in report.faults:
        yield _annotation("Contracts could not be verified", str(fault))
    yield from _of_entries(report, Standing.UNVERIFIED)


def _of_entries(report: Report, standing: Standing) -> Iterator[Annotation]:
    for entry in report.entries:
        if entry.standing is standing and entry.advice is not None and entry.integration.blocks:
            results = wording.not_passed(entry)
            yield from (of_interaction(entry, result) for result in results)
            # What was never tried has its cause among the faults.
            if not results and not (report.faults and entry.integration.results):
                name = entry.integration.counterpart.name
                about = f"{name}: {entry.advice.trouble.value}"
                yield _annotation(about, entry.advice.next_action, file_of(entry.integration))


def file_of(integration: Integration) -> str:
    """Name the contract's file, if that is what it must be: a report may have been handed over by anybody.

    Its name is what a reader sees: an escaped one would be that of no file.
    """
    file = integration.file
    is_plain = len(file) <= PATH_LIMIT and file == one_line(file)
    return file if is_plain and {"", ".", ".."}.isdisjoint(file.split("/")) else ""


def of_interaction(entry: Entry, result: InteractionResult) -> Annotation:
    """Remark on an interaction that is broken, or could not be tried, at its place in the contract."""
    name, interaction = entry.integration.counterpart.name, result.interaction
    file = file_of(entry.integration)
    if not result.mismatches:
        return _annotation(
            f"{name}: {interaction.description}",
            f"{interaction.request_line} could not be tried: {result.error}",
            file,
            interaction.line,
        )
    mismatch = result.mismatches[0]
    expected, actual = wording.expected_and_actual(mismatch)
    more = f" (and {len(result.mismatches) - 1} more mismatches)" if len(result.mismatches) > 1 else ""
    again = " (it passed when it was tried again)" if result.flaky else ""
    return _annotation(
        f"{name} is broken: {interaction.description}",
        f"{interaction.request_line}{again}: {wording.place(mismatch)}: {mismatch.message} "
        f"(expected {brief(expected, 100)}, actual {brief(actual, 100)}){more}",
        file,
        interaction.line,
    )


def _annotation(title: str, message: str, file: str = "", line: int = 0) -> Annotation:
    at = line if file and 0 < line <= LAST_LINE else 0
    return Annotation(title=brief(title, TITLE_LIMIT), message=brief(message, MESSAGE_LIMIT), file=file, line=at)
