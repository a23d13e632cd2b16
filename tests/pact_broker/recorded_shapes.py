"""Whether the fake answered in shapes that a real broker was seen to answer in, whatever was asked, and in which order.

    assert unrecorded(broker) == []

Status, type of media and some headers must be recorded for the method and the route. The bodies that are recorded for
them, or for other requests whose answers the broker makes in the same way, are laid over each other: an answer may have
the keys that one of them has, and must have those that all of them have. The items of lists are treated alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from tests.pact_broker.calls import HAL, JSON, PROBLEM
from tests.pact_broker.recordings import HEADERS, recordings, shape_of
from tests.pact_broker.routes import find_route
from tests.pact_broker.server import BrokerAnswer, PactBroker

_NAMES: Final = {"str": "text", "bool": "a boolean", "int": "a number", "float": "a number", "NoneType": "null"}
_WRITTEN_BY_CLIENTS: Final = {"interactions", "messages", "metadata", "testResults", "details"}
"""Keys below which the broker gives back what somebody sent to it."""
_KEYED_BY_DATA: Final = {"errors"}
"""Keys below which the keys are names of what was sent."""
_ANYWHERE: Final = {
    (400, "text/plain"),
    (401, "text/plain"),
    (404, JSON),
    (404, PROBLEM),
    (405, None),
    (406, None),
    (415, HAL),
    (500, HAL),
    (500, PROBLEM),
}
"""Refusals by all that stands before the resource: they look the same at all addresses."""

_PACTICIPANT: Final = "/pacticipants/{pacticipant}"
_VERSION: Final = f"{_PACTICIPANT}/versions/{{version}}"
_PAIR: Final = "/pacts/provider/{provider}/consumer/{consumer}"
_CONTENT: Final = f"{_PAIR}/pact-version/{{sha}}"
_CHOSEN: Final = f"{_CONTENT}/metadata/{{metadata}}"
_TAG: Final = f"{_VERSION}/tags/{{tag}}"
_SAME_BODIES: Final = {
    "pacticipant": ("/pacticipants", _PACTICIPANT),
    "version": (_VERSION, f"{_PACTICIPANT}/latest-version", f"{_PACTICIPANT}/branches/{{branch}}/latest-version"),
    "branch version": (f"{_PACTICIPANT}/branches/{{branch}}/versions/{{version}}",),
    "tag": (_TAG,),
    "environment": ("/environments", "/environments/{uuid}"),
    "deployment": (f"{_VERSION}/deployed-versions/environment/{{uuid}}", "/deployed-versions/{uuid}"),
    "release": (f"{_VERSION}/released-versions/environment/{{uuid}}", "/released-versions/{uuid}"),
    "matrix": (
        *("/matrix", "/matrix/provider/{provider}/consumer/{consumer}", "/can-i-deploy"),
        f"{_PACTICIPANT}/branches/{{branch}}/latest-version/can-i-deploy/to-environment/{{environment}}",
    ),
    "publication": ("/contracts/publish",),
    "pact": (f"{_PAIR}/version/{{version}}", f"{_PAIR}/latest", _CONTENT, _CHOSEN),
    "result": tuple(
        f"{one}/verification-results{part}" for one in (_CONTENT, _CHOSEN) for part in ("", "/latest", "/{number}")
    ),
}
"""Routes where the broker makes the bodies of its successes in the same way, but for the lists below."""
_LISTS: Final = {
    ("GET", "/pacticipants"),
    ("GET", "/environments"),
    ("GET", f"{_VERSION}/deployed-versions/environment/{{uuid}}"),
}
_KINDS: Final = {route: kind for kind, routes in _SAME_BODIES.items() for route in routes}


class _Place(NamedTuple):
    """Where an answer belongs."""

    method: str
    route: str
    status: int
    content_type: str | None


@dataclass(slots=True)
class _Pattern:
    """What was seen in one place of the answers: the names of simple values, objects, lists, or several of these."""

    simple: set[str] = field(default_factory=set)
    keys: "dict[str, _Pattern]" = field(default_factory=dict)
    required: set[str] | None = None
    """None if no object was seen."""
    items: "_Pattern | None" = None

    def add(self, shape: Any) -> None:
        if isinstance(shape, dict):
            self.required = set(shape) if self.required is None else self.required & set(shape)
            for name, one in shape.items():
                self.keys.setdefault(name, _Pattern()).add(one)
        elif isinstance(shape, list):
            self.items = self.items or _Pattern()
            for one in shape:
                self.items.add(one)
        else:
            self.simple.add(_NAMES[shape])

    def join(self, other: "_Pattern") -> None:
        """Have all that the other has."""
        self.simple |= other.simple
        if other.required is not None:
            self.required = other.required if self.required is None else self.required & other.required
        for name, one in other.keys.items():
            self.keys.setdefault(name, _Pattern()).join(one)
        if other.items is not None:
            self.items = self.items or _Pattern()
            self.items.join(other.items)

    def at(self, place: str) -> "_Pattern":
        """Find what lies below, by keys and [] for the items of a list; what is not known yet may be there from now."""
        if not place:
            return self
        step, _, rest = place.partition(".")
        below = self.keys.setdefault(step.removesuffix("[]"), _Pattern())
        if step.endswith("[]"):
            below.items = below.items or _Pattern()
            below = below.items
        return below.at(rest)

    def faults(self, shape: Any, place: str = "") -> Iterator[str]:
        """Tell what of the shape was never seen."""
        kind = _kind(shape)
        if kind not in self._kinds():
            yield f"{place or 'the body'} is {kind}, recorded is {' or '.join(self._kinds()) or 'nothing'}"
        elif isinstance(shape, dict):
            yield from (f"{_below(place, name)} is missing" for name in sorted((self.required or set()) - set(shape)))
            for name, one in shape.items():
                known = self.keys.get(name)
                yield from (
                    [f"{_below(place, name)} is not recorded"]
                    if known is None
                    else known.faults(one, _below(place, name))
                )
        elif self.items is not None:
            for one in shape if isinstance(shape, list) else ():
                yield from self.items.faults(one, f"{place}[]")

    def _kinds(self) -> list[str]:
        listed = ["an object"] if self.required is not None else []
        listed += ["a list"] if self.items is not None else []
        return [*listed, *sorted(self.simple)]


_LINK: Final = dict.fromkeys(("title", "name", "href"), "str")
_ANSWERS_OF_SOURCE: Final = {
    _Place("PUT", _TAG, 200, HAL): (),
    _Place("GET", _TAG, 200, HAL): (),
    _Place("POST", f"{_VERSION}/released-versions/environment/{{uuid}}", 200, HAL): ("location",),
    _Place("GET", "/released-versions/{uuid}", 200, HAL): (),
}
"""Answers that were not recorded, but read in the broker's source, and their headers. Their bodies are recorded."""
_SHAPES_OF_SOURCE: Final = {
    ("pacticipant", "_links.pb:deployed-environments[]"): {**_LINK, "currently_deployed": "bool"},
    ("version", "_links.pb:deployed-environments[].application_instance"): "str",
    ("version", "_links.pb:released-environments[]"): {**_LINK, "currently_supported": "bool"},
    ("version", "_embedded.tags[]"): {"name": "str", "_links": {"self": _LINK}},
    ("publication", "_links.pb:pacticipant-version-tags[]"): _LINK,
    ("release", "supportEndedAt"): "str",
    **{
        ("result", f"verifiedBy.{name}"): "str"
        for name in ("client_implementation", "client_test_framework", "client_version")
    },
}
"""What else was read there, by kind of body and place in it. All of it may be missing."""


