"""Text from contracts and providers is hostile until it went through here.

Control characters move cursors and split lines, bidirectional marks and invisible characters show a person something
other than what stands there, and half a surrogate pair cannot be written at all. All of them become visible escapes.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)

ASCII: Final = 127
PLAIN: Final = str.maketrans({";": ",", **dict.fromkeys("()[]{}“”\"'`")})
"""How punctuation that means something to a shell is said without it."""


def visible(text: str) -> str:
    """Return `text` with everything that a person could not see, other than tabs and line ends, as an escape."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return `text` on one line, its line ends shown as escapes."""
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def shortened(text: str, limit: int) -> str:
    """Cut `text` to `limit` characters, saying so."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def brief(text: str, limit: int) -> str:
    """Return `text` on one line of at most `limit` characters. What is cut off is not looked at: it may be huge."""
    return shortened(one_line(shortened(text, limit)), limit)


def log_line(line: str) -> str:
    """Return a line of a log in which a CI runner finds no command, in neither of its two syntaxes.

    `::name::` counts at the start of a line, blanks aside, and `##[name]` anywhere in it.
    """
    line = visible(line).replace("##[", "##\\[")
    start = line.lstrip()
    return f"{line[: len(line) - len(start)]}\\{start}" if start.startswith("::") else line


def inert_json(names: Sequence[str]) -> str:
    """Write names as a JSON list whose strings have no character that means anything to a shell or a script."""
    strings = (re.sub(r"[^\w .,:/@+-]", _escape, name, flags=re.ASCII) for name in names)
    return "[" + ", ".join(f'"{text}"' for text in strings) + "]"


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0], ensure_ascii=True)[1:-1] if ord(found[0]) > ASCII else f"\\u{ord(found[0]):04x}"


def inert_text(text: str) -> str:
    """Return `text` on one line and without what a shell or a script would take for its own.

    People write `echo "${{ steps.gate.outputs.reason }}"`, and the runner pastes before the shell reads.
    """
    return re.sub(r"[^\w .,:/@+…-]", "?", one_line(text).translate(PLAIN))
