"""A deployment or a release is recorded whatever comes of it, and then it is found out who gets on with it."""

from collections.abc import Sequence
from typing import Any

import pytest

from gate.domain.contracts import Fault
from gate.domain.report import Record, Recorded, Stage
from gate.domain.results import Outcome
from gate.domain.verdict import Decision, OnNoContracts, decide
from gate.rendering.outputs import outputs
from gate.rendering.wording import headline
from tests.builders import COMMIT, SERVICE, candidate, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import NO, PAGE, YES, World, expecting, own, past, with_consumer, with_provider

WEB = expecting("web", "1")
STAGING = ("staging", "production")
DEPLOYMENT, RELEASE = Record.DEPLOYMENT, Record.RELEASE
FAULT = Fault(where="production", what="something else.")
EACH = pytest.mark.parametrize("record", [DEPLOYMENT, RELEASE])


def _world(record: Record = DEPLOYMENT, result: Any = YES, *environments: str, **store: Any) -> World:
    """Have one consumer, live everywhere."""
    where = environments or ("production",)
    values: dict[str, Any] = {
        "held": [WEB],
        "live_at": [[live("web", environment=one) for one in where]],
        "kept": {with_consumer("web"): [result]},
    }
    this = candidate(environments=where, stage=Stage.DEPLOY)
    return World(store=MemoryStore(**(values | store)), record=record, candidate=this)


def _recorded(world: World) -> list[object]:
    return [what for what in world.store.written if what[0] == "record"]


@EACH
@pytest.mark.parametrize(
    ("result", "decision", "code"),
    [(YES, Decision.ALLOW, 0), (NO, Decision.BLOCK, 1), (None, Decision.UNKNOWN, 3), (FAULT, Decision.UNKNOWN, 3)],
)
def test_what_happened_is_recorded_whatever_is_decided(
    record: Record, result: Any, decision: Decision, code: int
) -> None:
    world = _world(record, result)
    ended = world.end()

    assert world.store.written == [("record", "orders-api 9f2c1ab", "production", None, record is RELEASE)]
    assert (ended.decision, ended.code, world.provider.ran) == (decision, code, 0)
    assert ended.report.recorded == Recorded(record=record, environments=("production",))
    assert outputs([(ended.report, "")])["deployable"] == "false"


def test_a_conflict_names_the_pair() -> None:
    ended = _world(DEPLOYMENT, NO).end()

    assert headline(ended.report) == (
        "orders-api 9f2c1ab → production: deployment recorded, and it conflicts with what is live"
    )
    assert ended.reasons == "web 1, live in production: this version fails its contract"
    advice = ended.entry("web 1").advice
    assert advice is not None
    assert advice.next_action.startswith("It is live: put the version of orders-api before it back, and record that. ")


@pytest.mark.parametrize(
    ("result", "decision"), [(YES, Decision.ALLOW), (NO, Decision.BLOCK), (None, Decision.UNKNOWN)]
)
def test_it_has_to_get_on_with_its_providers_too(result: Any, decision: Decision) -> None:
    world = World(
        record=DEPLOYMENT,
        store=MemoryStore(
            own={COMMIT: [own()]}, live_at=[[live("stock")]], kept={with_provider(): [result]}, has_this=True
        ),
    )

    assert world.end().decision is decision


def test_a_provider_that_is_not_live_is_missed_and_the_deployment_recorded() -> None:
    world = World(record=DEPLOYMENT, store=MemoryStore(own={COMMIT: [own()]}))
    ended = world.end()

    assert (ended.decision, len(_recorded(world))) == (Decision.UNKNOWN, 1)


def test_an_instance_is_recorded_as_that_instance() -> None:
    world = _world(live_at=[[live("web"), live(SERVICE, "0"), live(SERVICE, "0", instance="blue")]])
    world.candidate = candidate(instance="blue")
    ended = world.end()

    assert world.store.written == [("record", "orders-api 9f2c1ab", "production", "blue", False)]
    assert (ended.decision, ended.report.recorded) == (
        Decision.ALLOW,
        Recorded(record=DEPLOYMENT, environments=("production",)),
    )


def test_what_else_of_the_service_is_live_is_said() -> None:
    there = [live("web"), live(SERVICE, "0"), live(SERVICE, "1", instance="bleu"), live(SERVICE, "2", released=True)]
    ended = _world(live_at=[there]).end()

    assert ended.report.notes == ("Also live: orders-api 1 (instance bleu) in production, 2 (released) in production.",)