@dataclass(slots=True)
class _Seen:
    """What is known of a place."""

    body: _Pattern
    headers: set[frozenset[str]] = field(default_factory=set)


def unrecorded(broker: PactBroker) -> list[str]:
    """Tell, once each, what no recording has of the fake's own answers. What faults made of them does not count."""
    return list(dict.fromkeys(line for answer in broker.answered for line in _faults(answer)))


def _faults(answer: BrokerAnswer) -> Iterator[str]:
    headers = {name.lower(): value for name, value in answer.reply.headers.items()}
    place = _place(answer.request.method, answer.request.path, answer.reply.status, headers.get("content-type"))
    asked = f"{place.method} {place.route}"
    seen = _seen().get(place)
    if seen is None:
        others = sorted(f"{one.status} {one.content_type}" for one in _seen() if (one.method, one.route) == place[:2])
        yield f"{asked}: {place.status} {place.content_type} is not recorded, but {', '.join(others) or 'nothing'}"
        return
    told = frozenset(HEADERS) & headers.keys()
    if told not in seen.headers:
        yield f"{asked} {place.status}: has {_listed(told)}, recorded is {' or '.join(map(_listed, seen.headers))}"
    body = answer.reply.body
    shape = shape_of("" if body is None else body.decode() if isinstance(body, bytes) else body)
    yield from (f"{asked} {place.status}: {fault}" for fault in seen.body.faults(_of_broker(shape)))


