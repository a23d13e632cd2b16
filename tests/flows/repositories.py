"""Real git repositories to check out."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.flows.runner_jobs import Job


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree."""

    folder: Path

    def git(self, *arguments: str) -> str:
        own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
        command = ["git", *own, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def commit(self, **files: str) -> str:
        """Commit files, and return the commit; a name's double underscores are the slashes of its path."""
        for name, content in files.items():
            self.write(name.replace("__", "/"), content)
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")


def repository(folder: Path) -> Repository:
    """Make a folder a repository on the branch main, with one commit of all that is in it."""
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch", "main", ".")
    made.commit(service="the service\n")
    return made


def checked_out(job: Job, event: str = "push") -> tuple[Repository, str]:
    """Have the very commit checked out that the run is about."""
    made = repository(job.workspace.folder)
    commit = made.git("rev-parse", "HEAD")
    job.event = event
    on(job, commit)
    return made, commit


def on(job: Job, commit: str) -> None:
    """Have the workflow run on a commit."""
    job.environment["GITHUB_SHA"] = commit
    job.api.state.commits.add(commit)
