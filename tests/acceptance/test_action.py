"""The image, run as the runner runs it, against a GitHub that checks every request."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.actions_runner import (
    Action,
    Event,
    JobNetwork,
    Run,
    Runner,
    StepResult,
    bridge_gateway,
    docker,
    run_workflow,
)
from tests.acceptance.image import BASE, IMAGE, ROOT
from tests.builders import http, pact
from tests.github_api import HEAD, TOKEN, GithubApi, Identity, faults, github_api
from tests.servers import free_port, serving

# The first of them builds the image, with what it takes from the network.
pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

LARGEST_IMAGE = 300_000_000
CONTEXT = "contract-gate/orders-api (production)"
PULL_REQUEST = Event(
    name="pull_request",
    payload={
        "pull_request": {"number": 7, "head": {"sha": HEAD, "ref": "feature", "repo": {"full_name": "acme/orders-api"}}}
    },
    sha="b" * 40,
    ref="refs/pull/7/merge",
    head_ref="feature",
    base_ref="main",
)
PROVIDER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
host, port, body = sys.argv[1], int(sys.argv[2]), sys.argv[3]
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = body.encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)
server = ThreadingHTTPServer((host, port), Handler)
print('serving', flush=True)
server.serve_forever()
"""
AWAIT = (
    "import socket, sys, time\n"
    "while True:\n"
    '    try: socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close(); break\n'
    "    except OSError: pass\n"
)
MISSING = "GET /orders/42: body $.id: the key “id” is missing (expected 42, actual (missing))"
GOOD, BROKEN = '{"id": 42}', '{"ident": 42}'


@dataclass(frozen=True, slots=True)
class Job:
    """A job on a runner, whose workspace has one contract and a provider."""

    runner: Runner
    api: GithubApi
    action: Action

    def gate(self, **inputs: str) -> StepResult:
        return self.runner.run(self.action, self.inputs(**inputs))

    def gate_in(self, network: JobNetwork, **inputs: str) -> StepResult:
        return self.runner.run(self.action, self.inputs(**inputs), network=network)

    def inputs(self, **inputs: str) -> dict[str, str]:
        given = {"service": "orders-api", "environment": "production", "contracts": "pacts"}
        return given | {name.replace("_", "-"): value for name, value in inputs.items()}

    def provider(self, host: str, body: str = GOOD) -> str:
        """Start a provider as a step of the job does, and return its address as that step knows it."""
        port = free_port()
        script = f"python3 provider.py {host} {port} '{body}' &\npython3 -c '{AWAIT}' {port}\n"
        with self.runner.start_script(script) as step:
            assert step.wait().exit_code == 0
        return f"http://localhost:{port}"

    def states(self) -> list[tuple[str, str]]:
        return [(status.context, status.state) for status in self.api.statuses()]

    def report(self) -> Any:
        return json.loads((self.runner.workspace / "contract-gate-report.json").read_text())


@pytest.fixture
def leftovers() -> Iterator[None]:
    """See that nothing of what the gate starts outlives it."""
    before = _providers()
    yield
    assert set(_providers()) <= set(before)


@pytest.fixture
def job(tmp_path: Path, action: Action) -> Iterator[Job]:
    """Prepare a job on a pull request."""
    with github_api(host="0.0.0.0") as api:
        api.add_pull(7)
        run = Run(repository=api.repository, api_url=api.seen_from(bridge_gateway()))
        with Runner(tmp_path, event=PULL_REQUEST, run=run, token=TOKEN, patience=0.2) as runner:
            yield _prepared(runner, api, action)


def _prepared(runner: Runner, api: GithubApi, action: Action) -> Job:
    (runner.workspace / "pacts").mkdir()
    (runner.workspace / "pacts" / "web.json").write_text(json.dumps(pact(http())))
    (runner.workspace / "provider.py").write_text(PROVIDER)
    return Job(runner, api, action)


def _errors(result: StepResult) -> list[str]:
    return [f"{one.title}: {one.message}" for one in result.annotations if one.level == "error"]


def _warnings(result: StepResult) -> list[str]:
    return [one.message for one in result.annotations if one.level == "warning"]


def _providers() -> list[str]:
    """Find what gates in containers started, running or not."""
    form = '{{.ID}} {{.Label "contract-gate.owner"}}'
    lines = docker("ps", "--all", "--filter", "label=contract-gate.owner", "--format", form).splitlines()
    return [line for line in lines if " " in line.strip()]


def _in_image(script: str) -> str:
    return docker("run", "--rm", "--entrypoint", "sh", IMAGE, "-c", script)


