"""A store that cannot say what it is asked never gives allow, whichever question it is."""

from collections.abc import Callable
from typing import Any

import pytest

from gate.domain.errors import StoreError
from gate.domain.report import Record, Stage
from gate.domain.results import Outcome
from gate.domain.verdict import Decision
from gate.pipeline.gate import Keeping
from tests.builders import COMMIT, SERVICE, candidate, excepted, live
from tests.fakes import FakeKeeper, MemoryStore
from tests.unit.pipeline.world import NO, YES, World, expecting, own, past, with_consumer, with_provider

OURS = live(SERVICE, "0", released=True)


def _full(**more: Any) -> World:
    """Have every kind of counterpart: allowed when the store answers."""
    return World(
        store=MemoryStore(
            held=[expecting("web", "1"), expecting(SERVICE, "0")],
            live_at=[[live("web"), live("stock"), OURS]],
            own={COMMIT: [own(), own(SERVICE)]},
            kept={
                with_provider(): [YES],
                with_provider("0", SERVICE): [YES],
                with_consumer("web"): [YES],
                with_consumer(SERVICE, "0"): [YES],
                with_consumer(SERVICE, COMMIT): [YES],
            },
        ),
        **more,
    )


def _bare() -> World:
    """Have no counterpart, and be known."""
    return World(store=MemoryStore(known=True, live_at=[[live("other")]], past=[past("0")]))


def _recording(record: Record = Record.DEPLOYMENT, **more: Any) -> World:
    """Record in two environments a version that the store does not know yet."""
    world = _full(record=record, candidate=candidate(environments=("staging", "production")), **more)
    everyone = [live(name, environment=place) for name in ("web", "stock") for place in ("staging", "production")]
    world.store.live_at, world.store.has_this = [[*everyone, OURS]], False
    return world


def _undeploying() -> World:
    """Let a version go that somebody needs who is excepted."""
    store = MemoryStore(live_at=[[live("web"), live(SERVICE, "0")]], too=[("web", "1")])
    this = candidate(version="", branch=None)
    return World(store=store, candidate=this, record=Record.UNDEPLOYMENT, exceptions=(excepted("web"),))


WORLDS: dict[str, Callable[[], World]] = {
    "verified": _full,
    "kept": lambda: _full(verifies=False),
    "bare": _bare,
    "deployed": _recording,
    "released": lambda: _recording(Record.RELEASE),
    "undeployed": _undeploying,
    "excepted": lambda: _full(exceptions=(excepted("web"), excepted("stock"), excepted(SERVICE))),
}


def test_with_a_store_that_answers_these_are_allowed() -> None:
    assert {make().end().decision for make in WORLDS.values()} == {Decision.ALLOW}


def test_these_ask_everything_that_there_is_to_ask() -> None:
    asked: set[str] = set()
    for make in WORLDS.values():
        world = make()
        world.end()
        asked |= set(world.store.asked)

    reads = {"contracts", "live", "expectations", "contents", "results", "live_contracts", "history", "knows"}
    assert asked == reads | {"has_service", "has_version", "add_version", "record", "end"}


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_a_fault_in_any_call_makes_it_unknown(make: Callable[[], World]) -> None:
    whole = make()
    whole.end()

    for number, method in enumerate(whole.store.asked, 1):
        world = make()
        world.store.fails = lambda _, call, number=number: call == number  # type: ignore[misc]
        ended = world.end()

        assert (ended.decision, ended.code) == (Decision.UNKNOWN, 3), (number, method)
        assert f"the store did not say {method}." in ended.reasons


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_a_fault_from_any_call_on_is_told_once(make: Callable[[], World]) -> None:
    whole = make()
    whole.end()

    for number in range(1, len(whole.store.asked) + 1):
        world = make()
        world.store.fails = lambda _, call, number=number: call >= number  # type: ignore[misc]
        ended = world.end()

        assert ended.decision is Decision.UNKNOWN
        assert len(set(ended.report.faults)) == len(ended.report.faults)


def test_a_keeper_that_fails_makes_it_unknown() -> None:
    for keeper, decision in ((FakeKeeper(), Decision.ALLOW), (FakeKeeper(failure=StoreError("no.")), Decision.UNKNOWN)):
        world = _full(candidate=candidate(commit=COMMIT))
        world.keeping = Keeping(keeper=keeper, trusting=False)

        assert (world.end().decision, len(keeper.told)) == (decision, 1)


@pytest.mark.parametrize("record", [Record.DEPLOYMENT, Record.RELEASE])
def test_nothing_is_recorded_of_which_it_is_not_known_who_is_there(record: Record) -> None:
    world = _recording(record)
    world.store.fails = lambda method, _: method in {"live", "knows", "has_version", "has_service", "history"}
    ended = world.end()

    assert (world.store.written, ended.decision) == ([], Decision.UNKNOWN)


def test_a_store_that_never_answers_is_told_of_once() -> None:
    world = _full()
    world.store.fails = lambda method, _: method == "live"
    ended = world.end()

    assert ended.reasons == "the store did not say live."


def test_who_is_live_is_not_guessed_at() -> None:
    world = World(store=MemoryStore(), candidate=candidate(stage=Stage.DEPLOY))
    world.store.fails = lambda method, _: method == "live"
    ended = world.end()

    assert (ended.reasons, ended.report.notes) == ("the store did not say live.", ())


