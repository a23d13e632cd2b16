"""What becomes of runs that record: the same of every store, in the store and in the verdict."""

from typing import Any

import pytest

from gate.domain.report import Record, Recorded
from tests.stores.runs import ALLOW, BLOCK, BROKEN, UNKNOWN, UNVERIFIED, Pipelines, standings
from tests.stores.worlds import API, BILLING, PRODUCTION, STAGING, USERS, WEB, World, expects, over_git


@pytest.fixture
def pipelines(world: World) -> Pipelines:
    """Have a consumer that is live, and a provider that is on its main branch and live nowhere."""
    world.add(API, "4")
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    return Pipelines(world)


@pytest.mark.parametrize("breaks", [[], ["total"]])
@pytest.mark.parametrize("record", ["deployed", "released"])
def test_what_is_recorded_is_recorded_whatever_comes_of_it(pipelines: Pipelines, record: str, breaks: Any) -> None:
    pipelines.check("5", breaks=breaks)
    ended = getattr(pipelines, record)(API, "5")

    assert (ended.decision, ended.code) == ((BLOCK, 1) if breaks else (ALLOW, 0))
    assert ended.report.recorded == Recorded(
        record=Record.DEPLOYMENT if record == "deployed" else Record.RELEASE, environments=(PRODUCTION,)
    )
    assert [(one.version, one.released) for one in pipelines.world.live(API)] == [("5", record == "released")]


def test_what_nobody_verified_is_recorded_and_unknown(pipelines: Pipelines) -> None:
    ended = pipelines.deployed(API, "4")

    assert (ended.decision, standings(ended)) == (UNKNOWN, {"web-app 1": UNVERIFIED})
    assert pipelines.world.live_versions(API) == ["4"]


def test_a_version_that_the_store_does_not_know_is_made_known(pipelines: Pipelines) -> None:
    ended = pipelines.deployed(API, "6", branch="feat/x")
    note = "The store did not know orders-api 6 before: nothing was published or verified for it."

    assert note in ended.report.notes
    assert pipelines.world.history(API) == ["6", "4"]
    assert note not in pipelines.deployed(API, "6", branch="feat/x").report.notes


@pytest.mark.parametrize("service", ["orders-apl", "Orders-Api"])
def test_a_service_that_the_store_does_not_know_is_not_recorded(pipelines: Pipelines, service: str) -> None:
    ended = pipelines.deployed(service, "5")

    assert ended.decision is UNKNOWN
    assert f"the store has never heard of {service}, so that nothing was recorded." in ended.reasons
    assert not pipelines.world.store().has_service(service)


@pytest.mark.parametrize("named", ["9F2C1AB", "9f2c1ab0", "9f2c1ab "])
def test_a_version_that_is_spelt_otherwise_is_not_recorded(pipelines: Pipelines, named: str) -> None:
    pipelines.world.add(API, "9f2c1ab")
    ended = pipelines.deployed(API, named)

    assert ended.decision is UNKNOWN
    assert "and knows 9f2c1ab: nothing was recorded." in ended.reasons
    assert pipelines.world.live_versions(API) == []


def test_a_consumer_s_deployment_is_judged_by_its_providers(pipelines: Pipelines) -> None:
    world = pipelines.world
    pipelines.check("4", breaks=["total"])
    world.deploy(API, "4")
    ended = pipelines.deployed(WEB, "1")

    assert (ended.decision, standings(ended)) == (BLOCK, {"orders-api 4": BROKEN})


def test_an_instance_is_recorded_beside_the_others(pipelines: Pipelines) -> None:
    pipelines.check("5")
    pipelines.check("6", breaks=["total"])
    pipelines.deployed(API, "5")
    blue = pipelines.deployed(API, "6", instance="blue")
    again = pipelines.deployed(API, "5", instance="blue")

    assert [one.decision for one in (blue, again)] == [BLOCK, ALLOW]
    assert "Also live: orders-api 5 (deployed) in production." in blue.report.notes
    assert [(one.version, one.instance) for one in pipelines.world.live(API)] == [("5", None), ("5", "blue")]


def test_several_environments_are_recorded_at_once(pipelines: Pipelines) -> None:
    pipelines.check("5")
    ended = pipelines.deployed(API, "5", environments=(STAGING, PRODUCTION))

    assert ended.decision is ALLOW
    assert ended.report.recorded == Recorded(record=Record.DEPLOYMENT, environments=(STAGING, PRODUCTION))


@over_git
def test_the_second_of_two_commands_finds_it_recorded(pipelines: Pipelines) -> None:
    pipelines.check("5")
    every = [pipelines.deployed(API, "5"), pipelines.deployed(API, "5")]

    assert [one.decision for one in every] == [ALLOW, ALLOW]
    assert pipelines.world.live_versions(API) == ["5"]


# Undeploying


def test_an_undeployment_that_leaves_nobody_alone_is_fine(pipelines: Pipelines) -> None:
    ended = pipelines.undeployed(WEB)

    assert (ended.decision, ended.report.recorded) == (
        ALLOW,
        Recorded(record=Record.UNDEPLOYMENT, environments=(PRODUCTION,)),
    )
    assert pipelines.world.live_versions(WEB) == []


@over_git
def test_an_undeployment_leaves_those_alone_who_need_it(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.deploy(API, "4")
    world.publish(BILLING, "1", expects("a user", of=USERS))
    world.deploy(BILLING, "1")
    ended = pipelines.undeployed(API)

    assert (ended.decision, standings(ended)) == (BLOCK, {"web-app 1": BROKEN})
    assert "needs this service, of which no version is live there any more" in ended.reasons
    assert world.live_versions(API) == []


def test_another_instance_is_left_to_those_who_need_it(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.deploy(API, "4", instance="blue")
    world.deploy(API, "4")
    first = pipelines.undeployed(API)
    second = pipelines.undeployed(API, instance="blue")

    assert [one.decision for one in (first, second)] == [ALLOW, BLOCK]


def test_the_end_of_support_is_recorded_like_an_undeployment(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.release(API, "4")
    world.release(API, "5")
    first = pipelines.undeployed(API, "4", released=True)
    second = pipelines.undeployed(API, "5", released=True)

    assert [one.decision for one in (first, second)] == [ALLOW, BLOCK]
    assert world.live(API) == []


@pytest.mark.parametrize(
    "meant", [{"instance": "blue"}, {"version": "3"}, {"version": "4", "released": True}, {"environments": (STAGING,)}]
)
def test_what_is_not_there_cannot_be_ended(pipelines: Pipelines, meant: Any) -> None:
    pipelines.world.deploy(API, "4")
    ended = pipelines.undeployed(API, **meant)

    assert ended.decision is UNKNOWN
    assert "so that there was nothing to end." in ended.reasons
    assert pipelines.world.live_versions(API) == ["4"]
