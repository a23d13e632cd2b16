"""A consumer's pipeline tells the broker what it expects: all of it or none, and never as somebody else."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import http4, pact
from tests.flows.broker_runs import VERSION, BrokerRuns, contract, expecting, told
from tests.flows.repositories import checked_out
from tests.flows.runner_jobs import Job, read_by_runner
from tests.flows.workspaces import Workspace
from tests.github_api import HEAD
from tests.pact_broker import Basic, PactBroker, faults, pact_broker
from tests.pact_broker.recorded_shapes import unrecorded
from tests.servers import Reply

PAGE = "https://github.com/acme/orders-api/actions/runs/12/attempts/1"


def published(broker: PactBroker) -> dict[str, list[str]]:
    """Return which versions of web-app published contracts with whom."""
    found = broker.state.pacticipants.get("web-app")
    return {one.number: list(one.pacts) for one in found.versions.values() if one.pacts} if found else {}


def _with(provider: str, *interactions: Any) -> dict[str, Any]:
    return contract("web-app", *interactions, provider=provider)


@pytest.fixture
def publishing(broker_job: Job) -> Job:
    """Prepare a job of web-app's, whose tests have written two contracts."""
    broker_job.event = "push"
    broker_job.inputs |= {"service": "web-app", "contracts": "pacts", "environment": ""}
    broker_job.workspace.write("pacts/orders.json", _with("orders-api"))
    broker_job.workspace.write("pacts/users.json", _with("users-api"))
    return broker_job


def test_a_workflow_publishes_all_contracts_in_one_call_with_branch_tags_and_page(
    publishing: Job, broker: PactBroker
) -> None:
    ended = publishing.run("", "publish", tags="main\nnightly")

    assert ended.code == 0, ended.out
    assert published(broker) == {HEAD: ["orders-api", "users-api"]}
    version = broker.state.pacticipants["web-app"].versions[HEAD]
    assert (list(version.branches), sorted(version.tags), version.build_url) == (["main"], ["main", "nightly"], PAGE)
    assert len(broker.requests("POST", "/contracts/publish$")) == 1
    done = f"2 contracts were published for web-app {HEAD[:7]}, branch main: with orders-api, users-api."
    assert done in told(ended)
    assert publishing.outputs["reason"].startswith("2 contracts were published")
    assert (publishing.outputs["verdict"], publishing.outputs["deployable"]) == ("unknown", "false")
    assert publishing.states() == []
    assert unrecorded(broker) == []


def test_the_same_again_is_no_conflict(runs: BrokerRuns, broker: PactBroker) -> None:
    codes = [runs.publish("web-app", "1", _with("orders-api")).code for _ in range(2)]

    assert codes == [0, 0]
    assert published(broker) == {"1": ["orders-api"]}


def test_an_answer_that_was_lost_is_asked_for_again(runs: BrokerRuns, broker: PactBroker) -> None:
    lost = broker.fault("POST", "/contracts/publish$", faults.dropped(after_work=True), times=1)
    ended = runs.publish("web-app", "1", _with("orders-api"), build_url="https://ci.example.com/7")

    assert (ended.code, lost.met) == (0, 1)
    assert published(broker) == {"1": ["orders-api"]}
    assert broker.state.pacticipants["web-app"].versions["1"].build_url == "https://ci.example.com/7"


def test_a_changed_contract_needs_another_version_and_the_change_is_shown(runs: BrokerRuns, broker: PactBroker) -> None:
    runs.publish("web-app", "1", _with("orders-api", expecting("/orders/42")))
    before = broker.content("web-app", "1", "orders-api").sha
    ended = runs.publish("web-app", "1", _with("orders-api", expecting("/orders/43")), _with("users-api"))

    assert ended.code == 1
    assert "Cannot change the content of the pact for web-app version 1 and provider orders-api" in told(ended)
    lines = [line.strip() for line in f"{ended.out}{ended.err}".splitlines()]
    assert '-         "path": "/orders/42"' in lines
    assert '+         "path": "/orders/43"' in lines
    assert (
        "web-app 1 was already published with other content for orders-api, and nothing was published now. "
        "Publish changed contracts as another version, normally the commit that changed them."
    ) in told(ended)
    assert published(broker) == {"1": ["orders-api"]}
    assert broker.content("web-app", "1", "orders-api").sha == before
    assert "users-api" not in broker.state.pacticipants
    assert unrecorded(broker) == []


