"""A request that found its place, and the answers that the broker gives, errors in all their shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from tests.pact_broker.pact_shapes import PactShapes
from tests.pact_broker.shapes import Shapes
from tests.pact_broker.state import State
from tests.servers import Reply

Json = dict[str, Any]
Errors = dict[str, list[str]]

HAL: Final = "application/hal+json;charset=utf-8"
JSON: Final = "application/json;charset=utf-8"
PROBLEM: Final = "application/problem+json;charset=utf-8"
TEXT: Final = "text/plain;charset=utf-8"

_NOT_FOUND = "The requested document was not found on this server."
_REFERENCE = "vajKEIeamk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to a known address, in a form that is accepted."""

    state: State
    base: str
    """The address of the broker in the links of the answer."""
    path: str
    """Below the base, as it was sent."""
    query_string: str
    arguments: Mapping[str, str]
    body: Any
    accept: str

    @property
    def shapes(self) -> Shapes:
        return Shapes(self.base)

    @property
    def pact_shapes(self) -> PactShapes:
        return PactShapes(self.shapes)

    @property
    def query(self) -> dict[str, str]:
        found = parse_qs(self.query_string, keep_blank_values=True)
        return {name: values[-1] for name, values in found.items()}

    @property
    def fields(self) -> Json:
        """The body, which may be missing where nothing in it is needed."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def url(self) -> str:
        """The address that was asked for, with its query."""
        return self.base + self.path + (f"?{self.query_string}" if self.query_string else "")


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818
    """An answer that is an error: how it looks, and how for those who accept problem+json."""

    status: int
    body: Any = b""
    content_type: str | None = HAL
    problem: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def reply(self, base: str, accept: str) -> Reply:
        body, kind = self.body, self.content_type
        if self.problem is not None and "application/problem+json" in accept:
            body, kind = _placed(self.problem, base), PROBLEM
        types = {} if kind is None else {"Content-Type": kind}
        return Reply(status=self.status, body=body, headers={**types, **self.headers})


def hal(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None, kind: str = HAL) -> Reply:
    return Reply(status=status, body=body, headers={"Content-Type": kind, **(headers or {})})


def created(body: Any, location: str) -> Reply:
    return hal(body, status=201, headers={"Location": location})


def text(content: str) -> Reply:
    return hal(content.encode(), kind=TEXT)


def gone() -> Reply:
    return Reply(status=204)


def missing() -> Refused:
    """Nothing has this address."""
    problem = {"title": "404 Not Found", "type": "{base}/problems/not-found", "detail": _NOT_FOUND, "status": 404}
    return Refused(404, {"error": _NOT_FOUND}, content_type=JSON, problem=problem)


def unknown(sentence: str) -> Refused:
    """There is no such application."""
    problem = {"title": "Not found", "type": "{base}/problem/not-found", "detail": sentence, "status": 404}
    return Refused(404, {"error": sentence}, problem=problem)


def unclear(sentence: str, *, status: int = 400) -> Refused:
    """The request cannot be understood, or must not be done. The problem says 500, whatever the status."""
    problem = {"title": "Server error", "type": "{base}/problem/server-error", "detail": sentence, "status": 500}
    return Refused(status, {"error": sentence}, problem=problem)


def invalid(errors: Errors | Sequence[str], *, status: int = 400) -> Refused:
    """Something in the request is against the rules."""
    listed = errors if isinstance(errors, dict) else list(errors)
    pairs = [(name, one) for name, many in errors.items() for one in many] if isinstance(errors, dict) else []
    problems = [_problem(name, one) for name, one in pairs] or [_problem(None, one) for one in errors]
    problem = {
        "title": "Validation errors",
        "type": "{base}/problems/validation-error",
        "status": status,
        "instance": "/",
        "errors": problems,
    }
    return Refused(status, {"errors": listed}, problem=problem)


def broken() -> Refused:
    """Something went wrong in the broker."""
    sentence = f"An error has occurred. The details have been logged with the reference {_REFERENCE}"
    problem = {"title": "Server error", "type": "/problems/server-error", "detail": sentence, "status": 500}
    return Refused(500, {"error": {"message": sentence, "reference": _REFERENCE}}, problem=problem)


def _problem(name: str | None, sentence: str) -> Json:
    kind = "missing-body-property" if sentence == "is missing" else "invalid-body-property-value"
    detail, _, place = sentence.partition(" (at index ")
    problem = {"type": f"{{base}}/problems/{kind}", "title": "Invalid body parameter", "detail": detail}
    if name is None:
        return problem
    return {**problem, "pointer": f"/{name}" + (f"/{place.removesuffix(')')}" if place else "")}


def _placed(problem: Any, base: str) -> Any:
    """Put the broker's address into the types."""
    if isinstance(problem, dict):
        return {name: _placed(value, base) for name, value in problem.items()}
    if isinstance(problem, list):
        return [_placed(one, base) for one in problem]
    return problem.replace("{base}", base) if isinstance(problem, str) else problem
