"""Runs one command of the gate in this process, and writes down what its parts took.

    python -m benchmarks.timed_command MODULES TIMES can-i-deploy --service ...

MODULES is a file that lists what is to be imported before the clock starts; where it is not there, it is written with
all that the command imported. TIMES is written at the end.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()


def main() -> None:
    """Run the command, and end as it ends."""
    modules, times = (Path(argument) for argument in sys.argv[1:3])
    del sys.argv[1:3]
    known = set(sys.modules)
    if modules.exists():
        for name in json.loads(modules.read_text(encoding="utf-8")):
            with suppress(ImportError):
                importlib.import_module(name)
    taken = {"imports": time.perf_counter() - BEGUN}
    try:
        _run(taken)
    finally:
        if not modules.exists():
            modules.write_text(json.dumps([name for name in sys.modules if name not in known]), encoding="utf-8")
        times.write_text(json.dumps(taken), encoding="utf-8")


def _run(taken: dict[str, float]) -> None:
    from gate import cli  # noqa: PLC0415 - it is to be imported when the clock says so
    from gate.clients.git_commands import Git  # noqa: PLC0415 - as above
    from gate.pipeline import running  # noqa: PLC0415 - as above

    for name, part in (("go", "network"), ("run", "git")):
        setattr(Git, name, _timed(getattr(Git, name), part, taken))
    running.PHASES = {  # type: ignore[misc]
        what: tuple(_timed(phase, phase.__name__, taken) for phase in phases) for what, phases in running.PHASES.items()
    }
    begun = time.perf_counter()
    try:
        cli.main()
    finally:
        taken["work"] = time.perf_counter() - begun


def _timed(function: Callable[..., Any], part: str, taken: dict[str, float]) -> Callable[..., Any]:
    """Add up the seconds of a function's calls, and how often it was called."""

    def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes and returns
        begun = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            taken[part] = taken.get(part, 0.0) + time.perf_counter() - begun
            taken[f"{part} calls"] = taken.get(f"{part} calls", 0) + 1

    return timed


if __name__ == "__main__":
    main()
