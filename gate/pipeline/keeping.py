"""Keeping results in the store: evidence that others rest on, so that it is done before the verdict."""

from collections.abc import Iterator, Sequence

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.identity import uncredited
from gate.domain.plan import changes_nothing
from gate.domain.report import Tested
from gate.domain.results import settle, succeeded
from gate.domain.reuse import Basis, evidence, stands_alone
from gate.pipeline.gate import Gate, Keeping, Progress
from gate.pipeline.reuse import basis_of
from gate.ports import Provider, Verification


def keep(gate: Gate, progress: Progress) -> None:
    """Keep what came of each contract, if what ran is the candidate. What could not be tried is nobody's result."""
    keeping, provider = gate.keeping, gate.provider
    if keeping is None or provider is None or not progress.verified:
        return
    seen = [gate.tested, *([progress.tested_after] if progress.tested_after else [])]
    unproven = _reason_not_to(gate, seen, provider, trusting=False)
    reason = unproven and _reason_not_to(gate, seen, provider, trusting=keeping.trusting)
    basis = None if unproven else basis_of(gate, *seen)
    verifications = list(_certain(progress, basis, sets_up_states=provider.sets_up_states))
    if not verifications:
        return
    if not reason:
        _keep(gate, keeping, progress, verifications)
    elif keeping.trusting:
        progress.faults.append(_not_to_be_trusted(reason))
    else:
        progress.notes = (*progress.notes, f"Results were not kept in the store: {reason}.")


def _reason_not_to(gate: Gate, seen: Sequence[Tested], provider: Provider, *, trusting: bool) -> str:
    run = provider.describe(with_log=False)
    revision = run.revision if run.image and not run.command else None
    reasons = (uncredited(gate.candidate, tested, revision, trusting=trusting) for tested in seen)
    return next((reason for reason in reasons if reason), "")


def _certain(progress: Progress, basis: Basis | None, *, sets_up_states: bool) -> Iterator[Verification]:
    """Say what came of each contract that was verified in this run: what was reused is kept already.

    What passes by flaky: allow alone is no success that others may rest on: they did not allow it.
    """
    every = progress.planned
    changing = [one for one in every if not changes_nothing(one.interactions, sets_up_states=sets_up_states)]
    for planned in every:
        results = settle(planned.interactions, planned.results.values())
        success = succeeded(results)
        if any(result.reused for result in results) or (success and any(result.flaky for result in results)):
            continue
        if success is False or (success and planned.fault is None):
            others = [one.interactions for one in changing if one is not planned]
            is_alone = basis is not None and stands_alone(planned.interactions, others, sets_up_states=sets_up_states)
            found = evidence(planned.interactions, results, basis) if basis is not None and is_alone else None
            yield Verification(contract=planned.contract, success=success, results=results, evidence=found)


def _keep(gate: Gate, keeping: Keeping, progress: Progress, verifications: list[Verification]) -> None:
    candidate = gate.candidate
    provider = PacticipantVersion(name=candidate.service, version=candidate.version, branch=candidate.branch)
    faults = keeping.keeper.keep(provider, verifications, gate.page)
    progress.faults.extend(faults)
    if kept := len(verifications) - len(faults):
        branch = f", branch {candidate.branch}" if candidate.branch else ", which is on no branch"
        counted = "1 result was" if kept == 1 else f"{kept} results were"
        progress.notes = (*progress.notes, f"{counted} kept in the store for {provider}{branch}.")


def _not_to_be_trusted(reason: str) -> Fault:
    return Fault(
        where="publish-results: always",
        what=f"the results cannot be kept: {reason}.",
        remedy="Check out the very version, unchanged (actions/checkout: ref), or set publish-results to auto.",
    )
