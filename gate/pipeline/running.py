"""The order of a run, and its end.

Whatever goes wrong on the way, the run ends with a report: a fault makes the verdict unknown, and a run that was told
to stop or that met a bug of ours says so in the same place.
"""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gate.domain.contracts import Fault
from gate.domain.errors import BUG_EXIT_CODE, CancelledError, GateError
from gate.domain.report import Record, Report
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.keeping import keep
from gate.pipeline.lookup import look_up
from gate.pipeline.news import tell_one
from gate.pipeline.owners import find_owners
from gate.pipeline.recording import record, undeploy
from gate.pipeline.reporting import make_report
from gate.pipeline.reuse import reuse
from gate.pipeline.verification import fetch, verify
from gate.ports import Reporter

WORST_FIRST: Final = (1, BUG_EXIT_CODE, GateError.exit_code, 0)
"""Exit codes: a known break is hidden by nothing."""
Phase = Callable[[Gate, Progress], None]
PHASES: Final[Mapping[Record | None, tuple[Phase, ...]]] = {
    None: (fetch, reuse, verify, keep, look_up, find_owners),
    Record.DEPLOYMENT: (record, fetch, look_up, find_owners),
    Record.RELEASE: (record, fetch, look_up, find_owners),
    Record.UNDEPLOYMENT: (undeploy, find_owners),
}
"""By what is recorded. One that fails does not keep the next from finding a break: that outweighs what is unknown."""
A_PART: Final[tuple[Phase, ...]] = (fetch, verify)
"""When a part is looked at: nothing is kept of it, and nobody is asked who else there is."""


def run_each(gates: Sequence[Gate]) -> int:
    """Run several gates one after another, and return the exit code that says the worst of them.

    After a signal no other is begun. Of those nobody knows anything, and that is told too: an earlier run may have said
    otherwise.
    """
    codes: list[int] = []
    shared = _shared(gates)
    stopped = _announce(gates, shared)
    for gate in gates:
        progress = _run(gate, stopped, shared)
        codes.append(_exit_code(progress))
        stopped = progress.stopped
    return min(codes, key=WORST_FIRST.index)


def _shared(gates: Sequence[Gate]) -> list[Reporter]:
    """Find those who are told of several services: they hear of each when it begins."""
    every = [reporter for gate in gates for reporter in gate.reporters]
    return every if len(gates) == 1 else [reporter for reporter in every if every.count(reporter) > 1]


def _announce(gates: Sequence[Gate], shared: Sequence[Reporter]) -> tuple[Fault, ...]:
    """Tell the others at once: what an earlier run said of the last service does not hold any more."""
    try:
        for gate in gates:
            for reporter in gate.reporters:
                if reporter not in shared:
                    tell_one(gate, reporter, lambda one, gate=gate: one.started(gate.candidate))  # type: ignore[misc]
    except CancelledError as cancelled:
        return (_cancelled(cancelled),)
    return ()


def _exit_code(progress: Progress) -> int:
    if progress.exit_code is not None:
        return progress.exit_code
    return BUG_EXIT_CODE if progress.report is None else progress.report.verdict.exit_code


def _run(gate: Gate, stopped: tuple[Fault, ...], shared: Sequence[Reporter]) -> Progress:
    """Run the gate until everybody knows.

    A pull request must not wait for news that nobody sends, so the end is told come what may. A signal is heard once:
    what it interrupts of the end is begun again, and cannot be interrupted then.
    """
    progress = Progress(clock=time.monotonic(), waiting=list(gate.reporters), faults=[*gate.faults, *stopped])
    progress.begun, progress.stopped = bool(stopped), stopped
    while progress.report is None or progress.waiting:
        try:
            if not progress.begun:
                progress.begun = True
                _work(gate, progress, shared)
            _finish(gate, progress)
        except CancelledError as cancelled:
            progress.stopped = (_cancelled(cancelled),)
            if progress.report is None:
                progress.faults += progress.stopped
    return progress


def _work(gate: Gate, progress: Progress, shared: Sequence[Reporter]) -> None:
    try:
        for reporter in gate.reporters:
            if reporter in shared:
                tell_one(gate, reporter, lambda one: one.started(gate.candidate))
        for phase in A_PART if gate.policy.is_part else PHASES[gate.record]:
            try:
                phase(gate, progress)
            except GateError as error:
                progress.note_fault(error)
    except CancelledError:
        raise
    except BaseException as bug:  # noqa: BLE001 - whatever it is, the run must end with a report
        progress.faults.append(_bug(bug))
        progress.exit_code = BUG_EXIT_CODE
        gate.warn(gate.redact(traceback.format_exc()))


def _finish(gate: Gate, progress: Progress) -> None:
    """Decide, and tell those who do not know yet."""
    report = progress.report = progress.report or _decide(gate, progress)
    while progress.waiting:
        tell_one(gate, progress.waiting[0], lambda reporter: reporter.finished(report))
        progress.waiting.pop(0)


def _decide(gate: Gate, progress: Progress) -> Report:
    """Make the report; when a bug of ours keeps it from being made, one that says so."""
    try:
        return make_report(gate, progress)
    except CancelledError:
        raise
    except BaseException as bug:  # noqa: BLE001 - whatever it is, the run must end with a report
        gate.warn(gate.redact(traceback.format_exc()))
        progress.exit_code = BUG_EXIT_CODE
        bare = Progress(started_at=progress.started_at, clock=progress.clock, faults=[_bug(bug)])
        bare.recorded, bare.replaced, bare.unconfirmed = progress.recorded, progress.replaced, progress.unconfirmed
        bare.versions = progress.versions
        return make_report(gate, bare)


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
