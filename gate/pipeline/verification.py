"""What the candidate is to honour: fetched, and verified."""

from collections.abc import Sequence
from dataclasses import replace

from gate.domain.contracts import Because, Contract, Fault, PacticipantVersion, Selection
from gate.domain.errors import ContractError, EngineError
from gate.domain.redaction import redacted
from gate.pipeline.gate import Gate, Planned, Progress
from gate.pipeline.news import tell
from gate.ports import ContractStore, Provider, Session, Target, VerificationEngine


def fetch(gate: Gate, progress: Progress) -> None:
    """Collect the relevant contracts and what there is to verify in each."""
    if gate.store is not None:
        progress.live = gate.store.live(gate.candidate.environments)
    fetched = gate.source.contracts(gate.candidate)
    progress.others = fetched.others
    progress.faults.extend(fetched.faults)
    for contract in fetched.contracts:
        _plan(gate, progress, contract)
    if gate.store is not None:
        _fetch_own(gate, gate.store, progress)
    progress.fetched = True


def _plan(gate: Gate, progress: Progress, contract: Contract) -> None:
    planned = Planned(contract)
    progress.planned.append(planned)
    try:
        planned.interactions = gate.engines[contract.format].interactions(contract)
    except ContractError as error:
        # Another verifier may have been able to: then its result says more than our reading of the contract.
        planned.fault = Fault.of(error) if gate.provider is not None else None
    else:
        if not planned.interactions and gate.provider is None:
            planned.fault = _expects_nothing(contract)


def _fetch_own(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Collect what the candidate expects of its providers; of itself, too, it may expect something."""
    service = gate.candidate.service
    own = store.expectations(PacticipantVersion(name=service, version=gate.candidate.version))
    progress.own = own
    for contract in own:
        if contract.provider == service:
            _plan_itself(gate, progress, contract)
        try:
            if not gate.engines[contract.format].interactions(contract):
                progress.expecting_nothing.add(contract.content_id)
        except ContractError:
            continue  # it is its provider's verifier that has to read it
    if not own and not gate.policy.consumes_none:
        _refuse_skipped_publishing(gate, store, progress)


def _plan_itself(gate: Gate, progress: Progress, contract: Contract) -> None:
    for planned in progress.planned:
        if planned.contract.content_id == contract.content_id and planned.contract.selection is not None:
            because = (*planned.contract.selection.because, Because.ITSELF)
            planned.contract = replace(planned.contract, selection=replace(planned.contract.selection, because=because))
            return
    _plan(gate, progress, replace(contract, selection=Selection(because=(Because.ITSELF,))))


def _refuse_skipped_publishing(gate: Gate, store: ContractStore, progress: Progress) -> None:
    """Say so when earlier versions expected something of others and this one says nothing at all."""
    for version in earlier_versions(gate, store, progress):
        earlier = store.expectations(PacticipantVersion(name=gate.candidate.service, version=version))
        if earlier:
            progress.faults.append(
                Fault(
                    where="",
                    what=(
                        f"{gate.candidate.service} {version} has contracts with "
                        f"{', '.join(sorted({contract.provider for contract in earlier}))}, and version "
                        f"{gate.candidate.version} has none at all in the store."
                    ),
                    remedy=("Publish its contracts before this step; if it needs nobody any more, say consumes: none."),
                )
            )
            return


def earlier_versions(gate: Gate, store: ContractStore, progress: Progress) -> tuple[str, ...]:
    """Return the versions of the service that this one can be compared with: live ones, and its main branch's head."""
    service = gate.candidate.service
    versions = dict.fromkeys(one.version for one in progress.live if one.name == service)
    head = store.main_version(service)
    if head is not None:
        versions[head] = None
    versions.pop(gate.candidate.version, None)
    return tuple(versions)


def _expects_nothing(contract: Contract) -> Fault:
    return Fault(
        where=contract.source,
        what="it has no interactions, so that no result of it says anything.",
        remedy="Have the consumer's tests write their interactions into it.",
    )


def verify(gate: Gate, progress: Progress) -> None:
    """Verify what can be verified. The provider is not bothered when there is nothing."""
    work = [planned for planned in progress.planned if planned.interactions]
    if not work or gate.provider is None:
        return
    progress.ran = True
    _verify_all(gate, work, gate.provider)


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


def _verify_contract(gate: Gate, planned: Planned, session: Session) -> None:
    contract, interactions = planned.contract, planned.interactions
    tell(gate, lambda reporter: reporter.verifying(contract, len(interactions)))
    for result in session.verify(contract, interactions):
        shown = redacted(result, gate.redact)
        planned.results.append(shown)
        tell(gate, lambda reporter, shown=shown: reporter.verified(contract, shown))  # type: ignore[misc]
