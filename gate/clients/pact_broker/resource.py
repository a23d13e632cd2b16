"""What the broker says of something, and where it leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from gate.clients.pact_broker.errors import BrokerError


@dataclass(frozen=True, slots=True)
class Resource:
    """What the broker said of something: its content, and links to more."""

    url: str
    document: bytes
    content: Mapping[str, Any]

    def link(self, rel: str, **parameters: str) -> str:
        """Return the address of a link, its template filled with percent-encoded values."""
        links = self.links(rel)
        if not links:
            raise BrokerError(
                f"the answer has no link {rel}.",
                where=self.url,
                remedy="Is broker-url the address of a Pact Broker (2.89 or newer) or of PactFlow?",
            )
        address: str = links[0]["href"]
        for name, value in parameters.items():
            if value in {"", ".", ".."}:
                raise BrokerError(f"{value!r} cannot stand in the broker's link {rel}.", where=self.url)
            try:
                address = address.replace(f"{{{name}}}", quote(value, safe=""))
            except ValueError as error:
                raise BrokerError(f"{value!a} is no text for the link {rel}.", where=self.url) from error
        if "{" in address:
            raise BrokerError(f"the link {rel} asks for more than it was given: {address}.", where=self.url)
        try:
            return urljoin(self.url, address)
        except ValueError as error:
            raise BrokerError(f"the link {rel} leads to no address.", where=self.url) from error

    def links(self, rel: str) -> Sequence[Mapping[str, Any]]:
        """Return all links of a kind that lead somewhere."""
        links = self.content.get("_links")
        found = links.get(rel) if isinstance(links, dict) else None
        every = found if isinstance(found, list) else [found]
        return [one for one in every if isinstance(one, dict) and isinstance(one.get("href"), str)]
