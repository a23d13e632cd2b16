"""Settings that only a broker gives a meaning, and what may not be said together."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.settings.commands import Command
from gate.settings.groups import Settings
from gate.settings.sources import read_settings

FILES = {"service": "orders-api", "contracts": ["pacts"], "provider-url": "http://localhost:8080"}
BROKER = {"service": "orders-api", "broker-url": "https://broker.example.com/base/"}

pytestmark = pytest.mark.usefixtures("workspace")


def _read(options: dict[str, Any], environment: dict[str, str] | None = None) -> Settings:
    return read_settings(BROKER | options, environment or {})


def _refusal(options: dict[str, Any], command: Command = Command.CHECK) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(options, {}, command=command)
    return str(refused.value)


def _file(text: str) -> None:
    Path(".contract-gate.yml").write_text(text)


def test_defaults() -> None:
    settings = _read({})

    assert settings.broker.url == "https://broker.example.com/base"
    assert (settings.broker.token, settings.broker.username, settings.broker.password) == (None, None, None)
    assert (settings.contracts.contract_url, settings.contracts.consumer_version_selectors) == (None, None)
    assert (settings.contracts.wip_since, settings.contracts.consumes) == (None, None)
    assert (settings.verification.wait, settings.candidate.first_deployment) == (0.0, False)
    assert settings.candidate.application_instance is None


def test_everything_that_is_asked_of_a_broker() -> None:
    settings = _read(
        {
            "broker-username": "reader",
            "broker-password": "s3cr3t",
            "broker-ca-file": "ca.pem",
            "contract-url": "https://broker.example.com/pacts/1",
            "wip-since": "2026-11-01",
            "consumes": "none",
            "wait": "300",
            "application-instance": "blue",
            "first-deployment": "true",
        }
    )

    assert (settings.broker.username, settings.broker.password, settings.broker.ca_file) == (
        "reader",
        "s3cr3t",
        "ca.pem",
    )
    assert settings.contracts.contract_url == "https://broker.example.com/pacts/1"
    assert (settings.contracts.wip_since, settings.contracts.consumes) == (date(2026, 11, 1), "none")
    assert (settings.verification.wait, settings.candidate.first_deployment) == (300.0, True)
    assert settings.candidate.application_instance == "blue"


def test_no_secret_is_shown() -> None:
    settings = [_read({"broker-token": "s3cr3t"}), _read({"broker-username": "u", "broker-password": "s3cr3t"})]

    assert "s3cr3t" not in repr(settings)


SELECTORS = (
    (("branch", "release"), ("consumer", "web")),
    (("mainBranch", True),),
)


def test_selectors_are_json_in_text_and_a_list_in_the_gate_file() -> None:
    text = '[{"branch": "release", "consumer": "web"}, {"mainBranch": true}]'
    by_text = _read({"consumer-version-selectors": text})
    _file("consumer-version-selectors:\n- branch: release\n  consumer: web\n- mainBranch: true\n")

    assert by_text.contracts.consumer_version_selectors == SELECTORS
    assert _read({}).contracts.consumer_version_selectors == SELECTORS


NO_LIST = 'selectors are a JSON list of objects, such as [{"mainBranch": true}]'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mainBranch", "this is no JSON: Expecting value"),
        ("[", "this is no JSON"),
        ("[" * 10_000, "this is no JSON: maximum recursion depth exceeded"),
        ("[]", NO_LIST),
        ("{}", NO_LIST),
        ('{"mainBranch": true}', NO_LIST),
        ("[1]", NO_LIST),
        ("[{}]", NO_LIST),
        ("null", NO_LIST),
        ('[{"mainBranch": true}, {}]', NO_LIST),
        ('[{"mainBranch": null}]', "Input should be a valid string"),
        ('[{"branch": ["main"]}]', "Input should be a valid string"),
    ],
)
def test_selectors_that_select_nothing_sensible_are_refused(text: str, message: str) -> None:
    refusal = _refusal(BROKER | {"consumer-version-selectors": text})

    assert message in refusal
    assert refusal.startswith("option --consumer-version-selectors: consumer-version-selectors ")


@pytest.mark.parametrize("text", ["consumer-version-selectors: []\n", "consumer-version-selectors: main\n"])
def test_selectors_in_the_gate_file_that_select_nothing_are_refused(text: str) -> None:
    _file(text)

    assert "consumer-version-selectors" in _refusal(BROKER)


def test_a_date_in_the_gate_file_is_one_of_yamls_own() -> None:
    _file("wip-since: 2026-11-01\nconsumes: none\n")
    settings = _read({})

    assert (settings.contracts.wip_since, settings.contracts.consumes) == (date(2026, 11, 1), "none")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wip-since": "yesterday"}, "wip-since 'yesterday' is not usable: a date is written 2026-11-01"),
        ({"service": "orders\u200b-api"}, "a name is one line, without characters that nobody sees"),
        ({"wip-since": "86400"}, "wip-since '86400' is not usable: a date is written 2026-11-01"),
        ({"wip-since": "2026-13-01"}, "wip-since '2026-13-01' is not usable"),
        (
            {"consumer-version-selectors": '[{"mainbranch": true}]'},
            "a broker passes over 'mainbranch'; it knows branch,",
        ),
        ({"wip-since": "2026-11-01T12:00"}, "wip-since '2026-11-01T12:00' is not usable"),
        ({"consumes": "all"}, "consumes 'all' is not usable: Input should be 'none'."),
        ({"wait": "-1"}, "wait '-1' is not usable: Input should be greater than or equal to 0."),
        ({"wait": "90000"}, "Input should be less than or equal to 86400"),
        ({"wait": "nan"}, "wait 'nan' is not usable"),
        ({"first-deployment": "maybe"}, "first-deployment 'maybe' is not usable"),
        ({"broker-url": "broker"}, "an address starts with http:// or https:// and names a host"),
        ({"broker-url": "https://a:b@broker"}, "credentials do not belong in an address"),
        ({"contract-url": "https://broker/pacts?x=1"}, "an address here has no query and no fragment"),
        ({"contracts": ["pacts"]}, "contracts and broker-url are both set, and contracts come from one of them."),
        ({"broker-token": "t", "broker-username": "u"}, "broker-token and broker-username are both set."),
        ({"broker-token": "t", "broker-password": "p"}, "broker-token and broker-username are both set."),
        ({"broker-username": "u"}, "only one of broker-username and broker-password is set."),
        ({"broker-password": "p"}, "only one of broker-username and broker-password is set."),
        ({"stage": "deploy"}, "stage deploy needs an environment."),
        ({"provider-url": "http://x:{port}"}, "provider-url has {port}, which only means something together with"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(options: dict[str, Any], message: str) -> None:
    assert message in _refusal(BROKER | options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("consumer-version-selectors", '[{"mainBranch": true}]'),
        ("wip-since", "2026-11-01"),
        ("consumes", "none"),
        ("wait", "1"),
        ("first-deployment", "true"),
    ],
)
def test_files_know_no_versions_and_no_deployments(name: str, value: str) -> None:
    assert _refusal(FILES | {name: value}) == (
        f"{name} only means something together with broker-url or store: files know no versions and no deployments. "
        "Set broker-url or store, or leave it out."
    )


def test_files_are_named_by_no_webhook() -> None:
    assert _refusal(FILES | {"contract-url": "https://broker/pacts/1"}) == (
        "contract-url only means something together with broker-url. Set broker-url, or leave it out."
    )


def test_files_take_what_says_nothing() -> None:
    assert read_settings(FILES | {"wait": "0", "first-deployment": "false"}, {}) == read_settings(FILES, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("broker-token: x\n", "broker-token is a secret and is not read from the gate file."),
        ("broker-password: x\n", "broker-password is a secret and is not read from the gate file."),
        ("first-deployment: true\n", "first-deployment belongs to one run and is not read from the gate file."),
        ("application-instance: x\n", "application-instance belongs to one run and is not read from the gate file."),
        ("contract-url: https://x\n", "contract-url belongs to one run and is not read from the gate file."),
    ],
)
def test_what_belongs_to_one_run_or_is_a_secret_is_not_committed(text: str, message: str) -> None:
    _file(text)

    assert message in _refusal(BROKER)


def test_what_verifies_nothing_needs_no_provider() -> None:
    files = {name: value for name, value in FILES.items() if name != "provider-url"}

    assert read_settings(BROKER, {}, command=Command.CAN_I_DEPLOY).provider.url == ()
    assert read_settings(files, {}, command=Command.CAN_I_DEPLOY).provider.is_named is False
    assert "there is nothing to verify" in _refusal(files)


def test_a_service_that_only_consumes_needs_no_provider() -> None:
    assert read_settings(BROKER, {}).provider.is_named is False


@pytest.mark.parametrize("command", [Command.CHECK, Command.CAN_I_DEPLOY])
def test_without_a_store_and_without_files_there_are_no_contracts(command: Command) -> None:
    assert _refusal({"service": "orders-api"}, command) == (
        "neither broker-url nor contracts is set, nor is store: the gate does not know where the contracts are. Give "
        "the address of the Pact Broker (broker-url), or the git repository or folder that is the store (store), or "
        "name files, folders, globs or addresses: --contracts, GATE_CONTRACTS, or the key in .contract-gate.yml."
    )


PACT = "https://broker.example.com/pacts/1"


def test_the_event_may_name_the_one_contract() -> None:
    assert read_settings(BROKER, {}, contract_url=PACT).contracts.contract_url == PACT
    assert (
        read_settings(BROKER | {"contract-url": f"{PACT}2"}, {}, contract_url=PACT).contracts.contract_url == f"{PACT}2"
    )


def test_the_event_names_nothing_for_files_and_for_what_verifies_nothing() -> None:
    assert read_settings(FILES, {}, contract_url=PACT).contracts.contract_url is None
    assert read_settings(BROKER, {}, contract_url=PACT, command=Command.CAN_I_DEPLOY).contracts.contract_url is None


def test_a_contract_of_the_events_that_is_no_address_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"client_payload\.pact_url: contract-url 'pact' is not usable"):
        read_settings(BROKER, {}, contract_url="pact")


@pytest.mark.parametrize(("options", "contract_url"), [({"contract-url": PACT}, None), ({}, PACT)])
def test_one_contract_is_not_mistaken_for_a_deployment(options: dict[str, Any], contract_url: str | None) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(BROKER | options | {"environment": ["production"]}, {}, contract_url=contract_url)

    assert str(refused.value).startswith("environment is set (option --environment), and ")


def test_the_gate_files_environment_is_for_other_workflows() -> None:
    _file("environment: production\n")

    assert read_settings(BROKER, {}, contract_url=PACT).candidate.environment == ("production",)
