import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gate.clients import output_log
from gate.clients.output_log import LOG_LIMIT
from gate.clients.processes import Process, missing_command
from gate.domain.redaction import Redactor


def _process(script: str, log: Path, *, redact: str = "s3cr3t") -> Process:
    return Process(
        [sys.executable, "-c", script],
        environment=dict(os.environ),
        log=log,
        redact=lambda line: line.replace(redact, "***"),
    )


def _ended(process: Process) -> Process:
    process.start()
    assert process._popen is not None
    process._popen.wait(20)
    process.finish_output()
    return process


def _is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_output_is_kept_redacted_and_its_end_is_at_hand(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "provider.log"
    process = _ended(_process("print('my s3cr3t')\nfor n in range(30): print(n)\nraise SystemExit(7)", log))
    process.stop()

    assert log.read_text() == "my ***\n" + "".join(f"{number}\n" for number in range(30))
    assert process.tail == tuple(str(number) for number in range(10, 30))
    assert process.exit_code == 7


FAMILY = """
import os, subprocess, sys, time
child = "import time; print('ready', flush=True); time.sleep(600)"
stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + child
pids = [
    subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE),
    subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, start_new_session=True),
    subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True),
]
for each in pids:
    each.stdout.readline()
print(*(each.pid for each in pids), flush=True)
LEAVE
"""


@pytest.mark.parametrize("leave", ["time.sleep(600)", "os._exit(0)"])
def test_everything_that_came_of_the_command_ends_even_what_left_its_group(tmp_path: Path, leave: str) -> None:
    process = _process(FAMILY.replace("LEAVE", leave), tmp_path / "log")
    process.start()
    while not process.tail:
        assert process._output._pump is not None
        assert process._output._pump.is_alive()
    pids = [int(pid) for pid in process.tail[0].split()]
    assert len([pid for pid in pids if _is_running(pid)]) == 3

    process.stop(grace=0.3)

    assert [pid for pid in pids if _is_running(pid)] == []


def test_what_a_signal_interrupted_while_it_started_is_found_by_its_mark(tmp_path: Path) -> None:
    process = _process("", tmp_path / "log")
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=process._environment)

    process.stop()

    assert orphan.wait(10) == -signal.SIGTERM


def test_stopping_what_never_started_does_nothing(tmp_path: Path) -> None:
    process = _process("", tmp_path / "log")
    process.stop()

    assert process.exit_code is None


def test_a_command_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-command"):
        Process(["/no-such-command"], environment={}, log=tmp_path / "log", redact=str).start()


def test_a_log_has_a_limit_and_the_output_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_log, "LOG_LIMIT", 10)
    process = _ended(_process("print('123456')\nprint('12345678')\nprint('12')", tmp_path / "log"))

    assert (tmp_path / "log").read_text() == "123456\n12\n"
    assert process.tail == ("123456", "12345678", "12")
    assert LOG_LIMIT > 10


def test_a_full_disk_does_not_stop_the_command(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    process = _ended(_process("print('one')\nprint('two')", tmp_path / "log"))

    assert process.exit_code == 0
    assert process.tail == ("one", "(from here on not in the log: No space left on device)", "two")


@pytest.mark.parametrize(
    ("exit_code", "output", "missing"),
    [
        (127, ("bash: line 1: npm: command not found",), "npm"),
        (127, ("sh: 1: npm: not found", "bye"), "npm"),
        (127, ("something else",), "a command"),
        (1, ("bash: npm: command not found",), None),
        (None, (), None),
    ],
)
def test_a_missing_command_is_named(exit_code: int | None, output: tuple[str, ...], missing: str | None) -> None:
    assert missing_command(exit_code, output) == missing


def test_a_line_without_end_is_cut_and_shows_no_secret_in_pieces(tmp_path: Path) -> None:
    script = "print('x' * 65_530 + 's3cr3t' * 30_000)\nprint('next')"
    process = _ended(
        Process(
            [sys.executable, "-c", script],
            environment=dict(os.environ),
            log=tmp_path / "log",
            redact=Redactor(["s3cr3t"]),
        )
    )

    assert process.tail == ("x" * 65_530 + "***…", "next")


def test_a_process_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    script = "import os; print(os.getcwd())"
    process = Process(
        [sys.executable, "-c", script],
        environment=dict(os.environ),
        folder=tmp_path / "services",
        log=tmp_path / "log",
        redact=str,
    )

    assert _ended(process).tail == (str(tmp_path / "services"),)
    assert _ended(_process(script, tmp_path / "log")).tail == (str(Path.cwd()),)


def test_a_folder_that_is_gone_is_no_silence(tmp_path: Path) -> None:
    process = Process(["true"], environment={}, folder=tmp_path / "gone", log=tmp_path / "log", redact=str)
    with pytest.raises(FileNotFoundError):
        process.start()
