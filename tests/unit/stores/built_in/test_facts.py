"""What is taken for a fact, and what is not: files that are damaged, none of the store's, or of another layout."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import StoreError
from gate.ports import Publication
from gate.stores.built_in import layout
from gate.stores.built_in.facts import Facts, main_branch
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.layout import PublicationFact, VersionEntry, written, written_fact
from gate.stores.built_in.names import escape
from gate.stores.built_in.publishing import BuiltInPublisher
from gate.stores.built_in.store import BuiltInStore
from gate.stores.choice import Choice
from tests.builders import as_bytes, http, pact
from tests.stores.worlds import API, PRODUCTION, WEB, World, expects, this
from tests.unit.stores.built_in.folders import (
    READER,
    CountingTree,
    facts_in,
    paths_in,
    refusal,
    world_in,
    written_by,
)

LONG = "9" * 200
"""A name that stands in full in files alone: of a version, and of a service."""
CONTENT = written_by(WEB).content_id


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have a store with a fact of each kind."""
    folder = tmp_path_factory.mktemp("whole") / "store"
    world = world_in(folder)
    world.publish(WEB, "1", "total")
    world.verify("5", WEB, "1")
    world.deploy(WEB, "1")
    world.publish(LONG, LONG, "long")
    return folder


@pytest.fixture
def folder(tmp_path: Path, whole: Path) -> Path:
    """Have a store with a fact of each kind, of the test's own."""
    return shutil.copytree(whole, tmp_path / "store")


@pytest.fixture
def world(folder: Path) -> World:
    return world_in(folder)


def _refused(folder: Path, read: Callable[[Facts], object]) -> StoreError:
    error = refusal(lambda: read(facts_in(folder)), StoreError)
    assert isinstance(error, StoreError)
    return error


# Every kind of fact


def _format(facts: Facts) -> bool:
    return facts.exists


def _service(facts: Facts) -> object:
    return facts.consumers(API)


def _version(facts: Facts) -> object:
    return [facts.version_name(LONG, one) for one in facts.versions(LONG)]


def _publication(facts: Facts) -> object:
    return facts.expected(WEB, facts.publications(WEB)["1"])


def _contract(facts: Facts) -> object:
    return facts.contract(API, WEB, CONTENT)


def _result(facts: Facts) -> object:
    return [facts.result(one) for one in facts.results(API, WEB, CONTENT)]


def _place(facts: Facts) -> object:
    return [facts.place(one) for one in facts.places(PRODUCTION, WEB)]


KINDS: dict[str, tuple[str, Callable[[Facts], object]]] = {
    "format": (layout.FORMAT_FILE, _format),
    "service": (f"services/{escape(LONG)}/service.json", _service),
    "version": (f"services/{escape(LONG)}/versions/000001-{escape(LONG)}@main.json", _version),
    "publication": ("services/web-app/publications/1@1.json", _publication),
    "contract": (f"services/orders-api/contracts/web-app/{CONTENT}.json", _contract),
    "result": (f"services/orders-api/results/web-app/{CONTENT}/000001-5@1-passed.json", _result),
    "place": ("environments/production/web-app/000001-1-deployed.json", _place),
}
EVERY_KIND = pytest.mark.parametrize(("path", "read"), KINDS.values(), ids=KINDS)


@EVERY_KIND
def test_a_fact_that_is_whole_is_read(folder: Path, path: str, read: Callable[[Facts], object]) -> None:
    assert path in paths_in(folder)
    assert read(facts_in(folder))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content.rstrip()[:-1],
    "no JSON": lambda _: b"<html>not found</html>",
    "two of them": lambda content: content * 2,
    "a conflict of git's": lambda content: b"<<<<<<< HEAD\n" + content + b"=======\n" + content + b">>>>>>> main\n",
    "NUL bytes": lambda content: bytes(len(content)),
    "NUL bytes at its end": lambda content: content[:-8] + bytes(8),
    "no text": lambda content: b"\xff\xfe\xfd" + content,
    "a list": lambda content: b"[" + content + b"]",
    "a text": lambda _: b'"hello"',
    "null": lambda _: b"null",
    "another object": lambda _: b'{"hello": 1}',
    "10,000 levels deep": lambda _: b'{"layout":' * 10_000,
    "10,000 levels deep, and closed": lambda _: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a number of 10,000 digits": lambda _: b'{"layout": ' + b"9" * 10_000 + b"}",
}


