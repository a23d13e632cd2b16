"""Several replicas of a provider: each is what a single one has to be, and none is left behind."""

import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gate.clients import signals
from gate.clients.processes import Process
from gate.clients.sockets import refusal_at
from gate.clients.web import request
from gate.domain.errors import CancelledError, ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider.command import Command, Start, free_ports
from gate.provider.readiness import Reach, Readiness
from gate.provider.under_test import Program, ProviderUnderTest
from tests.servers import Reply, Server, free_port, serving
from tests.unit.provider.replicated import several

SERVE = f"exec {shlex.quote(sys.executable)} -u -m http.server --bind 127.0.0.1 {{port}}"
NEVER = "exec sleep 600"


def _target(port: int) -> Target:
    return Target(url=f"http://127.0.0.1:{port}", request_timeout=5)


def _command(folder: Path, command: str, port: int, number: int = 1) -> Command:
    start = Start(
        command=command.replace("{port}", str(port)),
        environment={"PATH": os.environ["PATH"]},
        shared=None,
        log=folder / f"provider-{number}.log",
        log_name=f"provider-{number}.log",
    )
    return Command(start, str)


def _started(folder: Path, *commands: str, **more: Any) -> tuple[ProviderUnderTest, tuple[int, ...]]:
    ports = free_ports(len(commands))
    each: list[tuple[Target, Program | None]] = [
        (_target(port), _command(folder, command, port, number))
        for number, (command, port) in enumerate(zip(commands, ports, strict=True), 1)
    ]
    return several(each, **more), ports


def _reached(*urls: str, **more: Any) -> ProviderUnderTest:
    return several([(Target(url=url, request_timeout=5), None) for url in urls], **more)


def _failure(under_test: ProviderUnderTest) -> ProviderError:
    with pytest.raises(ProviderError) as failed, under_test.running(1):
        pass
    return failed.value


def _get(url: str) -> int:
    return request("GET", url, timeout=5, limit=100_000, direct=True).status


def _process(under_test: ProviderUnderTest, number: int) -> Process:
    program = under_test._used[number - 1].program
    assert isinstance(program, Command)
    assert program._process is not None
    return program._process


def _pid(under_test: ProviderUnderTest, number: int) -> int:
    popen = _process(under_test, number)._popen
    assert popen is not None
    return popen.pid


def _end(under_test: ProviderUnderTest, number: int) -> None:
    popen = _process(under_test, number)._popen
    assert popen is not None
    popen.kill()
    popen.wait(20)


def _all_refuse(ports: tuple[int, ...]) -> bool:
    return all(refusal_at("127.0.0.1", port) == "Connection refused" for port in ports)


def test_replicas_run_side_by_side_each_with_its_port_and_its_log(tmp_path: Path) -> None:
    under_test, ports = _started(tmp_path, f"echo one; {SERVE}", f"echo two; {SERVE}", SERVE)
    with under_test.running(1) as targets:
        assert [_get(f"{target.url}/provider-1.log") for target in targets] == [404] * 3
        alive = [_process(under_test, number).exit_code for number in (1, 2, 3)]

    assert alive == [None] * 3
    assert [target.url for target in targets] == [f"http://127.0.0.1:{port}" for port in ports]
    assert _all_refuse(ports)
    assert [(tmp_path / f"provider-{number}.log").read_text()[:4] for number in (1, 2)] == ["one\n", "two\n"]
    assert under_test.describe(with_log=False) == ProviderRun(
        url=targets[0].url,
        command=f"echo one; {SERVE}".replace("{port}", str(ports[0])),
        log="provider-1.log",
        replicas=3,
        urls=tuple(target.url for target in targets),
    )
    assert under_test.describe(with_log=True).log_tail[0] == "one"


def test_all_are_started_before_any_is_waited_for(tmp_path: Path) -> None:
    note = tmp_path / "started"
    under_test, ports = _started(tmp_path, f"until [ -s {note} ]; do :; done; {SERVE}", f"echo 2 > {note}; {SERVE}")
    with under_test.running(1) as targets:
        assert len(targets) == 2

    assert _all_refuse(ports)


def test_a_replica_whose_port_is_somebody_elses_is_not_verified_and_the_others_are_stopped(
    tmp_path: Path, orders: Server
) -> None:
    (port,) = free_ports(1)
    each = [(_target(port), _command(tmp_path, SERVE, port)), (_target(orders.port), _command(tmp_path, NEVER, 0, 2))]
    error = _failure(several(each))

    assert error.what.startswith("replica 2 of 2: something already listens here")
    assert error.where == orders.url
    assert "write {port} in provider-command" in error.remedy
    assert orders.asked == []
    assert _all_refuse((port,))


