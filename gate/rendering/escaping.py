"""Values as Markdown for GitHub: no value becomes markup, a mention, a link, or the end of what it stands in.

Source: GitHub's "Basic writing and formatting syntax" and "Autolinked references and URLs".
"""

import re
from html import escape
from typing import Final

from gate.rendering.safe_text import brief, visible

VALUE_LIMIT: Final = 300
"""Characters of one value."""
WORD_JOINER: Final = "\u2060"
SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()+\-.!|~>:#])")
AT_THE_START: Final = re.compile("^( ?)([=/])")
"""What underlines the line above, or gives orders to a bot, where a line begins with it."""
LINKED: Final = re.compile(r"(@|#|www|https?|ftp|\bGH(?=\\?-\d)|:(?=[\w+\\-]+(:|$)))", re.IGNORECASE)
"""What GitHub replaces after rendering, escaped or not: mentions, issues, addresses, names of emoji."""
COMMIT: Final = re.compile(r"\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What it links, too: seven digits are enough."""
DOLLAR: Final = "<span>$</span>"
"""Begins no formula. An escaped one does, so that GitHub documents this instead."""
DATE: Final = re.compile(r"\b(\d{4})\\-(\d\d)\\-(\d\d)\b")
"""As `text` writes it."""
PAGE: Final = re.compile(r"https?://[A-Za-z0-9.:_/-]+(#[A-Za-z0-9_-]+)?")
HANDLE: Final = re.compile(r"@[A-Za-z0-9](-?[A-Za-z0-9]){0,38}(/[A-Za-z0-9][A-Za-z0-9_-]{0,99})?")
"""A user's name of GitHub's, or a team's within its organisation."""


class Safe(str):
    """Markdown that may be written as it is."""

    __slots__ = ()


def text(value: object) -> Safe:
    """Escape a value for running text."""
    # Four blanks at the start of a line would make it code, in which our escapes are seen.
    line = re.sub("^ +", " ", brief(str(value), VALUE_LIMIT * 4))
    line = SPECIAL.sub(r"\\\1", line.replace("&", "&amp;").replace("<", "&lt;"))
    return _inert(AT_THE_START.sub(r"\1\\\2", line))


def unbroken(value: object) -> Safe:
    """Escape a value for a narrow cell, in which a date must stay on one line."""
    return Safe(DATE.sub("\\1\u2011\\2\u2011\\3", text(value)))


def html(value: object) -> Safe:
    """Escape a value for the inside of an HTML element, where Markdown's own escapes would be seen."""
    return _inert(escape(brief(str(value), VALUE_LIMIT)).replace("&#x27;", "'"))


def code(value: object) -> Safe:
    """Write a value as a code span that it cannot break out of, not even in a table."""
    line = brief(str(value), VALUE_LIMIT).replace("|", "\\|")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return Safe(f"{ticks}{pad}{line}{pad}{ticks}")


def page(label: object, url: str) -> Safe:
    """Link to a page of the CI run. An address that could be anything else is left out."""
    return Safe(f"[{text(label)}]({url})") if PAGE.fullmatch(url) else text(label)


def fence(value: str, language: str = "") -> Safe:
    """Write text as a code block that it cannot break out of."""
    block = visible(value)
    ticks = "`" * max(3, _longest_run(block) + 1)
    return Safe(f"{ticks}{language}\n{block}\n{ticks}")


def mention(handle: str) -> Safe:
    """Write a name of GitHub's so that its owner is told; anything else is text."""
    return Safe(handle) if HANDLE.fullmatch(handle) else text(handle)


def _inert(line: str) -> Safe:
    line = COMMIT.sub(lambda found: re.sub("(^...|.{6})(?=.)", rf"\1{WORD_JOINER}", found[0]), line)
    return Safe(LINKED.sub(rf"\1{WORD_JOINER}", line).replace("$", DOLLAR))


def _longest_run(value: str) -> int:
    return max((len(run) for run in re.findall("`+", value)), default=0)
