"""A built-in store as it is after many releases, written without the gate's own commands, which would take hours.

Services stand in a ring, and each consumes those that follow it. At each step every service releases a version on its
main branch: publishes what it expects, and verifies what its consumers expect at that step. Each commit is one such
release. Paths and facts are the store's own.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import IO, Final

from benchmarks.start_up import contract
from gate.engines.pact_engine.content import content_id
from gate.stores.built_in import about
from gate.stores.built_in.layout import (
    Event,
    PlaceFact,
    PublicationFact,
    ResultFact,
    ServiceFact,
    VersionFact,
    contract_file,
    service_file,
    written_fact,
)

ENVIRONMENT: Final = "production"
MAIN: Final = "main"
STORE_BRANCH: Final = "contract-gate"
FIRST_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
AUTHOR: Final = "Contract Gate <contract-gate@users.noreply.github.com>"
SETTINGS: Final = (
    ("http.receivepack", "true"),
    ("receive.autogc", "false"),
    ("gc.auto", "0"),
    ("pack.writeReverseIndex", "true"),  # else an older git computes it anew for each fetch
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What one service adds at one step."""

    subject: str
    at: datetime
    files: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How much there is in a store."""

    services: int
    versions: int
    """Of each service, all on its main branch."""
    counterparts: int = 10
    """Providers that each service consumes, and so consumers that each has."""
    changes_every: int = 10
    """Versions after which a consumer expects something new of each of its providers."""
    deployments: int = 10
    """Of each service: each an equal number of versions after the one before, the last a version ago."""

    @property
    def candidate(self) -> str:
        """The service that is asked about."""
        return service(self.services // 2)

    @property
    def candidate_version(self) -> str:
        """Its newest version, which nobody has deployed."""
        return version(self.candidate, self.versions)

    @cached_property
    def live_steps(self) -> frozenset[int]:
        """The steps whose versions are deployed."""
        apart = max(self.versions // self.deployments, 1)
        return frozenset(range(self.versions - 1, 0, -apart))

    def content(self, step: int) -> int:
        """Return the number of what consumers expect at a step."""
        return (step - 1) // self.changes_every

    def providers(self, number: int) -> list[str]:
        """Name whom a service consumes."""
        return [service((number + one) % self.services) for one in range(1, self.counterparts + 1)]

    def consumers(self, number: int) -> list[str]:
        """Name whom a service provides to."""
        return [service((number - one) % self.services) for one in range(1, self.counterparts + 1)]

    def releases(self) -> Iterator[Release]:
        """Return all that is in the store, the oldest first."""
        yield Release(subject="a new store", at=FIRST_DAY, files=about.files())
        for step in range(1, self.versions + 1):
            for number in range(self.services):
                yield self._release(number, step)

    def _release(self, number: int, step: int) -> Release:
        name, at = service(number), FIRST_DAY + timedelta(days=step, seconds=number)
        files = {service_file(name): written_fact(ServiceFact(service=name))} if step == 1 else {}
        files |= self._published(number, step, at)
        fact = VersionFact(
            service=name, version=version(name, step), branch=MAIN, main=True, at=at, url=page(name, step)
        )
        files[fact.path(step)] = written_fact(fact)
        for consumer in self.consumers(number):
            result = self._result(name, consumer, step, at)
            files[result.path(step, 1)] = written_fact(result, self._more(consumer, step))
        if step in self.live_steps:
            place = PlaceFact(
                environment=ENVIRONMENT,
                service=name,
                version=version(name, step),
                event=Event.DEPLOYED,
                at=at,
                contracts=self._contracts(number, step),
            )
            files[place.path(sum(one <= step for one in self.live_steps))] = written_fact(place)
        return Release(subject=f"{name} {version(name, step)[:7]}", at=at, files=files)

    def _published(self, number: int, step: int, at: datetime) -> dict[str, bytes]:
        """Return what a version expects, and those contracts that are new."""
        name, content, contracts = service(number), self.content(step), self._contracts(number, step)
        files: dict[str, bytes] = {}
        if step == 1 or content != self.content(step - 1):
            for provider, known in contracts.items():
                files[contract_file(provider, name, known)] = document(name, provider, content)
        fact = PublicationFact.of(
            consumer=name, version=version(name, step), at=at, url=page(name, step), contracts=contracts
        )
        return files | {fact.path(1): written_fact(fact)}

    def _contracts(self, number: int, step: int) -> dict[str, str]:
        """Return what a service expects of each provider at a step."""
        name, content = service(number), self.content(step)
        return {provider: named_content(name, provider, content) for provider in self.providers(number)}

    def _result(self, provider: str, consumer: str, step: int, at: datetime) -> ResultFact:
        return ResultFact(
            provider=provider,
            version=version(provider, step),
            consumer=consumer,
            content=named_content(consumer, provider, self.content(step)),
            success=True,
            at=at,
            url=page(provider, step),
        )

    def _more(self, consumer: str, step: int) -> dict[str, object]:
        """Return what the gate writes for people beside a result."""
        return {"consumer_versions": [version(consumer, step)], "interactions": 10, "verified_by": "Contract Gate"}


def service(number: int) -> str:
    """Name a service."""
    return f"service-{number:04}"


@cache
def version(name: str, step: int) -> str:
    """Name a version, as a commit is named."""
    return hashlib.sha1(f"{name} {step}".encode(), usedforsecurity=False).hexdigest()


def page(name: str, step: int) -> str:
    """Name the run that released a version."""
    return f"https://github.com/acme/{name}/actions/runs/{10_000_000_000 + step}"


@cache
def template() -> str:
    """Write a contract of ten interactions, once: it takes longer than all the rest."""
    text = json.dumps(contract() | {"consumer": {"name": "CONSUMER"}, "provider": {"name": "PROVIDER"}}, indent=2)
    return text.replace("a request for", "revision NUMBER of")


def document(consumer: str, provider: str, number: int) -> bytes:
    """Write a contract; another number is another content."""
    values = {"CONSUMER": consumer, "PROVIDER": provider, "NUMBER": str(number)}
    return re.sub("|".join(values), lambda found: values[found[0]], template()).encode()


@cache
def named_content(consumer: str, provider: str, number: int) -> str:
    """Return the name of a content."""
    return content_id(document(consumer, provider, number))


def write(shape: Shape, folder: Path, repository: Path) -> None:
    """Write a store twice: into a folder, and into a bare repository, packed as a server keeps it."""
    git = ["git", "-C", str(repository)]
    subprocess.run(["git", "init", "--quiet", "--bare", str(repository)], check=True)
    for name, value in SETTINGS:
        subprocess.run([*git, "config", name, value], check=True)
    made: set[Path] = set()
    with subprocess.Popen([*git, "fast-import", "--quiet", "--done"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 - it was asked for
        for release in shape.releases():
            _write_files(folder, release, made)
            _write_commit(process.stdin, release)
        process.stdin.write(b"done\n")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    subprocess.run([*git, "repack", "-a", "-d", "--quiet", "--write-bitmap-index"], check=True)


def _write_files(folder: Path, release: Release, made: set[Path]) -> None:
    """Write files.

    Args:
        folder: of the store.
        release: that adds them.
        made: the folders that are known to be there.
    """
    for path, content in release.files.items():
        target = folder / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_bytes(content)


def _write_commit(stream: IO[bytes], release: Release) -> None:
    subject = release.subject.encode()
    stream.write(
        b"commit refs/heads/%s\ncommitter %s %d +0000\ndata %d\n%s\n"
        % (STORE_BRANCH.encode(), AUTHOR.encode(), release.at.timestamp(), len(subject), subject)
    )
    for path, content in release.files.items():
        stream.write(b'M 100644 inline "%s"\ndata %d\n%s\n' % (path.encode(), len(content), content))
