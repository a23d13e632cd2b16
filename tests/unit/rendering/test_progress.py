"""The words for how results came about, and for a contract that is through."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from gate.domain.contracts import Because, Fault, PacticipantVersion, Selection
from gate.domain.results import InteractionResult, Outcome
from gate.rendering import progress, wording
from gate.rendering.junit import render_junit
from gate.rendering.terminal import render_terminal
from tests.builders import contract, integration, report, result

PASSED, FAILED, ERRORED = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
WEB = contract(
    consumer=PacticipantVersion(name="web-app", version="1.2.0"), selection=Selection(because=(Because.LIVE,))
)
ALLOWED = result(PASSED, flaky=True, tries=2)
REUSED = result(reused="https://ci/1", tries=0)


def _entry_of(*results: InteractionResult) -> str:
    (entry,) = report(integration(results=results)).entries
    return wording.tally(entry)


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ([], "no interactions"),
        ([result()], "1 interaction honoured"),
        ([ALLOWED], "1 interaction honoured, only when tried again"),
        ([result(), ALLOWED, ALLOWED], "3 interactions honoured, 2 of them only when tried again"),
        ([result(FAILED), ALLOWED], "1 of 2 interactions broken, 1 honoured only when tried again"),
        ([result(ERRORED), ALLOWED], "1 of 2 interactions could not be tried, 1 honoured only when tried again"),
        ([result(FAILED), result(ERRORED), result()], "1 of 3 interactions broken, 1 could not be tried"),
    ],
)
def test_what_passed_only_when_it_was_tried_again_is_told_wherever_it_is_counted(
    results: list[InteractionResult], told: str
) -> None:
    assert _entry_of(*results) == told
    assert progress.through(WEB, results).plain.startswith(
        f"{progress.through(WEB, results).plain[0]} web-app 1.2.0: {told}"
    )


def test_what_could_not_be_verified_as_a_whole_is_not_counted() -> None:
    (entry,) = report(integration(PASSED, fault=Fault(where="a", what="b"))).entries

    assert wording.tally(entry) == "could not be verified"


@pytest.mark.parametrize(
    ("results", "line"),
    [
        ([result(duration=0.5), result(duration=0.26)], "✓ web-app 1.2.0: 2 interactions honoured, 0.8 s"),
        (
            [result(duration=0.5), *[result(same_as="web-app 1.1.0")] * 2],
            "✓ web-app 1.2.0: 3 interactions honoured (2 as verified for web-app 1.1.0), 0.5 s",
        ),
        (
            [*(result(same_as=name) for name in "abcaa"), REUSED],
            "✓ web-app 1.2.0: 6 interactions honoured (5 as verified for a and 2 more, 1 verified in an earlier run)",
        ),
        ([REUSED], "✓ web-app 1.2.0: 1 interaction honoured (1 verified in an earlier run)"),
        ([result(FAILED, flaky=True)], "✗ web-app 1.2.0: 1 of 1 interaction broken, not every time, 0.0 s"),
        ([result(FAILED), result(FAILED, flaky=True)], "✗ web-app 1.2.0: 2 of 2 interactions broken, 0.0 s"),
        ([result(), result(ERRORED, tries=0)], "? web-app 1.2.0: 1 of 2 interactions could not be tried, 0.0 s"),
    ],
)
def test_the_line_of_a_contract_says_what_came_of_it_and_what_it_rests_on(
    results: list[InteractionResult], line: str
) -> None:
    assert progress.through(WEB, results).plain == line


def test_how_much_there_is_says_no_more_than_is_worth_saying() -> None:
    assert progress.extent(150, 7500, 3000, 2) == (
        "verifying 150 contracts: 7500 interactions, 3000 of them distinct, 2 at once"
    )
    assert progress.extent(1, 1, 1, 1) == "verifying 1 contract: 1 interaction"
    assert progress.verifying(150, 4) == "verifying 150 contracts, 4 at once"


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (result(FAILED), ()),
        (result(FAILED, tries=2), ("It was tried twice.",)),
        (result(FAILED, tries=3), ("It was tried 3 times.",)),
        (result(FAILED, tries=2, flaky=True), (wording.FLAKY,)),
        (result(ERRORED, tries=2, same_as="b"), ("It was tried twice.", "As verified for b.")),
        (replace(REUSED, outcome=FAILED), ("Verified in an earlier run: https://ci/1",)),
    ],
)
def test_the_report_says_how_a_result_came_about(one: InteractionResult, told: tuple[str, ...]) -> None:
    console = Console(file=io.StringIO(), width=120, highlight=False, emoji=False)
    with console.capture() as captured:
        for renderable in render_terminal(report(integration(results=(one,)))):
            console.print(renderable)
    *lines, _ = captured.get().partition("   consumer")[0].splitlines()

    assert wording.circumstances(one) == told
    assert [line.strip() for line in lines[len(lines) - len(told) :]] == list(told)


def test_a_test_viewer_is_told_what_passed_only_when_it_was_tried_again() -> None:
    steady, flaky = (render_junit(report(integration(results=(one,)))) for one in (result(), ALLOWED))

    assert "system-out" not in steady
    assert f"<system-out>{wording.FLAKY}</system-out>" in flaky
