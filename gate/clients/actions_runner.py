"""The runner of GitHub Actions as a step sees it: a log that is read for commands, and files that it reads afterwards.

Source: "Workflow commands for GitHub Actions" in GitHub's documentation, and the runner's own ActionCommand and
FileCommandManager.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from gate.clients.signals import undisturbed

LONGEST_MESSAGE: Final = 4000
"""Characters of a command's message. The runner cuts at 4,096."""


class Remark(NamedTuple):
    """What GitHub shows outside the log."""

    title: str
    message: str
    file: str = ""
    """That it is about, from the repository's top on; empty for none."""
    line: int = 0
    """Of the file, counted from 1; 0 for none."""


class RunnerLog(TextIOWrapper):
    """A step's log in which no text can be a command.

    The runner reads every line, whoever wrote it. So each line goes through `inert`, and commands of our own stand
    between lines that give and take back the runner's attention.

    Args:
        stream: receives the log. Standard error must go here too: between two streams there is no order.
        inert: makes one line of text harmless.
    """

    def __init__(self, stream: BinaryIO, inert: Callable[[str], str]) -> None:
        super().__init__(stream, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)
        self._inert = inert
        self._line = ""
        self._token = ""
        self._masked = set[str]()
        self.has_told_why = False
        """Whether an error was written as a command."""

    def write(self, text: str) -> int:
        """Write text, each line as soon as it is complete."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._put(f"{self._inert(line)}\n")
        return len(text)

    def _put(self, text: str) -> None:
        """Write, if it can be written. A log that nobody reads must not become an exit code."""
        with suppress(OSError, ValueError):
            super().write(text)

    def stop_commands(self) -> None:
        """From here on the runner takes no line for a command."""
        self._token = secrets.token_hex(16)
        self._put(f"::stop-commands::{self._token}\n")

    def resume_commands(self) -> None:
        """Let the runner read commands again: those of the steps that follow."""
        if self._line:
            self.write("\n")
        if self._token:
            self._put(f"::{self._token}::\n")
            self._token = ""

    def mask(self, values: Iterable[str]) -> None:
        """Have the runner hide values from here on, in all that this job writes and passes on.

        Args:
            values: of one line each: of several lines the runner would hide each, a bare brace too.
        """
        new = [value for value in dict.fromkeys(values) if value.strip() and value not in self._masked]
        if not new:
            return
        self._masked.update(new)
        self._command(*(f"add-mask::{_escaped(value)}" for value in new))

    def remark(self, level: str, *remarks: Remark) -> None:
        """Have the runner show remarks of a level (`error`, `warning`, `notice`)."""
        self._command(*(f"{level} {self._properties(remark)}::{self._data(remark.message)}" for remark in remarks))
        self.has_told_why = self.has_told_why or level == "error"

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Have the runner fold what is written in this block.

        The fold ends with the block: what is left open would hide all that follows, so no signal comes between.
        """
        with undisturbed():
            self._command(f"group::{self._data(title)}")
            try:
                yield
            finally:
                self._command("endgroup::")
                with suppress(OSError, ValueError):
                    self.flush()

    def _command(self, *commands: str) -> None:
        """Write commands; where the runner takes no line for one, between two such fences."""
        stopped = bool(self._token)
        self.resume_commands()
        for command in commands:
            self._put(f"::{command}\n")
        if stopped:
            self.stop_commands()

    def _properties(self, remark: Remark) -> str:
        given = {"title": remark.title, "file": remark.file, "line": str(remark.line or "")}
        written = {name: _property(self._inert(value)) for name, value in given.items() if value or name == "title"}
        return ",".join(f"{name}={value}" for name, value in written.items())

    def _data(self, message: str) -> str:
        lines = "\n".join(self._inert(line) for line in message[:LONGEST_MESSAGE].splitlines())
        return _escaped(lines[:LONGEST_MESSAGE])


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def write_outputs(file: Path, outputs: Mapping[str, str]) -> None:
    """Add outputs of this step. Of two values of one name the later counts. Raises `OSError`."""
    delimiter = f"contract_gate_{secrets.token_hex(16)}"
    with file.open("a", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items())
