"""What the fake Pact Broker remembers: one class for each kind of thing, all found by identity."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


class Clock:
    """A clock that stands still but for the second that each write takes, so that answers are the same in each run.

    Tests may set `now`, or call `advance`.
    """

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)

    def tick(self) -> str:
        self.now += timedelta(seconds=1)
        return self.read()

    def advance(self, **delta: float) -> None:
        """Let time pass: advance(days=2)."""
        self.now += timedelta(**delta)

    def read(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S+00:00")


@dataclass(slots=True, kw_only=True, eq=False)
class Pacticipant:
    """An application, which may be a consumer, a provider or both."""

    name: str
    created_at: str
    display_name: str
    main_branch: str | None = None
    repository_url: str | None = None
    updated_at: str | None = None
    versions: dict[str, "Version"] = field(default_factory=dict)
    """The oldest first."""
    branches: dict[str, "Branch"] = field(default_factory=dict)
    consumers: dict[str, "Pacticipant"] = field(default_factory=dict)
    """The applications that ever published a pact with this one."""

    @property
    def main_head(self) -> "Version | None":
        return self.head(self.main_branch)

    def head(self, branch: str | None) -> "Version | None":
        """Give the version that was added to the branch last."""
        found = self.branches.get(branch or "")
        return None if found is None else found.head

    def tagged(self, tag: str) -> list["Version"]:
        """Give the versions with the tag, the oldest first."""
        return [version for version in self.versions.values() if tag in version.tags]

    @property
    def latest(self) -> "Version | None":
        return next(reversed(self.versions.values()), None)


@dataclass(slots=True, kw_only=True, eq=False)
class Branch:
    """A branch of an application's repository."""

    name: str
    pacticipant: Pacticipant
    created_at: str
    updated_at: str | None = None
    versions: dict[str, "BranchVersion"] = field(default_factory=dict)

    @property
    def head(self) -> "Version | None":
        last = next(reversed(self.versions.values()), None)
        return None if last is None else last.version


@dataclass(slots=True, kw_only=True, eq=False)
class BranchVersion:
    """That a version belongs to a branch."""

    branch: Branch
    version: "Version"
    created_at: str
    updated_at: str | None = None

    @property
    def latest(self) -> bool:
        return self.branch.head is self.version


@dataclass(slots=True, kw_only=True, eq=False)
class Tag:
    """A tag on a version."""

    name: str
    version: "Version"
    created_at: str

    @property
    def latest(self) -> bool:
        return self.version.pacticipant.tagged(self.name)[-1] is self.version


@dataclass(slots=True, kw_only=True, eq=False)
class Version:
    """A version of an application. Its id tells its place in time among all versions."""

    id: int
    number: str
    pacticipant: Pacticipant
    created_at: str
    updated_at: str | None = None
    build_url: str | None = None
    branches: dict[str, BranchVersion] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    pacts: dict[str, "Pact"] = field(default_factory=dict)
    """The pacts that it published as a consumer, by provider."""
    deployments: list["Deployment"] = field(default_factory=list)
    releases: list["Release"] = field(default_factory=list)

    def environments(self) -> "list[Environment]":
        """Give the environments in which it is live, the first that it came to first."""
        live = [one for one in self.records() if one.live]
        return list(dict.fromkeys(one.environment for one in sorted(live, key=lambda one: one.created_at)))

    def live_in(self, environment: "Environment") -> bool:
        return any(one.live and one.environment is environment for one in self.records())

    def records(self) -> "list[Deployment | Release]":
        """Give what was ever recorded of where it is."""
        return [*self.deployments, *self.releases]


@dataclass(slots=True, kw_only=True, eq=False)
class Content:
    """What one or more pacts say: the real broker calls it a pact version. Results belong to it, not to a pact."""

    sha: str
    consumer: Pacticipant
    provider: Pacticipant
    body: Any
    pacts: list["Pact"] = field(default_factory=list)
    results: list["Result"] = field(default_factory=list)
    by_version: dict[Version, "Result"] = field(default_factory=dict)
    """The last result of each provider version."""

    @property
    def latest_pact(self) -> "Pact":
        return max(self.pacts, key=lambda pact: pact.version.id)


@dataclass(slots=True, kw_only=True, eq=False)
class Pact:
    """That a consumer version published a content. Its id tells its place in time among all pacts."""

    id: int
    version: Version
    content: Content
    created_at: str
    revision: int = 1

    @property
    def consumer(self) -> Pacticipant:
        return self.content.consumer

    @property
    def provider(self) -> Pacticipant:
        return self.content.provider


@dataclass(slots=True, kw_only=True, eq=False)
class Result:
    """A verification result."""

    number: int
    content: Content
    version: Version
    """The provider's."""
    success: bool
    executed_at: str
    build_url: str | None = None
    test_results: Any = None
    verified_by: Any = None
    wip: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Environment:
    """A place where applications run."""

    uuid: str
    name: str
    display_name: str
    production: bool
    created_at: str
    contacts: list[Any] = field(default_factory=list)
    updated_at: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Deployment:
    """That a version was deployed to an environment, where it replaced the one before it."""

    uuid: str
    version: Version
    environment: Environment
    created_at: str
    instance: str | None = None
    ended_at: str | None = None
    displaced: bool = False
    """Whether it ended without a time: no instance and one without a name are two, of which only one can be live."""

    @property
    def live(self) -> bool:
        return self.ended_at is None and not self.displaced


@dataclass(slots=True, kw_only=True, eq=False)
class Release:
    """That a version was released to an environment, where it stands beside the ones before it."""

    uuid: str
    version: Version
    environment: Environment
    created_at: str
    ended_at: str | None = None

    @property
    def live(self) -> bool:
        return self.ended_at is None
