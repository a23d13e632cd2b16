"""Everything that the engine would misread, skip or choke on is refused by name (facts of the engine, section 2)."""

from typing import Any

import pytest

from gate.domain.contracts import Kind, Parties
from gate.domain.errors import ContractError
from gate.engines.pact_engine.document import at_path, expected_body, parties, read
from tests.builders import as_bytes, http, http4, pact


def _refusal(document: bytes) -> str:
    with pytest.raises(ContractError) as refused:
        read(document)
    assert refused.value.remedy
    return refused.value.what


def _nested(levels: int) -> Any:
    return {"body": _nested(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (b"", "the file is empty."),
        (b"  \n", "the file is empty."),
        (b"# Pacts\n", "the file is not JSON, perhaps truncated: Expecting value: line 1 column 1 (char 0)."),
        (as_bytes(pact(http()))[:-40], "the file is not JSON, perhaps truncated: "),
        (b"\xef\xbb\xbf{}", "the file is not JSON, perhaps truncated: Unexpected UTF-8 BOM"),
        ('{"consumer": 1}'.encode("utf-16"), "the file is not UTF-8 text."),
        (b"[]", "this is no contract: a Pact file is a JSON object."),
        (b'{"hello": 1}', "this is no contract: a Pact file names a consumer and a provider."),
        (b'{"consumer": {"name": ""}, "provider": {"name": "x"}}', "this is no contract: a Pact file names"),
        (b'{"consumer": "web", "provider": {"name": "x"}}', "this is no contract: a Pact file names"),
        (b'{"interactions": [1], "interactions": []}', "the key 'interactions' stands twice in one object."),
        (b'{"a": NaN}', "NaN is no JSON number."),
        (b'{"a": 1e999}', "the number 1e999 is out of range."),
        (b'{"a": -1e999}', "the number -1e999 is out of range."),
        (b'{"a": 18446744073709551616}', "the number 18446744073709551616 is out of range."),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "it is nested more than 100 levels deep."),
        (as_bytes(_nested(101)), "it is nested more than 100 levels deep."),
        (b'{"a": "\\ud800"}', "it has half of a surrogate pair in a string, which is no text."),
        (b'{"a": ' + b"1" * 5000 + b"}", "the file is not JSON, perhaps truncated: the number 1111111111"),
    ],
)
def test_what_is_no_contract_is_refused(document: bytes, what: str) -> None:
    assert what in _refusal(document)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (
            pact(http(), version="9.0"),
            "it follows version '9.0' of the Pact specification, and the engine knows 1 to 4.",
        ),
        (pact(http(), version="banana"), "it follows version 'banana'"),
        (pact(metadata={"pact-specification": {"version": 3}}), "it follows version 3 "),
        (pact(metadata={"pactSpecificationVersion": "0"}), "it follows version '0' "),
        (pact(metadata=[1]), "its metadata is no JSON object."),
        (
            pact(http4(), metadata={"plugins": [{"name": "protobuf", "version": "0.3"}]}),
            "it needs the Pact plugin protobuf 0.3, and this gate runs no plugins.",
        ),
        (pact(metadata={"plugins": {"name": "csv"}}), "it needs the Pact plugin csv,"),
        (pact(metadata={"plugins": ["csv"]}), "it needs the Pact plugin that it names,"),
        (
            pact(http4(pluginConfiguration={"protobuf": {}}), version="4.0"),
            "interaction 1 needs the Pact plugin protobuf, and this gate runs no plugins.",
        ),
        (pact(http4(transport="grpc"), version="4.0"), "interaction 1: transport: Input should be 'http', 'https'"),
        (pact(interactions={}), "its interactions are no JSON list."),
        (pact(messages="x"), "its messages are no JSON list."),
        (pact(messages=[{"description": "m"}], version="2.0.0"), "it has messages in the way of version 3 and says"),
        (pact("x"), "interaction 1 is no JSON object."),
        (pact(http4(), {"description": "d"}, version="4.0"), "interaction 2 has the type None; version 4 of the"),
        (pact(http4(type="Telepathy"), version="4.0"), "interaction 1 has the type 'Telepathy'"),
    ],
)
def test_a_contract_that_the_engine_cannot_be_trusted_with_is_refused(content: Any, what: str) -> None:
    assert _refusal(as_bytes(content)).startswith(what)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"request": {"method": "FO O", "path": "/"}}, "request.method: String should match pattern"),
        ({"request": {"method": 3}}, "request.method: Input should be a valid string"),
        ({"request": {"path": 3}}, "request.path: Input should be a valid string"),
        ({"request": {"path": "/\0"}}, "request.path: must not contain the NUL character"),
        ({"request": None}, "request: "),
        ({"response": {"status": "200"}}, "response.status: Input should be a valid integer"),
        ({"response": {"status": 200.5}}, "response.status: "),
        ({"response": {"status": 0}}, "response: the status 0 is none that HTTP has, and no rule decides it"),
        ({"response": {"status": 600}}, "response: the status 600 is none that HTTP has"),
        ({"type": "Synchronous/HTTP"}, "is written in the way of version 4, and the file's metadata does not say"),
        ({"response": {"headers": ["X"]}}, "response.headers: Input should be a valid dictionary"),
        ({"response": {"headers": {"X": 3}}}, "response.headers.X: must be a text or a list of texts"),
        ({"response": {"headers": {"X": "ü"}}}, "response.headers.X.0: must be one line of ASCII"),
        ({"request": {"headers": {"X": ["a\nb"]}}}, "request.headers.X.0: "),
        ({"response": {"matchingRules": []}}, "response.matchingRules: Input should be a valid dictionary"),
        (
            {"response": {"matchingRules": {"boddy": {}}}},
            "response.matchingRules: has no category 'boddy'",
        ),
        ({"description": None}, "description: Input should be a valid string"),
        ({"description": "a\0b"}, "description: must not contain the NUL character"),
        ({"providerStates": [{"params": {}}]}, "providerStates.0.name: Field required"),
        ({"providerStates": 3}, "providerStates: "),
    ],
)
def test_a_malformed_interaction_is_refused_with_its_place(change: dict[str, Any], what: str) -> None:
    refusal = _refusal(as_bytes(pact(http(), http(**change))))
    assert refusal.removeprefix("interaction 2").lstrip(": ").startswith(what)


