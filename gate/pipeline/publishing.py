"""Publishing what a consumer expects of its providers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gate.domain.contracts import Contract, Format, PacticipantVersion
from gate.domain.errors import ConfigurationError, ConflictError, ContractError, GateError
from gate.domain.redaction import Redactor
from gate.domain.verdict import counted_interactions
from gate.domain.volatile import VolatileValue, volatile_values
from gate.ports import ContractPublisher, ContractStore, Fetched, Publication, VerificationEngine

VALUES_SHOWN = 5


class WrittenContracts(Protocol):
    """Where the consumer's tests left their contracts."""

    def written_by(self, consumer: str) -> Fetched:
        """Return the contracts of a consumer. What cannot be read is a fault, never skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """Everything that publishing needs."""

    consumer: PacticipantVersion
    tags: tuple[str, ...]
    url: str
    """The page of the run; empty when there is none."""
    owners: tuple[str, ...] = ()
    """Who answers for the consumer, where its repository says it."""
    files: WrittenContracts
    store: ContractStore
    publisher: ContractPublisher
    engines: Mapping[Format, VerificationEngine]
    redact: Redactor
    say: Callable[[str], None]
    warn: Callable[[str], None]

    def tell(self, line: str, *, warning: bool = False) -> None:
        """Say something, without any of the secrets."""
        (self.warn if warning else self.say)(self.redact(line))


def publish(publishing: Publishing) -> str:
    """Publish the consumer's contracts, all of them or none, and return what was done in one line.

    Raises:
        ConfigurationError: there is nothing to publish, or something that cannot be read.
        ConflictError: this version was already published with other content; the difference was said.
        StoreError: nobody knows whether they are published.
    """
    contracts = _own_contracts(publishing)
    for contract in contracts:
        _warn_of_what_nobody_verifies(publishing, contract)
    _warn_of_volatile_values(publishing, contracts)
    consumer = publishing.consumer
    publication = Publication(
        consumer=consumer,
        contracts=contracts,
        tags=publishing.tags,
        url=publishing.url,
        owners=publishing.owners,
    )
    try:
        notices = publishing.publisher.publish(publication)
    except ConflictError as conflict:
        for detail in conflict.details:
            publishing.tell(detail)
        raise
    for notice in notices:
        publishing.tell(notice.text, warning=notice.is_warning)
    if consumer.branch is None:
        publishing.tell(
            "these contracts are on no branch, so that no provider looks for them: set branch.", warning=True
        )
    branch = f", branch {consumer.branch}" if consumer.branch else ", which is on no branch"
    counted = "1 contract was" if len(contracts) == 1 else f"{len(contracts)} contracts were"
    return f"{counted} published for {consumer}{branch}: with {', '.join(one.provider for one in contracts)}."


def _own_contracts(publishing: Publishing) -> tuple[Contract, ...]:
    name = publishing.consumer.name
    written = publishing.files.written_by(name)
    if written.faults:
        raise ConfigurationError(
            f"nothing was published: {'; '.join(str(fault) for fault in written.faults)}",
            remedy="Mend it, or name the contracts alone.",
        )
    if not written.contracts:
        others = f" They are of {', '.join(written.others)}." if written.others else ""
        raise ConfigurationError(f"none of the contracts is of {name}.{others}", remedy="Check service and contracts.")
    if written.others:
        publishing.tell(f"not published here: contracts of {', '.join(written.others)}")
    by_provider: dict[str, Contract] = {}
    for contract in written.contracts:
        first = by_provider.setdefault(contract.provider, contract)
        if first.content_id != contract.content_id:
            raise ConfigurationError(
                f"{first.source} and {contract.source} are both the contract with {contract.provider}.",
                remedy="Have the tests write all interactions into one file, or merge them before.",
            )
    return tuple(by_provider.values())


def _warn_of_what_nobody_verifies(publishing: Publishing, contract: Contract) -> None:
    try:
        interactions = publishing.engines[contract.format].interactions(contract)
    except ContractError as error:
        where = "" if error.where else f"{contract.source}: "
        publishing.tell(f"this gate will refuse to verify this contract: {where}{error}", warning=True)
        return
    if not interactions:
        publishing.tell(f"{contract.source} has no interactions, so that nobody can verify it.", warning=True)
    publishing.tell(f"{contract.source}: with {contract.provider}, {counted_interactions(len(interactions))}")


def _warn_of_volatile_values(publishing: Publishing, contracts: Sequence[Contract]) -> None:
    """Compare with what was published last. That it cannot be compared keeps nothing from being published."""
    try:
        earlier = _last_published(publishing)
    except GateError as error:
        publishing.tell(f"the contracts could not be compared with earlier ones: {error}", warning=True)
        return
    for contract in contracts:
        before = earlier.get(contract.provider)
        if before is not None:
            values = volatile_values(json.loads(before.document), json.loads(contract.document))
            if values:
                publishing.tell("\n".join(_on_volatile_values(contract, before, values)), warning=True)


def _last_published(publishing: Publishing) -> Mapping[str, Contract]:
    consumer = publishing.consumer
    for past in publishing.store.history(consumer.name):
        if past.expects and past.version != consumer.version:
            version = PacticipantVersion(name=consumer.name, version=past.version)
            return {contract.provider: contract for contract in publishing.store.expectations(version)}
    return {}


def _on_volatile_values(contract: Contract, before: Contract, values: Sequence[VolatileValue]) -> Iterator[str]:
    yield (
        f"{contract.source} differs from the contract of {before.consumer} only in values that look random or "
        "time-dependent, so that its provider has to verify it anew each time. Give fixed examples to the matchers:"
    )
    for one in values[:VALUES_SHOWN]:
        yield f"  {one.path} ({one.kind}): {one.earlier} became {one.later}"
    if more := len(values[VALUES_SHOWN:]):
        yield f"  and {more} more"
