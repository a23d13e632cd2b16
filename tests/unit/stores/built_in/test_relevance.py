"""What makes a content pending, and what becomes of consumers that cannot be read or that nobody can place."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.report import Stage
from gate.ports import Publication
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.layout import PublicationFact, ResultEntry, VersionEntry, VersionFact, written_fact
from gate.stores.built_in.names import escape
from gate.stores.built_in.publishing import BuiltInPublisher
from gate.stores.built_in.relevance import LOOKED_AT, is_pending
from gate.stores.built_in.store import BuiltInStore
from gate.stores.choice import Choice
from tests.stores.worlds import API, BILLING, USERS, WEB, World, expects, this
from tests.unit.stores.built_in.folders import READER, CountingTree, facts_in, refusal, world_in, written_by

MAIN, X, Y = "main", "feat/x", "feat/y"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def world(folder: Path) -> World:
    return world_in(folder)


# Pending


def _version(number: int, version: str, branch: str | None) -> VersionEntry:
    return VersionEntry(path="", number=number, version=version, branch=None if branch is None else escape(branch))


def _result(number: int, version: str, *, success: bool = True, wip: bool = False) -> ResultEntry:
    return ResultEntry(path="", number=number, version=version, time=1, success=success, wip=wip)


PROVIDER = (
    _version(1, "1", MAIN),
    _version(2, "2", X),
    _version(3, "3", MAIN),
    _version(4, "4", None),
    _version(5, "5", Y),
    _version(6, "6", X),
    _version(7, "2", MAIN),
)
"""The provider's versions: 2 began branch x and came to main last, 4 is on no branch, 5 began branch y."""


@pytest.mark.parametrize(
    ("results", "pending"),
    {
        "nobody has verified it": ([], {MAIN: True, X: True, Y: True, "new": True, None: True}),
        "it was never honoured": (
            [_result(1, "1", success=False), _result(6, "6", success=False)],
            {MAIN: True, X: True, Y: True, "new": True, None: True},
        ),
        "by the first of main, before all branches": (
            [_result(1, "1")],
            {MAIN: False, X: False, Y: False, "new": False, None: False},
        ),
        "by a version of main, after x began": (
            [_result(3, "3")],
            {MAIN: False, X: True, Y: False, "new": False, None: False},
        ),
        "by an old version of main, after x began": (
            [_result(4, "1")],
            {MAIN: False, X: True, Y: False, "new": False, None: False},
        ),
        "when y began, and not before": (
            [_result(5, "1")],
            {MAIN: False, X: True, Y: True, "new": False, None: False},
        ),
        "by a version of x alone": (
            [_result(6, "6")],
            {MAIN: True, X: False, Y: True, "new": False, None: False},
        ),
        "by a version of x that came to main": (
            [_result(2, "2")],
            {MAIN: False, X: False, Y: False, "new": False, None: False},
        ),
        "by a version on no branch": (
            [_result(4, "4")],
            {MAIN: True, X: True, Y: False, "new": False, None: False},
        ),
        "by a version that nobody has heard of": (
            [_result(1, "9")],
            {MAIN: True, X: False, Y: False, "new": False, None: False},
        ),
        "and broken afterwards": (
            [_result(3, "3"), _result(7, "3", success=False)],
            {MAIN: False, X: True, Y: False, "new": False, None: False},
        ),
        "as work in progress": (
            [_result(3, "3", wip=True)],
            {MAIN: False, X: True, Y: False, "new": False, None: False},
        ),
    }.values(),
)
def test_when_a_content_is_pending(results: list[ResultEntry], pending: dict[str | None, bool]) -> None:
    """Never honoured on this branch, nor on any before this branch began."""
    assert {branch: is_pending(results, PROVIDER, branch) for branch in pending} == pending


@pytest.mark.parametrize("branch", [MAIN, None])
def test_where_no_version_is_known_every_branch_is_yet_to_begin(branch: str | None) -> None:
    assert is_pending([], (), branch)
    assert not is_pending([_result(1, "1")], (), branch)


def test_of_two_that_came_at_once_the_branch_may_have_begun_second() -> None:
    """Two writers in a folder: nobody knows, and what is not pending binds."""
    at_once = (_version(1, "1", MAIN), _version(2, "2", MAIN), _version(2, "3", X))

    assert not is_pending([_result(2, "2")], at_once, X)
    assert is_pending([_result(3, "2")], at_once, X)
    assert is_pending([_result(2, "2")], (_version(1, "2", MAIN), _version(2, "3", X)), X)


# Heads


