"""The road from an event to GitHub: the command line as a runner starts it, against a GitHub that checks requests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.domain.report import Candidate, Stage
from gate.rendering.marker import is_comment_of
from tests.builders import http, pact
from tests.flows.conftest import Provider, Workspace
from tests.flows.runner_jobs import Job, read_by_runner
from tests.github_api import HEAD, TOKEN, Identity, faults, github_api
from tests.servers import Reply, Server, serving

OTHER = "a" * 40
CONTEXT = "contract-gate/orders-api (production)"
CANDIDATE = Candidate(
    service="orders-api", version=HEAD, branch="feature", environments=("production",), stage=Stage.CHANGE
)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """Prepare a job on a pull request."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.write("pacts/web.json", pact(http()))
    with github_api() as api:
        api.add_pull(7)
        yield Job(workspace, api)


@pytest.fixture
def broken() -> Iterator[Server]:
    """Serve an orders-api that breaks its contract."""
    with serving(lambda _: Reply(body={"ident": 42})) as server:
        yield server


def test_a_broken_contract_on_a_pull_request(job: Job, broken: Server) -> None:
    ended = job.run(broken.url)

    assert (ended.code, ended.err) == (1, "")
    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "failure")]
    status = job.api.statuses()[-1]
    assert status.description == "Blocked: web-checkout: 1 of 1 interaction broken"
    assert status.target_url == "https://github.com/acme/orders-api/actions/runs/12/attempts/1"
    (comment,) = job.api.comments(7)
    assert is_comment_of(CANDIDATE, comment.body)
    assert "the key “id” is missing" in comment.body
    assert "[run 12](https://github.com/acme/orders-api/actions/runs/12/attempts/1)" in job.summary
    assert job.outputs == {
        "verdict": "block",
        "deployable": "false",
        "reason": "web-checkout: 1 of 1 interaction broken",
        "broken": '["web-checkout"]',
        "unverified": "[]",
        "report": "contract-gate-report.json",
    }
    assert (
        "::error title=web-checkout is broken%3A a request for order 42,file=pacts/web.json,line=1::"
        "GET /orders/42: body $.id: the key “id” is missing" in ended.out
    )
    report = job.workspace.report()
    assert (report["candidate"]["version"], report["candidate"]["branch"]) == (HEAD, "feature")
    assert report["run"]["pull_request"] == 7
    shown = "\n".join(read_by_runner(ended, job.workspace.folder).shown)
    assert TOKEN not in shown + job.summary + json.dumps(report) + comment.body


def test_one_comment_goes_from_red_to_green_while_those_of_others_stay(
    job: Job, broken: Server, orders: Server
) -> None:
    job.run(broken.url)
    marker = job.api.comments(7)[0].body
    for number in range(120):
        job.api.add_comment(7, f"talk {number}", author="mona")
    job.api.add_comment(7, marker, author="mallory")
    job.run(orders.url, service="billing-api", environment="")
    job.environment["GITHUB_RUN_ATTEMPT"] = "2"
    ended = job.run(orders.url)

    assert ended.code == 0
    bots = [comment.body for comment in job.api.comments(7) if comment.author.type == "Bot"]
    assert [body.splitlines()[1] for body in bots] == [
        "## ✅ orders\\-api → production\\: can be deployed",
        "## ❓ billing\\-api\\: unknown, so not deployable",
    ]
    assert [comment.body for comment in job.api.comments(7) if comment.author.login == "mallory"] == [marker]
    assert job.states()[-1] == (CONTEXT, "success")


def test_an_older_run_that_ends_later_leaves_the_comment_alone(job: Job, broken: Server, orders: Server) -> None:
    job.environment |= {"GITHUB_RUN_ID": "100", "GITHUB_RUN_ATTEMPT": "2"}
    job.run(broken.url)
    told = job.api.comments(7)[0].body
    job.api.state.commits.add(OTHER)
    for run, attempt, head in (("99", "9", OTHER), ("100", "1", HEAD)):
        job.environment |= {"GITHUB_RUN_ID": run, "GITHUB_RUN_ATTEMPT": attempt}
        job.head = head
        job.run(orders.url)

    assert [comment.body for comment in job.api.comments(7)] == [told]
    job.environment |= {"GITHUB_RUN_ID": "100", "GITHUB_RUN_ATTEMPT": "3"}
    job.run(orders.url)
    assert "can be deployed" in job.api.comments(7)[0].body


