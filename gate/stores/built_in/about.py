"""What a store says of itself, to gates and to whoever comes across it."""

from collections.abc import Mapping
from pathlib import Path

from gate.stores.built_in.layout import FORMAT_FILE, LAYOUT, written

ABOUT = Path(__file__).with_name("about.md")


def files() -> Mapping[str, bytes]:
    """Return the first files of a store. The first of them makes it one."""
    return {FORMAT_FILE: written({"store": "Contract Gate", "layout": LAYOUT}), "README.md": ABOUT.read_bytes()}
