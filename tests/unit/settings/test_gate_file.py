"""The gate file: the services of a repository, and the exceptions that were agreed on."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gate.domain.errors import ConfigurationError
from gate.domain.exceptions import AgreedException
from gate.settings.documents import file_schema
from gate.settings.gate_file import read_exceptions, read_gate_file
from gate.settings.groups import Settings
from gate.settings.sources import read_settings

FILE = ".contract-gate.yml"
BROKER = {"broker-url": "https://broker.example.com"}
TWO = """
environment: production
publish-results: never
services:
  orders-api:
    path: services/orders
    publish-results: always
  billing:
"""

pytestmark = pytest.mark.usefixtures("workspace")


def _file(text: str) -> None:
    Path(FILE).write_text(text)


def _read(options: dict[str, Any] | None = None, environment: dict[str, str] | None = None) -> Settings:
    return read_settings(BROKER | (options or {}), environment or {})


def _refusal(options: dict[str, Any] | None = None, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _read(options, environment)
    return str(refused.value)


# Services


def test_the_only_service_needs_no_name() -> None:
    _file("services:\n  orders-api:\n    path: services/orders\n")
    settings = _read()

    assert (settings.candidate.service, settings.candidate.path) == ("orders-api", "services/orders")


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ({"service": "orders-api"}, {}),
        ({}, {"GATE_SERVICE": "orders-api"}),
        ({}, {"INPUT_SERVICE": "orders-api\n"}),
        ({"service": "billing"}, {"INPUT_SERVICE": "orders-api"}),
    ],
)
def test_one_of_several_is_named(options: dict[str, Any], environment: dict[str, str]) -> None:
    _file(TWO)
    settings = _read(options, environment)

    assert (settings.candidate.service, settings.candidate.path) == ("orders-api", "services/orders")
    assert settings.candidate.environment == ("production",)


def test_a_service_may_be_nothing_but_its_name() -> None:
    _file(TWO)
    settings = _read({"service": "billing"})

    assert (settings.candidate.service, settings.candidate.path) == ("billing", ".")
    assert settings.publishing.publish_results == "never"


def test_a_service_may_be_named_for_all_workflows() -> None:
    _file("service: billing\n" + TWO)

    assert _read().candidate.service == "billing"
    assert _read({"service": "orders-api"}).candidate.service == "orders-api"


def test_precedence_is_input_option_variable_section_file() -> None:
    _file("provider-ready: /file\nprovider-timeout: 7\nservices:\n  a:\n    provider-ready: /section\n")
    said: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({}, {"GATE_PROVIDER_READY": "/variable"}),
        ({"provider-ready": "/option"}, {"GATE_PROVIDER_READY": "/variable"}),
        ({"provider-ready": "/option"}, {"INPUT_PROVIDER-READY": "/input"}),
    ]
    every = [_read({"provider-url": "http://x"} | options, environment) for options, environment in said]

    assert [one.provider.ready for one in every] == ["/section", "/variable", "/option", "/input"]
    assert {one.provider.timeout for one in every} == {7.0}


def test_an_empty_value_in_a_section_is_absent() -> None:
    _file("environment: production\nservices:\n  a:\n    environment:\n")

    assert _read().candidate.environment == ("production",)


def test_several_services_of_which_none_is_named() -> None:
    _file(TWO)

    assert "none is named: orders-api, billing." in _refusal()


@pytest.mark.parametrize(
    ("service", "remedy"),
    [
        ("order-api", "Did you mean orders-api?"),
        ("Billing", "Did you mean billing?"),
        ("zzz", "Add it there, if only its name."),
    ],
)
def test_a_service_that_the_file_does_not_have_is_refused(service: str, remedy: str) -> None:
    _file(TWO)

    assert _refusal({"service": service}) == (
        f"{FILE}: the gate file's services are orders-api, billing, and {service!r} is none of them "
        f"(option --service). {remedy}"
    )


def test_a_single_service_is_not_taken_for_another_one() -> None:
    _file("services: {orders-api: {path: services/orders}}")

    assert "'billing' is none of them (variable GATE_SERVICE)" in _refusal({}, {"GATE_SERVICE": "billing"})


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("broker-token: x", "broker-token is a secret and is not read from the gate file."),
        ("provider-headers: 'a: b'", "provider-headers is a secret and is not read from the gate file."),
        ("version: '1'", "version belongs to one run and is not read from the gate file."),
        ("first-deployment: true", "first-deployment belongs to one run and is not read from the gate file."),
        ("build-url: http://x", "build-url belongs to one run and is not read from the gate file."),
        ("service: orders-api", "there is no setting 'service'."),
        ("services: {a: }", "there is no setting 'services'."),
        ("pathh: x", "there is no setting 'pathh'. Did you mean path?"),
        ("1: x", "there is no setting '1'."),
    ],
)
def test_what_does_not_belong_into_a_section_is_refused(section: str, message: str) -> None:
    _file(f"services:\n  orders-api:\n  billing:\n    {section}\n")

    assert _refusal({"service": "orders-api"}).startswith(f"{FILE}, services: billing: {message}")


def test_the_error_names_the_section() -> None:
    _file("services:\n  a:\n    stage: dream\n")

    assert _refusal().startswith(f"{FILE}, services: a: stage 'dream' is not usable")


@pytest.mark.parametrize(
    "text",
    [
        "services: orders-api",
        "services: [orders-api]",
        "services: {orders-api: services/orders}",
        "services: {orders-api: [path]}",
        "services: {a: , b: 5}",
        "services: 5",
        "services: true",
    ],
)
def test_services_of_another_shape_are_refused(text: str) -> None:
    _file(text)

    assert _refusal({"service": "a"}).startswith(f"{FILE}: services is no mapping of services to their settings.")


@pytest.mark.parametrize(
    "text", ["services: []", "services: false", "services: 0", "services: ''", "services: {a: []}"]
)
def test_services_of_another_shape_are_refused_though_they_are_empty(text: str) -> None:
    _file(text)

    assert _refusal({"service": "a"}).startswith(f"{FILE}: services is no mapping of services to their settings.")


def test_services_that_are_only_announced_are_none() -> None:
    _file("services:\n")

    assert _read({"service": "anything"}).candidate.service == "anything"


def test_a_service_stands_once() -> None:
    _file("services:\n  a: {path: x}\n  a: {path: y}\n")

    assert "the key 'a' stands twice" in _refusal()


def test_one_contract_is_no_deployment_though_a_section_names_the_environment() -> None:
    _file("services: {a: {environment: production}}")
    pact = "https://broker.example.com/pacts/1"

    assert read_settings(BROKER, {}, contract_url=pact).candidate.environment == ("production",)


# Exceptions

ENTRY = "{counterpart: web-app, reason: it is being replaced, owner: Ada, until: %s}"


def _entries(until: str) -> str:
    return f"[{ENTRY % until}]"


WEB = AgreedException(counterpart="web-app", reason="it is being replaced", owner="Ada", until=date(2026, 11, 30))


@pytest.mark.parametrize("until", ["2026-11-30", "'2026-11-30'", '" 2026-11-30 "', "!!timestamp 2026-11-30"])
def test_a_day_is_a_text_or_yamls_own(until: str) -> None:
    _file(f"exceptions:\n- {ENTRY % until}\n")

    assert _read({"service": "a"}).exceptions == (WEB,)


@pytest.mark.parametrize("text", ["", "exceptions:\n", "exceptions: []\n", "services: {a: {exceptions: }}\n"])
def test_without_an_entry_there_is_no_exception(text: str) -> None:
    _file(text)

    assert _read({"service": "a"}).exceptions == ()


@pytest.mark.parametrize(("service", "counterparts"), [("a", ["x", "of-a"]), ("b", ["x", "of-b"]), ("c", ["x"])])
def test_the_exceptions_of_a_service_are_those_of_all_and_its_own(service: str, counterparts: list[str]) -> None:
    _file(f"{_named('x')}\nservices:\n  a: {{{_named('of-a')}}}\n  b: {{{_named('of-b')}}}\n  c:\n")

    assert [one.counterpart for one in _read({"service": service}).exceptions] == counterparts
    assert [one.counterpart for one in read_gate_file(Path(FILE)).exceptions_of(service)] == counterparts


PARTS = "is a mapping of counterpart, reason, owner and until ("
WRONG = [
    (_entries("soon"), "exceptions.0.until: a date is written 2026-11-01."),
    (_entries("'2026-13-01'"), "exceptions.0.until: "),
    (_entries("2026-13-01"), "exceptions.0.until: "),
    (_entries("2026-02-30"), "exceptions.0.until: "),
    (_entries("0000-01-01"), "exceptions.0.until: "),
    (_entries("20261130"), "exceptions.0.until: a date is written 2026-11-01."),
    (_entries("2026-11-30T00:00:00Z"), "exceptions.0.until: a date is written 2026-11-01."),
    (_entries(""), "exceptions.0.until: a date is written 2026-11-01."),
    (_entries("true"), "exceptions.0.until: a date is written 2026-11-01."),
    (f"[{ENTRY % '2026-11-30'}, {{counterpart: x}}]", "exceptions.1.reason: Field required."),
    ("[{counterpart: x, reason: y, until: 2026-11-30}]", "exceptions.0.owner: Field required."),
    ("[{counterpart: '', reason: y, owner: z, until: 2026-11-30}]", "exceptions.0.counterpart: "),
    ("[{counterpart: 5, reason: y, owner: z, until: 2026-11-30}]", "exceptions.0.counterpart: "),
    ("[{counterpart: x, reason: , owner: z, until: 2026-11-30}]", "exceptions.0.reason: "),
    ("[{counterpart: x, reason: '  ', owner: z, until: 2026-11-30}]", "exceptions.0.reason: "),
    ("[{counterpart: x, reason: y, owner: ' ', until: 2026-11-30}]", "exceptions.0.owner: "),
    ('[{counterpart: "x\\u200b", reason: y, owner: z, until: 2026-11-30}]', "exceptions.0.counterpart: a name is one"),
    ('[{counterpart: x, reason: "a\\nb", owner: z, until: 2026-11-30}]', "exceptions.0.reason: a name is one line"),
    ("[{counterpart: x, reason: y, owner: z, until: 2026-11-30, a: b}]", "exceptions.0.a: Extra inputs"),
    ("[web-app]", "exceptions.0: "),
    ("[null]", "exceptions.0: "),
]


@pytest.mark.parametrize(("value", "message"), WRONG)
def test_an_exception_of_another_shape_is_refused_with_its_place(value: str, message: str) -> None:
    text = f"exceptions: {value}\n"
    _file(text)
    with pytest.raises(ConfigurationError) as refused:
        read_exceptions(text.encode(), "a", "there")

    assert _refusal({"service": "a"}).startswith(f"{FILE}: {message}")
    assert str(refused.value).startswith(f"there: {message}")
    assert PARTS in refused.value.remedy


@pytest.mark.parametrize(
    "value", ["web-app", "5", "true", ENTRY % "2026-11-30", "{web-app: {until: 2026-11-30}}", "2026-11-30"]
)
def test_exceptions_that_are_no_list_are_refused(value: str) -> None:
    _file(f"exceptions: {value}\n")

    said = _refusal({"service": "a"})

    assert said.startswith(f"{FILE}: exceptions")
    assert "is no list. " in said
    assert PARTS in said


@pytest.mark.parametrize("value", ["{}", "false", "0", "''"])
def test_exceptions_that_are_no_list_are_refused_though_they_are_empty(value: str) -> None:
    _file(f"exceptions: {value}\n")

    said = _refusal({"service": "a"})

    assert said.startswith(f"{FILE}: exceptions")
    assert "is no list. " in said
    assert PARTS in said


def test_an_exception_of_another_shape_is_refused_in_a_section_too() -> None:
    _file("services:\n  a:\n  b: {exceptions: [{counterpart: x}]}\n")

    assert "exceptions.0.reason: Field required." in _refusal({"service": "a"})


def _agreed(text: str, service: str = "a") -> list[str]:
    return [one.counterpart for one in read_exceptions(text.encode(), service, "there")]


def _named(*counterparts: str) -> str:
    entries = (f"{{counterpart: {one}, reason: x, owner: y, until: 2026-11-30}}" for one in counterparts)
    return f"exceptions: [{', '.join(entries)}]"


def test_of_a_default_branch_those_of_all_and_those_of_the_service_are_read() -> None:
    text = f"{_named('x', 'y')}\nservices:\n  a: {{{_named('of-a')}}}\n  b: {{{_named('of-b')}}}\n  c:\n"

    assert _agreed(text, "a") == ["x", "y", "of-a"]
    assert _agreed(text, "b") == ["x", "y", "of-b"]
    assert _agreed(text, "c") == ["x", "y"]
    assert _agreed(text, "A") == ["x", "y"]


def test_of_a_default_branch_no_other_key_matters() -> None:
    """Its settings may be older or newer than this gate."""
    text = f"servise: x\nbroker-token: s3cr3t\nservices: {{a: {{pathh: 1, {_named('x')}}}}}\n"

    assert _agreed(text) == ["x"]


def test_of_a_default_branch_another_services_mistakes_are_its_own() -> None:
    assert _agreed(f"services:\n  a: {{{_named('x')}}}\n  b: {{exceptions: 5}}\n") == ["x"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "exceptions:", "services:", "service: a"])
def test_a_default_branch_may_have_none(text: str) -> None:
    assert _agreed(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\xff\xfe", "the gate file is not YAML: "),
        (b"exceptions: [", "the gate file is not YAML: "),
        (b"[" * 100_000, "the gate file is not YAML: "),
        (b"exceptions: []\nexceptions: []", "the gate file is not YAML: "),
        (b"!!python/object/apply:os.system [ls]", "the gate file is not YAML: "),
        (b"- exceptions", "the gate file is no mapping of settings to values."),
        (b"services: [a]", "services is no mapping of services to their settings."),
        (b"services: {b: 5}", "services is no mapping of services to their settings."),
    ],
)
def test_a_default_branch_that_cannot_be_read_is_an_error(text: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_exceptions(text, "a", "there")

    assert str(refused.value).startswith(f"there: {message}")


NO_VALUES = [
    "1" * 5000,
    "!!int x",
    "!!int",
    "!!float x",
    "!!timestamp x",
    "!!bool x",
    "!!set [x]",
]
"""What YAML's own types cannot be made of."""


