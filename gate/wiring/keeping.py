"""Whether the results of a run are kept in the store."""

from typing import Final

from gate.pipeline.gate import Keeping
from gate.ports import ResultKeeper
from gate.settings.commands import Command
from gate.settings.groups import Settings
from gate.settings.run_context import RunContext

NEVER: Final = "publish-results is never"
LAPTOP: Final = "this is no run of a pipeline's (publish-results: always keeps them all the same)"
FORK: Final = "a fork's branch, whatever its name, is none of this repository's (set branch to keep them under another)"


def keeping_of(
    settings: Settings,
    context: RunContext | None,
    keeper: ResultKeeper | None,
    command: Command,
) -> tuple[Keeping | None, list[str]]:
    """Say how the results are kept, or None with what a reader of the report must know of why not.

    Args:
        settings: all that the user said.
        context: the workflow run, None outside GitHub Actions.
        keeper: what keeps results; None where there are none, or nothing to keep them in.
        command: what the gate is to do.
    """
    own = settings.publishing
    if keeper is None or command is not Command.CHECK:
        return None, []
    reason = ""
    if own.publish_results == "never":
        reason = NEVER
    elif context is None and own.publish_results == "auto":
        reason = LAPTOP
    elif context is not None and context.foreign and settings.candidate.branch is None:
        reason = FORK
    if reason:
        return None, [f"Results were not kept in the store: {reason}."]
    return Keeping(keeper=keeper, trusting=own.publish_results == "always"), []
