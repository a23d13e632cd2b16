"""The decision, computed from facts alone.

The one property of the whole project lives here: nothing but "every binding contract was verified successfully" leads
to `ALLOW`. Every other combination of facts is `BLOCK` or `UNKNOWN`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.exceptions import AgreedException
from gate.domain.live import LiveVersion, places
from gate.domain.results import Cause, InteractionResult, KeptResult, Outcome, succeeded


class Decision(StrEnum):
    """May this version be deployed? `UNKNOWN` is a no that says "look", not "mend"."""

    ALLOW = "allow"
    BLOCK = "block"
    UNKNOWN = "unknown"


EXIT_CODES: Final = {Decision.ALLOW: 0, Decision.BLOCK: 1, Decision.UNKNOWN: 3}
"""The exit code is the verdict. 2 is a configuration error and 4 a bug in the gate."""


WORST_FIRST: Final = (Decision.BLOCK, Decision.UNKNOWN, Decision.ALLOW)
"""What is said first of several."""


class Standing(StrEnum):
    """How one integration stands with the candidate version."""

    HONOURED = "honoured"
    BROKEN = "broken"
    UNVERIFIED = "unverified"


class Role(StrEnum):
    """What the counterpart is to the candidate."""

    CONSUMER = "consumer"
    PROVIDER = "provider"


class Evidence(StrEnum):
    """Where what is known of an integration comes from."""

    VERIFIED = "verified in this run"
    KEPT = "a result that the store keeps"
    GONE = "no version of the service is left to honour it"


class OnNoContracts(StrEnum):
    """What no contract at all means. `ALLOW` narrows the property and is named in every report that it touches."""

    UNKNOWN = "unknown"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One counterpart of the candidate version, and what is known of the contract between the two."""

    counterpart: PacticipantVersion
    """Its version is None where the contract's source knows no versions, and where none is live."""
    role: Role = Role.CONSUMER
    live: tuple[LiveVersion, ...] = ()
    """Where the counterpart is live, among the environments that the candidate is headed for."""
    because: tuple[Because, ...] = ()
    """Why its contract is relevant; empty for what was named by itself."""
    pending: bool = False
    source: str
    """Where the contract came from."""
    file: str = ""
    """The contract's path in the repository; empty where it is no file of the workspace."""
    content_id: str
    """Which content was verified, by the name that its source has for it."""
    binding: bool
    evidence: Evidence = Evidence.VERIFIED
    results: tuple[InteractionResult, ...] = ()
    """One for every interaction of the contract, in its order: see `gate.domain.results.settle`."""
    kept: KeptResult | None = None
    """What the store keeps, where that is the evidence; None when it keeps nothing."""
    empty: bool = False
    """Whether the contract has no interactions, so that no result of it says anything."""
    fault: Fault | None = None
    """What kept the contract from being verified as a whole."""
    broken_before: bool | None = None
    """Whether the same content was broken before this change, too; None when nobody can tell."""
    exception: AgreedException | None = None
    """What was agreed on for this counterpart, where it is in force."""

    @property
    def standing(self) -> Standing:
        """Broken if anything failed, honoured only if there was something to honour and all of it passed."""
        if self.evidence is Evidence.KEPT:
            return self._kept_standing
        if self.evidence is Evidence.GONE:
            return Standing.BROKEN
        success = succeeded(self.results)
        if success is False:
            return Standing.BROKEN
        return Standing.HONOURED if success and self.fault is None else Standing.UNVERIFIED

    @property
    def blocks(self) -> bool:
        """Whether the verdict depends on it: it binds, and no exception makes up for it."""
        return self.binding and not self.is_excused

    @property
    def is_excused(self) -> bool:
        """Whether it is not fine, would block, and an exception is in force."""
        return self.binding and self.exception is not None and self.standing is not Standing.HONOURED

    @property
    def _kept_standing(self) -> Standing:
        if self.kept is not None and not self.kept.success:
            return Standing.BROKEN
        doubtful = self.kept is None or self.fault is not None or self.empty
        return Standing.UNVERIFIED if doubtful else Standing.HONOURED

    @property
    def name(self) -> str:
        """`web-app 4f2c…`, `web-app` where no version is known."""
        return str(self.counterpart)

    @property
    def is_flaky(self) -> bool:
        """Whether all that failed passed when it was tried again in the same run."""
        failed = [result for result in self.results if result.outcome is Outcome.FAILED]
        return bool(failed) and all(result.flaky for result in failed)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The kinds of what kept its interactions from being tried."""
        found = {result.cause for result in self.results if result.outcome is Outcome.ERRORED}
        return tuple(cause for cause in Cause if cause in found and cause is not Cause.NOT_TRIED)

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


def decide(
    integrations: Sequence[Integration], faults: Sequence[Fault], *, on_no_contracts: OnNoContracts, known: bool = False
) -> Verdict:
    """Decide whether the candidate may be deployed.

    A known break outweighs everything unknown: it must not be hidden by a missing result.

    Args:
        integrations: every counterpart that the gate found, with its results.
        faults: everything that kept the gate from knowing, such as a file that is no contract.
        on_no_contracts: what it means when there is neither an integration nor a fault.
        known: whether the store knows the service from a contract or a live record, so that having no counterpart is
            no sign of a misspelt name.
    """
    binding = [integration for integration in integrations if integration.blocks]
    broken = [_broken(integration) for integration in binding if integration.standing is Standing.BROKEN]
    unverified = [_unverified(integration) for integration in binding if integration.standing is Standing.UNVERIFIED]
    unknown = [*(str(fault) for fault in faults), *unverified]
    if broken:
        return Verdict(decision=Decision.BLOCK, reasons=(*broken, *unknown))
    if unknown:
        return Verdict(decision=Decision.UNKNOWN, reasons=tuple(unknown))
    if not integrations:
        return _no_contracts(on_no_contracts, known=known)
    excused = [integration for integration in integrations if integration.is_excused]
    others = [] if excused and not binding else [_honoured(binding, len(integrations) - len(excused))]
    return Verdict(decision=Decision.ALLOW, reasons=(*others, *(_excused(one) for one in excused)))


def decide_undeployment(left: Sequence[Integration], faults: Sequence[Fault]) -> Verdict:
    """Decide whether a service that is not live any more leaves somebody alone.

    Args:
        left: consumers that are live where no version of the service is.
        faults: what kept it from being recorded, or them from being found.
    """
    if left or faults:
        return decide(left, faults, on_no_contracts=OnNoContracts.UNKNOWN)
    return Verdict(decision=Decision.ALLOW, reasons=("nothing that is live there was left without it",))


def _no_contracts(policy: OnNoContracts, *, known: bool) -> Verdict:
    if known:
        reason = "nothing that is live, or at the head of a branch that counts, has a contract with this service"
        return Verdict(decision=Decision.ALLOW, reasons=(reason,))
    match policy:
        case OnNoContracts.ALLOW:
            reason = "no contract names this service as its provider, and on-no-contracts is set to allow"
            return Verdict(decision=Decision.ALLOW, reasons=(reason,))
        case OnNoContracts.UNKNOWN:
            reason = (
                "no contract names this service as its provider, so nothing was verified. Check service; if that is "
                "right, on-no-contracts: allow says that it has none"
            )
            return Verdict(decision=Decision.UNKNOWN, reasons=(reason,))
        case _:
            assert_never(policy)


def _excused(integration: Integration) -> str:
    stands = "broken" if integration.standing is Standing.BROKEN else "not verified"
    return f"{_located(integration)}: {stands}, and {integration.exception}"


def _broken(integration: Integration) -> str:
    if integration.evidence is Evidence.GONE:
        return f"{_located(integration)}: needs this service, of which no version is live there any more"
    if integration.evidence is Evidence.KEPT:
        is_provider = integration.role is Role.PROVIDER
        said = "fails the contract of this version" if is_provider else "this version fails its contract"
        return f"{_located(integration)}: {said}{_since(integration, ', broken by this change')}"
    failed = integration.count(Outcome.FAILED)
    broken = f"{failed} of {counted_interactions(len(integration.results))} broken"
    return f"{_located(integration)}: {broken}{_since(integration, ' by this change')}"


def _since(integration: Integration, by_this_change: str) -> str:
    """Say since when it is broken, where somebody can tell."""
    if integration.is_flaky:
        return ", not every time"
    if integration.broken_before is None:
        return ""
    return ", already before this change" if integration.broken_before else by_this_change


def _unverified(integration: Integration) -> str:
    name = _located(integration)
    if integration.fault is not None:
        return f"{name}: {_that_it_could_not(integration)}{integration.fault}"
    if integration.empty or (integration.evidence is Evidence.VERIFIED and not integration.results):
        return f"{name}: its contract has no interactions, so nothing was verified ({integration.source})"
    if integration.evidence is Evidence.KEPT:
        return f"{name}: no result says that {_what_it_says(integration)}"
    errored = integration.count(Outcome.ERRORED)
    kinds = f" ({', '.join(integration.causes)})" if integration.causes else ""
    return f"{name}: {errored} of {counted_interactions(len(integration.results))} could not be verified{kinds}"


def _that_it_could_not(integration: Integration) -> str:
    return "" if integration.role is Role.PROVIDER else "could not be verified: "


def _located(integration: Integration) -> str:
    where = f", live in {places(integration.live)}" if integration.live else ""
    return f"{integration.name}{where}"


def _what_it_says(integration: Integration) -> str:
    if integration.role is Role.PROVIDER:
        return "it honours the contract of this version"
    return "this version honours its contract"


def _honoured(binding: Sequence[Integration], total: int) -> str:
    not_binding = total - len(binding)
    if not binding:
        return "none of the relevant contracts binds"
    aside = f"; {not_binding} more {'does' if not_binding == 1 else 'do'} not bind" if not_binding else ""
    verified = [integration for integration in binding if integration.evidence is Evidence.VERIFIED]
    interactions = sum(len(integration.results) for integration in verified)
    counted = "1 binding contract" if len(binding) == 1 else f"{len(binding)} binding contracts"
    parts = [f"{counted} honoured"]
    if kept := len(binding) - len(verified):
        parts.append(f"{kept} of them by a result that the store keeps")
    if verified:
        parts.append(counted_interactions(interactions))
    return f"{', '.join(parts)}{aside}"


def counted_interactions(number: int) -> str:
    """`1 interaction`, `2 interactions`."""
    return "1 interaction" if number == 1 else f"{number} interactions"
