"""Where contracts come from, and who knows what is live."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gate.domain.errors import ConfigurationError
from gate.domain.report import Candidate
from gate.ports import ContractReader, ContractSource, ContractStore, ResultKeeper
from gate.settings.groups import BrokerSettings, CandidateSettings, Settings

if TYPE_CHECKING:
    from gate.clients.pact_broker.client import PactBroker


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """A candidate, and what knows the contracts that it is to honour."""

    candidate: Candidate
    source: ContractSource
    store: ContractStore | None = None
    keeper: ResultKeeper | None = None
    """What keeps results; None for loose files."""
    notes: tuple[str, ...] = ()


def contracts_of(settings: Settings, candidate: Candidate, reader: ContractReader) -> Contracts:
    """Choose the source of contracts.

    Raises:
        ConfigurationError: it cannot answer what the settings ask for.
    """
    if settings.broker.url is None:
        from gate.stores.contract_files import ContractFiles

        named = sources_of(settings.candidate, settings.contracts.contracts)
        files = ContractFiles(named, reader, size_limit=settings.contracts.max_contract_size)
        return Contracts(candidate=candidate, source=files)
    broker = broker_of(settings.broker, settings.broker.url, settings.contracts.max_contract_size)
    if settings.contracts.contract_url is not None:
        return _one_contract(broker, settings.contracts.contract_url, candidate)
    return _store(settings, broker, candidate)


def refuse_passing_over(settings: Settings, reader: ContractReader) -> list[str]:
    """Refuse a gate file whose contracts are not only what the service expects of others: a broker stands for them now.

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
        raise ConfigurationError(
            f"contracts and broker-url are both set, and {reasons[0]}: the broker says which are.",
            remedy="Give one of them. Copies of contracts that a broker holds prove nothing.",
        )
    return ["The contracts that the gate file names are there for publish: the broker says which are verified."]


def sources_of(settings: CandidateSettings, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return where contract files are, those in the service's folder named from the workspace on."""
    folder = settings.path
    if folder == ".":
        return named
    return tuple(one if one.startswith(("http://", "https://")) else os.path.join(folder, one) for one in named)  # noqa: PTH118 - a pattern is no path


def broker_secrets(settings: BrokerSettings) -> Iterator[str]:
    """Yield what must never be shown."""
    from gate.clients.pact_broker.client import basic

    if settings.token is not None:
        yield settings.token
    if settings.username is not None and settings.password is not None:
        yield settings.password
        yield basic(settings.username, settings.password).partition(" ")[2]


def _one_contract(broker: "PactBroker", url: str, candidate: Candidate) -> Contracts:
    from gate.stores.pact_broker.pacts import OneContract, consumer_of
    from gate.stores.pact_broker.results import PactBrokerResults

    if candidate.stage == "deploy":
        raise ConfigurationError(
            "contract-url is about one contract, and stage deploy about a whole deployment.",
            remedy="Leave stage out in the workflow that a broker's webhook starts.",
        )
    # Whatever environment the gate file names: nothing is said of a deployment here.
    alone = replace(candidate, environments=(), one_contract=consumer_of(url))
    return Contracts(
        candidate=alone,
        source=OneContract(broker, url),
        keeper=PactBrokerResults(broker),
        notes=("One contract was looked at and nothing else: this allows no deployment.",),
    )


def _store(settings: Settings, broker: "PactBroker", candidate: Candidate) -> Contracts:
    from gate.stores.pact_broker.relevance import Choice
    from gate.stores.pact_broker.results import PactBrokerResults
    from gate.stores.pact_broker.store import PactBrokerStore

    if not candidate.environments:
        raise ConfigurationError(
            "environment is missing: with broker-url, what is live there is what must not break.",
            remedy="Say where the service is headed, such as environment: production.",
        )
    own = settings.contracts
    if own.wip_since is not None and candidate.branch is None:
        raise ConfigurationError(
            "wip-since needs a branch: work in progress is what no version of this branch has verified.",
            remedy="Set branch, or leave wip-since out.",
        )
    notes = []
    if own.consumer_version_selectors:
        notes.append("consumer-version-selectors is set: heads of branches count only as far as it selects them.")
    if own.consumes is not None:
        notes.append("consumes is none: nobody asks whether this version should have published contracts.")
    choice = Choice(
        selectors=[dict(one) for one in own.consumer_version_selectors or ()],
        wip_since=None if own.wip_since is None else own.wip_since.isoformat(),
    )
    store = PactBrokerStore(broker, choice)
    return Contracts(
        candidate=candidate, source=store, store=store, keeper=PactBrokerResults(broker), notes=tuple(notes)
    )


def broker_of(settings: BrokerSettings, url: str, limit: int) -> "PactBroker":
    """Reach a broker.

    Raises:
        ConfigurationError: there is no file of certificate authorities where the settings say so.
    """
    from gate.clients.pact_broker.client import Access, PactBroker, basic, bearer

    authorization = None if settings.token is None else bearer(settings.token)
    if settings.username is not None and settings.password is not None:
        authorization = basic(settings.username, settings.password)
    if settings.ca_file is not None and not Path(settings.ca_file).is_file():
        raise ConfigurationError("broker-ca-file is no file.", where=settings.ca_file, remedy="Check the path.")
    access = Access(url=url, authorization=authorization, authorities=settings.ca_file, limit=limit)
    return PactBroker(access)
