"""What the very same honoured in an earlier run is not tried again, and whatever is in doubt is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.errors import StoreError
from gate.domain.report import Run, Tested
from gate.domain.results import Outcome
from gate.domain.reuse import Basis, Passed, evidence
from gate.domain.verdict import Decision
from gate.pipeline.gate import Keeping, Reusing
from tests.builders import COMMIT, SERVICE, candidate, interaction, live, result
from tests.fakes import FakeEarlierResults, FakeKeeper, FakeProvider, MemoryStore
from tests.unit.pipeline.world import PAGE, Ended, World, expecting

OTHER: Final = "b" * 40
EARLIER: Final = "https://ci.example/1"
AT: Final = datetime(2026, 11, 23, 10, 43, tzinfo=UTC)
CLEAN: Final = Tested(commit=COMMIT, vouched=False)
RUN: Final = Run(repository="acme/a", event="push", commit=COMMIT, id="12", attempt=1, url=PAGE)


def _basis(code: str) -> Basis:
    return Basis(code=code, configuration="c" * 64, engine="engine 1", gate="1.0.0")


REUSING: Final = Reusing(earlier=FakeEarlierResults(), basis=_basis, pinned=False)


def _world(*consumers: str, **more: Any) -> World:
    """Have consumers of which each is live, and a run that may reuse what is kept."""
    names = consumers or ("web",)
    store = MemoryStore(held=[expecting(name, "1") for name in names], live_at=[[live(name) for name in names]])
    values: dict[str, Any] = {"store": store, "tested": CLEAN, "candidate": candidate(commit=COMMIT), "run": RUN}
    return World(**(values | {"reusing": REUSING} | more))


def _earlier(world: World, *names: str, code: str = COMMIT, interactions: int = 1) -> FakeEarlierResults:
    """Have earlier runs that honoured the contracts of these consumers."""
    every = [one for one in world.store.held if one.consumer.name in names]
    return FakeEarlierResults(known={one.key: _passed(one, code, interactions) for one in every})


def _passed(one: Contract, code: str = COMMIT, interactions: int = 1) -> Passed:
    listed = [interaction(at, sameness=f"{one.content_id} {at}") for at in range(interactions)]
    found = evidence(listed, [result(interaction=each) for each in listed], _basis(code))
    assert found is not None
    return Passed(evidence=found, at=AT, url=EARLIER)


def _end(
    world: World,
    earlier: FakeEarlierResults | None = None,
    keeper: FakeKeeper | None = None,
    *,
    trusting: bool = False,
) -> Ended:
    world.keeping = Keeping(keeper=keeper or FakeKeeper(), trusting=trusting)
    if world.reusing is not None and earlier is not None:
        world.reusing = replace(world.reusing, earlier=earlier)
    return world.end()


def _tried(world: World) -> list[str]:
    return [content for content, _ in world.tried]


def test_what_was_honoured_is_not_tried_again_and_nothing_is_started() -> None:
    world = _world()
    earlier, keeper = _earlier(world, "web"), FakeKeeper()
    ended = _end(world, earlier, keeper)

    assert (world.tried, world.provider.ran, keeper.told) == ([], 0, [])
    assert (ended.decision, ended.code) == (Decision.ALLOW, 0)
    (one,) = ended.entry("web 1").integration.results
    assert (one.outcome, one.reused, one.tries) == (Outcome.PASSED, EARLIER, 0)
    assert ended.report.notes == (
        f"1 interaction of 1 contract was not tried again: the very same honoured it before ({EARLIER}).",
    )
    assert ended.report.provider is None
    asked = PacticipantVersion(name=SERVICE, version=COMMIT, branch="rename")
    assert earlier.asked == [(asked, tuple(world.store.held))]


def test_only_the_others_are_verified_and_kept() -> None:
    world = _world("web", "app", "billing")
    keeper = FakeKeeper()
    ended = _end(world, _earlier(world, "web", "billing"), keeper)

    assert (_tried(world), ended.code) == (["app 1"], 0)
    ((_, (one,), _),) = keeper.told
    assert (one.contract.consumer.name, one.evidence) == ("app", _passed(one.contract).evidence)
    assert ended.report.notes[0] == (
        f"2 interactions of 2 contracts were not tried again: the very same honoured them before ({EARLIER})."
    )


def test_what_others_break_is_not_hidden() -> None:
    world = _world("web", "app", outcomes={"app 1": Outcome.FAILED})
    ended = _end(world, _earlier(world, "web"))

    assert (ended.decision, ended.code) == (Decision.BLOCK, 1)
    assert [str(one.integration.counterpart) for one in ended.report.entries] == ["app 1", "web 1"]


def test_each_earlier_run_is_named_and_many_are_counted() -> None:
    world = _world(*"abcde")
    earlier = _earlier(world, *"abcde")
    earlier.known = {key: replace(one, url=f"https://ci.example/{key[0]}") for key, one in earlier.known.items()}
    (note,) = _end(world, earlier).report.notes

    assert note.endswith("before (https://ci.example/a, https://ci.example/b, https://ci.example/c and 2 more).")


def test_reporters_are_told_of_a_contract_that_is_through() -> None:
    world = _world("web", "app")
    ended = _end(world, _earlier(world, "web"))

    told = [one for one in ended.told if "through" in one]
    assert len(told) == 2
    assert "web" in told[0]


# What verifies everything again

DOUBT: Final[dict[str, dict[str, Any]]] = {
    "run again": {"run": replace(RUN, attempt=2)},
    "on a laptop": {"run": None},
    "nothing is reused": {"reusing": None},
    "another commit is there": {"tested": Tested(commit=OTHER, vouched=False)},
    "a merge is there": {"tested": Tested(commit=OTHER, merge=True, vouched=False)},
    "a changed file is there": {"tested": Tested(commit=COMMIT, modified=True, vouched=False)},
    "nobody knows what is there": {"tested": Tested(vouched=False)},
    "it was only reached": {"tested": Tested(commit=COMMIT, vouched=True)},
    "a folder alone is the version": {"tested": Tested(commit=COMMIT, path="orders", head=COMMIT, vouched=False)},
    "the version is a name": {"candidate": candidate(version="1.2.3")},
}


@pytest.mark.parametrize("why", DOUBT)
@pytest.mark.parametrize("trusting", [False, True])
def test_in_doubt_all_is_verified(why: str, *, trusting: bool) -> None:
    world = _world(**DOUBT[why])
    earlier = _earlier(world, "web")
    ended = _end(world, earlier, trusting=trusting)

    assert (_tried(world), earlier.asked) == (["web 1"], [])
    assert all(not one.reused for one in ended.entry("web 1").integration.results)


def test_of_a_part_nothing_is_reused() -> None:
    world = _world(consumer="web")
    earlier = _earlier(world, "web")
    _end(world, earlier)

    assert (_tried(world), earlier.asked) == (["web 1"], [])


def test_where_nothing_is_verified_nothing_is_reused() -> None:
    world = _world(verifies=False)
    earlier = _earlier(world, "web")

    assert (_end(world, earlier).code, earlier.asked) == (3, [])


@pytest.mark.parametrize(
    "earlier",
    [
        _earlier(_world(), "web", code=OTHER),
        _earlier(_world(), "web", interactions=2),
        _earlier(_world("app"), "app"),
        FakeEarlierResults(),
    ],
)
def test_what_is_not_the_very_same_is_verified(earlier: FakeEarlierResults) -> None:
    world = _world()
    ended = _end(world, earlier)

    assert (_tried(world), ended.code) == (["web 1"], 0)
    assert not any("not tried again" in note for note in ended.report.notes)


def test_a_contract_that_nobody_can_read_is_none_that_was_honoured() -> None:
    world = _world("web", "app", unreadable=["web 1"])
    earlier = _earlier(world, "web", "app")
    ended = _end(world, earlier)

    assert (world.tried, ended.decision, ended.code) == ([], Decision.UNKNOWN, 3)
    assert [one.consumer.name for _, several in earlier.asked for one in several] == ["app"]


def test_a_store_that_cannot_say_it_is_a_note_and_everything_is_verified() -> None:
    world = _world()
    earlier = _earlier(world, "web")
    earlier.silence = StoreError("it answered 500.", where="store", remedy="Try again.")
    ended = _end(world, earlier)

    assert (_tried(world), ended.code) == (["web 1"], 0)
    assert ended.report.notes[0] == (
        "Nothing was reused of earlier runs, as the store cannot say what they found: store: it answered 500. "
        "Try again."
    )


def test_a_store_with_a_bug_allows_nothing() -> None:
    assert _end(_world(), FakeEarlierResults(silence=KeyError("a bug"))).code == 4


# What would make a difference to others


@pytest.mark.parametrize(
    ("consumers", "more", "tried"),
    [
        (("web", "app"), {"unsafe": ["web 1"]}, ["web 1", "app 1"]),
        (("web", "app"), {"unsafe": ["app 1"]}, ["app 1"]),
        (("web",), {"unsafe": ["web 1"]}, []),
        (("web", "app"), {"unsafe": ["web 1"], "given": {"web 1": ("an order exists",)}}, ["web 1", "app 1"]),
        (("web", "app"), {"given": {"web 1": ("an order exists",), "app 1": ("an order exists",)}}, ["app 1"]),
    ],
)
def test_a_contract_that_changes_something_is_left_out_only_when_all_are(
    consumers: Sequence[str], more: dict[str, Any], tried: list[str]
) -> None:
    world = _world(*consumers, **more)
    ended = _end(world, _earlier(world, "web"))

    assert (_tried(world), ended.code) == (tried, 0)


# What is kept for later runs


def _evidence(keeper: FakeKeeper) -> list[bool]:
    return [one.evidence is not None for _, several, _ in keeper.told for one in several]


def test_a_run_that_is_repeated_reuses_nothing_and_may_be_reused() -> None:
    keeper = FakeKeeper()
    _end(_world(run=replace(RUN, attempt=2)), keeper=keeper)

    assert _evidence(keeper) == [True]


@pytest.mark.parametrize(
    "more",
    [
        {"reusing": None},
        {"run": None},
        {"outcomes": {"web 1": Outcome.FAILED}},
        {"look": lambda: Tested(commit=COMMIT, path="orders", head=COMMIT, vouched=False)},
        {"tested": Tested(commit=COMMIT, path="orders", head=COMMIT, vouched=False)},
    ],
)
def test_results_without_a_certain_basis_are_kept_without_evidence(more: dict[str, Any]) -> None:
    keeper = FakeKeeper()
    _end(_world(**more), keeper=keeper)

    assert _evidence(keeper) == [False]


def test_what_is_kept_by_the_users_word_alone_is_no_evidence() -> None:
    keeper = FakeKeeper()
    world = _world(tested=Tested(commit=COMMIT, vouched=True), provider=FakeProvider(image="i"))
    _end(world, keeper=keeper, trusting=True)

    assert _evidence(keeper) == [False]


@pytest.mark.parametrize(("revision", "trusting", "expected"), [(COMMIT, False, [True]), ("", True, [False])])
def test_an_image_is_reused_where_it_said_what_it_was_built_from(
    revision: str, expected: list[bool], *, trusting: bool
) -> None:
    more: dict[str, Any] = {
        "tested": Tested(vouched=True),
        "reusing": replace(REUSING, pinned=True),
        "provider": FakeProvider(image="i@sha256:1", revision=revision),
    }
    keeper = FakeKeeper()
    _end(_world(**more), keeper=keeper, trusting=trusting)
    assert _evidence(keeper) == expected

    world = _world(**more)
    assert (_end(world, _earlier(world, "web")).code, world.tried) == (0, [])
