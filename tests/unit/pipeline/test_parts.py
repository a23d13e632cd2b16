"""A part of what counts can be looked at, and allows nothing whatever comes of it."""

import itertools
from typing import Any

import pytest

from gate.domain.contracts import Because
from gate.domain.errors import StoreError
from gate.domain.results import Outcome
from gate.domain.verdict import Decision, OnNoContracts
from gate.pipeline.gate import Keeping
from tests.builders import live
from tests.fakes import FakeKeeper, MemoryStore
from tests.unit.pipeline.world import World, expecting, own

BROKEN = {"web 1": Outcome.FAILED}
A_PART = "a part was verified, which allows nothing. Leave consumer and interaction out for a verdict."


def _world(**more: Any) -> World:
    """Give the candidate two live consumers, one of two interactions and one of one."""
    store = MemoryStore(
        held=[expecting("web", "1"), expecting("billing", "1")], live_at=[[live("web"), live("billing")]], known=True
    )
    values: dict[str, Any] = {"store": store, "described": {"web 1": ["an order", "no order"], "billing 1": ["a bill"]}}
    return World(**(values | more))


@pytest.mark.parametrize("has_store", [True, False])
@pytest.mark.parametrize(
    ("part", "tried"),
    [
        ({"consumer": "web"}, [("web 1", (0, 1))]),
        ({"consumer": "billing"}, [("billing 1", (0,))]),
        ({"interaction": "no order"}, [("web 1", (1,))]),
        ({"interaction": "a bill"}, [("billing 1", (0,))]),
        ({"consumer": "web", "interaction": "an order"}, [("web 1", (0,))]),
    ],
)
def test_nothing_but_the_part_is_verified(part: dict[str, str], tried: list[Any], *, has_store: bool) -> None:
    world = _world(**part, has_store=has_store)
    ended = world.end()

    assert world.tried == tried
    assert (ended.code, ended.decision, ended.reasons) == (3, Decision.UNKNOWN, A_PART)
    assert [len(entry.integration.results) for entry in ended.report.entries] == [len(one[1]) for one in tried]


@pytest.mark.parametrize("has_store", [True, False])
def test_a_part_that_is_broken_blocks(*, has_store: bool) -> None:
    ended = _world(consumer="web", outcomes=BROKEN, has_store=has_store).end()

    assert (ended.code, ended.decision) == (1, Decision.BLOCK)
    assert "web 1" in ended.reasons


def test_what_is_broken_elsewhere_is_nothing_of_the_part() -> None:
    assert _world(consumer="billing", outcomes=BROKEN).end().reasons == A_PART


@pytest.mark.parametrize("has_store", [True, False])
@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"consumer": "wep"}, "no contract of wep is among those that count. There are: web; billing."),
        (
            {"interaction": "a dream"},
            "no interaction is described as 'a dream'. There are: an order; no order; a bill.",
        ),
        (
            {"consumer": "billing", "interaction": "an order"},
            "no interaction is described as 'an order'. There are: a bill.",
        ),
        (
            {"consumer": "wep", "interaction": "an order"},
            "no contract of wep is among those that count. There are: web; billing.",
        ),
    ],
)
def test_where_nothing_matches_it_says_what_there_is(part: dict[str, str], reason: str, *, has_store: bool) -> None:
    world = _world(**part, has_store=has_store, on_no_contracts=OnNoContracts.ALLOW)
    ended = world.end()

    assert (ended.code, ended.decision) == (3, Decision.UNKNOWN)
    assert ended.reasons.splitlines()[0] == reason
    assert (world.tried, world.provider.ran, ended.report.entries) == ([], 0, ())


def test_of_many_names_ten_are_said() -> None:
    described = {"web 1": [f"number {number}" for number in range(12)]}
    ended = _world(interaction="x", consumer="web", described=described).end()

    assert "There are: number 0; " in ended.reasons
    assert "number 9 and 2 more." in ended.reasons


def test_where_there_is_nothing_at_all_it_says_that() -> None:
    ended = World(consumer="web", on_no_contracts=OnNoContracts.ALLOW, has_store=False).end()

    assert (ended.code, ended.decision) == (3, Decision.UNKNOWN)
    assert "no contract of web is among those that count. There are none at all." in ended.reasons


def test_a_contract_that_cannot_be_read_may_have_the_interaction() -> None:
    ended = _world(interaction="an order", unreadable=["billing 1"]).end()

    assert ended.decision is Decision.UNKNOWN
    assert {str(entry.integration.counterpart) for entry in ended.report.entries} == {"web 1", "billing 1"}


def test_a_part_of_nothing_but_an_empty_contract_is_unknown() -> None:
    ended = _world(consumer="billing", empty=["billing 1"], described={}).end()

    assert (ended.code, [entry.integration.empty for entry in ended.report.entries]) == (3, [True])


def test_nothing_is_kept_of_a_part_and_nobody_is_asked_for_more_than_what_there_is() -> None:
    keeper = FakeKeeper()
    world = _world(consumer="web", keeping=Keeping(keeper=keeper, trusting=True))
    world.store.own = {world.candidate.version or "": [own()]}
    world.end()

    assert keeper.told == []
    assert world.store.asked == ["live", "contracts"]


@pytest.mark.parametrize("method", ["live", "contracts"])
def test_a_store_that_cannot_say_it_leaves_a_part_unknown(method: str) -> None:
    world = _world(consumer="web")
    world.store.fails = lambda asked, _: asked == method
    ended = world.end()

    assert (ended.code, ended.reasons) == (3, str(StoreError(f"the store did not say {method}.")))


def test_a_part_without_a_provider_is_unknown() -> None:
    ended = _world(consumer="web", verifies=False).end()

    assert (ended.code, ended.decision) == (3, Decision.UNKNOWN)


NAMES = (None, "web", "billing", "nobody")
DESCRIPTIONS = (None, "an order", "a bill", "nothing")
PARTS = [part for part in itertools.product(NAMES, DESCRIPTIONS) if part != (None, None)]


@pytest.mark.parametrize("because", list(Because))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_part_of_anything_allows(outcome: Outcome, because: Because) -> None:
    codes = set()
    for (consumer, text), has_store in itertools.product(PARTS, (True, False)):
        held = [expecting("web", "1", because=[because]), expecting("billing", "1", because=[because])]
        world = _world(
            store=MemoryStore(held=held, live_at=[[live("web")]], known=True),
            outcomes={"web 1": outcome},
            consumer=consumer,
            interaction=text,
            has_store=has_store,
            first_deployment=True,
            consumes_none=True,
            on_no_contracts=OnNoContracts.ALLOW,
        )
        ended = world.end()
        codes.add(ended.code)
        assert ended.decision is not Decision.ALLOW
        assert ended.code == (1 if ended.decision is Decision.BLOCK else 3)

    assert codes == ({1, 3} if outcome is Outcome.FAILED else {3})
