"""Fetching from a branch as little as its server allows."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from gate.clients.git_access import REMOTE
from gate.clients.git_commands import Done, Git
from gate.clients.git_faults import NO_BRANCH, NO_FILTER, NO_SINGLE_OBJECTS, PACKET

PAUSES: Final = (1.0, 4.0)
"""Seconds before each further attempt, after a fault that may pass."""

FILTERS: Final = ("tree:3", "tree:0", "blob:none", "")
"""What comes with a commit: three levels of folders, none, all, everything. A server may refuse some of these."""

LEAST: Final = {"tree:3": "tree:0"}
"""What to ask for when an object is wanted without what is in it."""

AT_ONCE: Final = 16_384
"""Objects in one request, so that it stays below a mebibyte: not every server takes a longer one."""

LOOKS: Final = 3
"""How often to look for a branch that appears and disappears."""

TIP: Final = "refs/contract-gate/tip"


class Fetches:
    """Ways to fetch from a branch.

    Args:
        git: with a repository of our own.
        branch: as `refs/heads/...`.
        pause: waits for so many seconds.
    """

    def __init__(self, git: Git, branch: str, pause: Callable[[float], None]) -> None:
        self._git = git
        self._branch = branch
        self._pause = pause
        self._filters = list(FILTERS)

    def tip(self, *, alone: bool) -> str | None:
        """Fetch the commit that the branch is at, None when there is no branch.

        Args:
            alone: without those before it. If not, with all that are not here yet.
        """
        how = [*(["--depth=1"] if alone else []), REMOTE, f"+{self._branch}:{TIP}"]
        done = Done(code=0, errors="")
        for _ in range(LOOKS):
            done = self._fetch(self._filters[0], *how)
            while done.code and self._filters[0] and NO_FILTER.search(done.errors):
                del self._filters[0]
                done = self._fetch(self._filters[0], *how)
            if NO_BRANCH.format(branch=self._branch) not in done.errors.splitlines():
                self._check(done)
                return self._git.line("rev-parse", "--verify", TIP)
            if self._is_absent():
                return None
        raise self._git.failure(done).error()

    def _is_absent(self) -> bool:
        """Say whether it is git that says that there is no branch, and not a page about a proxy or a login.

        Git takes any page for the list of branches of a server without programs, if need be for an empty list.
        """
        done = self._go("ls-remote", "--quiet", REMOTE, self._branch, traced=True)
        self._check(done)
        listed = [line.partition(b"\t")[2].decode(errors="surrogateescape") for line in done.output.splitlines()]
        return self._branch not in listed and PACKET.search(done.errors) is not None

    def bring(self, ids: Sequence[str]) -> None:
        """Fetch objects by their ids, without what is in them where that can be had."""
        for start in range(0, len(ids), AT_ONCE):
            self._bring(ids[start : start + AT_ONCE])

    def _bring(self, ids: Sequence[str]) -> None:
        least = LEAST.get(self._filters[0], self._filters[0])
        given = "\n".join([*ids, ""]).encode()
        # As git itself does it: otherwise it says which commits are here, and is given nothing that belongs to these.
        settings = [("fetch.negotiationAlgorithm", "noop")]
        done = self._fetch(least, "--stdin", REMOTE, given=given, settings=settings)
        if NO_SINGLE_OBJECTS in done.errors:
            self._filters = [""]
            done = self._fetch("", "--refetch", REMOTE, f"+{self._branch}:{TIP}")
        self._check(done)

    def _fetch(
        self, chosen: str, *arguments: str, given: bytes = b"", settings: Sequence[tuple[str, str]] = ()
    ) -> Done:
        options = ["--quiet", "--no-tags", "--no-write-fetch-head"]
        if chosen:
            # Said to this command alone, so that no other one fetches what it misses, one object after another.
            promisor = ((f"remote.{REMOTE}.promisor", "true"), (f"remote.{REMOTE}.partialCloneFilter", chosen))
            options, settings = [*options, f"--filter={chosen}"], [*settings, *promisor]
        return self._go("fetch", *options, *arguments, given=given, settings=settings)

    def _go(
        self, *arguments: str, given: bytes = b"", settings: Sequence[tuple[str, str]] = (), traced: bool = False
    ) -> Done:
        """Run what reads, and again after a fault that may pass."""
        go = partial(self._git.go, *arguments, given=given, settings=settings, traced=traced)
        for pause in PAUSES:
            done = go()
            if not done.code or not self._git.failure(done).is_passing:
                return done
            self._pause(pause)
        return go()

    def _check(self, done: Done) -> None:
        if done.code:
            raise self._git.failure(done).error()
