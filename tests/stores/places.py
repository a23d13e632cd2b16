"""A world for each kind of store: where it keeps its facts, and what it needs before a scenario begins."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from gate.clients.git_branch import GitAccess, GitBranch
from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.domain.contracts import PacticipantVersion
from gate.engines.pact_engine.engine import PactEngine
from gate.ports import ContractPublisher, ContractStore, ResultKeeper
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.git_tree import GitTree
from gate.stores.built_in.publishing import BuiltInPublisher
from gate.stores.built_in.results import BuiltInResults
from gate.stores.built_in.store import BuiltInStore
from gate.stores.built_in.tree import Tree
from gate.stores.choice import Choice
from gate.stores.pact_broker.publishing import PactBrokerPublisher
from gate.stores.pact_broker.results import PactBrokerResults
from gate.stores.pact_broker.store import PactBrokerStore
from tests.pact_broker import PactBroker as FakeBroker
from tests.pact_broker import pact_broker
from tests.pact_broker.recorded_shapes import unrecorded
from tests.stores.worlds import ENVIRONMENTS, World

LIMIT: Final = 10_000_000

# The Pact Broker


@dataclass(frozen=True, slots=True)
class BrokersPlace:
    """A fake broker, which is proven against a real one's recordings."""

    broker: FakeBroker

    def store(self, choice: Choice, *, new_environments: bool) -> ContractStore:
        return PactBrokerStore(self._client(), choice)

    def results(self) -> ResultKeeper:
        return PactBrokerResults(self._client())

    def publisher(self) -> ContractPublisher:
        return PactBrokerPublisher(self._client())

    def today(self) -> date:
        return self.broker.clock.now.date()

    def _client(self) -> PactBroker:
        return PactBroker(Access(url=self.broker.url, limit=LIMIT), Patience(answer=60, tries=1), lambda _: None)


NOT_RECORDED: Final = "GET /pacticipants/{pacticipant}/branches/{branch}: 200 "
"""That there is a branch of this name: nothing of the answer is read but its status."""


@contextmanager
def pact_broker_world(_: Path, __: Path) -> Iterator[World]:
    """Have a broker whose administrator has created the environments."""
    with pact_broker(environments=ENVIRONMENTS) as broker:
        yield World("pact broker", BrokersPlace(broker))
        assert [one for one in unrecorded(broker) if not one.startswith(NOT_RECORDED)] == []


# The built-in store


@dataclass(frozen=True, slots=True)
class BuiltInPlace:
    """A tree that each process finds for itself."""

    tree: Callable[[], Tree]

    def store(self, choice: Choice, *, new_environments: bool) -> ContractStore:
        return BuiltInStore(self._facts(), choice, new_environments=new_environments)

    def results(self) -> ResultKeeper:
        return BuiltInResults(self._facts())

    def publisher(self) -> ContractPublisher:
        return BuiltInPublisher(self._facts())

    def today(self) -> date:
        return datetime.now(UTC).date()

    def _facts(self) -> Facts:
        return Facts(self.tree(), PactEngine({}))


def _know_environments(world: World) -> None:
    """Have something in each environment, and nothing any more: only so the built-in store knows them."""
    somebody = PacticipantVersion(name="caretaker", version="1")
    store = world.store(new_environments=True)
    store.add_version(somebody, "")
    for environment in ENVIRONMENTS:
        store.record(somebody, environment, None, released=False)
        world.end("caretaker", "1", environment)


@contextmanager
def folder_world(folder: Path, template: Path) -> Iterator[World]:
    """Have a copy of a folder that knows its environments."""
    if not template.exists():
        _know_environments(_in_folder(template))
    shutil.copytree(template, folder / "store")
    yield _in_folder(folder / "store")


def _in_folder(folder: Path) -> World:
    return World("folder", BuiltInPlace(lambda: FolderTree(folder)))


@contextmanager
def git_world(folder: Path, template: Path) -> Iterator[World]:
    """Have a copy of a repository whose branch knows its environments. Each process fetches it for itself."""
    if not template.exists():
        subprocess.run(["git", "init", "--quiet", "--bare", template], check=True)
        with _on_branch(template) as made:
            _know_environments(made)
    shutil.copytree(template, folder / "store.git")
    with _on_branch(folder / "store.git") as world:
        yield world


@contextmanager
def _on_branch(repository: Path) -> Iterator[World]:
    access = GitAccess(url=str(repository), branch="contract-gate", user_configuration=False)
    opened: list[GitBranch] = []

    def tree() -> GitTree:
        opened.append(GitBranch(access))
        return GitTree(opened[-1])

    yield World("git", BuiltInPlace(tree))
    for one in opened:
        one.close()


WORLDS: Final = {"pact broker": pact_broker_world, "folder": folder_world, "git": git_world}
"""By the name of each kind: takes a folder of the test's own, and one that all tests of its kind share."""
