"""An exception in force excuses one counterpart, whatever is the matter with it, and nothing else; and it is named."""

from datetime import date
from typing import Any

import pytest

from gate.domain.contracts import Fault
from gate.domain.report import Stage
from gate.domain.results import Outcome
from gate.domain.verdict import Decision
from tests.builders import COMMIT, SERVICE, candidate, excepted, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import NO, YES, World, expecting, own, with_consumer, with_provider

BROKEN = {"web 1": Outcome.FAILED}
LATER = date(2026, 12, 9)
ENDED = Fault(where=".contract-gate.yml", what="the exception for web ended on 2026-11-01: x.")
LIVE = [live("web"), live("stock")]


def _world(*names: str, **more: Any) -> World:
    store = MemoryStore(held=[expecting("web", "1")], live_at=[LIVE])
    values: dict[str, Any] = {"store": store, "exceptions": tuple(excepted(name) for name in names)}
    return World(**(values | more))


def _until(name: str) -> str:
    return f"{name} is excepted until 2026-12-01: it is rewritten without the old total (team-web answers for it)"


def test_a_break_that_is_excepted_blocks_nobody_and_is_told() -> None:
    ended = _world("web", outcomes=BROKEN).end()

    assert (ended.decision, ended.code) == (Decision.ALLOW, 0)
    assert f"web 1, live in production: broken, and {_until('web')}" in ended.reasons
    assert ended.report.notes == (), "the reason says it, and once is enough"


@pytest.mark.parametrize("what", ["empty", "unreadable", "outcomes"])
def test_what_could_not_be_verified_may_be_excepted_too(what: str) -> None:
    how: dict[str, Any] = {what: ["web 1"] if what != "outcomes" else {"web 1": Outcome.ERRORED}}

    assert _world(**how).end().decision is Decision.UNKNOWN
    assert _world("web", **how).end().decision is Decision.ALLOW


@pytest.mark.parametrize("result", [NO, None, Fault(where="broker", what="it answered 500.")])
def test_what_the_store_keeps_or_does_not_may_be_excepted(result: Any) -> None:
    store = MemoryStore(
        held=[expecting("web", "1")],
        own={COMMIT: [own()]},
        live_at=[LIVE],
        kept={with_consumer("web"): [result], with_provider(): [result]},
    )

    decisions = [
        _world(*names, store=store, verifies=False).end().decision
        for names in (("web", "stock"), ("web",), ("stock",), ())
    ]
    strict = Decision.BLOCK if result == NO else Decision.UNKNOWN
    assert decisions == [Decision.ALLOW, strict, strict, strict]


def test_a_provider_that_is_not_live_yet_may_be_excepted() -> None:
    store = MemoryStore(own={COMMIT: [own()]}, live_at=[[live("other")]])

    assert _world(store=store).end().decision is Decision.UNKNOWN
    assert _world("stock", store=store).end().decision is Decision.ALLOW


def test_the_service_itself_may_be_excepted() -> None:
    store = MemoryStore(own={COMMIT: [own(SERVICE)]}, live_at=[LIVE])
    outcomes = {f"with {SERVICE}": Outcome.FAILED}

    assert _world(SERVICE, store=store, outcomes=outcomes).end().decision is Decision.ALLOW


@pytest.mark.parametrize("name", ["app", "WEB", "we", "web ", ""])
def test_nobody_else_is_excused(name: str) -> None:
    ended = _world(name, outcomes=BROKEN).end()

    assert ended.decision is Decision.BLOCK
    assert ended.report.notes == (f"Exception: {_until(name)}. Nothing of that name was looked at here.",)


def test_every_report_lists_the_exceptions_in_force_also_those_that_nobody_needed() -> None:
    ended = _world("web", "app").end()

    assert (ended.decision, ended.reasons) == (Decision.ALLOW, "1 binding contract honoured, 1 interaction")
    assert ended.report.notes == (
        f"Exception: {_until('web')}.",
        f"Exception: {_until('app')}. Nothing of that name was looked at here.",
    )


def test_a_run_that_fails_lists_them_too() -> None:
    world = _world("web")
    world.store.fails = lambda *_: True

    assert world.end().report.notes == (f"Exception: {_until('web')}. Nothing of that name was looked at here.",)


def test_of_several_for_one_counterpart_the_one_that_lasts_longest_counts() -> None:
    first, last = excepted("web", reason="early."), excepted("web", reason="late.", until=LATER)
    for order in ((first, last), (last, first)):
        ended = _world(outcomes=BROKEN, exceptions=order).end()

        assert ended.entry("web 1").integration.exception == last
        assert [note for note in ended.report.notes if "late" in note] == []
        assert ended.reasons.count("late") == 1
        assert len([note for note in ended.report.notes if "early" in note]) == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_a_fault_makes_it_unknown_although_everybody_is_excepted(outcome: Outcome) -> None:
    ended = _world("web", outcomes={"web 1": outcome}, faults=(ENDED,)).end()

    assert (ended.decision, ended.code) == (Decision.UNKNOWN, 3)
    assert str(ENDED) in ended.reasons


def test_a_fault_from_before_hides_no_break() -> None:
    ended = _world(outcomes=BROKEN, faults=(ENDED,)).end()

    assert (ended.decision, ended.report.faults) == (Decision.BLOCK, (ENDED,))


@pytest.mark.parametrize(
    "store",
    [
        {"live_at": [[*LIVE, live("web", "2")]], "too": [("web", "2")]},
        {"live_at_the_end": [("web", "another")]},
        {"unread": [("web", "web 1")], "held": []},
    ],
)
def test_what_was_not_even_looked_at_is_not_excused(store: dict[str, Any]) -> None:
    values: dict[str, Any] = {"held": [expecting("web", "1")], "live_at": [LIVE]}

    assert _world("web", store=MemoryStore(**(values | store))).end().decision is Decision.UNKNOWN


def test_an_empty_environment_is_not_excused() -> None:
    world = _world("web", outcomes=BROKEN, candidate=candidate(stage=Stage.DEPLOY))
    world.store.live_at = [[]]

    assert world.end().decision is Decision.UNKNOWN


def test_nobody_waits_for_a_result_that_is_excepted() -> None:
    store = MemoryStore(own={COMMIT: [own()]}, live_at=[LIVE])
    world = _world("stock", store=store, wait=60.0)

    assert (world.end().decision, world.clock.pauses) == (Decision.ALLOW, [])


def test_everybody_waits_for_the_others() -> None:
    store = MemoryStore(
        own={COMMIT: [own(), own("mail")]},
        live_at=[[*LIVE, live("mail")]],
        kept={with_provider("1", "mail"): [None, YES]},
    )
    world = _world("stock", store=store, wait=60.0)

    assert (world.end().decision, len(world.clock.pauses)) == (Decision.ALLOW, 1)
