"""A reporter with nothing to say before the end."""

from collections.abc import Sequence

from gate.domain.contracts import Contract
from gate.domain.report import Candidate
from gate.domain.results import InteractionResult
from gate.ports import Extent


class Quiet:
    """What reporters have in common that only tell the outcome."""

    def started(self, candidate: Candidate) -> None:
        """Wait."""

    def verifying(self, extent: Extent) -> None:
        """Wait."""

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        """Wait."""

    def trying_again(self, interactions: int) -> None:
        """Wait."""

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        """Wait."""

    def waiting(self, what: str) -> None:
        """Wait too."""
