"""The Pact Broker, put together."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gate.domain.errors import ConfigurationError
from gate.domain.report import Candidate
from gate.ports import ContractSource
from gate.settings.groups import BrokerSettings

if TYPE_CHECKING:
    from gate.clients.pact_broker.client import PactBroker


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


def broker_secrets(settings: BrokerSettings) -> Iterator[str]:
    """Yield what must never be shown."""
    from gate.clients.pact_broker.client import basic

    if settings.token is not None:
        yield settings.token
    if settings.username is not None and settings.password is not None:
        yield settings.password
        yield basic(settings.username, settings.password).partition(" ")[2]


def one_contract(broker: "PactBroker", url: str, candidate: Candidate) -> tuple[Candidate, ContractSource]:
    """Choose the one contract that a webhook names, and what the run is about then.

    Raises:
        ConfigurationError: it is to decide about a deployment.
    """
    from gate.stores.pact_broker.pacts import OneContract, consumer_of

    if candidate.stage == "deploy":
        raise ConfigurationError(
            "contract-url is about one contract, and stage deploy about a whole deployment.",
            remedy="Leave stage out in the workflow that a broker's webhook starts.",
        )
    # Whatever environment the gate file names: nothing is said of a deployment here.
    alone = replace(candidate, environments=(), one_contract=consumer_of(url))
    return alone, OneContract(broker, url)
