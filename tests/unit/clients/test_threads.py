import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from gate.clients.threads import to_its_end, within
from gate.domain.errors import CancelledError


@pytest.fixture
def alarm() -> Iterator[None]:
    """Have a signal raise what the command line's own handler raises."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise CancelledError("SIGALRM")

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
def test_a_signal_is_heard_after_the_work_is_done() -> None:
    heard, done = threading.Event(), []

    def work() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        heard.wait(0.2)
        done.append("tidied up")

    with pytest.raises(CancelledError):
        to_its_end(work)

    assert done == ["tidied up"]


def test_work_returns_and_raises_as_if_done_here() -> None:
    assert to_its_end(lambda: 42) == within(5, lambda: 42) == 42
    for do in (to_its_end, lambda work: within(5, work)):
        with pytest.raises(ZeroDivisionError):
            do(lambda: 1 // 0)


def test_what_takes_longer_is_not_waited_for() -> None:
    endless = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, endless.wait)
    endless.set()
