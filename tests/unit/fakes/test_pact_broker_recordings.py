"""Replays what a real Pact Broker was asked, and compares the fake's answers with the real ones."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.pact_broker import Basic, PactBroker, a_pact, pact_broker
from tests.pact_broker.recordings import Recording, compact, facts_of, recordings, shape_of, value_at

WEBHOOKS = "the fake has no webhooks"
NOT_SERVED = {
    163: "the test server knows no OPTIONS",
    **dict.fromkeys((210, 211, 212, 213, 214, 217, 218, 219, 223, 224, 225, 226), WEBHOOKS),
    247: "the dashboard is for readers",
    248: "the metrics are for readers",
    249: "the fake writes no HTML",
}
NOTICES_OF_WEBHOOKS = (215, 222)
"""Publications whose notices tell of webhooks."""
WITH_CREDENTIALS = range(200, 210)
ON_POSTGRESQL = range(272, 282)
SERVED = [number for number in sorted(recordings()) if number not in NOT_SERVED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the fake answered."""

    status: int
    content_type: str | None
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Replay:
    """Asks what was asked before, with the names that this broker gave to its own inventions."""

    ids: dict[str, str] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)

    def ask(self, broker: PactBroker, recording: Recording) -> None:
        path = recording.path
        for theirs, ours in self.ids.items():
            path = path.replace(theirs, ours)
        answer = send(broker, recording, path)
        for theirs, place in recording.ids.items():
            self.ids[theirs] = value_at(answer.body, place)
        self.answers[recording.number] = answer


def send(broker: PactBroker, recording: Recording, path: str) -> Answer:
    body = recording.body
    content = body if body is None or isinstance(body, str) else json.dumps(body)
    connection = HTTPConnection(urlsplit(broker.server_url).netloc, timeout=10)
    connection.request(recording.method, path, body=content, headers=dict(recording.headers))
    response = connection.getresponse()
    read, kind = response.read(), response.headers["Content-Type"]
    connection.close()
    return Answer(
        status=response.status,
        content_type=kind,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=json.loads(read) if kind is not None and "json" in kind and read else read.decode(),
    )


# What happened at the real broker before, or in between, and was not recorded


def seed(broker: PactBroker) -> None:
    """Add the example that a broker starts with."""
    broker.pacticipant("Example App", main_branch="main", repository_url="https://github.com/example/app")
    broker.pacticipant("Example API", main_branch="main", repository_url="https://github.com/example/api")
    for name in ("Example App", "Example API"):
        broker.state.pacticipants[name].updated_at = broker.clock.read()
    broker.publish("Example App", "e15da45", "Example API", tags=("dev",))
    broker.verify("Example App", "e15da45", "Example API", "1315e0b")
    broker.deploy("Example API", "1315e0b", "production")
    broker.deploy("Example App", "e15da45", "production")


def scenarios_in_e1(broker: PactBroker) -> None:
    """Build the deployments that the questions about two live versions are about."""
    for consumer, provider in (("c1", "p1"), ("c2", "p2"), ("c7", "p7"), ("c8", "p8")):
        broker.publish(consumer, "1", provider)
    broker.verify("c1", "1", "p1", "10", success=False)
    broker.verify("c1", "1", "p1", "11")
    broker.version("p2", "10", branch="main")
    broker.verify("c2", "1", "p2", "11")
    for provider in ("p1", "p2"):
        broker.deploy(provider, "10", "e1", instance="blue")
        broker.deploy(provider, "11", "e1", instance="green")
    broker.publish("c3", "1", "p3", a_pact("c3", "p3", "first"))
    broker.publish("c3", "2", "p3", a_pact("c3", "p3", "second"))
    broker.verify("c3", "1", "p3", "1", success=False)
    broker.verify("c3", "2", "p3", "1")
    broker.verify("c3", "2", "p3", "2")
    broker.deploy("c3", "1", "e1", instance="blue")
    broker.deploy("c3", "2", "e1", instance="green")
    broker.version("lonely", "1", branch="main")
    broker.publish("c4", "1", "p4")
    broker.version("p4", "1", branch="main")
    broker.publish("c5", "1", "p5")
    broker.publish("c6", "1", "p5")
    broker.verify("c5", "1", "p5", "1", success=False)
    broker.deploy("c5", "1", "e1")
    broker.deploy("c6", "1", "e1")
    broker.publish("c7", "2", "p7", a_pact("c7", "p7", "second"))
    for consumer_version, provider_version in (("1", "1"), ("2", "1"), ("1", "2")):
        broker.verify("c7", consumer_version, "p7", provider_version)
    broker.deploy("c7", "1", "e1")
    broker.deploy("p7", "1", "e1")
    broker.verify("c8", "1", "p8", "1")


