"""What the runs of the command share: a workspace of its own for each, real providers, a broker, a runner's job."""

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders import http, pact
from tests.flows.broker_runs import BrokerRuns, orders
from tests.flows.runner_jobs import Job
from tests.flows.workspaces import Ended, Workspace
from tests.github_api import github_api
from tests.pact_broker import PactBroker, pact_broker
from tests.servers import Server, serving

__all__ = ["Ended", "Provider", "Workspace"]


@pytest.fixture
def workspace_with_a_pact(tmp_path: Path) -> Workspace:
    """Return a workspace with one contract of one interaction."""
    workspace = Workspace(tmp_path)
    workspace.write("pacts/web.json", pact(http()))
    return workspace


@pytest.fixture
def broker() -> Iterator[PactBroker]:
    with pact_broker() as running:
        yield running


@pytest.fixture
def runs(tmp_path: Path, broker: PactBroker) -> BrokerRuns:
    """Return runs on a laptop, whose contracts are the broker's."""
    return BrokerRuns(Workspace(tmp_path), broker)


@pytest.fixture
def provider() -> Iterator[Server]:
    with serving(orders) as server:
        yield server


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """Prepare a job on a pull request, in a workspace with nothing in it."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.folder.mkdir()
    with github_api() as api:
        api.add_pull(7)
        yield Job(workspace, api)


@pytest.fixture
def broker_job(job: Job, broker: PactBroker) -> Job:
    """Prepare a job whose contracts are the broker's."""
    job.inputs |= {"contracts": "", "broker-url": broker.url}
    return job


Provider = Callable[[str], str]


@pytest.fixture
def provider_command(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    """Write a provider whose answer to a request is a Python block; return the command that starts it."""

    def write(block: str) -> str:
        script = tmp_path_factory.mktemp("provider") / "provider.py"
        script.write_text(
            "import json, os, subprocess, sys, time\n"
            "from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer\n"
            "class Handler(BaseHTTPRequestHandler):\n"
            "    def do_GET(self):\n"
            "        length = int(self.headers.get('Content-Length') or 0)\n"
            "        asked = json.loads(self.rfile.read(length) or b'null')\n"
            "        status, body = 200, {'id': 42}\n"
            + "".join(f"        {line}\n" for line in block.splitlines())
            + "        content = json.dumps(body).encode()\n"
            "        self.send_response(status)\n"
            "        self.send_header('Content-Type', 'application/json')\n"
            "        self.send_header('Content-Length', str(len(content)))\n"
            "        self.end_headers()\n"
            "        self.wfile.write(content)\n"
            "    do_POST = do_GET\n"
            "print('serving', flush=True)\n"
            "ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()\n"
        )
        return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {{port}}"

    return write
