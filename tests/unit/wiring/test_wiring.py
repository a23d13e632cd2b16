"""What a gate is put together of, by what it was asked to do."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.clients.actions_runner import RunnerLog
from gate.domain.errors import ConfigurationError
from gate.domain.report import Record
from gate.domain.results import Outcome
from gate.pipeline import Gate
from gate.settings.commands import Command
from gate.settings.groups import OutputSettings, Settings
from gate.settings.run_context import RunContext
from gate.settings.sources import read_all_settings, read_settings
from gate.wiring import KEPT_ALONE, show, wire_each
from gate.wiring.surroundings import Surroundings
from tests.builders import as_bytes, http, integration, pact, report
from tests.github_api import TOKEN, github_api
from tests.unit.wiring.workspaces import PAGE, change, context, git, head, repository, surroundings

NEEDED = {
    "service": "orders-api",
    "broker-url": "https://broker.example.com",
    "environment": ["production"],
    "provider-url": "http://localhost:1",
}
RECORDING = [Command.RECORD_DEPLOYMENT, Command.RECORD_RELEASE, Command.RECORD_UNDEPLOYMENT]


@pytest.fixture
def here(workspace: Path) -> Path:
    return repository(workspace)


def _wired(command: Command = Command.CHECK, *, in_ci: bool = False, **options: Any) -> Gate:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    settings = read_settings(NEEDED | named, {}, command=command)
    return _wired_alone(settings, surroundings(context=context(head(Path.cwd())) if in_ci else None), command)


def _wired_alone(settings: Settings, around: Surroundings, command: Command = Command.CHECK) -> Gate:
    (wired,) = wire_each([settings], around, command)
    return wired


def _kinds(wired: Gate) -> list[str]:
    return [type(one).__name__ for one in wired.reporters]


@pytest.mark.parametrize("command", [one for one in Command if one not in {Command.PUBLISH, Command.REPORT}])
def test_only_what_verifies_has_a_provider_and_only_check_keeps_results(here: Path, command: Command) -> None:
    wired = _wired(command, publish_results="always")

    assert (wired.provider is not None) is command.verifies
    assert (wired.keeping is not None) is (command is Command.CHECK)
    assert wired.record is command.record
    assert (KEPT_ALONE in wired.notes) is (command is Command.CAN_I_DEPLOY)


def test_a_service_that_only_consumes_keeps_nothing(here: Path) -> None:
    wired = _wired(provider_url="", publish_results="always")

    assert (wired.provider, wired.keeping) == (None, None)
    assert KEPT_ALONE in wired.notes


def test_on_a_laptop_why_nothing_is_kept_is_noted(here: Path) -> None:
    assert "Results were not kept in the store: this is no run of a pipeline's" in " ".join(_wired().notes)
    assert "Results were not kept" not in " ".join(_wired(Command.VERIFY).notes)


def test_in_a_pipeline_results_are_kept_with_its_page(here: Path) -> None:
    wired = _wired(in_ci=True)

    assert wired.keeping is not None
    assert (wired.keeping.trusting, wired.page) == (False, PAGE)


@pytest.mark.parametrize("command", RECORDING)
def test_what_is_recorded_has_a_version_unless_it_is_undeployed(here: Path, command: Command) -> None:
    undeployed = command.record is Record.UNDEPLOYMENT

    assert _wired(command).candidate.version == ("" if undeployed else head(here))


@pytest.mark.parametrize("foreign", [True, False])
def test_owners_are_mentioned_unless_a_stranger_may_have_named_them(here: Path, *, foreign: bool) -> None:
    Path(".contract-gate.yml").write_text("owners: {web-app: '@acme/web'}\n")
    settings = read_settings(NEEDED, {})
    wired = _wired_alone(settings, surroundings(context=context(head(here), foreign=foreign)))

    assert (wired.owners, wired.may_mention) == ({"web-app": ("@acme/web",)}, not foreign)
    assert _wired_alone(settings, surroundings()).may_mention


def test_the_workspace_is_looked_at_again(here: Path) -> None:
    wired = _wired(provider_command="serve", path="services/orders", version_from="path")
    assert wired.look() == wired.tested

    (here / "services" / "orders" / "app.py").write_text("changed")
    assert wired.look().modified is True
    assert wired.tested.modified is False


def test_exceptions_of_the_default_branch_and_what_is_wrong_with_them_are_passed_on(here: Path) -> None:
    today = datetime.now(UTC).date()
    dates = {"web": today + timedelta(days=7), "ended": today - timedelta(days=7)}
    entries = [f"- {{counterpart: {name}, reason: x, owner: Ada, until: {day}}}\n" for name, day in dates.items()]
    with github_api() as api:
        api.put_file(".contract-gate.yml", f"exceptions:\n{''.join(entries)}".encode())
        settings = read_settings(NEEDED | {"github-token": TOKEN, "stage": "deploy"}, {})
        around = surroundings(context=context(change(here, "README.md"), api_url=api.url))
        wired = _wired_alone(settings, around)

    assert [one.counterpart for one in wired.exceptions] == ["web"]
    assert [fault.what.split()[3] for fault in wired.faults] == ["ended"]


def test_no_secret_is_shown(here: Path) -> None:
    secrets: dict[str, Any] = {"broker_username": "me", "broker_password": "s3cr3t-a", "github_token": "s3cr3t-b"}
    wired = _wired(provider_headers="A: s3cr3t-c", provider_env="PASSWORD=s3cr3t-d", **secrets)

    assert "s3cr3t" not in wired.redact("s3cr3t-a s3cr3t-b s3cr3t-c s3cr3t-d")


# What cannot be put together


def test_without_a_provider_and_a_store_nothing_can_decide(here: Path) -> None:
    files = read_settings({"service": "orders-api", "contracts": ["pacts"]}, {}, command=Command.CAN_I_DEPLOY)
    one_contract = read_settings({name: NEEDED[name] for name in ("service", "broker-url")}, {}, contract_url=CONTRACT)
    for settings in (files, one_contract):
        with pytest.raises(ConfigurationError, match="without a provider only a store that keeps results can decide"):
            _wired_alone(settings, surroundings())


CONTRACT = "https://broker.example.com/pacts/provider/orders-api/consumer/web/pact-version/1"


@pytest.mark.parametrize("command", RECORDING)
def test_what_another_commit_has_is_not_recorded_unless_it_ends(here: Path, command: Command) -> None:
    last = change(here, "README.md")
    git(here, "checkout", "-q", "HEAD~1")
    around = surroundings(context=context(last))
    settings = read_settings(NEEDED, {}, command=command)
    if command is Command.RECORD_UNDEPLOYMENT:
        assert _wired_alone(settings, around, command).candidate.version == ""
    else:
        with pytest.raises(ConfigurationError, match=f"and this run is about {last}: nothing was published"):
            _wired_alone(settings, around, command)


@pytest.mark.parametrize("command", [Command.CHECK, Command.VERIFY, Command.CAN_I_DEPLOY, *RECORDING])
def test_what_would_not_be_verified_is_refused_where_something_is_decided_before_it_happens(
    here: Path, command: Command
) -> None:
    (here / ".contract-gate.yml").write_text("contracts: pacts\n")
    (here / "pacts").mkdir()
    (here / "pacts" / "a.json").write_bytes(as_bytes(pact(http(), consumer="web")))
    if command.record:
        assert _wired(command).record is command.record
    else:
        with pytest.raises(ConfigurationError, match=r"pacts/a\.json is a contract with orders-api"):
            _wired(command)


def test_that_contracts_were_set_aside_is_noted(here: Path) -> None:
    (here / ".contract-gate.yml").write_text("contracts: pacts\n")

    assert "the store says which are verified." in " ".join(_wired().notes)
    assert "the store says which are verified." not in " ".join(_wired(Command.RECORD_DEPLOYMENT).notes)


def test_what_was_deployed_may_be_named_and_the_folder_be_at_another_commit(here: Path) -> None:
    last = change(here, "README.md")
    git(here, "checkout", "-q", "HEAD~1")
    settings = read_settings(NEEDED | {"version": last}, {}, command=Command.RECORD_DEPLOYMENT)

    assert _wired_alone(settings, surroundings(context=context(last)), Command.RECORD_DEPLOYMENT).tested.commit != last


def test_another_commit_may_be_checked_as_nothing_is_written_down(here: Path) -> None:
    last = change(here, "README.md")
    git(here, "checkout", "-q", "HEAD~1")
    wired = _wired_alone(read_settings(NEEDED, {}), surroundings(context=context(last)))

    assert (wired.candidate.commit, wired.tested.commit) == (last, head(here))


@pytest.mark.parametrize(
    ("command", "more", "released"),
    [
        (Command.RECORD_DEPLOYMENT, {}, False),
        (Command.RECORD_RELEASE, {}, True),
        (Command.RECORD_UNDEPLOYMENT, {}, False),
        (Command.RECORD_UNDEPLOYMENT, {"version": "1.2.3"}, False),
        (Command.RECORD_UNDEPLOYMENT, {"version": "1.2.3", "support_ended": "true"}, True),
    ],
)
def test_a_release_is_what_is_released_or_what_is_not_supported_any_more(
    here: Path, command: Command, more: dict[str, Any], *, released: bool
) -> None:
    assert _wired(command, **more).candidate.released is released


# Who is told


TWO = """
broker-url: https://broker.example.com
environment: production
services:
  orders-api: {path: services/orders, provider-url: "http://localhost:1"}
  web: {path: services/web}
