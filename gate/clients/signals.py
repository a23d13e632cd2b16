"""Signals that tell the gate to stop: heard once, and not in the midst of what must be done to its end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from gate.domain.errors import CancelledError

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Ear:
    """What was heard. Handlers run in the main thread, between two of its steps, so that no lock is needed."""

    def __init__(self) -> None:
        self._held = 0
        self._heard = ""

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """Stop the run in good order. Once is enough: a second signal must not interrupt the tidying up."""
        ignore()
        name = signal.Signals(number).name
        if not self._held:
            raise CancelledError(name)
        self._heard = name

    @contextmanager
    def covered(self) -> Iterator[None]:
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            name, self._heard = self._heard, ""
            if name:
                raise CancelledError(name)


_EAR: Final = _Ear()
hear = _EAR.hear
undisturbed = _EAR.covered
"""A block that a signal does not interrupt. It is heard at the end of the block, as a `CancelledError`."""


def listen() -> None:
    """From here on the first signal raises `CancelledError`."""
    for number in SIGNALS:
        signal.signal(number, hear)


def ignore() -> None:
    """From here on no signal changes anything."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
