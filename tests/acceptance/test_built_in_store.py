"""The image and a store in a git repository: on a server, with either token, and in a workspace of somebody else's."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.acceptance.actions_runner import Action, Event, Run, Runner, StepResult, bridge_gateway
from tests.acceptance.actions_runner.masks import Masker
from tests.builders import as_bytes, http, pact
from tests.flows.repositories import repository
from tests.git_servers import CLEAN, Repository, git_server, make_repository
from tests.github_api import TOKEN, Identity, github_api

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

STORE_TOKEN = "github_pat_that-writes-to-the-store"
SECRET = "${{ secrets.CONTRACTS_TOKEN }}"
OWNER = 1001
ORDERS = {"method": "GET", "path": "/orders/42.json"}
PROVIDER = "python3 -m http.server --bind 127.0.0.1 --directory site {port}"


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The pipelines of a consumer and of its provider, which live in one repository and deploy the same commit."""

    runner: Runner
    action: Action
    store: str

    def run(self, command: str, service: str, **inputs: str) -> StepResult:
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        given = {"command": command, "service": service, "environment": "production", "store": self.store}
        return self.runner.run(self.action, given | named)

    def play(self, **inputs: str) -> list[StepResult]:
        """Publish, verify, record, and ask."""
        return [
            self.run("publish", "web-checkout", contracts="pacts", **inputs),
            self.run("check", "orders-api", provider_command=PROVIDER, **inputs),
            self.run("record-deployment", "orders-api", **inputs),
            self.run("can-i-deploy", "web-checkout", stage="deploy", **inputs),
        ]


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """Prepare a job on a push, with the very commit checked out by another user than the action's."""
    with github_api(host="0.0.0.0", commits=()) as api:
        api.put_file(".contract-gate.yml", b"")
        api.add_token(TOKEN, Identity(permissions={"contents": "write", "statuses": "write"}))
        run = Run(repository=api.repository, api_url=api.seen_from(bridge_gateway()))
        secrets = {"CONTRACTS_TOKEN": STORE_TOKEN}
        with Runner(tmp_path, run=run, token=TOKEN, secrets=secrets, patience=0.2) as runner:
            workspace = runner.workspace
            (workspace / "pacts").mkdir()
            (workspace / "pacts" / "orders.json").write_bytes(as_bytes(pact(http(request=ORDERS))))
            (workspace / "site" / "orders").mkdir(parents=True)
            (workspace / "site" / "orders" / "42.json").write_bytes(as_bytes({"id": 42}))
            commit = repository(workspace).git("rev-parse", "HEAD")
            _hand_over(workspace)
            api.state.commits.add(commit)
            runner.event = Event(sha=commit)
            yield runner


def _hand_over(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, OWNER, OWNER)


def _log(store: Repository, runner: Runner) -> list[str]:
    """Return what the store was told, the newest first, without the version."""
    version = f" {runner.event.sha[:7]}"
    log = store.git("log", "--format=%s", "contract-gate")
    return [line.replace(version, "") for line in log.splitlines()]


PLAYED = [
    "orders-api: deployed to production",
    "orders-api: honours web-checkout",
    "web-checkout: contract with orders-api",
]


def _shown(step: StepResult) -> list[str]:
    """Return the log as the step wrote it, but for what tells the runner what to hide: that is not shown."""
    return [line for line in step.raw_log.splitlines() if not line.startswith("::add-mask::")]


def _tells(secret: str, steps: list[StepResult], store: Repository, runner: Runner) -> list[str]:
    """Name what a secret can be read in, plain or encoded: logs, outputs, the workspace, commits."""
    command = ["git", "-C", str(store.path), "cat-file", "--batch", "--batch-all-objects"]
    objects = subprocess.run(command, env=CLEAN, check=True, capture_output=True).stdout
    written = {
        **{step.name: "\n".join([*_shown(step), step.summary, *step.outputs.values()]) for step in steps},
        **{str(path): path.read_bytes().decode("latin-1") for path in runner.workspace.rglob("*") if path.is_file()},
        "the store": objects.decode("latin-1"),
    }
    return [where for where, text in written.items() if Masker([secret]).mask(text) != text]


def test_a_store_on_a_server_takes_its_own_token(runner: Runner, action: Action, tmp_path: Path) -> None:
    store = make_repository(tmp_path / "contracts.git")
    with git_server(store, token=STORE_TOKEN, host="0.0.0.0") as server:
        address = server.url.replace("127.0.0.1", bridge_gateway())
        steps = Pipelines(runner, action, address).play(store_token=SECRET)

    assert [step.exit_code for step in steps] == [0, 0, 0, 0], steps[-1].log
    assert _log(store, runner) == PLAYED
    assert _tells(STORE_TOKEN, steps, store, runner) == []


def test_a_store_on_the_same_github_takes_the_job_s_token(runner: Runner, action: Action, tmp_path: Path) -> None:
    store = make_repository(tmp_path / "acme" / "orders-api.git")
    with git_server(store, token=TOKEN, host="0.0.0.0") as server:
        address = server.url.replace("127.0.0.1", bridge_gateway())
        parts = urlsplit(address)
        runner.run_info = replace(runner.run_info, server_url=f"{parts.scheme}://{parts.netloc}")
        steps = Pipelines(runner, action, address).play()

    assert [step.exit_code for step in steps] == [0, 0, 0, 0], steps[-1].log
    assert _log(store, runner) == PLAYED
    assert _tells(TOKEN, steps, store, runner) == []


@pytest.mark.parametrize("name", ["contracts.git", "contracts"])
def test_a_store_in_the_workspace_is_and_stays_its_owner_s(runner: Runner, action: Action, name: str) -> None:
    folder = runner.workspace / name
    if name.endswith(".git"):
        make_repository(folder)
    folder.mkdir(exist_ok=True)
    _hand_over(folder)
    steps = Pipelines(runner, action, name).play()

    assert [step.exit_code for step in steps] == [0, 0, 0, 0], steps[-1].log
    assert [path for path in runner.workspace.rglob("*") if path.stat().st_uid != OWNER] == []
