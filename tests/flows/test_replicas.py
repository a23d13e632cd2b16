"""Several replicas of the provider: all are asked, each with states of its own, and none of them is believed less."""

import os
import shlex
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import http, pact
from tests.docker_daemon import BASE
from tests.flows.workspaces import Ended, Workspace
from tests.servers import Asked, Reply, Server, serving

ORDERS = 60

PROVIDER = """
import http.server, json, os, signal, sys, time

port, replica, host, waits = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
there, asked = None, 0


class Orders(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        if self.path == "/":
            return self.answer(200, {})
        asked += 1
        order = int(self.path.rpartition("/")[2])
        with open(f"asked-{replica}", "a") as file:
            print(order, file=file)
        body = {"id": order}
        while replica in waits and not os.path.exists("asked-2"):
            time.sleep(0.01)
        %s
        self.answer(200 if order == there else 404, body)

    def do_POST(self):
        global there
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        there = told["params"]["id"] if told["action"] == "setup" else None
        self.answer(200, {})

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


print("replica", replica, flush=True)
http.server.ThreadingHTTPServer((host, port), Orders).serve_forever()
"""
"""It has one order at a time: the one of the state that was set up last. Where it is told to, replica 1 waits until 2
was asked as well: else one of them could have done all before the other has begun."""


def _order(number: int, *, states: bool = True) -> dict[str, Any]:
    given = {"providerStates": [{"name": "an order exists", "params": {"id": number}}]} if states else {}
    return http(
        f"order {number}",
        request={"method": "GET", "path": f"/orders/{number}"},
        response={"status": 200, "body": {"id": number}},
        **given,
    )


def _workspace(folder: Path, orders: int = ORDERS, *, states: bool = True) -> Workspace:
    workspace = Workspace(folder)
    workspace.write("pacts/web.json", pact(*[_order(number, states=states) for number in range(orders)]))
    return workspace


def _check(workspace: Workspace, line: str = "pass", *more: str) -> Ended:
    """Verify replicas of the provider, in which this line is done for each request."""
    workspace.write("provider.py", (PROVIDER % line).encode())
    several = "1" if more[:2] == ("--provider-replicas", "2") else ""
    command = f"exec {shlex.quote(sys.executable)} provider.py {{port}} {{replica}} 127.0.0.1 {several}"
    return workspace.check("--provider-command", command, "--provider-states-url", "/_states", *more)