def test_what_was_live_before_is_replaced() -> None:
    world = _world(held=[WEB, expecting(SERVICE, "0")], live_at=[[live("web"), live(SERVICE, "0")]])
    world.store.kept = {with_consumer("web"): [YES], with_consumer(SERVICE, "0"): [NO]}

    assert world.end().decision is Decision.ALLOW


def test_a_release_replaces_nothing() -> None:
    world = _world(RELEASE, held=[WEB, expecting(SERVICE, "0")], live_at=[[live("web"), live(SERVICE, "0")]])
    world.store.kept = {with_consumer("web"): [YES], with_consumer(SERVICE, "0"): [NO]}

    assert world.end().decision is Decision.BLOCK


@EACH
def test_a_service_that_the_store_has_never_heard_of_is_refused(record: Record) -> None:
    world = _world(record, has_it=False, has_this=False)
    ended = world.end()

    assert (world.store.written, ended.decision, ended.code) == ([], Decision.UNKNOWN, 3)
    assert ended.report.recorded == Recorded(record=record, environments=())
    assert ended.reasons == (
        "the store has never heard of orders-api, so that nothing was recorded. Check service. If it is new, publish "
        "or verify a contract of it first, or create it in the store."
    )


@pytest.mark.parametrize("named", [COMMIT[:8], COMMIT.upper(), f" {COMMIT}"])
def test_a_version_that_is_spelt_otherwise_than_a_known_one_is_refused(named: str) -> None:
    world = _world(has_this=False, past=[past("0"), past(named)])
    ended = world.end()

    assert (world.store.written, ended.decision) == ([], Decision.UNKNOWN)
    assert ended.reasons == (
        f"the store does not know version {COMMIT} of orders-api, and knows {named}: nothing was recorded. Write "
        "version exactly as it was published."
    )


def test_a_break_is_found_although_nothing_could_be_recorded() -> None:
    ended = _world(DEPLOYMENT, NO, has_this=False, has_it=False).end()

    assert (ended.decision, ended.code) == (Decision.BLOCK, 1)
    assert headline(ended.report) == (
        "orders-api 9f2c1ab → production: deployment not recorded, and it conflicts with what is live"
    )


@EACH
def test_an_unknown_version_of_a_known_service_is_introduced_and_that_is_said(record: Record) -> None:
    world = _world(record, has_this=False, past=[past("0"), past("1.2.3")])
    ended = world.end()

    assert world.store.written[0] == ("add", SERVICE, COMMIT, "rename", PAGE)
    assert len(_recorded(world)) == 1
    assert ended.decision is Decision.ALLOW
    assert ended.report.notes == (
        "The store did not know orders-api 9f2c1ab before: nothing was published or verified for it.",
    )


def test_a_known_version_is_not_introduced() -> None:
    world = _world()
    world.end()

    assert not {"add_version", "has_service", "history"} & set(world.store.asked[: world.store.asked.index("record")])


@pytest.mark.parametrize("known", [True, False])
@EACH
def test_what_is_recorded_here_does_not_make_the_service_known(record: Record, *, known: bool) -> None:
    world = World(record=record, store=MemoryStore(known=known, has_this=False))
    ended = world.end()

    assert world.store.asked.index("knows") < world.store.asked.index("add_version") < world.store.asked.index("record")
    assert world.store.asked.count("knows") == 1
    assert (ended.decision, len(_recorded(world))) == (Decision.ALLOW if known else Decision.UNKNOWN, 1)


def test_another_instance_of_the_same_version_is_told() -> None:
    ended = _world(live_at=[[live("web"), live(SERVICE, COMMIT, instance="bleu")]]).end()

    assert ended.report.notes == ("Also live: orders-api 9f2c1ab (instance bleu) in production.",)


@EACH
def test_it_is_recorded_although_nobody_can_say_whether_the_service_was_known(record: Record) -> None:
    world = _world(record)
    world.store.fails = lambda method, _: method == "knows"
    ended = world.end()

    assert len(_recorded(world)) == 1
    assert (ended.decision, ended.reasons) == (Decision.UNKNOWN, "the store did not say knows.")


