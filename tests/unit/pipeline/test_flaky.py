"""What failed is tried again, to say why it failed. The second try changes no outcome, whatever comes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gate.domain.advice import Trouble
from gate.domain.contracts import Because, Contract, Interaction
from gate.domain.errors import CancelledError, EngineError
from gate.domain.redaction import Redactor
from gate.domain.results import InteractionResult, Outcome
from gate.domain.verdict import Decision, Standing
from gate.pipeline import run_each
from gate.pipeline.gate import Keeping
from tests.builders import interaction, live, result
from tests.fakes import FakeEngine, FakeKeeper, FakeReporter, MemoryStore
from tests.unit.pipeline.world import Ended, World, expecting

FAILED, PASSED, ERRORED = Outcome.FAILED, Outcome.PASSED, Outcome.ERRORED


def _world(**more: Any) -> World:
    store = MemoryStore(held=[expecting("web", "1")], live_at=[[live("web")]])
    values: dict[str, Any] = {"store": store, "outcomes": {"web 1": FAILED}} | more
    return World(**values)


def _results(ended: Ended, counterpart: str = "web 1") -> list[tuple[Outcome, bool]]:
    return [(one.outcome, one.flaky) for one in ended.entry(counterpart).integration.results]


@pytest.mark.parametrize("because", list(Because))
@pytest.mark.parametrize(
    ("first", "second", "flaky"),
    [
        (FAILED, PASSED, True),
        (FAILED, FAILED, False),
        (FAILED, ERRORED, False),
        (FAILED, EngineError("no engine."), False),
        (PASSED, FAILED, False),
    ],
)
def test_the_first_try_decides(first: Outcome, second: Outcome | Exception, because: Because, *, flaky: bool) -> None:
    store = MemoryStore(held=[expecting("web", "1", because=[because])], live_at=[[live("web")]])
    ended = _world(store=store, outcomes={"web 1": first}, again={"web 1": second}).end()
    once = _world(store=store, outcomes={"web 1": first}).end()

    assert _results(ended) == [(first, flaky)]
    assert (ended.code, ended.decision) == (once.code, once.decision)
    assert ended.report.faults == once.report.faults == ()
    assert ended.entry("web 1").integration.fault is None


def test_a_break_that_is_gone_at_the_second_try_blocks_and_is_told_from_others() -> None:
    ended = _world(again={"web 1": PASSED}).end()
    advice = ended.entry("web 1").advice

    assert (ended.code, ended.decision) == (1, Decision.BLOCK)
    assert ended.reasons == "web 1, live in production: 1 of 1 interaction broken, not every time"
    assert ended.entry("web 1").standing is Standing.BROKEN
    assert advice is not None
    assert (advice.trouble, advice.concerns) == (Trouble.FLAKY, ("orders-api",))


def test_a_break_that_stays_is_not_flaky() -> None:
    ended = _world().end()
    advice = ended.entry("web 1").advice

    assert (ended.code, ended.reasons) == (1, "web 1, live in production: 1 of 1 interaction broken")
    assert advice is not None
    assert advice.trouble is Trouble.BROKEN


def test_one_steady_failure_among_flaky_ones_is_a_break_like_any_other() -> None:
    ended = _Twice([(0, FAILED), (1, FAILED), (2, PASSED)], [(0, PASSED), (1, FAILED)]).end()

    assert _results(ended) == [(FAILED, True), (FAILED, False), (PASSED, False)]
    assert ended.reasons == "web 1, live in production: 2 of 3 interactions broken"


def test_only_what_failed_is_tried_again_and_when_everything_has_its_result() -> None:
    world = _world(
        store=MemoryStore(held=[expecting("web", "1"), expecting("billing", "1")], live_at=[[live("web")]]),
        described={"web 1": ["first", "second"]},
    )
    ended = world.end()

    assert world.tried == [("web 1", (0, 1)), ("billing 1", (0,)), ("web 1", (0, 1))]
    assert ended.told.count("verified web failed") == 2
    assert ended.told.count("trying 2 again") == 1


def test_nothing_is_tried_again_where_all_passed() -> None:
    world = _world(outcomes={"web 1": PASSED})
    world.end()

    assert world.tried == [("web 1", (0,))]


@pytest.mark.parametrize(
    ("second", "outcome", "decision"),
    [
        (PASSED, PASSED, Decision.ALLOW),
        (FAILED, FAILED, Decision.BLOCK),
        (ERRORED, ERRORED, Decision.UNKNOWN),
        (EngineError("no engine."), ERRORED, Decision.UNKNOWN),
    ],
)
def test_what_could_not_be_tried_has_the_result_of_the_second_try(
    second: Outcome | Exception, outcome: Outcome, decision: Decision
) -> None:
    ended = _world(outcomes={"web 1": ERRORED}, again={"web 1": second}).end()

    assert (_results(ended), ended.decision) == ([(outcome, False)], decision)


@pytest.mark.parametrize("first", [FAILED, ERRORED])
def test_what_must_not_be_repeated_is_not(first: Outcome) -> None:
    world = _world(outcomes={"web 1": first}, again={"web 1": PASSED}, unsafe=["web 1"])
    ended = world.end()

    assert world.tried == [("web 1", (0,))]
    assert _results(ended) == [(first, False)]


def test_an_unsafe_request_is_repeated_where_its_states_are_set_up_anew() -> None:
    world = _world(again={"web 1": PASSED}, unsafe=["web 1"], given={"web 1": ("order 42 exists",)})

    assert _results(world.end()) == [(FAILED, True)]


@pytest.mark.parametrize(
    "second",
    [
        [],
        [(0, PASSED), (0, PASSED)],
        [(0, PASSED), (0, FAILED)],
        [(0, PASSED), (7, PASSED)],
        [(1, PASSED)],
    ],
)
def test_a_second_try_that_is_not_clear_says_nothing(second: list[tuple[int, Outcome]]) -> None:
    assert _results(_Twice([(0, FAILED)], second).end()) == [(FAILED, False)]


def test_what_a_second_try_found_before_the_engine_failed_is_not_used() -> None:
    twice = _Twice([(0, FAILED), (1, FAILED)], [(0, PASSED)], EngineError("no engine."))

    assert _results(twice.end()) == [(FAILED, False), (FAILED, False)]


def test_what_is_tried_again_is_what_the_contract_says_and_not_what_is_shown_of_it() -> None:
    twice = _Twice([(0, FAILED)], [(0, PASSED)], secret="an order")
    ended = twice.end()

    assert _results(ended) == [(FAILED, True)]
    assert [one.description for one in twice.asked[1]] == ["an order of somebody"]
    assert ended.entry("web 1").integration.results[0].interaction.description == "*** of somebody"


def test_a_signal_during_the_second_try_ends_the_run_with_the_break_that_is_known() -> None:
    ended = _world(again={"web 1": CancelledError("SIGTERM")}).end()

    assert (ended.code, ended.decision) == (1, Decision.BLOCK)
    assert _results(ended) == [(FAILED, False)]
    assert "the run was stopped by SIGTERM before it was through." in "\n".join(map(str, ended.report.faults))


def test_a_signal_during_the_second_try_of_what_does_not_bind_allows_nothing() -> None:
    store = MemoryStore(
        held=[expecting("web", "1", because=[Because.WIP], pending=True), expecting("billing", "1")],
        live_at=[[live("billing")]],
    )
    ended = _world(store=store, again={"web 1": CancelledError("SIGTERM")}).end()

    assert (ended.code, ended.decision) == (3, Decision.UNKNOWN)


def test_a_provider_that_does_not_survive_the_second_try_allows_nothing() -> None:
    store = MemoryStore(
        held=[expecting("web", "1", because=[Because.WIP], pending=True), expecting("billing", "1")],
        live_at=[[live("billing")]],
    )
    world = _world(store=store, again={"web 1": PASSED})
    world.provider.dies = EngineError("it is gone.")

    assert world.end().decision is Decision.UNKNOWN


def test_a_bug_in_the_second_try_is_one() -> None:
    ended = _world(again={"web 1": ZeroDivisionError("x")}).end()

    assert (ended.code, ended.decision, _results(ended)) == (4, Decision.BLOCK, [(FAILED, False)])


def test_what_is_flaky_passes_only_where_that_is_allowed() -> None:
    ended = _world(again={"web 1": PASSED}, allows_flaky=True).end()
    steady = _world(allows_flaky=True).end()

    assert (_results(ended), ended.decision) == ([(PASSED, True)], Decision.ALLOW)
    assert (_results(steady), steady.decision) == ([(FAILED, False)], Decision.BLOCK)
    assert [note for note in ended.report.notes if "flaky: allow" in note]


def test_what_is_kept_of_a_flaky_contract_is_its_failure() -> None:
    keeper = FakeKeeper()
    _world(again={"web 1": PASSED}, keeping=Keeping(keeper=keeper, trusting=True)).end()

    assert [one.success for _, verifications, _ in keeper.told for one in verifications] == [False]


class _Twice:
    """A run whose engine gives other results at the second try, whatever it was asked for."""

    def __init__(
        self,
        first: Sequence[tuple[int, Outcome]],
        second: Sequence[tuple[int, Outcome]],
        failure: Exception | None = None,
        *,
        secret: str = "",
    ) -> None:
        self._tries = [first, second]
        self._failure = failure
        self._secret = secret
        self._known = [interaction(at, description="an order of somebody") for at, _ in first]
        self.asked: list[Sequence[Interaction]] = []

    def end(self) -> Ended:
        world, reporter = _world(), FakeReporter()
        (held,) = world.store.held
        gate = replace(
            world.gate(reporter),
            engines={held.format: FakeEngine({held.document: tuple(self._known)}, self._verify)},
            redact=Redactor([self._secret]),
        )
        code = run_each([gate])
        assert reporter.report is not None
        return Ended(code=code, report=reporter.report, told=reporter.told, warnings=())

    def _verify(self, _: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        self.asked.append(interactions)
        by_position = {one.position: one for one in self._known}
        for position, outcome in self._tries[len(self.asked) - 1]:
            yield result(outcome, interaction=by_position.get(position, interaction(position)))
        if len(self.asked) > 1 and self._failure is not None:
            raise self._failure
