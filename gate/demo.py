"""The first ten minutes: a deploy that is blocked for a reason that anyone can see and mend."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gate.domain.errors import ConfigurationError

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "examples" / "orders"
BLOCKED: Final = 1
MARKDOWN: Final = "contract-gate-report.md"

NEXT: Final = """
What to look at next
  {folder}/contracts/
      what three consumers expect of orders-api
  {folder}/orders.py
      the provider; `total` was renamed to `amount` in it, which breaks web-checkout
  {folder}/{markdown}
      the report as a pull request would show it
"""

MEND: Final = "Mend it: write `total` in the line that says RENAMED in orders.py, and run `./dev gate demo` again.\n"


def run_demo(run: Callable[[Mapping[str, Any]], int], say: Callable[[str], None], example: Path = EXAMPLE) -> int:
    """Run the gate in the example's folder, with the example's own gate file.

    Args:
        run: runs the gate with these options in the working directory and returns the exit code.
        say: tells the person.
        example: the folder of the example.
    """
    if not example.is_dir():
        raise ConfigurationError(
            "the example is not here: it is part of the source, not of the installed package.",
            where=str(example),
            remedy="Clone the repository and run `./dev gate demo` in it.",
        )
    shown = os.path.relpath(example)
    os.chdir(example)
    code = run({"markdown": MARKDOWN})
    say(NEXT.format(folder=shown, markdown=MARKDOWN) + (MEND if code == BLOCKED else ""))
    return code
