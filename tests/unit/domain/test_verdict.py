"""DESIGN's one property: nothing but "every binding contract was verified successfully" gives allow."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.results import Cause, InteractionResult, KeptResult, Outcome, settle
from gate.domain.verdict import (
    Decision,
    Evidence,
    Integration,
    OnNoContracts,
    Role,
    Standing,
    decide,
    decide_undeployment,
)
from tests.builders import excepted, integration, interaction, kept, live, result

P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
FAULT = Fault(where="pacts/x.json", what="the file is empty.")


def _decide(*integrations: Integration, faults: tuple[Fault, ...] = (), **policy: Any) -> Decision:
    return decide(integrations, faults, **({"on_no_contracts": OnNoContracts.UNKNOWN} | policy)).decision


@pytest.mark.parametrize(
    ("outcomes", "fault", "standing"),
    [
        ((P,), None, Standing.HONOURED),
        ((P, P), None, Standing.HONOURED),
        ((), None, Standing.UNVERIFIED),
        ((P,), FAULT, Standing.UNVERIFIED),
        ((), FAULT, Standing.UNVERIFIED),
        ((E,), None, Standing.UNVERIFIED),
        ((P, E), None, Standing.UNVERIFIED),
        ((F,), None, Standing.BROKEN),
        ((P, F), None, Standing.BROKEN),
        ((F, E), None, Standing.BROKEN),
        ((F,), FAULT, Standing.BROKEN),
    ],
)
def test_standing_of_an_integration(outcomes: tuple[Outcome, ...], fault: Fault | None, standing: Standing) -> None:
    assert standing == integration(*outcomes, fault=fault).standing


@pytest.mark.parametrize(
    ("integrations", "faults", "decision"),
    [
        ([integration(P)], (), Decision.ALLOW),
        ([integration(P), integration(P, P)], (), Decision.ALLOW),
        ([], (), Decision.UNKNOWN),
        ([], (FAULT,), Decision.UNKNOWN),
        ([integration()], (), Decision.UNKNOWN),
        ([integration(E)], (), Decision.UNKNOWN),
        ([integration(P), integration(P, E)], (), Decision.UNKNOWN),
        ([integration(P)], (FAULT,), Decision.UNKNOWN),
        ([integration(P, fault=FAULT)], (), Decision.UNKNOWN),
        ([integration(F)], (), Decision.BLOCK),
        ([integration(F), integration(E)], (), Decision.BLOCK),
        ([integration(F)], (FAULT,), Decision.BLOCK),
        ([integration(E, F)], (), Decision.BLOCK),
        ([integration(F, binding=False)], (), Decision.ALLOW),
        ([integration(E, binding=False)], (), Decision.ALLOW),
        ([integration(F, binding=False)], (FAULT,), Decision.UNKNOWN),
        ([integration(P), integration(F, binding=False)], (), Decision.ALLOW),
        ([integration(E), integration(F, binding=False)], (), Decision.UNKNOWN),
    ],
)
def test_truth_table(integrations: list[Integration], faults: tuple[Fault, ...], decision: Decision) -> None:
    assert decision == _decide(*integrations, faults=faults)


@pytest.mark.parametrize(
    ("integrations", "faults", "decision"),
    [
        ([], (), Decision.ALLOW),
        ([], (FAULT,), Decision.UNKNOWN),
        ([integration()], (), Decision.UNKNOWN),
        ([integration(E)], (), Decision.UNKNOWN),
        ([integration(F)], (), Decision.BLOCK),
    ],
)
def test_on_no_contracts_allow_speaks_of_no_contracts_alone(
    integrations: list[Integration], faults: tuple[Fault, ...], decision: Decision
) -> None:
    assert decision == _decide(*integrations, faults=faults, on_no_contracts=OnNoContracts.ALLOW)


def test_on_no_contracts_allow_is_named_in_the_verdict() -> None:
    verdict = decide([], [], on_no_contracts=OnNoContracts.ALLOW)

    assert "on-no-contracts is set to allow" in verdict.reasons[0]


@pytest.mark.parametrize(("decision", "code"), [(Decision.ALLOW, 0), (Decision.BLOCK, 1), (Decision.UNKNOWN, 3)])
def test_exit_codes(decision: Decision, code: int) -> None:
    by_decision = {Decision.ALLOW: integration(P), Decision.BLOCK: integration(F), Decision.UNKNOWN: integration(E)}

    verdict = decide([by_decision[decision]], [], on_no_contracts=OnNoContracts.UNKNOWN)

    assert (decision, code) == (verdict.decision, verdict.exit_code)


def test_reasons_name_what_broke_before_what_is_unknown() -> None:
    verdict = decide(
        [integration(P, E), integration(F, P), integration(), integration(fault=FAULT)],
        [Fault(where="", what="the disk is full.", remedy="Make room.")],
        on_no_contracts=OnNoContracts.UNKNOWN,
    )

    assert verdict.reasons == (
        "web-checkout: 1 of 2 interactions broken",
        "the disk is full. Make room.",
        "web-checkout: 1 of 2 interactions could not be verified",
        "web-checkout: its contract has no interactions, so nothing was verified (pacts/web.json)",
        "web-checkout: could not be verified: pacts/x.json: the file is empty.",
    )


def test_the_reason_to_allow_counts_what_was_honoured() -> None:
    verdict = decide([integration(P), integration(F, binding=False)], [], on_no_contracts=OnNoContracts.UNKNOWN)
    two = decide([integration(P, P), integration(P)], [], on_no_contracts=OnNoContracts.UNKNOWN)

    assert verdict.reasons == ("1 binding contract honoured, 1 interaction; 1 more does not bind",)
    assert two.reasons == ("2 binding contracts honoured, 3 interactions",)


EXCEPTED: dict[str, Any] = {"exception": excepted()}
GONE = integration(evidence=Evidence.GONE, live=(live(),))


@pytest.mark.parametrize(
    ("integrations", "faults", "decision"),
    [
        ([integration(F, **EXCEPTED)], (), Decision.ALLOW),
        ([integration(E, **EXCEPTED)], (), Decision.ALLOW),
        ([integration(**EXCEPTED)], (), Decision.ALLOW),
        ([integration(P, fault=FAULT, **EXCEPTED)], (), Decision.ALLOW),
        ([kept(success=None, **EXCEPTED)], (), Decision.ALLOW),
        ([integration(F, **EXCEPTED), integration(P)], (), Decision.ALLOW),
        ([integration(F, **EXCEPTED), integration(F)], (), Decision.BLOCK),
        ([integration(F, **EXCEPTED), integration(E)], (), Decision.UNKNOWN),
        ([integration(F, **EXCEPTED)], (FAULT,), Decision.UNKNOWN),
        ([integration(E, **EXCEPTED)], (FAULT,), Decision.UNKNOWN),
        ([integration(P, **EXCEPTED)], (FAULT,), Decision.UNKNOWN),
    ],
)
def test_what_is_excepted_neither_blocks_nor_makes_unknown_and_faults_do(
    integrations: list[Integration], faults: tuple[Fault, ...], decision: Decision
) -> None:
    assert decision == _decide(*integrations, faults=faults)


def test_an_allow_names_the_exceptions_that_it_rests_on() -> None:
    until = "web-checkout is excepted until 2026-12-01: it is rewritten without the old total (team-web answers for it)"
    verdict = decide(
        [
            integration(P),
            integration(P, **EXCEPTED),
            integration(F, live=(live(),), **EXCEPTED),
            integration(E, **EXCEPTED),
            integration(F, binding=False, **EXCEPTED),
        ],
        [],
        on_no_contracts=OnNoContracts.UNKNOWN,
    )

    assert verdict.reasons == (
        "2 binding contracts honoured, 2 interactions; 1 more does not bind",
        f"web-checkout, live in production: broken, and {until}",
        f"web-checkout: not verified, and {until}",
    )


@pytest.mark.parametrize(
    ("left", "faults", "decision"),
    [
        ([], [], Decision.ALLOW),
        ([GONE], [], Decision.BLOCK),
        ([], [FAULT], Decision.UNKNOWN),
        ([GONE], [FAULT], Decision.BLOCK),
        ([replace(GONE, **EXCEPTED)], [], Decision.ALLOW),
        ([replace(GONE, **EXCEPTED)], [FAULT], Decision.UNKNOWN),
        ([replace(GONE, **EXCEPTED), GONE], [], Decision.BLOCK),
    ],
)
def test_undeploying_leaves_nobody_alone(left: list[Integration], faults: list[Fault], decision: Decision) -> None:
    assert decision == decide_undeployment(left, faults).decision


def test_who_is_left_alone_is_named() -> None:
    assert decide_undeployment([GONE], []).reasons == (
        "web-checkout, live in production: needs this service, of which no version is live there any more",
    )
    assert decide_undeployment([], []).reasons == ("nothing that is live there was left without it",)


@pytest.mark.parametrize("outcomes", [(), (P,), (F,)])
def test_who_is_left_alone_is_broken_whatever_was_verified(outcomes: tuple[Outcome, ...]) -> None:
    assert integration(*outcomes, evidence=Evidence.GONE).standing is Standing.BROKEN


outcomes = st.sampled_from(Outcome)
integrations = st.builds(
    lambda found, evidence, success, **more: integration(
        *found, evidence=evidence, kept=None if success is None else KeptResult(success=success), **more
    ),
    st.lists(outcomes, max_size=4),
    st.sampled_from(Evidence),
    st.sampled_from([None, True, False]),
    fault=st.none() | st.just(FAULT),
    binding=st.booleans(),
    counterpart=st.builds(PacticipantVersion, name=st.sampled_from(["web", "billing", "app"])),
    role=st.sampled_from(Role),
    because=st.lists(st.sampled_from(Because), max_size=2).map(tuple),
    pending=st.booleans(),
    broken_before=st.sampled_from([None, True, False]),
    exception=st.sampled_from([None, None, excepted()]),
)
policies = st.sampled_from(OnNoContracts)


@given(st.lists(integrations, max_size=5), st.lists(st.just(FAULT), max_size=2), policies)
def test_one_binding_contract_not_fully_passed_never_gives_allow(
    found: list[Integration], faults: list[Fault], policy: OnNoContracts
) -> None:
    everything_passed = all(_passed(one) or one.exception is not None for one in found if one.binding)

    decisions = {decide(found, faults, on_no_contracts=policy, known=known).decision for known in (True, False)}

    assert Decision.ALLOW not in decisions or (everything_passed and not faults)


def _passed(one: Integration) -> bool:
    if one.evidence is Evidence.GONE:
        return False
    if one.evidence is Evidence.KEPT:
        return one.fault is None and one.kept is not None and one.kept.success
    return one.fault is None and bool(one.results) and all(each.outcome is P for each in one.results)


@given(integrations, integrations)
def test_what_does_not_bind_changes_no_decision(binding: Integration, other: Integration) -> None:
    one = replace(binding, binding=True)

    assert _decide(one) == _decide(one, replace(other, binding=False))


@given(st.lists(integrations, max_size=5), st.lists(st.just(FAULT), max_size=2), policies)
def test_what_is_excepted_decides_as_little_as_what_does_not_bind(
    found: list[Integration], faults: list[Fault], policy: OnNoContracts
) -> None:
    without = [replace(one, exception=None, binding=one.binding and one.exception is None) for one in found]

    decision = decide(found, faults, on_no_contracts=policy).decision

    assert decision is decide(without, faults, on_no_contracts=policy).decision


@given(st.lists(integrations, max_size=5), integrations, st.lists(st.just(FAULT), max_size=2), policies)
def test_adding_a_contract_never_turns_block_into_anything_else(
    found: list[Integration], one_more: Integration, faults: list[Fault], policy: OnNoContracts
) -> None:
    before = decide(found, faults, on_no_contracts=policy).decision
    after = decide([*found, one_more], faults, on_no_contracts=policy).decision

    assert before is not Decision.BLOCK or after is Decision.BLOCK


@given(st.lists(integrations, max_size=5), integrations, st.lists(st.just(FAULT), max_size=2))
def test_adding_a_contract_never_turns_unknown_into_allow_unless_there_was_none(
    found: list[Integration], one_more: Integration, faults: list[Fault]
) -> None:
    before = _decide(*found, faults=tuple(faults))
    after = _decide(*found, one_more, faults=tuple(faults))

    assert not (found and before is Decision.UNKNOWN and after is Decision.ALLOW)


@given(
    st.integers(min_value=0, max_value=4),
    st.lists(st.tuples(st.integers(min_value=0, max_value=6), outcomes), max_size=8),
)
def test_results_give_allow_only_when_each_expected_interaction_passed_exactly_once(
    expected: int, found: list[tuple[int, Outcome]]
) -> None:
    interactions = [interaction(position) for position in range(expected)]
    results: list[InteractionResult] = [result(outcome, position) for position, outcome in found]

    decision = _decide(integration(results=settle(interactions, results)))

    exactly_once = sorted(found) == [(position, P) for position in range(expected)] and expected > 0
    assert (decision is Decision.ALLOW) == exactly_once


def test_what_could_not_be_tried_names_the_kinds_of_fault() -> None:
    results = (
        result(Outcome.ERRORED, 0, cause=Cause.TIMEOUT),
        result(Outcome.ERRORED, 1, cause=Cause.STATE),
        result(Outcome.ERRORED, 2, cause=Cause.NOT_TRIED),
        result(Outcome.ERRORED, 3, cause=Cause.TIMEOUT),
        result(Outcome.ERRORED, 4),
    )
    verdict = decide([integration(results=results)], (), on_no_contracts=OnNoContracts.UNKNOWN)

    assert verdict.reasons == ("web-checkout: 5 of 5 interactions could not be verified (provider state, timeout)",)
