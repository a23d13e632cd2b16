"""How much of what differs is remembered: a provider that answers all wrongly must not cost the gate its memory."""

from dataclasses import replace
from typing import Final

from gate.domain.redaction import CUT
from gate.domain.results import InteractionResult, Mismatch

WHOLE: Final = 32 * 1024**2
"""Characters of mismatches that are kept as they are, over all interactions."""
FEW: Final = 3
"""Mismatches of an interaction that are kept beyond that, and characters of each of their texts."""
SHORT: Final = 200


class Budget:
    """Shortens what comes when much has come already. The outcome stays, and so does what it is about."""

    def __init__(self, whole: int = WHOLE) -> None:
        self._left = whole

    def spend(self, result: InteractionResult) -> InteractionResult:
        """Return a result as it is, or short."""
        if self._left <= 0 and result.mismatches:
            return _shortened(result)
        self._left -= sum(len(one.expected) + len(one.actual) + len(one.message) for one in result.mismatches)
        return result


def _shortened(result: InteractionResult) -> InteractionResult:
    more = len(result.mismatches) - FEW
    return replace(
        result,
        mismatches=tuple(_short(one) for one in result.mismatches[:FEW]),
        error=f"and {'more than ' if result.error else ''}{more} more mismatches" if more > 0 else result.error,
    )


def _short(mismatch: Mismatch) -> Mismatch:
    expected, actual, message = (
        text if len(text) <= SHORT else f"{text[:SHORT]}{CUT}"
        for text in (mismatch.expected, mismatch.actual, mismatch.message)
    )
    return replace(mismatch, expected=expected, actual=actual, message=message)
