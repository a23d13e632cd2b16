"""Recording what is live: always the truth, whatever is decided about it afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gate.domain.contracts import Fault, PacticipantVersion, short_version
from gate.domain.errors import GateError
from gate.domain.live import LiveVersion, alike
from gate.domain.verdict import Evidence, Integration
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.lookup import is_known
from gate.ports import ContractStore


def record(gate: Gate, progress: Progress) -> None:
    """Record the candidate as live in each environment, and read that again.

    Of two deployments that are recorded at once only one stays, and nobody tells the other.
    """
    store, candidate = _store(gate), gate.candidate
    progress.live = store.live(candidate)  # an environment that is not there stops it before it begins
    try:
        progress.known = is_known(gate, store, progress)
    except GateError as error:  # it is live all the same
        progress.note_fault(error)
    version = PacticipantVersion(name=candidate.service, version=candidate.version, branch=candidate.branch)
    _introduce(gate, store, progress, version)
    tried = []
    progress.unconfirmed = True
    for environment in candidate.environments:
        try:
            store.record(version, environment, candidate.instance, released=candidate.released)
            tried.append(environment)
        except GateError as error:
            progress.note_fault(error)
    _confirm(gate, store, progress, tried)


def undeploy(gate: Gate, progress: Progress) -> None:
    """Record that the service is not live any more, and find those who still need it."""
    store, candidate = _store(gate), gate.candidate
    live = store.live(candidate)
    ended = _meant(gate, live)
    progress.versions = tuple(dict.fromkeys(one.version for one in ended))
    progress.faults += _nothing_to_end(gate, live, ended)
    tried = []
    progress.unconfirmed = bool(ended)
    for one in ended:
        try:
            store.end(one)
            tried.append(one)
        except GateError as error:
            progress.note_fault(error)
    progress.live = store.live(candidate)
    progress.unconfirmed = False
    still = [one for one in progress.live if _is_among(one, ended)]
    progress.faults += [_still_there(one) for one in still if _is_among(one, tried)]
    gone = [f"{_described(one)} in {one.environment}" for one in ended if not _is_among(one, still)]
    if gone:
        progress.notes = (*progress.notes, f"Not live any more: {candidate.service} {', '.join(gone)}.")
    touched = dict.fromkeys(one.environment for one in ended)
    _note_the_others(gate, progress, [one for one in progress.live if not _is_among(one, still)])
    progress.recorded = tuple(name for name in touched if name not in {one.environment for one in still})
    progress.left = list(_left_alone(gate, store, progress.live, candidate.environments))


def _store(gate: Gate) -> ContractStore:
    if gate.store is None or not gate.candidate.environments:
        raise GateError("there is nowhere to record it.", remedy="Set broker-url or store, and environment.")
    return gate.store


def _introduce(gate: Gate, store: ContractStore, progress: Progress, version: PacticipantVersion) -> None:
    """Make a version known that was never published nor verified: it is live all the same.

    Raises:
        GateError: its name is more likely misspelt, and would stand beside the real one.
    """
    if store.has_version(version):
        return
    if not store.has_service(version.name):
        raise GateError(
            f"the store has never heard of {version.name}, so that nothing was recorded.",
            remedy="Check service. If it is new, publish or verify a contract of it first, or create it in the store.",
        )
    named = [one.version for one in store.history(version.name) if alike(one.version, version.version or "")]
    if named:
        raise GateError(
            f"the store does not know version {version.version} of {version.name}, and knows {named[0]}: nothing was "
            "recorded.",
            remedy="Write version exactly as it was published.",
        )
    store.add_version(version, gate.page)
    note = f"The store did not know {version} before: nothing was published or verified for it."
    progress.notes = (*progress.notes, note)


def _confirm(gate: Gate, store: ContractStore, progress: Progress, tried: Sequence[str]) -> None:
    candidate = gate.candidate
    progress.live = store.live(candidate)
    progress.unconfirmed = False
    released = candidate.released
    confirmed = []
    for environment in candidate.environments:
        here = [one for one in progress.live if (one.name, one.environment) == (candidate.service, environment)]
        here = [one for one in here if one.released is released and (released or one.instance == candidate.instance)]
        if candidate.version in {one.version for one in here}:
            confirmed.append(environment)
        elif environment in tried:
            progress.replaced = (*progress.replaced, environment)
            progress.faults.append(_superseded(candidate.service, environment, here))
    progress.recorded = tuple(confirmed)
    this = (candidate.version, released, candidate.instance)
    others = [one for one in progress.live if (one.version, one.released, one.instance) != this]
    _note_the_others(gate, progress, others)


def _note_the_others(gate: Gate, progress: Progress, live: Sequence[LiveVersion]) -> None:
    """Say what else of the service is live: an instance that was misspelt, for instance, stays for ever."""
    others = [f"{_described(one)} in {one.environment}" for one in live if one.name == gate.candidate.service]
    if others:
        progress.notes = (*progress.notes, f"Also live: {gate.candidate.service} {', '.join(others)}.")


def _superseded(service: str, environment: str, here: Sequence[LiveVersion]) -> Fault:
    others = ", ".join(short_version(one.version) for one in here)
    instead = f"the store says that {service} {others} is live there now" if others else "the store does not have it"
    return Fault(
        where=environment,
        what=f"it was recorded, and when it was read again {instead}.",
        remedy="Somebody else records there at the same time. Find out which version runs, and record that one.",
    )


def _meant(gate: Gate, live: Sequence[LiveVersion]) -> list[LiveVersion]:
    """Find what is to be recorded as undeployed: what is deployed as that instance, or that release."""
    candidate = gate.candidate
    mine = [one for one in live if one.name == candidate.service and one.released is candidate.released]
    mine = [one for one in mine if candidate.version in {"", one.version}]
    return [one for one in mine if one.released or one.instance == candidate.instance]


def _is_among(one: LiveVersion, others: Sequence[LiveVersion]) -> bool:
    """Say whether it is one of them, whenever it was recorded."""
    return any(replace(other, since=one.since) == one for other in others)


def _nothing_to_end(gate: Gate, live: Sequence[LiveVersion], ended: Sequence[LiveVersion]) -> Iterator[Fault]:
    candidate = gate.candidate
    for environment in candidate.environments:
        if environment in {one.environment for one in ended}:
            continue
        what = f"{candidate.service} {short_version(candidate.version)}".strip()
        kind = "release" if candidate.released else "deployment"
        instance = f" as instance {candidate.instance}" if candidate.instance else ""
        there = [_described(one) for one in live if (one.name, one.environment) == (candidate.service, environment)]
        yield Fault(
            where=environment,
            what=f"no {kind} of {what}{instance} is recorded there, so that there was nothing to end.",
            remedy=f"What is there: {', '.join(there) or 'no version of it'}. Check environment, application-instance "
            "and version; a release is ended with support-ended: true.",
        )


def _described(one: LiveVersion) -> str:
    how = "released" if one.released else f"instance {one.instance}" if one.instance else "deployed"
    return f"{short_version(one.version)} ({how})"


def _still_there(one: LiveVersion) -> Fault:
    return Fault(
        where=one.environment,
        what=f"it was recorded that {one.name} {short_version(one.version)} is gone, and it is still listed there.",
        remedy="Somebody else records there at the same time. Find out what runs, and record it.",
    )


def _left_alone(
    gate: Gate, store: ContractStore, live: Sequence[LiveVersion], environments: Sequence[str]
) -> Iterator[Integration]:
    """Find the consumers that are live where no version of the service is left."""
    service = gate.candidate.service
    empty = [name for name in environments if not any((one.name, one.environment) == (service, name) for one in live)]
    others = [one for one in live if one.environment in empty and one.name != service]
    versions = tuple(dict.fromkeys(PacticipantVersion(name=one.name, version=one.version) for one in others))
    for consumer, content in store.contents(service, versions).items():
        where = tuple(one for one in others if (one.name, one.version) == (consumer.name, consumer.version))
        yield Integration(
            counterpart=consumer,
            live=where,
            source=f"the contract of {consumer} with {service}",
            content_id=content,
            binding=True,
            evidence=Evidence.GONE,
        )
