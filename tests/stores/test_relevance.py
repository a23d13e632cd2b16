"""Which contracts are relevant to a version, and why: the design's table, told by each store."""

from typing import Any

import pytest

from gate.domain.contracts import Because
from gate.domain.errors import StoreError
from gate.domain.report import Stage
from tests.stores.worlds import (
    API,
    BILLING,
    PRODUCTION,
    STAGING,
    TEST,
    USERS,
    WEB,
    World,
    expects,
    over_git,
    this,
    wording,
)

LIVE, MAIN, SAME, SOME, SELECTED = (
    Because.LIVE,
    Because.MAIN_BRANCH,
    Because.SAME_BRANCH,
    Because.SOME_BRANCH,
    Because.SELECTED,
)
CHANGE, DEPLOY = Stage.CHANGE, Stage.DEPLOY


@pytest.fixture
def world(world: World) -> World:
    """Have the provider on its main branch, so that a branch of the same name is another one."""
    world.add(API, "4")
    return world


@pytest.fixture
def busy(world: World) -> World:
    """Have a consumer with one version for each reason."""
    world.publish(WEB, "1", "live")
    world.deploy(WEB, "1")
    world.publish(WEB, "2", "main")
    world.publish(WEB, "3", "x", branch="feat/x")
    world.publish(WEB, "4", "y", branch="feat/y")
    world.publish(WEB, "5", "nowhere", branch=None)
    return world


@pytest.mark.parametrize(
    ("stage", "branch", "expected"),
    [
        (CHANGE, "main", {}),
        (CHANGE, None, {}),
        (CHANGE, "feat/x", {"x": (SAME,)}),
        (CHANGE, "feat/y", {"y": (SAME,)}),
        (CHANGE, "feat/z", {}),
        (CHANGE, "FEAT/X", {}),
        (DEPLOY, "main", {}),
        (DEPLOY, None, {}),
        (DEPLOY, "feat/x", {}),
    ],
)
def test_the_heads_of_main_and_of_the_same_branch_and_what_is_live(
    busy: World, stage: Stage, branch: str | None, expected: Any
) -> None:
    assert busy.because(stage=stage, branch=branch) == {"live": (LIVE,), "main": (MAIN,)} | expected
    assert all(busy.pending(stage=stage, branch=branch).values())


@pytest.mark.parametrize("environments", [(PRODUCTION,), (STAGING,), (STAGING, PRODUCTION), (TEST,)])
def test_live_is_what_is_live_where_the_version_is_headed(world: World, environments: tuple[str, ...]) -> None:
    there = {"1": PRODUCTION, "2": STAGING, "3": TEST}
    for version, environment in there.items():
        world.publish(WEB, version, environment)
        world.deploy(WEB, version, environment)
    world.publish(WEB, "4", "main")
    found = world.because(environments=environments)

    assert found == dict.fromkeys(environments, (LIVE,)) | {"main": (MAIN,)}


def test_deployed_and_released_versions_and_every_instance_are_live(world: World) -> None:
    for version, words in enumerate(("deployed", "blue", "released", "also released", "main")):
        world.publish(WEB, str(version), words)
    world.deploy(WEB, "0")
    world.deploy(WEB, "1", instance="blue")
    world.release(WEB, "2")
    world.release(WEB, "3")

    reasons = dict.fromkeys(("deployed", "blue", "released", "also released"), (LIVE,))
    assert world.because() == reasons | {"main": (MAIN,)}


def test_what_was_replaced_or_ended_is_not_live(world: World) -> None:
    for version, words in enumerate(("replaced", "there", "released", "ended", "main")):
        world.publish(WEB, str(version), words)
    world.deploy(WEB, "0")
    world.deploy(WEB, "1")
    world.release(WEB, "2")
    world.end(WEB, "2", released=True)
    world.deploy(WEB, "3", instance="blue")
    world.end(WEB, "3", instance="blue")

    assert world.because() == {"there": (LIVE,), "main": (MAIN,)}


@over_git
def test_a_content_is_there_once_with_all_reasons_for_it(world: World) -> None:
    for version, branch in (("1", "main"), ("2", "main"), ("3", "feat/x"), ("4", "feat/y")):
        world.publish(WEB, version, "total", branch=branch)
    world.deploy(WEB, "1")
    (contract,) = world.fetched(branch="feat/x").contracts

    assert world.because(branch="feat/x") == {"total": (LIVE, MAIN, SAME)}
    assert {"1"} <= set(contract.versions) <= {"1", "2", "3", "4"}
    newest = "3" if world.differs("the version that a contract is shown with") else "1"
    assert contract.consumer.version == newest


