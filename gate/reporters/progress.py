"""Shows whoever waits how the verification goes: a bar on a terminal, lines in a log."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from gate.clients.actions_runner import RunnerLog
from gate.domain.contracts import Contract
from gate.domain.results import InteractionResult, succeeded
from gate.ports import Extent
from gate.rendering import progress

DETAILS_SHOWN: Final = 50
"""Contracts of which a log shows details as soon as it can: the report at its end has those of all."""


class Lines:
    """Writes a line for each contract that is through; on a runner the details of what is not honoured too, folded."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._detailed = 0

    def begin(self, extent: Extent) -> None:
        """Say how much there is to do."""
        self._detailed = 0
        self._say(Text(progress.extent(extent.contracts, extent.interactions, extent.distinct, extent.at_once)))

    def count(self, contract: Contract) -> None:
        """Wait for the whole contract."""

    def try_again(self, interactions: int) -> None:
        """Say why it goes on."""
        self._say(Text(progress.trying_again(interactions)))

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        """Say what came of a contract."""
        self._say(progress.through(contract, results))
        log = self._console.file
        if isinstance(log, RunnerLog) and self._detailed < DETAILS_SHOWN:
            self._fold(log, contract, results)

    def _fold(self, log: RunnerLog, contract: Contract, results: Sequence[InteractionResult]) -> None:
        if details := list(progress.details(contract, results)):
            self._detailed += 1
            with log.group(f"Details of {progress.name(contract)}"):
                self._console.print(Group(*details))

    def end(self) -> None:
        """Nothing is left open."""

    def _say(self, line: Text) -> None:
        if self._console.color_system is not None:
            self._console.print(line, soft_wrap=True)
            return
        # There may be hundreds of lines, and to lay out one takes as long as to verify an interaction.
        self._console.file.write(f"{line.plain}\n")
        self._console.file.flush()


class Bar:
    """Draws a bar that disappears, and says above it at once what is not honoured."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._drawn: _Counting | None = None

    def begin(self, extent: Extent) -> None:
        """Draw it."""
        self.end()
        text = progress.verifying(extent.contracts, extent.at_once)
        self._drawn = _Counting(self._console, text, extent.interactions)
        self._drawn.start()

    def count(self, contract: Contract) -> None:
        """Move it."""
        if self._drawn is not None:
            self._drawn.count(contract)

    def try_again(self, interactions: int) -> None:
        """Say why it stands still."""
        if self._drawn is not None:
            self._drawn.text = progress.trying_again(interactions)

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        """Say what came of a contract that is not honoured; the others need no word."""
        if not succeeded(results):
            self._console.print(progress.through(contract, results))

    def end(self) -> None:
        """Take it away."""
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None


class _Counting(Progress):
    """A bar below a line that says what is done; it takes the count when it is drawn.

    So a result costs nothing, and thousands that come at once tell nothing of how long the others take.
    """

    def __init__(self, console: Console, text: str, total: int) -> None:
        self.text = text
        self._done = 0
        self._last: Contract | None = None
        super().__init__(
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left", style="progress.remaining"),
            console=console,
            transient=True,
        )
        self.add_task("", total=total)

    def count(self, contract: Contract) -> None:
        self._done += 1
        self._last = contract

    def get_renderables(self) -> Iterable[RenderableType]:
        """Draw what is so now, with the contract that had the last result."""
        last = "" if self._last is None else f" · {progress.name(self._last)}"
        yield Text.assemble(self.text, (last, "dim"), no_wrap=True, overflow="ellipsis")
        for task in self.task_ids:
            self.update(task, completed=self._done)
        yield from super().get_renderables()
