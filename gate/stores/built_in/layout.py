"""How facts are written: one in each file, whose path says enough to find it. The text for people is in `about`.

| path | fact |
|---|---|
| `services/S/service.json` | there is a service of this name |
| `services/S/versions/000042-V@B.json` | V is a version of S, on branch B (`@@B`: its main branch): the 42nd told |
| `services/S/publications/V@1.json` | what V of S expects: the content of each contract; who answers for S |
| `services/S/contracts/C/CONTENT.json` | the very contract of consumer C with S, named by its content |
| `services/S/results/C/CONTENT/000042-V@1-passed.json` | V of S honours it; the newest of S was then the 42nd |
| `environments/E/S/000007-V@I-deployed.json` | V of S was deployed to E as instance I: the 7th thing that happened |

Nothing is ever changed or taken away, and nothing depends on a clock: what is later has the larger number. Two writers
in a folder may give one number to two facts; then nobody knows which was first, and whatever reads them says so or
assumes the worse.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gate.stores.built_in.names import escape


class Event(StrEnum):
    """What can happen to a version in an environment."""

    DEPLOYED = "deployed"
    UNDEPLOYED = "undeployed"
    RELEASED = "released"
    UNSUPPORTED = "unsupported"

    @property
    def said(self) -> str:
        """How it is told, before the name of the environment."""
        return {"deployed": "deployed to", "undeployed": "not deployed any more in", "released": "released to"}.get(
            self.value, "not supported any more in"
        )


LAYOUT: Final = 1
"""The version of all this. A newer one is refused, as it may mean something else."""
FORMAT_FILE: Final = "contract-gate-store.json"
SERVICES: Final = "services"
ENVIRONMENTS: Final = "environments"
NUMBER: Final = r"(?P<number>(?!0+-)[0-9]{6,18})"
NAME: Final = r"[a-z0-9._+=,!%~-]+"
"""An escaped name."""
VERSION_FILE: Final = re.compile(rf"{NUMBER}-(?P<version>{NAME})(?:(?P<main>@?)@(?P<branch>{NAME}))?\.json")
PUBLICATION_FILE: Final = re.compile(rf"(?P<version>{NAME})@(?P<number>[1-9][0-9]{{0,8}})\.json")
RESULT_FILE: Final = re.compile(
    rf"{NUMBER}-(?P<version>{NAME})@(?P<time>[1-9][0-9]{{0,8}})-(?P<outcome>passed|failed)(?P<wip>-wip)?\.json"
)
PLACE_FILE: Final = re.compile(
    rf"{NUMBER}-(?P<version>{NAME})(?:@(?P<instance>{NAME}))?-(?P<event>{'|'.join(Event)})\.json"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """That a version is there, as far as its file's name says. Names are escaped."""

    path: str
    number: int
    version: str
    branch: str | None
    is_main: bool = False
    """Whether its repository said that the branch is its main one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationEntry:
    """That a version has published something."""

    path: str
    version: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultEntry:
    """That a version was verified."""

    path: str
    number: int
    """Of the newest version of the provider at that time."""
    version: str
    time: int
    """1 for the first result of this version for this content."""
    success: bool
    wip: bool
    """Whether the content was work in progress, and nothing else, when it was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceEntry:
    """That something happened to a version in an environment."""

    path: str
    number: int
    version: str
    instance: str | None
    event: Event


