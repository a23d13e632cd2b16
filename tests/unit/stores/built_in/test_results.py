"""What is kept of a verification: what others rest on, and what a person wants to read of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gate import __version__
from gate.domain.contracts import Because, Contract, PacticipantVersion, Selection
from gate.domain.errors import StoreError
from gate.domain.results import InteractionResult, Outcome, Where
from gate.ports import Verification
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.results import KEPT, TEXT_LIMIT, BuiltInResults
from gate.stores.built_in.tree import Change, Decide
from tests.builders import interaction, mismatch, result
from tests.stores.worlds import API, WEB, World
from tests.unit.stores.built_in.folders import READER, RecordingTree, facts_in, paths_in, refusal, world_in, written_by

NOW = datetime(2026, 11, 23, 10, 43, 11, tzinfo=UTC)
THIS = PacticipantVersion(name=API, version="5", branch="main")
PAGE = "https://ci.example/1"
ONE = replace(written_by(WEB), versions=("1", "2"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def world(folder: Path) -> World:
    world = world_in(folder)
    world.publish(WEB, "1", "total")
    return world


def _verified(*results: InteractionResult, contract: Contract = ONE) -> Verification:
    success = {one.outcome for one in results} <= {Outcome.PASSED}
    return Verification(contract=contract, success=success, results=results or (result(),))


def _keep(folder: Path, *verifications: Verification, provider: PacticipantVersion = THIS, url: str = PAGE) -> None:
    facts = Facts(FolderTree(folder), READER, lambda: NOW)

    assert BuiltInResults(facts).keep(provider, verifications or (_verified(),), url) == ()


def _names(folder: Path, contract: Contract = ONE) -> list[str]:
    place = f"services/{API}/results/{contract.consumer.name}/{contract.content_id}/"
    return [path.removeprefix(place) for path in paths_in(folder) if path.startswith(place)]


def _kept(folder: Path) -> dict[str, Any]:
    (name,) = _names(folder)
    content = (folder / f"services/{API}/results/{WEB}/{ONE.content_id}" / name).read_bytes()
    return dict(json.loads(content))


def test_a_success_is_kept_with_what_it_was_about(world: World, folder: Path) -> None:
    _keep(folder, _verified(result(), result(position=1)))

    assert _names(folder) == ["000001-5@1-passed.json"]
    assert _kept(folder) == {
        "provider": API,
        "version": "5",
        "consumer": WEB,
        "content": ONE.content_id,
        "success": True,
        "at": "2026-11-23T10:43:11Z",
        "url": PAGE,
        "consumer_versions": ["1", "2"],
        "interactions": 2,
        "verified_by": f"Contract Gate {__version__}",
    }


def test_of_a_break_what_is_broken_is_kept_for_people(world: World, folder: Path) -> None:
    broken = InteractionResult(
        interaction=interaction(1, states=("order 42 exists",)),
        outcome=Outcome.FAILED,
        mismatches=(mismatch(), mismatch(where=Where.STATUS, path="", message="expected 200 but was 404")),
    )
    _keep(folder, _verified(result(), broken, result(Outcome.ERRORED, 2)))

    assert _names(folder) == ["000001-5@1-failed.json"]
    assert _kept(folder)["broken"] == [
        {
            "interaction": "a request for order 42",
            "request": "GET /orders/42",
            "states": ["order 42 exists"],
            "mismatches": ["body $.total: the key “total” is missing", "status: expected 200 but was 404"],
        },
        {
            "interaction": "a request for order 42",
            "request": "GET /orders/42",
            "error": "the provider did not answer within 10 s (request-timeout)",
        },
    ]


def test_what_is_kept_for_people_is_bounded_and_can_be_read(world: World, folder: Path) -> None:
    hostile = "\x1b[31m" + "x" * 10_000 + "\n\u202e"
    broken = [
        InteractionResult(
            interaction=interaction(number, description=hostile, request_line=hostile, states=(hostile,) * 100),
            outcome=Outcome.FAILED,
            mismatches=(mismatch(message=hostile),) * 100,
            error=hostile,
        )
        for number in range(100)
    ]
    _keep(folder, _verified(*broken))
    kept = _kept(folder)["broken"]

    assert (len(kept), len(kept[0]["mismatches"]), len(kept[0]["states"])) == (KEPT, KEPT, KEPT)
    texts = [kept[0]["interaction"], kept[0]["request"], kept[0]["error"], *kept[0]["states"], *kept[0]["mismatches"]]
    assert all(len(text) <= TEXT_LIMIT and text.isprintable() for text in texts)


@pytest.mark.parametrize(
    ("because", "name"),
    [
        ((Because.WIP,), "000001-5@1-passed-wip.json"),
        ((Because.WIP, Because.SAME_BRANCH), "000001-5@1-passed.json"),
        ((Because.MAIN_BRANCH,), "000001-5@1-passed.json"),
        ((), "000001-5@1-passed.json"),
        (None, "000001-5@1-passed.json"),
    ],
)
def test_what_is_work_in_progress_and_nothing_else_is_kept_as_such(
    world: World, folder: Path, because: tuple[Because, ...] | None, name: str
) -> None:
    selection = None if because is None else Selection(because=because, pending=True)
    _keep(folder, _verified(contract=replace(ONE, selection=selection)))

    assert _names(folder) == [name]


# Which number a result has


def test_a_result_has_the_number_of_the_newest_version_at_that_time(world: World, folder: Path) -> None:
    world.add(API, "3")
    _keep(folder)
    world.add(API, "6")
    _keep(folder, provider=replace(THIS, version="3"))
    _keep(folder)
    _keep(folder, provider=replace(THIS, branch="feat/x"))
    _keep(folder, provider=replace(THIS, branch=None))

    assert _names(folder) == [
        "000002-5@1-passed.json",
        "000003-3@1-passed.json",
        "000003-5@2-passed.json",
        "000004-5@3-passed.json",
        "000004-5@4-passed.json",
    ]
    assert [path.rpartition("/")[2] for path in paths_in(folder) if f"{API}/versions/" in path] == [
        "000001-3@main.json",
        "000002-5@main.json",
        "000003-6@main.json",
        "000004-5@feat%2fx.json",
    ]


def test_each_result_of_a_version_has_its_time(world: World, folder: Path) -> None:
    for success in (True, False, True):
        _keep(folder, _verified(result(Outcome.PASSED if success else Outcome.FAILED)))
    _keep(folder, provider=replace(THIS, version="6"))

    assert _names(folder) == [
        "000001-5@1-passed.json",
        "000001-5@2-failed.json",
        "000001-5@3-passed.json",
        "000002-6@1-passed.json",
    ]


def test_a_version_on_no_branch_is_made_known_and_ends_nothing(world: World, folder: Path) -> None:
    world.add(API, "4")
    _keep(folder, provider=replace(THIS, branch=None))

    assert world.history(API) == ["5", "4"]
    assert world.pending() == {"total": True}


# What is written at all


def test_the_version_comes_before_its_results(world: World, folder: Path) -> None:
    tree = RecordingTree(folder)
    BuiltInResults(Facts(tree, READER)).keep(THIS, (_verified(),), PAGE)
    (change,) = tree.changes

    assert [path.rpartition("/")[2] for path in change.files] == ["000001-5@main.json", "000001-5@1-passed.json"]
    assert change.body == PAGE


@pytest.mark.parametrize(
    ("successes", "subject"),
    [
        ({WEB: True}, "orders-api 5: honours web-app 1"),
        ({WEB: False}, "orders-api 5: breaks web-app 1"),
        ({"a": True, "b": False, "c": True}, "orders-api 5: breaks b 1, honours a 1, c 1"),
    ],
)
def test_a_commit_says_who_is_honoured_and_who_is_broken(
    world: World, folder: Path, successes: dict[str, bool], subject: str
) -> None:
    tree = RecordingTree(folder)
    verifications = [
        replace(
            _verified(contract=replace(written_by(name), consumer=PacticipantVersion(name=name, version="1"))),
            success=success,
        )
        for name, success in successes.items()
    ]
    BuiltInResults(Facts(tree, READER)).keep(THIS, verifications, "")

    assert [(one.subject, one.body) for one in tree.changes] == [(subject, "")]


def test_a_commit_says_it_in_one_short_line(world: World, folder: Path) -> None:
    tree = RecordingTree(folder)
    names = [f"{'x' * 100}\n{number}" for number in range(200)]
    verifications = [_verified(contract=written_by(name)) for name in names]
    BuiltInResults(Facts(tree, READER)).keep(replace(THIS, version="5\n" * 100), verifications, "")
    (change,) = tree.changes

    assert change.subject.isprintable()
    assert len(change.subject) <= TEXT_LIMIT


def test_what_cannot_be_kept_is_an_error(world: World, folder: Path) -> None:
    (folder / f"services/{API}/versions").write_bytes(b"")
    keeper = BuiltInResults(facts_in(folder))

    assert str(folder) in refusal(lambda: keeper.keep(THIS, (_verified(),), PAGE), StoreError).where


def test_results_that_cannot_be_read_are_not_added_to(world: World, folder: Path) -> None:
    world.verify("5", WEB, "1")
    place = folder / f"services/{API}/results/{WEB}/{ONE.content_id}"
    (place / "note.txt").write_text("")
    before = paths_in(folder)
    keeper = BuiltInResults(facts_in(folder))

    assert "note.txt" in refusal(lambda: keeper.keep(THIS, (_verified(),), PAGE), StoreError).where
    assert paths_in(folder) == before


@pytest.mark.parametrize("ours", [True, False])
def test_of_two_who_keep_a_result_at_once_the_worse_counts(world: World, folder: Path, *, ours: bool) -> None:
    world.add(API, "5")

    class Meanwhile(FolderTree):
        """A folder to which somebody else writes when we have decided."""

        def add(self, decide: Decide) -> None:
            def late() -> Change | None:
                change = decide()
                world.verify("5", WEB, "1", success=not ours)
                return change

            super().add(late)

    verification = _verified(result(Outcome.PASSED if ours else Outcome.FAILED))
    BuiltInResults(Facts(Meanwhile(folder), READER)).keep(THIS, (verification,), PAGE)

    assert _names(folder) == ["000001-5@1-failed.json", "000001-5@1-passed.json"]
    assert world.result(WEB, "1", "5") is False
