"""What the candidate is to honour: fetched, and verified."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from gate.domain.contracts import Fault, Format
from gate.domain.errors import EngineError
from gate.pipeline.expectations import plan, read_own, take_part
from gate.pipeline.gate import Gate, Planned, Progress
from gate.pipeline.news import tell
from gate.pipeline.trying import Trying
from gate.ports import Extent, Provider, Target, VerificationEngine


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
    work = [planned for planned in progress.planned if planned.interactions and not planned.results]
    if not work or gate.provider is None:
        return
    progress.ran = True
    _verify_all(gate, work, gate.provider)
    progress.tested_after = gate.look()
    progress.verified = True


def _verify_all(gate: Gate, work: Sequence[Planned], provider: Provider) -> None:
    tries = [
        (engine, Trying(gate, mine, sets_up_states=provider.sets_up_states)) for engine, mine in _by_engine(gate, work)
    ]
    with provider.running(sum(trying.distinct for _, trying in tries)) as targets:
        extent = Extent(
            contracts=len(work),
            interactions=sum(len(planned.interactions) for planned in work),
            distinct=sum(trying.distinct for _, trying in tries),
            at_once=len(targets),
        )
        tell(gate, lambda reporter: reporter.verifying(extent))
        for engine, trying in tries:
            _verify_format(engine, trying, targets)


def _by_engine(gate: Gate, work: Sequence[Planned]) -> Iterator[tuple[VerificationEngine, list[Planned]]]:
    by_format: dict[Format, list[Planned]] = {}
    for planned in work:
        by_format.setdefault(planned.contract.format, []).append(planned)
    for written, mine in by_format.items():
        yield gate.engines[written], mine


def _verify_format(engine: VerificationEngine, trying: Trying, targets: Sequence[Target]) -> None:
    """Verify all contracts of a format. Where the engine cannot run, those that wait for it cannot be verified."""
    try:
        with engine.session(targets) as session:
            trying.first(session)
            with suppress(EngineError):  # nothing more is known then
                trying.again(session)
    except EngineError as error:
        for planned in trying.doubtful:
            planned.fault = Fault.of(error)
    trying.end()
