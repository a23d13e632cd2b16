"""What the comment says to copy into a shell: it shows on a laptop what the run saw, and that alone."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import http, pact
from tests.flows.repositories import repository
from tests.flows.runner_jobs import Job
from tests.flows.workspaces import Workspace
from tests.github_api import TOKEN, github_api
from tests.servers import Reply, Server, serving

QUOTED = "what “42” is worth; $(touch pwned) `touch pwned`"
COMMANDS = re.compile(r"^```sh\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    workspace = Workspace(tmp_path / "workspace")
    other = http(QUOTED, request={"method": "GET", "path": "/worth"})
    workspace.write("pacts/web.json", pact(http(), other))
    workspace.write("pacts/app.json", pact(http("the same for the app"), consumer="mobile app"))
    repository(workspace.folder)
    with github_api() as api:
        api.add_pull(7)
        yield Job(workspace, api)


@pytest.fixture
def broken() -> Iterator[Server]:
    with serving(lambda request: Reply(body={"id": 42} if request.path == "/worth" else {"ident": 42})) as server:
        yield server


def _in_shell(folder: Path, command: str) -> tuple[int, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("GATE_", "INPUT_", "GITHUB_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{bare['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=bare | {"PATH": path}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_each_command_of_the_comment_shows_its_interaction_alone(job: Job, broken: Server) -> None:
    assert job.run(broken.url).code == 1
    commands = COMMANDS.findall(job.api.comments(7)[0].body)

    assert len(commands) == 2
    for command, consumer in zip(commands, ("mobile app", "web-checkout"), strict=True):
        assert TOKEN not in command
        code, said = _in_shell(job.workspace.folder, command)

        assert code == 1, said
        assert "the key “id” is missing" in said
        entries = job.workspace.report()["entries"]
        assert [one["integration"]["counterpart"]["name"] for one in entries] == [consumer]
        assert [len(one["integration"]["results"]) for one in entries] == [1]
        assert "a part was verified, which allows nothing" in said


def test_a_mended_part_allows_nothing(job: Job, broken: Server) -> None:
    job.run(broken.url)
    command = COMMANDS.findall(job.api.comments(7)[0].body)[0]
    with serving(lambda _: Reply(body={"id": 42})) as mended:
        code, said = _in_shell(job.workspace.folder, command.replace(broken.url, mended.url))

    assert code == 3, said
    assert job.workspace.report()["verdict"]["decision"] == "unknown"
    assert "✓" in said


def test_a_description_is_an_argument_whatever_it_says(job: Job) -> None:
    with serving(lambda _: Reply(body={"ident": 42})) as server:
        job.run(server.url)
        commands = [one for one in COMMANDS.findall(job.api.comments(7)[0].body) if "worth" in one]
        code, said = _in_shell(job.workspace.folder, commands[0])

    assert (len(commands), code) == (1, 1), said
    (entry,) = job.workspace.report()["entries"]
    assert [one["interaction"]["description"] for one in entry["integration"]["results"]] == [QUOTED]
    assert not (job.workspace.folder / "pwned").exists()


def test_what_stands_in_the_repository_is_not_said_again(job: Job, broken: Server) -> None:
    job.workspace.write(".contract-gate.yml", json.dumps({"service": "orders-api", "contracts": "pacts"}).encode())
    job.run(broken.url, service="", contracts="")

    assert {one.splitlines()[0] for one in COMMANDS.findall(job.api.comments(7)[0].body)} == {
        f"gate verify --environment production --provider-url {broken.url} \\"
    }
