"""The composition root: from settings to a gate. The only place that knows which adapter stands behind which seam."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gate import provider
from gate.clients import git
from gate.clients.streams import say
from gate.domain.contracts import Format
from gate.domain.errors import ConfigurationError
from gate.domain.redaction import Redactor, header_secrets
from gate.domain.report import Candidate, Report, Tested
from gate.pipeline import Gate
from gate.ports import Reporter, Target, VerificationEngine
from gate.settings.declaration import CandidateSettings, OutputSettings, ProviderSettings, Settings

PROVIDER_LOG: Final = "contract-gate-provider.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the process finds around it, read once by the command line."""

    environment: Mapping[str, str]
    folder: Path
    """The working directory: the workspace."""


def wire(settings: Settings, surroundings: Surroundings) -> Gate:
    """Put together a gate. Raises `ConfigurationError` for settings that no gate can be made of."""
    # Adapters are imported when they are needed: `gate --help` should not wait for any of them.
    from gate.engines.pact_engine.engine import PactEngine
    from gate.stores.contract_files import ContractFiles

    redact = Redactor(header_secrets(settings.provider.headers))
    engines: dict[Format, VerificationEngine] = {Format.PACT: PactEngine(surroundings.environment)}
    store = ContractFiles(
        settings.contracts.contracts, engines[Format.PACT], size_limit=settings.contracts.max_contract_size
    )
    return Gate(
        candidate=_candidate(settings.candidate, surroundings.folder),
        tested=_tested(settings.provider, surroundings.folder),
        on_no_contracts=settings.contracts.on_no_contracts,
        store=store,
        engines=engines,
        provider=_provider(settings, surroundings, redact),
        reporters=_reporters(settings.output),
        redact=redact,
        warn=warn,
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


def warn(message: str) -> None:
    """Say that something went wrong which does not change the verdict."""
    say(f"warning: {message}")


def _candidate(settings: CandidateSettings, folder: Path) -> Candidate:
    version = settings.version or git.head_commit(folder)
    if version is None:
        raise ConfigurationError(
            "version is not set, and this is no git work tree whose HEAD could stand for it.",
            where=str(folder),
            remedy="Set version, normally to the commit that is deployed.",
        )
    return Candidate(
        service=settings.service,
        version=version,
        branch=settings.branch or git.branch(folder),
        environments=settings.environment,
        stage=settings.stage,
    )


def _tested(settings: ProviderSettings, folder: Path) -> Tested:
    commit = git.head_commit(folder)
    modified = commit is not None and git.is_modified(folder)
    return Tested(commit=commit, modified=modified, vouched=settings.command is None)


def _provider(settings: Settings, surroundings: Surroundings, redact: Redactor) -> provider.ProviderUnderTest:
    own = settings.provider
    port = provider.free_port() if own.command is not None else 0
    url = provider.fill_port(own.url or "http://127.0.0.1:{port}", port)
    target = Target(
        url=url,
        states_url=_helper_url(own.states_url, url, port),
        messages_url=_helper_url(own.messages_url, url, port),
        headers=own.headers,
        request_timeout=settings.verification.request_timeout,
    )
    reach = provider.Reach(ready_path=own.ready, timeout=own.timeout)
    return provider.ProviderUnderTest(target, _start(settings, surroundings, port), reach, redact, say)


def _helper_url(setting: str | None, base: str, port: int) -> str | None:
    return None if setting is None else provider.absolute_url(provider.fill_port(setting, port), base)


def _start(settings: Settings, surroundings: Surroundings, port: int) -> provider.Start | None:
    if settings.provider.command is None:
        return None
    own = {name: provider.fill_port(value, port) for name, value in settings.provider.env}
    log = Path(settings.output.report).parent / PROVIDER_LOG
    return provider.Start(
        command=provider.fill_port(settings.provider.command, port),
        environment=provider.without_private(surroundings.environment) | own,
        log=surroundings.folder / log,
        log_name=str(log),
    )


def _reporters(output: OutputSettings) -> list[Reporter]:
    from gate.rendering.report_json import dump
    from gate.reporters.files import ReportFile

    return [_terminal(), ReportFile(Path(output.report), dump), *_renderings(output)]


def _terminal() -> Reporter:
    from gate.reporters.terminal import Terminal, console

    return Terminal(console())


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
