import threading

import pytest

from gate.clients.threads import within


def test_work_returns_and_raises_as_if_done_here() -> None:
    assert within(5, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_what_takes_longer_is_not_waited_for() -> None:
    endless = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, endless.wait)
    endless.set()
