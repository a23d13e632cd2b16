"""The commands that `benchmarks/verify.py` measures, and one run of each."""

import os
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.nginx import Nginx
from benchmarks.process_tree import Peak
from benchmarks.start_up import PROGRAMS
from benchmarks.verify_contents import Contents

GATE: Final = "gate check"
GATE_TWICE: Final = "gate check, 2 replicas"
GATE_PARALLEL: Final = "gate check, provider-parallel"
GATES: Final = (GATE, GATE_TWICE, GATE_PARALLEL)
VERIFIER: Final = "pact verifier"
VERIFIER_NAMED: Final = "pact verifier, SSL_CERT_FILE set"
VERIFIER_BARE: Final = "pact verifier, one authority"
FLOOR: Final = "floor"
FLOOR_DISTINCT: Final = "floor, distinct"
SERVICE: Final = "items"
LARGE: Final = 100
"""Interactions from which on `pact verifier` is slow, and every replica must have been asked for some."""
AUTHORITIES: Final = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/cert.pem")
"""Where they are where Python does not know it."""
SHOWN: Final = 4000
"""Characters of the output of a run that does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command."""

    wall: float
    cpu: float
    megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How often commands run, one more turn aside that fills the caches."""

    runs: int
    verifier_runs: int
    """Of `pact verifier` where it is slow: without that one more."""

    @property
    def most(self) -> int:
        """How many turns there are."""
        return max(self.runs, self.verifier_runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A command that is measured, what it has to do, and what came of it."""

    name: str
    contents: Contents
    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its own."""
    interactions: int
    """That must reach the providers."""
    providers: int = 1
    """How many of them must get some."""
    says: str = ""
    """What its output must contain."""
    turns: range
    """In which it runs; the first one, 0, does not count."""
    runs: list[Run] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """The median of the seconds from start to exit."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """The median of the seconds of CPU."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def megabytes(self) -> float:
        """The worst peak of memory."""
        return max(run.megabytes for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the commands have in common."""

    folder: Path
    settings: Mapping[str, str]
    providers: Sequence[Nginx]


def side_by_side(contents: Contents, around: Around, turns: Turns) -> list[Subject]:
    """List all commands for the same contracts, and write these."""
    return [alone(contents, around, turns), *_other_gates(contents, around, turns), *_others(contents, around, turns)]


def alone(contents: Contents, around: Around, turns: Turns) -> Subject:
    """Return the gate with one provider, and write the contracts."""
    contents.write(around.folder / contents.name)
    return _gate(GATE, contents, around, turns, around.providers[:1])


def _other_gates(contents: Contents, around: Around, turns: Turns) -> list[Subject]:
    parallel = _gate(GATE_PARALLEL, contents, around, turns, around.providers[:1], "--provider-parallel", "true")
    return [_gate(GATE_TWICE, contents, around, turns, around.providers), parallel]


def _gate(
    name: str, contents: Contents, around: Around, turns: Turns, providers: Sequence[Nginx], *more: str
) -> Subject:
    command = [str(PROGRAMS / "gate"), "check", "--service", SERVICE, "--version", "1"]
    command += ["--contracts", str(around.folder / contents.name)]
    command += ["--provider-url", "\n".join(one.url for one in providers), *more]
    return Subject(
        name=name,
        contents=contents,
        command=command,
        interactions=contents.distinct,
        providers=len(providers) if contents.distinct >= LARGE else 1,
        says=f"{contents.contracts} binding contract{'' if contents.contracts == 1 else 's'} honoured",
        turns=range(turns.runs + 1),
    )


def _others(contents: Contents, around: Around, turns: Turns) -> list[Subject]:
    folder, first = str(around.folder / contents.name), around.providers[0]
    every, once = contents.interactions, contents.distinct
    counted = range(turns.runs + 1)
    patient = counted if every < LARGE else range(1, turns.verifier_runs + 1)
    verifier = [str(PROGRAMS / "pact"), "verifier", "--provider-name", SERVICE, "--dir", folder]
    verifier += ["--hostname", "127.0.0.1", "--port", str(first.port)]
    bare = {"SSL_CERT_DIR": str(around.folder / "none"), "SSL_CERT_FILE": str(around.folder / "authority.pem")}
    verifiers = [
        Subject(name=name, contents=contents, command=verifier, settings=store, interactions=every, turns=patient)
        for name, store in ((VERIFIER, {}), (VERIFIER_NAMED, {"SSL_CERT_FILE": authorities()}), (VERIFIER_BARE, bare))
    ]
    floor = [sys.executable, str(Path(__file__).with_name("verify_floor.py")), first.url, folder]
    floors = [Subject(name=FLOOR, contents=contents, command=floor, interactions=every, turns=counted)]
    if once < every:
        floor = [*floor, "--distinct"]
        floors.append(Subject(name=FLOOR_DISTINCT, contents=contents, command=floor, interactions=once, turns=counted))
    return [*verifiers, *floors]


def authorities() -> str:
    """Return the machine's file of certificate authorities."""
    for known in (ssl.get_default_verify_paths().openssl_cafile, *AUTHORITIES):
        if Path(known).exists():
            return str(Path(known).resolve())
    sys.exit("there are no certificate authorities: apt-get install ca-certificates")


def take_turn(subject: Subject, turn: int, around: Around) -> None:
    """Run a command, if it has this turn, and keep what it took, if the turn counts."""
    if turn not in subject.turns:
        return
    ended = run(subject, around)
    print(f"{turn}: {subject.contents.what}, {subject.name}: {ended.wall:.2f} s", file=sys.stderr, flush=True)
    if turn:
        subject.runs.append(ended)


def run(subject: Subject, around: Around) -> Run:
    """Run a command once; stop when it did not do all that it should, and nothing else."""
    output = around.folder / "output.txt"
    for one in around.providers:
        one.taken()
    with output.open("wb") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            subject.command,
            cwd=around.folder,
            env={**around.settings, **subject.settings},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        with Peak(process.pid) as peak:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    _refuse(subject, process.returncode, [one.taken() for one in around.providers], output)
    return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, megabytes=peak.megabytes)


def _refuse(subject: Subject, exit_code: int, asked: Sequence[int], output: Path) -> None:
    shown = output.read_text(encoding="utf-8", errors="replace")
    problems = {
        f"exit code {exit_code}": exit_code != 0,
        f"{sum(asked)} interactions asked for, not {subject.interactions}": sum(asked) != subject.interactions,
        f"not {subject.providers} of the providers were asked": sum(map(bool, asked)) < subject.providers,
        f"it does not say {subject.says!r}": subject.says not in shown,
    }
    found = [problem for problem, is_there in problems.items() if is_there]
    if found:
        sys.exit(f"{shown[-SHOWN:]}\n{subject.contents.what}, {subject.name}: {'; '.join(found)}")