@pytest.mark.parametrize("value", NO_VALUES)
def test_a_value_that_yaml_cannot_read_is_an_error_and_no_bug(value: str) -> None:
    text = f"stage: {value}\n"
    _file(text)
    with pytest.raises(ConfigurationError) as refused:
        read_exceptions(text.encode(), "a", "there")

    assert "the gate file is not YAML: " in refused.value.what
    assert _refusal({"service": "a"}).startswith(f"{FILE}: the gate file is not YAML: ")


# Owners

OWNERS = """
owners:
  web-checkout: "@acme/checkout-team"
  billing: ["@ada", Billing Guild, "@ada"]
"""


def test_owners_are_one_name_or_several() -> None:
    _file(OWNERS)

    assert _read({"service": "orders-api"}).owners == (
        ("web-checkout", ("@acme/checkout-team",)),
        ("billing", ("@ada", "Billing Guild")),
    )


def test_owners_are_those_of_all_services_of_a_repository() -> None:
    _file(TWO + OWNERS)

    assert [_read({"service": name}).owners[0] for name in ("orders-api", "billing")] == [
        ("web-checkout", ("@acme/checkout-team",)),
        ("web-checkout", ("@acme/checkout-team",)),
    ]


@pytest.mark.parametrize("text", ["", "owners:", "owners: {}", "stage: change"])
def test_there_may_be_no_owners(text: str) -> None:
    _file(text)

    assert _read({"service": "a"}).owners == ()


