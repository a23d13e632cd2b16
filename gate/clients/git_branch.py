"""One branch of a git repository as a tree of files, of which only what is asked for comes over the network.

The first fetch brings the newest commit with its uppermost folders. What lies below comes when it is looked at, a level
at once: how often the server is asked depends on how deep the tree is, not on how many files there are.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from gate.clients.git_access import REMOTE, GitAccess
from gate.clients.git_commands import Git
from gate.clients.git_faults import Failure, GitError, RewrittenError
from gate.clients.git_fetches import PAUSES, Fetches
from gate.clients.git_objects import FILES, FOLDER, Entry, Objects
from gate.clients.workspace_files import hand_over_all

__all__ = ["GitAccess", "GitBranch", "GitError", "RewrittenError"]

NETWORK_LIMIT: Final = 120.0
"""Seconds for a command that goes to the repository."""

SIZE_LIMIT: Final = 20 * 1024**2

AUTHOR: Final = b"Contract Gate <contract-gate@users.noreply.github.com>"
NEW: Final = b"refs/contract-gate/new"


class GitBranch:
    """A branch as it was when last fetched, and a way to add to it. Not for several threads at once.

    Every method raises `GitError` when the repository cannot be read or written.

    Args:
        access: which branch.
        pause: waits for so many seconds.
        limit: seconds for a command that goes to the repository.
        size_limit: bytes that a file may have.
    """

    def __init__(
        self,
        access: GitAccess,
        *,
        pause: Callable[[float], None] = time.sleep,
        limit: float = NETWORK_LIMIT,
        size_limit: int = SIZE_LIMIT,
    ) -> None:
        self.where = access.where
        self.name = access.branch
        self._access = access
        self._branch = f"refs/heads/{access.branch}"
        self._pause = pause
        self._limit = limit
        self._size_limit = size_limit
        self._opened: tuple[Git, Fetches, Objects] | None = None
        self._commit: str | None = None
        self._top: str | None = None
        self._overtaken: set[str | None] = set()

    def close(self) -> None:
        """Remove what was fetched. At the end of the process, this happens by itself."""
        if self._opened is not None:
            self._opened[0].close()

    def fetch(self) -> str | None:
        """Fetch what the branch is now. Return its commit, None when there is no such branch.

        Raises:
            RewrittenError: it no longer contains the commit that it was at before.
        """
        tip = self._fetches.tip(alone=self._commit is None)
        if self._commit is not None and (tip is None or not self._contains(tip, self._commit)):
            raise RewrittenError(
                f"the branch {self.name} was rewritten while this run went on.",
                where=self.where,
                remedy="Run it again, and protect the branch: nobody may force-push or delete it.",
            )
        self._be_at(tip)
        return tip

    def folders(self, paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the sorted names of what is in each folder, none where nothing is of that name. The top is empty."""
        found = self._find(paths)
        self._refuse_others(found, paths, {FOLDER})
        ids = {path: found[path].id for path in paths if path in found}
        inside = self._objects.folders(ids.values())
        return {path: tuple(sorted(inside[ids[path]])) if path in ids else () for path in paths}

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Return the content of those of these files that are there."""
        found = self._find(paths)
        self._refuse_others(found, paths, FILES)
        ids = {path: found[path].id for path in paths if path in found}
        contents = self._objects.contents(ids.values(), self._size_limit)
        return {path: contents[object_id] for path, object_id in ids.items()}

    def push(self, files: Mapping[str, bytes], message: str) -> bool:
        """Commit files on top of what was fetched last, and push that if the branch is still the same.

        Returns:
            Whether it was pushed. If not, somebody else was quicker: fetch, and decide anew.

        Raises:
            GitError: the server refuses it, or nobody knows whether it was pushed.
        """
        commit, since = self._written(files, message), time.time()
        is_pushed = self._is_pushed(commit)
        if self._access.is_local:
            hand_over_all(self._access.folder, since)
        if is_pushed:
            self._be_at(commit)
        return is_pushed

    @property
    def _git(self) -> Git:
        return self._open()[0]

    @property
    def _fetches(self) -> Fetches:
        return self._open()[1]

    @property
    def _objects(self) -> Objects:
        return self._open()[2]

    def _open(self) -> tuple[Git, Fetches, Objects]:
        if self._opened is None:
            git = Git(self._access, self._limit)
            fetches = Fetches(git, self._branch, self._pause)
            self._opened = git, fetches, Objects(git, fetches.bring)
        return self._opened

    def _be_at(self, commit: str | None) -> None:
        if commit != self._commit:
            self._commit, self._top = commit, None

    def _contains(self, tip: str, commit: str) -> bool:
        return tip == commit or self._git.run("merge-base", "--is-ancestor", commit, tip, also=[1]).code == 0

    def _find(self, paths: Sequence[str]) -> Mapping[str, Entry]:
        if self._commit is None:
            return {}
        if self._top is None:
            self._top = self._objects.contents([self._commit], self._size_limit)[self._commit].split()[1].decode()
        return self._objects.find(self._top, paths)

    def _refuse_others(self, found: Mapping[str, Entry], paths: Sequence[str], modes: Collection[str]) -> None:
        """Refuse what is of another kind: it would be taken for nothing. A symbolic link is neither file nor folder."""
        for path in paths:
            names = path.split("/")
            above = ["/".join(names[:depth]) for depth in range(1, len(names))]
            for one, kinds in [*((one, {FOLDER}) for one in above), (path, modes)]:
                if one in found and found[one].mode not in kinds:
                    raise GitError(
                        "what is there is no folder, or no file, where it should be one.",
                        where=f"{self.where}: {one}",
                        remedy="Restore it as it was.",
                    )

    def _written(self, files: Mapping[str, bytes], message: str) -> str:
        """Make the commit. Of what is there already, it takes only the folders on the way to the files."""
        paths = tuple(files)
        self._refuse_others(self._find(paths), paths, FILES)
        text = message.encode(errors="replace")
        stream = [
            b"commit %s\nmark :1\ncommitter %s %d +0000\ndata %d\n%s\n" % (NEW, AUTHOR, time.time(), len(text), text),
            b"from %s\n" % self._commit.encode() if self._commit else b"",
            *(
                b"M 100644 inline %s\ndata %d\n%s\n" % (_quoted(path), len(content), content)
                for path, content in files.items()
            ),
            b"get-mark :1\ndone\n",
        ]
        return self._git.line("fast-import", "--quiet", "--force", "--done", given=b"".join(stream))

    def _is_pushed(self, commit: str, pauses: Sequence[float] = PAUSES) -> bool:
        """Push a commit in the place of the one that was fetched last, and of no other. It may arrive twice."""
        failure = self._push_once(commit)
        if failure is None:
            return True
        if failure.is_stale and pauses is PAUSES and self._commit not in self._overtaken:
            self._overtaken.add(self._commit)
            return False
        tip = self._tip_after(failure)
        if tip is not None and self._contains(tip, commit):
            return True
        if tip != self._commit or failure.is_contention:
            return False
        if not pauses or not failure.is_passing:
            raise failure.error()
        self._pause(pauses[0])
        return self._is_pushed(commit, pauses[1:])

    def _push_once(self, commit: str) -> Failure | None:
        lease = f"--force-with-lease={self._branch}:{self._commit or ''}"
        done = self._git.go("push", "--porcelain", "--quiet", "--no-verify", lease, REMOTE, f"{commit}:{self._branch}")
        return self._git.failure(done) if done.code else None

    def _tip_after(self, failure: Failure) -> str | None:
        """Look where the branch is after a push that failed, or whose answer got lost."""
        if failure.is_refusal:
            raise failure.error()
        try:
            return self._fetches.tip(alone=False)
        except GitError as error:
            raise GitError(
                f"nobody knows whether the push arrived: {error.what}", where=self.where, remedy=error.remedy
            ) from error


def _quoted(path: str) -> bytes:
    """Quote a path for `git fast-import`."""
    quoted = path.encode(errors="surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"%s"' % quoted
