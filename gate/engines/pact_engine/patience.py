"""How long to go on asking when nobody answers."""

from typing import Final

from gate.domain.results import Cause, InteractionResult, Outcome
from gate.engines.pact_engine.document import PactDocument

OF_A_CONTRACT: Final = 5
"""Interactions in a row without an answer, after which a contract's others are not tried either."""
OF_A_REPLICA: Final = 20
"""The same over all contracts, after which nobody is believed to be there any more."""
OF_A_SECOND_TRY: Final = 10
"""What of that is left when it is tried again."""
UNANSWERED: Final = frozenset({Cause.CONNECTION, Cause.TIMEOUT})
LONG: Final = 0.85
"""The part of the time of a request after which a state or a message had no answer either."""


class Patience:
    """Counts what got no answer, one after the other. An answer of whatever kind ends the count.

    Args:
        request_timeout: seconds that a request may take.
    """

    def __init__(self, request_timeout: float) -> None:
        self._long = LONG * request_timeout
        self._in_a_row = 0
        self._here = 0
        self._contract: PactDocument | None = None
        self._last_error = ""

    @property
    def is_over(self) -> bool:
        """Whether nobody is believed to be there any more."""
        return self._in_a_row >= OF_A_REPLICA

    @property
    def is_over_here(self) -> bool:
        """Whether the contract that it is about is given up, so that the next one has its turn."""
        return self.is_over or self._here >= OF_A_CONTRACT

    @property
    def is_short(self) -> bool:
        """Whether the last one got no answer, so that the next ones are better tried one by one."""
        return self._in_a_row > 0

    @property
    def explanation(self) -> str:
        """Why nothing is tried any more."""
        number = self._here or self._in_a_row
        return f"not tried: {number} interactions in a row had no answer, the last one because {self._last_error}"

    def begin(self, contract: PactDocument) -> None:
        """Turn to a contract: what hangs in one says nothing yet of the next."""
        if contract is not self._contract:
            self._contract, self._here = contract, 0

    def note(self, result: InteractionResult) -> None:
        """Take a result into account."""
        if result.cause is Cause.NOT_TRIED:
            return
        took_long = result.outcome is Outcome.ERRORED and result.duration >= self._long
        if not took_long and result.cause not in UNANSWERED:
            self._in_a_row = self._here = 0
            return
        self._in_a_row += 1
        self._here += 1
        self._last_error = result.error

    def renew(self) -> None:
        """Try again, with less patience than at first where nobody answered."""
        self._in_a_row = min(self._in_a_row, OF_A_REPLICA - OF_A_SECOND_TRY)
        self._here = 0
