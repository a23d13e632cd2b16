"""Settings for what is published and recorded, and the kinds of value that only they have."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.domain.report import Record
from gate.settings.commands import Command
from gate.settings.groups import Settings
from gate.settings.sources import read_settings

BROKER = {"service": "orders-api", "broker-url": "https://broker.example.com"}
FILES = {"service": "orders-api", "contracts": ["pacts"], "provider-url": "http://localhost:1"}
RECORDING = [Command.RECORD_DEPLOYMENT, Command.RECORD_RELEASE, Command.RECORD_UNDEPLOYMENT]

pytestmark = pytest.mark.usefixtures("workspace")


def _read(options: dict[str, Any], command: Command = Command.CHECK) -> Settings:
    return read_settings(BROKER | options, {}, command=command)


def _refusal(options: dict[str, Any], command: Command = Command.CHECK) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(options, {}, command=command)
    return str(refused.value)


# Commands


@pytest.mark.parametrize(
    ("name", "record", "verifies"),
    [
        ("check", None, True),
        ("verify", None, True),
        ("can-i-deploy", None, False),
        ("publish", None, False),
        ("record-deployment", Record.DEPLOYMENT, False),
        ("record-release", Record.RELEASE, False),
        ("record-undeployment", Record.UNDEPLOYMENT, False),
        ("report", None, False),
    ],
)
def test_each_command_verifies_records_or_does_neither(name: str, record: Record | None, *, verifies: bool) -> None:
    command = Command(name)

    assert (command.record, command.verifies) == (record, verifies)


def test_there_is_no_other_command() -> None:
    assert len(Command) == 8


# What posting needs


def test_to_post_a_report_takes_neither_contracts_nor_a_provider() -> None:
    settings = read_settings({"service": "orders-api", "environment": ["production"]}, {}, command=Command.REPORT)

    assert settings.output.report == "contract-gate-report.json"
    assert [command for command in Command if command.posts] == [Command.REPORT]


# What publishing and recording need


@pytest.mark.parametrize("command", [Command.PUBLISH, *RECORDING])
def test_who_writes_needs_a_store(command: Command) -> None:
    files = FILES | {"environment": ["production"]}

    assert _refusal(files, command) == (
        f"broker-url is missing, and so is store: {command.value} writes to one of them. Give the address of the Pact "
        "Broker, or the git repository or folder that is the store."
    )


@pytest.mark.parametrize("contracts", [[], "", " \n", ["", " "]])
def test_who_publishes_needs_contracts(contracts: Any) -> None:
    assert _refusal(BROKER | {"contracts": contracts}, Command.PUBLISH).startswith(
        "contracts is missing: nothing says what to publish. Name the Pact files"
    )


def test_who_publishes_needs_no_environment_and_no_provider() -> None:
    settings = _read({"contracts": "pacts\n*.json", "tags": "dev\nrelease 1"}, Command.PUBLISH)

    assert settings.contracts.contracts == ("pacts", "*.json")
    assert settings.publishing.tags == ("dev", "release 1")


@pytest.mark.parametrize("command", RECORDING)
def test_who_records_needs_an_environment(command: Command) -> None:
    assert _refusal(BROKER, command).startswith(f"environment is missing: {command.value} is about where a version is.")
    assert _read({"environment": ["production"]}, command).candidate.environment == ("production",)


@pytest.mark.parametrize("command", RECORDING)
def test_an_instance_means_nothing_to_a_release_alone(command: Command) -> None:
    options = {"environment": ["production"], "application-instance": "blue"}
    if command is Command.RECORD_RELEASE:
        assert _refusal(BROKER | options, command).startswith("application-instance means nothing to a release")
    else:
        assert _read(options, command).candidate.application_instance == "blue"


RELEASE_THAT_ENDS = {"environment": ["production"], "version": "1", "support-ended": "true"}


def test_the_support_of_a_release_ends() -> None:
    assert _read(RELEASE_THAT_ENDS, Command.RECORD_UNDEPLOYMENT).candidate.support_ended is True
    assert _read(RELEASE_THAT_ENDS | {"support-ended": "false"}, Command.RECORD_DEPLOYMENT) == (
        _read(RELEASE_THAT_ENDS | {"support-ended": ""}, Command.RECORD_DEPLOYMENT)
    )


@pytest.mark.parametrize("command", [one for one in Command if one is not Command.RECORD_UNDEPLOYMENT])
@pytest.mark.parametrize("needed", [BROKER, FILES])
def test_support_ends_by_nothing_but_an_undeployment(command: Command, needed: dict[str, Any]) -> None:
    assert _refusal(needed | RELEASE_THAT_ENDS, command) == (
        "support-ended only means something together with record-undeployment and version. Name the release whose "
        "support has ended, or leave it out."
    )


def test_which_release_is_not_supported_any_more_has_to_be_said() -> None:
    assert _refusal(BROKER | RELEASE_THAT_ENDS | {"version": ""}, Command.RECORD_UNDEPLOYMENT).startswith(
        "support-ended only means something together with record-undeployment and version."
    )


def test_a_release_that_ends_is_no_instance() -> None:
    options = BROKER | RELEASE_THAT_ENDS | {"application-instance": "blue"}

    assert _refusal(options, Command.RECORD_UNDEPLOYMENT).startswith("application-instance means nothing to a release")


def test_support_ends_in_no_gate_file() -> None:
    Path(".contract-gate.yml").write_text("support-ended: true\n")

    assert "support-ended belongs to one run and is not read from the gate file." in _refusal(BROKER)


@pytest.mark.parametrize("command", [Command.PUBLISH, *RECORDING])
@pytest.mark.parametrize(
    ("access", "message"),
    [
        ({"broker-token": "t", "broker-username": "u", "broker-password": "p"}, "broker-token and broker-username are"),
        ({"broker-username": "u"}, "only one of broker-username and broker-password is set."),
    ],
)
def test_who_writes_says_who_they_are(command: Command, access: dict[str, str], message: str) -> None:
    needed = {"environment": ["production"], "contracts": ["pacts"]}

    assert _refusal(BROKER | needed | access, command).startswith(message)


def test_the_event_names_no_contract_to_who_writes() -> None:
    options = BROKER | {"environment": ["production"]}
    settings = read_settings(options, {}, command=Command.RECORD_DEPLOYMENT, contract_url="https://broker/pacts/1")

    assert settings.contracts.contract_url is None


# Whether results are kept


def test_results_are_kept_when_they_can_be() -> None:
    assert _read({}).publishing.publish_results == "auto"
    assert [_read({"publish-results": one}).publishing.publish_results for one in ("always", "never")] == [
        "always",
        "never",
    ]


def test_loose_files_keep_no_results() -> None:
    assert _refusal(FILES | {"publish-results": "always"}).startswith(
        "publish-results: always only means something together with broker-url or store: files know"
    )
    assert read_settings(FILES | {"publish-results": "never"}, {}).publishing.publish_results == "never"


@pytest.mark.parametrize("value", ["true", "yes", "Always", "sometimes"])
def test_results_are_not_kept_by_a_misunderstanding(value: str) -> None:
    assert f"publish-results {value!r} is not usable: Input should be 'auto', 'always' or 'never'." in _refusal(
        BROKER | {"publish-results": value}
    )


def test_yaml_takes_a_word_for_a_truth() -> None:
    Path(".contract-gate.yml").write_text("publish-results: no\n")

    assert "publish-results 'False' is not usable" in _refusal(BROKER)


# Where the service is


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("services/orders", "services/orders"),
        ("./services//orders/", "services/orders"),
        (".", "."),
        ("./", "."),
        ("services/orders api ü", "services/orders api ü"),
        ("-x", "-x"),
        ("...", "..."),
        ("a..b", "a..b"),
    ],
)
def test_a_folder_is_named_from_the_top_on(given: str, path: str) -> None:
    assert _read({"path": given}).candidate.path == path


@pytest.mark.parametrize(
    "given",
    ["/services", "//services", "..", "../orders", "services/../..", "a/..", "services/*", "a?", "a[b", "a]b", "a\\b"],
)
def test_a_folder_is_no_pattern_and_not_elsewhere(given: str) -> None:
    assert "a folder is named from the repository's top on" in _refusal(BROKER | {"path": given})


@pytest.mark.parametrize("given", ["a\nb", "a\0b", "a\u202eb", "a\ud800b", "a\tb"])
def test_a_folder_has_nothing_in_its_name_that_nobody_sees(given: str) -> None:
    assert _refusal(BROKER | {"path": given}).startswith("option --path: path ")


def test_what_a_version_comes_from() -> None:
    assert _read({}).candidate.version_from == "commit"
    assert _read({"version-from": "path"}).candidate.version_from == "path"
    assert "Input should be 'commit' or 'path'" in _refusal(BROKER | {"version-from": "Path"})


# The page of the run


@pytest.mark.parametrize("page", ["https://ci.example/1?a=b#c", "http://[::1]:8080/x/", "https://ci.example"])
def test_a_page_may_have_a_query(page: str) -> None:
    assert _read({"build-url": page}).publishing.build_url == page


@pytest.mark.parametrize(
    "page",
    [
        "ci.example/1",
        "ftp://ci.example",
        "https://",
        "https://me:s3cr3t@ci.example",
        "https://me@ci",
        "/1",
        "http://[::1",
    ],
)
def test_a_page_is_an_address_without_credentials(page: str) -> None:
    assert "build-url " in _refusal(BROKER | {"build-url": page})


@pytest.mark.parametrize("page", ["https://ci.example/a b", "https://ci.example/a\nb"])
def test_a_page_that_a_broker_would_refuse_is_refused_at_once(page: str) -> None:
    """Its rule for an address: no blank in it. It would refuse every result."""
    assert "build-url " in _refusal(BROKER | {"build-url": page})


# Tags


@pytest.mark.parametrize(
    ("tags", "read"), [("dev\n\n  prod \n", ("dev", "prod")), (["a", "b c"], ("a", "b c")), ("", ()), ([], ())]
)
def test_tags_are_one_a_line(tags: Any, read: tuple[str, ...]) -> None:
    assert _read({"tags": tags}).publishing.tags == read
