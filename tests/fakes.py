"""Small hand-written stores, engines, providers and reporters."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from gate.domain.contracts import Contract, Format, Interaction, Parties
from gate.domain.report import Candidate, ProviderRun, Report
from gate.domain.results import InteractionResult
from gate.ports import Fetched, Session, Target


@dataclass(slots=True)
class FakeStore:
    """Returns what it was given, or raises it."""

    found: Fetched | BaseException

    def contracts(self, candidate: Candidate) -> Fetched:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


Verify = Callable[[Contract, Sequence[Interaction]], Iterator[InteractionResult]]


@dataclass(slots=True)
class FakeEngine:
    """Lists the interactions of a contract by its document, and verifies with a function."""

    listed: dict[bytes, tuple[Interaction, ...] | Exception]
    verify: Verify
    format: Format = Format.PACT

    def parties(self, document: bytes) -> Parties:
        return Parties(consumer="web-checkout", provider="orders-api")

    def interactions(self, contract: Contract) -> tuple[Interaction, ...]:
        listed = self.listed[contract.document]
        if isinstance(listed, Exception):
            raise listed
        return listed

    @contextmanager
    def session(self, target: Target) -> Iterator[Session]:
        yield self


@dataclass(slots=True)
class FakeProvider:
    """Runs, or does not; remembers whether it was asked to."""

    failure: Exception | None = None
    sets_up_states: bool = True
    via: str = ""
    ran: int = 0
    stopped: int = 0

    @contextmanager
    def running(self) -> Iterator[Target]:
        self.ran += 1
        if self.failure is not None:
            raise self.failure
        try:
            yield Target(url="http://127.0.0.1:1", request_timeout=1)
        finally:
            self.stopped += 1

    def describe(self, *, with_log: bool) -> ProviderRun:
        return ProviderRun(url="http://127.0.0.1:1", via=self.via, log_tail=("its last words",) if with_log else ())


@dataclass(slots=True)
class FakeReporter:
    """Remembers what it was told, or fails to listen."""

    failure: Exception | None = None
    news: str = "the news"
    told: list[str] = field(default_factory=list)
    report: Report | None = None

    def started(self, candidate: Candidate) -> None:
        self._note(f"started {candidate.service}")

    def verifying(self, contract: Contract, interactions: int) -> None:
        self._note(f"verifying {contract.consumer.name} {interactions}")

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        self._note(f"verified {contract.consumer.name} {result.outcome.value}")

    def waiting(self, what: str) -> None:
        self._note(what)

    def finished(self, report: Report) -> None:
        self._note("finished")
        self.report = report

    def _note(self, event: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.told.append(event)
