"""A step's log: what the runner makes of each line (`Worker/ActionCommandManager.cs`, `Worker/ExecutionContext.cs`)."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from tests.acceptance.actions_runner.commands import REGISTERED, Command, parse
from tests.acceptance.actions_runner.masks import Masker
from tests.acceptance.actions_runner.paths import PathMap

Level = Literal["error", "warning", "notice"]

ANNOTATIONS_PER_LEVEL: Final = 10
MESSAGE_LENGTH: Final = 4096
_MASKED_TOKEN: Final = 6
"""A stop token longer than this is masked."""

_DISABLED: Final = "The `{}` command is disabled. Please upgrade to using Environment Files."
_DEPRECATED: Final = "The `{}` command is deprecated and will be disabled soon."
_BAD_TOKEN: Final = (
    "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An issue that GitHub shows outside the log."""

    level: Level
    message: str
    title: str | None = None
    file: str | None = None
    """As GitHub shows it: relative to the repository when it lies in the workspace."""
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None


class Outputs(MutableMapping[str, str]):
    """Outputs of a step. Names are not case-sensitive; the first spelling stays."""

    def __init__(self) -> None:
        self._pairs: dict[str, tuple[str, str]] = {}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._pairs[name.lower()] = (self._pairs.get(name.lower(), (name,))[0], value)

    def __delitem__(self, name: str) -> None:
        del self._pairs[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return (spelled for spelled, _ in self._pairs.values())

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return repr(dict(self))


class CommandError(Exception):
    """A command that the runner cannot process: it fails the step."""


class StepLog:
    """Takes a step's lines one by one. Lines may come from several threads."""

    def __init__(self, *, masker: Masker, workspace: Path, paths: PathMap | None = None, debug: bool = False) -> None:
        self.changed = threading.Condition()
        """Is told of every line, and of the step's end."""
        self.raw: list[str] = []
        self.shown: list[str] = []
        self.annotations: list[Annotation] = []
        self.outputs = Outputs()
        self.state: dict[str, str] = {}
        self.matchers: list[str] = []
        self.failed = False
        """Whether a command failed the step, whatever its exit code."""
        self._masker = masker
        self._workspace = workspace
        self._paths = paths or PathMap()
        self._debug = self._echo = debug
        self._counts: dict[Level, int] = {"error": 0, "warning": 0, "notice": 0}
        self._token: str | None = None
        self._deaf = False
        self._handlers: Mapping[str, Callable[[Command], None]] = {
            "set-env": self._disabled,
            "add-path": self._disabled,
            "set-output": self._set_output,
            "save-state": self._save_state,
            "add-mask": self._add_mask,
            "add-matcher": self._add_matcher,
            "remove-matcher": self._remove_matcher,
            "warning": self._issue,
            "error": self._issue,
            "notice": self._issue,
            "debug": lambda command: self.debug(command.data),
            "group": lambda command: self.write(f"##[group]{command.data}"),
            "endgroup": lambda _: self.write("##[endgroup]"),
            "echo": self._set_echo,
        }

    def feed(self, line: str) -> None:
        with self.changed:
            self.raw.append(line)
            if not self._deaf and not self._processed(line):
                self.write(re.sub(r"##\[(start|end)-action", r"##[\\\1-action", line))
            self.changed.notify_all()

    def write(self, text: str) -> None:
        """Show text as it is, secrets apart."""
        with self.changed:
            self.shown.append(self._masker.mask(text))

    def debug(self, message: str) -> None:
        if self._debug:
            self.write(f"##[debug]{message}")

    def issue(self, level: Level, message: str) -> None:
        """Say something of the runner's own."""
        with self.changed:
            self._annotate(Annotation(level=level, message=message))

    def fail(self, what: str, why: object) -> None:
        """Fail the step, whatever its exit code."""
        with self.changed:
            self.failed = True
            self.issue("error", what)
            self.issue("error", str(why))

    def _processed(self, line: str) -> bool:
        registered = REGISTERED if self._token is None else REGISTERED | {self._token.lower()}
        command = parse(line, registered)
        if command is None:
            return False
        if self._token is not None:
            if command.name != self._token.lower():
                return False
            self.write(line)
            self._token = None
        elif command.name == "stop-commands":
            self._stop(line, command.data)
        else:
            self._process(line, command)
        return True

    def _stop(self, line: str, token: str) -> None:
        if not token or token.lower() in REGISTERED | {"pause-logging"}:
            # The runner throws here, outside of what it guards: the step is over and the rest of its output lost.
            self._deaf = self.failed = True
            self.issue("error", _BAD_TOKEN)
            return
        self._token = token
        if len(token) > _MASKED_TOKEN:
            self._masker.add(token)
        self.write(line)

    def _process(self, line: str, command: Command) -> None:
        quiet = command.name in {"add-mask", "debug", "warning", "error", "notice"}
        if self._echo and not quiet:
            self.write(line)
        try:
            self._handlers[command.name](command)
        except CommandError as error:
            self.fail(f"Unable to process command '{command.name if quiet else line}' successfully.", error)

    def _disabled(self, command: Command) -> None:
        raise CommandError(_DISABLED.format(command.name))

    def _set_output(self, command: Command) -> None:
        self.outputs[self._named(command)] = command.data

    def _save_state(self, command: Command) -> None:
        self.state[self._named(command)] = command.data

    def _named(self, command: Command) -> str:
        self.issue("warning", _DEPRECATED.format(command.name))
        if "name" not in command.properties:
            raise CommandError(f"Required field 'name' is missing in ##[{command.name}] command.")
        return command.properties["name"]

    def _add_mask(self, command: Command) -> None:
        if not command.data.strip():
            self.issue("warning", "Can't add secret mask for empty string in ##[add-mask] command.")
            return
        if self._echo:
            self.write("::add-mask::***")
        self._masker.add_lines(command.data)

    def _add_matcher(self, command: Command) -> None:
        if not command.data:
            self.issue("warning", "File path must be specified.")
            return
        file = self._workspace / self._paths.to_host(command.data)
        if not file.is_file():
            raise CommandError(f"Could not find file '{file}'.")
        self.matchers.append(str(file))

    def _remove_matcher(self, command: Command) -> None:
        if bool(command.data) == ("owner" in command.properties):
            self.issue(
                "warning", "Either an owner name or a file path must be specified in ##[remove-matcher] command."
            )

    def _set_echo(self, command: Command) -> None:
        switch = command.data.strip().lower()
        if switch not in {"on", "off"}:
            raise CommandError(f"Invalid echo command value: '{command.data}'.")
        self._echo = switch == "on"

    def _issue(self, command: Command) -> None:
        given = dict(command.properties)
        if file := given.get("file"):
            given["file"] = self._paths.to_host(file).removeprefix(f"{self._workspace}/")
        position = _position(given)
        level: Level = "error" if command.name == "error" else "warning" if command.name == "warning" else "notice"
        self._annotate(
            Annotation(
                level=level,
                message=command.data,
                title=given.get("title"),
                file=given.get("file"),
                line=position.get("line"),
                end_line=position.get("endline"),
                column=position.get("col"),
                end_column=position.get("endcolumn"),
            )
        )

    def _annotate(self, annotation: Annotation) -> None:
        message = self._masker.mask(annotation.message)[:MESSAGE_LENGTH]
        if self._counts[annotation.level] < ANNOTATIONS_PER_LEVEL:
            self._counts[annotation.level] += 1
            if message.strip():
                self.annotations.append(replace(annotation, message=message))
        if message:
            self.write(f"##[{annotation.level}]{message}")


def _position(given: Mapping[str, str]) -> dict[str, int]:
    """Keep of a position what makes sense (`IssueCommandExtension.ValidateLinesAndColumns`)."""
    found = {
        name: int(given[name])
        for name in ("line", "endline", "col", "endcolumn")
        if re.fullmatch(r"\s*[+-]?[0-9]+\s*", given.get(name, ""))
    }
    if "endline" in found:
        found.setdefault("line", found["endline"])
    if "endcolumn" in found:
        found.setdefault("col", found["endcolumn"])
    without = set()
    if "line" not in found or found.get("endline", found["line"]) != found["line"]:
        without |= {"col", "endcolumn"}
    if found.get("endline", 0) < found.get("line", 0) and "endline" in found:
        without |= {"line", "endline"}
    if found.get("endcolumn", 0) < found.get("col", 0) and "endcolumn" in found:
        without |= {"col", "endcolumn"}
    return {name: number for name, number in found.items() if name not in without}
