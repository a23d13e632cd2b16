from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.results import (
    Cause,
    InteractionResult,
    KeptResult,
    Outcome,
    after_another_try,
    is_open_to_another_try,
    settle,
    succeeded,
    worst,
)
from tests.builders import interaction, result

ONE = [interaction(0)]


def _errors(results: tuple[InteractionResult, ...]) -> list[tuple[Outcome, str]]:
    return [(one.outcome, one.error) for one in results]


def test_each_interaction_keeps_its_result_in_the_contracts_order() -> None:
    settled = settle([interaction(0), interaction(1)], [result(Outcome.FAILED, 1), result(Outcome.PASSED, 0)])

    assert settled == (result(Outcome.PASSED, 0), result(Outcome.FAILED, 1))


def test_an_interaction_without_a_result_could_not_be_tried() -> None:
    assert _errors(settle(ONE, [])) == [
        (Outcome.ERRORED, "not verified: the run ended before this interaction was tried")
    ]


def test_two_passes_for_one_interaction_are_none() -> None:
    assert _errors(settle(ONE, [result(), result()])) == [
        (Outcome.ERRORED, "the engine gave 2 results for this interaction where it owes exactly one")
    ]


def test_a_break_outweighs_a_pass_of_the_same_interaction() -> None:
    assert settle(ONE, [result(), result(Outcome.FAILED)]) == (result(Outcome.FAILED),)


def test_a_stray_result_makes_every_pass_doubtful_and_hides_no_break() -> None:
    settled = settle([interaction(0), interaction(1)], [result(), result(Outcome.FAILED, 1), result(position=7)])

    assert _errors(settled) == [
        (Outcome.ERRORED, "the engine also gave results for interactions that this contract does not have"),
        (Outcome.FAILED, ""),
    ]


P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED


@pytest.mark.parametrize(
    ("outcomes", "success"),
    [
        ([], None),
        ([P], True),
        ([P, P], True),
        ([F], False),
        ([P, F], False),
        ([E, F], False),
        ([E], None),
        ([P, E], None),
    ],
)
def test_a_contract_is_honoured_when_all_passed_and_broken_when_anything_failed(
    outcomes: list[Outcome],
    success: bool | None,  # noqa: FBT001 - as it is returned
) -> None:
    assert succeeded(result(outcome, position) for position, outcome in enumerate(outcomes)) is success


YES, NO, LATER = KeptResult(success=True), KeptResult(success=False), KeptResult(success=True, url="later")


@pytest.mark.parametrize(
    ("several", "one"),
    [
        ([], None),
        ([None], None),
        ([YES], YES),
        ([NO], NO),
        ([YES, LATER], LATER),
        ([YES, None], None),
        ([None, YES], None),
        ([None, NO], NO),
        ([NO, YES], NO),
        ([YES, None, NO], NO),
    ],
)
def test_the_worst_of_several_results(several: Sequence[KeptResult | None], one: KeptResult | None) -> None:
    assert worst(iter(several)) == one


@given(st.lists(st.sampled_from([YES, NO, None]), max_size=6))
def test_a_failed_result_outweighs_a_missing_one_and_that_a_passed_one(several: list[KeptResult | None]) -> None:
    found = worst(several)

    if NO in several:
        assert found == NO
    elif None in several or not several:
        assert found is None
    else:
        assert found == YES


PASSED, FAILED, ERRORED = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "outcome", "flaky"),
    [
        (FAILED, FAILED, FAILED, False),
        (FAILED, PASSED, FAILED, True),
        (FAILED, ERRORED, FAILED, False),
        (ERRORED, FAILED, FAILED, False),
        (ERRORED, PASSED, PASSED, False),
        (ERRORED, ERRORED, ERRORED, False),
    ],
)
def test_what_two_tries_say_together(
    first: Outcome, second: Outcome, outcome: Outcome, *, flaky: bool, allowed: bool
) -> None:
    both = after_another_try(
        result(first, error="one", duration=1.0), result(second, error="two", duration=2.0), flaky_allowed=allowed
    )

    assert (both.outcome, both.flaky) == (PASSED if flaky and allowed else outcome, flaky)
    assert (both.tries, both.duration) == (2, 3.0)
    assert both.error == ("one" if first is FAILED else "two")


@pytest.mark.parametrize("first", [FAILED, ERRORED])
def test_a_second_try_that_did_not_come_about_says_nothing(first: Outcome) -> None:
    one = result(first, error="one", same_as="web 1")

    assert after_another_try(one, result(ERRORED, error="two", cause=Cause.NOT_TRIED, tries=0)) == one


def test_what_was_tried_for_itself_is_its_own() -> None:
    assert after_another_try(result(FAILED, same_as="web 1"), result(FAILED)).same_as == ""


@pytest.mark.parametrize(
    ("one", "is_open"),
    [
        (result(PASSED), False),
        (result(FAILED), True),
        (result(FAILED, tries=2), False),
        (result(ERRORED, cause=Cause.TIMEOUT), True),
        (result(ERRORED, cause=Cause.ENGINE, tries=2), False),
        (result(ERRORED, cause=Cause.NOT_TRIED, tries=0), True),
        (result(ERRORED, cause=Cause.MESSAGE), True),
        (result(ERRORED, cause=Cause.MESSAGE, tries=0), False),
    ],
)
def test_what_a_second_try_can_tell_something_of(one: InteractionResult, *, is_open: bool) -> None:
    assert is_open_to_another_try(one) is is_open
