"""What the built-in store costs, in a folder and on a branch of git's, as the number of services grows.

    ./dev python -m benchmarks.store [--services 20 100 1000] [--runs 5] [--quick] [--keep FOLDER] [--round-trip 0]

Each service consumes ten others and is consumed by ten: 20 is the least number of services for which those are others.
Each has 50 versions on its main branch, each verified against what its ten consumers expected then, new contracts
every ten versions, and ten deployments to production. The candidate is the newest version of one of them, at stage
deploy: ten consumers and ten providers have to get on with it. What is in the store is made by
`benchmarks/store_contents.py`; with `--keep` it is left in a folder, and taken from there the next time.

Measured are whole processes, one after the other and in turns. Python's start and the imports are told from the work:
what a command imports is imported before the clock starts (`benchmarks/timed_command.py`). The server of the git
repository is git's own behind HTTP in a process of its own, on this machine (`benchmarks/git_over_http.py`): what it
takes there is the server's and git's time without that of a network. A network adds a round trip for each request and
two for each connection (TCP and TLS): their numbers are shown, and `--round-trip` has the server wait as long. What is
missing in the sum of the parts is the start and the end of Python.

A run counts only if it exits with 0, if a verdict is `allow` with all twenty integrations honoured, and if what is
written came to the server. Before each run the branch is what it was at first.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import store_contents
from benchmarks.git_over_http import FILTERS, PLAIN, READ, WRITE, GitServer, Traffic, git_server
from benchmarks.start_up import environment, megabytes_of
from benchmarks.store_contents import (
    ENVIRONMENT,
    MAIN,
    STORE_BRANCH,
    Shape,
    document,
    version,
    write,
)
from gate.stores.built_in import layout, names

TARGET: Final = 1.0
FLAT: Final = 1.5
"""The largest store may cost this much of what the smallest one costs; between two runs of one there is as much."""
CAN_I_DEPLOY, PUBLISH, RECORD = "can-i-deploy", "publish", "record-deployment"
FOLDER, GIT, GIT_PLAIN = "folder", "git", "git, no filters"
SHOWN: Final = 4000
"""Characters of the output of a run that does not count."""
REPOSITORY: Final = "store.git"
REPORT: Final = "contract-gate-report.json"
BROKER: Final = """
For comparison, not measured here: a Pact Broker on PostgreSQL, two cores shared with its client, 200 consumers of 20
versions each, took 4.5 s for `/can-i-deploy` of their provider and 44 ms for that of one of them (medians of ten)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command, in seconds and bytes."""

    wall: float
    cpu: float
    """Of the whole process and all that it waited for."""
    megabytes: float
    """The peak of the largest process."""
    parts: Mapping[str, float]
    """What `benchmarks.timed_command` says."""
    traffic: Traffic

    @property
    def network(self) -> float:
        """Seconds in which git talked to the server."""
        return self.parts.get("network", 0.0)

    @property
    def after(self) -> float:
        """Seconds after imports, without those in which git talked to the server."""
        return self.parts["work"] - self.network


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A command that is measured on a store, and what came of it."""

    command: str
    store: str
    shape: Shape
    address: str
    options: Sequence[str]
    runs: list[Run] = field(default_factory=list)

    @property
    def decides(self) -> bool:
        """Whether it ends in a verdict."""
        return self.command != PUBLISH

    def median(self, value: Callable[[Run], float]) -> float:
        """Return the median over all runs."""
        return statistics.median(map(value, self.runs))


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Measures what the built-in store costs as it grows.")
    arguments.add_argument("--services", type=int, nargs="+", default=[20, 100, 1000], help="(default: 20 100 1000)")
    arguments.add_argument("--versions", type=int, default=50, help="of each service (default: 50)")
    arguments.add_argument("--runs", type=int, default=5, help="runs of each command (default: 5)")
    arguments.add_argument("--quick", action="store_true", help="two small stores, two runs")
    arguments.add_argument("--keep", type=Path, help="where the stores are kept for the next time")
    arguments.add_argument("--round-trip", type=float, default=0, help="milliseconds, of a network that is simulated")
    options = arguments.parse_args()
    sizes, runs = ([20, 40], 2) if options.quick else (options.services, options.runs)
    shapes = [Shape(services=number, versions=options.versions) for number in sizes]
    with kept_or_temporary(options.keep) as folder, git_server(folder, options.round_trip / 1000) as server:
        for shape in shapes:
            fill(shape, folder)
        measured = [subject for shape in shapes for subject in subjects(shape, folder, server)]
        settings = environment(folder / "compiled") | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for turn in range(runs + 1):
            for subject in measured:
                with tempfile.TemporaryDirectory(prefix="gate-store-run-") as place:
                    ended = run(subject, settings, Path(place), folder, server)
                if turn:  # the first one fills the caches
                    subject.runs.append(ended)
    show(measured, options)


