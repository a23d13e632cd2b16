"""Keeping secrets out of everything that a person or a file sees."""

import base64
import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

SHORTEST_SECRET: Final = 4
"""Shorter values are left alone: hiding every `1` would hide the report and protect nothing."""

SECRET_NAME: Final = re.compile(
    "TOKEN|SECRET|PASS(?!ED|ING)|PWD|CREDENTIAL|PRIVATE|_KEY|APIKEY|AUTH|DSN|CONNECTION_?STRING", re.IGNORECASE
)
PASSWORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@")
"""The password in `scheme://user:password@host`."""

MASK: Final = "***"
CUT: Final = "…"
"""Stands at the end of every text that was cut, so that what was cut through can be found."""

T = TypeVar("T")


class Redactor:
    """Replaces secrets in text, and the forms in which they travel: base64, percent-encoded, JSON-escaped.

    The longest are replaced first, so that a secret which contains another one leaves nothing behind.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        forms = {form for form in forms if len(form) >= SHORTEST_SECRET}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def __call__(self, text: str) -> str:
        """Return `text` without any of the secrets."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return self._without_beginning(text) if text.endswith(CUT) else text

    def _without_beginning(self, text: str) -> str:
        """Take out the beginning of a secret that was cut through."""
        head = text.removesuffix(CUT)
        longest = max(
            (
                length
                for form in self._forms
                for length in range(SHORTEST_SECRET, len(form))
                if head.endswith(form[:length])
            ),
            default=0,
        )
        return f"{head[: len(head) - longest]}{MASK}{CUT}" if longest else text


def redacted(value: T, redact: Callable[[str], str]) -> T:
    """Return a copy of a value of the domain (dataclasses, tuples, text) without any of the secrets."""
    copy: T = _redacted(value, redact)
    return copy


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:  # noqa: ANN401 - any value of the domain
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, tuple):
        return tuple(_redacted(item, redact) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: _redacted(getattr(value, one.name), redact) for one in fields(value)}
        return replace(value, **changed)
    return value


def header_secrets(headers: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield each value and, for `Authorization: Bearer abc`, what follows its first word, decoded for `Basic`."""
    for _, value in headers:
        yield value
        scheme, _, credentials = value.partition(" ")
        yield credentials.strip()
        if scheme.lower() == "basic":
            with suppress(ValueError):
                decoded = base64.b64decode(credentials, validate=True).decode()
                yield decoded
                yield decoded.partition(":")[2]


def environment_secrets(variables: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield what of the provider's environment is a secret by its name, or a password in an address."""
    for name, value in variables:
        if SECRET_NAME.search(name):
            yield value
        yield from PASSWORD.findall(value)


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield quote(secret, safe="")
    yield unquote(secret)
    yield json.dumps(secret)[1:-1]
