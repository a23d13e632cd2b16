"""What a later run may rest on: evidence as it was kept, and nothing that is damaged, foreign or in doubt."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from gate.domain.contracts import Because, Contract, PacticipantVersion, Selection
from gate.domain.errors import StoreError
from gate.domain.results import Outcome
from gate.domain.reuse import Basis, Evidence, Passed
from gate.ports import Verification
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.results import BuiltInResults
from tests.builders import result
from tests.stores.places import git_world
from tests.stores.worlds import API, BILLING, WEB, World
from tests.unit.stores.built_in.folders import READER, CountingTree, facts_in, refusal, world_in, written_by

NOW: Final = datetime(2026, 11, 23, 10, 43, 11, tzinfo=UTC)
PAGE: Final = "https://ci.example/1"
THIS: Final = PacticipantVersion(name=API, version="5", branch="main")
ONE: Final = written_by(WEB)
EVIDENCE: Final = Evidence(
    interactions=12,
    listing="a" * 64,
    basis=Basis(code="c" * 40, configuration="b" * 64, engine="engine 1.2", gate="0.1.0"),
)
PASSED: Final = Passed(evidence=EVIDENCE, at=NOW, url=PAGE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def world(folder: Path) -> World:
    world = world_in(folder)
    world.publish(WEB, "1", "total")
    return world


def _keep(
    folder: Path,
    contract: Contract = ONE,
    evidence: Evidence | None = EVIDENCE,
    *,
    provider: PacticipantVersion = THIS,
    success: bool = True,
) -> None:
    results = (result(Outcome.PASSED if success else Outcome.FAILED),)
    kept = Verification(contract=contract, success=success, results=results, evidence=evidence)
    facts = Facts(FolderTree(folder), READER, lambda: NOW)
    assert BuiltInResults(facts).keep(provider, (kept,), PAGE) == ()


def _passed(folder: Path, *contracts: Contract, provider: PacticipantVersion = THIS) -> list[Passed]:
    found = BuiltInResults(facts_in(folder)).passed(provider, contracts or (ONE,))
    assert set(found) <= {one.key for one in contracts or (ONE,)}
    return list(found.values())


def _file(folder: Path, number: int = 1) -> Path:
    (found,) = (folder / f"services/{API}/results/{WEB}/{ONE.content_id}").glob(f"*-5@{number}-*.json")
    return found


def test_evidence_comes_back_as_it_was_kept(world: World, folder: Path) -> None:
    _keep(folder)

    assert _passed(folder) == [PASSED]
    assert json.loads(_file(folder).read_bytes())["reusable"] == {
        "interactions": 12,
        "listing": "a" * 64,
        "code": "c" * 40,
        "configuration": "b" * 64,
        "engine": "engine 1.2",
        "gate": "0.1.0",
    }


def test_each_contract_has_its_own(world: World, folder: Path) -> None:
    other = replace(EVIDENCE, interactions=3)
    _keep(folder)
    _keep(folder, written_by(BILLING), other)

    assert [one.evidence for one in _passed(folder, written_by(BILLING), ONE, written_by(WEB, "another"))] == [
        other,
        EVIDENCE,
    ]


def test_a_result_without_evidence_has_none(world: World, folder: Path) -> None:
    _keep(folder, evidence=None)

    assert "reusable" not in json.loads(_file(folder).read_bytes())
    assert _passed(folder) == []


def test_where_nothing_was_ever_kept_there_is_none(world: World, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()

    assert _passed(tmp_path / "new") == []
    world.add(API, "5")
    assert _passed(folder) == []


def test_it_is_read_from_a_branch_of_git_too(tmp_path: Path) -> None:
    with git_world(tmp_path, tmp_path / "template") as world:
        keeper, reader = world.place.results(), world.place.results()
        keeper.keep(THIS, (Verification(contract=ONE, success=True, results=(result(),), evidence=EVIDENCE),), PAGE)

        assert isinstance(reader, BuiltInResults)
        assert [one.evidence for one in reader.passed(THIS, [ONE]).values()] == [EVIDENCE]


# A failure is never forgotten


@pytest.mark.parametrize(
    ("successes", "expected"),
    [
        ((True,), True),
        ((True, True), True),
        ((True, False), False),
        ((False,), False),
        ((False, True), False),
        ((True, False, True), False),
    ],
)
def test_what_the_version_ever_failed_is_verified_again(
    world: World, folder: Path, successes: tuple[bool, ...], *, expected: bool
) -> None:
    for success in successes:
        _keep(folder, success=success, evidence=EVIDENCE if success else None)

    assert _passed(folder) == ([PASSED] if expected else [])


def test_failures_of_other_versions_consumers_and_contents_are_none_of_its_own(world: World, folder: Path) -> None:
    _keep(folder)
    _keep(folder, provider=replace(THIS, version="6"), success=False)
    _keep(folder, written_by(BILLING), success=False)
    _keep(folder, written_by(WEB, "another"), success=False)

    assert _passed(folder) == [PASSED]
    assert _passed(folder, provider=replace(THIS, version="6")) == []


def test_only_the_last_result_counts(world: World, folder: Path) -> None:
    _keep(folder)
    _keep(folder, evidence=replace(EVIDENCE, listing="d" * 64))
    assert [one.evidence.listing for one in _passed(folder)] == ["d" * 64]

    _keep(folder, evidence=None)
    assert _passed(folder) == []


def test_of_two_that_were_written_at_once_neither_is_the_last(world: World, folder: Path) -> None:
    _keep(folder)
    first = _file(folder)
    first.with_name(first.name.replace("000001-", "000002-")).write_bytes(first.read_bytes())

    assert _passed(folder) == []


# What keeping the result once more would tell others


@pytest.mark.parametrize(
    ("branch", "expected"), [("main", True), (None, True), ("feat/x", False), ("Main", False), ("", False)]
)
def test_a_version_that_is_not_yet_on_the_branch_is_verified_again(
    world: World, folder: Path, branch: str | None, *, expected: bool
) -> None:
    _keep(folder)

    assert _passed(folder, provider=replace(THIS, branch=branch)) == ([PASSED] if expected else [])


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("now", [False, True])
def test_what_was_work_in_progress_is_verified_again_when_it_counts(
    world: World, folder: Path, *, before: bool, now: bool
) -> None:
    wip, counts = (
        replace(ONE, selection=Selection(because=because))
        for because in ((Because.WIP,), (Because.WIP, Because.MAIN_BRANCH))
    )
    _keep(folder, wip if before else counts)

    assert _passed(folder, wip if now else counts) == ([PASSED] if before is now else [])


# Damage


def _without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda said: {key: value for key, value in said.items() if key != name}


DAMAGE: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "null": lambda _: None,
    "true": lambda _: True,
    "a list": lambda said: [said],
    "empty": lambda _: {},
    "a text": json.dumps,
    "one key more": lambda said: said | {"more": 1},
    "no interactions": lambda said: said | {"interactions": 0},
    "minus one": lambda said: said | {"interactions": -1},
    "a number as a text": lambda said: said | {"interactions": "12"},
    "a number with a point": lambda said: said | {"interactions": 12.0},
    "true for a number": lambda said: said | {"interactions": True},
    "a listing in capitals": lambda said: said | {"listing": "A" * 64},
    "a listing that is cut": lambda said: said | {"listing": "a" * 63},
    "a listing and a line": lambda said: said | {"listing": f"{'a' * 64}\n"},
    "no code": lambda said: said | {"code": ""},
    "a branch for the code": lambda said: said | {"code": "main"},
    "no configuration": lambda said: said | {"configuration": ""},
    "no engine": lambda said: said | {"engine": ""},
    "an engine without end": lambda said: said | {"engine": "x" * 201},
    "a gate that is no text": lambda said: said | {"gate": 1},
    **{
        f"without {name}": _without(name)
        for name in ("interactions", "listing", "code", "configuration", "engine", "gate")
    },
}


@pytest.mark.parametrize("name", DAMAGE)
def test_evidence_of_another_shape_is_none_and_damages_nothing_else(world: World, folder: Path, name: str) -> None:
    _keep(folder)
    content = json.loads(_file(folder).read_bytes())
    _file(folder).write_text(json.dumps(content | {"reusable": DAMAGE[name](content["reusable"])}))

    assert _passed(folder) == []
    assert world.result(WEB, "1", "5") is True


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b'"5"', b'"6"'),
        lambda content: content.replace(b"true", b"false"),
        lambda content: content.replace(b"web-app", b"billing"),
        lambda content: content[:-20],
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"\xff",
    ],
)
def test_a_result_that_is_not_what_its_name_says_is_no_evidence(
    world: World, folder: Path, change: Callable[[bytes], bytes]
) -> None:
    _keep(folder)
    _file(folder).write_bytes(change(_file(folder).read_bytes()))

    assert _passed(folder) == []


def test_what_stands_among_the_results_and_is_none_is_an_error(world: World, folder: Path) -> None:
    _keep(folder)
    _file(folder).with_name("note.txt").write_text("")

    assert "note.txt" in refusal(lambda: _passed(folder), StoreError).where


# What it costs


def test_however_many_contracts_there_are_the_tree_is_asked_as_often(world: World, folder: Path) -> None:
    contracts = [written_by(WEB, f"words {number}") for number in range(8)]
    for one in contracts:
        _keep(folder, one)
    asked = []
    for several in (contracts[:2], contracts):
        tree = CountingTree(FolderTree(folder))
        assert len(BuiltInResults(Facts(tree, READER)).passed(THIS, several)) == len(several)
        asked.append(tree.questions)

    assert asked[0] == asked[1]
