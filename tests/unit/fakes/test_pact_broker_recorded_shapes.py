"""The check that the fake answered as recordings have it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.pact_broker import Basic, BrokerAnswer, PactBroker, a_pact, faults, pact_broker
from tests.pact_broker.asking import HAL, MERGE, ask, publication
from tests.pact_broker.recorded_shapes import unrecorded

API = "orders-api"
PROBLEM = f"{HAL}, application/problem+json"


@pytest.fixture
def broker() -> Iterator[PactBroker]:
    with pact_broker() as broker:
        yield broker


def follow(resource: Any, rel: str, name: str | None = None) -> str:
    links = resource["_links"][rel]
    found = links if isinstance(links, dict) else next(one for one in links if name in {None, one["name"]})
    href: str = found["href"]
    return href


def get(url: str) -> Any:
    answer = requests.get(url, headers={"Accept": PROBLEM}, timeout=5)
    assert answer.status_code == 200
    return answer.json()


def post(url: str, body: Any) -> Any:
    answer = requests.post(url, json=body, headers={"Accept": PROBLEM}, timeout=5)
    assert answer.status_code in {200, 201}
    return answer.json()


def patch(url: str, body: Any) -> Any:
    answer = requests.patch(url, json=body, headers={"Accept": PROBLEM, **MERGE}, timeout=5)
    assert answer.status_code == 200
    return answer.json()


def test_the_normal_life_of_two_services_is_recorded(broker: PactBroker) -> None:
    index, branches = get(broker.url), f"/pacticipants/{API}/branches/main/versions"
    publish = follow(index, "pb:publish-contracts")
    post(publish, publication("1", a_pact("web-app", API), branch="main", tags=["rc"], buildUrl="https://ci.example/1"))
    for _ in range(2):
        assert ask(broker, "PUT", f"{branches}/5", {}).ok
        assert ask(broker, "PUT", f"/pacticipants/{API}/versions/5", {"buildUrl": "https://ci.example/2"}).ok
        assert ask(broker, "PUT", f"/pacticipants/{API}/versions/5/tags/dev", {}).ok
    wanted = {"consumerVersionSelectors": [{"mainBranch": True}], "includePendingStatus": True}
    listed = post(follow(index, "pb:provider-pacts-for-verification").replace("{provider}", API), wanted)
    pact = get(follow(listed["_embedded"]["pacts"][0], "self"))
    result = {
        "success": True,
        "providerApplicationVersion": "5",
        "testResults": [1],
        "buildUrl": "https://ci.example/3",
    }
    post(
        follow(pact, "pb:publish-verification-results"),
        {**result, "verifiedBy": {"implementation": "x", "version": "1"}},
    )
    get(follow(get(follow(pact, "pb:pact-version")), "pb:latest-verification-results"))

    environments = get(follow(index, "pb:environments"))
    production = get(follow(environments, "pb:environments", "production"))
    version = get(f"{broker.url}/pacticipants/{API}/versions/5")
    deployed = post(follow(version, "pb:record-deployment", "production"), {})
    blue = post(follow(version, "pb:record-deployment", "production"), {"applicationInstance": "blue"})
    released = post(follow(version, "pb:record-release", "production"), {})
    post(follow(version, "pb:record-release", "production"), {})
    broker.deploy("web-app", "1", "production")
    get(follow(production, "pb:currently-deployed-deployed-versions"))
    get(follow(production, "pb:currently-supported-released-versions"))
    get(f"{broker.url}/pacticipants/{API}/versions/5")
    for name in ("web-app", API):
        get(f"{broker.url}/pacticipants/{name}")
        get(f"{broker.url}/pacticipants/{name}/versions?page=1&size=10")
    get(f"{broker.url}/can-i-deploy?pacticipant={API}&version=5&environment=production")
    get(f"{broker.url}/matrix?q[][pacticipant]=web-app&q[][version]=1&latestby=cvpv&environment=production")
    for one in (deployed, blue):
        get(patch(follow(one, "self"), {"currentlyDeployed": False})["_links"]["self"]["href"])
    patch(follow(released, "self"), {"currentlySupported": False})
    get(f"{broker.url}/pacticipants/{API}/versions/5")

    for accept in (HAL, PROBLEM):
        headers = {"Accept": accept}
        assert ask(broker, "GET", "/pacticipants/none", headers=headers).status_code == 404
        assert ask(broker, "GET", "/pacticipants/web-app/versions/9", headers=headers).status_code == 404
        assert ask(broker, "PATCH", "/deployed-versions/none", {}, headers={**headers, **MERGE}).status_code == 404
        assert ask(broker, "PATCH", "/deployed-versions/none", {}, headers=headers).status_code == 415
        changed = publication("1", a_pact("web-app", API, "another"))
        assert ask(broker, "POST", "/contracts/publish", changed, headers=headers).status_code == 409
        assert ask(broker, "POST", "/contracts/publish", {}, headers=headers).status_code == 400

    assert unrecorded(broker) == []
    assert [answer.request for answer in broker.answered] == broker.asked


def test_a_broker_that_keeps_out_and_one_below_a_prefix_are_recorded() -> None:
    with pact_broker(auth=Basic("user", "pass", reader=("reader", "read")), prefix="/pact-broker") as broker:
        assert ask(broker, "GET", "/").status_code == 401
        assert ask(broker, "GET", "/", headers={"Authorization": "Bearer x"}).status_code == 400
        assert ask(broker, "PUT", f"/pacticipants/{API}/versions/5", {}, auth=("reader", "read")).status_code == 401
        assert ask(broker, "GET", "/nothing/here", auth=("user", "pass")).status_code == 404
        assert ask(broker, "DELETE", "/matrix", auth=("user", "pass")).status_code == 405

        assert unrecorded(broker) == []


def spoiled(answer: BrokerAnswer, change: Callable[[Any], Any]) -> BrokerAnswer:
    return replace(answer, reply=replace(answer.reply, body=change(answer.reply.body)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda body: {**body, "invented": 1}, "invented is not recorded"),
        (lambda body: {**body, "number": 5}, "number is a number, recorded is text"),
        (lambda body: {**body, "number": None}, "number is null, recorded is text"),
        (lambda body: {name: body[name] for name in body if name != "_embedded"}, "_embedded is missing"),
        (lambda body: {**body, "_links": []}, "_links is a list, recorded is an object"),
        (
            lambda body: {**body, "_embedded": {**body["_embedded"], "branchVersions": [{}]}},
            "_embedded.branchVersions[]._links is missing",
        ),
        (
            lambda body: {**body, "_embedded": {**body["_embedded"], "branchVersions": ["main"]}},
            "_embedded.branchVersions[] is text, recorded is an object",
        ),
        (lambda _: b"", "the body is text, recorded is an object"),
    ],
)
def test_an_invented_body_is_found(broker: PactBroker, change: Callable[[Any], Any], fault: str) -> None:
    broker.version(API, "5", branch="main")
    ask(broker, "GET", f"/pacticipants/{API}/versions/5")
    broker.answered = [spoiled(answer, change) for answer in broker.answered] * 2

    assert f"GET /pacticipants/{{pacticipant}}/versions/{{version}} 200: {fault}" in unrecorded(broker)
    assert len(set(unrecorded(broker))) == len(unrecorded(broker))


def test_an_invented_status_type_or_header_is_found(broker: PactBroker) -> None:
    ask(broker, "GET", "/environments")
    [answer] = broker.answered
    other_type = {**answer.reply.headers, "Content-Type": "text/html"}
    header = {**answer.reply.headers, "Location": "/"}
    broker.answered = [
        replace(answer, reply=replace(answer.reply, status=202)),
        replace(answer, reply=replace(answer.reply, headers=other_type)),
        replace(answer, reply=replace(answer.reply, headers=header)),
    ]

    kind, version = "application/hal+json;charset=utf-8", "x-pact-broker-version"
    assert unrecorded(broker) == [
        f"GET /environments: 202 {kind} is not recorded, but 200 {kind}",
        f"GET /environments: 200 text/html is not recorded, but 200 {kind}",
        f"GET /environments 200: has the headers location, {version}, recorded is the headers {version}",
    ]


def test_a_route_that_was_never_recorded_is_found(broker: PactBroker) -> None:
    broker.version(API, "5", branch="main")
    ask(broker, "GET", f"/pacticipants/{API}/branches/main")

    kind = "application/hal+json;charset=utf-8"
    where = "GET /pacticipants/{pacticipant}/branches/{branch}"
    assert unrecorded(broker) == [f"{where}: 200 {kind} is not recorded, but nothing"]


def test_a_refusal_by_the_resource_is_known_only_where_it_was_recorded(broker: PactBroker) -> None:
    release = broker.release(API, "5", "production")
    ask(broker, "PATCH", f"/released-versions/{release.uuid}", {"currentlySupported": True}, headers=MERGE)

    [line] = unrecorded(broker)
    assert line.startswith("PATCH /released-versions/{uuid}: 422 ")


def test_what_faults_make_of_answers_does_not_count(broker: PactBroker) -> None:
    broker.fault("GET", "^/environments$", faults.answer(503, b"busy"), times=1)
    broker.fault("GET", "^/environments$", faults.not_json())
    for _ in range(2):
        ask(broker, "GET", "/environments")

    assert len(broker.answered) == 1
    assert unrecorded(broker) == []
