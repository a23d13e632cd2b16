"""Keeping results at the broker."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from gate import __version__
from gate.clients.pact_broker.client import AT_ONCE, PactBroker
from gate.clients.pact_broker.errors import BrokerError
from gate.clients.pact_broker.resource import Resource
from gate.clients.threads import each
from gate.domain.contracts import Contract, Fault, PacticipantVersion
from gate.domain.results import InteractionResult, Mismatch, Outcome
from gate.ports import Verification
from gate.rendering.safe_text import brief
from gate.stores.pact_broker.documents import KeptVerification, read

VERIFIED_BY: Final = {"implementation": "Contract Gate", "version": __version__, "clientLanguage": "Python"}
TEXT_LIMIT: Final = 2000
REFUSED: Final = frozenset({401, 403})
MISMATCHES_KEPT: Final = 100
"""Of one interaction. What is kept is for people to read."""


class PactBrokerResults:
    """Results at a Pact Broker or PactFlow. See `gate.ports.ResultKeeper`.

    Evidence for later runs is not kept: a broker tells the last result of a pair, and of none that it was ever another.
    """

    def __init__(self, broker: PactBroker) -> None:
        self._broker = broker

    def keep(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> tuple[Fault, ...]:
        """Keep results: first the branch, without which a success does not end that a contract is pending [R230]."""
        if provider.branch is not None:
            try:
                put_on_branch(self._broker, provider, provider.branch)
            except BrokerError as error:
                raise BrokerError(
                    f"no result could be kept: {error.what}",
                    where=error.where,
                    remedy=_remedy(error),
                    status=error.status,
                ) from error
        faults = each(partial(self._keep, provider, url), verifications, AT_ONCE)
        return tuple(fault for fault in faults if fault is not None)

    def _keep(self, provider: PacticipantVersion, url: str, verification: Verification) -> Fault | None:
        """Keep one result [R085]. One that cannot be kept does not keep the others from it."""
        contract = verification.contract
        body = {
            "success": verification.success,
            "providerApplicationVersion": provider.version,
            "verifiedBy": VERIFIED_BY,
            "testResults": _test_results(verification.results),
        } | ({"buildUrl": url} if url else {})
        try:
            answer = self._broker.post(_address(contract), body)
            kept = read(KeptVerification, answer)
            if (kept.version, kept.success) != (provider.version, verification.success):
                raise BrokerError("the broker answered with another result than it was given.", where=answer.url)
        except BrokerError as error:
            return Fault(
                where=f"the result for {contract.consumer}",
                what=f"it could not be kept: {error.what}",
                remedy=_remedy(error),
            )
        return None


def _remedy(error: BrokerError) -> str:
    """Tell whoever has credentials that may only read [R205] how to do without keeping results."""
    hint = "Where they may only read, set publish-results: never." if error.status in REFUSED else ""
    return f"{error.remedy} {hint}".strip()


def put_on_branch(broker: PactBroker, one: PacticipantVersion, branch: str) -> None:
    """Put a version on a branch, and make it known to the broker where it is not [R076, R082]."""
    address = broker.index.link(
        "pb:pacticipant-branch-version", pacticipant=one.name, branch=branch, version=one.version or ""
    )
    broker.put(address, {})


def _address(contract: Contract) -> str:
    """Find where results of a contract go: the contract itself says it."""
    content = json.loads(contract.document)
    return Resource(contract.source, contract.document, content).link("pb:publish-verification-results")


def _test_results(results: Sequence[InteractionResult]) -> Mapping[str, Any]:
    """Write results in the form that the broker's own pages and PactFlow's read [R085, R097]."""
    failed = sum(result.outcome is not Outcome.PASSED for result in results)
    return {
        "tests": [_test(result) for result in results],
        "summary": {"testCount": len(results), "failureCount": failed},
    }


def _test(result: InteractionResult) -> Mapping[str, Any]:
    interaction = result.interaction
    test: dict[str, Any] = {
        "interactionDescription": brief(interaction.description, TEXT_LIMIT),
        "providerStates": [{"name": brief(state, TEXT_LIMIT)} for state in interaction.states],
        "success": result.outcome is Outcome.PASSED,
    }
    if interaction.identifier:
        test["interactionId"] = brief(interaction.identifier, TEXT_LIMIT)
    if result.mismatches:
        test["mismatches"] = [_mismatch(one) for one in result.mismatches[:MISMATCHES_KEPT]]
    if result.error:
        test["exception"] = {"message": brief(result.error, TEXT_LIMIT)}
    return test


def _mismatch(mismatch: Mismatch) -> Mapping[str, str]:
    named = {
        "attribute": mismatch.where.value,
        "identifier": mismatch.path,
        "expected": mismatch.expected,
        "actual": mismatch.actual,
        "description": mismatch.message,
    }
    return {name: brief(text, TEXT_LIMIT) for name, text in named.items() if text}
