"""Settings of the built-in store: where it is, and what may not be said beside it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.settings.commands import Command
from gate.settings.groups import Settings
from gate.settings.sources import read_all_settings, read_settings

REPOSITORY = "https://github.com/acme/contracts"
STORE = {"service": "orders-api", "store": REPOSITORY}
BROKER = {"service": "orders-api", "broker-url": "https://broker.example.com"}
FILES = {"service": "orders-api", "contracts": ["pacts"], "provider-url": "http://localhost:8080"}
WRITING = [Command.PUBLISH, Command.RECORD_DEPLOYMENT, Command.RECORD_RELEASE, Command.RECORD_UNDEPLOYMENT]

pytestmark = pytest.mark.usefixtures("workspace")


def _read(options: dict[str, Any] | None = None, command: Command = Command.CHECK) -> Settings:
    return read_settings(STORE | (options or {}), {}, command=command)


def _refusal(options: dict[str, Any], command: Command = Command.CHECK) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(options, {}, command=command)
    return str(refused.value)


def _file(text: str) -> None:
    Path(".contract-gate.yml").write_text(text)


def test_defaults() -> None:
    own = _read().store

    assert (own.store, own.store_branch, own.store_token) == (REPOSITORY, "contract-gate", None)
    assert read_settings(BROKER, {}).store.store is None


@pytest.mark.parametrize(("options", "has_store"), [(STORE, True), (BROKER, True), (FILES, False)])
def test_a_store_is_a_broker_or_the_built_in_one(options: dict[str, Any], *, has_store: bool) -> None:
    assert read_settings(options, {}).has_store is has_store


def test_the_store_and_its_branch_are_committed_and_its_token_is_not() -> None:
    _file("store: ../contracts\nstore-branch: gate/contracts\n")
    own = read_settings({"service": "orders-api"}, {}).store
    assert (own.store, own.store_branch) == ("../contracts", "gate/contracts")

    _file("store-token: s3cr3t\n")
    assert "store-token is a secret and is not read from the gate file." in _refusal(STORE)


# Where it is


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/contracts.git",
        "https://git.example.com:8443/a/b/~c/d%20e",
        "http://127.0.0.1:8080/store.git",
        "http://[::1]:8080/store.git",
        "https://github.com/acme/team@home",
        "ssh://git@github.com/acme/contracts.git",
        "ssh://git.example.com:2222/contracts",
        "ssh://a-host_of-the.config/contracts",
        "git@github.com:acme/contracts.git",
        "git@[::1]:contracts",
        "host:contracts",
        "host:~/contracts@home",
        "file:///srv/contracts.git",
        "/srv/contracts",
        "/",
        ".",
        "../contracts",
        "contracts of ours/ü",
        "./a:b",
        "./-x",
        "a#b?c@d",
    ],
)
def test_a_store_is_at_an_address_of_gits_or_at_a_path(address: str) -> None:
    assert _read({"store": address}).store.store == address


def test_an_address_loses_its_last_slash_and_a_path_does_not() -> None:
    assert _read({"store": f"{REPOSITORY}/"}).store.store == REPOSITORY
    assert _read({"store": "contracts/"}).store.store == "contracts/"


FORMS = "an address is https://host/path, ssh://host/path, user@host:path, file:///path or a path"
NO_QUERY = "an address here has no query and no fragment"
OF_ITS_OWN = "credentials do not belong in an address: "


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://", FORMS),
        ("https://github.com", FORMS),
        ("https://github.com/", FORMS),
        ("https:///acme", FORMS),
        ("https://-host/acme", FORMS),
        ("https://git hub.com/acme", FORMS),
        ("https://github.com/a b", FORMS),
        ("https://host:0/acme", FORMS),
        ("https://host:port/acme", FORMS),
        ("HTTPS://host/acme", FORMS),
        ("ssh://host", FORMS),
        ("ssh://-oProxyCommand=x/acme", FORMS),
        ("git@-host:acme", FORMS),
        ("-o@host:acme", "an address does not start with a dash"),
        ("git@host:-acme", FORMS),
        ("git@host:", FORMS),
        ("git@host://acme", FORMS),
        ("git@host:acme#main", FORMS),
        ("git@host:acme?a=1", FORMS),
        (":acme", FORMS),
        ("a b:acme", FORMS),
        ("git://host/acme", FORMS),
        ("git+ssh://host/acme", FORMS),
        ("ftp://host/acme", FORMS),
        ("file://host/acme", FORMS),
        ("file://", FORMS),
        ("--upload-pack=x", "an address does not start with a dash: git would take it for an option"),
        ("-", "an address does not start with a dash"),
        ("ext::sh -c x", "git would start a program for an address with ::"),
        ("fd::17", "git would start a program for an address with ::"),
        ("a+b-c.d::/srv", "git would start a program for an address with ::"),
        ("9::x", "git would start a program for an address with ::"),
        ("https::https://host/acme", "git would start a program for an address with ::"),
        ("file:///srv/acme?", NO_QUERY),
        ("a\0b", "an address is one line, without characters that nobody sees"),
        ("a\nb", "an address is one line"),
        ("a\u202eb", "an address is one line"),
        ("https://host/a%0Ab", "an address is one line"),
        ("https://host%00/a", "an address is one line"),
    ],
)
def test_what_git_would_take_for_something_else_is_no_store(address: str, message: str) -> None:
    refusal = _refusal(STORE | {"store": address})

    assert refusal.startswith(f"option --store: store {address!r} is not usable: {message}")
    assert refusal.endswith("(`https://...`, `ssh://...`, `git@host:path`, a path) or a folder.")


@pytest.mark.parametrize(
    ("address", "shown", "message"),
    [
        ("https://host/acme?token=s3cr3t", "https://host/acme?***", NO_QUERY),
        ("https://host/acme#s3cr3t", "https://host/acme#***", NO_QUERY),
        ("ssh://host/acme#s3cr3t", "ssh://host/acme#***", NO_QUERY),
        ("https://me:s3cr3t@host/acme", "https://***@host/acme", f"{OF_ITS_OWN}there is store-token for them"),
        ("https://s3cr3t@host/acme", "https://***@host/acme", OF_ITS_OWN),
        ("https://:s3cr3t@host/acme", "https://***@host/acme", OF_ITS_OWN),
        ("http://me:s3cr3t@", "http://***@", OF_ITS_OWN),
        ("https://me:s3cr3t@s3cr3t@host/acme", "https://***@host/acme", OF_ITS_OWN),
        ("https://me:s3cr3t/s3cr3t@host/acme", "https://***@host/acme", FORMS),
        ("https://me:s3cr3t#s3cr3t@host/acme", "https://***@host/acme", "an address here has no query"),
        ("ssh://me:s3cr3t@host/acme", "ssh://***@host/acme", f"{OF_ITS_OWN}ssh has keys of its own"),
        ("ssh://-s3cr3t@host/acme", "ssh://***@host/acme", FORMS),
        ("ftp://me:s3cr3t@host/acme", "ftp://***@host/acme", FORMS),
        ("https:/me:s3cr3t@host/acme#", "***@host/acme#", FORMS),
        ("me:s3cr3t@host:acme#", "***@host:acme#", FORMS),
        ("https://me:s3cr3t\n@host/acme", "https://***@host/acme", "an address is one line"),
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(address: str, shown: str, message: str) -> None:
    refusal = _refusal(STORE | {"store": address})

    assert refusal.startswith(f"option --store: store {shown!r} is not usable: {message}")
    assert "s3cr3t" not in refusal


def test_a_secret_in_a_brokers_address_is_not_repeated_either() -> None:
    refusal = _refusal(BROKER | {"broker-url": "https://me:s3cr3t@broker"})

    assert refusal.startswith("option --broker-url: broker-url 'https://***@broker' is not usable: credentials do not")


# Its branch

BRANCHES = ["contract-gate", "a/b", "a@", "@/a", "a./b", "a.lockb", "{", "a]b", "a/-x", "ü", "$(id)", "a\"'b", "HEAD/x"]
NO_BRANCHES = [
    *("HEAD", "-x", ".a", "a/.b", "a.lock", "a.lock/b", "a..b", "a.", "/a", "a/", "a//b", "a@{b", "@{-1}"),
    *("a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a\tb", "a\x7fb", "a\nb"),
]
MEANT_BY_NOBODY = ["@", "refs/heads/contract-gate", "a\u200bb"]


def _git_takes(name: str) -> bool:
    return (
        subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_is_called_as_git_wants_it(name: str) -> None:
    assert _git_takes(name)
    assert _read({"store-branch": name}).store.store_branch == name


@pytest.mark.parametrize("name", [*NO_BRANCHES, *MEANT_BY_NOBODY])
def test_what_is_no_branch_is_refused(name: str) -> None:
    assert _git_takes(name) is (name in MEANT_BY_NOBODY)
    assert _refusal(STORE | {"store-branch": name}) == (
        f"option --store-branch: store-branch {name!r} is not usable: git has no branch of such a name; one is called "
        "contract-gate, without refs/heads/. The branch of the store's repository; it holds the store and nothing else."
    )


# Its token


@pytest.mark.parametrize("address", [REPOSITORY, "http://127.0.0.1:8080/store.git"])
def test_a_token_is_for_a_repository_that_is_asked_by_http(address: str) -> None:
    settings = _read({"store": address, "store-token": "s3cr3t"})

    assert (settings.store.store_token, settings.store.takes_token) == ("s3cr3t", True)
    assert "s3cr3t" not in repr(settings)


@pytest.mark.parametrize("address", ["ssh://git@host/acme", "git@host:acme", "file:///srv/acme", "../acme", "https"])
def test_neither_ssh_nor_a_path_knows_tokens(address: str) -> None:
    assert _read({"store": address}).store.takes_token is False
    assert _refusal(STORE | {"store": address, "store-token": "s3cr3t"}) == (
        f"{address}: store-token is set, and a token is for https: the store is reached otherwise. Give the "
        "repository's https address, or leave the token out: ssh has keys, a path needs neither."
    )


@pytest.mark.parametrize("token", ["s3cr3t\nx", "s3cr3t x", "s3cr3t\0"])
def test_a_token_that_is_none_is_not_repeated(token: str) -> None:
    assert _refusal(STORE | {"store-token": token}).startswith(
        "option --store-token: store-token is not usable: a token is one word."
    )
    assert "s3cr3t" not in _refusal(STORE | {"store-token": token})


# What is said beside it


@pytest.mark.parametrize("command", Command)
def test_there_is_one_store(command: Command) -> None:
    needed = {"contracts": ["pacts"], "environment": ["production"]}

    assert _refusal(STORE | BROKER | needed, command) == (
        "broker-url and store are both set, and contracts, results and deployments are kept in one place. Give one of "
        "them."
    )


ONLY_BROKERS = [("broker-token", "x"), ("broker-username", "x"), ("broker-password", "x"), ("broker-ca-file", "ca.pem")]


@pytest.mark.parametrize(("name", "value"), ONLY_BROKERS)
@pytest.mark.parametrize(("needed", "command"), [(STORE, Command.CHECK), (FILES, Command.CHECK), (STORE, WRITING[1])])
def test_the_way_to_a_broker_means_nothing_without_one(
    needed: dict[str, Any], command: Command, name: str, value: str
) -> None:
    assert _refusal(needed | {"environment": ["production"], name: value}, command) == (
        f"{name} only means something together with broker-url. Set broker-url, or leave it out."
    )


@pytest.mark.parametrize(
    ("name", "value"), [("store-branch", "x"), ("store-branch", "contract-gate"), ("store-token", "x")]
)
@pytest.mark.parametrize("needed", [BROKER, FILES])
def test_the_way_to_a_store_means_nothing_without_one(needed: dict[str, Any], name: str, value: str) -> None:
    assert _refusal(needed | {name: value}) == (
        f"{name} only means something together with store. Set store, or leave it out."
    )


def test_everything_else_that_is_asked_of_a_store() -> None:
    settings = _read(
        {
            "consumer-version-selectors": '[{"branch": "release", "fallbackBranch": "main"}, {"latest": true}]',
            "wip-since": "2026-11-01",
            "consumes": "none",
            "wait": "300",
            "publish-results": "always",
            "application-instance": "blue",
            "first-deployment": "true",
        }
    )

    assert settings.contracts.consumes == "none"
    assert (settings.verification.wait, settings.candidate.first_deployment) == (300.0, True)


def test_the_built_in_store_has_no_webhooks() -> None:
    url = "https://broker.example.com/pacts/1"

    assert _refusal(STORE | {"contract-url": url}) == (
        "contract-url is what a Pact Broker's webhook names, and the built-in store has no webhooks. Leave it out: "
        "what the service has to honour is found in the store."
    )
    assert read_settings(STORE, {}, contract_url=url).contracts.contract_url is None


NO_TAGS = (
    ", and the built-in store knows branches and environments, no tags. Leave it out: a branch says what is worked on, "
    "and record-deployment what is live."
)


@pytest.mark.parametrize("command", [Command.PUBLISH, Command.CHECK])
def test_the_built_in_store_has_no_tags(command: Command) -> None:
    assert _refusal(STORE | {"contracts": ["pacts"], "tags": "dev"}, command) == f"tags is set{NO_TAGS}"


@pytest.mark.parametrize(
    ("selectors", "name"),
    [
        ('[{"mainBranch": true}, {"tag": "dev", "latest": true}]', "tag"),
        ('[{"branch": "a", "fallbackTag": "dev"}]', "fallbackTag"),
    ],
)
def test_the_built_in_store_selects_by_no_tag(selectors: str, name: str) -> None:
    refusal = _refusal(STORE | {"consumer-version-selectors": selectors})

    assert refusal == f"consumer-version-selectors has {name}{NO_TAGS}"
    assert read_settings(BROKER | {"consumer-version-selectors": selectors}, {}).has_store


# What commands need


@pytest.mark.parametrize("command", WRITING)
def test_who_writes_may_write_to_it(command: Command) -> None:
    settings = _read({"contracts": ["pacts"], "environment": ["production"]}, command)

    assert settings.store.store == REPOSITORY
    assert _refusal(STORE, command).startswith(
        "contracts is missing" if command is WRITING[0] else "environment is missing"
    )


def test_a_service_that_only_consumes_needs_no_provider() -> None:
    assert _read().provider.is_named is False
    assert _read(command=Command.CAN_I_DEPLOY).provider.is_named is False
    assert "there is nothing to verify" in _refusal(STORE | {"provider-ready": "/health"})


@pytest.mark.parametrize("command", [Command.CHECK, Command.VERIFY, Command.CAN_I_DEPLOY])
def test_contracts_come_from_files_or_from_the_store(command: Command) -> None:
    assert _refusal(STORE | {"contracts": ["pacts"]}, command) == (
        "contracts and store are both set, and contracts come from one of them. Give one of them. Copies of contracts "
        "that a store holds prove nothing."
    )


def test_what_is_published_is_not_what_is_verified_where_the_store_says_that() -> None:
    _file(f"service: a\ncontracts: pacts\nstore: {REPOSITORY}\n")
    (checked,) = read_all_settings({}, {})
    (published,) = read_all_settings({}, {}, command=Command.PUBLISH)

    assert (checked.contracts.contracts, published.contracts.contracts) == ((), ("pacts",))
    assert (checked.set_aside, published.set_aside) == (("pacts",), ())


def test_contracts_that_a_step_names_are_meant() -> None:
    _file(f"service: a\ncontracts: pacts\nstore: {REPOSITORY}\n")

    assert "contracts and store are both set" in _refusal({"contracts": ["others"]})


def test_each_of_several_services_may_have_its_own() -> None:
    _file("services: {a: {path: x, store: ../of-a}, b: {path: y, store: ../of-b}}\n")

    assert [one.store.store for one in read_all_settings({}, {})] == ["../of-a", "../of-b"]
