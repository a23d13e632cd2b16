"""What git says about the workspace. Every answer may be None: a workspace need not be a repository."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HARMLESS: Final = (
    "--no-optional-locks",  # the index belongs to the job, and root would make it its own
    *("-c", "safe.directory=*"),  # a container's root does not own the mounted workspace
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.checkStat=default"),  # a changed file of the same size and time is to be seen
    *("-c", "core.trustctime=true"),
)
"""What keeps a repository's own configuration from starting programs when it is merely asked."""

OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
"""A question about the workspace fetches nothing, and so starts nothing that fetches."""

LITERAL: Final = {"GIT_LITERAL_PATHSPECS": "1"}
"""A path is a path, whatever signs are in it."""

AS_RECORDED: Final = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
"""History as it was committed: a repository can tell git to take another commit in the place of one."""

PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "GIT_CEILING_DIRECTORIES")
"""What git gets of the environment: no secret, and nothing that would have it look at another repository."""

DEFAULT_BRANCH: Final = "refs/remotes/origin/HEAD"
MAX_FILE: Final = 1024 * 1024
"""Of what a branch has, in bytes."""

FILE: Final = re.compile(rb"100\d{3} blob (?P<id>[0-9a-f]+) +(?P<size>\d+)\t(?P<name>[^\0]+)\0")
"""How git lists one file. A symbolic link, a folder and a submodule have other modes."""

ENTRY: Final = re.compile(rb"(?P<tag>.) (?P<mode>\d{6}) [0-9a-f]+ \d\t(?P<name>.+)", re.DOTALL)
"""How git lists what it tracks: a small tag stands before what it passes over, `S` before what need not be there."""

SUBMODULE: Final = b"160000"

FILTER: Final = re.compile(rb"filter\..*\.(clean|process)", re.DOTALL)
"""Settings that name a program for git to start when it looks at a changed file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """The last commit that changed a path."""

    commit: str
    """In full."""
    certain: bool
    """Not so where history was fetched only down to this commit: it seems to have made all that it has."""


def head_commit(folder: Path) -> str | None:
    """Return the commit that is checked out in `folder`, in full."""
    return _ask(folder, "rev-parse", "--verify", "HEAD")


def branch(folder: Path) -> str | None:
    """Return the branch that is checked out, None for a detached HEAD."""
    return _ask(folder, "symbolic-ref", "--short", "--quiet", "HEAD")


def is_modified(folder: Path, path: str | None = None) -> bool:
    """Say whether tracked files differ from the commit. A question that git cannot answer counts as a yes.

    Args:
        folder: in a repository.
        path: from `folder` on. None is not `.`: it is the whole repository, wherever in it `folder` lies.
    """
    names = _read(folder, "config", "--null", "--name-only", "--list")
    if names is None:
        return True
    filters = [os.fsdecode(name) for name in names.split(b"\0") if FILTER.fullmatch(name)]
    limit = [] if path is None else ["--", path]
    told = ("--porcelain", "--untracked-files=no", "--ignore-submodules=dirty")
    answer = _read(folder, "status", *told, *limit, emptied=filters)
    return answer != b"" or _is_passed_over(folder, limit)


def _is_passed_over(folder: Path, limit: Sequence[str]) -> bool:
    """Say whether something differs that `git status` was told, or has, not to look at.

    By `assume-unchanged` or `skip-worktree` a file, where a sparse checkout has none; by `core.worktree` all of them,
    when it is another folder's that git looks at; and what is in a submodule, which has settings of its own.
    """
    top = _ask(folder, "rev-parse", "--show-toplevel")
    if top is None or not folder.resolve().is_relative_to(Path(top).resolve()):
        return True
    base = folder if limit else Path(top)
    listed = _read(base, "ls-files", "-v", "--stage", "-z", *limit)
    entries = [found for entry in (listed or b"").split(b"\0") if (found := ENTRY.fullmatch(entry))]
    return listed is None or any(_differs(base / os.fsdecode(found["name"]), found) for found in entries)


def _differs(path: Path, entry: re.Match[bytes]) -> bool:
    if entry["tag"].islower() or (entry["tag"] == b"S" and os.path.lexists(path)):
        return True
    if entry["mode"] != SUBMODULE:
        return False
    # Files without a repository are from anywhere; an empty folder, or none, is a submodule that is not checked out.
    return is_modified(path) if os.path.lexists(path / ".git") else path.is_dir() and any(path.iterdir())


def commit_of(folder: Path, name: str) -> str | None:
    """Return the commit that `name` (a tag, a branch, the beginning of a commit) stands for in `folder`, in full."""
    return _ask(folder, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")


def last_change(folder: Path, commit: str, path: str) -> LastChange | None:
    """Return the last commit, `commit` or one before it, that changed what is at `path`, or below it.

    Of a merge, the side counts that `path` was taken from, and the merge itself where it took something from each. A
    symbolic link is a file of its own: what it leads to is another path.

    Args:
        folder: in a repository.
        commit: its name, or what stands for it.
        path: from `folder` on. `.` is all of `folder`.
    """
    start = commit_of(folder, commit)
    found = start and _ask(folder, "rev-list", "--max-count=1", start, "--", path)
    if not found:
        return None
    # The parents that history has here, and then, in the commit itself, those that it was made with.
    told = _read(folder, "rev-list", "--no-walk", "--parents", "--header", found) or b""
    known, *headers = told.partition(b"\n\n")[0].splitlines() or [b""]
    made_with = [header.removeprefix(b"parent ") for header in headers if header.startswith(b"parent ")]
    return LastChange(commit=found, certain=known.split() == [found.encode(), *made_with])


def prefix(folder: Path) -> str | None:
    """Return where `folder` lies in its repository, as `services/orders/`. For the top it is empty."""
    answer = _read(folder, "rev-parse", "--is-inside-work-tree", "--show-prefix")
    inside, _, found = (answer or b"").partition(b"\n")
    return os.fsdecode(found.removesuffix(b"\n")) if inside == b"true" else None


def file_on_default_branch(folder: Path, name: str) -> bytes | None:
    """Return a file, byte for byte, from the default branch of the remote, as it was when last fetched.

    A symbolic link is not followed, and more than a mebibyte is not read: both are None.

    Args:
        folder: in a repository.
        name: of the file, from the repository's top on.
    """
    listed = FILE.fullmatch(_read(folder, "ls-tree", "--full-tree", "--long", "-z", DEFAULT_BRANCH, "--", name) or b"")
    if listed is None or listed["name"] != os.fsencode(name) or int(listed["size"]) > MAX_FILE:
        return None
    return _read(folder, "cat-file", "blob", listed["id"].decode())


def _ask(folder: Path, *arguments: str) -> str | None:
    """Ask git for one line."""
    answer = _read(folder, *arguments)
    return None if answer is None else answer.decode(errors="replace").strip()


def _read(folder: Path, *arguments: str, emptied: Sequence[str] = ()) -> bytes | None:
    """Ask git, with the settings `emptied` set to nothing. As variables, because a name may have a `=` in it."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment = passed_on | OFFLINE | LITERAL | AS_RECORDED | {"GIT_CONFIG_COUNT": str(len(emptied))}
    for number, name in enumerate(emptied):
        environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": ""}
    command = ["git", *HARMLESS, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command, env=environment, capture_output=True, check=False, timeout=30, **_owner(folder)
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _owner(folder: Path) -> dict[str, Any]:
    """Be the owner of the folder while asking, where the gate is root: he cannot look into the gate."""
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return {}
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
