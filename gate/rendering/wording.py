"""The words that all renderings share, so that the terminal and the comment never tell two stories."""

from typing import Final

from gate.domain.report import Candidate, Entry, Report
from gate.domain.results import NOT_TRIED, InteractionResult, Mismatch, Outcome, Where
from gate.domain.verdict import Decision, Standing, counted_interactions

HEADLINES: Final = {
    Decision.ALLOW: "can be deployed",
    Decision.BLOCK: "blocked",
    Decision.UNKNOWN: "unknown, so not deployable",
}
MARKS: Final = {Standing.HONOURED: "✅", Standing.BROKEN: "❌", Standing.UNVERIFIED: "❔"}
VERDICT_MARKS: Final = {Decision.ALLOW: "✅", Decision.BLOCK: "🚫", Decision.UNKNOWN: "❔"}
MISSING: Final = "(missing)"


def target(candidate: Candidate) -> str:
    """`orders-api → production`, or the service alone when it is headed nowhere in particular."""
    return f"{candidate.service} → {', '.join(candidate.environments)}" if candidate.environments else candidate.service


def headline(report: Report) -> str:
    """`orders-api → production: blocked`."""
    return f"{target(report.candidate)}: {HEADLINES[report.verdict.decision]}"


def version(text: str) -> str:
    """Shorten a commit to what people read; leave other versions alone."""
    is_commit = len(text) == 40 and all(digit in "0123456789abcdef" for digit in text)  # noqa: PLR2004 - SHA-1 in hex
    return text[:7] if is_commit else text


def tally(entry: Entry) -> str:
    """`2 of 14 interactions broken`."""
    integration = entry.integration
    total = len(integration.results)
    counted = counted_interactions(total)
    match entry.standing:
        case Standing.HONOURED:
            return f"{counted} honoured"
        case Standing.BROKEN:
            errored = integration.count(Outcome.ERRORED)
            also = f", {errored} could not be tried" if errored else ""
            return f"{integration.count(Outcome.FAILED)} of {counted} broken{also}"
        case _:
            if integration.fault is not None:
                return "could not be verified"
            if not total:
                return "no interactions"
            return f"{integration.count(Outcome.ERRORED)} of {counted} could not be tried"


def not_passed(entry: Entry) -> tuple[InteractionResult, ...]:
    """Select the interactions that a reader must see, failed ones first; those never tried have nothing to show."""
    results = [
        result
        for result in entry.integration.results
        if result.outcome is not Outcome.PASSED and result.error != NOT_TRIED
    ]
    return tuple(sorted(results, key=lambda result: result.outcome is not Outcome.FAILED))


def place(mismatch: Mismatch) -> str:
    """`body $.total`, `header Content-Type`, `status`."""
    return f"{mismatch.where.value} {mismatch.path}".strip()


def expected_and_actual(mismatch: Mismatch) -> tuple[str, str]:
    """Return both sides of a mismatch as they should be shown."""
    if mismatch.where is Where.STATUS:
        return mismatch.expected, mismatch.actual
    return mismatch.expected or MISSING, mismatch.actual or MISSING
