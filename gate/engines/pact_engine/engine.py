"""The engine for Pact contracts: the reference implementation, and around it what keeps its answers honest."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from gate.domain.contracts import Contract, Format, Interaction, Parties
from gate.domain.errors import ContractError
from gate.engines.pact_engine import content as pact_content
from gate.engines.pact_engine import document as pact_document
from gate.engines.pact_engine.chunks import read
from gate.engines.pact_engine.lane import Deadline, Lane
from gate.engines.pact_engine.relay import relaying
from gate.engines.pact_engine.session import PactSession
from gate.engines.pact_engine.supervisor import Supervisor
from gate.engines.pact_engine.trust import meets_no_certificate
from gate.ports import Session, Target


class PactEngine:
    """Verifies Pact contracts of version 1 to 4.

    Args:
        environment: of the gate; its workers get a small part of it.
        limit: seconds that a verification may take as a whole.
    """

    format = Format.PACT

    def __init__(self, environment: Mapping[str, str], limit: float = math.inf) -> None:
        self._environment = environment
        self._limit = limit

    def parties(self, document: bytes) -> Parties:
        """Name consumer and provider. Raises `ContractError` for a document that is no Pact file."""
        return pact_document.parties(document)

    def content_id(self, document: bytes) -> str:
        """Name what a Pact file says, however it is written. Raises `ContractError` for a document that is none."""
        return pact_content.content_id(document)

    def interactions(self, contract: Contract) -> tuple[Interaction, ...]:
        """List the interactions. Raises `ContractError` for what the engine would not verify as it was meant."""
        try:
            return tuple(part.interaction for part in read(contract).parts)
        except ContractError as error:
            raise ContractError(error.what, where=contract.source, remedy=error.remedy) from error

    @contextmanager
    def session(self, targets: Sequence[Target]) -> Iterator[Session]:
        """Make ready to verify against the replicas of a provider: each has a worker of its own."""
        trusting = not meets_no_certificate(targets)
        deadline = Deadline(self._limit, time.monotonic() + self._limit)
        with ExitStack() as stack:
            lanes = [
                Lane(
                    target,
                    stack.enter_context(relaying(target)),
                    stack.enter_context(Supervisor(self._environment, trusting=trusting)),
                    deadline,
                )
                for target in targets
            ]
            yield PactSession(lanes, sets_up_states=targets[0].states_url is not None)
