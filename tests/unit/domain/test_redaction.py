import base64
from urllib.parse import quote

import pytest

from gate.domain.redaction import Redactor, environment_secrets, header_secrets, redacted
from gate.domain.results import Outcome
from tests.builders import integration, mismatch, report, result

SECRET = 'to"ken/+= of ours'


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
        'to\\"ken/+= of ours',
    ],
)
def test_a_secret_is_hidden_in_each_form_in_which_it_travels(text: str) -> None:
    hidden = Redactor([SECRET])(f"a {text} b")

    assert hidden.startswith("a ***")
    assert "ken" not in hidden


def test_the_longest_secret_goes_first() -> None:
    assert Redactor(["abcd", "abcdefgh"])("abcdefgh abcd") == "*** ***"


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    assert Redactor(["1", ""])("expected 1 but was 2") == "expected 1 but was 2"


def test_the_token_of_an_authorization_header_is_a_secret_by_itself() -> None:
    redact = Redactor(header_secrets([("Authorization", "Bearer abc123xyz")]))

    assert redact("you sent abc123xyz") == "you sent ***"


def test_a_whole_report_is_redacted_and_otherwise_the_same() -> None:
    broken = result(Outcome.FAILED, mismatches=(mismatch(actual='"s3cr3t"'),))
    secretive = report(integration(results=(broken,)), notes=("s3cr3t!",))

    hidden = redacted(secretive, Redactor(["s3cr3t"]))

    assert "s3cr3t" not in repr(hidden)
    assert hidden.entries[0].integration.results[0].mismatches[0].actual == '"***"'
    assert hidden.candidate == secretive.candidate


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("you sent s3cr3t-tok…", "you sent ***…"),
        ("you sent s3c…", "you sent s3c…"),
        ("nothing of it…", "nothing of it…"),
        ("s3cr3t-token…", "***…"),
    ],
)
def test_the_beginning_of_a_secret_that_was_cut_through_is_hidden_too(text: str, hidden: str) -> None:
    assert Redactor(["s3cr3t-token"])(text) == hidden


def test_basic_credentials_are_secrets_decoded() -> None:
    redact = Redactor(header_secrets([("Authorization", "Basic YWxpY2U6aHVudGVyMnBhc3M="), ("X", "basic ü")]))

    assert redact("alice:hunter2pass hunter2pass") == "*** ***"


def test_of_the_providers_environment_what_is_named_or_looks_like_a_secret_is_one() -> None:
    variables = [
        ("API_TOKEN", "t0ken"),
        ("DB_PASSWORD", "p4ssword"),
        ("SIGNING_KEY", "k3y"),
        ("PORT", "8080"),
        ("RABBITMQ_DEFAULT_PASS", "r4bbit"),
        ("TESTS_PASSED", "12"),
        ("KEYBOARD", "qwerty"),
        ("DATABASE_URL", "postgres://app:hunter2@db:5432/orders"),
        ("HOME_PAGE", "https://example.com/a:b@c"),
    ]

    assert list(environment_secrets(variables)) == ["t0ken", "p4ssword", "k3y", "r4bbit", "hunter2"]