"""


def _on_a_runner(folder: Path, **more: Any) -> Surroundings:
    """Be on a runner that reads what is written for it."""
    files = {"GITHUB_OUTPUT": str(folder / "outputs"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    log = RunnerLog(io.BytesIO(), str)
    return surroundings(context=context(head(folder)), log=log, environment=files | more)


def test_on_a_laptop_the_terminal_and_the_report_are_told(here: Path) -> None:
    assert _kinds(_wired()) == ["Terminal", "ReportFile"]
    assert _kinds(_wired(markdown="a.md", junit="b.xml")) == ["Terminal", "ReportFile", "ReportFile", "ReportFile"]


def test_on_a_runner_its_page_and_its_outputs_are_told_too(here: Path) -> None:
    settings = read_settings(NEEDED, {})
    everything, nothing = _on_a_runner(here), _on_a_runner(here, GITHUB_OUTPUT="", GITHUB_STEP_SUMMARY="")

    assert _kinds(_wired_alone(settings, everything)) == [
        "Terminal",
        "Annotations",
        "Outputs",
        "JobSummary",
        "ReportFile",
    ]
    assert _kinds(_wired_alone(settings, nothing)) == ["Terminal", "Annotations", "ReportFile"]


def test_several_services_tell_the_same_terminal_and_outputs_and_write_a_report_each(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".contract-gate.yml").write_text(TWO)
    orders, web = wire_each(read_all_settings({}, {}), _on_a_runner(here), Command.CHECK)

    assert [one.candidate.service for one in (orders, web)] == ["orders-api", "web"]
    assert [id(one) for one in orders.reporters[:4]] == [id(one) for one in web.reporters[:4]]
    assert not {id(one) for one in orders.reporters[4:]} & {id(one) for one in web.reporters[4:]}

    for gate in (orders, web):
        assert not (here / "outputs").exists()
        ended = report(integration(Outcome.PASSED), candidate=gate.candidate)
        for reporter in gate.reporters:
            reporter.finished(ended)

    assert "All services of this run" in capsys.readouterr().out
    assert "deployable" in (here / "outputs").read_text()
    assert "web" in (here / "summary").read_text()
    assert [(here / "services" / name / "contract-gate-report.json").exists() for name in ("orders", "web")] == [
        True
    ] * 2


@pytest.mark.parametrize(
    ("command", "merge_commit", "kinds"),
    [
        (Command.CHECK, None, ["CommitStatus"]),
        (Command.CHECK, "2" * 40, ["CommitStatus", "PullRequestComment"]),
        (Command.VERIFY, "2" * 40, []),
        (Command.CAN_I_DEPLOY, "2" * 40, []),
        *((command, None, []) for command in RECORDING),
    ],
)
def test_github_is_told_by_check_alone_and_the_status_first(
    here: Path, command: Command, merge_commit: str | None, kinds: list[str]
) -> None:
    with github_api() as api:
        around = context(head(here), merge_commit=merge_commit, api_url=api.url)
        settings = read_settings(NEEDED | {"github-token": TOKEN}, {}, command=command)

        assert _kinds(_wired_alone(settings, surroundings(context=around), command))[2:] == kinds


@pytest.mark.parametrize("merge_commit", [None, "2" * 40])
@pytest.mark.parametrize(("said", "kinds"), [({}, []), ({"check-run": "true"}, ["CheckRun"])])
def test_a_check_run_is_made_by_who_wants_one_before_the_comment(
    here: Path, said: dict[str, str], kinds: list[str], merge_commit: str | None
) -> None:
    around = surroundings(context=context(head(here), merge_commit=merge_commit))
    wired = _wired_alone(read_settings(NEEDED | {"github-token": TOKEN} | said, {}), around)

    comment = [] if merge_commit is None else ["PullRequestComment"]
    assert _kinds(wired)[2:] == ["CommitStatus", *kinds, *comment]


@pytest.mark.parametrize(
    ("around", "options", "said"),
    [
        (None, {"github-token": TOKEN}, ""),
        (context(), {}, "warning: there is no github-token, so there is no commit status and no comment.\n"),
        (
            context(merge_commit="2" * 40),
            {"github-token": TOKEN, "version": "3" * 40},
            "warning: version is no commit that this run knows, so there is no commit status and no comment.\n",
        ),
    ],
)
def test_where_github_cannot_be_told_that_is_a_warning(
    here: Path, capsys: pytest.CaptureFixture[str], around: RunContext | None, options: dict[str, str], said: str
) -> None:
    wired = _wired_alone(read_settings(NEEDED | options, {}), surroundings(context=around))

    assert _kinds(wired) == ["Terminal", "ReportFile"]
    assert capsys.readouterr().err == said
    wired.warn("look here")
    assert capsys.readouterr().err == "warning: look here\n"


# A saved report


def test_a_saved_report_is_shown_again(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(report(integration(Outcome.PASSED)), OutputSettings(markdown="a.md", junit="b.xml"))

    assert "can be deployed" in capsys.readouterr().out
    assert [Path(name).exists() for name in ("a.md", "b.xml", "contract-gate-report.json")] == [True, True, False]


def test_a_saved_report_that_cannot_be_written_again_is_an_error(workspace: Path) -> None:
    (workspace / "a.md").mkdir()
    with pytest.raises(ConfigurationError, match=r"the report cannot be written: Is a directory\. Choose another path"):
        show(report(integration(Outcome.PASSED)), OutputSettings(markdown="a.md"))
