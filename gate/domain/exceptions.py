"""Exceptions: a counterpart that a team lets be broken for a while, and who answers for that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gate.domain.contracts import Fault

LONGEST: Final = timedelta(days=30)
"""How far ahead an exception may end. What takes longer is agreed anew, by somebody who looks at it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedException:
    """An integration that does not block for a while, whatever comes of it."""

    counterpart: str
    reason: str
    owner: str
    """Who answers for it."""
    until: date
    """The last day on which it holds."""

    def __str__(self) -> str:
        reason = self.reason.rstrip(".")
        return f"{self.counterpart} is excepted until {self.until}: {reason} ({self.owner} answers for it)"


def in_force(
    exceptions: Iterable[AgreedException], today: date, where: str
) -> tuple[tuple[AgreedException, ...], tuple[Fault, ...]]:
    """Return the exceptions that hold today, and a fault for each that does not.

    Args:
        exceptions: as they were agreed on.
        today: in UTC.
        where: they stand.
    """
    every = tuple(exceptions)
    expired = [one for one in every if one.until < today]
    endless = [one for one in every if one.until > today + LONGEST]
    faults = (*(_expired(one, where) for one in expired), *(_too_long(one, where) for one in endless))
    return tuple(one for one in every if one not in expired and one not in endless), faults


def _expired(one: AgreedException, where: str) -> Fault:
    return Fault(
        where=where,
        what=f"the exception for {one.counterpart} ended on {one.until}: {one.reason.rstrip('.')}.",
        remedy=f"{one.owner} answers for it: take it out, or agree on it anew.",
    )


def _too_long(one: AgreedException, where: str) -> Fault:
    return Fault(
        where=where,
        what=f"the exception for {one.counterpart} runs until {one.until}, and {LONGEST.days} days is the longest.",
        remedy=f"{one.owner} answers for it: shorten it.",
    )
