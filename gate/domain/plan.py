"""From contracts to work: what is the same is tried once, and speaks for all the others.

Contracts of several live versions of a consumer repeat most of their interactions, and so do those of consumers that
use a provider alike. Nothing is merged that could come out otherwise by itself: see `plan`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gate.domain.contracts import Interaction


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interaction stands."""

    contract: int
    """The number of its contract, counted from 0."""
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be tried, and what that speaks for."""

    place: Place
    also: tuple[Place, ...] = ()
    """The same in other places; their order is that of the contracts."""


def plan(contracts: Sequence[Sequence[Interaction]], *, merging: bool, sets_up_states: bool) -> tuple[Work, ...]:
    """Find the distinct work in contracts; each of their interactions is in it exactly once.

    Two interactions are merged when they are the same to a provider (`Interaction.sameness`) and the provider is in the
    same state for both of them. That is so where their states are set up for each; and, without any state, where
    nothing was tried in between but what changes nothing: neither an unsafe method nor the set-up of a state. And what
    sets up a state is tried itself where one without any comes later, which may rest on what it leaves.

    Args:
        contracts: the interactions of each contract, in the order in which they would be tried.
        merging: False to try each of them for itself.
        sets_up_states: whether there is an address that sets up provider states.
    """
    found: dict[tuple[object, int], list[Place]] = {}
    places = list(_places(contracts))
    last = max((at for at, place in enumerate(places) if not place.interaction.states), default=-1)
    era = 0
    for at, place in enumerate(places):
        interaction = place.interaction
        set_up = sets_up_states and bool(interaction.states)
        is_rested_on = set_up and at < last
        key: tuple[object, int] = (place.contract, interaction.position)
        may_be = interaction.sameness and repeatable(interaction, sets_up_states=sets_up_states)
        if merging and may_be and not is_rested_on:
            key = (interaction.sameness, -1 if set_up else era)
        if set_up or not interaction.harmless:
            era += 1
        found.setdefault(key, []).append(place)
    return tuple(Work(first, tuple(others)) for first, *others in found.values())


def changes_nothing(interactions: Iterable[Interaction], *, sets_up_states: bool) -> bool:
    """Say whether trying them leaves a provider as it was: they set up no state and ask for nothing unsafe."""
    return all(one.harmless and not (sets_up_states and one.states) for one in interactions)


def repeatable(interaction: Interaction, *, sets_up_states: bool) -> bool:
    """Say whether an interaction may be tried more than once: it changes nothing, or its states are set up each time.

    Source: RFC 9110, section 9.2.1, on safe methods; setting up a state anew is what provider states are for.
    """
    return interaction.harmless or (sets_up_states and bool(interaction.states))


def _places(contracts: Sequence[Sequence[Interaction]]) -> Iterator[Place]:
    for number, interactions in enumerate(contracts):
        for interaction in interactions:
            yield Place(number, interaction)
