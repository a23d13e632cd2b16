"""How a run is shown while it goes on: to somebody who watches, in a log, and on a runner."""

import io
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gate.clients.actions_runner import RunnerLog
from gate.domain.contracts import Because, Contract, PacticipantVersion, Selection
from gate.domain.results import InteractionResult, Outcome
from gate.ports import Reporter
from gate.rendering.safe_text import log_line
from gate.rendering.terminal import INTERACTIONS_SHOWN, MARKS, MISMATCHES_SHOWN
from gate.reporters.progress import DETAILS_SHOWN
from gate.reporters.terminal import LOG_WIDTH, Terminal, console
from tests.builders import candidate, contract, extent, integration, interaction, mismatch, report, result

PASSED, FAILED, ERRORED = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
MANY = extent(contracts=150, interactions=7500, distinct=3000, at_once=4)
SELECTED = Selection(because=(Because.LIVE,))


@pytest.fixture(autouse=True)
def _a_plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def _watched() -> Console:
    return Console(file=io.StringIO(), width=80, force_terminal=True, highlight=False, emoji=False)


def _log() -> Console:
    return Console(file=io.StringIO(), width=LOG_WIDTH, highlight=False, emoji=False)


def _text(console: Console) -> str:
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def _of(name: str, version: str | None = None, **more: Any) -> Contract:
    return contract(consumer=PacticipantVersion(name=name, version=version), **more)


def _results(*outcomes: Outcome) -> tuple[InteractionResult, ...]:
    return tuple(result(outcome, position, duration=0.21) for position, outcome in enumerate(outcomes))


def _tell(reporter: Reporter, *contracts: tuple[Contract, Sequence[InteractionResult]]) -> None:
    """Tell a reporter of contracts that were verified, all results before the first contract is through."""
    interactions = sum(len(results) for _, results in contracts)
    reporter.verifying(extent(contracts=len(contracts), interactions=interactions, distinct=interactions))
    for one, results in contracts:
        for each in results:
            reporter.verified(one, each)
    for one, results in contracts:
        reporter.through(one, results)


def test_where_the_version_is_not_known_yet_none_is_named() -> None:
    console = _log()
    Terminal(console).started(candidate(version=""))

    assert _text(console) == "Contract Gate · orders-api → production\n"


def test_in_a_log_there_is_a_line_for_each_contract_that_is_through() -> None:
    console = _log()
    reporter = Terminal(console)
    reporter.started(candidate())
    _tell(
        reporter,
        (_of("web [b]", "1.2.0", selection=SELECTED), _results(PASSED, PASSED)),
        (_of("billing"), _results(FAILED, PASSED, ERRORED)),
    )
    reporter.trying_again(2)
    reporter.finished(report(integration(PASSED)))

    assert _text(console).splitlines()[:5] == [
        "Contract Gate · orders-api → production · version 9f2c1ab",
        "verifying 2 contracts: 5 interactions",
        "✓ web [b] 1.2.0: 2 interactions honoured, 0.4 s",
        "✗ billing: 1 of 3 interactions broken, 1 could not be tried, 0.6 s (pacts/web.json)",
        "trying 2 interactions again",
    ]
    assert _text(console).endswith("1 binding contract honoured, 1 interaction\n")


def test_in_a_log_a_line_stays_one_however_long_it_is() -> None:
    console = _log()
    _tell(Terminal(console), (_of("web " * 200), _results(PASSED)))
    _, line = _text(console).splitlines()

    assert line.startswith("✓ web web")
    assert line.endswith("…: 1 interaction honoured, 0.2 s (pacts/web.json)")


def _frames(text: str) -> list[str]:
    """Take what was drawn apart: each time a bar is drawn anew, the cursor goes back to the start of its line."""
    return text.split("\r")


