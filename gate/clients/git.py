"""What git says about the workspace. Every answer may be None: a workspace need not be a repository."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

HARMLESS: Final = (
    "--no-optional-locks",  # the index belongs to the job, and root would make it its own
    *("-c", "safe.directory=*"),  # a container's root does not own the mounted workspace
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
)
"""What keeps a repository's own configuration from starting programs when it is merely asked."""

OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
"""A question about the workspace fetches nothing, and so starts nothing that fetches."""

PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "GIT_CEILING_DIRECTORIES")
"""What git gets of the environment: no secret, and nothing that would have it look at another repository."""


def head_commit(folder: Path) -> str | None:
    """Return the commit that is checked out in `folder`, in full."""
    return _ask(folder, "rev-parse", "--verify", "HEAD")


def branch(folder: Path) -> str | None:
    """Return the branch that is checked out, None for a detached HEAD."""
    return _ask(folder, "symbolic-ref", "--short", "--quiet", "HEAD")


def is_modified(folder: Path) -> bool:
    """Say whether tracked files differ from the commit. A question that git cannot answer counts as a yes."""
    names = _ask(folder, "config", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$") or ""
    answer = _ask(folder, "status", "--porcelain", "--untracked-files=no", emptied=names.splitlines())
    return answer is None or answer != ""


def commit_of(folder: Path, name: str) -> str | None:
    """Return the commit that `name` (a tag, a branch, the beginning of a commit) stands for in `folder`, in full."""
    return _ask(folder, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")


def _ask(folder: Path, *arguments: str, emptied: Sequence[str] = ()) -> str | None:
    """Ask git, with the settings `emptied` set to nothing. As variables, because a name may have a `=` in it."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | OFFLINE
    environment |= {"GIT_CONFIG_COUNT": str(len(emptied))}
    for number, name in enumerate(emptied):
        environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": ""}
    command = ["git", *HARMLESS, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=30,
            **_owner(folder),
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _owner(folder: Path) -> dict[str, Any]:
    """Be the owner of the folder while asking, where the gate is root: he cannot look into the gate."""
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return {}
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
