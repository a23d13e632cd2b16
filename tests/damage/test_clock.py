"""A clock that jumps by years from one fact to the next changes nothing but what people read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import pytest

from gate.domain.contracts import Because, PacticipantVersion
from gate.engines.pact_engine.engine import PactEngine
from gate.stores.built_in.facts import Facts
from tests.damage.commands import ALLOW
from tests.damage.stores import KINDS, new_store
from tests.flows.broker_runs import told
from tests.flows.workspaces import Workspace
from tests.servers import Reply, serving
from tests.stores.places import BuiltInPlace
from tests.stores.worlds import API, PRODUCTION, WEB, World, expects

pytestmark = pytest.mark.timeout(180)
LIVE, MAIN = Because.LIVE, Because.MAIN_BRANCH


def _years(*years: int) -> tuple[datetime, ...]:
    return tuple(datetime(year, 1, 1, tzinfo=UTC) for year in years)


STEADY: Final = _years(2026)
CLOCKS: Final = {
    "forwards and back": _years(2099, 1971),
    "always back": _years(*range(2100, 1970, -1)),
    "to its ends": _years(9999, 1970),
}


@dataclass(frozen=True, slots=True)
class _Timed(BuiltInPlace):
    """Each fact is written at another time."""

    times: Iterator[datetime]

    def _facts(self) -> Facts:
        return Facts(self.tree(), PactEngine({}), now=self.times.__next__)


def _lived(world: World) -> Iterator[Any]:
    """Let two services live, and say again and again what is known of them."""
    world.publish(WEB, "1", "an order")
    world.publish(WEB, "2", "more of an order")
    yield world.because(branch="main")
    world.verify("5", WEB, "1")
    world.verify("5", WEB, "2")
    yield world.pending(branch="feature"), world.pending(branch="main")
    world.add(API, "5f", "feature")
    world.verify("6", WEB, "2", success=False)
    yield world.pending(branch="feature"), world.result(WEB, "2", "6")
    world.verify("6", WEB, "2")
    yield world.result(WEB, "2", "6"), world.history(API)
    world.publish(WEB, "3", "all of an order")
    world.add(API, "6f", "late")
    world.verify("6", WEB, "3")
    yield world.pending(branch="late"), world.pending(branch="main")
    first = PacticipantVersion(name=API, version="5")
    world.store(new_environments=True).record(first, PRODUCTION, None, released=False)
    world.deploy(API, "6")
    yield world.live(API)
    world.deploy(API, "5")
    world.deploy(WEB, "1")
    yield world.live(API), world.live(WEB)
    world.release(API, "6")
    world.end(API, "5")
    yield world.live(API)
    world.end(API, "6", released=True)
    yield world.live(API), world.because(), world.history(WEB)


@pytest.mark.parametrize(("kind", "clock"), [*(("folder", clock) for clock in CLOCKS), ("git", "forwards and back")])
def test_what_came_last_is_what_was_written_last(tmp_path: Path, kind: str, clock: str) -> None:
    steady = new_store("folder", tmp_path / "steady")
    store = new_store(kind, tmp_path / "jumping")

    expected = list(_lived(World("folder", _Timed(steady.tree, cycle(STEADY)))))
    assert expected[-1] == ([], {"an order": (LIVE,), "all of an order": (MAIN,)}, ["3", "2", "1"])
    assert list(_lived(World(kind, _Timed(store.tree, cycle(CLOCKS[clock]))))) == expected


MOVED: Final = """
import datetime, os, time

shift, true_time, true_datetime = float(os.environ["MOVED"]), time.time, datetime.datetime

class Moved(true_datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(true_time() + shift, tz)

datetime.datetime, time.time = Moved, lambda: true_time() + shift
"""
"""Moves the clock of a whole process, but for libraries that are no Python."""


@pytest.mark.parametrize("kind", KINDS)
def test_commands_on_machines_whose_clocks_are_years_apart(tmp_path: Path, kind: str) -> None:
    store, workspace = new_store(kind, tmp_path), Workspace(tmp_path)
    workspace.write("clock/sitecustomize.py", MOVED.encode())
    shifts = cycle(str(years * 365 * 86400) for years in (60, -40))

    def run(command: str, service: str, version: str, **options: str) -> tuple[int, str]:
        every = {"service": service, "version": version, "branch": "main"} | dict(store.options) | options
        words = [word for name, value in every.items() for word in (f"--{name.replace('_', '-')}", value)]
        ended = workspace.run(command, *words, PYTHONPATH=str(workspace.folder / "clock"), MOVED=next(shifts))
        return ended.code, told(ended)

    for version in ("1", "2"):
        workspace.write(f"{version}/pact.json", {"consumer": {"name": WEB}, **expects(f"order {version}").content})
        ended = run("publish", WEB, version, contracts=version)
        assert ended[0] == ALLOW, ended[1]
    with serving(lambda _: Reply(body={"id": 42})) as provider:
        checked = {"provider_url": provider.url, "publish_results": "always", "environment": PRODUCTION}
        for version in ("5", "6"):
            code, said = run("check", API, version, **checked)
            assert (code, "web-app 2" in said, "web-app 1" in said) == (ALLOW, True, False), said
            recorded = {"first_deployment": "true", "environment": PRODUCTION}
            assert run("record-deployment", API, version, **recorded)[0] == ALLOW
    code, said = run("can-i-deploy", WEB, "2", environment=PRODUCTION)
    assert (code, "orders-api 6 (provider) production since" in said) == (ALLOW, True), said
