"""Text from contracts and providers is hostile until it went through here.

Control characters move cursors and split lines, bidirectional marks and invisible characters show a person something
other than what stands there, and half a surrogate pair cannot be written at all. All of them become visible escapes.
"""

import re
from typing import Final

UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return `text` with everything that a person could not see, other than tabs and line ends, as an escape."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return `text` on one line, its line ends shown as escapes."""
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def shortened(text: str, limit: int) -> str:
    """Cut `text` to `limit` characters, saying so."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
