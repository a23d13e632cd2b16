"""When two interactions are the same to a provider."""

from typing import Any

import pytest

from gate.engines.pact_engine.document import read
from tests.builders import as_bytes, http, http4, pact


def _sameness(one: Any, version: str = "3.0.0", **more: Any) -> str:
    content = pact(one, **more)
    content["metadata"] = {"pactSpecification": {"version": version}}
    return read(as_bytes(content)).parts[0].interaction.sameness


RULES = {"body": {"$.id": {"matchers": [{"match": "type"}], "combine": "AND"}}}
STATES = [{"name": "a", "params": {"n": 1}}, {"name": "b"}]


@pytest.mark.parametrize(
    "other",
    [
        http("another description"),
        http(_id="another"),
        http(key="another", comments={"text": ["x"]}),
        dict(reversed(http().items())),
        http(pending=True),
    ],
)
def test_what_makes_no_difference_to_a_provider(other: Any) -> None:
    assert _sameness(other) == _sameness(http()) != ""


@pytest.mark.parametrize(
    "other",
    [
        http(request={"method": "POST", "path": "/orders/42"}),
        http(request={"method": "GET", "path": "/orders/43"}),
        http(request={"method": "GET", "path": "/orders/42", "headers": {"X": "1"}}),
        http(request={"method": "GET", "path": "/orders/42", "query": {"a": ["1"]}}),
        http(response={"status": 201, "body": {"id": 42}}),
        http(response={"status": 200, "body": {"id": 42.0}}),
        http(response={"status": 200, "body": {"id": "42"}}),
        http(response={"status": 200, "body": {"id": True}}),
        http(response={"status": 200, "body": {"id": 42}, "matchingRules": RULES}),
        http(providerStates=STATES),
        http(providerStates=list(reversed(STATES))),
        http(providerStates=[{"name": "a", "params": {"n": 2}}, {"name": "b"}]),
        http(something="that nobody knows"),
    ],
)
def test_what_makes_one(other: Any) -> None:
    assert _sameness(other) not in {_sameness(http()), ""}


def test_the_version_of_the_specification_is_part_of_it() -> None:
    assert _sameness(http(), "2.0.0") != _sameness(http(), "3.0.0")


def test_the_order_of_states_is_part_of_it() -> None:
    assert _sameness(http(providerStates=STATES)) != _sameness(http(providerStates=list(reversed(STATES))))


def test_neither_consumer_nor_the_library_that_wrote_it_is() -> None:
    content = pact(http(), consumer="another")
    content["metadata"]["pact-js"] = {"version": "13.0.0"}

    assert read(as_bytes(content)).parts[0].interaction.sameness == _sameness(http())


@pytest.mark.parametrize(
    ("generator", "fixed"),
    [("ProviderState", True), ("MockServerURL", True)]
    + [
        (name, False)
        for name in (
            "RandomInt",
            "RandomDecimal",
            "RandomHexadecimal",
            "RandomString",
            "Regex",
            "Uuid",
            "Date",
            "Time",
            "DateTime",
            "RandomBoolean",
            "OfTomorrow",
        )
    ],
)
@pytest.mark.parametrize("where", ["request", "response"])
def test_what_generates_a_value_is_like_no_other(generator: str, where: str, *, fixed: bool) -> None:
    made = {"body": {"$.type": {"type": generator, "expression": "x"}}, "header": {"type": {"type": generator}}}
    one = http()
    one[where] = {**one[where], "generators": made}

    assert bool(_sameness(one)) is fixed


def test_a_generator_of_a_path_has_no_path_of_its_own() -> None:
    one = http()
    one["request"] = {**one["request"], "generators": {"path": {"type": "Uuid"}}}

    assert _sameness(one) == ""


@pytest.mark.parametrize("kind", ["diesel", ["diesel", "gas"], 3, None])
def test_a_body_that_speaks_of_generators_is_taken_for_one(kind: Any) -> None:
    one = http(response={"status": 200, "body": {"generators": [{"type": kind}]}})

    assert _sameness(one) == ""


def test_a_message_is_asked_for_by_its_description() -> None:
    first, second = ({"description": name, "contents": {"a": 1}} for name in ("paid", "sent"))
    content = pact(messages=[first, second, first])
    names = [part.interaction.sameness for part in read(as_bytes(content)).parts]

    assert names[0] == names[2] != names[1]


def test_only_a_message_that_is_not_answered_is_harmless() -> None:
    asynchronous = {
        "type": "Asynchronous/Messages",
        "description": "paid",
        "contents": {"content": 1, "contentType": "x"},
    }
    synchronous = {
        "type": "Synchronous/Messages",
        "description": "pay",
        "request": {"contents": {"content": 1, "contentType": "x"}},
        "response": [{"contents": {"content": 1, "contentType": "x"}}],
    }
    content = pact(asynchronous, synchronous, http4())
    content["metadata"] = {"pactSpecification": {"version": "4.0"}}

    assert [part.interaction.harmless for part in read(as_bytes(content)).parts] == [True, False, True]
