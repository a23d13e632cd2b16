"""Telling whoever started the gate what changes no verdict."""

from gate.clients.actions_runner import RunnerLog
from gate.clients.streams import say


def warn(message: str, log: RunnerLog | None) -> None:
    """Say that something went wrong which does not change the verdict."""
    if log is None:
        say(f"warning: {message}")
    else:
        log.remark("warning", ("Contract Gate", message))
