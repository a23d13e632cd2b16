"""Who must honour what the candidate expects, and what a store that knows too little is worth."""

from typing import Any

import pytest

from gate.domain.live import LiveVersion
from gate.domain.report import Stage
from gate.domain.verdict import Decision, Role
from tests.builders import COMMIT, SERVICE, candidate, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import NO, YES, World, expecting, own, past, with_provider

STOCK = live("stock")
ENVIRONMENTS = ("production", "staging")


def _world(**store: Any) -> World:
    values: dict[str, Any] = {
        "own": {COMMIT: [own()]},
        "live_at": [[STOCK]],
        "kept": {with_provider(): [YES]},
    }
    return World(store=MemoryStore(**(values | store)))


def test_a_live_provider_that_honours_the_contract_is_no_obstacle() -> None:
    world = _world()
    ended = world.end()

    assert (ended.decision, world.provider.ran) == (Decision.ALLOW, 0)
    assert ended.entry("stock 1").integration.role is Role.PROVIDER
    assert ended.reasons == "1 binding contract honoured, 1 of them by a result that the store keeps"


@pytest.mark.parametrize(
    ("second", "decision"), [(YES, Decision.ALLOW), (NO, Decision.BLOCK), (None, Decision.UNKNOWN)]
)
def test_each_live_version_of_a_provider_needs_its_own_result(second: Any, decision: Decision) -> None:
    world = _world(
        live_at=[[STOCK, live("stock", "2", instance="blue")]],
        kept={with_provider(): [YES], with_provider("2"): [second]},
    )

    assert world.end().decision == decision


def test_a_provider_that_is_not_live_makes_it_unknown() -> None:
    ended = _world(live_at=[[live("other")]]).end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.reasons == (
        "stock: no version of it is recorded as live in production. Deploy stock there first, or record what runs "
        "there with record-deployment."
    )


def test_a_provider_must_be_live_in_every_environment() -> None:
    world = _world()
    world.candidate = candidate(environments=ENVIRONMENTS)
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert "no version of it is recorded as live in staging." in ended.reasons


def test_one_version_in_every_environment_needs_one_result() -> None:
    world = _world(live_at=[[STOCK, live("stock", environment="staging")]])
    world.candidate = candidate(environments=ENVIRONMENTS)
    ended = world.end()

    assert (ended.decision, len(ended.report.entries)) == (Decision.ALLOW, 1)


@pytest.mark.parametrize(("kept", "decision"), [(YES, Decision.ALLOW), (NO, Decision.BLOCK), (None, Decision.UNKNOWN)])
def test_a_provider_version_that_goes_live_during_the_run_is_asked_for(kept: Any, decision: Decision) -> None:
    world = _world(live_at=[[STOCK], [live("stock", "2")]], kept={with_provider(): [YES], with_provider("2"): [kept]})

    assert world.end().decision == decision


def test_a_provider_that_is_taken_away_during_the_run_is_missed() -> None:
    assert _world(live_at=[[STOCK, live("other")], [live("other")]]).end().decision is Decision.UNKNOWN


def test_a_contract_of_its_own_without_interactions_is_honoured_by_nothing() -> None:
    world = _world()
    world.empty = ["with stock"]
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert "stock 1, live in production: its contract has no interactions, so nothing was verified" in ended.reasons


def test_a_contract_of_its_own_that_our_engine_refuses_is_for_its_providers_verifier() -> None:
    world = _world()
    world.unreadable = ["with stock"]

    assert world.end().decision is Decision.ALLOW
    world.store.kept = {}
    assert world.end().decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("other", "kept", "decision"),
    [
        (live(SERVICE, "0"), None, Decision.ALLOW),
        (live(SERVICE, "0", instance="blue"), None, Decision.UNKNOWN),
        (live(SERVICE, "0", instance="blue"), NO, Decision.BLOCK),
        (live(SERVICE, "0", instance="blue"), YES, Decision.ALLOW),
        (live(SERVICE, "0", released=True), None, Decision.UNKNOWN),
    ],
)
def test_what_it_expects_of_itself_its_other_instances_must_honour(
    other: LiveVersion, kept: Any, decision: Decision
) -> None:
    world = World(
        store=MemoryStore(own={COMMIT: [own(SERVICE)]}, live_at=[[other]], kept={with_provider("0", SERVICE): [kept]})
    )

    assert world.end().decision == decision


SKIPPED = (
    f"orders-api 0 has contracts with providers, and version {COMMIT[:7]} has none in the store. Publish its contracts "
    "before this step; if it needs nobody any more, say consumes: none."
)
EXPECTING = past("0", expects=True)
ELSEWHERE = past("0", expects=True, on_main=False)


