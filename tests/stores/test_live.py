"""Who is live: a deployment takes its instance's place, a release nobody's, and an end ends what it was told of."""

from itertools import pairwise

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import GateError
from gate.domain.matrix import Pair
from gate.domain.results import KeptResult
from tests.stores.worlds import (
    API,
    BILLING,
    PRODUCTION,
    STAGING,
    TEST,
    USERS,
    WEB,
    World,
    deployed,
    expects,
    over_git,
    this,
    wording,
)

EVERYWHERE = (PRODUCTION, STAGING, TEST)


@pytest.fixture
def world(world: World) -> World:
    """Have a consumer with some versions."""
    for version in ("1", "2", "3"):
        world.publish(WEB, version, f"total {version}")
    return world


def _released(version: str, environment: str = PRODUCTION) -> object:
    return deployed(WEB, version, environment, released=True)


def test_nothing_is_live_at_first(world: World) -> None:
    assert world.live(WEB, *EVERYWHERE) == []
    assert world.live("nobody", *EVERYWHERE) == []


def test_a_deployment_replaces_the_one_before(world: World) -> None:
    for version in ("1", "2"):
        world.deploy(WEB, version)

    assert world.live(WEB, *EVERYWHERE) == [deployed(WEB, "2")]


@over_git
def test_a_deployment_takes_the_place_of_the_same_instance_alone(world: World) -> None:
    for version, instance in (("1", None), ("1", "blue"), ("1", "green"), ("2", "blue"), ("3", None)):
        world.deploy(WEB, version, instance=instance)

    assert world.live(WEB) == [
        deployed(WEB, "3"),
        deployed(WEB, "2", instance="blue"),
        deployed(WEB, "1", instance="green"),
    ]


@pytest.mark.parametrize("instance", ["blue", "Blue", "blue ", "none", "null", "-", "0"])
def test_no_instance_is_an_instance_of_its_own(world: World, instance: str) -> None:
    world.deploy(WEB, "1")
    world.deploy(WEB, "2", instance=instance)
    world.deploy(WEB, "3", instance="blue")

    others = [] if instance == "blue" else [deployed(WEB, "2", instance=instance)]
    assert sorted(world.live(WEB), key=str) == sorted(
        [deployed(WEB, "1"), deployed(WEB, "3", instance="blue"), *others], key=str
    )


@pytest.mark.parametrize(("instance", "released"), [(None, False), ("blue", False), (None, True)])
def test_what_is_recorded_twice_is_live_once_and_since_the_first_time(
    world: World, instance: str | None, *, released: bool
) -> None:
    world.deploy(WEB, "1", instance=instance, released=released)
    before = world.store().live(this(service=WEB))
    world.deploy(WEB, "1", instance=instance, released=released)

    assert world.store().live(this(service=WEB)) == before
    assert len(before) == 1


def test_a_release_stands_beside_those_before_it(world: World) -> None:
    for version in ("1", "2"):
        world.release(WEB, version)
    world.deploy(WEB, "3")

    assert world.live(WEB) == [deployed(WEB, "3"), _released("1"), _released("2")]


def test_a_version_may_be_deployed_and_released(world: World) -> None:
    world.deploy(WEB, "1")
    world.release(WEB, "1")
    assert world.live(WEB) == [deployed(WEB, "1"), _released("1")]

    world.deploy(WEB, "2")
    assert world.live(WEB) == [deployed(WEB, "2"), _released("1")]


def test_a_version_may_be_several_instances(world: World) -> None:
    world.deploy(WEB, "1", instance="blue")
    world.deploy(WEB, "1", instance="green")
    world.deploy(WEB, "1")

    assert world.live_versions(WEB) == ["1", "1", "1"]


def test_every_environment_is_its_own(world: World) -> None:
    world.deploy(WEB, "1", STAGING)
    world.deploy(WEB, "2", PRODUCTION)
    world.release(WEB, "3", STAGING)
    world.end(WEB, "1", STAGING)

    assert world.live(WEB, STAGING) == [_released("3", STAGING)]
    assert world.live(WEB, PRODUCTION) == [deployed(WEB, "2")]
    assert world.live(WEB, *EVERYWHERE) == [deployed(WEB, "2"), _released("3", STAGING)]
    assert world.live(WEB, TEST) == []