@pytest.mark.measured
def test_a_provider_that_is_called_nearly_like_another_is_refused(runs: BrokerRuns, broker: PactBroker) -> None:
    broker.version("orders-api", "5", branch="main")
    ended = runs.publish("web-app", "1", _with("Orders-API"))

    assert ended.code == 1
    assert "orders-api" in told(ended)
    assert "the Pact Broker refused the contracts, and none was published. Read its reason above." in told(ended)
    assert published(broker) == {}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"a.json": contract("Web-App")}, "nothing was published"),
        ({"a.json": _with("orders-api"), "b.json": b'{"consumer":'}, "nothing was published: "),
        ({"a.json": contract("billing")}, "none of the contracts is of web-app. They are of billing."),
        (
            {"a.json": _with("orders-api"), "b.json": _with("orders-api", expecting("/another"))},
            "pacts/a.json and pacts/b.json are both the contract with orders-api.",
        ),
        ({}, "pacts"),
    ],
)
def test_what_cannot_be_read_for_certain_publishes_nothing(
    runs: BrokerRuns, broker: PactBroker, written: dict[str, Any], words: str
) -> None:
    for name, content in written.items():
        runs.workspace.write(f"pacts/{name}", content)
    ended = runs.publish("web-app", "1", contracts="pacts")

    assert ended.code == 2
    assert words in told(ended)
    assert broker.requests("POST") == []
    assert published(broker) == {}


def test_contracts_of_others_are_left_to_them_and_named(runs: BrokerRuns, broker: PactBroker) -> None:
    ended = runs.publish("web-app", "1", _with("orders-api"), contract("billing"))

    assert ended.code == 0
    assert "not published here: contracts of billing" in told(ended)
    assert list(broker.state.pacticipants) == ["web-app", "orders-api"]


def test_an_example_that_is_new_each_time_is_warned_of(runs: BrokerRuns, broker: PactBroker) -> None:
    first, second = "7d9f2c1e-5b8a-4c3d-9e6f-1a2b3c4d5e6f", "c4b1a9f3-2e7d-4f60-8b5c-d3e9a7061f28"
    runs.publish("web-app", "1", _with("orders-api", expecting("/orders", id=first)))
    ended = runs.publish("web-app", "2", _with("orders-api", expecting("/orders", id=second)))

    assert ended.code == 0
    assert "differs from the contract of web-app 1 only in values that look random or time-dependent" in told(ended)
    assert f"(UUID): {first} became {second}" in told(ended)
    assert published(broker) == {"1": ["orders-api"], "2": ["orders-api"]}
    assert "warning:" in ended.err


def test_an_ordinary_change_is_published_without_a_word(runs: BrokerRuns) -> None:
    runs.publish("web-app", "1", _with("orders-api", expecting("/orders", total=19.9)))
    ended = runs.publish("web-app", "2", _with("orders-api", expecting("/orders", total=19.9, currency="EUR")))

    assert ended.code == 0
    assert "warning" not in told(ended)


def test_what_this_gate_would_not_verify_is_published_with_a_warning(runs: BrokerRuns, broker: PactBroker) -> None:
    plugins = {"pactSpecification": {"version": "4.0"}, "plugins": [{"name": "protobuf", "version": "0.3.0"}]}
    needing = pact(http4(pluginConfiguration={}), version=None, consumer="web-app", metadata=plugins)
    ended = runs.publish("web-app", "1", needing, _with("users-api"))

    assert ended.code == 0
    assert "this gate will refuse to verify" in told(ended)
    assert published(broker) == {"1": ["orders-api", "users-api"]}


def test_a_user_that_may_only_read_publishes_nothing(tmp_path: Path) -> None:
    with pact_broker(auth=Basic("gate", "may write", reader=("reader", "may read"))) as broker:
        fixed = {"broker-username": "reader", "broker-password": "may read"}
        ended = BrokerRuns(Workspace(tmp_path), broker, fixed).publish("web-app", "1", _with("orders-api"))

        assert ended.code == 3
        assert published(broker) == {}
    assert "the Pact Broker answered 401 to POST" in told(ended)
    assert "Check broker-token, or broker-username and broker-password." in told(ended)
    assert "may read" not in told(ended)


