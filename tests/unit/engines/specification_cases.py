"""What a row of the specification's table is, and how it is written as an interaction of each version."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from gate.domain.results import Where
from tests.servers import Reply

ABSENT: Final = object()
"""The contract says nothing of a body, which is not the same as expecting none."""

JSON: Final = "application/json"
Matcher = Mapping[str, Any]
Rules = Mapping[str, Mapping[str, Sequence[Matcher]]]
"""By category, by path: `{"body": {"$.total": [{"match": "type"}]}}`, the way of version 3."""

Places = tuple[tuple[Where, str], ...]
"""Where mismatches are to be found, in the order of the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the consumer expects. For a message the body is its contents."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = ABSENT
    content_type: str = JSON
    """Of the body; empty for a contract that does not say."""
    encoded: str = ""
    """`base64` for a body that is written so, version 4 only."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    rules: Rules = field(default_factory=dict)
    combine: str = "AND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the consumer sends."""

    method: str = "GET"
    path: str = ""
    """Goes on behind the case's own path."""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = ABSENT
    rules: Rules = field(default_factory=dict)
    generators: Mapping[str, Any] = field(default_factory=dict)
    """As in version 3; `{case}` in it is replaced by the case's own path."""
    states: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One answer of the provider to one expectation."""

    id: str
    version: int
    """The major version of the specification."""
    kind: str
    """`http`, `message` or `synchronous message`."""
    expected: Expected
    reply: Reply
    broken: Places = ()
    """Empty for an answer that honours the contract."""
    sent: Sent = field(default_factory=Sent)
    arrives: Mapping[str, str] = field(default_factory=dict)
    """Patterns for what the provider receives: `$.v` of the `body`, a `header` X-Value, a `query` q, the `path`."""


def said(body: Any, *, content_type: str = JSON, status: int = 200, **headers: str) -> Reply:
    """Return an answer; text and bytes are sent as they are, everything else as JSON."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers={"Content-Type": content_type, **named}, body=content)


def told(contents: Any, *, content_type: str = JSON, **metadata: Any) -> Reply:
    """Return a message as a provider's message endpoint does: its metadata is packed into a header."""
    packed = base64.b64encode(json.dumps(metadata).encode()).decode()
    return said(contents, content_type=content_type, Pact_Message_Metadata=packed)


def cases(
    name: str,
    versions: Sequence[int],
    expected: Expected,
    good: Mapping[str, Reply],
    bad: Mapping[str, tuple[Reply, Places]],
    *,
    kind: str = "http",
) -> Iterator[Case]:
    """Make a case of each answer, in each version."""
    for version in versions:
        for label, answer in good.items():
            yield Case(
                id=f"v{version}-{name}-good-{label}", version=version, kind=kind, expected=expected, reply=answer
            )
        for label, (answer, broken) in bad.items():
            yield Case(
                id=f"v{version}-{name}-bad-{label}",
                version=version,
                kind=kind,
                expected=expected,
                reply=answer,
                broken=broken,
            )


def values(
    name: str,
    versions: Sequence[int],
    example: Any,
    matchers: Sequence[Matcher],
    *,
    good: Mapping[str, Any],
    bad: Mapping[str, Any],
    combine: str = "AND",
) -> Iterator[Case]:
    """Make cases of one value in a JSON body, at `$.v`.

    A bad value breaks the contract at `$.v`; a tuple of a bad value and paths breaks it at these, below `$.v`.
    """
    return cases(
        name,
        versions,
        Expected(body={"v": example}, rules={"body": {"$.v": matchers}} if matchers else {}, combine=combine),
        {label: said({"v": value}) for label, value in good.items()},
        {label: _bad_value(*(value if isinstance(value, tuple) else (value, ""))) for label, value in bad.items()},
    )


def _bad_value(value: Any, *paths: str) -> tuple[Reply, Places]:
    return said({"v": value}), tuple((Where.BODY, f"$.v{path}") for path in paths)


