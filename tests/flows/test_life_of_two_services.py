"""A consumer and its provider from their first contract to their end, each step as their pipelines take it.

Over every store it is the same story, told in the same words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.flows.broker_runs import Runs, contract, expecting, told
from tests.flows.kept import STORES, Kept
from tests.flows.workspaces import Ended, Workspace
from tests.servers import Reply, serving

TO_PRODUCTION = {"stage": "deploy"}


def expects(*names: str, consumer: str = "web-app") -> dict[str, Any]:
    """Write a contract that expects an order to have these."""
    body = {name: ORDER[name] for name in names}
    return contract(consumer, {**expecting("/orders/42", **body), "description": f"an order with {', '.join(names)}"})


ORDER = {"id": 42, "total": 19.9, "currency": "EUR"}


@dataclass(frozen=True, slots=True)
class Production:
    """The pipelines of all services, and what is recorded as live."""

    runs: Runs
    kept: Kept

    @property
    def live(self) -> dict[str, list[str]]:
        names = ("web-app", "billing", "orders-api")
        return {name: versions for name in names if (versions := self.kept.live(name))}

    def results(self, version: str) -> list[tuple[str, bool]]:
        """Return what is kept of a version of the provider: for whom, and whether it was a success."""
        return sorted(self.kept.results("orders-api", version))

    def said(self, ended: Ended, code: int, *words: str) -> None:
        """Hold that a command ended like this, and that a person was told these words, today."""
        text = told(ended)
        for day in self.kept.days:
            text = text.replace(day.isoformat(), "TODAY")
        missing = [one for one in words if one not in text]
        assert (ended.code, missing) == (code, []), text

    def check(self, version: str, *names: str, **options: str) -> Ended:
        """Verify a version of orders-api whose orders have these."""
        with _answering(*names) as url:
            return self.runs.check(url, version=version, publish_results="always", **options)

    def can_i_deploy(self, service: str, version: str, **options: str) -> Ended:
        return self.runs.can_i_deploy(service=service, version=version, **options)

    def deployed(self, service: str, version: str) -> Ended:
        return self.runs.record("deployment", service, version)

    def removed(self, service: str) -> Ended:
        return self.runs.record("undeployment", service, "")


@contextmanager
def _answering(*names: str) -> Iterator[str]:
    with serving(lambda _: Reply(body={name: ORDER[name] for name in names})) as server:
        yield server.url


@pytest.fixture(params=STORES)
def production(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Production]:
    """Have a store of each kind, in which there is nothing."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.folder.mkdir()
    with STORES[request.param](tmp_path) as kept:
        yield Production(Runs(workspace, kept.options), kept)


@pytest.mark.timeout(300)
def test_two_services_from_their_first_contract_to_their_end(production: Production) -> None:
    _begin(production)
    _break_and_mend(production)
    _change_the_contract(production)
    _end(production)


def _begin(production: Production) -> None:
    """A first contract; the provider goes first, because the consumer needs it."""
    published = production.runs.publish("web-app", "1", expects("id", "total"))
    production.said(published, 0, "1 contract was published for web-app 1, branch main: with orders-api.")
    assert production.kept.head("web-app") == "1"

    production.said(
        production.can_i_deploy("web-app", "1"),
        3,
        "web-app → production: unknown, so not deployable",
        "orders-api: no version of it is recorded as live in production.",
        "Who acts: the team of orders-api. Deploy orders-api there first",
    )
    production.said(
        production.check("5", "id", "total"),
        0,
        "orders-api → production: can be deployed",
        "1 result was kept in the store for orders-api 5, branch main.",
    )
    assert production.results("5") == [("web-app", True)]
    assert production.kept.head("orders-api") == "5"

    production.said(production.can_i_deploy("orders-api", "5"), 0, "orders-api → production: can be deployed")
    production.said(
        production.deployed("orders-api", "5"),
        0,
        "orders-api 5 → production: deployment recorded, and it gets on with what is live",
    )
    production.said(
        production.can_i_deploy("web-app", "1", **TO_PRODUCTION),
        0,
        "web-app → production: can be deployed",
        "1 binding contract honoured, 1 of them by a result that the store keeps",
    )
    production.said(
        production.deployed("web-app", "1"),
        0,
        "web-app 1 → production: deployment recorded, and it gets on with what is live",
    )
    assert production.live == {"web-app": ["1"], "orders-api": ["5"]}


