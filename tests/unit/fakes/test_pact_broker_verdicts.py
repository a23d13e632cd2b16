from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.pact_broker import PactBroker, a_pact, pact_broker
from tests.pact_broker.asking import ask, deployable, names, pacts_for, selected, states

API = "orders-api"
NOTHING_RECORDED = "no version is currently recorded as deployed/released in this environment"


@pytest.fixture
def broker() -> Iterator[PactBroker]:
    with pact_broker() as broker:
        yield broker


# What a provider is to verify


def test_each_selector_chooses_its_own_versions(broker: PactBroker) -> None:
    for number, branch in (("1", "main"), ("2", "feat/x"), ("3", "main"), ("4", None)):
        broker.publish("web-app", number, API, a_pact("web-app", API, number), branch=branch)
    broker.publish("mobile", "1", API, tags=("rc",))
    broker.publish("mobile", "2", API, a_pact("mobile", API, "2"), tags=("rc",))
    broker.deploy("web-app", "1", "production")
    broker.release("mobile", "1", "test")

    assert selected(broker, {"mainBranch": True}) == ["mobile (2)", "web-app (3)"]
    assert selected(broker, {"mainBranch": True, "consumer": "mobile"}) == ["mobile (2)"]
    assert selected(broker, {"branch": "feat/x"}) == ["web-app (2)"]
    assert selected(broker, {"branch": True, "consumer": "web-app"}) == ["web-app (2)", "web-app (3)"]
    assert selected(broker, {"latest": True}) == ["mobile (2)", "web-app (4)"]
    assert selected(broker, {"tag": "rc"}) == ["mobile (1)", "mobile (2)"]
    assert selected(broker, {"tag": "rc", "latest": True}) == ["mobile (2)"]
    assert selected(broker, {"tag": "no", "latest": True, "fallbackTag": "rc"}) == ["mobile (2)"]
    assert selected(broker, {"branch": "no", "fallbackBranch": "main"}) == []
    assert selected(broker, {"deployed": True}) == ["web-app (1)"]
    assert selected(broker, {"released": True}) == ["mobile (1)"]
    assert selected(broker, {"deployedOrReleased": True}) == ["mobile (1)", "web-app (1)"]
    assert selected(broker, {"environment": "test"}) == ["mobile (1)"]
    assert selected(broker, {"environment": "test", "deployed": True}) == []
    assert selected(broker) == ["mobile (1)", "mobile (2)", "web-app (1)", "web-app (3)"]


def test_one_content_comes_once_as_the_newest_of_the_chosen_versions(broker: PactBroker) -> None:
    for number in ("1", "2", "3"):
        broker.publish("web-app", number, API)
    broker.deploy("web-app", "1", "production")
    broker.publish("web-app", "4", API, branch="feat/x")

    pacts = pacts_for(broker, consumerVersionSelectors=[{"mainBranch": True}, {"deployedOrReleased": True}])

    assert names(pacts) == ["web-app (3)"]
    pact = requests.get(pacts[0]["_links"]["self"]["href"], timeout=5).json()
    assert [link["name"] for link in pact["_links"]["pb:consumer-versions"]] == ["3", "1"]
    assert pact["_links"]["pb:consumer-version"]["name"] == "3"