@pytest.mark.parametrize(
    "store",
    [
        {"past": [EXPECTING], "known": True},
        {"past": [past(COMMIT), EXPECTING], "known": True},
        {"past": [past("2"), past(COMMIT), past("1"), EXPECTING], "known": True},
        {"past": [past(COMMIT), EXPECTING, past("00", expects=True)], "live_at": [[live(SERVICE, "00")]]},
        {"past": [ELSEWHERE], "live_at": [[live(SERVICE, "0")]]},
        {"past": [past("1")], "live_at": [[live(SERVICE, "0")]], "own": {"0": [own()]}},
    ],
)
def test_a_version_without_contracts_is_unknown_where_an_earlier_one_had_some(store: dict[str, Any]) -> None:
    world = World(store=MemoryStore(**store))
    ended = world.end()

    assert (ended.decision, ended.reasons) == (Decision.UNKNOWN, SKIPPED)
    world.consumes_none = True
    assert world.end().decision is Decision.ALLOW


@pytest.mark.parametrize(
    "store",
    [
        {"known": True},
        {"past": [past("0")], "known": True},
        {"past": [EXPECTING, past(COMMIT)], "known": True},
        {"past": [ELSEWHERE], "known": True},
        {"live_at": [[live(SERVICE, COMMIT)]]},
        {"live_at": [[live(SERVICE, "0")]]},
        {"past": [past("0")], "live_at": [[live(SERVICE, "0")]]},
    ],
)
def test_a_version_without_contracts_is_fine_where_no_earlier_one_had_any(store: dict[str, Any]) -> None:
    assert World(store=MemoryStore(**store)).end().decision is Decision.ALLOW


@pytest.mark.parametrize(("kept", "decision"), [(YES, Decision.ALLOW), (NO, Decision.BLOCK), (None, Decision.UNKNOWN)])
def test_contracts_that_are_published_during_the_run_are_looked_up(kept: Any, decision: Decision) -> None:
    world = _world(published_late=True, past=[EXPECTING], kept={with_provider(): [kept]})

    assert world.end().decision == decision


def test_a_contract_with_itself_that_is_published_during_the_run_was_not_verified() -> None:
    ended = World(store=MemoryStore(published_late=True, own={COMMIT: [own(SERVICE)]}, known=True)).end()

    assert ended.decision is Decision.UNKNOWN
    assert "it was published while this run went on, and was not verified. Run it again." in ended.reasons


def test_consumes_none_excuses_from_no_contract_that_there_is() -> None:
    world = _world(kept={with_provider(): [NO]})
    world.consumes_none = True

    assert world.end().decision is Decision.BLOCK


@pytest.mark.parametrize(
    ("stage", "first", "decision", "notes"),
    [
        (Stage.CHANGE, False, Decision.ALLOW, ("Nothing at all is recorded as live in production.",)),
        (
            Stage.CHANGE,
            True,
            Decision.ALLOW,
            ("Nothing at all is recorded as live in production, and first-deployment is set.",),
        ),
        (Stage.DEPLOY, False, Decision.UNKNOWN, ()),
        (
            Stage.DEPLOY,
            True,
            Decision.ALLOW,
            ("Nothing at all is recorded as live in production, and first-deployment is set.",),
        ),
    ],
)
def test_an_environment_in_which_nothing_is_live(
    stage: Stage, decision: Decision, notes: tuple[str, ...], *, first: bool
) -> None:
    world = World(store=MemoryStore(known=True), candidate=candidate(stage=stage), first_deployment=first)
    ended = world.end()

    assert (ended.decision, ended.report.notes) == (decision, notes)
    if decision is Decision.UNKNOWN:
        assert ended.reasons == (
            "production: nothing at all is recorded as deployed or released in this environment. Record what is live "
            "there (record-deployment), or say first-deployment: true."
        )


def test_each_environment_in_which_nothing_is_live_is_named() -> None:
    world = World(
        store=MemoryStore(held=[expecting("web", "1")], live_at=[[live("web")]]),
        candidate=candidate(stage=Stage.DEPLOY, environments=("production", "staging", "demo")),
    )

    assert [fault.where for fault in world.end().report.faults] == ["staging", "demo"]


def test_the_first_deployment_needs_its_providers_all_the_same() -> None:
    world = _world(live_at=[[]])
    world.candidate, world.first_deployment = candidate(stage=Stage.DEPLOY), True

    assert world.end().decision is Decision.UNKNOWN
