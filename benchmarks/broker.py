"""What a Pact Broker costs `gate check`, for a provider with 200 live consumers, beside `pact verifier`.

    ./dev python -m benchmarks.broker [--consumers 200] [--runs 5]

Each consumer has one contract of one interaction, which is no other's. Its version is the head of its main branch and
live in production, and the provider has honoured it before. Measured are whole processes, one after the other and in
turns:

1. `gate check` of all that the broker selects: live, main branches, matching branch;
2. `gate check` of the same contracts from files: verification and start without a broker;
3. `gate can-i-deploy`: no verification, one kept result for each contract;
4. `pact verifier` of pact-python-cli, the reference verifier without Python around it: mainBranch, deployedOrReleased
   and matchingBranch, pending contracts enabled, nothing published;
5. `pact verifier` of the same files;
6. to 9. the first, second, fourth and fifth again, with a store of one certificate authority (SSL_CERT_FILE). The
   engine, which both have, reads the store anew for each interaction, even of a provider that speaks plain HTTP. How
   long that takes is a property of the machine, and its scatter is larger than all that the broker adds: the broker's
   part is therefore told from these four alone.

CPU is what the kernel counts for the client's process and all that it waited for, user and system together. The broker
is the fake of `tests/pact_broker` in a process of its own, and so is the provider: neither counts. The fake is not as
slow as a real broker, and not as parallel: the wall time says how long a client is busy, not how long a team waits. It
keeps connections alive, as a real one does.

A run counts only if it exits with 0, if as many interactions reached the provider as there are to verify, if the broker
was asked for at least as many contracts (or kept results) as there are and did not fail itself, and if the gate's own
words count every contract as binding and honoured.

How modules are compiled and kept is said in `benchmarks/start_up.py`.
"""

import argparse
import json
import multiprocessing
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ClassVar, Final

import trustme

from benchmarks.start_up import PROGRAMS, Provider, contract, environment, provider
from tests.pact_broker import PactBroker
from tests.servers import Asked

