"""Which contracts bind, and which pairs of versions must get on with each other.

The rules are those of the design's table "Which contracts are relevant, and which bind". A store gives facts; what
follows from them is computed here, pair by pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gate.domain.contracts import Because, Contract, Fault, PacticipantVersion
from gate.domain.live import LiveVersion, places
from gate.domain.report import Candidate, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A version of a consumer and one of a provider."""

    consumer: str
    consumer_version: str
    provider: str
    provider_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A provider version that must honour a contract of the candidate's."""

    contract: Contract
    """What the candidate expects."""
    version: str | None
    """Of the provider; None when no version of it is recorded in `environments`."""
    live: tuple[LiveVersion, ...] = ()
    environments: tuple[str, ...]


def counterparts(candidate: Candidate, live: Iterable[LiveVersion]) -> tuple[LiveVersion, ...]:
    """Leave out what the candidate replaces: it will not be there any more when the candidate is."""
    return tuple(one for one in live if not is_replaced(candidate, one))


def is_replaced(candidate: Candidate, one: LiveVersion) -> bool:
    """Say whether deploying the candidate takes this version's place."""
    if candidate.released or one.released:
        return False
    return one.name == candidate.service and one.instance == candidate.instance


def holders(contract: Contract, live: Iterable[LiveVersion]) -> tuple[LiveVersion, ...]:
    """Return the live versions of the consumer that have exactly this content."""
    versions = {contract.consumer.version, *contract.versions}
    return tuple(one for one in live if one.name == contract.consumer.name and one.version in versions)


def binds(contract: Contract, live: Sequence[LiveVersion], candidate: Candidate) -> bool:
    """Say whether a contract may block.

    Args:
        contract: that the candidate is to honour.
        live: its holders, without what the candidate replaces.
        candidate: the provider.
    """
    selection = contract.selection
    if selection is None or live:
        return True
    because = set(selection.because)
    if not because:
        return True  # nobody knows why it is here
    if contract.consumer.name == candidate.service:
        return Because.ITSELF in because  # what is live, and what heads its branches, is what the candidate replaces
    if Because.LIVE in because:
        return True
    if selection.pending or because <= {Because.WIP}:
        return False
    return candidate.stage is Stage.CHANGE


def uncovered(contracts: Iterable[Contract], live: Iterable[LiveVersion]) -> tuple[LiveVersion, ...]:
    """Return the live versions that hold none of these contracts, each once for an environment."""
    covered = {
        (contract.consumer.name, version)
        for contract in contracts
        for version in (contract.consumer.version, *contract.versions)
    }
    return tuple(dict.fromkeys(one for one in live if (one.name, one.version) not in covered))


def needs(own: Iterable[Contract], live: Sequence[LiveVersion], candidate: Candidate) -> tuple[Need, ...]:
    """List who must honour what the candidate expects: each provider version that is live where it is headed.

    Args:
        own: the contracts of the candidate with its providers.
        live: everything that is live there, without what the candidate replaces.
        candidate: the consumer.
    """
    found: list[Need] = []
    for contract in own:
        mine = [one for one in live if one.name == contract.provider]
        for version in dict.fromkeys(one.version for one in mine):
            where = tuple(one for one in mine if one.version == version)
            environments = tuple(dict.fromkeys(one.environment for one in where))
            found.append(Need(contract=contract, version=version, live=where, environments=environments))
        absent = tuple(name for name in candidate.environments if name not in {one.environment for one in mine})
        if absent and contract.provider != candidate.service:
            found.append(Need(contract=contract, version=None, environments=absent))
    return tuple(found)


def pair_with_provider(need: Need, candidate: Candidate) -> Pair | None:
    """Name the pair whose result says whether a need is met; None when there is nobody to meet it."""
    if need.version is None:
        return None
    return Pair(
        consumer=candidate.service,
        consumer_version=candidate.version,
        provider=need.contract.provider,
        provider_version=need.version,
    )


def pairs_with_consumer(contract: Contract, live: Sequence[LiveVersion], provider: PacticipantVersion) -> list[Pair]:
    """Name the pairs whose results say whether `provider` honours a contract: one for each version that is live."""
    if provider.version is None:
        return []
    newest = () if contract.consumer.version is None else (contract.consumer.version,)
    return [
        Pair(
            consumer=contract.consumer.name,
            consumer_version=version,
            provider=provider.name,
            provider_version=provider.version,
        )
        for version in dict.fromkeys(one.version for one in live) or newest
    ]


def changed(consumer: str) -> Fault:
    """Say that a consumer has a live contract which nobody verified."""
    return Fault(
        where="",
        what=f"{consumer} has a live contract that was not there when this run began.",
        remedy="Run it again.",
    )


def passed_over(live: Sequence[LiveVersion], candidate: Candidate) -> Fault:
    """Say that a version has a contract which nobody verified, and where it is live."""
    version = PacticipantVersion(name=live[0].name, version=live[0].version)
    return Fault(
        where="",
        what=(
            f"{version}, live in {places(live)}, has a contract with {candidate.service} that was not among the "
            "contracts to verify."
        ),
        remedy="It may have gone live during this run: run it again.",
    )


def nothing_live(candidate: Candidate, live: Sequence[LiveVersion]) -> tuple[str, ...]:
    """Name the environments in which nothing at all is recorded as live."""
    there = {one.environment for one in live}
    return tuple(name for name in candidate.environments if name not in there)
