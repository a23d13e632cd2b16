"""What the user says of which contracts count, beside the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Selector = Mapping[str, Any]
"""A consumer version selector, as a Pact Broker knows them: `{"mainBranch": true}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the user says beside the rules."""

    selectors: Sequence[Selector] = ()
    """Instead of the heads of branches; empty for the rules alone."""
    wip_since: str | None = None
    """A date. None leaves work in progress out."""
