"""The memory that a process and all that it started take together, at their worst moment. Linux alone tells it."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

INTERVAL: Final = 0.02
"""Seconds from one look to the next."""
STEP: Final = 4 * 1024**2
"""Bytes by which the tree has to have changed to be looked at closely, which takes a millisecond for each process."""
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Peak:
    """Watches a process and its descendants, from a thread, as long as it is entered.

    What counts is the sum of the proportional set sizes: a page that several processes share counts once. To ask for it
    holds them up, so the resident sizes are looked at first, and the proportional ones asked for only when their sum
    has changed by `STEP`. The peak is right to within about that. A process that was started a moment ago and has not
    its own program yet lives in its parent's memory, and both would count it: two of just the same size are not
    believed, and looked at again.

    Args:
        pid: of the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before = 0
        while not self._over.wait(INTERVAL):
            processes = list(_tree(self._pid))
            resident = _each(_resident, processes)
            if len(set(resident)) == len(resident) and abs(sum(resident) - before) >= STEP:
                before = sum(resident)
                self.megabytes = max(self.megabytes, sum(_each(_proportional, processes)) / 1e6)


def _tree(pid: int) -> Iterator[int]:
    """Yield a process and its descendants; each thread has children of its own."""
    yield pid
    with suppress(OSError):
        for children in Path("/proc", str(pid), "task").glob("*/children"):
            for child in children.read_text(encoding="ascii").split():
                yield from _tree(int(child))


def _each(size: Callable[[int], int], processes: Iterable[int]) -> list[int]:
    """Return the sizes that are still to be read: a process may have ended, and an ended one has none."""
    sizes: list[int] = []
    for pid in processes:
        with suppress(OSError, LookupError):
            sizes.append(size(pid))
    return [one for one in sizes if one]


def _resident(pid: int) -> int:
    return int(Path("/proc", str(pid), "statm").read_text(encoding="ascii").split()[1]) * PAGE


def _proportional(pid: int) -> int:
    lines = Path("/proc", str(pid), "smaps_rollup").read_text(encoding="ascii").splitlines()
    sizes = {name: value for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(sizes["Pss"].split()[0]) * 1024
