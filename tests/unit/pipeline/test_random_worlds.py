"""DESIGN's one property, of whole runs: allow only where everything that is live in the end gets on with the candidate.

Also where it is recorded first that the candidate is live, and but for counterparts that are excepted.

What must hold is computed here from the world itself, by nothing of the gate's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from gate.domain.contracts import Because, Contract, Fault
from gate.domain.live import LiveVersion
from gate.domain.matrix import Pair
from gate.domain.report import Record, Stage
from gate.domain.results import Outcome
from gate.domain.verdict import Decision, OnNoContracts, Role
from gate.ports import Kept
from tests.builders import COMMIT, SERVICE, candidate, excepted, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import (
    MAIN,
    NO,
    SELECTED,
    WIP,
    YES,
    World,
    expecting,
    own,
    past,
    with_consumer,
    with_provider,
)

CONSUMERS, PROVIDERS, NUMBERS = ("web", SERVICE), ("stock", SERVICE), ("1", "2")
FAULT = Fault(where="broker", what="it answered 500.")
P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
Version = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A world, and what is so in it whether or not the gate finds out."""

    world: World
    expected: dict[Version, str]
    """The content of each consumer version's contract with the candidate."""
    results: dict[Pair, Kept]
    """What the store keeps."""


versions = st.builds(
    lambda name, version, environment, instance, released: live(
        name, version, environment, instance=instance, released=released
    ),
    st.sampled_from([*CONSUMERS, "stock"]),
    st.sampled_from(NUMBERS),
    st.sampled_from(["production", "production", "staging"]),
    st.sampled_from([None, None, "blue"]),
    st.booleans(),
)
snapshots = st.lists(versions, max_size=4, unique=True)
outcomes = st.sampled_from([P, P, P, P, P, F, E])
kept = st.sampled_from([*[YES] * 7, NO, None, FAULT])
records = st.sampled_from([None, None, None, Record.DEPLOYMENT, Record.RELEASE])
exceptions = st.lists(st.sampled_from([*CONSUMERS, "stock", "nobody"]), max_size=2, unique=True)
some_places = st.sampled_from([(), (), (), (), ("production",), ("staging",)])


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    everyone = [(name, number) for name in CONSUMERS for number in NUMBERS]
    has = draw(st.lists(st.sampled_from(everyone), unique=True))
    expected = {(name, number): f"{name} {draw(st.sampled_from('AB'))}" for name, number in has}
    pairs = [with_consumer(name, number) for name, number in has] + [with_consumer(SERVICE, COMMIT)]
    pairs += [with_provider(number, name) for name in PROVIDERS for number in NUMBERS]
    results = {pair: draw(kept) for pair in pairs}
    first, more = draw(snapshots), draw(snapshots)
    at = draw(st.sampled_from([[first], [first, more], [first, [*first, *more]]]))
    mine = [own(name) for name in PROVIDERS if draw(st.booleans())]
    contents = [*expected.values(), *(one.content_id for one in mine)]
    fault = draw(st.none() | st.integers(min_value=1, max_value=16)) if draw(st.booleans()) else None
    store = MemoryStore(
        held=[one for one in _selected(draw, expected, at[0]) if draw(st.sampled_from([True, True, True, False]))],
        live_at=at,
        own={COMMIT: mine, "1": [own()] if draw(st.booleans()) else []},
        kept={pair: [one] for pair, one in results.items()},
        too=set(expected),
        live_at_the_end=[(one.name, expected[key]) for one in at[-1] if (key := (one.name, one.version)) in expected],
        published_late=draw(st.booleans()),
        past=[past("1", expects=draw(st.booleans()))] if draw(st.booleans()) else (),
        known=draw(st.booleans()),
        has_it=draw(st.sampled_from([True, True, True, False])),
        has_this=draw(st.booleans()),
        forgetful=draw(some_places),
        refusing=draw(some_places),
        mute=draw(some_places),
        fails=lambda _, call: call == fault,
    )
    record = draw(records)
    world = World(
        store=store,
        outcomes={content: draw(outcomes) for content in dict.fromkeys(contents)},
        empty=[one for one in dict.fromkeys(contents) if draw(st.sampled_from([False] * 9 + [True]))],
        verifies=draw(st.booleans()) and record is None,
        candidate=candidate(
            stage=draw(st.sampled_from(Stage)),
            environments=draw(st.sampled_from([("production",), ("production", "staging")])),
            instance=draw(st.sampled_from([None, "blue"])),
        ),
        wait=draw(st.sampled_from([0.0, 0.0, 3.0])),
        first_deployment=draw(st.booleans()),
        consumes_none=draw(st.booleans()),
        on_no_contracts=draw(st.sampled_from(OnNoContracts)),
        record=record,
        exceptions=tuple(excepted(name) for name in draw(exceptions)),
        faults=draw(st.sampled_from([(), (), (), (FAULT,)])),
    )
    return Truth(world=world, expected=expected, results=results)


