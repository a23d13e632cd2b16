"""Runs container actions as the GitHub Actions runner does: same command line, environment, files, log and ends.

    with Runner(tmp_path, event=Event(name="push"), secrets={"TOKEN": "hidden"}) as runner:
        action = Action.read(Path("action.yml"), image="contract-gate:test")
        with runner.start(action, {"service": "orders-api", "broker-token": "${{ secrets.TOKEN }}"}) as step:
            step.wait_for("Waiting for the provider")
            step.cancel()
            result = step.wait()

Written after the runner's own source, version 2.336: each module names its counterpart.
"""

from tests.acceptance.actions_runner.actions import Action, UnsupportedError
from tests.acceptance.actions_runner.daemon import DockerError, JobNetwork, Service, bridge_gateway, docker, job_network
from tests.acceptance.actions_runner.events import Event, Run
from tests.acceptance.actions_runner.expressions import UnknownExpressionError
from tests.acceptance.actions_runner.jobs import JobResult, run_job, run_workflow
from tests.acceptance.actions_runner.log import Annotation
from tests.acceptance.actions_runner.runner import Runner
from tests.acceptance.actions_runner.steps import Step, StepResult

__all__ = [
    "Action",
    "Annotation",
    "DockerError",
    "Event",
    "JobNetwork",
    "JobResult",
    "Run",
    "Runner",
    "Service",
    "Step",
    "StepResult",
    "UnknownExpressionError",
    "UnsupportedError",
    "bridge_gateway",
    "docker",
    "job_network",
    "run_job",
    "run_workflow",
]
