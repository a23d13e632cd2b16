"""When a report that another workflow run left is believed, and what of it is said.

Whoever opens a pull request can change the workflow that makes the report, so that every word of it may be a
stranger's. What it is about is therefore told by GitHub and by the default branch's settings alone; what it concludes
is concluded again from what it says happened; and nothing in it notifies anybody, excuses anything or leads anywhere.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gate.domain.advice import Advice, advise
from gate.domain.contracts import Fault
from gate.domain.exceptions import AgreedException
from gate.domain.report import Candidate, Entry, Report, Reproduction, Run, Stage, Tested
from gate.domain.results import InteractionResult, Outcome
from gate.domain.verdict import Decision, Integration, OnNoContracts, decide

LEFT: Final = "A run of the pull request's own workflow left this; posting it verified nothing."
"""What whoever reads a report that was handed over has to know."""
SAID: Final = "as the report says"
"""In the place of the earlier run that it says something was verified in."""
NO_CONTRACT: Final = "the report names no contract at all"
SUCCESS: Final = "success"
"""How a workflow run ended of which no job failed."""
NAMED, NAME_LIMIT = 5, 100
"""How many names are quoted, and how many characters of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a report has to be about: nothing here comes from the report."""

    service: str
    environments: tuple[str, ...]
    instance: str | None = None
    run: Run
    """The run that left it, with the commit that the news belongs to."""
    made_by: str | None
    """The id of that run, where it is certain that the report is its own."""
    conclusion: str | None
    """How that run ended; None when nobody says."""
    by_path: bool = False
    """Whether the version is the last commit that touched the service's folder, so that it may be another one."""


def objections(report: Report, subject: Subject) -> tuple[str, ...]:
    """Say why a report is not what it should be. Nothing of it may be posted then."""
    return (*_too_long(report), *_about_another(report, subject), *_contradictions(report))


def _too_long(report: Report) -> Iterator[str]:
    """Refuse what would keep us busy for minutes: no gate writes as much, and a file of a few megabytes can hold it."""
    results = [result for entry in report.entries for result in entry.integration.results]
    parts: Mapping[str, tuple[int, int]] = {
        "entries": (len(report.entries), 2_000),
        "interactions": (len(results), 50_000),
        "mismatches": (sum(len(result.mismatches) for result in results), 200_000),
        "provider states": (max((len(result.interaction.states) for result in results), default=0), 100),
        "faults": (len(report.faults), 1_000),
        "notes": (len(report.notes), 1_000),
        "reasons": (len(report.verdict.reasons), 5_000),
        "lines of the provider's log": (0 if report.provider is None else len(report.provider.log_tail), 1_000),
        "addresses of the provider": (0 if report.provider is None else len(report.provider.urls), 1_000),
        "places where a counterpart is live": (
            max((len(e.integration.live) for e in report.entries), default=0),
            1_000,
        ),
    }
    for name, (number, most) in parts.items():
        if number > most:
            yield f"it has {number} {name}, and at most {most} are read"


def _about_another(report: Report, subject: Subject) -> Iterator[str]:
    candidate = report.candidate
    if candidate.service != subject.service:
        yield f"it is about the service {_quoted(candidate.service)}, and this step about {_quoted(subject.service)}"
    if candidate.environments != subject.environments:
        yield f"it is about {_named(candidate.environments)}, and this step about {_named(subject.environments)}"
    if candidate.instance != subject.instance:
        theirs, ours = (_quoted(one or "") for one in (candidate.instance, subject.instance))
        yield f"it is about the instance {theirs}, and this step about {ours}"
    if candidate.one_contract is not None:
        yield "it is about one contract, and not about a deployment"
    if report.recorded is not None:
        yield "it tells what was recorded, and not whether something may be deployed"
    if not _is_of_the_commit(report, subject):
        yield f"it is about another commit than {subject.run.commit}, which the run was about"
    if subject.made_by is not None and report.run is not None and report.run.attempt > subject.run.attempt:
        yield f"attempt {report.run.attempt} of its run made it, and what ended is attempt {subject.run.attempt}"
    if subject.made_by is not None and report.run is not None and report.run.id != subject.made_by:
        yield f"run {_quoted(report.run.id)} made it, and not run {subject.made_by}, which left it"