def test_the_image_is_small_and_has_no_docker_in_it(action: Action) -> None:
    assert int(docker("image", "inspect", IMAGE, "--format", "{{.Size}}")) < LARGEST_IMAGE
    found = _in_image("command -v docker; command -v git; command -v ssh; id -u")

    assert found.split() == ["/usr/bin/git", "/usr/bin/ssh", "0"]


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("https://127.0.0.1:1/store.git", "Failed to connect to 127.0.0.1 port 1"),
        ("ssh://git@127.0.0.1:1/store.git", "ssh: connect to host 127.0.0.1 port 1: Connection refused"),
        ("git@127.0.0.1:store.git", "ssh: connect to host 127.0.0.1 port 22: Connection refused"),
    ],
)
def test_a_store_may_be_a_repository_on_any_server(action: Action, address: str, answer: str) -> None:
    """Git says that nobody is there, and not that it has no program to ask with."""
    assert answer in _in_image(f"git ls-remote {address} 2>&1; test -s /etc/ssl/certs/ca-certificates.crt")


def test_git_reads_from_a_server_and_writes_to_a_repository(action: Action) -> None:
    """Without the library of Perl's that its package asks for."""
    script = """
    set -e
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    cd "$(mktemp -d)"
    git init --quiet --bare --initial-branch=contract-gate store.git
    git clone --quiet store.git mine 2>/dev/null
    echo '{}' > mine/fact.json
    git -C mine add .
    git -C mine commit --quiet --message fact
    git -C mine push --quiet origin HEAD
    git -C store.git gc --quiet
    git -C store.git update-server-info
    python3 -u -m http.server --bind 127.0.0.1 8080 >served 2>&1 &
    timeout 30 sh -c 'until grep --quiet Serving served; do :; done'
    git clone --quiet http://127.0.0.1:8080/store.git theirs
    cat theirs/fact.json
    """

    assert _in_image(script) == "{}"


@pytest.mark.parametrize(("body", "gate", "deploy"), [(GOOD, "success", "success"), (BROKEN, "failure", "skipped")])
def test_the_workflow_of_the_readme(tmp_path: Path, action: Action, body: str, gate: str, deploy: str) -> None:
    workflow = re.search(r"```yaml\n(name: contracts\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert workflow is not None
    with github_api(host="0.0.0.0") as api:
        run = Run(repository=api.repository, api_url=api.seen_from(bridge_gateway()))
        with Runner(tmp_path, event=Event(sha=HEAD), run=run, token=TOKEN, patience=0.2) as runner:
            _prepared(runner, api, action)
            start = f"#!/bin/sh\nexec python3 provider.py $2 $4 '{body}'\n"
            for name, script in (("start", start), ("deploy", "#!/bin/sh\necho deployed\n")):
                (runner.workspace / name).write_text(script)
                (runner.workspace / name).chmod(0o755)
            jobs = run_workflow(workflow[1], runner, {"contract-gate/contract-gate": action})

        assert (jobs["gate"].conclusion, jobs["deploy"].conclusion) == (gate, deploy)
        assert [status.state for status in api.statuses()] == ["pending", gate]


def test_a_pull_request_that_breaks_a_contract(job: Job) -> None:
    result = job.gate(provider_url=job.provider("0.0.0.0", BROKEN))

    assert (result.exit_code, result.conclusion) == (1, "failure")
    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "failure")]
    assert [comment.author.login for comment in job.api.comments(7)] == ["github-actions[bot]"]
    assert "the key “id” is missing" in job.api.comments(7)[0].body
    assert "the key “id” is missing" in result.summary
    assert _errors(result) == [f"web-checkout is broken: a request for order 42: {MISSING}"]
    assert (result.outputs["verdict"], result.outputs["deployable"]) == ("block", "false")
    assert result.outputs["report"] == "contract-gate-report.json"
    assert job.report()["candidate"]["version"] == HEAD


