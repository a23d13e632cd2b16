"""Ten thousand files of others: nobody reads them, and their damage is nobody else's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from gate.stores.built_in.tree import Decide, Tree
from tests.damage.commands import ALLOW, UNKNOWN
from tests.damage.conftest import Furnished
from tests.damage.scenes import ACTIONS, QUESTIONS, SHIPPING, Question, answers, furnish, record
from tests.damage.stores import KINDS, FolderStore, Store, new_store, world_of
from tests.stores.worlds import API, WEB, expects

pytestmark = pytest.mark.timeout(180)
STRANGERS: Final = 22
VERSIONS: Final = 75
"""Of each stranger, and of the one consumer that all is about: each is published, verified and deployed."""
ENOUGH: Final = 30
"""Files that may be read for a question about four services, however many there are."""

Crowded = Callable[[str], Store]


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Crowded:
    """Return a store of ten thousand files, which nobody may change."""
    folder = tmp_path_factory.mktemp("crowded")
    made: dict[str, Store] = {}

    def of(kind: str) -> Store:
        if kind not in made:
            made[kind] = new_store(kind, folder / kind)
            _crowd(made[kind])
        return made[kind]

    return of


def _crowd(store: Store) -> None:
    first = new_store("folder", Path(store.options["store"]).parent / "first")
    _live_long(first, "stranger", "strangers-api", "1.{}")
    strangers = first.files()
    _live_long(first, WEB, API, "0.{}")
    furnish(first)
    files = first.files()
    for number in range(STRANGERS):
        name = f"stranger{number:02d}"
        files |= {
            path.replace("stranger", name): content.replace(b"stranger", name.encode())
            for path, content in strangers.items()
            if "stranger" in path
        }
    assert len(files) > 10_000
    store.vandalise(files)


def _live_long(store: Store, consumer: str, provider: str, version: str) -> None:
    world = world_of(store)
    for number in range(VERSIONS):
        one = version.format(number)
        world.publish(consumer, one, expects(f"an old order {number % 10}", of=provider))
        world.verify(one, consumer, one, provider=provider)
        record(store, consumer, one)
        record(store, provider, one)


class Counted:
    """A tree, and what it was asked for."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.where = tree.where
        self.listed: list[str] = []
        self.read: list[str] = []

    def refresh(self) -> None:
        self.tree.refresh()

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        self.listed.extend(folders)
        return self.tree.names(folders)

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        self.read.extend(paths)
        return self.tree.files(paths)

    def add(self, decide: Decide) -> None:
        self.tree.add(decide)


@dataclass(frozen=True, slots=True)
class Watched(FolderStore):
    """A store, and how often it was looked into."""

    counted: Counted = field(kw_only=True)

    def tree(self) -> Counted:
        return self.counted


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.service != SHIPPING], ids=str)
def test_nobody_reads_what_others_have_written(crowded: Crowded, furnished: Furnished, question: Question) -> None:
    store = crowded("folder")
    counted = Counted(store.tree())

    answer = question.asked(Watched(Path(store.options["store"]), counted=counted))

    assert answer.code == question.asked(furnished("folder")).code
    assert [path for path in {*counted.read, *counted.listed} if "stranger" in path] == []
    assert len(set(counted.read)) < ENOUGH


def test_all_is_the_same_in_git(crowded: Crowded, furnished: Furnished) -> None:
    some = [Question(API, "6"), Question(WEB, "1", stage="deploy")]

    assert answers(crowded("git"), some) == answers(furnished("folder"), some)


@pytest.mark.parametrize("kind", KINDS)
def test_the_damage_of_others_is_theirs(crowded: Crowded, furnished: Furnished, workspace: Path, kind: str) -> None:
    store = crowded(kind).copied(workspace / Path(crowded(kind).options["store"]).name)
    strangers = [path for path in store.files() if "stranger00" in path]
    store.vandalise(dict.fromkeys(strangers[::3], b"{") | dict.fromkeys(strangers[1::3]))
    some = QUESTIONS if kind == "folder" else [Question(API, "6"), Question(WEB, "1", stage="deploy")]

    assert answers(store, some) == answers(furnished("folder"), some)
    for action in ("publish", "record a deployment"):
        ended = ACTIONS[action](store, workspace)
        assert ended.code == ALLOW, ended.said
    stranger = Question("stranger00", "1.74", stage="deploy")
    assert stranger.asked(store).code == UNKNOWN


@pytest.mark.parametrize("kind", KINDS)
def test_ones_own_damage_is_not_lost_in_the_crowd(crowded: Crowded, workspace: Path, kind: str) -> None:
    store = crowded(kind).copied(workspace / Path(crowded(kind).options["store"]).name)
    question = Question(API, "5")
    assert question.asked(store).code == ALLOW

    (publication,) = (path for path in store.files() if path.startswith(f"services/{WEB}/publications/1@"))
    store.vandalise({publication: b"{"})
    answer = question.asked(store)
    assert (answer.code, publication in answer.faults) == (UNKNOWN, True), answer.faults
