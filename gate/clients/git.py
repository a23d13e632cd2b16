"""What git says about the workspace. Every answer may be None: a workspace need not be a repository."""

import subprocess
from pathlib import Path


def head_commit(folder: Path) -> str | None:
    """Return the commit that is checked out in `folder`, in full."""
    return _ask(folder, "rev-parse", "--verify", "HEAD")


def branch(folder: Path) -> str | None:
    """Return the branch that is checked out, None for a detached HEAD."""
    return _ask(folder, "symbolic-ref", "--short", "--quiet", "HEAD")


def is_modified(folder: Path) -> bool:
    """Say whether tracked files differ from the commit. A question that git cannot answer counts as a yes."""
    answer = _ask(folder, "status", "--porcelain", "--untracked-files=no")
    return answer is None or answer != ""


def _ask(folder: Path, *arguments: str) -> str | None:
    # A container's root does not own the mounted workspace; asking it three read-only questions is safe.
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=30)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
