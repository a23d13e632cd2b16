"""Requests to a real Pact Broker 2.120.0 and its answers, as the tests keep them.

The file is made from the originals, one JSON file for each pair, by
    python -m tests.pact_broker.recordings DIRECTORY
Bodies that no test reads are kept as shapes, and what must be equal in them as facts.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

RECORDINGS: Final = Path(__file__).parents[1] / "data" / "broker-recordings.json"

_WHOLE: Final = (
    *((72, 75), (98, 104), (112, 112), (119, 119), (122, 123), (126, 126), (128, 129), (142, 145), (160, 161)),
    *(
        (164, 164),
        (167, 191),
        (197, 203),
        (205, 209),
        (227, 231),
        (239, 245),
        (252, 252),
        (258, 264),
        (270, 270),
        (272, 283),
    ),
)
"""The recordings that are kept as they are."""
_LONG: Final = 8
"""A matrix with more rows than this is kept with one row of each shape."""
_ID: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40}|(?<=/metadata/)[^/]+|(?<=/verification-results/)\d+"
)
HEADERS: Final = ("allow", "location", "www-authenticate", "x-pact-broker-version")
"""Those of an answer that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A request and the answer to it."""

    number: int
    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    """What was sent: JSON, text that is none, or None."""
    status: int
    content_type: str | None
    answer_headers: Mapping[str, str]
    """Some of them, with names in small letters."""
    answer: Any
    """The body, or None if only its shape was kept. An empty body is an empty text."""
    shape: Any
    facts: Json
    ids: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    """The broker's inventions that later requests name, and where in the answer they are."""


@cache
def recordings() -> dict[int, Recording]:
    """Read the recordings, by number."""
    kept = json.loads(RECORDINGS.read_text())
    return {one["number"]: _recording(one, kept["shapes"]) for one in kept["recordings"]}


def shape_of(value: Any) -> Any:
    """Reduce JSON to its keys and types. Of a list stay the different shapes, in an order of their own."""
    if isinstance(value, dict):
        return {name: shape_of(one) for name, one in value.items()}
    if isinstance(value, list):
        shapes = {json.dumps(shape, sort_keys=True): shape for shape in map(shape_of, value)}
        return [shapes[text] for text in sorted(shapes)]
    return type(value).__name__


def facts_of(status: int, body: Any) -> Json:
    """Choose what must be equal in an answer: verdicts, pacts to verify, and what the broker says."""
    if not isinstance(body, dict):
        return {}
    if status >= HTTPStatus.BAD_REQUEST:
        return {"error": _impersonal({name: one for name, one in body.items() if name != "notices"})}
    facts: Json = {name: body[name] for name in ("summary", "notices") if name in body}
    if isinstance(body.get("matrix"), list):
        facts["rows"] = [_row_facts(row) for row in body["matrix"]]
    pacts = body.get("_embedded", {}).get("pacts")
    if pacts is not None:
        facts["pacts"] = [_pact_facts(one) for one in pacts]
    impersonal: Json = _impersonal(facts)
    return impersonal


def value_at(body: Any, place: Iterable[str | int]) -> Any:
    """Follow keys and positions. A position in a text counts the parts of an address."""
    for step in place:
        body = body.split("/")[int(step)] if isinstance(body, str) else body[step]
    return body


def compact(originals: Path) -> Json:
    """Make the content of the file from the originals."""
    files = sorted(originals.glob("[0-9][0-9][0-9]-*.json"))
    read = {int(file.name[:3]): json.loads(file.read_text()) for file in files}
    pairs = {number: pair for number, pair in read.items() if isinstance(pair, dict)}
    shapes: list[Any] = []
    named = _named_ids(pairs)
    return {
        "recordings": [_compact(number, pair, shapes, named.get(number, {})) for number, pair in pairs.items()],
        "shapes": shapes,
    }


