"""A folder that many read and write at once: files are there whole or not at all, and a name is given once."""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gate.domain.errors import StoreError
from gate.stores.built_in import folder as module
from gate.stores.built_in.folder import UNFINISHED, FolderTree
from gate.stores.built_in.tree import Change
from tests.unit.stores.built_in.folders import paths_in, refusal

PLACES = (Path("/dev/shm"), Path(__file__).parent, Path("/tmp"))  # noqa: S108 - real ones, one of which is another file system
WRITERS = 8


def _change(**files: str) -> Change:
    """Write files whose names have two underscores for a slash."""
    named = {name.replace("__", "/"): content.encode() for name, content in files.items()}
    return Change(files=named, subject="a test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def tree(folder: Path) -> FolderTree:
    return FolderTree(folder)


def _refusal(work: Callable[[], object]) -> StoreError:
    error = refusal(work, StoreError)
    assert isinstance(error, StoreError)
    return error


# Reading


def test_what_is_written_is_read(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: _change(a="1", b__c__d="2", b__e=""))

    assert paths_in(folder) == ["a", "b/c/d", "b/e"]
    assert tree.names(["", "b", "b/c", "nowhere", "b/nowhere/at/all"]) == {
        "": ["a", "b"],
        "b": ["c", "e"],
        "b/c": ["d"],
        "nowhere": (),
        "b/nowhere/at/all": (),
    }
    assert tree.files(["a", "b/c/d", "b/e", "nowhere", "b/nowhere"]) == {"a": b"1", "b/c/d": b"2", "b/e": b""}
    assert tree.where == str(folder)


def test_a_folder_that_is_not_there_is_empty(tree: FolderTree, folder: Path) -> None:
    tree.refresh()

    assert tree.names([""]) == {"": ()}
    assert tree.files(["a"]) == {}
    assert not folder.exists()


def test_names_are_sorted_whatever_the_file_system_says(tree: FolderTree) -> None:
    tree.add(lambda: _change(**dict.fromkeys("cabed", "")))

    assert tree.names([""]) == {"": list("abcde")}


NO_FOLDER, NO_FILE = "it cannot be read: Not a directory.", "it cannot be read: it is no file."


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("a", NO_FOLDER),
        ("a/b", NO_FOLDER),
        ("to_c", NO_FOLDER),
        ("c/to_d", NO_FOLDER),
        ("loop", NO_FOLDER),
        ("pipe", NO_FOLDER),
    ],
)
def test_what_is_no_folder_is_not_an_empty_one(tree: FolderTree, folder: Path, path: str, what: str) -> None:
    """Whatever stands in its place, all that was in it may be missing."""
    _lay_traps(tree, folder)
    error = _refusal(lambda: tree.names([path]))

    assert (error.what, error.where) == (what, str(folder / path))
    assert error.remedy == "Restore it as it was; check its permissions."


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("c", NO_FILE),
        ("pipe", NO_FILE),
        ("a/b", NO_FOLDER),
        ("to_c/d", NO_FOLDER),
        ("c/to_d", "it cannot be read: Too many levels of symbolic links."),
        ("loop", "it cannot be read: Too many levels of symbolic links."),
        ("dangling", "it cannot be read: Too many levels of symbolic links."),
    ],
)
def test_what_is_no_file_is_not_a_missing_one(tree: FolderTree, folder: Path, path: str, what: str) -> None:
    """A link leads to what may change, and a pipe has no end."""
    _lay_traps(tree, folder)
    error = _refusal(lambda: tree.files(["a", path]))

    assert (error.what, error.where) == (what, str(folder / path))


def _lay_traps(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: _change(a="1", c__d="2"))
    os.mkfifo(folder / "pipe")
    for link, target in {"to_c": "c", "c/to_d": "d", "loop": "loop", "dangling": "nowhere"}.items():
        (folder / link).symlink_to(target)


def test_the_store_itself_may_be_behind_a_link(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: _change(a__b="1"))
    (folder.parent / "link").symlink_to(folder)
    linked = FolderTree(folder.parent / "link")
    linked.refresh()

    assert (linked.names(["a"]), linked.files(["a/b"])) == ({"a": ["b"]}, {"a/b": b"1"})


