"""JSON as strictly as a contract needs it: nothing in it is ambiguous, lossy, or too deep for the engine."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, NoReturn

from cachetools import LRUCache, cached

from gate.domain.errors import ContractError

DEEPEST: Final = 100
"""Levels of nesting. The engine stops at 127, and chunks are no deeper than their contract."""

REMEMBERED: Final = 8 * 1024**2
"""Bytes of files that stay read. In memory each takes several times as much."""
LONGEST_INTEGER: Final = 21
STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
BLOCK: Final = re.compile(rb'(?:[^"]++|%b){1,20000}+' % STRING.pattern, re.DOTALL)
"""So many strings and what stands between them: what is made of all at once takes a hundred times their memory. For
the same reason no pattern here goes back in a string, however long it is."""
SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
BRACKETS: Final = bytes.maketrans(b"[{]}", b"(())")
NO_BRACKET: Final = bytes(byte for byte in range(256) if byte not in b"[{]}")

REPUBLISH: Final = "Have the consumer's tests write it again."
NOT_ONE: Final = (
    "Have the consumer's tests write it again; if it is meant to be no contract, name the contracts by a pattern such "
    "as pacts/*.json."
)


def refuse(what: str, remedy: str = REPUBLISH) -> NoReturn:
    """Refuse a contract."""
    raise ContractError(what, remedy=remedy)


@dataclass(frozen=True, slots=True)
class _Parsed:
    content: Mapping[str, Any]
    size: int
    """Bytes of the document."""


def parse(document: bytes) -> Mapping[str, Any]:
    """Read a JSON object. It is shared with whoever reads the same later: nobody changes it.

    Raises:
        ContractError: it is none, or not one that means the same to every reader.
    """
    return _parse(document).content


@cached(LRUCache(REMEMBERED, getsizeof=lambda parsed: parsed.size), lock=Lock())
def _parse(document: bytes) -> _Parsed:
    if not document.strip():
        refuse("the file is empty.", NOT_ONE)
    try:
        content = json.loads(
            document.decode("utf-8"),
            object_pairs_hook=_unambiguous,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_exact,
        )
    except UnicodeDecodeError:
        refuse("the file is not UTF-8 text.", "Save it as UTF-8 without a byte order mark.")
    except RecursionError:
        refuse(f"it is nested more than {DEEPEST} levels deep.")
    except ValueError as error:
        refuse(f"the file is not JSON, perhaps truncated: {error}.", NOT_ONE)
    if not isinstance(content, dict):
        refuse("this is no contract: a Pact file is a JSON object.", NOT_ONE)
    _refuse_depth(document)
    if SURROGATE.search(document):
        try:
            json.dumps(content, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            refuse("it has half of a surrogate pair in a string, which is no text.")
    return _Parsed(content, len(document))


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        repeated = Counter(name for name, _ in pairs).most_common(1)[0][0]
        message = f"the key {repeated!r} stands twice in one object"
        raise ValueError(message)
    return content


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        message = f"the number {digits} is out of range"
        raise ValueError(message)
    return number


def _exact(digits: str) -> int:
    """The engine compares a larger integer as a float, by its first digits only."""
    if len(digits) > LONGEST_INTEGER or not -(2**63) <= int(digits) < 2**64:
        message = f"the number {digits[:30]} is out of range"
        raise ValueError(message)
    return int(digits)


def _refuse_depth(document: bytes) -> None:
    """Take the innermost brackets out of JSON, level by level."""
    blocks = (block[0] for block in BLOCK.finditer(document))
    brackets = b"".join(STRING.sub(b"", block).translate(BRACKETS, NO_BRACKET) for block in blocks)
    for _ in range(DEEPEST):
        brackets = brackets.replace(b"()", b"")
        if not brackets:
            return
    refuse(f"it is nested more than {DEEPEST} levels deep.")
