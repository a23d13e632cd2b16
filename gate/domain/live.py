"""Which versions are live: deployed, or released and still supported, in an environment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SHORTEST_COMMIT: Final = 7
HEXADECIMAL: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveVersion:
    """One version of one application, in one environment."""

    name: str
    version: str
    environment: str
    since: datetime | None = None
    """When it was recorded there; None where the store does not say."""
    instance: str | None = None
    """The application instance, None for the only one. A deployment replaces that of the same instance."""
    released: bool = False
    """Released versions stay until their support ends; a deployed one is replaced by the next."""


def places(live: Iterable[LiveVersion]) -> str:
    """`production since 2026-11-03 and staging`."""
    since: dict[str, datetime | None] = {}
    for one in live:
        known = since.get(one.environment)
        since[one.environment] = min(known, one.since) if known and one.since else known or one.since
    named = [f"{name} since {at:%Y-%m-%d}" if at else name for name, at in since.items()]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVersion:
    """One version of an application, as a store remembers it."""

    version: str
    on_main: bool
    """Whether it is on the main branch; where nobody knows which that is, any may be."""
    expects: bool
    """Whether it has contracts with providers."""


def before(version: str, history: Iterable[PastVersion]) -> tuple[PastVersion, ...]:
    """Return the versions that are older than `version`, of a history that begins with the newest.

    One that the history does not hold is newer than all of it.
    """
    every = list(history)
    numbers = [one.version for one in every]
    return tuple(every[numbers.index(version) + 1 :] if version in numbers else every)


def alike(one: str, other: str) -> bool:
    """Say whether two versions may be meant to be the same: but for case, or one a commit's beginning."""
    first, second = sorted((one.strip().casefold(), other.strip().casefold()), key=len)
    is_beginning = len(first) >= SHORTEST_COMMIT and HEXADECIMAL.issuperset(second) and second.startswith(first)
    return first == second or is_beginning