def test_a_service_that_is_live_already_is_known() -> None:
    world = World(record=DEPLOYMENT, store=MemoryStore(live_at=[[live(SERVICE, "0")]]))

    assert world.end().decision is Decision.ALLOW


def test_a_service_without_counterparts_may_be_allowed_explicitly() -> None:
    world = World(record=DEPLOYMENT, on_no_contracts=OnNoContracts.ALLOW)

    assert world.end().decision is Decision.ALLOW


@EACH
@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ([], "the store does not have it"),
        ([live(SERVICE, "2"), live(SERVICE, "2", released=True)], "the store says that orders-api 2 is live there now"),
        (
            [live(SERVICE, COMMIT, "staging"), live(SERVICE, COMMIT, instance="blue", released=False)],
            "the store does not have it",
        ),
    ],
)
def test_what_is_not_there_when_it_is_read_again_is_superseded(
    record: Record, there: Sequence[Any], instead: str
) -> None:
    world = _world(record, forgetful=["production"], live_at=[[live("web"), *there]])
    ended = world.end()

    replaced = Recorded(record=record, environments=(), replaced=("production",))
    assert (ended.decision, ended.report.recorded) == (Decision.UNKNOWN, replaced)
    assert headline(ended.report) == (
        f"orders-api 9f2c1ab → production: {record.value} recorded, and at once replaced; unknown whether it gets on "
        "with what is live"
    )
    assert ended.reasons == (
        f"production: it was recorded, and when it was read again {instead}. Somebody else records there at the same "
        "time. Find out which version runs, and record that one."
    )


def test_a_deployment_is_not_confirmed_by_a_release_nor_the_other_way_round() -> None:
    deployed, released = live(SERVICE, COMMIT), live(SERVICE, COMMIT, released=True)
    worlds = [
        _world(record, forgetful=["production"], live_at=[[live("web"), other]])
        for record, other in ((DEPLOYMENT, released), (RELEASE, deployed))
    ]

    assert [one.end().report.recorded for one in worlds] == [
        Recorded(record=record, environments=(), replaced=("production",)) for record in (DEPLOYMENT, RELEASE)
    ]


@EACH
def test_that_nothing_is_there_is_told_by_what_kept_it_from_being_recorded_alone(record: Record) -> None:
    ended = _world(record, refusing=["production"], live_at=[[]], known=True).end()

    assert ended.reasons == "production: it cannot be recorded."


@EACH
def test_what_nobody_could_read_again_is_neither_said_to_be_recorded_nor_not_to_be(record: Record) -> None:
    world = _world(record)
    world.store.fails = lambda method, _: method == "live" and "record" in world.store.asked
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.report.recorded == Recorded(record=record, environments=(), confirmed=False)
    assert headline(ended.report) == (
        f"orders-api 9f2c1ab → production: unknown whether the {record.value} was recorded"
    )


@EACH
@pytest.mark.parametrize("more", [{"refusing": ["production"]}, {"has_it": False, "has_this": False}])
def test_what_was_not_recorded_was_not_replaced_either(record: Record, more: Any) -> None:
    ended = _world(record, **more).end()

    assert ended.report.recorded == Recorded(record=record, environments=())
    assert f"{record.value} not recorded" in headline(ended.report)


@pytest.mark.parametrize("environment", STAGING)
def test_where_it_was_replaced_is_told_from_where_it_is(environment: str) -> None:
    (other,) = {*STAGING} - {environment}
    ended = _world(DEPLOYMENT, YES, *STAGING, forgetful=[environment]).end()

    assert ended.report.recorded == Recorded(record=DEPLOYMENT, environments=(other,), replaced=(environment,))
    assert f"deployment recorded in {other} alone" in headline(ended.report)


def test_superseded_and_in_conflict_is_a_conflict() -> None:
    ended = _world(DEPLOYMENT, NO, forgetful=["production"]).end()

    assert ended.decision is Decision.BLOCK
    assert "production: it was recorded, and when it was read again" in ended.reasons


