"""The order of a run, and its end.

Whatever goes wrong on the way, the run ends with a report: a fault makes the verdict unknown, and a run that was told
to stop or that met a bug of ours says so in the same place.
"""

import time
import traceback
from collections.abc import Callable

from gate.domain.contracts import Fault
from gate.domain.errors import BUG_EXIT_CODE, CancelledError, GateError
from gate.domain.report import Report
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.lookup import look_up
from gate.pipeline.news import tell, tell_one
from gate.pipeline.reporting import make_report
from gate.pipeline.verification import fetch, verify

PHASES: tuple[Callable[[Gate, Progress], None], ...] = (fetch, verify, look_up)
"""One that fails does not keep the next from finding a break: that outweighs whatever is unknown."""


def run(gate: Gate) -> int:
    """Run the gate and return the process's exit code.

    A pull request must not wait for news that nobody sends, so the end is told come what may. A signal is heard once:
    what it interrupts of the end is begun again, and cannot be interrupted then.
    """
    progress = Progress(clock=time.monotonic(), waiting=list(gate.reporters))
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


def _work(gate: Gate, progress: Progress) -> None:
    try:
        tell(gate, lambda reporter: reporter.started(gate.candidate))
        for phase in PHASES:
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
