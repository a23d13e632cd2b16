"""The tree as a branch of a git repository. Many write it at once: whoever comes second looks and decides again."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gate.clients.git_branch import GitBranch
from gate.domain.errors import StoreError
from gate.stores.built_in.tree import Decide

PATIENCE: Final = 240.0
"""Seconds for others to be quicker, each time, before this is a fault."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 4.0


class GitTree:
    """A tree on a branch. See `gate.stores.built_in.tree.Tree`.

    Args:
        branch: that holds it.
        pause: waits for so many seconds.
    """

    def __init__(self, branch: GitBranch, pause: Callable[[float], None] = time.sleep) -> None:
        self._branch = branch
        self._pause = pause
        self.where = f"{branch.where} (branch {branch.name})"

    def refresh(self) -> None:
        """Fetch what the branch is now. Until then it is what it was."""
        self._branch.fetch()

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return what is in each folder."""
        return self._branch.folders(folders)

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is in those files that are there."""
        return self._branch.files(paths)

    def add(self, decide: Decide) -> None:
        """Commit and push. A push that is refused because the branch has moved is decided anew."""
        deadline = time.monotonic() + PATIENCE
        pause = FIRST_PAUSE
        while True:
            self._branch.fetch()
            change = decide()
            if change is None or self._branch.push(change.files, f"{change.subject}\n\n{change.body}".strip()):
                return
            if time.monotonic() > deadline:
                what = f"others were always quicker to write, for {PATIENCE:g} s."
                raise StoreError(what, where=self.where, remedy="Run it again.")
            self._pause(random.uniform(0, pause))  # noqa: S311 - so that two do not meet again
            pause = min(2 * pause, LONGEST_PAUSE)