def test_the_versions_of_a_content_that_is_live_twice_are_both_named(world: World) -> None:
    for version in ("1", "2", "3"):
        world.publish(WEB, version, "total")
    world.deploy(WEB, "1")
    world.release(WEB, "2")
    (contract,) = world.fetched(stage=DEPLOY).contracts

    assert {"1", "2"} <= set(contract.versions)
    assert world.because(stage=DEPLOY) == {"total": (LIVE, MAIN)}


@over_git
def test_two_contents_that_are_live_are_two_contracts(world: World) -> None:
    world.publish(WEB, "1", "old")
    world.publish(WEB, "2", "new")
    world.deploy(WEB, "1", instance="blue")
    world.deploy(WEB, "2", instance="green")

    assert world.because() == {"old": (LIVE,), "new": (LIVE, MAIN)}
    assert [one.consumer.version for one in world.fetched().contracts] == ["1", "2"]


def test_every_consumer_has_its_own_heads(world: World) -> None:
    world.publish(WEB, "1", "web")
    world.publish(BILLING, "1", "bill")
    world.publish(BILLING, "2", "user", expects("a user", of=USERS))
    world.deploy(WEB, "1")

    assert world.because() == {"web": (LIVE, MAIN), "user": (MAIN,)}
    assert world.because(service=USERS, branch=None) == {"a user": (MAIN,)}


def test_a_provider_that_is_on_no_branch_yet_may_be_on_its_main_one(world: World) -> None:
    """Nobody knows then which that is: what is on a branch of the same name is asked for, too."""
    world.publish(WEB, "1", expects("a user", of=USERS))
    expected = [(MAIN, SAME), (MAIN,), (MAIN,)]

    assert [world.because(service=USERS, branch=one)["a user"] for one in ("main", "feat/x", None)] == expected
    world.add(USERS, "1")
    assert world.because(service=USERS, branch="main") == {"a user": (MAIN,)}


# Heads


def test_an_older_version_that_is_published_again_does_not_become_the_head(world: World) -> None:
    world.publish(WEB, "1", "old")
    world.publish(WEB, "2", "new")
    world.publish(WEB, "1", "old")

    assert world.because() == {"new": (MAIN,)}
    assert world.history(WEB) == ["2", "1"]


def test_an_older_version_that_comes_to_a_branch_becomes_its_head(world: World) -> None:
    world.publish(WEB, "1", "old", branch="feat/x")
    world.publish(WEB, "2", "new", branch="main")
    world.publish(WEB, "1", "old", branch="main")

    assert world.because() == {"old": (MAIN,)}
    assert world.history(WEB) == ["2", "1"]


def test_a_version_that_is_only_verified_or_added_can_head_a_branch(world: World) -> None:
    world.publish(WEB, "1", "old")
    world.publish(USERS, "1", expects("web", of=WEB))
    world.verify("2", USERS, "1", provider=WEB)

    assert world.because() == {}
    assert world.store().contracts(this()).notes == ()


