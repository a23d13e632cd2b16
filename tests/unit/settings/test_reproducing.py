"""What a report says of how to see the same on a laptop: neither secrets, nor what stands in the repository anyway."""

import json
from pathlib import Path
from typing import Any

import pytest

from gate.domain.report import Reproduction
from gate.settings.declaration import SETTINGS
from gate.settings.sources import read_all_settings, read_settings

NEEDED = {"service": "orders-api", "contracts": ["pacts"], "provider-url": "http://localhost:8080"}
S3CR3T = "s3cr3t-s3cr3t"

pytestmark = pytest.mark.usefixtures("workspace")


def _file(text: str) -> None:
    Path(".contract-gate.yml").write_text(text)


def _of(options: dict[str, Any], environment: dict[str, str] | None = None) -> Reproduction:
    return read_settings(options, environment or {}).reproduction


def test_what_was_said_is_said_again_wherever_it_was_said() -> None:
    said = _of(
        {"service": "orders-api", "contracts": ["pacts"]},
        {"INPUT_PROVIDER-URL": "http://localhost:8080/", "GATE_REQUEST_TIMEOUT": "", "GATE_PROVIDER_READY": "/health"},
    )

    assert said == Reproduction(
        options=(
            *("--service", "orders-api"),
            *("--contracts", "pacts"),
            *("--provider-url", "http://localhost:8080/"),
            *("--provider-ready", "/health"),
        )
    )


def test_an_option_stands_as_often_as_it_has_values() -> None:
    assert _of(NEEDED | {"contracts": ["a", "b\n c"]}, {"INPUT_ENVIRONMENT": "staging\n\n production\n"}).options == (
        *("--service", "orders-api"),
        *("--environment", "staging", "--environment", "production"),
        *("--contracts", "a", "--contracts", "b", "--contracts", "c"),
        *("--provider-url", "http://localhost:8080"),
    )


def test_nothing_of_the_gate_file_is_repeated() -> None:
    _file("service: orders-api\ncontracts: pacts\nprovider-url: http://localhost:8080\nrequest-timeout: 5\n")

    assert _of({}) == Reproduction(options=())
    assert _of({"request-timeout": "7"}).options == ("--request-timeout", "7")


def test_of_several_services_each_is_named_and_its_section_is_not_repeated() -> None:
    _file(
        "provider-url: http://localhost:8080\nservices:\n"
        "  orders-api: {contracts: a, path: a}\n  billing: {contracts: b, path: b}\n"
    )
    every = read_all_settings({}, {})

    assert [one.reproduction.options for one in every] == [("--service", "orders-api"), ("--service", "billing")]


SECRETS = [
    ("broker-token", {"broker-url": "https://broker"}, S3CR3T),
    ("broker-password", {"broker-url": "https://broker", "broker-username": "ci"}, S3CR3T),
    ("store-token", {"store": "https://git/contracts"}, S3CR3T),
    ("provider-headers", {"contracts": ["pacts"], "provider-url": "http://x"}, f"Authorization: Bearer {S3CR3T}"),
]


@pytest.mark.parametrize(("name", "beside", "value"), SECRETS)
@pytest.mark.parametrize("source", ["INPUT_{}", "GATE_{}", ""])
def test_a_secret_is_named_and_never_shown(name: str, beside: dict[str, Any], value: str, source: str) -> None:
    base = {"service": "orders-api", "environment": ["production"]} | beside
    variable = source.format(name.upper() if "INPUT" in source else name.upper().replace("-", "_"))
    said = _of(base, {variable: value}) if source else _of(base | {name: value})

    assert S3CR3T not in repr(said)
    assert f"GATE_{name.upper().replace('-', '_')}" in said.variables
    assert f"--{name}" not in said.options


def test_every_secret_is_among_those_tested_but_the_token_for_news() -> None:
    tested = {name for name, _, _ in SECRETS}

    assert {setting.name for setting in SETTINGS if setting.meaning.secret} == {*tested, "github-token"}


def test_the_token_for_news_is_not_needed_on_a_laptop() -> None:
    assert _of(NEEDED | {"github-token": S3CR3T}).variables == ()


def test_the_providers_environment_may_be_secret_under_any_name_and_is_not_said() -> None:
    said = _of(NEEDED | {"provider-url": "", "provider-command": "serve", "provider-env": [f"COLOUR={S3CR3T}"]})

    assert S3CR3T not in repr(said)
    assert said.variables == ("GATE_PROVIDER_COMMAND", "GATE_PROVIDER_ENV")


