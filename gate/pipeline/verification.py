"""What the candidate is to honour: fetched, and verified."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from gate.domain.contracts import Fault
from gate.domain.errors import EngineError
from gate.domain.redaction import redacted
from gate.domain.results import Outcome, settle
from gate.pipeline.expectations import plan, read_own, take_part
from gate.pipeline.gate import Gate, Planned, Progress
from gate.pipeline.news import tell
from gate.ports import Provider, Session, Target, VerificationEngine


def fetch(gate: Gate, progress: Progress) -> None:
    """Collect the relevant contracts and what there is to verify in each."""
    if gate.store is not None:
        progress.live = gate.store.live(gate.candidate)
    fetched = gate.source.contracts(gate.candidate)
    progress.others, progress.unread = fetched.others, fetched.unread
    progress.notes = (*progress.notes, *fetched.notes)
    progress.faults.extend(fetched.faults)
    for contract in fetched.contracts:
        plan(gate, progress, contract)
    if gate.policy.is_part:
        take_part(gate.policy, progress)
    elif gate.store is not None:
        read_own(gate, gate.store, progress)
    progress.fetched = True


def verify(gate: Gate, progress: Progress) -> None:
    """Verify what can be verified. The provider is not bothered when there is nothing."""
    work = [planned for planned in progress.planned if planned.interactions]
    if not work or gate.provider is None:
        return
    progress.ran = True
    _verify_all(gate, work, gate.provider)
    progress.tested_after = gate.look()
    progress.verified = True


def _verify_all(gate: Gate, work: Sequence[Planned], provider: Provider) -> None:
    with provider.running() as target:
        for engine in gate.engines.values():
            mine = [planned for planned in work if gate.engines[planned.contract.format] is engine]
            _verify_format(gate, mine, engine, target)


def _verify_format(gate: Gate, work: Sequence[Planned], engine: VerificationEngine, target: Target) -> None:
    with engine.session(target) as session:
        for planned in work:
            try:
                _verify_contract(gate, planned, session)
            except EngineError as error:
                planned.fault = Fault.of(error)
        for planned in work:
            _try_again(planned, session)


def _verify_contract(gate: Gate, planned: Planned, session: Session) -> None:
    contract, interactions = planned.contract, planned.interactions
    tell(gate, lambda reporter: reporter.verifying(contract, len(interactions)))
    for result in session.verify(contract, interactions):
        shown = redacted(result, gate.redact)
        planned.results.append(shown)
        tell(gate, lambda reporter, shown=shown: reporter.verified(contract, shown))  # type: ignore[misc]


def _try_again(planned: Planned, session: Session) -> None:
    """Find out which failures are not there any more: they stay failures, and their cause is another.

    It comes when everything has its result, so that no result owes anything to a request that was repeated.
    """
    failed = {result.interaction.position for result in planned.results if result.outcome is Outcome.FAILED}
    interactions = [one for one in planned.interactions if one.position in failed]
    if not interactions:
        return
    with suppress(EngineError):  # nothing more is known then
        again = settle(interactions, session.verify(planned.contract, interactions))
        passed = {result.interaction.position for result in again if result.outcome is Outcome.PASSED}
        planned.results = [
            replace(result, flaky=True)
            if result.outcome is Outcome.FAILED and result.interaction.position in passed
            else result
            for result in planned.results
        ]
