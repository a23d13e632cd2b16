"""When a contract is pending, and when it is work in progress: what a branch of the provider's has never honoured."""

import pytest

from gate.domain.contracts import Because
from gate.domain.report import Stage
from tests.stores.worlds import API, STAGING, USERS, WEB, World, expects, over_git

LIVE, MAIN, SAME, SELECTED, WIP = (
    Because.LIVE,
    Because.MAIN_BRANCH,
    Because.SAME_BRANCH,
    Because.SELECTED,
    Because.WIP,
)


@pytest.fixture
def world(world: World) -> World:
    """Have a provider with a version on its main branch, and a contract with it."""
    world.add(API, "4", branch="main")
    world.publish(WEB, "1", "total")
    return world


def _is_pending(world: World, branch: str | None = "main") -> bool:
    return world.pending(branch=branch)["total"]


def test_what_was_never_verified_is_pending_everywhere(world: World) -> None:
    assert [_is_pending(world, branch) for branch in ("main", "feat/x", None)] == [True] * 3


def test_a_success_on_this_branch_ends_it(world: World) -> None:
    world.verify("5", WEB, "1", branch="main")

    assert not _is_pending(world)


def test_it_does_not_begin_again(world: World) -> None:
    world.verify("5", WEB, "1", branch="main")
    world.verify("5", WEB, "1", branch="main", success=False)
    world.verify("6", WEB, "1", branch="main", success=False)

    assert not _is_pending(world)


def test_a_failure_does_not_end_it(world: World) -> None:
    world.verify("5", WEB, "1", branch="main", success=False)

    assert [_is_pending(world, branch) for branch in ("main", "feat/x", None)] == [True] * 3


def test_a_success_after_a_failure_ends_it(world: World) -> None:
    world.verify("5", WEB, "1", branch="main", success=False)
    world.verify("5", WEB, "1", branch="main")

    assert not _is_pending(world)


def test_a_success_on_another_branch_before_this_one_was_created_ends_it(world: World) -> None:
    world.verify("5", WEB, "1", branch="main")
    assert not _is_pending(world, "feat/x")  # which is not there yet

    world.add(API, "6", branch="feat/x")
    assert not _is_pending(world, "feat/x")


@over_git
def test_a_success_on_another_branch_after_this_one_was_created_does_not_end_it(world: World) -> None:
    world.add(API, "5", branch="feat/x")
    world.verify("6", WEB, "1", branch="main")

    assert (_is_pending(world, "main"), _is_pending(world, "feat/x"), _is_pending(world, "feat/y")) == (
        False,
        True,
        False,
    )


def test_a_success_of_an_earlier_version_after_this_branch_was_created_does_not_end_it(world: World) -> None:
    world.add(API, "5", branch="feat/x")
    world.verify("4", WEB, "1", branch="main")

    assert (_is_pending(world, "main"), _is_pending(world, "feat/x")) == (False, True)


def test_a_success_on_some_branch_does_not_end_it_on_main(world: World) -> None:
    world.verify("5", WEB, "1", branch="feat/x")

    assert (_is_pending(world, "feat/x"), _is_pending(world, "main"), _is_pending(world, "feat/y")) == (
        False,
        True,
        False,
    )


def test_a_failure_on_another_branch_says_nothing(world: World) -> None:
    world.verify("5", WEB, "1", branch="feat/x", success=False)
    world.verify("6", WEB, "1", branch="main")

    assert (_is_pending(world, "main"), _is_pending(world, "feat/x")) == (False, True)


def test_a_success_of_a_version_on_no_branch_ends_it_for_such_and_perhaps_for_later_branches(world: World) -> None:
    """[R230]"""
    world.verify("5", WEB, "1", branch=None)

    assert (_is_pending(world, "main"), _is_pending(world, None)) == (True, False)
    assert _is_pending(world, "feat/x") is not world.differs("successes of versions on no branch")


def test_a_success_counts_once_its_version_comes_to_the_branch(world: World) -> None:
    """[R230, R231]"""
    world.verify("5", WEB, "1", branch=None)
    world.add(API, "5", branch="main")

    assert not _is_pending(world)


def test_a_success_counts_on_every_branch_that_its_version_is_on(world: World) -> None:
    world.verify("5", WEB, "1", branch="feat/x")
    world.add(API, "5", branch="main")

    assert (_is_pending(world, "main"), _is_pending(world, "feat/x")) == (False, False)


@pytest.mark.parametrize("branch", ["main", "feat/x", None])
def test_for_a_version_on_no_branch_every_success_counts(world: World, branch: str | None) -> None:
    world.add(API, "5", branch="feat/x")
    world.verify("6", WEB, "1", branch=branch)

    assert not _is_pending(world, None)


@pytest.mark.parametrize("branch", ["Main", "main ", "mai"])
def test_a_branch_of_a_similar_name_is_another_one(world: World, branch: str) -> None:
    world.verify("5", WEB, "1", branch=branch)

    assert _is_pending(world)


def test_pending_is_the_content_and_not_the_version(world: World) -> None:
    world.verify("5", WEB, "1")
    world.publish(WEB, "2", "total", branch="feat/x")
    world.publish(WEB, "3", "sum")
    world.publish(WEB, "4", "total", branch="feat/y")

    assert world.pending() == {"sum": True}
    assert world.pending(branch="feat/y") == {"sum": True, "total": False}


def test_pending_is_the_contract_with_one_provider(world: World) -> None:
    world.publish(WEB, "2", "total", expects("total", of=USERS))
    world.verify("1", WEB, "2", provider=USERS)

    assert world.pending() == {"total": True}
    assert world.pending(service=USERS) == {"total": False}


