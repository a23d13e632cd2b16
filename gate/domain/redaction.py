"""Keeping secrets out of everything that a person or a file sees."""

import base64
import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache, cached_property
from typing import Any, Final, TypeVar
from urllib.parse import quote, quote_plus, unquote

SHORTEST_SECRET: Final = 4
"""Shorter values are left alone: hiding every `1` would hide the report and protect nothing."""

SECRET_NAME: Final = re.compile(
    "TOKEN|SECRET|PASS(?!ED|ING)|PWD|CREDENTIAL|PRIVATE|_KEY|APIKEY|AUTH(?!OR)|DSN|CONNECTION_?STRING", re.IGNORECASE
)
PUBLIC_HEADERS: Final = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection"),
        *("content-language", "content-type", "host", "origin", "referer", "user-agent", "x-requested-with"),
    }
)
"""Those of HTTP whose values are words that everybody uses, and no secrets."""
SHORTEST_LINE: Final = 8
"""Of a secret of several lines, shorter ones are left alone: a brace is no secret."""

PASSWORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@")
"""The password in `scheme://user:password@host`."""

MASK: Final = "***"
CUT: Final = "…"
"""Stands at the end of every text that was cut, so that what was cut through can be found."""

URL_SAFE: Final = str.maketrans("+/", "-_")
_HEX: Final = re.compile("%[0-9A-F]{2}")

T = TypeVar("T")


class Redactor:
    """Replaces secrets in text, and the forms in which they travel.

    What it promises of a secret of `SHORTEST_SECRET` characters or more: none of these stays in a text, wherever it
    stands and whatever it overlaps with.

    - the secret itself, and of several lines each that is long enough to be none by chance;
    - what JSON makes of it;
    - its percent-encoding, whichever characters were encoded, in whichever case, with `%20` or `+` for a blank;
    - in base64, plain or URL-safe, of it and of whatever stands around it, the characters that are made of it alone:
      what stays of it there is less than a byte at each end.

    A secret that was encoded twice, or whose base64 is broken into lines, is not known again.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {part for secret in secrets for part in (secret, *_lines(secret)) if len(part) >= SHORTEST_SECRET}
        forms = {form for secret in known for form in _forms(secret) if len(form) >= SHORTEST_SECRET}
        self._secrets = sorted(known)
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    @property
    def forms(self) -> Sequence[str]:
        """The secrets and their usual forms, the longest first."""
        return self._forms

    def __call__(self, text: str) -> str:
        """Return `text` without any of the secrets; the very text where there is none in it."""
        if not self._secrets:
            return text
        shown, end = list[str](), 0
        for start, past in _merged(self._found(text)):
            shown += text[end:start], MASK
            end = past
        text = "".join((*shown, text[end:]))
        return self._without_beginning(text) if text.endswith(CUT) else text

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Find where secrets begin and end, those too that overlap."""
        for form in self._forms:
            start = text.find(form)
            while start >= 0:
                yield start, start + len(form)
                start = text.find(form, start + 1)
        if "%" in text or "+" in text:
            for pattern in self._encoded:
                found = pattern.search(text)
                while found is not None:
                    yield found.span()
                    found = pattern.search(text, found.start() + 1)

    @cached_property
    def _encoded(self) -> Sequence[re.Pattern[str]]:
        return [re.compile("".join(map(_plain_or_encoded, secret))) for secret in self._secrets]

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
    """Do as `redacted`, and give back the very value where there is nothing to hide: there are thousands of them."""
    if isinstance(value, str):
        return value if isinstance(value, Enum) else redact(value)
    if isinstance(value, tuple):
        items = [_redacted(item, redact) for item in value]
        return value if _are_the_same(items, value) else tuple(items)
    kind: Any = type(value)
    names = _field_names(kind)
    if not names:
        return value
    before = [getattr(value, name) for name in names]
    after = [_redacted(one, redact) for one in before]
    return value if _are_the_same(after, before) else replace(value, **dict(zip(names, after, strict=True)))


def _are_the_same(after: Sequence[object], before: Sequence[object]) -> bool:
    return all(map(operator.is_, after, before))


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """Name the fields of a dataclass; none for anything else."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


def header_secrets(headers: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield each value and, for `Authorization: Bearer abc`, what follows its first word, decoded for `Basic`.

    What can be no secret is left out: to hide `application/json` would hide what matters.
    """
    for name, value in headers:
        if name.strip().lower() in PUBLIC_HEADERS:
            continue
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


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Make one span of those that overlap or touch."""
    start, past = 0, -1
    for first, last in sorted(spans):
        if first > past >= 0:
            yield start, past
        if first > past:
            start = first
        past = max(past, last)
    if past >= 0:
        yield start, past


def _lines(secret: str) -> Iterable[str]:
    """Yield the lines of a secret that has several: a log shows one at a time."""
    lines = [line.strip() for line in secret.splitlines()]
    return [line for line in lines if len(line) >= SHORTEST_LINE] if len(lines) > 1 else []


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield unquote(secret)
    for quoted in (quote(_bytes(secret), safe=""), quote_plus(_bytes(secret))):
        yield quoted
        yield _HEX.sub(lambda found: found[0].lower(), quoted)
    for ascii_alone in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_alone)[1:-1]
    for before in range(3):
        plain = _in_base64(_bytes(secret), before)
        encoded = plain.replace("+", "%2B").replace("/", "%2F")
        yield from (plain, plain.translate(URL_SAFE), encoded, encoded.replace("%2B", "%2b").replace("%2F", "%2f"))


def _in_base64(secret: bytes, before: int) -> str:
    """Return what base64 makes of a secret alone, where so many bytes are before it, or three more, or six."""
    encoded = base64.b64encode(b"\0" * before + secret).decode()
    return encoded[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]


def _plain_or_encoded(character: str) -> str:
    """Write a pattern for a character of a secret in an address or a form."""
    codes = (f"%{byte:02x}" for byte in _bytes(character))
    either_case = "".join(re.sub("[a-f]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", code) for code in codes)
    blank = r"|\+" if character == " " else ""
    return f"(?:{either_case}|{re.escape(character)}{blank})"


def _bytes(text: str) -> bytes:
    """Encode any text: also what an environment holds that is no UTF-8."""
    return text.encode("utf-8", "surrogatepass")
