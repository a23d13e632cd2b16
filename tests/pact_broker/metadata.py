"""The opaque part of the address of a pact to verify, and the nested parameters that it and the matrix are made of."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from tests.pact_broker.selection import Verifiable

_NESTED = re.compile(r"(?P<name>[^\[\]]+)\[(?P<index>[^\[\]]*)\](?:\[(?P<key>[^\[\]]+)\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the address tells of how the pact was found."""

    wip: bool = False
    version_ids: tuple[int, ...] = ()
    number: str | None = None
    """Of the consumer version, where an address carries it."""
    given: str | None = field(default=None, compare=False)


def of_verifiable(one: Verifiable) -> str:
    """Say how the pact was chosen. Work in progress says only that."""
    if one.wip:
        return _encode([("w", "true")])
    pairs: list[tuple[str, str]] = []
    for selector in one.selectors:
        named = {"branch": "b", "tag": "t", "all tagged": "t"}.get(selector.kind)
        if named is not None and selector.name is not None:
            pairs.append((f"s[][{named}]", selector.name))
        if selector.latest:
            pairs.append(("s[][l]", "true"))
        if selector.kind in {"environment", "deployed", "released"} and selector.name is not None:
            pairs.append(("s[][e]", selector.name))
        pairs.append(("s[][cv]", str(selector.version.id)))
    if one.pending is not None:
        pairs.append(("p", "true" if one.pending else "false"))
    return _encode(pairs)


def of_version(number: str) -> str:
    return _encode([("cvn", number)])


def of_latest(version_id: int) -> str:
    return _encode([("cv", str(version_id))])


def read_metadata(opaque: str | None) -> Metadata:
    """Understand the metadata. What is none says nothing."""
    if opaque is None:
        return Metadata()
    try:
        text = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode()
    except ValueError:
        return Metadata(given=opaque)
    pairs = parse_qsl(text)
    ids = tuple(int(value) for name, value in pairs if name in {"s[][cv]", "cv"} and value.isdigit())
    number = next((value for name, value in pairs if name == "cvn"), None)
    return Metadata(wip=("w", "true") in pairs, version_ids=ids, number=number, given=opaque)


def nested(query: str) -> dict[str, Any]:
    """Read parameters as Rack does: q[][a]=1&q[][b]=2&q[][a]=3 is a list of two, and ignore[]=x a list of words."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        match = _NESTED.fullmatch(name)
        if match is None:
            found[name] = value
        elif match["index"]:
            found[match["name"]] = {match["index"]: value}
        elif match["key"] is None:
            found.setdefault(match["name"], []).append(value)
        else:
            _add(found.setdefault(match["name"], []), match["key"], value)
    return found


def _add(items: list[Any], key: str, value: str) -> None:
    if not items or not isinstance(items[-1], dict) or key in items[-1]:
        items.append({})
    items[-1][key] = value


def _encode(pairs: Iterable[tuple[str, str]]) -> str:
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