def _named(environments: Sequence[str]) -> str:
    return ", ".join(_quoted(one) for one in environments[:NAMED]) or "no environment"


def _quoted(name: str) -> str:
    """Quote a name, which may be of any length."""
    return repr(name[:NAME_LIMIT])


def _is_of_the_commit(report: Report, subject: Subject) -> bool:
    """Compare commits. That of a version may be given in short, be the merge commit's, or there may be none."""
    said, run = report.candidate.commit, report.run
    if run is None or run.commit is None or run.commit != subject.run.commit:
        return False
    return said is None or subject.by_path or any(one.startswith(said) for one in (run.commit, run.merge_commit) if one)


def _contradictions(report: Report) -> Iterator[str]:
    """Compare what it concludes with what it says happened."""
    for entry in report.entries:
        own = entry.integration
        if entry.standing is not own.standing:
            yield f"it calls {_quoted(own.name)} {entry.standing}, and its results say {own.standing}"
            break
    known = _decided_again(report)
    if known is not None and known is not report.verdict.decision:
        yield f"it says {report.verdict.decision}, and what it tells amounts to {known}"
    elif known is None and report.verdict.decision is Decision.BLOCK:
        yield "it says block, and names nothing that is broken"


def _decided_again(report: Report) -> Decision | None:
    """Decide by what the report tells; None where it tells of nothing, which may be meant."""
    if not report.entries and not report.faults:
        return None
    integrations = [entry.integration for entry in report.entries]
    return decide(integrations, report.faults, on_no_contracts=OnNoContracts.UNKNOWN).decision


def posted(  # noqa: PLR0913 - all that the default branch says
    report: Report,
    subject: Subject,
    *,
    agreed: Collection[AgreedException],
    owners: Mapping[str, tuple[str, ...]],
    allows_flaky: bool = False,
    mentions: bool = False,
    reproduction: Reproduction | None = None,
) -> Report:
    """Return what may be said of a report to which there are no objections.

    Args:
        report: as it was left.
        subject: what it is about.
        agreed: the exceptions of the default branch that are in force.
        owners: who answers for which pacticipant, as the default branch says.
        allows_flaky: whether the default branch lets pass what passes at the second try.
        reproduction: how the posting workflow's settings show it on a laptop; what the report says might do anything.
        mentions: whether they may be told: in a stranger's report it is the stranger who chooses the pacticipants.
    """
    strict = report.entries if allows_flaky else [_without_flaky(one) for one in report.entries]
    entries = tuple(_entry(one, report.candidate, agreed, owners) for one in strict)
    if not mentions:
        entries = tuple(replace(one, advice=one.advice and replace(one.advice, mentions=())) for one in entries)
    integrations = [entry.integration for entry in entries]
    verdict, faults = report.verdict, report.faults
    if entries or faults:
        verdict = decide(integrations, faults, on_no_contracts=OnNoContracts.UNKNOWN)
    else:
        verdict = replace(verdict, reasons=(NO_CONTRACT,))
    if verdict.decision is Decision.ALLOW and subject.conclusion != SUCCESS:
        faults = (*faults, _ended_otherwise(subject))
        verdict = decide(integrations, faults, on_no_contracts=OnNoContracts.UNKNOWN)
    return replace(
        report,
        candidate=replace(report.candidate, version=subject.run.commit or ""),
        run=subject.run,
        verdict=verdict,
        entries=entries,
        faults=faults,
        notes=(*_notes(report, agreed, allows_flaky=allows_flaky), *report.notes),
        reproduction=reproduction,
    )


