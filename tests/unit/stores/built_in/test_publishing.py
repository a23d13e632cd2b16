"""What publishing says and refuses, and that nothing of a refused publication stays."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.errors import ConflictError, StoreError
from gate.ports import Notice, Publication
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.layout import PublicationFact
from gate.stores.built_in.names import escape
from gate.stores.built_in.publishing import LINES_SHOWN, BuiltInPublisher
from gate.stores.built_in.tree import Change
from gate.stores.built_in.writing import LONGEST, named
from tests.builders import http, pact
from tests.stores.worlds import API, BILLING, USERS, WEB, World, expects, written
from tests.unit.stores.built_in.folders import READER, RecordingTree, paths_in, refusal, world_in, written_by

PAGE = "https://ci.example/1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def world(folder: Path) -> World:
    return world_in(folder)


def _conflict(work: Any) -> ConflictError:
    error = refusal(work, ConflictError)
    assert isinstance(error, ConflictError)
    return error


# What is written


def test_owners_are_written_where_somebody_named_them(world: World, folder: Path) -> None:
    world.publish(WEB, "1", owners=("@acme/web", "Ada"))
    world.publish(WEB, "2")
    first, second = (
        json.loads((folder / f"services/web-app/publications/{version}@1.json").read_bytes()) for version in "12"
    )

    assert first["owners"] == ["@acme/web", "Ada"]
    assert "owners" not in second
    without = {name: value for name, value in first.items() if name not in {"digest", "owners"}}
    assert first["digest"] == PublicationFact.of(**without).digest


def test_all_that_is_written_of_a_first_publication(world: World, folder: Path) -> None:
    world.publish(WEB, "1", "total", expects("a user", of=USERS), branch="feat/x", url=PAGE)
    total, user = (world.contract(WEB, "1", provider).content_id for provider in (API, USERS))

    assert paths_in(folder) == [
        "README.md",
        "contract-gate-store.json",
        f"services/orders-api/contracts/web-app/{total}.json",
        "services/orders-api/service.json",
        f"services/users-api/contracts/web-app/{user}.json",
        "services/users-api/service.json",
        "services/web-app/publications/1@1.json",
        "services/web-app/service.json",
        "services/web-app/versions/000001-1@feat%2fx.json",
    ]
    publication = json.loads((folder / "services/web-app/publications/1@1.json").read_bytes())
    assert publication.pop("at")
    assert len(publication.pop("digest")) == 64
    assert publication == {
        "consumer": WEB,
        "version": "1",
        "url": PAGE,
        "contracts": {API: total, USERS: user},
    }
    assert json.loads((folder / "contract-gate-store.json").read_bytes()) == {"store": "Contract Gate", "layout": 1}
    assert (folder / "README.md").read_text().startswith("# What our services expect of each other\n")


def test_a_contract_is_kept_byte_for_byte(world: World, folder: Path) -> None:
    document = json.dumps(json.loads(written_by(WEB).document), indent=4).encode() + b"\n"
    contract = replace(written_by(WEB), document=document)
    consumer = PacticipantVersion(name=WEB, version="1", branch="main")
    BuiltInPublisher(Facts(FolderTree(folder), READER)).publish(
        Publication(consumer=consumer, contracts=(contract,), tags=(), url="")
    )

    assert world.contract(WEB, "1").document == document


def test_the_same_content_is_one_file_for_all_versions(world: World, folder: Path) -> None:
    for version in ("1", "2", "3"):
        world.publish(WEB, version, "total")

    assert len(list((folder / "services/orders-api/contracts/web-app").iterdir())) == 1


def test_parts_of_a_publication_are_numbered(world: World, folder: Path) -> None:
    world.publish(WEB, "1", "total")
    world.publish(WEB, "1", expects("a user", of=USERS))
    world.publish(WEB, "1", "total", expects("a bill", of=BILLING), branch="feat/x")

    parts = sorted((folder / "services/web-app/publications").iterdir())
    assert [list(json.loads(one.read_bytes())["contracts"]) for one in parts] == [[API], [USERS], [BILLING]]
    assert world.expected(WEB, "1") == {API: "total", USERS: "a user", BILLING: "a bill"}


def test_a_writer_that_was_killed_is_made_good_by_the_next(world: World, folder: Path) -> None:
    """Whatever is missing of the end of a publication."""
    world.publish(WEB, "1", "total", expects("a user", of=USERS))
    whole = paths_in(folder)
    for missing in (
        ["services/web-app/versions/000001-1@main.json"],
        ["services/web-app/versions/000001-1@main.json", "services/web-app/publications/1@1.json"],
        [path for path in whole if path.startswith("services/")],
        [path for path in whole if path != "contract-gate-store.json"],
    ):
        for path in missing:
            (folder / path).unlink()
        world.publish(WEB, "1", "total", expects("a user", of=USERS))

        assert paths_in(folder) == whole
        assert world.because() == {"total": world.because()["total"]}


def _published(folder: Path, *contracts: Contract, consumer: str = WEB, **more: Any) -> tuple[Change, ...]:
    tree = RecordingTree(folder)
    values: dict[str, Any] = {"version": "1", "branch": "main"} | more
    this = PacticipantVersion(name=consumer, **values)
    publication = Publication(consumer=this, contracts=contracts or (written_by(consumer),), tags=(), url=PAGE)
    BuiltInPublisher(Facts(tree, READER)).publish(publication)
    return tuple(tree.changes)


def test_what_counts_is_written_behind_what_it_rests_on(folder: Path) -> None:
    (change,) = _published(folder, written_by(WEB), expects("a user", of=USERS).of(WEB))
    kinds = [path.rpartition("/")[2] if path.count("/") < 3 else path.split("/")[2] for path in change.files]

    assert kinds == [
        "contract-gate-store.json",
        "README.md",
        "service.json",
        "service.json",
        "service.json",
        "contracts",
        "contracts",
        "publications",
        "versions",
    ]


@pytest.mark.parametrize(
    ("providers", "said"),
    [
        (["a"], "contract with a"),
        (["a", "b"], "contracts with a, b"),
        (["a", "b", "c"], "contracts with a, b, c"),
        (["a", "b", "c", "d"], "contracts with 4 providers"),
    ],
)
def test_a_commit_says_whose_contracts_they_are(folder: Path, providers: list[str], said: str) -> None:
    (change,) = _published(folder, *(expects("x", of=name).of(WEB) for name in providers), version="9f2c1ab" + "0" * 33)

    assert change.subject == f"web-app 9f2c1ab: {said}"
    assert change.body == PAGE


def test_a_commit_says_that_a_version_came_to_another_branch(folder: Path) -> None:
    _published(folder)
    (change,) = _published(folder, branch="feat/x")

    assert change.subject == "web-app 1: on another branch"
    assert [path.rpartition("/")[2] for path in change.files] == ["000002-1@feat%2fx.json"]
    assert _published(folder, branch="feat/x") == ()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("web\napp", "web\\napp 1"), ("\u202eweb", "\\u202eweb 1"), ("x" * 100, "x" * (LONGEST - 1) + "…")],
)
def test_a_name_in_a_commit_is_short_and_can_be_read(name: str, shown: str) -> None:
    assert named(PacticipantVersion(name=name, version="1")) == shown


# What is said


def _notices(folder: Path, notices: tuple[Notice, ...]) -> list[tuple[str, bool]]:
    return [(one.text.replace(str(folder), "FOLDER"), one.is_warning) for one in notices]


def test_who_publishes_hears_whether_results_can_count(world: World, folder: Path) -> None:
    known = "The contract with orders-api is known: its results count for this version too."
    new = "The contract with orders-api is new: nobody has verified it yet."
    user = "The contract with users-api is new: nobody has verified it yet."

    assert _notices(folder, world.publish(WEB, "1", "total")) == [
        ("There was no store at FOLDER: a new one was made.", True),
        (new, False),
    ]
    assert _notices(folder, world.publish(WEB, "2", "total", expects("a user", of=USERS))) == [
        (known, False),
        (user, False),
    ]
    assert _notices(folder, world.publish(WEB, "2", "total")) == [(known, False)]
    assert _notices(folder, world.publish(WEB, "3", "sum")) == [(new, False)]


# What is refused


def test_a_difference_is_shown_for_each_provider(world: World, folder: Path) -> None:
    world.publish(WEB, "1", "total", expects("a user", of=USERS), expects("a bill", of=BILLING))
    before = paths_in(folder)
    conflict = _conflict(lambda: world.publish(WEB, "1", "sum", expects("a user", of=USERS), expects("no", of=BILLING)))

    assert conflict.what == (
        "web-app 1 was already published with other content for orders-api, billing, and nothing was published now."
    )
    assert conflict.where == str(folder)
    assert [detail.splitlines()[0] for detail in conflict.details] == [
        "The contract with orders-api:",
        "The contract with billing:",
    ]
    assert conflict.details[0].splitlines()[1:] == [
        "--- published",
        "+++ now",
        "@@ -5,5 +5,5 @@",
        '   "interactions": [',
        "     {",
        '-      "description": "total",',
        '+      "description": "sum",',
        '       "request": {',
        '         "method": "GET",',
    ]
    assert paths_in(folder) == before


def test_a_difference_does_not_tell_of_the_order_of_keys(world: World) -> None:
    one = http("total")
    world.publish(WEB, "1", written(pact(one)))
    turned = dict(reversed((one | {"response": {"status": 201, "body": {"id": 42}}}).items()))
    (detail,) = _conflict(lambda: world.publish(WEB, "1", written(pact(turned)))).details

    assert [line for line in detail.splitlines() if line[0] in "+-" and line[:3] not in {"+++", "---"}] == [
        '-        "status": 200',
        '+        "status": 201',
    ]


def test_a_large_difference_is_cut_off(world: World) -> None:
    world.publish(WEB, "1", *[expects(*(f"old {number}" for number in range(100)))])
    (detail,) = _conflict(lambda: world.publish(WEB, "1", expects(*(f"new {number}" for number in range(100))))).details
    lines = detail.splitlines()

    assert len(lines) == 1 + LINES_SHOWN + 1
    assert lines[-1].startswith("and ")
    assert lines[-1].endswith(" more lines")


def test_a_difference_to_what_is_damaged_is_unknown(world: World, folder: Path) -> None:
    world.publish(WEB, "1", "total")
    (contract,) = (folder / "services/orders-api/contracts/web-app").iterdir()
    contract.write_bytes(b"{")

    assert refusal(lambda: world.publish(WEB, "1", "sum"), StoreError).where.endswith(contract.name)


@pytest.mark.parametrize(
    ("known", "name"),
    [
        (WEB, "Web-App"),
        (WEB, "web app"),
        (WEB, "webapp"),
        (WEB, "web_app"),
        (WEB, "web.app"),
        (WEB, "WEB/APP"),
        (WEB, "\uff57eb-app"),
        ("stra\u00dfe", "STRASSE"),
        ("x" * 100, "X" * 100),
    ],
)
def test_a_name_that_looks_like_a_known_one_is_refused(world: World, folder: Path, known: str, name: str) -> None:
    world.publish(known, "1", "total")
    before = paths_in(folder)
    for work in (
        lambda: world.publish(name, "1", "total"),
        lambda: world.publish(API, "1", expects("x", of=name)),
    ):
        conflict = _conflict(work)
        assert conflict.what == f"{name!r} looks like {known!r}, and would be another service: nothing was published."
        assert conflict.where == str(folder)
        assert conflict.remedy == "Write both alike; if they are two services, give one of them another name."

    assert paths_in(folder) == before


@pytest.mark.parametrize("name", ["web-app2", "web", "w\u0435b-app", "\U0001f680", "caf\u00e9"])
def test_a_name_that_reads_otherwise_is_another_service(world: World, name: str) -> None:
    world.publish(WEB, "1", "total")
    world.publish("\U0001f4a9", "1", "total")
    world.publish(name, "1", "sum")

    assert world.expected(name, "1") == {API: "sum"}


def test_two_new_names_that_look_alike_are_refused_too(world: World, folder: Path) -> None:
    conflict = _conflict(lambda: world.publish(WEB, "1", expects("x", of="users"), expects("y", of="Users")))

    assert conflict.what.startswith("'users' looks like 'Users'")
    assert not folder.exists()


def test_a_service_may_be_its_own_consumer(world: World) -> None:
    world.publish(WEB, "1", expects("itself", of=WEB))

    assert world.expected(WEB, "1") == {WEB: "itself"}


@pytest.mark.parametrize("name", ["a\nb", "\u202eweb", "web\x00", "\u200bweb", "a\tb", "  ", ""])
def test_what_nobody_can_see_is_no_name(world: World, folder: Path, name: str) -> None:
    for work in (lambda: world.publish(name, "1", "total"), lambda: world.publish(WEB, "1", expects("x", of=name))):
        conflict = _conflict(work)
        assert conflict.what == f"{name!r} is no name: it has characters that nobody sees. Nothing was published."

    assert not folder.exists()


def test_where_names_cannot_be_read_nothing_is_published(world: World, folder: Path) -> None:
    """One of them may look like this one."""
    world.publish("x" * 100, "1", "total")
    (folder / "services" / escape("x" * 100) / "service.json").write_bytes(b"")
    before = paths_in(folder)

    assert refusal(lambda: world.publish(WEB, "1", "total"), StoreError).where.endswith("/service.json")
    assert paths_in(folder) == before
