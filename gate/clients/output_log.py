"""The output of a program that the gate started: redacted, in a file, its end at hand."""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, Final

from gate.clients.workspace_files import hand_over, make_folder, open_fresh
from gate.domain.redaction import CUT

LOG_LIMIT: Final = 50 * 1024 * 1024
TAIL_LINES: Final = 20
LONGEST_LINE: Final = 64 * 1024


class OutputLog:
    """Keeps what a program writes until it ends.

    Args:
        file: receives the output, redacted line by line.
        redact: takes the secrets out of a line.
    """

    def __init__(self, file: Path, redact: Callable[[str], str]) -> None:
        self._file = file
        self._redact = redact
        self._room = LOG_LIMIT
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._pump: threading.Thread | None = None

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, redacted."""
        return tuple(self._tail)

    def open(self) -> None:
        """Make an empty file. Raises `OSError`."""
        make_folder(self._file.parent)
        open_fresh(self._file).close()
        hand_over(self._file)

    def follow(self, output: IO[bytes]) -> None:
        """Keep what comes from `output` until its end, in a thread."""
        self._pump = threading.Thread(target=self._keep, args=(output,), daemon=True)
        self._pump.start()

    def finish(self, timeout: float = 1.0) -> None:
        """Wait until all output of an ended program is kept, at most `timeout` seconds."""
        if self._pump is not None:
            self._pump.join(timeout)

    def _keep(self, output: IO[bytes]) -> None:
        """Drain the output to its end: a full pipe would stop the program, a full disk must not."""
        with output, open_fresh(self._file, buffering=0) as file:
            while line := output.readline(LONGEST_LINE):
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                while line and not line.endswith(b"\n"):
                    # Too long: the rest of the line is dropped, so that nothing is shown in pieces.
                    line = output.readline(LONGEST_LINE)
                    text = text.removesuffix(CUT) + (CUT if line else "")
                text = self._redact(text)
                self._tail.append(text)
                self._write(file, f"{text}\n".encode())

    def _write(self, file: BinaryIO, line: bytes) -> None:
        if len(line) > self._room:
            return
        try:
            file.write(line)
        except OSError as error:
            self._room = 0
            self._tail.append(f"(from here on not in the log: {error.strerror})")
        else:
            self._room -= len(line)
