"""Work that is not waited for beyond its time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises.

    Raises:
        TimeoutError: it took longer. It goes on in a thread that does not keep the process.
    """
    future: Future[T] = Future()
    threading.Thread(target=_do, args=(work, future), daemon=True).start()
    return future.result(seconds)


def _do(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits for it is told
        future.set_exception(error)
