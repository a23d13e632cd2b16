"""Where the built-in store is, who may go there, and what it is told."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import ConfigurationError, StoreError
from gate.engines.pact_engine.engine import PactEngine
from gate.pipeline.publishing import publish
from gate.settings.commands import Command
from gate.settings.groups import Settings
from gate.settings.sources import read_settings
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.git_tree import GitTree
from gate.stores.built_in.publishing import BuiltInPublisher
from gate.stores.built_in.results import BuiltInResults
from gate.stores.built_in.store import BuiltInStore
from gate.wiring import wire_each, wire_publishing
from gate.wiring.built_in import facts_of
from gate.wiring.store import contracts_of, refuse_passing_over, secrets_of, store_of
from gate.wiring.surroundings import Surroundings
from tests.builders import as_bytes, candidate, http, pact
from tests.stores.worlds import API, PRODUCTION, WEB, this
from tests.unit.stores.built_in.folders import world_in
from tests.unit.wiring.workspaces import PAGE, context, git, head, repository, surroundings

REPOSITORY = "https://github.com/acme/contracts"
NEEDED = {"service": API, "environment": [PRODUCTION], "provider-url": "http://localhost:1"}
READER = PactEngine({})
GITHUB = {"GITHUB_SERVER_URL": "https://github.com"}

pytestmark = pytest.mark.usefixtures("workspace")


def _settings(store: str = "contracts", *, command: Command = Command.CHECK, **options: Any) -> Settings:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    return read_settings(NEEDED | {"store": store} | named, {}, command=command)


def _facts(store: str, around: Surroundings | None = None, **options: Any) -> Facts:
    settings = _settings(store, **options)
    return facts_of(settings, around or surroundings(), READER, settings.store.store or "")


def _access(store: str, around: Surroundings | None = None, **options: Any) -> Any:
    """Return how git goes to a repository. Nothing has gone there yet."""
    tree: Any = _facts(store, around, **options)._tree
    assert isinstance(tree, GitTree)
    return tree._branch._access


# Where it is


@pytest.mark.parametrize("store", ["contracts", "deep/er/contracts", "./a:b", "contracts/"])
def test_a_path_is_a_folder_from_the_workspace_on(workspace: Path, store: str) -> None:
    (workspace / store).mkdir(parents=True, exist_ok=True)
    facts = _facts(store)

    assert isinstance(facts._tree, FolderTree)
    assert facts.where == str(workspace / store)


def test_a_path_from_the_root_on_is_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    assert _facts(str(elsewhere)).where == str(elsewhere)


def test_a_path_may_begin_at_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "contracts").mkdir()
    monkeypatch.setenv("HOME", str(home))

    assert _facts("~/contracts").where == str(home / "contracts")


def test_a_path_where_nothing_is_is_more_likely_misspelt(workspace: Path) -> None:
    for command in (Command.CHECK, Command.PUBLISH):
        with pytest.raises(ConfigurationError) as refused:
            _facts("elsewhere", command=command, contracts=["pacts"] if command is Command.PUBLISH else [])
        assert str(refused.value) == (
            f"{workspace / 'elsewhere'}: store names no repository and no folder. Write a repository's address in full "
            "(https://...); make the folder of a new store first."
        )


def test_a_path_that_no_system_takes_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"this path cannot be looked at: File name too long\."):
        _facts("x" * 5000)


def test_a_file_is_no_store(workspace: Path) -> None:
    (workspace / "contracts.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"contracts\.json: store names no repository and no folder\."):
        _facts("contracts.json")


def test_a_path_is_named_from_the_workspace_on_whatever_the_services_folder_is(workspace: Path) -> None:
    (workspace / "services" / "orders").mkdir(parents=True)
    (workspace / "contracts").mkdir()

    assert _facts("contracts", path="services/orders").where == str(workspace / "contracts")


def test_a_folder_in_a_repository_is_a_folder(workspace: Path) -> None:
    repository(workspace)

    assert isinstance(_facts("services")._tree, FolderTree)


def test_a_path_to_a_repository_is_one(workspace: Path) -> None:
    git(workspace, "init", "-q", "--bare", "contracts")

    assert _access("contracts").url == str(workspace / "contracts")


@pytest.mark.parametrize(
    "command",
    [
        ("init", "-q", "contracts"),
        ("init", "-q", "--separate-git-dir=elsewhere", "contracts"),
        ("worktree", "add", "-q", "--detach", "contracts"),
        ("clone", "-q", ".", "contracts"),
    ],
    ids=lambda one: one[0],
)
def test_a_checkout_is_no_store(workspace: Path, command: tuple[str, ...]) -> None:
    """What is written to it stays in this clone."""
    repository(workspace)
    git(workspace, *command)
    for store in ("contracts", "."):
        with pytest.raises(ConfigurationError, match="store is a checkout: what is written to it stays in this clone"):
            _facts(store)


@pytest.mark.parametrize("missing", ["HEAD", "objects", "refs"])
def test_what_git_would_not_take_for_a_repository_is_a_folder(workspace: Path, missing: str) -> None:
    for name in {"HEAD", "objects", "refs"} - {missing}:
        (workspace / "contracts" / name).mkdir(parents=True)

    assert isinstance(_facts("contracts")._tree, FolderTree)


@pytest.mark.parametrize(
    ("store", "where"),
    [
        (REPOSITORY, REPOSITORY),
        ("http://127.0.0.1:8080/store.git", "http://127.0.0.1:8080/store.git"),
        ("ssh://git@github.com:22/acme/contracts", "ssh://github.com:22/acme/contracts"),
        ("git@github.com:acme/contracts.git", "github.com:acme/contracts.git"),
        ("host:contracts", "host:contracts"),
        ("git@[::1]:contracts", "[::1]:contracts"),
        ("file:///srv/contracts.git", "file:///srv/contracts.git"),
    ],
)
def test_an_address_is_a_repository(workspace: Path, store: str, where: str) -> None:
    (workspace / store.partition(":")[0]).mkdir()

    assert _access(store).url == store
    assert _facts(store).where == f"{where} (branch contract-gate)"


def test_the_branch_is_the_one_that_is_named() -> None:
    assert _access(REPOSITORY).branch == "contract-gate"
    assert _access(REPOSITORY, store_branch="gate/contracts").branch == "gate/contracts"


@pytest.mark.parametrize(("in_ci", "counts"), [(True, False), (False, True)])
def test_the_users_own_git_counts_on_a_laptop_alone(*, in_ci: bool, counts: bool) -> None:
    around = surroundings(context=context() if in_ci else None, environment=GITHUB)

    assert _access(REPOSITORY, around).user_configuration is counts


# Who may go there

OWN, JOBS = {"store_token": "0wn"}, {"github_token": "j0bs"}
ENTERPRISE = "https://github.example.com:8443"


@pytest.mark.parametrize(
    ("store", "options", "server", "token"),
    [
        (REPOSITORY, OWN | JOBS, GITHUB["GITHUB_SERVER_URL"], "0wn"),
        (REPOSITORY, OWN, GITHUB["GITHUB_SERVER_URL"], "0wn"),
        (REPOSITORY, JOBS, GITHUB["GITHUB_SERVER_URL"], "j0bs"),
        (REPOSITORY, {}, GITHUB["GITHUB_SERVER_URL"], None),
        (REPOSITORY, JOBS, "https://github.com/", "j0bs"),
        (f"{ENTERPRISE}/acme/contracts", JOBS, ENTERPRISE, "j0bs"),
        ("https://gitlab.com/acme/contracts", OWN, GITHUB["GITHUB_SERVER_URL"], "0wn"),
        ("https://gitlab.com/acme/contracts", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        ("https://github.com.evil.example/acme", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        ("https://evil.example/https://github.com/acme", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        ("https://github.com:444/acme/contracts", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        ("http://github.com/acme/contracts", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        (REPOSITORY, JOBS, ENTERPRISE, None),
        (REPOSITORY, JOBS, "", None),
        ("git@github.com:acme/contracts", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        ("ssh://github.com/acme/contracts", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
        ("file:///srv/contracts", JOBS, GITHUB["GITHUB_SERVER_URL"], None),
    ],
)
def test_the_jobs_token_goes_to_its_own_github_alone(
    store: str, options: dict[str, Any], server: str, token: str | None
) -> None:
    around = surroundings(context=context(), environment={"GITHUB_SERVER_URL": server})

    assert _access(store, around, **options).token == token


@pytest.mark.parametrize(("options", "token"), [(JOBS, None), (OWN | JOBS, "0wn"), (OWN, "0wn")])
def test_on_a_laptop_there_is_no_jobs_token(options: dict[str, Any], token: str | None) -> None:
    assert _access(REPOSITORY, surroundings(environment=GITHUB), **options).token == token


def test_a_path_to_a_repository_needs_no_token(workspace: Path) -> None:
    git(workspace, "init", "-q", "--bare", "contracts")
    around = surroundings(context=context(), environment={"GITHUB_SERVER_URL": ""})

    assert _access("contracts", around, **JOBS).token is None


def test_tokens_are_secrets_in_every_form_in_which_they_travel(workspace: Path) -> None:
    settings = _settings(REPOSITORY, store_token="s3cr3t")
    assert list(secrets_of(settings)) == ["s3cr3t", "eC1hY2Nlc3MtdG9rZW46czNjcjN0"]
    assert list(secrets_of(_settings(REPOSITORY))) == []

    repository(workspace)
    (gate,) = wire_each([settings], surroundings(), Command.CHECK)
    publishing = wire_publishing(
        _settings(REPOSITORY, command=Command.PUBLISH, store_token="s3cr3t", contracts=["pacts"], provider_url=""),
        surroundings(),
    )
    for redact in (gate.redact, publishing.redact):
        assert "s3cr3t" not in redact("my s3cr3t")
        assert "eC1hY2Nlc3MtdG9rZW46czNjcjN0" not in redact("Authorization: Basic eC1hY2Nlc3MtdG9rZW46czNjcjN0")


@pytest.mark.parametrize("form", ["j0bs-t0ken", "eC1hY2Nlc3MtdG9rZW46ajBicy10MGtlbg=="])
def test_the_jobs_token_is_a_secret_as_well(workspace: Path, form: str) -> None:
    repository(workspace)
    around = surroundings(context=context(head(workspace)), environment=GITHUB)
    settings = _settings(REPOSITORY, github_token="j0bs-t0ken")
    (gate,) = wire_each([settings], around, Command.VERIFY)
    publishing = wire_publishing(
        _settings(REPOSITORY, command=Command.PUBLISH, contracts=["pacts"], provider_url="", github_token="j0bs-t0ken"),
        around,
    )
    for redact in (gate.redact, publishing.redact):
        assert form not in redact(f"Authorization: {form}")


# What it is told


@pytest.fixture
def contracts(workspace: Path) -> Path:
    """Have the folder of a new store."""
    (workspace / "contracts").mkdir()
    return workspace / "contracts"


def test_the_store_has_all_three_roles_and_one_view_of_what_is_there(contracts: Path) -> None:
    store = store_of(_settings(), surroundings(), READER)

    assert isinstance(store.store, BuiltInStore)
    assert isinstance(store.keeper, BuiltInResults)
    assert isinstance(store.publisher, BuiltInPublisher)
    assert store.store._facts is store.keeper._facts is store.publisher._facts


def test_a_gate_asks_the_store_for_contracts_and_who_is_live(contracts: Path) -> None:
    chosen = contracts_of(_settings(), surroundings(), candidate(), READER)

    assert isinstance(chosen.store, BuiltInStore)
    assert isinstance(chosen.keeper, BuiltInResults)
    assert (chosen.source, chosen.candidate, chosen.notes) == (chosen.store, candidate(), ())


@pytest.mark.parametrize(("options", "refused"), [({}, True), ({"first_deployment": "true"}, False)])
def test_a_new_environment_has_to_be_meant(workspace: Path, options: dict[str, Any], *, refused: bool) -> None:
    world = world_in(workspace / "contracts")
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    store = store_of(_settings(**options), surroundings(), READER).store
    if refused:
        with pytest.raises(StoreError, match="nothing was ever recorded in an environment 'staging'"):
            store.live(this(environments=("staging",)))
    else:
        assert store.live(this(environments=("staging",))) == ()


def test_what_the_user_says_of_relevance_is_passed_on(workspace: Path) -> None:
    world = world_in(workspace / "contracts")
    world.publish(WEB, "1", "main")
    world.publish(WEB, "2", "x", branch="feat/x")
    world.publish(WEB, "3", "y", branch="feat/y")
    settings = _settings(consumer_version_selectors='[{"branch": "feat/x"}]', wip_since="2026-01-01")
    chosen = contracts_of(settings, surroundings(), this(), READER)

    assert [one.consumer.version for one in chosen.source.contracts(this()).contracts] == ["1", "2", "3"]
    assert chosen.notes == (
        "consumer-version-selectors is set: heads of branches count only as far as it selects them.",
    )
    only = contracts_of(_settings(consumer_version_selectors='[{"branch": "feat/x"}]'), surroundings(), this(), READER)
    assert [one.consumer.version for one in only.source.contracts(this()).contracts] == ["2"]


def test_no_contract_is_larger_than_what_is_meant(workspace: Path) -> None:
    world_in(workspace / "contracts").publish(WEB, "1", "x" * 1000)
    chosen = contracts_of(_settings(max_contract_size="1000"), surroundings(), this(), READER)
    with pytest.raises(StoreError, match=r"has more than 1000 bytes\. Raise max-contract-size if it is a contract\."):
        chosen.source.contracts(this())


def test_with_a_store_the_candidate_is_headed_somewhere(contracts: Path) -> None:
    with pytest.raises(ConfigurationError, match="environment is missing: with a store, what is live there"):
        contracts_of(_settings(), surroundings(), candidate(environments=()), READER)


def test_contracts_that_would_not_be_verified_are_refused_beside_a_store(workspace: Path) -> None:
    (workspace / ".contract-gate.yml").write_text("contracts: pacts\nstore: contracts\n")
    (workspace / "pacts").mkdir()
    (workspace / "pacts" / "a.json").write_bytes(as_bytes(pact(http(), consumer=WEB)))
    with pytest.raises(ConfigurationError, match=r"contracts and store are both set, and pacts/a\.json is a contract"):
        refuse_passing_over(read_settings(NEEDED, {}), READER)


# From end to end


def test_a_consumer_publishes_to_a_folder(workspace: Path, contracts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository(workspace)
    (workspace / "pacts").mkdir()
    (workspace / "pacts" / "a.json").write_bytes(as_bytes(pact(http(), consumer=WEB)))
    settings = _settings(command=Command.PUBLISH, service=WEB, contracts=["pacts"], provider_url="")
    said = publish(wire_publishing(settings, surroundings(context=context(head(workspace)))))

    assert said == f"1 contract was published for web-app {head(workspace)[:7]}, branch feature: with orders-api."
    assert f"There was no store at {contracts}: a new one was made." in capsys.readouterr().err
    store = store_of(_settings(), surroundings(), READER).store
    (contract,) = store.expectations(PacticipantVersion(name=WEB, version=head(workspace)))
    assert (contract.provider, contract.document) == (API, (workspace / "pacts" / "a.json").read_bytes())
    assert PAGE.encode() in next((contracts / "services/web-app/publications").iterdir()).read_bytes()
