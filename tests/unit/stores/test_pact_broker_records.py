"""What is recorded in a broker of a version and an environment, and taken back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.clients.pact_broker.errors import BrokerError
from gate.domain.contracts import PacticipantVersion
from gate.stores.choice import Choice
from gate.stores.pact_broker.store import PactBrokerStore
from tests.builders import candidate
from tests.github_api.faults import Fault as Spoilt
from tests.pact_broker import PactBroker as FakeBroker
from tests.pact_broker import faults, pact_broker
from tests.servers import Reply, Server

API, PLACE = "orders-api", "production"
THIS = PacticipantVersion(name=API, version="5.1.0", branch="main")
BROKERS = {"X-Pact-Broker-Version": "2.120.0"}


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with pact_broker() as running:
        yield running


def _store(broker: FakeBroker) -> PactBrokerStore:
    client = PactBroker(Access(url=broker.url, limit=10_000_000), Patience(answer=5, tries=1), lambda _: None)
    return PactBrokerStore(client, Choice())


def _record(broker: FakeBroker, instance: str | None = None, *, released: bool = False) -> None:
    _store(broker).record(THIS, PLACE, instance, released=released)


def _refusal(work: Any) -> BrokerError:
    with pytest.raises(BrokerError) as refused:
        work()
    return refused.value


def _changed(change: Any) -> Spoilt:
    """Change the honest answer."""

    def spoil(reply: Reply, _: object) -> Reply:
        return Reply(status=reply.status, headers=reply.headers, body=change(reply.body))

    return Spoilt(spoil=spoil, after_work=True)


def _writes(broker: FakeBroker) -> list[tuple[str, str, Any]]:
    return [(one.method, one.path, one.body) for one in broker.asked if one.method != "GET"]


# Whether it is known


def test_what_a_broker_has_heard_of(broker: FakeBroker) -> None:
    broker.version(API, "5.1.0")
    broker.publish("web-app", "1", "users-api")
    store = _store(broker)

    assert [store.has_service(name) for name in (API, "web-app", "users-api", "Orders-Api", "nobody")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    others = [replace(THIS, version="5.1"), replace(THIS, name="nobody"), replace(THIS, version="a/b")]
    assert store.has_version(THIS)
    assert [store.has_version(one) for one in others] == [False] * 3


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_broker_that_cannot_say_has_not_said_no(broker: FakeBroker, status: int) -> None:
    broker.fault("GET", "/pacticipants/", faults.answer(status, {"error": "out of order"}))
    store = _store(broker)

    assert _refusal(lambda: store.has_service(API)).status == status
    assert _refusal(lambda: store.has_version(THIS)).status == status


def test_somebody_elses_404_is_no_answer(broker: FakeBroker) -> None:
    broker.fault("GET", "/pacticipants/", faults.answer(404, b"<html>", content_type="text/html"))
    store = _store(broker)

    assert _refusal(lambda: store.has_service(API)).status is None
    assert _refusal(lambda: store.has_version(THIS)).status is None


def test_what_was_live_a_moment_ago_is_known(broker: FakeBroker) -> None:
    broker.version(API, "5.1.0")
    broker.deploy(API, "5.1.0", PLACE)
    store = _store(broker)
    store.live(candidate(environments=(PLACE,)))
    broker.fault("GET", "/pacticipants/", faults.answer(404, {"error": "no"}, headers=BROKERS))

    assert "lists orders-api as live" in str(_refusal(lambda: store.has_service(API)))
    assert "lists orders-api 5.1.0 as live" in str(_refusal(lambda: store.has_version(THIS)))


# Versions


@pytest.mark.parametrize(
    ("branch", "url", "written"),
    [
        ("main", "", [("PUT", "/pacticipants/orders-api/branches/main/versions/5.1.0", {})]),
        (
            "main",
            "https://ci.example/1",
            [
                ("PUT", "/pacticipants/orders-api/versions/5.1.0", {"buildUrl": "https://ci.example/1"}),
                ("PUT", "/pacticipants/orders-api/branches/main/versions/5.1.0", {}),
            ],
        ),
        (
            None,
            "https://ci.example/1",
            [("PUT", "/pacticipants/orders-api/versions/5.1.0", {"buildUrl": "https://ci.example/1"})],
        ),
        (None, "", [("PUT", "/pacticipants/orders-api/versions/5.1.0", {})]),
    ],
)
def test_a_version_is_added_on_its_branch_and_with_its_page(
    broker: FakeBroker, branch: str | None, url: str, written: Any
) -> None:
    """[R076, R083]"""
    broker.pacticipant(API)
    _store(broker).add_version(replace(THIS, branch=branch), url)

    assert _writes(broker) == written
    version = broker.state.pacticipants[API].versions["5.1.0"]
    assert (list(version.branches), version.build_url) == ([branch] if branch else [], url or None)


def test_slashes_and_signs_are_parts_of_names(broker: FakeBroker) -> None:
    """[R079, R197]"""
    one = PacticipantVersion(name="orders/api ü", version="release/1.0+5", branch="feat/a?b#c")
    store = _store(broker)
    assert not store.has_version(one)
    store.add_version(one, "https://ci.example/1")

    assert store.has_version(one)
    version = broker.state.pacticipants["orders/api ü"].versions["release/1.0+5"]
    assert list(version.branches) == ["feat/a?b#c"]
    assert [path for _, path, _ in _writes(broker)] == [
        "/pacticipants/orders%2Fapi%20%C3%BC/versions/release%2F1.0%2B5",
        "/pacticipants/orders%2Fapi%20%C3%BC/branches/feat%2Fa%3Fb%23c/versions/release%2F1.0%2B5",
    ]


@pytest.mark.parametrize(
    "one", [replace(THIS, version=None), replace(THIS, version=""), replace(THIS, branch=".."), replace(THIS, name=".")]
)
def test_what_is_a_step_in_a_path_is_no_name(broker: FakeBroker, one: PacticipantVersion) -> None:
    assert "cannot stand in the broker's link" in _refusal(lambda: _store(broker).add_version(one, "")).what
    assert _writes(broker) == []


def test_a_version_that_cannot_be_added_says_why(broker: FakeBroker) -> None:
    broker.fault("PUT", "/branches/", faults.answer(403))

    assert _refusal(lambda: _store(broker).add_version(THIS, "https://ci.example/1")).status == 403


# Deployments and releases


@pytest.mark.parametrize(
    ("instance", "released", "kind", "body"),
    [
        (None, False, "deployed", {}),
        ("blue", False, "deployed", {"applicationInstance": "blue"}),
        ("", False, "deployed", {"applicationInstance": ""}),
        (None, True, "released", {}),
    ],
)
def test_a_record_is_made_at_the_versions_own_link(
    broker: FakeBroker, instance: str | None, *, released: bool, kind: str, body: Any
) -> None:
    """[R045, R047, R140]"""
    broker.version(API, "5.1.0")
    _record(broker, instance, released=released)
    uuid = broker.environment(PLACE).uuid

    path = f"/pacticipants/orders-api/versions/5.1.0/{kind}-versions/environment/{uuid}"
    assert _writes(broker) == [("POST", path, body)]
    assert broker.live(PLACE, API) == ["5.1.0"]
    assert broker.live("test", API) == []
    live = _store(broker).live(candidate(environments=(PLACE,)))
    assert [(one.version, one.instance, one.released) for one in live] == [("5.1.0", instance, released)]


def test_a_deployment_takes_the_place_of_its_instance_and_a_release_that_of_nobody(broker: FakeBroker) -> None:
    for version in ("5.0.0", "5.1.0"):
        broker.version(API, version)
    for instance in (None, "blue"):
        broker.deploy(API, "5.0.0", PLACE, instance=instance)
    _record(broker, "blue")
    assert broker.live(PLACE, API) == ["5.0.0", "5.1.0"]

    _record(broker, released=True)
    assert broker.live(PLACE, API) == ["5.0.0", "5.1.0", "5.1.0"]


def test_what_is_recorded_twice_is_recorded_once(broker: FakeBroker) -> None:
    """[R131]"""
    broker.version(API, "5.1.0")
    for _ in range(2):
        _record(broker)
        _record(broker, released=True)

    assert broker.live(PLACE, API) == ["5.1.0", "5.1.0"]


def test_an_environment_that_is_not_there_is_answered_with_those_that_are(broker: FakeBroker) -> None:
    broker.version(API, "5.1.0")
    refused = _refusal(lambda: _store(broker).record(THIS, "prod", None, released=False))

    assert refused.what == "there is no environment 'prod'."
    assert refused.remedy == "There are: production, test. Check environment, or create it in the broker."
    assert _writes(broker) == []


def test_a_broker_without_environments_says_so() -> None:
    with pact_broker(environments=()) as broker:
        refused = _refusal(lambda: _record(broker))

    assert refused.remedy.startswith("There are: none.")


def test_a_version_that_is_not_there_is_not_recorded(broker: FakeBroker) -> None:
    refused = _refusal(lambda: _record(broker))

    assert str(refused) == f"{broker.url}: the broker does not know orders-api 5.1.0."
    assert _writes(broker) == []


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("links", [None, [], [{"name": "test", "href": "x"}], [{"name": PLACE}], [{"href": "x"}]])
def test_a_version_without_a_link_for_the_environment_is_not_recorded(
    broker: FakeBroker, links: Any, *, released: bool
) -> None:
    broker.version(API, "5.1.0")
    rel = "pb:record-release" if released else "pb:record-deployment"
    without = _changed(lambda body: body | {"_links": body["_links"] | {rel: links}})
    broker.fault("GET", "/versions/5.1.0$", without)
    refused = _refusal(lambda: _record(broker, released=released))

    assert refused.what == f"orders-api 5.1.0 has no link {rel} for production."
    assert refused.remedy == "Is the broker 2.89 or newer?"
    assert _writes(broker) == []


def test_a_link_may_be_relative_and_leads_to_no_other_host(broker: FakeBroker, orders: Server) -> None:
    broker.version(API, "5.1.0")

    def leading(prefix: str) -> Spoilt:
        def change(body: Any) -> Any:
            links = [
                one | {"href": one["href"].replace(broker.url, prefix)} for one in body["_links"]["pb:record-release"]
            ]
            return body | {"_links": body["_links"] | {"pb:record-release": links}}

        return _changed(change)

    broker.fault("GET", "/versions/5.1.0$", leading(""), times=1)
    broker.fault("GET", "/versions/5.1.0$", leading(orders.url), times=1)
    _record(broker, released=True)

    assert "lead to another host" in _refusal(lambda: _record(broker, released=True)).what
    assert broker.live(PLACE, API) == ["5.1.0"]
    assert orders.asked == []


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (400, faults.answer(400, {"errors": {"applicationInstance": ["is wrong"]}})),
        (404, faults.answer(404, {"error": "gone"}, headers=BROKERS)),
        (500, faults.answer(500, {"error": "locked"})),
        (201, faults.not_json(b"[]")),
        (None, faults.dropped(after_work=True)),
    ],
)
def test_a_record_that_is_refused_is_none(broker: FakeBroker, status: int | None, fault: faults.Fault) -> None:
    broker.version(API, "5.1.0")
    broker.fault("POST", "/deployed-versions/", fault)

    assert _refusal(lambda: _record(broker)).status == status


def _occupant(name: str = API, version: str = "5.1.0") -> Any:
    return {"_embedded": {"pacticipant": {"name": name}, "version": {"number": version}}}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_occupant(version="5.0.0"), "the answer is about orders-api 5.0.0, and orders-api 5.1.0 was asked for."),
        (_occupant(name="web-app"), "the answer is about web-app 5.1.0, and orders-api 5.1.0 was asked for."),
        ({"applicationInstance": "blue"}, "the answer is about orders-api 5.1.0"),
        ({"_embedded": {}}, "the answer is not what a Pact Broker says there: _embedded.pacticipant: "),
        ({"_links": {}}, "the answer is not what a Pact Broker says there: _links.self: "),
        ({"createdAt": "soon"}, "the answer is not what a Pact Broker says there: createdAt: "),
    ],
)
def test_an_answer_about_something_else_is_no_record(broker: FakeBroker, change: Any, what: str) -> None:
    broker.version(API, "5.1.0")
    broker.fault("POST", "/deployed-versions/", _changed(lambda body: body | change))

    assert _refusal(lambda: _record(broker)).what.startswith(what)


def test_an_answer_about_another_instance_says_which(broker: FakeBroker) -> None:
    broker.version(API, "5.1.0")
    broker.fault("POST", "/deployed-versions/", _changed(lambda body: body | {"applicationInstance": "green"}))
    what = _refusal(lambda: _record(broker, "blue")).what

    assert "green" in what
    assert "blue" in what


# The end


def test_what_is_live_can_be_ended_and_nothing_else_is(broker: FakeBroker) -> None:
    """[R146, R151]"""
    for version in ("5.0.0", "5.1.0"):
        broker.version(API, version)
        broker.release(API, version, PLACE)
    for instance in ("blue", "green"):
        broker.deploy(API, "5.1.0", PLACE, instance=instance)
    broker.deploy(API, "5.1.0", "test", instance="blue")
    store = _store(broker)
    every = store.live(candidate(environments=(PLACE, "test")))
    for one in every:
        if one.environment == PLACE and (one.instance == "blue" or (one.released and one.version == "5.0.0")):
            store.end(one)

    left = [
        (one.environment, one.version, one.instance, one.released)
        for one in store.live(candidate(environments=(PLACE, "test")))
    ]
    assert left == [
        (PLACE, "5.1.0", "green", False),
        (PLACE, "5.1.0", None, True),
        ("test", "5.1.0", "blue", False),
    ]
    assert [(method, body) for method, _, body in _writes(broker)] == [
        ("PATCH", {"currentlyDeployed": False}),
        ("PATCH", {"currentlySupported": False}),
    ]
    assert all(one.headers["content-type"] == "application/merge-patch+json" for one in broker.requests("PATCH"))


def test_what_was_just_recorded_can_be_ended(broker: FakeBroker) -> None:
    broker.version(API, "5.1.0")
    store = _store(broker)
    store.record(THIS, PLACE, "blue", released=False)
    (one,) = store.live(candidate(environments=(PLACE,)))
    store.end(one)

    assert broker.live(PLACE, API) == []


def test_an_end_that_is_refused_is_none(broker: FakeBroker) -> None:
    broker.version(API, "5.1.0")
    broker.deploy(API, "5.1.0", PLACE)
    store = _store(broker)
    (one,) = store.live(candidate(environments=(PLACE,)))
    broker.fault("PATCH", "/deployed-versions/", faults.answer(404, {"error": "gone"}, headers=BROKERS))

    assert _refusal(lambda: store.end(one)).status == 404
    assert broker.live(PLACE, API) == ["5.1.0"]
