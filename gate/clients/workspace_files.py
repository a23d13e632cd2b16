"""Files in the workspace, which belongs to somebody else: in the action's container the gate is root, the job is not.

What root leaves behind there, a self-hosted runner cannot clean up. Source: actions/runner#434.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def make_folder(folder: Path) -> None:
    """Make a folder, with those above it, for the owner of the lowest one that exists. Raises `OSError`."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        hand_over(folder)


def hand_over(path: Path) -> None:
    """Give a file or folder to the owner of the folder that it lies in, where the gate may."""
    with suppress(OSError):
        owner = path.parent.stat()
        # What a link leads to is not ours to give away.
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def hand_over_all(folder: Path, since: float) -> None:
    """Give what root has made below a folder to the owner of the folder, where the gate is root and he is not.

    Args:
        folder: on whose file system it stays.
        since: seconds of the epoch. What is older is not touched.
    """
    with suppress(OSError):
        owner = folder.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            _give_away(folder, owner, since)


def _give_away(folder: Path, owner: os.stat_result, since: float) -> None:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)  # noqa: PTH118 - there may be a hundred thousand of them
            with suppress(OSError):
                found = os.lstat(path)
                if found.st_uid == 0 and found.st_ctime >= since and found.st_dev == owner.st_dev:
                    os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def open_fresh(path: Path, buffering: int = -1) -> BinaryIO:
    """Open a file to write it anew. A link that a checkout brought along is replaced, and not followed."""
    workspace = Path.cwd().resolve()
    if path.is_symlink() and workspace != Path("/") and path.parent.resolve().is_relative_to(workspace):
        path.unlink()
    return path.open("wb", buffering)
