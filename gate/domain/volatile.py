"""Which values of a contract look random or time-dependent.

They give the contract a new content with each run of the consumer's tests, and every new content needs a new
verification. What may as well have been changed by hand is never taken for one of them: a warning must be believable.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any, Final

from gate.domain.redaction import CUT


class VolatileKind(StrEnum):
    """What a volatile value looks like."""

    HTTP_DATE = "HTTP date"
    TIMESTAMP = "timestamp"
    DATE = "date"
    TIME = "time"
    UUID = "UUID"
    JWT = "JWT"
    SECONDS = "Unix time in seconds"
    MILLISECONDS = "Unix time in milliseconds"
    MICROSECONDS = "Unix time in microseconds"
    NUMBER = "random number"
    PORT = "random port"
    HEXADECIMAL = "random hexadecimal"
    TEXT = "random text"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatileValue:
    """One value that is another in each of two contracts, or the part of a text that is."""

    path: str
    """`“a request for order 42”: response.body.id`, with the later contract's description."""
    kind: VolatileKind
    earlier: str
    later: str


DEEPEST: Final = 100
"""Levels of nesting. A deeper contract is not examined; the engine would refuse it anyway."""

OF_THE_STORE: Final = frozenset({"_id", "_links", "createdAt", "key"})
"""Keys of an interaction that say nothing of their own: a store adds them, and `key` may be a hash of the rest."""
STATES: Final = ("providerState", "provider_state", "providerStates")
RULES: Final = frozenset({"matchingRules", "generators"})
"""Any change of them is an ordinary one."""
BODIES: Final = frozenset({"body", "contents"})
"""What is in them is the application's own, whatever it is called."""

LONGEST_NAME: Final = 200
"""Of a key or a description in a path: a path is made for every value."""
DATED_VERSION: Final = re.compile(r"Version|VERSION|(?<![a-z])version|(?i:^(?:accept|content-type)\b)")
"""Keys whose dates name a version, as in `X-GitHub-Api-Version: 2022-11-28`."""
SIMPLE_KEY: Final = re.compile(r"[\w$@:+-]+")

_DATE: Final = r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_COLON: Final = r"(?::|%3[Aa])"
_CLOCK: Final = rf"(?:[01]\d|2[0-3]){_COLON}[0-5]\d"
_FRACTION: Final = r"(?:[.,]\d{1,9})?"
_ZONE: Final = r"(?:Z|[+-]\d\d:?\d\d)?"
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PATTERNS: Final = {
    VolatileKind.HTTP_DATE: rf"{_DAY}, \d\d? {_MONTH} 20\d\d {_CLOCK}:[0-5]\d (?:GMT|UTC|[+-]\d{{4}})",
    VolatileKind.TIMESTAMP: (
        rf"{_DATE}(?:[T ]|%20){_CLOCK}(?:{_COLON}[0-5]\d{_FRACTION})?{_ZONE}"
        r"|20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T[0-2]\d[0-5]\d[0-5]\dZ?"
    ),
    VolatileKind.DATE: rf"(?<!version=){_DATE}",
    # On the full minute it is more often an opening hour.
    VolatileKind.TIME: rf"{_CLOCK}:(?!00(?![.,]))[0-5]\d{_FRACTION}{_ZONE}",
    VolatileKind.UUID: r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
    VolatileKind.JWT: r"(?<![_-])eyJ[\w-]{8,}+\.[\w-]{8,}+\.[\w-]*+",
    # Of the years 2011 to 2033: earlier and later ones are more often telephone numbers.
    VolatileKind.SECONDS: r"(?<!\.)1[3-9]\d{8}(?:\.\d{1,9})?",
    VolatileKind.MILLISECONDS: r"(?<!\.)1[3-9]\d{11}(?:\.\d{1,9})?",
    VolatileKind.MICROSECONDS: r"(?<!\.)1[3-9]\d{14}",
    # Longer than a card's number, or more exact than a person writes, and no product of rounding.
    VolatileKind.NUMBER: r"\d{17,40}|\d{1,3}\.(?!\d{0,20}(?:0{6}|9{6}))\d{12,20}(?:e-?\d\d?)?",
    VolatileKind.PORT: r"(?:(?<=localhost:)|(?<=127\.0\.0\.1:))(?:3[3-9]|[456]\d)\d{3}",
}
KNOWN: Final = re.compile(
    "(?<![0-9A-Za-z])(?:"
    + "|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _PATTERNS.items())
    + ")(?![0-9A-Za-z])",
    re.ASCII,
)
"""Linear: every form is of bounded length but the JWT, which begins where a run does and gives nothing back."""

