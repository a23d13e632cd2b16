"""What a reader of the report must know of how its results were come by."""

from collections.abc import Iterator, Sequence
from typing import Final

from gate.domain.results import InteractionResult, Outcome
from gate.domain.verdict import Integration, counted_interactions

NAMES_SHOWN: Final = 5


def notes_on_effort(found: Sequence[Integration]) -> Iterator[str]:
    """Say what was verified with another, what passed at the second try, and what counts as passed all the same."""
    results = [result for one in found for result in one.results]
    if merged := sum(bool(result.same_as) for result in results):
        are, were = ("is", "was") if merged == 1 else ("are", "were")
        every = counted_interactions(len(results))
        yield f"Of {every}, {merged} {are} the same as another one, and {were} verified with it (dedupe)."
    if second := sum(_passed_at_the_second_try(result) for result in results):
        yield f"{counted_interactions(second)} could not be tried at first, and passed when tried again."
    yield from _notes_on_flaky(found)


def _passed_at_the_second_try(result: InteractionResult) -> bool:
    return result.tries > 1 and result.outcome is Outcome.PASSED and not result.flaky and not result.same_as


def _notes_on_flaky(found: Sequence[Integration]) -> Iterator[str]:
    """Name what passes only by the user's leave."""
    allowed = [
        f"{one.name}: “{result.interaction.description}”"
        for one in found
        for result in one.results
        if result.flaky and result.outcome is Outcome.PASSED
    ]
    if allowed:
        more = f" and {len(allowed) - NAMES_SHOWN} more" if len(allowed) > NAMES_SHOWN else ""
        named = f"{'; '.join(allowed[:NAMES_SHOWN])}{more}"
        yield f"flaky: allow is set, so that what failed and then passed counts as passed: {named}."
