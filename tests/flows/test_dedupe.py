"""What is the same is verified once, by the real engine and at a real provider: nothing comes out otherwise."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.builders import http, pact
from tests.flows.workspaces import Workspace
from tests.servers import Asked, Reply, Server, serving

STATES: Final = {"order 1 is paid": 1, "order 2 is paid": 2}
UUID: Final = {"body": {"$.id": {"type": "Uuid"}}}


@dataclass(slots=True)
class Ledger:
    """A provider that counts: a POST adds one, a state sets the count, and its end may reset it."""

    tears_down: bool
    count: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/states":
            if asked.json["action"] == "setup" and asked.json["state"]:
                self.count = STATES[asked.json["state"]]
            elif self.tears_down:
                self.count = 0
            return Reply(body={})
        self.asked.append(f"{asked.method} {asked.path}")
        self.count += asked.method == "POST"
        return Reply(body={"count": self.count})


def _interaction(name: str, method: str, count: int, state: str | None, *, generated: bool = False) -> dict[str, Any]:
    request: dict[str, Any] = {"method": method, "path": "/count"}
    if generated:
        request |= {"body": {"id": "x"}, "generators": UUID}
    given = {} if state is None else {"providerStates": [{"name": state}]}
    return http(name, request=request, response={"status": 200, "body": {"count": count}}, **given)


def _contracts(seed: int) -> list[dict[str, Any]]:
    """Make contracts that repeat much of each other, some of it wrong."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    known = [
        (chance.choice(["GET", "GET", "POST"]), chance.randrange(4), chance.choice([None, *STATES])) for _ in range(5)
    ]
    return [
        pact(
            *(
                _interaction(f"{number}.{at}", *chance.choice(known), generated=chance.random() < 0.1)
                for at in range(chance.randrange(1, 7))
            ),
            consumer=f"web-{number}",
        )
        for number in range(5)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("with_states", "tears_down"), [(True, True), (True, False), (False, False)])
def test_merging_changes_no_outcome(tmp_path: Path, seed: int, *, with_states: bool, tears_down: bool) -> None:
    workspace = Workspace(tmp_path)
    for number, content in enumerate(_contracts(seed)):
        workspace.write(f"pacts/{number}.json", content)
    found, asked = {}, {}
    for dedupe in ("on", "off"):
        ledger = Ledger(tears_down=tears_down)
        with serving(ledger.answer) as server:
            states = ["--provider-states-url", "/states"] if with_states else []
            ended = workspace.check("--provider-url", server.url, "--dedupe", dedupe, *states)
        assert ended.code in {0, 1}
        found[dedupe], asked[dedupe] = _outcomes(workspace), ledger.asked

    assert found["on"] == found["off"]
    assert len(asked["on"]) <= len(asked["off"])


def _outcomes(workspace: Workspace) -> dict[tuple[str, int], str]:
    return {
        (entry["integration"]["source"], one["interaction"]["position"]): one["outcome"]
        for entry in workspace.report()["entries"]
        for one in entry["integration"]["results"]
    }


def test_the_report_says_what_was_merged(tmp_path: Path, orders: Server) -> None:
    workspace = Workspace(tmp_path)
    for consumer in ("web", "app", "till"):
        workspace.write(f"pacts/{consumer}.json", pact(http(f"the order of {consumer}"), consumer=consumer))
    ended = workspace.check("--provider-url", orders.url)
    report = workspace.report()
    found = {
        entry["integration"]["counterpart"]["name"]: entry["integration"]["results"][0] for entry in report["entries"]
    }

    assert ended.code == 0
    assert [one for one in orders.paths() if one != "/"] == ["/orders/42"]
    assert {name: one["same_as"] for name, one in found.items()} == {
        "app": "",
        "till": "app (pacts/app.json)",
        "web": "app (pacts/app.json)",
    }
    assert "Of 3 interactions, 2 are the same as another one, and were verified with it (dedupe)." in report["notes"]
    assert "verifying 3 contracts: 3 interactions, 1 of them distinct" in ended.out
