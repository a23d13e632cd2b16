"""The tree as a folder. Many may read and write it at once; whoever dies leaves whole files, or none."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gate.clients.workspace_files import hand_over
from gate.domain.errors import StoreError
from gate.stores.built_in.tree import Change, Decide

ATTEMPTS: Final = 1000
"""How often somebody else may be quicker before this is a fault."""
SIZE_LIMIT: Final = 20 * 1024**2
UNFINISHED: Final = ".unfinished"
"""The folder for files that are being written. What a killed writer left there means nothing."""
NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class FolderTree:
    """A tree on a file system. See `gate.stores.built_in.tree.Tree`.

    A file is written beside the tree, brought to the disk, and then given its name, which nobody else may have taken.

    Args:
        folder: that holds it.
        size_limit: bytes that a file may have.
    """

    def __init__(self, folder: Path, size_limit: int = SIZE_LIMIT) -> None:
        self._folder = folder
        self._size_limit = size_limit
        self.where = str(folder)

    def refresh(self) -> None:
        """Find that the folder can be read. What is there is looked at each time anyhow."""
        self._names("")

    def names(self, folders: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return what is in each folder."""
        return {folder: self._names(folder) for folder in folders}

    def files(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Return what is in those files that are there."""
        read = {path: self._read(path) for path in paths}
        return {path: content for path, content in read.items() if content is not None}

    def add(self, decide: Decide) -> None:
        """Add files one after another, each whole."""
        for _ in range(ATTEMPTS):
            change = decide()
            if change is None or self._add(change):
                return
        raise StoreError("others were always quicker to write.", where=self.where, remedy="Run it again.")

    def _add(self, change: Change) -> bool:
        try:
            return all(self._write(path, content) for path, content in change.files.items())
        except OSError as error:
            if error.errno in NO_LINKS:
                raise StoreError(
                    f"it may not be written, or its file system knows no hard links: {error.strerror}.",
                    where=self.where,
                    remedy="Check its permissions; else keep the store on another file system, or in a git repository.",
                ) from error
            raise StoreError(
                f"it cannot be written: {error.strerror}.",
                where=str(error.filename or self.where),
                remedy="Check its permissions and the space that is left.",
            ) from error

    def _write(self, path: str, content: bytes) -> bool:
        """Write a file; False when somebody else has written another one there."""
        target = self._folder / path
        unfinished = self._folder / UNFINISHED / secrets.token_hex(16)
        _make(target.parent)
        _make(unfinished.parent)
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(unfinished, target)
            hand_over(target)
        except FileExistsError:
            return target.read_bytes() == content
        finally:
            with suppress(OSError):
                unfinished.unlink()
        _keep_names(target.parent)
        return True

    def _names(self, folder: str) -> Sequence[str]:
        try:
            with self._opened(folder.split("/") if folder else []) as descriptor, os.scandir(descriptor) as entries:
                return sorted(one.name for one in entries if folder or one.name != UNFINISHED)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unreadable(folder, error) from error

    def _read(self, path: str) -> bytes | None:
        *folders, name = path.split("/")
        try:
            with self._opened(folders) as descriptor:
                content = _content(name, descriptor, self._size_limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(path, error) from error
        if len(content) > self._size_limit:
            raise StoreError(
                f"this file has more than {self._size_limit} bytes.",
                where=str(self._folder / path),
                remedy="Raise max-contract-size if it is a contract.",
            )
        return content

    @contextmanager
    def _opened(self, folders: Sequence[str]) -> Iterator[int]:
        """Open a folder, from the top down, and follow no link: what is not there must not seem to be empty."""
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name in folders:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def _unreadable(self, path: str, error: OSError) -> StoreError:
        return StoreError(
            f"it cannot be read: {error.strerror}.",
            where=str(self._folder / path),
            remedy="Restore it as it was; check its permissions.",
        )


def _content(name: str, folder: int, limit: int) -> bytes:
    """Read a file, and nothing else: a pipe has no end, and a link leads elsewhere."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    """Make a folder and those above it, so that they are there even if the machine stops now."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    hand_over(folder)
    _keep_names(folder.parent)


def _keep_names(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
