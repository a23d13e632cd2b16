"""Twenty pipelines that write at the same moment: nothing is lost, nothing is there twice, and nobody is mixed up."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from gate.domain.report import Stage
from tests.damage.commands import ALLOW, BLOCK, UNKNOWN
from tests.damage.meetings import meeting
from tests.damage.stores import GitStore, Store, world_of
from tests.flows.broker_runs import told
from tests.flows.workspaces import Ended, Workspace
from tests.stores.worlds import API, PRODUCTION, WEB, expects

pytestmark = pytest.mark.timeout(180)
WRITERS: Final = 20
FEWER: Final = {"folder": 8, "git": 4}
"""Where twenty show nothing more."""
PATIENCE: Final = 150.0
"""Seconds for all to end."""
KEEP: Final = """
import os, sys
from pathlib import Path
from tests.damage.stores import FolderStore, GitStore, world_of

kind, store, writers = sys.argv[1:]
world = world_of((FolderStore if kind == "folder" else GitStore)(Path(store)))
for number in range(int(writers)):
    if os.fork() == 0:
        world.verify(f"9.{number // 2}", "web-app", "1", success=bool(number % 2))
        sys.exit()
sys.exit(any([os.wait()[1] for _ in range(int(writers))]))
"""
"""A process for each result, of which every other one is bad."""
Started = subprocess.Popen[str]


def _ended(process: Started) -> Ended:
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(code=process.returncode, out=out, err=err)


def _all(
    store: Store, workspace: Workspace, start: Callable[[int, dict[str, str]], Started], writers: int = WRITERS
) -> list[Ended]:
    with meeting(workspace.folder / "meeting", store, writers) as meeting_at:
        processes = [start(number, meeting_at) for number in range(writers)]
    return [_ended(one) for one in processes]


def _command(workspace: Workspace, store: Store, command: str, meeting_at: dict[str, str], **options: str) -> Started:
    every = dict(store.options) | {"branch": "main"} | options
    words = [word for name, value in every.items() for word in (f"--{name.replace('_', '-')}", value)]
    return workspace.start(command, *words, **meeting_at)


def _linear(store: Store, commits: int) -> None:
    """Hold that each writer of a branch has added one commit to it, and nobody has lost one."""
    if isinstance(store, GitStore):
        assert store.git("rev-list", "--min-parents=2", store.branch) == b""
        assert max(Counter(store.commits()).values()) == 1
        assert len(store.commits()) == commits


@pytest.fixture
def desk(workspace: Path) -> Workspace:
    return Workspace(workspace)


def test_publishers_of_contracts_with_one_provider(empty: Store, desk: Workspace) -> None:
    def start(number: int, meeting_at: dict[str, str]) -> Started:
        name = f"consumer-{number}"
        desk.write(f"{name}/pact.json", {"consumer": {"name": name}, **expects(f"order {number}").content})
        return _command(desk, empty, "publish", meeting_at, service=name, version="1", contracts=name)

    ended = _all(empty, desk, start)

    assert [told(one) for one in ended if one.code != ALLOW] == []
    world = world_of(empty)
    names = [f"consumer-{number}" for number in range(WRITERS)]
    assert [world.expected(name, "1") for name in names] == [{API: f"order {number}"} for number in range(WRITERS)]
    assert sorted(one.consumer.name for one in world.fetched().contracts) == sorted(names)
    paths = [path for path in empty.files() if "/publications/" in path or "/versions/" in path]
    assert len(paths) == 2 * WRITERS
    _linear(empty, WRITERS)


def test_publishers_of_versions_of_one_consumer(empty: Store, desk: Workspace) -> None:
    writers = FEWER[empty.kind]

    def start(number: int, meeting_at: dict[str, str]) -> Started:
        version = f"1.{number}"
        desk.write(f"{version}/pact.json", {"consumer": {"name": WEB}, **expects(f"order {number}").content})
        return _command(desk, empty, "publish", meeting_at, service=WEB, version=version, contracts=version)

    ended = _all(empty, desk, start, writers)

    assert [told(one) for one in ended if one.code != ALLOW] == []
    world = world_of(empty)
    versions = {f"1.{number}": {API: f"order {number}"} for number in range(writers)}
    assert {one: world.expected(WEB, one) for one in world.history(WEB)} == versions
    numbers = Counter(path.rpartition("/")[2].partition("-")[0] for path in empty.files() if "/versions/" in path)
    heads = numbers[max(numbers)]
    assert len(world.relevant(stage=Stage.DEPLOY)) == heads, "of versions that came at once, each may be the head"
    assert heads == 1 or empty.kind == "folder"
    _linear(empty, writers)


def test_publishers_of_the_same_and_of_another_content_of_one_version(empty: Store, desk: Workspace) -> None:
    writers = FEWER[empty.kind]

    def start(number: int, meeting_at: dict[str, str]) -> Started:
        content = f"order {number % 2}"
        desk.write(f"{number}/pact.json", {"consumer": {"name": WEB}, **expects(content).content})
        return _command(desk, empty, "publish", meeting_at, service=WEB, version="1", contracts=str(number))

    ended = _all(empty, desk, start, writers)

    won = world_of(empty).expected(WEB, "1")[API]
    assert [one.code for one in ended] == [
        ALLOW if won == f"order {number % 2}" else BLOCK for number in range(writers)
    ]
    assert len([path for path in empty.files() if "/publications/" in path]) == 1
    _linear(empty, 1)


def test_deployments_of_one_service(store: Store, desk: Workspace) -> None:
    before = len(store.commits()) if isinstance(store, GitStore) else 0

    def start(number: int, meeting_at: dict[str, str]) -> Started:
        told = {"service": API, "version": "7", "environment": PRODUCTION, "application_instance": f"i-{number}"}
        return _command(desk, store, "record-deployment", meeting_at, report=f"{number}.json", **told)

    ended = _all(store, desk, start)

    restless = "what is live changed each time that it was read"
    assert [
        told(one) for one in ended if one.code != ALLOW and (one.code, restless in told(one)) != (UNKNOWN, True)
    ] == []
    assert all("deployment recorded" in told(one) for one in ended)
    live = [one.instance for one in world_of(store).live(API) if one.instance is not None]
    assert sorted(live) == sorted(f"i-{number}" for number in range(WRITERS))
    assert len([path for path in store.files() if "@i-" in path]) == WRITERS
    _linear(store, before + WRITERS)


def test_results_of_one_content(store: Store, desk: Workspace) -> None:
    before = len(store.commits()) if isinstance(store, GitStore) else 0

    with meeting(desk.folder / "meeting", store, WRITERS) as meeting_at:
        writers = subprocess.Popen(
            [sys.executable, "-c", KEEP, store.kind, store.options["store"], str(WRITERS)],
            env={"PATH": os.environ["PATH"]} | meeting_at,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    ended = _ended(writers)

    assert (ended.code, ended.err) == (0, "")
    kept = Counter(
        path.rpartition("/")[2].partition("-")[2] for path in store.files() if "-9." in path and "/results/" in path
    )
    assert sum(kept.values()) == WRITERS
    world = world_of(store)
    for number in range(WRITERS // 2):
        at_once = {f"9.{number}@1-passed.json", f"9.{number}@1-failed.json"} <= set(kept)
        last = world.result(WEB, "1", f"9.{number}")
        assert last is False if at_once else last is not None
    _linear(store, before + WRITERS)