def test_a_break_is_found_although_the_store_fails_afterwards() -> None:
    world = _full(outcomes={"web 1": Outcome.FAILED})
    world.store.fails = lambda method, _: method in {"results", "contents"}
    ended = world.end()

    assert (ended.decision, ended.code) == (Decision.BLOCK, 1)
    assert "the store did not say results." in ended.reasons


def test_a_break_is_found_although_its_own_expectations_are_unknown() -> None:
    world = _full(outcomes={"web 1": Outcome.FAILED})
    world.store.fails = lambda method, _: method == "expectations"

    assert world.end().decision is Decision.BLOCK


def test_the_providers_are_not_passed_over_although_the_contracts_are_unknown() -> None:
    world = _full()
    world.store.fails = lambda method, _: method == "contracts"

    assert world.end().decision is Decision.UNKNOWN
    assert world.provider.ran == 0


BROKEN = {"web 1": Outcome.FAILED}


def _comparing(**store: Any) -> World:
    values: dict[str, Any] = {
        "held": [expecting("web", "1")],
        "live_at": [[live("web"), live(SERVICE, "0")]],
        "past": [past(COMMIT), past("main")],
    }
    return World(store=MemoryStore(**(values | store)), outcomes=BROKEN)


@pytest.mark.parametrize("method", ["history", "results"])
def test_a_store_that_cannot_compare_changes_no_verdict(method: str) -> None:
    world = _comparing(own={COMMIT: [own(SERVICE)]})
    told = world.end()
    calls = [number for number, one in enumerate(world.store.asked, 1) if one == method]
    world.store.asked.clear()
    world.store.fails = lambda _, call: call == calls[-1]
    ended = world.end()

    assert (ended.code, ended.report.verdict) == (told.code, told.report.verdict)
    assert ended.entry("web 1").integration.broken_before is None
    assert ended.warnings == [f"nobody can tell what was broken before: the store did not say {method}."]


@pytest.mark.parametrize(
    ("live_one", "main", "before"),
    [
        (None, None, None),
        (YES, None, False),
        (NO, None, True),
        (None, NO, True),
        (YES, NO, True),
        (NO, YES, True),
        (YES, YES, False),
    ],
)
def test_what_was_broken_before_is_what_the_live_or_the_main_version_broke(
    live_one: Any,
    main: Any,
    before: bool | None,  # noqa: FBT001 - as it is kept
) -> None:
    world = _comparing(
        kept={with_consumer("web", "1", "0"): [live_one], with_consumer("web", "1", "main"): [main]},
    )
    ended = world.end()

    assert ended.decision is Decision.BLOCK
    assert ended.entry("web 1").integration.broken_before is before


@pytest.mark.parametrize(
    "more", [{"past": [past(COMMIT)]}, {"past": [], "live_at": [[live("web"), live(SERVICE, COMMIT)]]}]
)
def test_what_this_version_broke_in_an_earlier_run_was_not_broken_before(more: dict[str, Any]) -> None:
    world = _comparing(**({"live_at": [[live("web")]], "kept": {with_consumer("web"): [NO]}} | more))

    assert world.end().entry("web 1").integration.broken_before is None


def test_what_a_newer_version_broke_was_not_broken_before() -> None:
    world = _comparing(
        live_at=[[live("web"), live(SERVICE, "newer")]],
        past=[past("newer"), past(COMMIT), past("side", on_main=False), past("main")],
        kept={
            with_consumer("web", "1", "newer"): [NO],
            with_consumer("web", "1", "side"): [NO],
            with_consumer("web", "1", "main"): [YES],
        },
    )

    assert world.end().entry("web 1").integration.broken_before is False


def test_what_this_version_newly_expects_of_its_other_instance_was_not_broken_before() -> None:
    world = World(
        store=MemoryStore(
            own={COMMIT: [own(SERVICE)]},
            live_at=[[live(SERVICE, "0", instance="blue")]],
            kept={with_provider("0", SERVICE): [NO]},
        )
    )
    ended = world.end()

    assert ended.decision is Decision.BLOCK
    assert ended.entry(f"{SERVICE} 0").integration.broken_before is None


@pytest.mark.parametrize(("earlier", "before"), [((), False), (("0",), True), (("main",), True), (("other",), False)])
def test_a_provider_was_broken_before_for_who_expected_the_same_of_it(
    earlier: tuple[str, ...], *, before: bool
) -> None:
    world = World(
        store=MemoryStore(
            own={COMMIT: [own("stock")]} | {version: [own("stock")] for version in earlier},
            live_at=[[live("stock"), live(SERVICE, "0")]],
            past=[past("main")],
            kept={with_provider(): [NO]},
        )
    )
    ended = world.end()

    assert ended.decision is Decision.BLOCK
    assert ended.entry("stock 1").integration.broken_before is before


def test_what_is_fine_is_compared_with_nothing() -> None:
    world = _full()
    ended = world.end()

    assert world.store.asked.count("results") == 1
    assert {one.integration.broken_before for one in ended.report.entries} == {None}


def test_only_what_broke_is_compared() -> None:
    world = _comparing(
        held=[expecting("web", "1"), expecting("app", "1")],
        own={COMMIT: [own()]},
        live_at=[[live("web"), live("app"), live("stock"), live(SERVICE, "0")]],
        kept={with_provider(): [YES], with_consumer("web", "1", "0"): [NO], with_consumer("app", "1", "0"): [NO]},
    )
    ended = world.end()

    assert ended.entry("web 1").integration.broken_before is True
    assert ended.entry("app 1").integration.broken_before is None
