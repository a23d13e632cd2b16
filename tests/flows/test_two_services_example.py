"""The workflows of examples/two-services, played as they stand, with a store that git serves over HTTP.

What is not played: what `run:` steps do (the pact file is in the repository, a deployment is only counted), and the
provider's image. The gate starts the provider from the checkout in its place, with `provider-command`.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from gate.cli import ACTION_COMMANDS
from tests.acceptance.actions_runner.actions import load_yaml
from tests.acceptance.actions_runner.masks import Masker
from tests.flows.kept import Kept, kept_in_git
from tests.flows.repositories import Repository, repository
from tests.flows.workflows import ACTION, OURS, ROOT, WORKFLOW, Hosted, Played
from tests.git_servers import git_server, make_repository
from tests.github_api import github_api

EXAMPLE: Final = ROOT / "examples" / "two-services"
SERVICES: Final = ("web-app", "orders-api")
ADDRESS: Final = "https://github.com/acme/contracts"
TOKEN: Final = "github_pat_that-reads-and-writes-the-contracts"
SERVE: Final = ("provider-command", "python -m uvicorn orders:app --port {port}")
PACT: Final = "pacts/web-app-orders-api.json"
FIRST_DEPLOYMENT: Final = ("stage: deploy\n", "stage: deploy\n          first-deployment: true\n")
TOTAL: Final = '"total": 19.9'
CURRENCY: Final = '"total": 19.9, "currency": "EUR"'
STATUS: Final = '"total": 19.9, "status": "PAID"'


@dataclass(frozen=True, slots=True)
class Acme:
    """A company with two services, and a repository for their contracts."""

    web: Hosted
    orders: Hosted
    store: Path
    kept: Kept
    deployed: list[str] = field(default_factory=list)

    @property
    def live(self) -> dict[str, list[str]]:
        return {name: [one[:7] for one in self.kept.live(name)] for name in SERVICES}

    def log(self) -> list[str]:
        """Return what the store was told, the oldest first, without the versions."""
        told = Repository(self.store).git("log", "--reverse", "--format=%s", "contract-gate").splitlines()
        return [re.sub(r" [0-9a-f]{7}\b", "", line) for line in told]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acme]:
    """Have the services as the README says to set them up, and see at the end that no secret has got anywhere."""
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    deployed: list[str] = []
    store = make_repository(tmp_path / "github" / "contracts.git")
    with ExitStack() as stack:
        server = stack.enter_context(git_server(store, token=TOKEN))
        web, orders = (_hosted(name, tmp_path, server.url, deployed, stack) for name in SERVICES)
        kept = stack.enter_context(kept_in_git(store))
        yield Acme(web, orders, store.path, kept, deployed)
    assert [(where, text) for where, text in _written(tmp_path, web, orders) if _is_told(text)] == []
    assert list((tmp_path / "temp").iterdir()) == []


def _hosted(name: str, folder: Path, store: str, deployed: list[str], stack: ExitStack) -> Hosted:
    work_tree = shutil.copytree(EXAMPLE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    edited(work_tree / ".contract-gate.yml", ADDRESS, store)()
    return Hosted(
        repository=repository(work_tree),
        api=stack.enter_context(github_api(repository=f"acme/{name}", commits=(), tokens={})),
        secrets={"CONTRACTS_TOKEN": TOKEN},
        scripts={
            "npm ci && npm test": lambda: None,
            "docker build ": lambda: None,
            "./deploy": lambda: deployed.append(name),
        },
        instead={"provider-image": SERVE},
        folder=folder / "jobs" / name,
    )


def edited(file: Path, *changes: str) -> Callable[[], None]:
    """Have this text replaced by that one, and so on, in a file."""

    def edit() -> None:
        text = file.read_text()
        for before, after in zip(changes[::2], changes[1::2], strict=True):
            assert before in text
            text = text.replace(before, after)
        file.write_text(text)

    return edit


def _written(folder: Path, *services: Hosted) -> Iterator[tuple[str, str]]:
    """Yield all that anybody can read afterwards: logs, outputs, files, what git and GitHub keep."""
    for service in services:
        for step in service.played:
            # What the runner is told to hide it does not show.
            shown = [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
            yield step.name, "\n".join([*shown, step.summary, *step.outputs.values()])
        for status in service.api.state.statuses:
            yield "status", f"{status.description} {status.target_url}"
        for comment in service.api.state.comments.values():
            yield "comment", comment.body
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")
    for place in (folder / "github" / "contracts.git", *(one.repository.folder for one in services)):
        command = ["git", "-C", str(place), "cat-file", "--batch", "--batch-all-objects"]
        yield str(place), subprocess.run(command, check=True, capture_output=True).stdout.decode("latin-1")


def states(service: Hosted, commit: str) -> list[str]:
    """Return the states that a commit has had, the newest last."""
    every = service.api.statuses(commit)
    assert {one.context for one in every} == {f"contract-gate/{service.repository.folder.name} (production)"}
    return [one.state for one in every]


def _is_told(text: str) -> bool:
    """Say whether a token is in a text, in whatever encoding. What the runner is told to mask, it does not show."""
    shown = "\n".join(line for line in text.splitlines() if not line.startswith("::add-mask::"))
    return Masker([TOKEN]).mask(shown) != shown or "ghs_the-token" in shown


def _steps(service: str) -> list[dict[str, Any]]:
    workflow = load_yaml((EXAMPLE / service / WORKFLOW).read_text())
    every = [step for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    return [step for step in every if step["uses"].startswith(f"{OURS}@")]


@pytest.mark.parametrize("service", SERVICES)
def test_the_workflows_ask_for_nothing_that_the_action_does_not_know(service: str) -> None:
    steps = _steps(service)

    assert steps
    assert [warning for step in steps for warning in ACTION.warnings(step["with"])] == []
    assert {step["with"].get("command", "check") for step in steps} <= set(ACTION_COMMANDS)


@pytest.mark.timeout(300)
def test_the_story_of_the_two_repositories(acme: Acme) -> None:
    _first_deployments(acme)
    _a_provider_that_breaks_its_consumer(acme)
    _a_consumer_that_expects_more(acme)
    _a_consumer_that_expects_what_is_there_already(acme)

    played = [*acme.web.played, *acme.orders.played]
    undelivered = [one.log for one in played if "could not be delivered" in one.log or "No exception counts" in one.log]
    assert undelivered == []


def _first_deployments(acme: Acme) -> None:
    """The consumer's pull request tells what is expected; the provider is deployed first."""
    consumer = acme.web.on_branch("orders", lambda: None)
    opened = acme.web.pull_request(1, "orders")
    assert (opened["contracts"].codes, opened["deploy"].conclusion) == ([0, 3], "skipped")
    assert "There was no store at " in opened["contracts"].steps[0].log
    assert "no version of it is recorded as live in production" in opened["contracts"].steps[1].log
    assert states(acme.web, consumer) == ["pending", "error"]

    workflow = acme.orders.repository.folder / WORKFLOW
    head = acme.orders.on_branch("first-deployment", edited(workflow, *FIRST_DEPLOYMENT))
    verified = acme.orders.pull_request(1, "first-deployment")
    assert (verified["contracts"].codes, verified["deploy"].conclusion) == ([0], "skipped")
    assert states(acme.orders, head) == ["pending", "success"]
    assert "can be deployed" in acme.orders.api.comments(1)[0].body

    first = acme.orders.merge("first-deployment")
    assert (first["contracts"].codes, first["deploy"].codes, acme.deployed) == ([0], [0, 0], ["orders-api"])
    assert acme.web.pull_request(1, "orders")["contracts"].codes == [0, 0]
    assert states(acme.web, consumer)[2:] == ["pending", "success"]
    assert "can be deployed" in acme.web.api.comments(1)[0].body
    second = acme.web.merge("orders")
    assert (second["contracts"].codes, second["deploy"].codes) == ([0, 0], [0, 0])
    assert acme.live == {name: [_head(one)] for name, one in zip(SERVICES, (acme.web, acme.orders), strict=True)}
    assert acme.log() == [
        "web-app: contract with orders-api",
        "orders-api: honours web-app",
        "orders-api: honours web-app",
        "orders-api: deployed to production",
        "web-app: contract with orders-api",
        "web-app: deployed to production",
    ]