RUN: Final = re.compile(r"([0-9A-Za-z+/_-]++={0,2})")
"""What random text in base64 or base64url would be a part of: a word, a path, a token."""
SEPARATORS: Final = ("+/=", "_-")
"""Where a run is taken apart when it is not random as a whole: first a path's, then a slug's."""

SHORTEST_RANDOM: Final = 10
LONGEST_RANDOM: Final = 1024
"""Longer ones are content, such as a picture in base64."""
SHORTEST_IN_ONE_CASE: Final = 20
"""Without capitals or without small letters, and not hexadecimal: shorter ones are article and vehicle numbers."""
LEAST_CHANGES: Final = 0.4
LEAST_CHANGES_IN_ONE_CASE: Final = 0.25
"""How often a character and the next are of two classes (capital, small letter, digit): in random text 0.6 and 0.4."""
FEWEST_CHARACTERS: Final = 5
"""Different ones: `00000000-0000-0000-0000-000000000001` was written by a person."""
CLASSES: Final = str.maketrans(ascii_lowercase + ascii_uppercase + digits, 26 * "a" + 26 * "A" + 10 * "0")
BASE64: Final = str.maketrans("-_", "+/")
NO_LETTER_OR_DIGIT: Final = re.compile("[^0-9A-Za-z]")
HEXADECIMAL: Final = re.compile("[0-9a-f]+|[0-9A-F]+")
WORD: Final = re.compile("[a-z]{2,}|[A-Z]{2,}|[A-Z][a-z]+|[0-9]{2,}|[vV][0-9]+")
"""A piece between separators that random text has by chance only: `orders`, `EU`, `v1`."""
NAME: Final = re.compile("[A-Za-z]+[0-9]*")
"""`getUserByIdAndAge2`."""

UNBROKEN: Final = re.compile(r"[\w+/=.:%-]+")
"""What is left out, where it has a digit, when interactions are matched by what is constant in them."""
DIGIT: Final = re.compile("[0-9]")


class _OrdinaryChangeError(Exception):
    """Two contracts differ in something that does not look random or time-dependent."""


def volatile_values(earlier: object, later: object) -> tuple[VolatileValue, ...]:
    """Return the values that differ between two Pact documents, if each of them looks random or time-dependent.

    There are none when the contents are equal, or when something else changed too. Both sides must look the same way.
    Numbers are taken for Unix times from 2011 to 2033, and for random from 17 digits or 12 decimal places on.
    """
    if not (isinstance(earlier, dict) and isinstance(later, dict) and _is_shallow(earlier) and _is_shallow(later)):
        return ()
    if _specification(earlier) != _specification(later):
        return ()
    try:
        return tuple(
            value
            for section in ("interactions", "messages")
            for value in _in_section(section, earlier.get(section), later.get(section))
        )
    except _OrdinaryChangeError:
        return ()


def _is_shallow(document: object) -> bool:
    level = [document]
    for _ in range(DEEPEST):
        level = [child for one in level for child in _children(one)]
        if not level:
            return True
    return False


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _specification(document: dict[str, Any]) -> object:
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return None
    for key in ("pactSpecification", "pact-specification"):
        if isinstance(metadata.get(key), dict):
            return metadata[key].get("version")
    return metadata.get("pactSpecificationVersion")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interaction:
    name: str
    value: Any
    identity: str
    """Its description and provider states."""
    text: str
    """Equal for equal content."""

    @classmethod
    def of(cls, value: object, place: str) -> "_Interaction":
        if not isinstance(value, dict):
            return cls(name=place, value=value, identity=place, text=_text_of(value))
        own = {key: one for key, one in value.items() if key not in OF_THE_STORE}
        description = own.get("description")
        return cls(
            name=f"“{_shortened(description)}”" if isinstance(description, str) and description.strip() else place,
            value=own,
            identity=_text_of([own.get(key) for key in ("description", *STATES)]),
            text=_text_of(own),
        )

    @property
    def constant(self) -> str:
        """Mostly equal for contents that differ in nothing but volatile values."""
        return UNBROKEN.sub(lambda run: "#" if DIGIT.search(run[0]) else run[0], self.text)


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + CUT


