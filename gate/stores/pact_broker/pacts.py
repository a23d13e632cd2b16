"""From the broker's pacts to contracts."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from gate.clients.pact_broker.client import PactBroker
from gate.clients.pact_broker.errors import BrokerError, origin, public
from gate.clients.pact_broker.resource import Resource
from gate.domain.contracts import Contract, Format, PacticipantVersion, Selection
from gate.domain.report import Candidate
from gate.ports import Fetched
from gate.stores.pact_broker.documents import Pact, read

CONSUMER: Final = re.compile(r"/consumer/([^/]+)")
PACT_ADDRESS: Final = re.compile(r"/pacts/provider/[^/]+/consumer/(?P<consumer>[^/]+)/pact-version/(?P<content>[^/]+)")


class OneContract:
    """The one contract that a webhook's `pactUrl` names (`contract_requiring_verification_published`).

    Args:
        broker: that holds it.
        url: of the contract, at the broker.
    """

    def __init__(self, broker: PactBroker, url: str) -> None:
        self._broker = broker
        self._url = url

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return that contract. It binds: the run is about nothing else."""
        if origin(self._url) != origin(self._broker.url):
            raise BrokerError(
                f"contract-url is not at the broker {self._broker.url}.",
                where=public(self._url),
                remedy="Give the pactUrl of a webhook of that broker.",
            )
        return Fetched(contracts=(contract_of(self._broker.get(self._url), candidate.service, None),))


def contract_of(resource: Resource, provider: str | None, selection: Selection | None) -> Contract:
    """Read a pact [R066].

    Args:
        resource: the broker's answer.
        provider: whose contract it has to be; None when it may be anybody's.
        selection: how it was come by.
    """
    pact = read(Pact, resource, whole=False)  # whatever keys its author gave it
    if provider is not None and pact.provider.name != provider:
        raise BrokerError(
            f"this is a contract with {pact.provider.name}, not with {provider}.",
            where=resource.url,
            remedy="Check service and contract-url.",
        )
    return Contract(
        consumer=PacticipantVersion(name=pact.consumer.name, version=_name(resource, "pb:consumer-version")),
        provider=pact.provider.name,
        format=Format.PACT,
        document=resource.document,
        content_id=_name(resource, "pb:pact-version"),
        source=public(resource.link("self")),
        versions=tuple(str(link.get("name")) for link in resource.links("pb:consumer-versions")),
        selection=selection,
    )


def consumer_of(url: str) -> str:
    """Name the consumer whose contract is at this address."""
    found = CONSUMER.search(urlsplit(url).path)
    return "unknown" if found is None else unquote(found[1])


def address_of_content(url: str) -> tuple[str, str]:
    """Return consumer and content of a contract for verification: they stand nowhere but in its address [R065]."""
    found = PACT_ADDRESS.search(urlsplit(url).path)
    if found is None:
        raise BrokerError(
            "this address of a contract is of no known form.",
            where=public(url),
            remedy="Please report it: the broker may be newer than this gate.",
        )
    return unquote(found["consumer"]), found["content"]


def _name(resource: Resource, rel: str) -> str:
    links = resource.links(rel)
    if not links or not isinstance(links[0].get("name"), str):
        raise BrokerError(f"the contract has no link {rel} with a name.", where=resource.url)
    return str(links[0]["name"])
