"""The runner hides what a gate was given, in each form, and nothing that must be read afterwards."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gate.clients.actions_runner import RunnerLog
from gate.rendering.safe_text import log_line
from gate.settings.declaration import SETTINGS
from gate.settings.groups import Settings
from gate.wiring.masking import mask, secrets_given
from tests.acceptance.actions_runner.log import StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.unit.wiring.workspaces import context, settings_of, surroundings

S3CR3T = "s3cr3t+to/ken=?"
HEADER = f"Authorization: Bearer {S3CR3T}"

pytestmark = pytest.mark.usefixtures("workspace")


def _masker(*every: Settings, **more: Any) -> Masker:
    """Return what the runner hides once it has read what was written."""
    stream = BytesIO()
    log = RunnerLog(stream, log_line)
    log.stop_commands()
    mask(every, surroundings(context=context(**more), log=log))
    step = StepLog(masker=Masker(), workspace=Path.cwd())
    for line in stream.getvalue().decode().splitlines():
        step.feed(line)
    assert (step.annotations, step.failed) == ([], False)
    return step._masker


def _hides(masker: Masker, text: str) -> bool:
    return masker.mask(text) != text


GIVEN: list[tuple[str, dict[str, Any]]] = [
    ("broker-token", {"broker_token": S3CR3T}),
    ("broker-password", {"broker_username": "ci", "broker_password": S3CR3T}),
    ("store-token", {"broker_url": "", "store": "https://git/contracts", "environment": ["e"], "store_token": S3CR3T}),
    ("provider-headers", {"provider_url": "http://x", "provider_headers": [HEADER]}),
    ("github-token", {"github_token": S3CR3T}),
    ("provider-env", {"provider_command": "serve", "provider_env": [f"DB_PASSWORD={S3CR3T}"]}),
    (
        "provider-env",
        {"provider_command": "serve", "provider_env": [f"DB=postgres://app:{S3CR3T}@db/x".replace("/k", "k")]},
    ),
]


@pytest.mark.parametrize(("name", "options"), GIVEN)
def test_whichever_way_a_secret_was_given_it_is_hidden_in_each_form(name: str, options: dict[str, Any]) -> None:
    secret = S3CR3T if "postgres" not in str(options) else S3CR3T.replace("/k", "k")
    settings = settings_of(**options)
    masker = _masker(settings)
    quoted = quote(secret, safe="")

    assert secret in set(secrets_given(settings))
    for text in (secret, quoted, quoted.lower(), base64.b64encode(secret.encode()).decode()):
        assert _hides(masker, text)
    for before in ("", "u:", "user:"):
        assert _hides(masker, base64.b64encode(f"{before}{secret}".encode()).decode())
        assert _hides(masker, base64.urlsafe_b64encode(f"{before}{secret}".encode()).decode())


def test_every_setting_that_is_a_secret_is_hidden() -> None:
    tested = {name for name, _ in GIVEN}

    assert {setting.name for setting in SETTINGS if setting.meaning.secret} <= tested


def test_the_secrets_of_every_service_are_hidden() -> None:
    every = [settings_of(broker_token=f"{S3CR3T}{number}") for number in range(2)]
    masker = _masker(*every)

    assert [_hides(masker, f"{S3CR3T}{number}") for number in range(3)] == [True, True, False]


def _with(value: str, **more: Any) -> Settings:
    return settings_of(provider_command="serve", provider_env=[f"A_TOKEN={value}"], **more)


@pytest.mark.parametrize("value", ["true", "allow", "block", "unknown", "s3cr3t", "1", "orders-api"])
def test_what_is_short_or_names_the_run_is_not_hidden(value: str) -> None:
    public = ("allow", "block", "unknown", "true", "false", "orders-api", "acme/orders-api")
    masker = _masker(_with(value))

    assert [text for text in public if _hides(masker, text)] == []


@pytest.mark.parametrize(
    ("value", "options"),
    [
        ("production", {"environment": ["production", "staging"]}),
        ("production", {"environment": ["production-eu"]}),
        ("release-7", {"version": "release-7"}),
        ("some-branch", {"branch": "some-branch"}),
        ("instance", {"environment": ["e"], "application_instance": "instance-blue"}),
        ("gate-report", {}),
        ("acme/orders", {}),
        ("feature-branch", {}),
        ("1111111111", {}),
    ],
)
def test_what_is_part_of_something_public_is_not_hidden(value: str, options: dict[str, Any]) -> None:
    masker = _masker(_with(value, **options), branch="feature-branch")

    assert not _hides(masker, value)
    assert _hides(_masker(_with(f"{value}-and-more", **options)), f"{value}-and-more")


def test_of_a_secret_of_several_lines_the_long_ones_are_hidden_and_no_brace() -> None:
    settings = settings_of("provider-env:\n  A_KEY: |\n    {\n    s3cr3t-s3cr3t\n    }\n", provider_command="serve")
    masker = _masker(settings)

    assert masker.mask("{ s3cr3t-s3cr3t }") == "{ *** }"


def test_on_a_laptop_nobody_has_to_be_told(capfd: pytest.CaptureFixture[str]) -> None:
    mask([settings_of(broker_token=S3CR3T)], surroundings())

    assert capfd.readouterr() == ("", "")
