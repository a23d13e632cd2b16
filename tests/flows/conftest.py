"""Runs of the command, each in a workspace of its own with a real provider."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.builders import http, pact


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder to run the gate in."""

    folder: Path

    def write(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("GATE_", "INPUT_", "GITHUB_"))
        }
        return subprocess.Popen(
            [sys.executable, "-m", "gate", *arguments],
            cwd=self.folder,
            env=kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> Ended:
        return self.ended(self.start(*arguments, **environment))

    def ended(self, process: subprocess.Popen[str]) -> Ended:
        try:
            out, err = process.communicate(timeout=45)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Ended(code=process.returncode, out=out, err=err)

    def check(self, *arguments: str, contracts: str = "pacts", **environment: str) -> Ended:
        fixed = ("--service", "orders-api", "--version", "1.2.3", "--contracts", contracts)
        return self.run("check", *fixed, *arguments, **environment)

    def report(self) -> Any:
        return json.loads((self.folder / "contract-gate-report.json").read_text())


@pytest.fixture
def workspace_with_a_pact(tmp_path: Path) -> Workspace:
    """Return a workspace with one contract of one interaction."""
    workspace = Workspace(tmp_path)
    workspace.write("pacts/web.json", pact(http()))
    return workspace


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
