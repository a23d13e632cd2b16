"""From what is known to the report."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from gate import __version__
from gate.domain import matrix
from gate.domain.contracts import Fault
from gate.domain.identity import what_ran, wrong_code
from gate.domain.redaction import redacted
from gate.domain.report import Candidate, Entry, ProviderRun, Record, Recorded, Report, Stage
from gate.domain.results import Outcome, Where
from gate.domain.verdict import Decision, Integration, Standing, Verdict, decide, decide_undeployment
from gate.pipeline.effort import notes_on_effort
from gate.pipeline.gate import Gate, Progress
from gate.pipeline.integrations import integrations
from gate.pipeline.owners import advice_on, with_owners
from gate.ports import Provider

OTHERS_SHOWN: Final = 5
WORST_FIRST: Final = (Standing.BROKEN, Standing.UNVERIFIED, Standing.HONOURED)


def make_report(gate: Gate, progress: Progress) -> Report:
    """Decide, and write down why."""
    found = integrations(gate, progress)
    provider = gate.provider if progress.ran else None
    faults = [
        *progress.faults,
        *_wrong_code(gate, progress),
        *_nothing_live(gate, progress),
    ]
    verdict = _decide(gate, progress, found, faults)
    report = Report(
        gate_version=__version__,
        started_at=progress.started_at,
        duration=round(time.monotonic() - progress.clock, 3),
        candidate=_candidate(gate, progress),
        tested=gate.tested,
        run=gate.run,
        verdict=verdict,
        entries=tuple(sorted((_entry(gate, progress, one) for one in found), key=_weight)),
        faults=tuple(faults),
        notes=_notes(gate, progress, provider, [*_not_told(gate, found, verdict), *notes_on_effort(found)]),
        provider=provider.describe(with_log=_needs_log(progress, found)) if provider else None,
        recorded=None if gate.record is None else _recorded(gate.record, progress),
        reproduction=None if gate.record is not None else gate.reproduction,
    )
    # What names the run is no secret, and the status and the comment are found again by it.
    return replace(
        redacted(report, gate.redact),
        schema=report.schema,
        gate_version=report.gate_version,
        candidate=report.candidate,
        run=report.run,
    )


def _recorded(record: Record, progress: Progress) -> Recorded:
    return Recorded(
        record=record,
        environments=progress.recorded,
        replaced=progress.replaced,
        confirmed=not progress.unconfirmed,
    )


def _wrong_code(gate: Gate, progress: Progress) -> Iterable[Fault]:
    """Find out whether what ran was the candidate, when it was started and when it had been verified."""
    if gate.provider is None or not progress.ran:
        return ()
    seen = [gate.tested, *([progress.tested_after] if progress.tested_after else [])]
    revision = gate.provider.describe(with_log=False).revision
    return dict.fromkeys(fault for tested in seen for fault in wrong_code(gate.candidate, tested, revision))


def _decide(gate: Gate, progress: Progress, found: Sequence[Integration], faults: Sequence[Fault]) -> Verdict:
    if gate.record is Record.UNDEPLOYMENT:
        return decide_undeployment(found, faults)
    return decide(found, faults, on_no_contracts=gate.policy.on_no_contracts, known=bool(progress.known))


def _candidate(gate: Gate, progress: Progress) -> Candidate:
    """Name the version that the report is about: what was undeployed was not known before."""
    version = gate.candidate.version or ", ".join(progress.versions)
    return replace(gate.candidate, version=version)


def _entry(gate: Gate, progress: Progress, integration: Integration) -> Entry:
    advice = advice_on(gate, integration)
    if advice is not None:
        advice = with_owners(gate, progress, advice)
    return Entry(integration=integration, standing=integration.standing, advice=advice)


def _weight(entry: Entry) -> tuple[bool, int]:
    """Put what binds before what does not, and the worst first among each."""
    harmless = entry.standing is not Standing.HONOURED and not entry.integration.blocks
    return harmless, WORST_FIRST.index(entry.standing)


def _nothing_live(gate: Gate, progress: Progress) -> list[Fault]:
    """Refuse to deploy to where nothing is recorded at all: more likely nobody records there than nobody is there."""
    if gate.candidate.stage is not Stage.DEPLOY or gate.policy.first_deployment or not progress.looked_up:
        return []
    if gate.record is not None:  # what was recorded is there, and that it could not be is told already
        return []
    return [
        Fault(
            where=name,
            what="nothing at all is recorded as deployed or released in this environment.",
            remedy="Record what is live there (record-deployment), or say first-deployment: true.",
        )
        for name in matrix.nothing_live(gate.candidate, progress.live)
    ]


def _needs_log(progress: Progress, found: Sequence[Integration]) -> bool:
    """Say whether the provider's output may explain the outcome: it could not be tried, or answered another status."""
    results = [result for integration in found for result in integration.results]
    return bool(progress.faults) or any(
        result.outcome is Outcome.ERRORED or any(mismatch.where is Where.STATUS for mismatch in result.mismatches)
        for result in results
    )


def _notes(gate: Gate, progress: Progress, provider: Provider | None, exceptions: Iterable[str]) -> tuple[str, ...]:
    notes = [*gate.notes, *progress.notes, *exceptions]
    if provider is not None:
        notes += _notes_on_provider(gate, progress, provider)
    if progress.looked_up:
        notes += _notes_on_live(gate, progress)
    if progress.others:
        more = f" and {len(progress.others) - OTHERS_SHOWN} more" if len(progress.others) > OTHERS_SHOWN else ""
        names = ", ".join(progress.others[:OTHERS_SHOWN])
        notes.append(f"Contracts of other providers are not verified here: {names}{more}.")
    return tuple(notes)


def _notes_on_provider(gate: Gate, progress: Progress, provider: Provider) -> list[str]:
    notes = what_ran(gate.candidate, gate.tested)
    run = provider.describe(with_log=False)
    if run.via:
        notes.append(f"In the action's container localhost led to the runner, {run.via}.")
    tried = [interaction for planned in progress.planned if planned.results for interaction in planned.interactions]
    with_states = any(interaction.states for interaction in tried)
    if with_states and not provider.sets_up_states:
        notes.append("Contracts name provider states, and provider-states-url is not set: verified without set-up.")
    return [*notes, *_notes_on_replicas(run)] if tried else notes


def _notes_on_replicas(run: ProviderRun) -> Iterator[str]:
    if run.replicas > 1:
        yield f"{run.replicas} replicas of the provider answered side by side."
    if run.parallel > 1:
        yield f"The provider was asked {run.parallel} things at a time: provider-parallel declares it stateless."


def _not_told(gate: Gate, found: Sequence[Integration], verdict: Verdict) -> Iterator[str]:
    """Name the exceptions that are in force and that the verdict does not name as its reason."""
    names = {one.counterpart.name for one in found}
    told = {one.exception for one in found if one.is_excused and verdict.decision is Decision.ALLOW}
    for exception in gate.exceptions:
        if exception in told:
            continue
        useless = "" if exception.counterpart in names else ". Nothing of that name was looked at here"
        yield f"Exception: {exception}{useless}."


def _notes_on_live(gate: Gate, progress: Progress) -> list[str]:
    empty = matrix.nothing_live(gate.candidate, progress.live)
    if not empty or (gate.candidate.stage is Stage.DEPLOY and not gate.policy.first_deployment):
        return []
    excused = ", and first-deployment is set" if gate.policy.first_deployment else ""
    return [f"Nothing at all is recorded as live in {', '.join(empty)}{excused}."]