@EVERY_KIND
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_named_and_not_passed_over(
    folder: Path, path: str, read: Callable[[Facts], object], damage: Callable[[bytes], bytes]
) -> None:
    file = folder / path
    file.write_bytes(damage(file.read_bytes()))
    error = _refused(folder, read)

    assert error.where == f"{folder}: {path}"
    assert error.what.startswith("this file is damaged: ")
    assert error.remedy == "Restore it as it was; nothing that rests on it is known until then."


@EVERY_KIND
@pytest.mark.parametrize("value", [None, [], [1], {"a": 1}, "\0"], ids=str)
def test_a_value_of_another_type_is_damage(
    folder: Path, path: str, read: Callable[[Facts], object], value: Any
) -> None:
    file = folder / path
    content = json.loads(file.read_bytes())
    for name in content:
        if name in {"store", "at", "url", "interactions", "metadata", "verified_by", "consumer_versions", "branch"}:
            continue
        file.write_bytes(as_bytes(content | {name: value}))

        assert _refused(folder, read).what.startswith("this file is damaged: "), name


def test_a_publication_of_nothing_is_damage(folder: Path) -> None:
    path, read = KINDS["publication"]
    (folder / path).write_bytes(as_bytes(json.loads((folder / path).read_bytes()) | {"contracts": {}}))

    assert _refused(folder, read).what.startswith("this file is damaged: ")


@pytest.mark.parametrize("at", ["yesterday", "", None, [], "2026-13-01T00:00:00Z"])
@pytest.mark.parametrize("kind", ["version", "publication", "result", "place"])
def test_a_time_that_is_none_is_damage(folder: Path, kind: str, at: Any) -> None:
    path, read = KINDS[kind]
    (folder / path).write_bytes(as_bytes(json.loads((folder / path).read_bytes()) | {"at": at}))

    assert _refused(folder, read).what.startswith("this file is damaged: at: ")


@EVERY_KIND
def test_a_file_that_is_gone_is_missed_where_another_one_names_it(
    folder: Path, path: str, read: Callable[[Facts], object]
) -> None:
    (folder / path).unlink()
    if path in {KINDS[kind][0] for kind in ("service", "contract")}:
        error = _refused(folder, read)
        assert (error.where, error.what) == (f"{folder}: {path}", "this file is missing.")
    elif path == layout.FORMAT_FILE:
        assert _refused(folder, read).what == (
            "this is no store of Contract Gate's: it has no contract-gate-store.json, and it has README.md."
        )


@EVERY_KIND
def test_a_folder_is_no_file(folder: Path, path: str, read: Callable[[Facts], object]) -> None:
    (folder / path).unlink()
    (folder / path).mkdir()

    assert _refused(folder, read).what == "it cannot be read: it is no file."


# What stands in it is what its name says


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("service", {"service": WEB}),
        ("version", {"service": WEB}),
        ("version", {"version": "1"}),
        ("version", {"branch": "feat/x"}),
        ("version", {"branch": None}),
        ("publication", {"consumer": API}),
        ("publication", {"consumer": "Web-App"}),
        ("publication", {"version": "2"}),
        ("result", {"provider": WEB}),
        ("result", {"version": "6"}),
        ("result", {"consumer": API}),
        ("result", {"content": "0" * 64}),
        ("result", {"success": False}),
        ("result", {"wip": True}),
        ("place", {"environment": "staging"}),
        ("place", {"service": API}),
        ("place", {"version": "2"}),
        ("place", {"instance": "blue"}),
        ("place", {"event": "released"}),
    ],
)
def test_a_file_under_another_facts_name_is_damage(folder: Path, kind: str, changes: dict[str, Any]) -> None:
    path, read = KINDS[kind]
    (folder / path).write_bytes(as_bytes(json.loads((folder / path).read_bytes()) | changes))
    error = _refused(folder, read)

    assert (error.where, error.what) == (
        f"{folder}: {path}",
        "this file is damaged: what stands in it is not what its name says.",
    )


@pytest.mark.parametrize(
    "edited",
    [
        pact(http(), consumer=WEB),
        pact(http("total"), consumer="Web-App"),
        pact(http("total"), consumer=WEB, provider="users-api"),
        pact(http("total"), http("total"), consumer=WEB),
        pact(consumer=WEB),
    ],
)
def test_a_contract_that_was_edited_is_damage(folder: Path, edited: Any) -> None:
    path, read = KINDS["contract"]
    (folder / path).write_bytes(as_bytes(edited))

    assert _refused(folder, read).what == "this file is damaged: what stands in it is not what its name says."


def test_a_contract_may_be_written_in_another_way(folder: Path) -> None:
    """It is what it says that is named."""
    path, _ = KINDS["contract"]
    content = json.loads((folder / path).read_bytes())
    (folder / path).write_text(json.dumps(dict(reversed(content.items())), indent=4))

    document, source = facts_in(folder).contract(API, WEB, CONTENT)
    assert json.loads(document) == content
    assert source == f"{folder}: {path}"


