"""What is tried once for several."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.contracts import Interaction
from gate.domain.plan import Place, Work, plan, repeatable
from tests.builders import interaction

STATE = ("order 42 exists",)
GET = interaction(sameness="get")
OTHER_GET = interaction(sameness="other get")
POST = interaction(sameness="post", harmless=False)
STATEFUL_GET = interaction(sameness="stateful get", states=STATE)
STATEFUL_POST = interaction(sameness="stateful post", states=STATE, harmless=False)
RANDOM = interaction(sameness="")


def _numbers(
    contracts: list[list[Interaction]], *, sets_up_states: bool = True, merging: bool = True
) -> list[list[int]]:
    """Return for each piece of work the contracts that it stands for."""
    found = plan(contracts, merging=merging, sets_up_states=sets_up_states)
    return [[place.contract for place in (work.place, *work.also)] for work in found]


@pytest.mark.parametrize(
    ("one", "sets_up_states", "merged"),
    [
        (GET, True, True),
        (GET, False, True),
        (POST, True, False),
        (POST, False, False),
        (STATEFUL_GET, True, True),
        (STATEFUL_GET, False, True),
        (STATEFUL_POST, True, True),
        (STATEFUL_POST, False, False),
        (RANDOM, True, False),
    ],
)
def test_what_is_merged_with_its_like(one: Interaction, *, sets_up_states: bool, merged: bool) -> None:
    assert _numbers([[one], [one]], sets_up_states=sets_up_states) == ([[0, 1]] if merged else [[0], [1]])
    assert _numbers([[one], [one]], sets_up_states=sets_up_states, merging=False) == [[0], [1]]


@pytest.mark.parametrize(
    ("between", "sets_up_states", "merged"),
    [
        (OTHER_GET, True, True),
        (RANDOM, True, True),
        (POST, True, False),
        (POST, False, False),
        (STATEFUL_GET, True, False),
        (STATEFUL_GET, False, True),
        (STATEFUL_POST, True, False),
        (STATEFUL_POST, False, False),
    ],
)
def test_without_a_state_only_what_changes_nothing_may_come_between(
    between: Interaction, *, sets_up_states: bool, merged: bool
) -> None:
    found = _numbers([[GET], [between], [GET]], sets_up_states=sets_up_states)

    assert found == ([[0, 2], [1]] if merged else [[0], [1], [2]])


@pytest.mark.parametrize("next_one", [GET, RANDOM, POST])
def test_what_leaves_a_state_to_one_that_has_none_is_tried_itself(next_one: Interaction) -> None:
    other = interaction(sameness="another", states=STATE)

    assert _numbers([[other], [STATEFUL_GET], [other], [STATEFUL_GET], [next_one]]) == [[0], [1], [2], [3], [4]]
    assert _numbers([[next_one], [other], [STATEFUL_GET], [other], [STATEFUL_GET]]) == [[0], [1, 3], [2, 4]]
    assert _numbers([[other], [other], [next_one]], sets_up_states=False) == [[0, 1], [2]]


@pytest.mark.parametrize("between", [STATEFUL_GET, STATEFUL_POST])
def test_what_sets_up_its_states_cares_for_nothing_that_came_before(between: Interaction) -> None:
    other = interaction(sameness="another", states=STATE)

    assert [0, 2] in _numbers([[other], [between], [other]])


@pytest.mark.parametrize(
    ("one", "sets_up_states", "may_be"),
    [(GET, False, True), (POST, True, False), (STATEFUL_POST, True, True), (STATEFUL_POST, False, False)],
)
def test_what_may_be_tried_more_than_once(one: Interaction, *, sets_up_states: bool, may_be: bool) -> None:
    assert repeatable(one, sets_up_states=sets_up_states) is may_be


KINDS = st.sampled_from([GET, POST, STATEFUL_GET, STATEFUL_POST, RANDOM, OTHER_GET])


@st.composite
def _contracts(draw: st.DrawFn) -> list[list[Interaction]]:
    every = draw(st.lists(st.lists(KINDS, max_size=6), max_size=6))
    return [
        [
            interaction(at, sameness=one.sameness, states=one.states, harmless=one.harmless)
            for at, one in enumerate(some)
        ]
        for some in every
    ]


@given(_contracts(), st.booleans(), st.booleans())
def test_every_interaction_is_accounted_for_exactly_once(
    contracts: list[list[Interaction]],
    merging: bool,  # noqa: FBT001
    sets_up_states: bool,  # noqa: FBT001
) -> None:
    found = plan(contracts, merging=merging, sets_up_states=sets_up_states)
    places = [place for work in found for place in (work.place, *work.also)]
    every = [Place(number, one) for number, some in enumerate(contracts) for one in some]

    assert sorted(places, key=_order) == every
    assert [_order(work.place) for work in found] == sorted(_order(work.place) for work in found)
    assert all(_order(work.place) < _order(other) for work in found for other in work.also)
    if not merging:
        assert len(found) == len(every)


@given(_contracts(), st.booleans())
def test_only_what_is_the_same_is_merged(contracts: list[list[Interaction]], sets_up_states: bool) -> None:  # noqa: FBT001
    found = plan(contracts, merging=True, sets_up_states=sets_up_states)

    for work in found:
        names = {place.interaction.sameness for place in _all(work)}
        assert len(names) == 1
        assert "" not in names or not work.also
        assert (
            all(repeatable(place.interaction, sets_up_states=sets_up_states) for place in _all(work)) or not work.also
        )


def _all(work: Work) -> list[Place]:
    return list(chain([work.place], work.also))


def _order(place: Place) -> tuple[int, int]:
    return place.contract, place.interaction.position
