"""What a store holds, seen past the gate that wrote it: by the fake broker's inside, or fact by fact in the files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Protocol

from gate.clients.git_branch import GitAccess, GitBranch
from gate.engines.pact_engine.engine import PactEngine
from gate.stores.built_in import layout
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.git_tree import GitTree
from gate.stores.built_in.names import escape, unescape
from gate.stores.built_in.tree import Tree
from tests.git_servers import Repository, make_repository
from tests.pact_broker import PactBroker, pact_broker
from tests.pact_broker.recorded_shapes import unrecorded

ENVIRONMENT: Final = "production"
BRANCH: Final = "contract-gate"


class Kept(Protocol):
    """A store that one test has for itself."""

    @property
    def options(self) -> dict[str, str]:
        """Return the settings that lead to it."""
        ...

    @property
    def days(self) -> set[date]:
        """Return the days on which it has written."""
        ...

    def live(self, service: str) -> list[str]:
        """Return the versions that are live in production."""
        ...

    def results(self, provider: str, version: str) -> list[tuple[str, bool]]:
        """Return what is kept of a version: for which consumer, and whether it was a success."""
        ...

    def head(self, service: str) -> str | None:
        """Return the version at the head of the main branch."""
        ...


@dataclass(frozen=True, slots=True)
class KeptByBroker:
    """A fake broker. See `Kept`."""

    broker: PactBroker

    @property
    def options(self) -> dict[str, str]:
        return {"broker-url": self.broker.url}

    @property
    def days(self) -> set[date]:
        return {self.broker.clock.now.date()}

    def live(self, service: str) -> list[str]:
        return self.broker.live(ENVIRONMENT, service)

    def results(self, provider: str, version: str) -> list[tuple[str, bool]]:
        return [(one.content.consumer.name, one.success) for one in self.broker.results(provider, version)]

    def head(self, service: str) -> str | None:
        head = self.broker.state.pacticipants[service].branches["main"].head
        return None if head is None else head.number


@dataclass(frozen=True, slots=True)
class KeptInFiles:
    """A built-in store. See `Kept`."""

    address: Path
    tree: Callable[[], Tree]
    """Reaches it as it is now."""
    since: date = field(default_factory=lambda: datetime.now(UTC).date())

    @property
    def options(self) -> dict[str, str]:
        return {"store": str(self.address)}

    @property
    def days(self) -> set[date]:
        return {self.since, datetime.now(UTC).date()}

    def live(self, service: str) -> list[str]:
        entries = layout.live_entries(self._facts.places(escape(ENVIRONMENT), escape(service)))
        return [str(unescape(one.version)) for one in entries]

    def results(self, provider: str, version: str) -> list[tuple[str, bool]]:
        facts = self._facts
        every = [
            (consumer, one)
            for consumer in facts.consumers(provider)
            for content in facts.names(f"{layout.SERVICES}/{escape(provider)}/results/{escape(consumer)}")
            for one in facts.results(provider, consumer, content)
        ]
        return [(consumer, facts.result(one).success) for consumer, one in every if one.version == escape(version)]

    def head(self, service: str) -> str | None:
        on_main = [one for one in self._facts.versions(service) if one.branch == "main"]
        return unescape(on_main[-1].version) if on_main else None

    @property
    def _facts(self) -> Facts:
        return Facts(self.tree(), PactEngine({}))


@contextmanager
def in_broker(_: Path) -> Iterator[Kept]:
    """Have a broker, and see at the end that it was asked nothing that no real one was ever asked."""
    with pact_broker() as broker:
        yield KeptByBroker(broker)
        assert broker.violations == []
        assert unrecorded(broker) == []


@contextmanager
def in_folder(folder: Path) -> Iterator[Kept]:
    """Have a folder in which there is nothing."""
    (folder / "store").mkdir()
    yield KeptInFiles(folder / "store", lambda: FolderTree(folder / "store"))


@contextmanager
def in_git(folder: Path) -> Iterator[Kept]:
    """Have a repository in which there is no commit yet."""
    with kept_in_git(make_repository(folder / "store.git")) as kept:
        yield kept


@contextmanager
def kept_in_git(repository: Repository) -> Iterator[Kept]:
    """Look into a repository."""
    access = GitAccess(url=str(repository.path), branch=BRANCH, user_configuration=False)
    opened: list[GitBranch] = []

    def tree() -> Tree:
        opened.append(GitBranch(access))
        return GitTree(opened[-1])

    yield KeptInFiles(repository.path, tree)
    for one in opened:
        one.close()


STORES: Final = {"pact broker": in_broker, "folder": in_folder, "git": in_git}
"""By the name of each kind: takes a folder of the test's own."""
