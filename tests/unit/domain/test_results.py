from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.results import InteractionResult, KeptResult, Outcome, settle, succeeded, worst
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
