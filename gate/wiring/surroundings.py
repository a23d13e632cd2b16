"""What a gate is put together in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate.clients.actions_runner import RunnerLog
from gate.settings.run_context import RunContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the process finds around it, read once by the command line."""

    environment: Mapping[str, str]
    folder: Path
    """The working directory: the workspace."""
    context: RunContext | None
    """The workflow run, None outside GitHub Actions."""
    log: RunnerLog | None
    """The step's log, None outside GitHub Actions."""