@cache
def _seen() -> dict[_Place, _Seen]:
    """Lay the recordings over each other, and add what was read in the source."""
    bodies: dict[_Place | str, _Pattern] = {}
    found: dict[_Place, _Seen] = {}
    for one in recordings().values():
        place = _place(one.method, one.path, one.status, one.content_type)
        body = bodies.setdefault(_body(place), _Pattern())
        body.add(_of_broker(one.shape))
        found.setdefault(place, _Seen(body)).headers.add(frozenset(one.answer_headers))
    for place, headers in _ANSWERS_OF_SOURCE.items():
        found[place] = _Seen(bodies[_body(place)], {frozenset({"x-pact-broker-version", *headers})})
    _join(bodies["version"], bodies[_place("GET", f"{_PACTICIPANT}/versions", 200, HAL)], bodies["matrix"])
    for (kind, below), shape in _SHAPES_OF_SOURCE.items():
        bodies[kind].at(below).add(shape)
    return found


def _join(version: _Pattern, versions: _Pattern, matrix: _Pattern) -> None:
    """Let a version of a list have what one alone may have, and both sides of the matrix the same tags."""
    version.join(versions.at("_embedded.versions[]"))
    versions.at("_embedded.versions").items = version
    matrix.at("matrix[].consumer.version.tags").join(matrix.at("matrix[].provider.version.tags"))


def _place(method: str, path: str, status: int, content_type: str | None) -> _Place:
    if (status, content_type) in _ANYWHERE:
        return _Place("any method", "anywhere", status, content_type)
    bare = urlsplit(path).path
    found = find_route(bare)
    return _Place(method, bare if found is None else found[0].template, status, content_type)


def _body(place: _Place) -> _Place | str:
    """Name what the body is like: other bodies, or only itself."""
    alike = place.status < HTTPStatus.MULTIPLE_CHOICES and place.content_type == HAL and place[:2] not in _LISTS
    return _KINDS.get(place.route, place) if alike else place


def _of_broker(shape: Any) -> Any:
    """Leave out what clients wrote."""
    if isinstance(shape, list):
        return [_of_broker(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    return {
        name: list(one.values()) if name in _KEYED_BY_DATA and isinstance(one, dict) else _of_broker(one)
        for name, one in shape.items()
        if name not in _WRITTEN_BY_CLIENTS
    }


def _kind(shape: Any) -> str:
    return "an object" if isinstance(shape, dict) else "a list" if isinstance(shape, list) else _NAMES[shape]


def _listed(headers: frozenset[str]) -> str:
    return f"the headers {', '.join(sorted(headers))}" if headers else "no headers"


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
