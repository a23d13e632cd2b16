"""What publishing is put together of, and when nothing is published."""

import io
from pathlib import Path
from typing import Any

import pytest

from gate.clients.actions_runner import RunnerLog
from gate.domain.contracts import Format, PacticipantVersion
from gate.domain.errors import ConfigurationError
from gate.pipeline import Publishing
from gate.settings.commands import Command
from gate.settings.run_context import RunContext
from gate.settings.sources import read_settings
from gate.wiring import wire_publishing
from tests.builders import as_bytes, http, pact
from tests.unit.wiring.workspaces import PAGE, change, context, git, head, merge, repository, surroundings

NEEDED = {"service": "web-app", "broker-url": "https://broker.example.com", "contracts": ["pacts"]}


@pytest.fixture
def here(workspace: Path) -> Path:
    return repository(workspace)


def _wired(around: RunContext | None = None, log: RunnerLog | None = None, **options: Any) -> Publishing:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    settings = read_settings(NEEDED | named, {}, command=Command.PUBLISH)
    return wire_publishing(settings, surroundings(context=around, log=log))


def test_the_consumer_is_what_is_checked_out(here: Path) -> None:
    wired = _wired(tags=["dev", "rc"])

    assert wired.consumer == PacticipantVersion(name="web-app", version=head(here), branch="main")
    assert (wired.tags, wired.url, list(wired.engines)) == (("dev", "rc"), "", [Format.PACT])


def test_the_consumer_is_what_the_run_is_about(here: Path) -> None:
    wired = _wired(context(head(here)))
    named = _wired(context(head(here)), version="1.2.3", branch="release", build_url="https://ci.example/1")

    assert wired.consumer == PacticipantVersion(name="web-app", version=head(here), branch="feature")
    assert wired.url == PAGE
    assert named.consumer == PacticipantVersion(name="web-app", version="1.2.3", branch="release")
    assert named.url == "https://ci.example/1"


def test_who_answers_for_the_consumer_is_published_with_it(here: Path) -> None:
    Path(".contract-gate.yml").write_text("owners: {web-app: ['@acme/web', Ada], orders-api: '@acme/orders'}\n")

    assert _wired().owners == ("@acme/web", "Ada")
    assert _wired(service="billing").owners == ()


def test_the_version_may_be_that_of_a_path(here: Path) -> None:
    web = change(here, "services/web/app.py")
    change(here, "README.md")

    assert _wired(path="services/web", version_from="path").consumer.version == web


def test_contracts_are_looked_for_in_the_services_folder(here: Path) -> None:
    folder = here / "services" / "web" / "pacts"
    folder.mkdir()
    (folder / "web-app-orders-api.json").write_bytes(as_bytes(pact(http(), consumer="web-app")))
    (folder / "other-orders-api.json").write_bytes(as_bytes(pact(http(), consumer="other")))
    found = _wired(path="services/web").files.written_by("web-app")

    assert [one.source for one in found.contracts] == ["services/web/pacts/web-app-orders-api.json"]
    assert (found.others, found.faults) == (("other",), ())


def test_what_a_broker_is_told_in_secret_is_not_shown(here: Path) -> None:
    wired = _wired(broker_username="me", broker_password="s3cr3t")

    assert "s3cr3t" not in wired.redact("my s3cr3t")


def test_authorities_are_a_file(here: Path) -> None:
    with pytest.raises(ConfigurationError, match="broker-ca-file is no file"):
        _wired(broker_ca_file="nowhere.pem")


def test_a_fork_publishes_nothing_under_a_branch_of_ours(here: Path) -> None:
    around = context(head(here), merge_commit="2" * 40, foreign=True, branch="main")
    with pytest.raises(ConfigurationError) as refused:
        _wired(around)

    assert str(refused.value) == (
        "a fork's pull request publishes nothing: its branch main is none of this repository's. "
        "Publish from the repository's own branches, or set branch to a name that none of them has."
    )
    assert _wired(around, branch="fork/main").consumer.branch == "fork/main"


@pytest.fixture
def merged(here: Path) -> RunContext:
    """Be in a pull request that is merged into its base."""
    git(here, "checkout", "-q", "-b", "feature")
    subject = change(here, "services/web/app.py")
    git(here, "checkout", "-q", "main")
    change(here, "README.md")
    return context(subject, merge_commit=merge(here, "feature"))


def test_what_a_merge_commit_has_is_not_published_as_its_head(merged: RunContext, workspace: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        _wired(merged)

    assert refused.value.what == (
        f"commit {head(workspace)} is checked out, and this run is about {merged.run.commit}: nothing was published "
        "or recorded."
    )
    assert "actions/checkout" in refused.value.remedy


def test_what_a_merge_commit_has_is_published_where_the_merge_did_not_touch_it(merged: RunContext) -> None:
    consumer = _wired(merged, path="services/web", version_from="path").consumer

    assert consumer == PacticipantVersion(name="web-app", version=merged.run.commit, branch="feature")


def test_whoever_names_the_version_answers_for_it(merged: RunContext, workspace: Path) -> None:
    assert _wired(merged, version=merged.run.commit).consumer.branch == "feature"
    assert _wired(merged, version="1.2.3").consumer.version == "1.2.3"
    assert _wired(merged, version=head(workspace)).consumer.version == head(workspace)


def test_what_another_commit_has_is_not_published_either(here: Path) -> None:
    last = change(here, "README.md")
    git(here, "checkout", "-q", "HEAD~1")
    with pytest.raises(ConfigurationError, match=f"and this run is about {last}: nothing was published"):
        _wired(context(last))


def test_outside_a_repository_nobody_can_tell(workspace: Path) -> None:
    assert _wired(context()).consumer.version == "1" * 40


def test_on_a_laptop_a_warning_is_a_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _wired().warn("look here")

    assert capsys.readouterr().err == "warning: look here\n"


def test_on_a_runner_a_warning_is_a_remark(here: Path) -> None:
    stream = io.BytesIO()
    log = RunnerLog(stream, str)
    _wired(log=log).warn("look here")
    log.flush()

    assert "::warning title=Contract Gate::look here" in stream.getvalue().decode()