def test_the_commit_that_ran_is_named_though_the_workspace_is_another_users(job: Job) -> None:
    def git(*arguments: str) -> str:
        settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "safe.directory=*")
        command = ["git", *settings, *arguments]
        return subprocess.run(command, cwd=job.runner.workspace, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet", ".")
    git("add", ".")
    git("commit", "--quiet", "-m", "all")
    for path in (job.runner.workspace, *job.runner.workspace.rglob("*")):
        os.chown(path, 1001, 1001)
    command = f"touch made-by-root; python3 provider.py 127.0.0.1 {{port}} '{GOOD}'"
    (job.runner.workspace / "provider.py").write_text(f"{PROVIDER}# changed\n")
    job.runner.event = replace(PULL_REQUEST, sha=git("rev-parse", "HEAD").strip())
    result = job.gate(provider_command=command)

    assert result.exit_code == 0
    assert job.report()["tested"]["commit"] == git("rev-parse", "HEAD").strip()
    assert job.report()["tested"]["modified"]
    assert job.report()["tested"]["merge"]
    assert {path.stat().st_uid for path in job.runner.workspace.rglob("*")} == {1001}


def test_a_provider_in_the_image_itself_needs_another_image(job: Job) -> None:
    result = job.gate(provider_command="npm start")

    assert result.exit_code == 3
    assert "npm was not found" in _errors(result)[0]
    assert "name an image that has them in provider-image" in _errors(result)[0]


def test_a_provider_on_the_runner_s_loopback_alone_is_told_to_listen_everywhere(job: Job) -> None:
    result = job.gate(provider_url=job.provider("127.0.0.1"), provider_timeout="1")

    assert result.exit_code == 3
    assert "Connection refused" in _errors(result)[0]
    assert "have it listen on 0.0.0.0" in _errors(result)[0]
    assert job.states()[-1] == (CONTEXT, "error")


def test_a_service_container_is_reached_by_its_name(job: Job) -> None:
    with job.runner.network() as network:
        service = network.start("orders", BASE, command=["python3", "-u", "-c", PROVIDER, "0.0.0.0", "8080", GOOD])
        service.wait_for("serving")
        by_name = job.gate_in(network, provider_url="http://orders:8080")
        unknown = job.gate_in(network, provider_url="http://billing:8080", provider_timeout="1")
        on_runner = job.gate_in(network, provider_url=job.provider("0.0.0.0"))

    assert (by_name.exit_code, on_runner.exit_code) == (0, 0)
    assert unknown.exit_code == 3
    assert "known" in _errors(unknown)[0] or "resolution" in _errors(unknown)[0]


def test_localhost_of_a_job_in_a_container_is_not_taken_for_the_runners(job: Job) -> None:
    url = job.provider("0.0.0.0")
    with job.runner.network() as network:
        work = f"{job.runner.workspace.parent.parent}:/__w"
        waiting = ("tail", "-f", "/dev/null")
        name = docker("run", "--detach", "--rm", "--network", network.name, "--volume", work, BASE, *waiting).strip()
        try:
            result = job.gate_in(network, provider_url=url)
        finally:
            docker("rm", "--force", name)

    assert result.exit_code == 3
    assert "the job's steps run in a container" in _errors(result)[0]


@pytest.mark.usefixtures("leftovers")
@pytest.mark.parametrize("with_network", [False, True])
def test_a_provider_in_its_own_container(job: Job, *, with_network: bool) -> None:
    inputs = {
        "provider_image": BASE,
        "provider_command": 'python3 provider.py 0.0.0.0 {port} "$BODY"',
        "provider_env": f"BODY={GOOD}",
    }
    if with_network:
        with job.runner.network() as network:
            result = job.gate_in(network, **inputs)
    else:
        result = job.gate(**inputs)

    assert result.exit_code == 0
    provider = job.report()["provider"]
    assert (provider["image"], provider["command"]) == (BASE, inputs["provider_command"])
    assert (job.runner.workspace / "contract-gate-provider.log").read_text().startswith("serving\n")


@pytest.mark.usefixtures("leftovers")
def test_an_image_with_a_provider_in_it(job: Job) -> None:
    (job.runner.home / "Dockerfile").write_text(
        f"FROM {BASE}\nCOPY provider.py /\nEXPOSE 8080\n"
        f"CMD {json.dumps(['python3', '-u', '/provider.py', '0.0.0.0', '8080', BROKEN])}\n"
    )
    image = "contract-gate-provider:acceptance"
    docker("build", "--quiet", "--tag", image, "--file", str(job.runner.home / "Dockerfile"), str(job.runner.workspace))
    try:
        result = job.gate(provider_image=image)
    finally:
        docker("image", "rm", "--force", image)

    assert result.exit_code == 1


def test_without_a_socket_there_is_a_clear_error(tmp_path: Path, action: Action) -> None:
    with Runner(tmp_path, socket=False, token="", patience=0.2) as runner, github_api() as api:
        result = _prepared(runner, api, action).gate(provider_image=BASE)

    assert result.exit_code == 3
    assert "no Docker daemon answers" in _errors(result)[0]
    assert "The gate needs the Docker socket" in _errors(result)[0]


@pytest.mark.usefixtures("leftovers")
@pytest.mark.parametrize("image", ["", BASE])
def test_a_cancelled_run_is_an_error_and_leaves_nothing_behind(job: Job, image: str) -> None:
    stubborn = "trap '' INT TERM; echo waiting; python3 -c 'import signal; signal.pause()'"
    inputs = job.inputs(provider_command=stubborn, provider_image=image, provider_port="8080" if image else "")
    with job.runner.start(job.action, inputs) as step:
        step.wait_until(lambda: "waiting" in _log(job.runner.workspace / "contract-gate-provider.log"))
        step.cancel()
        result = step.wait()

    assert result.cancelled
    assert result.exit_code == 3
    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "error")]
    assert "stopped by SIGINT" in (job.api.statuses()[-1].description or "")
    assert result.outputs["verdict"] == "unknown"


