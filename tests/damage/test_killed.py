"""A writer may be killed at any write: what is in the store then is less than was meant, and never something else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.damage.commands import ALLOW, UNKNOWN
from tests.damage.scenes import ACTIONS, answers, said
from tests.damage.stores import FolderStore, GitStore, Store

pytestmark = pytest.mark.timeout(180)
PROJECT: Final = Path(__file__).parents[2]
WRITERS: Final = [
    *(("folder", action) for action in ACTIONS),
    ("git", "publish"),
    ("git", "keep results of which one is bad"),
    ("git", "record a deployment of an unknown version"),
]
"""Git needs a second for each kill. There, one writer is as good as another: all that it writes is a commit."""


def _killed(store: Store, folder: Path, action: str, times: str = "each") -> list[Store]:
    """Return the store as it is after each kill; the last one was not killed."""
    where = Path(store.options["store"])
    command = [sys.executable, "-m", "tests.damage.dying", store.kind, str(where), str(folder), action, times]
    (folder / "temporary").mkdir(parents=True)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder / "temporary"), "PYTHONPATH": str(PROJECT)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert run.returncode == 0, run.stderr
    kind = FolderStore if store.kind == "folder" else GitStore
    return [kind(one / where.name) for one in sorted(folder.glob("[0-9]*"))]


@pytest.mark.parametrize(("store", "action"), WRITERS, indirect=["store"])
def test_a_killed_writer_leaves_what_was_or_what_should_be_or_what_nobody_knows(
    store: Store, workspace: Path, action: str
) -> None:
    _dies_and_is_started_again(store, workspace, action)


def test_so_does_the_first_writer_of_all(empty: Store, workspace: Path) -> None:
    _dies_and_is_started_again(empty, workspace, "publish")


def _dies_and_is_started_again(store: Store, workspace: Path, action: str) -> None:
    before = answers(store.checked_out(workspace / "before"))
    *killed, last = _killed(store, workspace / "killed", action)
    after = answers(last.checked_out(workspace / "after"))
    assert killed
    for number, one in enumerate(killed):
        found = answers(one.checked_out(workspace / f"seen-{number}"))
        wrong = {asked: code for asked, code in found.items() if code not in {before[asked], after[asked], UNKNOWN}}
        assert (number, wrong) == (number, {})

        ACTIONS[action](one, workspace)
        assert (number, said(one)) == (number, said(last))


@pytest.mark.parametrize("store", ["git"], indirect=True)
@pytest.mark.parametrize("hook", ["pre-receive", "post-receive"])
@pytest.mark.parametrize("who", ["$DYING", "$DYING 0"], ids=["the gate alone", "the gate and all of git"])
def test_killed_while_the_server_takes_what_is_pushed(store: Store, workspace: Path, hook: str, who: str) -> None:
    assert isinstance(store, GitStore)
    before, commits = said(store), store.commits()
    script = store.repository / "hooks" / hook
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\nkill -9 {who}\n")
    script.chmod(0o755)

    (killed,) = _killed(store, workspace / "killed", "publish", "once")
    assert isinstance(killed, GitStore)
    (killed.repository / "hooks" / hook).unlink()
    is_there = said(killed) != before
    assert is_there is not (hook == "pre-receive" and who == "$DYING 0")
    assert ACTIONS["publish"](killed, workspace).code == ALLOW
    script.unlink()
    assert ACTIONS["publish"](store, workspace).code == ALLOW
    assert said(killed) == said(store)
    assert len(killed.commits()) == len(commits) + 1