class Fact(BaseModel):
    """What stands in a file. What is not named here is there for people."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


Content = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Owner = Annotated[str, Field(min_length=1, max_length=100)]


class FormatFact(Fact):
    """Which layout this is."""

    layout: int


class ServiceFact(Fact):
    """There is a service of this name."""

    service: str


class VersionFact(Fact):
    """There is this version."""

    service: str
    version: str
    branch: str | None = None
    main: bool = False
    at: AwareDatetime
    url: str = ""

    def path(self, number: int) -> str:
        """Say where it stands."""
        branch = "" if self.branch is None else f"{'@@' if self.main else '@'}{escape(self.branch)}"
        return f"{versions_of(self.service)}/{number:06d}-{escape(self.version)}{branch}.json"


class PublicationFact(Fact):
    """What a version expects of its providers."""

    consumer: str
    version: str
    at: AwareDatetime
    url: str = ""
    contracts: Annotated[dict[str, Content], Field(min_length=1)]
    """The content of the contract with each provider."""
    digest: str
    """Of all this: by nothing else could a contract that is lost from it be missed."""
    owners: Annotated[tuple[Owner, ...], Field(max_length=10)] = ()
    """Who answers for the consumer: of no weight, and not in the digest, so that a gate that knows none can read it."""

    @classmethod
    def of(cls, **said: Any) -> "PublicationFact":  # noqa: ANN401 - its other fields
        """Make one, with its digest."""
        fact = cls(**said, digest="")
        return fact.model_copy(update={"digest": fact.computed_digest})

    @property
    def computed_digest(self) -> str:
        """Compute the digest of what it says."""
        said = [self.consumer, self.version, sorted(self.contracts.items())]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def path(self, number: int) -> str:
        """Say where it stands."""
        return f"{publications_of(self.consumer)}/{escape(self.version)}@{number}.json"


class ResultFact(Fact):
    """What came of a contract at a version of its provider."""

    provider: str
    version: str
    consumer: str
    content: Content
    success: bool
    at: AwareDatetime
    url: str = ""
    wip: bool = False
    reusable: Any = None
    """What a later run has to find the same to rest on it; see `reusing`. Where it is anything else, it is nothing."""

    def path(self, number: int, time: int) -> str:
        """Say where it stands."""
        folder = results_of(self.provider, self.consumer, self.content)
        outcome = ("passed" if self.success else "failed") + ("-wip" if self.wip else "")
        return f"{folder}/{number:06d}-{escape(self.version)}@{time}-{outcome}.json"


class PlaceFact(Fact):
    """What happened to a version in an environment."""

    environment: str
    service: str
    version: str
    instance: str | None = None
    event: Event
    at: AwareDatetime
    contracts: dict[str, Content] = {}
    """What the version expected then of whom: a publication that is gone since is missed."""

    def path(self, number: int) -> str:
        """Say where it stands."""
        instance = "" if self.instance is None else f"@{escape(self.instance)}"
        folder = place_of(escape(self.environment), escape(self.service))
        return f"{folder}/{number:06d}-{escape(self.version)}{instance}-{self.event}.json"


def folder_of(service: str) -> str:
    """Say where all is that is told of a service, but for where it is live."""
    return f"{SERVICES}/{escape(service)}"


def service_file(service: str) -> str:
    """Say where a service's name stands in full."""
    return f"{folder_of(service)}/service.json"


def versions_of(service: str) -> str:
    """Say where the versions of a service are."""
    return f"{folder_of(service)}/versions"


def publications_of(consumer: str) -> str:
    """Say where it stands what versions of a consumer expect."""
    return f"{folder_of(consumer)}/publications"


def consumers_of(provider: str) -> str:
    """Say where the consumers of a provider are, each with all contracts that it ever had."""
    return f"{folder_of(provider)}/contracts"


def contracts_of(provider: str, consumer: str) -> str:
    """Say where the contracts of a consumer with a provider are."""
    return f"{consumers_of(provider)}/{escape(consumer)}"


def contract_file(provider: str, consumer: str, content: str) -> str:
    """Say where a contract is."""
    return f"{contracts_of(provider, consumer)}/{content}.json"


def all_results_of(provider: str) -> str:
    """Say where all results of a provider are."""
    return f"{folder_of(provider)}/results"


def results_of(provider: str, consumer: str, content: str) -> str:
    """Say where the results of a contract are."""
    return f"{all_results_of(provider)}/{escape(consumer)}/{content}"


