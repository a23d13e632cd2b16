"""What becomes true while a run goes on, up to its last moment."""

from typing import Any

from gate.domain.results import Outcome
from gate.domain.verdict import Decision
from tests.builders import COMMIT, SERVICE, candidate, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import MAIN, NO, YES, World, expecting, own, past, with_consumer, with_provider

STOCK = live("stock")
WEB = expecting("web", "2", because=[MAIN], pending=True)


def _broken(**store: Any) -> World:
    """Break a contract that is pending."""
    return World(store=MemoryStore(held=[WEB], known=True, **store), outcomes={WEB.content_id: Outcome.FAILED})


def test_a_pending_contract_that_goes_live_in_the_last_moment_blocks() -> None:
    ended = _broken(live_at=[[]], live_at_the_end=[("web", WEB.content_id)]).end()

    assert ended.decision is Decision.BLOCK


def test_a_pending_contract_that_is_not_live_does_not_block() -> None:
    assert _broken(live_at=[[]]).end().decision is Decision.ALLOW


def test_who_is_live_is_read_again_after_everything_else() -> None:
    world = World(store=MemoryStore(own={COMMIT: [own()]}, live_at=[[STOCK], [STOCK], [live("stock", "2")]]))
    world.store.kept = {with_provider(): [YES], with_provider("2"): [NO]}

    assert world.end().decision is Decision.BLOCK


def test_what_never_comes_to_rest_is_unknown() -> None:
    versions = [[live("stock", str(number))] for number in range(20)]
    world = World(store=MemoryStore(own={COMMIT: [own()]}, live_at=versions))
    world.store.kept = {with_provider(str(number)): [YES] for number in range(20)}
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert "what is live changed each time that it was read" in ended.reasons


def test_the_same_content_deployed_as_another_version_was_verified() -> None:
    held = expecting("web", "1")
    world = World(store=MemoryStore(held=[held], live_at=[[live("web")], [live("web", "2")]]))
    world.store.holds = {("web", "2"): held.content_id}
    ended = world.end()

    assert ended.decision is Decision.ALLOW
    assert [one.version for one in ended.report.entries[0].integration.live] == ["2"]


def test_the_result_of_that_other_version_is_looked_up_too() -> None:
    held = expecting("web", "1")
    world = World(store=MemoryStore(held=[held], live_at=[[live("web", "2")]]), verifies=False)
    world.store.holds = {("web", "2"): held.content_id}
    world.store.kept = {with_consumer("web", "2"): [YES]}

    assert world.end().decision is Decision.ALLOW


def test_contracts_that_are_not_published_yet_are_waited_for() -> None:
    store = MemoryStore(own={COMMIT: [own()]}, published_late=True, past=[past("0", expects=True)], live_at=[[STOCK]])
    store.late_readings = 2
    world = World(store=store)
    store.kept = {with_provider(): [YES]}
    world.wait = 60.0
    ended = world.end()

    assert (ended.decision, world.clock.pauses) == (Decision.ALLOW, [1.0])
    assert "waiting for contracts of orders-api 9f2c1ab to be published: 60 s left" in ended.told


def test_a_version_that_the_store_spells_otherwise_is_unknown() -> None:
    world = World(store=MemoryStore(past=[past(f"{COMMIT[:12]}", expects=True, on_main=False)], known=True))
    ended = world.end()

    assert candidate().version == COMMIT
    assert ended.decision is Decision.UNKNOWN
    assert f"the store has contracts of {SERVICE} {COMMIT[:12]}, and found none of version {COMMIT}" in ended.reasons


def test_a_contract_that_could_not_be_read_is_told_of_once() -> None:
    world = World(store=MemoryStore(live_at=[[live("web")]], unread=[("web", "a")], live_at_the_end=[("web", "a")]))
    world.store.holds = {("web", "1"): "a"}
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert [fault.where for fault in ended.report.faults] == ["the contract of web"]