def test_a_broker_that_is_down_is_unknown(publishing: Job, broker: PactBroker) -> None:
    nowhere = publishing.run("", "publish", **{"broker-url": "http://127.0.0.1:9"})
    broker.fault("POST", "/contracts/publish$", faults.answer(503))
    failing = publishing.run("", "publish")

    assert (nowhere.code, failing.code) == (3, 3)
    assert "did not answer GET" in told(nowhere)
    assert "the Pact Broker answered 503 to POST" in told(failing)
    assert failing.out.count("::error title=Contract Gate::") == 1
    assert publishing.outputs["verdict"] == "unknown"
    assert publishing.outputs["reason"] != ""
    assert published(broker) == {}


@pytest.mark.measured
def test_a_forks_pull_request_publishes_nothing_as_one_of_our_branches(publishing: Job, broker: PactBroker) -> None:
    fork = {"number": 7, "head": {"sha": HEAD, "ref": "main", "repo": {"full_name": "mallory/web-app"}}}
    publishing.event, publishing.payload = "pull_request", {"pull_request": fork}
    refused = publishing.run("", "publish")
    named = publishing.run("", "publish", branch="fork-7")

    assert (refused.code, named.code) == (2, 0)
    assert "a fork's pull request publishes nothing: its branch mallory:main is none of this" in told(refused)
    assert list(broker.state.pacticipants["web-app"].branches) == ["fork-7"]


def test_contracts_of_a_merge_commit_are_not_those_of_the_head(publishing: Job, broker: PactBroker) -> None:
    _, merge = checked_out(publishing, event="pull_request")
    refused = publishing.run("", "publish")
    assert refused.code == 2
    assert f"commit {merge} is checked out" in told(refused)
    assert f"this run is about {HEAD}" in told(refused)
    assert published(broker) == {}

    named = publishing.run("", "publish", version=merge)
    assert named.code == 0
    assert published(broker) == {merge: ["orders-api", "users-api"]}
    assert list(broker.state.pacticipants["web-app"].branches) == []
    assert "these contracts are on no branch, so that no provider looks for them: set branch." in told(named)


@pytest.mark.parametrize("missing", ["broker-url", "contracts"])
def test_what_publishing_needs_is_asked_for(publishing: Job, broker: PactBroker, missing: str) -> None:
    ended = publishing.run("", "publish", **{missing: ""})

    assert ended.code == 2
    assert f"{missing} is missing" in told(ended)
    assert broker.asked == []
    assert publishing.outputs["deployable"] == "false"


HOSTILE = "::error::forged\n::set-output name=deployable::true\n##[error]forged\r::add-mask::a\x1b[31m"


@pytest.mark.parametrize("kind", ["warning", "success"])
def test_what_the_broker_says_is_no_command_to_the_runner(
    publishing: Job, broker: PactBroker, tmp_path: Path, kind: str
) -> None:
    def attack(honest: Reply, _: object) -> Reply:
        body = json.loads(json.dumps(honest.body)) | {"notices": [{"type": kind, "text": HOSTILE}]}
        return Reply(status=honest.status, headers=honest.headers, body=body)

    broker.fault("POST", "/contracts/publish$", faults.Fault(spoil=attack, after_work=True))
    ended = publishing.run("", "publish")

    assert ended.code == 0, ended.out
    step = read_by_runner(ended, tmp_path)
    assert [one.level for one in step.annotations] == (["warning"] if kind == "warning" else [])
    assert {one.title for one in step.annotations} <= {"Contract Gate"}
    assert (dict(step.outputs), step.state, step.failed) == ({}, {}, False)
    assert "\x1b" not in ended.out
    assert publishing.outputs["deployable"] == "false"


def test_hostile_names_in_contracts_are_no_commands_either(publishing: Job, broker: PactBroker, tmp_path: Path) -> None:
    publishing.workspace.write("pacts/::error::a.json", _with("::error::forged ##[error]a", expecting("/a")))
    broker.publish("web-app", VERSION, "users-api")
    ended = publishing.run("", "publish")

    assert ended.code == 0, ended.out
    step = read_by_runner(ended, tmp_path)
    assert (step.annotations, dict(step.outputs), step.failed) == ([], {}, False)
    assert publishing.outputs["deployable"] == "false"
