"""Where in a Pact file each interaction is written."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

BLANKS: Final = re.compile(r"[ \t\n\r]*")
VALUE: Final = json.JSONDecoder()


def lines(document: bytes, sections: Sequence[str]) -> list[int]:
    """Return the line, counted from 1, on which each element of some lists of the outermost object begins.

    All of the first list come first, wherever it stands in the document. Of what is no such document nothing is found.

    Args:
        document: JSON in UTF-8.
        sections: the keys of the lists.
    """
    try:
        text = document.decode("utf-8-sig")
        found = dict(_sections(text, sections))
    except (ValueError, IndexError):
        return []
    return [line for section in sections for line in _lines(text, found.get(section, ()))]


def _lines(text: str, starts: Sequence[int]) -> Iterator[int]:
    """Count only what lies between one and the next. Inside strings JSON has no line ends."""
    line, before = 1, 0
    for start in starts:
        line += text.count("\n", before, start)
        before = start
        yield line


def _sections(text: str, sections: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Find where the elements begin: each value of the outermost object is passed over once."""
    at = _after(text, 0, "{")
    while text[at] != "}":
        key, at = VALUE.raw_decode(text, at)
        at = _after(text, at, ":")
        if key in sections and text[at] == "[":
            starts, at = _elements(text, at)
            yield key, starts
        else:
            at = VALUE.raw_decode(text, at)[1]
        at = _next(text, at)


def _elements(text: str, at: int) -> tuple[list[int], int]:
    """Return where the elements of a list begin, and where it ends."""
    starts = []
    at = _after(text, at, "[")
    while text[at] != "]":
        starts.append(at)
        at = _next(text, VALUE.raw_decode(text, at)[1])
    return starts, at + 1


def _after(text: str, at: int, sign: str) -> int:
    """Pass over a sign that has to stand next, and the blanks around it."""
    at = _blanks(text, at)
    if text[at] != sign:
        message = f"there is no {sign}"
        raise ValueError(message)
    return _blanks(text, at + 1)


def _next(text: str, at: int) -> int:
    """Pass over the comma after a value, if there is one."""
    at = _blanks(text, at)
    return _blanks(text, at + 1) if text[at] == "," else at


def _blanks(text: str, at: int) -> int:
    found = BLANKS.match(text, at)
    return at if found is None else found.end()
