"""One run: fetch, verify, decide, report. Knows the three seams and nothing of what stands behind them.

Whatever goes wrong on the way, the run ends with a report: a fault makes the verdict unknown, and a run that was told
to stop or that met a bug of ours says so in the same place.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from gate import __version__
from gate.domain.advice import advise
from gate.domain.contracts import Contract, Fault, Format, Interaction
from gate.domain.errors import BUG_EXIT_CODE, CancelledError, ContractError, EngineError, GateError
from gate.domain.identity import what_ran, wrong_code
from gate.domain.redaction import Redactor, redacted
from gate.domain.report import Candidate, Entry, Report, Run, Tested
from gate.domain.results import InteractionResult, Outcome, Where, settle
from gate.domain.verdict import Integration, OnNoContracts, Standing, decide
from gate.ports import ContractStore, Provider, Reporter, Session, Target, VerificationEngine

OTHERS_SHOWN: Final = 5
WORST_FIRST: Final = (Standing.BROKEN, Standing.UNVERIFIED, Standing.HONOURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Everything that one run needs."""

    candidate: Candidate
    tested: Tested
    run: Run | None
    """The pipeline's run, None on a laptop."""
    on_no_contracts: OnNoContracts
    store: ContractStore
    engines: dict[Format, VerificationEngine]
    provider: Provider
    reporters: Sequence[Reporter]
    redact: Redactor
    warn: Callable[[str], None]
    """Told of news that could not be delivered."""


@dataclass(slots=True, kw_only=True)
class _Progress:
    """What is known so far; complete at every moment, so that an interrupted run can be reported."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float
    """The monotonic clock's reading at the start, in seconds."""
    begun: bool = False
    report: Report | None = None
    """None until it is decided."""
    waiting: list[Reporter] = field(default_factory=list)
    """Those who have not been told the end."""
    others: tuple[str, ...] = ()
    planned: list["_Planned"] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    provider: Provider | None = None
    """None until it is needed."""
    exit_code: int | None = None
    """Set when something other than the verdict decides it."""


@dataclass(slots=True)
class _Planned:
    """A contract on its way to becoming an integration."""

    contract: Contract
    interactions: tuple[Interaction, ...] = ()
    results: list[InteractionResult] = field(default_factory=list)
    fault: Fault | None = None

    def integration(self) -> Integration:
        return Integration(
            counterpart=self.contract.consumer,
            source=self.contract.source,
            content_id=self.contract.content_id,
            binding=self.contract.binding,
            results=settle(self.interactions, self.results),
            fault=self.fault,
        )


def run(gate: Gate) -> int:
    """Run the gate and return the process's exit code.

    A pull request must not wait for news that nobody sends, so the end is told come what may. A signal is heard once:
    what it interrupts of the end is begun again, and cannot be interrupted then.
    """
    progress = _Progress(clock=time.monotonic(), waiting=list(gate.reporters))
    while progress.report is None or progress.waiting:
        try:
            if not progress.begun:
                progress.begun = True
                _work(gate, progress)
            _finish(gate, progress)
        except CancelledError as cancelled:
            if progress.report is None:
                progress.faults.append(_cancelled(cancelled))
    return progress.report.verdict.exit_code if progress.exit_code is None else progress.exit_code


def _work(gate: Gate, progress: _Progress) -> None:
    try:
        _tell(gate, lambda reporter: reporter.started(gate.candidate))
        _fetch(gate, progress)
        _verify(gate, progress)
    except GateError as error:
        progress.faults.append(Fault.of(error))
    except CancelledError:
        raise
    except BaseException as bug:  # noqa: BLE001 - whatever it is, the run must end with a report
        progress.faults.append(_bug(bug))
        progress.exit_code = BUG_EXIT_CODE
        gate.warn(gate.redact(traceback.format_exc()))


def _finish(gate: Gate, progress: _Progress) -> None:
    """Decide, and tell those who do not know yet."""
    report = progress.report = progress.report or _decide(gate, progress)
    while progress.waiting:
        _tell_one(gate, progress.waiting[0], lambda reporter: reporter.finished(report))
        progress.waiting.pop(0)


def _decide(gate: Gate, progress: _Progress) -> Report:
    """Make the report; when a bug of ours keeps it from being made, one that says so."""
    try:
        return _report(gate, progress)
    except CancelledError:
        raise
    except BaseException as bug:  # noqa: BLE001 - whatever it is, the run must end with a report
        gate.warn(gate.redact(traceback.format_exc()))
        progress.exit_code = BUG_EXIT_CODE
        bare = _Progress(started_at=progress.started_at, clock=progress.clock, faults=[_bug(bug)])
        return _report(gate, bare)


def _fetch(gate: Gate, progress: _Progress) -> None:
    """Collect the relevant contracts and what there is to verify in each."""
    fetched = gate.store.contracts(gate.candidate.service)
    progress.others = fetched.others
    progress.faults.extend(fetched.faults)
    for contract in fetched.contracts:
        planned = _Planned(contract)
        progress.planned.append(planned)
        try:
            planned.interactions = gate.engines[contract.format].interactions(contract)
        except ContractError as error:
            planned.fault = Fault.of(error)


