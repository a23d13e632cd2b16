"""Contracts that ask too much: of a regular expression, of memory, of whoever reads them, of everybody's time.

Each is refused or ends by name, in bounded time and memory; the sound contract beside it has its results.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from gate.domain.results import Cause
from tests.builders import http, pact
from tests.flows.broker_runs import BrokerRuns, Runs, contract, told
from tests.flows.watched_runs import GATE_MEMORY, WORKER_MEMORY, Seen, watched
from tests.flows.workspaces import Workspace
from tests.pact_broker import PactBroker, faults
from tests.servers import Asked, Reply, Server, serving

FOR_EVER: Final = "^(a|a?)+$"
LARGE: Final = 50_000_000
TOO_LARGE: Final = "the file is larger than {} bytes. Raise max-contract-size if it is meant."
TOO_DEEP: Final = "it is nested more than 100 levels deep."


def with_a_sound_one(workspace: Workspace, bad: Any) -> None:
    """Write a bad contract, and a sound one that is verified after it."""
    workspace.write("pacts/a.json", bad)
    workspace.write("pacts/b.json", pact(http(), consumer="sound"))


def assert_sound(seen: Seen) -> None:
    assert [one["outcome"] for one in seen.of("sound").values()] == ["passed"]
    assert "Traceback" not in seen.told()


def matching(place: str, **response: Any) -> dict[str, Any]:
    rule = {"matchers": [{"match": "regex", "regex": FOR_EVER}]}
    rules = {"body": {"$.text": rule}} if place == "body" else {"header": {"X-Text": rule}}
    answer = {"status": 200, "matchingRules": rules, **response}
    return http(place, request={"method": "GET", "path": "/text"}, response=answer)


def test_a_regular_expression_that_takes_for_ever_is_the_consumer_s_to_mend(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    text = "a" * 60 + "!"
    rude = [matching("body", body={"text": "a"}), matching("header", headers={"X-Text": "a"}), http("fine")]
    with_a_sound_one(workspace, pact(*rude, consumer="rude"))

    def answer(asked: Asked) -> Reply:
        return Reply(body={"text": text, "id": 42}, headers={"X-Text": text})

    with serving(answer) as server:
        seen = watched(workspace, server.url)

    assert seen.ended.code == 3
    assert_sound(seen)
    results = seen.of("rude")
    assert results["fine"]["outcome"] == "passed"
    for place in ("body", "header"):
        assert (results[place]["outcome"], results[place]["cause"]) == ("errored", Cause.CONTRACT)
        assert results[place]["error"].startswith("a regular expression of this contract takes for ever to compare")
        assert results[place]["error"].endswith("(Onig: Regex match error: retry-limit-in-match over)")
    assert seen.advice("rude")["who_acts"] == "the team of rude"
    assert seen.peak.itself < GATE_MEMORY


def huge() -> dict[str, Any]:
    return pact(http("huge", response={"status": 200, "body": {"text": "x" * LARGE}}), consumer="rude")


def many() -> dict[str, Any]:
    filler = "x" * 25_000
    request = {"method": "GET", "path": "/orders/42", "headers": {"X-Filler": filler}}
    return pact(*(http(f"number {one}", request=request) for one in range(LARGE // len(filler))), consumer="rude")


def test_a_contract_of_fifty_megabytes_is_refused_by_name(tmp_path: Path, orders: Server) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, huge())

    seen = watched(workspace, orders.url)

    assert seen.ended.code == 3
    assert_sound(seen)
    assert (
        "pacts/a.json: the file is larger than 20971520 bytes. Raise max-contract-size if it is meant." in seen.told()
    )
    assert len(seen.report["entries"]) == 1
    assert seen.peak.itself < GATE_MEMORY


def test_a_huge_body_that_is_meant_is_compared_in_bounded_memory(tmp_path: Path, orders: Server) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, huge())

    seen = watched(workspace, orders.url, "--max-contract-size", "64MiB")

    assert seen.ended.code == 1
    assert_sound(seen)
    (one,) = seen.of("rude").values()
    assert (one["outcome"], one["mismatches"][0]["path"]) == ("failed", "$.text")
    assert len(one["mismatches"][0]["expected"]) < 5_000
    assert seen.peak.itself < 10 * LARGE // 1024**2
    assert seen.peak.child <= WORKER_MEMORY


def test_many_small_interactions_in_fifty_megabytes_are_verified_in_bounded_memory(
    tmp_path: Path, orders: Server
) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, many())

    seen = watched(workspace, orders.url, "--max-contract-size", "64MiB")

    assert seen.ended.code == 0
    assert_sound(seen)
    assert Counter(one["outcome"] for one in seen.of("rude").values()) == {"passed": 2000}
    assert seen.peak.itself < 10 * LARGE // 1024**2
    assert seen.peak.child <= WORKER_MEMORY


def deep(opening: bytes, middle: bytes, closing: bytes, levels: int = 10_000) -> bytes:
    """Write a contract with something deep in it; Python cannot write it by itself."""
    whole = pact(http(response={"status": 200, "body": "DEEP"}), consumer="rude")
    return json.dumps(whole).encode().replace(b'"DEEP"', opening * levels + middle + closing * levels)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(deep(b'{"a":', b"1", b"}"), id="objects"),
        pytest.param(deep(b"[", b"", b"]"), id="lists"),
        pytest.param(deep(b'[{"a":', b"1", b"}]", levels=5_000), id="both"),
        pytest.param(deep(b"[", b"", b"]", levels=101), id="a few"),
        pytest.param(deep(b'{"a":', b"1", b"}")[:40_000], id="truncated"),
        pytest.param(b"[" * 10_000_000, id="ten million"),
    ],
)
def test_a_contract_of_ten_thousand_levels_is_refused_by_name(tmp_path: Path, orders: Server, document: bytes) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, document)

    seen = watched(workspace, orders.url)

    assert seen.ended.code == 3
    assert_sound(seen)
    assert f"pacts/a.json: {TOO_DEEP}" in seen.told()
    assert "RecursionError" not in seen.told()
    assert seen.peak.itself < GATE_MEMORY


def test_what_a_broker_says_in_ten_thousand_levels_is_refused_by_name(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    for consumer in ("rude", "sound"):
        broker.publish(consumer, "1", "orders-api", contract(consumer))
        broker.deploy(consumer, "1", "production")
    broker.fault(
        "GET", "/consumer/rude/", faults.answer(200, deep(b"[", b"", b"]"), content_type="application/json"), times=None
    )

    ended = runs.check(provider.url)

    assert ended.code == 3
    assert "levels deep" in told(ended) or "no JSON" in told(ended)
    assert "RecursionError" not in told(ended)


def test_what_lies_in_a_store_in_ten_thousand_levels_is_refused_by_name(tmp_path: Path, provider: Server) -> None:
    (tmp_path / "store").mkdir()
    runs = Runs(Workspace(tmp_path), {"store": str(tmp_path / "store")})
    for consumer in ("rude", "sound"):
        assert runs.publish(consumer, "1", contract(consumer)).code == 0
        assert runs.record("deployment", consumer, "1").code in {0, 3}
    (kept,) = (path for path in (tmp_path / "store").rglob("*") if path.is_file() and b'"/rude"' in path.read_bytes())
    kept.write_bytes(deep(b"[", b"", b"]"))

    ended = runs.check(provider.url)

    assert ended.code == 3
    assert TOO_DEEP in told(ended)
    assert "RecursionError" not in told(ended)


def test_what_is_published_in_ten_thousand_levels_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    workspace = Workspace(tmp_path)
    workspace.write("pacts/rude.json", deep(b"[", b"", b"]"))
    fixed = ("--service", "rude", "--version", "1", "--contracts", "pacts", "--store", str(tmp_path / "store"))

    ended = workspace.run("publish", *fixed)

    assert ended.code == 2
    assert TOO_DEEP in told(ended)
    assert list((tmp_path / "store").iterdir()) == []


def test_a_report_of_ten_thousand_levels_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)

    ended = Workspace(tmp_path).run("report", "report.json")

    assert ended.code == 2
    assert "this is no JSON: " in told(ended)
    assert "Traceback" not in told(ended)


def test_a_hundred_thousand_interactions_that_are_the_same_are_tried_once(tmp_path: Path, orders: Server) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, pact(*(http(f"number {one}") for one in range(100_000)), consumer="rude"))

    seen = watched(workspace, orders.url)

    assert seen.ended.code == 0
    assert_sound(seen)
    assert Counter(one["outcome"] for one in seen.of("rude").values()) == {"passed": 100_000}
    assert orders.paths().count("/orders/42") == 1
    assert seen.peak.tree < 1000


def different(count: int) -> dict[str, Any]:
    paths = [f"/orders/{number}" for number in range(count)]
    return pact(*(http(path, request={"method": "GET", "path": path}) for path in paths), consumer="rude")


def test_a_contract_that_takes_too_long_is_unknown_by_name(tmp_path: Path, orders: Server) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, different(10_000))

    seen = watched(workspace, orders.url, "--verification-timeout", "2")

    assert seen.ended.code == 3
    results = seen.of("rude")
    assert len(results) == 10_000
    outcomes = Counter((one["outcome"], one["cause"]) for one in results.values())
    assert outcomes["passed", None] > 0
    assert outcomes["errored", Cause.NOT_TRIED] > 0
    assert set(outcomes) <= {("passed", None), ("errored", Cause.NOT_TRIED), ("errored", Cause.TIMEOUT)}
    assert "the verification as a whole took longer than 2 s (verification-timeout)" in seen.told()


def test_a_hundred_thousand_interactions_may_be_refused_by_their_size(tmp_path: Path, orders: Server) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, different(100_000))

    seen = watched(workspace, orders.url, "--max-contract-size", "10MiB")

    assert seen.ended.code == 3
    assert_sound(seen)
    assert (
        "pacts/a.json: the file is larger than 10485760 bytes. Raise max-contract-size if it is meant." in seen.told()
    )