def test_every_service_is_its_own(world: World) -> None:
    world.deploy(WEB, "1")
    world.deploy(API, "1")
    world.deploy(API, "2")

    assert (world.live_versions(WEB), world.live_versions(API)) == (["1"], ["2"])


def test_an_older_version_may_be_deployed_again(world: World) -> None:
    for version in ("1", "2", "1"):
        world.deploy(WEB, version)

    assert world.live(WEB) == [deployed(WEB, "1")]
    assert world.history(WEB) == ["3", "2", "1"]


def test_what_is_deployed_again_is_there_since_then(world: World) -> None:
    """What a report says of it: the record is another one, whatever the clock shows."""
    world.deploy(WEB, "1")
    (first,) = world.store().live(this(service=WEB))
    world.deploy(WEB, "2")
    world.deploy(WEB, "1")
    (again,) = world.store().live(this(service=WEB))

    assert first.since is not None
    assert again.since is not None
    assert again.since >= first.since


# The end


def test_a_deployment_ends(world: World) -> None:
    world.deploy(WEB, "1")
    world.deploy(WEB, "1", instance="blue")
    world.release(WEB, "1")
    world.end(WEB, "1", instance="blue")
    assert world.live(WEB) == [deployed(WEB, "1"), _released("1")]

    world.end(WEB, "1")
    assert world.live(WEB) == [_released("1")]


@over_git
def test_the_support_of_a_release_ends(world: World) -> None:
    for version in ("1", "2"):
        world.release(WEB, version)
    world.deploy(WEB, "1")
    world.end(WEB, "1", released=True)

    assert world.live(WEB) == [deployed(WEB, "1"), _released("2")]


def test_what_ended_may_begin_again(world: World) -> None:
    world.deploy(WEB, "1")
    world.release(WEB, "1")
    world.end(WEB, "1")
    world.end(WEB, "1", released=True)
    assert world.live(WEB) == []

    world.release(WEB, "1")
    assert world.live(WEB) == [_released("1")]
    world.deploy(WEB, "1")
    assert world.live(WEB) == [deployed(WEB, "1"), _released("1")]


def test_what_began_again_may_end_again(world: World) -> None:
    for _ in range(3):
        world.deploy(WEB, "1")
        world.end(WEB, "1")
        world.release(WEB, "1")
        world.end(WEB, "1", released=True)

    assert world.live(WEB) == []


@over_git
def test_two_who_saw_it_may_both_end_it(world: World) -> None:
    world.deploy(WEB, "1")
    world.release(WEB, "2")
    stores = [world.store(), world.store()]
    seen = [store.live(this(service=WEB)) for store in stores]
    for store, every in zip(stores, seen, strict=True):
        for one in every:
            store.end(one)

    assert world.live(WEB) == []


@over_git
def test_who_is_late_does_not_end_what_came_after(world: World) -> None:
    world.deploy(WEB, "1")
    late = world.store()
    (seen,) = late.live(this(service=WEB))
    world.deploy(WEB, "2")
    late.end(seen)

    assert world.live(WEB) == [deployed(WEB, "2")]


@over_git
def test_who_is_late_does_not_end_what_began_again(world: World) -> None:
    world.deploy(WEB, "1")
    late = world.store()
    (seen,) = late.live(this(service=WEB))
    world.deploy(WEB, "2")
    world.deploy(WEB, "1")
    late.end(seen)

    assert world.live(WEB) == [deployed(WEB, "1")]


def test_what_was_just_recorded_can_be_ended(world: World) -> None:
    store = world.store()
    store.record(PacticipantVersion(name=WEB, version="1"), PRODUCTION, None, released=False)
    (one,) = store.live(this(service=WEB))
    store.end(one)

    assert world.live(WEB) == []


# Whom a candidate meets


