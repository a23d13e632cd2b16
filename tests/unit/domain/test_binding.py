"""DESIGN's table "Which contracts are relevant, and which bind", row by row and as a whole."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.contracts import Because, Contract, PacticipantVersion, Selection
from gate.domain.live import LiveVersion
from gate.domain.matrix import binds
from gate.domain.report import Stage
from tests.builders import CONSUMER, SERVICE, candidate, contract, live

LIVE, MAIN, SAME, SOME, SELECTED, WIP, ITSELF = Because


def _contract(*because: Because, pending: bool = False, consumer: str = CONSUMER) -> Contract:
    return contract(
        consumer=PacticipantVersion(name=consumer, version="1"), selection=Selection(because=because, pending=pending)
    )


@pytest.mark.parametrize(
    ("because", "pending", "change", "deploy"),
    [
        ((LIVE,), False, True, True),
        ((LIVE,), True, True, True),
        ((MAIN,), False, True, False),
        ((MAIN,), True, False, False),
        ((SAME,), False, True, False),
        ((SAME,), True, False, False),
        ((SOME,), False, True, False),
        ((SOME,), True, False, False),
        ((SELECTED,), False, True, False),
        ((SELECTED,), True, False, False),
        ((WIP,), False, False, False),
        ((WIP,), True, False, False),
        ((WIP, MAIN), False, True, False),
        ((WIP, MAIN), True, False, False),
        ((WIP, SELECTED), False, True, False),
        ((MAIN, LIVE), True, True, True),
    ],
)
@pytest.mark.parametrize("stage", Stage)
def test_what_nobody_has_live_binds_by_its_reasons(
    because: Sequence[Because], stage: Stage, *, pending: bool, change: bool, deploy: bool
) -> None:
    one = _contract(*because, pending=pending)

    assert binds(one, [], candidate(stage=stage)) == (change if stage is Stage.CHANGE else deploy)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("because", [(LIVE,), (MAIN,), (SAME,), (LIVE, MAIN), (SELECTED, LIVE), (WIP,)])
def test_of_the_service_itself_what_it_replaces_does_not_bind(because: Sequence[Because], stage: Stage) -> None:
    assert not binds(_contract(*because, consumer=SERVICE), [], candidate(stage=stage))


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("because", [(ITSELF,), (LIVE, ITSELF), (WIP, ITSELF)])
def test_what_the_candidate_expects_of_itself_binds_pending_or_not(because: Sequence[Because], stage: Stage) -> None:
    assert all(
        binds(_contract(*because, pending=pending, consumer=SERVICE), [], candidate(stage=stage))
        for pending in (True, False)
    )


def test_of_the_service_itself_another_instance_that_is_live_is_a_reason() -> None:
    other = live(SERVICE, instance="blue")

    assert binds(_contract(MAIN, pending=True, consumer=SERVICE), [other], candidate(stage=Stage.DEPLOY))


@pytest.mark.parametrize("stage", Stage)
def test_a_contract_that_was_named_by_itself_binds(stage: Stage) -> None:
    assert binds(contract(), [], candidate(stage=stage))


because = st.lists(st.sampled_from(Because), min_size=1, max_size=4, unique=True)
stages = st.sampled_from(Stage)


@given(reasons=because, pending=st.booleans(), stage=stages, consumer=st.sampled_from([CONSUMER, SERVICE]))
def test_what_a_live_counterpart_holds_binds_whatever_else_is_said(
    *,
    reasons: list[Because],
    pending: bool,
    stage: Stage,
    consumer: str,
) -> None:
    one = _contract(*reasons, pending=pending, consumer=consumer)

    assert binds(one, [live(consumer)], candidate(stage=stage))


@given(reasons=because, pending=st.booleans(), stage=stages)
def test_what_the_store_selected_as_live_binds_even_when_it_is_no_longer_listed(
    *,
    reasons: list[Because],
    pending: bool,
    stage: Stage,
) -> None:
    assert binds(_contract(*reasons, LIVE, pending=pending), [], candidate(stage=stage))


@given(reasons=because, more=because, pending=st.booleans(), stage=stages, held=st.booleans())
def test_one_more_reason_never_lets_a_contract_go(
    *,
    reasons: list[Because],
    more: list[Because],
    pending: bool,
    stage: Stage,
    held: bool,
) -> None:
    here: list[LiveVersion] = [live()] if held else []
    before = binds(_contract(*reasons, pending=pending), here, candidate(stage=stage))

    assert binds(_contract(*reasons, *more, pending=pending), here, candidate(stage=stage)) >= before


def test_what_may_be_deployed_binds_no_less_for_the_pull_request_before_it() -> None:
    for reasons, pending in product([*product(Because), *product(Because, Because)], [True, False]):
        one = _contract(*reasons, pending=pending)

        assert binds(one, [], candidate(stage=Stage.CHANGE)) >= binds(one, [], candidate(stage=Stage.DEPLOY))


def test_a_contract_without_any_reason_binds() -> None:
    nobody_knows = contract(selection=Selection(because=()))

    assert binds(nobody_knows, (), candidate(stage=Stage.DEPLOY))
