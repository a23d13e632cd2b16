"""Merging never changes an outcome: compared with every interaction tried for itself, at providers with a memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.contracts import Contract, Interaction
from gate.domain.redaction import Redactor
from gate.domain.results import InteractionResult, Outcome
from gate.pipeline.gate import Planned
from gate.pipeline.trying import Trying
from gate.ports import Piece
from tests.builders import contract, interaction, result
from tests.fakes import FakeReporter
from tests.unit.pipeline.world import World

PASSED = Outcome.PASSED
STATES: Mapping[str, int] = {"": 0, "order 1 exists": 1, "order 2 exists": 2}


@dataclass(slots=True)
class Remembering:
    """A provider that holds a number: a POST adds to it, a state sets it up, a GET is honoured by the one it expects.

    What an interaction does stands in its name: `GET 1`.
    """

    sets_up_states: bool
    tears_down: bool
    number: int = 0
    asked: list[str] = field(default_factory=list)

    def verify(self, pieces: Sequence[Piece], *, fresh: bool = False) -> Iterator[tuple[int, InteractionResult]]:
        del fresh
        for number, piece in enumerate(pieces):
            yield number, result(self._outcome(piece.interaction), interaction=piece.interaction)

    def _outcome(self, one: Interaction) -> Outcome:
        self.asked.append(one.description)
        method, _, value = one.description.partition(" ")
        if self.sets_up_states and one.states:
            self.number = STATES[one.states[0]]
        if method == "POST":
            self.number += int(value)
        honoured = method == "POST" or self.number == int(value)
        if self.sets_up_states and one.states and self.tears_down:
            self.number = 0
        return Outcome.PASSED if honoured else Outcome.FAILED


def _one(method: str, value: int, state: str) -> Interaction:
    name = f"{method} {value}"
    states = (state,) if state else ()
    return interaction(
        description=name, request_line=name, states=states, harmless=method == "GET", sameness=f"{name} {state}"
    )


interactions = st.builds(
    _one, st.sampled_from(["GET", "GET", "POST"]), st.integers(0, 3), st.sampled_from(list(STATES))
)


@st.composite
def _contracts(draw: st.DrawFn) -> list[list[Interaction]]:
    """Make a few contracts of few different interactions, so that many are the same."""
    known = draw(st.lists(interactions, min_size=1, max_size=5))
    every = draw(st.lists(st.lists(st.sampled_from(known), min_size=1, max_size=5), min_size=1, max_size=6))
    return [[replace(one, position=at) for at, one in enumerate(some)] for some in every]


def _verified(
    contracts: Sequence[Sequence[Interaction]], provider: Remembering, *, merging: bool, allows_flaky: bool = False
) -> list[list[InteractionResult]]:
    gate = World().gate(FakeReporter())
    gate = replace(gate, policy=replace(gate.policy, merging=merging, allows_flaky=allows_flaky))
    work = [Planned(_contract(number), tuple(some)) for number, some in enumerate(contracts)]
    trying = Trying(gate, work, sets_up_states=provider.sets_up_states)
    trying.first(provider)
    trying.again(provider)
    trying.end()
    return [[planned.results[one.position] for one in planned.interactions] for planned in work]


def _contract(number: int) -> Contract:
    return contract(source=f"contract {number}", content_id=str(number))


@settings(max_examples=1500)
@given(_contracts(), st.booleans(), st.booleans())
def test_merging_never_changes_an_outcome(
    contracts: list[list[Interaction]],
    sets_up_states: bool,  # noqa: FBT001
    tears_down: bool,  # noqa: FBT001
) -> None:
    merged, alone = (
        _verified(contracts, Remembering(sets_up_states, tears_down), merging=merging) for merging in (True, False)
    )

    assert [[one.outcome for one in some] for some in merged] == [[one.outcome for one in some] for some in alone]


@given(_contracts(), st.booleans())
def test_what_passes_was_tried_for_itself_or_for_its_like(contracts: list[list[Interaction]], merging: bool) -> None:  # noqa: FBT001
    provider = Remembering(sets_up_states=True, tears_down=True)
    found = _verified(contracts, provider, merging=merging)

    for one in (one for some in found for one in some):
        assert one.interaction.description in provider.asked
        assert one.tries >= 1
        assert merging or not one.same_as
    assert [[one.interaction for one in some] for some in found] == contracts


def test_what_is_the_same_is_asked_for_once_and_says_whose_it_is() -> None:
    provider = Remembering(sets_up_states=True, tears_down=True)
    same = [[_one("GET", 0, "")], [_one("GET", 0, "")], [_one("GET", 0, "")]]
    found = _verified(same, provider, merging=True)

    assert provider.asked == ["GET 0"]
    assert [some[0].same_as for some in found] == ["", "web-checkout (contract 0)", "web-checkout (contract 0)"]


def test_a_shared_failure_is_tried_in_each_contract_before_it_blocks() -> None:
    provider = Remembering(sets_up_states=True, tears_down=True)
    found = _verified([[_one("GET", 3, "order 1 exists")]] * 3, provider, merging=True)

    assert [some[0].outcome for some in found] == [Outcome.FAILED] * 3
    assert [some[0].same_as for some in found] == [""] * 3
    assert provider.asked == ["GET 3"] * 6  # once, again, and twice for each of the others


def test_without_states_a_later_pass_is_no_more_than_flaky_for_those_that_shared_the_failure() -> None:
    """A provider that was changed after the failure proves nothing for anybody who shared it."""
    contracts = [[_one("GET", 1, "")], [_one("GET", 1, "")], [_one("POST", 1, "")]]
    block, allow = (
        _verified(contracts, Remembering(sets_up_states=False, tears_down=False), merging=True, allows_flaky=allowed)
        for allowed in (False, True)
    )

    assert [(some[0].outcome, some[0].flaky) for some in block[:2]] == [(Outcome.FAILED, True)] * 2
    assert [(some[0].outcome, some[0].flaky) for some in allow[:2]] == [(Outcome.FAILED, True)] * 2


def test_secrets_are_taken_out_of_what_is_shared() -> None:
    gate = replace(World().gate(FakeReporter()), redact=Redactor(["an error of s3cr3t"]))
    work = [Planned(_contract(number), (_one("GET", 0, ""),)) for number in range(2)]

    class Erring:
        def verify(self, pieces: Sequence[Piece], *, fresh: bool = False) -> Iterator[tuple[int, InteractionResult]]:
            del fresh
            for number, piece in enumerate(pieces):
                yield number, result(Outcome.ERRORED, interaction=piece.interaction, error="an error of s3cr3t")

    trying = Trying(gate, work, sets_up_states=False)
    trying.first(Erring())
    trying.again(Erring())

    assert [(one.results[0].error, one.results[0].tries) for one in work] == [("***", 2)] * 2


@pytest.mark.parametrize("changing", [[], [_one("POST", 1, "")]])
def test_a_second_try_counts_only_where_it_meets_the_provider_as_the_first_did(changing: list[Interaction]) -> None:
    """Whatever was changed since, by whomever and at whichever replica, may be why it can be tried now, or passes."""

    class Recovering:
        def __init__(self, first: Outcome) -> None:
            self.first = first
            self.tried: list[str] = []

        def verify(self, pieces: Sequence[Piece], *, fresh: bool = False) -> Iterator[tuple[int, InteractionResult]]:
            del fresh
            for number, piece in enumerate(pieces):
                name = piece.interaction.description
                yield number, result(PASSED if name in self.tried else self.first, interaction=piece.interaction)
                self.tried.append(name)

    for first, outcome in ((Outcome.ERRORED, Outcome.ERRORED), (Outcome.FAILED, Outcome.FAILED)):
        gate = World(allows_flaky=True).gate(FakeReporter())
        work = [Planned(_contract(0), (_one("GET", 0, ""),)), *(Planned(_contract(1), (one,)) for one in changing)]
        trying, session = Trying(gate, work, sets_up_states=False), Recovering(first)
        trying.first(session)
        trying.again(session)

        assert work[0].results[0].outcome is (outcome if changing else PASSED)