def test_a_folder_that_cannot_be_read_is_an_error_at_once(folder: Path) -> None:
    folder.symlink_to(folder)

    assert _refusal(FolderTree(folder).refresh).what == "it cannot be read: Too many levels of symbolic links."


@pytest.mark.parametrize("place", ["", "below"])
def test_a_file_is_no_store(folder: Path, place: str) -> None:
    folder.write_text("")

    assert _refusal(FolderTree(folder / place).refresh).what == NO_FOLDER


@pytest.mark.parametrize(("size", "fits"), [(0, True), (10, True), (11, False), (5_000_000, False)])
def test_a_file_is_not_larger_than_is_meant(folder: Path, size: int, *, fits: bool) -> None:
    FolderTree(folder).add(lambda: _change(a="x" * size))
    tree = FolderTree(folder, size_limit=10)
    if fits:
        assert tree.files(["a"]) == {"a": b"x" * size}
    else:
        error = _refusal(lambda: tree.files(["a"]))
        assert (error.what, error.where) == ("this file has more than 10 bytes.", str(folder / "a"))
        assert error.remedy == "Raise max-contract-size if it is a contract."


def _open_files() -> set[int]:
    return {number for number in range(200) if _is_open(number)}


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def test_nothing_stays_open_of_what_was_read(tree: FolderTree, folder: Path) -> None:
    _lay_traps(tree, folder)
    before = _open_files()
    for path in ("", "a", "c", "c/d", "to_c", "pipe", "nowhere", "dangling", "a/b/c"):
        for work in (lambda path=path: tree.names([path]), lambda path=path: tree.files([path])):
            with suppress(StoreError):
                work()

    assert _open_files() == before


# Writing


def test_nothing_is_written_where_there_is_nothing_to_add(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: None)

    assert not folder.exists()


def test_nothing_is_left_of_writing_but_what_was_written(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: _change(a="1", b__c="2"))

    assert list((folder / UNFINISHED).iterdir()) == []
    assert {path.stat().st_nlink for path in (folder / "a", folder / "b" / "c")} == {1}


def test_files_come_one_after_another_and_each_rests_on_those_before(tree: FolderTree, folder: Path) -> None:
    """What counts is last: a reader who sees it sees all."""
    (folder / "second").mkdir(parents=True)
    _refusal(lambda: tree.add(lambda: _change(first="1", second="2", third="3")))

    assert paths_in(folder) == ["first"]


def test_the_same_may_be_written_twice(tree: FolderTree, folder: Path) -> None:
    asked = []

    def decide() -> Change:
        asked.append(1)
        return _change(a="1")

    for _ in range(2):
        tree.add(decide)

    assert len(asked) == 2
    assert (folder / "a").read_bytes() == b"1"


def test_who_is_second_decides_again_and_changes_nothing_of_the_first(tree: FolderTree, folder: Path) -> None:
    seen = []

    def decide() -> Change:
        seen.append([*tree.names([""])[""]])
        taken = len(seen) - 1
        if not taken:
            FolderTree(folder).add(lambda: _change(number1="theirs"))
        return _change(before="x", **{f"number{taken + 1}": "ours"})

    tree.add(decide)

    assert seen == [[], ["before", "number1"]]
    assert {name: (folder / name).read_text() for name in paths_in(folder)} == {
        "before": "x",
        "number1": "theirs",
        "number2": "ours",
    }


def test_who_is_second_may_find_that_there_is_nothing_left_to_do(tree: FolderTree, folder: Path) -> None:
    decisions = iter([_change(a="ours"), None])
    FolderTree(folder).add(lambda: _change(a="theirs"))
    tree.add(lambda: next(decisions))

    assert (folder / "a").read_text() == "theirs"
    assert list(decisions) == []


