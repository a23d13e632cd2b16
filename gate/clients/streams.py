"""Standard output and error as they may really be: closed, full, or unable to write what we say."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper


def repair() -> None:
    """Make both streams usable, so that no way of calling the gate changes its exit code."""
    # Python would look at this once more at the end, and start a prompt instead of exiting with our code.
    os.environ.pop("PYTHONINSPECT", None)
    # The library of the command line would complete words for a shell instead of doing what it is told.
    os.environ.pop("_GATE_COMPLETE", None)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as we do
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """Write a line to standard error, if it can be written."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()


def flush() -> None:
    """Write out what is left to say. A reader who has gone (`gate check | head`) does not change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