@pytest.mark.parametrize("environment", STAGING)
def test_one_environment_that_fails_does_not_keep_the_others_from_being_recorded(environment: str) -> None:
    (other,) = {*STAGING} - {environment}
    world = _world(DEPLOYMENT, YES, *STAGING, refusing=[environment])
    ended = world.end()

    assert _recorded(world) == [("record", "orders-api 9f2c1ab", other, None, False)]
    assert ended.report.recorded == Recorded(record=DEPLOYMENT, environments=(other,))
    assert (ended.decision, ended.reasons) == (Decision.UNKNOWN, f"{environment}: it cannot be recorded.")
    assert headline(ended.report) == (
        f"orders-api 9f2c1ab → staging, production: deployment recorded in {other} alone; unknown whether it gets on "
        "with what is live"
    )


def test_an_answer_that_was_lost_is_a_fault_also_where_it_was_recorded() -> None:
    ended = _world(mute=["production"]).end()

    assert (ended.decision, ended.reasons) == (
        Decision.UNKNOWN,
        "production: nobody knows whether it was recorded.",
    )
    assert ended.report.recorded == Recorded(record=DEPLOYMENT, environments=("production",))


@pytest.mark.parametrize(
    "more",
    [
        {"forgetful": ["staging", "production"]},
        {"forgetful": ["staging"], "refusing": ["production"]},
        {"forgetful": ["production"], "refusing": ["staging"]},
    ],
)
def test_each_environment_where_it_is_not_has_a_fault_of_its_own(more: Any) -> None:
    ended = _world(DEPLOYMENT, YES, *STAGING, **more).end()

    assert {fault.where for fault in ended.report.faults} == set(STAGING)


def test_a_fault_from_before_hides_not_that_it_was_superseded() -> None:
    world = _world(forgetful=["production"])
    world.faults = (Fault(where="x", what="an exception ended."),)
    ended = world.end()

    assert [fault.where for fault in ended.report.faults] == ["x", "production"]


def test_a_fault_from_before_keeps_nothing_from_being_recorded() -> None:
    world = _world()
    world.faults = (FAULT,)
    ended = world.end()

    assert (ended.decision, len(_recorded(world))) == (Decision.UNKNOWN, 1)
    assert ended.report.recorded == Recorded(record=DEPLOYMENT, environments=("production",))


def test_who_is_live_is_read_before_anything_is_recorded() -> None:
    world = _world()
    world.store.fails = lambda method, call: method == "live" and call == 1
    ended = world.end()

    assert (world.store.written, ended.decision) == ([], Decision.UNKNOWN)


def test_an_environment_that_was_empty_before_is_not_empty_any_more() -> None:
    world = World(
        record=DEPLOYMENT, store=MemoryStore(known=True), candidate=candidate(environments=STAGING, stage=Stage.DEPLOY)
    )
    ended = world.end()

    assert (ended.decision, ended.report.notes) == (Decision.ALLOW, ())


@EACH
def test_a_consumer_that_goes_live_meanwhile_counts(record: Record) -> None:
    world = _world(record, live_at=[[live("web")], [live("web")], [live("web"), live("app")]], too=[("app", "1")])

    assert world.end().decision is Decision.UNKNOWN


@pytest.mark.parametrize("record", Record)
def test_where_nothing_can_be_recorded_nothing_is_allowed(record: Record) -> None:
    world = World(record=record, has_store=False, on_no_contracts=OnNoContracts.ALLOW)
    ended = world.end()

    assert ended.decision is not Decision.ALLOW


def test_nothing_is_verified_when_something_is_recorded() -> None:
    world = _world()
    world.outcomes = {"web 1": Outcome.FAILED}

    assert (world.end().decision, world.provider.ran) == (Decision.ALLOW, 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, ": deployment recorded; unknown"),
        ({"forgetful": ["production"]}, ": deployment recorded, and at once replaced; unknown"),
        ({"fails": lambda method, call: method == "live" and call > 2}, ": unknown whether the deployment was"),
    ],
)
def test_a_bug_in_the_report_says_of_what_was_recorded_what_is_known(
    monkeypatch: pytest.MonkeyPatch, more: Any, words: str
) -> None:
    raised: list[BaseException] = []

    def decide_badly(*arguments: Any, **options: Any) -> Any:
        if not raised:
            raised.append(ZeroDivisionError("x"))
            raise raised[0]
        return decide(*arguments, **options)

    monkeypatch.setattr("gate.pipeline.reporting.decide", decide_badly)
    ended = _world(**more).end()

    assert (ended.code, ended.decision) == (4, Decision.UNKNOWN)
    assert words in headline(ended.report)
