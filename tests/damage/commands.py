"""Commands of the gate in this very process: the same code as in one of its own, without the time to start it."""

import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gate import cli
from gate.domain.contracts import Format
from gate.domain.errors import GateError
from gate.domain.redaction import Redactor
from gate.domain.report import Candidate, Report, Tested
from gate.domain.verdict import OnNoContracts
from gate.engines.pact_engine.engine import PactEngine
from gate.pipeline import Gate, Policy, run_each
from gate.settings.declaration import SETTINGS
from gate.stores.choice import Choice
from tests.damage.stores import Store, world_of
from tests.fakes import FakeReporter

ALLOW, BLOCK, UNKNOWN = 0, 1, 3
NOTHING_SAID: Final[Mapping[str, Any]] = {setting.name: None for setting in SETTINGS}
MANY: Final = frozenset(setting.name for setting in SETTINGS if setting.meaning.many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it said on one line, whatever the width of the terminal."""

    code: int
    said: str


def run(command: str, store: Store, folder: Path, **options: str) -> Ended:
    """Run a command on a store.

    Args:
        command: as it is called on the command line.
        store: that it reads and writes.
        folder: for its report.
        options: others, with underscores for their dashes.
    """
    given = dict(store.options) | {"report": str(folder / "report.json")} | options
    named = {name.replace("_", "-"): value for name, value in given.items()}
    every = dict(NOTHING_SAID) | {name: [value] if name in MANY else value for name, value in named.items()}
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        try:
            code = cli._publish(every) if command == "publish" else cli._run(every, command)
        except GateError as error:  # as `cli` does, which no signal stops afterwards
            code = cli._fail(str(error), error.exit_code)
    return Ended(code=code, said=" ".join(output.getvalue().split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `can-i-deploy` says."""

    code: int
    report: Report

    @property
    def faults(self) -> str:
        entries = (entry.integration.fault for entry in self.report.entries)
        return " ".join(str(fault) for fault in (*self.report.faults, *entries) if fault)


def can_i_deploy(store: Store, candidate: Candidate) -> Answer:
    """Ask for the verdict alone, without all that the command reads and writes around it."""
    reporter, source = FakeReporter(), world_of(store).place.store(Choice(), new_environments=False)
    gate = Gate(
        candidate=candidate,
        tested=Tested(vouched=True),
        look=lambda: Tested(vouched=True),
        run=None,
        policy=Policy(on_no_contracts=OnNoContracts.UNKNOWN),
        source=source,
        store=source,
        engines={Format.PACT: PactEngine({})},
        provider=None,
        reporters=[reporter],
        redact=Redactor(()),
        warn=lambda _: None,
    )
    code = run_each([gate])
    assert reporter.report is not None
    return Answer(code=code, report=reporter.report)
