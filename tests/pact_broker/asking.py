"""Asks a broker as a client does, in the fewest words."""

import base64
import json
from typing import Any

import requests

from tests.pact_broker.server import PactBroker

HAL = "application/hal+json"
MERGE = {"Content-Type": "application/merge-patch+json"}


def ask(broker: PactBroker, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
    headers = {"Accept": HAL, **options.pop("headers", {})}
    return requests.request(method, broker.url + path, json=body, headers=headers, timeout=5, **options)


def publication(version: str, *pacts: dict[str, Any], conflict: str | None = None, **more: Any) -> dict[str, Any]:
    """Make the body that publishes pacts of one consumer."""
    contracts = [
        {
            "consumerName": pact["consumer"]["name"],
            "providerName": pact["provider"]["name"],
            "specification": "pact",
            "contentType": "application/json",
            "content": base64.b64encode(json.dumps(pact).encode()).decode(),
            **({} if conflict is None else {"onConflict": conflict}),
        }
        for pact in pacts
    ]
    name = pacts[0]["consumer"]["name"]
    return {"pacticipantName": name, "pacticipantVersionNumber": version, "contracts": contracts, **more}


def pacts_for(broker: PactBroker, provider: str = "orders-api", **wanted: Any) -> list[dict[str, Any]]:
    answer = ask(broker, "POST", f"/pacts/provider/{provider}/for-verification", wanted)
    assert answer.status_code == 200
    listed: list[dict[str, Any]] = answer.json()["_embedded"]["pacts"]
    return listed


def names(pacts: list[dict[str, Any]]) -> list[str]:
    return [pact["_links"]["self"]["name"].removeprefix("Pact between ").partition(" and ")[0] for pact in pacts]


def states(pacts: list[dict[str, Any]]) -> list[bool | None]:
    return [pact["verificationProperties"].get("pending") for pact in pacts]


def selected(broker: PactBroker, *selectors: dict[str, Any]) -> list[str]:
    return names(pacts_for(broker, consumerVersionSelectors=list(selectors)))


def deployable(broker: PactBroker, name: str, version: str, environment: str = "production") -> bool | None:
    answer = ask(broker, "GET", f"/can-i-deploy?pacticipant={name}&version={version}&environment={environment}")
    verdict: bool | None = answer.json()["summary"]["deployable"]
    return verdict