def test_a_push_has_a_status_and_no_comment(job: Job, orders: Server) -> None:
    job.event = "push"
    ended = job.run(orders.url, environment="")

    assert ended.code == 0
    assert job.states() == [("contract-gate/orders-api", "pending"), ("contract-gate/orders-api", "success")]
    assert job.api.comments(7) == []
    assert job.workspace.report()["candidate"]["branch"] == "main"


@pytest.mark.parametrize(
    ("event", "version", "told"),
    [
        ("pull_request", "1.2.3", HEAD),
        ("pull_request", HEAD, HEAD),
        ("pull_request", OTHER, None),
        ("workflow_dispatch", OTHER, OTHER),
        ("workflow_dispatch", OTHER.upper(), OTHER),
        ("workflow_dispatch", "1.2.3", None),
        ("workflow_dispatch", "aaaaaaa1", None),
        ("workflow_dispatch", "20261123", None),
        ("pull_request", "facade1", None),
        ("pull_request", HEAD[:9], HEAD),
    ],
)
def test_news_go_to_no_commit_that_the_verdict_is_not_about(
    job: Job, orders: Server, event: str, version: str, told: str | None
) -> None:
    job.api.state.commits.add(OTHER)
    job.event = event
    ended = job.run(orders.url, version=version)

    assert ended.code == 0
    assert {status.sha for status in job.api.state.statuses} == ({told} if told else set())
    assert len(job.api.comments(7)) == (1 if event == "pull_request" and told else 0)
    assert ("version is no commit that this run knows" in ended.out) is (told is None)


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_a_version_that_is_a_name_belongs_to_what_is_checked_out(job: Job, orders: Server) -> None:
    _git(job.workspace.folder, "init", "--quiet", ".")
    _git(job.workspace.folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    commit = _git(job.workspace.folder, "rev-parse", "HEAD")
    job.api.state.commits.add(commit)
    job.event = "workflow_dispatch"
    job.run(orders.url, version="1.2.3")
    job.run(orders.url, version=commit[:8])

    assert [state for _, state in job.states(commit)] == ["pending", "success"] * 2


@pytest.mark.parametrize(
    ("event", "inputs", "what"),
    [
        ("push", {}, "what ran is commit"),
        ("pull_request", {"stage": "deploy"}, "what ran is commit"),
        ("workflow_dispatch", {"version": OTHER}, "what ran is commit"),
    ],
)
def test_what_other_code_honours_allows_nothing(
    job: Job, provider_command: Provider, event: str, inputs: dict[str, str], what: str
) -> None:
    _git(job.workspace.folder, "init", "--quiet", ".")
    _git(job.workspace.folder, "commit", "--quiet", "--allow-empty", "--message", "merge")
    job.event = event
    job.environment["GITHUB_SHA"] = _git(job.workspace.folder, "rev-parse", "HEAD") if event == "pull_request" else HEAD
    ended = job.run("", **{"provider-command": provider_command("pass")}, **inputs)

    assert ended.code == 3
    assert what in job.outputs["reason"]


def test_a_tag_of_another_commit_is_not_what_ran(job: Job, provider_command: Provider) -> None:
    folder = job.workspace.folder
    _git(folder, "init", "--quiet", ".")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    _git(folder, "tag", "v1.2.2")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "second")
    job.event = "workflow_dispatch"
    command = {"provider-command": provider_command("pass")}
    other, same = job.run("", version="v1.2.2", **command), job.run("", version="v1.2.3", **command)

    assert (other.code, same.code) == (3, 0)
    assert "the verdict is about v1.2.2, which is" in other.out


def test_a_branch_that_is_called_like_a_commit_is_not_that_commit(job: Job, provider_command: Provider) -> None:
    folder = job.workspace.folder
    _git(folder, "init", "--quiet", ".")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    _git(folder, "branch", "facade1")
    job.event = "workflow_dispatch"
    ended = job.run("", version="facade1", **{"provider-command": provider_command("pass")})

    assert ended.code == 3
    assert "the verdict is about facade1" in ended.out