def _selected(draw: st.DrawFn, expected: dict[Version, str], here: Sequence[LiveVersion]) -> Iterator[Contract]:
    """Select as a store does: each content once, that is live at first or at the head of some branch."""
    for content in dict.fromkeys(expected.values()):
        (consumer, *_), *_ = [one for one, its in expected.items() if its == content]
        numbers = [number for (name, number), its in expected.items() if (name, its) == (consumer, content)]
        because = [Because.LIVE] if any(expected.get((one.name, one.version)) == content for one in here) else []
        because += draw(st.sampled_from([[], [MAIN], [MAIN], [WIP], [SELECTED]]))
        if because:
            yield expecting(consumer, *numbers, content_id=content, because=because, pending=draw(st.booleans()))


def _is_owed_nothing(truth: Truth) -> bool:
    """Say whether all that must hold for a deployment holds, but for what is excepted."""
    world, this = truth.world, truth.world.candidate
    excused = {one.counterpart for one in world.exceptions}
    replaces = world.record is not Record.RELEASE
    there = [
        one
        for one in world.store.after(world.store.live_at[-1])
        if one.environment in this.environments
        and not (replaces and one.name == SERVICE and not one.released and one.instance == this.instance)
    ]
    owed = [
        _honours(truth, one.name, one.version, truth.expected[one.name, one.version])
        for one in there
        if (one.name, one.version) in truth.expected and one.name not in excused
    ]
    for mine in world.store.own[COMMIT]:
        if mine.provider in excused:
            continue
        owed.append(mine.content_id not in world.empty)
        owed += [
            truth.results[with_provider(one.version, one.name)] == YES for one in there if one.name == mine.provider
        ]
        if mine.provider == SERVICE:
            owed.append(_honours(truth, SERVICE, COMMIT, mine.content_id))
        else:
            places = {one.environment for one in there if one.name == mine.provider}
            owed.append(places == set(this.environments))
    return all(owed)


def _honours(truth: Truth, consumer: str, version: str, content: str) -> bool:
    world = truth.world
    if content in world.empty:
        return False
    if world.verifies:
        return world.outcomes[content] is P
    return truth.results[with_consumer(consumer, version)] == YES


@settings(max_examples=1000)
@given(truths())
def test_what_is_allowed_gets_on_with_everything_that_is_live(truth: Truth) -> None:
    decision = truth.world.end().decision

    assert decision is not Decision.ALLOW or (_is_owed_nothing(truth) and _is_recorded(truth.world))


def _is_recorded(world: World) -> bool:
    """Say whether what was to be recorded is so wherever it was to be."""
    there = world.store.after(world.store.live_at[-1])
    places = {one.environment for one in there if (one.name, one.version) == (SERVICE, COMMIT)}
    return world.record is None or places == set(world.candidate.environments)


