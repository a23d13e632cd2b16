"""The pair of workflows of examples/forks, played as they stand: one run may not tell anybody, the other does.

What is not played: what `run:` steps do. The provider is a server of the test's.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from gate.cli import ACTION_COMMANDS
from tests.acceptance.actions_runner.actions import load_yaml
from tests.builders import http, pact
from tests.flows.repositories import repository
from tests.flows.workflows import ACTION, OURS, ROOT, WORKFLOW, Hosted, Job
from tests.github_api import github_api
from tests.servers import Reply, serving

EXAMPLE: Final = ROOT / "examples" / "forks"
REPORTING: Final = ".github/workflows/contracts-report.yml"
FORK: Final = "mallory/orders-api"
CONTEXT: Final = "contract-gate/orders-api (production)"
GOOD, BROKEN = {"id": 42}, {"ident": 42}


@dataclass(slots=True)
class Pair:
    """A repository with both workflows, and what its provider answers."""

    hosted: Hosted
    answer: list[Any] = field(default_factory=lambda: [GOOD])

    def opened(self, *, repository: str = FORK, broken: bool = False) -> Job:
        """Run the first workflow, on a pull request."""
        self.answer[0] = BROKEN if broken else GOOD
        return self.hosted.pull_request(7, "theirs", head_repository=repository)["gate"]

    def ended(self, first: Job) -> Job:
        """Run the second one."""
        return self.hosted.completed(REPORTING, 7, first)["report"]

    def change(self, change: Callable[[Any], object]) -> None:
        """Do to the report what whoever opens a pull request can have its workflow do."""
        for files in self.hosted.artifacts.values():
            report = json.loads(files["contract-gate-report.json"])
            change(report)
            files["contract-gate-report.json"] = json.dumps(report).encode()

    @property
    def head(self) -> str:
        return self.hosted.repository.git("rev-parse", "theirs")

    def states(self) -> list[tuple[str, str]]:
        return [(one.context, one.state) for one in self.hosted.api.state.statuses]

    def comments(self) -> list[str]:
        return [one.body for one in self.hosted.api.comments(7)]


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    work_tree = shutil.copytree(EXAMPLE, tmp_path / "orders-api")
    (work_tree / "pacts").mkdir()
    (work_tree / "pacts/web.json").write_text(json.dumps(pact(http(), consumer="web-app")))
    answer: list[Any] = [GOOD]
    with (
        github_api(commits=(), tokens={}) as api,
        serving(lambda _: Reply(body=answer[0])) as provider,
    ):
        hosted = Hosted(
            repository=repository(work_tree),
            api=api,
            secrets={},
            scripts={"./start ": lambda: None},
            instead={"provider-url": ("provider-url", provider.url)},
            folder=tmp_path / "jobs",
        )
        hosted.on_branch("theirs", lambda: None)
        yield Pair(hosted, answer)


@pytest.mark.parametrize("workflow", [WORKFLOW, REPORTING])
def test_the_workflows_ask_for_nothing_that_the_action_does_not_know(workflow: str) -> None:
    every = [step for job in load_yaml((EXAMPLE / workflow).read_text())["jobs"].values() for step in job["steps"]]
    steps = [step for step in every if step.get("uses", "").startswith(f"{OURS}@")]

    assert len(steps) == 1
    assert [warning for step in steps for warning in ACTION.warnings(step["with"])] == []
    assert {step["with"].get("command", "check") for step in steps} <= set(ACTION_COMMANDS)


@pytest.mark.parametrize(("broken", "code", "state"), [(False, 0, "success"), (True, 1, "failure")])
def test_a_forks_pull_request_is_decided_by_one_run_and_told_by_the_other(
    pair: Pair, *, broken: bool, code: int, state: str
) -> None:
    first = pair.opened(broken=broken)
    assert (first.codes, first.conclusion, pair.states(), pair.comments()) == ([code], state, [], [])
    assert first.steps[0].log.count("GitHub lets this run only read") == 1
    assert "could not be delivered" not in first.steps[0].log
    assert first.steps[0].summary != ""

    second = pair.ended(first)
    assert (second.codes, second.conclusion) == ([0], "success")
    assert pair.states() == [(CONTEXT, state)]
    assert pair.hosted.api.state.statuses[0].sha == pair.head
    (comment,) = pair.comments()
    assert ("blocked" if broken else "can be deployed") in comment
    assert "@acme/web-team" not in comment, "a stranger's report tells nobody by name"
    assert ("acme/web" in comment) is broken
    assert second.steps[0].outputs["deployable"] == "false"


def test_the_comment_is_kept_up_to_date(pair: Pair) -> None:
    pair.ended(pair.opened(broken=True))
    pair.ended(pair.opened())

    (comment,) = pair.comments()
    assert "can be deployed" in comment
    assert [state for _, state in pair.states()] == ["failure", "success"]


@pytest.mark.parametrize(("broken", "state"), [(False, "success"), (True, "failure")])
def test_a_pull_request_of_our_own_tells_by_itself_and_is_told_no_less(pair: Pair, *, broken: bool, state: str) -> None:
    first = pair.opened(repository="", broken=broken)
    (before,) = pair.comments()
    second = pair.ended(first)

    assert (first.codes, second.codes) == ([int(broken)], [0])
    assert ("gate verify" in before) is broken
    assert pair.comments() == [before]
    assert [one for _, one in pair.states()] == ["pending", state]


def test_a_run_that_left_nothing_is_told_of_as_unknown(pair: Pair) -> None:
    first = pair.opened()
    pair.hosted.artifacts.clear()
    second = pair.ended(first)

    assert (second.codes, second.conclusion) == ([2], "failure")
    assert pair.states() == [(CONTEXT, "error")]
    (comment,) = pair.comments()
    assert "unknown, so not deployable" in comment


def test_a_report_that_was_forged_to_allow_is_no_success(pair: Pair) -> None:
    first = pair.opened(broken=True)
    pair.change(lambda report: report["verdict"].update(decision="allow", reasons=["all is fine"]))
    second = pair.ended(first)

    assert (second.codes, second.conclusion) == ([2], "failure")
    assert pair.states() == [(CONTEXT, "error")]


def test_a_report_that_is_forged_throughout_is_no_success_while_its_run_has_failed(pair: Pair) -> None:
    """It says what another run found, which is all right in itself."""
    pair.opened()
    good = next(iter(pair.hosted.artifacts.values()))["contract-gate-report.json"]
    first = pair.opened(broken=True)
    for files in pair.hosted.artifacts.values():
        files["contract-gate-report.json"] = good
    pair.change(lambda report: report["run"].update(id=str(first.run_id)))
    second = pair.ended(first)

    assert second.codes == [0]
    assert pair.states() == [(CONTEXT, "error")]
    assert "ended as failure" in str(pair.hosted.api.state.statuses[0].description)
