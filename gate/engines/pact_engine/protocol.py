"""What the gate and its workers say to each other: one line of JSON each way, values of plain types only.

This module is all that both sides import, so it imports nothing but the standard library.
"""

from typing import Final, Literal, TypedDict

TEXT_LIMIT: Final = 4_000
"""Characters of one expected or actual value that are worth sending. A person reads fewer."""

MEMORY_LIMIT: Final = 1024**3
"""Bytes of address space of a worker. Without it an endless or packed answer takes the whole machine."""

MISMATCH_LIMIT: Final = 50
"""Mismatches of one interaction that are worth sending."""


class Task(TypedDict):
    """One Pact file to verify."""

    provider: str
    document: str
    """The Pact file itself."""
    url: str
    messages_url: str | None
    states_url: str | None
    headers: dict[str, str]
    follow_redirects: bool
    request_timeout: float
    """Seconds."""


class Difference(TypedDict):
    """A mismatch in the engine's own words."""

    type: str
    key: str
    path: str
    expected: str
    actual: str
    message: str


class Verified(TypedDict):
    """The engine's answer for one interaction."""

    description: str
    states: list[str]
    ok: bool
    """True only for the engine's literal `OK`."""
    duration: str
    """As the engine writes it: `2m 7s 86ms`."""
    error: str
    """Why it could not be tried; empty for a mismatch."""
    differences: list[Difference]
    left_out: int
    """How many more differences there were."""


class Answer(TypedDict):
    """What came of a task."""

    outcome: Literal["done", "raised"]
    message: str
    """Why it raised although it names no interaction that failed."""
    interactions: list[Verified]
