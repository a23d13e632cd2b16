"""Where contracts come from, and who knows what is live."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.clients import git
from gate.domain.errors import ConfigurationError
from gate.domain.report import Candidate
from gate.ports import ContractPublisher, ContractReader, ContractSource, ContractStore, EarlierResults, ResultKeeper
from gate.settings.groups import CandidateSettings, Settings
from gate.wiring.broker import broker_of, broker_secrets, one_contract
from gate.wiring.built_in import facts_of, store_secrets
from gate.wiring.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """A candidate, and what knows the contracts that it is to honour."""

    candidate: Candidate
    source: ContractSource
    store: ContractStore | None = None
    keeper: ResultKeeper | None = None
    """What keeps results; None for loose files."""
    earlier: EarlierResults | None = None
    """What gives back the evidence in results; None where none is kept."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One store in its three roles."""

    store: ContractStore
    keeper: ResultKeeper
    publisher: ContractPublisher
    earlier: EarlierResults | None = None
    """None for a broker, which keeps no evidence."""


def contracts_of(
    settings: Settings, surroundings: Surroundings, candidate: Candidate, reader: ContractReader
) -> Contracts:
    """Choose the source of contracts.

    Raises:
        ConfigurationError: it cannot answer what the settings ask for.
    """
    own = settings.contracts
    if not settings.has_store:
        from gate.stores.contract_files import ContractFiles

        named = sources_of(settings.candidate, own.contracts)
        files = ContractFiles(named, reader, size_limit=own.max_contract_size, root=_top(surroundings))
        return Contracts(candidate=candidate, source=files)
    store = store_of(settings, surroundings, reader)
    if own.contract_url is not None and settings.broker.url is not None:
        broker = broker_of(settings.broker, settings.broker.url, own.max_contract_size)
        alone, source = one_contract(broker, own.contract_url, candidate)
        note = "One contract was looked at and nothing else: this allows no deployment."
        return Contracts(candidate=alone, source=source, keeper=store.keeper, notes=(note,))
    _refuse_incomplete(settings, candidate)
    return Contracts(
        candidate=candidate,
        source=store.store,
        store=store.store,
        keeper=store.keeper,
        earlier=store.earlier,
        notes=tuple(_notes(settings)),
    )


def _top(surroundings: Surroundings) -> Path:
    """Return where the repository begins: the runner says it, else git, else it is where we are."""
    workspace = surroundings.environment.get("GITHUB_WORKSPACE") if surroundings.context else None
    if workspace:
        return Path(workspace)
    levels = Path(git.prefix(surroundings.folder) or "").parts
    return surroundings.folder.resolve().joinpath(*[".."] * len(levels))


def store_of(settings: Settings, surroundings: Surroundings, reader: ContractReader) -> Store:
    """Put together the store that the settings name: a broker, or else the built-in one."""
    from gate.stores.choice import Choice

    own = settings.contracts
    choice = Choice(
        selectors=[dict(one) for one in own.consumer_version_selectors or ()],
        wip_since=None if own.wip_since is None else own.wip_since.isoformat(),
    )
    if settings.broker.url is not None:
        from gate.stores.pact_broker.publishing import PactBrokerPublisher
        from gate.stores.pact_broker.results import PactBrokerResults
        from gate.stores.pact_broker.store import PactBrokerStore

        broker = broker_of(settings.broker, settings.broker.url, own.max_contract_size)
        return Store(
            store=PactBrokerStore(broker, choice),
            keeper=PactBrokerResults(broker),
            publisher=PactBrokerPublisher(broker),
        )
    from gate.stores.built_in.publishing import BuiltInPublisher
    from gate.stores.built_in.results import BuiltInResults
    from gate.stores.built_in.store import BuiltInStore

    facts = facts_of(settings, surroundings, reader, settings.store.store or "")
    new = settings.candidate.first_deployment
    results = BuiltInResults(facts)
    return Store(
        store=BuiltInStore(facts, choice, new_environments=new),
        keeper=results,
        publisher=BuiltInPublisher(facts),
        earlier=results,
    )


def secrets_of(settings: Settings) -> Iterator[str]:
    """Yield what must never be shown of what leads to a store."""
    yield from broker_secrets(settings.broker)
    yield from store_secrets(settings)


def _refuse_incomplete(settings: Settings, candidate: Candidate) -> None:
    if not candidate.environments:
        raise ConfigurationError(
            "environment is missing: with a store, what is live there is what must not break.",
            remedy="Say where the service is headed, such as environment: production.",
        )
    if settings.contracts.wip_since is not None and candidate.branch is None:
        raise ConfigurationError(
            "wip-since needs a branch: work in progress is what no version of this branch has verified.",
            remedy="Set branch, or leave wip-since out.",
        )


def _notes(settings: Settings) -> Iterator[str]:
    if settings.contracts.consumer_version_selectors:
        yield "consumer-version-selectors is set: heads of branches count only as far as it selects them."
    if settings.contracts.consumes is not None:
        yield "consumes is none: nobody asks whether this version should have published contracts."


def refuse_passing_over(settings: Settings, reader: ContractReader) -> list[str]:
    """Refuse a gate file whose contracts are not only what the service expects of others: a store stands for them now.

    Returns:
        What a reader of the report must know of those that are.

    Raises:
        ConfigurationError: one of them is what the service has to honour, or cannot be read, so that it might be.
    """
    from gate.stores.contract_files import ContractFiles

    own = settings.contracts
    if not settings.set_aside or own.contract_url is not None:
        return []
    named = sources_of(settings.candidate, settings.set_aside)
    files = ContractFiles(named, reader, size_limit=own.max_contract_size, optional=True)
    service = settings.candidate.service
    found = files.of_provider(service)
    others = [one.source for one in found.contracts if one.consumer.name != service]  # its own with itself is its own
    reasons = [
        *(f"{source} is a contract with {service}, which would not be verified" for source in others),
        *(f"nobody knows whether one is a contract with {service} ({fault})" for fault in found.faults),
    ]
    if reasons:
        named_store = "store" if settings.broker.url is None else "broker-url"
        raise ConfigurationError(
            f"contracts and {named_store} are both set, and {reasons[0]}: the store says which are.",
            remedy="Give one of them. Copies of contracts that a store holds prove nothing.",
        )
    return ["The contracts that the gate file names are there for publish: the store says which are verified."]


def sources_of(settings: CandidateSettings, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return where contract files are, those in the service's folder named from the workspace on."""
    folder = settings.path
    if folder == ".":
        return named
    return tuple(one if one.startswith(("http://", "https://")) else os.path.join(folder, one) for one in named)  # noqa: PTH118 - a pattern is no path
