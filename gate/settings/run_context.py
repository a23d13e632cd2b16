"""What the runner says of the workflow run: which commit it is about, and where GitHub's API is.

Which commit an event is about stands in its payload more often than in `GITHUB_SHA`. Source: "Events that trigger
workflows" in GitHub's documentation.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from gate.domain.errors import ConfigurationError
from gate.domain.report import COMMIT, Run

LARGEST_PAYLOAD: Final = 64 * 1024 * 1024
"""Bytes. GitHub itself delivers at most 25 MB."""
NO_COMMIT: Final = "0" * 40
BRANCH: Final = "refs/heads/"

RUNS_FOREIGN_CODE: Final = (
    "here a stranger's pull request would be verified with this repository's secrets and a token that may write"
)
USE_PULL_REQUEST: Final = (
    "Run the gate on pull_request: it decides by its exit code and the job summary, which need no secrets."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """A workflow run."""

    run: Run
    branch: str | None
    """The branch that the commit belongs to, None for a tag."""
    api_url: str
    """Of GitHub's REST API, on GitHub.com or a GitHub Enterprise Server."""
    contract_url: str | None = None
    """The contract that a webhook of the broker's wants verified."""
    version: str | None = None
    """The version that it wants it verified by, where that is no commit."""
    foreign: bool = False
    """Whether it is about a pull request from a fork."""
    default_branch: str | None = None
    """Of the repository, where the event says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What an event is about."""

    commit: str
    branch: str | None
    pull_request: int | None = None
    merge_commit: str | None = None
    contract_url: str | None = None
    version: str | None = None
    foreign: bool = False


class _Repository(BaseModel):
    full_name: str


class _WithDefaultBranch(BaseModel):
    default_branch: str


class _RepositoryEvent(BaseModel):
    repository: _WithDefaultBranch


class _Head(BaseModel):
    sha: str
    ref: str
    repo: _Repository | None = None


class _PullRequest(BaseModel):
    number: int
    head: _Head


class _PullRequestEvent(BaseModel):
    pull_request: _PullRequest


class _MergeGroup(BaseModel):
    head_sha: str
    head_ref: str


class _MergeGroupEvent(BaseModel):
    merge_group: _MergeGroup


class _WorkflowRun(BaseModel):
    head_sha: str
    head_branch: str | None
    head_repository: _Repository | None = None
    pull_requests: tuple[_PullRequest, ...] = ()


class _WorkflowRunEvent(BaseModel):
    workflow_run: _WorkflowRun


class _Deployment(BaseModel):
    sha: str


class _DeploymentEvent(BaseModel):
    deployment: _Deployment


class _Payload(BaseModel):
    pact_url: object = None
    sha: object = None
    branch: object = None


class _RepositoryDispatchEvent(BaseModel):
    client_payload: _Payload | None = None


Event = TypeVar("Event", bound=BaseModel)


