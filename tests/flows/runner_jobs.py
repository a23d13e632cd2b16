"""Jobs as a runner of GitHub Actions starts them."""

import io
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.actions_runner.file_commands import pairs
from tests.acceptance.actions_runner.log import StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.flows.workspaces import Ended, Workspace
from tests.github_api import HEAD, TOKEN, GithubApi


@dataclass(slots=True)
class Job:
    """A job on a runner, in a workspace with one contract."""

    workspace: Workspace
    api: GithubApi
    event: str = "pull_request"
    head: str = HEAD
    environment: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    """What all its steps are given."""
    payload: dict[str, Any] | None = None
    """Of the event, where it is no usual one."""

    @property
    def files(self) -> Path:
        return self.workspace.folder.parent / f"{self.workspace.folder.name}-files"

    def start(self, provider: str, command: str = "check", **inputs: str) -> subprocess.Popen[str]:
        self.files.mkdir(exist_ok=True)
        for name in ("output", "summary"):
            (self.files / name).write_text("")
        payload = PAYLOADS.get(self.event, {}) if self.payload is None else self.payload
        (self.files / "event.json").write_text(json.dumps(payload).replace(HEAD, self.head))
        given = {
            "service": "orders-api",
            "contracts": "pacts",
            "environment": "production",
            "provider-url": provider,
            "github-token": TOKEN,
        }
        return self.workspace.start(
            command,
            **{f"INPUT_{name.upper()}": value for name, value in (given | self.inputs | inputs).items()},
            **{
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": self.api.url,
                "GITHUB_EVENT_NAME": self.event,
                "GITHUB_EVENT_PATH": str(self.files / "event.json"),
                "GITHUB_OUTPUT": str(self.files / "output"),
                "GITHUB_REF": "refs/heads/main",
                "GITHUB_REPOSITORY": self.api.repository,
                "GITHUB_RUN_ID": "12",
                "GITHUB_SHA": HEAD,
                "GITHUB_STEP_SUMMARY": str(self.files / "summary"),
            }
            | self.environment,
        )

    def run(self, provider: str, command: str = "check", **inputs: str) -> Ended:
        return self.workspace.ended(self.start(provider, command, **inputs))

    @property
    def outputs(self) -> dict[str, str]:
        return dict(pairs((self.files / "output").read_text()))

    @property
    def summary(self) -> str:
        return (self.files / "summary").read_text()

    def states(self, commit: str = HEAD) -> list[tuple[str, str]]:
        return [(status.context, status.state) for status in self.api.statuses(commit)]


def read_by_runner(ended: Ended, folder: Path) -> StepLog:
    """Return what the runner makes of what was written."""
    step = StepLog(masker=Masker(), workspace=folder)
    for line in io.StringIO(ended.out, newline=None):
        step.feed(line.removesuffix("\n"))
    return step


PULL = {"number": 7, "head": {"sha": HEAD, "ref": "feature", "repo": {"full_name": "acme/orders-api"}}}
PAYLOADS: dict[str, Any] = {"pull_request": {"pull_request": PULL}, "pull_request_target": {"pull_request": PULL}}
