"""The line that is told for an interaction is the one on which it stands."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.engines.pact_engine.document import SECTIONS, read
from gate.engines.pact_engine.engine import PactEngine
from gate.engines.pact_engine.lines import lines
from tests.builders import as_bytes, contract, http, pact

TEXT = st.text(alphabet=st.sampled_from('aé\u2028\x85"\\{[]},:\n\r'), max_size=4)
VALUES = st.recursive(
    TEXT | st.integers(-3, 3) | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT | st.sampled_from(SECTIONS), inner, max_size=3)
        | st.fixed_dictionaries({"interactions": st.lists(inner, max_size=2)})
    ),
    max_leaves=8,
)
WRITTEN: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "on one line": {},
    "pretty": {"indent": 2},
    "pretty, with every letter": {"indent": 2, "ensure_ascii": False},
    "with tabs": {"indent": "\t"},
    "every value on a line of its own": {"indent": 0},
}
ENDS = {"LF": "\n", "CRLF": "\r\n", "blank lines": "\n\n \n\t"}


def _marked(elements: list[Any], section: str) -> list[Any]:
    """Have each element begin with a word by which it is found again."""
    return [{f"mark of {section} {number}": element} for number, element in enumerate(elements)]


@given(
    before=st.dictionaries(TEXT, VALUES, max_size=2),
    between=VALUES,
    interactions=st.lists(VALUES, max_size=4),
    messages=st.lists(VALUES, max_size=4),
    messages_first=st.booleans(),
    how=st.sampled_from(sorted(WRITTEN)),
    end=st.sampled_from(sorted(ENDS)),
    ahead=st.sampled_from(["", "\ufeff", "\n\n ", "\r\n"]),
)
def test_an_element_stands_on_its_line(
    *,
    before: dict[str, Any],
    between: Any,
    interactions: list[Any],
    messages: list[Any],
    messages_first: bool,
    how: str,
    end: str,
    ahead: str,
) -> None:
    marked = {"interactions": _marked(interactions, "interactions"), "messages": _marked(messages, "messages")}
    sections = SECTIONS[::-1] if messages_first else SECTIONS
    content = {**before, sections[0]: marked[sections[0]], "between": between, sections[1]: marked[sections[1]]}
    # No string of JSON holds a line end: those of the text are all between its values.
    text = ahead + json.dumps(content, **WRITTEN[how]).replace("\n", ENDS[end])

    expected = []
    for section in SECTIONS:
        for number in range(len(marked[section])):
            begins = text.rindex("{", 0, text.index(f'"mark of {section} {number}"'))
            expected.append(text[:begins].count("\n") + 1)
    assert lines(text.encode(), SECTIONS) == expected


@given(VALUES)
def test_what_is_no_object_has_no_lines(value: Any) -> None:
    document = as_bytes([value])

    assert lines(document, SECTIONS) == []
    assert lines(document[:-1], SECTIONS) == []


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        b"{",
        b'{"interactions"',
        b'{"interactions": [',
        b'{"interactions": [{}',
        b'{"interactions" [1]}',
        b'{"interactions": [}',
        b"null",
    ],
)
def test_what_is_not_whole_has_no_lines(document: bytes) -> None:
    assert lines(document, SECTIONS) == []


def test_a_list_that_is_none_has_no_lines() -> None:
    document = b'{"interactions": null, "messages": {"interactions": [1]}, "x": [2],\n"m": [3]}'

    assert lines(document, SECTIONS) == []
    assert lines(document, ("x", "m")) == [1, 2]


def test_a_key_that_is_written_otherwise_is_the_same_key() -> None:
    assert lines(b'{\n"interactio\\u006es":[\n1]}', SECTIONS) == [3]


def test_a_large_document_is_walked_through_once() -> None:
    content = {"interactions": [{"a": ["x" * 50] * 5}] * 20_000}

    assert lines(as_bytes(content), SECTIONS) == [1] * 20_000
    found = lines(json.dumps(content, indent=1).encode(), SECTIONS)
    assert (len(found), found[0], found[-1]) == (20_000, 3, 3 + 19_999 * 9)


def test_an_interaction_has_the_line_of_its_object() -> None:
    twice = pact(http("the same"), http("the same"), messages=[{"description": "the same", "contents": {"id": 1}}])
    document = json.dumps(twice, indent=2).encode()
    found = PactEngine({}).interactions(contract(document, file="pacts/web.json"))

    text = document.decode().splitlines()
    assert [text[one.line - 1].strip() for one in found] == ["{"] * 3
    assert [text[one.line].strip() for one in found] == ['"description": "the same",'] * 3
    assert len({one.line for one in found}) == 3


def test_nobody_looks_for_the_lines_of_what_is_no_file() -> None:
    document = as_bytes(pact(http()))

    assert [one.line for one in PactEngine({}).interactions(contract(document))] == [0]
    assert [part.interaction.line for part in read(document).parts] == [0]
    assert [part.interaction.line for part in read(document, with_lines=True).parts] == [1]
