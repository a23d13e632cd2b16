"""The worker's own functions, in this process; `test_engine` runs it as it is meant to run."""

import io
import json
import resource
from typing import Any

import pytest

from gate.engines.pact_engine import worker
from gate.engines.pact_engine.protocol import Task
from tests.builders import as_bytes, http, pact
from tests.servers import Server


def _task(server: Server, content: Any, **more: Any) -> Task:
    task: Task = {
        "provider": "orders-api",
        "document": as_bytes(content).decode(),
        "url": server.url,
        "messages_url": None,
        "states_url": None,
        "headers": {},
        "follow_redirects": True,
        "request_timeout": 5.0,
    }
    values: Any = task | more
    return values  # type: ignore[no-any-return]


@pytest.mark.usefixtures("workspace")
def test_each_task_has_one_answer(orders: Server) -> None:
    good, bad = _task(orders, pact(http())), _task(orders, pact(http(response={"status": 404})))
    answers = io.BytesIO()

    worker.serve(io.BytesIO(b"".join(json.dumps(task).encode() + b"\n" for task in (good, bad))), answers)

    first, second = map(json.loads, answers.getvalue().splitlines())
    assert [first["outcome"], first["interactions"][0]["ok"]] == ["done", True]
    assert [second["outcome"], second["interactions"][0]["ok"]] == ["done", False]
    assert second["interactions"][0]["differences"] == [
        {
            "type": "StatusMismatch",
            "key": "",
            "path": "",
            "expected": "404",
            "actual": "200",
            "message": "expected 404 but was 200",
        }
    ]


@pytest.mark.usefixtures("workspace")
def test_helper_addresses_and_headers_are_passed_on(orders: Server) -> None:
    content = pact(messages=[{"description": "paid", "contents": {"id": 42}}])
    addresses = {"messages_url": f"{orders.url}/messages", "states_url": f"{orders.url}/states"}

    answer = worker.verify(_task(orders, content, headers={"X-Key": "k"}, **addresses))

    assert [one["ok"] for one in answer["interactions"]] == [True]
    assert orders.paths() == ["/states", "/messages", "/states"]


@pytest.mark.usefixtures("workspace")
def test_a_run_that_is_a_failure_without_a_failed_interaction_has_raised(orders: Server) -> None:
    answer = worker.verify(_task(orders, pact(http())) | {"document": "{"})

    assert (answer["outcome"], answer["interactions"]) == ("raised", [])
    assert answer["message"].startswith("Failed to parse Pact JSON")


@pytest.mark.parametrize(
    ("result", "ok", "error"),
    [
        ({"result": "OK"}, True, ""),
        ({"result": "ok"}, False, ""),
        ({"result": "OK", "mismatch": {"message": "and yet"}}, False, "and yet"),
        ({"result": "Error", "mismatch": {"message": "x" * 5000}}, False, "x" * 4000 + "…"),
    ],
)
def test_only_the_literal_ok_without_a_mismatch_is_one(result: dict[str, Any], error: str, *, ok: bool) -> None:
    verified = worker._verified({"description": "d", "providerStates": [], "duration": "1ms"} | result)

    assert (verified["ok"], verified["error"]) == (ok, error)


def test_where_memory_cannot_be_limited_there_is_no_core_at_least() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)

    worker.limit("darwin")

    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def test_long_values_are_cut_and_absent_ones_are_empty() -> None:
    difference = worker._difference({"mismatch": None, "expected": "x" * 5000, "actual": 200})

    assert len(difference["expected"]) == 4001
    assert (difference["actual"], difference["message"]) == ("200", "")
