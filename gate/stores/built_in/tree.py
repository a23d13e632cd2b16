"""A tree of files that is only ever added to: what the built-in store needs of a folder, or of a branch of git's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Files to add, and what a person should read of why."""

    files: Mapping[str, bytes]
    """By path. A reader may see the first of them without the last, so what counts stands behind what it rests on."""
    subject: str
    """One line: `web-app 4f2c: contract with orders-api`."""
    body: str = ""


Decide = Callable[[], Change | None]
"""Looks at what is there and says what to add, None for nothing. It is asked again when somebody else was quicker."""


class Tree(Protocol):
    """Files by their paths, whose parts stand between slashes. Every method raises `StoreError`."""

    where: str
    """Its address or path, as a person would write it."""

    def refresh(self) -> None:
        """See from now on what is there now."""

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the names of what is in each folder, sorted; none for one that is not there. The top is empty."""

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is in those of these files that are there."""

    def add(self, decide: Decide) -> None:
        """Add what `decide` says to what it was decided by: to nothing else, or all of it anew."""