@contextmanager
def kept_or_temporary(kept: Path | None) -> Iterator[Path]:
    """Give a folder for stores."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="gate-store-") as folder:
        yield Path(folder)


def fill(shape: Shape, folder: Path) -> None:
    """Make the stores of a shape where they are not there yet."""
    whole = folder / name_of(shape)
    if whole.exists():
        return
    print(f"writing {whole.name} ...", file=sys.stderr, flush=True)
    unfinished = folder / f"unfinished-{whole.name}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    write(shape, unfinished / FOLDER, unfinished / REPOSITORY)
    unfinished.rename(whole)


def name_of(shape: Shape) -> str:
    """Name a store by all that it is made of."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (store_contents, layout, names))
    made = hashlib.sha256(b"".join([repr(shape).encode(), *sources]))
    return f"{shape.services}x{shape.versions}-{made.hexdigest()[:8]}"


def subjects(shape: Shape, folder: Path, server: GitServer) -> list[Subject]:
    """List the commands on the stores of a shape."""
    name = name_of(shape)
    git, plain = (server.address(kind, f"{name}/{REPOSITORY}") for kind in (FILTERS, PLAIN))
    make = partial(Subject, shape=shape)
    candidate = ["--service", shape.candidate, "--branch", MAIN]
    known = [*candidate, "--version", shape.candidate_version, "--environment", ENVIRONMENT]
    asked = [*known, "--stage", "deploy"]
    new = [*candidate, "--version", version(shape.candidate, shape.versions + 1), "--contracts", "pacts"]
    return [
        make(command=CAN_I_DEPLOY, store=FOLDER, address=str(folder / name / FOLDER), options=asked),
        make(command=CAN_I_DEPLOY, store=GIT, address=git, options=asked),
        make(command=CAN_I_DEPLOY, store=GIT_PLAIN, address=plain, options=asked),
        make(command=PUBLISH, store=GIT, address=git, options=new),
        make(command=RECORD, store=GIT, address=git, options=known),
    ]


def run(subject: Subject, settings: Mapping[str, str], place: Path, folder: Path, server: GitServer) -> Run:
    """Run a command once; stop when it did not do all that it should."""
    write_contracts(subject.shape, place / "pacts")
    modules = folder / f"modules-{subject.command}-{subject.store.partition(',')[0]}.json"
    command = [sys.executable, "-m", "benchmarks.timed_command", str(modules), "times.json", subject.command]
    paths = {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    repository = folder / name_of(subject.shape) / REPOSITORY
    with unchanged(repository) as tip, (place / "output.txt").open("wb") as output:
        server.taken()
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, *subject.options, "--store", subject.address],
            cwd=place,
            env={**settings, **paths},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        traffic, changed = server.taken(), tip_of(repository) != tip
    refuse_incomplete(subject, process.returncode, place, changed=changed)
    parts: Mapping[str, float] = json.loads((place / "times.json").read_text(encoding="utf-8"))
    return Run(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        megabytes=megabytes_of(usage),
        parts=parts,
        traffic=traffic,
    )


def refuse_incomplete(subject: Subject, code: int, place: Path, *, changed: bool) -> None:
    """Stop when a run did not do all that it should."""
    shown = (place / "output.txt").read_text(encoding="utf-8", errors="replace")
    honoured = []
    if subject.decides and (place / REPORT).exists():
        entries = json.loads((place / REPORT).read_text(encoding="utf-8"))["entries"]
        integrations = [one["integration"] for one in entries]
        honoured = [one for one in integrations if one["binding"] and one["kept"] and one["kept"]["success"]]
    expected = 2 * subject.shape.counterparts if subject.decides else 0
    problems = {
        f"exit code {code}": code != 0,
        f"{len(honoured)} integrations honoured, not {expected}": len(honoured) != expected,
        f"the branch {'was' if changed else 'was not'} written": changed is not (subject.command != CAN_I_DEPLOY),
    }
    found = [problem for problem, is_there in problems.items() if is_there]
    if found:
        sys.exit(f"{shown[-SHOWN:]}\n{subject.command} on {subject.address}: {'; '.join(found)}")


