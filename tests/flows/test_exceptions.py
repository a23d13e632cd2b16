"""A counterpart that a team agreed to let be broken for a while: only the default branch can say so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.broker_runs import BrokerRuns, contract, expecting, told
from tests.flows.repositories import Repository, repository
from tests.flows.runner_jobs import Job
from tests.flows.workspaces import Ended, Workspace
from tests.github_api import HEAD, faults
from tests.pact_broker import PactBroker
from tests.servers import Server

FILE = ".contract-gate.yml"
REASON = "it is switched off next week"
OWNER = "team-web (ada@example.com)"
OF_THIS_CHECKOUT = f"Exceptions in this checkout's {FILE} count once they are on the default branch: web-app."


def _day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def agreed(days: int = 7, counterpart: str = "web-app") -> dict[str, str]:
    """Agree that a counterpart may be broken for so many days from today on."""
    return {"counterpart": counterpart, "reason": REASON, "owner": OWNER, "until": _day(days)}


def gate_file(*exceptions: Any, **more: Any) -> bytes:
    return yaml.safe_dump({**more, "exceptions": list(exceptions)}).encode()


@pytest.fixture
def broken_job(job: Job) -> Job:
    """Prepare a job whose service breaks a contract."""
    job.workspace.write("pacts/web.json", contract("web-app", expecting("/broken")))
    return job


def _is_excused(ended: Ended, workspace: Workspace) -> bool:
    entry = next(one for one in workspace.report()["entries"] if one["integration"]["counterpart"]["name"] == "web-app")
    excused = entry["advice"]["trouble"] == "excepted"
    assert excused is (ended.code == 0), told(ended)
    return excused


def test_an_exception_in_force_is_named_wherever_the_verdict_is(broken_job: Job, provider: Server) -> None:
    broken_job.api.put_file(FILE, gate_file(agreed()))
    ended = broken_job.run(provider.url, markdown="report.md")

    assert ended.code == 0, ended.out
    assert _is_excused(ended, broken_job.workspace)
    assert (broken_job.outputs["verdict"], broken_job.outputs["deployable"]) == ("allow", "true")
    assert broken_job.outputs["broken"] == "[]"
    (comment,) = broken_job.api.comments(7)
    markdown = (broken_job.workspace.folder / "report.md").read_text()
    for shown in (told(ended), comment.body, broken_job.summary, markdown):
        plain = shown.replace("\\", "").replace("\u2060", "")
        assert f"web-app is excepted until {_day(7)}: {REASON}" in plain
        assert f"excepted until {_day(7)}" in plain
        assert OWNER in plain
    report = broken_job.workspace.report()
    assert report["entries"][0]["integration"]["exception"] == agreed()
    assert broken_job.states()[-1] == ("contract-gate/orders-api (production)", "success")


def test_the_pull_request_cannot_grant_itself_one(broken_job: Job, provider: Server) -> None:
    broken_job.workspace.write(FILE, gate_file(agreed()))
    ended = broken_job.run(provider.url)

    assert ended.code == 1
    assert not _is_excused(ended, broken_job.workspace)
    assert OF_THIS_CHECKOUT in told(ended)
    (comment,) = broken_job.api.comments(7)
    assert "count once they are on the default branch" in comment.body.replace("\\", "")


def test_nor_lengthen_one_that_is_there(broken_job: Job, provider: Server) -> None:
    broken_job.workspace.write(FILE, gate_file(agreed(days=20)))
    broken_job.api.put_file(FILE, gate_file(agreed(days=-1)))
    ended = broken_job.run(provider.url)

    assert ended.code == 1
    assert not _is_excused(ended, broken_job.workspace)
    assert OF_THIS_CHECKOUT in told(ended)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "the exception for web-app ended on"),
        (31, "and 30 days is the longest."),
    ],
)
@pytest.mark.parametrize("path", ["/broken", "/web-app"])
def test_one_that_does_not_hold_today_is_unknown_and_its_owner_is_named(
    job: Job, provider: Server, days: int, words: str, path: str
) -> None:
    job.workspace.write("pacts/web.json", contract("web-app", expecting(path)))
    job.workspace.write(FILE, gate_file(agreed(days)))
    job.api.put_file(FILE, gate_file(agreed(days)))
    ended = job.run(provider.url)

    assert ended.code == (1 if path == "/broken" else 3)
    assert words in told(ended)
    assert f"{OWNER} answers for it" in told(ended)
    assert job.outputs["deployable"] == "false"


@pytest.mark.parametrize("days", [0, 30])
def test_the_first_and_the_last_day_count(broken_job: Job, provider: Server, days: int) -> None:
    broken_job.api.put_file(FILE, gate_file(agreed(days)))

    assert broken_job.run(provider.url).code == 0


def test_another_counterpart_is_none_of_its_business(broken_job: Job, provider: Server) -> None:
    broken_job.api.put_file(FILE, gate_file(agreed(counterpart="Web-App"), agreed(counterpart="billing")))
    ended = broken_job.run(provider.url)

    assert ended.code == 1
    assert not _is_excused(ended, broken_job.workspace)
    assert "Exception: billing is excepted until" in told(ended)
    assert "Nothing of that name was looked at here." in told(ended)


def test_one_of_several_broken_ones_excuses_none_of_the_others(broken_job: Job, provider: Server) -> None:
    broken_job.workspace.write("pacts/billing.json", contract("billing", expecting("/broken/too")))
    broken_job.api.put_file(FILE, gate_file(agreed()))
    ended = broken_job.run(provider.url)

    assert ended.code == 1
    assert broken_job.outputs["broken"] == '["billing"]'


@pytest.mark.parametrize("status", [500, 403, 404])
def test_without_an_answer_of_githubs_none_counts(broken_job: Job, provider: Server, status: int) -> None:
    broken_job.workspace.write(FILE, gate_file(agreed()))
    broken_job.api.put_file(FILE, gate_file(agreed()))
    fault = broken_job.api.fault("GET", "/contents/", faults.answer(status), times=None)
    ended = broken_job.run(provider.url)

    assert fault.met > 0
    assert ended.code == 1
    assert not _is_excused(ended, broken_job.workspace)
    assert ("No exception counts, as" in told(ended)) is (status != 404)
    assert (OF_THIS_CHECKOUT in told(ended)) is (status == 404)


def test_without_a_token_none_counts_and_it_is_said(broken_job: Job, provider: Server) -> None:
    broken_job.workspace.write(FILE, gate_file(agreed()))
    broken_job.api.put_file(FILE, gate_file(agreed()))
    ended = broken_job.run(provider.url, **{"github-token": ""})

    assert ended.code == 1
    assert "No exception counts, as .contract-gate.yml of the default branch could not be read" in told(ended)


@pytest.mark.parametrize(
    "content",
    [
        b"exceptions: [{counterpart: web-app, reason: soon, until: 2026-12-01}]",
        b"exceptions: everything",
        b"exceptions: [{counterpart: '', reason: soon, owner: ada, until: 2026-12-01}]",
        b"{",
    ],
)
def test_exceptions_that_cannot_be_understood_are_unknown(job: Job, provider: Server, content: bytes) -> None:
    job.workspace.write("pacts/web.json", contract("web-app"))
    job.api.put_file(FILE, content)
    change, deploy = job.run(provider.url), job.run(provider.url, stage="deploy")

    assert (change.code, deploy.code) == (0, 3)  # what is wrong there can be mended by a change
    for ended in (change, deploy):
        assert ".contract-gate.yml of the default branch" in told(ended)


def test_an_exception_does_not_make_up_for_a_provider_that_is_not_there(broken_job: Job) -> None:
    broken_job.api.put_file(FILE, gate_file(agreed()))
    ended = broken_job.run("http://127.0.0.1:9", **{"provider-timeout": "1"})

    assert ended.code == 3


def test_one_of_a_service_of_the_repository_holds_for_that_service_alone(broken_job: Job, provider: Server) -> None:
    other = {"services": {"users-api": {"exceptions": [agreed()]}}}
    own = {"services": {"orders-api": {"exceptions": [agreed()]}}}
    broken_job.api.put_file(FILE, gate_file(**other))
    blocked = broken_job.run(provider.url)
    broken_job.api.put_file(FILE, gate_file(**own))
    allowed = broken_job.run(provider.url)

    assert (blocked.code, allowed.code) == (1, 0)


def test_what_was_agreed_on_for_another_service_is_no_news_here(broken_job: Job, provider: Server) -> None:
    file = gate_file(services={"orders-api": {}, "users-api": {"exceptions": [agreed()]}})
    broken_job.workspace.write(FILE, file)
    broken_job.api.put_file(FILE, file)
    ended = broken_job.run(provider.url)

    assert ended.code == 1
    assert "count once they are on the default branch" not in told(ended)
    assert "excepted" not in told(ended)


def test_a_run_in_a_folder_of_the_repository_has_that_folders_exceptions(broken_job: Job, provider: Server) -> None:
    broken_job.environment["GITHUB_WORKSPACE"] = str(broken_job.workspace.folder)
    inner = Workspace(broken_job.workspace.folder / "services" / "orders")
    inner.write("pacts/web.json", contract("web-app", expecting("/broken")))
    broken_job.workspace = inner
    broken_job.api.put_file(FILE, gate_file(agreed()))
    elsewhere = broken_job.run(provider.url)
    broken_job.api.put_file(f"services/orders/{FILE}", gate_file(agreed()))
    there = broken_job.run(provider.url)

    assert (elsewhere.code, there.code) == (1, 0)


def test_results_and_records_that_it_covers_are_allowed_too(broker_job: Job, broker: PactBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.deploy("web-app", "1", "production")
    broker.verify("web-app", "1", "orders-api", HEAD, success=False)
    broker_job.api.put_file(FILE, gate_file(agreed()))
    asked = broker_job.run("", "can-i-deploy", stage="deploy")
    recorded = broker_job.run("", "record-deployment")

    assert (asked.code, recorded.code) == (0, 0)
    for ended in (asked, recorded):
        assert f"failed on 2026-11-22 excepted until {_day(7)}" in told(ended)
    assert broker.live("production", "orders-api") == [HEAD]


def test_what_is_excepted_is_not_said_to_get_on(broker_job: Job, broker: PactBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.deploy("web-app", "1", "production")
    broker.verify("web-app", "1", "orders-api", HEAD, success=False)
    broker_job.api.put_file(FILE, gate_file(agreed()))
    ended = broker_job.run("", "record-deployment")

    assert ended.code == 0
    assert "deployment recorded, and it gets on with what is live" not in told(ended)
    assert "none of the relevant contracts binds" not in told(ended)


def test_who_is_left_without_a_provider_needs_it_whatever_was_agreed(broker_job: Job, broker: PactBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.deploy("web-app", "1", "production")
    broker.verify("web-app", "1", "orders-api", HEAD)
    broker.deploy("orders-api", HEAD, "production")
    broker_job.api.put_file(FILE, gate_file(agreed()))
    ended = broker_job.run("", "record-undeployment")

    assert broker.live("production", "orders-api") == []
    assert "web-app 1, live in production since 2026-11-22" in told(ended)
    assert "nobody there needed it" not in told(ended)


def test_of_a_provider_that_the_service_needs_one_can_be_agreed_on_too(broker_job: Job, broker: PactBroker) -> None:
    broker.publish("orders-api", HEAD, "users-api")
    broker.version("users-api", "9", branch="main")
    broker.deploy("users-api", "9", "production")
    broker_job.api.put_file(FILE, gate_file(agreed(counterpart="users-api")))
    ended = broker_job.run("", "can-i-deploy")

    assert ended.code == 0
    assert f"not verified, and users-api is excepted until {_day(7)}" in told(ended)


def _cloned(tmp_path: Path, content: bytes) -> Repository:
    """Clone a remote whose default branch has this gate file."""
    (tmp_path / "remote").mkdir()
    remote = repository(tmp_path / "remote")
    (remote.folder / FILE).write_bytes(content)
    remote.commit()
    remote.git("clone", "--quiet", str(remote.folder), str(tmp_path / "clone"))
    return Repository(tmp_path / "clone")


@pytest.fixture
def live_and_broken(broker: PactBroker) -> PactBroker:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.deploy("web-app", "1", "production")
    return broker


def test_on_a_laptop_it_is_read_from_the_default_branch_of_the_remote(
    tmp_path: Path, live_and_broken: PactBroker, provider: Server
) -> None:
    made = _cloned(tmp_path, gate_file(agreed()))
    made.git("checkout", "--quiet", "-b", "feature")
    made.write(FILE, "{}")
    made.commit()
    ended = BrokerRuns(Workspace(made.folder), live_and_broken).check(provider.url)

    assert ended.code == 0, told(ended)
    assert f"web-app is excepted until {_day(7)}: {REASON}" in told(ended)


def test_on_a_laptop_neither_the_own_branch_nor_the_own_file_grants_one(
    tmp_path: Path, live_and_broken: PactBroker, provider: Server
) -> None:
    made = _cloned(tmp_path, b"{}")
    runs = BrokerRuns(Workspace(made.folder), live_and_broken)
    made.write(FILE, gate_file(agreed()).decode())
    written = runs.check(provider.url)
    made.commit()
    committed = runs.check(provider.url)
    made.git("remote", "set-head", "origin", "--delete")
    without = runs.check(provider.url)

    assert [one.code for one in (written, committed, without)] == [1, 1, 1]
    for ended in (written, committed, without):
        assert OF_THIS_CHECKOUT in told(ended)
