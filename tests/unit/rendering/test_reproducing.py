"""The command for a laptop, as the shell reads it."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.report import Report, Reproduction
from gate.domain.results import Outcome
from gate.domain.verdict import Evidence, Integration, Role
from gate.rendering.reproducing import ACTIVE, LONGEST_COMMAND, LONGEST_VALUE, command
from gate.rendering.safe_text import one_line
from tests.builders import integration, interaction, kept, report, result
from tests.hostile import CORPUS

OPTIONS = ("--service", "orders-api", "--environment", "production")
END = "the end of a command"


def _report(one: Integration, *options: str, **more: Any) -> Report:
    return report(one, reproduction=Reproduction(options=options or OPTIONS, **more))


def _requested(description: str, consumer: str = "web") -> Integration:
    failed = result(Outcome.FAILED, interaction=interaction(description=description))
    return integration(results=(failed,), counterpart=PacticipantVersion(name=consumer))


def _of_interaction(one: Report) -> str:
    entry = one.entries[0]
    return command(one, entry, entry.integration.results[0])


def read(shell: str, commands: Sequence[str], folder: Path) -> list[list[str]]:
    """Paste commands into a shell, one after another, and return what each gives to the gate."""
    script = "".join(f"{one}\nprintf '%s\\0' '{END}'\n" for one in commands)
    given = f"gate() {{ printf '%s\\0' \"$@\"; }}\n{script}".encode()
    ended = subprocess.run([shell], input=given, cwd=folder, capture_output=True, check=True)
    assert ended.stderr == b""
    arguments = iter(ended.stdout.decode().split("\0")[:-1])
    return [list(iter(lambda: next(arguments), END)) for _ in commands]


def test_nobody_knows_how_it_was_started() -> None:
    assert command(report(integration(Outcome.FAILED))) == ""


def test_a_run_an_integration_and_an_interaction() -> None:
    one = _report(_requested("a request for order 42"))
    run = "gate verify --service orders-api --environment production"

    assert command(one) == run
    assert command(one, one.entries[0]) == f"{run} \\\n  --consumer web"
    assert _of_interaction(one) == f"{run} \\\n  --consumer web --interaction 'a request for order 42'"


@pytest.mark.parametrize(
    "one",
    [kept(success=False), kept(success=False, role=Role.PROVIDER), integration(evidence=Evidence.GONE)],
)
def test_what_was_looked_up_is_looked_up_again(one: Integration) -> None:
    asked = _report(one)

    assert command(asked, asked.entries[0]).startswith("gate can-i-deploy --service orders-api")
    assert command(asked).startswith("gate verify ")
    assert command(_report(one, lookup=True)).startswith("gate can-i-deploy ")
    assert _of_interaction(_report(_requested("a"), lookup=True)) == f"gate can-i-deploy {' '.join(OPTIONS)}"


@pytest.mark.parametrize("value", ["it's", "a\\", "\u2019;calc;#", "a & b", "a|b", "%PATH%", "a>b", "^"])
def test_what_acts_in_some_shell_is_left_out(value: str) -> None:
    """Fish, PowerShell and cmd.exe read strings in their own ways."""
    assert "--consumer" not in _of_interaction(_report(_requested("a", value)))
    assert "--interaction" not in _of_interaction(_report(_requested(value)))


@pytest.mark.parametrize("value", ["", "-x", "--help", "a\nb", "a\tb", "a\0b", "a\u202eb", "x" * (LONGEST_VALUE + 1)])
def test_what_cannot_be_said_in_a_line_is_left_out(value: str) -> None:
    assert _of_interaction(_report(_requested(value))) == command(_report(_requested("")), _entry(_requested("")))
    assert "--consumer" not in _of_interaction(_report(_requested("a", value)))


def _entry(one: Integration) -> Any:
    return report(one).entries[0]


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_shell_reads_what_was_meant_and_runs_nothing(shell: str, tmp_path: Path) -> None:
    texts = [injection.text for injection in CORPUS] + ["~", "*", "!!", "a\\", "x" * LONGEST_VALUE]
    reports = [_report(_requested(text, text), "--service", text, f"--store={text}") for text in texts]
    commands = [_of_interaction(one) for one in reports]
    # What stands for what nobody sees is a word of its own: a name that cannot be said narrows nothing.
    sayable = [
        0 < len(text) <= LONGEST_VALUE and one_line(text) == text and text[0] != "-" and ACTIVE.isdisjoint(text)
        for text in texts
    ]
    expected = [
        ["verify", "--service", one_line(text), f"--store={one_line(text)}"]
        + (["--consumer", text, "--interaction", text] if said else [])
        for text, said in zip(texts, sayable, strict=True)
    ]

    assert read(shell, commands, tmp_path) == expected
    assert list(tmp_path.iterdir()) == []
    assert {len(one.replace(" \\\n  --", " --").splitlines()) for one in commands} == {1}


def test_a_command_of_a_run_stands_on_one_line() -> None:
    one = replace(_report(_requested("a")), reproduction=Reproduction(options=("--a", "b\nc\td\r\u2028e")))

    assert command(one) == "gate verify --a 'b\\nc d\\r\\u2028e'"


def test_what_nobody_would_paste_is_not_written() -> None:
    assert command(_report(_requested("a"), "--a", "x" * LONGEST_COMMAND)) == ""
    assert len(command(_report(_requested("a"), "--a", "x" * (LONGEST_COMMAND - 3)))) > LONGEST_COMMAND
