"""Workflow commands: how the runner reads them from one line of a step's output (`Runner.Common/ActionCommand.cs`)."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

REGISTERED: Final = frozenset(
    {
        *("set-env", "add-path", "set-output", "save-state", "add-mask", "add-matcher", "remove-matcher"),
        *("warning", "error", "notice", "debug", "group", "endgroup", "echo", "stop-commands"),
    }
)

_WHITE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What .NET trims: not what Python does."""

_DATA: Final = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY: Final = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_LEGACY: Final = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that a line of the log gave to the runner."""

    name: str
    """In lower case: names are not case-sensitive."""
    properties: Mapping[str, str]
    """By their names in lower case."""
    data: str


def parse(line: str, registered: Container[str]) -> Command | None:
    """Return the command in `line`, if it is one of those `registered` (in lower case).

    A line that fails as the current syntax is tried as the legacy one, which counts anywhere in the line.
    """
    return _current(line, registered) or _legacy(line, registered)


def _current(line: str, registered: Container[str]) -> Command | None:
    line = line.lstrip(_WHITE)
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    if name.lower() not in registered:
        return None
    return Command(
        name=name.lower(),
        properties=_properties(properties.strip(_WHITE), ",", _PROPERTY),
        data=_unescape(line[end + 2 :], _DATA),
    )


def _legacy(line: str, registered: Container[str]) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, properties = line[start + 3 : end].partition(" ")
    if name.lower() not in registered:
        return None
    return Command(
        name=name.lower(),
        properties=_properties(properties, ";", _LEGACY),
        data=_unescape(line[end + 1 :], _LEGACY),
    )


def _properties(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found = {}
    for part in text.split(separator):
        # Empty parts are removed before the runner counts them: `=a==b` is `a=b`, and `a=` is no property at all.
        name, _, value = part.lstrip("=").partition("=")
        value = value.lstrip("=")
        if name and value:
            found[name.lower()] = _unescape(value, escapes)
    return found


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escaped, character in escapes:
        text = text.replace(escaped, character)
    return text
