"""Results are kept before it is decided, when they are certain, and when what ran is the candidate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.errors import EngineError, ProviderError, StoreError
from gate.domain.report import Tested
from gate.domain.results import Outcome
from gate.domain.verdict import Decision
from gate.pipeline.gate import Keeping
from tests.builders import COMMIT, SERVICE, candidate, live
from tests.fakes import FakeKeeper, FakeProvider, MemoryStore
from tests.unit.pipeline.world import MAIN, PAGE, World, expecting, own

OTHER = "b" * 40
CLEAN = Tested(commit=COMMIT, vouched=False)
MERGE = Tested(commit=OTHER, merge=True, vouched=False)
MODIFIED = Tested(commit=COMMIT, modified=True, vouched=False)
P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
FAULT = Fault(where="the result for web 1", what="it could not be kept: 500.")


def _world(*consumers: str, tested: Tested = CLEAN, **more: Any) -> World:
    """Have consumers of which each is live and honoured."""
    names = consumers or ("web",)
    store = MemoryStore(held=[expecting(name, "1") for name in names], live_at=[[live(name) for name in names]])
    values: dict[str, Any] = {"store": store, "tested": tested, "candidate": candidate(commit=COMMIT)}
    return World(**(values | more))


def _keeping(
    world: World, keeper: FakeKeeper, *, trusting: bool = False, look: Callable[[], Tested] | None = None
) -> World:
    world.keeping = Keeping(keeper=keeper, trusting=trusting)
    world.look = look
    return world


def test_a_result_is_kept_for_the_version_and_its_branch() -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(), keeper).end()

    ((provider, (one,), url),) = keeper.told
    assert (provider, url) == (PacticipantVersion(name=SERVICE, version=COMMIT, branch="rename"), PAGE)
    assert (one.contract.consumer.name, one.success, [each.outcome for each in one.results]) == ("web", True, [P])
    assert (ended.decision, ended.code) == (Decision.ALLOW, 0)
    assert ended.report.notes == ("1 result was kept in the store for orders-api 9f2c1ab, branch rename.",)


def test_several_results_are_counted_and_no_branch_is_said() -> None:
    this = candidate(commit=COMMIT, branch=None)
    ended = _keeping(_world("web", "app", candidate=this), FakeKeeper()).end()

    note = "2 results were kept in the store for orders-api 9f2c1ab, which is on no branch."
    assert ended.report.notes == (note,)


def test_they_are_kept_before_it_is_decided_who_is_live() -> None:
    world = _world()
    keeper = FakeKeeper(meanwhile=lambda: world.store.written.append(tuple(world.store.asked)))
    _keeping(world, keeper).end()

    assert world.store.written == [("live", "contracts", "expectations")]


@pytest.mark.parametrize(
    ("outcome", "success", "decision"),
    [(P, True, Decision.ALLOW), (F, False, Decision.BLOCK), (E, None, Decision.UNKNOWN)],
)
def test_only_what_is_certain_is_kept(outcome: Outcome, success: bool | None, decision: Decision) -> None:  # noqa: FBT001
    keeper = FakeKeeper()
    ended = _keeping(_world(outcomes={"web 1": outcome}), keeper).end()

    assert [each.success for _, several, _ in keeper.told for each in several] == ([] if success is None else [success])
    assert ended.decision is decision


def test_what_is_certain_is_kept_beside_what_is_not() -> None:
    keeper = FakeKeeper()
    _keeping(_world("web", "app", "bot", outcomes={"web 1": E, "app 1": F}), keeper).end()

    ((_, several, _),) = keeper.told
    assert [(each.contract.consumer.name, each.success) for each in several] == [("app", False), ("bot", True)]


@pytest.mark.parametrize("what", ["empty", "unreadable"])
def test_what_nobody_can_verify_has_no_result(what: str) -> None:
    keeper, how = FakeKeeper(), {what: ["web 1"]}
    ended = _keeping(_world(tested=CLEAN, **how), keeper).end()

    assert (keeper.told, ended.decision) == ([], Decision.UNKNOWN)


def test_a_result_of_what_is_pending_is_kept_too() -> None:
    keeper = FakeKeeper()
    world = _keeping(_world(outcomes={"web 1": F}), keeper)
    world.store = MemoryStore(held=[expecting("web", "1", because=[MAIN], pending=True)])

    assert (world.end().decision, len(keeper.told)) == (Decision.ALLOW, 1)


def test_a_result_of_the_service_with_itself_is_kept() -> None:
    keeper = FakeKeeper()
    world = _keeping(_world(), keeper)
    world.store = MemoryStore(own={COMMIT: [own(SERVICE)]}, known=True)
    world.end()

    ((_, (one,), _),) = keeper.told
    assert (one.contract.consumer, one.contract.provider) == (own(SERVICE).consumer, SERVICE)


@pytest.mark.parametrize("outcome", [P, F])
@pytest.mark.parametrize(
    "provider",
    [FakeProvider(ProviderError("it is down.")), FakeProvider(dies=ProviderError("it died."))],
    ids=["never up", "dead"],
)
def test_nothing_is_kept_of_a_provider_that_was_not_there_to_the_end(provider: FakeProvider, outcome: Outcome) -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(provider=provider, outcomes={"web 1": outcome}), keeper).end()

    assert keeper.told == []
    assert ended.decision is not Decision.ALLOW


def test_nothing_is_kept_of_an_engine_that_fails_half_way() -> None:
    keeper = FakeKeeper()
    world = _keeping(_world("web", "app"), keeper)
    world.fails_on = {"app 1": EngineError("no engine.")}
    ended = world.end()

    ((_, (one,), _),) = keeper.told
    assert (one.contract.consumer.name, ended.decision) == ("web", Decision.UNKNOWN)


def test_a_break_is_kept_although_the_engine_failed_on_the_rest() -> None:
    keeper = FakeKeeper()
    world = _keeping(_world(outcomes={"web 1": F}), keeper)
    world.fails_after = {"web 1": EngineError("no engine.")}
    ended = world.end()

    ((_, (one,), _),) = keeper.told
    assert (one.success, ended.decision) == (False, Decision.BLOCK)


def test_a_pass_is_not_kept_when_the_engine_failed_afterwards() -> None:
    keeper = FakeKeeper()
    world = _keeping(_world(), keeper)
    world.fails_after = {"web 1": EngineError("no engine.")}
    ended = world.end()

    assert (keeper.told, ended.decision) == ([], Decision.UNKNOWN)


def test_without_a_provider_nothing_is_kept() -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(verifies=False), keeper).end()

    assert (keeper.told, ended.decision) == ([], Decision.UNKNOWN)


MERGED = f"what is checked out is the pull request merged into its base, and not {COMMIT}"
CHANGED = f"tracked files differ from commit {COMMIT}"


@pytest.mark.parametrize(("tested", "reason"), [(MERGE, MERGED), (MODIFIED, CHANGED)])
def test_what_ran_is_not_the_candidate_is_a_note(tested: Tested, reason: str) -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(tested=tested), keeper).end()

    assert (keeper.told, ended.decision) == ([], Decision.ALLOW)
    assert ended.report.notes[0] == f"Results were not kept in the store: {reason}."


@pytest.mark.parametrize(("tested", "reason"), [(MERGE, MERGED), (MODIFIED, CHANGED)])
@pytest.mark.parametrize(("outcome", "decision"), [(P, Decision.UNKNOWN), (F, Decision.BLOCK)])
def test_where_they_are_always_to_be_kept_it_is_a_fault(
    tested: Tested, reason: str, outcome: Outcome, decision: Decision
) -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(tested=tested, outcomes={"web 1": outcome}), keeper, trusting=True).end()

    assert (keeper.told, ended.decision) == ([], decision)
    assert (
        f"publish-results: always: the results cannot be kept: {reason}. Check out the very version, unchanged "
        "(actions/checkout: ref), or set publish-results to auto." in ended.reasons
    )


@pytest.mark.parametrize("tested", [Tested(commit=OTHER, vouched=True), Tested(commit=None, vouched=True)])
@pytest.mark.parametrize("trusting", [True, False])
def test_the_users_word_is_enough_only_where_it_is_said_to_be(tested: Tested, *, trusting: bool) -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(tested=tested), keeper, trusting=trusting).end()

    assert (len(keeper.told), ended.decision) == (int(trusting), Decision.ALLOW)


def test_an_image_that_says_what_it_was_built_from_needs_no_checkout() -> None:
    keeper = FakeKeeper()
    image = FakeProvider(image="orders-api:1", revision=COMMIT)
    _keeping(_world(tested=Tested(commit=None, vouched=True), provider=image), keeper).end()

    assert len(keeper.told) == 1


@pytest.mark.parametrize("trusting", [True, False])
def test_what_is_checked_out_says_nothing_of_an_image_that_says_nothing(*, trusting: bool) -> None:
    keeper = FakeKeeper()
    world = _world(tested=Tested(commit=COMMIT, vouched=True), provider=FakeProvider(image="orders-api:1"))
    ended = _keeping(world, keeper, trusting=trusting).end()

    assert (len(keeper.told), ended.decision) == (int(trusting), Decision.ALLOW)
    assert any("org.opencontainers.image.revision" in note for note in ended.report.notes) is not trusting


def test_an_image_that_only_runs_a_command_of_the_workspace_says_nothing_of_that() -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(provider=FakeProvider(image="node:22", command="npm start")), keeper).end()

    assert (len(keeper.told), ended.decision) == (1, Decision.ALLOW)


@pytest.mark.parametrize("trusting", [True, False])
def test_results_of_a_mere_name_are_kept_by_the_users_word_alone(*, trusting: bool) -> None:
    keeper = FakeKeeper()
    ended = _keeping(_world(candidate=candidate(version="1.2.3")), keeper, trusting=trusting).end()

    assert (len(keeper.told), ended.decision) == (int(trusting), Decision.ALLOW)


@pytest.mark.parametrize("trusting", [True, False])
def test_an_image_of_another_commit_is_not_the_candidate_whatever_the_user_says(*, trusting: bool) -> None:
    keeper = FakeKeeper()
    image = FakeProvider(image="orders-api:1", revision=OTHER)
    world = _world(tested=Tested(commit=COMMIT, vouched=True), provider=image)
    ended = _keeping(world, keeper, trusting=trusting).end()

    assert (keeper.told, ended.decision) == ([], Decision.UNKNOWN if trusting else Decision.ALLOW)
    assert f"the image's label org.opencontainers.image.revision is {OTHER}" in f"{ended.report.notes} {ended.reasons}"


@pytest.mark.parametrize("trusting", [True, False])
def test_the_workspace_is_looked_at_again_when_the_provider_has_run(*, trusting: bool) -> None:
    world, keeper = _world(), FakeKeeper()

    def look() -> Tested:
        return replace(CLEAN, modified=world.provider.stopped == 1)

    ended = _keeping(world, keeper, trusting=trusting, look=look).end()

    assert keeper.told == []
    assert ended.decision is (Decision.UNKNOWN if trusting else Decision.ALLOW)
    assert CHANGED in f"{ended.report.notes} {ended.reasons}"


def test_a_workspace_that_nobody_can_look_into_is_a_fault() -> None:
    def look() -> Tested:
        raise StoreError("git did not answer.")

    keeper = FakeKeeper()
    ended = _keeping(_world(), keeper, look=look).end()

    assert (keeper.told, ended.decision, ended.reasons) == ([], Decision.UNKNOWN, "git did not answer.")


@pytest.mark.parametrize("keeper", [FakeKeeper(faults=(FAULT,)), FakeKeeper(failure=StoreError("it answered 500."))])
@pytest.mark.parametrize(("outcome", "decision"), [(P, Decision.UNKNOWN), (F, Decision.BLOCK)])
def test_a_result_that_could_not_be_kept_makes_it_unknown_and_hides_no_break(
    keeper: FakeKeeper, outcome: Outcome, decision: Decision
) -> None:
    ended = _keeping(_world(outcomes={"web 1": outcome}), keeper).end()

    assert (ended.decision, len(ended.report.faults)) == (decision, 1)
    assert ended.report.notes == ()


def test_what_was_kept_is_counted_without_what_was_not() -> None:
    ended = _keeping(_world("web", "app"), FakeKeeper(faults=(FAULT,))).end()

    assert ended.reasons == str(FAULT)
    assert ended.report.notes == ("1 result was kept in the store for orders-api 9f2c1ab, branch rename.",)


def test_a_keeper_with_a_bug_allows_nothing() -> None:
    ended = _keeping(_world(), FakeKeeper(failure=ZeroDivisionError("x"))).end()

    assert (ended.decision, ended.code) == (Decision.UNKNOWN, 4)
