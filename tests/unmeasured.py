"""Running tests without measuring what they cover."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import coverage


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure nothing, neither here nor in what is started from here."""
    configuration = os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.stop()
    try:
        yield
    finally:
        if measuring is not None:
            measuring.start()
        if configuration is not None:
            os.environ["COVERAGE_PROCESS_CONFIG"] = configuration