def refused(why: Fault, subject: Subject, *, gate_version: str, at: datetime) -> Report:
    """Return what is said in the place of a report that cannot be posted.

    Args:
        why: it cannot.
        subject: what it should have been about.
        gate_version: the version that says so.
        at: when it does.
    """
    return Report(
        gate_version=gate_version,
        started_at=at,
        duration=0.0,
        candidate=Candidate(
            service=subject.service,
            version=subject.run.commit or "",
            commit=subject.run.commit,
            branch=None,
            environments=subject.environments,
            instance=subject.instance,
            stage=Stage.CHANGE,
        ),
        tested=Tested(vouched=True),
        run=subject.run,
        verdict=decide((), (why,), on_no_contracts=OnNoContracts.UNKNOWN),
        entries=(),
        faults=(why,),
        notes=(LEFT,),
    )


def _entry(
    entry: Entry, candidate: Candidate, agreed: Collection[AgreedException], owners: Mapping[str, tuple[str, ...]]
) -> Entry:
    """Take out what was not agreed on and where it leads, and advise anew."""
    integration, kept = entry.integration, entry.integration.kept
    if integration.exception is not None and not _was_agreed(integration, agreed):
        integration = replace(integration, exception=None)
    if kept is not None:
        integration = replace(integration, kept=replace(kept, url=""))
    if any(one.reused for one in integration.results):
        nowhere = (replace(one, reused=one.reused and SAID) for one in integration.results)
        integration = replace(integration, results=tuple(nowhere))
    advice = _advice(integration, candidate.service, entry.advice)
    if advice is not None:
        told = dict.fromkeys(owner for name in advice.concerns for owner in owners.get(name, ()))
        advice = replace(advice, owners=tuple(told), mentions=tuple(told))
    return Entry(integration=integration, standing=integration.standing, advice=advice)


def _advice(integration: Integration, service: str, theirs: Advice | None) -> Advice | None:
    """Advise. Whether there was an address for provider states is the only thing that the report alone knows."""
    usual, without_states = (advise(integration, service, sets_up_states=one) for one in (True, False))
    said = theirs is not None and without_states is not None and theirs.next_action == without_states.next_action
    return without_states if said else usual


def _without_flaky(entry: Entry) -> Entry:
    """Have what passes only by the leave of the report's own settings be the failure that it was."""
    results = [replace(one, outcome=Outcome.FAILED) if _is_let_pass(one) else one for one in entry.integration.results]
    return replace(entry, integration=replace(entry.integration, results=tuple(results)))


def _is_let_pass(result: InteractionResult) -> bool:
    return result.flaky and result.outcome is Outcome.PASSED


def _notes(report: Report, agreed: Collection[AgreedException], *, allows_flaky: bool) -> Iterator[str]:
    yield LEFT
    results = (result for one in report.entries for result in one.integration.results)
    if not allows_flaky and any(map(_is_let_pass, results)):
        yield "flaky: allow does not count: it is not set on the default branch."
    unknown = (one.integration for one in report.entries if not _was_agreed(one.integration, agreed))
    for name in dict.fromkeys(one.counterpart.name for one in unknown if one.exception is not None):
        yield f"The exception for {name} does not count: it is not in force on the default branch."


def _was_agreed(integration: Integration, agreed: Collection[AgreedException]) -> bool:
    """Say whether the default branch excepts this very counterpart, in these words."""
    exception = integration.exception
    return exception in agreed and exception is not None and exception.counterpart == integration.counterpart.name


def _ended_otherwise(subject: Subject) -> Fault:
    """Say why an allow does not count: a job of ours that ends with 0 is not the only one that may have failed."""
    if subject.conclusion is None:
        return Fault(
            where=subject.run.event,
            what="nothing says how the run that left this report ended, so that its allow does not count.",
            remedy="Post it on workflow_run, once that run is completed.",
        )
    return Fault(
        where=subject.run.url,
        what=f"the run that left this report ended as {subject.conclusion}, so that its allow does not count.",
        remedy="See what failed there, and run it again.",
    )
