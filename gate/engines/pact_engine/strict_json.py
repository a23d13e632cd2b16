"""JSON as strictly as a contract needs it: nothing in it is ambiguous, lossy, or too deep for the engine."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from gate.domain.errors import ContractError

DEEPEST: Final = 100
"""Levels of nesting. The engine stops at 127, and chunks are no deeper than their contract."""

LONGEST_INTEGER: Final = 21

REPUBLISH: Final = "Have the consumer's tests write it again."
NOT_ONE: Final = (
    "Have the consumer's tests write it again; if it is meant to be no contract, name the contracts by a pattern such "
    "as pacts/*.json."
)


def refuse(what: str, remedy: str = REPUBLISH) -> NoReturn:
    """Refuse a contract."""
    raise ContractError(what, remedy=remedy)


def parse(document: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ContractError: it is none, or not one that means the same to every reader.
    """
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
    _refuse_depth(content)
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        refuse("it has half of a surrogate pair in a string, which is no text.")
    return content


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


def _refuse_depth(content: dict[str, Any]) -> None:
    level: list[Any] = [content]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    refuse(f"it is nested more than {DEEPEST} levels deep.")


def _children(node: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    children = node.values() if isinstance(node, dict) else node
    return (child for child in children if isinstance(child, dict | list))
