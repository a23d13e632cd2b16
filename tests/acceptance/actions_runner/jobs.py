"""Jobs of a workflow file: their steps in order, on one runner and in one workspace. What is not known is refused."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.acceptance.actions_runner.actions import Action, UnsupportedError, load_yaml
from tests.acceptance.actions_runner.daemon import JobNetwork
from tests.acceptance.actions_runner.expressions import Conclusion, Contexts
from tests.acceptance.actions_runner.processes import split_arguments
from tests.acceptance.actions_runner.runner import Runner
from tests.acceptance.actions_runner.steps import StepResult

_WORKFLOW_KEYS: Final = {"name", "on", "permissions", "concurrency", "env", "jobs"}
_JOB_KEYS: Final = {
    *("name", "runs-on", "permissions", "environment", "concurrency", "timeout-minutes"),
    *("needs", "if", "env", "services", "outputs", "steps"),
}
_STEP_KEYS: Final = {
    *("id", "name", "if", "env", "uses", "with", "run", "shell", "working-directory"),
    *("timeout-minutes", "continue-on-error"),
}
_SERVICE_KEYS: Final = {"image", "env", "ports", "command", "entrypoint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """A job that has ended, or was skipped."""

    conclusion: Conclusion
    steps: tuple[StepResult, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Without those that are empty and those that hold a masked value: the runner drops them."""

    def step(self, name: str) -> StepResult:
        """Return the step of that id or name."""
        return next(step for step in self.steps if name in {step.id, step.name})

    @property
    def log(self) -> str:
        return "\n".join(step.log for step in self.steps)


def run_workflow(text: str, runner: Runner, actions: Mapping[str, Action]) -> dict[str, JobResult]:
    """Run the jobs of a workflow, each after those that it needs."""
    results: dict[str, JobResult] = {}
    waiting = list(_workflow(text)["jobs"])
    while waiting:
        ready = [name for name in waiting if set(_needs(text, name)) <= set(results)]
        if not ready:
            raise UnsupportedError(f"the jobs {waiting} need each other, or a job that there is not")
        for name in ready:
            results[name] = run_job(text, runner, actions, job=name, needs=results)
            waiting.remove(name)
    return results


def run_job(
    text: str,
    runner: Runner,
    actions: Mapping[str, Action],
    *,
    job: str = "gate",
    needs: Mapping[str, JobResult] | None = None,
) -> JobResult:
    """Run one job. `actions` stand for what steps name in `uses:`, by that name without its `@reference`.

    The caller has prepared the workspace: `actions/checkout` does nothing. `needs` are the results of earlier jobs.
    """
    workflow = _workflow(text)
    content = _checked(workflow["jobs"][job], _JOB_KEYS, f"job '{job}'")
    needed = {name: (needs or {})[name] for name in _needs(text, job)}
    state = runner.new_job(job)
    before = {name: {"result": result.conclusion, "outputs": result.outputs} for name, result in needed.items()}
    more = Contexts({"needs": before})
    known = runner.contexts(runner.github(), more=more)
    if not known.holds(content.get("if", ""), status=_merged(result.conclusion for result in needed.values())):
        return JobResult(conclusion="skipped")
    for env in (workflow.get("env") or {}, content.get("env") or {}):
        state.env |= {name: known.evaluate(value) for name, value in env.items()}
    with ExitStack() as stack:
        stack.callback(runner.end_job)
        network = _services(content.get("services") or {}, known, runner, stack)
        results: list[StepResult] = []
        for step in content["steps"]:
            result = _step(step, runner, actions, network=network, more=more, status=_status(results))
            results.append(_continued(result) if step.get("continue-on-error") == "true" else result)
    known = runner.contexts(runner.github(), more=more)
    outputs = {name: known.evaluate(value) for name, value in (content.get("outputs") or {}).items()}
    return JobResult(
        conclusion=_status(results),
        steps=tuple(results),
        outputs={name: value for name, value in outputs.items() if value and state.masker.mask(value) == value},
    )


def _workflow(text: str) -> Any:
    return _checked(load_yaml(text), _WORKFLOW_KEYS, "the workflow")


def _needs(text: str, job: str) -> list[str]:
    needs = _workflow(text)["jobs"][job].get("needs") or []
    return [needs] if isinstance(needs, str) else list(needs)


def _status(results: Iterable[StepResult]) -> Conclusion:
    return _merged(result.conclusion for result in results if result.conclusion != "skipped")


def _merged(conclusions: Iterable[Conclusion]) -> Conclusion:
    """Return the worst. For jobs a skipped one is no success: what needs it is skipped as well."""
    found = set(conclusions)
    worst: tuple[Conclusion, ...] = ("cancelled", "failure", "skipped")
    return next((conclusion for conclusion in worst if conclusion in found), "success")


def _services(services: Mapping[str, Any], known: Contexts, runner: Runner, stack: ExitStack) -> JobNetwork | None:
    if not services:
        return None
    network = stack.enter_context(runner.network())
    for alias, service in services.items():
        _checked(service, _SERVICE_KEYS, f"service '{alias}'")
        network.start(
            alias,
            known.evaluate(service["image"]),
            command=split_arguments(known.evaluate(service.get("command", ""))),
            entrypoint=known.evaluate(service.get("entrypoint", "")),
            environment={name: known.evaluate(value) for name, value in (service.get("env") or {}).items()},
            ports=[known.evaluate(port) for port in service.get("ports") or []],
        )
    return network


def _step(
    content: Mapping[str, Any],
    runner: Runner,
    actions: Mapping[str, Action],
    *,
    network: JobNetwork | None,
    more: Contexts,
    status: Conclusion,
) -> StepResult:
    _checked(content, _STEP_KEYS, f"step {content}")
    named = {"identifier": content.get("id", ""), "name": content.get("name", "")}
    known = runner.contexts(runner.github(), content.get("env"), more)
    if not known.holds(content.get("if", ""), status=status):
        return _unstarted(content, runner, "skipped")
    if "run" in content:
        with runner.start_script(
            content["run"],
            env=content.get("env"),
            shell=content.get("shell", ""),
            folder=content.get("working-directory", ""),
            contexts=more,
            **named,
        ) as step:
            return step.wait()
    name = content["uses"].partition("@")[0]
    if name == "actions/checkout":
        return _unstarted(content, runner, "success")
    if name not in actions:
        raise UnsupportedError(f"no action is given for 'uses: {content['uses']}', only for {sorted(actions)}")
    action = replace(actions[name], uses=content["uses"])
    inputs = content.get("with") or {}
    return runner.run(action, inputs, env=content.get("env"), network=network, contexts=more, **named)


def _continued(result: StepResult) -> StepResult:
    """Let a failure of a step that may fail be none for the job."""
    return replace(result, conclusion="success") if result.conclusion == "failure" else result


def _unstarted(content: Mapping[str, Any], runner: Runner, conclusion: Conclusion) -> StepResult:
    result = StepResult(id=content.get("id", ""), name=content.get("name", ""), conclusion=conclusion)
    runner.job.finished(result)
    return result


def _checked(content: Any, known: set[str], what: str) -> Any:
    if unknown := set(content) - known:
        raise UnsupportedError(f"{what}: {', '.join(sorted(unknown))} is not played here")
    return content
