"""Cutting contracts into small Pact files of their own.

The engine clones the whole file for each interaction, so that 2,000 interactions in one file take many times as long
as in files of ten. And a panic loses the results of a whole file: small files keep the loss small.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from gate.domain.contracts import Contract, Kind
from gate.domain.plan import repeatable
from gate.engines.pact_engine import document as pact_document
from gate.engines.pact_engine.document import PactDocument, Part
from gate.ports import Piece

CHUNK_SIZE: Final = 10
"""Interactions in a file. A smaller one costs more to begin, a larger one more to clone (5 and 20 are slower)."""

Numbered = tuple[int, Part]
"""A part, and its place among the pieces that are to be verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Interactions that are given to the engine as one file."""

    numbered: tuple[Numbered, ...]
    document: PactDocument
    """The contract that they are of."""
    text: str
    """A Pact file with just these interactions."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The interactions."""
        return tuple(part for _, part in self.numbered)

    @property
    def is_messages(self) -> bool:
        """Whether these are messages. HTTP interactions never share a chunk with them."""
        return self.parts[0].interaction.kind is not Kind.HTTP

    @property
    def follows_redirects(self) -> bool:
        """Whether redirects are followed, as Pact does, or are the expected answers themselves."""
        return not self.parts[0].expects_redirect

    @property
    def separable(self) -> bool:
        """Whether its interactions may be tried again one by one: what must not be repeated stands alone."""
        return len(self.numbered) > 1


Strand = Sequence[Chunk]
"""Chunks that go to one replica of the provider, in this order."""


def strands(pieces: Sequence[Piece], *, sets_up_states: bool) -> Iterator[Strand]:
    """Cut pieces into what can be verified side by side.

    Where an interaction changes something that is not set up anew each time, what its contract asks for afterwards may
    rest on it: such a contract stays together. All others are cut up.
    """
    numbered = enumerate(pieces)
    for contract, group in groupby(numbered, lambda one: one[1].contract):
        wanted = [(number, piece.interaction.position) for number, piece in group]
        chunks = cut(read(contract), wanted, sets_up_states=sets_up_states)
        parts = [piece.interaction for piece in (pieces[number] for number, _ in wanted)]
        if all(repeatable(one, sets_up_states=sets_up_states) for one in parts):
            yield from ([chunk] for chunk in chunks)
        else:
            yield list(chunks)


def read(contract: Contract) -> PactDocument:
    """Read a contract. Lines are of use to those who can open its file. Raises `ContractError`."""
    return pact_document.read(contract.document, with_lines=bool(contract.file))


def cut(document: PactDocument, wanted: Sequence[tuple[int, int]], *, sets_up_states: bool) -> Iterator[Chunk]:
    """Cut out interactions, given by their place among the pieces and their position, in this order.

    An interaction that must not be repeated gets a chunk of its own, so that it is never tried again for the sake of
    a neighbour: an unsafe method whose state is not set up anew each time, because it has none or because there is no
    address to do so (`sets_up_states`). The sections of a version 3 file are kept apart: given both, the engine
    verifies only the messages.
    """
    numbered = [(number, document.parts[position]) for number, position in wanted]
    for (section, *_), group in groupby(numbered, lambda one: _company(one, sets_up_states=sets_up_states)):
        together = list(group)
        for start in range(0, len(together), CHUNK_SIZE):
            yield _chunk(document, section, tuple(together[start : start + CHUNK_SIZE]))


def _company(one: Numbered, *, sets_up_states: bool) -> tuple[str, bool, bool, int]:
    """Describe which neighbours a part may share a chunk with: those of which this is equal."""
    number, part = one
    alone = -1 if repeatable(part.interaction, sets_up_states=sets_up_states) else number
    return part.section, part.interaction.kind is Kind.HTTP, part.expects_redirect, alone


def one_by_one(chunk: Chunk) -> Iterator[Chunk]:
    """Cut a chunk that came to grief into chunks of one, to find out which interaction did it."""
    for one in chunk.numbered:
        yield _chunk(chunk.document, one[1].section, (one,))


def _chunk(document: PactDocument, section: str, numbered: tuple[Numbered, ...]) -> Chunk:
    content = {
        "consumer": {"name": document.consumer},
        "provider": {"name": document.provider},
        section: [part.raw for _, part in numbered],
        "metadata": document.metadata,
    }
    return Chunk(numbered=numbered, document=document, text=json.dumps(content))
