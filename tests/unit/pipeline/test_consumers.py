"""What the candidate is to honour: which contracts bind and block, also when that changes during the run."""

from typing import Any

import pytest

from gate.domain.contracts import Because, Fault
from gate.domain.report import Stage
from gate.domain.results import Outcome
from gate.domain.verdict import Decision, Evidence, OnNoContracts, Standing
from tests.builders import COMMIT, SERVICE, candidate, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import LIVE, MAIN, NO, SELECTED, WIP, YES, World, expecting, own, with_consumer

WEB = expecting("web", "1")
FAULT = Fault(where="broker", what="it answered 500.")
BROKEN = {"web 1": Outcome.FAILED}
MAYBE = expecting("web", "1", because=[MAIN], pending=True)


def _world(**store: Any) -> World:
    values: dict[str, Any] = {"held": [WEB], "live_at": [[live("web")]]}
    return World(store=MemoryStore(**(values | store)))


def test_a_live_consumer_whose_contract_is_honoured_is_no_obstacle() -> None:
    world = _world()
    ended = world.end()

    assert (ended.decision, ended.code) == (Decision.ALLOW, 0)
    assert "knows" not in world.store.asked
    assert with_consumer("web") not in world.store.readings
    assert ended.entry("web 1").integration.live == (live("web"),)
    assert ended.entry("web 1").integration.because == (Because.LIVE,)


def test_a_live_consumer_that_breaks_blocks_pending_or_not() -> None:
    world = _world(held=[expecting("web", "1", pending=True)])
    world.outcomes = BROKEN
    ended = world.end()

    assert (ended.decision, ended.code) == (Decision.BLOCK, 1)
    assert ended.reasons == "web 1, live in production: 1 of 1 interaction broken"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERRORED])
@pytest.mark.parametrize("because", [[WIP], [MAIN], [SELECTED]])
def test_what_is_pending_and_not_live_is_verified_and_blocks_nobody(because: list[Because], outcome: Outcome) -> None:
    world = _world(held=[expecting("web", "1", because=because, pending=True)], live_at=[[]])
    world.outcomes = {"web 1": outcome}
    ended = world.end()

    assert (world.provider.ran, ended.decision) == (1, Decision.ALLOW)
    assert ended.entry("web 1").standing is not Standing.HONOURED
    assert not ended.entry("web 1").integration.binding


@pytest.mark.parametrize(
    ("stage", "pending", "decision"),
    [
        (Stage.CHANGE, False, Decision.BLOCK),
        (Stage.CHANGE, True, Decision.ALLOW),
        (Stage.DEPLOY, False, Decision.ALLOW),
        (Stage.DEPLOY, True, Decision.ALLOW),
    ],
)
def test_the_head_of_a_main_branch_blocks_a_change_and_no_deployment(
    stage: Stage, decision: Decision, *, pending: bool
) -> None:
    world = _world(held=[expecting("web", "1", because=[MAIN], pending=pending)], live_at=[[live("other")]])
    world.outcomes, world.candidate = BROKEN, candidate(stage=stage)

    assert world.end().decision == decision


def test_a_consumer_that_goes_live_during_the_run_with_a_pending_contract_blocks() -> None:
    world = _world(held=[MAYBE], live_at=[[], [live("web")]])
    world.outcomes = BROKEN
    ended = world.end()

    assert (ended.decision, ended.entry("web 1").integration.binding) == (Decision.BLOCK, True)


def test_a_consumer_that_goes_live_during_the_run_with_a_contract_that_is_honoured_is_no_obstacle() -> None:
    assert _world(held=[MAYBE], live_at=[[], [live("web")]]).end().decision is Decision.ALLOW


def test_a_consumer_that_goes_live_during_the_run_with_another_contract_makes_it_unknown() -> None:
    ended = _world(live_at=[[live("web")], [live("web"), live("web", "2", instance="b")]], too=[("web", "2")]).end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.reasons == (
        "web 2, live in production, has a contract with orders-api that was not among the contracts to verify. It may "
        "have gone live during this run: run it again."
    )


