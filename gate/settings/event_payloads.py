"""What stands in the payloads of events, as far as the gate needs it.

Source: "Webhook events and payloads" in GitHub's documentation.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from gate.domain.errors import ConfigurationError

LARGEST_PAYLOAD: Final = 64 * 1024 * 1024
"""Bytes. GitHub itself delivers at most 25 MB."""


class Repository(BaseModel):
    """A repository."""

    full_name: str


class WithDefaultBranch(BaseModel):
    """A repository with its default branch."""

    default_branch: str


class RepositoryEvent(BaseModel):
    """What nearly every event has."""

    repository: WithDefaultBranch


class Head(BaseModel):
    """What a pull request would merge."""

    sha: str
    ref: str
    repo: Repository | None = None


class PullRequest(BaseModel):
    """A pull request."""

    number: int
    head: Head


class PullRequestEvent(BaseModel):
    """An event about a pull request."""

    pull_request: PullRequest


class MergeGroup(BaseModel):
    """Changes that are about to be merged together."""

    head_sha: str
    head_ref: str


class MergeGroupEvent(BaseModel):
    """An event about them."""

    merge_group: MergeGroup


class WorkflowRun(BaseModel):
    """A run of another workflow."""

    head_sha: str
    head_branch: str | None
    head_repository: Repository | None = None
    pull_requests: tuple[PullRequest, ...] = ()


class WorkflowRunEvent(BaseModel):
    """An event about it."""

    workflow_run: WorkflowRun


class Actor(BaseModel):
    """Whoever started something."""

    login: str


class FirstRun(WorkflowRun):
    """A run of another workflow, with how it ended."""

    id: int
    run_attempt: int
    event: str
    actor: Actor | None = None
    conclusion: str | None = None


class FirstRunEvent(BaseModel):
    """An event about it."""

    workflow_run: FirstRun


class Deployment(BaseModel):
    """A deployment."""

    sha: str


class DeploymentEvent(BaseModel):
    """An event about it."""

    deployment: Deployment


class Payload(BaseModel):
    """What a broker's webhook sends, or somebody else."""

    pact_url: object = None
    sha: object = None
    branch: object = None


class RepositoryDispatchEvent(BaseModel):
    """An event that somebody outside GitHub made."""

    client_payload: Payload | None = None


Event = TypeVar("Event", bound=BaseModel)


def payload_of(environment: Mapping[str, str], kind: type[Event]) -> Event:
    """Read the payload of the event that this run is about. Raises `ConfigurationError` when it is no such one."""
    path = Path(environment.get("GITHUB_EVENT_PATH", ""))
    try:
        if path.stat().st_size > LARGEST_PAYLOAD:
            raise ConfigurationError("the event's payload is too large.", where=str(path))
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"the event's payload cannot be read: {error.strerror}.",
            where=f"GITHUB_EVENT_PATH={path}",
            remedy="Without it nothing says which commit this run is about.",
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ConfigurationError(
            f"the event's payload does not say which commit this run is about: {place}: {first['msg']}.",
            where=str(path),
        ) from error
