"""Runs that are about all services of a gate file."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.settings.commands import Command
from gate.settings.groups import Settings
from gate.settings.sources import read_all_settings

FILE = ".contract-gate.yml"
THREE = """
environment: production
services:
  orders-api: {path: services/orders, provider-url: "http://localhost:1", contracts: pacts}
  users api: {path: services/users, provider-url: "http://localhost:2"}
  web-app: {path: web, contracts: [pacts]}
"""
BROKER = {"broker-url": "https://broker.example.com"}

pytestmark = pytest.mark.usefixtures("workspace")


def _file(text: str) -> None:
    Path(FILE).write_text(text)


def _read(
    options: dict[str, Any] | None = None, command: Command = Command.CHECK, contract_url: str | None = None
) -> tuple[Settings, ...]:
    return read_all_settings(BROKER | (options or {}), {}, command=command, contract_url=contract_url)


def _refusal(options: dict[str, Any] | None = None, command: Command = Command.CHECK, url: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _read(options, command, url)
    return str(refused.value)


def _names(every: tuple[Settings, ...]) -> list[str]:
    return [one.candidate.service for one in every]


@pytest.mark.parametrize("command", [Command.CHECK, Command.VERIFY, Command.CAN_I_DEPLOY])
def test_a_run_that_names_no_service_is_about_all(command: Command) -> None:
    _file(THREE)
    every = _read(command=command)

    assert _names(every) == ["orders-api", "users api", "web-app"]
    assert [one.candidate.path for one in every] == ["services/orders", "services/users", "web"]
    assert {one.candidate.environment for one in every} == {("production",)}


def test_a_run_that_names_one_is_about_that_one() -> None:
    _file(THREE)

    assert _names(_read({"service": "users api"})) == ["users api"]
    assert _names(read_all_settings(BROKER, {"GATE_SERVICE": "users api"})) == ["users api"]
    assert "is none of them" in _refusal({"service": "nobody"})


@pytest.mark.parametrize(("folder", "first"), [("", "services/orders"), ("left/", "left/services/orders")])
def test_what_each_of_several_left_is_found_where_all_of_it_was_put(folder: str, first: str) -> None:
    _file(THREE)
    every = _read({"report": f"{folder}report.json"}, Command.REPORT)

    assert [one.output.report for one in every] == [
        f"{first}/report.json",
        f"{folder}services/users/report.json",
        f"{folder}web/report.json",
    ]


@pytest.mark.parametrize("text", ["", "services: {a: }", "service: a"])
def test_a_single_service_has_its_files_where_they_were(text: str) -> None:
    _file(text)
    (only,) = _read({} if text else {"service": "a"})

    assert (only.candidate.service, only.output.report) == ("a", "contract-gate-report.json")


def test_each_of_several_has_its_files_in_its_folder() -> None:
    _file(THREE)
    every = _read({"junit": "out/junit.xml"})

    assert [one.output.report for one in every] == [
        "services/orders/contract-gate-report.json",
        "services/users/contract-gate-report.json",
        "web/contract-gate-report.json",
    ]
    assert [one.output.junit for one in every] == [
        "services/orders/out/junit.xml",
        "services/users/out/junit.xml",
        "web/out/junit.xml",
    ]
    assert {one.output.markdown for one in every} == {None}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("services: {a: , b: }", {}),
        ("services: {a: {path: x}, b: {path: ./x/}}", {}),
        ("services: {a: {path: x}, b: {path: y}}", {"report": "/tmp/report.json"}),  # noqa: S108 - it is not written
    ],
)
def test_two_services_share_no_file(text: str, options: dict[str, str]) -> None:
    _file(text)

    assert _refusal(options) == (
        "the reports of several services would be one file: a, b. Give each service its path in the gate file, or name "
        "one service in a step of its own."
    )


def test_one_service_shares_no_file_with_itself() -> None:
    _file("services: {a: {path: x}, b: {path: y}}")

    assert "a: two of report, markdown and junit name the same file." in _refusal({"report": "r", "junit": "./r"})


def test_what_is_wrong_with_one_names_it() -> None:
    _file(THREE.replace("path: web", "stage: dream, path: web"))

    said = _refusal()
    assert said.startswith(f"{FILE}, services: web-app: web-app: stage 'dream' is not usable")


@pytest.mark.parametrize("command", [Command.RECORD_DEPLOYMENT, Command.RECORD_RELEASE, Command.RECORD_UNDEPLOYMENT])
def test_what_was_not_deployed_is_not_recorded_along(command: Command) -> None:
    _file(THREE)

    assert "has several services, and none is named" in _refusal(command=command)
    assert _names(_read({"service": "web-app"}, command)) == ["web-app"]


def test_those_that_have_contracts_publish_them() -> None:
    _file(THREE)

    assert _names(_read(command=Command.PUBLISH)) == ["orders-api", "web-app"]
    assert _names(_read({"contracts": "pacts"}, Command.PUBLISH)) == ["orders-api", "users api", "web-app"]


def test_where_nobody_has_contracts_nobody_publishes() -> None:
    _file("services: {a: {path: x}, b: {path: y}}")

    assert _refusal(command=Command.PUBLISH) == (
        "none of the gate file's services (a, b) has contracts: nothing says what to publish. Name the Pact files of "
        "each service there: contracts."
    )


@pytest.mark.parametrize(
    ("provider", "names"), [("orders-api", ["orders-api"]), ("users%20api", ["users api"]), ("web-app", ["web-app"])]
)
def test_a_webhook_is_about_the_provider_of_its_contract(provider: str, names: list[str]) -> None:
    _file(THREE)
    url = f"https://broker.example.com/pacts/provider/{provider}/consumer/orders-api/pact-version/1"
    every = _read(contract_url=url)

    assert _names(every) == names
    assert every[0].contracts.contract_url == url


@pytest.mark.parametrize("provider", ["nobody", "orders-api-2", "orders", "Orders-Api"])
def test_a_webhook_about_none_of_them_is_refused(provider: str) -> None:
    _file(THREE)
    url = f"https://broker.example.com/pacts/provider/{provider}/consumer/orders-api/pact-version/1"

    assert _refusal(url=url) == (
        f"{url}: the one contract that this run is about is with none of the gate file's services: orders-api, users "
        "api, web-app. Add its provider to services, or send the webhook to the repository that has it."
    )


def test_a_contract_that_a_step_names_is_about_its_provider_too() -> None:
    _file(THREE)
    url = "https://broker.example.com/pacts/provider/users%20api/consumer/orders-api/pact-version/1"

    assert _names(_read({"contract-url": url, "environment": ""})) == ["users api"]


# Contracts that are to be published


def test_what_is_published_is_not_what_is_verified_where_a_broker_says_that() -> None:
    _file("service: a\ncontracts: pacts\n")
    (checked,) = _read()
    (published,) = _read(command=Command.PUBLISH)

    assert (checked.contracts.contracts, published.contracts.contracts) == ((), ("pacts",))
    assert (checked.set_aside, published.set_aside) == (("pacts",), ())


def test_contracts_that_a_step_names_are_meant() -> None:
    _file("service: a\ncontracts: pacts\n")

    assert "contracts and broker-url are both set" in _refusal({"contracts": ["others"]})


def test_without_a_broker_the_gate_files_contracts_are_verified() -> None:
    _file("service: a\ncontracts: pacts\nprovider-url: http://localhost:1\n")
    (only,) = read_all_settings({}, {})

    assert (only.contracts.contracts, only.set_aside) == (("pacts",), ())