def test_a_status_that_a_rule_decides_needs_no_example() -> None:
    rules = {"status": {"$": {"matchers": [{"match": "statusCode", "status": "clientError"}]}}}
    part = read(as_bytes(pact(http4(response={"status": 0, "matchingRules": rules}), version="4.0"))).parts[0]

    assert not part.expects_redirect


@pytest.mark.parametrize(
    ("response", "redirect"),
    [
        ({"status": 302}, True),
        ({"status": 200}, False),
        (
            {
                "status": 0,
                "matchingRules": {"status": {"$": {"matchers": [{"match": "statusCode", "status": "redirect"}]}}},
            },
            True,
        ),
    ],
)
def test_an_expected_redirect_is_recognised(response: dict[str, Any], *, redirect: bool) -> None:
    assert read(as_bytes(pact(http(response=response)))).parts[0].expects_redirect is redirect


def test_the_categories_of_a_requests_rules_decide_nothing() -> None:
    request_ = {"method": "GET", "path": "/", "matchingRules": {"headers": {}}}

    assert read(as_bytes(pact(http(request=request_)))).parts


def test_a_version_of_null_is_no_version() -> None:
    assert read(as_bytes(pact(http(), metadata={"pact-specification": {"version": None}}))).parts


@pytest.mark.parametrize("version", [None, "1.0.0", "1.1", "2.0.0", "3.0", "3.0.0"])
def test_versions_before_4_are_read_alike(version: str | None) -> None:
    document = read(as_bytes(pact(http(), version=version)))

    assert [part.interaction.kind for part in document.parts] == [Kind.HTTP]


def test_parties_are_named_whatever_else_is_wrong() -> None:
    assert parties(as_bytes(pact("x", version="9"))) == Parties(consumer="web-checkout", provider="orders-api")


def test_a_version_4_file_may_hold_all_kinds() -> None:
    content = {"contentType": "application/json", "encoded": False, "content": {"a": 1}}
    asynchronous = {"type": "Asynchronous/Messages", "description": "paid", "contents": content}
    synchronous = {
        "type": "Synchronous/Messages",
        "description": "quote",
        "request": {"contents": content},
        "response": [{"contents": content}],
    }

    document = read(as_bytes(pact(http4(), asynchronous, synchronous, version="4.0")))

    assert [(part.interaction.kind, part.interaction.request_line) for part in document.parts] == [
        (Kind.HTTP, "GET /orders/42"),
        (Kind.ASYNCHRONOUS_MESSAGE, "message: paid"),
        (Kind.SYNCHRONOUS_MESSAGE, "message: quote"),
    ]
    assert [expected_body(part.raw) for part in document.parts] == [{"id": 42}, {"a": 1}, {"a": 1}]


def test_a_version_3_file_keeps_its_messages_beside_its_interactions() -> None:
    document = read(as_bytes(pact(http(), messages=[{"description": "paid", "contents": {"a": 1}}])))

    assert [(part.section, part.interaction.position) for part in document.parts] == [
        ("interactions", 0),
        ("messages", 1),
    ]


@pytest.mark.parametrize(
    ("given", "states"),
    [
        ({}, ()),
        ({"providerState": "a"}, ("a",)),
        ({"provider_state": "a"}, ("a",)),
        ({"providerStates": "a"}, ("a",)),
        ({"providerStates": None, "providerState": "a"}, ("a",)),
        ({"providerState": None}, ()),
        ({"providerStates": [{"name": "a"}, {"name": "b", "params": {"id": 1}}]}, ("a", "b")),
    ],
)
def test_provider_states_in_the_spelling_of_every_version(given: dict[str, Any], states: tuple[str, ...]) -> None:
    assert read(as_bytes(pact(http(**given)))).parts[0].interaction.states == states


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({}, "GET /"),
        ({"method": "post", "path": "/a"}, "POST /a"),
        ({"path": "/a", "query": "b=1&c=2"}, "GET /a?b=1&c=2"),
        ({"path": "/a", "query": {"b": ["1", "2"], "c": "3"}}, "GET /a?b=1&b=2&c=3"),
        ({"path": "/a", "query": None}, "GET /a"),
    ],
)
def test_request_lines(request_: dict[str, Any], line: str) -> None:
    assert read(as_bytes(pact(http(request=request_)))).parts[0].interaction.request_line == line


