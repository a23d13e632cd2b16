"""Which commit, branch and pull request each event is about. Source: GitHub's documentation of events."""

import json
from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.settings.run_context import HandedOver, RunContext, posts_reports, read_run_context

HEAD, MERGE, MAIN = "1" * 40, "2" * 40, "3" * 40
PULL = {"number": 7, "head": {"sha": HEAD, "ref": "feature", "repo": {"full_name": "acme/orders-api"}}}
FIRST_RUN = {
    "head_sha": HEAD,
    "head_branch": "feature",
    "head_repository": {"full_name": "acme/orders-api"},
    "pull_requests": [PULL],
}


def _context(folder: Path, event: str, payload: Any = None, **environment: str) -> RunContext:
    return _read(folder, event, payload, environment)


def _left(folder: Path, event: str, payload: Any) -> RunContext:
    """Read what a run is about that posts what another one left."""
    return _read(folder, event, payload, {}, reporting=True)


def _read(
    folder: Path, event: str, payload: Any, environment: dict[str, str], *, reporting: bool = False
) -> RunContext:
    (folder / "event.json").write_text(json.dumps(payload) if not isinstance(payload, str) else payload)
    context = read_run_context(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_REPOSITORY": "acme/orders-api",
            "GITHUB_SHA": MAIN,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "12",
            "GITHUB_RUN_ATTEMPT": "2",
        }
        | environment,
        reporting=reporting,
    )
    assert context is not None
    return context


