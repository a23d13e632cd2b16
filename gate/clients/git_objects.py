"""What git keeps, read from a repository that holds only a part of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gate.clients.git_commands import Git
from gate.clients.git_faults import GitError

FOLDER: Final = "40000"
FILES: Final = frozenset({"100644", "100755", "100664"})
"""Modes, as they stand in a folder. A symbolic link and a submodule have others."""

ID_LENGTH: Final = 20

NO_NAMES: Final = frozenset({b"", b".", b".."})
"""Git itself makes no such entries, none with a slash, and no two of one name."""

LARGEST_FOLDER: Final = 256 * 1024**2
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What stands under a name in a folder."""

    mode: str
    id: str


Folder = Mapping[str, Entry]
"""By name."""


class Objects:
    """Objects by their ids. What is missing is fetched, all at once.

    Args:
        git: which reads them.
        bring: fetches those with these ids. Afterwards they are there.
    """

    def __init__(self, git: Git, bring: Callable[[Sequence[str]], None]) -> None:
        self._git = git
        self._bring = bring
        self._folders: dict[str, Folder] = {}

    def find(self, top: str, paths: Iterable[str]) -> Mapping[str, Entry]:
        """Return what is at these paths, and at those above them, below the folder `top`.

        The folders of a level are read together, so that what is missing is fetched once for each level.
        """
        found = {"": Entry(mode=FOLDER, id=top)}
        for level in _levels(paths):
            above = {path: found[path].id for path in level if path in found and found[path].mode == FOLDER}
            folders = self.folders(above.values())
            for path, object_id in above.items():
                folder = folders[object_id]
                found |= {_join(path, name): folder[name] for name in level[path] if name in folder}
        return found

    def folders(self, ids: Iterable[str]) -> Mapping[str, Folder]:
        """Return what these folders hold."""
        wanted = tuple(ids)
        unknown = [object_id for object_id in wanted if object_id not in self._folders]
        found = self.contents(unknown, LARGEST_FOLDER)
        self._folders |= {object_id: _parse(content, self._git.where) for object_id, content in found.items()}
        return {object_id: self._folders[object_id] for object_id in wanted}

    def contents(self, ids: Iterable[str], limit: int) -> Mapping[str, bytes]:
        """Return objects as they are, of at most so many bytes each."""
        wanted = tuple(dict.fromkeys(ids))
        sizes = self._sizes(wanted)
        missing = [object_id for object_id in wanted if object_id not in sizes]
        if missing:
            self._bring(missing)
            sizes |= self._sizes(missing)
        if max(sizes.values(), default=0) > limit:
            raise GitError(
                f"something there has more than {limit} bytes.",
                where=self._git.where,
                remedy="Raise max-contract-size if it is a contract.",
            )
        return self._read(wanted)

    def _sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the sizes, in bytes, of those of these objects that are here."""
        if not ids:
            return {}
        answer = self._git.run("cat-file", "--batch-check", "--buffer", given="\n".join(ids).encode()).output
        told = [line.split(" ") for line in answer.decode().splitlines()]
        return {object_id: int(size) for object_id, *_, size in told if size != "missing"}

    def _read(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return these objects, which are here."""
        if not ids:
            return {}
        output = self._git.run("cat-file", "--batch", "--buffer", given="\n".join(ids).encode()).output
        found = {}
        start = 0
        while start < len(output):
            end = output.index(b"\n", start)
            object_id, _, size = output[start:end].decode().split(" ")
            start = end + 1
            found[object_id] = output[start : start + int(size)]
            start += int(size) + 1
        return found


def _levels(paths: Iterable[str]) -> Iterable[Mapping[str, set[str]]]:
    """Return, from the top down, which names are looked for in which folder."""
    levels: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in paths:
        names = path.split("/") if path else []
        for depth, name in enumerate(names):
            levels[depth]["/".join(names[:depth])].add(name)
    return [levels[depth] for depth in range(len(levels))]


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _parse(content: bytes, where: str) -> Folder:
    """Read a folder: of each entry its mode, its name and, in binary, its id."""
    entries = {}
    start = 0
    while start < len(content):
        end = content.index(b"\0", start)
        mode, _, name = content[start:end].partition(b" ")
        start = end + 1 + ID_LENGTH
        text = name.decode(errors="surrogateescape")
        if name in NO_NAMES or b"/" in name or text in entries:
            raise GitError(
                f"a folder there has {text!r} in it, or has it twice.", where=where, remedy="Restore it as it was."
            )
        entries[text] = Entry(mode=mode.decode(), id=content[end + 1 : start].hex())
    return entries