def test_a_consumer_that_stopped_consuming_is_left_out_unless_it_is_live(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    world.publish(WEB, "2", expects("a user", of=USERS))
    assert world.because() == {"total": (LIVE,)}

    world.deploy(WEB, "2")
    assert world.because() == {}
    assert world.fetched().notes == ()
    assert world.store().knows(API)


def test_a_head_of_a_branch_of_the_same_name_may_expect_nothing_of_the_provider(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.publish(WEB, "2", "x", branch="feat/x")
    world.add(WEB, "3", branch="feat/x")

    assert world.because(branch="feat/x") == {"total": (MAIN,)}


def test_a_version_that_was_deployed_before_it_was_published_is_live(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "2")
    assert world.because() == {"total": (MAIN,)}

    world.publish(WEB, "2", "sum", branch="feat/x")
    assert world.because() == {"total": (MAIN,), "sum": (LIVE,)}


def test_many_consumers_come_in_the_order_of_their_names(world: World) -> None:
    names = [f"app {number:02}" for number in range(15)]
    for name in reversed(names):
        world.publish(name, "1", "total")
    world.deploy(names[7], "1")
    found = world.fetched().contracts

    assert [one.consumer.name for one in found] == names
    reasons = [one.selection and one.selection.because for one in found]
    assert reasons == [(LIVE, MAIN) if name == names[7] else (MAIN,) for name in names]


# Which branch is the main one


@pytest.mark.parametrize("main", ["main", "master", "develop"])
def test_a_branch_with_a_usual_name_is_the_main_one(world: World, main: str) -> None:
    world.publish(WEB, "1", "x", branch="feat/x")
    world.publish(WEB, "2", "total", branch=main)
    world.publish(WEB, "3", "y", branch="feat/y")

    assert world.because() == {"total": (MAIN,)}
    assert world.fetched().notes == ()


@pytest.mark.parametrize(("first", "second"), [("develop", "main"), ("main", "develop"), ("master", "main")])
def test_the_first_usual_branch_stays_the_main_one(world: World, first: str, second: str) -> None:
    world.publish(WEB, "1", "first", branch=first)
    world.publish(WEB, "2", "second", branch=second)

    assert world.because(branch=None) == {"first": (MAIN,)}


@pytest.mark.parametrize("branch", ["trunk", "Main", "mainline", "release/main"])
def test_where_nobody_knows_the_main_branch_the_heads_of_all_are_taken(world: World, branch: str) -> None:
    world.publish(WEB, "1", "old", branch=branch)
    world.publish(WEB, "2", "head", branch=branch)
    world.publish(WEB, "3", "x", branch="feat/x")
    world.publish(BILLING, "1", "bill")
    world.publish(WEB, "4", "latest", branch=None)
    found = world.fetched()

    assert world.because() == {"bill": (MAIN,), "head": (SOME,), "x": (SOME,), "latest": (SOME,)}
    (note,) = found.notes
    assert WEB in note
    assert BILLING not in note
    assert world.because(branch="feat/x")["x"] == (SAME, SOME)


def test_where_nobody_knows_the_main_branch_a_deployment_looks_at_what_is_live(world: World) -> None:
    world.publish(WEB, "1", "live", branch="trunk")
    world.publish(WEB, "2", "head", branch="trunk")
    world.deploy(WEB, "1")

    assert world.because(stage=DEPLOY) == {"live": (LIVE,)}
    assert world.fetched(stage=DEPLOY).notes == ()
    assert world.because() == {"live": (LIVE,), "head": (SOME,)}


def test_of_a_consumer_on_no_branch_at_all_the_latest_is_taken(world: World) -> None:
    world.publish(WEB, "1", "old", branch=None)
    world.publish(WEB, "2", "latest", branch=None)
    world.add(WEB, "3", branch=None)

    assert world.because() == {"latest": (SOME,)}
    assert len(world.fetched().notes) == 1


def test_the_latest_is_the_version_that_was_heard_of_last(world: World) -> None:
    """And not the one that came to another branch last."""
    world.publish(WEB, "1", "old", branch="feat/x")
    world.publish(WEB, "2", "new", branch="trunk")
    world.add(WEB, "1", branch="main")

    assert world.because({"latest": True}) == {"new": (SELECTED,)}


def test_the_latest_of_a_consumer_without_a_main_branch_is_the_version_that_was_heard_of_last(world: World) -> None:
    world.publish(WEB, "1", "old", branch=None)
    world.publish(WEB, "2", "new", branch=None)
    world.publish(WEB, "1", "old", branch="trunk")
    world.add(WEB, "3", branch="trunk")

    assert world.because() == {"new": (SOME,)}


def test_the_latest_contract_may_be_older_than_many_versions(world: World) -> None:
    world.publish(WEB, "0", "old", branch=None)
    for number in range(1, 26):
        world.publish(WEB, str(number), expects("a user", of=USERS), branch="trunk")

    assert world.because() == {"old": (SOME,)}
    assert world.because({"latest": True}) == {"old": (SELECTED,)}


# The provider itself


def test_a_provider_that_is_its_own_consumer_is_one_like_others(world: World) -> None:
    world.publish(API, "4", "old")
    world.publish(API, "5", "new")
    world.deploy(API, "4")

    assert world.because() == {"old": (LIVE,), "new": (MAIN,)}
    assert world.expected(API, "5") == {API: "new"}
    assert world.store().live_contracts(this()) == [(API, world.contract(API, "4").content_id)]


def test_a_service_that_nobody_has_heard_of_has_no_contracts(world: World) -> None:
    world.publish(WEB, "1", "total")

    assert world.because(service="nobody") == {}
    assert world.fetched(service="nobody").notes == ()
    assert list(world.store().live_contracts(this(service="nobody"))) == []


def test_a_service_that_only_consumes_has_no_contracts_to_honour(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")

    assert world.because(service=WEB) == {}


# What is live, alone


def test_the_contracts_that_are_live_are_named_by_consumer_and_content(busy: World) -> None:
    busy.publish(BILLING, "1", "a bill")
    busy.publish(BILLING, "2", expects("a user", of=USERS))
    busy.deploy(BILLING, "1")
    busy.deploy(BILLING, "2", instance="blue")
    expected = {(name, busy.contract(name, "1").content_id) for name in (WEB, BILLING)}
    fetched = {(one.consumer.name, one.content_id) for one in busy.relevant(stage=DEPLOY).values()}

    assert set(busy.store().live_contracts(this())) == expected
    assert expected < fetched
    assert list(busy.store().live_contracts(this(environments=(STAGING,)))) == []


def test_the_content_of_versions_is_told_one_by_one(busy: World) -> None:
    busy.publish(WEB, "6", "live", expects("a user", of=USERS), branch="feat/z")
    busy.publish(WEB, "7", expects("a user", of=USERS), branch="feat/z")
    versions = {number: busy.contract(WEB, number).consumer for number in ("1", "2", "6")}
    others = [versions["1"].__class__(name=name, version=number) for name, number in ((WEB, "7"), ("nobody", "1"))]
    found = busy.store().contents(API, [*versions.values(), *others])

    assert found == {one: busy.contract(WEB, number).content_id for number, one in versions.items()}
    assert found[versions["1"]] == found[versions["6"]] != found[versions["2"]]
    assert busy.store().contents("nobody", [*versions.values()]) == {}


# Selectors of the user's own


@pytest.fixture
def selectable(busy: World) -> World:
    """Have a second consumer, and something that is released elsewhere."""
    busy.publish(BILLING, "1", "released")
    busy.release(BILLING, "1", STAGING)
    busy.publish(BILLING, "2", "bill")
    return busy


@pytest.mark.parametrize(
    ("selectors", "selected"),
    [
        ([{"mainBranch": True}], ["main", "bill"]),
        ([{"mainBranch": True, "consumer": BILLING}], ["bill"]),
        ([{"mainBranch": True, "latest": True}], ["main", "bill"]),
        ([{"branch": "feat/x"}], ["x"]),
        ([{"branch": "main"}], ["main", "bill"]),
        ([{"branch": "main", "consumer": WEB}], ["main"]),
        ([{"branch": "feat/x", "latest": True}], ["x"]),
        ([{"branch": "feat/X"}], []),
        ([{"matchingBranch": True}], ["y"]),
        ([{"matchingBranch": True, "consumer": BILLING}], []),
        ([{"latest": True}], ["nowhere", "bill"]),
        ([{"latest": True, "consumer": WEB}], ["nowhere"]),
        ([{"environment": PRODUCTION}], ["live"]),
        ([{"environment": STAGING}], ["released"]),
        ([{"environment": STAGING, "consumer": WEB}], []),
        ([{"deployed": True}], ["live"]),
        ([{"released": True}], ["released"]),
        ([{"deployed": True, "environment": STAGING}], []),
        ([{"released": True, "environment": STAGING}], ["released"]),
        ([{"deployedOrReleased": True}], ["live", "released"]),
        ([{"deployedOrReleased": True, "environment": STAGING}], ["released"]),
        ([{"deployedOrReleased": True, "consumer": WEB}], ["live"]),
        ([{"consumer": "nobody", "latest": True}], []),
        ([{"branch": "feat/x"}, {"mainBranch": True, "consumer": BILLING}], ["x", "bill"]),
        ([{"branch": "main"}, {"mainBranch": True}], ["main", "bill"]),
    ],
    ids=str,
)
def test_selectors_take_the_place_of_the_heads(selectable: World, selectors: Any, selected: list[str]) -> None:
    fetched = selectable.fetched(*selectors, branch="feat/y")
    found = {wording(one): one.selection and one.selection.because for one in fetched.contracts}

    assert found == dict.fromkeys(selected, (SELECTED,)) | {"live": (LIVE, SELECTED) if "live" in selected else (LIVE,)}
    assert fetched.notes == (() if selected else ("consumer-version-selectors selected no contract at all.",))


def test_selectors_count_for_a_deployment_too(selectable: World) -> None:
    selectors: list[dict[str, Any]] = [
        {"branch": "feat/x"},
        {"matchingBranch": True},
        {"mainBranch": True, "consumer": BILLING},
    ]
    found = selectable.because(*selectors, stage=DEPLOY, branch="feat/y")

    assert found == dict.fromkeys(("x", "y", "bill"), (SELECTED,)) | {"live": (LIVE,)}


def test_a_branch_to_fall_back_to_is_passed_over_or_refused(busy: World) -> None:
    selector = {"branch": "feat/z", "fallbackBranch": "feat/y"}
    if busy.differs("tags and fallbackBranch"):
        with pytest.raises(StoreError):
            busy.store(selector).contracts(this())
    else:
        assert busy.because(selector) == {"live": (LIVE,)}


@pytest.mark.parametrize(
    "selector",
    [
        {"matchingBranch": True},
        {"mainBranch": True, "branch": "main"},
        {"mainBranch": True, "environment": PRODUCTION},
        {"branch": "main", "environment": PRODUCTION},
        {"branch": "main", "latest": False},
        {"environment": "nowhere"},
        {"latest": True, "environment": PRODUCTION},
        {"consumer": WEB},
    ],
    ids=str,
)
def test_a_selector_that_means_nothing_is_refused(busy: World, selector: Any) -> None:
    with pytest.raises(StoreError):
        busy.store(selector).contracts(this(branch=None))
