"""A branch that many write: whoever comes second looks and decides again, for as long as patience lasts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from gate.clients.git_branch import GitAccess, GitBranch
from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import ConflictError, StoreError
from gate.stores.built_in import git_tree
from gate.stores.built_in.git_tree import LONGEST_PAUSE, PATIENCE, GitTree
from gate.stores.built_in.tree import Change
from gate.stores.choice import Choice
from tests.stores.places import BuiltInPlace
from tests.stores.worlds import API, WEB, World, expects, this
from tests.unit.stores.built_in.folders import refusal

Files = Mapping[str, bytes]
ADDRESS = "https://git.example.com/acme/contracts"


@dataclass(slots=True)
class Repository:
    """A repository with one branch, in memory."""

    tip: Files = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    refusing: int = 0
    """How many pushes from now on are refused because somebody else was quicker with something unrelated."""
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    """What happens before each of the next pushes."""


class MemoryBranch(GitBranch):
    """The branch as one gate has fetched it."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(GitAccess(url=ADDRESS, branch="contract-gate", user_configuration=False))
        self._repository = repository
        self._fetched: Files = {}
        self.fetches = 0

    def fetch(self) -> str | None:
        self.fetches += 1
        self._fetched = self._repository.tip
        return str(len(self._fetched)) if self._fetched else None

    def folders(self, paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        below = {path: [one.removeprefix(f"{path}/") for one in self._below(path)] for path in paths}
        return {path: tuple(sorted({one.partition("/")[0] for one in names})) for path, names in below.items()}

    def files(self, paths: Sequence[str]) -> Files:
        return {path: self._fetched[path] for path in paths if path in self._fetched}

    def push(self, files: Files, message: str) -> bool:
        repository = self._repository
        if repository.meanwhile:
            repository.meanwhile.pop(0)()
        if repository.refusing:
            repository.refusing -= 1
            repository.tip = {**repository.tip}
        if repository.tip is not self._fetched:
            return False
        assert not files.keys() & repository.tip.keys(), "nothing is ever changed"
        self._fetched = repository.tip = {**repository.tip, **files}
        repository.messages.append(message)
        return True

    def _below(self, path: str) -> list[str]:
        return [one for one in self._fetched if not path or one.startswith(f"{path}/")]


@dataclass(slots=True)
class Clock:
    """A clock that goes when somebody waits."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def repository() -> Repository:
    return Repository()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(git_tree, "time", clock)
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    return clock


def _tree(repository: Repository, clock: Clock) -> GitTree:
    return GitTree(MemoryBranch(repository), clock.sleep)


@pytest.fixture
def world(repository: Repository, clock: Clock) -> World:
    return World("git", BuiltInPlace(lambda: _tree(repository, clock)))


def _change(**files: str) -> Change:
    return Change(files={name: content.encode() for name, content in files.items()}, subject="a subject")


WHERE = f"{ADDRESS} (branch contract-gate)"


def test_it_is_called_by_its_address_and_branch(repository: Repository, clock: Clock) -> None:
    assert _tree(repository, clock).where == WHERE


def test_what_was_fetched_stays_until_it_is_fetched_again(repository: Repository, clock: Clock) -> None:
    tree, other = _tree(repository, clock), _tree(repository, clock)
    other.add(lambda: _change(a="1"))
    assert (tree.names([""]), tree.files(["a"])) == ({"": ()}, {})

    tree.refresh()
    assert (tree.names([""]), tree.files(["a", "b"])) == ({"": ("a",)}, {"a": b"1"})


def test_what_is_decided_is_decided_by_what_was_just_fetched(repository: Repository, clock: Clock) -> None:
    tree = _tree(repository, clock)
    _tree(repository, clock).add(lambda: _change(a="1"))
    seen: list[Mapping[str, Sequence[str]]] = []

    def decide() -> None:
        seen.append(tree.names([""]))

    tree.add(decide)
    assert seen == [{"": ("a",)}]


@pytest.mark.parametrize(
    ("subject", "body", "message"),
    [("a subject", "", "a subject"), ("a subject", "https://ci.example/1", "a subject\n\nhttps://ci.example/1")],
)
def test_a_commit_says_why(repository: Repository, clock: Clock, subject: str, body: str, message: str) -> None:
    change = Change(files={"a": b""}, subject=subject, body=body)
    _tree(repository, clock).add(lambda: change)

    assert repository.messages == [message]


def test_nothing_is_pushed_where_there_is_nothing_to_add(repository: Repository, clock: Clock) -> None:
    _tree(repository, clock).add(lambda: None)

    assert (repository.tip, repository.messages, clock.pauses) == ({}, [], [])


def test_who_is_second_looks_and_decides_again(repository: Repository, clock: Clock) -> None:
    tree, other = _tree(repository, clock), _tree(repository, clock)
    repository.meanwhile.append(lambda: other.add(lambda: _change(n1="theirs")))
    asked: list[int] = []

    def decide() -> Change:
        asked.append(len(tree.names([""])[""]))
        return _change(**{f"n{asked[-1] + 1}": "ours"})

    tree.add(decide)

    assert asked == [0, 1]
    assert repository.tip == {"n1": b"theirs", "n2": b"ours"}


def test_who_is_second_may_find_that_there_is_nothing_left_to_do(repository: Repository, clock: Clock) -> None:
    tree, other = _tree(repository, clock), _tree(repository, clock)
    repository.meanwhile.append(lambda: other.add(lambda: _change(a="theirs")))
    tree.add(lambda: None if tree.names([""])[""] else _change(a="ours"))

    assert repository.tip == {"a": b"theirs"}
    assert len(repository.messages) == 1


def test_pauses_grow_and_end(repository: Repository, clock: Clock) -> None:
    repository.refusing = 9
    _tree(repository, clock).add(lambda: _change(a="1"))

    assert clock.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 4.0, 4.0, 4.0]
    assert repository.tip == {"a": b"1"}


def test_pauses_are_random_so_that_two_do_not_meet_again(repository: Repository) -> None:
    pauses: list[float] = []
    repository.refusing = 20
    GitTree(MemoryBranch(repository), pauses.append).add(lambda: _change(a="1"))

    assert len(set(pauses)) == 20
    assert all(0 <= one <= LONGEST_PAUSE for one in pauses)


def test_patience_ends(repository: Repository, clock: Clock) -> None:
    repository.refusing = 10_000
    tree = _tree(repository, clock)
    error = refusal(lambda: tree.add(lambda: _change(a="1")), StoreError)

    assert error.what == "others were always quicker to write, for 240 s."
    assert (error.where, error.remedy) == (WHERE, "Run it again.")
    assert PATIENCE < sum(clock.pauses) < PATIENCE + 2 * LONGEST_PAUSE
    assert repository.tip == {}


def test_what_cannot_be_decided_is_not_tried_again(repository: Repository, clock: Clock) -> None:
    def decide() -> Change:
        raise StoreError("this file is damaged.", where="a", remedy="Restore it.")

    refusal(lambda: _tree(repository, clock).add(decide), StoreError)
    assert clock.pauses == []


# The store on it: what is decided again is decided by the facts as they are then


def test_a_store_begins_with_the_first_publication(world: World, repository: Repository) -> None:
    (first, *_) = world.publish(WEB, "1", "total", url="https://ci.example/1")

    assert first.text == f"There was no store at {WHERE}: a new one was made."
    assert next(iter(repository.tip)) == "contract-gate-store.json"
    assert repository.messages == ["web-app 1: contract with orders-api\n\nhttps://ci.example/1"]


def test_two_who_begin_a_store_at_once_share_it(world: World, repository: Repository) -> None:
    repository.meanwhile.append(lambda: world.publish(WEB, "1", "total"))
    notices = world.publish(WEB, "2", "total")

    assert [one.text for one in notices] == [
        "The contract with orders-api is known: its results count for this version too."
    ]
    assert world.history(WEB) == ["2", "1"]
    assert [name for name in repository.tip if "@main" in name] == [
        "services/web-app/versions/000001-1@main.json",
        "services/web-app/versions/000002-2@main.json",
    ]


def test_who_comes_second_with_other_content_for_the_version_is_refused(world: World, repository: Repository) -> None:
    repository.meanwhile.append(lambda: world.publish(WEB, "1", "total"))
    refusal(lambda: world.publish(WEB, "1", "sum"), ConflictError)

    assert world.expected(WEB, "1") == {API: "total"}
    assert len(repository.messages) == 1


def test_who_comes_second_with_another_provider_adds_to_the_version(world: World, repository: Repository) -> None:
    repository.meanwhile.append(lambda: world.publish(WEB, "1", "total"))
    world.publish(WEB, "1", expects("a user", of="users-api"))

    assert world.expected(WEB, "1") == {API: "total", "users-api": "a user"}


def test_deployments_are_in_the_order_in_which_they_were_pushed(world: World, repository: Repository) -> None:
    for version in "123":
        world.publish(WEB, version, "total")
    world.deploy(WEB, "1")
    repository.meanwhile.append(lambda: world.deploy(WEB, "2"))
    world.deploy(WEB, "3")

    assert world.live_versions(WEB) == ["3"]
    assert [name.rpartition("/")[2] for name in repository.tip if "environments" in name] == [
        "000001-1-deployed.json",
        "000002-2-deployed.json",
        "000003-3-deployed.json",
    ]


def test_what_began_again_meanwhile_does_not_end(world: World, repository: Repository) -> None:
    for version in "12":
        world.publish(WEB, version, "total")
    world.deploy(WEB, "1")
    repository.meanwhile += [lambda: world.deploy(WEB, "2"), lambda: None, lambda: None]
    world.end(WEB, "1")

    assert world.live_versions(WEB) == ["2"]
    assert not [name for name in repository.tip if "undeployed" in name]


def test_two_who_keep_a_result_at_once_keep_both(world: World, repository: Repository) -> None:
    world.publish(WEB, "1", "total")
    one = world.contract(WEB, "1")
    repository.meanwhile.append(lambda: world.keep("5", (one, False)))
    world.keep("5", (one, True))

    assert world.result(WEB, "1", "5") is True
    assert [name.rpartition("/")[2] for name in repository.tip if "/results/" in name] == [
        "000001-5@1-failed.json",
        "000001-5@2-passed.json",
    ]


def test_what_is_known_is_not_pushed_again(world: World, repository: Repository) -> None:
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    before = list(repository.messages)
    world.publish(WEB, "1", "total")
    world.add(WEB, "1")
    world.deploy(WEB, "1")

    assert repository.messages == before


def test_each_commit_says_what_happened(world: World, repository: Repository) -> None:
    world.publish(WEB, "a" * 40, "total", expects("a user", of="users-api"))
    world.publish(WEB, "a" * 40, "total", branch="feat/x")
    world.verify("5", WEB, "a" * 40, success=False, url="https://ci.example/2")
    world.deploy(WEB, "a" * 40, instance="blue")
    world.release(WEB, "a" * 40)
    world.end(WEB, "a" * 40, instance="blue")
    world.end(WEB, "a" * 40, released=True)
    world.add(WEB, "2")

    assert repository.messages == [
        "web-app aaaaaaa: contracts with orders-api, users-api",
        "web-app aaaaaaa: on another branch",
        "orders-api 5: breaks web-app aaaaaaa\n\nhttps://ci.example/2",
        "web-app aaaaaaa: deployed to production as blue",
        "web-app aaaaaaa: released to production",
        "web-app aaaaaaa: not deployed any more in production as blue",
        "web-app aaaaaaa: not supported any more in production",
        "web-app 2: a new version",
    ]


def test_a_gate_asks_the_repository_once_for_what_it_reads(world: World, repository: Repository, clock: Clock) -> None:
    """What is read after `live` was there when `live` was asked."""
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    branch = MemoryBranch(repository)
    store = BuiltInPlace(lambda: GitTree(branch, clock.sleep)).store
    one = store(Choice(), new_environments=False)
    before = one.live(this())
    world.publish(WEB, "2", "sum")
    world.deploy(WEB, "2")

    assert branch.fetches == 1
    assert [found.consumer.version for found in one.contracts(this()).contracts] == ["1"]
    assert not one.has_version(PacticipantVersion(name=WEB, version="2"))
    assert branch.fetches == 1
    assert one.live(this()) != before
    assert [found.consumer.version for found in one.contracts(this()).contracts] == ["2"]
    assert branch.fetches == 2
