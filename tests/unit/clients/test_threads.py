import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from types import FrameType

import pytest

from gate.clients.threads import each, within
from gate.domain.errors import CancelledError


def test_work_returns_and_raises_as_if_done_here() -> None:
    assert within(5, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_what_takes_longer_is_not_waited_for() -> None:
    endless = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, endless.wait)
    endless.set()


def test_results_come_in_the_order_of_the_items_whichever_is_ready_first() -> None:
    ready = [threading.Event() for _ in range(6)]
    ready[5].set()

    def after_the_next(number: int) -> int:
        assert ready[number].wait(5)
        if number:
            ready[number - 1].set()
        return number * number

    assert each(after_the_next, range(6), 6) == [0, 1, 4, 9, 16, 25]


def test_nothing_comes_of_nothing() -> None:
    assert each(str, [], 4) == []
    assert each(str, iter([7]), 4) == ["7"]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_as_many_as_allowed_are_done_at_once_and_no_more(at_once: int) -> None:
    together, lock = threading.Barrier(at_once), threading.Lock()
    running, most = 0, 0

    def count(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(5)  # only ends when as many as allowed are here
        with lock:
            running -= 1

    each(count, range(at_once * 4), at_once)

    assert most == at_once


def test_no_more_threads_are_begun_than_there_are_items() -> None:
    begun: set[int] = set()
    together = threading.Barrier(2)

    def note(_: int) -> None:
        begun.add(threading.get_ident())
        together.wait(5)

    each(note, range(2), 100)

    assert len(begun) == 2


@pytest.mark.parametrize("error", [ValueError("wrong"), CancelledError("SIGTERM"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_work_raises_is_raised_here(error: BaseException) -> None:
    def fail(number: int) -> None:
        if number == 1:
            raise error

    with pytest.raises(type(error)) as raised:
        each(fail, range(3), 2)

    assert raised.value is error


def test_the_first_error_is_raised_while_others_still_work() -> None:
    told = threading.Event()

    def fail(number: int) -> None:
        if number == 0:
            told.wait(5)
        raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        each(fail, range(2), 2)
    told.set()


def test_a_failure_is_told_before_the_rest_is_done_and_what_has_not_begun_is_left() -> None:
    begun: list[int] = []
    workers: set[threading.Thread] = set()
    others_begun, told = threading.Barrier(3), threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        workers.add(threading.current_thread())
        if number < 3:
            others_begun.wait(5)
        if number == 1:
            raise ZeroDivisionError
        told.wait(5)

    with pytest.raises(ZeroDivisionError):
        each(work, range(100), 3)
    told.set()
    for worker in workers.copy():
        worker.join(5)

    assert set(begun[:3]) == {0, 1, 2}
    assert len(begun) <= 4  # the failed one's thread may have had the next already
    assert all(worker.daemon for worker in workers)


@pytest.fixture
def _cancelled_by_a_signal() -> Iterator[None]:
    def cancel(_number: int, _frame: FrameType | None) -> None:
        raise CancelledError("SIGUSR1")

    before = signal.signal(signal.SIGUSR1, cancel)
    yield
    signal.signal(signal.SIGUSR1, before)


def _is_waited_for(thread: int | None) -> bool:
    frame = sys._current_frames().get(thread or 0)
    while frame is not None and frame.f_code is not wait.__code__:
        frame = frame.f_back
    return frame is not None


@pytest.mark.usefixtures("_cancelled_by_a_signal")
def test_a_signal_is_not_held_up_by_work_that_never_ends() -> None:
    begun: list[int] = []
    workers: set[threading.Thread] = set()
    endless, main = threading.Event(), threading.main_thread().ident

    def hang(number: int) -> None:
        begun.append(number)
        workers.add(threading.current_thread())
        if number == 1:
            while not _is_waited_for(main):
                endless.wait(0.001)
            os.kill(os.getpid(), signal.SIGUSR1)
        endless.wait(30)

    with pytest.raises(CancelledError):
        each(hang, range(10), 2)

    assert all(worker.is_alive() and worker.daemon for worker in workers)
    endless.set()
    for worker in workers.copy():
        worker.join(5)
    assert sorted(begun) == [0, 1]  # nothing was begun afterwards