def _verify(gate: Gate, progress: _Progress) -> None:
    """Verify what can be verified. The provider is not bothered when there is nothing."""
    work = [planned for planned in progress.planned if planned.interactions]
    if not work:
        return
    progress.provider = gate.provider
    with gate.provider.running() as target:
        for engine in gate.engines.values():
            mine = [planned for planned in work if gate.engines[planned.contract.format] is engine]
            _verify_format(gate, mine, engine, target)


def _verify_format(gate: Gate, work: Sequence[_Planned], engine: VerificationEngine, target: Target) -> None:
    with engine.session(target) as session:
        for planned in work:
            try:
                _verify_contract(gate, planned, session)
            except EngineError as error:
                planned.fault = Fault.of(error)


def _verify_contract(gate: Gate, planned: _Planned, session: Session) -> None:
    contract, interactions = planned.contract, planned.interactions
    _tell(gate, lambda reporter: reporter.verifying(contract, len(interactions)))
    for result in session.verify(contract, interactions):
        shown = redacted(result, gate.redact)
        planned.results.append(shown)
        _tell(gate, lambda reporter, shown=shown: reporter.verified(contract, shown))  # type: ignore[misc]


def _report(gate: Gate, progress: _Progress) -> Report:
    integrations = [planned.integration() for planned in progress.planned]
    faults = [*progress.faults, *(wrong_code(gate.candidate, gate.tested) if progress.provider else ())]
    verdict = decide(integrations, faults, on_no_contracts=gate.on_no_contracts)
    entries = [
        Entry(
            integration=integration,
            standing=integration.standing,
            advice=advise(integration, gate.candidate.service, sets_up_states=gate.provider.sets_up_states),
        )
        for integration in integrations
    ]
    report = Report(
        gate_version=__version__,
        started_at=progress.started_at,
        duration=round(time.monotonic() - progress.clock, 3),
        candidate=gate.candidate,
        tested=gate.tested,
        run=gate.run,
        verdict=verdict,
        entries=tuple(sorted(entries, key=lambda entry: WORST_FIRST.index(entry.standing))),
        faults=tuple(faults),
        notes=_notes(gate, progress),
        provider=progress.provider.describe(with_log=_needs_log(progress, integrations)) if progress.provider else None,
    )
    # What names the run is no secret, and the status and the comment are found again by it.
    return replace(
        redacted(report, gate.redact),
        schema=report.schema,
        gate_version=report.gate_version,
        candidate=report.candidate,
        run=report.run,
    )


def _needs_log(progress: _Progress, integrations: Sequence[Integration]) -> bool:
    """Say whether the provider's output may explain the outcome: it could not be tried, or answered another status."""
    results = [result for integration in integrations for result in integration.results]
    return bool(progress.faults) or any(
        result.outcome is Outcome.ERRORED or any(mismatch.where is Where.STATUS for mismatch in result.mismatches)
        for result in results
    )


def _notes(gate: Gate, progress: _Progress) -> tuple[str, ...]:
    notes = [] if progress.provider is None else what_ran(gate.candidate, gate.tested)
    if progress.provider is not None and (via := progress.provider.describe(with_log=False).via):
        notes.append(f"In the action's container localhost led to the runner, {via}.")
    tried = [interaction for planned in progress.planned if planned.results for interaction in planned.interactions]
    with_states = any(interaction.states for interaction in tried)
    if with_states and not gate.provider.sets_up_states:
        notes.append("Contracts name provider states, and provider-states-url is not set: verified without set-up.")
    if progress.others:
        more = f" and {len(progress.others) - OTHERS_SHOWN} more" if len(progress.others) > OTHERS_SHOWN else ""
        names = ", ".join(progress.others[:OTHERS_SHOWN])
        notes.append(f"Contracts of other providers are not verified here: {names}{more}.")
    return tuple(notes)


def _tell(gate: Gate, message: Callable[[Reporter], None]) -> None:
    """Tell every reporter. News that fails to be delivered is a warning: it never changes the verdict."""
    for reporter in gate.reporters:
        _tell_one(gate, reporter, message)


def _tell_one(gate: Gate, reporter: Reporter, message: Callable[[Reporter], None]) -> None:
    try:
        message(reporter)
    except CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is only news
        gate.warn(gate.redact(f"{reporter.news} could not be delivered: {error}"))


def _cancelled(cancelled: CancelledError) -> Fault:
    return Fault(
        where="",
        what=f"the run was stopped by {cancelled.signal_name} before it was through.",
        remedy="Run it again.",
    )


def _bug(bug: BaseException) -> Fault:
    return Fault(
        where="",
        what=f"the gate itself failed ({type(bug).__name__}: {bug}).",
        remedy="This is a bug: please report it with the log of this run.",
    )
