"""A repository with several services: each is decided by itself, and the run by the worst of them."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.broker_runs import contract, expecting, orders, told, verified
from tests.flows.repositories import Repository, on, repository
from tests.flows.runner_jobs import Job
from tests.flows.workspaces import Ended, Workspace
from tests.github_api import HEAD
from tests.pact_broker import PactBroker
from tests.servers import Asked, Reply, Server, serving

FILE = ".contract-gate.yml"
REPORT = "contract-gate-report.json"
NAMES = {"orders": "orders-api", "web": "web-api"}


@dataclass(slots=True)
class Monorepo:
    """A job in a repository whose services are services/orders and services/web."""

    job: Job
    services: dict[str, Server] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.job.workspace.folder

    def declare(self, **more: Any) -> None:
        """Write the gate file."""
        services = {
            NAMES[name]: {"path": f"services/{name}", "provider-url": server.url, **_if_files(more)}
            for name, server in self.services.items()
        }
        content = {"environment": "production", **more, "services": services}
        self.job.workspace.write(FILE, yaml.safe_dump(content).encode())

    def contracts(self, orders_path: str = "/orders", web_path: str = "/web") -> None:
        for folder, path in (("orders", orders_path), ("web", web_path)):
            written = contract("mobile-app", expecting(path), provider=NAMES[folder])
            self.job.workspace.write(f"services/{folder}/pacts/mobile.json", written)

    def run(self, command: str = "check", service: str = "", **inputs: str) -> Ended:
        nothing = {"contracts": "", "environment": ""}
        return self.job.run("", command, service=service, **(nothing | inputs))

    def reports(self) -> dict[str, Any]:
        found = {path.parent.name: json.loads(path.read_text()) for path in self.folder.rglob(REPORT)}
        return {folder: one["verdict"]["decision"] for folder, one in found.items()}

    def states(self, commit: str = HEAD) -> dict[str, str]:
        """Return the last state of each status."""
        return dict(self.job.states(commit))


def _if_files(more: dict[str, Any]) -> dict[str, str]:
    return {} if "broker-url" in more else {"contracts": "pacts"}


@pytest.fixture
def monorepo(job: Job) -> Iterator[Monorepo]:
    with ExitStack() as servers:
        made = Monorepo(job, {name: servers.enter_context(serving(orders)) for name in NAMES})
        for name in NAMES:
            job.workspace.write(f"services/{name}/code", b"the first\n")
        made.declare()
        yield made


CONTEXTS = {name: f"contract-gate/{service} (production)" for name, service in NAMES.items()}


def test_a_service_that_is_named_has_its_own_settings_and_the_others_are_left_alone(monorepo: Monorepo) -> None:
    monorepo.contracts(web_path="/broken")
    ended = monorepo.run(service="orders-api")

    assert ended.code == 0, ended.out
    assert verified(monorepo.services["orders"]) == ["/orders"]
    assert monorepo.services["web"].asked == []
    assert monorepo.states() == {CONTEXTS["orders"]: "success"}
    assert monorepo.run(service="web-api").code == 1


@pytest.mark.parametrize(("name", "words"), [("order-api", "Did you mean orders-api?"), ("x", "Add it there")])
def test_a_service_that_the_file_does_not_know_is_refused(monorepo: Monorepo, name: str, words: str) -> None:
    monorepo.contracts()
    ended = monorepo.run(service=name)

    assert ended.code == 2
    assert f"the gate file's services are orders-api, web-api, and '{name}' is none of them" in told(ended)
    assert words in told(ended)


def test_without_a_name_all_are_checked_and_each_tells_its_own(monorepo: Monorepo) -> None:
    monorepo.contracts(web_path="/broken")
    ended = monorepo.run(markdown="report.md")

    assert ended.code == 1
    assert monorepo.reports() == {"orders": "allow", "web": "block"}
    assert (monorepo.folder / "services/web/report.md").exists()
    outputs = monorepo.job.outputs
    assert (outputs["verdict"], outputs["deployable"], outputs["broken"]) == ("block", "false", '["mobile-app"]')
    assert outputs["reason"].startswith("orders-api: 1 binding contract honoured, 1 interaction, web-api: mobile-app")
    assert outputs["report"].splitlines() == [f"services/orders/{REPORT}", f"services/web/{REPORT}"]
    assert monorepo.states() == {CONTEXTS["orders"]: "success", CONTEXTS["web"]: "failure"}
    headlines = ["orders-api → production: can be deployed", "web-api → production: blocked"]
    comments = [one.body.replace("\\", "") for one in monorepo.job.api.comments(7)]
    assert [headline in comment for headline, comment in zip(headlines, comments, strict=True)] == [True, True]
    for headline in headlines:
        assert headline in monorepo.job.summary.replace("\\", "")
        assert headline in told(ended)


def test_a_run_deploys_only_what_all_allow(monorepo: Monorepo) -> None:
    monorepo.contracts()
    ended = monorepo.run()

    assert ended.code == 0, ended.out
    assert monorepo.job.outputs["deployable"] == "true"
    assert monorepo.reports() == {"orders": "allow", "web": "allow"}


def test_one_that_is_unknown_makes_the_run_unknown_and_hides_no_break(monorepo: Monorepo) -> None:
    monorepo.contracts()
    monorepo.job.workspace.write("services/orders/pacts/mobile.json", b"{")
    unknown = monorepo.run()
    assert unknown.code == 3
    assert monorepo.job.outputs["verdict"] == "unknown"
    assert monorepo.job.outputs["deployable"] == "false"

    monorepo.contracts(web_path="/broken")
    monorepo.job.workspace.write("services/orders/pacts/mobile.json", b"{")
    blocked = monorepo.run()
    assert blocked.code == 1
    assert monorepo.job.outputs["verdict"] == "block"


def test_until_the_last_is_through_the_outputs_are_unknown(monorepo: Monorepo) -> None:
    monorepo.contracts()
    seen: list[dict[str, str]] = []

    def look(asked: Asked) -> Reply:
        seen.append(monorepo.job.outputs)
        return orders(asked)

    with serving(look) as last:
        monorepo.services["web"] = last
        monorepo.declare()
        ended = monorepo.run()

    assert ended.code == 0, ended.out
    assert {(one["verdict"], one["deployable"]) for one in seen} == {("unknown", "false")}
    assert monorepo.job.outputs["deployable"] == "true"


def test_a_run_that_is_stopped_half_way_deploys_nothing(monorepo: Monorepo) -> None:
    monorepo.contracts()
    process: list[subprocess.Popen[str]] = []

    def stop(asked: Asked) -> Reply:
        process[0].send_signal(signal.SIGTERM)
        return orders(asked)

    with serving(stop) as first:
        monorepo.services["orders"] = first
        monorepo.declare()
        process.append(monorepo.job.start("", service="", contracts="", environment=""))
        ended = monorepo.job.workspace.ended(process[0])

    assert ended.code == 3
    assert (monorepo.job.outputs["verdict"], monorepo.job.outputs["deployable"]) == ("unknown", "false")
    assert monorepo.states()[CONTEXTS["orders"]] == "error"
    assert "success" not in monorepo.states().values()
    assert verified(monorepo.services["web"]) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("services/wob", "services/wob: path is no folder."),
        ("services/orders", "the reports of several services would be one file"),
    ],
)
def test_a_setting_that_is_wrong_for_one_starts_none(monorepo: Monorepo, path: str, words: str) -> None:
    monorepo.contracts()
    file = monorepo.folder / FILE
    file.write_text(file.read_text().replace("path: services/web", f"path: {path}"))
    ended = monorepo.run()

    assert ended.code == 2
    assert words in told(ended)
    assert monorepo.services["orders"].asked == []
    assert monorepo.job.outputs["deployable"] == "false"


@pytest.fixture
def history(monorepo: Monorepo, broker: PactBroker) -> tuple[Monorepo, Repository, dict[str, str]]:
    """Commit the first service, then the second: the run is about the second commit."""
    for folder, service in NAMES.items():
        broker.publish("mobile-app", "1", service, contract("mobile-app", expecting(f"/{folder}"), provider=service))
    broker.deploy("mobile-app", "1", "production")
    monorepo.declare(**{"broker-url": broker.url, "version-from": "path"})
    made = repository(monorepo.folder)
    commits = {"orders": made.commit(services__orders__code="the second\n")}
    commits["web"] = made.commit(services__web__code="the second\n")
    monorepo.job.event = "push"
    on(monorepo.job, commits["web"])
    return monorepo, made, commits


def test_the_version_of_a_service_is_the_last_commit_that_touched_it(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, _, commits = history
    ended = monorepo.run()

    assert ended.code == 0, ended.out
    for folder, service in NAMES.items():
        (kept,) = broker.results(service)
        assert (kept.success, kept.version.number) == (True, commits[folder])
        assert list(kept.version.branches) == ["main"]
    assert monorepo.states(commits["web"]) == dict.fromkeys(CONTEXTS.values(), "success")
    assert monorepo.states(commits["orders"]) == {}
    assert monorepo.run("can-i-deploy", service="orders-api").code == 0


def test_changes_elsewhere_are_none_of_the_services_own(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, made, commits = history
    made.write("services/web/code", "changed\n")
    ended = monorepo.run()

    assert ended.code == 0, ended.out
    assert [one.version.number for one in broker.results("orders-api")] == [commits["orders"]]
    assert broker.results("web-api") == []
    assert f"tracked files differ from commit {commits['web']}" in told(ended)


def test_a_merge_credits_only_what_it_left_as_it_is_in_the_head(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, made, commits = history
    made.git("checkout", "--quiet", "-b", "feature")
    head = made.commit(services__web__code="of the pull request\n")
    made.git("checkout", "--quiet", "main")
    made.commit(services__orders__code="of the base\n")
    made.git("merge", "--quiet", "--no-ff", "--message", "merge", "feature")
    monorepo.job.event, monorepo.job.head = "pull_request", head
    monorepo.job.api.add_pull(7, head_sha=head)
    on(monorepo.job, made.git("rev-parse", "HEAD"))
    ended = monorepo.run()

    assert ended.code == 0, ended.out
    assert [(one.version.number, list(one.version.branches)) for one in broker.results("web-api")] == [
        (head, ["feature"])
    ]
    assert broker.results("orders-api") == []
    assert f"merged into its base, and not {commits['orders']}" in told(ended)
    assert monorepo.states(head) == dict.fromkeys(CONTEXTS.values(), "success")


def test_what_is_recorded_is_named_and_has_its_own_version(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, _, commits = history
    monorepo.run()
    unnamed = monorepo.run("record-deployment")
    named = monorepo.run("record-deployment", service="orders-api")

    assert (unnamed.code, named.code) == (2, 0)
    assert "the gate file has several services, and none is named: orders-api, web-api." in told(unnamed)
    assert broker.live("production", "orders-api") == [commits["orders"]]
    assert broker.live("production", "web-api") == []


def test_each_service_publishes_what_it_expects_as_its_own_version(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, _, commits = history
    written = contract("web-api", expecting("/orders"))
    monorepo.job.workspace.write("services/web/pacts/orders.json", written)
    content = yaml.safe_load((monorepo.folder / FILE).read_text())
    content["services"]["web-api"]["contracts"] = "pacts"
    (monorepo.folder / FILE).write_text(yaml.safe_dump(content))
    ended = monorepo.run("publish")

    assert ended.code == 0, ended.out
    version = broker.state.pacticipants["web-api"].versions[commits["web"]]
    assert (list(version.pacts), list(version.branches)) == (["orders-api"], ["main"])
    assert list(broker.state.pacticipants["orders-api"].versions) == []
    assert monorepo.job.outputs["deployable"] == "false"


def test_a_webhooks_contract_is_verified_by_the_service_that_it_names(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, _, commits = history
    url = f"{broker.url}/pacts/provider/orders-api/consumer/mobile-app/version/1"
    monorepo.job.event = "repository_dispatch"
    monorepo.job.payload = {"client_payload": {"pact_url": url, "sha": commits["orders"], "branch": "main"}}
    monorepo.job.api.state.commits.add(commits["orders"])
    ended = monorepo.run()

    assert ended.code == 0, ended.out
    (kept,) = broker.results("orders-api")  # by a later commit, which left its folder alone
    assert (kept.success, kept.version.number) == (True, commits["orders"])
    assert monorepo.states(commits["orders"]) == {"contract-gate/orders-api (contract of mobile-app)": "success"}
    assert verified(monorepo.services["orders"]) == ["/orders"]
    assert monorepo.services["web"].asked == []
    assert monorepo.job.outputs["deployable"] == "false"


def test_a_history_that_was_not_fetched_says_nothing_and_the_remedy_is_told(
    history: tuple[Monorepo, Repository, dict[str, str]], broker: PactBroker
) -> None:
    monorepo, made, _ = history
    clone = monorepo.folder.parent / "shallow"
    made.git("clone", "--quiet", "--depth", "1", f"file://{made.folder}", str(clone))
    monorepo.job.workspace = Workspace(clone)
    ended = monorepo.run()

    assert ended.code == 2
    assert "nothing here says which commit touched services/orders last" in told(ended)
    assert "Check out the whole history (actions/checkout: fetch-depth: 0), or set version." in told(ended)
    assert broker.results("orders-api") == broker.results("web-api") == []
    assert monorepo.job.outputs["deployable"] == "false"
