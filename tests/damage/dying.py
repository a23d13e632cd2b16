"""A program that does one thing again and again, each time in a process that is killed at its next write.

It is a program of its own, because only a process without threads may fork.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.damage.scenes import ACTIONS
from tests.damage.stores import FolderStore, GitStore, Store

WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGING: Final = frozenset({"os.mkdir", "os.link", "os.remove", "os.rename", "os.rmdir", "os.truncate"})
COMMITTING: Final = "fast-import"
"""Before git is started to do this, nothing is written."""
GOING: Final = frozenset({COMMITTING, "push", "fetch"})
NEVER: Final = 10**9
Hook = Callable[[str, Sequence[Any]], None]
ADOPT: Final = 36
"""PR_SET_CHILD_SUBREAPER: what a killed process has started becomes our child, so that we can wait for it."""


def main(kind: str, template: Path, folder: Path, action: str, times: str) -> None:
    """Leave a copy of the store for each write at which it was killed, and the last for when it was not.

    Or do it once, and somebody else who knows the process by the variable DYING may kill it.
    """
    assert ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0) == 0
    original: Store = FolderStore(template) if kind == "folder" else GitStore(template)
    number, through = 0, False
    while not through:
        number += 1
        own = folder / f"{number:03d}"
        own.mkdir(parents=True)
        store = original.copied(own / template.name)
        child = os.fork()
        if child == 0:
            _live_until(number if times == "each" else NEVER, store, own, ACTIONS[action])
        through = _ended(child) or times == "once"


def _live_until(number: int, store: Store, folder: Path, act: Callable[[Store, Path], Any]) -> None:
    left = number

    def write() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def bring_to_disk(fd: Any) -> None:
        write()
        fsync(fd)

    os.chdir(folder)
    os.environ["DYING"] = str(os.getpid())
    if store.kind == "git":
        sys.addaudithook(_on_git(write))
    else:
        sys.addaudithook(_on_files(write))
        fsync, os.fsync = os.fsync, bring_to_disk
    act(store, folder)
    os._exit(0)


def _on_files(write: Callable[[], None]) -> Hook:
    def hook(event: str, arguments: Sequence[Any]) -> None:
        if event in CHANGING or (event == "open" and arguments[2] & WRITING):
            write()

    return hook


def _on_git(write: Callable[[], None]) -> Hook:
    committing = False

    def hook(event: str, arguments: Sequence[Any]) -> None:
        nonlocal committing
        if event == "subprocess.Popen" and arguments[1][1] in GOING:
            committing = committing or arguments[1][1] == COMMITTING
            if committing:
                write()

    return hook


def _ended(child: int) -> bool:
    """Wait for a process and for all that it has started; say whether it ended by itself."""
    statuses = {}
    with suppress(ChildProcessError):
        while True:
            pid, status = os.wait()
            statuses[pid] = status
    if os.WIFEXITED(statuses[child]):
        assert os.WEXITSTATUS(statuses[child]) == 0
        return True
    assert os.WTERMSIG(statuses[child]) == signal.SIGKILL
    return False


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
