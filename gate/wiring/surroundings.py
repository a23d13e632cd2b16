"""What a gate is put together in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gate.clients.actions_runner import RunnerLog
from gate.settings.run_context import RunContext

if TYPE_CHECKING:
    from gate.clients.github_api import GitHub


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
    known: dict[str, "GitHub"] = field(default_factory=dict, compare=False, repr=False)
    """GitHub by purpose and token, as far as it was asked for. That it does not answer holds for all who ask."""

    def github(self, context: RunContext, token: str, purpose: Literal["facts", "news"] = "news") -> "GitHub":
        """Return the repository of the workflow run, as the owner of a token sees it.

        News have one of their own: when a fact was not to be had, an earlier green must be replaced all the same.
        """
        from gate.clients.github_api import GitHub

        key = f"{purpose} {token}"
        if key not in self.known:
            repository = context.run.repository
            self.known[key] = GitHub(api_url=context.api_url, token=token, repository=repository)
        return self.known[key]
