"""Contracts that the very same honoured in an earlier run, and that are not tried again."""

from collections.abc import Sequence
from typing import Final

from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import StoreError
from gate.domain.plan import changes_nothing
from gate.domain.redaction import redacted
from gate.domain.report import Tested
from gate.domain.results import InteractionResult
from gate.domain.reuse import Basis, code_of, may_reuse, reused, stands_alone
from gate.pipeline.gate import Gate, Planned, Progress, Reusing
from gate.pipeline.news import tell
from gate.ports import Provider

RUNS_NAMED: Final = 3
Results = tuple[InteractionResult, ...]


def reuse(gate: Gate, progress: Progress) -> None:
    """Give contracts the results of an earlier run. All others are left to be verified."""
    open_ones = [one for one in progress.planned if one.interactions and one.fault is None and not one.results]
    basis = basis_of(gate, gate.tested) if open_ones and may_reuse(gate.run) else None
    if basis is None or gate.reusing is None or gate.provider is None:
        return
    try:
        found = _found(gate, gate.reusing, basis, open_ones)
    except StoreError as error:
        note = f"Nothing was reused of earlier runs, as the store cannot say what they found: {error}"
        progress.notes = (*progress.notes, note)
        return
    if sum(map(bool, found)) < len(open_ones):
        found = _without_traces(gate.provider, open_ones, found)
    for planned, results in zip(open_ones, found, strict=True):
        _take(gate, planned, results)
    progress.notes = (*progress.notes, *_told([results for results in found if results]))


def basis_of(gate: Gate, *seen: Tested) -> Basis | None:
    """Return what results of this run rest on; None where no later run may rest on them, nor this one on others'.

    Args:
        gate: of the run.
        seen: what was in the workspace, each time that somebody looked.
    """
    if gate.reusing is None or gate.run is None:
        return None
    first, *others = (code_of(gate.candidate, tested, pinned=gate.reusing.pinned) for tested in seen)
    return gate.reusing.basis(first) if first and all(code == first for code in others) else None


def _found(gate: Gate, reusing: Reusing, basis: Basis, work: Sequence[Planned]) -> list[Results]:
    """Ask the store, and return for each contract what came of it, nothing where that is not known."""
    candidate = gate.candidate
    this = PacticipantVersion(name=candidate.service, version=candidate.version, branch=candidate.branch)
    passed = reusing.earlier.passed(this, [planned.contract for planned in work])
    return [
        reused(planned.interactions, passed[planned.contract.key], basis) if planned.contract.key in passed else ()
        for planned in work
    ]


def _without_traces(provider: Provider, work: Sequence[Planned], found: Sequence[Results]) -> list[Results]:
    """Leave out what could make a difference to the others, where there are others to be verified."""
    states = provider.sets_up_states
    left = [planned.interactions for planned, results in zip(work, found, strict=True) if not results]
    if all(stands_alone(one, [planned.interactions for planned in work], sets_up_states=states) for one in left):
        return list(found)
    return [
        results if changes_nothing(planned.interactions, sets_up_states=states) else ()
        for planned, results in zip(work, found, strict=True)
    ]


def _take(gate: Gate, planned: Planned, results: Results) -> None:
    shown = tuple(redacted(result, gate.redact) for result in results)
    for interaction, result in zip(planned.interactions, shown, strict=False):
        planned.results[interaction.position] = result
    if shown:
        tell(gate, lambda reporter: reporter.through(planned.contract, shown))


def _told(found: Sequence[Results]) -> list[str]:
    """Say what was not tried, and who did."""
    runs = list(dict.fromkeys(results[0].reused for results in found))
    if not runs:
        return []
    number = sum(map(len, found))
    interactions = "1 interaction" if number == 1 else f"{number} interactions"
    contracts = "1 contract" if len(found) == 1 else f"{len(found)} contracts"
    verb = "was" if number == 1 else "were"
    more = f" and {len(runs) - RUNS_NAMED} more" if len(runs) > RUNS_NAMED else ""
    where = f"{', '.join(runs[:RUNS_NAMED])}{more}"
    it = "it" if number == 1 else "them"
    return [f"{interactions} of {contracts} {verb} not tried again: the very same honoured {it} before ({where})."]
