"""Publishing a consumer's contracts to the broker."""

import base64
from typing import Any, Final

from gate.clients.pact_broker.client import SERVER_ERROR, PactBroker
from gate.clients.pact_broker.errors import BrokerError
from gate.domain.errors import ConflictError
from gate.ports import Notice, Publication
from gate.stores.pact_broker.documents import Published, read
from gate.stores.refusals import changed_content

CONFLICT: Final = 409
CHANGE: Final = "Cannot change the content of the pact for "
"""How the broker begins its reason not to take other content for the same version [R019]."""
WARNINGS: Final = frozenset({"warning", "danger", "error"})
HINT: Final = "prompt"
"""The type of what the broker says to beginners."""


class PactBrokerPublisher:
    """Publishes to a Pact Broker or PactFlow. See `gate.ports.ContractPublisher`."""

    def __init__(self, broker: PactBroker) -> None:
        self._broker = broker

    def publish(self, publication: Publication) -> tuple[Notice, ...]:
        """Publish contracts in one call [R017]: the broker keeps all of them or none."""
        try:
            answer = self._broker.post(self._broker.index.link("pb:publish-contracts"), _body(publication))
        except BrokerError as error:
            if error.status is None or error.status >= SERVER_ERROR:
                raise _nobody_knows(error) from error
            if error.status != CONFLICT:
                raise
            raise _conflict(publication, error) from error
        published = read(Published, answer)
        if published.content.version.number != publication.consumer.version:
            raise BrokerError("the broker answered about another version than it was given.", where=answer.url)
        notices = (one for one in published.notices if one.kind != HINT)
        return tuple(Notice(text=one.text.strip(), is_warning=one.kind in WARNINGS) for one in notices)


def _nobody_knows(error: BrokerError) -> BrokerError:
    return BrokerError(
        f"nobody knows whether the contracts were published: {error.what}",
        where=error.where,
        remedy="Publish them again: what is there already stays as it is.",
        status=error.status,
    )


def _conflict(publication: Publication, error: BrokerError) -> ConflictError:
    """Tell other content for the same version [R019] from a name that looks like another one's [R022]."""
    consumer = publication.consumer
    changes = [text for text in error.said if text.startswith(CHANGE)]
    changed = [
        one.provider for one in publication.contracts if any(f"provider {one.provider}," in text for text in changes)
    ]
    if not changed:
        return ConflictError(
            "the Pact Broker refused the contracts, and none was published.",
            where=error.where,
            remedy="Read its reason above.",
            details=error.said,
        )
    return changed_content(consumer, changed, where=error.where, details=error.said)


def _body(publication: Publication) -> dict[str, Any]:
    consumer = publication.consumer
    contracts = [
        {
            "consumerName": contract.consumer.name,
            "providerName": contract.provider,
            "specification": "pact",
            "contentType": "application/json",
            "content": base64.b64encode(contract.document).decode(),
        }
        for contract in publication.contracts
    ]
    body: dict[str, Any] = {
        "pacticipantName": consumer.name,
        "pacticipantVersionNumber": consumer.version,
        "contracts": contracts,
    }
    optional = {"branch": consumer.branch, "tags": list(publication.tags), "buildUrl": publication.url}
    return body | {name: value for name, value in optional.items() if value}
