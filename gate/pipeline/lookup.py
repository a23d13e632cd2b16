"""What the store knows: who is live, which results there are, and whether it was broken before."""

import time
from typing import Final

from gate.domain import matrix
from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.errors import GateError
from gate.domain.live import LiveVersion, places
from gate.domain.matrix import Pair
from gate.domain.verdict import Standing
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.integrations import integrations, kept_pairs
from gate.pipeline.news import tell
from gate.pipeline.verification import earlier_versions
from gate.ports import ContractStore

FIRST_PAUSE: Final = 1.0
"""Seconds. A broker may take five for one answer: it is not asked more often than it can bear."""
LONGEST_PAUSE: Final = 30.0
BACK_OFF: Final = 1.5


def look_up(gate: Gate, progress: Progress) -> None:
    """Read the facts, and wait for results that are missing as long as the user allows.

    Who is live is read again in each round, so that the verdict rests on what was true just before it.
    """
    store = gate.store
    if store is None:
        return
    deadline, pause = time.monotonic() + gate.policy.wait, FIRST_PAUSE
    while True:
        _read(gate, store, progress)
        left = deadline - time.monotonic()
        missing = [pair for pair, result in progress.kept.items() if result is None]
        if not missing or left <= 0 or _is_broken(gate, progress):
            break
        _tell_waiting(gate, progress, missing, left)
        gate.pause(min(pause, left))
        pause = min(pause * BACK_OFF, LONGEST_PAUSE)
    if progress.fetched:
        _refuse_uncovered(gate, store, progress)
    if not progress.planned and not progress.needs:
        progress.known = _is_known(gate, store, progress)
    progress.looked_up = True
    _compare(gate, store, progress)


def _read(gate: Gate, store: ContractStore, progress: Progress) -> None:
    candidate = gate.candidate
    progress.live = store.live(candidate.environments)
    progress.needs = matrix.needs(progress.own, matrix.counterparts(candidate, progress.live), candidate)
    progress.kept = store.results(kept_pairs(gate, progress))


def _is_broken(gate: Gate, progress: Progress) -> bool:
    """Say whether waiting is over: a known break is not mended by a result that is still missing."""
    return any(one.binding and one.standing is Standing.BROKEN for one in integrations(gate, progress))


def _tell_waiting(gate: Gate, progress: Progress, missing: list[Pair], left: float) -> None:
    for pair in missing:
        line = f"waiting for {_described(pair, progress.live)}, {left:.0f} s left"
        tell(gate, lambda reporter, line=line: reporter.waiting(line))  # type: ignore[misc]


def _described(pair: Pair, live: tuple[LiveVersion, ...]) -> str:
    provider = PacticipantVersion(name=pair.provider, version=pair.provider_version)
    consumer = PacticipantVersion(name=pair.consumer, version=pair.consumer_version)
    here = [one for one in live if (one.name, one.version) == (provider.name, provider.version)]
    where = f", live in {places(here)}," if here else ""
    return f"{provider}{where} to verify the contract of {consumer}"


def _refuse_uncovered(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Find live versions whose contract was not among those fetched: nobody has verified it."""
    candidate = gate.candidate
    live = matrix.counterparts(candidate, progress.live)
    missing = matrix.uncovered([planned.contract for planned in progress.planned], live)
    for one in store.expecting(candidate.service, missing):
        progress.faults.append(matrix.passed_over(one, candidate))


def _is_known(gate: Gate, store: ContractStore, progress: Progress) -> bool:
    service = gate.candidate.service
    return any(one.name == service for one in progress.live) or store.knows(service)


def _compare(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Find out what was broken before this change. It is told to a reader, and decides nothing."""
    broken = {one.content_id for one in integrations(gate, progress) if one.standing is Standing.BROKEN}
    if not broken:
        return
    try:
        earlier = earlier_versions(gate, store, progress)
        for planned in progress.planned:
            if planned.contract.content_id in broken:
                _compare_with_earlier(gate, store, progress, planned.contract, earlier)
    except GateError as error:
        gate.warn(gate.redact(f"nobody can tell what was broken before: {error}"))
        return
    for need in progress.needs:
        if need.contract.content_id in broken and need.contract.provider != gate.candidate.service:
            same = bool(set(need.contract.versions) & set(earlier))
            progress.broken_before[need.contract.content_id] = same


def _compare_with_earlier(
    gate: Gate, store: ContractStore, progress: Progress, contract: Contract, earlier: tuple[str, ...]
) -> None:
    live = matrix.holders(contract, matrix.counterparts(gate.candidate, progress.live))
    pairs = [
        pair
        for version in earlier
        for pair in matrix.pairs_with_consumer(
            contract, live, PacticipantVersion(name=gate.candidate.service, version=version)
        )
    ]
    results = [one for one in store.results(pairs).values() if one is not None]
    if results:
        progress.broken_before[contract.content_id] = any(not one.success for one in results)
