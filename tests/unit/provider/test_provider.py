import os
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider import readiness
from gate.provider.command import Command, Start, without_private
from gate.provider.under_test import ProviderUnderTest, absolute_url, fill
from tests.servers import Reply, Server, free_port, serving
from tests.unit.provider.replicated import once

SERVER = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', PORT), http.server.SimpleHTTPRequestHandler)"


def _reached(url: str, *, ready: str | None = None, timeout: float = 10.0, **target: Any) -> ProviderUnderTest:
    return once(Target(url=url, request_timeout=5, **target), ready=ready, timeout=timeout)


def _started(command: str, folder: Path, port: int, *, timeout: float = 20.0) -> ProviderUnderTest:
    start = Start(
        command=command,
        environment={"PATH": os.environ["PATH"]},
        shared=folder.parent,
        log=folder / "provider.log",
        log_name="provider.log",
    )
    target = Target(url=f"http://127.0.0.1:{port}", request_timeout=5)
    return once(target, Command(start, str), timeout=timeout)


def _failure(under_test: ProviderUnderTest) -> ProviderError:
    with pytest.raises(ProviderError) as failed, under_test.running(1):
        pass
    return failed.value


def _http_server(port: int) -> str:
    return f"exec {shlex.quote(sys.executable)} -u -m http.server --bind 127.0.0.1 {port}"


def test_a_running_provider_is_reached(orders: Server) -> None:
    with _reached(orders.url).running(1) as (target,):
        assert target.url == orders.url

    assert orders.paths() == ["/"]


def test_a_provider_is_ready_when_its_path_answers_below_400() -> None:
    answers: Iterator[Reply] = iter([Reply(status=503), Reply(status=404), Reply(status=204)])
    with serving(lambda _: next(answers)) as server, _reached(server.url, ready="/health").running(1):
        pass

    assert server.paths() == ["/health"] * 3


def test_any_answer_will_do_without_a_path() -> None:
    with serving(lambda _: Reply(status=500)) as server, _reached(server.url).running(1):
        pass

    assert len(server.asked) == 1


def test_a_provider_that_never_gets_ready_says_what_came_last() -> None:
    with serving(lambda _: Reply(status=503)) as server:
        error = _failure(_reached(server.url, ready="/health", timeout=0.3))

    assert error.what == "the provider did not get ready within 0.3 s (last: it answered 503)."
    assert error.where == f"{server.url}/health"
    assert "provider-command" in error.remedy


def test_whoever_waits_is_told_for_what(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "SILENCE", 0.05)
    url = f"http://127.0.0.1:{free_port()}"
    _failure(_reached(url, timeout=2))

    # Once or, where the machine pauses, again: what counts is that nothing else is said.
    assert set(capsys.readouterr().out.splitlines()) == {f"waiting for {url}/, at most 2 s (last: Connection refused)"}


def test_a_provider_that_is_not_there_says_so() -> None:
    error = _failure(_reached(f"http://127.0.0.1:{free_port()}", timeout=0.2))

    assert "(last: Connection refused)" in error.what


def test_readiness_is_asked_with_the_providers_headers(orders: Server) -> None:
    target = Target(url=orders.url, headers=(("X-Key", "k"),), request_timeout=5)
    with once(target).running(1):
        pass

    assert orders.asked[0].headers["X-Key"] == "k"


def test_a_provider_is_started_and_stopped(tmp_path: Path) -> None:
    port = free_port()
    under_test = _started(_http_server(port), tmp_path, port)
    with under_test.running(1) as (target,):
        socket.create_connection(("127.0.0.1", port)).close()

    assert target.url == f"http://127.0.0.1:{port}"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert under_test.describe(with_log=False) == ProviderRun(
        url=target.url, command=_http_server(port), log="provider.log"
    )
    assert "GET / HTTP/1.1" in under_test.describe(with_log=True).log_tail[-1]


