"""The engine for Pact contracts: the reference implementation, and around it what keeps its answers honest."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from gate.domain.contracts import Contract, Format, Interaction, Parties
from gate.domain.errors import ContractError
from gate.domain.results import InteractionResult
from gate.engines.pact_engine import content as pact_content
from gate.engines.pact_engine import document as pact_document
from gate.engines.pact_engine.chunks import Chunk, cut, one_by_one
from gate.engines.pact_engine.document import PactDocument, Part
from gate.engines.pact_engine.normaliser import errored, fits, result_of
from gate.engines.pact_engine.protocol import Answer, Task
from gate.engines.pact_engine.relay import Relay, relaying
from gate.engines.pact_engine.supervisor import Supervisor, WorkerLostError
from gate.ports import Session, Target

START_ALLOWANCE: Final = 30.0
"""Seconds that a worker may take beyond its requests, to start and to match."""

NO_MESSAGES_URL: Final = (
    "this message needs an address to ask the provider for it: set provider-messages-url "
    "(the engine would otherwise ask the HTTP interface)"
)


class PactEngine:
    """Verifies Pact contracts of version 1 to 4.

    Args:
        environment: of the gate; its workers get a small part of it.
    """

    format = Format.PACT

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def parties(self, document: bytes) -> Parties:
        """Name consumer and provider. Raises `ContractError` for a document that is no Pact file."""
        return pact_document.parties(document)

    def content_id(self, document: bytes) -> str:
        """Name what a Pact file says, however it is written. Raises `ContractError` for a document that is none."""
        return pact_content.content_id(document)

    def interactions(self, contract: Contract) -> tuple[Interaction, ...]:
        """List the interactions. Raises `ContractError` for what the engine would not verify as it was meant."""
        try:
            return tuple(part.interaction for part in _read(contract).parts)
        except ContractError as error:
            raise ContractError(error.what, where=contract.source, remedy=error.remedy) from error

    @contextmanager
    def session(self, target: Target) -> Iterator[Session]:
        """Make ready to verify against `target`."""
        with relaying(target) as relay, Supervisor(self._environment) as supervisor:
            yield PactSession(target, relay, supervisor)


class PactSession:
    """One worker, one relay, one provider: strictly one interaction after the other, as provider states demand."""

    def __init__(self, target: Target, relay: Relay, supervisor: Supervisor) -> None:
        self._target = target
        self._relay = relay
        self._supervisor = supervisor

    def verify(self, contract: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        """Check `contract` and yield a result for each of `interactions` as soon as it is known."""
        document = _read(contract)
        wanted = [interaction.position for interaction in interactions]
        for chunk in cut(document, wanted, sets_up_states=self._target.states_url is not None):
            yield from self._verify(document, chunk)

    def _verify(self, document: PactDocument, chunk: Chunk) -> Iterator[InteractionResult]:
        if chunk.is_messages and self._target.messages_url is None:
            yield from (errored(part, NO_MESSAGES_URL) for part in chunk.parts)
            return
        try:
            answer = self._supervisor.ask(self._task(document, chunk), seconds=self._allowance(chunk))
        except WorkerLostError as lost:
            problem = str(lost)
        else:
            if fits(answer, chunk.parts):
                yield from self._results(chunk, answer)
                return
            reason = answer["message"] or "its results do not fit the contract"
            problem = f"the engine gave up without a result: {reason}"
        self._relay.take_faults()
        if not chunk.repeatable:
            yield from (errored(part, problem) for part in chunk.parts)
            return
        for single in one_by_one(document, chunk):
            yield from self._verify(document, single)

    def _results(self, chunk: Chunk, answer: Answer) -> Iterator[InteractionResult]:
        faults = self._relay.take_faults()
        for part, verified in zip(chunk.parts, answer["interactions"], strict=True):
            yield result_of(part, verified, faults, self._target)

    def _task(self, document: PactDocument, chunk: Chunk) -> Task:
        target = self._target
        # The engine takes one host for everything, so messages, which go through the relay, have tasks of their own.
        return Task(
            provider=document.provider,
            document=chunk.document,
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


def _read(contract: Contract) -> PactDocument:
    """Read a contract. Lines are of use to those who can open its file."""
    return pact_document.read(contract.document, with_lines=bool(contract.file))
