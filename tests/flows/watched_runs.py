"""Runs of the command whose memory is watched, and what their reports say of each interaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.bad_neighbours import MESSAGES, STATES, Neighbour
from tests.flows.workspaces import Ended, Workspace
from tests.memory import Peak, watching

GATE_MEMORY: Final = 200
"""MiB that the gate itself may take for contracts of common size, whatever a provider answers."""
WORKER_MEMORY: Final = 1024
"""MiB that a worker may take. Its limit counts what it may address, which is more than what it has."""
PATIENCE: Final = 200.0
"""Seconds after which a run is held to hang: many times what it takes on a slow machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run that has ended, and what it found."""

    ended: Ended
    peak: Peak
    report: Any

    def told(self) -> str:
        return " ".join(f"{self.ended.out} {self.ended.err}".split())

    def of(self, consumer: str) -> Mapping[str, Any]:
        """Return the results of a consumer's interactions by their descriptions."""
        return {one["interaction"]["description"]: one for one in self._entry(consumer)["integration"]["results"]}

    def advice(self, consumer: str) -> Any:
        return self._entry(consumer)["advice"]

    def _entry(self, consumer: str) -> Any:
        (entry,) = (one for one in self.report["entries"] if one["integration"]["counterpart"]["name"] == consumer)
        return entry


def watched(workspace: Workspace, url: str, *arguments: str) -> Seen:
    """Verify the workspace's contracts at an address, as one does on a laptop."""
    fixed = ("--service", "orders-api", "--version", "1.2.3", "--contracts", "pacts", "--provider-url", url)
    process = workspace.start("verify", *fixed, *arguments)
    with watching(process.pid) as peak:
        ended = workspace.ended(process, PATIENCE)
    return Seen(ended=ended, peak=peak, report=workspace.report())


def beside(workspace: Workspace, neighbour: Neighbour, *arguments: str) -> Seen:
    """Verify at a neighbour, which is asked for states and messages too."""
    helpers = ("--provider-states-url", neighbour.url + STATES, "--provider-messages-url", neighbour.url + MESSAGES)
    return watched(workspace, neighbour.url, *helpers, *arguments)
