"""What the runner says of the workflow run: which commit it is about, and where GitHub's API is.

Which commit an event is about stands in its payload more often than in `GITHUB_SHA`. Source: "Events that trigger
workflows" in GitHub's documentation.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gate.domain.errors import ConfigurationError
from gate.domain.report import COMMIT, Run
from gate.settings.event_payloads import (
    DeploymentEvent,
    FirstRunEvent,
    MergeGroupEvent,
    PullRequestEvent,
    RepositoryDispatchEvent,
    RepositoryEvent,
    WorkflowRunEvent,
    payload_of,
)

NO_COMMIT: Final = "0" * 40
BRANCH: Final = "refs/heads/"

RUNS_FOREIGN_CODE: Final = (
    "here a stranger's pull request would be verified with this repository's secrets and a token that may write"
)
USE_PULL_REQUEST: Final = (
    "Run the gate on pull_request: it decides by its exit code and the job summary, which need no secrets. "
    "`command: report` then posts here what that run left."
)


DEPENDABOT: Final = "dependabot[bot]"
MAY_ONLY_READ: Final = frozenset(
    {
        *("pull_request", "pull_request_review", "pull_request_review_comment"),
        *("push", "create", "deployment", "deployment_status"),
    }
)
"""The events of which a run that Dependabot started may only read. Source: "Dependabot on GitHub Actions"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """That a run is there to post what another one left, and what GitHub says of that one."""

    made_by: str | None = None
    """The id of the run that left it; None where nothing says which one did."""
    conclusion: str | None = None
    """How that run ended; None where nothing says so."""
    head_repository: str | None = None
    """`owner/name` of the repository that it was about; None when that is gone."""
    head_branch: str | None = None
    """The branch there."""
    foreign: bool = True
    """Whether that is a fork, or nobody knows."""
    wrote: bool = False
    """Whether that run could write, so that it may have told its news by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """A workflow run."""

    run: Run
    """With `handed_over` that other one."""
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
    reads_only: bool = False
    """Whether GitHub most likely gave it a token that may only read, whatever the workflow says."""
    default_branch: str | None = None
    """Of the repository, where the event says it."""
    handed_over: HandedOver | None = None
    """None for a run that tells its own news."""


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
    handed_over: HandedOver | None = None
    event: str | None = None
    """What started the run that it is about, where that is another one."""
    id: str | None = None
    attempt: int | None = None


def read_run_context(environment: Mapping[str, str], *, reporting: bool = False) -> RunContext | None:
    """Read which run this is, None outside GitHub Actions.

    Args:
        environment: the process's.
        reporting: whether only what another run left is posted: then nothing of a stranger's runs here.

    Raises:
        ConfigurationError: the event does not say which commit it is about, or gives strangers rights.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return None
    event = environment.get("GITHUB_EVENT_NAME", "")
    subjects = {**SUBJECTS, **HANDED_OVER} if reporting else SUBJECTS
    subject = subjects.get(event, _commit)(environment)
    if subject.commit in {"", NO_COMMIT}:
        raise ConfigurationError(
            f"the event {event} is about no commit.",
            where="GITHUB_SHA",
            remedy="Run the gate on an event that has one, such as push or pull_request.",
        )
    repository = environment.get("GITHUB_REPOSITORY", "")
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    run_id, attempt = subject.id or environment.get("GITHUB_RUN_ID", ""), _attempt(subject, environment)
    return RunContext(
        run=Run(
            repository=repository,
            event=subject.event or event,
            commit=subject.commit,
            pull_request=subject.pull_request,
            merge_commit=subject.merge_commit,
            id=run_id,
            attempt=attempt,
            url=f"{server}/{repository}/actions/runs/{run_id}/attempts/{attempt}" if run_id else "",
        ),
        branch=subject.branch,
        contract_url=subject.contract_url,
        version=subject.version,
        foreign=subject.foreign,
        reads_only=subject.foreign or (event in MAY_ONLY_READ and environment.get("GITHUB_ACTOR") == DEPENDABOT),
        handed_over=subject.handed_over,
        default_branch=_default_branch(environment),
        api_url=environment.get("GITHUB_API_URL") or "https://api.github.com",
    )


def posts_reports(environment: Mapping[str, str]) -> bool:
    """Say whether a run is of an event on which the report of another one can be posted."""
    return environment.get("GITHUB_ACTIONS") == "true" and environment.get("GITHUB_EVENT_NAME", "") in HANDED_OVER


