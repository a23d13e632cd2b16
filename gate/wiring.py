"""The composition root: from settings to a gate. The only place that knows which adapter stands behind which seam."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gate.clients import git
from gate.clients.actions_runner import RunnerLog
from gate.clients.streams import say
from gate.domain.contracts import Format
from gate.domain.errors import ConfigurationError
from gate.domain.redaction import Redactor, environment_secrets, header_secrets
from gate.domain.report import COMMIT, Candidate, Report, Run, Tested
from gate.pipeline import Gate
from gate.ports import Provider, Reporter, Target, VerificationEngine
from gate.settings.declaration import (
    CandidateSettings,
    GitHubSettings,
    OutputSettings,
    ProviderSettings,
    Settings,
)
from gate.settings.run_context import RunContext
from gate.settings.sources import CONTAINER_URL

if TYPE_CHECKING:
    from gate.provider.runner_host import RunnerHost
    from gate.provider.under_test import Program

PROVIDER_LOG: Final = "contract-gate-provider.log"
OUTPUT_FILE, SUMMARY_FILE = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"
IMAGE_VARIABLE: Final = "CONTRACT_GATE_IMAGE"
"""Set in the action's own image."""
DOCKER_MARK: Final = Path("/.dockerenv")
"""Docker leaves this file in its containers. Elsewhere the gateway may be any machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the process finds around it, read once by the command line."""

    environment: Mapping[str, str]
    folder: Path
    """The working directory: the workspace."""
    context: RunContext | None
    """The workflow run, None outside GitHub Actions."""
    log: RunnerLog | None
    """The step's log, None outside GitHub Actions."""


