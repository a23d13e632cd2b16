"""Workflow files, played with no containers: a step that uses the action is the command, given what a runner gives it.

Each job has a checkout of its own, and a token that may do what its `permissions` say.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.acceptance.actions_runner import Action, Event, Run, events
from tests.acceptance.actions_runner.actions import load_yaml
from tests.acceptance.actions_runner.expressions import Conclusion, Contexts
from tests.acceptance.actions_runner.file_commands import pairs
from tests.flows.repositories import Repository
from tests.flows.workspaces import Workspace
from tests.github_api import GithubApi, Identity

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = "contract-gate/contract-gate"
WORKFLOW: Final = ".github/workflows/contracts.yml"
ACTION: Final = Action.read(ROOT / "action.yml", image="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A step that used the action."""

    name: str
    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that has ended, or was skipped."""

    conclusion: Conclusion
    steps: tuple[Played, ...] = ()
    run_id: int = 0
    """Of its workflow's run."""

    @property
    def codes(self) -> list[int]:
        return [one.code for one in self.steps]


@dataclass(slots=True, kw_only=True)
class Hosted:
    """A repository at GitHub's, whose workflow runs."""

    repository: Repository
    """As it is there: on a disk of this machine, with the branch main checked out."""
    api: GithubApi
    secrets: Mapping[str, str]
    scripts: Mapping[str, Callable[[], object]]
    """What stands for `run:` steps, by how they begin."""
    instead: Mapping[str, tuple[str, str]]
    """Inputs that cannot be played, and another with its value for each."""
    folder: Path
    """For jobs."""
    played: list[Played] = field(default_factory=list)
    """All steps that ran, the newest last."""
    jobs: int = 0
    artifacts: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """What jobs left, by the id of the run and the artifact's name: files by their paths."""

    def __post_init__(self) -> None:
        self._know_main()

    def on_branch(self, branch: str, change: Callable[[], object]) -> str:
        """Commit a change on a new branch, or on one that is there."""
        known = self.repository.git("branch", "--list", branch)
        self.repository.git("checkout", "--quiet", *([] if known else ["-b"]), branch)
        change()
        commit = self.repository.commit()
        self.repository.git("checkout", "--quiet", "main")
        return commit

    def pull_request(self, number: int, branch: str, *, head_repository: str = "") -> dict[str, Job]:
        """Run on a branch's pull request, as it is now."""
        git, known = self.repository.git, head_repository or self.api.repository
        head = git("rev-parse", branch)
        merge = git("commit-tree", f"{head}^{{tree}}", "-p", "main", "-p", head, "-m", "merge")
        git("update-ref", f"refs/pull/{number}/merge", merge)
        self.api.add_pull(number, head_sha=head, head_ref=branch, head_repository=known)
        pull = {"number": number, "head": {"sha": head, "ref": branch, "repo": {"full_name": known}}}
        event = Event(
            name="pull_request",
            payload={"action": "synchronize", "number": number, "pull_request": pull},
            sha=merge,
            ref=f"refs/pull/{number}/merge",
            head_ref=branch,
            base_ref="main",
        )
        return self._run(event, head, fork=bool(head_repository))

    def completed(self, workflow: str, number: int, first: Job) -> dict[str, Job]:
        """Run a workflow because a job about a pull request has ended: on what main is, with all rights."""
        pull = self.api.pulls[number]
        run = {
            "id": first.run_id,
            "run_attempt": 1,
            "event": "pull_request",
            "actor": {"login": "ada", "type": "User"},
            "conclusion": first.conclusion,
            "head_sha": pull.head_sha,
            "head_branch": pull.head_ref,
            "head_repository": {"full_name": pull.head_repository},
            "pull_requests": [],
        }
        head = self._know_main()
        event = Event(name="workflow_run", payload={"action": "completed", "workflow_run": run}, sha=head)
        return self._run(event, head, workflow=workflow)

    def merge(self, branch: str) -> dict[str, Job]:
        """Squash a pull request into main, and run on that."""
        self.repository.git("merge", "--quiet", "--squash", branch)
        self.repository.commit()
        return self.push()

    def push(self) -> dict[str, Job]:
        """Run on what main is."""
        head = self._know_main()
        return self._run(Event(sha=head, payload={"ref": "refs/heads/main"}), head)

    def dispatch(self) -> dict[str, Job]:
        """Run by hand on what main is."""
        head = self._know_main()
        return self._run(Event(name="workflow_dispatch", sha=head, payload={"ref": "refs/heads/main"}), head)

    def _know_main(self) -> str:
        head = self.repository.git("rev-parse", "main")
        self.api.state.commits.add(head)
        for name in (".contract-gate.yml", WORKFLOW):
            self.api.put_file(name, (self.repository.folder / name).read_bytes())
        return head

    def _run(self, event: Event, source: str, *, fork: bool = False, workflow: str = WORKFLOW) -> dict[str, Job]:
        content = load_yaml(self.repository.git("show", f"{source}:{workflow}"))
        ended: dict[str, Job] = {}
        for name, job in content["jobs"].items():
            running = _Running(hosted=self, event=event, name=name, fork=fork, number=self.jobs)
            self.jobs += 1
            needed = [ended[job["needs"]].conclusion] if "needs" in job else []
            if running.contexts.holds(job.get("if", ""), status=needed[0] if needed else "success"):
                ended[name] = running.run(job)
                self.played += ended[name].steps
            else:
                ended[name] = Job(conclusion="skipped")
        return ended


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A job while it runs."""

    hosted: Hosted
    event: Event
    name: str
    fork: bool
    """Whether it is about a fork's pull request: it gets no secrets then, and its token may only read."""
    number: int

    @property
    def folder(self) -> Path:
        return self.hosted.folder / f"{self.number}-{self.name}"

    @property
    def token(self) -> str:
        return f"ghs_the-token-of-job-{self.number}"

    @property
    def github(self) -> dict[str, Any]:
        api = self.hosted.api
        run = Run(repository=api.repository, api_url=api.url, run_id=str(self.number + 1))
        return {
            **run.github(self.event.sha, self.event.ref),
            **self.event.github(),
            "token": self.token,
            "job": self.name,
            "workspace": str(self.folder / "workspace"),
            "event_path": str(self.folder / "event.json"),
            "output": str(self.folder / "output"),
            "step_summary": str(self.folder / "summary"),
        }

    @property
    def contexts(self) -> Contexts:
        secrets = {} if self.fork else self.hosted.secrets
        return Contexts({"github": self.github, "secrets": secrets, "runner": self._runner})

    @property
    def _runner(self) -> dict[str, str]:
        return events.runner_context(self.folder / "temp", self.folder, debug=False)

    def run(self, job: Mapping[str, Any]) -> Job:
        """Play the steps, until one of them fails."""
        granted = {name.replace("-", "_"): "read" if self.fork else level for name, level in job["permissions"].items()}
        self.hosted.api.add_token(self.token, Identity(permissions=granted))
        self.folder.mkdir(parents=True)
        (self.folder / "event.json").write_text(json.dumps(self.event.payload))
        played: list[Played] = []
        conclusion: Conclusion = "success"
        for step in job["steps"]:
            if self.contexts.holds(step.get("if", ""), status=conclusion):
                own = self._step(step)
                played += own
                conclusion = "failure" if any(one.code for one in own) else conclusion
        return Job(conclusion=conclusion, steps=tuple(played), run_id=self.number + 1)

    def _step(self, step: Mapping[str, Any]) -> list[Played]:
        """Take a step; return what became of one that uses the action."""
        if "run" in step:
            (script,) = (one for start, one in self.hosted.scripts.items() if step["run"].startswith(start))
            script()
            return []
        given = {name: self.contexts.evaluate(str(value)) for name, value in step["with"].items()}
        match step["uses"].partition("@")[0]:
            case "actions/checkout":
                self._check_out(given.get("ref", ""))
            case "actions/upload-artifact":
                file = self.folder / "workspace" / given["path"]
                self.hosted.artifacts[str(self.number + 1), given["name"]] = {file.name: file.read_bytes()}
            case "actions/download-artifact":
                # One that is not there fails the step, which the workflow has to expect.
                there = self.hosted.artifacts.get((given["run-id"], given["name"]), {})
                assert there or step.get("continue-on-error") == "true"
                for name, content in there.items():
                    file = self.folder / "workspace" / given["path"] / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
            case _:
                return [self._play(step)]
        return []

    def _check_out(self, commit: str) -> None:
        """Do what actions/checkout does of a depth of 1: a commit that is asked for is on no branch."""
        here = Repository(self.folder / "workspace")
        here.folder.mkdir()
        here.git("init", "--quiet", "--initial-branch", "main", ".")
        here.git("remote", "add", "origin", self.hosted.repository.folder.as_uri())
        here.git("fetch", "--quiet", "--depth=1", "origin", commit or self.event.sha)
        own = ["--detach"] if commit or self.event.ref != "refs/heads/main" else ["-B", "main"]
        here.git("checkout", "--quiet", "--force", *own, "FETCH_HEAD")

    def _play(self, step: Mapping[str, Any]) -> Played:
        assert step["uses"].partition("@")[0] == OURS
        given = dict(step["with"])
        for name in self.hosted.instead.keys() & given.keys():
            del given[name]
            given |= dict([self.hosted.instead[name]])
        assert list(ACTION.warnings(given)) == []
        inputs = ACTION.effective_inputs(given, self.contexts)
        for name in ("output", "summary"):
            (self.folder / name).write_text("")
        ended = Workspace(self.folder / "workspace").run(
            inputs["command"],
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            **dict(events.environment(self.github, self._runner)),
            GITHUB_ACTIONS="true",
            CI="true",
        )
        return Played(
            name=step["name"],
            code=ended.code,
            log=ended.out + ended.err,
            outputs=dict(pairs((self.folder / "output").read_text())),
            summary=(self.folder / "summary").read_text(),
        )
