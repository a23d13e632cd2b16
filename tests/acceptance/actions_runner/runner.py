"""The runner: its folders on the host, the environment that it gives to a step, and the start of the step."""

import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypedDict, Unpack

from tests.acceptance.actions_runner import events, file_commands
from tests.acceptance.actions_runner.actions import Action, UnsupportedError, lowered
from tests.acceptance.actions_runner.daemon import JobNetwork, docker_path, job_network, remove_containers, sanitised
from tests.acceptance.actions_runner.events import Event, Run
from tests.acceptance.actions_runner.expressions import Contexts
from tests.acceptance.actions_runner.log import StepLog
from tests.acceptance.actions_runner.masks import Masker
from tests.acceptance.actions_runner.paths import PathMap
from tests.acceptance.actions_runner.processes import (
    PATIENCE,
    TRACKING,
    Guard,
    Invocation,
    kill_tracked,
    split_arguments,
)
from tests.acceptance.actions_runner.steps import Job, Step, StepResult

_NOT_A_RUNNERS: Final = (
    *("GITHUB_", "INPUT_", "RUNNER_", "ACTIONS_", "STATE_", "CI"),
    *("GATE_", "CONTRACT_GATE_", "PYTEST_", "COVERAGE_", "COV_"),
)
"""Variables of whoever runs the tests that a runner's process would not have."""

_TOKEN: Final = "ghs_token-of-the-test-runner"

_SERVICES: Final = {
    "ACTIONS_RUNTIME_URL": "https://pipelines.actions.invalid/",
    "ACTIONS_RUNTIME_TOKEN": "runtime-token-of-the-test-runner",
    "ACTIONS_CACHE_URL": "https://cache.actions.invalid/",
    "ACTIONS_RESULTS_URL": "https://results.actions.invalid/",
}


class StepOptions(TypedDict, total=False):
    """What a step that runs an action can have besides its inputs."""

    env: Mapping[str, str] | None
    """The step's own, over the job's."""
    identifier: str
    """The step's `id:`, under which later steps find its outputs."""
    name: str
    network: JobNetwork | None
    contexts: Contexts | None
    """What expressions can name besides `github`, `secrets`, `env` and `steps`."""


