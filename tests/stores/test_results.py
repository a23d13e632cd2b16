"""What is kept of pairs of versions: of that very pair, and the last of several."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.matrix import Pair
from gate.domain.results import KeptResult, Outcome
from gate.ports import Verification
from tests.builders import interaction, mismatch, result
from tests.stores.worlds import API, BILLING, USERS, WEB, World, expects, over_git


@pytest.fixture
def world(world: World) -> World:
    """Have two contents of a consumer."""
    world.publish(WEB, "1", "total")
    world.publish(WEB, "2", "sum")
    return world


def test_a_result_is_that_of_its_pair(world: World) -> None:
    world.verify("5", WEB, "1")
    world.verify("6", WEB, "1", success=False)
    world.verify("5", WEB, "2", success=False)

    found = {(consumer, provider): world.result(WEB, consumer, provider) for consumer in "12" for provider in "567"}
    assert found == {
        ("1", "5"): True,
        ("1", "6"): False,
        ("1", "7"): None,
        ("2", "5"): False,
        ("2", "6"): None,
        ("2", "7"): None,
    }


@pytest.mark.parametrize(
    "successes", [(True,), (False,), (True, False), (False, True), (True, True, False), (False, True, True)]
)
def test_of_several_results_the_last_counts(world: World, successes: tuple[bool, ...]) -> None:
    for success in successes:
        world.verify("5", WEB, "1", success=success)

    assert world.result(WEB, "1", "5") is successes[-1]


def test_another_version_in_between_changes_nothing(world: World) -> None:
    world.verify("5", WEB, "1", success=False)
    world.verify("6", WEB, "1")
    world.verify("5", WEB, "1")
    world.verify("6", WEB, "1", success=False)

    assert (world.result(WEB, "1", "5"), world.result(WEB, "1", "6")) == (True, False)


def test_a_pair_that_nobody_has_heard_of_has_no_result(world: World) -> None:
    world.verify("5", WEB, "1")
    unheard = [("9", "5"), ("1", "9"), ("9", "9"), ("1 ", "5"), ("1", "05"), ("1", "5.0")]

    assert [world.kept(WEB, consumer, provider) for consumer, provider in unheard] == [None] * len(unheard)


def test_a_pair_without_a_contract_has_no_result(world: World) -> None:
    world.publish(BILLING, "1", expects("a user", of=USERS))
    world.verify("5", WEB, "1")
    world.verify("5", BILLING, "1", provider=USERS)

    assert world.kept(BILLING, "1", "5") is None
    assert world.kept(WEB, "1", "5", USERS) is None
    assert world.kept(API, "5", "1", WEB) is None


@pytest.mark.parametrize("success", [True, False])
def test_a_result_says_when_it_was_and_may_say_where_to_read_it(world: World, *, success: bool) -> None:
    world.verify("5", WEB, "1", success=success, url="https://ci.example/1?a=b")
    kept = world.kept(WEB, "1", "5")

    assert isinstance(kept, KeptResult)
    assert kept.success is success
    assert kept.at is not None
    assert kept.at.tzinfo is not None
    assert abs(kept.at.date() - world.place.today()) <= timedelta(days=1)
    assert (kept.url == "https://ci.example/1?a=b") is world.differs("where a result can be read")
    assert kept.url.startswith("http")


def test_a_result_for_a_content_counts_for_every_version_that_has_it(world: World) -> None:
    world.publish(WEB, "3", "total", branch="feat/x")
    world.verify("5", WEB, "3")
    world.publish(WEB, "4", "total", branch=None)
    world.verify("6", WEB, "4", success=False)
    both = [(world.result(WEB, version, "5"), world.result(WEB, version, "6")) for version in ("1", "3", "4")]

    assert both == [(True, False)] * 3
    assert world.result(WEB, "2", "5") is None


def test_the_last_result_of_a_content_counts_whichever_version_it_was_verified_for(world: World) -> None:
    world.publish(WEB, "3", "total", branch="feat/x")
    world.verify("5", WEB, "1")
    world.verify("5", WEB, "3", success=False)

    assert (world.result(WEB, "1", "5"), world.result(WEB, "3", "5")) == (False, False)


@over_git
def test_several_results_are_kept_at_once(world: World) -> None:
    world.publish(WEB, "3", "name", branch="feat/x")
    world.publish(BILLING, "1", "a bill")
    found = world.relevant(branch="feat/x")
    world.keep("5", (found["sum"], True), (found["name"], False), (found["a bill"], True))
    pairs = ((WEB, "1"), (WEB, "2"), (WEB, "3"), (BILLING, "1"))

    assert [world.result(*pair, "5") for pair in pairs] == [None, True, False, True]


@over_git
def test_many_pairs_are_asked_at_once(world: World) -> None:
    world.verify("5", WEB, "1")
    world.verify("6", WEB, "2", success=False)
    pairs = [
        Pair(consumer=WEB, consumer_version=consumer, provider=API, provider_version=provider)
        for consumer in "123"
        for provider in "567"
    ]
    found = world.store().results(pairs)

    assert list(found) == pairs
    told = {
        (pair.consumer_version, pair.provider_version): kept.success
        for pair, kept in found.items()
        if isinstance(kept, KeptResult)
    }
    assert told == {("1", "5"): True, ("2", "6"): False}
    assert not any(isinstance(kept, Fault) for kept in found.values())
    assert dict(world.store().results([])) == {}


def test_a_provider_may_verify_its_contract_with_itself(world: World) -> None:
    world.publish(API, "5", "itself")
    world.verify("5", API, "5")

    assert world.result(API, "5", "5") is True
    assert world.result(API, "5", "6") is None


def test_what_is_kept_makes_the_version_known_on_its_branch(world: World) -> None:
    world.verify("5", WEB, "1", branch="feat/x")
    world.verify("6", WEB, "1", branch=None)
    store = world.store()

    assert [store.has_version(PacticipantVersion(name=API, version=one)) for one in ("5", "6", "7")] == [
        True,
        True,
        False,
    ]
    assert world.history(API) == ["6", "5"]


def test_nothing_to_keep_is_kept(world: World) -> None:
    world.keep("5")

    assert world.result(WEB, "1", "5") is None


def test_what_an_engine_says_of_interactions_does_not_keep_a_result_from_being_kept(world: World) -> None:
    hostile = "\ud800\0\n\x1b[31m\u202e" + "x" * 100_000
    odd = replace(
        result(Outcome.FAILED, mismatches=tuple(mismatch(message=hostile, path=hostile) for _ in range(200))),
        interaction=interaction(description=hostile, states=(hostile,), identifier=hostile),
    )
    verification = Verification(contract=world.contract(WEB, "1"), success=False, results=(odd,) * 3)
    this = PacticipantVersion(name=API, version="5", branch="main")

    assert world.place.results().keep(this, [verification], "") == ()
    assert world.result(WEB, "1", "5") is False


def test_a_dozen_results_of_one_pair_keep_their_order(world: World) -> None:
    for number in range(12):
        world.verify("5", WEB, "1", success=number % 2 == 0)

    assert world.result(WEB, "1", "5") is False
