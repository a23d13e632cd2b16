"""Work that is not waited for beyond its time."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises.

    Raises:
        TimeoutError: it took longer. It goes on in a thread that does not keep the process.
    """
    future: Future[T] = Future()
    threading.Thread(target=_do, args=(work, future), daemon=True).start()
    return future.result(seconds)


def each(function: Callable[[Item], T], items: Iterable[Item], at_once: int) -> list[T]:
    """Return what `function` makes of each item, in their order; at most `at_once` of them at the same time.

    The first that raises ends it: what has not begun is left alone, and nobody waits for the rest.
    """
    waiting: SimpleQueue[tuple[Callable[[], T], Future[T]]] = SimpleQueue()
    futures: list[Future[T]] = []
    for item in items:
        futures.append(Future())
        waiting.put((partial(function, item), futures[-1]))
    over = threading.Event()
    try:
        for _ in range(min(at_once, len(futures))):
            threading.Thread(target=_do_each, args=(waiting, over), daemon=True).start()
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    finally:
        over.set()
    failed = [error for future in futures if future in done and (error := future.exception()) is not None]
    if failed:
        raise failed[0]
    return [future.result() for future in futures]


def _do_each(waiting: SimpleQueue[tuple[Callable[[], T], Future[T]]], over: threading.Event) -> None:
    with suppress(Empty):
        while not over.is_set():
            work, future = waiting.get_nowait()
            _do(work, future)
            if future.exception() is not None:
                over.set()


def _do(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits for it is told
        future.set_exception(error)
