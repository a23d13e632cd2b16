"""Files that a stranger may have made: read without being led elsewhere, and never more than is wanted."""

import os
import stat
from pathlib import Path
from typing import Final

from gate.domain.errors import ConfigurationError

FOLDER: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW
FILE: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""What is no file, such as a pipe, must not be waited for."""


def read_untrusted(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes, to which no link leads from the working directory, or from the top.

    Raises:
        ConfigurationError: it is none, or larger.
    """
    try:
        file = _opened(path)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise ConfigurationError("this is no regular file.", where=str(path))
            content = b"" if found.st_size > limit else _read(file, limit + 1)
        finally:
            os.close(file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the file cannot be read: {getattr(error, 'strerror', error)}.",
            where=str(path),
            remedy="Give the file that `gate check` wrote; links are not followed.",
        ) from error
    if max(found.st_size, len(content)) > limit:
        raise ConfigurationError(f"the file is larger than {limit // 1024**2} MiB.", where=str(path))
    return content


def _opened(path: Path) -> int:
    """Open a file by walking to it from folder to folder."""
    *folders, name = path.parts or (".",)
    here = os.open(".", FOLDER)
    try:
        for folder in folders:
            inner = os.open(folder, FOLDER, dir_fd=here)
            os.close(here)
            here = inner
        return os.open(name, FILE, dir_fd=here)
    finally:
        os.close(here)


def _read(file: int, limit: int) -> bytes:
    with os.fdopen(os.dup(file), "rb") as stream:
        return stream.read(limit)