def test_a_contract_may_be_live_and_pending(world: World) -> None:
    world.deploy(WEB, "1")

    assert world.because() == {"total": (LIVE, MAIN)}
    assert world.pending() == {"total": True}
    assert world.pending(stage=Stage.DEPLOY) == {"total": True}


def test_a_contract_that_was_selected_may_be_pending(world: World) -> None:
    world.publish(WEB, "2", "sum", branch="feat/x")
    world.verify("5", WEB, "1")

    assert world.pending({"mainBranch": True}, {"branch": "feat/x"}) == {"total": False, "sum": True}


# Work in progress


@pytest.fixture
def busy(world: World) -> World:
    """Have a head of main that is fine, and heads of other branches that nobody has verified."""
    world.verify("4", WEB, "1")
    world.publish(WEB, "2", "old x", branch="feat/x")
    world.publish(WEB, "3", "x", branch="feat/x")
    world.publish(WEB, "4", "y", branch="feat/y")
    world.publish(WEB, "5", "nowhere", branch=None)
    return world


def _since(world: World) -> str:
    return world.day(-1)


def test_the_heads_of_branches_that_nobody_selected_are_work_in_progress(busy: World) -> None:
    assert busy.because(wip_since=_since(busy)) == {"total": (MAIN,), "x": (WIP,), "y": (WIP,)}
    assert busy.pending(wip_since=_since(busy)) == {"total": False, "x": True, "y": True}


def test_work_in_progress_is_left_out_unless_it_is_asked_for(busy: World) -> None:
    assert busy.because() == {"total": (MAIN,)}


def test_what_was_published_earlier_is_no_work_in_progress(busy: World) -> None:
    assert busy.because(wip_since=busy.day(+1)) == {"total": (MAIN,)}


def test_a_version_on_no_branch_has_no_work_in_progress(busy: World) -> None:
    assert busy.because(wip_since=_since(busy), branch=None) == {"total": (MAIN,)}


def test_a_deployment_has_no_work_in_progress(busy: World) -> None:
    assert busy.because(wip_since=_since(busy), stage=Stage.DEPLOY) == {"total": (MAIN,)}


def test_what_is_relevant_for_another_reason_keeps_that(busy: World) -> None:
    busy.deploy(WEB, "4")

    expected = {"total": (MAIN,), "x": (SAME,), "y": (LIVE,)}
    assert busy.because(wip_since=_since(busy), branch="feat/x") == expected


def test_work_in_progress_may_stand_beside_selectors(busy: World) -> None:
    found = busy.because({"branch": "feat/x"}, wip_since=_since(busy))

    assert found == {"x": (SELECTED,), "y": (WIP,)}


def test_a_success_on_this_branch_ends_that_it_is_in_progress(busy: World) -> None:
    busy.verify("5", WEB, "3", branch="main")

    assert busy.because(wip_since=_since(busy)) == {"total": (MAIN,), "y": (WIP,)}


def test_a_failure_does_not_end_that_it_is_in_progress(busy: World) -> None:
    busy.verify("5", WEB, "3", branch="main", success=False)

    assert set(busy.because(wip_since=_since(busy))) == {"total", "x", "y"}


def test_a_success_on_another_branch_ends_it_where_this_one_was_not_created_yet(busy: World) -> None:
    busy.add(API, "5", branch="feat/old")
    busy.verify("6", WEB, "3", branch="feat/z")

    assert set(busy.because(wip_since=_since(busy), branch="feat/new")) == {"total", "y"}
    assert set(busy.because(wip_since=_since(busy), branch="feat/old")) == {"total", "x", "y"}


@over_git
def test_a_success_of_work_in_progress_does_not_end_that(busy: World) -> None:
    """What was verified as nothing else must not begin to bind by that."""
    found = busy.relevant(wip_since=_since(busy))
    busy.keep("5", (found["x"], True), branch="main")

    assert busy.result(WEB, "3", "5") is True
    assert busy.because(wip_since=_since(busy))["x"] == (WIP,)
    assert busy.pending(wip_since=_since(busy))["x"] is True


def test_a_success_of_what_was_in_progress_and_more_ends_both(busy: World) -> None:
    found = busy.relevant(wip_since=_since(busy), branch="feat/x")
    busy.keep("5", (found["x"], True), branch="feat/x")

    assert busy.because(wip_since=_since(busy), branch="feat/x")["x"] == (SAME,)
    assert busy.pending(branch="feat/x") == {"total": False, "x": False}


def test_work_in_progress_that_heads_main_is_pending_by_its_results(busy: World) -> None:
    found = busy.relevant(wip_since=_since(busy))
    busy.keep("5", (found["x"], True), branch="main")
    busy.publish(WEB, "3", "x", branch="main")

    assert busy.because() == {"x": (MAIN,)}
    assert busy.pending() == {"x": False}


def test_a_head_with_the_content_of_main_is_no_work_in_progress(busy: World) -> None:
    busy.publish(WEB, "6", "total", branch="feat/z")

    assert busy.because(wip_since=_since(busy))["total"] == (MAIN,)


def test_one_content_at_two_heads_is_in_progress_once(busy: World) -> None:
    busy.publish(WEB, "6", "x", branch="feat/z")

    assert busy.because(wip_since=_since(busy)) == {"total": (MAIN,), "x": (WIP,), "y": (WIP,)}


def test_work_in_progress_elsewhere_is_work_in_progress(busy: World) -> None:
    busy.deploy(WEB, "3", STAGING)

    assert busy.because(wip_since=_since(busy))["x"] == (WIP,)