def test_a_changed_file_is_not_what_is_deployed(job: Job, provider_command: Provider) -> None:
    folder = job.workspace.folder
    _git(folder, "init", "--quiet", ".")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "all")
    job.event = "push"
    job.environment["GITHUB_SHA"] = _git(folder, "rev-parse", "HEAD")
    (folder / "pacts" / "web.json").write_text(json.dumps(pact(http())) + "\n")
    command = {"provider-command": provider_command("pass")}
    deploy, change = job.run("", stage="deploy", **command), job.run("", **command)

    assert (deploy.code, change.code) == (3, 0)
    assert "tracked files differ from commit" in deploy.out
    assert "What ran has changes to tracked files" in change.out


@pytest.mark.measured
def test_a_green_does_not_hide_a_red_of_the_same_run(job: Job, broken: Server, orders: Server) -> None:
    job.run(broken.url)
    ended = job.run(orders.url)

    assert ended.code == 0
    assert [state for _, state in job.states()] == ["pending", "failure", "pending", "success", "failure"]
    assert job.api.statuses()[-1].description == "Another gate of this run did not allow it"
    assert "another gate of this run has set the same status to red" in ended.out


def test_a_run_of_which_nobody_knows_the_other_statuses_has_its_own(job: Job, orders: Server) -> None:
    job.api.fault("GET", "/statuses", faults.answer(404))

    assert job.run(orders.url).code == 0
    assert job.states()[-1] == (CONTEXT, "success")


def test_what_names_the_run_is_no_secret(job: Job, orders: Server) -> None:
    job.run(orders.url, **{"provider-headers": "X-Env: production\nX-Caller: orders-api"})

    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "success")]
    assert is_comment_of(CANDIDATE, job.api.comments(7)[0].body)


@pytest.mark.measured
@pytest.mark.parametrize("command", ["--help", "--version", "demo", ""])
def test_the_action_has_but_its_own_commands(job: Job, orders: Server, command: str) -> None:
    job.environment["INPUT_COMMAND"] = command
    ended = job.run(orders.url, *([command] if command else ["check"]))

    assert ended.code == 2
    assert f"command '{command}' is none of check, verify, can-i-deploy, publish, record-" in ended.out
    assert job.outputs["deployable"] == "false"


def test_a_merge_commit_that_was_verified_is_called_one(job: Job, orders: Server, provider_command: Any) -> None:
    folder = job.workspace.folder
    _git(folder, "init", "--quiet", ".")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "merge")
    merge = _git(folder, "rev-parse", "HEAD")
    job.environment["GITHUB_SHA"] = merge
    job.run("", **{"provider-command": provider_command("pass")})

    assert job.workspace.report()["notes"] == [
        f"What ran is commit {merge}, a pull request merged into its base, not {HEAD}."
    ]
    assert job.states()[-1] == (CONTEXT, "success")


@pytest.mark.parametrize(
    ("permissions", "warnings"),
    [
        ({"statuses": "read", "pull_requests": "read"}, ["the commit status", "the pull request comment"]),
        ({"statuses": "write"}, ["the pull request comment"]),
        ({"pull_requests": "write"}, ["the commit status"]),
    ],
)
def test_a_token_that_may_not_write_is_a_warning_with_its_cause(
    job: Job, broken: Server, permissions: dict[str, str], warnings: list[str]
) -> None:
    job.api.add_token("reads", Identity(permissions=permissions))
    ended = job.run(broken.url, **{"github-token": "reads"})

    assert ended.code == 1
    said = [line for line in ended.out.splitlines() if line.startswith("::warning")]
    assert len(said) == len(warnings)
    for line, what in zip(said, warnings, strict=True):
        assert line.startswith(f"::warning title=Contract Gate::{what} could not be delivered: {job.api.url}: GitHub")
        assert "403 Resource not accessible by integration" in line
    assert job.outputs["verdict"] == "block"
    assert "blocked" in job.summary


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("500", "green"), ("500", "red"), ("404", "red"), ("no JSON", "green"), ("no JSON", "red"), ("dropped", "green")],
)
def test_an_api_that_is_down_changes_no_verdict(
    job: Job, broken: Server, orders: Server, fault: str, verdict: str
) -> None:
    kinds = {
        "500": faults.answer(500),
        "404": faults.answer(404, body={"message": "Not Found"}),
        "no JSON": faults.no_json(),
        "dropped": faults.dropped(after_work=False),
    }
    for method in ("GET", "POST", "PATCH"):
        job.api.fault(method, "", kinds[fault], times=None)
    ended = job.run(orders.url if verdict == "green" else broken.url)

    assert ended.code == (0 if verdict == "green" else 1)
    assert ended.out.count("could not be delivered") == 2
    assert job.outputs["deployable"] == ("true" if verdict == "green" else "false")


