"""What a workflow run is about, and the `github` and `runner` contexts that follow from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_EXPOSED: Final = frozenset(
    {
        *("action", "action_path", "action_ref", "action_repository", "actor", "actor_id", "api_url", "artifacts"),
        *("artifacts_list", "base_ref", "env", "event_name", "event_path", "graphql_url", "head_ref", "job", "output"),
        *("path", "ref", "ref_name", "ref_protected", "ref_type", "repository", "repository_id", "repository_owner"),
        *("repository_owner_id", "retention_days", "run_attempt", "run_id", "run_number", "server_url", "sha", "state"),
        *("step_summary", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace"),
    }
)
"""What of the `github` context becomes `GITHUB_*` (`Worker/GitHubContext.cs`): no token among it."""

_REFS: Final = {"refs/heads/": "branch", "refs/tags/": "tag", "refs/pull/": "branch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What started the run. For a pull request `sha` is the merge commit and `ref` is `refs/pull/7/merge`."""

    name: str = "push"
    payload: Mapping[str, Any] = field(default_factory=dict)
    sha: str = "a" * 40
    ref: str = "refs/heads/main"
    head_ref: str = ""
    base_ref: str = ""

    def github(self) -> dict[str, Any]:
        prefix = next((prefix for prefix in _REFS if self.ref.startswith(prefix)), "")
        return {
            "event_name": self.name,
            "event": self.payload,
            "sha": self.sha,
            "ref": self.ref,
            "ref_name": self.ref.removeprefix(prefix),
            "ref_type": _REFS.get(prefix, ""),
            "ref_protected": False,
            "head_ref": self.head_ref,
            "base_ref": self.base_ref,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run of a workflow on GitHub: who, where, which."""

    repository: str = "acme/orders-api"
    actor: str = "octocat"
    workflow: str = "Deploy"
    run_id: str = "4711"
    run_number: str = "12"
    run_attempt: str = "1"
    server_url: str = "https://github.com"
    api_url: str = "https://api.github.com"
    graphql_url: str = "https://api.github.com/graphql"

    def github(self, sha: str, ref: str) -> dict[str, Any]:
        return {
            "repository": self.repository,
            "repository_owner": self.repository.partition("/")[0],
            "repository_id": "101",
            "repository_owner_id": "102",
            "run_id": self.run_id,
            "run_number": self.run_number,
            "run_attempt": self.run_attempt,
            "retention_days": "90",
            "actor": self.actor,
            "actor_id": "103",
            "triggering_actor": self.actor,
            "workflow": self.workflow,
            "workflow_ref": f"{self.repository}/.github/workflows/deploy.yml@{ref}",
            "workflow_sha": sha,
            "server_url": self.server_url,
            "api_url": self.api_url,
            "graphql_url": self.graphql_url,
        }


def runner_context(temp: Path, pipeline: Path, *, debug: bool) -> dict[str, str]:
    """Return the `runner` context. `pipeline` and the tool cache stay the host's, where a container finds nothing."""
    return ({"debug": "1"} if debug else {}) | {
        "os": "Linux",
        "arch": "X64",
        "name": "GitHub Actions 1",
        "environment": "github-hosted",
        "tool_cache": "/opt/hostedtoolcache",
        "temp": str(temp),
        "workspace": str(pipeline),
    }


def environment(github: Mapping[str, Any], runner: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return the variables that every step gets."""
    for name, value in github.items():
        if name in _EXPOSED and isinstance(value, str | bool):
            yield f"GITHUB_{name.upper()}", str(value).lower() if isinstance(value, bool) else value
    for name, text in runner.items():
        yield f"RUNNER_{name.upper()}", text
