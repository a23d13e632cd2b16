"""From what is known so far to integrations: what the candidate is to honour, and who must honour what it expects."""

from dataclasses import replace

from gate.domain import matrix
from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.live import LiveVersion
from gate.domain.matrix import Need, Pair
from gate.domain.results import KeptResult, settle, worst
from gate.domain.verdict import Evidence, Integration, Role
from gate.pipeline.gate import Gate, Planned, Progress


def integrations(gate: Gate, progress: Progress) -> list[Integration]:
    """Return every counterpart of the candidate, with what is known of it."""
    live = matrix.counterparts(gate.candidate, progress.live)
    consumers = [_with_consumer(gate, progress, planned, live) for planned in progress.planned]
    found = consumers + [_with_provider(gate, progress, need) for need in progress.needs] + progress.left
    excepted = {one.counterpart: one for one in sorted(gate.exceptions, key=lambda one: one.until)}
    return [replace(one, exception=excepted.get(one.counterpart.name)) for one in found]


def kept_pairs(gate: Gate, progress: Progress) -> list[Pair]:
    """Name the pairs that only the store can speak of; without a provider that is all of them."""
    live = matrix.counterparts(gate.candidate, progress.live)
    found = [matrix.pair_with_provider(need, gate.candidate) for need in progress.needs]
    pairs = [pair for pair in found if pair is not None]
    if gate.provider is None:
        for planned in progress.planned:
            pairs += _pairs_with_consumer(gate, planned, live)
    return list(dict.fromkeys(pairs))


def _pairs_with_consumer(gate: Gate, planned: Planned, live: tuple[LiveVersion, ...]) -> list[Pair]:
    candidate = PacticipantVersion(name=gate.candidate.service, version=gate.candidate.version)
    return matrix.pairs_with_consumer(planned.contract, matrix.holders(planned.contract, live), candidate)


def _with_consumer(gate: Gate, progress: Progress, planned: Planned, live: tuple[LiveVersion, ...]) -> Integration:
    contract = planned.contract
    here = matrix.holders(contract, live)
    looked_up = gate.provider is None
    pairs = _pairs_with_consumer(gate, planned, live) if looked_up else []
    kept, fault = _kept(progress, pairs)
    telling = [pair.consumer_version for pair in pairs if kept is not None and progress.kept.get(pair) == kept]
    return Integration(
        counterpart=_shown(contract.consumer, telling or [one.version for one in here]),
        role=Role.CONSUMER,
        live=here,
        because=() if contract.selection is None else contract.selection.because,
        pending=contract.selection is not None and contract.selection.pending,
        source=contract.source,
        file=contract.file,
        content_id=contract.content_id,
        binding=matrix.binds(contract, here, gate.candidate),
        evidence=Evidence.KEPT if looked_up else Evidence.VERIFIED,
        results=() if looked_up else settle(planned.interactions, planned.results.values()),
        kept=kept,
        empty=planned.empty,
        fault=planned.fault or fault,
        broken_before=progress.broken_before.get(contract.key),
    )


def _shown(consumer: PacticipantVersion, versions: list[str]) -> PacticipantVersion:
    """Name the version that matters among several: the newest, if it is one of them."""
    if not versions or consumer.version in versions:
        return consumer
    return PacticipantVersion(name=consumer.name, version=versions[-1])


def _with_provider(gate: Gate, progress: Progress, need: Need) -> Integration:
    contract = need.contract
    pair = matrix.pair_with_provider(need, gate.candidate)
    kept, fault = _kept(progress, [] if pair is None else [pair])
    return Integration(
        counterpart=PacticipantVersion(name=contract.provider, version=need.version),
        role=Role.PROVIDER,
        live=need.live,
        source=contract.source,
        content_id=contract.content_id,
        binding=True,
        evidence=Evidence.KEPT,
        kept=kept,
        empty=contract.key in progress.expecting_nothing,
        fault=_nobody_there(need) or fault,
        broken_before=progress.broken_before.get(contract.key),
    )


def _kept(progress: Progress, pairs: list[Pair]) -> tuple[KeptResult | None, Fault | None]:
    """Return what the store keeps of these pairs together, and what kept it from saying."""
    answers = [progress.kept.get(pair) for pair in pairs]
    fault = next((one for one in answers if isinstance(one, Fault)), None)
    return worst(one for one in answers if not isinstance(one, Fault)), fault


def _nobody_there(need: Need) -> Fault | None:
    if need.version is not None:
        return None
    return Fault(
        where="",
        what=f"no version of it is recorded as live in {', '.join(need.environments)}.",
        remedy=f"Deploy {need.contract.provider} there first, or record what runs there with record-deployment.",
    )
