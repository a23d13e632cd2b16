"""Whatever goes wrong on the way, the run ends with a report and never with an unearned allow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from gate.clients.github_api import GitHub
from gate.domain.contracts import Contract, Fault, Format, Interaction
from gate.domain.errors import CancelledError, ContractError, EngineError, GateError, ProviderError
from gate.domain.redaction import Redactor
from gate.domain.report import Candidate, Report, Stage, Tested
from gate.domain.results import InteractionResult, Outcome, Where
from gate.domain.verdict import Decision, OnNoContracts, Standing, decide
from gate.pipeline import Gate, Policy, run
from gate.ports import Fetched, Reporter
from gate.reporters.commit_status import CommitStatus
from tests.builders import COMMIT, contract, interaction, mismatch, result
from tests.fakes import FakeEngine, FakeProvider, FakeReporter, FakeStore, Verify
from tests.github_api import HEAD, REPOSITORY, TOKEN, github_api

ONE = contract()


def _passing(_: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
    for each in interactions:
        yield result(position=each.position)


def _raising(error: BaseException, after: int = 0) -> Verify:
    def verify(_: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        for each in interactions[:after]:
            yield result(position=each.position)
        raise error

    return verify


@dataclass(slots=True)
class Run:
    """One run of the gate and what came of it."""

    verify: Verify = _passing
    fetched: Fetched | BaseException = field(default_factory=lambda: Fetched(contracts=(ONE,)))
    listed: tuple[Interaction, ...] | Exception = (interaction(),)
    provider: FakeProvider = field(default_factory=FakeProvider)
    tested: Tested = field(default_factory=lambda: Tested(commit=COMMIT, vouched=False))
    policy: OnNoContracts = OnNoContracts.UNKNOWN
    reporters: tuple[Reporter, ...] = ()
    secrets: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)

    def end(self) -> tuple[int, Report]:
        reporter = FakeReporter()
        candidate = Candidate(service="orders-api", version=COMMIT, branch=None, environments=(), stage=Stage.CHANGE)
        code = run(
            Gate(
                candidate=candidate,
                tested=self.tested,
                run=None,
                policy=Policy(on_no_contracts=self.policy),
                source=FakeStore(self.fetched),
                store=None,
                engines={Format.PACT: FakeEngine({ONE.document: self.listed}, self.verify)},
                provider=self.provider,
                reporters=(*self.reporters, reporter),
                redact=Redactor(self.secrets),
                warn=self.warnings.append,
            )
        )
        assert reporter.report is not None
        return code, reporter.report


def test_a_run_tells_its_reporters_how_it_goes() -> None:
    reporter = FakeReporter()
    code, report = Run(reporters=(reporter,)).end()

    assert code == 0
    assert report.verdict.decision is Decision.ALLOW
    assert report.provider is not None
    assert report.provider.log_tail == ()
    assert reporter.told == [
        "started orders-api",
        "verifying web-checkout 1",
        "verified web-checkout passed",
        "finished",
    ]


def _failing(_: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
    yield from (result(Outcome.FAILED, each.position) for each in interactions)


def _nothing(_: Contract, __: Sequence[Interaction]) -> Iterator[InteractionResult]:
    yield from ()


@pytest.mark.parametrize(
    ("case", "code", "reason"),
    [
        (Run(verify=_failing), 1, "web-checkout: 1 of 1 interaction broken"),
        (Run(verify=_nothing), 3, "web-checkout: 1 of 1 interaction could not be verified"),
        (Run(listed=()), 3, "web-checkout: its contract has no interactions"),
        (Run(listed=ContractError("it is odd.")), 3, "web-checkout: could not be verified: it is odd."),
        (Run(fetched=Fetched(contracts=())), 3, "no contract names this service as its provider"),
        (Run(fetched=Fetched(contracts=()), policy=OnNoContracts.ALLOW), 0, "no contract names this service"),
        (Run(fetched=Fetched(contracts=(ONE,), faults=(Fault(where="x", what="bad."),))), 3, "x: bad."),
        (Run(fetched=GateError("the store is down.")), 3, "the store is down."),
        (Run(provider=FakeProvider(ProviderError("it is down."))), 3, "it is down."),
        (Run(verify=_raising(EngineError("no engine."))), 3, "web-checkout: could not be verified: no engine."),
        (Run(verify=_raising(CancelledError("SIGTERM"))), 3, "the run was stopped by SIGTERM before it was through."),
        (Run(verify=_raising(ZeroDivisionError("x"))), 4, "the gate itself failed (ZeroDivisionError: x)."),
        (Run(fetched=MemoryError()), 4, "the gate itself failed (MemoryError: )."),
    ],
)
def test_every_end_has_its_verdict(case: Run, code: int, reason: str) -> None:
    ended, report = case.end()

    assert ended == code
    assert report.verdict.reasons[0].startswith(reason)
    assert (report.verdict.decision is Decision.ALLOW) == (code == 0)


def test_a_provider_is_not_bothered_for_nothing() -> None:
    case = Run(listed=())
    _, report = case.end()

    assert (case.provider.ran, report.provider) == (0, None)


def test_what_was_found_before_the_end_is_kept() -> None:
    case = Run(verify=_raising(CancelledError("SIGINT"), after=1), listed=(interaction(0), interaction(1)))
    _, report = case.end()

    outcomes = [one.outcome for one in report.entries[0].integration.results]
    assert outcomes == [Outcome.PASSED, Outcome.ERRORED]
    assert case.provider.stopped == 1


def test_a_break_found_before_a_bug_exits_as_a_bug_and_shows_the_break() -> None:
    def verify(_: Contract, __: Sequence[Interaction]) -> Iterator[InteractionResult]:
        yield result(Outcome.FAILED)
        raise ZeroDivisionError

    case = Run(verify=verify)
    code, report = case.end()

    assert (code, report.verdict.decision) == (4, Decision.BLOCK)
    assert "ZeroDivisionError" in case.warnings[0]


def test_one_contract_that_the_engine_fails_on_does_not_cost_the_next() -> None:
    def verify(one: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        if one.source == "second":
            yield from _passing(one, interactions)
        else:
            raise EngineError("no engine.")

    _, report = Run(verify=verify, fetched=Fetched(contracts=(ONE, contract(source="second")))).end()

    assert [entry.standing for entry in report.entries] == [Standing.UNVERIFIED, Standing.HONOURED]


@pytest.mark.parametrize(
    ("verify", "has_log"),
    [
        (_passing, False),
        (_failing, False),
        (_nothing, True),
        (lambda *_: iter([result(Outcome.FAILED, mismatches=(mismatch(where=Where.STATUS),))]), True),
    ],
)
def test_the_providers_log_is_shown_where_it_may_explain_something(verify: Verify, *, has_log: bool) -> None:
    _, report = Run(verify=verify).end()

    assert report.provider is not None
    assert bool(report.provider.log_tail) is has_log


VOUCHED = (
    f"The provider was not started from this workspace: whoever made it vouches that it is {COMMIT}, the gate cannot."
)
STATEFUL = (interaction(states=("order 42 exists",)),)


@pytest.mark.parametrize(
    ("case", "notes"),
    [
        (Run(), ()),
        (
            Run(tested=Tested(commit=COMMIT, vouched=True)),
            (VOUCHED,),
        ),
        (
            Run(tested=Tested(commit="merge", merge=True, vouched=True)),
            (
                VOUCHED,
                f"The workspace is at commit merge, a pull request merged into its base, not {COMMIT}.",
            ),
        ),
        (
            Run(tested=Tested(commit="merge", merge=True, vouched=False)),
            (f"What ran is commit merge, a pull request merged into its base, not {COMMIT}.",),
        ),
        (Run(tested=Tested(commit=None, vouched=True)), (VOUCHED,)),
        (
            Run(provider=FakeProvider(via="172.17.0.1")),
            ("In the action's container localhost led to the runner, 172.17.0.1.",),
        ),
        (
            Run(tested=Tested(commit=None, vouched=False)),
            (f"No commit of git's is checked out here, so nothing shows that what ran is {COMMIT}.",),
        ),
        (
            Run(tested=Tested(commit="merge", modified=True, vouched=False)),
            (
                f"What ran is commit merge, not {COMMIT}.",
                "What ran has changes to tracked files that are not committed.",
            ),
        ),
        (
            Run(listed=STATEFUL, provider=FakeProvider(sets_up_states=False)),
            ("Contracts name provider states, and provider-states-url is not set: verified without set-up.",),
        ),
        (Run(listed=STATEFUL), ()),
        (
            Run(fetched=Fetched(contracts=(ONE,), others=("a", "b"))),
            ("Contracts of other providers are not verified here: a, b.",),
        ),
        (
            Run(fetched=Fetched(contracts=(ONE,), others=tuple("abcdefg"))),
            ("Contracts of other providers are not verified here: a, b, c, d, e and 2 more.",),
        ),
        (Run(listed=(), tested=Tested(commit=None, vouched=True)), ()),
    ],
)
def test_notes(case: Run, notes: tuple[str, ...]) -> None:
    assert case.end()[1].notes == notes


def test_news_that_cannot_be_delivered_is_a_warning() -> None:
    case = Run(reporters=(FakeReporter(OSError("disk full: s3cr3t")),), secrets=("s3cr3t",))
    code, _ = case.end()

    assert code == 0
    assert case.warnings == ["the news could not be delivered: disk full: ***"] * 4


@dataclass(slots=True)
class InterruptedReporter(FakeReporter):
    """Is told to stop while it is told the end; the signal comes once."""

    def finished(self, report: Report) -> None:
        self.told.append("finished")
        if self.told.count("finished") == 1:
            raise CancelledError("SIGTERM")


def test_a_signal_while_the_end_is_told_costs_no_news() -> None:
    interrupted = InterruptedReporter()
    code, report = Run(reporters=(interrupted,)).end()

    assert (code, report.verdict.decision) == (0, Decision.ALLOW)
    assert interrupted.told[-2:] == ["finished", "finished"]


@pytest.mark.parametrize(
    ("error", "code", "what"),
    [
        (ZeroDivisionError("x"), 4, "the gate itself failed (ZeroDivisionError: x)."),
        (CancelledError("SIGINT"), 3, "the run was stopped by SIGINT before it was through."),
    ],
)
def test_whatever_happens_while_the_report_is_made_there_is_one(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, what: str
) -> None:
    raised: list[BaseException] = []

    def decide_badly(*arguments: Any, **options: Any) -> Any:
        if not raised:
            raised.append(error)
            raise error
        return decide(*arguments, **options)

    monkeypatch.setattr("gate.pipeline.reporting.decide", decide_badly)
    ended, report = Run().end()

    assert (ended, report.verdict.decision) == (code, Decision.UNKNOWN)
    assert report.faults[0].what == what


def test_a_commit_status_is_final_after_a_bug() -> None:
    with github_api() as api:
        github = GitHub(api_url=api.url, token=TOKEN, repository=REPOSITORY)
        status = CommitStatus(github, commit=HEAD, url="")
        code, _ = Run(fetched=ZeroDivisionError("x"), reporters=(status,)).end()

        assert code == 4
        assert [(each.context, each.state) for each in api.statuses()] == [
            ("contract-gate/orders-api", "pending"),
            ("contract-gate/orders-api", "error"),
        ]


def test_no_secret_reaches_a_reporter() -> None:
    secret = result(Outcome.FAILED, mismatches=(mismatch(actual="s3cr3t"),))
    seen: list[Any] = []

    class Watching(FakeReporter):
        def verified(self, contract: Contract, result: InteractionResult) -> None:
            seen.append(result)

    watching: Callable[[], FakeReporter] = Watching
    case = Run(verify=lambda *_: iter([secret]), reporters=(watching(),), secrets=("s3cr3t",))
    _, report = case.end()

    assert seen
    assert "s3cr3t" not in repr((seen, report))
