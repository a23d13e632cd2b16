import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.clients.output_log import OutputLog
from gate.clients.workspace_files import hand_over, hand_over_all, make_folder, open_fresh

RUNNER, GROUP = 12345, 12346
NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Make a workspace that belongs to the runner's user."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    os.chown(folder, RUNNER, GROUP)
    return folder


@pytest.fixture
def nobody(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Be a user that may write into the workspace, work there, and may give nothing away."""
    theirs.chmod(0o777)
    monkeypatch.chdir(theirs)
    os.seteuid(NOBODY)
    yield NOBODY
    os.seteuid(0)


def _owner(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_uid, found.st_gid


@needs_root
def test_folders_belong_to_the_owner_of_the_lowest_one_that_was_there(theirs: Path) -> None:
    make_folder(theirs / "a" / "b")

    assert [_owner(theirs / "a"), _owner(theirs / "a" / "b")] == [(RUNNER, GROUP)] * 2


@needs_root
def test_a_folder_that_exists_stays_whose_it_is(theirs: Path) -> None:
    (theirs / "roots").mkdir()

    make_folder(theirs / "roots")

    assert _owner(theirs / "roots") == (0, os.getegid())


@needs_root
def test_a_file_belongs_to_the_owner_of_its_folder(theirs: Path) -> None:
    (theirs / "report.json").write_text("{}")

    hand_over(theirs / "report.json")

    assert _owner(theirs / "report.json") == (RUNNER, GROUP)


@needs_root
def test_what_a_link_in_the_workspace_leads_to_is_not_given_away(theirs: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("of root")
    (theirs / "report.json").symlink_to(precious)

    hand_over(theirs / "report.json")

    assert _owner(precious) == (0, os.getegid())


@needs_root
def test_the_log_of_a_provider_and_its_folder_are_handed_over(theirs: Path) -> None:
    OutputLog(theirs / "out" / "provider.log", str).open()

    assert [_owner(theirs / "out"), _owner(theirs / "out" / "provider.log")] == [(RUNNER, GROUP)] * 2


@needs_root
def test_who_may_not_give_away_keeps_and_goes_on(nobody: int) -> None:
    make_folder(Path("a/b"))

    assert _owner(Path("a/b"))[0] == nobody


def test_handing_over_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    hand_over(tmp_path / "no" / "file")

    assert list(tmp_path.iterdir()) == []


def test_a_folder_below_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match="Not a directory"):
        make_folder(tmp_path / "file" / "folder")


@needs_root
def test_all_that_root_has_left_is_handed_over_and_nothing_else(theirs: Path) -> None:
    (theirs / "older").write_text("")
    before = (theirs / "older").stat().st_ctime + 0.001
    while time.time() < before + 0.02:
        pass
    (theirs / "node_modules" / "deep").mkdir(parents=True)
    (theirs / "node_modules" / "deep" / "file").write_text("")
    (theirs / "link").symlink_to("/etc/passwd")
    (theirs / "another's").write_text("")
    os.chown(theirs / "another's", NOBODY, NOBODY)
    hand_over_all(theirs, since=before)

    left = [path for path in theirs.rglob("*") if path.name not in {"another's", "older"}]
    assert {_owner(path) for path in left} == {(RUNNER, GROUP)}
    assert _owner(theirs / "another's") == (NOBODY, NOBODY)
    assert _owner(theirs / "older")[0] == 0
    assert _owner(Path("/etc/passwd"))[0] == 0


def test_where_there_is_no_folder_or_it_is_roots_own_nothing_is_handed_over(tmp_path: Path) -> None:
    hand_over_all(tmp_path / "gone", since=0)
    (tmp_path / "file").write_text("")
    hand_over_all(tmp_path, since=0)

    assert _owner(tmp_path / "file")[0] == os.geteuid()


def test_a_link_in_the_workspace_is_replaced_and_one_elsewhere_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, elsewhere = tmp_path / "workspace", tmp_path / "elsewhere"
    for folder in (workspace, elsewhere):
        folder.mkdir()
        (folder / "report").symlink_to(folder.parent / f"victim of {folder.name}")
    monkeypatch.chdir(workspace)
    for folder in (workspace, elsewhere):
        with open_fresh(folder / "report") as file:
            file.write(b"new")

    assert (workspace / "report").read_bytes() == b"new"
    assert not (workspace / "report").is_symlink()
    assert not (tmp_path / "victim of workspace").exists()
    assert (tmp_path / "victim of elsewhere").read_bytes() == b"new"
