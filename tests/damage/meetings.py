"""Processes that all get as far as their first write to the store, and go on at the same moment."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.damage.stores import Store

PATIENCE: Final = 60.0
"""Seconds for all to come. They wait for each other, not for a time."""
COMING: Final = """
import os, socket, sys

def come(event, arguments):
    global missing
    if missing and (writes(*arguments) if event == "open" else event == "subprocess.Popen" and "push" in arguments[1]):
        missing = False
        with socket.create_connection(("127.0.0.1", int(os.environ["MEETING"]))) as door:
            door.recv(1)

def writes(path, mode, flags):
    return flags & os.O_CREAT and str(path).startswith(os.environ["MEETING_ABOUT"])

missing = True
sys.addaudithook(come)
"""
"""What Python runs in each of them before anything else."""


@contextmanager
def meeting(folder: Path, store: Store, people: int) -> Iterator[dict[str, str]]:
    """Let processes meet that are started in the block with this environment; they go on when it ends."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(COMING)
    with socket.create_server(("127.0.0.1", 0), backlog=people) as door:
        door.settimeout(PATIENCE)
        path = os.pathsep.join([str(folder), *sys.path])
        yield {"MEETING": str(door.getsockname()[1]), "MEETING_ABOUT": store.options["store"], "PYTHONPATH": path}
        guests = [door.accept()[0] for _ in range(people)]
        for one in guests:
            one.close()
