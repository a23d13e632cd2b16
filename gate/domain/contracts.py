"""What a consumer expects of a provider."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gate.domain.errors import GateError, describe


class Format(StrEnum):
    """The language that a contract is written in. One engine verifies each."""

    PACT = "pact"


class Kind(StrEnum):
    """How the two sides of an interaction speak to each other (Pact specification, version 4)."""

    HTTP = "http"
    ASYNCHRONOUS_MESSAGE = "asynchronous message"
    SYNCHRONOUS_MESSAGE = "synchronous message"


@dataclass(frozen=True, slots=True, kw_only=True)
class PacticipantVersion:
    """One version of an application. `version` is None when its source does not say, as in a loose contract file."""

    name: str
    version: str | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Whose expectations a contract holds, and of whom."""

    consumer: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """The smallest thing in a contract that can be honoured or broken."""

    position: int
    """Its place in the contract, counted from 0. Descriptions may repeat, positions do not."""
    kind: Kind
    description: str
    request_line: str
    """`GET /orders/42?page=1`, or for a message `message: order created`."""
    states: tuple[str, ...] = ()
    """The provider states that it is given, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A consumer's expectations of a provider, as fetched from a store."""

    consumer: PacticipantVersion
    provider: str
    format: Format
    document: bytes
    """The contract, byte for byte as the store returned it."""
    source: str
    """Where it came from: a path or an address, as a person would write it."""
    binding: bool = True
    """Whether it may block. Contracts from files alone always do."""

    @property
    def content_id(self) -> str:
        """A name for exactly these bytes."""
        return hashlib.sha256(self.document).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that kept the gate from knowing. Each one makes the verdict `unknown` at best."""

    where: str
    what: str
    remedy: str = ""

    @classmethod
    def of(cls, error: GateError) -> "Fault":
        """Turn an error into a value that a report can hold."""
        return cls(where=error.where, what=error.what, remedy=error.remedy)

    def __str__(self) -> str:
        return describe(self.where, self.what, self.remedy)