def test_who_is_never_first_gives_up(tree: FolderTree, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", 3)
    FolderTree(folder).add(lambda: _change(a="theirs"))
    asked = []

    def decide() -> Change:
        asked.append(1)
        return _change(a="ours")

    error = _refusal(lambda: tree.add(decide))
    assert (error.what, error.remedy) == ("others were always quicker to write.", "Run it again.")
    assert len(asked) == 3


def _take_next(folder: Path, mine: str) -> str:
    """Give the next number to a file of one's own, as one of several."""
    tree = FolderTree(folder)
    taken: list[str] = []

    def decide() -> Change:
        number = len(tree.names(["numbers"])["numbers"]) + 1
        taken.append(f"numbers/{number:03d}")
        return Change(files={taken[-1]: mine.encode()}, subject=mine)

    tree.add(decide)
    return taken[-1]


def test_of_threads_that_write_at_once_each_has_a_number_of_its_own(folder: Path) -> None:
    start = threading.Barrier(WRITERS)
    taken: dict[str, str] = {}

    def write(mine: str) -> None:
        start.wait()
        for each in range(5):
            taken[_take_next(folder, f"{mine} {each}")] = f"{mine} {each}"

    threads = [threading.Thread(target=write, args=(f"writer {one}",)) for one in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {path: (folder / path).read_text() for path in paths_in(folder)} == taken
    assert len(taken) == WRITERS * 5


ANOTHER_PROCESS = """
import sys
from pathlib import Path
from gate.stores.built_in.folder import FolderTree
from gate.stores.built_in.tree import Change

tree, mine = FolderTree(Path(sys.argv[1])), sys.argv[2]

def decide():
    number = len(tree.names(["numbers"])["numbers"]) + 1
    taken.append(f"numbers/{number:03d}")
    return Change(files={taken[-1]: mine.encode()}, subject=mine)

sys.stdin.readline()
for each in range(5):
    taken = []
    tree.add(decide)
    print(taken[-1])
"""


def test_of_processes_that_write_at_once_each_has_a_number_of_its_own(folder: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER_PROCESS, str(folder), f"process {one}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for one in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = {path: f"process {one}" for one, process in enumerate(started) for path in process.communicate()[0].split()}

    assert {path: (folder / path).read_text() for path in paths_in(folder)} == taken
    assert len(taken) == 15


def test_a_reader_never_sees_a_part_of_a_file(tree: FolderTree) -> None:
    content = b"x" * 1_000_000
    done = threading.Event()
    sizes: set[int] = set()

    def read() -> None:
        while not done.is_set():
            there = tree.names(["files"])["files"]
            sizes.update(len(one) for one in tree.files([f"files/{name}" for name in there]).values())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        path = f"files/{number}"
        tree.add(lambda path=path: Change(files={path: content}, subject=path))  # type: ignore[misc]
    done.set()
    reader.join()

    assert sizes <= {len(content)}


# What cannot be written


def test_a_file_in_the_place_of_a_folder_is_an_error(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: _change(a="1"))
    error = _refusal(lambda: tree.add(lambda: _change(a__b__c="2")))

    assert error.what == "it cannot be written: File exists."
    assert error.where == str(folder / "a")
    assert error.remedy == "Check its permissions and the space that is left."


def test_a_folder_in_the_place_of_a_file_is_an_error(tree: FolderTree, folder: Path) -> None:
    tree.add(lambda: _change(a__b="1"))
    error = _refusal(lambda: tree.add(lambda: _change(a="2")))

    assert (error.what, error.where) == ("it cannot be written: Is a directory.", str(folder / "a"))


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_does_not_fit_is_not_there_at_all(tree: FolderTree, folder: Path) -> None:
    with _files_of_at_most(1000):
        error = _refusal(lambda: tree.add(lambda: _change(small="1", large="x" * 5000)))

    assert error.what == "it cannot be written: File too large."
    assert paths_in(folder) == ["small"]
    assert list((folder / UNFINISHED).iterdir()) == []


def test_a_file_system_without_links_is_named(tree: FolderTree, folder: Path) -> None:
    """A link from one file system to another is one that nobody can make."""
    folder.mkdir()
    another = next((place for place in PLACES if place.is_dir() and place.stat().st_dev != folder.stat().st_dev), None)
    if another is None:
        pytest.skip("there is one file system alone")
    with TemporaryDirectory(dir=another) as elsewhere:
        (folder / UNFINISHED).symlink_to(elsewhere)
        error = _refusal(lambda: tree.add(lambda: _change(a="1")))
        assert list(Path(elsewhere).iterdir()) == []

    assert error.what == "it may not be written, or its file system knows no hard links: Invalid cross-device link."
    assert error.where == str(folder)
    assert error.remedy == (
        "Check its permissions; else keep the store on another file system, or in a git repository."
    )
    assert paths_in(folder) == []