def test_on_a_terminal_there_is_a_bar_that_disappears() -> None:
    console = _watched()
    reporter = Terminal(console)
    _tell(reporter, (_of("web [b]{x}", "1.2.0"), _results(PASSED, PASSED, PASSED)))
    drawn = _text(console)
    reporter.finished(report(integration(PASSED)))
    *_, last, after = _frames(_text(console))

    assert "verifying 1 contract" in drawn
    assert "0/3" in drawn
    assert "-:--:-- left" in _plain(drawn)
    assert "verifying 1 contract · web [b]{x} 1.2.0" in _plain(last)
    assert "3/3" in _plain(last)
    assert "honoured, " not in drawn
    assert after.count("\x1b[2K") == 2  # both of its lines are wiped
    assert "3/3" not in after


def _plain(text: str) -> str:
    """Take out what moves the cursor and what colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_on_a_terminal_what_is_not_honoured_is_said_at_once() -> None:
    console = _watched()
    reporter = Terminal(console)
    reporter.verifying(MANY)
    reporter.verified(_of("web"), result())
    reporter.through(_of("web", "1.2.0", selection=SELECTED), _results(PASSED, FAILED, FAILED))
    reporter.through(_of("billing", selection=SELECTED), _results(ERRORED))
    reporter.through(_of("fine", selection=SELECTED), _results(PASSED))
    said = [frame.splitlines()[:2] for frame in _frames(_plain(_text(console))) if frame[:1] in ("✗", "?")]
    reporter.finished(report())

    assert [line for line, _ in said] == [
        "✗ web 1.2.0: 2 of 3 interactions broken, 0.6 s",
        "? billing: 1 of 1 interaction could not be tried, 0.2 s",
    ]
    assert all(below.startswith("verifying 150 contracts, 4 at once") for _, below in said)
    assert "fine" not in _text(console)


def test_on_a_terminal_a_second_try_is_said_in_the_place_of_the_first() -> None:
    console = _watched()
    reporter = Terminal(console)
    reporter.verifying(MANY)
    reporter.trying_again(3)
    reporter.waiting("waiting for inventory-api")
    *_, last, _ = _frames(_plain(_text(console)))
    reporter.finished(report())

    assert last.startswith("trying 3 interactions again")
    assert _text(console).count("waiting for inventory-api") == 1
    assert "trying" not in _text(console).partition("waiting for")[2]


@pytest.mark.parametrize("watched", [True, False])
def test_a_run_that_is_interrupted_leaves_what_was_told(*, watched: bool) -> None:
    console = _watched() if watched else _log()
    reporter = Terminal(console)
    reporter.verifying(MANY)
    reporter.verified(_of("web"), result())
    reporter.through(_of("billing"), _results(FAILED))
    for _ in range(2):
        reporter.finished(report(integration(PASSED)))

    assert _plain(_text(console)).count("✗ billing: 1 of 1 interaction broken, 0.2 s (pacts/web.json)") == 1
    assert _plain(_text(console)).count("orders-api → production: can be deployed") == 2


@pytest.mark.parametrize("watched", [True, False])
def test_what_comes_unannounced_is_told_all_the_same(*, watched: bool) -> None:
    console = _watched() if watched else _log()
    reporter = Terminal(console)
    reporter.verified(_of("web"), result(FAILED))
    reporter.trying_again(1)
    reporter.through(_of("web"), _results(FAILED))

    assert "✗ web: 1 of 1 interaction broken" in _plain(_text(console))


def test_each_of_several_services_has_a_bar_of_its_own() -> None:
    console = _watched()
    reporter = Terminal(console, services=2)
    for service in ("orders-api", "billing-api"):
        _tell(reporter, (_of("web"), _results(PASSED, PASSED)))
        reporter.verifying(extent(contracts=2, interactions=9, distinct=9))
        reporter.finished(report(integration(PASSED), candidate=candidate(service=service)))
    shown = _plain(_text(console))

    assert [count in shown for count in ("0/2", "2/2", "0/9", "2/9")] == [True, True, True, False]
    assert "All services of this run" in shown


def test_seven_thousand_results_cost_nothing_to_speak_of() -> None:
    one, each = _of("web", "1.2.0"), result()

    def seconds() -> float:
        reporter = Terminal(_watched())
        reporter.verifying(MANY)
        before = time.perf_counter()
        for _ in range(7500):
            reporter.verified(one, each)
        spent = time.perf_counter() - before
        reporter.finished(report())
        return spent

    assert min(seconds() for _ in range(3)) < 0.1


@contextmanager
def _on_a_terminal() -> Iterator[int]:
    """Have standard output be a terminal, and give its other side."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as stream, redirect_stdout(stream):
        yield ours
    os.close(ours)


