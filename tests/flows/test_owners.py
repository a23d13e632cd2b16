"""A consumer says in its repository who answers for it, and its provider's pipeline names them when it breaks it."""

from pathlib import Path

import pytest

from tests.flows.broker_runs import BrokerRuns, Runs, contract, expecting
from tests.flows.workspaces import Workspace
from tests.pact_broker import PactBroker
from tests.servers import Reply, serving

WEB = contract("web-app", expecting("/orders/42", id=42))


@pytest.fixture
def folder(tmp_path: Path) -> Runs:
    """Return runs over a store in a folder."""
    store = tmp_path / "store"
    store.mkdir()
    workspace = Workspace(tmp_path / "workspace")
    workspace.folder.mkdir()
    return Runs(workspace, {"store": str(store)})


def _broken(runs: Runs) -> tuple[list[str], list[str]]:
    """Break web-app, and return who is named as its owners, and who of them is mentioned."""
    with serving(lambda _: Reply(body={"ident": 42})) as provider:
        ended = runs.check(provider.url)
    assert ended.code == 1, ended.out + ended.err
    (entry,) = runs.workspace.report()["entries"]
    assert entry["advice"]["concerns"] == ["web-app"]
    return entry["advice"]["owners"], entry["advice"]["mentions"]


def _own(runs: Runs, text: str) -> None:
    (runs.workspace.folder / ".contract-gate.yml").write_text(text)


def test_what_the_consumer_published_names_its_owners_and_mentions_nobody(folder: Runs) -> None:
    _own(folder, "owners: {web-app: ['@acme/web', Web Guild], orders-api: '@acme/orders'}\n")
    published = folder.publish("web-app", "1", WEB)
    assert published.code == 0, published.out + published.err
    recorded = folder.run("record-deployment", service="web-app", version="1", first_deployment="true")
    assert recorded.code == 3, recorded.out  # recorded, and its provider is not live yet

    _own(folder, "request-timeout: 5\n")
    assert _broken(folder) == (["@acme/web", "Web Guild"], [])

    _own(folder, "owners: {web-app: '@ada'}\n")
    assert _broken(folder) == (["@ada"], ["@ada"])


def test_the_repository_that_a_broker_knows_stands_for_its_owners(runs: BrokerRuns, broker: PactBroker) -> None:
    broker.pacticipant("web-app", repository_url="https://github.com/acme/web-app")
    broker.publish("web-app", "1", "orders-api", WEB)
    broker.deploy("web-app", "1", "production")

    assert _broken(runs) == (["https://github.com/acme/web-app"], [])
