"""What the candidate expects of its providers, and of itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gate.domain.contracts import Because, Contract, Fault, PacticipantVersion, Selection, short_version
from gate.domain.errors import ContractError
from gate.domain.live import PastVersion, alike, before
from gate.pipeline.gate import Gate, Planned, Policy, Progress
from gate.ports import ContractStore

NAMES_SHOWN: Final = 10


def plan(gate: Gate, progress: Progress, contract: Contract) -> None:
    """Take a contract for one that the candidate is to honour, and list what there is to verify in it."""
    planned = Planned(contract)
    progress.planned.append(planned)
    try:
        planned.interactions = gate.engines[contract.format].interactions(contract)
    except ContractError as error:
        # Another verifier may have been able to: then its result says more than our reading of the contract.
        planned.fault = Fault.of(error) if gate.provider is not None else None
    else:
        planned.empty = not planned.interactions
    if progress.fetched and gate.provider is not None:
        planned.fault = _published_late(contract)


def take_part(policy: Policy, progress: Progress) -> None:
    """Keep the part that was asked for. It allows nothing, so that nobody takes it for the whole."""
    of_consumer = [one for one in progress.planned if policy.consumer in {None, one.contract.consumer.name}]
    described = [interaction.description for one in of_consumer for interaction in one.interactions]
    for planned in of_consumer:
        planned.interactions = tuple(
            one for one in planned.interactions if policy.interaction in {None, one.description}
        )
    consumers = [one.contract.consumer.name for one in progress.planned]
    progress.planned = [one for one in of_consumer if one.interactions or one.fault or policy.interaction is None]
    if progress.planned:
        what, remedy = "a part was verified, which allows nothing.", "Leave consumer and interaction out for a verdict."
    elif of_consumer:
        what, remedy = f"no interaction is described as {policy.interaction!r}.", _choice(described)
    else:
        what, remedy = f"no contract of {policy.consumer} is among those that count.", _choice(consumers)
    progress.faults.append(Fault(where="", what=what, remedy=remedy))


def _choice(names: Sequence[str]) -> str:
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - NAMES_SHOWN} more" if len(found) > NAMES_SHOWN else ""
    return f"There are: {'; '.join(found[:NAMES_SHOWN])}{more}." if found else "There are none at all."


def read_own(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Read what the candidate expects. Another job may publish it while this run goes on, so it is read again."""
    service = gate.candidate.service
    progress.own = store.expectations(PacticipantVersion(name=service, version=gate.candidate.version))
    for contract in progress.own:
        if contract.provider == service:
            _plan_itself(gate, progress, contract)
        try:
            if not gate.engines[contract.format].interactions(contract):
                progress.expecting_nothing.add(contract.key)
        except ContractError:
            continue  # it is its provider's verifier that has to read it


def _plan_itself(gate: Gate, progress: Progress, contract: Contract) -> None:
    for planned in progress.planned:
        selection = planned.contract.selection
        if planned.contract.key == contract.key and selection is not None:
            because = tuple(dict.fromkeys((*selection.because, Because.ITSELF)))
            planned.contract = replace(planned.contract, selection=replace(selection, because=because))
            return
    plan(gate, progress, replace(contract, selection=Selection(because=(Because.ITSELF,))))


def skipped_publishing(gate: Gate, store: ContractStore, progress: Progress) -> Fault | None:
    """Say so when earlier versions expected something of others and this one says nothing at all."""
    if progress.own or gate.policy.consumes_none:
        return None
    service, version = gate.candidate.service, gate.candidate.version
    live = {one.version for one in progress.live if one.name == service}
    history = store.history(service)
    named = [one.version for one in history if one.expects and alike(one.version, version)]
    if named:
        return _named_otherwise(service, version, named[0])
    expecting = [one for one in before(version, history) if one.expects and (one.on_main or one.version in live)]
    forgotten = [one for one in live - {one.version for one in history} if _expects(store, service, one)]
    for earlier in [*(one.version for one in expecting[:1]), *forgotten[:1]]:
        return Fault(
            where="",
            what=(
                f"{service} {short_version(earlier)} has contracts with providers, and version "
                f"{short_version(version)} has none in the store."
            ),
            remedy="Publish its contracts before this step; if it needs nobody any more, say consumes: none.",
        )
    return None


def _named_otherwise(service: str, version: str, named: str) -> Fault:
    return Fault(
        where="",
        what=f"the store has contracts of {service} {named}, and found none of version {version}.",
        remedy="Write version exactly as it was published, and run it again.",
    )


def _expects(store: ContractStore, service: str, version: str) -> bool:
    """Ask for a live version that is older than what the store looks back to."""
    return bool(store.expectations(PacticipantVersion(name=service, version=version)))


def earlier_versions(gate: Gate, store: ContractStore, progress: Progress) -> tuple[str, ...]:
    """Return what this version can be compared with: earlier ones that are live, and the head of the main branch."""
    service, version = gate.candidate.service, gate.candidate.version
    history = store.history(service)
    newer = {one.version for one in history} - {one.version for one in before(version, history)}
    versions = dict.fromkeys(one.version for one in progress.live if one.name == service and one.version not in newer)
    versions |= dict.fromkeys(_head(before(version, history)))
    versions.pop(version, None)
    return tuple(versions)


def _head(history: tuple[PastVersion, ...]) -> tuple[str, ...]:
    return tuple(one.version for one in history if one.on_main)[:1]


def _published_late(contract: Contract) -> Fault:
    return Fault(
        where=contract.source,
        what="it was published while this run went on, and was not verified.",
        remedy="Run it again.",
    )