def test_a_provider_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    port = free_port()
    start = Start(
        command=f"pwd; {_http_server(port)}",
        environment={"PATH": os.environ["PATH"]},
        folder=tmp_path / "services",
        shared=None,
        log=tmp_path / "provider.log",
        log_name="provider.log",
    )
    target = Target(url=f"http://127.0.0.1:{port}", request_timeout=5)
    with once(target, Command(start, str)).running(1):
        pass

    assert (tmp_path / "provider.log").read_text().splitlines()[0] == str(tmp_path / "services")


def test_what_leaves_a_daemon_behind_is_ready_when_the_daemon_is(tmp_path: Path) -> None:
    port = free_port()
    with _started(f"setsid {_http_server(port).removeprefix('exec ')} & exit 0", tmp_path, port).running(1):
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_command_that_is_not_found_says_what_to_do(tmp_path: Path) -> None:
    error = _failure(_started("npm-of-the-future start", tmp_path, free_port()))

    assert error.what == "provider-command: npm-of-the-future was not found."
    assert "The action's container has" in error.remedy


def test_a_command_that_ends_early_says_so(tmp_path: Path) -> None:
    error = _failure(_started("echo no database; exit 3", tmp_path, free_port()))

    assert error.what == "provider-command ended with exit code 3 before the provider was ready."


def test_a_command_that_ends_badly_while_another_answers_is_no_provider(tmp_path: Path) -> None:
    port = free_port()
    under_test = _started(f"{_http_server(port).removeprefix('exec ')} & sleep 0.5; exit 1", tmp_path, port)

    def verify() -> None:
        with under_test.running(1):
            program = under_test._used[0].program
            assert isinstance(program, Command)
            assert program._process is not None
            assert program._process._popen is not None
            program._process._popen.wait(20)

    with pytest.raises(ProviderError, match="ended with exit code 1 while it was verified"):
        verify()


def test_a_command_that_never_listens_is_stopped(tmp_path: Path) -> None:
    error = _failure(_started("exec sleep 600", tmp_path, free_port(), timeout=0.3))

    assert "did not get ready within 0.3 s" in error.what
    assert "Look at the end of its log" in error.remedy


def test_a_foreign_program_on_the_providers_address_is_not_verified_in_its_place(
    tmp_path: Path, orders: Server
) -> None:
    error = _failure(_started("exec sleep 600", tmp_path, orders.port))

    assert error.what.startswith("something already listens here")
    assert orders.asked == []


def test_a_log_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = _failure(_started("true", tmp_path / "file", free_port()))

    assert "provider-command could not be started" in error.what


def test_without_a_shell_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    under_test = _started("true", tmp_path, free_port())
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert _failure(under_test).what == "there is no shell to run provider-command with."


def test_a_merely_reached_provider_has_no_log(orders: Server) -> None:
    under_test = _reached(orders.url, states_url=f"{orders.url}/states")

    assert under_test.describe(with_log=True) == ProviderRun(url=orders.url)
    assert under_test.sets_up_states
    assert not _reached(orders.url).sets_up_states


def test_a_provider_that_never_started_has_no_tail(tmp_path: Path) -> None:
    assert _started("true", tmp_path, 1).describe(with_log=True).log_tail == ()


def test_the_gates_own_variables_are_not_the_providers() -> None:
    environment = {
        "PATH": "/bin",
        "INPUT_BROKER-TOKEN": "x",
        "GATE_SERVICE": "x",
        "ACTIONS_RUNTIME_TOKEN": "x",
        "GITHUB_OUTPUT": "/file",
        "DB": "y",
    }

    assert without_private(environment) == {"PATH": "/bin", "DB": "y"}


@pytest.mark.parametrize(
    ("url", "absolute"),
    [("/_states", "http://127.0.0.1:80/base/_states"), ("http://states:9/x", "http://states:9/x")],
)
def test_a_path_belongs_to_the_providers_base_address(url: str, absolute: str) -> None:
    assert absolute_url(url, "http://127.0.0.1:80/base") == absolute


def test_the_port_is_filled_in() -> None:
    assert fill("serve --port {port} --host {host}", port=81) == "serve --port 81 --host {host}"