def _read(source: int) -> str:
    return os.read(source, 65536).decode()


def _read_until(source: int, text: str) -> str:
    shown = ""
    while text not in shown:
        shown += _read(source)
    return shown


def test_on_a_real_terminal_there_is_a_bar() -> None:
    with _on_a_terminal() as ours:
        reporter = Terminal(console())
        reporter.verifying(MANY)
        reporter.waiting("for others")
        shown = _read_until(ours, "for others")

    assert "verifying 150 contracts, 4 at once" in shown
    assert "0/7500" in shown


def test_on_a_terminal_that_cannot_be_drawn_over_there_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with _on_a_terminal() as ours:
        _tell(Terminal(console()), (_of("web"), _results(PASSED)))
        shown = _read_until(ours, "(pacts/web.json)")

    assert "\n✓ web: 1 interaction honoured" in shown


@contextmanager
def _in_a_log(*, runner: bool = False) -> Iterator[int]:
    """Have standard output be a pipe, as CI systems have it, and give its other side."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    stream = os.fdopen(theirs, "wb")
    log = RunnerLog(stream, log_line) if runner else io.TextIOWrapper(stream, encoding="utf-8")
    if isinstance(log, RunnerLog):
        log.stop_commands()
    with log, redirect_stdout(log):
        yield ours
    os.close(ours)


def test_colours_may_be_wanted_in_a_log_and_never_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_INTERACTIVE", "1")
    with _in_a_log() as ours:
        _tell(Terminal(console()), (_of("web"), _results(PASSED)))
        told = _read(ours)

    assert told.startswith("verifying 1 contract: 1 interaction\n\x1b[32m✓ web: 1 interaction honoured, 0.2 s")


@pytest.mark.parametrize("runner", [True, False])
def test_each_line_is_read_before_the_next_thing_happens(*, runner: bool) -> None:
    with _in_a_log(runner=runner) as ours:
        reporter = Terminal(console())
        reporter.verifying(MANY)
        assert "verifying 150 contracts: 7500 interactions, 3000 of them distinct, 4 at once\n" in _read(ours)
        reporter.trying_again(1)
        assert _read(ours) == "trying 1 interaction again\n"
        reporter.through(_of("web"), _results(PASSED))
        assert _read(ours) == "✓ web: 1 interaction honoured, 0.2 s (pacts/web.json)\n"
        reporter.through(_of("billing"), _results(FAILED))
        told = _read(ours)
        assert told.startswith("✗ billing: 1 of 1 interaction broken, 0.2 s (pacts/web.json)\n")
        assert ("::endgroup::\n::stop-commands::" in told) is runner
        reporter.waiting("for others")
        assert _read(ours) == "for others\n"
        with pytest.raises(BlockingIOError):
            _read(ours)


def _on_a_runner(*told: tuple[Contract, Sequence[InteractionResult]]) -> list[str]:
    """Return the lines of a runner's log but those that only stop commands and let them through again."""
    content = io.BytesIO()
    log = RunnerLog(content, log_line)
    log.stop_commands()
    with redirect_stdout(log):
        _tell(Terminal(console()), *told)
    log.resume_commands()
    tokens = [line[len("::stop-commands::") :] for line in content.getvalue().decode().splitlines() if "stop-" in line]
    fences = {f"::{fence}" for token in tokens for fence in (f"stop-commands::{token}", f"{token}::")}
    return [line.rstrip() for line in content.getvalue().decode().splitlines() if line not in fences]