def write_contracts(shape: Shape, folder: Path) -> None:
    """Write what a version after the candidate expects: something new of each provider."""
    folder.mkdir()
    number = shape.services // 2
    for provider in shape.providers(number):
        content = document(shape.candidate, provider, shape.content(shape.versions) + 1)
        (folder / f"{provider}.json").write_bytes(content)


@contextmanager
def unchanged(repository: Path) -> Iterator[str]:
    """Put the branch back to where it was."""
    tip = tip_of(repository)
    try:
        yield tip
    finally:
        subprocess.run(["git", "-C", str(repository), "update-ref", f"refs/heads/{STORE_BRANCH}", tip], check=True)


def tip_of(repository: Path) -> str:
    """Return the newest commit of the store."""
    asked = ["git", "-C", str(repository), "rev-parse", f"refs/heads/{STORE_BRANCH}"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def show(measured: Sequence[Subject], options: argparse.Namespace) -> None:
    """Print the tables and the targets."""
    print(f"{options.versions} versions of each service, round trips of {options.round_trip:g} ms simulated; ", end="")
    print(f"{len(measured[0].runs)} runs each, medians; {os.cpu_count()} cores, ", end="")
    git = subprocess.run(["git", "version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {git}\n")
    show_costs(measured)
    show_traffic([one for one in measured if one.store != FOLDER])
    print()
    for store in (FOLDER, GIT, GIT_PLAIN):
        show_targets(store, [one for one in measured if (one.command, one.store) == (CAN_I_DEPLOY, store)])
    print(BROKER)


def show_costs(measured: Sequence[Subject]) -> None:
    """Print what each command costs as a whole, and which part has what share in it."""
    print("| command | store | services | whole process | imports | git's network commands | all the rest ", end="")
    print("| of it git's other commands | CPU | peak memory of the largest process |")
    print(f"|---|---|{'---:|' * 8}")
    for one in measured:
        print(
            f"| `{one.command}` | {one.store} | {one.shape.services} | {one.median(lambda run: run.wall):.2f} s ",
            end="",
        )
        print(f"| {one.median(lambda run: run.parts['imports']):.2f} s ", end="")
        network = f"{one.median(lambda run: run.network):.2f} s" if one.store != FOLDER else "-"
        git = one.median(lambda run: run.parts.get("git", 0.0))
        print(f"| {network} | {one.median(lambda run: run.after):.3f} s ", end="")
        print(f"| {f'{git:.3f} s' if one.store != FOLDER else '-'} ", end="")
        print(f"| {one.median(lambda run: run.cpu):.2f} s | {one.median(lambda run: run.megabytes):.0f} MB |")


def show_traffic(measured: Sequence[Subject]) -> None:
    """Print what went to the server and came from it."""
    print("\n| command | store | services | git's network commands | requests | connections | received | sent ", end="")
    print("| of it pushed | server's CPU |")
    print(f"|---|---|{'---:|' * 8}")
    for one in measured:
        print(f"| `{one.command}` | {one.store} | {one.shape.services} ", end="")
        print(f"| {one.median(lambda run: run.parts.get('network calls', 0)):.0f} ", end="")
        print(f"| {one.median(lambda run: run.traffic.requests.total()):.0f} ", end="")
        print(f"| {one.median(lambda run: run.traffic.connections):.0f} ", end="")
        received = one.median(lambda run: run.traffic.sent[READ] + run.traffic.sent[WRITE])
        sent = one.median(lambda run: run.traffic.received[READ] + run.traffic.received[WRITE])
        pushed = one.median(lambda run: run.traffic.received[WRITE])
        print(f"| {amount(received)} | {amount(sent)} | {amount(pushed) if pushed else '-'} ", end="")
        print(f"| {one.median(lambda run: run.traffic.seconds):.2f} s |")


def amount(count: float) -> str:
    """Write a number of bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def show_targets(store: str, measured: Sequence[Subject]) -> None:
    """Say whether the targets are met; the medians decide."""
    seconds = [one.median(lambda run: run.after) for one in measured]
    sizes = [one.shape.services for one in measured]
    met = "met" if max(seconds) < TARGET else "not met"
    print(f"- Target: `{CAN_I_DEPLOY}` ({store}) after imports and fetch, under {TARGET:g} s: {met} ", end="")
    print(f"({max(seconds):.3f} s)")
    if len(sizes) == 1:
        return
    ratio = seconds[-1] / seconds[0]
    met = "met" if ratio < FLAT else "not met"
    print(f"- Target: the same for {sizes[-1]} services as for {sizes[0]}: {met} (ratio {ratio:.2f})")


if __name__ == "__main__":
    main()
