"""Who answers for what is concerned. It decides nothing, and costs a question or two where something is wrong."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from gate.domain.advice import Advice, advise
from gate.domain.errors import GateError
from gate.domain.verdict import Integration
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.integrations import integrations

MOST_ASKED: Final = 5
"""Pacticipants that the store is asked of: the comment on a pull request is no directory."""


def find_owners(gate: Gate, progress: Progress) -> None:
    """Ask the store for the owners of whom it concerns that something blocks, where the gate file does not name them.

    A store that has just failed to say what matters more is not asked.
    """
    if gate.store is None or not (progress.looked_up or progress.left):
        return
    advices = [advice_on(gate, one) for one in integrations(gate, progress) if one.blocks]
    concerned = dict.fromkeys(name for advice in advices if advice is not None for name in advice.concerns)
    asked = [name for name in concerned if name not in gate.owners][:MOST_ASKED]
    if asked:
        with suppress(GateError):  # then nobody knows who they are
            progress.owners = gate.store.owners(asked)


def advice_on(gate: Gate, integration: Integration) -> Advice | None:
    """Say what to do about an integration, or None when it is fine."""
    sets_up_states = gate.provider is None or gate.provider.sets_up_states
    return advise(integration, gate.candidate.service, sets_up_states=sets_up_states, is_live=gate.record is not None)


def with_owners(gate: Gate, progress: Progress, advice: Advice) -> Advice:
    """Name the owners, and which of them may be told by name: nobody whom a store names, as anybody may write there."""
    written = {name: gate.owners.get(name, ()) for name in advice.concerns}
    owners = [owner for name in advice.concerns for owner in written[name] or progress.owners.get(name, ())]
    mentions = [owner for own in written.values() for owner in own if gate.may_mention]
    return replace(advice, owners=tuple(dict.fromkeys(owners)), mentions=tuple(dict.fromkeys(mentions)))