@st.composite
def undeployments(draw: st.DrawFn) -> World:
    first, more = draw(snapshots), draw(snapshots)
    fault = draw(st.none() | st.none() | st.integers(min_value=1, max_value=6))
    store = MemoryStore(
        live_at=draw(st.sampled_from([[first], [first, more], [first, [*first, *more]]])),
        too=draw(st.sets(st.sampled_from([(name, number) for name in ("web", "stock") for number in NUMBERS]))),
        forgetful=draw(some_places),
        refusing=draw(some_places),
        mute=draw(some_places),
        fails=lambda _, call: call == fault,
    )
    released = draw(st.sampled_from([False, False, False, True]))
    this = candidate(
        version=draw(st.sampled_from(NUMBERS if released else ["", "", *NUMBERS])),
        environments=draw(st.sampled_from([("production",), ("production", "staging")])),
        instance=draw(st.sampled_from([None] if released else [None, "blue"])),
        released=released,
    )
    return World(
        store=store,
        candidate=this,
        record=Record.UNDEPLOYMENT,
        exceptions=tuple(excepted(name) for name in draw(exceptions)),
        on_no_contracts=draw(st.sampled_from(OnNoContracts)),
    )


@settings(max_examples=1000)
@given(undeployments())
def test_what_is_undeployed_is_gone_and_leaves_nobody_alone(world: World) -> None:
    decision = world.end().decision
    there = world.store.after(world.store.live_at[-1])

    for place in world.candidate.environments if decision is Decision.ALLOW else ():
        told = [one for _, one in world.store.written if isinstance(one, LiveVersion) and one.environment == place]
        ours = [one for one in there if (one.name, one.environment) == (SERVICE, place)]
        excused = {one.counterpart for one in world.exceptions}
        needy = [one for one in there if one.environment == place and (one.name, one.version) in world.store.too]
        assert told
        assert not set(told) & set(ours)
        assert ours or excused.issuperset(one.name for one in needy)


@settings(max_examples=1000)
@given(undeployments())
def test_what_ends_is_what_was_meant_and_whoever_is_left_alone_is_found(world: World) -> None:
    decision, this = world.end().decision, world.candidate
    there = world.store.after(world.store.live_at[-1])

    for one in (told for _, told in world.store.written if isinstance(told, LiveVersion)):
        assert (one.name, one.released, one.instance) == (
            SERVICE,
            this.released,
            None if one.released else this.instance,
        )
        assert this.version in {"", one.version}
    kept_from_knowing = any(world.store.fails(method, call) for call, method in enumerate(world.store.asked, start=1))
    excused = {one.counterpart for one in world.exceptions}
    empty = set(this.environments) - {one.environment for one in there if one.name == SERVICE}
    alone = [one for one in there if one.environment in empty and (one.name, one.version) in world.store.too]
    if not kept_from_knowing and not excused.issuperset(one.name for one in alone):
        assert decision is Decision.BLOCK


def test_some_of_it_can_be_undeployed() -> None:
    find(
        undeployments(),
        lambda world: world.end().decision is Decision.ALLOW and bool(world.store.too),
        settings=settings(max_examples=5000, phases=[Phase.generate]),
    )


@pytest.mark.parametrize("record", [Record.DEPLOYMENT, Record.RELEASE])
def test_some_of_it_can_be_recorded(record: Record) -> None:
    def is_allowed_for_a_reason(truth: Truth) -> bool:
        ended = truth.world.end() if truth.world.record is record else None
        return ended is not None and ended.decision is Decision.ALLOW and bool(ended.report.entries)

    find(truths(), is_allowed_for_a_reason, settings=settings(max_examples=5000, phases=[Phase.generate]))


def test_these_worlds_are_not_all_hopeless() -> None:
    def is_allowed_for_a_reason(truth: Truth) -> bool:
        ended = truth.world.end()
        return ended.decision is Decision.ALLOW and {one.integration.role for one in ended.report.entries} == set(Role)

    find(truths(), is_allowed_for_a_reason, settings=settings(max_examples=5000, phases=[Phase.generate]))
