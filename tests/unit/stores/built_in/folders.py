"""Stores in folders, whose files a test may damage, and trees that say what they were asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gate.domain.contracts import Contract
from gate.domain.errors import GateError
from gate.engines.pact_engine.engine import PactEngine
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import UNFINISHED, FolderTree
from gate.stores.built_in.tree import Change, Decide, Tree
from tests.stores.places import BuiltInPlace
from tests.stores.worlds import World, expects

READER = PactEngine({})


def world_in(folder: Path) -> World:
    """Have pipelines that share a store in a folder."""
    return World("folder", BuiltInPlace(lambda: FolderTree(folder)))


def facts_in(folder: Path) -> Facts:
    """Read a store as a gate does that begins now."""
    return Facts(FolderTree(folder), READER)


def paths_in(folder: Path) -> list[str]:
    """List the files of a store, without those that are being written."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path.as_posix() for path in files if path.parts[0] != UNFINISHED]


def written_by(consumer: str, words: str = "total") -> Contract:
    """Return a contract with the orders-api as it is read from a file."""
    return expects(words).of(consumer)


def refusal(work: Callable[[], object], kind: type[GateError] = GateError) -> GateError:
    """Return the error that says what happened, where, and what to do."""
    with pytest.raises(kind) as refused:
        work()
    assert refused.value.where
    assert refused.value.remedy
    return refused.value


@dataclass(slots=True)
class CountingTree:
    """Another tree, and all that is asked of it."""

    tree: Tree
    folders: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    questions: int = 0

    @property
    def where(self) -> str:
        return self.tree.where

    @where.setter
    def where(self, where: str) -> None:
        self.tree.where = where

    def refresh(self) -> None:
        self.tree.refresh()

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        self.questions += 1
        self.folders += folders
        return self.tree.names(folders)

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        self.questions += 1
        self.read += paths
        return self.tree.files(paths)

    def add(self, decide: Decide) -> None:
        self.tree.add(decide)


class RecordingTree(FolderTree):
    """A folder that remembers what was added to it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.changes: list[Change] = []

    def add(self, decide: Decide) -> None:
        def recorded() -> Change | None:
            change = decide()
            if change is not None:
                self.changes.append(change)
            return change

        super().add(recorded)


class MemoryTree:
    """Files that are only read."""

    where = "memory"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._folders: dict[str, set[str]] = {}
        for path in files:
            parts = path.split("/")
            for depth, part in enumerate(parts):
                self._folders.setdefault("/".join(parts[:depth]), set()).add(part)

    def refresh(self) -> None:
        """It is always the same."""

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return {folder: sorted(self._folders.get(folder, ())) for folder in folders}

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        return {path: self._files[path] for path in paths if path in self._files}

    def add(self, decide: Decide) -> None:
        assert decide() is None
