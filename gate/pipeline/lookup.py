"""What the store knows: who is live, which results there are, and whether it was broken before."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from gate.domain import matrix
from gate.domain.contracts import Because, Contract, Fault, PacticipantVersion, Selection
from gate.domain.errors import GateError
from gate.domain.live import places
from gate.domain.report import Candidate
from gate.domain.results import KeptResult
from gate.domain.verdict import Evidence, Integration, Role, Standing
from gate.pipeline.expectations import earlier_versions, read_own, skipped_publishing
from gate.pipeline.gate import Gate, Planned, Progress
from gate.pipeline.integrations import integrations, kept_pairs
from gate.pipeline.news import tell
from gate.ports import ContractStore

ROUNDS: Final = 3
"""How often everything is read again because who is live changed meanwhile."""
FIRST_PAUSE: Final = 1.0
"""Seconds. A broker may take five for one answer: it is not asked more often than it can bear."""
LONGEST_PAUSE: Final = 30.0
BACK_OFF: Final = 1.5


def look_up(gate: Gate, progress: Progress) -> None:
    """Read the facts, and wait for results that are missing as long as the user allows.

    What else depends on who is live is read between two equal answers to who that is: all of it was true at once.
    """
    store = gate.store
    if store is None:
        return
    deadline = time.monotonic() + gate.policy.wait
    faults = _look_once(gate, store, progress, deadline)
    rounds = 1
    while set(store.live(gate.candidate)) != set(progress.live):
        if rounds == ROUNDS:
            faults = [*faults, _restless(gate.candidate)]
            break
        faults = _look_once(gate, store, progress, deadline)
        rounds += 1
    progress.faults.extend(fault for fault in faults if fault not in progress.faults)
    progress.looked_up = True
    _compare(gate, store, progress)


def _look_once(gate: Gate, store: ContractStore, progress: Progress, deadline: float) -> list[Fault]:
    """Read everything until nothing is worth waiting for; return what keeps the gate from knowing."""
    pause = FIRST_PAUSE
    while True:
        _read(gate, store, progress)
        skipped = skipped_publishing(gate, store, progress)
        missing = _missing(gate, progress)
        left = deadline - time.monotonic()
        if left <= 0 or not _worth_waiting(gate, progress, missing, skipped):
            break
        _tell_waiting(gate, missing, skipped, left)
        gate.pause(min(pause, left))
        pause = min(pause * BACK_OFF, LONGEST_PAUSE)
    faults = [] if skipped is None else [skipped]
    if progress.fetched:
        faults += _unseen(gate, store, progress)
        pairs = kept_pairs(gate, progress)
        if set(pairs) - set(progress.kept):  # of versions that turned out to hold what was fetched
            progress.kept = store.results(pairs)
    if not progress.planned and not progress.needs and gate.record is None:  # which itself makes it known
        progress.known = is_known(gate, store, progress)
    return faults


def _read(gate: Gate, store: ContractStore, progress: Progress) -> None:
    candidate = gate.candidate
    progress.live = store.live(candidate)
    read_own(gate, store, progress)
    progress.needs = matrix.needs(progress.own, matrix.counterparts(candidate, progress.live), candidate)
    progress.kept = store.results(kept_pairs(gate, progress))


def _missing(gate: Gate, progress: Progress) -> list[Integration]:
    """Return the integrations whose results are missing, and nothing else of them."""
    return [
        one
        for one in _doubtful(gate, progress)
        if one.evidence is Evidence.KEPT and one.standing is Standing.UNVERIFIED and one.fault is None and not one.empty
    ]


def _doubtful(gate: Gate, progress: Progress) -> list[Integration]:
    return [one for one in integrations(gate, progress) if one.blocks and one.standing is not Standing.HONOURED]


def _worth_waiting(gate: Gate, progress: Progress, missing: list[Integration], skipped: Fault | None) -> bool:
    """Say whether what is missing is all that keeps the verdict from allow: time mends neither breaks nor faults."""
    something = bool(missing) or skipped is not None
    return something and len(missing) == len(_doubtful(gate, progress)) and not progress.faults


def _tell_waiting(gate: Gate, missing: list[Integration], skipped: Fault | None, left: float) -> None:
    candidate = PacticipantVersion(name=gate.candidate.service, version=gate.candidate.version)
    if skipped is not None:
        line = f"waiting for contracts of {candidate} to be published: {left:.0f} s left"
        tell(gate, lambda reporter: reporter.waiting(line))
    for one in missing:
        where = f" (live in {places(one.live)})" if one.live else ""
        other = f"{one.counterpart}{where}"
        provider, consumer = (other, candidate) if one.role is Role.PROVIDER else (candidate, other)
        who = f"waiting for {provider} to verify the contract of {consumer}: {left:.0f} s left"
        tell(gate, lambda reporter, line=who: reporter.waiting(line))  # type: ignore[misc]


def _unseen(gate: Gate, store: ContractStore, progress: Progress) -> list[Fault]:
    """Find what is live and was not among the contracts fetched: nobody has verified it.

    What was fetched for another reason, and is live by now, binds from here on.
    """
    candidate = gate.candidate
    by_content = {(one.contract.consumer.name, one.contract.content_id): one for one in progress.planned}
    live = dict.fromkeys(key for key in store.live_contracts(candidate) if key not in progress.unread)
    for key in live:
        if key in by_content:
            _bind(by_content[key])
    consumers = dict.fromkeys(consumer for consumer, content in live if (consumer, content) not in by_content)
    return [
        *(matrix.changed(consumer) for consumer in consumers),
        *_uncovered(gate, store, progress, by_content),
    ]


def _uncovered(
    gate: Gate, store: ContractStore, progress: Progress, by_content: Mapping[tuple[str, str], Planned]
) -> Iterator[Fault]:
    """Ask for the content of each live version that is not known to have one of those fetched."""
    candidate = gate.candidate
    live = matrix.counterparts(candidate, progress.live)
    missing = matrix.uncovered([planned.contract for planned in progress.planned], live)
    versions = dict.fromkeys(PacticipantVersion(name=one.name, version=one.version) for one in missing)
    for version, content in store.contents(candidate.service, tuple(versions)).items():
        found = by_content.get((version.name, content))
        if found is not None:
            _bind(found, version.version)
        elif (version.name, content) not in progress.unread:
            places = [one for one in missing if (one.name, one.version) == (version.name, version.version)]
            yield matrix.passed_over(places, candidate)


def _bind(planned: Planned, version: str | None = None) -> None:
    contract = planned.contract
    selection = contract.selection or Selection(because=())
    because = tuple(dict.fromkeys((*selection.because, Because.LIVE)))
    versions = contract.versions if version is None else (*contract.versions, version)
    planned.contract = replace(contract, selection=replace(selection, because=because), versions=versions)


def _restless(candidate: Candidate) -> Fault:
    return Fault(
        where=", ".join(candidate.environments),
        what="what is live changed each time that it was read, so that nothing is known for certain.",
        remedy="Run it again when the deployments there have ended.",
    )


def is_known(gate: Gate, store: ContractStore, progress: Progress) -> bool:
    """Say whether the store knows the service from a contract or from where it is live."""
    service = gate.candidate.service
    return any(one.name == service for one in progress.live) or store.knows(service)


def _compare(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Find out what was broken before this change. It is told to a reader, and decides nothing."""
    broken = [one for one in integrations(gate, progress) if one.standing is Standing.BROKEN]
    if not broken:
        return
    consumers = {(one.counterpart.name, one.content_id) for one in broken if one.role is Role.CONSUMER}
    providers = {(one.counterpart.name, one.content_id) for one in broken if one.role is Role.PROVIDER}
    try:
        earlier = earlier_versions(gate, store, progress)
        for planned in progress.planned:
            if (planned.contract.consumer.name, planned.contract.content_id) in consumers:
                _compare_with_earlier(gate, store, progress, planned.contract, earlier)
        if providers and earlier:
            _compare_expectations(gate, store, progress, earlier, providers)
    except GateError as error:
        gate.warn(gate.redact(f"nobody can tell what was broken before: {error}"))


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


def _compare_expectations(
    gate: Gate,
    store: ContractStore,
    progress: Progress,
    earlier: tuple[str, ...],
    providers: set[tuple[str, str]],
) -> None:
    """Find out whether earlier versions expected exactly what a provider does not honour now."""
    service = gate.candidate.service
    expected = {
        contract.key
        for version in earlier
        for contract in store.expectations(PacticipantVersion(name=service, version=version))
    }
    for contract in progress.own:
        if (contract.provider, contract.content_id) in providers and contract.provider != service:
            progress.broken_before[contract.key] = contract.key in expected
