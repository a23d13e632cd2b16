"""What gates are put together in: real git repositories, and runs of a pipeline's."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gate.clients.actions_runner import RunnerLog
from gate.domain.report import Run
from gate.settings.groups import Settings
from gate.settings.run_context import RunContext
from gate.settings.sources import read_settings
from gate.wiring.surroundings import Surroundings

PAGE = "https://github.com/acme/orders-api/actions/runs/12/attempts/1"


def git(folder: Path, *arguments: str) -> str:
    """Ask git, as somebody with a name."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """Have a repository with a service in each of two folders."""
    git(folder, "init", "-q", "-b", "main")
    change(folder, "services/orders/app.py")
    change(folder, "services/web/app.py")
    return folder


def change(folder: Path, path: str, text: str | None = None) -> str:
    """Write a file, commit it, and give the commit. Without a text it is another one each time."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text() if file.exists() else ""
    file.write_text(f"{before}x\n" if text is None else text)
    git(folder, "add", "--", path)
    git(folder, "commit", "-q", "-m", f"change {path}")
    return head(folder)


def head(folder: Path) -> str:
    """Give the commit that is checked out."""
    return git(folder, "rev-parse", "HEAD")


def merge(folder: Path, branch: str) -> str:
    """Check out what GitHub checks out for a pull request: `branch` merged into what was checked out, on no branch."""
    git(folder, "checkout", "-q", "--detach")
    git(folder, "merge", "-q", "--no-ff", "-m", "a pull request", branch)
    return head(folder)


def clone(origin: Path, folder: Path, *how: str) -> Path:
    """Clone a repository."""
    git(origin, "clone", "-q", *how, origin.as_uri(), str(folder))
    return folder


def settings_of(file: str = "", **options: Any) -> Settings:
    """Read settings in the workspace: a gate file, and options with underscores for dashes."""
    if file:
        Path(".contract-gate.yml").write_text(file)
    needed = {"service": "orders-api", "broker-url": "https://broker.example.com"}
    return read_settings(needed | {name.replace("_", "-"): value for name, value in options.items()}, {})


def context(commit: str = "1" * 40, *, merge_commit: str | None = None, **more: Any) -> RunContext:
    """Have a run on a push, or with a merge commit on a pull request."""
    run = Run(
        repository="acme/orders-api",
        event="push" if merge_commit is None else "pull_request",
        commit=commit,
        pull_request=None if merge_commit is None else 7,
        merge_commit=merge_commit,
        id="12",
        attempt=1,
        url=PAGE,
    )
    values: dict[str, Any] = {"run": run, "branch": "feature", "api_url": "https://api.invalid"}
    return RunContext(**(values | more))


def surroundings(
    folder: Path | None = None,
    context: RunContext | None = None,
    *,
    log: RunnerLog | None = None,
    environment: Mapping[str, str] | None = None,
) -> Surroundings:
    """Be in a folder, on a laptop unless there is a run."""
    return Surroundings(environment=environment or {}, folder=folder or Path.cwd(), context=context, log=log)
