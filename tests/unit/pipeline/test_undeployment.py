"""What is not live any more is recorded so, and who needed it is found."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.report import Record, Recorded, Stage
from gate.domain.verdict import Decision, Evidence, OnNoContracts
from gate.rendering.outputs import outputs
from gate.rendering.wording import headline
from tests.builders import SERVICE, candidate, excepted, live
from tests.fakes import MemoryStore
from tests.unit.pipeline.world import World

WEB, HERE = live("web"), live(SERVICE, "1")
BLUE, GREEN = live(SERVICE, "1", instance="blue"), live(SERVICE, "2", instance="green")
OLD, NEW = live(SERVICE, "1", released=True), live(SERVICE, "2", released=True)
STAGING = ("staging", "production")


def _world(*there: Any, version: str = "", instance: str | None = None, released: bool = False, **more: Any) -> World:
    """Have these live; web 1, staging or not, has a contract with the service."""
    this = candidate(version=version, branch=None, instance=instance, released=released, stage=Stage.DEPLOY)
    values: dict[str, Any] = {"live_at": [there], "too": [("web", "1")]} | more
    return World(store=MemoryStore(**values), candidate=this, record=Record.UNDEPLOYMENT)


def _ended(world: World) -> list[object]:
    return [what[1] for what in world.store.written]


def test_what_nobody_needs_can_go() -> None:
    world = _world(HERE, live("stock"))
    ended = world.end()

    assert _ended(world) == [HERE]
    assert (ended.decision, ended.code) == (Decision.ALLOW, 0)
    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=("production",))
    assert headline(ended.report) == ("orders-api 1 → production: undeployment recorded, and nobody there needed it")
    assert outputs([(ended.report, "")])["deployable"] == "false"
    assert "contracts" not in world.store.asked


def test_who_is_left_alone_is_a_conflict_and_it_is_recorded_all_the_same() -> None:
    world = _world(HERE, WEB)
    ended = world.end()

    assert _ended(world) == [HERE]
    assert (ended.decision, ended.code) == (Decision.BLOCK, 1)
    assert ended.reasons == "web 1, live in production: needs this service, of which no version is live there any more"
    entry = ended.entry("web 1")
    assert (entry.integration.evidence, entry.integration.live) == (Evidence.GONE, (WEB,))
    assert entry.integration.counterpart == PacticipantVersion(name="web", version="1")
    assert headline(ended.report) == (
        "orders-api 1 → production: undeployment recorded, and somebody there still needs it"
    )


def test_no_setting_for_no_contracts_excuses_who_is_left_alone() -> None:
    world = _world(HERE, WEB)
    world.on_no_contracts = OnNoContracts.ALLOW

    assert world.end().decision is Decision.BLOCK


def test_only_an_exception_does() -> None:
    world = _world(HERE, WEB)
    world.exceptions = (excepted("web"),)
    ended = world.end()

    assert ended.decision is Decision.ALLOW
    assert "web 1, live in production: broken, and web is excepted until 2026-12-01" in ended.reasons


@pytest.mark.parametrize("left", [GREEN, NEW])
def test_as_long_as_another_version_is_there_nobody_is_left_alone(left: Any) -> None:
    ended = _world(HERE, left, WEB).end()

    assert (ended.decision, len(ended.report.entries)) == (Decision.ALLOW, 0)


def test_who_is_live_elsewhere_is_not_left_alone() -> None:
    ended = _world(HERE, live("web", environment="staging")).end()

    assert ended.decision is Decision.ALLOW


def test_where_it_is_left_alone_is_told() -> None:
    there = [live(name, "1", place) for name in (SERVICE, "web") for place in STAGING]
    world = _world(*there, live(SERVICE, "2", "staging", released=True))
    world.candidate = candidate(version="", environments=STAGING)
    ended = world.end()

    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=STAGING)
    assert ended.entry("web 1").integration.live == (live("web", "1", "production"),)


def test_the_service_itself_is_nobody_that_is_left_alone() -> None:
    world = _world(HERE, too=[(SERVICE, "1")])

    assert world.end().decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("instance", "version", "gone"),
    [
        (None, "", [HERE]),
        ("blue", "", [BLUE]),
        ("green", "", [GREEN]),
        (None, "1", [HERE]),
        ("blue", "1", [BLUE]),
        ("green", "2", [GREEN]),
    ],
)
def test_what_ends_is_deployed_as_that_instance(instance: str | None, version: str, gone: list[Any]) -> None:
    world = _world(HERE, BLUE, GREEN, OLD, NEW, instance=instance, version=version)
    ended = world.end()

    assert world.store.ended == gone
    assert ended.decision is Decision.ALLOW
    assert ended.report.candidate.version == gone[0].version


@pytest.mark.parametrize(("version", "gone"), [("1", [OLD]), ("2", [NEW]), ("3", [])])
def test_what_ends_with_its_support_is_the_release_that_is_named(version: str, gone: list[Any]) -> None:
    world = _world(HERE, BLUE, GREEN, live(SERVICE, "3"), OLD, NEW, version=version, released=True)
    ended = world.end()

    assert world.store.ended == gone
    assert ended.decision is (Decision.ALLOW if gone else Decision.UNKNOWN)
    assert ended.report.candidate.version == version


def test_a_release_that_ends_leaves_alone_who_needed_it() -> None:
    ended = _world(OLD, WEB, version="1", released=True).end()

    assert (ended.decision, ended.code) == (Decision.BLOCK, 1)
    assert ended.report.notes == ("Not live any more: orders-api 1 (released) in production.",)


@pytest.mark.parametrize("left", [HERE, BLUE, NEW])
def test_a_release_that_ends_beside_another_version_leaves_nobody_alone(left: Any) -> None:
    assert _world(OLD, left, WEB, version="1", released=True).end().decision is Decision.ALLOW


def test_several_versions_that_end_are_all_named() -> None:
    world = _world(live(SERVICE, "1", "staging"), live(SERVICE, "2"))
    world.candidate = candidate(version="", environments=STAGING)
    ended = world.end()

    assert ended.report.candidate.version == "1, 2"
    assert headline(ended.report).startswith("orders-api 1, 2 → staging, production: undeployment recorded")


@pytest.mark.parametrize(
    ("there", "version", "instance", "what"),
    [
        ([], "", None, "deployment of orders-api is recorded there"),
        ([live("stock")], "3", None, "deployment of orders-api 3 is recorded there"),
        ([BLUE], "", "green", "deployment of orders-api as instance green is recorded there"),
        ([OLD], "", None, "deployment of orders-api is recorded there"),
        ([OLD], "1", None, "deployment of orders-api 1 is recorded there"),
        ([BLUE, NEW], "2", "blue", "deployment of orders-api 2 as instance blue is recorded there"),
        ([live(SERVICE, "1", "staging")], "", None, "deployment of orders-api is recorded there"),
        ([HERE, NEW], "1", "release", "release of orders-api 1 is recorded there"),
        ([], "1", "release", "release of orders-api 1 is recorded there"),
    ],
)
def test_nothing_to_undeploy_is_a_fault(there: list[Any], version: str, instance: str | None, what: str) -> None:
    released = instance == "release"
    world = _world(*there, version=version, instance=None if released else instance, released=released)
    ended = world.end()

    assert (world.store.written, ended.decision) == ([], Decision.UNKNOWN)
    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=())
    assert ended.reasons.startswith(f"production: no {what}, so that there was nothing to end. What is there: ")
    assert ended.reasons.endswith(
        ". Check environment, application-instance and version; a release is ended with support-ended: true."
    )
    assert "undeployment not recorded; unknown whether somebody there still needs it" in headline(ended.report)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([WEB], "What is there: no version of it. Check"),
        ([BLUE, NEW, live(SERVICE, "3")], "What is there: 1 (instance blue), 2 (released), 3 (deployed). Check"),
    ],
)
def test_a_fault_names_what_is_there(there: list[Any], said: str) -> None:
    assert said in _world(*there, version="9").end().reasons


def test_whoever_is_left_alone_is_found_again_when_it_is_run_again() -> None:
    world = _world(HERE, WEB)
    first, second = world.end(), world.end()

    assert [one.decision for one in (first, second)] == [Decision.BLOCK, Decision.BLOCK]
    assert second.entry("web 1").integration.live == (WEB,)
    assert second.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=())
    assert second.report.candidate.version == ""
    assert headline(second.report) == (
        "orders-api → production: undeployment not recorded, and somebody there still needs it"
    )


def test_where_this_run_ended_nothing_somebody_may_be_left_alone_all_the_same() -> None:
    world = _world(HERE, live("web", environment="staging"))
    world.candidate = candidate(version="", environments=STAGING)
    ended = world.end()

    assert (_ended(world), ended.decision) == ([HERE], Decision.BLOCK)
    assert ended.entry("web 1").integration.live == (live("web", "1", "staging"),)


@pytest.mark.parametrize("there", [OLD, BLUE])
def test_where_nothing_ended_and_another_version_is_nobody_is_left_alone(there: Any) -> None:
    ended = _world(there, WEB).end()

    assert (ended.decision, ended.report.entries) == (Decision.UNKNOWN, ())


def test_what_could_not_be_ended_leaves_nobody_alone_yet() -> None:
    ended = _world(HERE, WEB, refusing=["production"]).end()

    assert (ended.decision, ended.report.entries) == (Decision.UNKNOWN, ())


def test_one_environment_without_it_does_not_keep_it_from_ending_in_the_other() -> None:
    world = _world(HERE, WEB)
    world.candidate = candidate(version="", environments=STAGING)
    ended = world.end()

    assert _ended(world) == [HERE]
    assert (ended.decision, [fault.where for fault in ended.report.faults]) == (Decision.BLOCK, ["staging"])
    assert "undeployment recorded in production alone" in headline(ended.report)


def test_one_environment_that_fails_does_not_keep_it_from_ending_in_the_other() -> None:
    world = _world(live(SERVICE, "1", "staging"), HERE, refusing=["staging"])
    world.candidate = candidate(version="", environments=STAGING)
    ended = world.end()

    assert _ended(world) == [HERE]
    assert ended.decision is Decision.UNKNOWN
    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=("production",))
    assert "staging: it cannot be recorded." in ended.reasons


def test_an_answer_that_was_lost_is_a_fault_and_hides_nobody_who_is_left_alone() -> None:
    ended = _world(HERE, WEB, mute=["production"]).end()

    assert ended.decision is Decision.BLOCK
    assert "production: nobody knows whether it was recorded." in ended.reasons
    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=("production",))


def test_what_could_not_be_recorded_was_not_recorded_by_somebody_else_meanwhile() -> None:
    ended = _world(HERE, refusing=["production"]).end()

    assert ended.reasons == "production: it cannot be recorded."


def test_what_is_still_there_when_it_is_read_again_is_a_fault() -> None:
    ended = _world(HERE, WEB, forgetful=["production"]).end()

    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=())
    assert (ended.decision, ended.report.entries) == (Decision.UNKNOWN, ())
    assert ended.reasons == (
        "production: it was recorded that orders-api 1 is gone, and it is still listed there. Somebody else records "
        "there at the same time. Find out what runs, and record it."
    )


def test_what_nobody_could_read_again_is_neither_said_to_be_gone_nor_to_be_there() -> None:
    world = _world(HERE, WEB)
    world.store.fails = lambda method, _: method == "live" and "end" in world.store.asked
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=(), confirmed=False)
    assert headline(ended.report) == "orders-api 1 → production: unknown whether the undeployment was recorded"


def test_where_nothing_was_told_to_end_nothing_has_to_be_confirmed() -> None:
    world = _world(WEB)
    world.store.fails = lambda method, call: method == "live" and call > 1
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert "undeployment not recorded" in headline(ended.report)


def test_where_a_part_of_it_is_still_there_it_is_not_recorded() -> None:
    other = live(SERVICE, "2")
    world = _world(HERE, other, WEB, sticky=[other])
    ended = world.end()

    assert ended.decision is Decision.UNKNOWN
    assert ended.report.recorded == Recorded(record=Record.UNDEPLOYMENT, environments=())
    assert ended.report.notes == ("Not live any more: orders-api 1 (deployed) in production.",)


@pytest.mark.parametrize("released", [False, True])
def test_where_the_version_is_there_in_another_way_it_stays_and_that_is_a_fault(*, released: bool) -> None:
    deployed = live(SERVICE, "1", "staging")
    world = _world(deployed, OLD)
    world.candidate = candidate(version="1", environments=STAGING, released=released)
    ended = world.end()

    assert (ended.decision, world.store.ended) == (Decision.UNKNOWN, [OLD if released else deployed])
    assert [fault.where for fault in ended.report.faults] == ["staging" if released else "production"]
    ways = ("1 (deployed) in staging", "1 (released) in production")
    gone, left = reversed(ways) if released else ways
    assert ended.report.notes == (f"Not live any more: orders-api {gone}.", f"Also live: orders-api {left}.")


def test_it_ends_in_several_environments_at_once() -> None:
    there = [live(SERVICE, "1", "staging", instance="blue"), BLUE]
    world = _world(*there)
    world.candidate = candidate(version="", environments=STAGING, instance="blue")
    ended = world.end()

    assert (ended.decision, world.store.ended) == (Decision.ALLOW, there)
    assert ended.report.notes == (
        "Not live any more: orders-api 1 (instance blue) in staging, 1 (instance blue) in production.",
    )


@pytest.mark.parametrize("since", [None, datetime(2026, 11, 22, tzinfo=UTC)])
def test_what_is_recorded_anew_meanwhile_is_still_there(since: datetime | None) -> None:
    ended = _world(live_at=[[HERE], [live(SERVICE, "1", since=since)]], forgetful=["production"]).end()

    assert ended.decision is Decision.UNKNOWN


def test_a_version_that_takes_its_place_meanwhile_leaves_nobody_alone() -> None:
    world = _world()
    world.store.live_at = [[HERE, WEB], [live(SERVICE, "2"), WEB]]
    ended = world.end()

    assert ended.report.recorded is not None
    assert ended.decision is not Decision.BLOCK