def test_what_is_added_for_people_changes_nothing(folder: Path) -> None:
    path, read = KINDS["place"]
    (folder / path).write_bytes(as_bytes(json.loads((folder / path).read_bytes()) | {"note": "Ada did it"}))

    assert read(facts_in(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {"contracts": {API: "0" * 64}},
        {"contracts": {API: CONTENT, "users-api": "0" * 64}},
        {"contracts": {"users-api": CONTENT}},
        {"digest": "0" * 64},
        {"digest": ""},
    ],
)
def test_a_publication_that_was_edited_is_damage(folder: Path, changes: dict[str, Any]) -> None:
    """By its name alone, a contract that somebody took out would not be missed."""
    path, read = KINDS["publication"]
    (folder / path).write_bytes(as_bytes(json.loads((folder / path).read_bytes()) | changes))

    assert _refused(folder, read).what == "this file is damaged: what stands in it is not what its name says."


# Who answers for a service


def _told(folder: Path, **changes: Any) -> Facts:
    path, _ = KINDS["publication"]
    (folder / path).write_bytes(as_bytes(json.loads((folder / path).read_bytes()) | changes))
    return facts_in(folder)


@pytest.mark.parametrize("owners", [["@acme/web"], ["a"] * 10, ["x" * 100]])
def test_a_publication_may_say_who_answers_for_its_service(folder: Path, owners: list[str]) -> None:
    facts = _told(folder, owners=owners)
    expected = facts.expected(WEB, facts.publications(WEB)["1"])

    assert facts.owners(WEB) == tuple(owners)
    assert expected is not None
    assert expected.contracts == {API: CONTENT}


@pytest.mark.parametrize("owners", ["@acme/web", ["a"] * 11, ["x" * 101], [""], [5], {"a": "b"}, None])
def test_owners_of_another_form_are_damage(folder: Path, owners: Any) -> None:
    facts = _told(folder, owners=owners)

    with pytest.raises(StoreError, match="this file is damaged: owners"):
        facts.owners(WEB)


def test_of_several_parts_the_last_says_who_answers(folder: Path, world: World) -> None:
    _publish_part(folder, 2, users_api="1" * 64)
    assert facts_in(folder).owners(WEB) == ()

    path, _ = KINDS["publication"]
    second = (folder / path).with_name("1@2.json")
    second.write_bytes(as_bytes(json.loads(second.read_bytes()) | {"owners": ["Ada"]}))
    assert facts_in(folder).owners(WEB) == ("Ada",)


# What a version expects, in parts


def _publish_part(folder: Path, number: int, **contracts: str) -> None:
    consumer, at = WEB, facts_in(folder).now()
    named = {name.replace("_", "-"): content for name, content in contracts.items()}
    fact = PublicationFact.of(consumer=consumer, version="1", at=at, contracts=named)
    (folder / fact.path(number)).write_bytes(written_fact(fact))


def test_a_version_expects_what_all_its_parts_say(folder: Path, world: World) -> None:
    _publish_part(folder, 2, users_api="1" * 64)
    _publish_part(folder, 3, billing="2" * 64, users_api="1" * 64)
    facts = facts_in(folder)
    expected = facts.expected(WEB, facts.publications(WEB)["1"])

    assert expected is not None
    assert expected.contracts == {API: CONTENT, "users-api": "1" * 64, "billing": "2" * 64}
    assert facts.expected(WEB, ()) is None


def test_two_parts_that_disagree_are_named(folder: Path) -> None:
    _publish_part(folder, 2, users_api="1" * 64)
    _publish_part(folder, 3, orders_api="2" * 64)
    error = _refused(folder, _publication)

    assert error.what == "web-app 1 has two different contracts with orders-api."
    assert error.where.startswith(f"{folder}: ")
    assert all(f"services/web-app/publications/1@{part}.json" in error.where for part in "123")


# What is none of the store's

FOREIGN = {
    "a note": "README.md",
    "a hidden file": ".DS_Store",
    "a backup": "1@1.json~",
    "another ending": "000001-1-deployed.yml",
    "a copy": "000001-1-deployed copy.json",
    "a copy of a synchroniser's": "000001-1@1-passed (conflicted copy).json",
    "no number": "1.json",
    "a short number": "00001-1@1-passed.json",
    "another word": "000001-1-retired.json",
    "an ending of git's": "000001-1-deployed.json.orig",
}
READ_FOLDERS: dict[str, tuple[str, Callable[[Facts], object]]] = {
    "versions": ("services/web-app/versions", lambda facts: facts.versions(WEB)),
    "publications": ("services/web-app/publications", lambda facts: facts.publications(WEB)),
    "results": (f"services/orders-api/results/web-app/{CONTENT}", _result),
    "places": ("environments/production/web-app", _place),
}


