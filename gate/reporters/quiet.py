"""A reporter with nothing to say before the end."""

from gate.domain.contracts import Contract
from gate.domain.report import Candidate
from gate.domain.results import InteractionResult


class Quiet:
    """What reporters have in common that only tell the outcome."""

    def started(self, candidate: Candidate) -> None:
        """Wait."""

    def verifying(self, contract: Contract, interactions: int) -> None:
        """Wait."""

    def waiting(self, what: str) -> None:
        """Wait too."""

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        """Wait."""