def test_a_replica_that_ends_early_says_which_and_shows_its_log(tmp_path: Path) -> None:
    under_test, ports = _started(tmp_path, SERVE, "echo no database; exit 3", NEVER)
    error = _failure(under_test)

    assert error.what == "replica 2 of 3: provider-command ended with exit code 3 before the provider was ready."
    assert _all_refuse(ports)
    assert all(_process(under_test, number).exit_code is not None for number in (1, 2, 3))
    run = under_test.describe(with_log=True)
    assert (run.log, run.log_tail) == ("provider-2.log", ("no database",))
    assert (run.url, run.replicas) == (f"http://127.0.0.1:{ports[0]}", 3)


def test_a_replica_that_ends_early_is_not_waited_for_while_another_takes_its_time(tmp_path: Path) -> None:
    under_test, _ = _started(tmp_path, NEVER, "exit 3", timeout=600)

    assert _failure(under_test).what.startswith("replica 2 of 2: provider-command ended with exit code 3")


def test_a_replica_that_never_listens_says_which(tmp_path: Path, orders: Server) -> None:
    (port,) = free_ports(1)
    ready = (Target(url=orders.url, request_timeout=5), None)
    under_test = several([ready, (_target(port), _command(tmp_path, f"echo lost; {NEVER}", port))], timeout=0.3)
    error = _failure(under_test)

    assert error.what.startswith("replica 2 of 2: the provider did not get ready within 0.3 s")
    assert error.where == f"http://127.0.0.1:{port}/"
    assert "Look at the end of its log" in error.remedy
    assert under_test.describe(with_log=True).log_tail == ("lost",)
    assert _process(under_test, 2).exit_code is not None


@pytest.mark.parametrize("number", [1, 2])
def test_a_replica_that_dies_while_it_is_verified_is_no_provider(tmp_path: Path, number: int) -> None:
    under_test, ports = _started(tmp_path, SERVE, SERVE)

    def verify() -> None:
        with under_test.running(1):
            _end(under_test, number)

    with pytest.raises(ProviderError, match=f"replica {number} of 2: provider-command ended .* while it was verified"):
        verify()

    assert _all_refuse(ports)
    assert under_test.describe(with_log=True).log == f"provider-{number}.log"


def test_a_replica_whose_place_another_program_takes_is_found_out(tmp_path: Path) -> None:
    under_test, ports = _started(tmp_path, SERVE, SERVE)

    def verify() -> None:
        with under_test.running(1):
            _end(under_test, 2)
            with socket.create_server(("127.0.0.1", ports[1])):
                assert refusal_at("127.0.0.1", ports[1]) is None

    with pytest.raises(ProviderError, match="so that something else may have answered in its place"):
        verify()


def test_an_error_while_they_are_verified_leaves_none(tmp_path: Path) -> None:
    under_test, ports = _started(tmp_path, SERVE, SERVE)

    def verify() -> None:
        with under_test.running(1):
            message = "a bug"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="a bug"):
        verify()

    assert _all_refuse(ports)


class Other:
    """Another program beside a real one, which does what a test wants when it is started and stopped."""

    def __init__(self, *, at_start: Any = None, at_stop: Any = None) -> None:
        self.at_start, self.at_stop, self.stopped = at_start, at_stop, 0

    def start(self, target: Target) -> Target:
        self._do(self.at_start)
        return target

    def failure(self, when: str) -> ProviderError | None:
        return None

    def stop(self) -> None:
        self.stopped += 1
        self._do(self.at_stop)

    def describe(self, url: str, *, with_log: bool) -> ProviderRun:
        return ProviderRun(url=url)

    def _do(self, what: Any) -> None:
        if isinstance(what, BaseException):
            raise what
        if what is not None:
            os.kill(os.getpid(), what)


def _among(folder: Path, other: Other, url: str) -> tuple[ProviderUnderTest, tuple[int, ...]]:
    """Have two real replicas and the other program between them."""
    first, third = free_ports(2)
    each: list[tuple[Target, Program | None]] = [
        (_target(first), _command(folder, SERVE, first, 1)),
        (Target(url=url, request_timeout=5), other),
        (_target(third), _command(folder, SERVE, third, 3)),
    ]
    return several(each), (first, third)


