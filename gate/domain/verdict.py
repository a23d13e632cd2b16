"""The decision, computed from facts alone.

The one property of the whole project lives here: nothing but "every binding contract was verified successfully" leads
to `ALLOW`. Every other combination of facts is `BLOCK` or `UNKNOWN`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.results import InteractionResult, Outcome


class Decision(StrEnum):
    """May this version be deployed? `UNKNOWN` is a no that says "look", not "mend"."""

    ALLOW = "allow"
    BLOCK = "block"
    UNKNOWN = "unknown"


EXIT_CODES: Final = {Decision.ALLOW: 0, Decision.BLOCK: 1, Decision.UNKNOWN: 3}
"""The exit code is the verdict. 2 is a configuration error and 4 a bug in the gate."""


class Standing(StrEnum):
    """How one integration stands with the candidate version."""

    HONOURED = "honoured"
    BROKEN = "broken"
    UNVERIFIED = "unverified"


class OnNoContracts(StrEnum):
    """What no contract at all means. `ALLOW` narrows the property and is named in every report that it touches."""

    UNKNOWN = "unknown"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One counterpart of the candidate version, and what is known of the contract between the two."""

    counterpart: PacticipantVersion
    source: str
    """Where the contract came from."""
    content_id: str
    """Which bytes were verified."""
    binding: bool
    results: tuple[InteractionResult, ...]
    """One for every interaction of the contract, in its order: see `gate.domain.results.settle`."""
    fault: Fault | None = None
    """What kept the contract from being verified as a whole."""

    @property
    def standing(self) -> Standing:
        """Broken if anything failed, honoured only if there was something to honour and all of it passed."""
        outcomes = {result.outcome for result in self.results}
        if Outcome.FAILED in outcomes:
            return Standing.BROKEN
        if outcomes == {Outcome.PASSED} and self.fault is None:
            return Standing.HONOURED
        return Standing.UNVERIFIED

    def count(self, outcome: Outcome) -> int:
        """Count the interactions that came out like this."""
        return sum(result.outcome is outcome for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision and, in order of weight, why."""

    decision: Decision
    reasons: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """The process's exit code: 0, 1 or 3."""
        return EXIT_CODES[self.decision]


def decide(integrations: Sequence[Integration], faults: Sequence[Fault], *, on_no_contracts: OnNoContracts) -> Verdict:
    """Decide whether the candidate may be deployed.

    A known break outweighs everything unknown: it must not be hidden by a missing result.

    Args:
        integrations: every counterpart that the gate found, with its results.
        faults: everything that kept the gate from knowing, such as a file that is no contract.
        on_no_contracts: what it means when there is neither an integration nor a fault.
    """
    binding = [integration for integration in integrations if integration.binding]
    broken = [_broken(integration) for integration in binding if integration.standing is Standing.BROKEN]
    unverified = [_unverified(integration) for integration in binding if integration.standing is Standing.UNVERIFIED]
    unknown = [*(str(fault) for fault in faults), *unverified]
    if broken:
        return Verdict(decision=Decision.BLOCK, reasons=(*broken, *unknown))
    if unknown:
        return Verdict(decision=Decision.UNKNOWN, reasons=tuple(unknown))
    if not integrations:
        return _no_contracts(on_no_contracts)
    return Verdict(decision=Decision.ALLOW, reasons=(_honoured(binding, len(integrations)),))


def _no_contracts(policy: OnNoContracts) -> Verdict:
    match policy:
        case OnNoContracts.ALLOW:
            reason = "no contract names this service as its provider, and on-no-contracts is set to allow"
            return Verdict(decision=Decision.ALLOW, reasons=(reason,))
        case OnNoContracts.UNKNOWN:
            reason = "no contract names this service as its provider, so nothing was verified"
            return Verdict(decision=Decision.UNKNOWN, reasons=(reason,))
        case _:
            assert_never(policy)


def _broken(integration: Integration) -> str:
    failed = integration.count(Outcome.FAILED)
    return f"{integration.counterpart.name}: {failed} of {counted_interactions(len(integration.results))} broken"


def _unverified(integration: Integration) -> str:
    name = integration.counterpart.name
    if integration.fault is not None:
        return f"{name}: could not be verified: {integration.fault}"
    if not integration.results:
        return f"{name}: its contract has no interactions, so nothing was verified ({integration.source})"
    errored = integration.count(Outcome.ERRORED)
    return f"{name}: {errored} of {counted_interactions(len(integration.results))} could not be verified"


def _honoured(binding: Sequence[Integration], total: int) -> str:
    interactions = sum(len(integration.results) for integration in binding)
    not_binding = total - len(binding)
    aside = f"; {not_binding} more do not bind" if not_binding else ""
    counted = "1 binding contract" if len(binding) == 1 else f"{len(binding)} binding contracts"
    return f"{counted} honoured, {counted_interactions(interactions)}{aside}"


def counted_interactions(number: int) -> str:
    """`1 interaction`, `2 interactions`."""
    return "1 interaction" if number == 1 else f"{number} interactions"
