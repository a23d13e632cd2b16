"""Folders to run the command in."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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

    def ended(self, process: subprocess.Popen[str], patience: float = 45) -> Ended:
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Ended(code=process.returncode, out=out, err=err)

    def check(self, *arguments: str, contracts: str = "pacts", **environment: str) -> Ended:
        fixed = ("--service", "orders-api", "--version", "1.2.3", "--contracts", contracts)
        return self.run("check", *fixed, *arguments, **environment)

    def report(self) -> Any:
        return json.loads((self.folder / "contract-gate-report.json").read_text())

    def still_running(self) -> list[int]:
        """Find the processes that run in this folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == self.folder and "State:\tZ" not in (process / "status").read_text():
                    found.append(int(process.name))
            except OSError:
                continue
        return found
