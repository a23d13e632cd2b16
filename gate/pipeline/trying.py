"""Trying interactions: what is the same once, what failed or could not be tried once more.

A failure that several interactions share is no result of the others: each of them is tried in its own contract before
it blocks anything.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from gate.domain.contracts import Contract, Fault
from gate.domain.errors import EngineError
from gate.domain.plan import Place, Work, changes_nothing, plan, repeatable
from gate.domain.redaction import redacted
from gate.domain.results import InteractionResult, Outcome, after_another_try, is_open_to_another_try, settle
from gate.pipeline.gate import Gate, Planned
from gate.pipeline.news import tell
from gate.ports import Piece, Session

STRAY: Final = Fault(
    where="",
    what="the engine gave a result for another interaction than it was asked for.",
    remedy="This is a bug: please report it with the log of this run.",
)


class Trying:
    """The contracts of one format on their way to results.

    Args:
        gate: that they are verified for.
        work: the contracts.
        sets_up_states: whether there is an address that does so.
    """

    def __init__(self, gate: Gate, work: Sequence[Planned], *, sets_up_states: bool) -> None:
        self._gate = gate
        self._work = work
        self._sets_up_states = sets_up_states
        self._plan = plan(
            [planned.interactions for planned in work], merging=gate.policy.merging, sets_up_states=sets_up_states
        )
        self._passed = Counter[int]()
        """Of each contract, how many interactions."""
        self._through: set[int] = set()
        every = (interaction for planned in work for interaction in planned.interactions)
        self._is_calm = changes_nothing(every, sets_up_states=sets_up_states)

    @property
    def distinct(self) -> int:
        """How many interactions there are, when what is the same is counted once."""
        return len(self._plan)

    @property
    def doubtful(self) -> Sequence[Planned]:
        """The contracts that it concerns when the engine fails: those without all their results, else all of them."""
        waiting = [planned for planned in self._work if len(planned.results) < len(planned.interactions)]
        return waiting or self._work

    def first(self, session: Session) -> None:
        """Try each distinct interaction. What passes has passed for all that are the same.

        Raises:
            EngineError: the engine could not run.
        """
        for number, result in self._results(session, [work.place for work in self._plan]):
            work = self._plan[number]
            self._note(work.place, result)
            if result.outcome is Outcome.PASSED:
                self._note_others(work, result)

    def again(self, session: Session) -> None:
        """Find out which failures are not there any more, and try again what could not be tried.

        It comes when everything has been tried, so that no result owes anything to a request that was repeated.

        Raises:
            EngineError: the engine could not run.
        """
        waiting = [work for work in self._plan if self._result(work.place).outcome is not Outcome.PASSED]
        self._try_again(session, [work.place for work in waiting])
        others = [place for work in waiting for place in self._share(work)]
        self._try_alone(session, sorted(others, key=lambda place: place.contract))

    def end(self) -> None:
        """Tell of each contract that it is through, if it was not told yet."""
        for number in range(len(self._work)):
            self._tell_through(number)

    def _share(self, work: Work) -> Sequence[Place]:
        """Let what did not pass at once speak for all that are the same, and return those that it does not block yet.

        Where states are set up, nothing is left of the failure, and only their own tries count. Where none are, a
        provider that answers otherwise by now proves nothing: their failure is flaky then, as it is for the first.
        """
        result = self._result(work.place)
        if result.outcome is Outcome.FAILED or result.flaky:
            if not self._are_states_set_up(work.place):
                self._note_others(work, replace(result, outcome=Outcome.FAILED, flaky=False, tries=1))
            return work.also
        self._note_others(work, result)
        return ()

    def _try_alone(self, session: Session, places: Sequence[Place]) -> None:
        untold = [place for place in places if self._are_states_set_up(place)]
        for number, result in self._results(session, untold):
            self._note(untold[number], result)
        self._try_again(session, places)

    def _try_again(self, session: Session, places: Sequence[Place]) -> None:
        """Try once more what may be repeated and did not pass."""
        places = [place for place in places if self._is_worth_another_try(place)]
        if not places:
            return
        tell(self._gate, lambda reporter: reporter.trying_again(len(places)))
        fresh = any(self._result(place).outcome is Outcome.ERRORED for place in places)
        seconds: dict[int, list[InteractionResult]] = {number: [] for number in range(len(places))}
        for number, result in self._results(session, places, fresh=fresh):
            seconds[number].append(result)
        for number, place in enumerate(places):
            (second,) = settle([place.interaction], seconds[number])
            allowed = self._gate.policy.allows_flaky and self._is_as_at_first(place)
            after = after_another_try(self._result(place), second, flaky_allowed=allowed)
            self._work[place.contract].results[place.interaction.position] = after

    def _is_worth_another_try(self, place: Place) -> bool:
        result = self._result(place)
        if not is_open_to_another_try(result) or not repeatable(place.interaction, sets_up_states=self._sets_up_states):
            return False
        return result.outcome is Outcome.FAILED or self._is_as_at_first(place)

    def _is_as_at_first(self, place: Place) -> bool:
        """Say whether a second try meets the provider as the first one did, so that its pass counts."""
        return self._is_calm or self._are_states_set_up(place)

    def _are_states_set_up(self, place: Place) -> bool:
        return self._sets_up_states and bool(place.interaction.states)

    def _results(
        self, session: Session, places: Sequence[Place], *, fresh: bool = False
    ) -> Iterator[tuple[int, InteractionResult]]:
        """Try interactions, and yield the number of each and its result, without the secrets in it."""
        pieces = [Piece(self._work[place.contract].contract, place.interaction) for place in places]
        for number, result in session.verify(pieces, fresh=fresh) if pieces else ():
            if result.interaction != pieces[number].interaction:
                # What else it said may be about another one too, of this contract at least.
                self._work[places[number].contract].fault = STRAY
                raise EngineError(STRAY.what, remedy=STRAY.remedy)
            yield number, redacted(result, self._gate.redact)

    def _result(self, place: Place) -> InteractionResult:
        found = self._work[place.contract].results.get(place.interaction.position)
        return settle([place.interaction], [] if found is None else [found])[0]

    def _note(self, place: Place, result: InteractionResult) -> None:
        planned = self._work[place.contract]
        planned.note(result)
        tell(self._gate, lambda reporter: reporter.verified(planned.contract, result))
        if result.outcome is Outcome.PASSED:
            self._passed[place.contract] += 1
            if self._passed[place.contract] == len(planned.interactions):
                self._tell_through(place.contract)

    def _note_others(self, work: Work, result: InteractionResult) -> None:
        """Let a result speak for all that are the same."""
        verified_for = named(self._work[work.place.contract].contract)
        for place in work.also:
            interaction = redacted(place.interaction, self._gate.redact)
            self._note(place, replace(result, interaction=interaction, same_as=verified_for, duration=0.0))

    def _tell_through(self, number: int) -> None:
        if number in self._through:
            return
        self._through.add(number)
        planned = self._work[number]
        results = settle(planned.interactions, planned.results.values())
        tell(self._gate, lambda reporter: reporter.through(planned.contract, results))


def named(contract: Contract) -> str:
    """Name a contract among others: by its consumer's version, where it has one."""
    return str(contract.consumer) if contract.consumer.version else f"{contract.consumer} ({contract.source})"
