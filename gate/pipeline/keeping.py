"""Keeping results in the store: evidence that others rest on, so that it is done before the verdict."""

from collections.abc import Iterator

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.identity import uncredited
from gate.domain.results import settle, succeeded
from gate.pipeline.gate import Gate, Keeping, Progress
from gate.ports import Provider, Verification


def keep(gate: Gate, progress: Progress) -> None:
    """Keep what came of each contract, if what ran is the candidate. What could not be tried is nobody's result."""
    keeping, provider = gate.keeping, gate.provider
    verifications = list(_certain(progress)) if progress.verified else []
    if keeping is None or provider is None or not verifications:
        return
    reason = _reason_not_to(gate, progress, keeping, provider)
    if not reason:
        _keep(gate, keeping, progress, verifications)
    elif keeping.trusting:
        progress.faults.append(_not_to_be_trusted(reason))
    else:
        progress.notes = (*progress.notes, f"Results were not kept in the store: {reason}.")


def _reason_not_to(gate: Gate, progress: Progress, keeping: Keeping, provider: Provider) -> str:
    run = provider.describe(with_log=False)
    revision = run.revision if run.image and not run.command else None
    seen = [gate.tested, *([progress.tested_after] if progress.tested_after else [])]
    reasons = (uncredited(gate.candidate, tested, revision, trusting=keeping.trusting) for tested in seen)
    return next((reason for reason in reasons if reason), "")


def _certain(progress: Progress) -> Iterator[Verification]:
    for planned in progress.planned:
        results = settle(planned.interactions, planned.results)
        success = succeeded(results)
        if success is False or (success and planned.fault is None):
            yield Verification(contract=planned.contract, success=success, results=results)


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
