"""The words that all renderings share, so that the terminal and the comment never tell two stories."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from gate.domain.advice import Trouble
from gate.domain.contracts import PacticipantVersion
from gate.domain.live import places
from gate.domain.report import Candidate, Entry, Record, Recorded, Report
from gate.domain.results import NOT_TRIED, InteractionResult, Mismatch, Outcome, Where
from gate.domain.verdict import WORST_FIRST, Decision, Evidence, Role, Standing, counted_interactions

HEADLINES: Final = {
    Decision.ALLOW: "can be deployed",
    Decision.BLOCK: "blocked",
    Decision.UNKNOWN: "unknown, so not deployable",
}
OUTCOMES_OF_ONE: Final = {
    Decision.ALLOW: "is honoured",
    Decision.BLOCK: "is broken",
    Decision.UNKNOWN: "is not verified",
}
"""Of a run about a single contract, which says nothing of a deployment."""
GETS_ON: Final = {
    Decision.ALLOW: ", and it gets on with what is live",
    Decision.BLOCK: ", and it conflicts with what is live",
    Decision.UNKNOWN: "; unknown whether it gets on with what is live",
}
AFTER: Final = {
    Record.DEPLOYMENT: GETS_ON,
    Record.RELEASE: GETS_ON,
    Record.UNDEPLOYMENT: {
        Decision.ALLOW: ", and nobody there needed it",
        Decision.BLOCK: ", and somebody there still needs it",
        Decision.UNKNOWN: "; unknown whether somebody there still needs it",
    },
}
"""What follows from what was recorded."""
EXCEPTED: Final = ", and who does not get on with it is excepted"
MARKS: Final = {Standing.HONOURED: "✅", Standing.BROKEN: "❌", Standing.UNVERIFIED: "❓"}
HARMLESS_MARK: Final = "⏳"
VERDICT_MARKS: Final = {Decision.ALLOW: "✅", Decision.BLOCK: "🚫", Decision.UNKNOWN: "❓"}
SINCE: Final = {
    Trouble.BROKEN: "broken, since when is not known",
    Trouble.BROKEN_BEFORE: "already broken before this change",
}
"""How a class of trouble is told where it stands alone."""
MISSING: Final = "(missing)"
FLAKY: Final = "It passed when it was tried again."
"""Of a failure that was not there any more, which stays one all the same."""
COMMON: Final = 3
"""Interactions that have to have one cause for it to be told."""


def target(candidate: Candidate) -> str:
    """`orders-api → production`, or the service alone when it is headed nowhere in particular."""
    return f"{candidate.service} → {', '.join(candidate.environments)}" if candidate.environments else candidate.service


def headline(report: Report) -> str:
    """`orders-api → production: blocked`."""
    candidate = report.candidate
    if report.recorded is not None and candidate.version:  # what was done was done to a version
        named = PacticipantVersion(name=candidate.service, version=candidate.version)
        return f"{target(replace(candidate, service=str(named)))}: {outcome(report)}"
    return f"{target(candidate)}: {outcome(report)}"


def worst_first(reports: Iterable[Report]) -> list[Report]:
    """Sort the reports of several services, so that what matters most is read first."""
    return sorted(reports, key=lambda report: WORST_FIRST.index(report.verdict.decision))


def outcome(report: Report) -> str:
    """`blocked`."""
    decision, consumer = report.verdict.decision, report.candidate.one_contract
    if report.recorded is not None and not report.recorded.confirmed:
        return f"unknown whether the {report.recorded.record.value} was recorded"
    excused = any(entry.integration.is_excused for entry in report.entries) and decision is Decision.ALLOW
    if report.recorded is not None:
        after = EXCEPTED if excused else AFTER[report.recorded.record][decision]
        return f"{_recorded(report.candidate, report.recorded)}{after}"
    if excused:
        return f"{HEADLINES[decision]}, by exception"
    return HEADLINES[decision] if consumer is None else f"the contract of {consumer} {OUTCOMES_OF_ONE[decision]}"


def _recorded(candidate: Candidate, recorded: Recorded) -> str:
    """`deployment recorded`, `release recorded in staging alone`."""
    what = recorded.record.value
    if set(recorded.environments) == set(candidate.environments):
        return f"{what} recorded"
    if recorded.environments:
        return f"{what} recorded in {', '.join(recorded.environments)} alone"
    return f"{what} recorded, and at once replaced" if recorded.replaced else f"{what} not recorded"


def mark(entry: Entry) -> str:
    """Return the sign of an integration; one that is not fine and does not bind has a sign of its own."""
    return HARMLESS_MARK if is_harmless(entry) else MARKS[entry.standing]


def is_harmless(entry: Entry) -> bool:
    """Say whether an integration is not fine and blocks nobody."""
    return entry.standing is not Standing.HONOURED and not entry.integration.blocks


def knows_versions(report: Report) -> bool:
    """Say whether the contracts come from a store, which knows who is live."""
    return any(
        entry.integration.because or entry.integration.live or entry.integration.role is Role.PROVIDER
        for entry in report.entries
    )


def counterpart(entry: Entry) -> str:
    """`web-app 4f2c3d1`, `inventory-api 3.0.0 (provider)`."""
    role = " (provider)" if entry.integration.role is Role.PROVIDER else ""
    return f"{entry.integration.counterpart}{role}"


def whereabouts(entry: Entry) -> str:
    """`production since 2026-11-03`; for what is not live, why it was looked at."""
    integration = entry.integration
    nowhere = "nowhere" if integration.role is Role.PROVIDER and integration.evidence is Evidence.KEPT else ""
    return places(integration.live) or ", ".join(because.value for because in integration.because) or nowhere


def counted_entries(entries: Sequence[Entry]) -> str:
    """`1 contract is`, `12 contracts are`."""
    return "1 contract is" if len(entries) == 1 else f"{len(entries)} contracts are"


def edge(entry: Entry) -> str:
    """`2 of 14 broken`, `pending`, `honoured`: what a line between two services has room for."""
    integration = entry.integration
    if is_harmless(entry):
        return "excepted" if integration.is_excused else "pending" if integration.pending else "does not block"
    total = len(integration.results)
    if entry.standing is Standing.BROKEN and total:
        return f"{integration.count(Outcome.FAILED)} of {total} broken"
    return {Standing.HONOURED: "honoured", Standing.BROKEN: "broken", Standing.UNVERIFIED: "not verified"}[
        entry.standing
    ]


def remark(entry: Entry) -> str:
    """`broken by this change`, `pending: does not block`; nothing for what is fine."""
    if entry.advice is None:
        return ""
    exception = entry.integration.exception
    if entry.integration.is_excused and exception is not None:
        return f"{entry.advice.trouble.value} until {exception.until}"
    if entry.integration.binding:
        # That it could not be verified is said beside it.
        trouble = entry.advice.trouble
        return "" if trouble is Trouble.NOT_VERIFIABLE else SINCE.get(trouble, trouble.value)
    return "pending: does not block" if entry.integration.pending else "does not block"


def tally(entry: Entry) -> str:
    """`2 of 14 interactions broken`, `failed on 2026-11-03`."""
    integration = entry.integration
    if integration.evidence is not Evidence.VERIFIED:
        return _kept(entry) if integration.evidence is Evidence.KEPT else "left without it"
    if entry.standing is Standing.UNVERIFIED and integration.fault is not None:
        return "could not be verified"
    return tally_of(integration.results)


def tally_of(results: Sequence[InteractionResult]) -> str:
    """`2 of 14 interactions broken, 1 could not be tried`, of all results of a contract.

    What passes by `flaky: allow` alone is named: nowhere may it look as if it had simply passed.
    """
    counted = counted_interactions(len(results))
    outcomes = Counter(result.outcome for result in results)
    failed, errored = outcomes[Outcome.FAILED], outcomes[Outcome.ERRORED]
    flaky = sum(result.flaky and result.outcome is Outcome.PASSED for result in results)
    if not failed and not errored:
        which = "" if flaky == len(results) else f"{flaky} of them "
        allowed = f", {which}only when tried again" if flaky else ""
        return f"{counted} honoured{allowed}" if results else "no interactions"
    allowed = f", {flaky} honoured only when tried again" if flaky else ""
    if not failed:
        return f"{errored} of {counted} could not be tried{allowed}"
    also = f", {errored} could not be tried" if errored else ""
    return f"{failed} of {counted} broken{also}{allowed}"


def _kept(entry: Entry) -> str:
    kept = entry.integration.kept
    if kept is None and entry.integration.fault is not None and entry.integration.counterpart.version is not None:
        return "not known"
    if kept is None:
        return "not live there" if entry.integration.counterpart.version is None else "no result yet"
    when = f" on {kept.at:%Y-%m-%d}" if kept.at else ""
    return f"{'honoured' if kept.success else 'failed'}{when}"


def not_passed(entry: Entry) -> tuple[InteractionResult, ...]:
    """Select the interactions that a reader must see: see `to_be_seen`."""
    return to_be_seen(entry.integration.results)


def to_be_seen(results: Iterable[InteractionResult]) -> tuple[InteractionResult, ...]:
    """Select what did not pass, failed ones first; what was never tried has nothing to show."""
    seen = [result for result in results if result.outcome is not Outcome.PASSED and result.error != NOT_TRIED]
    return tuple(sorted(seen, key=lambda result: result.outcome is not Outcome.FAILED))


def circumstances(result: InteractionResult) -> tuple[str, ...]:
    """`It was tried twice.`, `As verified for web-app 1.1.0.`: how a result came about, where not at the first try."""
    times = {2: "twice"}.get(result.tries, f"{result.tries} times")
    again = FLAKY if result.flaky else f"It was tried {times}." if result.tries > 1 else ""
    same = f"As verified for {result.same_as}." if result.same_as else ""
    earlier = f"Verified in an earlier run: {result.reused}" if result.reused else ""
    return tuple(said for said in (again, same, earlier) if said)


def common_cause(entries: Iterable[Entry]) -> str:
    """`8 of 10 broken interactions have this in common: the key “total” is missing`; nothing where few or none have."""
    broken = [one for entry in entries for one in entry.integration.results if one.outcome is Outcome.FAILED]
    causes = Counter(message for one in broken for message in {mismatch.message for mismatch in one.mismatches})
    message, times = max(causes.items(), key=lambda cause: (cause[1], cause[0]), default=("", 0))
    if times < COMMON or 2 * times < len(broken):
        return ""
    which = f"All {times}" if times == len(broken) else f"{times} of {len(broken)}"
    return f"{which} broken interactions have this in common: {message}"


def place(mismatch: Mismatch) -> str:
    """`body $.total`, `header Content-Type`, `status`."""
    return f"{mismatch.where.value} {mismatch.path}".strip()


def expected_and_actual(mismatch: Mismatch) -> tuple[str, str]:
    """Return both sides of a mismatch as they should be shown."""
    if mismatch.where is Where.STATUS:
        return mismatch.expected, mismatch.actual
    return mismatch.expected or MISSING, mismatch.actual or MISSING
