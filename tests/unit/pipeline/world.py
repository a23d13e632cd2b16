"""A candidate, a store, a provider and an engine, and one run of the gate among them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from gate.domain.contracts import Because, Contract, Fault, Format, Interaction, PacticipantVersion, Selection
from gate.domain.errors import ContractError
from gate.domain.exceptions import AgreedException
from gate.domain.live import PastVersion
from gate.domain.matrix import Pair
from gate.domain.redaction import Redactor
from gate.domain.report import Candidate, Entry, Record, Report, Run, Tested
from gate.domain.results import InteractionResult, KeptResult, Outcome
from gate.domain.verdict import Decision, OnNoContracts
from gate.pipeline import Gate, Policy, run_each
from gate.pipeline.gate import Keeping, Reusing
from tests.builders import COMMIT, SERVICE, as_bytes, candidate, contract, interaction, pact, result
from tests.fakes import FakeEngine, FakeProvider, FakeReporter, MemoryStore

PAGE = "https://ci/1"
YES, NO = KeptResult(success=True), KeptResult(success=False)
LIVE, MAIN, WIP, SELECTED = Because.LIVE, Because.MAIN_BRANCH, Because.WIP, Because.SELECTED


def expecting(
    consumer: str, *versions: str, because: Collection[Because] = (LIVE,), pending: bool = False, **more: Any
) -> Contract:
    """Build a contract of a consumer with the candidate, as a store selects it."""
    values: dict[str, Any] = {"provider": SERVICE, "content_id": f"{consumer} {'+'.join(versions)}"} | more
    return contract(
        as_bytes(pact(values["content_id"], consumer=consumer, provider=values["provider"])),
        consumer=PacticipantVersion(name=consumer, version=versions[-1]),
        versions=versions,
        source=f"https://broker/{consumer}",
        selection=Selection(because=tuple(because), pending=pending),
        **values,
    )


def own(provider: str = "stock", *earlier: str, **more: Any) -> Contract:
    """Build a contract of the candidate with one of its providers; `earlier` versions of it have the same."""
    values = {"provider": provider, "content_id": f"with {provider}"} | more
    return replace(expecting(SERVICE, *earlier, COMMIT, **values), selection=None)


def with_provider(version: str = "1", provider: str = "stock") -> Pair:
    """Name the pair of the candidate and one of its providers."""
    return Pair(consumer=SERVICE, consumer_version=COMMIT, provider=provider, provider_version=version)


def with_consumer(consumer: str, version: str = "1", provider_version: str = COMMIT) -> Pair:
    """Name the pair of a consumer and the candidate."""
    return Pair(consumer=consumer, consumer_version=version, provider=SERVICE, provider_version=provider_version)


def past(version: str, *, on_main: bool = True, expects: bool = False) -> PastVersion:
    """Build a version of the candidate's history."""
    return PastVersion(version=version, on_main=on_main, expects=expects)


@dataclass(slots=True)
class Clock:
    """Stands still but for pauses, which it remembers."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def pause(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 3))
        self.meanwhile()
        self.now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a run."""

    code: int
    report: Report
    told: Sequence[str]
    warnings: Sequence[str]

    @property
    def decision(self) -> Decision:
        return self.report.verdict.decision

    @property
    def reasons(self) -> str:
        return "\n".join(self.report.verdict.reasons)

    def entry(self, counterpart: str) -> Entry:
        (found,) = (one for one in self.report.entries if str(one.integration.counterpart) == counterpart)
        return found


