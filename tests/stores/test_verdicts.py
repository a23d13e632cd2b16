"""The verdicts of whole runs: the same of every store, as they follow from the same facts."""

from typing import Any

import pytest

from gate.domain.report import Stage
from gate.domain.verdict import OnNoContracts
from tests.builders import excepted, pact
from tests.stores.runs import (
    ALLOW,
    BLOCK,
    BROKEN,
    HONOURED,
    UNKNOWN,
    UNVERIFIED,
    Pipelines,
    policy_of,
    standings,
)
from tests.stores.worlds import API, BILLING, PRODUCTION, STAGING, USERS, WEB, World, expects, written

DEPLOY: dict[str, Any] = {"stage": Stage.DEPLOY}


@pytest.fixture
def pipelines(world: World) -> Pipelines:
    """Have a consumer that is live, and a provider that is on its main branch and live nowhere."""
    world.add(API, "4")
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")
    return Pipelines(world)


# The provider's direction


@pytest.mark.parametrize("stage", Stage)
def test_a_version_that_honours_what_is_live_may_be_deployed(pipelines: Pipelines, stage: Stage) -> None:
    ended = pipelines.check("5", stage=stage)

    assert (ended.decision, ended.code, standings(ended)) == (ALLOW, 0, {"web-app 1": HONOURED})
    assert pipelines.world.result(WEB, "1", "5") is True
    assert pipelines.can_i_deploy(API, "5", stage=stage).decision is ALLOW


@pytest.mark.parametrize("stage", Stage)
def test_a_version_that_breaks_what_is_live_may_not(pipelines: Pipelines, stage: Stage) -> None:
    ended = pipelines.check("5", breaks=["total"], stage=stage)

    assert (ended.decision, ended.code, standings(ended)) == (BLOCK, 1, {"web-app 1": BROKEN})
    assert pipelines.world.result(WEB, "1", "5") is False
    ended = pipelines.can_i_deploy(API, "5", stage=stage)
    assert (ended.decision, standings(ended)) == (BLOCK, {"web-app 1": BROKEN})
    assert "this version fails its contract" in ended.reasons


@pytest.mark.parametrize("stage", Stage)
def test_of_a_version_that_nobody_verified_nothing_is_known(pipelines: Pipelines, stage: Stage) -> None:
    pipelines.check("5")
    ended = pipelines.can_i_deploy(API, "6", stage=stage)

    assert (ended.decision, ended.code, standings(ended)) == (UNKNOWN, 3, {"web-app 1": UNVERIFIED})
    assert "no result says that this version honours its contract" in ended.reasons


@pytest.mark.parametrize(
    ("stage", "first", "second", "decision"),
    [
        (Stage.CHANGE, False, True, ALLOW),
        (Stage.CHANGE, True, False, BLOCK),
        (Stage.DEPLOY, True, False, BLOCK),
    ],
)
def test_the_last_check_of_a_version_counts(
    pipelines: Pipelines, stage: Stage, *, first: bool, second: bool, decision: object
) -> None:
    for is_honoured in (first, second):
        pipelines.check("5", breaks=[] if is_honoured else ["total"])

    assert pipelines.can_i_deploy(API, "5", stage=stage).decision is decision


@pytest.mark.parametrize(
    ("stage", "breaks", "decision", "expected"),
    [
        (Stage.CHANGE, ["sum"], ALLOW, {"web-app 1": HONOURED, "web-app 2": f"({BROKEN})"}),
        (Stage.DEPLOY, ["sum"], ALLOW, {"web-app 1": HONOURED, "web-app 2": f"({BROKEN})"}),
        (Stage.CHANGE, ["total"], BLOCK, {"web-app 1": BROKEN, "web-app 2": f"({HONOURED})"}),
    ],
)
def test_the_head_of_main_does_not_bind_while_it_is_pending(
    pipelines: Pipelines, stage: Stage, breaks: Any, decision: object, expected: Any
) -> None:
    pipelines.world.publish(WEB, "2", "sum")
    ended = pipelines.check("5", breaks=breaks, stage=stage)

    assert (ended.decision, standings(ended)) == (decision, expected)


