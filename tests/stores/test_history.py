"""What a store has heard of: services, their versions in order, and what each of them is known for."""

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.live import PastVersion
from tests.stores.worlds import API, BILLING, PRODUCTION, STAGING, USERS, WEB, World, expects, over_git


def _past(version: str, *, on_main: bool = True, expects: bool = False) -> PastVersion:
    return PastVersion(version=version, on_main=on_main, expects=expects)


def _heard(world: World, name: str) -> tuple[bool, bool]:
    store = world.store()
    return store.has_service(name), store.knows(name)


def test_nobody_is_known_at_first(world: World) -> None:
    store = world.store()

    assert _heard(world, WEB) == (False, False)
    assert not store.has_version(PacticipantVersion(name=WEB, version="1"))
    assert store.history(WEB) == ()
    assert store.expectations(PacticipantVersion(name=WEB, version="1")) == ()
    assert dict(store.contents(API, [PacticipantVersion(name=WEB, version="1")])) == {}


def test_a_service_is_heard_of_as_consumer_and_as_provider(world: World) -> None:
    world.publish(WEB, "1", "total")

    assert [_heard(world, name) for name in (WEB, API, USERS)] == [(True, True), (True, True), (False, False)]
    assert [world.history(name) for name in (WEB, API)] == [["1"], []]


def test_a_service_of_which_results_are_kept_is_known_by_its_contract(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.verify("5", WEB, "1")

    assert _heard(world, API) == (True, True)
    assert world.store().history(API) == (_past("5"),)


def test_a_service_that_is_only_deployed_somewhere_is_known(world: World) -> None:
    world.deploy(BILLING, "1", STAGING)

    assert _heard(world, BILLING) == (True, True)


def test_a_service_that_is_only_released_somewhere_is_known_where_the_store_tells(world: World) -> None:
    world.release(BILLING, "1", STAGING)

    assert _heard(world, BILLING) == (True, world.differs("what is released makes a service known"))


def test_a_service_with_versions_alone_is_heard_of_and_not_known(world: World) -> None:
    world.add(BILLING, "1")

    assert _heard(world, BILLING) == (True, False)
    assert world.store().history(BILLING) == (_past("1"),)


def test_a_service_that_was_live_is_not_known_by_that(world: World) -> None:
    world.deploy(BILLING, "1")
    world.end(BILLING, "1")

    assert _heard(world, BILLING) == (True, False)


def test_a_consumer_that_stopped_consuming_is_known(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.add(WEB, "2")

    assert _heard(world, WEB) == (True, True)
    assert _heard(world, API) == (True, True)


@pytest.mark.parametrize("name", ["Web-App", "web-app ", "web", "web-app2", "web_app", "WEB-APP"])
def test_a_service_of_a_similar_name_is_another_one(world: World, name: str) -> None:
    world.publish(WEB, "1", "total")
    one = PacticipantVersion(name=name, version="1")

    assert _heard(world, name) == (False, False)
    assert not world.store().has_version(one)
    assert world.store().expectations(one) == ()


def test_the_newest_version_comes_first(world: World) -> None:
    for version in ("10", "9", "1.0", "1", "b", "a"):
        world.publish(WEB, version, "total")

    assert world.history(WEB) == ["a", "b", "1", "1.0", "9", "10"]


def test_versions_come_in_the_order_in_which_they_were_first_heard_of(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.add(API, "1")
    world.publish(WEB, "2", "total")
    world.verify("2", WEB, "1")
    world.deploy(API, "3")
    world.verify("1", WEB, "2")
    world.publish(WEB, "1", "total", branch="feat/x")
    world.deploy(WEB, "1")
    world.add(API, "2", branch="feat/x", url="https://ci.example/1")

    assert (world.history(WEB), world.history(API)) == (["2", "1"], ["3", "2", "1"])


@over_git
def test_the_history_says_what_is_on_the_main_branch_and_expects_something(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.add(WEB, "2")
    world.publish(WEB, "3", "total", branch="feat/x")
    world.add(WEB, "4", branch="feat/x")
    world.add(WEB, "5", branch=None)
    world.publish(WEB, "6", "total", branch="feat/x")
    world.add(WEB, "6", branch="main")

    assert world.store().history(WEB) == (
        _past("6", expects=True),
        _past("5"),
        _past("4", on_main=False),
        _past("3", on_main=False, expects=True),
        _past("2"),
        _past("1", expects=True),
    )


def test_where_nobody_knows_the_main_branch_any_version_may_be_on_it(world: World) -> None:
    world.publish(WEB, "1", "total", branch="trunk")
    world.add(WEB, "2", branch="feat/x")
    assert world.store().history(WEB) == (_past("2"), _past("1", expects=True))

    world.add(WEB, "3", branch="main")
    assert world.store().history(WEB) == (
        _past("3"),
        _past("2", on_main=False),
        _past("1", on_main=False, expects=True),
    )


def test_a_long_history_goes_back_to_what_matters(world: World) -> None:
    world.publish(WEB, "0", "total")
    for number in range(1, 13):
        world.add(WEB, str(number), branch="main" if number % 2 else "feat/x")

    assert world.history(WEB) == [str(number) for number in reversed(range(13))]


# Versions that are made known


def test_a_version_is_made_known_on_its_branch(world: World) -> None:
    world.publish(WEB, "1", "total")
    one = PacticipantVersion(name=API, version="5", branch="feat/x")
    assert not world.store().has_version(one)
    world.store().add_version(one, "https://ci.example/1")

    assert world.store().has_version(one)
    assert world.store().has_version(PacticipantVersion(name=API, version="5"))
    assert world.store().has_version(PacticipantVersion(name=API, version="5", branch="other"))
    assert not world.store().has_version(PacticipantVersion(name=WEB, version="5"))


@pytest.mark.parametrize("url", ["", "https://ci.example/1?a=b#c"])
@pytest.mark.parametrize("branch", [None, "main", "feat/x"])
def test_a_version_may_be_made_known_twice(world: World, branch: str | None, url: str) -> None:
    world.publish(WEB, "1", "total")
    for _ in range(2):
        world.add(WEB, "2", branch=branch, url=url)

    assert world.history(WEB) == ["2", "1"]
    assert world.store().history(WEB)[0] == _past("2", on_main=branch != "feat/x")


def test_to_make_a_version_known_takes_nothing_from_it(world: World) -> None:
    world.publish(WEB, "1", "total", branch="feat/x")
    world.deploy(WEB, "1")
    world.add(WEB, "1", branch=None)
    world.add(WEB, "1", branch=None, url="https://ci.example/2")

    assert world.expected(WEB, "1") == {API: "total"}
    assert world.live_versions(WEB) == ["1"]
    assert list(world.because({"branch": "feat/x"})) == ["total"]


def test_a_version_that_is_made_known_heads_its_branch(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.add(WEB, "2")

    assert world.because() == {}


@over_git
def test_what_one_store_was_told_another_one_knows(world: World) -> None:
    """Each is another process; one that began before may know it, too, when it asks again."""
    early = world.store()
    assert not early.has_version(PacticipantVersion(name=WEB, version="1"))
    world.publish(WEB, "1", "total", expects("a user", of=USERS))
    world.deploy(WEB, "1", PRODUCTION)

    assert world.store().has_version(PacticipantVersion(name=WEB, version="1"))
    assert world.live_versions(WEB) == ["1"]