def deploy_both_sides(broker: PactBroker) -> None:
    broker.deploy("c7", "2", "e1")
    broker.deploy("p7", "2", "e1")


def publish_c9(broker: PactBroker) -> None:
    interaction = {
        "description": "ra",
        "request": {"method": "GET", "path": "/a"},
        "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"ok": True}},
    }
    metadata = {"pactSpecification": {"version": "3.0.0"}, "client": "test"}
    broker.publish("c9", "1", "p9", {**a_pact("c9", "p9"), "interactions": [interaction], "metadata": metadata})


def publish_1_3_0(broker: PactBroker) -> None:
    broker.publish("web-app", "1.3.0", "orders-api", a_pact("web-app", "orders-api", "a request of 1.3.0"))


def add_environment_to_delete(broker: PactBroker, replay: Replay) -> None:
    replay.ids["ab26e32e-c51d-48de-b5f6-01fec62bd3c0"] = broker.environment("to-delete").uuid


def publish_for_big_api(broker: PactBroker) -> None:
    for number in range(200):
        broker.publish(f"cons-{number:03}", "1.17.0", "big-api")
        broker.deploy(f"cons-{number:03}", "1.17.0", "production")


def verify_by_big_api(broker: PactBroker, verified: int, *, failed: int) -> None:
    for number in range(verified):
        broker.verify(f"cons-{number:03}", "1.17.0", "big-api", "2.99.0", success=number >= failed)


def publish_and_verify_by_big_api(broker: PactBroker) -> None:
    publish_for_big_api(broker)
    verify_by_big_api(broker, 150, failed=10)


BETWEEN: dict[int, Callable[[PactBroker], Any]] = {
    1: seed,
    167: scenarios_in_e1,
    184: deploy_both_sides,
    192: publish_c9,
    228: lambda broker: broker.verify("web-app", "1.2.1", "orders-api", "5.1.0"),
    229: publish_1_3_0,
    230: lambda broker: broker.verify("web-app", "1.3.0", "orders-api", "6.0.0", branch=None),
    231: lambda broker: broker.version("orders-api", "6.0.0", branch="main"),
    260: lambda broker: broker.publish("trunky", "1", "orders-trunk", branch="trunk"),
    272: publish_and_verify_by_big_api,
    276: lambda broker: verify_by_big_api(broker, 150, failed=0),
    278: lambda broker: verify_by_big_api(broker, 200, failed=10),
    282: lambda broker: broker.version("tagged", "1", branch="main"),
}


@pytest.fixture(scope="module")
def replay() -> Replay:
    replay = Replay()
    with ExitStack() as stack:
        main = stack.enter_context(pact_broker())
        guarded = stack.enter_context(pact_broker(auth=Basic("rw", "rwpass", reader=("ro", "ropass"))))
        big = stack.enter_context(pact_broker())
        for number in SERVED:
            broker = guarded if number in WITH_CREDENTIALS else big if number in ON_POSTGRESQL else main
            if number in BETWEEN:
                BETWEEN[number](broker)
            if number == 267:
                add_environment_to_delete(broker, replay)
            replay.ask(broker, recordings()[number])
    return replay