class Runner:
    """A machine that runs the steps of one job at a time. Leaving its block removes all that it started."""

    def __init__(
        self,
        root: Path,
        *,
        event: Event | None = None,
        run: Run | None = None,
        secrets: Mapping[str, str] | None = None,
        token: str = _TOKEN,
        socket: bool = True,
        debug: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        """Lay out the folders below `root`.

        Without `socket` the runner has no Docker socket to hand on. `patience` is how many seconds a step waits, after
        its process, for the end of its output.
        """
        self.event = event or Event()
        self.run_info = run or Run()
        self.secrets = dict(secrets or {})
        self.token = token
        self._socket = socket
        self._debug = debug
        self._patience = patience
        self._label = uuid.uuid4().hex[:6]
        self._invocations: list[Invocation] = []
        self._guard: Guard | None = None
        self._docker_used = False
        name = self.run_info.repository.rpartition("/")[2]
        self.temp = root.resolve() / "_work" / "_temp"
        self.home = self.temp / "_github_home"
        self.pipeline = root.resolve() / "_work" / name
        self.workspace = self.pipeline / name
        self._workflow = self.temp / "_github_workflow"
        self._commands = self.temp / "_runner_file_commands"
        for folder in (self.home, self._workflow, self._commands, self.workspace):
            folder.mkdir(parents=True, exist_ok=True)
        self.job = self.new_job("gate")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end_job()
        finally:
            if self._guard is not None:
                self._guard.close()
            if self._docker_used:
                remove_containers(f"label={self._label}")

    def new_job(self, name: str) -> Job:
        """Begin another job: masks, GITHUB_ENV, GITHUB_PATH and outputs of the former are forgotten."""
        if self._invocations:
            self.end_job()
        masked = [*self.secrets.values(), self.token, _SERVICES["ACTIONS_RUNTIME_TOKEN"]]
        self.job = Job(name=name, masker=Masker(masked), tracking=f"github_{uuid.uuid4()}")
        return self.job

    def network(self) -> AbstractContextManager[JobNetwork]:
        """Create the network of a job that has services."""
        self._docker_used = True
        return job_network(self._label)

    def run(
        self, action: Action, inputs: Mapping[str, str] | None = None, **options: Unpack[StepOptions]
    ) -> StepResult:
        """Run a step to its end: the options are those of `start`."""
        with self.start(action, inputs, **options) as step:
            return step.wait()

    def start(
        self,
        action: Action,
        inputs: Mapping[str, str] | None = None,
        **options: Unpack[StepOptions],
    ) -> Step:
        """Start a container action's step. `inputs` are its `with:`."""
        env, network, identifier = options.get("env"), options.get("network"), options.get("identifier", "")
        files = self._files()
        repository, _, reference = action.uses.partition("@")
        github = self.github(files) | {
            "action": identifier or f"__{repository.replace('/', '_')}",
            "action_repository": repository,
            "action_ref": reference,
        }
        known = self.contexts(github, env, options.get("contexts"))
        given = inputs or {}
        effective = action.effective_inputs(given, known)
        log = StepLog(masker=self.job.masker, workspace=self.workspace, paths=PathMap(self._pairs()), debug=self._debug)
        for warning in action.warnings(given):
            log.issue("warning", warning)
        variables = self._variables(known.values["env"], effective, action, github)
        container = f"{sanitised(action.image)}_{uuid.uuid4().hex[:6]}"
        line = " ".join(
            [
                f"run --name {container}",
                *self._options(variables, action.entrypoint or lowered(effective).get("entrypoint", ""), network),
                action.image,
                action.arguments(effective),
            ]
        )
        self._docker_used = True
        return self._step(
            [docker_path(), *split_arguments(line)],
            variables,
            log=log,
            files=files,
            command_line=f"{docker_path()} {line}",
            identifier=identifier,
            name=options.get("name") or f"Run {action.uses}",
            container=container,
            folder=self.workspace,
        )

    def start_script(
        self,
        script: str,
        *,
        env: Mapping[str, str] | None = None,
        shell: str = "",
        folder: str = "",
        identifier: str = "",
        name: str = "",
        contexts: Contexts | None = None,
    ) -> Step:
        """Start a `run:` step on the host. What it leaves in the background lives until `end_job`."""
        files = self._files()
        github = self.github(files) | {"action": identifier or "__run"}
        known = self.contexts(github, env, contexts)
        file = self.temp / f"{uuid.uuid4()}.sh"
        file.write_text(known.evaluate(script))
        command = [*_shell(shell), str(file)]
        variables = {**known.values["env"], **dict(events.environment(github, self._runner_context()))}
        if self.job.path:
            variables["PATH"] = os.pathsep.join([*self.job.path, variables.get("PATH", os.environ["PATH"])])
        return self._step(
            command,
            variables,
            log=StepLog(masker=self.job.masker, workspace=self.workspace, debug=self._debug),
            files=files,
            command_line=" ".join(command),
            identifier=identifier,
            name=name or f"Run {script.strip().splitlines()[0]}",
            folder=self.workspace / known.evaluate(folder),
        )

    def end_job(self) -> list[int]:
        """Kill what the job's steps left running, and return the numbers of those processes."""
        invocations, self._invocations = self._invocations, []
        killed = kill_tracked(self.job.tracking, {invocation.process.pid for invocation in invocations})
        for invocation in invocations:
            invocation.close()
        return killed

    def contexts(
        self, github: Mapping[str, Any], env: Mapping[str, str] | None = None, more: Contexts | None = None
    ) -> Contexts:
        """Return what expressions of a step can name."""
        known = Contexts(
            {
                "github": github,
                "secrets": {"GITHUB_TOKEN": self.token, **self.secrets},
                "runner": self._runner_context(),
                "steps": self.job.steps,
                "env": self.job.env,
                **(more.values if more else {}),
            }
        )
        own = {name: known.evaluate(value) for name, value in (env or {}).items()}
        if forbidden := {"ACTIONS_ALLOW_UNSECURE_COMMANDS", "ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS"} & set(own):
            raise UnsupportedError(f"{forbidden} is not played here")
        return known.extended(env={**self.job.env, **own})

    def github(self, files: Mapping[str, Path] | None = None) -> dict[str, Any]:
        """Return the `github` context, paths as on the host."""
        return {
            **self.run_info.github(self.event.sha, self.event.ref),
            **self.event.github(),
            "token": self.token,
            "job": self.job.name,
            "workspace": str(self.workspace),
            "event_path": str(self._workflow / "event.json"),
            **{name: str(file) for name, file in (files or {}).items()},
        }

    def _files(self) -> Mapping[str, Path]:
        self._workflow.joinpath("event.json").write_text(json.dumps(dict(self.event.payload)))
        return file_commands.create(self._commands)

    def _options(self, variables: Mapping[str, str], entrypoint: str, network: JobNetwork | None) -> Iterator[str]:
        yield f"--label {self._label} --workdir /github/workspace --rm"
        # Names alone: the values are in the environment of the Docker CLI.
        yield from (f'-e "{name}"' for name in variables)
        yield "-e GITHUB_ACTIONS=true"
        if "CI" not in variables:
            yield "-e CI=true"
        if entrypoint:
            yield f'--entrypoint "{entrypoint}"'
        if network is not None:
            yield f"--network {network.name}"
        yield from (f'-v "{source}":"{target}"' for source, target in self._mounts())

    def _variables(
        self, env: Mapping[str, str], inputs: Mapping[str, str], action: Action, github: Mapping[str, Any]
    ) -> dict[str, str]:
        variables = dict(env)
        variables |= {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in inputs.items()}
        for name, value in action.variables(inputs):
            variables.setdefault(name, value)
        variables["HOME"] = str(self.home)
        variables |= events.environment(github, self._runner_context())
        variables |= _SERVICES
        paths = PathMap(self._pairs())
        return {name: paths.to_container(value) for name, value in variables.items()}

    def _runner_context(self) -> dict[str, str]:
        return events.runner_context(self.temp, self.pipeline, debug=self._debug)

    def _pairs(self) -> tuple[tuple[str, str], ...]:
        return (
            (str(self.workspace), "/github/workspace"),
            (str(self._commands), "/github/file_commands"),
            (str(self._workflow), "/github/workflow"),
            (str(self.home), "/github/home"),
            (str(self.temp), "/github/runner_temp"),
        )

    def _mounts(self) -> Iterator[tuple[str, str]]:
        if self._socket:
            yield "/var/run/docker.sock", "/var/run/docker.sock"
        yield from reversed(self._pairs())

    def _step(
        self, command: list[str], variables: Mapping[str, str], *, folder: Path, log: StepLog, **about: Any
    ) -> Step:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_A_RUNNERS)}
        environment = {"CI": "true", **inherited, **variables, "GITHUB_ACTIONS": "true", TRACKING: self.job.tracking}

        self._guard = self._guard or Guard()
        self._guard.watch(self.job.tracking)

        def start(on_end: Callable[[], None]) -> Invocation:
            invocation = Invocation(
                command,
                environment=environment,
                folder=folder,
                on_line=log.feed,
                on_end=on_end,
                patience=self._patience,
            )
            self._invocations.append(invocation)
            return invocation

        return Step(job=self.job, start=start, log=log, **about)


def _shell(name: str) -> list[str]:
    match name:
        case "":
            return ["bash", "-e"]
        case "bash":
            return ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
        case _:
            raise UnsupportedError(f"the shell '{name}' is not played here")
