import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gate.engines.pact_engine.chunks import CHUNK_SIZE, Chunk, cut, one_by_one
from gate.engines.pact_engine.document import PactDocument, read
from tests.builders import as_bytes, http, pact

MESSAGE = {"description": "paid", "contents": {"a": 1}}
POST: dict[str, Any] = {"request": {"method": "POST", "path": "/orders"}}


def _cut(document: PactDocument, *, sets_up_states: bool = True) -> list[Chunk]:
    return list(cut(document, [(n, n) for n in range(len(document.parts))], sets_up_states=sets_up_states))


def _shape(chunks: list[Chunk]) -> list[list[int]]:
    return [[part.interaction.position for part in chunk.parts] for chunk in chunks]


def test_a_chunk_is_a_pact_file_with_its_interactions_alone() -> None:
    content = pact(*(http(f"number {number}") for number in range(CHUNK_SIZE + 1)))

    _, last = _cut(read(as_bytes(content)))

    assert json.loads(last.text) == content | {"interactions": [content["interactions"][-1]]}


def test_messages_and_http_never_share_a_chunk() -> None:
    chunks = _cut(read(as_bytes(pact(http(), http(), messages=[MESSAGE, MESSAGE]))))

    assert _shape(chunks) == [[0, 1], [2, 3]]
    assert [chunk.is_messages for chunk in chunks] == [False, True]
    assert "interactions" not in json.loads(chunks[1].text)


def test_what_must_not_be_repeated_stands_alone_and_in_order() -> None:
    chunks = _cut(read(as_bytes(pact(http(), http(**POST), http(**POST), http(), http()))))

    assert _shape(chunks) == [[0], [1], [2], [3, 4]]
    assert [chunk.separable for chunk in chunks] == [False, False, False, True]


def test_only_a_state_that_is_set_up_anew_makes_an_unsafe_method_repeatable() -> None:
    document = read(as_bytes(pact(http(**POST, providerState="x"), http(**POST, providerState="x"))))

    assert _shape(_cut(document)) == [[0, 1]]
    assert _shape(_cut(document, sets_up_states=False)) == [[0], [1]]


def test_a_chunk_comes_apart_into_its_interactions() -> None:
    document = read(as_bytes(pact(http("a"), http("b"))))

    assert _shape(list(one_by_one(_cut(document)[0]))) == [[0], [1]]


interactions = st.lists(st.sampled_from([http(), http(**POST), http(**POST, providerState="x")]), max_size=60)


@given(interactions, st.lists(st.just(MESSAGE), max_size=30))
def test_every_interaction_is_in_exactly_one_chunk(http_: list[Any], messages: list[Any]) -> None:
    chunks = _cut(read(as_bytes(pact(*http_, messages=messages))))

    assert [position for chunk in _shape(chunks) for position in chunk] == list(range(len(http_) + len(messages)))
    assert all(len(chunk.parts) <= CHUNK_SIZE for chunk in chunks)