def _break_and_mend(production: Production) -> None:
    """A break that is deployed all the same is recorded all the same: who is live is the truth."""
    production.said(
        production.check("6", "id"),
        1,
        "orders-api → production: blocked",
        "web-app 1, live in production since TODAY: 1 of 1 interaction broken",
        "body $.total: the key “total” is missing",
        "Who acts: the authors of this version of orders-api. Keep orders-api answering as web-app expects",
    )
    assert production.results("6") == [("web-app", False)]
    production.said(
        production.can_i_deploy("orders-api", "6", **TO_PRODUCTION),
        1,
        "orders-api → production: blocked",
        "web-app 1, live in production since TODAY: this version fails its contract",
        "Who acts: the authors of this version of orders-api.",
    )
    production.said(
        production.deployed("orders-api", "6"),
        1,
        "orders-api 6 → production: deployment recorded, and it conflicts with what is live",
        "web-app 1, live in production since TODAY: this version fails its contract",
        "broken by this change",
    )
    assert production.live == {"web-app": ["1"], "orders-api": ["6"]}
    production.said(
        production.can_i_deploy("web-app", "1"),
        1,
        "web-app → production: blocked",
        "orders-api 6, live in production since TODAY: fails the contract of this version",
    )

    production.said(production.check("7", "id", "total"), 0, "orders-api → production: can be deployed")
    production.said(production.deployed("orders-api", "7"), 0, "deployment recorded, and it gets on with what is live")
    production.said(production.can_i_deploy("orders-api", "5", **TO_PRODUCTION), 0, "honoured on TODAY")
    production.said(
        production.deployed("orders-api", "5"),
        0,
        "orders-api 5 → production: deployment recorded, and it gets on with what is live",
    )
    assert production.live == {"web-app": ["1"], "orders-api": ["5"]}


def _change_the_contract(production: Production) -> None:
    """The consumer waits for a provider that honours what it newly expects, and the way back is shut afterwards."""
    changed = expects("id", "total", "currency")
    production.said(
        production.runs.publish("web-app", "1", changed),
        1,
        "web-app 1 was already published with other content for orders-api, and nothing was published now.",
        "Publish changed contracts as another version",
    )
    production.said(production.runs.publish("web-app", "2", changed), 0, "1 contract was published for web-app 2")
    assert production.kept.head("web-app") == "2"
    production.said(
        production.can_i_deploy("web-app", "2", **TO_PRODUCTION),
        3,
        "web-app → production: unknown, so not deployable",
        "orders-api 5, live in production since TODAY: no result says that it honours the contract of this",
        "Who acts: the team of orders-api. Have orders-api 5, live in production since TODAY, verified",
    )
    production.said(
        production.check("7-b", "id", "total"),
        0,
        "orders-api → production: can be deployed",
        "pending: does not block",
        "2 results were kept in the store for orders-api 7-b",
    )
    assert production.results("7-b") == [("web-app", False), ("web-app", True)]

    production.said(
        production.check("8", "id", "total", "currency"), 0, "2 results were kept in the store for orders-api 8"
    )
    assert production.results("8") == [("web-app", True)] * 2
    production.said(production.can_i_deploy("web-app", "2", **TO_PRODUCTION), 3, "orders-api 5, live in production")
    production.said(production.deployed("orders-api", "8"), 0, "it gets on with what is live")
    production.said(
        production.can_i_deploy("web-app", "2", **TO_PRODUCTION), 0, "web-app → production: can be deployed"
    )
    production.said(production.deployed("web-app", "2"), 0, "it gets on with what is live")
    assert production.live == {"web-app": ["2"], "orders-api": ["8"]}

    production.said(
        production.can_i_deploy("orders-api", "5", **TO_PRODUCTION),
        3,
        "web-app 2, live in production since TODAY: no result says that this version honours its contract",
    )
    production.said(
        production.can_i_deploy("orders-api", "7-b", **TO_PRODUCTION), 1, "orders-api → production: blocked"
    )


def _end(production: Production) -> None:
    """What only a removed consumer needed may be broken; a provider that somebody needs is missed."""
    production.said(
        production.runs.publish("billing", "1", expects("id", consumer="billing")), 0, "published for billing 1"
    )
    production.said(
        production.check("9", "id", "total", "currency"), 0, "2 results were kept in the store for orders-api 9"
    )
    production.said(production.deployed("orders-api", "9"), 0, "it gets on with what is live")
    production.said(production.deployed("billing", "1"), 0, "it gets on with what is live")
    production.said(
        production.check("10", "id", **TO_PRODUCTION), 1, "orders-api → production: blocked", "web-app 2, live in"
    )

    production.said(
        production.removed("web-app"),
        0,
        "web-app 2 → production: undeployment recorded, and nobody there needed it",
        "nothing that is live there was left without it",
    )
    assert production.live == {"billing": ["1"], "orders-api": ["9"]}
    production.said(
        production.check("10", "id", **TO_PRODUCTION),
        0,
        "orders-api → production: can be deployed",
        "head of its main branch 1 of 1 interaction broken does not block",
    )
    production.said(production.deployed("orders-api", "10"), 0, "it gets on with what is live")

    production.said(
        production.removed("orders-api"),
        1,
        "orders-api 10 → production: undeployment recorded, and somebody there still needs it",
        "billing 1, live in production since TODAY: needs this service, of which no version is live there",
        "Who acts: whoever undeployed orders-api. Deploy a version of orders-api there again that honours billing 1",
    )
    assert production.live == {"billing": ["1"]}
    production.said(
        production.removed("orders-api"),
        1,
        "undeployment not recorded, and somebody there still needs it",
        "no deployment of orders-api is recorded there, so that there was nothing to end.",
        "billing 1, live in production since TODAY: needs this service",
    )
    production.said(production.removed("billing"), 0, "undeployment recorded, and nobody there needed it")
    production.said(
        production.removed("billing"), 3, "undeployment not recorded; unknown whether somebody there still needs it"
    )
    assert production.live == {}
