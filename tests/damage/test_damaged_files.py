"""Whatever happens to the files of a store, nothing is allowed because of it, and an error says which file it was."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from itertools import pairwise, product
from pathlib import Path
from typing import Final

import pytest

from tests.damage.commands import ALLOW, BLOCK, UNKNOWN
from tests.damage.conftest import Furnished
from tests.damage.scenes import Question, answers
from tests.damage.stores import FILE, LINK, SUBMODULE, FolderStore, GitStore, Store
from tests.stores.worlds import API, PRODUCTION, STAGING, WEB

pytestmark = pytest.mark.timeout(180)
Damage = Callable[[Path], object]


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _become(make: Callable[[Path], object]) -> Damage:
    def damage(path: Path) -> None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        make(path)

    return damage


def _beside(make: Callable[[Path], object], name: str = "foreign") -> Damage:
    return lambda path: make(path.with_name(name))


def _link(path: Path, to: str = "nowhere") -> None:
    path.symlink_to(to)


def _link_to_an_empty_folder(path: Path) -> None:
    elsewhere = Path.cwd() / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    path.symlink_to(elsewhere)


INSTEAD: Final[Mapping[str, Damage]] = {
    "a link to nothing": _become(_link),
    "a link to an empty folder": _become(_link_to_an_empty_folder),
    "a pipe": _become(os.mkfifo),
}
OF_A_FILE: Final[Mapping[str, Damage]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "flipped in the middle": _flip,
    "no JSON": lambda path: path.write_bytes(b"\xff\x00"),
    "other JSON": lambda path: path.write_bytes(b"[]"),
    "very deep JSON": lambda path: path.write_bytes(b"[" * 100_000),
    "a folder": _become(Path.mkdir),
    "a link to the same": lambda path: path.symlink_to(path.rename(Path.cwd() / "moved")),
    **INSTEAD,
}
BESIDE: Final[Mapping[str, Damage]] = {
    "a file": _beside(lambda one: one.write_bytes(b"{}")),
    "a hidden file": _beside(lambda one: one.write_bytes(b""), ".DS_Store"),
    "a folder": _beside(Path.mkdir),
    "a link to nothing": _beside(_link),
    "a pipe": _beside(os.mkfifo),
    "an editor's copy": lambda path: shutil.copy(path, path.with_name(f"{path.name}~")),
    "a name that nobody escapes like this": _beside(Path.mkdir, "Web-App"),
    "a name that is no text": _beside(Path.mkdir, "\udcff"),
}
OF_A_FOLDER: Final[Mapping[str, Damage]] = {"a file": _become(lambda one: one.write_bytes(b"x")), **INSTEAD}


@pytest.fixture
def whole(furnished: Furnished) -> FolderStore:
    store = furnished("folder")
    assert isinstance(store, FolderStore)
    return store


def _wrong(before: Mapping[Question, int], store: Store) -> dict[Question, int]:
    """Return what is not as it was, and not unknown either."""
    return {asked: code for asked, code in answers(store).items() if code not in {before[asked], UNKNOWN}}


@pytest.mark.parametrize("damage", OF_A_FILE)
def test_a_damaged_file_is_as_if_nobody_knew_what_is_in_it(whole: FolderStore, workspace: Path, damage: str) -> None:
    before = answers(whole)
    for number, name in enumerate(whole.files()):
        store = whole.copied(workspace / str(number))
        OF_A_FILE[damage](store.folder / name)
        for asked, code in before.items():
            answer = asked.asked(store)

            assert (name, asked, answer.code) in {(name, asked, code), (name, asked, UNKNOWN)}
            assert answer.code == code or name in answer.faults, answer.faults


@pytest.mark.parametrize("damage", BESIDE)
def test_a_foreign_file_allows_nothing(whole: FolderStore, workspace: Path, damage: str) -> None:
    before = answers(whole)
    for number, name in enumerate(whole.files()):
        store = whole.copied(workspace / str(number))
        BESIDE[damage](store.folder / name)

        assert (name, _wrong(before, store)) == (name, {})


@pytest.mark.parametrize("damage", OF_A_FOLDER)
def test_what_is_no_folder_any_more_is_not_taken_for_an_empty_one(
    whole: FolderStore, workspace: Path, damage: str
) -> None:
    before = answers(whole)
    folders = dict.fromkeys(str(one) for name in whole.files() for one in Path(name).parents if one.name)
    for number, name in enumerate(folders):
        store = whole.copied(workspace / str(number))
        OF_A_FOLDER[damage](store.folder / name)

        assert (name, _wrong(before, store)) == (name, {})


def test_a_file_with_the_content_of_another_one_is_damaged(whole: FolderStore, workspace: Path) -> None:
    before, files = answers(whole), whole.files()
    store = whole.copied(workspace / "own")
    for name, other in pairwise([*files, *files]):
        store.vandalise({name: files[other]})

        assert (name, other, _wrong(before, store)) == (name, other, {})
        store.vandalise({name: files[name]})


UNNOTICED: Final = {
    f"environments/{PRODUCTION}/{WEB}": "nothing else says that it is live",
    f"environments/{PRODUCTION}/{WEB}/000001-1-deployed.json": "the last of its folder: no number after it is left",
    f"services/{WEB}/publications/1@1.json": "where it is not live, no record of a deployment says what it expects",
    f"services/{WEB}/publications": "as before",
    f"services/{WEB}/versions": "where it is not live, nothing else says that it heads a branch",
    "services/orders-api/results": "what was never honoured is pending",
    "services/orders-api/results/web-app": "as before",
    "services/orders-api/results/web-app/CONTENT": "as before",
}
"""What may not be deleted, as nobody can tell, and why. Protect the branch; in git, its history shows it."""


def test_what_is_deleted_is_missed_but_for_what_nothing_else_speaks_of(whole: FolderStore, workspace: Path) -> None:
    before, files = answers(whole), whole.files()
    names = dict.fromkeys(str(one) for name in files for one in (name, *Path(name).parents) if str(one) != ".")
    allowed = set()
    for number, name in enumerate(names):
        store = whole.copied(workspace / str(number))
        path = store.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        found = answers(store)
        assert set(found.values()) <= {ALLOW, BLOCK, UNKNOWN}
        if any(code == ALLOW != before[asked] for asked, code in found.items()):
            allowed.add(re.sub(r"[0-9a-f]{64}", "CONTENT", name))

    assert allowed <= set(UNNOTICED)


RENAMED: Final = (
    (r"$", "~"),
    (r"\.json$", ".JSON"),
    (r"\.json$", ""),
    (r"^\d{6}-", "000000-"),
    (r"^\d{6}-", "000001-"),
    (r"^\d{6}-", "000009-"),
    (r"^\d{6}-", "1-"),
    (r"(?<=-)(\d)", r"\1\1"),
    (r"^(\d)(?=[@-])", r"\1\1"),
    (r"@1", "@2"),
    (r"@1", "@0"),
    (r"@main", ""),
    (r"@main", "@more"),
    (r"@blue", ""),
    (r"-passed", "-failed"),
    (r"-failed", "-passed"),
    (r"-failed", "-failed-wip"),
    (r"-deployed", "-undeployed"),
    (r"-deployed", "-released"),
    (r"-undeployed", "-deployed"),
    (r"-released", "-unsupported"),
    (r"^c58", "d58"),
    (r"^service", "SERVICE"),
)
"""What may become of a name."""


@pytest.mark.parametrize("how", [Path.rename, shutil.copy])
def test_a_name_that_lies_allows_nothing(
    whole: FolderStore, workspace: Path, how: Callable[[Path, Path], object]
) -> None:
    before, store = answers(whole), whole.copied(workspace / "own")
    for (what, instead), name in product(RENAMED, whole.files()):
        path = store.folder / name
        changed = path.with_name(re.sub(what, instead, path.name, count=1))
        if changed == path or changed.exists() or (name in UNNOTICED and how is Path.rename):
            continue
        how(path, changed)
        found = answers(store)
        changed.rename(path)

        assert (name, changed.name, set(found.values()) - {ALLOW, BLOCK, UNKNOWN}) == (name, changed.name, set())
        allowed = [asked for asked, code in found.items() if code == ALLOW != before[asked]]
        assert (name, changed.name, allowed) == (name, changed.name, [])


HIDDEN: Final = Question(API, "6", STAGING)
"""Blocked by a contract of a head of main that is not live there: by nothing but the facts about versions."""


@pytest.mark.parametrize(
    "folder", [f"services/{WEB}/publications", f"environments/{PRODUCTION}/{WEB}", "services/orders-api/results"]
)
def test_no_byte_can_be_another(whole: FolderStore, workspace: Path, folder: str) -> None:
    store = whole.copied(workspace / "own")
    some = (Question(API, "6", stage="deploy"), HIDDEN)
    for name, content in whole.files().items():
        if not name.startswith(f"{folder}/") or ("6@1-failed" not in name and folder.endswith("results")):
            continue
        for place, byte in enumerate(content):
            store.vandalise({name: content[:place] + bytes([byte ^ 1]) + content[place + 1 :]})
            wrong = {asked: code for asked, code in answers(store, some).items() if code not in {BLOCK, UNKNOWN}}
            assert (name, content[:place], wrong) == (name, content[:place], {})
        store.vandalise({name: content})


RESTED_ON: Final = (
    "contract-gate-store.json",
    f"environments/{PRODUCTION}/{WEB}/000001-1-deployed.json",
    f"services/{WEB}/publications/1@1.json",
    "services/orders-api/contracts/web-app/c58",
    "services/orders-api/results/web-app/c58",
    f"environments/{PRODUCTION}/{WEB}",
    "services/orders-api/contracts",
    "services/orders-api/results",
)
"""What the verdict on the one that breaks a contract rests on: files, and folders."""


@pytest.mark.parametrize(("mode", "content"), [(FILE, b""), (LINK, b"nowhere"), (SUBMODULE, b"0" * 40)])
def test_what_git_holds_instead(furnished: Furnished, workspace: Path, mode: str, content: bytes) -> None:
    original = furnished("git").copied(workspace / "store.git")
    assert isinstance(original, GitStore)
    question = Question(API, "6", stage="deploy")
    assert question.asked(original).code == BLOCK
    for number, start in enumerate(RESTED_ON):
        name = next(one for one in original.paths() if one.startswith(start))
        store = original.forked(f"damaged-{number}", {name: content}, mode)

        answer = question.asked(store)
        assert (name, answer.code) in {(name, UNKNOWN), (name, BLOCK)}
        assert answer.code == BLOCK or name in answer.faults, answer.faults
