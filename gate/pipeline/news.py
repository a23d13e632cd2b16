"""Telling the reporters."""

from collections.abc import Callable

from gate.domain.errors import CancelledError
from gate.pipeline.gate import Gate
from gate.ports import Reporter


def tell(gate: Gate, message: Callable[[Reporter], None]) -> None:
    """Tell every reporter. News that fails to be delivered is a warning: it never changes the verdict."""
    for reporter in gate.reporters:
        tell_one(gate, reporter, message)


def tell_one(gate: Gate, reporter: Reporter, message: Callable[[Reporter], None]) -> None:
    """Tell one reporter; see `tell`."""
    try:
        message(reporter)
    except CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is only news
        gate.warn(gate.redact(f"{reporter.news} could not be delivered: {error}"))
