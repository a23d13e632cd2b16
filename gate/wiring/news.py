"""Telling whoever started the gate what changes no verdict."""

from gate.clients.actions_runner import Remark, RunnerLog
from gate.clients.streams import say


def warn(message: str, log: RunnerLog | None) -> None:
    """Say that something went wrong which does not change the verdict."""
    _tell("warning", message, log)


def notice(message: str, log: RunnerLog | None) -> None:
    """Say what is good to know, and nothing to worry about."""
    _tell("notice", message, log)


def _tell(level: str, message: str, log: RunnerLog | None) -> None:
    if log is None:
        say(f"{level}: {message}")
    else:
        log.remark(level, Remark("Contract Gate", message))
