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
from gate.domain.reuse import Evidence, Passed


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
    evidence: Evidence | None = None
    """What later runs may rest on instead of verifying it again; None for nothing."""


class ResultKeeper(Protocol):
    """Something that keeps results, so that others can rest on them."""

    def keep(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> tuple[Fault, ...]:
        """Keep what came of these contracts at a provider version, and say what could not be kept.

        Args:
            provider: the version that ran, with its branch if it is on one.
            verifications: of its contracts.
            url: the page of the run; empty when there is none.
        """


class EarlierResults(Protocol):
    """Something that gives back the evidence that was kept with results."""

    def passed(
        self, provider: PacticipantVersion, contracts: Sequence[Contract]
    ) -> Mapping[tuple[str, str, str], Passed]:
        """Return the evidence of those contracts, by their keys, that this provider version has honoured.

        It is that of the last result of the pair, and there is none where any result of the pair is a failure, where
        it could not be read, and where keeping the result once more would tell others anything new.

        Raises:
            StoreError: the store cannot say.
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


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One interaction of a contract, to be verified."""

    contract: Contract
    interaction: Interaction


class Session(Protocol):
    """An engine at work against one provider."""

    def verify(self, pieces: Sequence[Piece], *, fresh: bool = False) -> Iterator[tuple[int, InteractionResult]]:
        """Try interactions, and yield the place of each among `pieces` and its result as soon as it is known.

        With one target they are tried one after another, in this order. A broken contract is a result. Raises
        `EngineError` only when the engine itself could not run.

        Args:
            pieces: those of one contract stand together.
            fresh: whether to try them with an engine that has nothing left of what it did before.
        """


class VerificationEngine(ContractReader, Protocol):
    """Something able to check one format of contract against a running provider."""

    def interactions(self, contract: Contract) -> tuple[Interaction, ...]:
        """List what there is to verify. Raises `ContractError` for what the engine would not verify as it was meant."""

    def session(self, targets: Sequence[Target]) -> AbstractContextManager[Session]:
        """Make ready to verify against a provider; leave nothing running behind.

        Args:
            targets: where it may be asked at the same time, without one question being in the way of another: replicas
                of it, or the same several times.
        """


class Provider(Protocol):
    """A provider that can be started or at least reached."""

    @property
    def sets_up_states(self) -> bool:
        """Whether it has an address for provider states."""

    def running(self, work: int) -> AbstractContextManager[tuple[Target, ...]]:
        """Start and reach the provider; stop for certain what was started. Raises `ProviderError`.

        Args:
            work: how many interactions there are to be tried, by which it may choose how many replicas pay.

        Returns:
            Where it may be asked at the same time: one target for each replica, at least one.
        """

    def describe(self, *, with_log: bool) -> ProviderRun:
        """Say how it is, or was to be, reached, `with_log` for the end of its output too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much there is to be verified."""

    contracts: int
    interactions: int
    distinct: int
    """How many interactions are left when what is the same is counted once, and what is reused not at all."""
    at_once: int
    """How many are tried at the same time."""


class Reporter(Protocol):
    """Someone who is told how the run goes. A reporter that fails is a warning: it never changes the verdict."""

    news: str
    """What it delivers, for the warning that it could not: `the commit status`."""

    def started(self, candidate: Candidate) -> None:
        """The run begins."""

    def verifying(self, extent: Extent) -> None:
        """The verification begins."""

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        """One more interaction has a result; for each it is told once, in whatever order."""

    def trying_again(self, interactions: int) -> None:
        """So many of those that have a result failed or could not be tried, and are tried once more."""

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        """A contract has its final results, one for each interaction, in its order."""

    def waiting(self, what: str) -> None:
        """The run waits for somebody else."""

    def finished(self, report: Report) -> None:
        """The run is over. Told twice when a signal interrupts it."""
