"""A disk without room: what could not be written counts for nothing, and nobody is told that all is well."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.damage.commands import ALLOW, UNKNOWN, Ended, run
from tests.damage.conftest import Furnished
from tests.damage.disks import Disk, small_disk
from tests.damage.scenes import ACTIONS, answers, said
from tests.damage.stores import Store
from tests.servers import Reply, serving
from tests.stores.worlds import API, PRODUCTION

pytestmark = pytest.mark.timeout(180)
FULL = "No space left on device"
WITHOUT_A_REASON = ("the push was refused: unpacker error", "unable to migrate objects to permanent storage")
"""What a git server says instead, when not even a reason can be written."""
STEP = {"folder": 1, "git": 12}
"""From level to level: git needs a second for each."""
WRITERS = [("folder", "publish"), ("folder", "record a deployment"), ("git", "publish")]


@pytest.fixture
def disk(workspace: Path) -> Iterator[Disk]:
    with small_disk(workspace / "disk", "size=4m,nr_inodes=1k") as one:
        yield one


@pytest.mark.parametrize("of", ["pages", "names"])
@pytest.mark.parametrize(("store", "action"), WRITERS, indirect=["store"])
def test_a_store_on_a_full_disk(store: Store, disk: Disk, workspace: Path, action: str, of: str) -> None:
    complete = store.copied(workspace / "complete")
    assert ACTIONS[action](complete, workspace).code == ALLOW
    before, after = (answers(one.checked_out(workspace / name)) for name, one in (("a", store), ("b", complete)))

    for level in count(0, STEP[store.kind]):
        own = store.copied(disk.folder / str(level))
        with disk.filled(**{of: level}):
            ended = ACTIONS[action](own, workspace)
        found = answers(own.checked_out(workspace / str(level)))
        wrong = {asked: code for asked, code in found.items() if code not in {before[asked], after[asked], UNKNOWN}}
        assert (level, wrong) == (level, {})
        if ended.code != ALLOW:
            _failed(ended)
            assert (level, ACTIONS[action](own, workspace).code) == (level, ALLOW)
        assert (level, said(own)) == (level, said(complete))
        shutil.rmtree(disk.folder / str(level))
        if ended.code == ALLOW:
            assert level
            return


def _failed(ended: Ended) -> None:
    assert ended.code == UNKNOWN, ended.said
    assert any(one in ended.said for one in (FULL, *WITHOUT_A_REASON)), ended.said


@pytest.mark.parametrize("store", ["git"], indirect=True)
@pytest.mark.parametrize("of", ["pages", "names"])
def test_no_room_for_what_git_fetches(
    store: Store, disk: Disk, workspace: Path, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    before = said(store)

    for level in count(0, STEP[store.kind]):
        with disk.filled(**{of: level}):
            ended = ACTIONS["publish"](store, workspace)
        if ended.code == ALLOW:
            break
        assert (level, ended.code, said(store)) == (level, UNKNOWN, before), ended.said
        assert list(disk.folder.iterdir()) == []
    assert level


def test_results_that_cannot_be_kept_allow_nothing(furnished: Furnished, disk: Disk, workspace: Path) -> None:
    store = furnished("folder").copied(disk.folder / "own")
    with serving(lambda _: Reply(body={"id": 42})) as provider:
        options = {"service": API, "version": "9", "branch": "main", "environment": PRODUCTION}
        told = options | {"provider_url": provider.url, "publish_results": "always"}
        with disk.filled(pages=1):
            ended = run("check", store, workspace, **told)
        _failed(ended)
        assert run("can-i-deploy", store, workspace, **options).code == UNKNOWN

        assert run("check", store, workspace, **told).code == ALLOW
        assert run("can-i-deploy", store, workspace, **options).code == ALLOW
