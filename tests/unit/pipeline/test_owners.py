"""Who is told of what blocks: whom the gate file names, else whom the store does, and nobody who is not concerned."""

from typing import Any

import pytest

from gate.domain.contracts import Because
from gate.domain.errors import CancelledError
from gate.domain.report import Entry, Record, Stage
from gate.domain.results import Outcome
from gate.domain.verdict import Decision
from tests.builders import COMMIT, SERVICE, candidate, excepted, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import NO, YES, World, expecting, own, with_provider

BROKEN = {"web 1": Outcome.FAILED}
WEB, STOCK = ("@acme/web", "Web Guild"), ("@acme/stock",)


def _world(store: dict[str, Any] | None = None, **more: Any) -> World:
    values: dict[str, Any] = {"held": [expecting("web", "1")], "live_at": [[live("web")]]}
    known = values | {"owned_by": {"web": ("@mallory",)}} | (store or {})
    others: dict[str, Any] = {"outcomes": BROKEN} | more
    return World(store=MemoryStore(**known), **others)


def _told(entry: Entry) -> tuple[tuple[str, ...], tuple[str, ...]]:
    assert entry.advice is not None
    return entry.advice.owners, entry.advice.mentions


def _asked(world: World) -> list[str]:
    return [one for one in world.store.asked if one.startswith("owners")]


def test_whom_the_gate_file_names_is_told_and_the_store_is_not_asked() -> None:
    world = _world(owners={"web": WEB, "stock": STOCK})

    assert _told(world.end().entry("web 1")) == (WEB, WEB)
    assert _asked(world) == []


def test_whom_the_store_names_is_shown_and_not_told_by_name() -> None:
    world = _world(owners={"stock": STOCK})

    assert _told(world.end().entry("web 1")) == (("@mallory",), ())
    assert _asked(world) == ["owners of web"]


def test_a_gate_file_that_names_nobody_for_somebody_means_that() -> None:
    world = _world(owners={"web": ()})

    assert (_told(world.end().entry("web 1")), _asked(world)) == (((), ()), [])


def test_where_a_stranger_may_have_written_the_gate_file_nobody_is_told_by_name() -> None:
    ended = _world(owners={"web": WEB}, may_mention=False).end()

    assert _told(ended.entry("web 1")) == (WEB, ())


def test_of_two_that_are_concerned_each_is_asked_where_it_stands() -> None:
    world = _world(
        {"past": [], "owned_by": {"web": ("web team",), "stock": ("stock team",)}, "own": {COMMIT: [own()]}},
        owners={"web": ("@ada",)},
    )
    world.store.live_at = [[live("web"), live("stock")]]
    world.store.kept = {with_provider(): [NO]}
    ended = world.end()

    assert _told(ended.entry("web 1")) == (("@ada",), ("@ada",))
    assert _told(ended.entry("stock 1")) == (("stock team",), ())
    assert _asked(world) == ["owners of stock"]


@pytest.mark.parametrize(
    "world",
    [
        _world(outcomes={}),
        _world({"held": [expecting("web", "1", because=[Because.WIP], pending=True)], "live_at": [[live("stock")]]}),
        _world(exceptions=(excepted("web"),)),
        _world(outcomes={"web 1": Outcome.ERRORED}),
        _world(has_store=False),
        _world(consumer="web"),
    ],
    ids=["honoured", "not binding", "excepted", "not tried", "no store", "a part"],
)
def test_the_store_is_not_asked_where_nobody_else_has_to_know(world: World) -> None:
    for entry in world.end().report.entries:
        assert entry.advice is None or _told(entry) == ((), ())

    assert _asked(world) == []


def test_a_store_that_failed_is_not_asked_for_owners() -> None:
    world = _world()
    world.store.fails = lambda method, _: method == "live_contracts"
    ended = world.end()

    assert (ended.code, _asked(world)) == (1, [])


def test_what_the_store_cannot_say_of_owners_is_no_fault() -> None:
    world = _world()
    world.store.fails = lambda method, _: method.startswith("owners")
    ended = world.end()

    assert (ended.code, ended.decision) == (1, Decision.BLOCK)
    assert (ended.report.faults, ended.warnings) == ((), [])
    assert _told(ended.entry("web 1")) == ((), ())
    assert _asked(world) == ["owners of web"]


def test_a_signal_while_owners_are_asked_for_changes_no_break() -> None:
    world = _world()

    def stop(method: str, _: int) -> bool:
        if method.startswith("owners"):
            raise CancelledError("SIGTERM")
        return False

    world.store.fails = stop
    ended = world.end()

    assert (ended.code, ended.decision) == (1, Decision.BLOCK)


def test_of_many_a_few_are_asked_for_at_once() -> None:
    names = [f"web-{number}" for number in range(9)]
    world = _world(
        {"held": [expecting(name, "1") for name in names], "live_at": [[live(name) for name in names]]},
        outcomes={f"{name} 1": Outcome.FAILED for name in names},
    )
    world.end()

    assert _asked(world) == ["owners of web-0, web-1, web-2, web-3, web-4"]


def test_who_is_left_alone_by_an_undeployment_is_told() -> None:
    world = _world(
        {"live_at": [[live("web"), live(SERVICE, "1")]], "too": [("web", "1")]},
        candidate=candidate(version="", branch=None, stage=Stage.DEPLOY),
        record=Record.UNDEPLOYMENT,
    )
    ended = world.end()

    assert ended.code == 1
    assert _told(ended.entry("web 1")) == (("@mallory",), ())


def test_nothing_is_asked_for_when_all_is_well() -> None:
    world = _world({"own": {COMMIT: [own()]}, "live_at": [[live("web"), live("stock")]]}, outcomes={})
    world.store.kept = {with_provider(): [YES]}

    assert (world.end().code, _asked(world)) == (0, [])
