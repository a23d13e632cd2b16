"""Names as parts of paths: readable, safe on every file system, and told apart where only their case differs.

Lower-case ASCII stays as it is. A capital is written as `!` and its small letter, as in the paths of Go's module proxy
(https://go.dev/ref/mod#goproxy-protocol), everything else as `%` and the hexadecimal digits of its UTF-8 bytes.
"""

import hashlib
import re
from functools import cache
from typing import Final

PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._+=,-")
DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for devices, whatever ending they have."""
LONGEST: Final = 80
"""Characters of a name that is written out. A path's part holds two of them, and has 255 bytes."""
KEPT: Final = 40
"""Characters that are left of a longer one, before the name of the whole."""
SHORTENED: Final = re.compile(r".*~(?P<digest>[0-9a-f]{32})", re.DOTALL)
ESCAPED: Final = re.compile(r"![a-z]|(?:%[0-9a-f]{2})+|[^!%]")


@cache
def escape(name: str) -> str:
    """Write a name as a part of a path. Different names are written differently."""
    written = "".join(_escaped(sign) for sign in name)
    if not written.strip(".") or written[0] == "." or DEVICES.fullmatch(written):
        written = f"%{ord(written[0]):02x}{written[1:]}" if written else "%"
    if written[-1] == ".":
        written = f"{written[:-1]}%2e"
    if len(written) <= LONGEST:
        return written
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{written[:KEPT]}~{digest}"


def unescape(written: str) -> str | None:
    """Read a name again; None for a shortened one, which stands in full in the files alone.

    Raises:
        ValueError: no name is written like this.
    """
    if SHORTENED.fullmatch(written):
        return None
    parts = ESCAPED.findall(written)
    name = "".join(_unescaped(part) for part in parts)
    if escape(name) != written:
        message = f"{written!r} is no escaped name"
        raise ValueError(message)
    return name


def _escaped(sign: str) -> str:
    if sign in PLAIN:
        return sign
    if sign.isascii() and sign.isupper():
        return f"!{sign.lower()}"
    return "".join(f"%{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass"))


def _unescaped(part: str) -> str:
    if part[0] == "!":
        return part[1:].upper()
    if part[0] == "%":
        return bytes.fromhex(part.replace("%", "")).decode("utf-8", "surrogatepass")
    return part