def _a_provider_that_breaks_its_consumer(acme: Acme) -> None:
    """A field is renamed: the pull request says so, and even where it is merged nothing is deployed."""
    before = acme.live
    orders, workflow = (acme.orders.repository.folder / name for name in ("orders.py", WORKFLOW))
    head = acme.orders.on_branch("rename", edited(orders, '"total"', '"amount"'))
    blocked = acme.orders.pull_request(2, "rename")
    assert (blocked["contracts"].codes, blocked["deploy"].conclusion) == ([1], "skipped")
    assert states(acme.orders, head) == ["pending", "failure"]
    (comment,) = acme.orders.api.comments(2)
    assert "@@ body $.total @@ the key “total” is missing" in comment.body
    assert "broken by this change" in comment.body

    merged = acme.orders.merge("rename")
    assert (merged["contracts"].codes, merged["deploy"].conclusion) == ([1], "skipped")
    assert (acme.live, acme.deployed) == (before, ["orders-api", "web-app"])

    acme.orders.on_branch("mend", edited(orders, '"amount"', '"total"'))
    acme.orders.on_branch("mend", edited(workflow, *reversed(FIRST_DEPLOYMENT)))
    mended = acme.orders.merge("mend")
    assert (mended["contracts"].codes, mended["deploy"].codes) == ([0], [0, 0])
    assert acme.live["orders-api"] == [_head(acme.orders)]
    assert acme.log()[-4:] == [
        "orders-api: breaks web-app",
        "orders-api: breaks web-app",
        "orders-api: honours web-app",
        "orders-api: deployed to production",
    ]


