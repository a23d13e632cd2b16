"""The mismatches of an interaction as a diff: what its consumer expects, and what the service answered instead."""

from typing import Final

from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult, Mismatch, Where
from gate.rendering import wording
from gate.rendering.safe_text import brief

NAME_LIMIT: Final = 80


def difference(report: Report, entry: Entry, result: InteractionResult, *, mismatches: int, length: int) -> str:
    """Write the mismatches one after another, each under the place that it is about.

    Args:
        report: says who answered.
        entry: says who expects it.
        result: has the mismatches.
        mismatches: how many are shown; the others are counted.
        length: characters of one value.
    """
    lines = [
        f"--- {brief(entry.integration.counterpart.name, NAME_LIMIT)} expects",
        f"+++ {brief(report.candidate.service, NAME_LIMIT)} answers",
    ]
    for mismatch in result.mismatches[:mismatches]:
        expected, actual = wording.expected_and_actual(mismatch)
        lines += [
            _place(mismatch, length),
            f"- {brief(expected, length)}",
            f"+ {brief(actual, length)}",
        ]
    if more := len(result.mismatches) - mismatches:
        lines += [f"@@ … and {more} more @@"] if more > 0 else []
    return "\n".join(lines)


def _place(mismatch: Mismatch, length: int) -> str:
    place = f"@@ {brief(wording.place(mismatch), length)} @@"
    # Of a status there is nothing to add to the two numbers.
    return place if mismatch.where is Where.STATUS else f"{place} {brief(mismatch.message, length)}".rstrip()