def test_every_recording_is_replayed_or_there_is_a_reason() -> None:
    assert sorted([*SERVED, *NOT_SERVED]) == list(range(1, 284))
    assert len(NOT_SERVED) <= 30


@pytest.mark.parametrize(
    "recording",
    [pytest.param(recordings()[number], id=f"{number:03}-{recordings()[number].name}") for number in SERVED],
)
def test_the_fake_answers_like_the_real_broker(replay: Replay, recording: Recording) -> None:
    answer = replay.answers[recording.number]

    assert answer.status == recording.status
    if recording.number in ON_POSTGRESQL:
        assert_same_counts(recording, answer)
        return
    assert answer.content_type == recording.content_type
    assert answer.headers.get("allow") == recording.answer_headers.get("allow")
    assert answer.headers.get("www-authenticate") == recording.answer_headers.get("www-authenticate")
    assert ("location" in answer.headers) == ("location" in recording.answer_headers)
    assert answer.headers.get("x-pact-broker-version") == recording.answer_headers.get("x-pact-broker-version")
    assert shape_of(answer.body) == recording.shape
    facts = facts_of(answer.status, answer.body)
    if recording.number in NOTICES_OF_WEBHOOKS:
        facts["notices"] = recording.facts["notices"]
    assert facts == recording.facts


def assert_same_counts(recording: Recording, answer: Answer) -> None:
    """Compare with a recording that is short of its rows."""
    kept = recording.answer
    assert {**answer.body["summary"], "reason": ""} == {**kept["summary"], "reason": ""}
    assert answer.body["summary"]["reason"].startswith(kept["summary"]["reason"])
    assert (len(answer.body["matrix"]), len(answer.body["notices"])) == (kept["matrix_rows"], kept["notices_count"])


def test_recordings_are_kept_as_shapes_and_facts(tmp_path: Path) -> None:
    sha, uuid = "6db965c1f202531341d39763f25301e70d04e232", "574bb612-a068-4923-9f42-c5e025eb55e4"
    row = {
        "consumer": {"name": "web-app", "version": {"number": "1"}},
        "provider": {"name": "orders-api", "version": None},
        "verificationResult": None,
    }
    pairs = {
        1: pair("GET", "/a", {"uuid": uuid, "_links": {"self": {"href": f"http://127.0.0.1:9292/pact-version/{sha}"}}}),
        2: pair("GET", f"/a/{uuid}/pact-version/{sha}", {"error": "http://127.0.0.1:9292/a is gone"}, status=404),
        245: pair("GET", "/matrix", {"summary": {"deployable": None}, "matrix": [row] * 9}),
        246: pair("GET", "/a", {"uuid": "another"}),
    }
    for number, one in pairs.items():
        (tmp_path / f"{number:03}-{one['name']}.json").write_text(json.dumps(one))

    kept = compact(tmp_path)

    first, second, matrix, last = kept["recordings"]
    assert first["answer"] == {"status": 200, "content_type": "application/json", "shape": 0}
    assert first["ids"] == {uuid: ["uuid", 0], sha: ["_links", "self", "href", 4]}
    assert second["answer"]["body"] == {"error": "http://127.0.0.1:9292/a is gone"}
    assert matrix["answer"]["body"]["matrix"] == [row]
    assert matrix["answer"]["facts"]["rows"] == [[["web-app", "1"], ["orders-api", None], None, False]] * 9
    assert last["answer"]["shape"] == 1
    assert kept["shapes"][1] == {"uuid": "str"}


def pair(method: str, path: str, body: Any, *, status: int = 200) -> dict[str, Any]:
    request: dict[str, Any] = {"method": method, "path": path, "headers": {}, "body": None}
    response = {"status": status, "headers": {"Content-Type": "application/json"}, "body": body}
    return {"name": "name", "request": request, "response": response}