def test_a_live_consumer_that_the_store_did_not_select_makes_it_unknown() -> None:
    ended = _world(live_at=[[live("web"), live("app")]], too=[("app", "1")]).end()

    assert (ended.decision, len(ended.report.faults)) == (Decision.UNKNOWN, 1)


def test_a_contract_that_is_published_anew_for_a_live_version_makes_it_unknown() -> None:
    ended = _world(live_at_the_end=[("web", "web 1"), ("web", "another")]).end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.reasons == "web has a live contract that was not there when this run began. Run it again."


def test_contracts_that_are_live_and_fetched_are_no_news() -> None:
    assert _world(live_at_the_end=[("web", "web 1")]).end().decision is Decision.ALLOW


def test_a_break_outweighs_a_consumer_that_was_passed_over() -> None:
    world = _world(live_at=[[live("web"), live("app")]], too=[("app", "1")])
    world.outcomes = BROKEN
    ended = world.end()

    assert ended.decision is Decision.BLOCK
    assert "app 1, live in production, has a contract" in ended.reasons


def test_who_is_live_without_a_contract_is_no_obstacle() -> None:
    assert _world(live_at=[[live("web"), live("stock")]]).end().decision is Decision.ALLOW


def test_what_is_live_elsewhere_is_no_counterpart() -> None:
    ended = _world(live_at=[[live("web"), live("app", environment="staging")]], too=[("app", "1")]).end()

    assert ended.decision is Decision.ALLOW


def test_the_version_that_is_shown_is_one_that_is_live() -> None:
    ended = _world(held=[expecting("web", "1", "2", "3")], live_at=[[live("web", "1"), live("web", "2")]]).end()

    assert ended.entry("web 2").integration.live == (live("web", "1"), live("web", "2"))


def test_a_service_that_consumes_itself_is_verified_against_itself() -> None:
    myself = own(SERVICE)
    world = World(store=MemoryStore(own={COMMIT: [myself]}, live_at=[[live(SERVICE, "0")]]))
    ended = world.end()

    assert (ended.decision, world.provider.ran, len(ended.report.entries)) == (Decision.ALLOW, 1, 1)
    world.outcomes = {myself.content_id: Outcome.FAILED}
    assert world.end().decision is Decision.BLOCK


def test_a_service_whose_live_version_expects_of_it_what_this_one_does_has_one_contract_with_itself() -> None:
    myself = own(SERVICE, "0")
    held = expecting(SERVICE, "0", COMMIT, content_id=myself.content_id, pending=True)
    world = World(
        store=MemoryStore(held=[held], own={COMMIT: [myself]}, live_at=[[live(SERVICE, "0")]]),
        outcomes={myself.content_id: Outcome.FAILED},
    )
    ended = world.end()

    (entry,) = ended.report.entries
    assert (ended.decision, entry.integration.because) == (Decision.BLOCK, (Because.LIVE, Because.ITSELF))


@pytest.mark.parametrize(
    ("other", "decision"),
    [
        (live(SERVICE, "0"), Decision.ALLOW),
        (live(SERVICE, "0", instance="blue"), Decision.BLOCK),
        (live(SERVICE, "0", released=True), Decision.BLOCK),
    ],
)
def test_what_an_earlier_version_expects_of_this_one_counts_unless_it_is_replaced(
    other: Any, decision: Decision
) -> None:
    world = World(
        store=MemoryStore(held=[expecting(SERVICE, "0")], live_at=[[other]]),
        outcomes={f"{SERVICE} 0": Outcome.FAILED},
    )

    assert world.end().decision == decision


@pytest.mark.parametrize(
    ("store", "decision"),
    [
        ({"live_at": [[live(SERVICE, "0")]]}, Decision.ALLOW),
        ({"known": True}, Decision.ALLOW),
        ({}, Decision.UNKNOWN),
        ({"live_at": [[live("other")]]}, Decision.UNKNOWN),
    ],
)
def test_without_a_counterpart_a_service_has_to_be_known(store: dict[str, Any], decision: Decision) -> None:
    world = World(store=MemoryStore(**store))

    assert (world.end().decision, world.provider.ran) == (decision, 0)


