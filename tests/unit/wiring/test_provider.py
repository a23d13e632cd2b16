"""Where a provider that the gate starts runs."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from gate.clients.web import request
from gate.domain.redaction import Redactor
from gate.ports import Provider, Target
from gate.provider.command import Command, Start
from gate.provider.image import Image
from gate.provider.under_test import ProviderUnderTest
from gate.wiring.provider import provider_of
from tests.docker_daemon import BASE
from tests.unit.wiring.workspaces import settings_of, surroundings

ORDERS = "services/orders"
SERVE = f"exec {sys.executable} -u -m http.server --bind 127.0.0.1 {{port}}"


@pytest.fixture
def here(workspace: Path) -> Path:
    (workspace / ORDERS).mkdir(parents=True)
    (workspace / "where.txt").write_text("at the top")
    (workspace / ORDERS / "where.txt").write_text("in the folder")
    return workspace


def _provider(here: Path, **options: Any) -> ProviderUnderTest:
    around = surroundings(here, environment={"PATH": os.environ["PATH"]})
    provider: Provider = provider_of(settings_of(**options), around, Redactor(()))
    assert isinstance(provider, ProviderUnderTest)
    return provider


def _where(provider: Provider) -> bytes:
    with provider.running(1) as (target,):
        return request("GET", f"{target.url}/where.txt", timeout=5, limit=1000, direct=True).body


@pytest.mark.parametrize(("options", "where"), [({}, b"at the top"), ({"path": ORDERS}, b"in the folder")])
def test_a_command_runs_in_the_services_folder(here: Path, options: dict[str, Any], where: bytes) -> None:
    provider = _provider(here, provider_command=SERVE, **options)

    assert _where(provider) == where
    assert (here / "contract-gate-provider.log").exists(), "its log stays where the report is"


def test_a_command_runs_there_from_wherever_the_gate_does(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    program = _provider(here, provider_command=SERVE, path=ORDERS)._used[0].program

    assert isinstance(program, Command)
    assert program._start.folder == here / ORDERS


def test_an_image_has_its_own_folder(here: Path) -> None:
    program = _provider(here, provider_image=BASE, path=ORDERS)._used[0].program

    assert isinstance(program, Image)
    assert (program._start.folder, program._start.subfolder) == (here, ORDERS)


@pytest.mark.docker
@pytest.mark.parametrize(("options", "where"), [({}, b"at the top"), ({"path": ORDERS}, b"in the folder")])
def test_a_command_in_an_image_runs_in_the_services_folder(here: Path, options: dict[str, Any], where: bytes) -> None:
    command = "exec python3 -u -m http.server {port}"
    provider = _provider(here, provider_image=BASE, provider_command=command, provider_port="8080", **options)

    assert _where(provider) == where


def test_what_is_only_reached_is_started_nowhere(here: Path) -> None:
    assert _provider(here, provider_url="http://localhost:1", path=ORDERS)._used[0].program is None


def _targets(provider: ProviderUnderTest) -> list[Target]:
    return [one.target for one in provider._replicas.each]


def _commands(provider: ProviderUnderTest) -> list[Start]:
    programs = [one.program for one in provider._replicas.each]
    return [program._start for program in programs if isinstance(program, Command)]


def test_each_replica_of_a_command_has_a_port_a_number_and_a_log_of_its_own(here: Path) -> None:
    provider = _provider(
        here,
        provider_command="serve --port {port} --name r{replica}",
        provider_env="DB=orders-{replica}\nPORT={port}\nKEEP={this}",
        provider_replicas="3",
        provider_states_url="/states",
        provider_messages_url="http://127.0.0.1:{port}/{replica}/messages",
        report="out/report.json",
    )
    urls = [target.url for target in _targets(provider)]
    ports = [url.rpartition(":")[2] for url in urls]
    starts = _commands(provider)

    assert len(set(ports)) == 3
    assert urls == [f"http://127.0.0.1:{port}" for port in ports]
    assert [target.states_url for target in _targets(provider)] == [f"{url}/states" for url in urls]
    assert [target.messages_url for target in _targets(provider)] == [
        f"{url}/{number}/messages" for number, url in enumerate(urls, 1)
    ]
    assert [start.command for start in starts] == [
        f"serve --port {port} --name r{number}" for number, port in enumerate(ports, 1)
    ]
    assert [(start.environment["DB"], start.environment["PORT"], start.environment["KEEP"]) for start in starts] == [
        (f"orders-{number}", port, "{this}") for number, port in enumerate(ports, 1)
    ]
    assert [start.log_name for start in starts] == [
        "out/contract-gate-provider.log",
        "out/contract-gate-provider-2.log",
        "out/contract-gate-provider-3.log",
    ]
    assert [start.log for start in starts] == [here / start.log_name for start in starts]
    assert not provider._replicas.as_they_pay


def test_a_replica_may_have_a_port_by_its_number(here: Path) -> None:
    provider = _provider(
        here,
        provider_command="serve {replica}",
        provider_url="https://127.0.0.1:900{replica}/base",
        provider_replicas="2",
        provider_states_url="/states",
    )

    assert [(target.url, target.states_url) for target in _targets(provider)] == [
        ("https://127.0.0.1:9001/base", "https://127.0.0.1:9001/base/states"),
        ("https://127.0.0.1:9002/base", "https://127.0.0.1:9002/base/states"),
    ]


def test_a_single_one_is_replica_1(here: Path) -> None:
    assert [start.command for start in _commands(_provider(here, provider_command="serve {replica} {this}"))] == [
        "serve 1 {this}"
    ]


def test_replicas_of_an_image_have_a_number_and_a_log_and_their_ports_are_the_containers(here: Path) -> None:
    provider = _provider(
        here,
        provider_image="orders:1",
        provider_command="serve --port {port} --name r{replica}",
        provider_env="DB=orders-{replica}:{port}",
        provider_replicas="2",
        provider_states_url="/states/{replica}",
    )
    starts = [one.program._start for one in provider._replicas.each if isinstance(one.program, Image)]

    assert [target.url for target in _targets(provider)] == ["http://{host}:{port}"] * 2
    assert [target.states_url for target in _targets(provider)] == [
        "http://{host}:{port}/states/1",
        "http://{host}:{port}/states/2",
    ]
    assert [start.command for start in starts] == ["serve --port {port} --name r1", "serve --port {port} --name r2"]
    assert [start.environment for start in starts] == [(("DB", "orders-1:{port}"),), (("DB", "orders-2:{port}"),)]
    assert [start.log_name for start in starts] == ["contract-gate-provider.log", "contract-gate-provider-2.log"]


def test_of_several_addresses_each_has_its_states(here: Path) -> None:
    urls = "http://localhost:1\nhttp://localhost:2/base"
    shared = {"provider_url": urls, "provider_messages_url": "http://messages/{replica}"}

    assert [(one.url, one.states_url, one.messages_url) for one in _targets(_provider(here, **shared))] == [
        ("http://localhost:1", None, "http://messages/1"),
        ("http://localhost:2/base", None, "http://messages/2"),
    ]
    assert [one.states_url for one in _targets(_provider(here, provider_url=urls, provider_states_url="/s"))] == [
        "http://localhost:1/s",
        "http://localhost:2/base/s",
    ]


@pytest.mark.parametrize(("cores", "most"), [(1, 1), (2, 2), (8, 8), (64, 8)])
def test_auto_is_no_more_than_the_cores_that_the_gate_may_use(
    here: Path, monkeypatch: pytest.MonkeyPatch, cores: int, most: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    auto = _provider(here, provider_command="serve {port}", provider_replicas="auto")
    stateless = _provider(here, provider_url="http://localhost:1", provider_parallel="true")

    assert (len(auto._replicas.each), auto._replicas.as_they_pay, auto._replicas.parallel) == (most, True, 1)
    assert (len(stateless._replicas.each), stateless._replicas.as_they_pay) == (1, False)
    assert stateless._replicas.parallel == most


def test_where_nobody_says_which_cores_may_be_used_they_are_counted(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)

    assert len(_provider(here, provider_command="serve {port}", provider_replicas="auto")._replicas.each) == 3


def test_one_is_asked_one_thing_at_a_time_unless_somebody_says_otherwise(here: Path) -> None:
    replicas = _provider(here, provider_url="http://localhost:1")._replicas

    assert (len(replicas.each), replicas.as_they_pay, replicas.parallel) == (1, False, 1)
