"""How much memory a process and all that comes of it take at most."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

INTERVAL: Final = 0.02
MEBIBYTE: Final = 1024


@dataclass(slots=True)
class Peak:
    """The most that was seen, in MiB of resident memory."""

    itself: int = 0
    """Of the process. No moment of it is missed, as the system keeps it."""
    child: int = 0
    """Of the largest of those that came of it."""
    tree: int = 0
    """Of all of them at one moment; what they share counts for each."""


@contextmanager
def watching(pid: int) -> Iterator[Peak]:
    """Look at a process and its descendants until the end of the block. Linux only: elsewhere all is 0."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(INTERVAL):
            now = {one: _memory(one) for one in _tree(pid)}
            peak.itself = max(peak.itself, now.get(pid, (0, 0))[1])
            peak.child = max([peak.child, *(most for one, (_, most) in now.items() if one != pid)])
            peak.tree = max(peak.tree, sum(resident for resident, _ in now.values()))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _tree(pid: int) -> Iterator[int]:
    """Name a process and its descendants, also those that lead a group of their own."""
    yield pid
    found: list[str] = []
    with suppress(OSError):  # it may end at any moment
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            found += Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
    for child in found:
        yield from _tree(int(child))


def _memory(pid: int) -> tuple[int, int]:
    """Return what a process has and the most it ever had, in MiB; nothing of one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    values = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB$", status, re.MULTILINE))
    return int(values.get("VmRSS", 0)) // MEBIBYTE, int(values.get("VmHWM", 0)) // MEBIBYTE