@contextmanager
def _cancellable() -> Iterator[None]:
    """Have a signal cancel the run, as the command line does."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    signals.listen()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_signal_while_one_is_started_leaves_none(tmp_path: Path, orders: Server) -> None:
    other = Other(at_start=signal.SIGTERM)
    under_test, ports = _among(tmp_path, other, orders.url)
    with _cancellable(), pytest.raises(CancelledError), under_test.running(1):
        pytest.fail("the signal was not heard")

    assert other.stopped == 1
    assert _process(under_test, 1).exit_code is not None
    assert _all_refuse(ports)


def test_a_signal_while_they_are_stopped_leaves_none_and_is_heard(tmp_path: Path, orders: Server) -> None:
    other = Other(at_stop=signal.SIGTERM)
    under_test, ports = _among(tmp_path, other, orders.url)
    with _cancellable(), pytest.raises(CancelledError), under_test.running(1) as targets:
        assert len(targets) == 3

    assert other.stopped == 1
    assert _all_refuse(ports)


def test_one_that_cannot_be_stopped_keeps_none_of_the_others(tmp_path: Path, orders: Server) -> None:
    other = Other(at_stop=OSError("stuck"))
    under_test, ports = _among(tmp_path, other, orders.url)
    with pytest.raises(OSError, match="stuck"), under_test.running(1):
        pass

    assert other.stopped == 2, "it is tried once more"
    assert _all_refuse(ports)


def test_those_that_take_their_time_to_end_take_it_side_by_side(tmp_path: Path) -> None:
    stubborn = f"trap '' TERM; echo ready; {SERVE.removeprefix('exec ')}"
    under_test, ports = _started(tmp_path, *[stubborn] * 3)
    with under_test.running(1):
        began = time.monotonic()

    assert time.monotonic() - began < 3 * 3.0, "each has three seconds to end by itself"
    assert _all_refuse(ports)


@pytest.mark.parametrize(("work", "replicas"), [(0, 1), (1, 1), (199, 1), (200, 2), (399, 3), (400, 4), (10_000, 4)])
def test_no_more_replicas_are_used_than_pay(orders: Server, work: int, replicas: int) -> None:
    under_test = _reached(*[f"{orders.url}/{number}" for number in range(4)], as_they_pay=True)
    assert under_test.describe(with_log=False) == ProviderRun(url=f"{orders.url}/0")
    with under_test.running(work) as targets:
        assert [target.url for target in targets] == [f"{orders.url}/{number}" for number in range(replicas)]

    assert len(orders.asked) == replicas, "the others were not even waited for"
    assert under_test.describe(with_log=False).replicas == replicas


@pytest.mark.parametrize("work", [0, 10_000])
def test_what_is_there_anyway_is_used_however_little_there_is_to_do(orders: Server, work: int) -> None:
    with _reached(f"{orders.url}/1", f"{orders.url}/2").running(work) as targets:
        assert len(targets) == 2


@pytest.mark.parametrize(("work", "parallel"), [(0, 1), (199, 1), (200, 2), (10_000, 4)])
def test_a_stateless_provider_is_asked_several_things_at_a_time(orders: Server, work: int, parallel: int) -> None:
    under_test = _reached(orders.url, parallel=4)
    with under_test.running(work) as targets:
        assert targets == (Target(url=orders.url, request_timeout=5),) * parallel

    assert orders.paths() == ["/"]
    assert under_test.describe(with_log=True) == ProviderRun(url=orders.url, parallel=parallel)


def test_each_of_several_addresses_must_be_ready(orders: Server) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    error = _failure(_reached(orders.url, url, timeout=0.3))

    assert error.what == ("replica 2 of 2: the provider did not get ready within 0.3 s (last: Connection refused).")
    assert error.where == f"{url}/"
    assert "check provider-url" in error.remedy


def test_the_last_is_asked_although_the_others_took_all_the_time() -> None:
    with serving(lambda _: Reply(status=204)) as ready, serving(lambda _: Reply(status=503)) as unready:
        readiness = Readiness(Reach(ready_path="/health", timeout=0.01), None, print)
        while time.monotonic() < readiness._deadline:
            pass

        first = readiness.wait(Target(url=ready.url, request_timeout=5), lambda: None, started=False)
        second = readiness.wait(Target(url=unready.url, request_timeout=5), lambda: None, started=False)

    assert first is None
    assert second is not None
    assert second.what == "the provider did not get ready within 0.01 s (last: it answered 503)."
    assert (ready.paths(), unready.paths()) == (["/health"], ["/health"])


def test_ports_found_together_are_different() -> None:
    ports = free_ports(200)

    assert len(set(ports)) == 200
    assert free_ports(0) == ()
