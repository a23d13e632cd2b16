"""Which source of contracts the settings choose, and what it cannot answer."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.domain.report import Candidate, Stage
from gate.settings.groups import Settings
from gate.settings.sources import read_settings
from gate.stores.contract_files import ContractFiles
from gate.stores.pact_broker.pacts import OneContract
from gate.stores.pact_broker.store import PactBrokerStore
from gate.wiring.store import Contracts, broker_secrets, contracts_of
from tests.builders import candidate
from tests.fakes import FakeEngine

BROKER = {"service": "orders-api", "broker-url": "https://broker.example.com", "provider-url": "http://localhost:1"}
PACT = "https://broker.example.com/pacts/provider/orders-api/consumer/web%20app/pact-version/1"
READER = FakeEngine({}, lambda *_: iter(()))

pytestmark = pytest.mark.usefixtures("workspace")


def _settings(options: dict[str, Any]) -> Settings:
    return read_settings(BROKER | options, {})


def _chosen(options: dict[str, Any], this: Candidate | None = None) -> Contracts:
    return contracts_of(_settings(options), this or candidate(), READER)


def _refusal(options: dict[str, Any], this: Candidate | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _chosen(options, this)
    return str(refused.value)


def test_a_broker_knows_contracts_and_who_is_live() -> None:
    chosen = _chosen({})

    assert isinstance(chosen.store, PactBrokerStore)
    assert (chosen.source, chosen.candidate, chosen.notes) == (chosen.store, candidate(), ())


def test_files_know_contracts_alone() -> None:
    files = read_settings({"service": "a", "contracts": ["pacts"], "provider-url": "http://localhost:1"}, {})
    chosen = contracts_of(files, candidate(), READER)

    assert isinstance(chosen.source, ContractFiles)
    assert (chosen.store, chosen.candidate, chosen.notes) == (None, candidate(), ())


def test_with_a_broker_the_candidate_is_headed_somewhere() -> None:
    assert _refusal({}, candidate(environments=())).startswith("environment is missing: with broker-url, what is live")


def test_work_in_progress_needs_a_branch() -> None:
    assert _refusal({"wip-since": "2026-11-01"}, candidate(branch=None)).startswith("wip-since needs a branch")
    assert _chosen({"wip-since": "2026-11-01"}).store is not None
    assert _chosen({}, candidate(branch=None)).store is not None


def test_what_narrows_the_rules_is_noted() -> None:
    chosen = _chosen({"consumer-version-selectors": '[{"branch": "release"}]', "consumes": "none"})

    assert chosen.notes == (
        "consumer-version-selectors is set: heads of branches count only as far as it selects them.",
        "consumes is none: nobody asks whether this version should have published contracts.",
    )


@pytest.mark.parametrize(
    ("url", "consumer"),
    [
        (PACT, "web app"),
        ("https://broker.example.com/pacts/provider/orders-api/consumer/web/version/1", "web"),
        ("https://broker.example.com/1", "unknown"),
    ],
)
def test_one_contract_says_nothing_of_a_deployment(url: str, consumer: str) -> None:
    chosen = _chosen({"contract-url": url})

    assert isinstance(chosen.source, OneContract)
    assert chosen.store is None
    assert chosen.candidate == candidate(environments=(), one_contract=consumer)
    assert chosen.notes == ("One contract was looked at and nothing else: this allows no deployment.",)


def test_one_contract_needs_no_environment() -> None:
    assert _chosen({"contract-url": PACT}, candidate(environments=())).candidate.one_contract


def test_one_contract_is_no_deployment() -> None:
    assert _refusal({"contract-url": PACT}, candidate(stage=Stage.DEPLOY)).startswith(
        "contract-url is about one contract, and stage deploy about a whole deployment."
    )


def test_authorities_are_a_file() -> None:
    Path("ca.pem").write_text("")

    assert _refusal({"broker-ca-file": "nowhere.pem"}) == "nowhere.pem: broker-ca-file is no file. Check the path."
    assert _refusal({"broker-ca-file": "."}).startswith(".: broker-ca-file is no file.")
    assert _chosen({"broker-ca-file": "ca.pem"}).store is not None


@pytest.mark.parametrize(
    ("options", "secrets"),
    [
        ({}, []),
        ({"broker-token": "t0k3n"}, ["t0k3n"]),
        ({"broker-username": "me", "broker-password": "s3cr3t"}, ["s3cr3t", "bWU6czNjcjN0"]),
    ],
)
def test_credentials_are_secrets_in_every_form_in_which_they_travel(
    options: dict[str, Any], secrets: list[str]
) -> None:
    assert list(broker_secrets(_settings(options).broker)) == secrets
    assert _chosen(options).store is not None