SERVICE: Final = "items"
BEFORE, VERSION, BRANCH = "1.0.0", "1.1.0", "change"
CHECK, CHECK_FILES, DECIDE = "gate check", "gate check, files", "gate can-i-deploy"
VERIFIER, VERIFIER_FILES = "pact verifier", "pact verifier, files"
BARE: Final = ", one authority"
CONTRACT, MATRIX, OTHER = "contract", "matrix (kept result)", "other"
KINDS: Final[Mapping[str, str]] = {
    "index": r"GET /",
    "for verification": r"(GET|POST) /pacts/provider/[^/]+/for-verification",
    CONTRACT: r"GET /pacts/provider/[^/]+/consumer/.+",
    "live": r"GET /environments(/.+)?",
    "application, branch, version": r"GET /pacticipants/.+",
    MATRIX: r"GET /matrix",
}
"""What a client asks a broker for: a regular expression of method and path."""
SHOWN: Final = 4000
"""Characters of the output of a run that does not count."""
SELECTORS: Final = ({"mainBranch": True}, {"deployedOrReleased": True}, {"matchingBranch": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the broker was asked during a run."""

    kinds: Counter[str]
    connections: int
    seconds: float
    """Of CPU that the fake needed to answer."""
    violations: Sequence[str]

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return self.kinds.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The fake broker in a process of its own."""

    url: str
    pipe: Connection

    def taken(self) -> Traffic:
        """Return what was asked since the last call."""
        self.pipe.send(None)
        traffic: Traffic = self.pipe.recv()
        return traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command."""

    wall: float
    cpu: float
    traffic: Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A command that is measured, what it has to do, and what came of it."""

    name: str
    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its own."""
    interactions: int
    """That must reach the provider."""
    asks_for: str | None = None
    """The kind of request of which the broker must get one for each contract; None if it must get none at all."""
    says: str = ""
    """What its output must contain."""
    runs: list[Run] = field(default_factory=list)

    def median(self, value: Callable[[Run], float]) -> float:
        """Return the median over all runs."""
        return statistics.median(map(value, self.runs))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet: else each answer waits for a delayed acknowledgement of its head.
    wbufsize = -1
    broker: ClassVar[PactBroker]
    connections: ClassVar[list[object]] = []

    def setup(self) -> None:
        super().setup()
        self.connections.append(self.client_address)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = dict(self.headers.items())
        reply = self.broker.handle(Asked(method=self.command, path=self.path, headers=headers, body=body))
        if reply is None:
            self.close_connection = True
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Measures what a broker costs, beside the reference verifier.")
    arguments.add_argument("--consumers", type=int, default=200, help="live consumers (default: 200)")
    arguments.add_argument("--runs", type=int, default=5, help="runs of each command (default: 5)")
    options = arguments.parse_args()
    consumers: int = options.consumers
    with (
        tempfile.TemporaryDirectory(prefix="gate-broker-") as folder,
        fake_broker(consumers) as broker,
        provider() as running,
    ):
        write_files(Path(folder, "pacts"), consumers)
        Path(folder, "none").mkdir()
        trustme.CA().cert_pem.write_to_path(str(Path(folder, "authority.pem")))
        measured = subjects(consumers, broker.url, running.port, Path(folder))
        settings = environment(Path(folder, "compiled"))
        for turn in range(options.runs + 1):
            for subject in measured:
                ended = run(subject, consumers, settings, Path(folder), broker, running)
                if turn:  # the first one fills the caches
                    subject.runs.append(ended)
    show({subject.name: subject for subject in measured}, consumers)


def subjects(consumers: int, broker: str, port: int, folder: Path) -> list[Subject]:
    """List the commands."""
    gate, url = str(PROGRAMS / "gate"), f"http://127.0.0.1:{port}"
    candidate = ["--service", SERVICE, "--version", VERSION, "--branch", BRANCH]
    at_broker = [*candidate, "--environment", "production", "--broker-url", broker]
    # The option takes one selector each time, as in the verifier's own manual.
    chosen = [word for one in SELECTORS for word in ("--consumer-version-selectors", json.dumps(one))]
    verifier = [str(PROGRAMS / "pact"), "verifier", "--provider-name", SERVICE]
    verifier += ["--hostname", "127.0.0.1", "--port", str(port)]
    by_broker = [*verifier, "--broker-url", broker, "--provider-branch", BRANCH, "--enable-pending", *chosen]
    honoured = f"{consumers} binding contract{'' if consumers == 1 else 's'} honoured"
    files = str(folder / "pacts")
    verifying = [
        Subject(
            name=CHECK,
            command=[gate, "check", *at_broker, "--provider-url", url],
            interactions=consumers,
            asks_for=CONTRACT,
            says=honoured,
        ),
        Subject(
            name=CHECK_FILES,
            command=[gate, "check", *candidate, "--provider-url", url, "--contracts", files],
            interactions=consumers,
            says=honoured,
        ),
        Subject(name=VERIFIER, command=by_broker, interactions=consumers, asks_for=CONTRACT),
        Subject(name=VERIFIER_FILES, command=[*verifier, "--dir", files], interactions=consumers),
    ]
    deciding = Subject(
        name=DECIDE, command=[gate, "can-i-deploy", *at_broker], interactions=0, asks_for=MATRIX, says=honoured
    )
    bare = {"SSL_CERT_DIR": str(folder / "none"), "SSL_CERT_FILE": str(folder / "authority.pem")}
    again = [replace(one, name=one.name + BARE, settings=bare, runs=[]) for one in verifying]
    return [*verifying[:2], deciding, *verifying[2:], *again]


def run(  # noqa: PLR0913, PLR0917 - each is a part of the surroundings of a run
    subject: Subject,
    consumers: int,
    settings: Mapping[str, str],
    folder: Path,
    broker: Running,
    running: Provider,
) -> Run:
    """Run a command once; stop when it did not do all that it should, and nothing else."""
    output = folder / "output.txt"
    running.taken()
    broker.taken()
    with output.open("wb") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            subject.command,
            cwd=folder,
            env={**settings, **subject.settings},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    asked, traffic = running.taken(), broker.taken()
    shown = output.read_text(encoding="utf-8", errors="replace")
    problems = {
        f"exit code {process.returncode}": process.returncode != 0,
        f"{asked} interactions asked for, not {subject.interactions}": asked != subject.interactions,
        f"the broker was asked for {dict(traffic.kinds)}": not is_complete(subject, traffic.kinds, consumers),
        f"the fake broker failed: {list(traffic.violations)}": bool(traffic.violations),
        f"it does not say {subject.says!r}": subject.says not in shown,
    }
    found = [problem for problem, is_there in problems.items() if is_there]
    if found:
        sys.exit(f"{shown[-SHOWN:]}\n{subject.name}: {'; '.join(found)}")
    return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, traffic=traffic)


def is_complete(subject: Subject, kinds: Counter[str], consumers: int) -> bool:
    """Say whether the broker was asked for all that it must be asked for, and for nothing that nobody knows."""
    if subject.asks_for is None:
        return not kinds.total()
    return kinds[subject.asks_for] >= consumers and not kinds[OTHER]


@contextmanager
def fake_broker(consumers: int) -> Iterator[Running]:
    """Run the broker."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs, consumers), daemon=True)
    process.start()
    try:
        yield Running(url=str(ours.recv()), pipe=ours)
    finally:
        process.terminate()
        process.join()


def serve(pipe: Connection, consumers: int) -> None:
    """Answer requests, and whenever asked through the pipe, tell what they were since."""
    _Handler.broker = broker = filled(consumers)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        broker.server_url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.send(broker.url)
        before = time.process_time()
        while True:
            pipe.recv()
            now = time.process_time()
            pipe.send(
                Traffic(
                    kinds=Counter(kind_of(one.method, one.path) for one in broker.asked),
                    connections=len(_Handler.connections),
                    seconds=now - before,
                    violations=tuple(broker.violations),
                )
            )
            broker.asked.clear()
            broker.violations.clear()
            _Handler.connections.clear()
            before = time.process_time()


def kind_of(method: str, path: str) -> str:
    """Say what a request is for."""
    asked = f"{method} {path}"
    return next((kind for kind, known in KINDS.items() if re.fullmatch(known, asked)), OTHER)


def filled(consumers: int) -> PactBroker:
    """Return a broker whose consumers are live; the candidate and the version before it honour all their contracts."""
    broker = PactBroker()
    broker.environment("production", production=True)
    for number in range(1, consumers + 1):
        name = consumer(number)
        broker.publish(name, "1.0.0", SERVICE, contract(consumer(number), [number]))
        broker.deploy(name, "1.0.0", "production")
        broker.verify(name, "1.0.0", SERVICE, BEFORE)
        broker.verify(name, "1.0.0", SERVICE, VERSION, branch=BRANCH)
    broker.deploy(SERVICE, BEFORE, "production")
    return broker


def write_files(folder: Path, consumers: int) -> None:
    """Write the contracts that the broker has, too."""
    folder.mkdir()
    for number in range(1, consumers + 1):
        path = folder / f"{consumer(number)}-{SERVICE}.json"
        path.write_text(json.dumps(contract(consumer(number), [number])), encoding="utf-8")


def consumer(number: int) -> str:
    """Name a consumer."""
    return f"consumer-{number:03}"


def show(measured: Mapping[str, Subject], consumers: int) -> None:
    """Print the tables."""
    runs = len(measured[CHECK].runs)
    print(f"{consumers} live consumers, {runs} runs each, medians; {os.cpu_count()} cores, ", end="")
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}\n")
    show_costs(measured.values(), consumers)
    show_shares(measured, consumers)
    show_requests([measured[name] for name in (CHECK, DECIDE, VERIFIER)], consumers)


def show_costs(measured: Iterable[Subject], consumers: int) -> None:
    """Print what each command costs as a whole."""
    print("| whole process | wall | client CPU | CPU per contract | requests per contract | connections | fake's CPU |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for one in measured:
        cpu = one.median(lambda run: run.cpu)
        requests = one.median(lambda run: run.traffic.requests)
        print(f"| `{one.name}` | {one.median(lambda run: run.wall):.2f} s | {cpu:.2f} s ", end="")
        print(f"| {1000 * cpu / consumers:.1f} ms | {requests / consumers:.2f} ", end="")
        print(f"| {one.median(lambda run: run.traffic.connections):.0f} ", end="")
        print(f"| {one.median(lambda run: run.traffic.seconds):.2f} s |")


def show_shares(measured: Mapping[str, Subject], consumers: int) -> None:
    """Print what of it is the broker's part, and how the gate compares."""
    print("\n| gate / verifier | wall | client CPU | requests |\n|---|---:|---:|---:|")
    for store in ("", BARE):
        for left, right in ((CHECK, VERIFIER), (CHECK_FILES, VERIFIER_FILES)):
            ours, theirs = measured[left + store], measured[right + store]
            wall = ours.median(lambda run: run.wall) / theirs.median(lambda run: run.wall)
            cpu = ours.median(lambda run: run.cpu) / theirs.median(lambda run: run.cpu)
            asked = [one.median(lambda run: run.traffic.requests) for one in (ours, theirs)]
            requests = f"{asked[0] / asked[1]:.2f}" if asked[1] else "-"
            print(f"| `{ours.name}` / `{theirs.name}` | {wall:.2f} | {cpu:.2f} | {requests} |")
    print("\n| the broker's part: with it less with files | wall per contract | client CPU per contract |")
    print("|---|---:|---:|")
    ours_share = share(measured[CHECK + BARE], measured[CHECK_FILES + BARE], consumers)
    their_share = share(measured[VERIFIER + BARE], measured[VERIFIER_FILES + BARE], consumers)
    print(f"| `{CHECK + BARE}` | {ours_share[0]:.1f} ms | {ours_share[1]:.1f} ms |")
    print(f"| `{VERIFIER + BARE}` | {their_share[0]:.1f} ms | {their_share[1]:.1f} ms |")
    ratios = (ours / theirs for ours, theirs in zip(ours_share, their_share, strict=True))
    print(f"| `{CHECK + BARE}` / `{VERIFIER + BARE}` | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |")


def share(with_broker: Subject, with_files: Subject, consumers: int) -> tuple[float, float]:
    """Return what the broker adds, in milliseconds per contract: wall time and CPU, each the median over the turns."""
    turns = list(zip(with_broker.runs, with_files.runs, strict=True))
    wall = statistics.median(one.wall - other.wall for one, other in turns)
    cpu = statistics.median(one.cpu - other.cpu for one, other in turns)
    return 1000 * wall / consumers, 1000 * cpu / consumers


def show_requests(measured: Sequence[Subject], consumers: int) -> None:
    """Print how often the broker was asked for what, in the last run."""
    print(f"\n| requests to the broker | {' | '.join(f'`{one.name}`' for one in measured)} |")
    print(f"|---|{'---:|' * len(measured)}")
    for kind in KINDS:
        print(f"| {kind} | {' | '.join(str(one.runs[-1].traffic.kinds[kind]) for one in measured)} |")
    every = [one.runs[-1].traffic.requests for one in measured]
    print(f"| all | {' | '.join(map(str, every))} |")
    print(f"| per contract | {' | '.join(f'{count / consumers:.2f}' for count in every)} |")


if __name__ == "__main__":
    main()
