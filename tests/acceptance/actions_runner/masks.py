"""The runner's secret masker (`Sdk/DTLogging/Logging`): a value is hidden in its usual encodings too."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape

_TRIMMED_FROM = 8
"""Quotes around a longer value than this are taken off for one more mask."""


class Masker:
    """Hides values. A mask concerns what is written after it was added."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values: list[str] = []
        self._hidden: set[str] = set()
        for value in values:
            self.add_lines(value)

    def add(self, value: str) -> None:
        if value and value not in self.values:
            self.values.append(value)
            self._hidden.update(filter(None, _encodings(value)))

    def add_lines(self, value: str) -> None:
        """Hide a value and, as output comes in lines, each of its lines."""
        self.add(value)
        for line in value.replace("\r", "\n").split("\n"):
            self.add(line.strip())

    def mask(self, text: str) -> str:
        spans: list[list[int]] = []
        for start, end in sorted(self._found(text)):
            if spans and start <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, end])
        for start, end in reversed(spans):
            text = f"{text[:start]}***{text[end:]}"
        return text

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        for hidden in self._hidden:
            start = text.find(hidden)
            while start >= 0:
                yield start, start + len(hidden)
                start = text.find(hidden, start + 1)


def _encodings(value: str) -> Iterator[str]:
    yield value
    content = value.encode()
    for shift in range(3):
        yield base64.b64encode(content[shift:] if len(content) > shift else content).decode()
    yield value.replace('"', '\\"')
    yield value.replace("'", "''")
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield escape(value, {'"': "&quot;", "'": "&apos;"})
    if len(value) > _TRIMMED_FROM and value.startswith('"') and value.endswith('"'):
        yield value[1:-1]