def read_run_context(environment: Mapping[str, str]) -> RunContext | None:
    """Read which run this is, None outside GitHub Actions.

    Raises:
        ConfigurationError: the event does not say which commit it is about, or gives strangers rights.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return None
    event = environment.get("GITHUB_EVENT_NAME", "")
    subject = SUBJECTS.get(event, _commit)(environment)
    if subject.commit in {"", NO_COMMIT}:
        raise ConfigurationError(
            f"the event {event} is about no commit.",
            where="GITHUB_SHA",
            remedy="Run the gate on an event that has one, such as push or pull_request.",
        )
    repository = environment.get("GITHUB_REPOSITORY", "")
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    run_id, attempt = environment.get("GITHUB_RUN_ID", ""), environment.get("GITHUB_RUN_ATTEMPT", "1")
    return RunContext(
        run=Run(
            repository=repository,
            event=event,
            commit=subject.commit,
            pull_request=subject.pull_request,
            merge_commit=subject.merge_commit,
            id=run_id,
            attempt=int(attempt) if re.fullmatch("[0-9]{1,9}", attempt) else 1,
            url=f"{server}/{repository}/actions/runs/{run_id}/attempts/{attempt}" if run_id else "",
        ),
        branch=subject.branch,
        contract_url=subject.contract_url,
        version=subject.version,
        foreign=subject.foreign,
        default_branch=_default_branch(environment),
        api_url=environment.get("GITHUB_API_URL") or "https://api.github.com",
    )


def _commit(environment: Mapping[str, str]) -> _Subject:
    """Most events are about the commit that the workflow runs on."""
    return _Subject(commit=environment.get("GITHUB_SHA", ""), branch=_branch(environment.get("GITHUB_REF", "")))


def _pull_request(environment: Mapping[str, str]) -> _Subject:
    """`GITHUB_SHA` is a merge commit that vanishes with the next push to the base branch.

    A fork's branch is named as GitHub does, `owner:branch`: it may have the name of one of ours.
    """
    pull_request = _payload(environment, _PullRequestEvent).pull_request
    repository = pull_request.head.repo
    foreign = repository is None or repository.full_name != environment.get("GITHUB_REPOSITORY")
    owner = f"{repository.full_name.partition('/')[0] if repository else 'unknown'}:" if foreign else ""
    return _Subject(
        commit=pull_request.head.sha,
        branch=f"{owner}{pull_request.head.ref}",
        pull_request=pull_request.number,
        merge_commit=environment.get("GITHUB_SHA"),
        foreign=foreign,
    )


def _pull_request_target(_: Mapping[str, str]) -> _Subject:
    raise ConfigurationError(
        f"the gate does not run on pull_request_target: {RUNS_FOREIGN_CODE}.", remedy=USE_PULL_REQUEST
    )


def _merge_group(environment: Mapping[str, str]) -> _Subject:
    group = _payload(environment, _MergeGroupEvent).merge_group
    return _Subject(commit=group.head_sha, branch=_branch(group.head_ref))


def _workflow_run(environment: Mapping[str, str]) -> _Subject:
    """`GITHUB_SHA` is the head of the default branch, whatever the first workflow ran on."""
    first = _payload(environment, _WorkflowRunEvent).workflow_run
    if first.head_repository is None or first.head_repository.full_name != environment.get("GITHUB_REPOSITORY"):
        raise ConfigurationError(
            f"the gate does not run after a workflow of a fork: {RUNS_FOREIGN_CODE}.", remedy=USE_PULL_REQUEST
        )
    numbers = [one.number for one in first.pull_requests if one.head.sha == first.head_sha]
    return _Subject(
        commit=first.head_sha, branch=first.head_branch, pull_request=numbers[0] if len(numbers) == 1 else None
    )


def _deployment(environment: Mapping[str, str]) -> _Subject:
    """`GITHUB_REF` may be empty: deployments can be of a bare commit."""
    return _Subject(
        commit=_payload(environment, _DeploymentEvent).deployment.sha, branch=_branch(environment.get("GITHUB_REF", ""))
    )


def _repository_dispatch(environment: Mapping[str, str]) -> _Subject:
    """A broker's webhook names contract, provider version and its branch; `GITHUB_SHA` is the default branch's head.

    Source: the payload that the broker's documentation proposes for `contract_requiring_verification_published`.
    """
    own = _commit(environment)
    payload = _payload(environment, _RepositoryDispatchEvent).client_payload
    if payload is None or not isinstance(payload.pact_url, str) or not payload.pact_url:
        return own  # somebody else's event
    named = payload.sha if isinstance(payload.sha, str) and payload.sha else None
    is_commit = named is not None and COMMIT.fullmatch(named) is not None
    branch = payload.branch if isinstance(payload.branch, str) and payload.branch else None
    return _Subject(
        commit=named if named is not None and is_commit else own.commit,
        branch=branch or (None if named else own.branch),
        contract_url=payload.pact_url,
        version=None if is_commit else named,
    )


SUBJECTS: Final[Mapping[str, Callable[[Mapping[str, str]], _Subject]]] = {
    "pull_request": _pull_request,
    "pull_request_review": _pull_request,
    "pull_request_review_comment": _pull_request,
    "pull_request_target": _pull_request_target,
    "merge_group": _merge_group,
    "workflow_run": _workflow_run,
    "repository_dispatch": _repository_dispatch,
    "deployment": _deployment,
    "deployment_status": _deployment,
}
"""The events that are about something else than `GITHUB_SHA`."""


def _branch(ref: str) -> str | None:
    return ref.removeprefix(BRANCH) if ref.startswith(BRANCH) else None


def _default_branch(environment: Mapping[str, str]) -> str | None:
    """Find the repository's default branch. Every event names it, save some that nobody's repository is behind."""
    try:
        return _payload(environment, _RepositoryEvent).repository.default_branch
    except ConfigurationError:
        return None


def _payload(environment: Mapping[str, str], kind: type[Event]) -> Event:
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
