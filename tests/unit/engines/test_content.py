"""What a Pact file says has one name, however it is written; what is verified otherwise has another."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.errors import ContractError
from gate.engines.pact_engine.content import content_id
from gate.engines.pact_engine.engine import PactEngine
from tests.builders import as_bytes, http, http4, pact

TYPE, RANDOM = {"$.body.id": {"match": "type"}}, {"$.body.id": {"type": "RandomInt"}}
A, B = http("a"), http("b", providerStates=[{"name": "b exists", "params": {"x": 1}}])
MESSAGE = {"description": "m", "contents": {"id": 1}}
PLUGINS = {"pactSpecification": {"version": "4.0"}, "plugins": [{"name": "protobuf", "version": "0.3"}]}


def _with_body(body: Any) -> Any:
    return pact(http(response={"status": 200, "body": body}))


def _with_metadata(**metadata: Any) -> Any:
    return pact(A, version=None, metadata=metadata)


def _turned(value: Any) -> Any:
    """Write the same JSON with all keys the other way round."""
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(one) for one in value] if isinstance(value, list) else value


def test_a_content_is_named_by_64_digits() -> None:
    name = content_id(as_bytes(pact(A)))

    assert len(name) == 64
    assert set(name) <= set("0123456789abcdef")
    assert PactEngine({}).content_id(as_bytes(pact(A))) == name


def test_the_name_of_a_content_stays_what_it_is() -> None:
    """Results are kept by it: with another name, all of a store's would be lost."""
    content = pact(B, A, http("\u00e9\U0001f600 1.50"), messages=[MESSAGE], metadata=PLUGINS)

    assert content_id(as_bytes(content)) == "6858ce67825cc198ee90fa22b04e33792fd173729a54cb5f6ad2f6f6c8b82194"