def test_a_comment_whose_answer_was_lost_is_not_made_twice(job: Job, broken: Server) -> None:
    lost = job.api.fault("POST", "/comments$", faults.dropped(after_work=True))
    ended = job.run(broken.url)

    assert lost.met == 1
    assert "::warning" not in ended.out
    assert len(job.api.comments(7)) == 1


def test_without_a_token_there_is_one_warning(job: Job, orders: Server) -> None:
    ended = job.run(orders.url, **{"github-token": ""})

    assert ended.code == 0
    assert ended.out.count("::warning title=Contract Gate::there is no github-token") == 1
    assert job.api.asked == []
    assert "can be deployed" in job.summary


def test_verify_tells_nobody_outside(job: Job, broken: Server) -> None:
    ended = job.run(broken.url, "verify")

    assert ended.code == 1
    assert {request.method for request in job.api.asked} == {"GET"}
    assert job.outputs["verdict"] == "block"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_run_leaves_no_status_pending(job: Job, number: signal.Signals) -> None:
    process: list[subprocess.Popen[str]] = []

    def hang(_: Any) -> Reply | None:
        os.kill(process[0].pid, number)
        return None

    with serving(hang) as provider:
        process.append(job.start(provider.url))
        ended = job.workspace.ended(process[0])

    assert ended.code == 3
    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "error")]
    assert f"the run was stopped by {number.name}" in (job.api.statuses()[-1].description or "")
    assert job.outputs["verdict"] == "unknown"
    assert "unknown, so not deployable" in job.api.comments(7)[0].body


@pytest.mark.parametrize(
    ("event", "inputs", "reason"),
    [
        ("pull_request", {"contracts": ""}, "neither broker-url nor contracts is set"),
        ("pull_request_target", {}, "the gate does not run on pull_request_target"),
    ],
)
def test_what_is_refused_before_the_run_is_one_error_and_sets_the_outputs(
    job: Job, orders: Server, event: str, inputs: dict[str, str], reason: str
) -> None:
    job.event = event
    ended = job.run(orders.url, **inputs)

    assert (ended.code, ended.err) == (2, "")
    assert [line.partition(reason)[0] for line in ended.out.splitlines() if not line.startswith(("::stop", "::" * 2))][
        1
    ].startswith("::error title=Contract Gate::")
    assert ended.out.count("::error") == 1
    assert job.outputs["verdict"] == "unknown"
    assert job.outputs["reason"].startswith(reason)
    assert job.api.asked == []


@pytest.mark.measured
def test_a_command_that_does_not_exist_is_one_error_too(job: Job, orders: Server) -> None:
    ended = job.run(orders.url, "chek")

    assert ended.code == 2
    assert "No such command 'chek'" in ended.out
    assert ended.out.count("::error title=Contract Gate::the command line was not understood") == 1
    assert (job.outputs["verdict"], job.outputs["deployable"]) == ("unknown", "false")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", ">/dev/full", ">/dev/full 2>&1"])
def test_a_runner_without_streams_changes_no_exit_code(job: Job, broken: Server, redirection: str) -> None:
    job.run(broken.url)
    command = f"{sys.executable} -m gate check --service orders-api --version 1 --contracts pacts --provider-url"
    ended = subprocess.run(
        ["sh", "-c", f"{command} {broken.url} {redirection}"],
        cwd=job.workspace.folder,
        env={"PATH": os.environ["PATH"], "GITHUB_ACTIONS": "true", "GITHUB_SHA": HEAD, "_GATE_COMPLETE": "bash_source"},
        check=False,
        capture_output=True,
    )

    assert ended.returncode == 1


@pytest.mark.measured
def test_outputs_that_cannot_be_set_are_a_warning(job: Job, orders: Server) -> None:
    job.environment["GITHUB_OUTPUT"] = "/nowhere/output"
    ended = job.run(orders.url)

    assert ended.code == 0
    assert "warning: the outputs could not be set: No such file or directory (/nowhere/output)" in ended.out
    assert "::warning title=Contract Gate::the outputs could not be delivered" in ended.out


def test_a_runner_without_files_for_outputs_and_summary_is_one_too(job: Job, orders: Server) -> None:
    job.environment |= {"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": ""}

    assert job.run(orders.url).code == 0
    assert job.states()[-1] == (CONTEXT, "success")
