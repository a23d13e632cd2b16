"""The gate in a workflow of a team that has a Pact Broker."""

import pytest

from tests.flows.broker_runs import contract, expecting, verified
from tests.flows.runner_jobs import PAYLOADS, Job
from tests.github_api import HEAD
from tests.pact_broker import PactBroker
from tests.servers import Server

CONTEXT = "contract-gate/orders-api (production)"


def test_a_pull_request_is_told_who_breaks_where_it_is_live_and_who_acts(
    job: Job, broker: PactBroker, provider: Server
) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", expecting("/broken")))
    broker.verify("web-app", "1", "orders-api", "5.0.0")
    broker.deploy("web-app", "1", "production")
    broker.deploy("orders-api", "5.0.0", "production")
    broker.publish("mobile-app", "2", "orders-api", contract("mobile-app", expecting("/broken/too")))
    ended = job.run(provider.url, contracts="", **{"broker-url": broker.url})

    assert ended.code == 1, ended.out + ended.err
    assert job.states() == [(CONTEXT, "pending"), (CONTEXT, "failure")]
    assert job.outputs["broken"] == '["web-app"]'
    (comment,) = job.api.comments(7)
    shown = comment.body.replace("\\", "").replace("\u2011", "-")
    table = [line for line in shown.splitlines() if line.startswith("| ")]
    assert table[2:] == [
        "| ❌ | `web-app` `1` | production since 2026-11-22 | 1 of 1 interaction broken | broken by this change |",
        "| ⏳ | `mobile-app` `2` | head of its main branch | 1 of 1 interaction broken | pending: does not block |",
    ]
    assert ended.out.count("::error ") == 1
    (asked,) = {one.body["providerVersionBranch"] for one in broker.requests("POST", "/for-verification$")}
    assert asked == "feature"


def test_a_webhooks_contract_is_verified_by_the_version_that_it_names_and_allows_no_deployment(
    job: Job, broker: PactBroker, provider: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[R223] What the broker's own documentation proposes as the payload of a repository_dispatch."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.publish("billing", "1", "orders-api", contract("billing", expecting("/broken")))
    broker.deploy("billing", "1", "production")
    commit = "b" * 40
    job.api.state.commits.add(commit)
    payload = {
        "pact_url": f"{broker.url}/pacts/provider/orders-api/consumer/web-app/version/1",
        "sha": commit,
        "branch": "main",
    }
    monkeypatch.setitem(PAYLOADS, "repository_dispatch", {"client_payload": payload})
    job.event = "repository_dispatch"
    refused = job.run(provider.url, contracts="", **{"broker-url": broker.url})
    ended = job.run(provider.url, contracts="", environment="", **{"broker-url": broker.url})

    assert refused.code == 2
    assert "client_payload.pact_url is about one contract and no deployment" in refused.out
    assert ended.code == 0, ended.out + ended.err
    assert verified(provider) == ["/web-app"]
    assert job.outputs["verdict"] == "allow"
    assert job.outputs["deployable"] == "false"
    assert job.states(commit) == [
        ("contract-gate/orders-api (contract of web-app)", "pending"),
        ("contract-gate/orders-api (contract of web-app)", "success"),
    ]
    assert job.states(HEAD) == []


def test_can_i_deploy_in_a_job_that_verified_nothing(job: Job, broker: PactBroker) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.verify("web-app", "1", "orders-api", HEAD)
    broker.deploy("web-app", "1", "production")
    job.environment["INPUT_COMMAND"] = "can-i-deploy"
    ended = job.run("", "can-i-deploy", contracts="", stage="deploy", **{"broker-url": broker.url})

    assert ended.code == 0, ended.out + ended.err
    assert job.outputs["deployable"] == "true"
    assert job.states() == []
    assert "web-app" in job.summary


def test_a_service_that_only_consumes_needs_no_provider_to_be_checked(job: Job, broker: PactBroker) -> None:
    broker.publish("web-app", HEAD, "orders-api")
    broker.version("orders-api", "9", branch="main")
    broker.deploy("orders-api", "9", "production")
    first = job.run("", service="web-app", contracts="", **{"broker-url": broker.url})
    broker.verify("web-app", HEAD, "orders-api", "9")
    job.environment["GITHUB_RUN_ATTEMPT"] = "2"
    second = job.run("", service="web-app", contracts="", **{"broker-url": broker.url})

    assert (first.code, second.code) == (3, 0)
    assert [state for _, state in job.states()] == ["pending", "error", "pending", "success"]
    assert "orders-api" in job.api.comments(7)[0].body


def test_without_a_broker_and_a_provider_nothing_can_decide(job: Job) -> None:
    job.workspace.write("pacts/web.json", contract("web-app"))
    ended = job.run("", "can-i-deploy")

    assert ended.code == 2
    assert "without a provider only a store that keeps results can decide" in ended.out