EQUAL: dict[str, tuple[Any, Any]] = {
    "keys in another order": (pact(A, B), _turned(pact(A, B))),
    "interactions in another order": (pact(A, B), pact(B, A)),
    "three in another order": (pact(A, B, A), pact(A, A, B)),
    "messages in another order": (
        pact(messages=[MESSAGE, MESSAGE | {"description": "n"}]),
        pact(messages=[MESSAGE | {"description": "n"}, MESSAGE]),
    ),
    "libraries": (
        _with_metadata(pactSpecification={"version": "3.0.0"}, **{"pact-js": {"version": "1"}}),
        _with_metadata(pactSpecification={"version": "3.0.0"}, **{"pact-jvm": {"version": "2"}, "x": [1]}),
    ),
    "a library or none": (
        _with_metadata(pactSpecification={"version": "3.0.0"}, client={"name": "x"}),
        _with_metadata(pactSpecification={"version": "3.0.0"}),
    ),
    "a number with more digits": (_with_body({"id": 1.5}), b"1.50"),
    "a number with an exponent": (_with_body({"id": 100.0}), b"1e2"),
    "letters as escapes": (_with_body({"id": "\u00e9/"}), b'"\\u00E9\\/"'),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_how_it_is_written_does_not_matter(one: Any, other: Any) -> None:
    written = as_bytes(one)
    if isinstance(other, bytes):
        value = as_bytes(one["interactions"][0]["response"]["body"]["id"])
        rewritten = written.replace(b'"id": ' + value, b'"id": ' + other)
        assert rewritten != written
    else:
        rewritten = as_bytes(other)

    assert content_id(rewritten) == content_id(written)


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_blanks_do_not_matter(indent: Any) -> None:
    assert content_id(json.dumps(pact(A, B), indent=indent).encode() + b"\r\n") == content_id(as_bytes(pact(A, B)))


OTHER: dict[str, tuple[Any, Any]] = {
    "the specification": (pact(A, version="2.0.0"), pact(A, version="3.0.0")),
    "the specification, or none": (pact(A), pact(A, version=None)),
    "the specification in its old places": (
        _with_metadata(**{"pact-specification": {"version": "2.0.0"}}),
        _with_metadata(**{"pact-specification": {"version": "3.0.0"}}),
    ),
    "the specification in its oldest place": (
        _with_metadata(pactSpecificationVersion="2.0.0"),
        _with_metadata(pactSpecificationVersion="3.0.0"),
    ),
    "plugins": (
        pact(http4(), version=None, metadata=PLUGINS),
        pact(http4(), version=None, metadata=PLUGINS | {"plugins": [{"name": "protobuf", "version": "0.4"}]}),
    ),
    "plugins or none": (
        pact(http4(), version=None, metadata=PLUGINS),
        pact(http4(), version=None, metadata={"pactSpecification": {"version": "4.0"}}),
    ),
    "the consumer": (pact(A, consumer="a"), pact(A, consumer="b")),
    "the provider": (pact(A, provider="a"), pact(A, provider="b")),
    "one more": (pact(A), pact(A, B)),
    "one twice": (pact(A), pact(A, A)),
    "none": (pact(), pact(A)),
    "messages": (pact(messages=[MESSAGE]), pact(messages=[MESSAGE | {"contents": {"id": 2}}])),
    "messages for interactions": (pact(messages=[]), pact()),
    "a kind of number": (_with_body({"id": 1}), _with_body({"id": 1.0})),
    "a truth for a number": (_with_body({"id": 1}), _with_body({"id": True})),
    "a text for a number": (_with_body({"id": 1}), _with_body({"id": "1"})),
    "null for nothing": (_with_body({"id": None}), _with_body({})),
    "no body": (_with_body(None), pact(http(response={"status": 200}))),
    "a large number": (_with_body({"id": 2**63}), _with_body({"id": 2**63 + 1})),
    "a list in another order": (_with_body([1, 2]), _with_body([2, 1])),
    "states in another order": (
        pact(http(providerStates=[{"name": "a"}, {"name": "b"}])),
        pact(http(providerStates=[{"name": "b"}, {"name": "a"}])),
    ),
    "a description": (pact(http("a")), pact(http("A"))),
    "blanks in a text": (pact(http("a b")), pact(http("a  b"))),
    "another form of letters": (pact(http("\u00e9")), pact(http("e\u0301"))),
    "a matching rule": (pact(A), pact(A | {"response": A["response"] | {"matchingRules": TYPE}})),
    "a generator": (pact(A), pact(A | {"response": A["response"] | {"generators": RANDOM}})),
    "pending": (pact(http4(), version="4.0"), pact(http4(pending=True), version="4.0")),
    "a key of its author's": (pact(A), pact(A, createdAt="2026-11-22")),
    "metadata that is none": (pact(A, version=None, metadata=[]), pact(A, version=None, metadata=[1])),
    "an order inside of what is no list of interactions": (
        pact(A, interactions={"a": [1, 2]}),
        pact(A, interactions={"a": [2, 1]}),
    ),
}


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_what_it_says_does_matter(one: Any, other: Any) -> None:
    assert content_id(as_bytes(one)) != content_id(as_bytes(other))


NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def _plain(value: Any) -> Any:
    """Tell apart what Python takes for equal: 1, 1.0 and True; 0.0 and -0.0."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else repr(value)


@given(st.lists(JSON, max_size=3), st.lists(JSON, max_size=3))
def test_equal_names_are_those_of_equal_contents(one: list[Any], other: list[Any]) -> None:
    same = content_id(as_bytes(_with_body(one))) == content_id(as_bytes(_with_body(other)))

    assert same is (_plain(one) == _plain(other))


@given(st.permutations([http(str(number)) for number in range(5)]))
def test_no_order_of_interactions_matters(interactions: list[Any]) -> None:
    assert content_id(as_bytes(pact(*interactions))) == content_id(as_bytes(pact(*sorted(interactions, key=str))))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a":' * 10_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_does_not_mean_the_same_to_every_reader_has_no_name(document: bytes) -> None:
    with pytest.raises(ContractError):
        content_id(document)
