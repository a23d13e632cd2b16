"""Recording what is live: the truth in any case, and then what follows from it."""

import json
import signal
import subprocess

import pytest

from tests.flows.broker_runs import VERSION, BrokerRuns, contract, told
from tests.flows.repositories import checked_out
from tests.flows.runner_jobs import Job
from tests.github_api import HEAD
from tests.pact_broker import PactBroker, faults
from tests.pact_broker.recorded_shapes import unrecorded
from tests.servers import Reply

NOT_RECORDED = "deployment not recorded; unknown whether it gets on with what is live"


def _honoured(broker: PactBroker, *versions: str) -> None:
    """Have a live consumer that these versions of the provider honour."""
    broker.publish("web-app", "1", "orders-api", contract("web-app"))
    broker.deploy("web-app", "1", "production")
    for version in versions:
        broker.verify("web-app", "1", "orders-api", version)


def test_an_instance_replaces_itself_and_leaves_the_other_alone(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, "5", "6", "7")
    for version, instance in (("5", "blue"), ("6", "green"), ("7", "blue")):
        assert runs.record("deployment", "orders-api", version, application_instance=instance).code == 0
    assert sorted(broker.live("production", "orders-api")) == ["6", "7"]

    unnamed = runs.record("undeployment", "orders-api", "")
    assert unnamed.code == 3
    assert "What is there: 7 (instance blue), 6 (instance green)." in told(unnamed)
    assert runs.record("undeployment", "orders-api", "", application_instance="green").code == 0
    assert broker.live("production", "orders-api") == ["7"]
    last = runs.record("undeployment", "orders-api", "", application_instance="blue")
    assert last.code == 1
    assert "web-app 1, live in production" in told(last)
    assert unrecorded(broker) == []


