import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.redaction import SHORTEST_SECRET, Redactor, environment_secrets, header_secrets, redacted
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


# What is promised of any secret, wherever it stands

TEXT = st.text(st.characters(exclude_characters="*…", exclude_categories=["Cs"]), max_size=12)
SECRETS = st.text(
    st.characters(exclude_characters="*…", exclude_categories=["Cs"]), min_size=SHORTEST_SECRET, max_size=40
)


def _everything_encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _every_other_encoded(text: str) -> str:
    return "".join(_everything_encoded(one) if at % 2 else one for at, one in enumerate(text))


ENCODINGS: dict[str, Callable[[str], str]] = {
    "none": str,
    "percent": lambda text: quote(text, safe=""),
    "percent as JavaScript does": lambda text: quote(text, safe="!'()*-._~"),
    "percent, lower case": lambda text: "".join(
        _everything_encoded(one) if quote(one, safe="") != one else one for one in text
    ),
    "percent as forms do": quote_plus,
    "percent, everything": _everything_encoded,
    "percent, upper case": lambda text: _everything_encoded(text).upper(),
    "percent, some": _every_other_encoded,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not ASCII alone": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
}


@pytest.mark.parametrize("encode", [pytest.param(encode, id=name) for name, encode in ENCODINGS.items()])
@given(secret=SECRETS, before=TEXT, after=TEXT)
def test_no_encoding_of_a_secret_stays_in_any_text(
    encode: Callable[[str], str], secret: str, before: str, after: str
) -> None:
    encoded = encode(secret)
    hidden = Redactor([secret])(f"{before}{encoded}{after}")

    assert encoded not in hidden
    assert "***" in hidden


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(secret=SECRETS, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_in_base64_of_a_secret_and_its_surroundings_nothing_stays_that_is_made_of_it_alone(
    encode: Callable[[bytes], bytes], secret: str, before: bytes, after: bytes
) -> None:
    content = secret.encode()
    encoded = encode(before + content + after).decode()
    bits = (len(before) * 8, (len(before) + len(content)) * 8)
    alone = encoded[(bits[0] + 5) // 6 : bits[1] // 6]
    redact = Redactor([secret])

    for text in (encoded, encoded.rstrip("="), f"Basic {encoded}", quote(encoded, safe=""), f"\n{encoded}…"):
        hidden = redact(text)
        assert alone not in hidden
        assert quote(alone, safe="") not in hidden
        assert "***" in hidden
    assert 0 <= bits[1] - bits[0] - len(alone) * 6 < 16  # bits that stay: less than a byte at each end


def test_basic_credentials_are_known_by_the_password_alone() -> None:
    credentials = base64.b64encode(b"somebody:s3cr3t-password").decode()
    hidden = Redactor(["s3cr3t-password"])(f"Authorization: Basic {credentials}")

    assert hidden.startswith("Authorization: Basic c29tZWJvZHk6***")
    assert len(hidden) < len("Authorization: Basic c29tZWJvZHk6***") + 4


@given(text=TEXT, secrets=st.lists(st.text(max_size=SHORTEST_SECRET - 1)))
def test_what_is_no_secret_changes_nothing(text: str, secrets: list[str]) -> None:
    assert Redactor(secrets)(text) == text


@pytest.mark.parametrize("secrets", [["abcdef", "defghi"], ["defghi", "abcdef"]])
def test_secrets_that_overlap_are_both_hidden(secrets: list[str]) -> None:
    assert Redactor(secrets)("_abcdefghi_abcdef_defghi_") == "_***_***_***_"


def test_a_secret_that_overlaps_with_itself_is_hidden_whole() -> None:
    assert Redactor(["abab"])("ababab abab") == "*** ***"


def test_each_line_of_a_secret_is_one_unless_it_is_short() -> None:
    redact = Redactor(["{\n  'key': 's3cr3t'\n}"])

    assert redact("1: {\n2:   'key': 's3cr3t'\n3: }") == "1: {\n2:   ***\n3: }"
    assert redact("{\n  'key': 's3cr3t'\n}") == "***"


def test_what_an_environment_holds_that_is_no_text_is_a_secret_too() -> None:
    secret = b"s3cr\xffet".decode("utf-8", "surrogateescape")

    assert Redactor([secret])(f"a {secret} b") == "a *** b"


def test_text_of_many_secrets_takes_no_longer_than_it_is_long() -> None:
    """A text that is all beginnings of a secret is the worst there is."""
    redact = Redactor(["a" * 60, "%2525" * 12, "+ " * 30])

    assert redact("a" * 200_000) == "***"
    assert redact("%2" * 20_000) == "%2" * 20_000
    assert redact("%252525" * 20_000) == "***"
    assert redact("a" * 59 + "b") == "a" * 59 + "b"


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


def test_what_every_client_sends_is_no_secret() -> None:
    """Hidden everywhere, such words would take with them what matters."""
    headers = [("Accept", "application/json"), (" content-type ", "application/json"), ("X-Api-Key", "s3cr3t-key")]

    assert set(header_secrets(headers)) == {"s3cr3t-key", ""}
    assert list(environment_secrets([("AUTHOR", "web-checkout"), ("AUTH", "s3cr3t")])) == ["s3cr3t"]