def _also(folder: Path, number: int, version: str, branch: str, service: str = WEB) -> None:
    """Have two writers give one number to two versions."""
    fact = VersionFact(service=service, version=version, branch=branch, at=facts_in(folder).now())
    (folder / fact.path(number)).write_bytes(written_fact(fact))


def test_where_two_came_to_a_branch_at_once_both_are_its_heads(world: World, folder: Path) -> None:
    world.add(API, "4")
    world.publish(WEB, "0", "old")
    world.publish(WEB, "1", "one")
    world.publish(WEB, "2", "two", branch=None)
    _also(folder, 2, "2", MAIN)

    assert world.because() == {"one": (Because.MAIN_BRANCH,), "two": (Because.MAIN_BRANCH,)}
    assert world.because({"mainBranch": True}) == {"one": (Because.SELECTED,), "two": (Because.SELECTED,)}
    world.publish(WEB, "3", "three")
    assert world.because() == {"three": (Because.MAIN_BRANCH,)}


def test_the_newest_with_a_contract_may_be_far_back(world: World) -> None:
    world.publish(WEB, "0", "total", branch="trunk")
    for number in range(1, LOOKED_AT + 3):
        world.publish(WEB, str(number), expects("a user", of=USERS), branch="trunk")

    assert world.because() == {"total": (Because.SOME_BRANCH,)}
    assert world.because({"latest": True}) == {"total": (Because.SELECTED,)}


def test_the_newest_with_a_contract_may_be_nobody(folder: Path, world: World) -> None:
    """A writer was killed before it said which version its contract is of."""
    world.publish(WEB, "1", expects("a user", of=USERS))
    (folder / "services" / API / "contracts" / WEB).mkdir(parents=True)
    found = world.fetched({"latest": True})

    assert found.contracts == ()
    assert found.notes == ("consumer-version-selectors selected no contract at all.",)


@pytest.mark.parametrize("stage", [Stage.CHANGE, Stage.DEPLOY])
def test_of_whom_nobody_knows_the_main_branch_that_is_noted_where_it_counts(world: World, stage: Stage) -> None:
    world.publish(WEB, "1", "total", branch="trunk")
    world.publish(BILLING, "1", "a bill")
    noted = (
        "Nobody knows the main branch of web-app, which never had one of the usual names, so the heads of all its "
        "branches and its latest version were taken."
    )

    assert world.fetched(stage=stage).notes == ((noted,) if stage is Stage.CHANGE else ())
    assert world.fetched({"mainBranch": True}, stage=stage).notes == ()


def test_a_selector_may_mean_every_branch(world: World) -> None:
    for version, branch in (("1", "main"), ("2", "feat/x"), ("3", None)):
        world.publish(WEB, version, f"on {branch}", branch=branch)

    assert set(world.because({"branch": True})) == {"on main", "on feat/x"}


@pytest.fixture
def selectable(world: World) -> World:
    """Have a consumer with a version for each selector, and a second one that is released elsewhere."""
    for version, branch in (("live", "main"), ("main", "main"), ("x", X), ("y", Y), ("newest", None)):
        world.publish(WEB, version, version, branch=branch)
    world.publish(BILLING, "1", "released")
    world.deploy(WEB, "live")
    new = world.store(new_environments=True)
    new.record(PacticipantVersion(name=BILLING, version="1"), "staging", None, released=True)
    return world


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({"mainBranch": True}, {"main", "released"}),
        ({"mainBranch": True, "consumer": WEB}, {"main"}),
        ({"matchingBranch": True}, {"x"}),
        ({"branch": Y}, {"y"}),
        ({"branch": Y, "latest": True}, {"y"}),
        ({"branch": True}, {"main", "x", "y", "released"}),
        ({"branch": "FEAT/Y"}, set()),
        ({"latest": True}, {"newest", "released"}),
        ({"environment": "production"}, {"live"}),
        ({"environment": "staging"}, {"released"}),
        ({"deployed": True}, {"live"}),
        ({"released": True}, {"released"}),
        ({"released": True, "environment": "production"}, set()),
        ({"deployed": True, "released": True}, {"live", "released"}),
        ({"deployedOrReleased": True}, {"live", "released"}),
        ({"deployedOrReleased": True, "consumer": BILLING}, {"released"}),
        ({"latest": True, "consumer": "nobody"}, set()),
    ],
)
def test_whom_a_selector_selects(selectable: World, selector: dict[str, Any], selected: set[str]) -> None:
    found = selectable.because(selector, branch=X)

    assert {words for words, because in found.items() if Because.SELECTED in because} == selected
    assert Because.LIVE in found["live"]


