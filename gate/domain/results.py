"""What verification found, and the rule of what counts as found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from gate.domain.contracts import Interaction

NOT_TRIED: Final = "not verified: the run ended before this interaction was tried"
"""The error of an interaction that has no other: what ended the run is told elsewhere, once."""


class Outcome(StrEnum):
    """Of one interaction. `ERRORED` means that it could not be tried, which is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


class Cause(StrEnum):
    """Why an interaction could not be tried, as far as the one who tried it can tell."""

    STATE = "provider state"
    """It could not be set up or torn down."""
    MESSAGE = "message"
    """The provider's address for messages did not give it."""
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    """The provider took longer than a request may take."""
    MEMORY = "memory"
    """The answer, or comparing it, took more memory than there is for it."""
    CONTRACT = "contract"
    """To compare an answer with it would take for ever."""
    ENGINE = "engine"
    """The engine gave up, crashed or hung."""
    NOT_TRIED = "not tried"
    """The run ended before its turn, or nobody was there any more to be asked."""


class Where(StrEnum):
    """The part of an answer that a mismatch is about, in the order in which a person reads an answer."""

    STATUS = "status"
    HEADER = "header"
    METADATA = "metadata"
    CONTENT_TYPE = "content type"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One difference between what a contract expects and what the provider answered."""

    where: Where
    path: str = ""
    """`$.items[0].total` in a body, the name of a header or metadata entry, empty for a status."""
    expected: str = ""
    actual: str = ""
    """Empty when it was missing."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionResult:
    """What came of one interaction."""

    interaction: Interaction
    outcome: Outcome
    mismatches: tuple[Mismatch, ...] = ()
    """Why it failed. Sorted, so that two runs of the same provider read the same."""
    error: str = ""
    """Why it could not be tried."""
    cause: Cause | None = None
    """The kind of that."""
    tries: int = 1
    """How often it was tried in this run; 0 for what was not."""
    flaky: bool = False
    """Whether it failed, and passed when it was tried again in the same run. It is failed all the same, or, with
    flaky: allow, passed."""
    same_as: str = ""
    """In whose contract the very same was verified for it; empty where it was tried for itself."""
    reused: str = ""
    """The earlier run that it was verified in, by its page or its time; empty where it was verified in this one."""
    duration: float = 0.0
    """Seconds, set-up and teardown of provider states included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResult:
    """What a store keeps of an earlier verification of the same content: of several, the last."""

    success: bool
    at: datetime | None = None
    url: str = ""
    """Where a person or a program can read it."""


def succeeded(results: Iterable[InteractionResult]) -> bool | None:
    """Say whether a contract is honoured: False when anything failed, None when nobody knows, of nothing too."""
    outcomes = {result.outcome for result in results}
    if Outcome.FAILED in outcomes:
        return False
    return True if outcomes == {Outcome.PASSED} else None


def worst(kept: Iterable[KeptResult | None]) -> KeptResult | None:
    """Return the failed one of several results, else None when one of them or all are missing, else the last."""
    every = list(kept)
    failed = next((one for one in every if one is not None and not one.success), None)
    if failed is not None or None in every or not every:
        return failed
    return every[-1]


def is_open_to_another_try(result: InteractionResult) -> bool:
    """Say whether trying it once more can tell something: what kind of failure it is, or whether it can be tried now.

    What had a second try already has told all; and what was not tried for want of an address has none now either.
    """
    if result.outcome is Outcome.ERRORED:
        return result.tries <= 1 and not (result.tries == 0 and result.cause is Cause.MESSAGE)
    return result.outcome is Outcome.FAILED and result.tries <= 1


def after_another_try(
    first: InteractionResult, second: InteractionResult, *, flaky_allowed: bool = False
) -> InteractionResult:
    """Return what two tries of one interaction say together.

    A failure stays one, and is flaky when the second try passed; only where it is allowed, that passes. What could not
    be tried at first has the result of the second try: a break that it finds counts, and so does a pass.

    Args:
        first: failed or errored.
        second: whatever came of it.
        flaky_allowed: whether what passes at last counts as passed.
    """
    said = first
    if first.outcome is Outcome.FAILED and second.outcome is Outcome.PASSED:
        said = replace(first, outcome=Outcome.PASSED if flaky_allowed else Outcome.FAILED, flaky=True)
    elif first.outcome is Outcome.ERRORED and second.tries:
        said = second
    return replace(
        said,
        tries=first.tries + second.tries,
        same_as="" if second.tries else first.same_as,
        duration=round(first.duration + second.duration, 6),
    )


def settle(expected: Sequence[Interaction], results: Iterable[InteractionResult]) -> tuple[InteractionResult, ...]:
    """Give every expected interaction exactly one result, in order.

    No result is an errored one, and so are two that disagree, unless one of them failed: a break is never hidden.
    Results for interactions that nobody expected make every other result doubtful, so that none of them stays a pass.
    """
    by_position: dict[int, list[InteractionResult]] = {interaction.position: [] for interaction in expected}
    stray = False
    for result in results:
        found = by_position.get(result.interaction.position)
        stray = stray or found is None
        if found is not None:
            found.append(result)
    return tuple(_one(interaction, by_position[interaction.position], stray=stray) for interaction in expected)


def _one(interaction: Interaction, results: Sequence[InteractionResult], *, stray: bool) -> InteractionResult:
    failed = next((result for result in results if result.outcome is Outcome.FAILED), None)
    if failed is not None:
        return failed
    if len(results) == 1 and not (stray and results[0].outcome is Outcome.PASSED):
        return results[0]
    if len(results) > 1:
        error = f"the engine gave {len(results)} results for this interaction where it owes exactly one"
    elif results:
        error = "the engine also gave results for interactions that this contract does not have"
    else:
        error = NOT_TRIED
    cause = None if results else Cause.NOT_TRIED
    return InteractionResult(
        interaction=interaction,
        outcome=Outcome.ERRORED,
        error=error,
        cause=cause or Cause.ENGINE,
        tries=sum(result.tries for result in results),
    )
