"""Files that a stranger may have made are read, or refused, and never lead elsewhere."""

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from gate.clients.untrusted_files import read_untrusted
from gate.domain.errors import ConfigurationError

LIMIT: Final = 1024**2


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "left/report.json").write_text("{}")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", ["left/report.json", "./left/report.json", "left/../left/report.json"])
def test_a_regular_file_is_read(tmp_path: Path, path: str) -> None:
    assert read_untrusted(Path(path), LIMIT) == b"{}"
    assert read_untrusted(tmp_path / path, LIMIT) == b"{}"


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    file = Path("left/report.json")
    file.write_bytes(b" " * LIMIT)

    assert len(read_untrusted(file, LIMIT)) == LIMIT
    file.write_bytes(b" " * (LIMIT + 1))
    with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
        read_untrusted(file, LIMIT)


def test_what_is_too_large_is_not_read() -> None:
    file = Path("left/report.json")
    os.truncate(file, 200 * LIMIT)
    tracemalloc.start()
    try:
        with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
            read_untrusted(file, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < LIMIT
    finally:
        tracemalloc.stop()


def test_what_grows_while_it_is_read_is_cut_off() -> None:
    """The kernel's own files have no size and do have content."""
    with pytest.raises(ConfigurationError, match="larger than 0 MiB"):
        read_untrusted(Path("/proc/self/status").resolve(), 10)


def _link(path: Path) -> None:
    path.rename("secret.json")
    path.symlink_to("../secret.json")


def _linked_folder(path: Path) -> None:
    path.parent.rename("elsewhere")
    path.parent.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_link, "Too many levels of symbolic links. Give the file .* links are not followed"),
        (_linked_folder, "Not a directory"),
        (_pipe, "this is no regular file"),
        (_folder, "this is no regular file"),
        (Path.unlink, "No such file or directory"),
    ],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_anything_else_is_refused(
    tmp_path: Path, change: Callable[[Path], object], why: str, *, absolute: bool
) -> None:
    file = Path("left/report.json")
    change(file)

    with pytest.raises(ConfigurationError, match=why):
        read_untrusted(tmp_path / file if absolute else file, LIMIT)


@pytest.mark.parametrize("path", ["", "left\0report", "left/report.json/more"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read|no regular file"):
        read_untrusted(Path(path), LIMIT)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_file_stays_open() -> None:
    before = _open_files()
    for path in ("left/report.json", "left/none", "left", "none/report.json"):
        try:
            read_untrusted(Path(path), LIMIT)
        except ConfigurationError:
            continue

    assert _open_files() == before
