"""Waiting for results that others owe: how long, how often the store is asked, and what ends it."""

from typing import Any

import pytest

from gate.domain.contracts import Fault
from gate.domain.errors import CancelledError
from gate.domain.results import Outcome
from gate.domain.verdict import Decision
from tests.builders import COMMIT, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import MAIN, NO, YES, Clock, World, expecting, own, with_consumer, with_provider


def _world(*results: Any, wait: float = 60, **store: Any) -> World:
    values: dict[str, Any] = {
        "own": {COMMIT: [own()]},
        "live_at": [[live("stock")]],
        "kept": {with_provider(): results},
    }
    return World(store=MemoryStore(**(values | store)), wait=wait)


@pytest.mark.parametrize(("last", "decision"), [(YES, Decision.ALLOW), (NO, Decision.BLOCK)])
def test_it_ends_with_the_result(last: Any, decision: Decision) -> None:
    world = _world(None, None, None, last)

    assert world.end().decision == decision
    assert world.clock.pauses == [1.0, 1.5, 2.25]


def test_it_ends_with_the_time_that_was_granted() -> None:
    world = _world(None, wait=5)

    assert world.end().decision is Decision.UNKNOWN
    assert world.clock.pauses == [1.0, 1.5, 2.25, 0.25]
    assert world.store.asked.count("results") == 5


def test_the_pauses_grow_to_half_a_minute() -> None:
    world = _world(None, wait=150)
    world.end()

    assert world.clock.pauses[-3:-1] == [30.0, 30.0]
    assert sum(world.clock.pauses) == pytest.approx(150)
    assert max(world.clock.pauses) == 30.0


def test_without_time_granted_nobody_waits() -> None:
    world = _world(None, YES, wait=0)

    assert (world.end().decision, world.clock.pauses) == (Decision.UNKNOWN, [])


def test_nobody_waits_for_what_is_there_or_for_whom_is_not() -> None:
    there, absent = _world(YES), _world(None, live_at=[[live("other")]])

    assert (there.end().decision, absent.end().decision) == (Decision.ALLOW, Decision.UNKNOWN)
    assert there.clock.pauses + absent.clock.pauses == []


@pytest.mark.parametrize("broken_by", ["this version", "another provider"])
def test_nobody_waits_when_something_is_broken_already(broken_by: str) -> None:
    if broken_by == "this version":
        world = _world(None, held=[expecting("web", "1")], live_at=[[live("stock"), live("web")]])
        world.outcomes = {"web 1": Outcome.FAILED}
    else:
        world = _world(
            own={COMMIT: [own(), own("mail")]},
            live_at=[[live("stock"), live("mail")]],
            kept={with_provider(provider="mail"): [NO]},
        )

    assert (world.end().decision, world.clock.pauses) == (Decision.BLOCK, [])


def test_it_ends_when_something_turns_out_to_be_broken() -> None:
    world = _world(
        own={COMMIT: [own(), own("mail")]},
        live_at=[[live("stock"), live("mail")]],
        kept={with_provider(provider="mail"): [None, NO]},
    )

    assert (world.end().decision, world.clock.pauses) == (Decision.BLOCK, [1.0])


def test_a_break_that_blocks_nobody_ends_no_waiting() -> None:
    world = _world(None, YES, held=[expecting("web", "1", because=[MAIN], pending=True)])
    world.outcomes = {"web 1": Outcome.FAILED}

    assert (world.end().decision, world.clock.pauses) == (Decision.ALLOW, [1.0])


@pytest.mark.parametrize("kept", [NO, None])
def test_nobody_waits_for_what_does_not_bind(kept: Any) -> None:
    world = _world(YES, held=[expecting("app", "1", because=[MAIN], pending=True)])
    world.store.kept = {with_provider(): [YES], with_consumer("app"): [kept]}
    world.verifies = False

    assert (world.end().decision, world.clock.pauses) == (Decision.ALLOW, [])


