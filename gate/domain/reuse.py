"""When an earlier verification speaks for this run, so that nothing is tried again.

Only what was verified by this gate counts, in a run of its own and at the first try, and only where everything is the
same that has a say in how it comes out: every interaction, what ran, the engine, the gate, and the settings. Whatever
is missing or another here is verified again, which costs time and nothing else.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gate.domain.contracts import Interaction
from gate.domain.identity import uncredited
from gate.domain.plan import changes_nothing
from gate.domain.report import Candidate, Run, Tested
from gate.domain.results import InteractionResult, Outcome

LONGEST_PAGE: Final = 500
"""Characters of an address that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a result rests on beside the contract. With another of these it might have come out otherwise."""

    code: str
    """The commit whose code ran."""
    configuration: str
    """A name for all settings that have a say in it."""
    engine: str
    """Name and version."""
    gate: str
    """Version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """That every interaction of a contract passed, at first hand. A store keeps it with the result."""

    interactions: int
    """How many."""
    listing: str
    """A name for all of them, in order."""
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Evidence as a store has it, of the last result of a provider version for a contract."""

    evidence: Evidence
    at: datetime
    url: str = ""
    """The page of the run; whoever can write to the store chose it."""

    @property
    def told(self) -> str:
        """Name the run: by its page, else by its time."""
        is_page = self.url.startswith(("https://", "http://")) and self.url.isprintable() and " " not in self.url
        if is_page and len(self.url) <= LONGEST_PAGE:
            return self.url
        return f"the run of {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def listing(interactions: Sequence[Interaction]) -> str:
    """Name the interactions of a contract, in order: other ones, fewer, or another order have another name.

    Empty for none at all, and where one of them is like no other, not even itself when it is tried again.
    """
    every = [one.sameness for one in interactions]
    if not every or not all(every):
        return ""
    return hashlib.sha256(json.dumps(every).encode()).hexdigest()


def code_of(candidate: Candidate, tested: Tested, *, pinned: bool) -> str:
    """Name the commit whose code runs when the gate starts the provider; nothing where that is not certain.

    A service's folder alone does not say it: what it uses outside is not part of its version.

    Args:
        candidate: that it is to be.
        tested: what is in the workspace.
        pinned: whether the provider is what an image itself starts, and that is named by its digest: then it is what it
            was. That it is the candidate's was seen when its result was kept.
    """
    if pinned:
        return candidate.commit or ""
    if tested.vouched or tested.path is not None or uncredited(candidate, tested, None, trusting=False):
        return ""
    return tested.commit or ""


def may_reuse(run: Run | None) -> bool:
    """Say whether a run may reuse anything: whoever runs it again wants to see it run, and so does one on a laptop."""
    return run is not None and run.attempt == 1


def evidence(
    interactions: Sequence[Interaction], results: Sequence[InteractionResult], basis: Basis
) -> Evidence | None:
    """Return what of a verification later runs may rest on; None where it is nothing.

    Args:
        interactions: of the contract, all of them.
        results: what came of them, in the same order.
        basis: what they rest on.
    """
    named = listing(interactions)
    expected = [one.position for one in interactions]
    if not named or [one.interaction.position for one in results] != expected or not all(map(_at_first_hand, results)):
        return None
    return Evidence(interactions=len(expected), listing=named, basis=basis)


def _at_first_hand(result: InteractionResult) -> bool:
    """Say whether it passed in this very run, and at once; also where the same stood for it."""
    return result.outcome is Outcome.PASSED and result.tries == 1 and not result.flaky and not result.reused


def reused(interactions: Sequence[Interaction], passed: Passed, basis: Basis) -> tuple[InteractionResult, ...]:
    """Return the results that an earlier verification gives a contract: one for each interaction, or none at all.

    The order of the interactions counts, so that it may hold those that change something: as a whole it is the same.

    Args:
        interactions: of the contract, all of them.
        passed: the earlier verification.
        basis: what results of this run would rest on.
    """
    named = listing(interactions)
    if not named or passed.evidence != Evidence(interactions=len(interactions), listing=named, basis=basis):
        return ()
    return tuple(
        InteractionResult(interaction=one, outcome=Outcome.PASSED, tries=0, reused=passed.told) for one in interactions
    )


def stands_alone(
    interactions: Sequence[Interaction], others: Iterable[Sequence[Interaction]], *, sets_up_states: bool
) -> bool:
    """Say whether a contract comes out the same, whichever other ones are verified before it.

    It does when each of its interactions has its states set up: to set up one thing undoes nothing of another. Else it
    does where none of the others changes anything.
    """
    sets_up_all = sets_up_states and all(one.states for one in interactions)
    return sets_up_all or all(changes_nothing(other, sets_up_states=sets_up_states) for other in others)
