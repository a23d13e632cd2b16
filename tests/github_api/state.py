"""What the fake GitHub knows: identities, and one repository with its commits, pull requests, comments and checks."""

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a token speaks for. A "Bot" is an installation of an app, as behind a workflow's own token."""

    login: str = "github-actions[bot]"
    type: Literal["Bot", "User"] = "Bot"
    permissions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def named(cls, login: str) -> Self:
        """Make somebody without a token, such as the author of a comment. The logins of apps end in [bot]."""
        return cls(login=login, type="Bot" if login.endswith("[bot]") else "User")

    def may(self, scope: str, level: str) -> bool:
        """Tell whether the permission, such as "statuses" to "write", was granted. Metadata is always readable."""
        granted = "read" if scope == "metadata" else self.permissions.get(scope, "none")
        return granted in _LEVELS[_LEVELS.index(level) :]


@dataclass(slots=True, kw_only=True)
class Status:
    """A commit status."""

    id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: Identity
    created_at: str


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a pull request."""

    id: int
    number: int
    body: str
    author: Identity
    created_at: str
    updated_at: str


@dataclass(slots=True, kw_only=True)
class PullRequest:
    """A pull request. Tests move its head by setting it."""

    number: int
    head_sha: str
    head_ref: str
    head_repository: str
    base_ref: str
    state: Literal["open", "closed"]
    merged: bool
    author: str
    created_at: str
    earlier_commits: tuple[str, ...] = ()
    """Commits of the pull request below its head."""

    def holds(self, sha: str) -> bool:
        return sha in {self.head_sha, *self.earlier_commits}


@dataclass(slots=True, kw_only=True)
class CheckRun:
    """A check run."""

    id: int
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    details_url: str | None = None
    external_id: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    output: dict[str, str] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)


class Clock:
    """A clock that moves a second each time it is read, so that answers are the same in each run."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def read(self) -> str:
        self._now += timedelta(seconds=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True, kw_only=True)
class RateLimit:
    """What is left of the requests of this hour, for all tokens together."""

    limit: int = 1000
    used: int = 0
    reset: int = field(default_factory=lambda: int(time.time()) + 3600)

    def headers(self) -> dict[str, str]:
        left = {name.capitalize(): str(value) for name, value in self.values().items()}
        return {f"X-RateLimit-{name}": value for name, value in left.items()} | {"X-RateLimit-Resource": "core"}

    def values(self) -> dict[str, int]:
        return {"limit": self.limit, "remaining": self.limit - self.used, "reset": self.reset, "used": self.used}


@dataclass(slots=True, kw_only=True)
class State:
    """The repository, and who may do what with it."""

    repository: str
    tokens: dict[str, Identity]
    commits: set[str]
    statuses: list[Status] = field(default_factory=list)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """What is on the default branch, by path."""
    links: dict[str, str] = field(default_factory=dict)
    """The symbolic links there, and the path that each leads to."""
    rate_limit: RateLimit = field(default_factory=RateLimit)
    clock: Clock = field(default_factory=Clock)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def add_comment(self, number: int, body: str, author: Identity) -> Comment:
        now = self.clock.read()
        comment = Comment(id=next(self.ids), number=number, body=body, author=author, created_at=now, updated_at=now)
        self.comments[comment.id] = comment
        return comment