def written(listed: Sequence[Case], version: int) -> dict[str, Any]:
    """Write the Pact file that holds all `listed` cases, one interaction each."""
    section = "messages" if version == 3 and listed[0].kind == "message" else "interactions"
    return {
        "consumer": {"name": "web-checkout"},
        "provider": {"name": "orders-api"},
        section: [WRITERS[case.kind](case, position) for position, case in enumerate(listed)],
        "metadata": {"pactSpecification": {"version": "4.0" if version == 4 else f"{version}.0.0"}},
    }


def path_of(case: Case, position: int) -> str:
    return f"/v{case.version}/case/{position}"


def _http(case: Case, position: int) -> dict[str, Any]:
    expected, sent = case.expected, case.sent
    request: dict[str, Any] = {"method": sent.method, "path": path_of(case, position) + sent.path}
    if sent.query:
        request["query"] = (
            dict(sent.query)
            if case.version > 2
            else "&".join(f"{name}={quote(value)}" for name, many in sent.query.items() for value in many)
        )
    response: dict[str, Any] = {} if expected.status is None else {"status": expected.status}
    request |= _payload(case, sent.headers, sent.body, JSON, "")
    response |= _payload(case, expected.headers, expected.body, expected.content_type, expected.encoded)
    request |= _rules(case.version, sent.rules, "AND")
    response |= _rules(case.version, expected.rules, expected.combine)
    if sent.generators:
        request["generators"] = json.loads(json.dumps(dict(sent.generators)).replace("{case}", path_of(case, position)))
    return _frame(case, "Synchronous/HTTP") | {"request": request, "response": response}


def _payload(case: Case, headers: Mapping[str, str], body: Any, content_type: str, encoded: str) -> dict[str, Any]:
    named = dict(headers)
    if body is ABSENT:
        return {"headers": named} if named else {}
    if content_type:
        named.setdefault("Content-Type", content_type)
    if case.version < 4:
        return {"headers": named, "body": body}
    return {
        "headers": {name: [value] for name, value in named.items()},
        "body": _contents(body, content_type, encoded),
    }


def _contents(body: Any, content_type: str, encoded: str) -> dict[str, Any]:
    typed = {"contentType": content_type} if content_type else {}
    return {"content": body, **typed, "encoded": encoded or False}


def _rules(version: int, rules: Rules, combine: str) -> dict[str, Any]:
    if not rules:
        return {}
    if version == 2:
        roots = {"body": "$.body", "header": "$.headers."}
        return {
            "matchingRules": {
                roots[category] + path.removeprefix("$"): dict(matcher)
                for category, paths in rules.items()
                for path, (matcher,) in paths.items()
            }
        }
    return {
        "matchingRules": {
            category: {
                path: {"combine": combine, "matchers": [dict(matcher) for matcher in matchers]}
                for path, matchers in paths.items()
            }
            for category, paths in rules.items()
        }
    }


def _frame(case: Case, name: str) -> dict[str, Any]:
    frame: dict[str, Any] = {"description": case.id}
    if case.sent.states:
        frame["providerStates"] = [dict(state) for state in case.sent.states]
    return {"type": name, **frame} if case.version == 4 else frame


def _message(case: Case, _: int) -> dict[str, Any]:
    return _frame(case, "Asynchronous/Messages") | _message_contents(case)


def _message_contents(case: Case) -> dict[str, Any]:
    expected = case.expected
    contents = _contents(expected.body, expected.content_type, expected.encoded) if case.version == 4 else expected.body
    written = {} if expected.body is ABSENT else {"contents": contents}
    if expected.metadata:
        written["metadata"] = dict(expected.metadata)
    return written | _rules(case.version, expected.rules, expected.combine)


def _synchronous(case: Case, _: int) -> dict[str, Any]:
    request = {"contents": _contents({"order": 42}, JSON, "")}
    return _frame(case, "Synchronous/Messages") | {"request": request, "response": [_message_contents(case)]}


WRITERS: Final = {"http": _http, "message": _message, "synchronous message": _synchronous}
