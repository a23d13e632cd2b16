"""The composition root: from settings to a gate. The only place that knows which adapter stands behind which seam."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from gate.domain.contracts import Format
from gate.domain.errors import ConfigurationError
from gate.domain.redaction import Redactor
from gate.domain.report import Record, Report, Run
from gate.pipeline import Gate, Policy
from gate.ports import Reporter, VerificationEngine
from gate.settings.commands import Command
from gate.settings.groups import OutputSettings, Settings
from gate.wiring.exceptions import agreed
from gate.wiring.handing_over import Posting, Telling, post_reports
from gate.wiring.keeping import keeping_of
from gate.wiring.masking import mask, secrets_given
from gate.wiring.news import notice, warn
from gate.wiring.provider import provider_of
from gate.wiring.publishing import wire_publishing
from gate.wiring.store import contracts_of, refuse_passing_over
from gate.wiring.surroundings import Surroundings
from gate.wiring.version import candidate_of, page_of, refuse_other_code, run_of, tested_here

__all__ = ["Surroundings", "post", "show", "warn", "wire_each", "wire_publishing"]

KEPT_ALONE: Final = "Nothing was verified in this run: the results that the store keeps decide."
OUTPUT_FILE, SUMMARY_FILE = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"


def wire_each(every: Sequence[Settings], surroundings: Surroundings, command: Command) -> list[Gate]:
    """Put together a gate for each service. See `wire`."""
    mask(every, surroundings)
    shared = [_terminal(len(every)), *_on_runner(every, surroundings)]
    return [wire(settings, surroundings, command, shared) for settings in every]


def wire(settings: Settings, surroundings: Surroundings, command: Command, shared: Sequence[Reporter]) -> Gate:
    """Put together a gate.

    Args:
        settings: all that the user said.
        surroundings: all that the process found.
        command: what it is to do.
        shared: those who are told of all services of the run.

    Raises:
        ConfigurationError: no gate can be made of these settings.
    """
    # Adapters are imported when they are needed: `gate --help` should not wait for any of them.
    from gate.engines.pact_engine.engine import PactEngine

    redact = Redactor(secrets_given(settings))
    engines: dict[Format, VerificationEngine] = {Format.PACT: PactEngine(surroundings.environment)}
    named = candidate_of(settings.candidate, surroundings, command.record)
    set_aside = [] if command.record else refuse_passing_over(settings, engines[Format.PACT])
    contracts = contracts_of(settings, surroundings, named, engines[Format.PACT])
    verifies = command.verifies and settings.provider.is_named
    if contracts.store is None and not verifies:
        raise ConfigurationError(
            "without a provider only a store that keeps results can decide, and here is none.",
            remedy="Name the provider and run `gate check`; or set broker-url or store, and leave contract-url out.",
        )
    candidate = contracts.candidate
    if command.record in {Record.DEPLOYMENT, Record.RELEASE}:
        refuse_other_code(settings, surroundings, named)
    look = partial(tested_here, settings, surroundings, candidate)
    tested = look()
    run = run_of(surroundings.context, candidate, tested, settings.candidate)
    keeping, why_not = keeping_of(settings, surroundings.context, contracts.keeper if verifies else None, command)
    exceptions = agreed(settings, surroundings)
    return Gate(
        candidate=candidate,
        tested=tested,
        look=look,
        run=run,
        page=page_of(settings, surroundings),
        policy=Policy(
            on_no_contracts=settings.contracts.on_no_contracts,
            first_deployment=settings.candidate.first_deployment,
            consumes_none=settings.contracts.consumes is not None,
            wait=settings.verification.wait,
            consumer=settings.verification.consumer,
            interaction=settings.verification.interaction,
        ),
        source=contracts.source,
        store=contracts.store,
        engines=engines,
        provider=provider_of(settings, surroundings, redact) if verifies else None,
        record=command.record,
        keeping=keeping,
        exceptions=exceptions.exceptions,
        faults=exceptions.faults,
        notes=(
            *set_aside,
            *contracts.notes,
            *exceptions.notes,
            *why_not,
            *([] if verifies or command.record else [KEPT_ALONE]),
        ),
        owners=dict(settings.owners),
        may_mention=surroundings.context is None or not surroundings.context.foreign,
        reproduction=replace(settings.reproduction, lookup=not verifies),
        reporters=[
            *shared,
            *_reporters(settings.output),
            *(_on_github(settings, surroundings, run) if command is Command.CHECK else ()),
        ],
        redact=redact,
        warn=lambda message: warn(message, surroundings.log),
    )


def show(report: Report, output: OutputSettings) -> None:
    """Render a saved report again. Raises `ConfigurationError` when a file cannot be written."""
    for reporter in [_terminal(), *_renderings(output)]:
        try:
            reporter.finished(report)
        except BrokenPipeError:
            continue
        except OSError as error:
            raise ConfigurationError(
                f"the report cannot be written: {error.strerror}.",
                where=str(error.filename or ""),
                remedy="Choose another path.",
            ) from error


def post(every: Sequence[Settings], surroundings: Surroundings, file: str | None) -> Posting:
    """Post what another workflow's run left. See `gate.wiring.handing_over`."""
    from gate.reporters.runner import JobSummary

    mask(every, surroundings)
    run = None if surroundings.context is None else surroundings.context.run
    summary = surroundings.environment.get(SUMMARY_FILE)
    page: list[Reporter] = [JobSummary(Path(summary))] if summary else []
    telling = Telling(
        on_github=lambda settings, numbers: _on_github(settings, surroundings, run, numbers),
        here=lambda settings: [_terminal(), *page, *_renderings(settings.output)],
        redactor=lambda settings: Redactor(secrets_given(settings)),
    )
    return post_reports(every, surroundings, file, telling)