def wire(settings: Settings, surroundings: Surroundings, *, outside: bool) -> Gate:
    """Put together a gate.

    Args:
        settings: all that the user said.
        surroundings: all that the process found.
        outside: whether news may leave the machine.

    Raises:
        ConfigurationError: no gate can be made of these settings.
    """
    # Adapters are imported when they are needed: `gate --help` should not wait for any of them.
    from gate.engines.pact_engine.engine import PactEngine
    from gate.stores.contract_files import ContractFiles

    token = settings.github.token
    redact = Redactor(
        [
            *header_secrets(settings.provider.headers),
            *environment_secrets(settings.provider.env),
            *([token] if token else []),
        ]
    )
    engines: dict[Format, VerificationEngine] = {Format.PACT: PactEngine(surroundings.environment)}
    store = ContractFiles(
        settings.contracts.contracts, engines[Format.PACT], size_limit=settings.contracts.max_contract_size
    )
    candidate = _candidate(settings.candidate, surroundings)
    tested = _tested(settings.provider, surroundings)
    run = _run(surroundings.context, candidate, tested)
    return Gate(
        candidate=candidate,
        tested=tested,
        run=run,
        on_no_contracts=settings.contracts.on_no_contracts,
        store=store,
        engines=engines,
        provider=_provider(settings, surroundings, redact),
        reporters=[
            *_reporters(settings.output),
            *_on_runner(settings.output, surroundings),
            *(_on_github(settings.github, surroundings, run) if outside else ()),
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


def warn(message: str, log: RunnerLog | None) -> None:
    """Say that something went wrong which does not change the verdict."""
    if log is None:
        say(f"warning: {message}")
    else:
        log.remark("warning", ("Contract Gate", message))


def _candidate(settings: CandidateSettings, surroundings: Surroundings) -> Candidate:
    """Name the version: what the user says, else what the run is about, else what is checked out."""
    context, folder = surroundings.context, surroundings.folder
    version = _version(settings, folder) or (context.run.commit if context else None) or git.head_commit(folder)
    if version is None:
        raise ConfigurationError(
            "version is not set, and this is no git work tree whose HEAD could stand for it.",
            where=str(folder),
            remedy="Set version, normally to the commit that is deployed.",
        )
    return Candidate(
        service=settings.service,
        version=version,
        branch=settings.branch or (context.branch if context else git.branch(folder)),
        environments=settings.environment,
        stage=settings.stage,
    )


def _version(settings: CandidateSettings, folder: Path) -> str | None:
    """Return the version that the user names; a commit in full where the name can be nothing else."""
    name = settings.version
    if name is None or not re.fullmatch("[0-9A-Fa-f]{7,64}", name):
        return name
    return git.commit_of(folder, name) or (name.lower() if COMMIT.fullmatch(name.lower()) else name)


def _run(context: RunContext | None, candidate: Candidate, tested: Tested) -> Run | None:
    """Say which run this is, and which commit the news belongs to: never to one that the verdict is not about.

    A version that is a name, such as 1.2.3, belongs to the commit that is checked out.
    """
    if context is None:
        return None
    run, version = context.run, candidate.version
    if version in {run.commit, run.merge_commit} or (run.pull_request and not COMMIT.fullmatch(version)):
        return run
    if run.pull_request is not None:
        return replace(run, commit=None)
    return replace(run, commit=version if COMMIT.fullmatch(version) else tested.commit)


def _tested(settings: ProviderSettings, surroundings: Surroundings) -> Tested:
    commit, context = git.head_commit(surroundings.folder), surroundings.context
    vouched = settings.command is None
    return Tested(
        commit=commit,
        # Only what is started here is the workspace's; and asking may run what its configuration names.
        modified=not vouched and commit is not None and git.is_modified(surroundings.folder),
        merge=commit is not None and context is not None and commit == context.run.merge_commit,
        vouched=vouched,
    )


def _provider(settings: Settings, surroundings: Surroundings, redact: Redactor) -> Provider:
    from gate.provider.under_test import ProviderUnderTest, Reach, absolute_url, fill

    own = settings.provider
    port = {"port": _free_port()} if own.command is not None and own.image is None else {}
    url = fill(own.url or (CONTAINER_URL if own.image else "http://127.0.0.1:{port}"), **port)
    target = Target(
        url=url,
        states_url=own.states_url and absolute_url(fill(own.states_url, **port), url),
        messages_url=own.messages_url and absolute_url(fill(own.messages_url, **port), url),
        headers=own.headers,
        request_timeout=settings.verification.request_timeout,
    )
    program = _program(settings, surroundings, redact, port)
    host = _runner_host(surroundings) if program is None else None
    return ProviderUnderTest(target, program, Reach(ready_path=own.ready, timeout=own.timeout), host, say)


def _program(
    settings: Settings, surroundings: Surroundings, redact: Redactor, port: Mapping[str, int]
) -> "Program | None":
    from gate.provider.under_test import fill

    own = settings.provider
    log = Path(settings.output.report).parent / PROVIDER_LOG
    if own.image is not None:
        from gate.provider.image import Image, ImageStart

        start = ImageStart(
            image=own.image,
            command=own.command,
            environment=own.env,
            port=own.port,
            folder=surroundings.folder,
            log=surroundings.folder / log,
            log_name=str(log),
        )
        return Image(start, socket.gethostname() if _in_image(surroundings) else None, redact, say)
    if own.command is None:
        return None
    from gate.provider.command import Command, Start, without_private

    environment = without_private(surroundings.environment) | {name: fill(value, **port) for name, value in own.env}
    return Command(
        Start(
            command=fill(own.command, **port),
            environment=environment,
            folder=surroundings.folder,
            log=surroundings.folder / log,
            log_name=str(log),
        ),
        redact,
    )


def _free_port() -> int:
    from gate.provider.command import free_port

    return free_port()


def _runner_host(surroundings: Surroundings) -> "RunnerHost | None":
    """Find the way to the runner. It is the gateway of a container of Docker's, and of no other."""
    from gate.clients.sockets import gateway
    from gate.provider.runner_host import RunnerHost

    address = gateway() if _in_image(surroundings) and DOCKER_MARK.exists() else None
    return None if address is None else RunnerHost(address)


def _in_image(surroundings: Surroundings) -> bool:
    return bool(surroundings.environment.get(IMAGE_VARIABLE))


def _reporters(output: OutputSettings) -> list[Reporter]:
    from gate.rendering.report_json import dump
    from gate.reporters.files import ReportFile

    return [_terminal(), ReportFile(Path(output.report), dump), *_renderings(output)]


def _terminal() -> Reporter:
    from gate.reporters.terminal import Terminal, console

    return Terminal(console())


def _on_runner(output: OutputSettings, surroundings: Surroundings) -> list[Reporter]:
    """What stays on the runner: its log, the page of the run, the step's outputs."""
    if surroundings.log is None:
        return []
    from gate.reporters.runner import Annotations, JobSummary, Outputs

    files = {name: surroundings.environment.get(name) for name in (OUTPUT_FILE, SUMMARY_FILE)}
    reporters: list[Reporter] = [Annotations(surroundings.log)]
    if path := files[OUTPUT_FILE]:
        reporters.append(Outputs(Path(path), output.report))
    if path := files[SUMMARY_FILE]:
        reporters.append(JobSummary(Path(path)))
    return reporters


def _on_github(settings: GitHubSettings, surroundings: Surroundings, run: Run | None) -> list[Reporter]:
    """What goes to GitHub. The status is first: whatever happens afterwards, no deploy must wait for it."""
    if run is None or surroundings.context is None:
        return []
    if settings.token is None:
        warn("there is no github-token, so there is no commit status and no comment.", surroundings.log)
        return []
    if run.commit is None:
        warn("version is no commit that this run knows, so there is no commit status and no comment.", surroundings.log)
        return []
    from gate.clients.github_api import GitHub
    from gate.reporters.commit_status import CommitStatus
    from gate.reporters.pr_comment import PullRequestComment

    github = GitHub(api_url=surroundings.context.api_url, token=settings.token, repository=run.repository)
    reporters: list[Reporter] = [CommitStatus(github, commit=run.commit, url=run.url)]
    if run.pull_request is not None:
        reporters.append(PullRequestComment(github, run.pull_request))
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