NONE_OF_ITS = [
    pytest.param(*READ_FOLDERS[place], name, id=f"{what} among {place}")
    for place in READ_FOLDERS
    for what, name in FOREIGN.items()
    if place != "versions" or not (name.startswith("000001-") and name.endswith(".json"))
]


@pytest.mark.parametrize(("place", "read", "name"), NONE_OF_ITS)
@pytest.mark.parametrize("is_folder", [False, True])
def test_a_file_that_is_none_of_the_stores_is_named_and_not_passed_over(
    folder: Path, place: str, read: Callable[[Facts], object], name: str, *, is_folder: bool
) -> None:
    (folder / place / name).mkdir() if is_folder else (folder / place / name).write_bytes(b"{}")
    error = _refused(folder, read)

    assert error.where == f"{folder}: {place}/{name}"
    assert (error.what, error.remedy) == ("this file is none of the store's.", "Take it away from there.")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("versions", "000001-1@main copy.json"),
        ("versions", "000002-1 (conflicted copy).json"),
        ("versions", "000002-1@main - Copy.json"),
        ("versions", "000002-Web@main.json"),
        ("publications", "Web App@1.json"),
        ("results", "000001-V 5@1-passed.json"),
        ("places", "000002-1@blue (1)-deployed.json"),
    ],
)
def test_what_is_no_escaped_name_is_none_of_the_stores(folder: Path, kind: str, name: str) -> None:
    place, read = READ_FOLDERS[kind]
    (folder / place / name).write_bytes(b"{}")

    assert _refused(folder, read).what == "this file is none of the store's."


@pytest.mark.parametrize("name", ["README.md", ".DS_Store", "Web App", "a@b", "web-app ", "%41", "con"])
@pytest.mark.parametrize(
    ("place", "read"),
    [("services", Facts.services), ("services/orders-api/contracts", lambda facts: facts.consumers(API))],
)
def test_a_name_that_is_no_services_is_named(
    folder: Path, place: str, read: Callable[[Facts], object], name: str
) -> None:
    (folder / place / name).mkdir()
    error = _refused(folder, read)

    assert (error.where, error.what) == (f"{folder}: {place}/{name}", "this file is none of the store's.")


def test_a_version_whose_name_is_no_escaped_one_is_named(folder: Path) -> None:
    (folder / "services/web-app/versions/000002-Version 2.json").write_bytes(b"")

    error = refusal(lambda: world_in(folder).store().history(WEB), StoreError)
    assert error.where == f"{folder}: services/web-app/versions/000002-Version 2.json"


# What is no store, and none that this gate knows


@pytest.mark.parametrize("number", [0, 2, -1, 10**12])
def test_another_layout_is_neither_read_nor_written(folder: Path, world: World, number: int) -> None:
    (folder / layout.FORMAT_FILE).write_bytes(written({"store": "Contract Gate", "layout": number}))
    before = paths_in(folder)
    for work in (
        lambda: world.store().contracts(this()),
        lambda: world.store().live(this()),
        lambda: world.store().knows(WEB),
        lambda: world.publish(WEB, "2", "total"),
        lambda: world.add(WEB, "3"),
    ):
        error = refusal(work, StoreError)
        assert error.what == f"the store has layout {number}, and this gate knows layout 1 alone."
        assert error.where == f"{folder}: {layout.FORMAT_FILE}"
        assert error.remedy == "Use the newest release of Contract Gate in every pipeline that shares the store."

    assert paths_in(folder) == before


@pytest.mark.parametrize(
    "name", ["package.json", ".git", "environments", "services/web-app/service.json", "lost+found/x"]
)
def test_a_folder_with_something_else_in_it_is_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"{}")
    world = world_in(tmp_path)
    for work in (
        lambda: world.store().contracts(this()),
        lambda: world.store().live(this()),
        lambda: world.publish(WEB, "1", "total"),
        lambda: world.store().add_version(PacticipantVersion(name=WEB, version="1"), ""),
    ):
        error = refusal(work, StoreError)
        beginning, _, _ = name.partition("/")
        assert error.what == (
            f"this is no store of Contract Gate's: it has no contract-gate-store.json, and it has {beginning}."
        )
        assert (error.where, error.remedy) == (
            str(tmp_path),
            "Check store and store-branch. A new store begins empty.",
        )

    assert paths_in(tmp_path) == [name]