def test_nobody_waits_when_a_result_would_not_be_enough() -> None:
    without_mail = _world(None, own={COMMIT: [own(), own("mail")]})
    not_tried = _world(None, held=[expecting("web", "1")])
    not_tried.outcomes = {"web 1": Outcome.ERRORED}
    not_fetched = _world(None)
    not_fetched.store.fails = lambda method, _: method == "contracts"
    not_told = _world(Fault(where="broker", what="it answered 500."))

    for world in (without_mail, not_tried, not_fetched, not_told):
        assert (world.end().decision, world.clock.pauses) == (Decision.UNKNOWN, [])


def test_contracts_that_are_published_while_it_waits_are_looked_up() -> None:
    world = _world(None, None, YES, live_at=[[live("stock"), live("mail")]])
    world.clock = Clock(meanwhile=lambda: _publish(world))

    assert world.end().decision is Decision.UNKNOWN


def _publish(world: World) -> None:
    world.store.own = {COMMIT: [own(), own("mail")]}


def test_the_reporters_are_told_for_what_and_how_long() -> None:
    told = _world(None, None, YES).end().told

    assert told == [
        "started orders-api",
        "waiting for stock 1 (live in production) to verify the contract of orders-api 9f2c1ab: 60 s left",
        "waiting for stock 1 (live in production) to verify the contract of orders-api 9f2c1ab: 59 s left",
        "finished",
    ]


def test_without_a_provider_the_candidates_own_results_are_waited_for() -> None:
    world = _world(own={}, held=[expecting("web", "1")], live_at=[[live("web")]])
    world.store.kept = {with_consumer("web"): [None, YES]}
    world.verifies = False
    ended = world.end()

    assert (ended.decision, world.clock.pauses) == (Decision.ALLOW, [1.0])
    assert ended.told[1].startswith("waiting for orders-api 9f2c1ab to verify the contract of web 1")


def test_who_goes_live_meanwhile_is_waited_for_too() -> None:
    world = _world(
        live_at=[[live("stock")], [live("stock")], [live("stock", "2")]],
        kept={with_provider(): [None], with_provider("2"): [None, YES]},
    )

    assert world.end().decision is Decision.ALLOW
    assert world.clock.pauses == [1.0, 1.5]


def test_who_is_replaced_meanwhile_is_no_longer_waited_for() -> None:
    world = _world(
        live_at=[[live("stock")], [live("stock")], [live("stock", "2")]],
        kept={with_provider(): [None], with_provider("2"): [YES]},
    )

    assert (world.end().decision, world.clock.pauses) == (Decision.ALLOW, [1.0])


def test_a_consumer_that_goes_live_meanwhile_is_not_passed_over() -> None:
    world = _world(
        None,
        YES,
        live_at=[[live("stock")], [live("stock")], [live("stock"), live("web")]],
        too=[("web", "1")],
    )
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert "web 1, live in production, has a contract with orders-api" in ended.reasons


def _stop() -> None:
    raise CancelledError("SIGTERM")


def test_a_run_that_is_stopped_while_it_waits_is_unknown_and_reported() -> None:
    world = _world(None, YES)
    world.clock = Clock(meanwhile=_stop)
    ended = world.end()

    assert (ended.decision, ended.code, ended.told[-1]) == (Decision.UNKNOWN, 3, "finished")
    assert ended.reasons.splitlines() == [
        "the run was stopped by SIGTERM before it was through. Run it again.",
        "stock 1, live in production: no result says that it honours the contract of this version",
    ]


def test_a_store_that_fails_meanwhile_ends_it() -> None:
    world = _world(None, YES)
    world.store.fails = lambda method, _: method == "results" and world.store.asked.count(method) == 2
    ended = world.end()

    assert (ended.decision, ended.code, world.clock.pauses) == (Decision.UNKNOWN, 3, [1.0])
    assert ended.reasons.startswith("the store did not say results.")
