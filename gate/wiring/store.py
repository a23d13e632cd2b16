"""Where contracts come from, and who knows what is live."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gate.domain.errors import ConfigurationError
from gate.domain.report import Candidate
from gate.ports import ContractReader, ContractSource, ContractStore
from gate.settings.groups import BrokerSettings, Settings

if TYPE_CHECKING:
    from gate.clients.pact_broker.client import PactBroker


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """A candidate, and what knows the contracts that it is to honour."""

    candidate: Candidate
    source: ContractSource
    store: ContractStore | None = None
    notes: tuple[str, ...] = ()


def contracts_of(settings: Settings, candidate: Candidate, reader: ContractReader) -> Contracts:
    """Choose the source of contracts.

    Raises:
        ConfigurationError: it cannot answer what the settings ask for.
    """
    if settings.broker.url is None:
        from gate.stores.contract_files import ContractFiles

        files = ContractFiles(settings.contracts.contracts, reader, size_limit=settings.contracts.max_contract_size)
        return Contracts(candidate=candidate, source=files)
    broker = _broker(settings.broker, settings.broker.url, settings.contracts.max_contract_size)
    if settings.contracts.contract_url is not None:
        return _one_contract(broker, settings.contracts.contract_url, candidate)
    return _store(settings, broker, candidate)


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
        notes=("One contract was looked at and nothing else: this allows no deployment.",),
    )


def _store(settings: Settings, broker: "PactBroker", candidate: Candidate) -> Contracts:
    from gate.stores.pact_broker.relevance import Choice
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
    return Contracts(candidate=candidate, source=store, store=store, notes=tuple(notes))


def _broker(settings: BrokerSettings, url: str, limit: int) -> "PactBroker":
    from gate.clients.pact_broker.client import Access, PactBroker, basic, bearer

    authorization = None if settings.token is None else bearer(settings.token)
    if settings.username is not None and settings.password is not None:
        authorization = basic(settings.username, settings.password)
    if settings.ca_file is not None and not Path(settings.ca_file).is_file():
        raise ConfigurationError("broker-ca-file is no file.", where=settings.ca_file, remedy="Check the path.")
    access = Access(url=url, authorization=authorization, authorities=settings.ca_file, limit=limit)
    return PactBroker(access)
