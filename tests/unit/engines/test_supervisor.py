import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import EngineError
from gate.engines.pact_engine import supervisor as module
from gate.engines.pact_engine.supervisor import Supervisor, WorkerLostError


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Supervise the worker that misbehaves on request."""
    script = Path(__file__).with_name("bad_worker.py")
    launcher = tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
    launcher.chmod(0o755)
    with Supervisor({"PATH": os.environ["PATH"], "TOKEN": "s3cr3t", "LANG": "C.UTF-8"}, command=[str(launcher)]) as one:
        yield one


def _task(how: str) -> Any:
    return {"provider": how}


def _ask(supervisor: Supervisor, how: str, seconds: float = 20.0) -> Any:
    return supervisor.ask(_task(how), seconds=seconds)


def test_a_worker_is_kept_for_the_next_task(supervisor: Supervisor) -> None:
    assert _ask(supervisor, "well")["pid"] == _ask(supervisor, "well")["pid"]


def test_a_worker_knows_no_secret_and_a_home_of_its_own(supervisor: Supervisor) -> None:
    answer = _ask(supervisor, "well")

    environment = answer["environment"]
    assert "TOKEN" not in environment
    assert environment["PACT_DO_NOT_TRACK"] == "true"
    assert environment["HOME"] == environment["PACT_PLUGIN_DIR"] == answer["folder"] != os.environ["HOME"]


TOO_LARGE = (
    "the engine needed more than the 1024 MB of memory that it may have: the answer, or what it is compared with, is "
    "too large"
)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("exit", "the engine's process ended with exit code 101 (its last words: at line 1)"),
        (
            "run out of memory",
            TOO_LARGE,
        ),
        ("abort", "the engine's process was ended by SIGKILL"),
        ("babble", "the engine's answer is too large"),
    ],
)
def test_a_lost_worker_says_how_it_ended_and_is_replaced(supervisor: Supervisor, how: str, message: str) -> None:
    first = _ask(supervisor, "well")["pid"]

    with pytest.raises(WorkerLostError) as lost:
        _ask(supervisor, how)

    assert str(lost.value) == message
    assert _ask(supervisor, "well")["pid"] != first


def test_a_worker_that_hangs_is_stopped_for_certain(supervisor: Supervisor) -> None:
    pid = _ask(supervisor, "well")["pid"]

    with pytest.raises(WorkerLostError, match="did not end in time and was stopped"):
        _ask(supervisor, "hang", seconds=0.2)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_says_nothing_any_more_is_not_waited_for(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENDING", 0.1)

    with pytest.raises(WorkerLostError, match="the engine's process speaks to nobody any more"):
        _ask(supervisor, "mute")


def test_a_worker_that_does_not_listen_is_stopped_too(supervisor: Supervisor) -> None:
    pid = _ask(supervisor, "well")["pid"]
    os.kill(pid, signal.SIGSTOP)

    with pytest.raises(WorkerLostError, match="did not end in time and was stopped"):
        _ask(supervisor, "well" * 1_000_000, seconds=0.2)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_ended_between_two_tasks_is_lost_with_the_second(supervisor: Supervisor) -> None:
    pid = _ask(supervisor, "well")["pid"]
    process = supervisor._process
    assert process is not None
    os.kill(pid, signal.SIGKILL)
    process.wait()

    with pytest.raises(WorkerLostError, match="the engine's process"):
        _ask(supervisor, "well")

    assert _ask(supervisor, "well")["pid"] != pid


def test_an_interrupted_question_leaves_no_answer_for_the_next_one(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = _ask(supervisor, "well")["pid"]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_read_line", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _ask(supervisor, "well")

    assert _ask(supervisor, "well")["pid"] != pid


def test_last_words_that_cannot_be_read_are_none(supervisor: Supervisor) -> None:
    _ask(supervisor, "well")
    supervisor._log.unlink()

    with pytest.raises(WorkerLostError) as lost:
        _ask(supervisor, "exit")

    assert str(lost.value) == "the engine's process ended with exit code 101"


def test_a_worker_is_killed_when_the_run_ends_badly() -> None:
    supervisor = Supervisor(os.environ)
    process = supervisor._start()

    supervisor.__exit__(RuntimeError, RuntimeError(), None)

    assert process.returncode == -signal.SIGKILL


def test_a_worker_that_cannot_be_started_is_an_error_of_the_engine() -> None:
    with (
        Supervisor({}, command=["/no/such/program"]) as supervisor,
        pytest.raises(EngineError, match="could not be started"),
    ):
        _ask(supervisor, "well")


def test_no_worker_is_started_once_it_is_over(tmp_path: Path) -> None:
    """A signal may end the session before a thread of it has noticed."""
    with Supervisor(os.environ, command=["/bin/sh", "-c", f"touch {tmp_path}/started"]) as supervisor:
        pass
    folder = Path(supervisor._home.name)
    folder.mkdir()  # whoever is late may still find it

    with pytest.raises(WorkerLostError, match="over"):
        _ask(supervisor, "well")
    assert not (tmp_path / "started").exists()
    shutil.rmtree(folder)