def test_several_environments_are_recorded_at_once(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.publish("billing", "1", "orders-api", contract("billing"))
    broker.deploy("billing", "1", "test")
    broker.verify("billing", "1", "orders-api", VERSION, success=False)
    ended = runs.record("deployment", "orders-api", VERSION, environment="test\nproduction")

    assert ended.code == 1
    assert f"orders-api {VERSION} → test, production: deployment recorded, and it conflicts" in told(ended)
    assert "billing 1, live in test since 2026-11-22: this version fails its contract" in told(ended)
    assert broker.live("test", "orders-api") == broker.live("production", "orders-api") == [VERSION]


def test_an_unknown_environment_is_answered_with_those_there_are_and_nothing_is_recorded_anywhere(
    runs: BrokerRuns, broker: PactBroker
) -> None:
    _honoured(broker, VERSION)
    ended = runs.record("deployment", "orders-api", VERSION, environment="production\nprod")

    assert ended.code == 3
    assert NOT_RECORDED in told(ended)
    assert "there is no environment 'prod'. There are: production, test." in told(ended)
    assert broker.live("production", "orders-api") == []
    assert {one.method for one in broker.asked} <= {"GET", "POST"}
    assert broker.requests("POST", "deployed-versions") == []


def test_one_environment_that_cannot_be_recorded_is_named_and_the_other_is_recorded(
    runs: BrokerRuns, broker: PactBroker
) -> None:
    _honoured(broker, VERSION)
    broker.fault("POST", f"environment/{broker.environment('test').uuid}$", faults.answer(500))
    ended = runs.record("deployment", "orders-api", VERSION, environment="test\nproduction")

    assert ended.code == 3
    assert "deployment recorded in production alone; unknown whether it gets on with what is live" in told(ended)
    assert broker.live("production", "orders-api") == [VERSION]
    assert broker.live("test", "orders-api") == []


def test_releases_stand_side_by_side_until_their_support_ends(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, "1.0", "2.0")
    first = runs.record("release", "orders-api", "1.0")
    second = runs.record("release", "orders-api", "2.0")
    assert (first.code, second.code) == (0, 0)
    assert "orders-api 2.0 → production: release recorded, and it gets on with what is live" in told(second)
    assert broker.live("production", "orders-api") == ["1.0", "2.0"]

    unnamed = runs.record("undeployment", "orders-api", "")
    assert unnamed.code == 3
    assert "What is there: 2.0 (released), 1.0 (released). " in told(unnamed)
    assert "a release is ended with support-ended: true." in told(unnamed)
    assert runs.record("undeployment", "orders-api", "1.0").code == 3
    assert runs.record("undeployment", "orders-api", "", support_ended="true").code == 2
    assert broker.live("production", "orders-api") == ["1.0", "2.0"]

    assert runs.record("undeployment", "orders-api", "1.0", support_ended="true").code == 0
    assert broker.live("production", "orders-api") == ["2.0"]
    last = runs.record("undeployment", "orders-api", "2.0", support_ended="true")
    assert last.code == 1
    assert "and somebody there still needs it" in told(last)
    assert unrecorded(broker) == []


@pytest.mark.measured
def test_a_release_has_no_instance(runs: BrokerRuns) -> None:
    ended = runs.record("release", "orders-api", "1.0", application_instance="blue")

    assert ended.code == 2
    assert "application-instance means nothing to a release" in told(ended)


@pytest.mark.parametrize("what", ["deployment", "release"])
def test_what_is_recorded_twice_is_live_once(runs: BrokerRuns, broker: PactBroker, what: str) -> None:
    _honoured(broker, VERSION)
    codes = [runs.record(what, "orders-api", VERSION).code for _ in range(2)]

    assert codes == [0, 0]
    assert broker.live("production", "orders-api") == [VERSION]


def test_a_version_that_nobody_knew_is_introduced_and_said(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, "5")
    ended = runs.record("deployment", "orders-api", "8", build_url="https://ci.example.com/7")

    assert ended.code == 3
    assert "The store did not know orders-api 8 before: nothing was published or verified for it." in told(ended)
    assert "no result says that this version honours its contract" in told(ended)
    assert broker.live("production", "orders-api") == ["8"]
    assert list(broker.state.pacticipants["orders-api"].versions["8"].branches) == ["main"]
    assert unrecorded(broker) == []


@pytest.mark.parametrize(
    ("service", "version", "words"),
    [
        ("order-api", VERSION, "the store has never heard of order-api, so that nothing was recorded. Check service."),
        ("orders-api", f" {VERSION} ", ""),
        ("orders-api", "V5.1.0-RC", "and knows v5.1.0-rc: nothing was recorded. Write version exactly"),
    ],
)
def test_a_misspelt_name_does_not_stand_beside_the_real_one(
    runs: BrokerRuns, broker: PactBroker, service: str, version: str, words: str
) -> None:
    _honoured(broker, VERSION, "v5.1.0-rc")
    before = len(broker.state.pacticipants["orders-api"].versions)
    ended = runs.record("deployment", service, version)

    assert ended.code == (3 if words else 0)
    assert words in told(ended)
    assert (NOT_RECORDED in told(ended)) is bool(words)
    assert list(broker.state.pacticipants) == ["web-app", "orders-api"]
    assert len(broker.state.pacticipants["orders-api"].versions) == before
    assert broker.live("production", "orders-api") == ([] if words else [VERSION])


def test_of_two_that_record_at_once_the_one_that_lost_is_told_who_is_live(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION, "5.2.0")

    def another(honest: Reply, _: object) -> Reply:
        broker.deploy("orders-api", "5.2.0", "production")
        return honest

    met = broker.fault("POST", "deployed-versions/environment", faults.Fault(spoil=another, after_work=True), times=1)
    ended = runs.record("deployment", "orders-api", VERSION)

    assert met.met == 1
    assert ended.code == 3
    assert "deployment recorded, and at once replaced; unknown whether" in told(ended)
    assert (
        "production: it was recorded, and when it was read again the store says that orders-api 5.2.0 is live"
        in told(ended)
    )
    assert "Find out which version runs, and record that one." in told(ended)
    assert broker.live("production", "orders-api") == ["5.2.0"]


def test_a_record_whose_answer_was_lost_is_made_again(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.fault("POST", "deployed-versions/environment", faults.dropped(after_work=True), times=1)
    ended = runs.record("deployment", "orders-api", VERSION)

    assert ended.code == 0
    assert broker.live("production", "orders-api") == [VERSION]


def test_a_record_of_which_no_answer_came_is_not_said_to_be_missing(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.fault("POST", "deployed-versions/environment", faults.dropped(after_work=True))
    ended = runs.record("deployment", "orders-api", VERSION)

    assert ended.code == 3
    assert broker.live("production", "orders-api") == [VERSION]
    assert "deployment not recorded" not in told(ended)


def test_a_version_that_is_not_the_one_there_cannot_be_undeployed(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.deploy("orders-api", VERSION, "production")
    ended = runs.record("undeployment", "orders-api", "5.0.0")

    assert ended.code == 3
    assert f"What is there: {VERSION} (deployed)." in told(ended)
    assert broker.live("production", "orders-api") == [VERSION]


def test_a_record_that_is_stopped_says_so_and_deploys_nothing(broker_job: Job, broker: PactBroker) -> None:
    _honoured(broker, HEAD)
    broker_job.event = "push"
    process: list[subprocess.Popen[str]] = []

    def stop(honest: Reply, _: object) -> Reply:
        process[0].send_signal(signal.SIGTERM)
        return honest

    broker.fault("POST", "deployed-versions/environment", faults.Fault(spoil=stop, after_work=True))
    process.append(broker_job.start("", "record-deployment"))
    ended = broker_job.workspace.ended(process[0])

    assert ended.code == 3
    assert broker.live("production", "orders-api") == [HEAD]
    assert "deployment not recorded" not in told(ended)
    assert "the run was stopped by SIGTERM before it was through" in told(ended)
    assert broker_job.outputs["deployable"] == "false"


def test_an_undeployment_that_does_not_stay_is_unknown(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.deploy("orders-api", VERSION, "production")

    def again(honest: Reply, _: object) -> Reply:
        broker.deploy("orders-api", VERSION, "production")
        return honest

    broker.fault("PATCH", "/deployed-versions/", faults.Fault(spoil=again, after_work=True), times=1)
    ended = runs.record("undeployment", "orders-api", "")

    assert ended.code == 3
    assert "undeployment not recorded; unknown whether somebody there still needs it" in told(ended)
    assert f"it was recorded that orders-api {VERSION} is gone, and it is still listed there." in told(ended)


def test_a_deployment_is_ended_and_a_release_of_the_same_version_stays(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.deploy("orders-api", VERSION, "production")
    broker.release("orders-api", VERSION, "production")
    ended = runs.record("undeployment", "orders-api", VERSION)

    assert ended.code == 0
    assert broker.live("production", "orders-api") == [VERSION]


def test_what_one_environment_lost_another_still_has(runs: BrokerRuns, broker: PactBroker) -> None:
    _honoured(broker, VERSION)
    broker.deploy("web-app", "1", "test")
    for environment in ("test", "production"):
        broker.deploy("orders-api", VERSION, environment)
    ended = runs.record("undeployment", "orders-api", "", environment="test")

    assert ended.code == 1
    assert "web-app 1, live in test since 2026-11-22: needs this service" in told(ended)
    assert broker.live("production", "orders-api") == [VERSION]


@pytest.mark.parametrize(("code", "verdict", "broken"), [(0, "allow", []), (1, "block", ["web-app"])])
def test_a_record_deploys_nothing_by_its_outputs(
    broker_job: Job, broker: PactBroker, code: int, verdict: str, broken: list[str]
) -> None:
    _honoured(broker)
    broker.verify("web-app", "1", "orders-api", HEAD, success=not broken)
    broker_job.event = "push"
    ended = broker_job.run("", "record-deployment")

    assert ended.code == code, ended.out
    assert broker.live("production", "orders-api") == [HEAD]
    assert (broker_job.outputs["verdict"], broker_job.outputs["deployable"]) == (verdict, "false")
    assert json.loads(broker_job.outputs["broken"]) == broken
    assert "deployment recorded" in broker_job.summary
    assert broker_job.states() == []
    recorded = broker_job.workspace.report()["recorded"]
    assert (recorded["record"], recorded["environments"]) == ("deployment", ["production"])


def test_a_job_that_has_other_code_than_the_run_is_about_must_name_what_it_deployed(
    broker_job: Job, broker: PactBroker
) -> None:
    _honoured(broker, HEAD)
    _, merge = checked_out(broker_job, event="pull_request")
    refused = broker_job.run("", "record-deployment")
    named = broker_job.run("", "record-deployment", version=HEAD)

    assert (refused.code, named.code) == (2, 0)
    assert f"commit {merge} is checked out, and this run is about {HEAD}" in told(refused)
    assert broker.live("production", "orders-api") == [HEAD]


@pytest.mark.measured
def test_an_undeployment_on_a_runner_deploys_nothing_either(broker_job: Job, broker: PactBroker) -> None:
    _honoured(broker, HEAD)
    broker.deploy("orders-api", HEAD, "production")
    broker_job.event = "workflow_dispatch"
    ended = broker_job.run("", "record-undeployment", service="web-app")

    assert ended.code == 0, ended.out
    assert broker.live("production", "web-app") == []
    assert (broker_job.outputs["verdict"], broker_job.outputs["deployable"]) == ("allow", "false")


@pytest.mark.parametrize("missing", ["environment", "broker-url"])
def test_what_recording_needs_is_asked_for(runs: BrokerRuns, broker: PactBroker, missing: str) -> None:
    ended = runs.record("deployment", "orders-api", VERSION, **{missing: ""})

    assert ended.code == 2
    assert f"{missing} is missing" in told(ended)
    assert broker.asked == []