@pytest.mark.parametrize(
    ("stage", "decision", "standing"), [(Stage.CHANGE, BLOCK, BROKEN), (Stage.DEPLOY, ALLOW, f"({BROKEN})")]
)
def test_the_head_of_main_binds_a_change_once_it_was_honoured(
    pipelines: Pipelines, stage: Stage, decision: object, standing: str
) -> None:
    pipelines.world.publish(WEB, "2", "sum")
    pipelines.check("5")
    ended = pipelines.check("6", breaks=["sum"], stage=stage)

    assert (ended.decision, standings(ended)) == (decision, {"web-app 1": HONOURED, "web-app 2": standing})


def test_a_branch_of_the_same_name_binds_once_it_was_honoured(pipelines: Pipelines) -> None:
    pipelines.world.publish(WEB, "2", "sum", branch="feat/x")
    first = pipelines.check("5", breaks=["sum"], branch="feat/x")
    pipelines.check("6", branch="feat/x")
    second = pipelines.check("7", breaks=["sum"], branch="feat/x")
    elsewhere = pipelines.check("8", breaks=["sum"], branch="feat/y")

    assert [one.decision for one in (first, second, elsewhere)] == [ALLOW, BLOCK, ALLOW]
    assert [standings(one).get("web-app 2") for one in (first, second, elsewhere)] == [f"({BROKEN})", BROKEN, None]