def place_of(environment: str, service: str) -> str:
    """Say where it stands what happened to a service in an environment. Both names are escaped already."""
    return f"{ENVIRONMENTS}/{environment}/{service}"


def version_entry(path: str, found: re.Match[str]) -> VersionEntry:
    """Read the name of a version's file."""
    return VersionEntry(
        path=path,
        number=int(found["number"]),
        version=found["version"],
        branch=found["branch"],
        is_main=bool(found["main"]),
    )


def publication_entry(path: str, found: re.Match[str]) -> PublicationEntry:
    """Read the name of a publication's file."""
    return PublicationEntry(path=path, version=found["version"], number=int(found["number"]))


def result_entry(path: str, found: re.Match[str]) -> ResultEntry:
    """Read the name of a result's file."""
    return ResultEntry(
        path=path,
        number=int(found["number"]),
        version=found["version"],
        time=int(found["time"]),
        success=found["outcome"] == "passed",
        wip=found["wip"] is not None,
    )


def place_entry(path: str, found: re.Match[str]) -> PlaceEntry:
    """Read the name of a file about a place."""
    return PlaceEntry(
        path=path,
        number=int(found["number"]),
        version=found["version"],
        instance=found["instance"],
        event=Event(found["event"]),
    )


def next_number(entries: Iterable[VersionEntry | PlaceEntry]) -> int:
    """Return the number of what comes after all of these."""
    return max((one.number for one in entries), default=0) + 1


def written(content: dict[str, Any]) -> bytes:
    """Write a file: for people to read, so that each fact is a line of its own."""
    return (json.dumps(content, indent=2, ensure_ascii=False, default=_text) + "\n").encode("utf-8", "surrogatepass")


def _text(value: Any) -> str:  # noqa: ANN401 - what JSON does not know
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


def written_fact(fact: Fact, more: dict[str, Any] | None = None) -> bytes:
    """Write a fact, with more of it that is for people alone. What is as it mostly is goes without saying."""
    content = fact.model_dump(exclude_defaults=True) | (more or {})
    return written({name: value for name, value in content.items() if value != []})


def decisive_entries(entries: Sequence[PlaceEntry]) -> list[PlaceEntry]:
    """Return what decides who is live: the live ones, and the last that happened to each instance and each release."""
    newest: dict[tuple[bool, str | None], int] = {}
    for one in entries:
        newest[_subject(one)] = max(one.number, newest.get(_subject(one), 0))
    live = {one.path for one in live_entries(entries)}
    return [one for one in entries if one.path in live or one.number == newest[_subject(one)]]


def _subject(one: PlaceEntry) -> tuple[bool, str | None]:
    """Say what it happened to: an instance, or a release."""
    is_release = one.event in {Event.RELEASED, Event.UNSUPPORTED}
    return is_release, one.version if is_release else one.instance


def live_entries(entries: Sequence[PlaceEntry]) -> list[PlaceEntry]:
    """Return what is live after all that happened: what was deployed last to each instance, and what is supported.

    Of what has one number nobody knows which came first: then ends are taken to come before beginnings, and of several
    beginnings all count.
    """
    deployed: dict[str | None, list[PlaceEntry]] = {}
    released: dict[str, PlaceEntry] = {}
    for number in sorted({one.number for one in entries}):
        together = [one for one in entries if one.number == number]
        for one in together:
            if one.event is Event.UNDEPLOYED:
                there = deployed.get(one.instance, [])
                deployed[one.instance] = [other for other in there if other.version != one.version]
            elif one.event is Event.UNSUPPORTED:
                released.pop(one.version, None)
        begun = [one for one in together if one.event is Event.DEPLOYED]
        for instance in {one.instance for one in begun}:
            deployed[instance] = [one for one in begun if one.instance == instance]
        for one in together:
            if one.event is Event.RELEASED:
                released.setdefault(one.version, one)
    return [*(one for there in deployed.values() for one in there), *released.values()]
