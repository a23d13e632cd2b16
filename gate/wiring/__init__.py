"""The composition root: from settings to a gate. The only place that knows which adapter stands behind which seam."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from gate.domain.contracts import Format
from gate.domain.errors import ConfigurationError
from gate.domain.redaction import Redactor
from gate.domain.report import Record, Report
from gate.pipeline import Gate, Policy
from gate.ports import Reporter, VerificationEngine
from gate.settings.commands import Command
from gate.settings.groups import OutputSettings, Settings
from gate.wiring.exceptions import agreed
from gate.wiring.handing_over import Posting, post_reports
from gate.wiring.keeping import keeping_of
from gate.wiring.masking import mask, secrets_given
from gate.wiring.news import warn
from gate.wiring.provider import provider_of
from gate.wiring.publishing import wire_publishing
from gate.wiring.reusing import reusing_of
from gate.wiring.store import contracts_of, refuse_passing_over
from gate.wiring.surroundings import Surroundings
from gate.wiring.telling import on_github, on_runner, renderings, reports, terminal
from gate.wiring.version import candidate_of, page_of, refuse_other_code, run_of, tested_here

__all__ = ["Surroundings", "post", "show", "warn", "wire_each", "wire_publishing"]

KEPT_ALONE: Final = "Nothing was verified in this run: the results that the store keeps decide."


def wire_each(every: Sequence[Settings], surroundings: Surroundings, command: Command) -> list[Gate]:
    """Put together a gate for each service. See `wire`."""
    mask(every, surroundings)
    shared = [terminal(len(every)), *on_runner(every, surroundings)]
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
    engines: dict[Format, VerificationEngine] = {
        Format.PACT: PactEngine(surroundings.environment, settings.verification.verification_timeout)
    }
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
            merging=settings.verification.dedupe == "on",
            allows_flaky=settings.verification.flaky == "allow",
            consumer=settings.verification.consumer,
            interaction=settings.verification.interaction,
        ),
        source=contracts.source,
        store=contracts.store,
        engines=engines,
        provider=provider_of(settings, surroundings, redact) if verifies else None,
        record=command.record,
        keeping=keeping,
        reusing=reusing_of(settings, candidate, surroundings.environment, contracts.earlier if keeping else None),
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
            *reports(settings.output),
            *(on_github(settings, surroundings, run) if command is Command.CHECK else ()),
        ],
        redact=redact,
        warn=lambda message: warn(message, surroundings.log),
    )


def show(report: Report, output: OutputSettings) -> None:
    """Render a saved report again. Raises `ConfigurationError` when a file cannot be written."""
    for reporter in [terminal(), *renderings(output)]:
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
    mask(every, surroundings)
    return post_reports(every, surroundings, file)