def test_without_a_counterpart_an_unknown_service_may_be_allowed_explicitly() -> None:
    ended = World(on_no_contracts=OnNoContracts.ALLOW).end()

    assert ended.decision is Decision.ALLOW
    assert "on-no-contracts is set to allow" in ended.reasons


@pytest.mark.parametrize(
    ("kept", "decision"),
    [([YES, YES], Decision.ALLOW), ([YES, NO], Decision.BLOCK), ([YES, None], Decision.UNKNOWN)],
)
def test_without_a_provider_every_live_version_needs_its_result(kept: list[Any], decision: Decision) -> None:
    world = _world(
        held=[expecting("web", "1", "2")],
        live_at=[[live("web", "1"), live("web", "2", released=True)]],
        kept={with_consumer("web", str(number)): [one] for number, one in enumerate(kept, 1)},
    )
    world.verifies = False
    ended = world.end()

    assert ended.decision == decision
    assert ended.report.entries[0].integration.evidence is Evidence.KEPT
    assert ended.report.provider is None


@pytest.mark.parametrize(
    ("empty", "unreadable", "decision", "reason"),
    [
        (["web 1"], [], Decision.UNKNOWN, "web 1, live in production: its contract has no interactions"),
        ([], ["web 1"], Decision.ALLOW, "1 binding contract honoured, 1 of them by a result that the store keeps"),
    ],
)
def test_a_kept_pass_of_nothing_is_none_and_of_what_our_engine_refuses_is_one(
    empty: list[str], unreadable: list[str], decision: Decision, reason: str
) -> None:
    world = _world(kept={with_consumer("web"): [YES]})
    world.verifies, world.empty, world.unreadable = False, empty, unreadable
    ended = world.end()

    assert ended.decision == decision
    assert ended.reasons.startswith(reason)


@pytest.mark.parametrize("kept", [NO, None])
def test_without_a_provider_what_is_pending_and_not_live_blocks_nobody(kept: Any) -> None:
    world = _world(held=[WEB, expecting("app", "1", because=[MAIN], pending=True)])
    world.store.kept = {with_consumer("web"): [YES], with_consumer("app"): [kept]}
    world.verifies = False
    ended = world.end()

    assert ended.decision is Decision.ALLOW
    assert ended.entry("app 1").standing is not Standing.HONOURED


def test_without_a_provider_this_version_must_have_been_verified_against_itself() -> None:
    myself = own(SERVICE)
    world = World(verifies=False, store=MemoryStore(own={COMMIT: [myself]}, known=True))

    assert world.end().decision is Decision.UNKNOWN
    world.store.kept = {with_consumer(SERVICE, COMMIT): [YES]}
    assert world.end().decision is Decision.ALLOW


def test_without_a_provider_the_equal_contract_of_somebody_else_says_nothing_of_its_own() -> None:
    world = _world(
        held=[expecting("web", "1", content_id="same")],
        own={COMMIT: [own(SERVICE, content_id="same")]},
        kept={with_consumer("web"): [YES]},
    )
    world.verifies = False

    assert world.end().decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("kept", "decision"), [([YES, FAULT], Decision.UNKNOWN), ([NO, FAULT], Decision.BLOCK), ([FAULT], Decision.UNKNOWN)]
)
def test_a_result_that_the_store_cannot_tell_hides_no_break_and_is_no_pass(kept: list[Any], decision: Decision) -> None:
    world = _world(
        held=[expecting("web", "1", "2")],
        live_at=[[live("web", str(number)) for number, _ in enumerate(kept, 1)]],
        kept={with_consumer("web", str(number)): [one] for number, one in enumerate(kept, 1)},
    )
    world.verifies = False

    assert world.end().decision == decision


def test_what_our_engine_refuses_is_not_verified() -> None:
    world = _world(held=[WEB, expecting("web", "2", because=[LIVE, MAIN])])
    world.unreadable = ["web 2"]
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.reasons == "web 2: could not be verified: https://broker/web: it is odd."