def test_work_in_progress_never_binds(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(WEB, "2", "sum", branch="feat/x")
    since = world.day(-1)
    decisions = [pipelines.check(str(one), breaks=breaks, wip_since=since) for one, breaks in enumerate([[], ["sum"]])]

    assert [one.decision for one in decisions] == [ALLOW, ALLOW]
    assert [standings(one)["web-app 2"] for one in decisions] == [f"({HONOURED})", f"({BROKEN})"]


def test_what_selectors_choose_binds_unless_it_is_pending(pipelines: Pipelines) -> None:
    pipelines.world.publish(WEB, "2", "sum", branch="feat/x")
    selectors = [{"branch": "feat/x"}]
    pending = pipelines.check("5", breaks=["sum"], selectors=selectors)
    pipelines.check("6", selectors=selectors)
    binding = pipelines.check("7", breaks=["sum"], selectors=selectors)

    assert [one.decision for one in (pending, binding)] == [ALLOW, BLOCK]


def test_every_live_version_and_instance_has_to_be_honoured(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(WEB, "2", "sum")
    world.deploy(WEB, "2", instance="blue")
    world.publish(BILLING, "1", "a bill")
    world.release(BILLING, "1")
    world.publish(BILLING, "2", "another bill")
    world.deploy(BILLING, "2", STAGING)
    ended = pipelines.check("5", breaks=["sum", "another bill"], **DEPLOY)

    expected = {"web-app 1": HONOURED, "web-app 2": BROKEN, "billing 1": HONOURED, "billing 2": f"({BROKEN})"}
    assert (ended.decision, standings(ended)) == (BLOCK, expected)
    assert pipelines.can_i_deploy(API, "5", environments=(STAGING,)).decision is BLOCK
    assert pipelines.can_i_deploy(API, "5", environments=(STAGING,), **DEPLOY).decision is BLOCK


def test_two_live_versions_with_one_content_are_one_contract(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(WEB, "2", "total")
    world.deploy(WEB, "2", instance="blue")
    pipelines.check("5", breaks=["total"])
    ended = pipelines.can_i_deploy(API, "5", **DEPLOY)
    (entry,) = ended.report.entries

    assert ended.decision is BLOCK
    assert {one.version for one in entry.integration.live} == {"1", "2"}


def test_the_same_content_of_a_new_version_needs_no_new_check(pipelines: Pipelines) -> None:
    world = pipelines.world
    pipelines.check("5")
    world.publish(WEB, "2", "total", branch="feat/x")
    world.deploy(WEB, "2")

    assert pipelines.can_i_deploy(API, "5", **DEPLOY).decision is ALLOW
    world.deploy(API, "5")
    assert pipelines.can_i_deploy(WEB, "2", **DEPLOY).decision is ALLOW


def test_a_contract_without_interactions_allows_nothing(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(WEB, "2", written(pact()))
    world.deploy(WEB, "2")
    ended = pipelines.check("5")

    assert ended.decision is UNKNOWN
    assert standings(ended)["web-app 2"] == UNVERIFIED


def test_a_provider_of_nobody_is_allowed_where_it_is_known(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(WEB, "2", expects("a user", of=USERS))
    world.deploy(WEB, "2")

    assert pipelines.check("5").decision is ALLOW
    assert pipelines.check("5", **DEPLOY).decision is ALLOW
    assert "nothing that is live" in pipelines.check("5").reasons


@pytest.mark.parametrize("service", ["orders-apl", "Orders-Api", "nobody"])
def test_a_service_that_nobody_has_heard_of_is_unknown(pipelines: Pipelines, service: str) -> None:
    for ended in (pipelines.check("5", service=service), pipelines.can_i_deploy(service, "5")):
        assert (ended.decision, ended.code, ended.report.entries) == (UNKNOWN, 3, ())
        assert "no contract names this service as its provider" in ended.reasons

    allowed = pipelines.check("5", service=service, policy=policy_of(on_no_contracts=OnNoContracts.ALLOW))
    assert allowed.decision is ALLOW


def test_a_version_that_was_misspelt_is_unknown(pipelines: Pipelines) -> None:
    pipelines.check("v5")

    assert pipelines.can_i_deploy(API, "V5").decision is UNKNOWN


# The consumer's direction


def test_a_consumer_needs_what_is_live_to_honour_it(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.deploy(API, "4")
    ended = [pipelines.can_i_deploy(WEB, "1", **DEPLOY)]
    pipelines.check("4", breaks=["total"])
    ended.append(pipelines.can_i_deploy(WEB, "1", **DEPLOY))
    pipelines.check("4")
    ended.append(pipelines.can_i_deploy(WEB, "1", **DEPLOY))

    assert [one.decision for one in ended] == [UNKNOWN, BLOCK, ALLOW]
    assert [standings(one) for one in ended] == [{"orders-api 4": one} for one in (UNVERIFIED, BROKEN, HONOURED)]


def test_a_consumer_whose_provider_is_not_there_is_unknown(pipelines: Pipelines) -> None:
    ended = pipelines.can_i_deploy(WEB, "1", **DEPLOY)

    assert (ended.decision, standings(ended)) == (UNKNOWN, {"orders-api": UNVERIFIED})
    assert "no version of it is recorded as live in production." in ended.reasons


def test_a_consumer_needs_every_live_version_of_its_provider(pipelines: Pipelines) -> None:
    world = pipelines.world
    pipelines.check("4")
    pipelines.check("5", breaks=["total"])
    world.deploy(API, "4")
    assert pipelines.can_i_deploy(WEB, "1").decision is ALLOW

    world.deploy(API, "5", instance="blue")
    ended = pipelines.can_i_deploy(WEB, "1")
    assert (ended.decision, standings(ended)) == (BLOCK, {"orders-api 4": HONOURED, "orders-api 5": BROKEN})

    world.end(API, "5", instance="blue")
    world.release(API, "6")
    ended = pipelines.can_i_deploy(WEB, "1")
    assert (ended.decision, standings(ended)) == (UNKNOWN, {"orders-api 4": HONOURED, "orders-api 6": UNVERIFIED})


def test_a_consumer_needs_every_provider_of_its(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(WEB, "2", "total", expects("a user", of=USERS))
    pipelines.check("4")
    world.deploy(API, "4")
    world.deploy(USERS, "1")
    ended = pipelines.can_i_deploy(WEB, "2")
    assert (ended.decision, standings(ended)) == (UNKNOWN, {"orders-api 4": HONOURED, "users-api 1": UNVERIFIED})

    world.verify("1", WEB, "2", provider=USERS)
    assert pipelines.can_i_deploy(WEB, "2").decision is ALLOW


def test_a_consumer_is_headed_for_each_of_its_environments(pipelines: Pipelines) -> None:
    world = pipelines.world
    pipelines.check("4")
    world.deploy(API, "4", STAGING)

    assert pipelines.can_i_deploy(WEB, "1", environments=(STAGING,)).decision is ALLOW
    ended = pipelines.can_i_deploy(WEB, "1", environments=(STAGING, PRODUCTION))
    assert ended.decision is UNKNOWN
    assert "no version of it is recorded as live in production." in ended.reasons


def test_a_version_that_published_nothing_may_have_skipped_it(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.deploy(API, "4")
    world.add(WEB, "2")
    ended = pipelines.can_i_deploy(WEB, "2")
    assert ended.decision is UNKNOWN
    assert "web-app 1 has contracts with providers, and version 2 has none in the store." in ended.reasons

    assert pipelines.can_i_deploy(WEB, "2", policy=policy_of(consumes_none=True)).decision is ALLOW
    assert "web-app 1 has contracts" in pipelines.can_i_deploy(WEB, "never published").reasons


@pytest.mark.parametrize("named", ["9F2C1AB", "9f2c1ab00", " 9f2c1ab"])
def test_a_version_that_is_spelt_otherwise_is_told_so(pipelines: Pipelines, named: str) -> None:
    pipelines.world.publish(WEB, "9f2c1ab", "total")

    ended = pipelines.can_i_deploy(WEB, named)
    assert ended.decision is UNKNOWN
    assert "the store has contracts of web-app 9f2c1ab, and found none of version" in ended.reasons


def test_an_older_version_than_the_contract_skipped_nothing(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(BILLING, "1", expects("web", of=WEB))
    world.add(BILLING, "0-late", branch="feat/x")
    world.add(USERS, "1")
    world.publish(USERS, "2", expects("web", of=WEB))

    assert pipelines.can_i_deploy(USERS, "1").decision is not BLOCK
    assert "skipped" not in pipelines.can_i_deploy(USERS, "1").reasons
    assert "has contracts with providers" not in pipelines.can_i_deploy(USERS, "1").reasons


def test_a_result_that_comes_meanwhile_is_waited_for(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.deploy(API, "4")
    ended = pipelines.can_i_deploy(
        WEB, "1", policy=policy_of(wait=60.0), pause=lambda _: world.verify("4", WEB, "1"), **DEPLOY
    )

    assert (ended.decision, standings(ended)) == (ALLOW, {"orders-api 4": HONOURED})
    assert any("waiting for orders-api 4" in line for line in ended.told)


def test_contracts_that_are_published_meanwhile_are_waited_for(pipelines: Pipelines) -> None:
    world = pipelines.world
    pipelines.check("4")
    world.deploy(API, "4")

    def publish(_: float) -> None:
        world.publish(WEB, "2", "total")

    ended = pipelines.can_i_deploy(WEB, "2", policy=policy_of(wait=60.0), pause=publish, **DEPLOY)
    assert (ended.decision, standings(ended)) == (ALLOW, {"orders-api 4": HONOURED})


# The service itself


def test_a_service_that_consumes_itself_has_to_honour_itself(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(API, "5", "itself")
    world.deploy(API, "4")

    assert pipelines.check("5", breaks=["itself"], **DEPLOY).decision is BLOCK
    assert pipelines.can_i_deploy(API, "5", **DEPLOY).decision is BLOCK
    assert pipelines.check("5", **DEPLOY).decision is ALLOW
    assert pipelines.can_i_deploy(API, "5", **DEPLOY).decision is ALLOW


def test_what_a_version_replaces_is_no_counterpart_of_it(pipelines: Pipelines) -> None:
    world = pipelines.world
    world.publish(API, "5", "old itself")
    world.deploy(API, "5")
    world.publish(API, "6", "new itself")
    ended = pipelines.check("6", breaks=["old itself"], **DEPLOY)
    assert ended.decision is ALLOW

    world.deploy(API, "5", instance="blue")
    pipelines.world.verify("5", API, "6")
    assert pipelines.check("6", breaks=["old itself"], **DEPLOY).decision is BLOCK
    assert pipelines.check("6", **DEPLOY).decision is ALLOW


# Where nothing, or something else, is recorded


@pytest.mark.parametrize("service", [API, WEB])
def test_where_nothing_is_recorded_nothing_is_deployed_without_a_word(pipelines: Pipelines, service: str) -> None:
    version = {API: "5", WEB: "1"}[service]
    where: dict[str, Any] = {"environments": (STAGING,)}
    pipelines.check("5")
    ended = pipelines.can_i_deploy(service, version, **where, **DEPLOY)
    assert ended.decision is UNKNOWN
    assert "staging: nothing at all is recorded as deployed or released in this environment." in ended.reasons

    first = pipelines.can_i_deploy(service, version, **where, **DEPLOY, policy=policy_of(first_deployment=True))
    assert first.decision is (ALLOW if service == API else UNKNOWN)
    assert "Nothing at all is recorded as live in staging, and first-deployment is set." in first.report.notes
    change = pipelines.can_i_deploy(service, version, **where)
    assert "Nothing at all is recorded as live in staging." in change.report.notes


def test_where_only_strangers_are_recorded_something_is(pipelines: Pipelines) -> None:
    pipelines.world.deploy(BILLING, "1", STAGING)
    ended = pipelines.check("5", environments=(STAGING,), **DEPLOY)

    assert ended.decision is ALLOW
    assert ended.report.notes == pipelines.check("5", environments=(STAGING,)).report.notes


def test_an_environment_that_was_misspelt_allows_no_deployment(pipelines: Pipelines) -> None:
    pipelines.check("5")
    where: dict[str, Any] = {"environments": ("Production",)}
    every = [
        pipelines.check("5", **where, **DEPLOY),
        pipelines.can_i_deploy(API, "5", **where, **DEPLOY),
        pipelines.can_i_deploy(WEB, "1", **where, **DEPLOY),
        pipelines.can_i_deploy(WEB, "1", **where),
    ]

    assert [one.decision for one in every] == [UNKNOWN] * 4


def test_a_live_version_that_was_not_among_those_fetched_is_passed_over(pipelines: Pipelines) -> None:
    """It goes live while the provider is being verified."""
    world = pipelines.world
    world.publish(WEB, "2", "sum", branch="feat/x")
    ended = pipelines.check("5", meanwhile=lambda: world.deploy(WEB, "2", instance="blue"))

    assert ended.decision is UNKNOWN
    assert "web-app 2, live in production since" in ended.reasons
    assert "was not among the contracts to verify" in ended.reasons


def test_an_exception_in_force_excuses_a_counterpart(pipelines: Pipelines) -> None:
    exceptions = (excepted(WEB),)
    first = pipelines.check("5", breaks=["total"], exceptions=exceptions)
    other = pipelines.check("5", breaks=["total"], exceptions=(excepted(BILLING),))

    assert [one.decision for one in (first, other)] == [ALLOW, BLOCK]
    assert pipelines.can_i_deploy(API, "5", exceptions=exceptions).decision is ALLOW


# A life


def test_a_provider_and_its_consumer_move_on_together(pipelines: Pipelines) -> None:
    """Both change the contract, each in its turn, and there is no way back behind it."""
    world = pipelines.world
    assert pipelines.check("5").decision is ALLOW
    assert pipelines.deployed(API, "5").decision is ALLOW
    world.publish(WEB, "2", "sum")
    assert pipelines.can_i_deploy(WEB, "2", **DEPLOY).decision is UNKNOWN
    assert pipelines.check("6", breaks=["sum"]).decision is ALLOW
    assert pipelines.deployed(API, "6").decision is ALLOW
    assert pipelines.can_i_deploy(WEB, "2", **DEPLOY).decision is BLOCK

    assert pipelines.check("7").decision is ALLOW
    assert pipelines.deployed(API, "7").decision is ALLOW
    assert pipelines.can_i_deploy(WEB, "2", **DEPLOY).decision is ALLOW
    assert pipelines.deployed(WEB, "2").decision is ALLOW
    assert pipelines.check("8", breaks=["total"], **DEPLOY).decision is ALLOW
    assert pipelines.deployed(API, "8").decision is ALLOW

    assert pipelines.can_i_deploy(API, "6", **DEPLOY).decision is BLOCK
    assert pipelines.can_i_deploy(API, "5", **DEPLOY).decision is UNKNOWN
    assert pipelines.can_i_deploy(WEB, "1", **DEPLOY).decision is UNKNOWN
    assert (world.live_versions(API), world.live_versions(WEB)) == (["8"], ["2"])