def _a_consumer_that_expects_more(acme: Acme) -> None:
    """Its pull request waits for a provider that honours that; from then on the provider may not take it back."""
    orders, pact = acme.orders.repository.folder / "orders.py", acme.web.repository.folder / PACT
    acme.web.on_branch("currency", edited(pact, TOTAL, CURRENCY))
    assert acme.web.pull_request(2, "currency")["contracts"].codes == [0, 3]
    acme.orders.on_branch("eur", edited(orders, TOTAL, CURRENCY))
    able = acme.orders.merge("eur")
    assert (able["contracts"].codes, able["deploy"].codes) == ([0], [0, 0])
    assert "1 more does not bind" in able["contracts"].steps[0].log
    assert acme.web.pull_request(2, "currency")["contracts"].codes == [0, 0]
    merged = acme.web.merge("currency")
    assert (merged["contracts"].codes, merged["deploy"].codes) == ([0, 0], [0, 0])

    acme.orders.on_branch("back", edited(orders, CURRENCY, TOTAL))
    assert acme.orders.pull_request(3, "back")["contracts"].codes == [1]


def _a_consumer_that_expects_what_is_there_already(acme: Acme) -> None:
    """No change of the provider's is on its way, so that somebody has it verified by hand."""
    acme.web.on_branch("status", edited(acme.web.repository.folder / PACT, TOTAL, STATUS))
    early = acme.web.pull_request(3, "status")
    assert early["contracts"].codes == [0, 3]
    assert "no result says that it honours the contract of this version" in early["contracts"].steps[1].log

    live = acme.live
    assert acme.orders.dispatch()["contracts"].codes == [0]
    assert acme.web.pull_request(3, "status")["contracts"].codes == [0, 0]
    assert acme.live == live


def _head(service: Hosted) -> str:
    return service.repository.git("rev-parse", "main")[:7]


def test_a_forks_pull_request_gets_no_secrets_and_writes_nothing(acme: Acme) -> None:
    acme.web.push()
    for service in (acme.web, acme.orders):
        service.on_branch("theirs", lambda: None)
    publishing = acme.web.pull_request(1, "theirs", head_repository="mallory/web-app")
    verifying = acme.orders.pull_request(1, "theirs", head_repository="mallory/orders-api")

    assert (publishing["contracts"].codes, verifying["contracts"].codes) == ([2], [3])
    assert "a fork's pull request publishes nothing" in _only(publishing["contracts"].steps).log
    assert "the server lets nobody in with these credentials" in _only(verifying["contracts"].steps).log
    assert acme.log() == ["web-app: contract with orders-api"]


def _only(steps: tuple[Played, ...]) -> Played:
    (step,) = steps
    return step