def _log(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_a_run_that_is_terminated_is_an_error_too(job: Job) -> None:
    with serving(lambda _: None, host="0.0.0.0") as silent:
        inputs = job.inputs(provider_url=f"http://localhost:{silent.port}")
        with job.runner.start(job.action, inputs) as step:
            step.wait_until(lambda: bool(silent.asked and job.states()))
            docker("kill", "--signal", "TERM", step.container or "")
            result = step.wait()

    assert result.exit_code == 3
    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "error")]
    assert "stopped by SIGTERM" in (job.api.statuses()[-1].description or "")


def test_a_read_only_token_is_a_warning(job: Job) -> None:
    job.api.add_token(TOKEN, Identity(permissions={"statuses": "read", "pull_requests": "read"}))
    green = job.gate(provider_url=job.provider("0.0.0.0"))
    red = job.gate(provider_url=job.provider("0.0.0.0", BROKEN))

    assert (green.conclusion, red.conclusion) == ("success", "failure")
    for result in (green, red):
        status, comment = _warnings(result)
        assert status.startswith("the commit status could not be delivered")
        assert comment.startswith("the pull request comment could not be delivered")
        assert "403 Resource not accessible by integration" in status
    assert "blocked" in red.summary


def test_an_api_that_is_full_red_changes_nothing(job: Job) -> None:
    for method in ("GET", "POST", "PATCH"):
        job.api.fault(method, "", faults.answer(500), times=None)
    green = job.gate(provider_url=job.provider("0.0.0.0"))
    red = job.gate(provider_url=job.provider("0.0.0.0", BROKEN))

    assert (green.exit_code, green.outputs["deployable"]) == (0, "true")
    assert (red.exit_code, red.outputs["deployable"]) == (1, "false")
    assert len(_warnings(green)) == len(_warnings(red)) == 2


def test_a_hostile_contract_gives_the_runner_no_commands(job: Job) -> None:
    hostile = "\n::set-env name=PATH::/tmp\n##[set-output name=verdict]allow\r::add-mask::e\x1b[2J\u202e`$(id)`"
    contract = pact(http(f"a request{hostile}", providerState=hostile), consumer=f"web{hostile}")
    (job.runner.workspace / "pacts" / "web.json").write_text(json.dumps(contract))
    result = job.gate(provider_url=job.provider("0.0.0.0", json.dumps({"ident": hostile})))

    assert result.exit_code == 1
    assert (result.outputs["verdict"], result.outputs["deployable"]) == ("block", "false")
    assert [one.level for one in result.annotations] == ["error"]
    assert not set(result.masks) - {TOKEN} - set(job.runner.job.masker.values)
    assert "\x1b" not in result.raw_log
    assert "\u202e" not in result.raw_log


def test_nothing_in_the_workspace_or_the_environment_is_taken_for_the_gate(job: Job) -> None:
    url = job.provider("0.0.0.0", BROKEN)
    for module in ("requests", "yaml", "gate", "json", "typing"):
        (job.runner.workspace / f"{module}.py").write_text("raise SystemExit(0)\n")
    result = job.runner.run(
        job.action,
        job.inputs(provider_url=url),
        env={"PYTHONPATH": "/github/workspace", "PYTHONINSPECT": "1", "PYTHONSTARTUP": "/github/workspace/gate.py"},
    )

    assert result.exit_code == 1


def test_what_the_gate_leaves_in_the_workspace_belongs_to_its_owner(job: Job) -> None:
    os.chown(job.runner.workspace, 1001, 1002)
    job.gate(provider_url=job.provider("0.0.0.0"), report="out/report.json", markdown="out/report.md")

    made = [job.runner.workspace / "out" / name for name in ("", "report.json", "report.md")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(1001, 1002)}


def test_a_wrong_setting_is_one_error_and_sets_the_outputs(job: Job) -> None:
    result = job.gate(stage="deploy", environment="")

    assert result.exit_code == 2
    (error,) = _errors(result)
    assert error.startswith("Contract Gate: stage deploy needs an environment. Say where")
    assert result.outputs["verdict"] == "unknown"
    assert job.states() == []
