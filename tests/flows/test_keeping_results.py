"""Results are kept for others to rest on: only those of the very version, and what is not kept is said."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.broker_runs import VERSION, BrokerRuns, contract, expecting, orders, told, verified
from tests.flows.conftest import Provider
from tests.flows.repositories import Repository, checked_out, on, repository
from tests.flows.runner_jobs import Job
from tests.flows.workspaces import Ended, Workspace
from tests.github_api import HEAD
from tests.pact_broker import Basic, PactBroker, faults, pact_broker
from tests.pact_broker.recorded_shapes import unrecorded
from tests.servers import Asked, Reply, Server, serving

NOT_KEPT = "Results were not kept in the store: "
PAGE = "https://github.com/acme/orders-api/actions/runs/12/attempts/1"
HONOURS = "body = {'id': 1}"


@pytest.fixture(autouse=True)
def _a_live_consumer(broker: PactBroker) -> Iterator[None]:
    _make_live(broker)
    yield
    assert unrecorded(broker) == []


def _make_live(broker: PactBroker, *interactions: dict[str, Any]) -> None:
    broker.publish("web-app", "1", "orders-api", contract("web-app", *interactions))
    broker.deploy("web-app", "1", "production")


def _merged(made: Repository, job: Job) -> str:
    """Check out a pull request as actions/checkout does: its head merged into its base."""
    head = made.git("rev-parse", "HEAD")
    made.git("checkout", "--quiet", "-b", "base")
    made.commit(base="of the base\n")
    made.git("merge", "--quiet", "--no-ff", "--message", "merge", "--strategy=ours", head)
    made.git("commit", "--quiet", "--allow-empty", "--message", "merge of the pull request")
    on(job, made.git("rev-parse", "HEAD"))
    job.head = head
    job.api.add_pull(7, head_sha=head)
    return head


def test_what_the_very_commit_honours_is_kept_with_branch_and_page_of_the_run(
    broker_job: Job, broker: PactBroker, provider: Server
) -> None:
    _, commit = checked_out(broker_job)
    ended = broker_job.run(provider.url)

    assert ended.code == 0, ended.out
    (kept,) = broker.results("orders-api")
    assert (kept.success, kept.version.number, kept.build_url) == (True, commit, PAGE)
    assert list(kept.version.branches) == ["main"]
    assert kept.verified_by["implementation"] == "Contract Gate"
    assert kept.test_results["summary"] == {"testCount": 1, "failureCount": 0}
    assert f"1 result was kept in the store for orders-api {commit[:7]}" in told(ended)
    assert broker_job.outputs["deployable"] == "true"
    assert broker_job.run("", "can-i-deploy", stage="deploy").code == 0


def test_what_it_breaks_is_kept_too_with_what_was_wrong(broker_job: Job, broker: PactBroker) -> None:
    checked_out(broker_job)
    with serving(lambda _: Reply(body={"nr": 1})) as provider:
        ended = broker_job.run(provider.url, **{"build-url": "https://ci.example.com/7"})

    assert ended.code == 1
    (kept,) = broker.results("orders-api")
    assert (kept.success, kept.build_url) == (False, "https://ci.example.com/7")
    (test,) = kept.test_results["tests"]
    assert [one["identifier"] for one in test["mismatches"]] == ["$.id"]
    assert broker_job.run("", "can-i-deploy").code == 1


def test_a_merge_commit_is_verified_and_shown_and_not_credited_to_the_head(
    broker_job: Job, broker: PactBroker, provider: Server
) -> None:
    made, _ = checked_out(broker_job, event="pull_request")
    head = _merged(made, broker_job)
    ended = broker_job.run(provider.url)

    assert ended.code == 0, ended.out
    assert broker.results("orders-api") == []
    why = f"{NOT_KEPT}what is checked out is the pull request merged into its base, and not {head}."
    assert why in broker_job.workspace.report()["notes"]
    assert why in told(ended)
    assert broker_job.states(head)[-1] == ("contract-gate/orders-api (production)", "success")


def test_the_head_of_a_pull_request_that_is_checked_out_is_credited(
    broker_job: Job, broker: PactBroker, provider: Server
) -> None:
    made, _ = checked_out(broker_job, event="pull_request")
    head = _merged(made, broker_job)
    made.git("checkout", "--quiet", head)
    ended = broker_job.run(provider.url)

    assert ended.code == 0, ended.out
    (kept,) = broker.results("orders-api")
    assert (kept.version.number, list(kept.version.branches)) == (head, ["feature"])


def test_the_branch_of_a_fork_is_none_of_ours(broker_job: Job, broker: PactBroker, provider: Server) -> None:
    _, commit = checked_out(broker_job, event="pull_request")
    fork = {"number": 7, "head": {"sha": commit, "ref": "main", "repo": {"full_name": "mallory/orders-api"}}}
    broker_job.payload = {"pull_request": fork}
    ended = broker_job.run(provider.url)

    assert ended.code == 0, ended.out
    assert broker.results("orders-api") == []
    assert f"{NOT_KEPT}a fork's branch, whatever its name, is none of" in told(ended)


def test_changed_files_are_not_the_commit(broker_job: Job, broker: PactBroker, provider: Server) -> None:
    made, commit = checked_out(broker_job)
    made.write("service", "another service\n")
    ended = broker_job.run(provider.url)

    assert ended.code == 0, ended.out
    assert broker.results("orders-api") == []
    assert f"{NOT_KEPT}tracked files differ from commit {commit}." in told(ended)


@pytest.mark.parametrize("change", ["echo changed > service", "git checkout --quiet --detach HEAD~1"])
def test_what_the_providers_own_start_changes_is_not_the_commit(
    broker_job: Job, broker: PactBroker, provider_command: Provider, change: str
) -> None:
    made, _ = checked_out(broker_job)
    on(broker_job, made.commit(service="a later service\n"))
    ended = broker_job.run("", **{"provider-command": f"{change} && {provider_command(HONOURS)}"})

    assert broker_job.outputs["broken"] == "[]"
    assert broker.results("orders-api") == []
    assert NOT_KEPT in told(ended)


def test_another_commit_is_not_the_version(
    broker_job: Job, broker: PactBroker, provider_command: Provider, provider: Server
) -> None:
    made, commit = checked_out(broker_job)
    later = made.commit(service="a later service\n")
    started = broker_job.run("", **{"provider-command": provider_command(HONOURS)})
    reached = broker_job.run(provider.url)

    assert (started.code, reached.code) == (3, 0)
    assert broker.results("orders-api") == []
    for ended in (started, reached):
        assert f"{NOT_KEPT}commit {later} is checked out, and not {commit}." in told(ended)


def test_a_job_that_checked_out_nothing_proves_nothing(broker_job: Job, broker: PactBroker, provider: Server) -> None:
    broker_job.event = "push"
    ended = broker_job.run(provider.url)

    assert ended.code == 0
    assert broker.results("orders-api") == []
    assert f"{NOT_KEPT}no commit is checked out here, so that nothing shows that what ran is {HEAD}." in told(ended)


def test_always_takes_ones_word_but_not_for_what_is_seen_to_be_other_code(
    broker_job: Job, broker: PactBroker, provider: Server, provider_command: Provider
) -> None:
    made, commit = checked_out(broker_job)
    later = made.commit(service="a later service\n")
    always = {"publish-results": "always"}
    seen = broker_job.run("", **always, **{"provider-command": provider_command(HONOURS)})
    assert seen.code == 3
    assert f"the results cannot be kept: commit {later} is checked out, and not {commit}." in told(seen)
    assert broker.results("orders-api") == []

    vouched = broker_job.run(provider.url, **always)
    assert vouched.code == 0
    assert [one.version.number for one in broker.results("orders-api")] == [commit]


def test_always_keeps_no_result_of_a_merge_commit_and_is_unknown(
    broker_job: Job, broker: PactBroker, provider: Server
) -> None:
    made, _ = checked_out(broker_job, event="pull_request")
    _merged(made, broker_job)
    ended = broker_job.run(provider.url, **{"publish-results": "always"})

    assert ended.code == 3
    assert broker.results("orders-api") == []
    assert "publish-results: always: the results cannot be kept: what is checked out is the pull request" in told(ended)
    assert "Check out the very version, unchanged (actions/checkout: ref)" in told(ended)


def test_on_a_laptop_nothing_is_kept_unless_it_is_asked_for(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    usual = runs.check(provider.url)
    assert usual.code == 0
    assert broker.results("orders-api") == []
    assert f"{NOT_KEPT}this is no run of a pipeline's (publish-results: always keeps them all the same)." in told(usual)

    always = runs.check(provider.url, publish_results="always", build_url="https://ci.example.com/7")
    assert always.code == 0
    (kept,) = broker.results("orders-api", VERSION)
    assert (kept.success, kept.build_url, list(kept.version.branches)) == (True, "https://ci.example.com/7", ["main"])


def test_never_and_verify_keep_nothing_and_write_nothing(broker_job: Job, broker: PactBroker, provider: Server) -> None:
    checked_out(broker_job)
    never = broker_job.run(provider.url, **{"publish-results": "never"})
    verify = broker_job.run(provider.url, "verify", **{"publish-results": "always"})

    assert (never.code, verify.code) == (0, 0)
    assert f"{NOT_KEPT}publish-results is never." in told(never)
    assert {one.method for one in broker.asked} - {"GET"} == {"POST"}
    assert {one.path for one in broker.requests("POST")} == {"/pacts/provider/orders-api/for-verification"}


def test_results_that_the_broker_refuses_are_unknown_and_a_break_still_blocks(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    refused = broker.fault("POST", "/verification-results$", faults.answer(500))
    unknown = runs.check(provider.url, publish_results="always")
    with serving(lambda _: Reply(body={"nr": 1})) as broken:
        blocked = runs.check(broken.url, publish_results="always")

    assert refused.met > 1
    assert (unknown.code, blocked.code) == (3, 1)
    assert broker.results("orders-api") == []
    assert "the result for web-app 1: it could not be kept: the Pact Broker answered 500" in told(unknown)
    assert "it could not be kept" in told(blocked)


def test_one_result_that_is_refused_keeps_no_other_from_being_kept(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("billing", "1", "orders-api", contract("billing"))
    broker.fault("POST", "/consumer/billing/.*/verification-results$", faults.answer(500))
    ended = runs.check(provider.url, publish_results="always")

    assert ended.code == 3
    assert [one.content.consumer.name for one in broker.results("orders-api")] == ["web-app"]
    assert "1 result was kept in the store" in told(ended)
    assert "the result for billing 1: it could not be kept" in told(ended)


def test_a_branch_that_the_broker_refuses_keeps_the_results_from_being_kept(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.fault("PUT", "/branches/", faults.answer(500))
    ended = runs.check(provider.url, publish_results="always")

    assert ended.code == 3
    assert broker.results("orders-api") == []


@pytest.mark.parametrize(("path", "code"), [("/web-app", 3), ("/broken", 1)])
def test_a_user_that_may_only_read_is_told_so(tmp_path: Path, provider: Server, path: str, code: int) -> None:
    with pact_broker(auth=Basic("gate", "may write", reader=("reader", "may read"))) as broker:
        _make_live(broker, expecting(path))
        fixed = {"broker-username": "reader", "broker-password": "may read", "publish-results": "always"}
        ended = BrokerRuns(Workspace(tmp_path), broker, fixed).check(provider.url)

        assert ended.code == code
        assert broker.results("orders-api") == []
    assert "the Pact Broker answered 401 to PUT" in told(ended)
    assert "Check broker-token, or broker-username and broker-password." in told(ended)


def test_a_pending_contract_is_not_pending_any_more_once_it_was_honoured(runs: BrokerRuns, broker: PactBroker) -> None:
    broker.publish("mobile-app", "1", "orders-api", contract("mobile-app"))
    options = {"publish_results": "always"}
    with serving(lambda asked: orders(asked) if asked.path != "/mobile-app" else Reply(status=500)) as broken:
        pending = runs.check(broken.url, version="5.0.0", **options)
        with serving(orders) as provider:
            honoured = runs.check(provider.url, version="5.1.0", **options)
        binding = runs.check(broken.url, version="5.2.0", **options)

    assert (pending.code, honoured.code, binding.code) == (0, 0, 1)
    assert "pending: does not block" in told(pending)
    assert "mobile-app 1: 1 of 1 interaction broken" in told(binding)


def test_a_webhooks_contract_has_its_result_kept(broker_job: Job, broker: PactBroker, provider: Server) -> None:
    broker.publish("billing", "1", "orders-api", contract("billing"))
    _, commit = checked_out(broker_job, event="repository_dispatch")
    url = f"{broker.url}/pacts/provider/orders-api/consumer/billing/version/1"
    broker_job.payload = {"client_payload": {"pact_url": url, "sha": commit, "branch": "main"}}
    ended = broker_job.run(provider.url, environment="")

    assert ended.code == 0, ended.out
    (kept,) = broker.results("orders-api")
    assert (kept.content.consumer.name, kept.success, kept.version.number) == ("billing", True, commit)
    assert list(kept.version.branches) == ["main"]
    assert broker_job.outputs["deployable"] == "false"


def test_a_consumer_that_waits_is_allowed_once_the_live_provider_has_verified_its_contract(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.version("orders-api", "5.0.0", branch="main")
    broker.deploy("orders-api", "5.0.0", "production")
    runs.publish("web-app", "2", contract("web-app", expecting("/newly")))
    webhooks: list[Ended] = []

    def call_the_webhook(honest: Reply, _: object) -> Reply:
        url = f"{broker.url}/pacts/provider/orders-api/consumer/web-app/version/2"
        options = {"contract_url": url, "environment": "", "version": "5.0.0", "publish_results": "always"}
        webhooks.append(runs.check(provider.url, **options))
        return honest

    broker.fault("GET", "/matrix$", faults.Fault(spoil=call_the_webhook, after_work=True), times=1)
    ended = runs.can_i_deploy(service="web-app", version="2", stage="deploy", wait="40")

    assert [one.code for one in webhooks] == [0]
    assert ended.code == 0, told(ended)
    assert "waiting for orders-api 5.0.0 (live in production since 2026-11-22) to verify the contract of" in told(ended)
    assert verified(provider) == ["/newly"]


def test_a_provider_that_dies_half_way_leaves_no_result(
    runs: BrokerRuns, broker: PactBroker, provider_command: Provider
) -> None:
    broker.publish("billing", "1", "orders-api", contract("billing"))
    broker.publish("mobile-app", "1", "orders-api", contract("mobile-app"))
    several = [expecting("/web-app"), expecting("/dies"), expecting("/after")]
    broker.publish("web-app", "2", "orders-api", contract("web-app", *several))
    broker.deploy("web-app", "2", "production")
    command = provider_command("body = {'id': 1}\nif self.path == '/dies': os._exit(1)")
    ended = runs.run("check", provider_command=command, publish_results="always")

    assert ended.code == 3
    assert broker.results("orders-api") == []


def test_a_run_that_is_stopped_keeps_nothing_and_allows_nothing(broker_job: Job, broker: PactBroker) -> None:
    _, commit = checked_out(broker_job)
    process: list[subprocess.Popen[str]] = []

    def stop(asked: Asked) -> Reply | None:
        process[0].send_signal(signal.SIGTERM)
        return orders(asked) if asked.path == "/" else None

    with serving(stop) as provider:
        process.append(broker_job.start(provider.url))
        ended = broker_job.workspace.ended(process[0])

    assert ended.code == 3
    assert broker.results("orders-api") == []
    assert broker_job.outputs["deployable"] == "false"
    assert broker_job.states(commit)[-1] == ("contract-gate/orders-api (production)", "error")


def test_a_run_that_is_stopped_while_it_keeps_its_results_allows_nothing(broker_job: Job, broker: PactBroker) -> None:
    _, commit = checked_out(broker_job)
    process: list[subprocess.Popen[str]] = []

    def stop(honest: Reply, _: object) -> Reply:
        process[0].send_signal(signal.SIGTERM)
        return honest

    broker.fault("POST", "/verification-results$", faults.Fault(spoil=stop, after_work=True))
    with serving(orders) as provider:
        process.append(broker_job.start(provider.url))
        ended = broker_job.workspace.ended(process[0])

    assert ended.code == 3
    assert "the run was stopped by SIGTERM before it was through" in told(ended)
    assert broker_job.outputs["deployable"] == "false"
    assert broker_job.states(commit)[-1] == ("contract-gate/orders-api (production)", "error")


def test_a_tag_that_is_checked_out_is_the_version(broker_job: Job, broker: PactBroker, provider: Server) -> None:
    made = repository(broker_job.workspace.folder)
    made.git("tag", "v5.1.0")
    on(broker_job, made.git("rev-parse", "HEAD"))
    broker_job.event = "push"
    ended = broker_job.run(provider.url, version="v5.1.0")

    assert ended.code == 0
    assert [one.version.number for one in broker.results("orders-api")] == ["v5.1.0"]
