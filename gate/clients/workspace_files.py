"""Files in the workspace, which belongs to somebody else: in the action's container the gate is root, the job is not.

What root leaves behind there, a self-hosted runner cannot clean up. Source: actions/runner#434.
"""

import os
from contextlib import suppress
from pathlib import Path


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