@pytest.mark.parametrize(
    ("since", "stage", "found"),
    [
        ("2026-01-01", Stage.CHANGE, {"x", "y"}),
        ("2999-01-01", Stage.CHANGE, set()),
        ("2026-01-01", Stage.DEPLOY, set()),
    ],
)
def test_work_in_progress_is_what_is_new_at_heads_that_nobody_selected(
    selectable: World, since: str, stage: Stage, found: set[str]
) -> None:
    because = selectable.because(wip_since=since, stage=stage)
    assert {words for words, reasons in because.items() if reasons == (Because.WIP,)} == found

    selectable.verify("5", WEB, "x")
    assert "x" not in selectable.because(wip_since=since, stage=stage)


def test_work_in_progress_is_none_where_nobody_can_tell_on_which_branch(world: World) -> None:
    world.publish(WEB, "1", "x", branch=X)

    assert Because.WIP not in dict.fromkeys(
        because for reasons in world.because(wip_since="2026-01-01", branch=None).values() for because in reasons
    )


def test_a_content_is_called_by_the_newest_version_that_has_it(world: World) -> None:
    for version in ("10", "9", "8"):
        world.publish(WEB, version, "total")
    world.deploy(WEB, "9")
    (contract,) = world.fetched().contracts

    assert contract.consumer == PacticipantVersion(name=WEB, version="8")
    assert contract.versions == ("9", "8")
    assert Path(contract.source.partition(": ")[2]).stem == contract.content_id


# Which branch is the main one


def _in_a_run(folder: Path, version: str, branch: str, default_branch: str | None) -> None:
    """Publish from a repository whose default branch is known."""
    facts = Facts(FolderTree(folder), READER, default_branch=default_branch)
    consumer = PacticipantVersion(name=WEB, version=version, branch=branch)
    publication = Publication(consumer=consumer, contracts=(written_by(WEB, version),), tags=(), url="")
    BuiltInPublisher(facts).publish(publication)


@pytest.mark.parametrize(
    ("published", "heads"),
    [
        ([("1", "trunk", "trunk"), ("2", "feat/x", "trunk")], {"1"}),
        ([("1", "main", None), ("2", "trunk", "trunk")], {"2"}),
        ([("1", "trunk", "trunk"), ("2", "main", None)], {"1"}),
        ([("1", "main", "main"), ("2", "trunk", "trunk"), ("3", "main", "trunk")], {"2"}),
        ([("1", "trunk", None), ("2", "trunk", "trunk"), ("3", "trunk", None)], {"3"}),
        ([("1", "main", "trunk")], {"1"}),
    ],
)
def test_the_main_branch_is_the_repositorys_default_one_where_a_run_says_so(
    folder: Path, world: World, published: list[tuple[str, str, str | None]], heads: set[str]
) -> None:
    for version, branch, default_branch in published:
        _in_a_run(folder, version, branch, default_branch)
    found = world.because(branch=None)

    assert {words for words, because in found.items() if because == (Because.MAIN_BRANCH,)} == heads
    assert world.fetched(branch=None).notes == ()


# Damage


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "what it published": (f"services/{WEB}/publications/1@1.json", lambda _: b""),
    "that is not its own": (
        f"services/{WEB}/publications/1@1.json",
        lambda content: content.replace(b"web-app", b"web-bpp"),
    ),
}


@pytest.fixture
def two(world: World) -> World:
    """Have two consumers that are live."""
    for name in (WEB, BILLING):
        world.publish(name, "1", f"of {name}")
        world.deploy(name, "1")
    return world


@pytest.mark.parametrize(("path", "damage"), DAMAGE.values(), ids=DAMAGE)
def test_a_consumer_that_cannot_be_read_is_a_fault_and_the_others_are_verified(
    two: World, folder: Path, path: str, damage: Callable[[bytes], bytes]
) -> None:
    (folder / path).write_bytes(damage((folder / path).read_bytes()))
    found = two.store().contracts(this())

    assert [one.consumer.name for one in found.contracts] == [BILLING]
    assert [one.where for one in found.faults] == [f"{folder}: {path}"]
    assert all(one.remedy for one in found.faults)


@pytest.mark.parametrize(
    "place",
    ["services/web-app/versions", "services/web-app/publications", "environments/production/web-app"],
)
def test_a_strange_file_of_one_consumer_is_a_fault_and_the_others_are_verified(
    two: World, folder: Path, place: str
) -> None:
    (folder / place / ".DS_Store").write_bytes(b"")
    found = two.store().contracts(this())

    assert [one.consumer.name for one in found.contracts] == [BILLING]
    assert [(one.where, one.what) for one in found.faults] == [
        (f"{folder}: {place}/.DS_Store", "this file is none of the store's.")
    ]


