import socket
from pathlib import Path

import pytest

from gate.clients.sockets import address_of, gateway, is_loopback, refusal, refusal_at
from tests.servers import free_port

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                      \n"


def _route(destination: str, way: str) -> str:
    """Write a row as the kernel does, padded to 127 characters."""
    return f"eth0\t{destination}\t{way}\t0003\t0\t0\t0\t00000000\t0\t0\t0".ljust(127) + "\n"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8080/base?x=1", ("localhost", 8080)),
        ("http://orders", ("orders", 80)),
        ("https://Orders.Example/path", ("orders.example", 443)),
        ("http://[::1]:81", ("::1", 81)),
    ],
)
def test_an_address_is_a_host_and_a_port_that_the_scheme_may_imply(url: str, address: tuple[str, int]) -> None:
    assert address_of(url) == address


def test_where_somebody_listens_there_is_no_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert refusal_at("127.0.0.1", port) is None
        assert refusal(f"http://localhost:{port}/path") is None


def test_where_nobody_listens_the_refusal_is_in_plain_words() -> None:
    port = free_port()

    assert refusal_at("127.0.0.1", port) == "Connection refused"
    assert refusal(f"http://127.0.0.1:{port}") == "Connection refused"


def test_silence_is_a_refusal_too() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert refusal_at("127.0.0.1", port) == "timed out"


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
def test_a_name_that_cannot_be_one_is_a_refusal_and_no_bug(host: str) -> None:
    assert refusal(f"http://{host}:80")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("0.0.0.0", True),
        ("::", True),
        ("10.0.0.1", False),
        ("172.17.0.1", False),
        ("fe80::1", False),
        ("orders", False),
        ("localhost.example", False),
        ("host.docker.internal", False),
        ("", False),
    ],
)
def test_the_machine_itself_is_told_from_others(host: str, loopback: bool) -> None:  # noqa: FBT001 - a table
    assert is_loopback(host) is loopback


def test_the_gateway_is_that_of_the_default_route(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(HEAD + _route("000011AC", "00000000") + _route("00000000", "010011AC"))

    assert gateway(table) == "172.17.0.1"


def test_of_several_default_routes_the_first_with_a_gateway_counts(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(
        HEAD + _route("00000000", "00000000") + _route("00000000", "0114A8C0") + _route("00000000", "010011AC")
    )

    assert gateway(table) == "192.168.20.1"


@pytest.mark.parametrize(
    "rows",
    ["", _route("000011AC", "00000000"), _route("0000000A", "010011AC"), _route("00000000", "00000000")],
    ids=["no routes", "only a network", "only a route elsewhere", "a default route without a gateway"],
)
def test_without_a_default_route_there_is_no_gateway(tmp_path: Path, rows: str) -> None:
    table = tmp_path / "route"
    table.write_text(HEAD + rows)

    assert gateway(table) is None


def test_where_there_is_no_table_there_is_no_gateway(tmp_path: Path) -> None:
    assert gateway(tmp_path / "no-such-file") is None
