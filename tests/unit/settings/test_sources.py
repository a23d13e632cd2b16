"""Precedence, types and refusals of every setting."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.domain.report import Stage
from gate.domain.verdict import OnNoContracts
from gate.settings.commands import Command
from gate.settings.declaration import SETTINGS
from gate.settings.groups import Settings
from gate.settings.sources import read_settings

NEEDED = {"service": "orders-api", "contracts": ["pacts"], "provider-url": "http://localhost:8080"}
WITH_BROKER = {"service": "orders-api", "broker-url": "http://broker"}
WITH_STORE = {"service": "orders-api", "store": "https://git/contracts"}


def _read(options: dict[str, Any] | None = None, environment: dict[str, str] | None = None) -> Settings:
    return read_settings(NEEDED | (options or {}), environment or {})


def _refusal(options: dict[str, Any] | None = None, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _read(options, environment)
    return str(refused.value)


def _file(text: str) -> None:
    Path(".contract-gate.yml").write_text(text)


pytestmark = pytest.mark.usefixtures("workspace")


def test_defaults() -> None:
    settings = _read()

    assert settings.candidate.stage is Stage.CHANGE
    assert settings.candidate.environment == ()
    assert settings.contracts.max_contract_size == 20 * 1024**2
    assert settings.contracts.on_no_contracts is OnNoContracts.UNKNOWN
    assert (settings.provider.timeout, settings.verification.request_timeout) == (60.0, 10.0)
    assert settings.output.report == "contract-gate-report.json"


def test_precedence_is_input_option_variable_file() -> None:
    _file("provider-ready: /file\n")
    said: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({}, {"GATE_PROVIDER_READY": "/variable"}),
        ({"provider-ready": "/option"}, {"GATE_PROVIDER_READY": "/variable"}),
        ({"provider-ready": "/option"}, {"GATE_PROVIDER_READY": "/variable", "INPUT_PROVIDER-READY": "/input"}),
    ]

    used = [_read(options, environment).provider.ready for options, environment in said]

    assert used == ["/file", "/variable", "/option", "/input"]


def test_an_empty_value_is_absent() -> None:
    _file("provider-ready: /file\nprovider-timeout:\n")

    settings = _read(
        {"provider-ready": "", "environment": []}, {"INPUT_PROVIDER-READY": " ", "GATE_PROVIDER_READY": ""}
    )

    assert (settings.provider.ready, settings.provider.timeout) == ("/file", 60.0)


def test_lines_come_from_text_and_from_lists() -> None:
    _file("environment:\n- staging\n- production\n")

    assert _read().candidate.environment == ("staging", "production")
    assert _read(environment={"INPUT_ENVIRONMENT": "\nstaging\n  production \n\n"}).candidate.environment == (
        "staging",
        "production",
    )


def test_environments_and_headers_are_pairs() -> None:
    _file("provider-env:\n  PORT: '{port}'\n  DEBUG: 1\n")
    settings = _read(environment={"GATE_PROVIDER_HEADERS": "Authorization: Bearer a:b\nX-Key:k"})

    assert settings.provider.env == (("PORT", "{port}"), ("DEBUG", "1"))
    assert settings.provider.headers == (("Authorization", "Bearer a:b"), ("X-Key", "k"))
    assert "Bearer" not in repr(settings)


def test_environment_lines_keep_what_follows_the_first_equals_sign() -> None:
    assert _read({"provider-env": ["URL=a=b", "EMPTY="]}).provider.env == (("URL", "a=b"), ("EMPTY", ""))


@pytest.mark.parametrize(
    ("text", "size"), [("500", 500), ("20 MiB", 20 * 1024**2), ("3kB", 3000), (" 1 gib ", 1024**3), ("7b", 7)]
)
def test_sizes(text: str, size: int) -> None:
    assert _read({"max-contract-size": text}).contracts.max_contract_size == size


def test_a_size_in_the_file_may_be_a_number() -> None:
    _file("max-contract-size: 1000\n")

    assert _read().contracts.max_contract_size == 1000


def test_an_address_loses_its_last_slash_and_may_have_a_port_to_fill_in() -> None:
    settings = _read({"provider-url": "http://127.0.0.1:{port}/base/", "provider-command": "serve"})

    assert settings.provider.url == ("http://127.0.0.1:{port}/base",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"service": ""}, "service is missing: The service to be deployed"),
        ({"contracts": []}, "neither broker-url nor contracts is set, nor is store: the gate does not know"),
        ({"provider-url": ""}, "none of provider-url, provider-command and provider-image is set"),
        ({"provider-port": "80"}, "provider-port only means something together with provider-image."),
        ({"provider-image": "x"}, "provider-url is where a provider already listens, and provider-image starts one."),
        ({"provider-url": "http://{host}"}, "provider-url has {host}, which only means something together with"),
        ({"stage": "deploy"}, "stage deploy needs an environment."),
        ({"stage": "dream"}, "option --stage: stage 'dream' is not usable: Input should be 'change' or 'deploy'."),
        ({"provider-url": "ftp://x"}, "'ftp://x' is not usable: an address starts with http:// or https://"),
        ({"provider-url": "http://"}, "an address starts with http:// or https:// and names a host"),
        ({"provider-url": "http://x:0"}, "an address starts with"),
        ({"provider-url": "http://x:99999"}, "Port out of range 0-65535"),
        ({"provider-url": "http://x/?a=1"}, "an address here has no query and no fragment"),
        ({"report": "r", "junit": "./r"}, "two of report, markdown and junit name the same file."),
        ({"provider-url": "http://a:b@x"}, "credentials do not belong in an address: there are settings for them"),
        ({"provider-url": "http://x:{port}"}, "provider-url has {port}, which only means something together with"),
        ({"provider-states-url": "states"}, "an address starts with http:// or https:// and names a host"),
        ({"provider-ready": "health"}, "a path starts with /"),
        ({"provider-timeout": "soon"}, "provider-timeout 'soon' is not usable: Input should be a valid number"),
        ({"provider-timeout": "0"}, "Input should be greater than or equal to 0.01"),
        ({"provider-timeout": "inf"}, "Input should be less than or equal to 86400"),
        ({"request-timeout": "nan"}, "request-timeout 'nan' is not usable"),
        ({"max-contract-size": "big"}, "a size is a number of bytes, or one with a unit such as 20 MiB"),
        ({"max-contract-size": "3 parsec"}, "a size is a number of bytes"),
        ({"max-contract-size": "0"}, "Input should be greater than 0"),
        ({"provider-env": ["=x"]}, "each line has the form NAME=value, and one of them has not"),
        ({"on-no-contracts": "pass"}, "Input should be 'unknown' or 'allow'"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(options: dict[str, Any], message: str) -> None:
    assert message in _refusal(options)


def test_a_refused_secret_is_not_repeated() -> None:
    message = _refusal(environment={"GATE_PROVIDER_HEADERS": "s3cr3t"})

    assert "s3cr3t" not in message
    assert (
        "variable GATE_PROVIDER_HEADERS: provider-headers is not usable: each line has the form Name: value" in message
    )


def test_the_error_names_where_it_was_said() -> None:
    _file("stage: dream\n")
    assert _refusal().startswith(".contract-gate.yml: stage 'dream'")
    assert _refusal(environment={"INPUT_STAGE": "dream"}).startswith("input stage: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("servise: x\n", ".contract-gate.yml: there is no setting 'servise'. Did you mean service?"),
        ("provider_url: x\n", "there is no setting 'provider_url'. Did you mean provider-url?"),
        ("zzz: 1\n", "there is no setting 'zzz'. It knows service, environment, stage,"),
        ("provider-headers: 'A: b'\n", "provider-headers is a secret and is not read from the gate file."),
        ("version: '1'\n", "version belongs to one run and is not read from the gate file."),
        ("- a\n", "the gate file is no mapping of settings to values."),
        ("a: [\n", "the gate file is not YAML: "),
        ("contracts: a\ncontracts: b\n", "the key 'contracts' stands twice"),
        ("environment: {a: 1}\n", "environment \"{'a': 1}\" is not usable: Input should be a valid tuple"),
        ("environment: [1]\n", "environment '[1]' is not usable: Input should be a valid string"),
        ("max-contract-size: [1]\n", "max-contract-size '[1]' is not usable"),
        ("x: " + "y" * 1_100_000, "the file is too large for settings."),
        ("!!python/object/apply:os.system [ls]", "the gate file is not YAML"),
    ],
)
def test_a_gate_file_that_cannot_be_used_is_refused(text: str, message: str) -> None:
    _file(text)

    assert message in _refusal()


def test_a_misspelt_variable_is_refused_and_a_foreign_one_is_not_ours() -> None:
    assert "Did you mean GATE_PROVIDER_STATES_URL?" in _refusal(environment={"GATE_PROVIDER_STATES_URI": "x"})
    assert _read(environment={"GATE_KEEPER": "x"}) == _read()


def test_an_empty_gate_file_says_nothing() -> None:
    _file("# nothing yet\n")

    assert _read() == _read()


def test_a_gate_file_that_is_no_text_is_refused() -> None:
    Path(".contract-gate.yml").write_bytes(b"\xff\xfe\x00")

    assert "the gate file is not YAML" in _refusal()


def test_a_gate_file_that_cannot_be_read_is_refused() -> None:
    Path(".contract-gate.yml").symlink_to("nowhere")

    assert "the gate file cannot be read: No such file or directory." in _refusal()


VALUES = {
    "provider-port": "80",
    "provider-replicas": "auto",
    "provider-parallel": "true",
    "stage": "change",
    "version-from": "path",
    "publish-results": "always",
    "build-url": "http://ci/1?a=b#c",
    "comment": "on-failure",
    "check-run": "true",
    "first-deployment": "true",
    "support-ended": "true",
    "broker-url": "http://broker.example.com",
    "provider-url": "http://localhost:1",
    "contract-url": "http://broker/pact",
    "consumer-version-selectors": '[{"mainBranch": true}]',
    "wip-since": "2026-11-01",
    "consumes": "none",
    "wait": "7",
    "provider-states-url": "/a",
    "provider-messages-url": "http://localhost/a",
    "provider-headers": "A: b",
    "provider-env": "A=b",
    "provider-ready": "/a",
    "provider-timeout": "7",
    "request-timeout": "7",
    "verification-timeout": "7",
    "dedupe": "off",
    "flaky": "allow",
    "reuse-results": "never",
    "max-contract-size": "7",
    "on-no-contracts": "allow",
}
TOGETHER: dict[str, dict[str, Any]] = {
    "provider-image": WITH_BROKER,
    "provider-port": WITH_BROKER | {"provider-image": "x"},
    "provider-env": WITH_BROKER | {"provider-url": "http://x"},
    "provider-replicas": WITH_BROKER | {"provider-image": "x"},
    "provider-parallel": WITH_BROKER | {"provider-url": "http://x"},
    "provider-ready": WITH_BROKER | {"provider-url": "http://x"},
    "provider-timeout": WITH_BROKER | {"provider-url": "http://x"},
    "provider-states-url": WITH_BROKER | {"provider-url": "http://x"},
    "provider-messages-url": WITH_BROKER | {"provider-url": "http://x"},
    "provider-headers": WITH_BROKER | {"provider-url": "http://x"},
    "store": WITH_STORE,
    "store-branch": WITH_STORE,
    "store-token": WITH_STORE,
    "broker-username": WITH_BROKER | {"broker-password": "x"},
    "broker-password": WITH_BROKER | {"broker-username": "x"},
    "support-ended": WITH_BROKER | {"environment": ["production"], "version": "1"},
}
"""What else a setting needs; the others are fine with a broker, and `contracts` with none."""
COMMANDS = {
    "support-ended": Command.RECORD_UNDEPLOYMENT,
    "consumer": Command.VERIFY,
    "interaction": Command.VERIFY,
}
"""What a setting is for; the others are for checks."""


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_read_from_its_input_and_its_variable(setting: Any) -> None:
    needed = NEEDED if setting.name == "contracts" else TOGETHER.get(setting.name, WITH_BROKER)
    others = {name: value for name, value in needed.items() if name != setting.name}
    text = VALUES.get(setting.name, "x")

    command = COMMANDS.get(setting.name, Command.CHECK)

    by_input = read_settings(others, {setting.input_variable: text}, command=command)
    by_variable = read_settings(others, {setting.variable: text}, command=command)

    default = None if setting.info.is_required() else setting.info.default
    assert by_input == by_variable
    assert getattr(getattr(by_input, setting.group), setting.field) != default or text == default


@pytest.mark.parametrize("command", [one for one in Command if one is not Command.VERIFY])
@pytest.mark.parametrize(
    ("part", "names"),
    [
        ({"consumer": "web"}, "consumer"),
        ({"interaction": "an order"}, "interaction"),
        ({"consumer": "web", "interaction": "an order"}, "consumer and interaction"),
    ],
)
def test_a_part_is_refused_where_somebody_could_take_it_for_the_whole(
    command: Command, part: dict[str, str], names: str
) -> None:
    fine = WITH_BROKER | {"environment": ["production"], "version": "1"}
    fine |= {"contracts": ["pacts"]} if command is Command.PUBLISH else {}
    assert read_settings(fine, {}, command=command).verification.consumer is None
    with pytest.raises(ConfigurationError) as refused:
        read_settings(fine | part, {}, command=command)

    assert str(refused.value) == (
        f"a part is asked for ({names}), and {command} is about all of it. "
        "Leave it out, or use `gate verify` to see a part on a laptop."
    )


def test_a_part_is_seen_with_verify() -> None:
    settings = read_settings(NEEDED | {"consumer": "web", "interaction": "an order"}, {}, command=Command.VERIFY)

    assert (settings.verification.consumer, settings.verification.interaction) == ("web", "an order")


def test_a_part_is_no_matter_for_the_gate_file() -> None:
    _file("consumer: web\n")

    assert "consumer belongs to one run and is not read from the gate file." in _refusal()
