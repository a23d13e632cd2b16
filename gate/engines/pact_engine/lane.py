"""One replica of the provider, and what it is asked through: strictly one interaction after the other.

Provider states are global to a replica, so that two questions at a time would meet each other's data.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from gate.domain.results import Cause, InteractionResult
from gate.engines.pact_engine.chunks import Chunk, one_by_one
from gate.engines.pact_engine.document import Part
from gate.engines.pact_engine.normaliser import errored, fits, gave_up, result_of
from gate.engines.pact_engine.patience import Patience
from gate.engines.pact_engine.protocol import Answer, Task
from gate.engines.pact_engine.relay import Relay
from gate.engines.pact_engine.supervisor import Supervisor, WorkerLostError
from gate.ports import Target

START_ALLOWANCE: Final = 30.0
"""Seconds that a worker may take beyond its requests, to start and to match."""
NO_MESSAGES_URL: Final = (
    "this message needs an address to ask the provider for it: set provider-messages-url "
    "(the engine would otherwise ask the HTTP interface)"
)

Told = tuple[int, InteractionResult]
"""The place of an interaction among the pieces, and its result."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the verification as a whole must be over."""

    limit: float
    """Seconds, as the user said it."""
    at: float
    """By the monotonic clock."""

    @property
    def left(self) -> float:
        """Seconds."""
        return self.at - time.monotonic()

    def __str__(self) -> str:
        return f"not verified: the verification as a whole took longer than {self.limit:g} s (verification-timeout)"


class Lane:
    """Verifies chunks at one target, one after another.

    Args:
        target: the replica.
        relay: to its helper addresses.
        supervisor: of its worker.
        deadline: after which nothing is tried.
    """

    def __init__(self, target: Target, relay: Relay, supervisor: Supervisor, deadline: Deadline) -> None:
        self._target = target
        self._relay = relay
        self._supervisor = supervisor
        self._deadline = deadline
        self._patience = Patience(target.request_timeout)

    @property
    def has_given_up(self) -> bool:
        """Whether nobody answered so often that nothing more is tried here."""
        return self._patience.is_over

    @property
    def is_doubtful(self) -> bool:
        """Whether the last that was tried here got no answer."""
        return self._patience.is_short

    def renew(self) -> None:
        """Begin again with a fresh worker, one that knows the machine's certificate authorities."""
        self._patience.renew()
        self._supervisor.renew()

    def stop(self) -> None:
        """End what is under way, in whatever thread it is."""
        self._supervisor.kill()

    def work(self, chunks: Iterator[Chunk], tell: Callable[[Told], None]) -> None:
        """Verify chunks until there are no more, or until nobody is there to be asked."""
        for chunk in chunks:
            for told in self.verify(chunk):
                tell(told)

    def verify(self, chunk: Chunk) -> Iterator[Told]:
        """Yield a result for each interaction of a chunk as soon as it is known."""
        self._patience.begin(chunk.document)
        for part in one_by_one(chunk) if self._patience.is_short else (chunk,):
            for number, result in self.not_tried(part) if self._patience.is_over_here else self._verify(part):
                self._patience.note(result)
                yield number, result

    def not_tried(self, chunk: Chunk) -> Iterator[Told]:
        """Say that the interactions of a chunk were not tried, as nobody answered before."""
        yield from _every(chunk, self._patience.explanation, Cause.NOT_TRIED, tries=0)

    def _verify(self, chunk: Chunk, tries: int = 1) -> Iterator[Told]:
        if self._deadline.left <= 0:
            yield from _every(chunk, str(self._deadline), Cause.NOT_TRIED, tries=tries - 1)
            return
        if chunk.is_messages and self._target.messages_url is None:
            yield from _every(chunk, NO_MESSAGES_URL, Cause.MESSAGE, tries=0)
            return
        problem, cause = "", Cause.ENGINE
        try:
            answer = self._supervisor.ask(self._task(chunk), seconds=min(self._allowance(chunk), self._deadline.left))
        except WorkerLostError as lost:
            problem, cause = (
                (str(lost), lost.cause) if self._deadline.left > 0 else (str(self._deadline), Cause.TIMEOUT)
            )
        else:
            if fits(answer, chunk.parts):
                yield from self._results(chunk, answer, tries)
                return
            problem, cause = gave_up(answer, self._supervisor.last_words())
        self._relay.forget()
        if chunk.separable:
            for single in one_by_one(chunk):
                yield from self._verify(single, tries + 1)
        else:
            yield from _every(chunk, problem, cause, tries=tries)

    def _results(self, chunk: Chunk, answer: Answer, tries: int) -> Iterator[Told]:
        faults = self._relay.take_faults()
        for (number, part), verified in zip(chunk.numbered, answer["interactions"], strict=True):
            yield number, replace(result_of(part, verified, faults, self._target), tries=tries)

    def _task(self, chunk: Chunk) -> Task:
        target = self._target
        # The engine takes one host for everything, so messages, which go through the relay, have tasks of their own.
        return Task(
            provider=chunk.document.provider,
            document=chunk.text,
            url=self._relay.url if chunk.is_messages else target.url,
            messages_url=self._relay.messages_url if chunk.is_messages else None,
            states_url=self._relay.states_url if target.states_url else None,
            headers=dict(target.headers),
            follow_redirects=chunk.follows_redirects,
            request_timeout=target.request_timeout,
        )

    def _allowance(self, chunk: Chunk) -> float:
        return START_ALLOWANCE + sum(map(self._longest, chunk.parts))

    def _longest(self, part: Part) -> float:
        """Seconds for one interaction: each state is set up and torn down, and a missing one is asked for too."""
        return self._target.request_timeout * (1 + 2 * max(1, len(part.interaction.states)))


def _every(chunk: Chunk, error: str, cause: Cause, *, tries: int) -> Iterator[Told]:
    for number, part in chunk.numbered:
        yield number, replace(errored(part, error, cause), tries=tries)
