"""Exceptions end, and never far away; and they excuse nothing but the counterpart that they name."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.advice import Advice, Trouble, advise
from gate.domain.exceptions import AgreedException, in_force
from gate.domain.results import Outcome
from gate.domain.verdict import Evidence, Integration, Role
from tests.builders import SERVICE, excepted, integration, kept

TODAY = date(2026, 11, 22)
WHERE = ".contract-gate.yml"
P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED


def _until(days: int, counterpart: str = "web") -> AgreedException:
    return excepted(counterpart, until=TODAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "holds"), [(-365, False), (-1, False), (0, True), (1, True), (29, True), (30, True), (31, False)]
)
def test_an_exception_holds_to_the_end_of_its_last_day_and_thirty_days_at_most(days: int, *, holds: bool) -> None:
    one = _until(days)
    found, faults = in_force([one], TODAY, WHERE)

    assert (found, len(faults)) == (((one,), 0) if holds else ((), 1))


def test_one_that_ended_is_a_fault_that_names_who_answers_for_it() -> None:
    _, (fault,) = in_force([_until(-1)], TODAY, WHERE)

    assert str(fault) == (
        ".contract-gate.yml: the exception for web ended on 2026-11-21: it is rewritten without the old total. "
        "team-web answers for it: take it out, or agree on it anew."
    )


def test_one_that_lasts_too_long_is_a_fault_that_names_who_answers_for_it() -> None:
    _, (fault,) = in_force([_until(31)], TODAY, WHERE)

    assert str(fault) == (
        ".contract-gate.yml: the exception for web runs until 2026-12-23, and 30 days is the longest. "
        "team-web answers for it: shorten it."
    )


def test_a_reason_without_a_full_stop_does_not_run_into_the_remedy() -> None:
    for days in (-1, 31):
        _, (fault,) = in_force([excepted("web", reason="BILL-12", until=TODAY + timedelta(days=days))], TODAY, WHERE)

        assert "BILL-12 team-web" not in str(fault)


def test_one_that_does_not_hold_leaves_the_others_in_force() -> None:
    web, app = _until(3), _until(5, "app")
    found, faults = in_force(iter([_until(-1), web, _until(31, "app"), app]), TODAY, WHERE)

    assert (found, len(faults)) == ((web, app), 2)


@given(st.lists(st.builds(_until, st.integers(-40, 40), st.sampled_from(["web", "app"])), max_size=5))
def test_every_exception_is_in_force_or_a_fault(every: list[AgreedException]) -> None:
    found, faults = in_force(every, TODAY, WHERE)

    assert [one for one in every if TODAY <= one.until <= TODAY + timedelta(days=30)] == list(found)
    assert len(found) + len(faults) == len(every)


def test_an_exception_reads_as_a_sentence() -> None:
    assert str(excepted("web")) == (
        "web is excepted until 2026-12-01: it is rewritten without the old total (team-web answers for it)"
    )


EXCEPTED: dict[str, Any] = {"exception": excepted()}


@pytest.mark.parametrize(
    ("one", "excused", "blocks"),
    [
        (integration(P), False, True),
        (integration(F), False, True),
        (integration(F, binding=False), False, False),
        (integration(P, **EXCEPTED), False, True),
        (integration(F, **EXCEPTED), True, False),
        (integration(E, **EXCEPTED), True, False),
        (integration(**EXCEPTED), True, False),
        (integration(evidence=Evidence.GONE, **EXCEPTED), True, False),
        (kept(success=True, **EXCEPTED), False, True),
        (kept(success=False, **EXCEPTED), True, False),
        (kept(success=None, role=Role.PROVIDER, **EXCEPTED), True, False),
        (integration(F, binding=False, **EXCEPTED), False, False),
        (integration(P, binding=False, **EXCEPTED), False, False),
    ],
)
def test_only_what_binds_and_is_not_fine_is_excused(one: Integration, *, excused: bool, blocks: bool) -> None:
    assert (one.is_excused, one.blocks) == (excused, blocks)


@pytest.mark.parametrize("one", [integration(F, **EXCEPTED), integration(**EXCEPTED), kept(success=None, **EXCEPTED)])
def test_whoever_answers_for_an_exception_acts(one: Integration) -> None:
    assert advise(one, SERVICE) == Advice(
        trouble=Trouble.EXCEPTED,
        next_action="Have it settled by 2026-12-01: after that it blocks.",
        who_acts="team-web",
    )


def test_what_is_fine_or_blocks_nobody_needs_no_exception() -> None:
    harmless = integration(F, binding=False)

    assert advise(integration(P, **EXCEPTED), SERVICE) is None
    assert advise(integration(F, binding=False, **EXCEPTED), SERVICE) == advise(harmless, SERVICE)