def test_on_a_runner_the_details_of_what_is_not_honoured_fold() -> None:
    difference = mismatch(path="$.total", expected="19.9", actual="")
    broken = result(
        FAILED,
        interaction=interaction(states=("order 42 exists",)),
        mismatches=(difference,),
        duration=0.04,
        tries=2,
        same_as="web-app 1.1.0",
    )
    untried = result(ERRORED, 1, interaction=interaction(1, description="all orders"), duration=9.5)

    assert _on_a_runner(
        (_of("web", source="web.json"), (broken, untried, result(PASSED, 2))), (_of("fine"), _results(PASSED))
    ) == [
        "verifying 2 contracts: 4 interactions",
        "✗ web: 1 of 3 interactions broken, 1 could not be tried (1 as verified for web-app 1.1.0), 9.5 s (web.json)",
        "::group::Details of web",
        "",
        "✗ web · a request for order 42",
        "  GET /orders/42",
        "  given order 42 exists",
        "",
        "    body $.total: the key “total” is missing",
        "      expected  19.9",
        "      actual    (missing)",
        "",
        "    It was tried twice.",
        "    As verified for web-app 1.1.0.",
        "",
        "✗ web · all orders",
        "  GET /orders/42",
        "",
        "    the provider did not answer within 10 s (request-timeout)",
        "::endgroup::",
        "✓ fine: 1 interaction honoured, 0.2 s (pacts/web.json)",
    ]


def test_details_are_bounded() -> None:
    results = [
        result(FAILED, position, mismatches=tuple(mismatch(path=f"$.k{number}") for number in range(15)))
        for position in range(30)
    ]
    lines = _on_a_runner(*((_of(f"web-{number}"), results) for number in range(DETAILS_SHOWN + 2)))
    first = lines[lines.index("::group::Details of web-0") : lines.index("::endgroup::")]

    assert sum(" · a request for order 42" in line for line in first) == INTERACTIONS_SHOWN
    assert sum("is missing" in line for line in first) == INTERACTIONS_SHOWN * MISMATCHES_SHOWN
    assert first[-1] == "… and 10 more interactions of web-0: see the JSON report."
    assert lines.count("::endgroup::") == DETAILS_SHOWN
    assert sum(line.startswith("✗ web-") and "30 of 30 interactions broken" in line for line in lines) == 52


def test_what_nobody_tried_has_no_details() -> None:
    untried = result(ERRORED, error="not verified: the run ended before this interaction was tried", tries=0)

    assert _on_a_runner((_of("web"), (untried,)), (_of("empty"), ())) == [
        "verifying 2 contracts: 1 interaction",
        "? web: 1 of 1 interaction could not be tried (pacts/web.json)",
        "? empty: no interactions (pacts/web.json)",
    ]


@given(st.lists(st.lists(st.sampled_from(Outcome), min_size=1, max_size=4), max_size=6))
def test_each_fold_stands_below_the_line_of_its_contract_and_is_closed_before_the_next(
    contracts: list[list[Outcome]],
) -> None:
    _, *lines = _on_a_runner(*((_of(f"web-{number}"), _results(*each)) for number, each in enumerate(contracts)))
    marks: list[str] = []
    for line in lines:
        if line.startswith("::"):
            marks.append(line)
        elif line[:1] in MARKS.values() and "pacts/web.json" in line:
            marks.append(line[0])
    expected: list[str] = []
    for number, each in enumerate(contracts):
        mark = "✗" if FAILED in each else "?" if ERRORED in each else "✓"
        expected += [mark] if mark == "✓" else [mark, f"::group::Details of web-{number}", "::endgroup::"]

    assert marks == expected
