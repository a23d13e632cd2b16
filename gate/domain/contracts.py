"""What a consumer expects of a provider."""

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

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name} {short_version(self.version)}"


def short_version(text: str) -> str:
    """Shorten a commit to what people read; leave other versions alone."""
    is_commit = len(text) == 40 and all(digit in "0123456789abcdef" for digit in text)  # noqa: PLR2004 - SHA-1 in hex
    return text[:7] if is_commit else text


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
    identifier: str = ""
    """What the store calls it; empty where it has no name for it."""
    harmless: bool = False
    """Whether asking for it changes nothing at the provider: a message, or a method that is safe (RFC 9110, 9.2.1)."""
    sameness: str = ""
    """A name for all that decides how it comes out: two interactions of one name are the same to a provider. Empty for
    what is like no other, not even itself when it is tried again, as it holds a random value or the time."""
    line: int = 0
    """The line of its contract's document on which it begins, counted from 1; 0 where nobody looked."""


class Because(StrEnum):
    """Why a store holds a contract to be relevant. One content may have several reasons."""

    LIVE = "live where the candidate is headed"
    MAIN_BRANCH = "head of its main branch"
    SAME_BRANCH = "head of a branch of the same name"
    SOME_BRANCH = "head of a branch, as its main branch is not known"
    SELECTED = "selected by consumer-version-selectors"
    WIP = "work in progress"
    ITSELF = "this version itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """How a store came to return a contract."""

    because: tuple[Because, ...]
    pending: bool = False
    """Never verified successfully on this branch of the provider's, as the store says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A consumer's expectations of a provider, as fetched from a store."""

    consumer: PacticipantVersion
    """With the newest of the versions that have this content, where the store knows versions."""
    provider: str
    format: Format
    document: bytes
    """The contract, byte for byte as the store returned it."""
    content_id: str
    """The store's name for exactly this content: equal content has an equal name."""
    source: str
    """Where it came from: a path or an address, as a person would write it."""
    file: str = ""
    """Its path in the repository, with slashes; empty where it is no file of the workspace."""
    versions: tuple[str, ...] = ()
    """Versions of the consumer that are known to have this content, those that are live among them."""
    selection: Selection | None = None
    """None for what was named by itself: a file, or one contract's address."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others: a store may call the equal contracts of two consumers by one name."""
        return self.consumer.name, self.provider, self.content_id


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
