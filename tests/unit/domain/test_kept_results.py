"""What a result that the store keeps is worth, and in which words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.results import KeptResult, Outcome
from gate.domain.verdict import Decision, Evidence, Integration, OnNoContracts, Role, Standing, Verdict, decide
from tests.builders import integration, kept, live

FAULT = Fault(where="https://broker/pact", what="it has no interactions.")
INVENTORY = PacticipantVersion(name="inventory-api", version="3.0.0")


def _decide(*integrations: Integration, faults: tuple[Fault, ...] = (), **more: Any) -> Verdict:
    return decide(integrations, faults, **({"on_no_contracts": OnNoContracts.UNKNOWN} | more))


def _provider(success: bool | None, **more: Any) -> Integration:  # noqa: FBT001 - as in builders
    return kept(success, **({"role": Role.PROVIDER, "counterpart": INVENTORY} | more))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("success", "fault", "standing"),
    [
        (True, None, Standing.HONOURED),
        (True, FAULT, Standing.UNVERIFIED),
        (False, None, Standing.BROKEN),
        (False, FAULT, Standing.BROKEN),
        (None, None, Standing.UNVERIFIED),
        (None, FAULT, Standing.UNVERIFIED),
    ],
)
def test_standing_by_a_kept_result(role: Role, success: bool | None, fault: Fault | None, standing: Standing) -> None:  # noqa: FBT001
    assert kept(success, role=role, fault=fault).standing == standing


def test_each_kind_of_evidence_counts_for_itself_alone() -> None:
    passed, failed = KeptResult(success=True), KeptResult(success=False)

    assert integration(Outcome.ERRORED, kept=passed).standing is Standing.UNVERIFIED
    assert integration(Outcome.PASSED, kept=failed).standing is Standing.HONOURED
    assert integration(Outcome.PASSED, evidence=Evidence.KEPT).standing is Standing.UNVERIFIED
    assert integration(Outcome.FAILED, evidence=Evidence.KEPT, kept=passed).standing is Standing.HONOURED


@pytest.mark.parametrize(
    ("integrations", "decision"),
    [
        ([kept()], Decision.ALLOW),
        ([kept(), _provider(success=True)], Decision.ALLOW),
        ([kept(), _provider(success=None)], Decision.UNKNOWN),
        ([kept(), _provider(success=True, fault=FAULT)], Decision.UNKNOWN),
        ([kept(), _provider(success=False)], Decision.BLOCK),
        ([kept(success=None), _provider(success=False)], Decision.BLOCK),
        ([kept(success=False, binding=False)], Decision.ALLOW),
        ([kept(success=None, binding=False), _provider(success=None)], Decision.UNKNOWN),
        ([integration(Outcome.PASSED), _provider(success=True)], Decision.ALLOW),
        ([integration(Outcome.FAILED), _provider(success=None)], Decision.BLOCK),
        ([integration(Outcome.ERRORED), _provider(success=False)], Decision.BLOCK),
    ],
)
def test_truth_table(integrations: list[Integration], decision: Decision) -> None:
    assert _decide(*integrations).decision == decision


@pytest.mark.parametrize("policy", OnNoContracts)
def test_a_service_that_the_store_knows_needs_no_counterpart(policy: OnNoContracts) -> None:
    verdict = _decide(known=True, on_no_contracts=policy)

    assert verdict.decision is Decision.ALLOW
    assert verdict.reasons == (
        "nothing that is live, or at the head of a branch that counts, has a contract with this service",
    )


def test_a_service_that_the_store_knows_is_allowed_nothing_else() -> None:
    assert _decide(known=True, faults=(FAULT,)).decision is Decision.UNKNOWN
    assert _decide(kept(success=None), known=True).decision is Decision.UNKNOWN
    assert _decide(kept(success=False), known=True).decision is Decision.BLOCK


WEB = PacticipantVersion(name="web", version="4f2c3d1" + "0" * 33)
SINCE = (live("web", WEB.version or "", since=datetime(2026, 11, 3, tzinfo=UTC)),)
LIVE = (live("inventory-api", "3.0.0"), live("inventory-api", "3.0.0", "staging"))


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (
            integration(Outcome.PASSED, Outcome.FAILED, counterpart=WEB, live=SINCE),
            "web 4f2c3d1, live in production since 2026-11-03: 1 of 2 interactions broken",
        ),
        (
            kept(success=False, counterpart=WEB),
            "web 4f2c3d1: this version fails its contract",
        ),
        (
            kept(success=None, counterpart=WEB, live=SINCE),
            "web 4f2c3d1, live in production since 2026-11-03: no result says that this version honours its contract",
        ),
        (
            _provider(success=False, live=LIVE),
            "inventory-api 3.0.0, live in production and staging: fails the contract of this version",
        ),
        (
            _provider(success=None, live=LIVE),
            (
                "inventory-api 3.0.0, live in production and staging: no result says that it honours the contract "
                "of this version"
            ),
        ),
        (
            _provider(
                success=None,
                counterpart=PacticipantVersion(name="inventory-api"),
                fault=Fault(where="", what="no version of inventory-api is recorded as live in production."),
            ),
            "inventory-api: no version of inventory-api is recorded as live in production.",
        ),
        (kept(fault=FAULT), "web-checkout: could not be verified: https://broker/pact: it has no interactions."),
    ],
)
def test_reasons_against(one: Integration, reason: str) -> None:
    assert _decide(one).reasons == (reason,)


@pytest.mark.parametrize(
    ("integrations", "reason"),
    [
        ([kept()], "1 binding contract honoured, 1 of them by a result that the store keeps"),
        (
            [kept(), _provider(success=True)],
            "2 binding contracts honoured, 2 of them by a result that the store keeps",
        ),
        (
            [integration(Outcome.PASSED, Outcome.PASSED), _provider(success=True), kept(success=None, binding=False)],
            (
                "2 binding contracts honoured, 1 of them by a result that the store keeps, 2 interactions; 1 more does "
                "not bind"
            ),
        ),
        ([kept(success=False, binding=False)], "none of the relevant contracts binds"),
    ],
)
def test_reasons_in_favour(integrations: list[Integration], reason: str) -> None:
    assert _decide(*integrations).reasons == (reason,)
