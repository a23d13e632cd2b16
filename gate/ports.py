"""The three seams. What stands behind each of them is chosen in `gate.wiring` and nowhere else."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from gate.domain.contracts import Contract, Fault, Format, Interaction, PacticipantVersion, Parties
from gate.domain.live import LiveVersion, PastVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate, ProviderRun, Report
from gate.domain.results import InteractionResult, KeptResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The contracts that one provider is to honour."""

    contracts: tuple[Contract, ...]
    faults: tuple[Fault, ...] = ()
    """What it could not read. Any of these could have been a contract of this provider."""
    others: tuple[str, ...] = ()
    """The other providers that it read contracts of."""
    notes: tuple[str, ...] = ()
    """What a reader of the report must know of how they were chosen."""
    unread: tuple[tuple[str, str], ...] = ()
    """Consumer and content of those that are relevant and could not be read; there is a fault for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a provider listens, and how to speak to it."""

    url: str
    """With its base path and without a slash at the end."""
    states_url: str | None = None
    messages_url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request. Secret."""
    request_timeout: float
    """Seconds that one request may take."""


Kept = KeptResult | Fault | None
"""What a store answers about one pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of one contract, when it is certain."""

    contract: Contract
    success: bool
    results: tuple[InteractionResult, ...]
    """One for every interaction."""


class ResultKeeper(Protocol):
    """Something that keeps results, so that others can rest on them."""

    def keep(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> tuple[Fault, ...]:
        """Keep what came of these contracts at a provider version, and say what could not be kept.

        Args:
            provider: the version that ran, with its branch if it is on one.
            verifications: of its contracts.
            url: the page of the run; empty when there is none.
        """


class ContractSource(Protocol):
    """Something that knows contracts."""

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return the contracts that the candidate is to honour. What cannot be read is a fault, never skipped."""


class ContractStore(ContractSource, Protocol):
    """Something that also knows who is live, and which results there are.

    Every method raises `StoreError` when the store cannot say, and `results` says so of the one pair: never does it
    answer less than it knows.
    """

    def live(self, candidate: Candidate) -> tuple[LiveVersion, ...]:
        """Return every version that is live where the candidate is headed and that may be a counterpart of it.

        Versions of the candidate's own service are among them. Where there are none at all, but others, it returns one
        of those: an environment in which nothing is recorded is told from one with strangers.
        """

    def expectations(self, consumer: PacticipantVersion) -> tuple[Contract, ...]:
        """Return the contracts of one consumer version, with whatever providers."""

    def contents(self, provider: str, versions: Sequence[PacticipantVersion]) -> Mapping[PacticipantVersion, str]:
        """Return those of these versions that have a contract with `provider`, and its content's name."""

    def live_contracts(self, candidate: Candidate) -> Sequence[tuple[str, str]]:
        """Return consumer and content of each contract with the candidate that is live where it is headed."""

    def results(self, pairs: Sequence[Pair]) -> Mapping[Pair, Kept]:
        """Return for each pair the last result of that very provider version for that consumer version's contract.

        None where there is none, and a fault where the store could not say: the others may still tell of a break.
        """

    def history(self, service: str) -> tuple[PastVersion, ...]:
        """Return the versions of a service, the newest first: all, or as many as anybody would look back."""

    def owners(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return who answers for these pacticipants, of those of which anybody told it: text that strangers may write.

        It decides nothing.
        """

    def knows(self, service: str) -> bool:
        """Say whether the service is named in a contract or recorded as live anywhere."""

    def has_service(self, service: str) -> bool:
        """Say whether it has heard of a service at all."""

    def has_version(self, one: PacticipantVersion) -> bool:
        """Say whether it has heard of a version."""

    def add_version(self, one: PacticipantVersion, url: str) -> None:
        """Remember a version of a service that it knows, on its branch if it has one, and the page that made it."""

    def record(self, one: PacticipantVersion, environment: str, instance: str | None, *, released: bool) -> None:
        """Record a version as deployed, in place of the one of that instance, or as released beside the others."""

    def end(self, one: LiveVersion) -> None:
        """Record that a version is not live any more. It is one that `live` returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A consumer's contracts, on their way into a store."""

    consumer: PacticipantVersion
    """With its branch if it is on one."""
    contracts: tuple[Contract, ...]
    tags: tuple[str, ...]
    url: str
    """The page of the run that made them; empty when there is none."""
    owners: tuple[str, ...] = ()
    """Who answers for the consumer, where its repository says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a store says about something that it was given."""

    text: str
    is_warning: bool = False


class ContractPublisher(Protocol):
    """Something that contracts are published to."""

    def publish(self, publication: Publication) -> tuple[Notice, ...]:
        """Publish all of them or none.

        Raises:
            ConflictError: the version was already published with other content.
            StoreError: nobody knows whether they are published.
        """


class ContractReader(Protocol):
    """Something able to say whose contract a document is, and which are the same."""

    format: Format

    def parties(self, document: bytes) -> Parties:
        """Name consumer and provider. Raises `ContractError` for a document that is no contract of this format."""

    def content_id(self, document: bytes) -> str:
        """Name the content of a document: equal where two mean the same, however each is written.

        Raises `ContractError` for a document that is no contract of this format.
        """


class Session(Protocol):
    """An engine at work against one provider."""

    def verify(self, contract: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        """Check `contract` and yield a result for each interaction as soon as it is known.

        A broken contract is a result. Raises `EngineError` only when the engine itself could not run.
        """


class VerificationEngine(ContractReader, Protocol):
    """Something able to check one format of contract against a running provider."""

    def interactions(self, contract: Contract) -> tuple[Interaction, ...]:
        """List what there is to verify. Raises `ContractError` for what the engine would not verify as it was meant."""

    def session(self, target: Target) -> AbstractContextManager[Session]:
        """Make ready to verify against `target`; leave nothing running behind."""


class Provider(Protocol):
    """A provider that can be started or at least reached."""

    @property
    def sets_up_states(self) -> bool:
        """Whether it has an address for provider states."""

    def running(self) -> AbstractContextManager[Target]:
        """Start and reach the provider; stop for certain what was started. Raises `ProviderError`."""

    def describe(self, *, with_log: bool) -> ProviderRun:
        """Say how it is, or was to be, reached, `with_log` for the end of its output too."""


class Reporter(Protocol):
    """Someone who is told how the run goes. A reporter that fails is a warning: it never changes the verdict."""

    news: str
    """What it delivers, for the warning that it could not: `the commit status`."""

    def started(self, candidate: Candidate) -> None:
        """The run begins."""

    def verifying(self, contract: Contract, interactions: int) -> None:
        """The next contract is about to be verified."""

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        """One more interaction has its result."""

    def waiting(self, what: str) -> None:
        """The run waits for somebody else."""

    def finished(self, report: Report) -> None:
        """The run is over. Told twice when a signal interrupts it."""
