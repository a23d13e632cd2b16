"""The command that shows on a laptop what a run saw. It will be copied into a shell, so every value is quoted."""

import shlex
from typing import Final

from gate.domain.contracts import Interaction
from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult
from gate.domain.verdict import Evidence, Role
from gate.rendering.safe_text import one_line

ACTIVE: Final = frozenset("\\'\u2018\u2019\u201a\u201b&|<>^%")
"""What ends a string, or acts within one, in some shell: fish has escapes in single quotes, PowerShell takes other
quotes for single ones, and cmd.exe knows none. What others wrote, and has one of these, is not repeated."""
LONGEST_VALUE: Final = 300
"""Characters. What is longer is left out of a command: more is verified then."""

LONGEST_COMMAND: Final = 4000
"""Characters of all options of a run."""


def command(report: Report, entry: Entry | None = None, result: InteractionResult | None = None) -> str:
    """Write the command, on one line or two, for a run, for one integration of it, or for one interaction of that.

    Empty where nobody knows how the run was started, and where it was told more than anybody would paste.
    """
    known = report.reproduction
    if known is None or sum(map(len, known.options)) > LONGEST_COMMAND:
        return ""
    looked_up = known.lookup or (entry is not None and _is_looked_up(entry))
    narrowing: list[str] = []
    if entry is not None and not looked_up:
        narrowing += _option("--consumer", entry.integration.counterpart.name)
        narrowing += _option("--interaction", _description(result))
    lines = (["gate", "can-i-deploy" if looked_up else "verify", *known.options], narrowing)
    return " \\\n  ".join(" ".join(shlex.quote(one_line(part)) for part in line) for line in lines if line)


def _is_looked_up(entry: Entry) -> bool:
    return entry.integration.evidence is not Evidence.VERIFIED or entry.integration.role is Role.PROVIDER


def _description(result: InteractionResult | None) -> str:
    interaction: Interaction | None = None if result is None else result.interaction
    return "" if interaction is None else interaction.description


def _option(name: str, value: str) -> list[str]:
    """Name a value, unless it cannot be written in a line as it is, or would be read as an option itself."""
    fits = 0 < len(value) <= LONGEST_VALUE and one_line(value) == value and not value.startswith("-")
    fits = fits and ACTIVE.isdisjoint(value)
    return [name, value] if fits else []