@pytest.mark.parametrize(("method", "harmless"), [("GET", True), ("head", True), ("POST", False), ("delete", False)])
def test_only_a_safe_method_is_harmless(method: str, *, harmless: bool) -> None:
    assert read(as_bytes(pact(http(request={"method": method})))).parts[0].interaction.harmless is harmless


QUERY = "request.query: is no query that the engine sends whole"


@pytest.mark.parametrize(
    "query", ["?a=1", "flag", "a=1&flag", {"a": 1}, {"a": []}, {"a": [None]}, {"a": [1]}, {"a": {}}]
)
def test_a_query_that_would_be_sent_in_part_is_refused(query: Any) -> None:
    assert QUERY in _refusal(as_bytes(pact(http(request={"path": "/", "query": query}))))


def test_a_query_of_version_3_is_refused_before_it() -> None:
    content = pact(http(request={"path": "/", "query": {"a": ["1"]}}), version="2.0.0")

    assert "writes its query in the way of version 3, which the engine drops" in _refusal(as_bytes(content))


@pytest.mark.parametrize(
    "matcher",
    [
        {"match": "statusCode", "status": "success"},
        {"match": "eachKey"},
        {"match": "eachValue", "rules": []},
        {"match": "include", "value": ""},
        {"match": "arrayContains", "variants": []},
    ],
)
def test_a_rule_that_compares_nothing_is_refused(matcher: dict[str, Any]) -> None:
    new = {"status": 200, "body": {"a": 1}, "matchingRules": {"body": {"$.a": {"matchers": [matcher]}}}}
    old = {"status": 200, "body": {"a": 1}, "matchingRules": {"$.body.a": matcher}}

    for response in (new, old):
        assert f"has a rule '{matcher['match']}' that compares nothing" in _refusal(
            as_bytes(pact(http(response=response)))
        )


TYPE_ALONE = {"contentType": "application/json"}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "Asynchronous/Messages"},
        {"type": "Asynchronous/Messages", "content": {"a": 1}},
        {"type": "Asynchronous/Messages", "contents": None},
        {"type": "Asynchronous/Messages", "contents": TYPE_ALONE},
        {"type": "Synchronous/Messages", "request": {}, "response": [{}]},
        {"type": "Synchronous/Messages", "request": {}, "response": [{"contents": TYPE_ALONE}]},
        {"type": "Synchronous/HTTP", "request": {}, "response": {"body": TYPE_ALONE}},
    ],
)
def test_what_expects_nothing_is_refused(message: dict[str, Any]) -> None:
    refusal = _refusal(as_bytes(pact({"description": "paid"} | message, version="4.0")))

    assert "expects nothing of the message" in refusal or "has a contentType and no content" in refusal


def test_metadata_alone_is_something_to_expect() -> None:
    assert read(as_bytes(pact(messages=[{"description": "paid", "metaData": {"topic": "orders"}}]))).parts


def test_an_interaction_cannot_call_itself_pending() -> None:
    assert "pending" not in read(as_bytes(pact(http4(pending=True), version="4.0"))).parts[0].raw


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", {"items": [{"unit price": 3}], "a": {"b": 1}}),
        ("$.a.b", 1),
        ("$.items[0]['unit price']", 3),
        ("$.items[3]", None),
        ("$.a.b.c", None),
    ],
)
def test_a_mismatchs_path_leads_through_the_example(path: str, value: Any) -> None:
    assert at_path({"items": [{"unit price": 3}], "a": {"b": 1}}, path) == value


def test_there_is_no_expected_body_where_there_is_no_response_object() -> None:
    assert expected_body({"response": []}) is None


@pytest.mark.parametrize(
    ("named", "identifier"),
    [
        ({"_id": "a1b2"}, "a1b2"),
        ({}, ""),
        ({"_id": ""}, ""),
        ({"_id": None}, ""),
        ({"_id": 5}, ""),
        ({"_id": ["a"]}, ""),
        ({"_id": {"a": "b"}}, ""),
        ({"id": "a1b2"}, ""),
    ],
)
def test_an_interaction_has_the_name_that_the_store_gave_it(named: dict[str, Any], identifier: str) -> None:
    documents = [
        pact(http(**named)),
        pact(http4(**named), version="4.0"),
        pact(messages=[{"description": "paid", "contents": {"a": 1}} | named]),
    ]

    assert [read(as_bytes(one)).parts[0].interaction.identifier for one in documents] == [identifier] * 3
