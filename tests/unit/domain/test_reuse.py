"""The truth tables of reuse: only what is the same in everything that has a say in it is not tried again."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.contracts import Interaction
from gate.domain.identity import uncredited
from gate.domain.plan import changes_nothing
from gate.domain.report import Run, Tested
from gate.domain.results import InteractionResult, Outcome
from gate.domain.reuse import (
    LONGEST_PAGE,
    Basis,
    Evidence,
    Passed,
    code_of,
    evidence,
    listing,
    may_reuse,
    reused,
    stands_alone,
)
from tests.builders import COMMIT, candidate, interaction, result

OTHER: Final = "b" * 40
AT: Final = datetime(2026, 11, 23, 10, 43, tzinfo=UTC)
PAGE: Final = "https://ci.example/1"
BASIS: Final = Basis(code=COMMIT, configuration="c" * 64, engine="engine 1", gate="1.0.0")
THREE: Final = tuple(interaction(number, sameness=f"same {number}") for number in range(3))


def _passed(interactions: tuple[Interaction, ...] = THREE, basis: Basis = BASIS, **more: Any) -> Passed:
    found = evidence(interactions, _results(interactions), basis)
    assert found is not None
    values: dict[str, Any] = {"evidence": found, "at": AT, "url": PAGE} | more
    return Passed(**values)


def _results(interactions: tuple[Interaction, ...]) -> list[InteractionResult]:
    return [InteractionResult(interaction=one, outcome=Outcome.PASSED) for one in interactions]


# What an earlier result is reused for


def test_the_very_same_is_passed_in_every_interaction_and_says_where() -> None:
    found = reused(THREE, _passed(), BASIS)

    assert [one.interaction for one in found] == list(THREE)
    assert {(one.outcome, one.tries, one.reused, one.duration) for one in found} == {(Outcome.PASSED, 0, PAGE, 0.0)}


def test_where_the_contract_has_an_interaction_does_not_count_but_their_order_does() -> None:
    moved = tuple(replace(one, position=one.position + 5, line=7, description="in other words") for one in THREE)

    assert [one.interaction for one in reused(moved, _passed(), BASIS)] == list(moved)
    assert reused(THREE[::-1], _passed(), BASIS) == ()


OTHER_INTERACTIONS: Final[dict[str, tuple[Interaction, ...]]] = {
    "one less": THREE[:2],
    "none": (),
    "one more": (*THREE, interaction(3, sameness="same 3")),
    "one twice": (*THREE, replace(THREE[2], position=3)),
    "another one": (*THREE[:2], replace(THREE[2], sameness="another")),
    "another order": (THREE[1], THREE[0], THREE[2]),
    "one that is like no other": (*THREE[:2], replace(THREE[2], sameness="")),
}


@pytest.mark.parametrize("name", OTHER_INTERACTIONS)
def test_other_interactions_are_verified_again(name: str) -> None:
    assert reused(OTHER_INTERACTIONS[name], _passed(), BASIS) == ()


@pytest.mark.parametrize("field", ["code", "configuration", "engine", "gate"])
def test_on_another_basis_all_is_verified_again(field: str) -> None:
    changed: dict[str, Any] = {field: "another"}

    assert reused(THREE, _passed(), replace(BASIS, **changed)) == ()
    assert reused(THREE, _passed(basis=replace(BASIS, **changed)), BASIS) == ()


@pytest.mark.parametrize("changed", [{"interactions": 2}, {"interactions": 4}, {"listing": ""}, {"listing": "d" * 64}])
def test_evidence_that_was_changed_is_worth_nothing(changed: dict[str, Any]) -> None:
    passed = _passed()

    assert reused(THREE, replace(passed, evidence=replace(passed.evidence, **changed)), BASIS) == ()


def test_what_is_like_no_other_is_worth_nothing_even_where_the_evidence_says_nothing_of_it() -> None:
    unlike = (interaction(0),)
    empty = Passed(evidence=Evidence(interactions=1, listing="", basis=BASIS), at=AT)

    assert reused(unlike, empty, BASIS) == ()
    assert reused((), replace(empty, evidence=replace(empty.evidence, interactions=0)), BASIS) == ()


NAMES = st.lists(st.sampled_from(["a", "b", "ab", "", '"', "a\x00"]), max_size=5)
TWICE = NAMES.map(lambda names: (names, list(names)))


@given(both=st.one_of(TWICE, st.tuples(NAMES, NAMES)), same_code=st.booleans(), same_engine=st.booleans())
def test_no_difference_goes_unseen(both: tuple[list[str], list[str]], *, same_code: bool, same_engine: bool) -> None:
    now, before = both
    ours = tuple(interaction(number, sameness=name) for number, name in enumerate(now))
    theirs = tuple(interaction(number, sameness=name) for number, name in enumerate(before))
    basis = replace(BASIS, code=COMMIT if same_code else OTHER, engine="engine 1" if same_engine else "engine 2")
    kept = evidence(theirs, _results(theirs), basis)
    found = () if kept is None else reused(ours, Passed(evidence=kept, at=AT), BASIS)

    expected = now == before and bool(now) and all(now) and same_code and same_engine
    assert len(found) == (len(now) if expected else 0)


# What is kept for that

SECOND_HAND: Final[dict[str, Callable[[InteractionResult], InteractionResult]]] = {
    "failed": lambda one: replace(one, outcome=Outcome.FAILED),
    "errored": lambda one: replace(one, outcome=Outcome.ERRORED),
    "flaky": lambda one: replace(one, flaky=True),
    "tried twice": lambda one: replace(one, tries=2),
    "not tried": lambda one: replace(one, tries=0),
    "reused": lambda one: replace(one, reused=PAGE, tries=0),
    "reused, it says": lambda one: replace(one, reused=PAGE),
    "of another interaction": lambda one: replace(one, interaction=interaction(7)),
}


@pytest.mark.parametrize("name", SECOND_HAND)
@pytest.mark.parametrize("position", range(3))
def test_one_interaction_that_did_not_pass_at_first_hand_and_at_once_is_enough_to_keep_nothing(
    name: str, position: int
) -> None:
    results = _results(THREE)
    results[position] = SECOND_HAND[name](results[position])

    assert evidence(THREE, results, BASIS) is None


def test_what_the_same_stood_for_in_the_same_run_is_kept_like_all_else() -> None:
    results = [replace(one, same_as="web-app 1") for one in _results(THREE)]

    assert evidence(THREE, results, BASIS) == Evidence(interactions=3, listing=listing(THREE), basis=BASIS)


@pytest.mark.parametrize("results", [_results(THREE)[:2], _results(THREE)[::-1], [*_results(THREE), result()], []])
def test_results_that_are_not_those_of_the_interactions_are_kept_for_nobody(results: list[InteractionResult]) -> None:
    assert evidence(THREE, results, BASIS) is None


def test_a_contract_without_interactions_proves_nothing() -> None:
    assert evidence((), [], BASIS) is None


# When anything is


@pytest.mark.parametrize(("attempt", "expected"), [(None, False), (1, True), (2, False), (3, False)])
def test_a_run_that_is_repeated_and_one_on_a_laptop_verify_all(attempt: int | None, *, expected: bool) -> None:
    run = Run(repository="acme/a", event="push", commit=COMMIT, id="1", attempt=attempt or 1, url="")

    assert may_reuse(None if attempt is None else run) is expected


@pytest.mark.parametrize("commit", [COMMIT, OTHER, None])
@pytest.mark.parametrize("version", [COMMIT, COMMIT[:8], None])
@pytest.mark.parametrize("path", [None, "services/orders"])
@pytest.mark.parametrize(("merge", "modified", "vouched"), list(itertools.product([False, True], repeat=3)))
def test_the_code_that_runs_is_known_only_where_it_is_the_candidate_and_nothing_else(
    commit: str | None, version: str | None, path: str | None, *, merge: bool, modified: bool, vouched: bool
) -> None:
    this = candidate(version=version or "1.2.3", commit=version)
    tested = Tested(commit=commit, path=path, head=commit, modified=modified, merge=merge, vouched=vouched)
    found = code_of(this, tested, pinned=False)

    certain = not (merge or modified or vouched) and path is None and commit == COMMIT and version is not None
    assert found == (COMMIT if certain else "")
    assert not found or uncredited(this, tested, None, trusting=False) == ""
    assert code_of(this, tested, pinned=True) == (version or "")


# What is shown, and what may be left out


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (PAGE, PAGE),
        ("http://ci.example/1", "http://ci.example/1"),
        ("", "the run of 2026-11-23 10:43 UTC"),
        ("javascript:alert(1)", "the run of 2026-11-23 10:43 UTC"),
        ("https://ci.example/1 and more", "the run of 2026-11-23 10:43 UTC"),
        ("https://ci.example/\u202e1", "the run of 2026-11-23 10:43 UTC"),
        (f"https://ci.example/{'1' * LONGEST_PAGE}", "the run of 2026-11-23 10:43 UTC"),
    ],
)
def test_the_earlier_run_is_named_by_its_page_or_its_time(url: str, told: str) -> None:
    at = AT.astimezone(timezone(timedelta(hours=3)))

    assert _passed(url=url, at=at).told == told


GET, POST = interaction(harmless=True), interaction(harmless=False)
SET_UP_GET, SET_UP_POST = (replace(one, states=("order 42 exists",)) for one in (GET, POST))


@pytest.mark.parametrize(
    ("one", "without_set_up", "with_set_up"),
    [(GET, True, True), (POST, False, False), (SET_UP_GET, True, False), (SET_UP_POST, False, False)],
)
def test_what_sets_up_a_state_or_is_unsafe_changes_something(
    one: Interaction, *, without_set_up: bool, with_set_up: bool
) -> None:
    for sets_up_states, expected in ((False, without_set_up), (True, with_set_up)):
        assert changes_nothing((GET, one), sets_up_states=sets_up_states) is expected


@pytest.mark.parametrize(
    ("contract", "other", "sets_up_states", "alone"),
    [
        ((GET,), (GET,), True, True),
        ((POST,), (GET,), True, True),
        ((GET,), (POST,), True, False),
        ((GET,), (SET_UP_GET,), True, False),
        ((GET,), (SET_UP_GET,), False, True),
        ((SET_UP_GET, SET_UP_GET), (POST,), True, True),
        ((SET_UP_GET, GET), (POST,), True, False),
        ((GET, SET_UP_GET), (POST,), True, False),
        ((SET_UP_GET,), (POST,), False, False),
    ],
)
def test_what_comes_out_the_same_whatever_came_before(
    contract: tuple[Interaction, ...], other: tuple[Interaction, ...], *, sets_up_states: bool, alone: bool
) -> None:
    assert stands_alone(contract, [(GET,), other], sets_up_states=sets_up_states) is alone
    assert stands_alone(contract, [], sets_up_states=sets_up_states)