def _reporters(output: OutputSettings) -> list[Reporter]:
    from gate.rendering.report_json import dump
    from gate.reporters.files import ReportFile

    return [ReportFile(Path(output.report), dump), *_renderings(output)]


def _terminal(services: int = 1) -> Reporter:
    from gate.reporters.terminal import Terminal, console

    return Terminal(console(), services)


def _on_runner(every: Sequence[Settings], surroundings: Surroundings) -> list[Reporter]:
    """What stays on the runner: its log, the page of the run, the step's outputs."""
    if surroundings.log is None:
        return []
    from gate.reporters.runner import Annotations, JobSummary, Outputs

    files = {name: surroundings.environment.get(name) for name in (OUTPUT_FILE, SUMMARY_FILE)}
    reporters: list[Reporter] = [Annotations(surroundings.log, len(every))]
    if path := files[OUTPUT_FILE]:
        reporters.append(Outputs(Path(path), {one.candidate.service: one.output.report for one in every}))
    if path := files[SUMMARY_FILE]:
        reporters.append(JobSummary(Path(path)))
    return reporters


def _on_github(
    settings: Settings, surroundings: Surroundings, run: Run | None, pull_requests: Sequence[int] | None = None
) -> list[Reporter]:
    """What goes to GitHub. The status is first: whatever happens afterwards, no deploy must wait for it.

    Args:
        settings: what the user wants.
        surroundings: all that the process found.
        run: whose commit it is about.
        pull_requests: the comments', None for the run's own.
    """
    if run is None or surroundings.context is None:
        return []
    if settings.github.token is None:
        warn("there is no github-token, so there is no commit status and no comment.", surroundings.log)
        return []
    if run.commit is None:
        warn("version is no commit that this run knows, so there is no commit status and no comment.", surroundings.log)
        return []
    from gate.reporters.commit_status import CommitStatus
    from gate.reporters.pr_comment import CommentStyle, PullRequestComment
    from gate.reporters.read_only import tolerant

    news = settings.news
    github = surroundings.github(surroundings.context, settings.github.token)
    reporters: list[Reporter] = [CommitStatus(github, commit=run.commit, url=run.url)]
    if news.check_run:
        from gate.reporters.check_run import CheckRun

        reporters.append(CheckRun(github, commit=run.commit, run=run))
    own = () if run.pull_request is None else (run.pull_request,)
    if news.comment != "never":
        style = CommentStyle(when=news.comment, key=news.comment_key)
        numbers = own if pull_requests is None else pull_requests
        reporters += [PullRequestComment(github, number, style) for number in numbers]
    if surroundings.context.reads_only:
        return tolerant(reporters, lambda message: notice(message, surroundings.log))
    return reporters


def _renderings(output: OutputSettings) -> list[Reporter]:
    from gate.reporters.files import ReportFile

    reporters: list[Reporter] = []
    if output.markdown is not None:
        from gate.rendering.markdown import render_markdown

        reporters.append(ReportFile(Path(output.markdown), render_markdown))
    if output.junit is not None:
        from gate.rendering.junit import render_junit

        reporters.append(ReportFile(Path(output.junit), render_junit))
    return reporters
