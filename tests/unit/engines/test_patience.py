"""How long a provider is asked that does not answer."""

from typing import Any

import pytest

from gate.domain.results import Cause, Outcome
from gate.engines.pact_engine.document import PactDocument, read
from gate.engines.pact_engine.patience import OF_A_CONTRACT, OF_A_REPLICA, OF_A_SECOND_TRY, Patience
from tests.builders import as_bytes, http, pact, result

SILENT = result(Outcome.ERRORED, error="it hangs", cause=Cause.TIMEOUT)


def _document(number: int) -> PactDocument:
    return read(as_bytes(pact(http(f"number {number}"))))


def _asked(patience: Patience, number: int, times: int, **more: Any) -> None:
    patience.begin(_document(number))
    for _ in range(times):
        patience.note(result(Outcome.ERRORED, error="it hangs", **({"cause": Cause.TIMEOUT} | more)))


@pytest.mark.parametrize(
    ("cause", "duration"),
    [(Cause.TIMEOUT, 10.0), (Cause.CONNECTION, 0.1), (Cause.STATE, 9.0), (Cause.MESSAGE, 9.5)],
)
def test_a_contract_that_hangs_is_given_up_and_the_next_has_its_turn(cause: Cause, duration: float) -> None:
    patience = Patience(10.0)
    _asked(patience, 1, OF_A_CONTRACT - 1, cause=cause, duration=duration)
    assert (patience.is_short, patience.is_over_here) == (True, False)

    _asked(patience, 1, 1, cause=cause, duration=duration)
    assert (patience.is_over_here, patience.is_over) == (True, False)
    assert patience.explanation == "not tried: 5 interactions in a row had no answer, the last one because it hangs"

    patience.begin(_document(2))
    assert (patience.is_over_here, patience.is_short) == (False, True)


def test_after_several_contracts_nobody_is_believed_to_be_there() -> None:
    patience = Patience(10.0)
    for number in range(OF_A_REPLICA // OF_A_CONTRACT):
        assert not patience.is_over
        _asked(patience, number, OF_A_CONTRACT)

    patience.begin(_document(9))
    assert (patience.is_over, patience.is_over_here) == (True, True)
    assert patience.explanation.startswith("not tried: 20 interactions in a row had no answer")


@pytest.mark.parametrize(
    "answer",
    [
        result(),
        result(Outcome.FAILED),
        result(Outcome.ERRORED, cause=Cause.STATE),
        result(Outcome.ERRORED, cause=Cause.STATE, duration=8.0),
        result(Outcome.FAILED, duration=30.0),
        result(Outcome.ERRORED, cause=Cause.ENGINE),
    ],
)
def test_any_answer_gives_new_patience(answer: Any) -> None:
    patience = Patience(10.0)
    _asked(patience, 1, OF_A_CONTRACT)
    patience.note(answer)

    assert (patience.is_short, patience.is_over_here) == (False, False)


def test_what_was_not_tried_is_no_answer() -> None:
    patience = Patience(10.0)
    _asked(patience, 1, OF_A_CONTRACT)
    patience.note(result(Outcome.ERRORED, cause=Cause.NOT_TRIED, tries=0))

    assert patience.is_over_here


@pytest.mark.parametrize("before", [0, OF_A_REPLICA - OF_A_SECOND_TRY, OF_A_REPLICA, 2 * OF_A_REPLICA])
def test_a_second_try_is_given_up_sooner(before: int) -> None:
    patience = Patience(10.0)
    _asked(patience, 1, before)
    patience.renew()
    assert not patience.is_over_here

    _asked(patience, 2, OF_A_SECOND_TRY)
    assert patience.is_over is (before > 0)


@pytest.mark.parametrize("cause", [Cause.STATE, Cause.MESSAGE])
def test_a_state_or_a_message_that_takes_as_long_as_a_request_may_is_no_answer(cause: Cause) -> None:
    patience = Patience(request_timeout=2.0)
    _asked(patience, 1, OF_A_CONTRACT, cause=cause, duration=1.6)
    assert not patience.is_over_here

    _asked(patience, 1, OF_A_CONTRACT, cause=cause, duration=1.8)
    assert patience.is_over_here


def test_a_pass_that_takes_long_is_an_answer() -> None:
    patience = Patience(request_timeout=2.0)
    _asked(patience, 1, OF_A_CONTRACT)
    patience.note(result(duration=5.0))

    assert not patience.is_short
