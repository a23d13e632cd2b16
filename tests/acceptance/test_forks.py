"""The pair of workflows of examples/forks with the image: the first may only read, the second posts what it left."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.acceptance.actions_runner import Action, Event, Run, Runner, bridge_gateway, run_workflow
from tests.acceptance.actions_runner.actions import load_yaml
from tests.acceptance.actions_runner.jobs import JobResult
from tests.acceptance.image import ROOT
from tests.acceptance.test_action import BROKEN, GOOD, PROVIDER
from tests.builders import http, pact
from tests.github_api import HEAD, TOKEN, GithubApi, Identity, github_api
from tests.servers import free_port

# The first of them builds the image, with what it takes from the network.
pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

EXAMPLE: Final = ROOT / "examples" / "forks"
OURS: Final = "contract-gate/contract-gate"
FORK: Final = {"full_name": "mallory/orders-api"}
READ_ONLY: Final = "ghs_the-token-of-a-fork"
PULL_REQUEST: Final = Event(
    name="pull_request",
    payload={"pull_request": {"number": 7, "head": {"sha": HEAD, "ref": "patch", "repo": FORK}}},
    sha="b" * 40,
    ref="refs/pull/7/merge",
    head_ref="patch",
    base_ref="main",
)


def _workflow(name: str, port: int, shelf: Path) -> str:
    """Read a workflow, and let a folder stand for the artifacts that GitHub keeps."""
    content = load_yaml((EXAMPLE / ".github/workflows" / name).read_text().replace("8080", str(port)))
    for step in (step for job in content["jobs"].values() for step in job["steps"]):
        given = step.get("with", {})
        if step.get("uses", "").startswith("actions/upload-artifact@"):
            del step["uses"], step["with"]
            step["run"] = f"cp {given['path']} {shelf}/"
        elif step.get("uses", "").startswith("actions/download-artifact@"):
            del step["uses"], step["with"]
            step["run"] = f"mkdir {given['path']}\ncp {shelf}/* {given['path']}/"
    return yaml.safe_dump(content)


@dataclass(frozen=True, slots=True)
class Runs:
    """Where the workflows run."""

    folder: Path
    api: GithubApi
    action: Action

    def of(self, text: str, event: Event, run: str, token: str) -> JobResult:
        """Run a workflow of one job, on a machine of its own."""
        known = Run(repository=self.api.repository, api_url=self.api.seen_from(bridge_gateway()), run_id=run)
        with Runner(self.folder / run, event=event, run=known, token=token, patience=0.2) as runner:
            shutil.copy(EXAMPLE / ".contract-gate.yml", runner.workspace)
            if event is PULL_REQUEST:
                shutil.copytree(self.folder / "pull", runner.workspace, dirs_exist_ok=True)
            (job,) = run_workflow(text, runner, {OURS: self.action}).values()
        return job


def _pull_request(folder: Path, body: str) -> None:
    """Write what is checked out for the pull request."""
    (folder / "pacts").mkdir(parents=True)
    (folder / "pacts/web.json").write_text(json.dumps(pact(http(), consumer="web-app")))
    (folder / "provider.py").write_text(PROVIDER)
    (folder / "start").write_text(f"#!/bin/sh\nexec python3 provider.py $2 $4 '{body}'\n")
    (folder / "start").chmod(0o755)


def _completed(conclusion: str) -> Event:
    run: dict[str, Any] = {
        "id": 4711,
        "run_attempt": 1,
        "event": "pull_request",
        "conclusion": conclusion,
        "head_sha": HEAD,
        "head_branch": "patch",
        "head_repository": FORK,
        "pull_requests": [],
    }
    return Event(name="workflow_run", payload={"workflow_run": run}, sha="c" * 40)


@pytest.mark.parametrize(("body", "code", "conclusion"), [(GOOD, 0, "success"), (BROKEN, 1, "failure")])
def test_a_forks_pull_request(tmp_path: Path, action: Action, body: str, code: int, conclusion: str) -> None:
    shelf, port = tmp_path / "shelf", free_port()
    shelf.mkdir()
    _pull_request(tmp_path / "pull", body)
    with github_api(host="0.0.0.0") as api:
        api.add_pull(7, head_ref="patch", head_repository=FORK["full_name"])
        reads = {"contents": "read", "pull_requests": "read", "statuses": "read"}
        runs = Runs(tmp_path, api, action)
        api.add_token(READ_ONLY, Identity(permissions=reads))

        text = _workflow("contracts.yml", port, shelf)
        first = runs.of(text, PULL_REQUEST, "4711", READ_ONLY)
        gate = first.step("Does it honour what its consumers expect?")
        assert (first.conclusion, gate.exit_code) == (conclusion, code)
        assert (api.statuses(), api.comments(7)) == ([], [])
        told = [one.level for one in gate.annotations if "GitHub lets this run only read" in one.message]
        assert told == ["notice"]

        text = _workflow("contracts-report.yml", port, shelf)
        second = runs.of(text, _completed(conclusion), "4712", TOKEN)
        post = second.step("Post what it found")
        assert (second.conclusion, post.exit_code, post.outputs["deployable"]) == ("success", 0, "false")
        assert [one.state for one in api.statuses()] == [conclusion]
        (comment,) = api.comments(7)
        assert ("can be deployed" in comment.body) is (code == 0)
        assert "/actions/runs/4711/attempts/1" in comment.body
