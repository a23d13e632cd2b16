"""What one small verification costs from start to exit, and how long `gate --help` takes.

    ./dev python benchmarks/start_up.py [--runs 9] [--first-start]

Measured is the wall time of whole processes, one after the other and in turns, so that a slow moment of the machine
hits all of them alike:

1. `gate check`: one Pact file of version 3 with ten interactions, against a provider that already runs;
2. `pact verifier` of pact-python-cli, the reference verifier without Python around it: the same file and provider;
3. `gate --help`;
4. `python -c pass`, the floor for any program written in Python.

A run counts only if it exits with 0 and, where it verifies, if all ten requests reached the provider. The provider is a
process of its own on the loopback address. The working directory is no git work tree, so the gate's questions to git
are asked and fail fast.

Python compiles a module when it first imports it, and keeps the result. Here it is kept in a temporary folder, whatever
PYTHONDONTWRITEBYTECODE says, so that the runs are like those of a machine that has run the gate before. With
`--first-start` only the standard library's is kept, as in a fresh installation whose installer compiled nothing. The
engine's worker is outside of this: it ignores these variables and keeps its few modules compiled beside their sources.

Memory is the peak of the largest process of a run, not the sum over its processes. The kernel counts no less for a
child than what this script had when it started it: that, not Python's own need, is what the last row shows.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

INTERACTIONS: Final = 10
CHECK_TARGET: Final = 1.5
HELP_TARGET: Final = 0.3
CHECK: Final = "gate check"
VERIFIER: Final = "pact verifier"
HELP: Final = "gate --help"
FLOOR: Final = "python -c pass"
NOT_PASSED_ON: Final = ("GATE_", "INPUT_", "GITHUB_", "PACT_", "PYTHON")
PROGRAMS: Final = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A command that is measured, and what came of it."""

    name: str
    command: Sequence[str]
    verifies: bool = False
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider in a process of its own."""

    port: int
    pipe: Connection

    def taken(self) -> int:
        """Return how many interactions were asked for since the last call."""
        self.pipe.send(None)
        return int(self.pipe.recv())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet: else each answer waits for a delayed acknowledgement of its head.
    wbufsize = -1
    asked: Final[list[str]] = []

    def do_GET(self) -> None:
        if self.path.startswith("/items/"):
            self.asked.append(self.path)
        body = json.dumps(item(1000, "another")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Measures what one small verification costs, start-up included.")
    arguments.add_argument("--runs", type=int, default=9, help="runs of each command (default: 9)")
    arguments.add_argument("--first-start", action="store_true", help="let Python compile all modules in every run")
    options = arguments.parse_args()
    runs: int = options.runs
    with tempfile.TemporaryDirectory(prefix="gate-start-up-") as folder, provider() as running:
        pact = Path(folder, "consumer-items.json")
        pact.write_text(json.dumps(contract()), encoding="utf-8")
        measured = subjects(pact, running.port)
        compiled = Path(folder, "compiled")
        settings = environment(compiled)
        for turn in range(runs + 1):
            for subject in measured:
                seconds, megabytes = run(subject, settings, Path(folder), running)
                if turn:  # the first one fills the caches
                    subject.seconds.append(seconds)
                    subject.megabytes.append(megabytes)
            if options.first_start and not turn:
                forget(compiled)
                settings["PYTHONDONTWRITEBYTECODE"] = "1"
    compiled_when = "in every run, the standard library aside" if options.first_start else "already"
    print(f"Modules are compiled {compiled_when}; ", end="")
    show({subject.name: subject for subject in measured}, runs)


def subjects(pact: Path, port: int) -> list[Subject]:
    """List the commands."""
    check = ["--service", "items", "--version", "1", "--contracts", str(pact), "--provider-url"]
    verifier = ["--provider-name", "items", "--hostname", "127.0.0.1", "--port", str(port), "--file", str(pact)]
    gate = str(PROGRAMS / "gate")
    return [
        Subject(name=CHECK, command=[gate, "check", *check, f"http://127.0.0.1:{port}"], verifies=True),
        Subject(name=VERIFIER, command=[str(PROGRAMS / "pact"), "verifier", *verifier], verifies=True),
        Subject(name=HELP, command=[gate, "--help"]),
        Subject(name=FLOOR, command=[sys.executable, "-c", "pass"]),
    ]


def run(subject: Subject, settings: Mapping[str, str], folder: Path, running: Provider) -> tuple[float, float]:
    """Run a command once; return its seconds and the peak memory of its largest process."""
    output = folder / "output.txt"
    running.taken()
    with output.open("wb") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            subject.command, cwd=folder, env=settings, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    asked = running.taken()
    if process.returncode != 0 or (subject.verifies and asked != INTERACTIONS):
        shown = output.read_text(encoding="utf-8", errors="replace")
        sys.exit(f"{shown}\n{subject.name}: exit code {process.returncode}, {asked} interactions asked for")
    return seconds, megabytes_of(usage)


def environment(compiled: Path) -> dict[str, str]:
    """Return what the commands get: nothing that would change what they do, no proxy, no telemetry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    own = {"PYTHONPYCACHEPREFIX": str(compiled), "PACT_DO_NOT_TRACK": "true", "NO_PROXY": "*", "no_proxy": "*"}
    return kept | own


