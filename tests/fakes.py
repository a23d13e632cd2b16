"""Small hand-written stores, engines, providers and reporters."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeVar

from gate.domain.contracts import Contract, Fault, Format, Interaction, PacticipantVersion, Parties
from gate.domain.errors import ConflictError, StoreError
from gate.domain.live import LiveVersion, PastVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate, ProviderRun, Report
from gate.domain.results import InteractionResult
from gate.domain.reuse import Passed
from gate.ports import Extent, Fetched, Kept, Notice, Piece, Publication, Session, Target, Verification

Value = TypeVar("Value")


@dataclass(slots=True)
class FakeStore:
    """Returns what it was given, or raises it."""

    found: Fetched | BaseException

    def contracts(self, candidate: Candidate) -> Fetched:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


@dataclass(slots=True, kw_only=True)
class MemoryStore:
    """A contract store in memory. What changes during a run has a value for each reading: the last one stays.

    Nothing but what a test gives it follows from anything: who is live, who has which contract, and which results there
    are may contradict each other as they may in a store that others write to.
    """

    held: Sequence[Contract] = ()
    """What it selects for the candidate."""
    live_at: Sequence[Sequence[LiveVersion]] = ((),)
    own: Mapping[str, Sequence[Contract]] = field(default_factory=dict)
    """The expectations of the candidate's versions."""
    published_late: bool = False
    """Whether nobody has them at first."""
    late_readings: int = 1
    """How often they are not there then."""
    kept: Mapping[Pair, Sequence[Kept]] = field(default_factory=dict)
    too: Collection[tuple[str, str]] = ()
    """Consumer versions that have a contract with the candidate and that it does not select."""
    holds: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The content of consumer versions that it is asked for one by one."""
    unread: Sequence[tuple[str, str]] = ()
    """Consumer and content of what it selects and cannot read."""
    live_at_the_end: Collection[tuple[str, str]] = ()
    """Consumer and content of what is live, beside what it selected."""
    past: Sequence[PastVersion] = ()
    """The candidate's versions, the newest first."""
    owned_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who answers for pacticipants."""
    known: bool = False
    has_it: bool = True
    """Whether it has heard of the candidate's service."""
    has_this: bool = True
    """Whether it has heard of the candidate."""
    forgetful: Collection[str] = ()
    """Environments in which nothing stays that is recorded."""
    sticky: Collection[LiveVersion] = ()
    """What stays live although it is told that it ended."""
    refusing: Collection[str] = ()
    """Environments in which nothing can be recorded."""
    mute: Collection[str] = ()
    """Environments in which it records something and cannot say so."""
    written: list[tuple[object, ...]] = field(default_factory=list)
    """What it was told to remember, in order."""
    recorded: list[LiveVersion] = field(default_factory=list)
    ended: list[LiveVersion] = field(default_factory=list)
    fails: Callable[[str, int], bool] = lambda method, call: False  # noqa: ARG005
    """Whether it cannot say what it is asked: by the method, and by the number of the call."""
    asked: list[str] = field(default_factory=list)
    readings: Counter[object] = field(default_factory=Counter)

    def contracts(self, candidate: Candidate) -> Fetched:
        self._ask("contracts")
        faults = tuple(Fault(where=f"the contract of {consumer}", what="it is gone.") for consumer, _ in self.unread)
        return Fetched(contracts=tuple(self.held), faults=faults, unread=tuple(self.unread))

    def live(self, candidate: Candidate) -> tuple[LiveVersion, ...]:
        self._ask("live")
        there = self.after(self._next("live", self.live_at))
        return tuple(one for one in there if one.environment in candidate.environments)

    def expectations(self, consumer: PacticipantVersion) -> tuple[Contract, ...]:
        self._ask("expectations")
        if self.published_late and self.asked.count("expectations") <= self.late_readings:
            return ()
        return tuple(self.own.get(consumer.version or "", ()))

    def contents(self, provider: str, versions: Sequence[PacticipantVersion]) -> Mapping[PacticipantVersion, str]:
        self._ask("contents")
        known = {key: f"not selected, of {key[0]}" for key in self.too} | dict(self.holds)
        return {one: known[one.name, one.version or ""] for one in versions if (one.name, one.version) in known}

    def results(self, pairs: Sequence[Pair]) -> Mapping[Pair, Kept]:
        self._ask("results")
        return {pair: self._next(pair, self.kept.get(pair, (None,))) for pair in pairs}

    def live_contracts(self, candidate: Candidate) -> Sequence[tuple[str, str]]:
        self._ask("live_contracts")
        return tuple(self.live_at_the_end)

    def history(self, service: str) -> tuple[PastVersion, ...]:
        self._ask("history")
        return tuple(self.past)

    def owners(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        self._ask(f"owners of {', '.join(names)}")
        return {name: self.owned_by[name] for name in names if name in self.owned_by}

    def knows(self, service: str) -> bool:
        self._ask("knows")
        return self.known

    def has_service(self, service: str) -> bool:
        self._ask("has_service")
        return self.has_it

    def has_version(self, one: PacticipantVersion) -> bool:
        self._ask("has_version")
        return self.has_this

    def add_version(self, one: PacticipantVersion, url: str) -> None:
        self._ask("add_version")
        self.written.append(("add", one.name, one.version, one.branch, url))

    def record(self, one: PacticipantVersion, environment: str, instance: str | None, *, released: bool) -> None:
        self._ask("record")
        self._refuse(environment)
        self.written.append(("record", str(one), environment, instance, released))
        if environment not in self.forgetful:
            made = LiveVersion(name=one.name, version=one.version or "", environment=environment, instance=instance)
            self.recorded.append(replace(made, released=released))
        self._answer(environment)

    def end(self, one: LiveVersion) -> None:
        self._ask("end")
        self._refuse(one.environment)
        self.written.append(("end", one))
        if one.environment not in self.forgetful and one not in self.sticky:
            self.ended.append(one)
        self._answer(one.environment)

    def after(self, there: Sequence[LiveVersion]) -> list[LiveVersion]:
        """Add what was recorded to who is live without it, and take away what that replaced or ended."""
        replaced = {(one.name, one.environment, one.instance) for one in self.recorded if not one.released}
        stay = [one for one in there if one.released or (one.name, one.environment, one.instance) not in replaced]
        return [one for one in stay if one not in self.ended] + [one for one in self.recorded if one not in stay]

    def _answer(self, environment: str) -> None:
        if environment in self.mute:
            raise StoreError("nobody knows whether it was recorded.", where=environment)

    def _refuse(self, environment: str) -> None:
        if environment in self.refusing:
            raise StoreError("it cannot be recorded.", where=environment)

    def _ask(self, method: str) -> None:
        self.asked.append(method)
        if self.fails(method, len(self.asked)):
            raise StoreError(f"the store did not say {method}.")

    def _next(self, what: object, values: Sequence[Value]) -> Value:
        self.readings[what] += 1
        return values[min(self.readings[what], len(values)) - 1]


@dataclass(slots=True, kw_only=True)
class FakeKeeper:
    """Keeps results, or says why not."""

    faults: tuple[Fault, ...] = ()
    failure: BaseException | None = None
    meanwhile: Callable[[], None] = lambda: None
    told: list[tuple[PacticipantVersion, Sequence[Verification], str]] = field(default_factory=list)

    def keep(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> tuple[Fault, ...]:
        self.told.append((provider, tuple(verifications), url))
        self.meanwhile()
        if self.failure is not None:
            raise self.failure
        return self.faults


@dataclass(slots=True, kw_only=True)
class FakeEarlierResults:
    """Knows what passed before, by the contract's key, or cannot say it."""

    known: dict[tuple[str, str, str], Passed] = field(default_factory=dict)
    silence: Exception | None = None
    asked: list[tuple[PacticipantVersion, Sequence[Contract]]] = field(default_factory=list)

    def passed(
        self, provider: PacticipantVersion, contracts: Sequence[Contract]
    ) -> Mapping[tuple[str, str, str], Passed]:
        self.asked.append((provider, tuple(contracts)))
        if self.silence is not None:
            raise self.silence
        return {one.key: self.known[one.key] for one in contracts if one.key in self.known}


@dataclass(slots=True, kw_only=True)
class FakePublisher:
    """Is published to, or refuses."""

    notices: tuple[Notice, ...] = ()
    failure: ConflictError | StoreError | None = None
    told: list[Publication] = field(default_factory=list)

    def publish(self, publication: Publication) -> tuple[Notice, ...]:
        self.told.append(publication)
        if self.failure is not None:
            raise self.failure
        return self.notices


@dataclass(slots=True)
class FakeFiles:
    """Holds what a consumer's tests wrote."""

    written: Fetched
    asked: list[str] = field(default_factory=list)

    def written_by(self, consumer: str) -> Fetched:
        self.asked.append(consumer)
        return self.written


Verify = Callable[[Contract, Sequence[Interaction]], Iterator[InteractionResult]]


@dataclass(slots=True)
class FakeEngine:
    """Lists the interactions of a contract by its document, and verifies with a function."""

    listed: dict[bytes, tuple[Interaction, ...] | Exception]
    verify: Verify
    format: Format = Format.PACT

    def parties(self, document: bytes) -> Parties:
        return Parties(consumer="web-checkout", provider="orders-api")

    def content_id(self, document: bytes) -> str:
        return document.decode()

    def interactions(self, contract: Contract) -> tuple[Interaction, ...]:
        listed = self.listed[contract.document]
        if isinstance(listed, Exception):
            raise listed
        return listed

    @contextmanager
    def session(self, targets: Sequence[Target]) -> Iterator[Session]:
        yield FakeSession(self.verify)


@dataclass(slots=True)
class FakeSession:
    """Verifies one contract after another, with a function. What that says of a stray it says in the first's place."""

    answer: Verify

    def verify(self, pieces: Sequence[Piece], *, fresh: bool = False) -> Iterator[tuple[int, InteractionResult]]:
        for contract, group in groupby(enumerate(pieces), key=lambda one: one[1].contract):
            numbered = [(number, piece.interaction) for number, piece in group]
            number_of = {interaction.position: number for number, interaction in numbered}
            for result in self.answer(contract, [interaction for _, interaction in numbered]):
                yield number_of.get(result.interaction.position, numbered[0][0]), result


@dataclass(slots=True)
class FakeProvider:
    """Runs, or does not; remembers whether it was asked to."""

    failure: BaseException | None = None
    sets_up_states: bool = True
    via: str = ""
    command: str = ""
    image: str = ""
    revision: str = ""
    replicas: int = 1
    parallel: int = 1
    dies: Exception | None = None
    """What is found out at the end."""
    ran: int = 0
    work: int = 0
    """How much it was told that there is to be tried."""
    stopped: int = 0

    @contextmanager
    def running(self, work: int) -> Iterator[tuple[Target, ...]]:
        self.ran += 1
        self.work = work
        if self.failure is not None:
            raise self.failure
        try:
            yield (Target(url="http://127.0.0.1:1", request_timeout=1),) * self.replicas * self.parallel
        finally:
            self.stopped += 1
        if self.dies is not None:
            raise self.dies

    def describe(self, *, with_log: bool) -> ProviderRun:
        return ProviderRun(
            url="http://127.0.0.1:1",
            via=self.via,
            command=self.command,
            image=self.image,
            revision=self.revision,
            replicas=self.replicas,
            parallel=self.parallel,
            log_tail=("its last words",) if with_log else (),
        )


@dataclass(slots=True, eq=False)
class FakeReporter:
    """Remembers what it was told, or fails to listen. Two that were told the same are two."""

    failure: Exception | None = None
    news: str = "the news"
    told: list[str] = field(default_factory=list)
    report: Report | None = None

    def started(self, candidate: Candidate) -> None:
        self._note(f"started {candidate.service}")

    def verifying(self, extent: Extent) -> None:
        self._note(f"verifying {extent.contracts}: {extent.interactions}, {extent.distinct}, {extent.at_once}")

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        self._note(f"verified {contract.consumer.name} {result.outcome.value}")

    def trying_again(self, interactions: int) -> None:
        self._note(f"trying {interactions} again")

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        self._note(f"through {contract.consumer.name} {', '.join(result.outcome.value for result in results)}")

    def waiting(self, what: str) -> None:
        self._note(what)

    def finished(self, report: Report) -> None:
        self._note("finished")
        self.report = report

    def _note(self, event: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.told.append(event)