def test_a_candidate_sees_its_consumers_and_its_providers(world: World) -> None:
    world.publish(API, "1", expects("a user", of=USERS))
    for name in (WEB, API, USERS, BILLING):
        world.deploy(name, "1")

    assert {WEB, API, USERS} <= {one.name for one in world.store().live(this(service=API, version="1"))}
    assert {WEB, API} <= {one.name for one in world.store().live(this(service=WEB, version="1"))}
    assert {API, USERS} <= {one.name for one in world.store().live(this(service=USERS))}


def test_an_environment_with_strangers_alone_is_told_from_an_empty_one(world: World) -> None:
    world.deploy(BILLING, "1")
    world.deploy(USERS, "1", STAGING)

    found = world.store().live(this(service=WEB, environments=EVERYWHERE))
    assert {one.environment for one in found} == {PRODUCTION, STAGING}
    found = world.store().live(this(service="nobody", environments=EVERYWHERE))
    assert {one.environment for one in found} == {PRODUCTION, STAGING}


def test_a_counterpart_of_an_earlier_version_is_seen(world: World) -> None:
    world.publish(WEB, "4", expects("a user", of=USERS))
    world.deploy(API, "1")
    world.deploy(WEB, "2")

    assert {one.name for one in world.store().live(this(service=API))} == {API, WEB}


def test_reading_twice_without_a_change_says_the_same(world: World) -> None:
    for version, instance in pairwise(("1", "2", "3")):
        world.deploy(WEB, version, instance=instance)
    world.release(WEB, "1")

    assert set(world.store().live(this(service=WEB))) == set(world.store().live(this(service=WEB)))


@over_git
def test_who_asks_again_who_is_live_sees_what_others_did_meanwhile(world: World) -> None:
    store, candidate = world.store(), this(version="5")
    world.deploy(WEB, "1")
    assert [one.version for one in store.live(candidate)] == ["1"]
    assert [wording(one) for one in store.contracts(candidate).contracts] == ["total 1", "total 3"]

    world.publish(BILLING, "1", "a bill")
    world.deploy(BILLING, "1")
    world.verify("5", WEB, "1")
    world.deploy(WEB, "2")
    assert {(one.name, one.version) for one in store.live(candidate)} == {(WEB, "2"), (BILLING, "1")}
    assert {wording(one) for one in store.contracts(candidate).contracts} == {"total 2", "total 3", "a bill"}
    assert {name for name, _ in store.live_contracts(candidate)} == {WEB, BILLING}
    pair = Pair(consumer=WEB, consumer_version="1", provider=API, provider_version="5")
    kept = store.results([pair])[pair]
    assert isinstance(kept, KeptResult)
    assert kept.success


@over_git
def test_of_two_who_record_the_second_has_the_last_word_whatever_it_saw(world: World) -> None:
    stores = [world.store(), world.store()]
    for store in stores:
        assert store.live(this(service=WEB)) == ()
    for version, store in zip(("1", "2"), stores, strict=True):
        store.record(PacticipantVersion(name=WEB, version=version), PRODUCTION, None, released=False)

    assert world.live(WEB) == [deployed(WEB, "2")]


def test_an_unknown_version_is_not_recorded(world: World) -> None:
    for version in (PacticipantVersion(name=WEB, version="9"), PacticipantVersion(name="nobody", version="1")):
        with pytest.raises(GateError):
            world.store().record(version, PRODUCTION, None, released=False)

    assert world.live(WEB) == []
    assert not world.store().has_service("nobody")


def test_an_environment_that_nobody_has_heard_of_is_refused_unless_it_is_meant(world: World) -> None:
    with pytest.raises(GateError):
        world.store().live(this(service=WEB, environments=("canary",)))
    with pytest.raises(GateError):
        world.deploy(WEB, "1", "canary")
    meant = world.store(new_environments=True)
    one = PacticipantVersion(name=WEB, version="1")
    if world.differs("environments"):
        meant.record(one, "canary", None, released=False)
        assert world.live(WEB, "canary") == [deployed(WEB, "1", "canary")]
    else:
        with pytest.raises(GateError):
            meant.record(one, "canary", None, released=False)
