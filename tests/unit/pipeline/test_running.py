"""Whatever goes wrong on the way, the run ends with a report and never with an unearned allow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gate.clients.github_api import GitHub
from gate.domain.contracts import Contract, Fault, Format, Interaction
from gate.domain.errors import CancelledError, ContractError, EngineError, GateError, ProviderError
from gate.domain.redaction import Redactor
from gate.domain.report import Candidate, Record, Recorded, Report, Stage, Tested
from gate.domain.results import InteractionResult, Outcome, Where
from gate.domain.verdict import Decision, OnNoContracts, Standing, decide
from gate.pipeline import Gate, Policy, run_each
from gate.ports import Fetched, Reporter
from gate.reporters.commit_status import CommitStatus
from tests.builders import COMMIT, candidate, contract, interaction, live, mismatch, result
from tests.fakes import FakeEngine, FakeProvider, FakeReporter, FakeStore, MemoryStore, Verify
from tests.github_api import HEAD, REPOSITORY, TOKEN, github_api
from tests.unit.pipeline.world import World, expecting

ONE = contract()


def _passing(_: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
    for each in interactions:
        yield result(interaction=each)


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
        code = run_each(
            [
                Gate(
                    candidate=candidate,
                    tested=self.tested,
                    look=lambda: self.tested,
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
            ]
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
        "verifying 1: 1, 1, 1",
        "verified web-checkout passed",
        "through web-checkout passed",
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


def test_an_engine_that_fails_costs_what_waits_for_it_and_not_what_it_verified() -> None:
    def verify(one: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        if one.source == "second":
            raise EngineError("no engine.")
        yield from _passing(one, interactions)

    second, third = (contract(source=source) for source in ("second", "third"))
    _, report = Run(verify=verify, fetched=Fetched(contracts=(ONE, second, third))).end()

    assert [entry.standing for entry in report.entries] == [Standing.UNVERIFIED, Standing.UNVERIFIED, Standing.HONOURED]
    assert report.entries[-1].integration.source == ONE.source


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
        (Run(provider=FakeProvider(replicas=3)), ("3 replicas of the provider answered side by side.",)),
        (
            Run(provider=FakeProvider(parallel=2)),
            ("The provider was asked 2 things at a time: provider-parallel declares it stateless.",),
        ),
        (Run(provider=FakeProvider(replicas=3, failure=ProviderError("no"))), ()),
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
    assert case.warnings == ["the news could not be delivered: disk full: ***"] * 5


@dataclass(slots=True, eq=False)
class InterruptedReporter(FakeReporter):
    """Is told to stop while it is told the end; the signal comes once."""

    def finished(self, report: Report) -> None:
        self.told.append("finished")
        self.report = report
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


def _codes(*worlds: World) -> int:
    return run_each([one.gate(FakeReporter()) for one in worlds])


ALLOWED, BLOCKED = {"web 1": Outcome.PASSED}, {"web 1": Outcome.FAILED}
UNKNOWN = {"web 1": Outcome.ERRORED}


def _service(outcomes: dict[str, Outcome], **more: Any) -> World:
    return World(store=MemoryStore(held=[expecting("web", "1")]), outcomes=outcomes, **more)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([ALLOWED], 0),
        ([ALLOWED, ALLOWED], 0),
        ([ALLOWED, UNKNOWN], 3),
        ([UNKNOWN, ALLOWED], 3),
        ([BLOCKED, UNKNOWN], 1),
        ([UNKNOWN, ALLOWED, BLOCKED], 1),
    ],
)
def test_of_several_services_the_worst_decides(outcomes: list[dict[str, Outcome]], code: int) -> None:
    assert _codes(*(_service(one) for one in outcomes)) == code


def test_a_bug_is_worse_than_what_is_unknown_and_hides_no_break() -> None:
    bug = _service(ALLOWED, fails_on={"web 1": ZeroDivisionError("x")})

    assert _codes(_service(UNKNOWN), bug, _service(ALLOWED)) == 4
    assert _codes(bug, _service(BLOCKED)) == 1


STOPPED = "the run was stopped by SIGTERM before it was through."


def test_after_a_signal_no_other_service_is_begun_and_nothing_is_known_of_it() -> None:
    stopped = _service(ALLOWED, provider=FakeProvider(CancelledError("SIGTERM")))
    others, reporters = [_service(BLOCKED), _service(ALLOWED)], [FakeReporter(), FakeReporter()]
    gates = [one.gate(reporter) for one, reporter in zip(others, reporters, strict=True)]

    assert run_each([stopped.gate(FakeReporter()), *gates]) == 3
    assert [(one.provider.ran, one.store.asked) for one in others] == [(0, []), (0, [])]
    assert [reporter.told for reporter in reporters] == [["started orders-api", "finished"]] * 2
    for reporter in reporters:
        assert reporter.report is not None
        assert reporter.report.verdict.decision is Decision.UNKNOWN
        assert [fault.what for fault in reporter.report.faults] == [STOPPED]


@pytest.mark.parametrize("record", Record)
def test_after_a_signal_nothing_more_is_recorded(record: Record) -> None:
    stopped = _service(ALLOWED, provider=FakeProvider(CancelledError("SIGTERM")))
    other, reporter = _service(ALLOWED, record=record, on_no_contracts=OnNoContracts.ALLOW), FakeReporter()
    code = run_each([stopped.gate(FakeReporter()), other.gate(reporter)])

    assert (code, other.store.written) == (3, [])
    assert reporter.report is not None
    assert reporter.report.recorded == Recorded(record=record, environments=())


def test_a_signal_hides_no_break_of_an_earlier_service() -> None:
    stopped = _service(ALLOWED, provider=FakeProvider(CancelledError("SIGTERM")))

    assert _codes(_service(BLOCKED), stopped, _service(ALLOWED)) == 1


def test_what_was_known_to_be_wrong_is_told_after_a_signal_too() -> None:
    stopped, reporter = _service(ALLOWED, provider=FakeProvider(CancelledError("SIGTERM"))), FakeReporter()
    other = _service(ALLOWED, faults=(Fault(where="x", what="an exception ended."),))
    run_each([stopped.gate(FakeReporter()), other.gate(reporter)])

    assert reporter.report is not None
    assert [fault.what for fault in reporter.report.faults] == ["an exception ended.", STOPPED]


def test_a_second_signal_keeps_nobody_from_being_told() -> None:
    stopped = _service(ALLOWED, provider=FakeProvider(CancelledError("SIGTERM")))
    interrupted, last = InterruptedReporter(), FakeReporter()
    code = run_each([stopped.gate(FakeReporter()), _service(ALLOWED).gate(interrupted), _service(ALLOWED).gate(last)])

    assert (code, interrupted.told[1:], last.told[1:]) == (3, ["finished", "finished"], ["finished"])


def test_a_commit_status_of_a_service_that_was_not_begun_is_no_old_one() -> None:
    with github_api() as api:
        github = GitHub(api_url=api.url, token=TOKEN, repository=REPOSITORY)
        stopped = _service(ALLOWED, provider=FakeProvider(CancelledError("SIGTERM"))).gate(FakeReporter())
        other = _service(ALLOWED).gate(FakeReporter())
        run_each([stopped, replace(other, reporters=[CommitStatus(github, commit=HEAD, url="")])])

        assert [each.state for each in api.statuses()] == ["pending", "error"]


def test_all_services_are_begun_before_one_is_verified() -> None:
    """What an earlier run said of the last one does not hold while the first one runs."""
    other, seen = FakeReporter(), list[list[str]]()

    def look() -> Tested:
        seen.append(list(other.told))
        return Tested(commit=COMMIT, vouched=False)

    run_each([_service(ALLOWED, look=look).gate(FakeReporter()), _service(ALLOWED).gate(other)])

    assert seen == [["started orders-api"]]


def test_a_single_service_is_begun_once() -> None:
    assert _service(ALLOWED).end().told.count("started orders-api") == 1


@dataclass(slots=True, eq=False)
class ImpatientReporter(FakeReporter):
    """Is told to stop while it is told the beginning; the signal comes once."""

    def started(self, candidate: Candidate) -> None:
        self.told.append("started")
        if self.told == ["started"]:
            raise CancelledError("SIGTERM")


def test_a_signal_before_anything_is_begun_begins_nothing() -> None:
    services, impatient, last = [_service(ALLOWED), _service(ALLOWED)], ImpatientReporter(), FakeReporter()
    code = run_each([one.gate(reporter) for one, reporter in zip(services, (impatient, last), strict=True)])

    assert (code, impatient.told, last.told) == (3, ["started", "finished"], ["finished"])
    assert [one.provider.ran for one in services] == [0, 0]
    for reporter in (impatient, last):
        assert reporter.report is not None
        assert [fault.what for fault in reporter.report.faults] == [STOPPED]


def test_a_signal_at_the_end_of_one_service_allows_no_other() -> None:
    reporter, other = InterruptedReporter(), _service(ALLOWED)
    code = run_each([_service(ALLOWED).gate(reporter), other.gate(FakeReporter())])

    assert reporter.report is not None
    assert (reporter.report.verdict.decision, code, other.provider.ran) == (Decision.ALLOW, 3, 0)


@pytest.mark.parametrize(
    ("stage", "after", "code"),
    [
        (Stage.CHANGE, Tested(commit=COMMIT, vouched=False), 0),
        (Stage.DEPLOY, Tested(commit=COMMIT, vouched=False), 0),
        (Stage.CHANGE, Tested(commit="b" * 40, vouched=False), 3),
        (Stage.DEPLOY, Tested(commit="b" * 40, vouched=False), 3),
        (Stage.CHANGE, Tested(commit=COMMIT, modified=True, vouched=False), 0),
        (Stage.DEPLOY, Tested(commit=COMMIT, modified=True, vouched=False), 3),
    ],
)
def test_what_ran_is_looked_at_again_when_it_has_run(stage: Stage, after: Tested, code: int) -> None:
    world = _service(ALLOWED, candidate=candidate(commit=COMMIT, stage=stage), look=lambda: after)
    world.store.live_at = [[live("web")]]

    assert _codes(world) == code


def test_the_same_wrong_code_before_and_after_is_told_once() -> None:
    ended = _service(ALLOWED, candidate=candidate(commit=COMMIT), tested=Tested(commit="b" * 40, vouched=False)).end()

    assert len(ended.report.faults) == 1


@pytest.mark.parametrize("outcomes", [ALLOWED, BLOCKED])
def test_where_nobody_can_look_again_nothing_is_allowed(outcomes: dict[str, Outcome]) -> None:
    def look() -> Tested:
        raise GateError("git did not answer.")

    ended = _service(outcomes, look=look).end()

    assert ended.decision is (Decision.UNKNOWN if outcomes is ALLOWED else Decision.BLOCK)
    assert "git did not answer." in ended.reasons


def test_wrong_code_before_and_other_wrong_code_after_are_both_told() -> None:
    world = _service(ALLOWED, candidate=candidate(commit=COMMIT), tested=Tested(commit="b" * 40, vouched=False))
    world.look = lambda: Tested(commit="c" * 40, vouched=False)

    assert [fault.what.split()[4] for fault in world.end().report.faults] == [f"{'b' * 40},", f"{'c' * 40},"]


def test_it_is_looked_again_when_the_provider_has_stopped() -> None:
    world = _service(ALLOWED, candidate=candidate(commit=COMMIT, stage=Stage.DEPLOY))
    world.store.live_at = [[live("web")]]
    world.look = lambda: Tested(commit=COMMIT, modified=world.provider.stopped == 1, vouched=False)

    assert "tracked files differ" in world.end().reasons


@pytest.mark.parametrize("world", [_service(ALLOWED, verifies=False), World(), _service(ALLOWED, empty=["web 1"])])
def test_where_nothing_ran_nobody_looks_again(world: World) -> None:
    def look() -> Tested:
        raise AssertionError

    world.look = look

    assert world.end().code == 3


@pytest.mark.parametrize(("revision", "code"), [("", 0), (COMMIT, 0), ("b" * 40, 3), (f"{COMMIT}-dirty", 3)])
def test_an_image_of_another_commit_is_not_deployed(revision: str, code: int) -> None:
    image = FakeProvider(image="orders-api:1", revision=revision)
    vouched = Tested(commit=COMMIT, vouched=True)
    worlds = [
        _service(ALLOWED, provider=image, tested=vouched, candidate=candidate(commit=COMMIT, stage=stage))
        for stage in (Stage.DEPLOY, Stage.CHANGE)
    ]
    for one in worlds:
        one.store.live_at = [[live("web")]]

    assert [one.end().code for one in worlds] == [code, 0]