def _recording(one: Json, shapes: list[Any]) -> Recording:
    answer = one["answer"]
    whole = "body" in answer
    return Recording(
        number=one["number"],
        name=one["name"],
        method=one["request"]["method"],
        path=one["request"]["path"],
        headers=one["request"]["headers"],
        body=one["request"].get("body"),
        status=answer["status"],
        content_type=answer.get("content_type"),
        answer_headers=answer.get("headers", {}),
        answer=answer["body"] if whole else None,
        shape=shape_of(answer["body"]) if whole else shapes[answer["shape"]],
        facts=answer["facts"] if "facts" in answer else facts_of(answer["status"], answer.get("body")),
        ids={name: tuple(place) for name, place in one.get("ids", {}).items()},
    )


def _compact(number: int, pair: Json, shapes: list[Any], ids: Json) -> Json:
    response, request = pair["response"], pair["request"]
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    answer: Json = {"status": response["status"]}
    if "content-type" in headers:
        answer["content_type"] = headers["content-type"]
    kept = {name: headers[name] for name in HEADERS if name in headers}
    if kept:
        answer["headers"] = kept
    if response["status"] >= 400 or any(first <= number <= last for first, last in _WHOLE):
        answer["body"] = _shortened(response["body"])
        shortened = answer["body"] != response["body"]
    else:
        shortened = True
        shape = shape_of(response["body"])
        if shape not in shapes:
            shapes.append(shape)
        answer["shape"] = shapes.index(shape)
    facts = facts_of(response["status"], response["body"])
    if shortened and facts:
        answer["facts"] = facts
    sent = {name: value for name, value in request.items() if value is not None}
    return {
        "number": number,
        "name": pair["name"],
        "request": sent,
        "answer": answer,
        **({"ids": ids} if ids else {}),
    }


def _shortened(body: Any) -> Any:
    rows = body.get("matrix", []) if isinstance(body, dict) else []
    if len(rows) <= _LONG:
        return body
    return {**body, "matrix": list({json.dumps(shape_of(row)): row for row in rows}.values())}


def _named_ids(pairs: Mapping[int, Json]) -> dict[int, Json]:
    """Find the answer in which each id of a request's address came first."""
    found: dict[int, Json] = {}
    placed: set[str] = set()
    for number, pair in pairs.items():
        path = pair["request"]["path"]
        for match in () if path.startswith("/triggered-webhooks") else _ID.finditer(path):
            name = match[0]
            for earlier in () if name in placed else range(1, number):
                place = next(_places(pairs.get(earlier, {}).get("response", {}).get("body"), name), None)
                if place is not None:
                    found.setdefault(earlier, {})[name] = place
                    placed.add(name)
                    break
    return found


def _places(value: Any, name: str) -> Iterator[list[str | int]]:
    if isinstance(value, str) and name in value.split("/"):
        yield [value.split("/").index(name)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in items:
        yield from ([step, *place] for place in _places(one, name))


def _pact_facts(pact: Json) -> list[Any]:
    said = pact["verificationProperties"]
    states = [said.get("pending", "not said"), said.get("wip", "not said")]
    return [pact["_links"]["self"]["name"], *states, pact["shortDescription"], said["notices"]]


def _row_facts(row: Json) -> list[Any]:
    sides = [
        (row[side]["name"], row[side]["version"] and row[side]["version"]["number"])
        for side in ("consumer", "provider")
    ]
    result = row["verificationResult"]
    return [*map(list, sides), result and result["success"], row.get("ignored", False)]


def _impersonal(facts: Any) -> Any:
    """Leave out addresses, references and whatever else is another each time."""
    text = re.sub(r"https?://(127\.0\.0\.1|localhost):\d+", "{base}", json.dumps(facts))
    text = re.sub(r"(reference(?:\W+)?)\w{10}\b", r"\1{reference}", text)
    text = re.sub(r"Environment:0x[0-9a-f]+", "Environment:{address}", text)
    text = re.sub(r"pacticipant=\d+", "pacticipant={id}", text)
    return json.loads(re.sub(r"pact-version/[0-9a-f]{40}", "pact-version/{sha}", text))


def main() -> None:
    """Make the file anew."""
    kept = compact(Path(sys.argv[1]))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in kept["recordings"])
    shapes = ",\n".join(json.dumps(one, separators=(",", ":")) for one in kept["shapes"])
    RECORDINGS.write_text(f'{{"recordings": [\n{lines}\n],\n"shapes": [\n{shapes}\n]}}\n')


if __name__ == "__main__":
    main()
