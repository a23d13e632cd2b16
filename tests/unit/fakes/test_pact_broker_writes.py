"""What the broker's source (2.120.0) says of writing, where no recording tells it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.pact_broker import Basic, PactBroker, a_pact, pact_broker
from tests.pact_broker.asking import MERGE, ask, names, pacts_for, publication
from tests.pact_broker.state import ConflictError

API = "orders-api"
VERSION = "/pacticipants/orders-api/versions/5"


@pytest.fixture
def broker() -> Iterator[PactBroker]:
    with pact_broker() as broker:
        yield broker


def record(broker: PactBroker, kind: str, version: str, body: Any = None) -> requests.Response:
    place = broker.environment("production").uuid
    path = f"/pacticipants/{API}/versions/{version}/{kind}-versions/environment/{place}"
    return ask(broker, "POST", path, {} if body is None else body)


def publish(broker: PactBroker, body: Any) -> requests.Response:
    return ask(broker, "POST", "/contracts/publish", body)


def notices(answer: requests.Response) -> list[tuple[str, str]]:
    return [(one["type"], one["text"]) for one in answer.json()["notices"]]


# Versions, branches and tags


@pytest.mark.parametrize(("branch", "main"), [("main", "main"), ("develop", "develop"), ("trunk", None)])
def test_a_version_on_a_branch_creates_all_above_it(broker: PactBroker, branch: str, main: str | None) -> None:
    answer = ask(broker, "PUT", f"/pacticipants/{API}/branches/{branch}/versions/5", {})

    assert answer.status_code == 201
    assert answer.headers["Location"] == answer.json()["_links"]["self"]["href"]
    assert ask(broker, "GET", f"/pacticipants/{API}").json().get("mainBranch") == main
    assert list(broker.state.pacticipants[API].versions) == ["5"]


def test_the_main_branch_stays_what_it_is(broker: PactBroker) -> None:
    broker.pacticipant(API, main_branch="trunk")
    ask(broker, "PUT", f"/pacticipants/{API}/branches/main/versions/5", {})

    assert broker.state.pacticipants[API].main_branch == "trunk"


def test_a_version_is_written_anew_but_keeps_branches_and_tags(broker: PactBroker) -> None:
    assert ask(broker, "PUT", VERSION, {"buildUrl": "https://ci.example/1", "branch": "main"}).status_code == 201
    assert broker.state.pacticipants[API].branches == {}
    broker.version(API, "5", branch="main", tags=("dev", "rc"))

    answer = ask(broker, "PUT", VERSION, {})

    assert answer.status_code == 200
    assert "buildUrl" not in answer.json()
    embedded = answer.json()["_embedded"]
    assert [[one["name"] for one in embedded[key]] for key in ("branchVersions", "tags")] == [["main"], ["dev", "rc"]]
    tag = embedded["tags"][0]["_links"]["self"]
    assert (tag["title"], tag["name"], tag["href"]) == ("Tag", "dev", f"{broker.url}{VERSION}/tags/dev")
    assert ask(broker, "PUT", VERSION, {"tags": [{"name": "new"}]}).json()["_embedded"]["tags"][0]["name"] == "new"


def test_the_first_tag_of_a_new_version_is_its_branch(broker: PactBroker) -> None:
    ask(broker, "PUT", f"{VERSION}/tags/main", {})
    ask(broker, "PUT", f"{VERSION}/tags/second", {})
    broker.version(API, "6")
    broker.clock.advance(seconds=11)
    ask(broker, "PUT", f"/pacticipants/{API}/versions/6/tags/late", {})

    owner = broker.state.pacticipants[API]
    assert [list(version.branches) for version in owner.versions.values()] == [["main"], []]
    assert owner.main_branch == "main"


def test_a_tag_named_as_an_environment_deploys_each_time_but_not_in_a_publication(broker: PactBroker) -> None:
    pact = a_pact("web-app", API)
    assert publish(broker, publication("1", pact, branch="main", tags=["production"])).status_code == 200
    assert broker.live("production", "web-app") == []

    assert ask(broker, "PUT", f"{VERSION}/tags/production", {}).status_code == 201
    assert broker.live("production", API) == ["5"]
    broker.undeploy(API, "5", "production")
    assert ask(broker, "PUT", f"{VERSION}/tags/production", {}).status_code == 200
    assert broker.live("production", API) == ["5"]


# Results


def test_a_result_names_the_verifier_in_the_brokers_words(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)
    href = pacts_for(broker)[0]["_links"]["self"]["href"]
    language = {"name": "python", "testFramework": "pytest", "version": "3.11", "more": 1}
    verifier = {"implementation": "gate", "version": "1", "clientLanguage": language, "more": 1}
    body = {"success": True, "providerApplicationVersion": "5", "verifiedBy": verifier}

    answer = requests.post(f"{href}/verification-results", json=body, timeout=5)

    assert answer.json()["verifiedBy"] == {
        "implementation": "gate",
        "version": "1",
        "client_implementation": "python",
        "client_test_framework": "pytest",
        "client_version": "3.11",
    }
    assert broker.state.pacticipants[API].versions["5"].branches == {}


@pytest.mark.parametrize(("through_wip", "listed"), [(True, ["web-app (1)"]), (False, [])])
def test_only_a_result_of_another_address_ends_work_in_progress(
    broker: PactBroker, listed: list[str], *, through_wip: bool
) -> None:
    broker.publish("web-app", "1", API, branch="feat/x")
    ask(broker, "PUT", f"/pacticipants/{API}/branches/main/versions/5", {})
    wanted: dict[str, Any] = {
        "consumerVersionSelectors": [{"mainBranch": True}],
        "includePendingStatus": True,
        "includeWipPactsSince": "2020-01-01",
        "providerVersionBranch": "main",
    }
    [pact] = pacts_for(broker, **wanted)
    href = pact["_links"]["self"]["href"]
    address = href if through_wip else href.partition("/metadata/")[0]

    body = {"success": True, "providerApplicationVersion": "5"}
    assert requests.post(f"{address}/verification-results", json=body, timeout=5).status_code == 201

    assert names(pacts_for(broker, **wanted)) == listed


# Deployments and releases


def test_a_deployment_is_repeated_and_replaced_at_its_instance(broker: PactBroker) -> None:
    for version in ("5", "6"):
        broker.version(API, version, branch="main")
    first, again = record(broker, "deployed", "5"), record(broker, "deployed", "5")
    blue = record(broker, "deployed", "5", {"target": "blue"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["uuid"] == again.json()["uuid"] != blue.json()["uuid"]
    assert (blue.json()["target"], blue.json()["applicationInstance"]) == ("blue", "blue")

    other = record(broker, "deployed", "6").json()

    assert ask(broker, "GET", f"/deployed-versions/{first.json()['uuid']}").json()["currentlyDeployed"] is False
    assert broker.live("production", API) == ["5", "6"]
    links = ask(broker, "GET", VERSION).json()["_links"]["pb:deployed-environments"]
    assert [(one["currently_deployed"], one.get("application_instance")) for one in links] == [
        (False, None),
        (True, "blue"),
    ]
    assert record(broker, "deployed", "5").json()["uuid"] not in {first.json()["uuid"], other["uuid"]}


def test_an_instance_without_a_name_displaces_none(broker: PactBroker) -> None:
    for version in ("5", "6"):
        broker.version(API, version, branch="main")
    first = record(broker, "deployed", "5").json()["uuid"]

    empty = record(broker, "deployed", "6", {"applicationInstance": ""}).json()

    assert (empty["applicationInstance"], empty["target"]) == ("", "")
    ended = ask(broker, "GET", f"/deployed-versions/{first}").json()
    assert ended["currentlyDeployed"] is False
    assert "undeployedAt" not in ended
    assert broker.live("production", API) == ["6"]
    assert record(broker, "deployed", "6", {"applicationInstance": 7}).json()["applicationInstance"] == "7"


def test_a_deployment_ends_once_and_does_not_come_back(broker: PactBroker) -> None:
    uuid = broker.deploy(API, "5", "production").uuid
    broker.release(API, "5", "production")
    path = f"/deployed-versions/{uuid}"

    ended = ask(broker, "PATCH", path, {"currentlyDeployed": False}, headers=MERGE)
    again = ask(broker, "PATCH", path, {"currentlyDeployed": False}, headers=MERGE)

    assert (again.status_code, again.json()) == (200, ended.json())
    assert ask(broker, "PATCH", path, {"currentlyDeployed": True}, headers=MERGE).status_code == 422
    assert ask(broker, "PATCH", path, {}, headers=MERGE).json() == ended.json()
    assert broker.live("production", API) == ["5"]


def test_a_release_is_one_record_that_can_be_supported_again(broker: PactBroker) -> None:
    broker.version(API, "5", branch="main")
    first = record(broker, "released", "5")
    path = f"/released-versions/{first.json()['uuid']}"
    again = record(broker, "released", "5")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert first.headers["Location"] == again.headers["Location"] == broker.url + path

    ended = ask(broker, "PATCH", path, {"currentlySupported": False}, headers=MERGE).json()
    assert (ended["currentlySupported"], "supportEndedAt" in ended) == (False, True)
    [link] = ask(broker, "GET", VERSION).json()["_links"]["pb:released-environments"]
    assert link["currently_supported"] is False
    refused = ask(broker, "PATCH", path, {"currentlySupported": True}, headers=MERGE)
    assert refused.status_code == 422
    sentence = "The currentlySupported property cannot be set back to true. Please record a new deployment."
    assert refused.json()["errors"] == {"currentlySupported": [sentence]}

    assert record(broker, "released", "5").json() == first.json()
    assert broker.live("production", API) == ["5"]


# Publications


def test_a_publication_with_branch_tags_and_build(broker: PactBroker) -> None:
    body = publication("1", a_pact("web-app", API), branch="main", tags=["a", "b"], buildUrl="https://ci.example/1")

    answer = publish(broker, body)

    assert answer.status_code == 200
    assert notices(answer)[0] == ("debug", "Created web-app version 1 with branch main and tags a, b")
    events = ", ".join(
        f"first time any pact published for this consumer with consumer version tagged {tag}" for tag in ("a", "b")
    )
    assert ("debug", f"  Events detected: contract_published, contract_content_changed ({events})") in notices(answer)
    links = answer.json()["_links"]["pb:pacticipant-version-tags"]
    assert [(one["title"], one["name"]) for one in links] == [("Tag", "a"), ("Tag", "b")]
    assert broker.state.pacticipants["web-app"].versions["1"].build_url == "https://ci.example/1"
    publish(broker, publication("1", a_pact("web-app", API), branch="main"))
    assert broker.state.pacticipants["web-app"].versions["1"].build_url == "https://ci.example/1"


@pytest.mark.parametrize(
    ("tags", "descriptions", "event"),
    [
        (["a"], ["a request"], "pact content is the same as previous version with tag a and no new tags were applied"),
        (["a"], ["new"], "pact content has changed since the last consumer version tagged with a"),
        ([], ["a request"], "first time untagged pact published"),
    ],
)
def test_events_compare_with_the_version_of_the_same_tag(
    broker: PactBroker, tags: list[str], descriptions: list[str], event: str
) -> None:
    broker.publish("web-app", "1", API, tags=("a",))

    answer = publish(broker, publication("2", a_pact("web-app", API, *descriptions), branch="main", tags=tags))

    assert any(f"({event})" in text for _, text in notices(answer))


@pytest.mark.parametrize("conflict", [None, "overwrite", "merge"])
def test_one_conflict_keeps_all_out_even_if_it_is_a_merge(broker: PactBroker, conflict: str | None) -> None:
    broker.publish("web-app", "1", API)
    fresh, changed = a_pact("web-app", "billing"), a_pact("web-app", API, "another")

    answer = publish(broker, publication("1", fresh, changed, conflict=conflict, branch="late", tags=["late"]))

    assert answer.status_code == 409
    assert [kind for kind, _ in notices(answer)] == ["error", "info"]
    version = broker.state.pacticipants["web-app"].versions["1"]
    assert (list(version.pacts), list(version.branches), list(version.tags)) == ([API], ["main"], [])
    assert "billing" not in broker.state.pacticipants


def test_a_merge_of_the_same_content_says_so(broker: PactBroker) -> None:
    broker.publish("web-app", "1", API)

    answer = publish(broker, publication("1", a_pact("web-app", API), conflict="merge", branch="main"))

    sentence = "Pact content merged with existing content for web-app version 1 and provider orders-api."
    assert notices(answer)[1] == ("success", sentence)


def test_the_second_of_two_contents_in_one_publication_wins(broker: PactBroker) -> None:
    first, second = a_pact("web-app", API, "first"), a_pact("web-app", API, "second")

    answer = publish(broker, publication("1", first, second, branch="main"))

    assert answer.status_code == 200
    assert [kind for kind, _ in notices(answer) if kind in {"success", "warning"}] == ["success", "warning"]
    assert broker.content("web-app", "1", API).body == second
    assert [one.version.number for one in broker.content("web-app", "1", API).pacts] == ["1"]


def test_others_may_overwrite_a_content_if_they_say_so(broker: PactBroker) -> None:
    first = broker.publish("web-app", "1", API).content
    other = a_pact("web-app", API, "other")
    with pytest.raises(ConflictError):
        broker.publish("web-app", "1", API, other)

    pact = broker.publish("web-app", "1", API, other, overwrite=True)

    assert (pact.content.body, pact.revision, first.pacts) == (other, 2, [])
    assert broker.content("web-app", "1", API) is pact.content


def test_what_is_wrong_with_a_publication_is_named(broker: PactBroker) -> None:
    body = publication("1", a_pact("web-app", API), branch=" ", buildUrl="a\nb", tags=["a", ""])

    assert publish(broker, body).json()["errors"] == {
        "branch": ["cannot be blank"],
        "buildUrl": ["cannot contain multiple lines"],
        "tags": ["must be filled (at index 1)"],
    }
    other = publish(broker, publication("1", a_pact("web-app", API), branch=1, buildUrl=None, tags="a"))
    assert other.json()["errors"] == {"branch": ["must be a string"], "tags": ["must be an array"]}
    assert broker.state.pacticipants == {}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/contracts/publish"),
        ("PUT", f"/pacticipants/{API}/branches/main/versions/5"),
        ("PUT", VERSION),
        ("PUT", f"{VERSION}/tags/dev"),
        ("POST", f"{VERSION}/deployed-versions/environment/none"),
        ("POST", f"{VERSION}/released-versions/environment/none"),
        ("PATCH", "/deployed-versions/none"),
        ("PATCH", "/released-versions/none"),
        ("POST", f"/pacts/provider/{API}/consumer/web-app/pact-version/none/verification-results"),
    ],
)
def test_who_may_only_read_is_kept_out_of_all_writing(method: str, path: str) -> None:
    with pact_broker(auth=Basic("user", "pass", reader=("reader", "read"))) as broker:
        answer = ask(broker, method, path, {}, auth=("reader", "read"))

        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Restricted area"'
        assert broker.state.pacticipants == {}
