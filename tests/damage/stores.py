"""Built-in stores of both kinds, and what only a vandal does to them."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gate.clients.git_branch import GitAccess, GitBranch
from gate.stores.built_in.folder import UNFINISHED, FolderTree
from gate.stores.built_in.git_tree import GitTree
from gate.stores.built_in.tree import Tree
from tests.stores.places import BuiltInPlace
from tests.stores.worlds import World

BRANCH: Final = "contract-gate"
FILE, LINK, SUBMODULE = "100644", "120000", "160000"
KINDS: Final = ("folder", "git")


class Store(Protocol):
    """A store on this machine."""

    @property
    def kind(self) -> str: ...
    @property
    def options(self) -> Mapping[str, str]:
        """Return the settings that lead to it."""
        ...

    def tree(self) -> Tree:
        """Reach it as a new process does."""
        ...

    def files(self) -> dict[str, bytes]:
        """Return all that is in it, whoever has put it there; what nobody has finished is not."""
        ...

    def vandalise(self, files: Mapping[str, bytes | None]) -> None:
        """Write these files as they are, and take away those without content."""
        ...

    def copied(self, to: Path) -> "Store":
        """Return another one with the same in it."""
        ...

    def checked_out(self, to: Path) -> "FolderStore":
        """Return what is in it as a folder, of which questions are answered sooner."""
        ...


def world_of(store: Store) -> World:
    """Speak to a store by its ports."""
    return World(store.kind, BuiltInPlace(store.tree))


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A store in a folder. See `Store`."""

    folder: Path
    kind: str = "folder"

    @property
    def options(self) -> Mapping[str, str]:
        return {"store": str(self.folder)}

    def tree(self) -> Tree:
        return FolderTree(self.folder)

    def files(self) -> dict[str, bytes]:
        every = (one for one in self.folder.rglob("*") if one.is_file() and UNFINISHED not in one.parts)
        return {str(one.relative_to(self.folder)): one.read_bytes() for one in sorted(every)}

    def vandalise(self, files: Mapping[str, bytes | None]) -> None:
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def copied(self, to: Path) -> "FolderStore":
        shutil.copytree(self.folder, to, symlinks=True)
        return FolderStore(to)

    def checked_out(self, to: Path) -> "FolderStore":
        return self


@dataclass(frozen=True, slots=True)
class GitStore:
    """A store on a branch of a bare repository. See `Store`."""

    repository: Path
    branch: str = BRANCH
    kind: str = "git"

    @property
    def options(self) -> Mapping[str, str]:
        return {"store": str(self.repository), "store_branch": self.branch}

    def tree(self) -> Tree:
        return GitTree(GitBranch(GitAccess(url=str(self.repository), branch=self.branch, user_configuration=False)))

    def git(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run git in the repository itself, where the store's users never are."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        run = subprocess.run(
            ["git", "-C", str(self.repository), *arguments],
            input=given,
            env=clean | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            check=True,
            capture_output=True,
        )
        return run.stdout

    def files(self) -> dict[str, bytes]:
        if not self.git("branch", "--list", self.branch):
            return {}
        listed = self.git("ls-tree", "-r", "-z", "--full-tree", self.branch).decode().split("\0")[:-1]
        names = [one.partition("\t")[2] for one in listed]
        ids = "".join(one.partition("\t")[0].split()[2] + "\n" for one in listed)
        output = self.git("cat-file", "--batch", given=ids.encode())
        found = {}
        for name in names:
            head, _, output = output.partition(b"\n")
            size = int(head.split()[2])
            found[name], output = output[:size], output[size + 1 :]
        return found

    def vandalise(self, files: Mapping[str, bytes | None]) -> None:
        self.forked(self.branch, files)

    def forked(self, branch: str, files: Mapping[str, bytes | None], mode: str = FILE) -> "GitStore":
        """Commit on another branch, beginning with what is on this one."""
        start = self.git("for-each-ref", "--format=from %(objectname)", f"refs/heads/{self.branch}").decode()
        stream = [f"commit refs/heads/{branch}\ncommitter vandal <v@v> 0 +0000\ndata 0\n{start}".encode()]
        for name, content in files.items():
            stream.append(f"D {name}\n".encode() if start else b"")
            if content is None:
                continue
            if mode == SUBMODULE:
                stream.append(f"M {mode} {content.decode()} {name}\n".encode())
            else:
                stream.append(f"M {mode} inline {name}\ndata {len(content)}\n".encode() + content + b"\n")
        self.git("fast-import", "--quiet", "--force", given=b"".join(stream))
        return GitStore(self.repository, branch)

    def paths(self) -> list[str]:
        """Return the paths of all that is in it, folders before what they hold."""
        return self.git("ls-tree", "-r", "-t", "--name-only", "--full-tree", self.branch).decode().splitlines()

    def commits(self) -> list[str]:
        """Return the subjects of all commits, the oldest first."""
        return self.git("log", "--reverse", "--format=%s", self.branch).decode().splitlines()

    def copied(self, to: Path) -> "GitStore":
        shutil.copytree(self.repository, to)
        return GitStore(to, self.branch)

    def checked_out(self, to: Path) -> FolderStore:
        folder = FolderStore(to)
        folder.vandalise(self.files())
        return folder


def new_store(kind: str, folder: Path) -> Store:
    """Make a store with nothing in it."""
    if kind == "folder":
        (folder / "store").mkdir(parents=True)
        return FolderStore(folder / "store")
    store = GitStore(folder / "store.git")
    store.repository.mkdir(parents=True)
    store.git("init", "--quiet", "--bare")
    return store
