"""Files through which a step talks to the runner (`Worker/FileCommandManager.cs`)."""

import io
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.acceptance.actions_runner.log import CommandError, StepLog
from tests.acceptance.actions_runner.masks import Masker

SUMMARY_LIMIT: Final = 1024 * 1024

_PREFIXES: Final = {
    "path": "add_path_",
    "env": "set_env_",
    "step_summary": "step_summary_",
    "state": "save_state_",
    "output": "set_output_",
    "artifacts": "artifacts_",
    "artifacts_list": "artifacts_list_",
}
"""By the name in the `github` context. The last two are created, and not read."""


@dataclass(slots=True)
class Effects:
    """What a step's files asked for, besides its outputs and its state."""

    env: dict[str, str]
    path: list[str]
    summary: str
    """As uploaded; empty when nothing was, or when it was too big."""


def create(folder: Path) -> Mapping[str, Path]:
    """Create a step's files, all empty, and return them by their names in the `github` context."""
    suffix = uuid.uuid4()
    files = {name: folder / f"{prefix}{suffix}" for name, prefix in _PREFIXES.items()}
    for file in files.values():
        file.touch()
    return files


def process(files: Mapping[str, Path], log: StepLog, masker: Masker) -> Effects:
    """Read a step's files after its end. A fault in one fails the step and leaves the others their say."""
    effects = Effects(env={}, path=[], summary="")
    readers: Mapping[str, Callable[[Path], None]] = {
        "path": lambda file: effects.path.extend(line for line in _lines(file) if line),
        "env": lambda file: effects.env.update(_environment(file, log)),
        "step_summary": lambda file: setattr(effects, "summary", _summary(file, log, masker)),
        "state": lambda file: log.state.update(pairs(_text(file))),
        "output": lambda file: _output(file, log),
    }
    for name, read in readers.items():
        try:
            read(files[name])
        except (CommandError, OSError) as error:
            log.fail(f"Unable to process file command '{name}' successfully.", error)
    return effects


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read names and values, lazily: those before a bad line count, and the bad line raises `CommandError`.

    A line ends at a line feed alone, so a carriage return belongs to the value or to the delimiter.
    """
    lines = iter(io.StringIO(text, newline="\n"))
    for ended in lines:
        line = ended.removesuffix("\n")
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and not 0 <= heredoc < equals:
            yield line[:equals], line[equals + 1 :]
        elif heredoc >= 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not name or not delimiter:
                raise CommandError(f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty")
            yield name, _until(lines, delimiter)
        else:
            raise CommandError(f"Invalid format '{line}'")


def _until(lines: Iterator[str], delimiter: str) -> str:
    value = ""
    for line in lines:
        if line.removesuffix("\n") == delimiter:
            return value.removesuffix("\n")
        if not line.endswith("\n"):
            raise CommandError("Invalid value. EOF marker missing new line.")
        value += line
    raise CommandError(f"Invalid value. Matching delimiter not found '{delimiter}'")


def _environment(file: Path, log: StepLog) -> Iterator[tuple[str, str]]:
    for name, value in pairs(_text(file)):
        if name.upper() == "NODE_OPTIONS":
            log.issue("error", f"Can't store {name} output parameter using '$GITHUB_ENV' command.")
        else:
            yield name, value


def _output(file: Path, log: StepLog) -> None:
    for name, value in pairs(_text(file)):
        if not name:
            raise CommandError("Value cannot be null. (Parameter 'name')")
        log.outputs[name] = value


def _summary(file: Path, log: StepLog, masker: Masker) -> str:
    size = file.stat().st_size if file.exists() else 0
    if size > SUMMARY_LIMIT:
        limit, got = SUMMARY_LIMIT // 1024, size // 1024
        log.issue(
            "error", f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {limit}k, got {got}k."
        )
        return ""
    return "".join(f"{masker.mask(line)}\n" for line in _lines(file))


def _lines(file: Path) -> list[str]:
    """Split as .NET does: at a carriage return too, and at none of Python's further ends of a line."""
    text = io.StringIO(_text(file), newline=None)
    return [line.removesuffix("\n") for line in text]


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig", "replace")
    except FileNotFoundError:
        return ""