def test_results_that_cannot_be_read_are_a_fault_of_their_consumer(two: World, folder: Path) -> None:
    two.verify("5", WEB, "1")
    (results,) = (folder / "services" / API / "results" / WEB).iterdir()
    (results / "note.txt").write_text("broken since Tuesday")
    found = two.store().contracts(this())

    assert [one.consumer.name for one in found.contracts] == [BILLING]
    assert [one.where for one in found.faults] == [f"{folder}: {(results / 'note.txt').relative_to(folder).as_posix()}"]


@pytest.mark.parametrize("damage", [None, b"", b"{}", b'{"consumer": {"name": "web-app"}}'])
def test_a_contract_that_cannot_be_read_is_a_fault_that_names_it(
    two: World, folder: Path, damage: bytes | None
) -> None:
    content = two.contract(WEB, "1").content_id
    file = folder / "services" / API / "contracts" / WEB / f"{content}.json"
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    found = two.store().contracts(this())

    assert [one.consumer.name for one in found.contracts] == [BILLING]
    assert [one.where for one in found.faults] == [f"{folder}: {file.relative_to(folder).as_posix()}"]
    assert found.unread == ((WEB, content),)
    assert sorted(two.store().live_contracts(this())) == sorted(
        [(WEB, content), (BILLING, two.contract(BILLING, "1").content_id)]
    )


def test_a_folder_that_is_no_consumers_is_an_error(two: World, folder: Path) -> None:
    (folder / "services" / API / "contracts" / "Web App").mkdir()
    error = refusal(lambda: two.store().contracts(this()))

    assert error.what == "this file is none of the store's."


@pytest.mark.parametrize("gone", [[], ["versions"]])
def test_a_contract_of_which_nobody_knows_the_version_is_a_fault(two: World, folder: Path, gone: list[str]) -> None:
    """A writer was killed before it said so, or what it said is gone."""
    for name in ("publications", *gone):
        shutil.rmtree(folder / "services" / WEB / name)
    found = two.store().contracts(this())

    assert [one.consumer.name for one in found.contracts] == [BILLING]
    assert found.faults == (
        Fault(
            where=f"{folder}: services/web-app/publications",
            what="web-app has a contract here, and nothing says which of its versions published it.",
            remedy="Publish it again for web-app, or restore what is missing.",
        ),
    )


@pytest.mark.parametrize("contracts", [None, {USERS: "0" * 64}, {API: "0" * 64}])
def test_what_a_version_published_before_it_went_live_is_missed(
    two: World, folder: Path, contracts: dict[str, str] | None
) -> None:
    """The deployment says what it was: otherwise, a contract that binds would just not be there."""
    two.publish(WEB, "2", "another")
    publication = folder / "services" / WEB / "publications" / "1@1.json"
    publication.unlink()
    if contracts is not None:
        fact = PublicationFact.of(consumer=WEB, version="1", at=facts_in(folder).now(), contracts=contracts)
        publication.write_bytes(written_fact(fact))
    found = two.store().contracts(this())
    missed = (
        f"{folder}: services/web-app/publications (recorded in environments/production/web-app/000001-1-deployed.json)"
    )

    assert [one.consumer.name for one in found.contracts] == [BILLING]
    assert [(one.where, one.what) for one in found.faults] == [
        (
            missed,
            "web-app 1 had a contract with orders-api when it went live, and what it published is missing or another.",
        )
    ]
    assert refusal(lambda: two.store().live_contracts(this())).where == missed


def test_what_was_published_after_a_version_went_live_counts_too(world: World) -> None:
    world.add(API, "4")
    world.add(WEB, "1")
    world.deploy(WEB, "1")
    world.publish(WEB, "1", expects("a user", of=USERS))
    world.publish(WEB, "1", "total")

    assert world.because() == {"total": (Because.LIVE, Because.MAIN_BRANCH)}


def test_how_often_a_tree_is_asked_does_not_grow_with_the_consumers(folder: Path, world: World) -> None:
    """On a branch each question may be a way to a server and back."""

    def asked() -> int:
        tree = _counting(folder)
        store = _store_of(tree)
        store.live(this())
        assert store.contracts(this()).faults == ()
        return int(tree.questions)

    counts: list[Any] = []
    for start in (0, 2, 10):
        for number in range(start, start * 5 or 2):
            world.publish(f"consumer-{number}", "1", "total")
            world.deploy(f"consumer-{number}", "1")
        counts.append(asked())

    assert counts == [counts[0]] * 3
    assert counts[0] < 20


def _counting(folder: Path) -> CountingTree:
    return CountingTree(FolderTree(folder))


def _store_of(tree: CountingTree) -> BuiltInStore:
    return BuiltInStore(Facts(tree, READER), Choice())