def _asked(workspace: Workspace, replica: int) -> list[int]:
    file = workspace.folder / f"asked-{replica}"
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_all_replicas_are_asked_and_states_are_set_up_in_the_very_one_that_is(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    ended = _check(workspace, "pass", "--provider-replicas", "2")

    assert (ended.code, ended.err) == (0, "")
    both = [_asked(workspace, replica) for replica in (1, 2)]
    assert all(both), "each was asked something"
    assert sorted(both[0] + both[1]) == list(range(ORDERS)), "and everything was asked once"
    report = workspace.report()
    assert "2 replicas of the provider answered side by side." in report["notes"]
    assert (report["provider"]["replicas"], len(set(report["provider"]["urls"]))) == (2, 2)
    assert (tmp_path / "contract-gate-provider.log").read_text() == "replica 1\n"
    assert (tmp_path / "contract-gate-provider-2.log").read_text() == "replica 2\n"
    assert workspace.still_running() == []


@pytest.mark.docker
def test_replicas_in_containers_are_asked_as_well(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    workspace.write("provider.py", (PROVIDER % "pass").encode())
    ended = workspace.check(
        *("--provider-image", BASE, "--provider-command", "exec python3 provider.py {port} {replica} 0.0.0.0 1"),
        *("--provider-states-url", "/_states", "--provider-replicas", "2"),
    )

    assert (ended.code, ended.err) == (0, "")
    both = [_asked(workspace, replica) for replica in (1, 2)]
    assert all(both)
    assert sorted(both[0] + both[1]) == list(range(ORDERS))
    provider = workspace.report()["provider"]
    assert (provider["image"], provider["replicas"]) == (BASE, 2)
    assert provider["command"] == "exec python3 provider.py {port} 1 0.0.0.0 1"
    assert (tmp_path / "contract-gate-provider-2.log").read_text() == "replica 2\n"


def test_what_one_replica_alone_breaks_is_broken(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    ended = _check(workspace, "if replica == '2': body = {'ident': order}", "--provider-replicas", "2")

    assert _asked(workspace, 2)
    assert ended.code == 1
    assert "the key “id” is missing" in ended.out


def test_a_replica_that_dies_half_way_allows_nothing(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    ended = _check(workspace, "if replica == '2' and asked == 3: os._exit(7)", "--provider-replicas", "2")

    assert ended.code == 3
    assert workspace.report()["verdict"]["decision"] == "unknown"
    assert "replica 2 of 2: provider-command ended with exit code 7 while it was verified" in ended.out
    assert workspace.report()["provider"]["log"] == "contract-gate-provider-2.log"
    assert workspace.still_running() == []


def test_a_replica_that_does_not_start_allows_nothing(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    workspace.write("provider.py", (PROVIDER % "pass").encode())
    command = (
        f"[ {{replica}} = 1 ] || exit 3; exec {shlex.quote(sys.executable)} provider.py {{port}} {{replica}} 127.0.0.1"
    )
    ended = workspace.check("--provider-command", command, "--provider-replicas", "2")

    assert ended.code == 3
    assert "replica 2 of 2: provider-command ended with exit code 3 before the provider was ready." in ended.out
    assert "side by side" not in " ".join(workspace.report()["notes"])
    assert workspace.still_running() == []


def test_a_run_that_is_told_to_stop_leaves_no_replica(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    line = "if replica == '2' and asked == 3: os.kill(os.getppid(), signal.SIGTERM)"
    ended = _check(workspace, line, "--provider-replicas", "2")

    assert ended.code == 3
    assert "SIGTERM" in ended.out
    assert workspace.still_running() == []


def test_where_none_pays_there_is_one(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, 3)
    ended = _check(workspace, "pass", "--provider-replicas", "auto")

    assert ended.code == 0
    assert workspace.report()["provider"]["replicas"] == 1
    assert not (tmp_path / "contract-gate-provider-2.log").exists()
    assert not [note for note in workspace.report()["notes"] if "replicas" in note]


def _orders(before: Callable[[], object]) -> Callable[[Asked], Reply]:
    """Have one order at a time, as the provider above."""
    there: list[int | None] = [None]

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            there[0] = asked.json["params"]["id"] if asked.json["action"] == "setup" else None
            return Reply()
        if asked.path != "/":
            before()
        number = asked.path.rpartition("/")[2]
        return Reply(body={"id": there[0]}) if number == str(there[0]) else Reply(status=404)

    return answer


def test_replicas_that_run_already_are_asked_side_by_side(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path)
    second_was_asked = threading.Event()
    with serving(_orders(lambda: second_was_asked.wait(30))) as first, serving(_orders(second_was_asked.set)) as second:
        servers = (first, second)
        options = [part for server in servers for part in ("--provider-url", server.url)]
        ended = workspace.check(*options, "--provider-states-url", "/_states")

    assert (ended.code, ended.err) == (0, "")
    asked = [[one.path for one in server.asked if one.path.startswith("/orders/")] for server in servers]
    assert all(asked)
    assert sorted(asked[0] + asked[1]) == sorted(f"/orders/{number}" for number in range(ORDERS))
    report = workspace.report()
    assert report["provider"]["urls"] == [server.url for server in servers]
    assert "2 replicas of the provider answered side by side." in report["notes"]
    assert "whoever made it vouches" in " ".join(report["notes"])


def test_a_provider_that_is_declared_stateless_is_asked_several_things_at_a_time(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, 200, states=False)
    at_once = min(2, len(os.sched_getaffinity(0)))

    def answer(asked: Asked) -> Reply:
        return Reply(body={"id": int(asked.path.rpartition("/")[2] or 0)})

    with serving(answer) as server:
        ended = workspace.check("--provider-url", server.url, "--provider-parallel", "true")

    assert ended.code == 0
    assert workspace.report()["provider"]["parallel"] == at_once
    notes = [note for note in workspace.report()["notes"] if "provider-parallel" in note]
    assert (
        notes == ["The provider was asked 2 things at a time: provider-parallel declares it stateless."][: at_once - 1]
    )


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--provider-url", "http://localhost:1", "--provider-replicas", "2"), "give several provider-urls"),
        (("--provider-command", "serve", "--provider-replicas", "auto"), "Write {port} in provider-command"),
    ],
)
def test_what_cannot_be_replicated_is_a_matter_of_the_settings(
    tmp_path: Path, orders: Server, options: tuple[str, ...], remedy: str
) -> None:
    ended = _workspace(tmp_path, 1).check(*options)

    assert ended.code == 2
    assert remedy in ended.out + ended.err
