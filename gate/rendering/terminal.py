"""The report for a terminal: a table, each broken interaction, and at the very end, where the eye is, the verdict."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from gate.domain.report import Entry, Report
from gate.domain.results import InteractionResult
from gate.domain.verdict import Decision, Standing
from gate.rendering import wording
from gate.rendering.reproducing import command
from gate.rendering.safe_text import brief, one_line

VALUE_LIMIT: Final = 500
MISMATCHES_SHOWN: Final = 10
INTERACTIONS_SHOWN: Final = 20
ACTIONS_SHOWN: Final = 5
STYLES: Final = {Standing.HONOURED: "green", Standing.BROKEN: "red", Standing.UNVERIFIED: "yellow"}
MARKS: Final = {Standing.HONOURED: "✓", Standing.BROKEN: "✗", Standing.UNVERIFIED: "?"}
HARMLESS_MARK: Final = "·"
VERDICT_STYLES: Final = {
    Decision.ALLOW: "bold green",
    Decision.BLOCK: "bold red",
    Decision.UNKNOWN: "bold yellow",
}


def render_terminal(report: Report) -> Iterator[RenderableType]:
    """Yield what to print, from top to bottom."""
    for entry in report.entries:
        if entry.standing is not Standing.HONOURED:
            yield from not_honoured(_mark(entry), _name(entry), _style(entry), entry.integration.results)
    if report.provider is not None and report.provider.log_tail:
        yield _line("The end of the provider's log", style="bold", above=True)
        yield from (_line(f"  │ {one_line(line)}", style="dim") for line in report.provider.log_tail)
    if report.entries:
        yield Text()
        yield _table(report)
    if report.notes:
        yield Text()
        yield from (_line(f"note: {note}", style="dim") for note in report.notes)
    yield _line(wording.headline(report), style=VERDICT_STYLES[report.verdict.decision], above=True)
    yield from (_line(f"  {reason}") for reason in report.verdict.reasons)
    yield from (_line(f"  Who acts: {action}") for action in _actions(report))
    if report.run is not None and report.verdict.decision is not Decision.ALLOW and command(report):
        yield _line(f"  See it yourself: {command(report)}")


def render_together(reports: Sequence[Report]) -> Iterator[RenderableType]:
    """Yield what to print after the last of several services, whose log may have been long."""
    yield _line("All services of this run", style="bold", above=True)
    for report in wording.worst_first(reports):
        yield _line(f"  {wording.headline(report)}", style=VERDICT_STYLES[report.verdict.decision])


def not_honoured(mark: str, name: str, style: str, results: Iterable[InteractionResult]) -> Iterator[RenderableType]:
    """Yield what to print of the interactions of a contract that did not pass; nothing of those that nobody tried.

    Args:
        mark: how the contract stands.
        name: whose it is, as it is shown.
        style: of both.
        results: of the contract.
    """
    seen = wording.to_be_seen(results)
    for result in seen[:INTERACTIONS_SHOWN]:
        yield _head(f"{mark} {name}", style, result)
        yield from _interaction(result)
    if more := len(seen[INTERACTIONS_SHOWN:]):
        yield _line(f"… and {more} more interactions of {name}: see the JSON report.")


def _head(name: str, style: str, result: InteractionResult) -> Text:
    description = brief(result.interaction.description, VALUE_LIMIT)
    return Text.assemble("\n", (name, f"bold {style}"), (f" · {description}", "bold"))


def _interaction(result: InteractionResult) -> Iterator[RenderableType]:
    interaction = result.interaction
    yield _line(f"  {interaction.request_line}")
    for state in interaction.states:
        yield _line(f"  given {state}", style="dim")
    for mismatch in result.mismatches[:MISMATCHES_SHOWN]:
        expected, actual = wording.expected_and_actual(mismatch)
        yield Text()
        yield _line(f"    {wording.place(mismatch)}: {mismatch.message}")
        yield _line(f"      expected  {expected}", style="green")
        yield _line(f"      actual    {actual}", style="red")
    if more := len(result.mismatches[MISMATCHES_SHOWN:]):
        yield _line(f"    … and {more} more mismatches")
    if result.error:
        yield _line(f"    {result.error}", above=True)
    for number, said in enumerate(wording.circumstances(result)):
        yield _line(f"    {said}", above=not number)


def _table(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    versions = wording.knows_versions(report)
    for column in ("", "counterpart", "where", "result", "") if versions else ("", "consumer", "contract", "result"):
        table.add_column(column, overflow="fold")
    for entry in report.entries:
        style = _style(entry)
        where = wording.whereabouts(entry) if versions else entry.integration.source
        table.add_row(
            Text(_mark(entry), style),
            Text(brief(wording.counterpart(entry), VALUE_LIMIT), "bold"),
            Text(brief(where, VALUE_LIMIT), "dim"),
            Text(wording.tally(entry), style),
            *([Text(wording.remark(entry), style)] if versions else []),
        )
    return table


def _mark(entry: Entry) -> str:
    return HARMLESS_MARK if wording.is_harmless(entry) else MARKS[entry.standing]


def _style(entry: Entry) -> str:
    return "dim" if wording.is_harmless(entry) else STYLES[entry.standing]


def _actions(report: Report) -> list[str]:
    """List what to do, each thing once."""
    advices = (entry.advice for entry in report.entries if entry.advice is not None and entry.integration.blocks)
    actions = list(dict.fromkeys(f"{advice.who_acts}. {advice.next_action}" for advice in advices))
    more = [f"see the report for {len(actions) - ACTIONS_SHOWN} more."] if len(actions) > ACTIONS_SHOWN else []
    return actions[:ACTIONS_SHOWN] + more


def _line(text: str, *, style: str = "", above: bool = False) -> Text:
    return Text(("\n" if above else "") + brief(text, VALUE_LIMIT), style)


def _name(entry: Entry) -> str:
    return brief(str(entry.integration.counterpart), VALUE_LIMIT)