def forget(compiled: Path) -> None:
    """Remove what was compiled of the gate and its dependencies. The folder repeats the whole path of each source."""
    for place in (Path(__file__).resolve().parent.parent, Path(sysconfig.get_path("purelib"))):
        shutil.rmtree(compiled / place.relative_to(place.anchor), ignore_errors=True)


def megabytes_of(usage: resource.struct_rusage) -> float:
    """Return the peak resident memory; Linux counts it in KiB, macOS in bytes."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


@contextmanager
def provider() -> Iterator[Provider]:
    """Run the provider."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Provider(port=int(ours.recv()), pipe=ours)
    finally:
        process.terminate()
        process.join()


def serve(pipe: Connection) -> None:
    """Answer requests, and whenever asked through the pipe, tell how many there were since."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.send(server.server_port)
        while True:
            pipe.recv()
            pipe.send(len(_Handler.asked))
            _Handler.asked.clear()


def show(measured: Mapping[str, Subject], runs: int) -> None:
    """Print the table and the targets."""
    print(f"{runs} runs each, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, ", end="")
    print(f"Python {platform.python_version()}\n")
    print("| command | median | min | peak memory of the largest process |\n|---|---:|---:|---:|")
    for subject in measured.values():
        median, least = statistics.median(subject.seconds), min(subject.seconds)
        print(f"| `{subject.name}` | {median:.3f} s | {least:.3f} s | {max(subject.megabytes):.0f} MB |")
    check, verifier = measured[CHECK].seconds, measured[VERIFIER].seconds
    ratios = statistics.median(check) / statistics.median(verifier), min(check) / min(verifier)
    print(f"| `{CHECK}` / `{VERIFIER}` | {ratios[0]:.1f} | {ratios[1]:.1f} | |\n")
    print(target(f"one contract of {INTERACTIONS} interactions, whole process", check, CHECK_TARGET))
    print(target(f"`{HELP}`", measured[HELP].seconds, HELP_TARGET))


def target(what: str, seconds: Sequence[float], limit: float) -> str:
    """Say whether a target is met; the median decides."""
    median = statistics.median(seconds)
    return f"- Target: {what}, under {limit:g} s: {'met' if median < limit else 'not met'} ({median:.3f} s)"


def item(number: int, name: str) -> dict[str, object]:
    """Return an item: what the consumer gives as its example, and with other values what the provider answers."""
    return {
        "id": number,
        "name": name,
        "price": {"amount": number + 0.5, "currency": "EUR"},
        "tags": [name],
        "available": True,
    }


def contract(consumer: str = "consumer", numbers: Iterable[int] = range(1, INTERACTIONS + 1)) -> dict[str, object]:
    """Return the Pact file of a consumer that asks for the items of these numbers."""
    types = {"matchers": [{"match": "type"}], "combine": "AND"}
    rules = dict.fromkeys(("$.id", "$.name", "$.price.amount", "$.price.currency", "$.tags", "$.tags[*]"), types)
    interactions = [
        {
            "description": f"a request for item {number}",
            "request": {"method": "GET", "path": f"/items/{number}", "headers": {"Accept": "application/json"}},
            "response": {
                "status": 200,
                "headers": {"Content-Type": "application/json"},
                "body": item(number, "an item"),
                "matchingRules": {"body": rules},
            },
        }
        for number in numbers
    ]
    return {
        "consumer": {"name": consumer},
        "provider": {"name": "items"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


if __name__ == "__main__":
    main()