def _attempt(subject: _Subject, environment: Mapping[str, str]) -> int:
    said = environment.get("GITHUB_RUN_ATTEMPT", "1") if subject.attempt is None else str(subject.attempt)
    return int(said) if re.fullmatch("[0-9]{1,9}", said) else 1


def _commit(environment: Mapping[str, str]) -> _Subject:
    """Most events are about the commit that the workflow runs on."""
    return _Subject(commit=environment.get("GITHUB_SHA", ""), branch=_branch(environment.get("GITHUB_REF", "")))


def _pull_request(environment: Mapping[str, str]) -> _Subject:
    """`GITHUB_SHA` is a merge commit that vanishes with the next push to the base branch.

    A fork's branch is named as GitHub does, `owner:branch`: it may have the name of one of ours.
    """
    pull_request = payload_of(environment, PullRequestEvent).pull_request
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
    group = payload_of(environment, MergeGroupEvent).merge_group
    return _Subject(commit=group.head_sha, branch=_branch(group.head_ref))


def _workflow_run(environment: Mapping[str, str]) -> _Subject:
    """`GITHUB_SHA` is the head of the default branch, whatever the first workflow ran on."""
    first = payload_of(environment, WorkflowRunEvent).workflow_run
    if first.head_repository is None or first.head_repository.full_name != environment.get("GITHUB_REPOSITORY"):
        raise ConfigurationError(
            f"the gate does not run after a workflow of a fork: {RUNS_FOREIGN_CODE}.", remedy=USE_PULL_REQUEST
        )
    numbers = [one.number for one in first.pull_requests if one.head.sha == first.head_sha]
    return _Subject(
        commit=first.head_sha, branch=first.head_branch, pull_request=numbers[0] if len(numbers) == 1 else None
    )


def _left_by_workflow(environment: Mapping[str, str]) -> _Subject:
    """Take everything from the first run, and no pull request: `pull_requests` is empty for forks."""
    first = payload_of(environment, FirstRunEvent).workflow_run
    repository = first.head_repository.full_name if first.head_repository else None
    foreign = repository is None or repository != environment.get("GITHUB_REPOSITORY")
    return _Subject(
        commit=first.head_sha,
        branch=first.head_branch,
        event=first.event,
        id=str(first.id),
        attempt=first.run_attempt,
        handed_over=HandedOver(
            made_by=str(first.id),
            conclusion=first.conclusion,
            head_repository=repository,
            head_branch=first.head_branch,
            foreign=foreign,
            wrote=not foreign and first.actor is not None and first.actor.login != DEPENDABOT,
        ),
    )


def _left_for_pull_request(environment: Mapping[str, str]) -> _Subject:
    """Here nothing says which run left it, and how that ended."""
    pull_request = payload_of(environment, PullRequestEvent).pull_request
    return _Subject(
        commit=pull_request.head.sha,
        branch=pull_request.head.ref,
        pull_request=pull_request.number,
        handed_over=HandedOver(
            foreign=pull_request.head.repo is None
            or pull_request.head.repo.full_name != environment.get("GITHUB_REPOSITORY")
        ),
    )


def _deployment(environment: Mapping[str, str]) -> _Subject:
    """`GITHUB_REF` may be empty: deployments can be of a bare commit."""
    return _Subject(
        commit=payload_of(environment, DeploymentEvent).deployment.sha,
        branch=_branch(environment.get("GITHUB_REF", "")),
    )


def _repository_dispatch(environment: Mapping[str, str]) -> _Subject:
    """A broker's webhook names contract, provider version and its branch; `GITHUB_SHA` is the default branch's head.

    Source: the payload that the broker's documentation proposes for `contract_requiring_verification_published`.
    """
    own = _commit(environment)
    payload = payload_of(environment, RepositoryDispatchEvent).client_payload
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

HANDED_OVER: Final[Mapping[str, Callable[[Mapping[str, str]], _Subject]]] = {
    "workflow_run": _left_by_workflow,
    "pull_request_target": _left_for_pull_request,
}
"""The events on which the report of another run can be posted, that of a stranger's pull request too."""


def _branch(ref: str) -> str | None:
    return ref.removeprefix(BRANCH) if ref.startswith(BRANCH) else None


def _default_branch(environment: Mapping[str, str]) -> str | None:
    """Find the repository's default branch. Every event names it, save some that nobody's repository is behind."""
    try:
        return payload_of(environment, RepositoryEvent).repository.default_branch
    except ConfigurationError:
        return None
