"""Small disks that fill up."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of its own."""

    folder: Path

    @contextmanager
    def filled(self, *, pages: int | None = None, names: int | None = None) -> Iterator[None]:
        """Leave room for so many pages of content, or for so many more files and folders."""
        ballast = self.folder / "ballast"
        ballast.mkdir()
        room = os.statvfs(self.folder)
        if pages is not None and (too_many := room.f_bavail - pages) > 0:
            with (ballast / "content").open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, too_many * PAGE)
        if names is not None:
            for number in range(room.f_favail - names):
                (ballast / str(number)).touch()
        yield
        shutil.rmtree(ballast)


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Disk]:
    """Mount a disk in memory, as whoever may: root, or anybody in a namespace of his own.

    Args:
        folder: where.
        options: of a tmpfs.
    """
    folder.mkdir()
    told = f"{options},uid={os.getuid()},gid={os.getgid()}"
    for rights in [[], ["sudo", "-n"]] if os.getuid() else [[]]:
        if _ran([*rights, "mount", "-t", "tmpfs", "-o", told, "none", str(folder)]):
            try:
                yield Disk(folder)
            finally:
                assert _ran([*rights, "umount", "--lazy", str(folder)])
            return
    with _in_a_namespace(folder, options) as found:
        if found is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("nobody lets us mount a small disk")
        yield Disk(found)


@contextmanager
def _in_a_namespace(folder: Path, options: str) -> Iterator[Path | None]:
    mount = 'mount -t tmpfs -o "$1" none "$0" && echo mounted && exec cat'
    holder = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(folder), options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        mounted = holder.stdout.readline() == "mounted\n"
        yield Path(f"/proc/{holder.pid}/root{folder}") if mounted else None


def _ran(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