STORE = {"contracts": [], "environment": ["production"]}


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"contracts": [f"https://ada:{S3CR3T}@host/pact.json"]}, "GATE_CONTRACTS"),
        ({"contracts": ["pacts", f"https://host/{S3CR3T}/pact.json"]}, "GATE_CONTRACTS"),
        ({"provider-url": f"https://{S3CR3T}.example.com"}, "GATE_PROVIDER_URL"),
        ({"contracts": [f"http://localhost:8080/pact.json?key={S3CR3T}"]}, "GATE_CONTRACTS"),
        ({"provider-url": "", "provider-command": f"./start --license {S3CR3T}"}, "GATE_PROVIDER_COMMAND"),
        ({"provider-states-url": f"https://host/hooks/{S3CR3T}"}, "GATE_PROVIDER_STATES_URL"),
        ({"provider-messages-url": f"https://host/hooks/{S3CR3T}"}, "GATE_PROVIDER_MESSAGES_URL"),
        (STORE | {"broker-url": f"https://{S3CR3T}.example.com"}, "GATE_BROKER_URL"),
        (STORE | {"store": f"ada@host:{S3CR3T}"}, "GATE_STORE"),
    ],
)
def test_what_people_keep_among_their_secrets_is_named_and_not_shown(given: dict[str, Any], variable: str) -> None:
    said = _of(NEEDED | given)

    assert S3CR3T not in repr(said)
    assert said.variables == (variable,)
    assert "--service" in said.options


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_an_address_of_the_machine_itself_is_shown(host: str) -> None:
    assert _of(NEEDED | {"provider-url": f"http://{host}:8080/base"}).options[-2:] == (
        "--provider-url",
        f"http://{host}:8080/base",
    )


def test_replicas_of_the_provider_are_said_again() -> None:
    base = {name: value for name, value in NEEDED.items() if name != "provider-url"}
    running = _of(base | {"provider-url": ["http://localhost:1", "http://localhost:2\nhttp://127.0.0.1:3/base"]})
    started = {"provider-command": "serve", "provider-env": ["PORT={port}"], "provider-replicas": "auto"}
    own_ports = "http://127.0.0.1:90{replica}1/r{replica}"

    assert running.options[4:] == (
        *("--provider-url", "http://localhost:1"),
        *("--provider-url", "http://localhost:2"),
        *("--provider-url", "http://127.0.0.1:3/base"),
    )
    said = _of(base | started | {"provider-url": own_ports, "provider-states-url": "http://localhost:{port}/s"})
    assert said.variables == ("GATE_PROVIDER_COMMAND", "GATE_PROVIDER_ENV")
    assert said.options[4:] == (
        *("--provider-url", own_ports),
        *("--provider-replicas", "auto"),
        *("--provider-states-url", "http://localhost:{port}/s"),
    )
    assert _of(NEEDED | {"provider-parallel": "true"}).options[-2:] == ("--provider-parallel", "true")


def test_of_several_addresses_one_that_is_not_local_keeps_all_from_being_shown() -> None:
    said = _of(NEEDED | {"provider-url": f"http://localhost:1\nhttps://{S3CR3T}.example.com"})

    assert S3CR3T not in repr(said)
    assert said.variables == ("GATE_PROVIDER_URL",)


@pytest.mark.parametrize(
    "given",
    [
        {"version": "1.2.3"},
        {"branch": "main"},
        {"report": "other.json"},
        {"comment": "never"},
        {"comment-key": "a"},
        {"build-url": "https://ci/1"},
        {"publish-results": "never"},
    ],
)
def test_what_a_laptop_knows_itself_and_who_is_told_is_not_said(given: dict[str, str]) -> None:
    assert _of(NEEDED | given) == _of(NEEDED)


def test_what_is_said_leads_to_the_same_settings() -> None:
    selectors = [{"mainBranch": True}, {"branch": "next", "consumer": "web"}]
    given = {
        "service": "orders-api",
        "environment": ["staging", "production"],
        "stage": "deploy",
        "broker-url": "https://broker/base/",
        "consumer-version-selectors": json.dumps(selectors, indent=1),
        "provider-url": "http://localhost:8080",
        "provider-states-url": "/states",
        "request-timeout": "3",
    }
    first = read_settings(given, {})
    options = first.reproduction.options
    assert first.reproduction.variables == ("GATE_BROKER_URL",)
    said: dict[str, Any] = {"broker-url": "https://broker/base/"}
    for name, value in zip(options[::2], options[1::2], strict=True):
        setting = next(one for one in SETTINGS if f"--{one.name}" == name)
        said[setting.name] = [*said.get(setting.name, ()), value] if setting.meaning.many else value

    assert read_settings(said, {}) == first