@dataclass(slots=True, kw_only=True)
class World:
    """Everything around one run. Every contract has one interaction that passes, unless a test says otherwise."""

    store: MemoryStore = field(default_factory=MemoryStore)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """Of verification in this run, by content."""
    again: Mapping[str, Outcome | BaseException] = field(default_factory=dict)
    """Of the second try, by content: the same as of the first, unless a test says so."""
    tried: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    """The content and the positions that the engine was asked to verify, in order."""
    described: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The interactions of a contract, by content; there is one, unless a test says so."""
    unsafe: Collection[str] = ()
    """The content of contracts whose requests change something."""
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The provider states of a contract's interactions, by content."""
    empty: Collection[str] = ()
    """The content of contracts without interactions."""
    unreadable: Collection[str] = ()
    """The content of contracts that our engine refuses."""
    fails_on: Mapping[str, Exception] = field(default_factory=dict)
    """What the engine raises instead of verifying, by content."""
    fails_after: Mapping[str, Exception] = field(default_factory=dict)
    """What it raises once it has verified."""
    verifies: bool = True
    candidate: Candidate = field(default_factory=candidate)
    wait: float = 0.0
    first_deployment: bool = False
    consumes_none: bool = False
    on_no_contracts: OnNoContracts = OnNoContracts.UNKNOWN
    allows_flaky: bool = False
    consumer: str | None = None
    interaction: str | None = None
    clock: Clock = field(default_factory=Clock)
    provider: FakeProvider = field(default_factory=FakeProvider)
    tested: Tested = field(default_factory=lambda: Tested(commit=COMMIT, vouched=False))
    look: Callable[[], Tested] | None = None
    """Says what is there when the provider has run; nothing else than before, unless a test says so."""
    record: Record | None = None
    keeping: Keeping | None = None
    reusing: Reusing | None = None
    """When there is any, each interaction is the same in each run."""
    exceptions: tuple[AgreedException, ...] = ()
    faults: tuple[Fault, ...] = ()
    run: Run | None = None
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    may_mention: bool = True
    has_store: bool = True

    def end(self) -> Ended:
        reporter, warnings = FakeReporter(), list[str]()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gate.pipeline.lookup.time", SimpleNamespace(monotonic=lambda: self.clock.now))
            code = run_each([self.gate(reporter, warnings.append)])
        assert reporter.report is not None
        return Ended(code=code, report=reporter.report, told=reporter.told, warnings=warnings)

    def gate(self, reporter: FakeReporter, warn: Callable[[str], None] = lambda _: None) -> Gate:
        return Gate(
            candidate=replace(self.candidate, released=self.candidate.released or self.record is Record.RELEASE),
            tested=self.tested,
            look=self.look or (lambda: self.tested),
            run=self.run,
            policy=Policy(
                on_no_contracts=self.on_no_contracts,
                first_deployment=self.first_deployment,
                consumes_none=self.consumes_none,
                wait=self.wait,
                allows_flaky=self.allows_flaky,
                consumer=self.consumer,
                interaction=self.interaction,
            ),
            source=self.store,
            store=self.store if self.has_store else None,
            engines={Format.PACT: FakeEngine(self._listed(), self._verify)},
            provider=self.provider if self.verifies and self.record is None else None,
            record=self.record,
            keeping=self.keeping,
            reusing=self.reusing,
            exceptions=self.exceptions,
            faults=self.faults,
            owners=self.owners,
            may_mention=self.may_mention,
            page=PAGE,
            reporters=[reporter],
            redact=Redactor(()),
            warn=warn,
            pause=self.clock.pause,
        )

    def _listed(self) -> defaultdict[bytes, tuple[Interaction, ...] | Exception]:
        listed = defaultdict[bytes, tuple[Interaction, ...] | Exception](lambda: (interaction(),))
        for one in (*self.store.held, *(one for several in self.store.own.values() for one in several)):
            if one.content_id in self.empty:
                listed[one.document] = ()
            elif one.content_id in self.unreadable:
                listed[one.document] = ContractError("it is odd.", where=one.source)
            else:
                texts = self.described.get(one.content_id, ["a request for order 42"])
                more = {"harmless": one.content_id not in self.unsafe, "states": self.given.get(one.content_id, ())}
                listed[one.document] = tuple(
                    interaction(at, description=text, sameness=f"{one.content_id} {at}" if self.reusing else "", **more)
                    for at, text in enumerate(texts)
                )
        return listed

    def _verify(self, one: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        first = one.content_id not in {content for content, _ in self.tried}
        self.tried.append((one.content_id, tuple(each.position for each in interactions)))
        if one.content_id in self.fails_on:
            raise self.fails_on[one.content_id]
        outcome = self.outcomes.get(one.content_id, Outcome.PASSED)
        if not first:
            again = self.again.get(one.content_id, outcome)
            if isinstance(again, BaseException):
                raise again
            outcome = again
        yield from (result(outcome, each.position, interaction=each) for each in interactions)
        if one.content_id in self.fails_after:
            raise self.fails_after[one.content_id]