def _text_of(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _in_section(section: str, earlier: object, later: object) -> Iterator[VolatileValue]:
    if not isinstance(earlier, list) or not isinstance(later, list):
        if isinstance(earlier, list) or isinstance(later, list):
            raise _OrdinaryChangeError
        return
    before, after = (
        [_Interaction.of(one, f"{section}[{i}]") for i, one in enumerate(side)] for side in (earlier, later)
    )
    same = Counter(one.text for one in before) & Counter(one.text for one in after)
    before, after = _without(before, same), _without(after, same)
    if len(before) != len(after) or not all(isinstance(one.value, dict) for one in before + after):
        raise _OrdinaryChangeError
    for old, new in _pairs(before, after):
        for value in _in_value("", old.value, new.value, RULES):
            yield replace(value, path=f"{new.name}: {value.path.removeprefix('.')}")


def _without(interactions: list[_Interaction], texts: Counter[str]) -> list[_Interaction]:
    left, remaining = [], texts.copy()
    for one in interactions:
        if remaining[one.text]:
            remaining[one.text] -= 1
        else:
            left.append(one)
    return left


def _pairs(earlier: list[_Interaction], later: list[_Interaction]) -> Iterator[tuple[_Interaction, _Interaction]]:
    """Match by description and provider states where they are unique, the others by what is not volatile in them."""
    counts = [Counter(one.identity for one in side) for side in (earlier, later)]
    unique = {identity for identity, count in counts[0].items() if count == 1 == counts[1][identity]}
    before = {one.identity: one for one in earlier}
    yield from ((before[one.identity], one) for one in later if one.identity in unique)
    rest = ([one for one in side if one.identity not in unique] for side in (earlier, later))
    yield from zip(*(sorted(side, key=lambda one: one.constant) for side in rest), strict=True)


def _in_value(path: str, earlier: Any, later: Any, rules: frozenset[str]) -> Iterator[VolatileValue]:  # noqa: ANN401 - JSON
    match earlier, later:
        case dict(), dict() if earlier.keys() == later.keys():
            for key in later:
                if key not in rules:
                    name = _shortened(key)
                    step = f".{name}" if SIMPLE_KEY.fullmatch(key) else f"['{name}']"
                    below = frozenset[str]() if key in BODIES else rules
                    yield from _in_value(path + step, earlier[key], later[key], below)
                elif _text_of(earlier[key]) != _text_of(later[key]):
                    raise _OrdinaryChangeError
        case list(), list() if len(earlier) == len(later):
            for position, (old, new) in enumerate(zip(earlier, later, strict=True)):
                yield from _in_value(f"{path}[{position}]", old, new, rules)
        case (str() | int() | float(), _) if type(earlier) is type(later):
            yield from _in_text(path, str(earlier), str(later))
        case _:  # null, or another type, length or set of keys
            if earlier is not later:
                raise _OrdinaryChangeError


def _in_text(path: str, earlier: str, later: str) -> Iterator[VolatileValue]:
    """Compare what is known by its form, and what stands between."""
    if earlier == later:
        return
    before, after = _parts(earlier), _parts(later)
    if [kind for kind, _ in before] != [kind for kind, _ in after]:
        raise _OrdinaryChangeError
    for (kind, old), (_, new) in zip(before, after, strict=True):
        if kind is None:
            yield from _in_runs(path, old, new)
        elif old != new:
            is_version = kind is VolatileKind.DATE and DATED_VERSION.search(path.rpartition(".")[2])
            is_by_hand = kind is VolatileKind.UUID and (_is_monotonous(old) or _is_monotonous(new))
            if is_version or is_by_hand:
                raise _OrdinaryChangeError
            yield VolatileValue(path=path, kind=kind, earlier=old, later=new)


def _parts(text: str) -> list[tuple[VolatileKind | None, str]]:
    parts: list[tuple[VolatileKind | None, str]] = []
    end = 0
    for known in KNOWN.finditer(text):
        kind = VolatileKind[known.lastgroup or ""]
        parts += [(None, text[end : known.start()]), (kind, known[0])]
        end = known.end()
    return [*parts, (None, text[end:])]


def _in_runs(path: str, earlier: str, later: str) -> Iterator[VolatileValue]:
    before, after = RUN.split(earlier), RUN.split(later)
    if before[::2] != after[::2]:
        raise _OrdinaryChangeError
    for old, new in zip(before[1::2], after[1::2], strict=True):
        yield from _in_run(path, old, new, SEPARATORS)


def _in_run(path: str, earlier: str, later: str, separators: tuple[str, ...]) -> Iterator[VolatileValue]:
    """Compare two runs without the pieces that both begin with, as a whole or else piece by piece."""
    if earlier == later:
        return
    common = next((place for place, (old, new) in enumerate(zip(earlier, later, strict=False)) if old != new), 0)
    begin = 1 + max(earlier.rfind(separator, 0, common) for separator in "+/=_-")
    earlier, later = earlier[begin:], later[begin:]
    kind = _random_kind(earlier, later)
    if kind is not None:
        yield VolatileValue(path=path, kind=kind, earlier=earlier, later=later)
        return
    before, after = (re.split(f"[{separators[0]}]", one) if separators else [] for one in (earlier, later))
    if not separators or len(before) != len(after):
        raise _OrdinaryChangeError
    for old, new in zip(before, after, strict=True):
        yield from _in_run(path, old, new, separators[1:])


def _random_kind(earlier: str, later: str) -> VolatileKind | None:
    """Judge both together: one random text may hold a word by chance, two hardly do."""
    if not SHORTEST_RANDOM <= len(later) <= LONGEST_RANDOM or not _have_little_in_common(earlier, later):
        return None
    classes = [NO_LETTER_OR_DIGIT.sub("", one).translate(CLASSES) for one in (earlier, later)]
    used = set("".join(classes))
    least = LEAST_CHANGES if used == set("0aA") else LEAST_CHANGES_IN_ONE_CASE
    changes = sum(old != new for one in classes for old, new in pairwise(one))
    if "0" not in used or changes < least * sum(map(len, classes)):
        return None
    if HEXADECIMAL.fullmatch(earlier) and HEXADECIMAL.fullmatch(later):
        return VolatileKind.HEXADECIMAL
    is_long = len(later) >= SHORTEST_IN_ONE_CASE or used == set("0aA")
    return VolatileKind.TEXT if is_long and (_is_opaque(earlier) or _is_opaque(later)) else None


def _have_little_in_common(earlier: str, later: str) -> bool:
    if len(earlier) != len(later) or _is_monotonous(earlier) or _is_monotonous(later):
        return False
    return sum(old != new for old, new in zip(earlier, later, strict=True)) * 2 >= len(later)


def _is_monotonous(text: str) -> bool:
    return len(set(text) - {"-"}) < FEWEST_CHARACTERS


def _is_opaque(text: str) -> bool:
    """Say whether it is neither made of words nor the base64 of readable text."""
    pieces = re.split("[+/_-]", text.rstrip("="))
    has_words = any((WORD if len(pieces) > 1 else NAME).fullmatch(piece) for piece in pieces)
    is_base64 = set("_-").isdisjoint(text) and len(text) % 4 == 0 and not text.startswith("/")
    if has_words or (len(pieces) - 1) * 6 > len(text) or not (is_base64 or set("+/=").isdisjoint(text)):
        return False
    try:
        content = base64.b64decode(text.translate(BASE64) + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return True
    return not (content.isascii() and content.decode().isprintable())