WRONG_OWNERS = [
    ("owners: 5", "owners: Input should be a valid dictionary."),
    ("owners: [web]", "owners: Input should be a valid dictionary."),
    ("owners: {web: 5}", "owners.web: Input should be a valid string."),
    ("owners: {web: }", "owners.web: Input should be a valid string."),
    ("owners: {web: ''}", "owners.web: String should have at least 1 character."),
    ("owners: {web: ' '}", "owners.web: String should have at least 1 character."),
    ("owners: {web: {team: ada}}", "owners.web: Input should be a valid string."),
    ("owners: {web: [1]}", "owners.web: Input should be a valid string."),
    ("owners: {5: ada}", "owners.5: Input should be a valid string."),
    ("owners: {'': ada}", "owners.: String should have at least 1 character."),
    (r'owners: {web: "ada\nbob"}', "owners.web: a name is one line, without characters that nobody sees."),
    (f"owners: {{web: {'a' * 101}}}", "owners.web: String should have at most 100 characters."),
    (f"owners: {{web: {list('abcdefghijk')}}}", "owners.web: Input should be a valid string."),
]


@pytest.mark.parametrize(("text", "message"), WRONG_OWNERS)
def test_owners_of_another_form_are_refused_with_their_form(text: str, message: str) -> None:
    _file(text)
    form = 'below it who answers for it: "@acme/checkout-team", or a list of such names.'

    assert _refusal({"service": "a"}).startswith(f"{FILE}: {message} ")
    assert _refusal({"service": "a"}).endswith(form)


@pytest.mark.parametrize("text", ["owners: {web: @acme/web}", "owners:\n  web: @ada", "owners:\n  web:\n  - @ada"])
def test_a_handle_without_quotes_is_told_from_other_mistakes(text: str) -> None:
    _file(text)

    assert _refusal({"service": "a"}).endswith('Put what begins with @ in quotes: "@acme/checkout-team".')


def test_owners_belong_to_the_repository_and_to_no_service() -> None:
    _file("services: {a: {owners: {web: ada}}}")

    assert "there is no setting 'owners'." in _refusal({"service": "a"})


# What editors are told


@pytest.mark.parametrize("text", [TWO, f"exceptions:\n- {ENTRY % '2026-11-30'}\n", "services: {a: {path: x}}", OWNERS])
def test_the_schema_takes_what_the_gate_takes(text: str) -> None:
    _file(text)
    _read({"service": next(iter(yaml.safe_load(text).get("services") or {"a": None}))})

    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(text), default=str)), json.loads(file_schema()))


def test_a_file_that_is_not_there_says_nothing() -> None:
    found = read_gate_file(Path("nowhere.yml"))

    assert (found.settings, found.services, found.exceptions_of("a")) == ({}, {}, ())
