"""Which source of contracts the settings choose, and what it cannot answer."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.domain.report import Candidate, Stage
from gate.engines.pact_engine.engine import PactEngine
from gate.settings.groups import Settings
from gate.settings.sources import read_settings
from gate.stores.contract_files import ContractFiles
from gate.stores.pact_broker.pacts import OneContract
from gate.stores.pact_broker.results import PactBrokerResults
from gate.stores.pact_broker.store import PactBrokerStore
from gate.wiring.store import Contracts, contracts_of, refuse_passing_over, secrets_of, sources_of
from gate.wiring.surroundings import Surroundings
from tests.builders import as_bytes, candidate, http, pact
from tests.fakes import FakeEngine
from tests.unit.wiring.workspaces import context, git, surroundings

BROKER = {"service": "orders-api", "broker-url": "https://broker.example.com", "provider-url": "http://localhost:1"}
PACT = "https://broker.example.com/pacts/provider/orders-api/consumer/web%20app/pact-version/1"
READER = FakeEngine({}, lambda *_: iter(()))

pytestmark = pytest.mark.usefixtures("workspace")


def _settings(options: dict[str, Any]) -> Settings:
    return read_settings(BROKER | options, {})


def _chosen(options: dict[str, Any], this: Candidate | None = None) -> Contracts:
    return contracts_of(_settings(options), surroundings(), this or candidate(), READER)


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
    chosen = contracts_of(files, surroundings(), candidate(), READER)

    assert isinstance(chosen.source, ContractFiles)
    assert (chosen.store, chosen.candidate, chosen.notes) == (None, candidate(), ())


def _found(surroundings: Surroundings, *sources: str) -> list[str]:
    files = read_settings({"service": "a", "contracts": list(sources), "provider-url": "http://localhost:1"}, {})
    chosen = contracts_of(files, surroundings, candidate(), PactEngine({}))
    return [one.file for one in chosen.source.contracts(candidate()).contracts]


def test_a_contract_file_is_named_from_the_repository_s_top_on(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace / "repository" / "services" / "orders"
    folder.mkdir(parents=True)
    (folder / "web.json").write_bytes(as_bytes(pact(http())))
    monkeypatch.chdir(folder)
    assert _found(surroundings(), "web.json") == ["web.json"]

    git(workspace / "repository", "init", "-q")
    assert _found(surroundings(), "web.json") == ["services/orders/web.json"]
    stray = {"GITHUB_WORKSPACE": str(workspace)}
    assert _found(surroundings(environment=stray), "web.json") == ["services/orders/web.json"]


def test_on_a_runner_the_workspace_is_the_repository_s_top(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = workspace / "services" / "orders"
    folder.mkdir(parents=True)
    (folder / "web.json").write_bytes(as_bytes(pact(http())))
    monkeypatch.chdir(folder)
    runner = {"GITHUB_WORKSPACE": str(workspace)}

    assert _found(surroundings(context=context(), environment=runner), "web.json") == ["services/orders/web.json"]
    assert _found(surroundings(context=context()), "web.json") == ["web.json"]


def test_with_a_store_the_candidate_is_headed_somewhere() -> None:
    assert _refusal({}, candidate(environments=())).startswith("environment is missing: with a store, what is live")


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
    assert list(secrets_of(_settings(options))) == secrets
    assert _chosen(options).store is not None


@pytest.mark.parametrize(
    ("path", "named", "sources"),
    [
        (".", "pacts", ("pacts",)),
        ("services/orders", "pacts", ("services/orders/pacts",)),
        ("services/orders", "pacts/*.json", ("services/orders/pacts/*.json",)),
        ("services/orders", "../web/pacts", ("services/orders/../web/pacts",)),
        ("services/orders", "/srv/pacts", ("/srv/pacts",)),
        ("services/orders", "https://x/a.json\nhttp://x/b.json", ("https://x/a.json", "http://x/b.json")),
        ("services/orders", "a\nhttps://x/b", ("services/orders/a", "https://x/b")),
    ],
)
def test_contracts_are_named_from_the_services_folder_on(path: str, named: str, sources: tuple[str, ...]) -> None:
    options = {"service": "a", "path": path, "contracts": named, "provider-url": "http://localhost:1"}
    settings = read_settings(options, {})

    assert sources_of(settings.candidate, settings.contracts.contracts) == sources


def test_contracts_in_the_services_folder_are_found() -> None:
    folder = Path("services/orders/pacts")
    folder.mkdir(parents=True)
    (folder / "a.json").write_bytes(as_bytes(pact(http())))
    options = {"service": "a", "path": "services/orders", "contracts": ["pacts"], "provider-url": "http://localhost:1"}
    chosen = contracts_of(read_settings(options, {}), surroundings(), candidate(), READER)

    assert [one.source for one in chosen.source.contracts(candidate()).contracts] == ["services/orders/pacts/a.json"]


PACTS_TO_PUBLISH = "path: services/orders\ncontracts: pacts\n"


FOLDER = Path("services/orders/pacts")
SET_ASIDE = ["The contracts that the gate file names are there for publish: the store says which are verified."]


def _passed_over(document: bytes, **options: Any) -> list[str]:
    """Have a gate file that names one contract to publish."""
    Path(".contract-gate.yml").write_text(PACTS_TO_PUBLISH)
    FOLDER.mkdir(parents=True)
    (FOLDER / "a.json").write_bytes(document)
    return refuse_passing_over(read_settings(BROKER | options, {}), PactEngine({}))


@pytest.mark.parametrize(("consumer", "provider"), [("orders-api", "stock"), ("web", "stock"), ("orders-api",) * 2])
def test_what_the_gate_file_has_to_publish_is_set_aside(consumer: str, provider: str) -> None:
    assert _passed_over(as_bytes(pact(http(), consumer=consumer, provider=provider))) == SET_ASIDE


WHO_KNOWS = "nobody knows whether one is a contract with orders-api (services/orders/pacts/a.json: "


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (
            as_bytes(pact(http(), consumer="web")),
            "services/orders/pacts/a.json is a contract with orders-api, which would not be verified: ",
        ),
        (as_bytes(pact(http(), provider="Orders-API")), WHO_KNOWS),
        (b"", WHO_KNOWS),
        (b"{", WHO_KNOWS),
    ],
)
def test_what_may_have_to_be_verified_is_not_set_aside(document: bytes, why: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        _passed_over(document)

    assert str(refused.value).startswith(f"contracts and broker-url are both set, and {why}")
    assert str(refused.value).endswith(
        ": the store says which are. Give one of them. Copies of contracts that a store holds prove nothing."
    )


@pytest.mark.parametrize("place", ["pacts", "pacts/*.json", "elsewhere"])
def test_where_nothing_is_to_be_published_nothing_is_passed_over(place: str) -> None:
    Path(".contract-gate.yml").write_text(f"contracts: {place}\npath: {FOLDER.parent}\n")
    FOLDER.mkdir(parents=True)

    assert refuse_passing_over(read_settings(BROKER, {}), PactEngine({})) == SET_ASIDE


def test_a_run_about_one_contract_passes_over_no_other() -> None:
    assert _passed_over(b"{", **{"contract-url": PACT}) == []


def test_without_contracts_in_the_gate_file_none_is_set_aside() -> None:
    assert refuse_passing_over(read_settings(BROKER, {}), PactEngine({})) == []


def test_contracts_to_publish_that_are_not_there_yet_keep_nothing_from_being_checked() -> None:
    Path(".contract-gate.yml").write_text("contracts: [pacts, '*.json']\n")

    assert refuse_passing_over(read_settings(BROKER, {}), PactEngine({})) == SET_ASIDE


def test_a_broker_keeps_results_and_files_do_not() -> None:
    files = read_settings({"service": "a", "contracts": ["pacts"], "provider-url": "http://localhost:1"}, {})

    assert isinstance(_chosen({}).keeper, PactBrokerResults)
    assert isinstance(_chosen({"contract-url": PACT}).keeper, PactBrokerResults)
    assert contracts_of(files, surroundings(), candidate(), READER).keeper is None