def test_a_pact_is_pending_until_its_branch_verified_it(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    broker.version(API, "0", branch="feat/old")
    assert states(pacts_for(broker, providerVersionBranch="main")) == [True]

    broker.verify("web-app", "1", API, "1", success=False)
    assert states(pacts_for(broker, providerVersionBranch="main")) == [True]
    broker.verify("web-app", "1", API, "2")

    assert states(pacts_for(broker, providerVersionBranch="main")) == [False]
    assert states(pacts_for(broker, providerVersionBranch="feat/new")) == [False]
    assert states(pacts_for(broker, providerVersionBranch="feat/old")) == [True]
    assert states(pacts_for(broker)) == [False]
    assert states(pacts_for(broker, includePendingStatus=False)) == [None]


def test_work_in_progress_needs_a_branch_and_a_pact_that_is_new_enough(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    broker.publish("web-app", "2", API, a_pact("web-app", API, "old"), branch="feat/old")
    broker.clock.advance(days=10)
    broker.publish("web-app", "3", API, a_pact("web-app", API, "new"), branch="feat/new")
    since = broker.clock.now.date().isoformat()
    wanted: dict[str, Any] = {"consumerVersionSelectors": [{"mainBranch": True}], "includeWipPactsSince": since}

    assert names(pacts_for(broker, **wanted)) == ["web-app (1)"]
    pacts = pacts_for(broker, providerVersionBranch="main", **wanted)
    assert names(pacts) == ["web-app (1)", "web-app (3)"]
    assert [pact["verificationProperties"].get("wip") for pact in pacts] == [None, True]


def test_a_result_for_work_in_progress_does_not_end_it(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API, branch="feat/x")
    wanted: dict[str, Any] = {"consumerVersionSelectors": [{"mainBranch": True}], "includeWipPactsSince": "2020-01-01"}
    href = pacts_for(broker, providerVersionBranch="main", **wanted)[0]["_links"]["self"]["href"]
    broker.version(API, "5", branch="main")

    result = {"success": True, "providerApplicationVersion": "5"}
    assert requests.post(f"{href}/verification-results", json=result, timeout=5).status_code == 201
    assert names(pacts_for(broker, providerVersionBranch="main", **wanted)) == ["web-app (1)"]
    broker.verify("web-app", "1", API, "5")

    assert pacts_for(broker, providerVersionBranch="main", **wanted) == []


def test_work_in_progress_ends_where_another_branch_verified_before(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API, branch="feat/x")
    wanted: dict[str, Any] = {"consumerVersionSelectors": [{"mainBranch": True}], "includeWipPactsSince": "2020-01-01"}
    broker.version(API, "1", branch="feat/old")
    broker.verify("web-app", "1", API, "5")

    assert pacts_for(broker, providerVersionBranch="main", **wanted) == []
    assert pacts_for(broker, providerVersionBranch="feat/new", **wanted) == []
    assert names(pacts_for(broker, providerVersionBranch="feat/old", **wanted)) == ["web-app (1)"]


def test_without_selectors_a_consumer_without_a_main_branch_gives_its_newest_version(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API, branch="trunk", tags=("stable",))
    broker.publish("web-app", "2", API, a_pact("web-app", API, "2"), branch="trunk")
    assert selected(broker) == ["web-app (2)"]

    broker.pacticipant("web-app", main_branch="stable")

    assert selected(broker) == ["web-app (1)"]


# What can be deployed


def test_the_newest_hundred_pacts_hide_a_failure_of_an_older_one(broker: PactBroker) -> None:
    for number in range(101):
        broker.publish(f"consumer-{number:03}", "1", API)
        broker.deploy(f"consumer-{number:03}", "1", "production")
        broker.verify(f"consumer-{number:03}", "1", API, "5", success=number > 0)
    path = f"/matrix?q[][pacticipant]={API}&q[][version]=5&latestby=cvpv&environment=production"

    assert ask(broker, "GET", path).json()["summary"]["deployable"] is True
    assert ask(broker, "GET", f"{path}&limit=101").json()["summary"]["deployable"] is False
    assert deployable(broker, API, "5") is False


def test_a_live_version_that_never_verified_is_overlooked(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    broker.version(API, "5", branch="main")
    broker.deploy(API, "5", "production", instance="blue")
    broker.verify("web-app", "1", API, "6")
    broker.deploy(API, "6", "production", instance="green")
    pair = f"/matrix?q[][pacticipant]=web-app&q[][version]=1&q[][pacticipant]={API}&q[][version]=5&latestby=cvpv"

    assert deployable(broker, "web-app", "1") is True
    assert ask(broker, "GET", pair).json()["summary"]["deployable"] is None


def test_a_verdict_follows_what_is_live(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    broker.version(API, "5", branch="main")
    assert deployable(broker, API, "5") is True
    broker.deploy("web-app", "1", "production")
    assert deployable(broker, API, "5") is None
    broker.verify("web-app", "1", API, "5", success=False)
    assert deployable(broker, API, "5") is False
    broker.verify("web-app", "1", API, "5")
    assert deployable(broker, API, "5") is True
    assert deployable(broker, "web-app", "1") is None
    broker.deploy(API, "5", "production")
    assert deployable(broker, "web-app", "1") is True


@pytest.mark.parametrize(
    ("parameters", "consumer", "provider"),
    [
        (
            "q[][pacticipant]=web-app&q[][version]=1&latest=true&tag=prod",
            "version 1 of web-app",
            "the latest version of orders-api with tag prod (no such version exists)",
        ),
        (
            "q[][pacticipant]=web-app&q[][version]=1&latest=true&mainBranch=true",
            "version 1 of web-app",
            "the latest version of orders-api from the main branch (no versions exist for this branch)",
        ),
        (
            "q[][pacticipant]=web-app&q[][version]=1&latest=true",
            "version 1 of web-app",
            "the latest version of orders-api (5)",
        ),
        (
            "q[][pacticipant]=web-app&q[][branch]=main&q[][latest]=true&environment=production",
            "the latest version of web-app from branch main (1)",
            f"a version of orders-api currently in production ({NOTHING_RECORDED})",
        ),
    ],
)
def test_the_reason_names_both_sides_as_they_were_asked_for(
    broker: PactBroker, parameters: str, consumer: str, provider: str
) -> None:
    broker.publish("web-app", "1", API)
    broker.version(API, "5")

    summary = ask(broker, "GET", f"/matrix?latestby=cvp&{parameters}").json()["summary"]

    assert summary["deployable"] is None
    assert summary["reason"].endswith(f"There is no verified pact between {consumer} and {provider}")


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ("q[][tag]=prod", "No version with tag prod exists for orders-api"),
        ("q[][branch]=none&q[][latest]=true", "No version of orders-api from branch none exists"),
        ("q[][mainBranch]=true", "No version of orders-api from the main branch exists"),
        (
            "q[][environment]=test",
            "No version of orders-api is currently recorded as deployed or released in environment test",
        ),
        ("q[][version]=9", "No pacts or verifications have been published for version 9 of orders-api"),
    ],
)
def test_a_version_that_does_not_exist_cannot_be_deployed(broker: PactBroker, selector: str, reason: str) -> None:
    broker.version(API, "5")

    path = f"/matrix?q[][pacticipant]={API}&{selector}&latestby=cvp&environment=production"
    body = ask(broker, "GET", path).json()

    assert body["summary"]["deployable"] is False
    assert body["notices"][-1] == {"type": "error", "text": reason}


def test_rows_of_an_ignored_version_do_not_count(broker: PactBroker) -> None:
    for consumer, success in (("web-app", True), ("mobile", False)):
        broker.publish(consumer, "1", API)
        broker.deploy(consumer, "1", "production")
        broker.verify(consumer, "1", API, "5", success=success)
    question = f"/can-i-deploy?pacticipant={API}&version=5&environment=production&ignore[][pacticipant]=mobile"

    assert ask(broker, "GET", f"{question}&ignore[][version]=1").json()["summary"]["deployable"] is True
    other = ask(broker, "GET", f"{question}&ignore[][version]=2").json()
    assert other["summary"]["deployable"] is False
    warning = "WARN: Cannot ignore version 2 of mobile (no such version exists)"
    assert other["notices"][0] == {"type": "warning", "text": warning}


def test_what_the_broker_cannot_compute_is_an_error_of_its_own(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    wrong = f"/matrix?q[][pacticipant]={API}&q[][version]=1&environment=test&latest=true&tag=x&limit=none"

    answer = ask(broker, "GET", wrong)

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        "Cannot specify both a 'to' tag and an environment.",
        "Cannot specify both latest=true and an environment.",
        "The limit must be 1 or greater.",
    ]
    grouped = f"/matrix?q[][pacticipant]=web-app&q[][pacticipant]={API}&latestby="
    assert ask(broker, "GET", f"{grouped}cp").status_code == 200
    assert ask(broker, "GET", f"{grouped}x").status_code == 500
