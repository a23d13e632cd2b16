"""What the store knows: who is live, which results there are, and whether it was broken before."""

import time
from typing import Final

from gate.domain import matrix
from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.errors import GateError
from gate.domain.live import places
from gate.domain.results import KeptResult
from gate.domain.verdict import Evidence, Integration, Role, Standing
from gate.pipeline.expectations import earlier_versions, read_own, refuse_skipped_publishing
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.integrations import integrations, kept_pairs
from gate.pipeline.news import tell
from gate.ports import ContractStore

FIRST_PAUSE: Final = 1.0
"""Seconds. A broker may take five for one answer: it is not asked more often than it can bear."""
LONGEST_PAUSE: Final = 30.0
BACK_OFF: Final = 1.5


def look_up(gate: Gate, progress: Progress) -> None:
    """Read the facts, and wait for results that are missing as long as the user allows.

    They are read again in each round, so that the verdict rests on what was true just before it.
    """
    store = gate.store
    if store is None:
        return
    deadline, pause = time.monotonic() + gate.policy.wait, FIRST_PAUSE
    while True:
        _read(gate, store, progress)
        left = deadline - time.monotonic()
        missing = _missing(gate, progress)
        if not missing or left <= 0:
            break
        _tell_waiting(gate, missing, left)
        gate.pause(min(pause, left))
        pause = min(pause * BACK_OFF, LONGEST_PAUSE)
    refuse_skipped_publishing(gate, store, progress)
    if progress.fetched:
        _refuse_unseen(gate, store, progress)
    if not progress.planned and not progress.needs:
        progress.known = _is_known(gate, store, progress)
    progress.looked_up = True
    _compare(gate, store, progress)


def _read(gate: Gate, store: ContractStore, progress: Progress) -> None:
    candidate = gate.candidate
    progress.live = store.live(candidate.environments)
    read_own(gate, store, progress)
    progress.needs = matrix.needs(progress.own, matrix.counterparts(candidate, progress.live), candidate)
    progress.kept = store.results(kept_pairs(gate, progress))


def _missing(gate: Gate, progress: Progress) -> list[Integration]:
    """Return what is worth waiting for: missing results, as long as they are all that keeps the verdict from allow.

    A known break is not mended by a result that is still missing, and neither is anything else.
    """
    doubtful = [one for one in integrations(gate, progress) if one.binding and one.standing is not Standing.HONOURED]
    missing = [
        one
        for one in doubtful
        if one.evidence is Evidence.KEPT and one.standing is Standing.UNVERIFIED and one.fault is None
    ]
    return missing if len(missing) == len(doubtful) and not progress.faults else []


def _tell_waiting(gate: Gate, missing: list[Integration], left: float) -> None:
    candidate = PacticipantVersion(name=gate.candidate.service, version=gate.candidate.version)
    for one in missing:
        where = f" (live in {places(one.live)})" if one.live else ""
        other = f"{one.counterpart}{where}"
        provider, consumer = (other, candidate) if one.role is Role.PROVIDER else (candidate, other)
        line = f"waiting for {provider} to verify the contract of {consumer}: {left:.0f} s left"
        tell(gate, lambda reporter, line=line: reporter.waiting(line))  # type: ignore[misc]


def _refuse_unseen(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Find what is live and was not among the contracts fetched: nobody has verified it."""
    candidate = gate.candidate
    contracts = [planned.contract for planned in progress.planned]
    consumers = matrix.unseen(contracts, store.live_contracts(candidate))
    progress.faults.extend(matrix.changed(consumer) for consumer in consumers)
    missing = matrix.uncovered(contracts, matrix.counterparts(candidate, progress.live))
    versions = dict.fromkeys(PacticipantVersion(name=one.name, version=one.version) for one in missing)
    for one in store.expecting(candidate.service, tuple(versions)):
        live = [other for other in missing if (other.name, other.version) == (one.name, one.version)]
        progress.faults.append(matrix.passed_over(live, candidate))


def _is_known(gate: Gate, store: ContractStore, progress: Progress) -> bool:
    service = gate.candidate.service
    return any(one.name == service for one in progress.live) or store.knows(service)


def _compare(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Find out what was broken before this change. It is told to a reader, and decides nothing."""
    broken = [one for one in integrations(gate, progress) if one.standing is Standing.BROKEN]
    if not broken:
        return
    consumers = {(one.counterpart.name, one.content_id) for one in broken if one.role is Role.CONSUMER}
    try:
        earlier = earlier_versions(gate, store, progress)
        for planned in progress.planned:
            if (planned.contract.consumer.name, planned.contract.content_id) in consumers:
                _compare_with_earlier(gate, store, progress, planned.contract, earlier)
    except GateError as error:
        gate.warn(gate.redact(f"nobody can tell what was broken before: {error}"))
        return
    providers = {(one.counterpart.name, one.content_id) for one in broken if one.role is Role.PROVIDER}
    for contract in progress.own:
        if (contract.provider, contract.content_id) in providers and contract.provider != gate.candidate.service:
            progress.broken_before[contract.key] = bool(set(contract.versions) & set(earlier))


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
    results = [one for one in store.results(pairs).values() if isinstance(one, KeptResult)]
    if results:
        progress.broken_before[contract.key] = any(not one.success for one in results)
