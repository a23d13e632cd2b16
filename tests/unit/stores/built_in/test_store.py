"""What the built-in store says of who is live, and what it does not look at."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.errors import StoreError
from gate.domain.live import LiveVersion
from gate.domain.matrix import Pair
from gate.domain.results import KeptResult
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.layout import Event, PlaceFact, ResultFact, VersionFact, service_file, written, written_fact
from gate.stores.built_in.names import escape
from gate.stores.built_in.store import BuiltInStore
from gate.stores.choice import Choice
from tests.builders import as_bytes
from tests.stores.worlds import API, BILLING, PRODUCTION, STAGING, USERS, WEB, World, deployed, expects, this
from tests.unit.stores.built_in.folders import READER, CountingTree, MemoryTree, facts_in, paths_in, refusal, world_in

NOW = datetime(2026, 11, 23, 10, 43, 11, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def world(folder: Path) -> World:
    """Have a consumer that is live and verified, and a second one that is live."""
    world = world_in(folder)
    for name in (WEB, BILLING):
        world.publish(name, "1", f"of {name}")
        world.deploy(name, "1")
    world.verify("5", WEB, "1")
    return world


def _refused(work: Callable[[], object]) -> StoreError:
    error = refusal(work, StoreError)
    assert isinstance(error, StoreError)
    return error


# Environments


def test_an_environment_that_nobody_recorded_is_answered_with_those_that_are(world: World, folder: Path) -> None:
    world.store(new_environments=True).record(
        PacticipantVersion(name=WEB, version="1"), "x" * 100, None, released=False
    )
    shortened = escape("x" * 100)
    works: list[Callable[[], object]] = [
        lambda: world.store().live(this(environments=("prod",))),
        lambda: world.store().live(this(environments=(PRODUCTION, "prod"))),
        lambda: world.deploy(WEB, "1", "prod"),
    ]
    for work in works:
        error = _refused(work)
        assert (error.where, error.what) == (str(folder), "nothing was ever recorded in an environment 'prod'.")
        assert error.remedy == (
            f"There are: production, {shortened}. Check environment; if it is new, say first-deployment: true once."
        )


@pytest.mark.parametrize("environment", ["Production", "production ", "PRODUCTION", "prod/uction"])
def test_an_environment_of_a_similar_name_is_another_one(world: World, environment: str) -> None:
    assert "nothing was ever recorded" in _refused(lambda: world.store().live(this(environments=(environment,)))).what


def test_an_environment_may_be_meant_to_be_new(world: World) -> None:
    new = world.store(new_environments=True)
    assert new.live(this(environments=(STAGING,))) == ()

    new.record(PacticipantVersion(name=WEB, version="1"), STAGING, None, released=False)
    assert world.live_versions(WEB, STAGING) == ["1"]


def test_the_first_environment_of_all_needs_no_word(folder: Path) -> None:
    world = world_in(folder)
    world.publish(WEB, "1", "total")
    assert world.store().live(this(environments=(STAGING,))) == ()

    world.deploy(WEB, "1", STAGING)
    assert world.live_versions(WEB, STAGING) == ["1"]


@pytest.mark.parametrize("name", ["README.md", ".DS_Store", "Production", "a b"])
def test_what_is_no_environment_is_named_wherever_one_is_asked_for(world: World, folder: Path, name: str) -> None:
    (folder / "environments" / name).mkdir()
    works: list[Callable[[], object]] = [
        lambda: world.store().live(this()),
        lambda: world.store().live(this(environments=("prod",))),
        lambda: world.store().knows("nobody"),
        lambda: world.deploy(WEB, "1", "prod"),
        lambda: world.store({"deployed": True}).contracts(this()),
    ]
    for work in works:
        error = _refused(work)
        assert (error.where, error.what) == (f"{folder}: environments/{name}", "this file is none of the store's.")


# Who is live


def test_a_live_version_is_told_with_all_that_is_known(world: World) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    world.deploy(WEB, "1", instance="Blue/2")
    world.release(WEB, "1")
    found = [one for one in world.store().live(this()) if one.name == WEB]

    assert [(one.version, one.environment, one.instance, one.released) for one in found] == [
        ("1", PRODUCTION, None, False),
        ("1", PRODUCTION, "Blue/2", False),
        ("1", PRODUCTION, None, True),
    ]
    assert all(one.since is not None and before <= one.since <= datetime.now(UTC) for one in found)


def test_of_strangers_one_is_told_and_only_where_nobody_else_is(folder: Path) -> None:
    world = world_in(folder)
    world.publish(WEB, "1", "total")
    for name in ("a", "b", "c"):
        world.add(name, "1")
        world.deploy(name, "1")
    assert world.store().live(this(service="nobody"))[0].name == "a"
    assert len(world.store().live(this(service="nobody"))) == 1

    world.deploy(WEB, "1")
    assert [one.name for one in world.store().live(this())] == [WEB]
    world.end(WEB, "1")
    assert [one.name for one in world.store().live(this())] == ["a"]


def test_strangers_are_told_for_each_environment(folder: Path) -> None:
    world = world_in(folder)
    world.add("a", "1")
    new = world.store(new_environments=True)
    for environment in (PRODUCTION, STAGING):
        new.record(PacticipantVersion(name="a", version="1"), environment, None, released=False)
    new.end(deployed_of(new, "a", STAGING))

    assert [(one.name, one.environment) for one in new.live(this(environments=(PRODUCTION, STAGING)))] == [
        ("a", PRODUCTION)
    ]


def deployed_of(store: Any, name: str, environment: str) -> LiveVersion:
    (found,) = store.live(this(service=name, environments=(environment,)))
    assert isinstance(found, LiveVersion)
    return found


def test_providers_are_whom_this_very_version_expects_something_of(folder: Path) -> None:
    world = world_in(folder)
    world.publish(API, "4", expects("a bill", of=BILLING))
    world.publish(API, "5", expects("a user", of=USERS))
    for name in (BILLING, USERS, API):
        world.add(name, "4")
        world.deploy(name, "4")

    assert [one.name for one in world.store().live(this(version="5"))] == [API, USERS]
    assert [one.name for one in world.store().live(this(version="4"))] == [API, BILLING]
    assert [one.name for one in world.store().live(this(version=""))] == [API]


UNRELATED = 10_000


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> MemoryTree:
    """Have a store with one consumer, and with thousands of services that have nothing to do with it."""
    folder = tmp_path_factory.mktemp("crowded")
    world = world_in(folder)
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    world.verify("5", WEB, "1")
    files = {path: (folder / path).read_bytes() for path in paths_in(folder)}
    for number in range(UNRELATED):
        name = f"unrelated-{number}"
        place = PlaceFact(environment=PRODUCTION, service=name, version="1", event=Event.DEPLOYED, at=NOW)
        version = VersionFact(service=name, version="1", branch="main", at=NOW)
        files[service_file(name)] = written({"service": name})
        files[version.path(1)] = written_fact(version)
        files[place.path(1)] = written_fact(place)
    return MemoryTree(files)


def test_of_thousands_of_services_only_the_related_are_looked_at(crowded: MemoryTree) -> None:
    tree = CountingTree(crowded)
    store = BuiltInStore(Facts(tree, READER), Choice())
    candidate = this()
    pair = Pair(consumer=WEB, consumer_version="1", provider=API, provider_version="5")

    assert [one.name for one in store.live(candidate)] == [WEB]
    assert [one.consumer.name for one in store.contracts(candidate).contracts] == [WEB]
    assert len(store.live_contracts(candidate)) == 1
    assert len(store.contents(API, [PacticipantVersion(name=WEB, version="1")])) == 1
    assert isinstance(store.results([pair])[pair], KeptResult)
    assert store.expectations(PacticipantVersion(name=API, version="5")) == ()
    assert [one.version for one in store.history(API)] == ["5"]
    assert store.knows(API)
    assert [one for one in (*tree.folders, *tree.read) if "unrelated" in one] == []
    assert len(tree.folders) < 30
    assert len(tree.read) < 10
    assert tree.questions < 20


def test_of_thousands_of_strangers_a_few_are_looked_at(crowded: MemoryTree) -> None:
    tree = CountingTree(crowded)
    store = BuiltInStore(Facts(tree, READER), Choice())

    assert [one.name for one in store.live(this(service="nobody"))] == ["unrelated-0"]
    assert len(tree.folders) < 200
    assert len(tree.read) < 200


# What cannot be believed


ONE = "environments/production/web-app/000001-1-deployed.json"


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"version": "1"}', None])
def test_what_is_live_and_cannot_be_read_is_an_error(world: World, folder: Path, damage: bytes | None) -> None:
    if damage is None:
        (folder / ONE).unlink()
        (folder / ONE).mkdir()
    else:
        (folder / ONE).write_bytes(damage)

    assert ONE in _refused(lambda: world.store().live(this())).where


@pytest.mark.parametrize("content", [b"", b"{}", None, b"another"])
@pytest.mark.parametrize(
    "end", ["000002-1-undeployed", "000002-2-deployed", "000001-2-deployed", "000001-1-undeployed"]
)
def test_what_would_end_it_is_read_before_it_is_believed(
    world: World, folder: Path, end: str, content: bytes | None
) -> None:
    """A name is soon made: a file that was being copied, or that somebody touched, ends nothing."""
    path = folder / "environments/production/web-app" / f"{end}.json"
    if content is None:
        path.mkdir()
    elif content == b"another":
        path.write_bytes((folder / ONE).read_bytes())
    else:
        path.write_bytes(content)
    works: list[Callable[[], object]] = [lambda: world.store().live(this()), lambda: world.deploy(WEB, "1")]
    for work in works:
        error = _refused(work)
        assert str(path.relative_to(folder)) in error.where


@pytest.mark.parametrize("end", ["000002-1-unsupported", "000003-1-unsupported"])
def test_what_would_end_support_is_read_before_it_is_believed(world: World, folder: Path, end: str) -> None:
    world.release(WEB, "1")
    path = folder / "environments/production/web-app" / f"{end}.json"
    path.write_bytes(b"")

    assert path.name in _refused(lambda: world.store().live(this())).where


@pytest.mark.parametrize(
    "place",
    [
        "environments",
        "environments/production",
        "environments/production/web-app",
        "services",
        "services/web-app",
        "services/web-app/publications",
        "services/web-app/versions",
        "services/orders-api",
        "services/orders-api/contracts",
        "services/orders-api/contracts/web-app",
        "services/orders-api/results",
        "services/orders-api/results/web-app",
        "services/orders-api/versions",
    ],
)
def test_a_file_in_the_place_of_a_folder_is_not_taken_for_an_empty_one(world: World, folder: Path, place: str) -> None:
    """Nothing that is live may disappear by it."""
    shutil.rmtree(folder / place)
    (folder / place).write_bytes(b"")
    store = world.store()
    told: list[object] = []

    def read() -> None:
        told.append(store.live(this()))
        fetched = store.contracts(this())
        told.append(fetched.contracts)
        told.extend(store.live_contracts(this()))
        store.contents(API, [PacticipantVersion(name=WEB, version="1")])
        store.history(API)
        if fetched.faults:
            raise StoreError(fetched.faults[0].what, where=fetched.faults[0].where, remedy=fetched.faults[0].remedy)

    assert str(folder / place) in _refused(read).where.replace(": ", "/")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("environments/production/web-app/000001-1-deployed.json", "number 1 is missing here."),
        ("environments/production/web-app/000002-2-deployed.json", "number 2 is missing here."),
        ("services/web-app/versions/000002-2@main.json", "number 2 is missing here."),
        ("services/web-app/publications/1@1.json", "part 1 of 1 is missing here."),
        ("services/orders-api/results/web-app/{content}/000001-5@1-passed.json", "result 1 of 5 is missing here."),
    ],
)
def test_a_fact_that_was_there_is_missed(world: World, folder: Path, gone: str, said: str) -> None:
    """A folder that was copied, or synchronised, while others wrote to it has such holes."""
    world.publish(WEB, "1", expects("a user", of=USERS))
    for version in "23":
        world.publish(WEB, version, "of web-app")
        world.deploy(WEB, version)
    world.verify("5", WEB, "1")
    content = world.contract(WEB, "1").content_id
    (folder / gone.format(content=content)).unlink()
    store = world.store()

    def read() -> None:
        store.live(this())
        found = store.contracts(this())
        if found.faults:
            raise StoreError(found.faults[0].what, where=found.faults[0].where, remedy=found.faults[0].remedy)

    error = _refused(read)
    assert error.what == said
    assert error.where == f"{folder}: {gone.rpartition('/')[0].format(content=content)}"


@pytest.mark.parametrize("gone", ["services/web-app/service.json", "services/web-app"])
def test_a_live_service_of_which_nothing_else_is_told_is_missed(world: World, folder: Path, gone: str) -> None:
    place = folder / gone
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    error = _refused(lambda: world.store().live(this()))

    assert (error.where, error.what) == (f"{folder}: services/web-app/service.json", "this file is missing.")


def test_a_consumer_that_was_verified_is_missed(world: World, folder: Path) -> None:
    shutil.rmtree(folder / "services" / API / "contracts" / WEB)
    works: list[Callable[[], object]] = [
        lambda: world.store().live(this()),
        lambda: world.store().contracts(this()),
        lambda: world.store().knows(API),
    ]
    for work in works:
        error = _refused(work)
        assert (error.where, error.what) == (f"{folder}: services/orders-api/contracts", "web-app is missing here.")


@pytest.mark.parametrize(
    ("strange", "read"),
    [
        ("services/web-app/versions/000000-0@main.json", lambda facts: facts.versions(WEB)),
        ("services/web-app/publications/2@0.json", lambda facts: facts.publications(WEB)),
        ("environments/production/web-app/000000-1-deployed.json", lambda facts: facts.places(PRODUCTION, WEB)),
    ],
)
def test_numbers_begin_with_1(world: World, folder: Path, strange: str, read: Callable[[Facts], object]) -> None:
    (folder / strange).write_bytes(b"{}")

    _refused(lambda: read(facts_in(folder)))


@pytest.mark.parametrize(
    "content", ["a\0b", "\ud800", "../../../x", "", "/etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"]
)
def test_what_is_no_content_is_not_looked_for(world: World, folder: Path, content: str) -> None:
    file = folder / "services/web-app/publications/1@1.json"
    file.write_bytes(as_bytes(json.loads(file.read_bytes()) | {"contracts": {API: content}}))
    version = PacticipantVersion(name=WEB, version="1")
    works: list[Callable[[], object]] = [
        lambda: world.store().expectations(version),
        lambda: world.store().contents(API, [version]),
        lambda: world.store().live_contracts(this()),
    ]
    for work in works:
        assert "this file is damaged: contracts.orders-api: " in _refused(work).what
    assert [one.what.partition(": ")[0] for one in world.store().contracts(this()).faults] == ["this file is damaged"]


# Results


def _pair(version: str = "5", consumer: str = WEB) -> Pair:
    return Pair(consumer=consumer, consumer_version="1", provider=API, provider_version=version)


def _results(folder: Path) -> Path:
    (found,) = (folder / "services" / API / "results" / WEB).iterdir()
    return found


def test_a_result_that_cannot_be_read_is_a_fault_of_its_pair_alone(world: World, folder: Path) -> None:
    world.verify("6", WEB, "1")
    world.verify("5", BILLING, "1", success=False)
    (_results(folder) / "000001-5@1-passed.json").write_bytes(b"")
    pairs = [_pair("5"), _pair("6"), _pair("5", BILLING), _pair("7")]
    found = world.store().results(pairs)

    fault = found[_pair("5")]
    assert isinstance(fault, Fault)
    assert fault.where == f"{folder}: {(_results(folder) / '000001-5@1-passed.json').relative_to(folder)}"
    assert fault.remedy
    assert [getattr(found[one], "success", None) for one in pairs[1:]] == [True, False, None]


@pytest.mark.parametrize("place", ["publications", "results"])
def test_a_strange_file_is_a_fault_of_its_pairs_alone(world: World, folder: Path, place: str) -> None:
    world.verify("5", BILLING, "1")
    where = _results(folder) if place == "results" else folder / "services" / WEB / place
    (where / "note.txt").write_text("")
    found = world.store().results([_pair("5"), _pair("6"), _pair("5", BILLING)])

    faults = [found[_pair(version)] for version in "56"]
    assert [isinstance(one, Fault) and one.what for one in faults] == ["this file is none of the store's."] * 2
    assert isinstance(found[_pair("5", BILLING)], KeptResult)


def test_a_pair_without_a_contract_has_no_result(world: World) -> None:
    world.publish(USERS, "1", expects("a bill", of=BILLING))
    pairs = [_pair("5", USERS), _pair("5", "nobody"), _pair("9")]

    assert world.store().results(pairs) == dict.fromkeys(pairs)


def test_a_result_that_was_replaced_need_not_be_read(world: World, folder: Path) -> None:
    world.verify("5", WEB, "1", success=False)
    (_results(folder) / "000001-5@1-passed.json").write_bytes(b"")

    assert world.result(WEB, "1", "5") is False


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_of_two_results_at_once_the_worse_counts(world: World, folder: Path, *, first: bool, second: bool) -> None:
    """Two writers in a folder: nobody knows which was last."""
    world.verify("6", WEB, "1", success=first)
    content = world.contract(WEB, "1").content_id
    fact = ResultFact(provider=API, version="6", consumer=WEB, content=content, success=second, at=NOW)
    (folder / fact.path(2, 1)).write_bytes(written_fact(fact))

    assert world.result(WEB, "1", "6") is False


def test_a_result_of_another_version_under_its_name_is_none(world: World, folder: Path) -> None:
    shutil.copy(_results(folder) / "000001-5@1-passed.json", _results(folder) / "000001-6@1-passed.json")

    assert isinstance(world.kept(WEB, "1", "6"), Fault)


# What is written


def test_a_record_is_refused_for_what_nobody_has_heard_of(world: World, folder: Path) -> None:
    before = paths_in(folder)
    error = _refused(
        lambda: world.store().record(PacticipantVersion(name=WEB, version="9"), PRODUCTION, None, released=False)
    )

    assert error.what == "nobody has ever told of web-app 9, so that it was not recorded."
    assert (error.where, error.remedy) == (str(folder), "Check service and version.")
    assert paths_in(folder) == before


def test_of_two_at_once_both_stay_until_one_of_them_is_recorded_again(world: World, folder: Path) -> None:
    world.add(WEB, "2")
    two = PlaceFact(environment=PRODUCTION, service=WEB, version="2", event=Event.DEPLOYED, at=NOW)
    (folder / two.path(1)).write_bytes(written_fact(two))
    assert world.live(WEB) == [deployed(WEB, "1"), deployed(WEB, "2")]

    world.deploy(WEB, "2")
    assert world.live(WEB) == [deployed(WEB, "2")]


@pytest.mark.parametrize("instance", [None, "blue"])
def test_nothing_is_written_of_what_is_so_already(world: World, folder: Path, instance: str | None) -> None:
    world.deploy(WEB, "1", instance=instance)
    world.release(WEB, "1")
    before = paths_in(folder)
    world.deploy(WEB, "1", instance=instance)
    world.release(WEB, "1")
    world.add(WEB, "1")

    assert paths_in(folder) == before


def test_times_are_the_clocks_to_the_second(folder: Path) -> None:
    store = BuiltInStore(Facts(FolderTree(folder), READER, lambda: NOW.replace(microsecond=999_999)), Choice())
    one = PacticipantVersion(name=WEB, version="1", branch="main")
    store.add_version(one, "https://ci.example/1")
    store.record(one, PRODUCTION, None, released=False)

    assert deployed_of(store, WEB, PRODUCTION).since == NOW
    assert json.loads((folder / "services/web-app/versions/000001-1@main.json").read_bytes()) == {
        "service": WEB,
        "version": "1",
        "branch": "main",
        "at": "2026-11-23T10:43:11Z",
        "url": "https://ci.example/1",
    }
