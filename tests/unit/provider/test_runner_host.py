"""One machine plays the container and the runner: all of 127.0.0.0/8 is its own, and the runner is 127.0.0.77."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from gate.clients.sockets import refusal_at
from gate.clients.web import Answer, request
from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider.runner_host import RunnerHost
from gate.provider.under_test import ProviderUnderTest
from tests.servers import Reply, Server, free_port, serving
from tests.unit.provider.replicated import once, several

RUNNER = "127.0.0.77"
CONTAINER = "127.0.0.1"


@pytest.fixture
def on_runner() -> Iterator[Server]:
    """Serve a provider that an earlier step left on the runner."""
    with serving(lambda _: Reply(body="on the runner"), host=RUNNER) as server:
        yield server


def _ask(url: str) -> Answer:
    return request("GET", url, timeout=5, limit=1000, direct=True)


def _under_test(url: str, *, timeout: float = 10.0, **target: Any) -> ProviderUnderTest:
    at = Target(url=url, request_timeout=5, **target)
    return once(at, timeout=timeout, host=RunnerHost(RUNNER, lambda: False))


def _failure(under_test: ProviderUnderTest) -> ProviderError:
    with pytest.raises(ProviderError) as failed, under_test.running(1):
        pass
    return failed.value


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.0.0.5"])
def test_the_containers_localhost_leads_to_the_runner_and_the_host_header_stays(on_runner: Server, name: str) -> None:
    with RunnerHost(RUNNER, lambda: False) as host:
        assert host.open_way_to(f"http://{name}:{on_runner.port}/base") is None
        assert _ask(f"http://{name}:{on_runner.port}/orders").body == b'"on the runner"'

    assert on_runner.asked[0].headers["Host"] == f"{name}:{on_runner.port}"
    assert on_runner.paths() == ["/orders"]


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_localhost_of_ipv6_leads_to_the_runner(on_runner: Server) -> None:
    with RunnerHost(RUNNER, lambda: False) as host:
        assert host.open_way_to(f"http://[::1]:{on_runner.port}") is None
        assert _ask(f"http://[::1]:{on_runner.port}").status == 200


def test_what_listens_in_the_container_itself_is_preferred(orders: Server) -> None:
    with socket.create_server((RUNNER, orders.port)), RunnerHost(RUNNER, lambda: False) as host:
        assert host.open_way_to(orders.url) is None
        assert _ask(orders.url).status == 200

    assert orders.paths() == ["/"]


@pytest.mark.parametrize("name", ["10.255.255.1", "orders", "host.docker.internal"])
def test_an_address_that_is_not_local_is_left_alone(on_runner: Server, name: str) -> None:
    with RunnerHost(RUNNER, lambda: False) as host:
        assert host.open_way_to(f"http://{name}:{on_runner.port}") is None
        assert refusal_at(CONTAINER, on_runner.port) == "Connection refused"
        assert not host.leads_to(f"http://{name}:{on_runner.port}")


def test_a_runner_that_refuses_says_why_and_where() -> None:
    port = free_port()
    with RunnerHost(RUNNER, lambda: False) as host:
        assert host.open_way_to(f"http://localhost:{port}") == f"Connection refused at {RUNNER}:{port}"
        assert refusal_at(CONTAINER, port) == "Connection refused"


def test_a_way_may_be_opened_for_what_comes_later() -> None:
    port = free_port()
    with RunnerHost(RUNNER, lambda: False) as host:
        assert host.open_way_to(f"http://localhost:{port}", refused_too=True) is None
        with socket.create_server((RUNNER, port)) as later, socket.create_connection((CONTAINER, port), 5) as asking:
            later.settimeout(5)
            with later.accept()[0] as answering:
                answering.sendall(b"here")

                assert asking.recv(10) == b"here"


def test_an_address_that_cannot_be_listened_on_is_an_error() -> None:
    with socket.socket() as holder, RunnerHost(RUNNER, lambda: False) as host:
        holder.bind((CONTAINER, 0))
        port = holder.getsockname()[1]
        url = f"http://localhost:{port}/base"
        with socket.create_server((RUNNER, port)), pytest.raises(ProviderError) as failed:
            host.open_way_to(url)

    assert failed.value.what == (
        f"the container cannot listen on localhost:{port} to lead to the runner: Address already in use."
    )
    assert failed.value.where == url
    assert "check that the port is free" in failed.value.remedy


def test_a_way_is_opened_once_and_closed_at_the_end(on_runner: Server) -> None:
    url = f"http://localhost:{on_runner.port}"
    with RunnerHost(RUNNER, lambda: False) as host:
        for _ in range(2):
            assert host.open_way_to(url) is None
        assert host.open_way_to(f"http://127.0.0.1:{on_runner.port}") is None
        _ask(url)

    assert on_runner.paths() == ["/"]
    assert refusal_at(CONTAINER, on_runner.port) == "Connection refused"


def test_a_way_that_is_open_stays_although_the_runner_stops_to_answer() -> None:
    with RunnerHost(RUNNER, lambda: False) as host:
        with serving(lambda _: Reply(), host=RUNNER) as server:
            assert host.open_way_to(f"http://localhost:{server.port}") is None

        assert host.open_way_to(f"http://localhost:{server.port}") is None
        assert refusal_at(CONTAINER, server.port) is None


def test_a_provider_on_the_runner_is_ready_through_its_own_address(on_runner: Server) -> None:
    url = f"http://localhost:{on_runner.port}"
    with _under_test(url).running(1) as (target,):
        assert target.url == url
        assert _ask(f"{target.url}/orders").status == 200

    assert on_runner.paths() == ["/", "/orders"]
    assert refusal_at(CONTAINER, on_runner.port) == "Connection refused"


def test_states_and_messages_may_have_ports_of_their_own_on_the_runner(on_runner: Server) -> None:
    url, messages = f"http://localhost:{on_runner.port}", f"http://localhost:{free_port()}/messages"
    with serving(lambda _: Reply(status=204), host=RUNNER) as states:
        states_url = f"http://localhost:{states.port}/states"
        with _under_test(url, states_url=states_url, messages_url=messages).running(1):
            assert _ask(states_url).status == 204

    assert states.paths() == ["/states"]


def test_each_of_several_replicas_on_the_runner_has_its_way(on_runner: Server) -> None:
    with serving(lambda _: Reply(body="the second"), host=RUNNER) as second:
        servers = (on_runner, second)
        targets = [
            Target(url=url, states_url=f"{url}/states", request_timeout=5)
            for url in (f"http://localhost:{server.port}" for server in servers)
        ]
        each = [(target, None) for target in targets]
        under_test = several(each, host=RunnerHost(RUNNER, lambda: False))
        with under_test.running(1) as found:
            assert list(found) == targets
            assert [_ask(f"{target.states_url}").body for target in found] == [b'"on the runner"', b'"the second"']

    assert [server.paths() for server in servers] == [["/", "/states"]] * 2
    assert under_test.describe(with_log=False) == ProviderRun(
        url=targets[0].url, via=RUNNER, replicas=2, urls=(targets[0].url, targets[1].url)
    )
    assert [refusal_at(CONTAINER, server.port) for server in servers] == ["Connection refused"] * 2


def test_a_provider_that_does_not_answer_on_the_runner_is_told_of_0_0_0_0() -> None:
    port = free_port()
    error = _failure(_under_test(f"http://localhost:{port}", timeout=0.3))

    assert error.what == (f"the provider did not get ready within 0.3 s (last: Connection refused at {RUNNER}:{port}).")
    assert error.where == f"http://localhost:{port}/"
    assert f"reached at {RUNNER}" in error.remedy
    assert "listen on 0.0.0.0" in error.remedy


def test_a_provider_elsewhere_is_not_told_of_the_runner() -> None:
    error = _failure(_under_test("http://255.255.255.255:9", timeout=0.2))

    assert "0.0.0.0" not in error.remedy
    assert "check provider-url" in error.remedy


def test_the_ways_are_closed_when_the_provider_never_gets_ready() -> None:
    with serving(lambda _: None, host=RUNNER) as silent:
        _failure(_under_test(f"http://localhost:{silent.port}", timeout=0.3))

        assert refusal_at(CONTAINER, silent.port) == "Connection refused"


def test_the_report_knows_that_localhost_led_to_the_runner(on_runner: Server, orders: Server) -> None:
    led, stayed = _under_test(f"http://localhost:{on_runner.port}"), _under_test(orders.url)
    for under_test in (led, stayed):
        with under_test.running(1):
            pass

    assert led.describe(with_log=True) == ProviderRun(url=f"http://localhost:{on_runner.port}", via=RUNNER)
    assert stayed.describe(with_log=True) == ProviderRun(url=orders.url)


def test_another_machines_localhost_is_not_taken_for_the_runners(on_runner: Server) -> None:
    with RunnerHost(RUNNER, lambda: True) as host:
        with pytest.raises(ProviderError, match="the job's steps run in a container"):
            host.open_way_to(f"http://localhost:{on_runner.port}")
        assert host.open_way_to(f"http://{RUNNER}:{on_runner.port}".replace(RUNNER, "198.51.100.7")) is None
        assert host.used == ""

    assert on_runner.asked == []
