"""How much of what differs is remembered."""

from gate.domain.results import Outcome
from gate.engines.pact_engine.budget import FEW, SHORT, Budget
from tests.builders import mismatch, result

LONG = result(
    Outcome.FAILED, mismatches=tuple(mismatch(path=f"$.{n}", actual="x" * 1000, message="m") for n in range(5))
)


def test_what_comes_first_is_kept_whole_and_the_rest_is_short() -> None:
    budget = Budget(5_000)

    assert budget.spend(LONG) == LONG
    short = budget.spend(LONG)
    assert (short.outcome, short.interaction) == (Outcome.FAILED, LONG.interaction)
    assert [(one.path, len(one.actual), one.message) for one in short.mismatches] == [
        (f"$.{number}", SHORT + 1, "m") for number in range(FEW)
    ]
    assert short.error == "and 2 more mismatches"


def test_what_is_short_already_stays_as_it_is() -> None:
    budget = Budget(0)
    one = result(Outcome.FAILED, mismatches=(mismatch(),), error="and 7 more mismatches")

    assert budget.spend(one) == one
    assert budget.spend(result()) == result()