@pytest.mark.parametrize(
    ("event", "payload", "environment", "expected"),
    [
        ("push", {}, {}, (MAIN, "main", None, None)),
        ("push", {}, {"GITHUB_REF": "refs/tags/v1"}, (MAIN, None, None, None)),
        ("push", {}, {"GITHUB_REF": "refs/heads/feat/a b"}, (MAIN, "feat/a b", None, None)),
        ("workflow_dispatch", {}, {}, (MAIN, "main", None, None)),
        ("schedule", {}, {}, (MAIN, "main", None, None)),
        ("repository_dispatch", {"client_payload": {"sha": HEAD}}, {}, (MAIN, "main", None, None)),
        ("an_event_to_come", {}, {}, (MAIN, "main", None, None)),
        (
            "pull_request",
            {"pull_request": PULL},
            {"GITHUB_SHA": MERGE, "GITHUB_REF": "refs/pull/7/merge"},
            (HEAD, "feature", 7, MERGE),
        ),
        (
            "pull_request_review",
            {"pull_request": PULL | {"head": {"sha": HEAD, "ref": "feature", "repo": None}}},
            {"GITHUB_SHA": MERGE},
            (HEAD, "unknown:feature", 7, MERGE),
        ),
        (
            "merge_group",
            {"merge_group": {"head_sha": HEAD, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-abc"}},
            {"GITHUB_SHA": HEAD},
            (HEAD, "gh-readonly-queue/main/pr-7-abc", None, None),
        ),
        ("workflow_run", {"workflow_run": FIRST_RUN}, {}, (HEAD, "feature", 7, None)),
        ("workflow_run", {"workflow_run": FIRST_RUN | {"pull_requests": []}}, {}, (HEAD, "feature", None, None)),
        (
            "workflow_run",
            {"workflow_run": FIRST_RUN | {"pull_requests": [PULL, PULL]}},
            {},
            (HEAD, "feature", None, None),
        ),
        (
            "workflow_run",
            {"workflow_run": FIRST_RUN | {"pull_requests": [PULL | {"head": {"sha": MAIN, "ref": "x"}}]}},
            {},
            (HEAD, "feature", None, None),
        ),
        ("deployment", {"deployment": {"sha": HEAD, "ref": "main"}}, {"GITHUB_REF": ""}, (HEAD, None, None, None)),
        ("deployment_status", {"deployment": {"sha": HEAD}}, {"GITHUB_SHA": HEAD}, (HEAD, "main", None, None)),
    ],
)
def test_what_an_event_is_about(
    tmp_path: Path,
    event: str,
    payload: Any,
    environment: dict[str, str],
    expected: tuple[str, str | None, int | None, str | None],
) -> None:
    context = _context(tmp_path, event, payload, **environment)

    assert (context.run.commit, context.branch, context.run.pull_request, context.run.merge_commit) == expected
    assert context.run.event == event


def _from(repository: Any) -> Any:
    return {"pull_request": PULL | {"head": {"sha": HEAD, "ref": "main", "repo": repository}}}


@pytest.mark.parametrize("event", ["pull_request", "pull_request_review", "pull_request_review_comment"])
@pytest.mark.parametrize(
    ("repository", "branch"),
    [
        ({"full_name": "acme/orders-api"}, "main"),
        ({"full_name": "mallory/orders-api"}, "mallory:main"),
        ({"full_name": "acme/orders-api-2"}, "acme:main"),
        (None, "unknown:main"),
    ],
)
def test_a_branch_of_a_fork_is_none_of_ours_whatever_its_name(
    tmp_path: Path, event: str, repository: Any, branch: str
) -> None:
    context = _context(tmp_path, event, _from(repository))

    assert (context.branch, context.foreign) == (branch, branch != "main")


def test_a_pull_request_that_does_not_say_where_it_is_from_is_a_forks(tmp_path: Path) -> None:
    unsaid = {"pull_request": PULL | {"head": {"sha": HEAD, "ref": "main"}}}

    context = _context(tmp_path, "pull_request", unsaid)

    assert (context.branch, context.foreign) == ("unknown:main", True)


@pytest.mark.parametrize(
    ("event", "payload"), [("push", {}), ("workflow_run", {"workflow_run": FIRST_RUN}), ("schedule", {})]
)
def test_other_events_are_about_branches_of_ours(tmp_path: Path, event: str, payload: Any) -> None:
    assert _context(tmp_path, event, payload).foreign is False


PACT = "https://broker/pacts/provider/orders-api/consumer/web/pact-version/1"


@pytest.mark.parametrize(
    ("client_payload", "expected"),
    [
        ({"pact_url": PACT, "sha": HEAD, "branch": "feature"}, (HEAD, "feature", PACT)),
        ({"pact_url": PACT, "sha": "a" * 64, "branch": "feature"}, ("a" * 64, "feature", PACT)),
        ({"pact_url": PACT, "sha": HEAD}, (HEAD, None, PACT)),
        ({"pact_url": PACT, "sha": HEAD, "branch": ""}, (HEAD, None, PACT)),
        ({"pact_url": PACT}, (MAIN, "main", PACT)),
        ({"pact_url": PACT, "branch": "feature"}, (MAIN, "feature", PACT)),
        ({"pact_url": PACT, "sha": "1.2.3"}, (MAIN, None, PACT)),
        ({"pact_url": PACT, "sha": HEAD[:7], "branch": "feature"}, (MAIN, "feature", PACT)),
        ({"pact_url": PACT, "sha": None, "branch": None, "consumer": {"name": "web"}}, (MAIN, "main", PACT)),
        ({"sha": HEAD, "branch": "feature"}, (MAIN, "main", None)),
        ({"pact_url": None, "sha": HEAD}, (MAIN, "main", None)),
        ({"pact_url": "", "sha": HEAD}, (MAIN, "main", None)),
        ({"pact_url": ["x"], "sha": 1, "branch": {}}, (MAIN, "main", None)),
        ({"pact_url": PACT, "sha": 1, "branch": {}}, (MAIN, "main", PACT)),
        ({}, (MAIN, "main", None)),
        (None, (MAIN, "main", None)),
    ],
)
def test_a_brokers_webhook_names_the_contract_and_the_version_that_owes_it(
    tmp_path: Path, client_payload: Any, expected: tuple[str, str | None, str | None]
) -> None:
    context = _context(tmp_path, "repository_dispatch", {"client_payload": client_payload})

    assert (context.run.commit, context.branch, context.contract_url) == expected


@pytest.mark.parametrize(("sha", "version"), [("1.2.3", "1.2.3"), (HEAD, None), (None, None)])
def test_a_brokers_webhook_may_name_a_version_that_is_no_commit(
    tmp_path: Path, sha: str | None, version: str | None
) -> None:
    payload = {"client_payload": {"pact_url": PACT, "sha": sha}}

    assert _context(tmp_path, "repository_dispatch", payload).version == version


def test_a_repository_dispatch_without_a_payload_is_about_the_default_branch(tmp_path: Path) -> None:
    context = _context(tmp_path, "repository_dispatch", {})

    assert (context.run.commit, context.branch, context.contract_url) == (MAIN, "main", None)


def test_other_events_name_no_contract(tmp_path: Path) -> None:
    payload = {"client_payload": {"pact_url": PACT}, "inputs": {"pact_url": PACT}}

    assert _context(tmp_path, "workflow_dispatch", payload).contract_url is None


def test_the_run_and_its_page() -> None:
    context = read_run_context(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SHA": HEAD,
            "GITHUB_REPOSITORY": "acme/orders-api",
            "GITHUB_RUN_ID": "12",
            "GITHUB_RUN_ATTEMPT": "3",
            "GITHUB_SERVER_URL": "https://ghe.example.com",
            "GITHUB_API_URL": "https://ghe.example.com/api/v3",
        }
    )

    assert context is not None
    assert context.api_url == "https://ghe.example.com/api/v3"
    assert context.run.url == "https://ghe.example.com/acme/orders-api/actions/runs/12/attempts/3"
    assert (context.run.id, context.run.attempt) == ("12", 3)


def test_a_runner_that_says_little_is_enough() -> None:
    context = read_run_context({"GITHUB_ACTIONS": "true", "GITHUB_SHA": HEAD, "GITHUB_RUN_ATTEMPT": "?"})

    assert context is not None
    assert (context.api_url, context.run.url, context.run.attempt) == ("https://api.github.com", "", 1)


def test_outside_a_runner_there_is_no_run() -> None:
    assert read_run_context({"GITHUB_SHA": HEAD}) is None


@pytest.mark.parametrize(
    ("event", "payload", "environment", "message"),
    [
        (
            "pull_request_target",
            {"pull_request": PULL},
            {},
            "the gate does not run on pull_request_target: here a stranger",
        ),
        (
            "workflow_run",
            {"workflow_run": FIRST_RUN | {"head_repository": {"full_name": "mallory/orders-api"}}},
            {},
            "the gate does not run after a workflow of a fork",
        ),
        ("workflow_run", {"workflow_run": FIRST_RUN | {"head_repository": None}}, {}, "after a workflow of a fork"),
        ("push", {}, {"GITHUB_SHA": ""}, "the event push is about no commit"),
        ("push", {}, {"GITHUB_SHA": "0" * 40}, "the event push is about no commit"),
        ("pull_request", {}, {}, "does not say which commit this run is about: pull_request: Field required"),
        ("repository_dispatch", {"client_payload": 1}, {}, "this run is about: client_payload: Input should be"),
        ("repository_dispatch", {"client_payload": {}}, {"GITHUB_SHA": ""}, "repository_dispatch is about no commit"),
        ("pull_request", "{", {}, "does not say which commit this run is about"),
        (
            "pull_request",
            {},
            {"GITHUB_EVENT_PATH": "/nowhere"},
            "GITHUB_EVENT_PATH=/nowhere: the event's payload cannot",
        ),
    ],
)
def test_what_is_about_no_commit_or_gives_strangers_rights_is_refused(
    tmp_path: Path, event: str, payload: Any, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        _context(tmp_path, event, payload, **environment)

    assert message in str(refused.value)


def test_a_payload_without_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.settings.event_payloads.LARGEST_PAYLOAD", 1)

    with pytest.raises(ConfigurationError, match="too large"):
        _context(tmp_path, "pull_request", {"pull_request": PULL})


LEFT = {
    "id": 30,
    "run_attempt": 4,
    "event": "pull_request",
    "conclusion": "failure",
    "head_sha": HEAD,
    "head_branch": "main",
    "head_repository": {"full_name": "mallory/orders-api"},
    "pull_requests": [PULL],
}


def test_what_another_run_left_is_about_that_run_and_no_pull_request_of_the_payloads(tmp_path: Path) -> None:
    context = _left(tmp_path, "workflow_run", {"workflow_run": LEFT})

    run = context.run
    assert (run.id, run.attempt, run.event, run.commit, run.pull_request) == ("30", 4, "pull_request", HEAD, None)
    assert run.url == "https://github.com/acme/orders-api/actions/runs/30/attempts/4"
    assert context.handed_over == HandedOver(
        made_by="30", conclusion="failure", head_repository="mallory/orders-api", head_branch="main"
    )


@pytest.mark.parametrize("missing", ["id", "run_attempt", "event", "head_sha"])
def test_a_run_of_which_too_little_is_known_has_left_nothing(tmp_path: Path, missing: str) -> None:
    payload = {"workflow_run": {name: value for name, value in LEFT.items() if name != missing}}

    with pytest.raises(ConfigurationError, match=f"workflow_run.{missing}: Field required"):
        _left(tmp_path, "workflow_run", payload)


def test_a_fork_that_is_gone_has_no_pull_request_to_find(tmp_path: Path) -> None:
    gone = LEFT | {"head_repository": None, "head_branch": None}
    context = _left(tmp_path, "workflow_run", {"workflow_run": gone})

    assert context.handed_over == HandedOver(made_by="30", conclusion="failure")


def test_on_pull_request_target_nothing_says_which_run_left_it(tmp_path: Path) -> None:
    context = _left(tmp_path, "pull_request_target", {"pull_request": PULL})

    assert (context.run.commit, context.run.pull_request, context.run.id) == (HEAD, 7, "12")
    assert context.handed_over == HandedOver(foreign=False)


@pytest.mark.parametrize(
    ("event", "expected"), [("workflow_run", True), ("pull_request_target", True), ("pull_request", False), ("", False)]
)
def test_what_another_run_left_is_posted_on_two_events(event: str, *, expected: bool) -> None:
    assert posts_reports({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event}) is expected
    assert not posts_reports({"GITHUB_EVENT_NAME": event})


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_other_events_are_about_themselves_though_a_report_is_meant(tmp_path: Path, event: str) -> None:
    assert _left(tmp_path, event, {"pull_request": PULL}).handed_over is None


@pytest.mark.parametrize(
    ("event", "actor", "repository", "expected"),
    [
        ("pull_request", "octocat", "acme/orders-api", False),
        ("pull_request", "octocat", "mallory/orders-api", True),
        ("pull_request", "dependabot[bot]", "acme/orders-api", True),
        ("push", "dependabot[bot]", "acme/orders-api", True),
        ("push", "octocat", "acme/orders-api", False),
        ("schedule", "dependabot[bot]", "acme/orders-api", False),
    ],
)
def test_whose_token_may_only_read(tmp_path: Path, event: str, actor: str, repository: str, *, expected: bool) -> None:
    context = _context(tmp_path, event, _from({"full_name": repository}), GITHUB_ACTOR=actor)

    assert context.reads_only is expected
