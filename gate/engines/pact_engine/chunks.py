"""Cutting a contract into small Pact files of its own.

The engine clones the whole file for each interaction, so that 2,000 interactions in one file take seven times as long
as in files of 20. And a panic loses the results of a whole file: small files keep the loss small.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from gate.domain.contracts import Kind
from gate.engines.pact_engine.document import PactDocument, Part

CHUNK_SIZE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Consecutive interactions that are given to the engine as one file."""

    parts: tuple[Part, ...]
    document: str
    """A Pact file with just these interactions."""

    @property
    def is_messages(self) -> bool:
        """Whether these are messages. HTTP interactions never share a chunk with them."""
        return self.parts[0].interaction.kind is not Kind.HTTP

    @property
    def follows_redirects(self) -> bool:
        """Whether redirects are followed, as Pact does, or are the expected answers themselves."""
        return not self.parts[0].expects_redirect

    @property
    def repeatable(self) -> bool:
        """Whether its interactions may be tried again one by one: what may not stands alone."""
        return len(self.parts) > 1


def cut(document: PactDocument, wanted: Sequence[int], *, sets_up_states: bool) -> Iterator[Chunk]:
    """Cut out the interactions at the positions `wanted`, in their order.

    An interaction that must not be repeated gets a chunk of its own, so that it is never tried again for the sake of
    a neighbour: an unsafe method whose state is not set up anew each time, because it has none or because there is no
    address to do so (`sets_up_states`). The sections of a version 3 file are kept apart: given both, the engine
    verifies only the messages.
    """
    parts = [document.parts[position] for position in wanted]
    for (section, *_), group in groupby(parts, lambda part: _company(part, sets_up_states=sets_up_states)):
        together = list(group)
        for start in range(0, len(together), CHUNK_SIZE):
            yield _chunk(document, section, tuple(together[start : start + CHUNK_SIZE]))


def _company(part: Part, *, sets_up_states: bool) -> tuple[str, bool, bool, int]:
    """Describe which neighbours a part may share a chunk with: those of which this is equal."""
    repeatable = part.harmless or (sets_up_states and bool(part.interaction.states))
    alone = -1 if repeatable else part.interaction.position
    return part.section, part.interaction.kind is Kind.HTTP, part.expects_redirect, alone


def one_by_one(document: PactDocument, chunk: Chunk) -> Iterator[Chunk]:
    """Cut a chunk that came to grief into chunks of one, to find out which interaction did it."""
    for part in chunk.parts:
        yield _chunk(document, part.section, (part,))


def _chunk(document: PactDocument, section: str, parts: tuple[Part, ...]) -> Chunk:
    content = {
        "consumer": {"name": document.consumer},
        "provider": {"name": document.provider},
        section: [part.raw for part in parts],
        "metadata": document.metadata,
    }
    return Chunk(parts=parts, document=json.dumps(content))