@pytest.mark.parametrize("there", [False, True])
def test_where_there_is_no_store_there_is_nothing_and_nobody_is_live(tmp_path: Path, *, there: bool) -> None:
    place = tmp_path / "store"
    if there:
        place.mkdir()
    store = BuiltInStore(facts_in(place), Choice())
    fetched = store.contracts(this())

    assert (fetched.contracts, fetched.faults, fetched.notes) == ((), (), ())
    assert (store.knows(WEB), store.has_service(WEB), store.history(WEB)) == (False, False, ())
    error = refusal(lambda: store.live(this()), StoreError)
    assert error.what == "there is no store yet: nothing was ever published here."
    assert place.exists() is there


def test_what_a_killed_writer_left_is_no_store_and_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / "0123").write_bytes(b'{"layo')
    facts = facts_in(tmp_path)
    assert not facts.exists

    world_in(tmp_path).publish(WEB, "1", "total")
    assert facts_in(tmp_path).exists


def test_what_else_lies_beside_a_store_is_no_business_of_its(folder: Path, world: World) -> None:
    (folder / "LICENSE").write_text("free")
    (folder / "README.md").unlink()
    world.publish(WEB, "2", "sum")

    assert world.expected(WEB, "2") == {API: "sum"}
    assert (folder / "README.md").exists()


# What was read


def test_a_gate_sees_what_was_there_until_it_looks_again(folder: Path, world: World) -> None:
    facts = facts_in(folder)
    before = (facts.publications(WEB), facts.consumers(API), facts.has_service("users-api"))
    world.publish(WEB, "2", expects("a user", of="users-api"))

    assert (facts.publications(WEB), facts.consumers(API), facts.has_service("users-api")) == before
    facts.refresh()
    assert list(facts.publications(WEB)) == ["1", "2"]
    assert facts.has_service("users-api")


def test_a_gate_that_writes_looks_again(folder: Path, world: World) -> None:
    facts = facts_in(folder)
    assert list(facts.publications(WEB)) == ["1"]
    world.publish(WEB, "2", "total")
    contract = written_by(WEB, "sum")
    consumer = PacticipantVersion(name=WEB, version="3", branch="main")
    BuiltInPublisher(facts).publish(Publication(consumer=consumer, contracts=(contract,), tags=(), url=""))

    assert list(facts.publications(WEB)) == ["1", "2", "3"]


class PartlyListed(CountingTree):
    """A large folder that others write to while it is listed, so many times."""

    times = 1

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        found = super().names(folders)
        if self.times and "services/web-app/versions" in folders:
            self.times -= 1
            return {**found, "services/web-app/versions": found["services/web-app/versions"][1:]}
        return found


@pytest.mark.parametrize(("times", "seen"), [(0, True), (1, True), (2, False)])
def test_a_folder_that_others_write_to_is_listed_again(folder: Path, world: World, times: int, *, seen: bool) -> None:
    """Of two files that are made meanwhile, a list may have the later alone."""
    world.publish(WEB, "2", "total")
    tree = PartlyListed(FolderTree(folder))
    tree.times = times
    facts = Facts(tree, READER)
    if seen:
        assert [one.version for one in facts.versions(WEB)] == ["1", "2"]
    else:
        assert refusal(lambda: facts.versions(WEB)).what == "number 1 is missing here."
    assert tree.folders.count("services/web-app/versions") == min(times + 1, 2)


def test_a_folder_is_listed_once_until_somebody_looks_again(folder: Path) -> None:
    tree = CountingTree(FolderTree(folder))
    facts = Facts(tree, READER)
    for _ in range(3):
        facts.versions(WEB)
        facts.publications(WEB)
    assert tree.folders.count("services/web-app/versions") == 1

    facts.refresh()
    facts.versions(WEB)
    assert tree.folders.count("services/web-app/versions") == 2


@pytest.mark.parametrize(
    ("branches", "main"),
    [
        ([], None),
        ([None, "trunk", "Main"], None),
        (["feat/x", "main"], "main"),
        (["master", "main"], "master"),
        (["develop", "main", "master"], "develop"),
    ],
)
def test_the_main_branch_is_the_first_with_a_usual_name(branches: list[str | None], main: str | None) -> None:
    versions = [VersionEntry(path="", number=number, version="1", branch=one) for number, one in enumerate(branches)]

    assert main_branch(versions) == main


def test_nothing_is_left_of_a_store_that_was_taken_away(folder: Path) -> None:
    facts = facts_in(folder)
    before = facts.exists
    shutil.rmtree(folder)
    facts.refresh()

    assert (before, facts.exists, facts.names("services")) == (True, False, ())
