"""Where a provider that the gate starts runs."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from gate.clients.web import request
from gate.domain.redaction import Redactor
from gate.ports import Provider
from gate.provider.command import Command
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
    with provider.running() as target:
        return request("GET", f"{target.url}/where.txt", timeout=5, limit=1000, direct=True).body


@pytest.mark.parametrize(("options", "where"), [({}, b"at the top"), ({"path": ORDERS}, b"in the folder")])
def test_a_command_runs_in_the_services_folder(here: Path, options: dict[str, Any], where: bytes) -> None:
    provider = _provider(here, provider_command=SERVE, **options)

    assert _where(provider) == where
    assert (here / "contract-gate-provider.log").exists(), "its log stays where the report is"


def test_a_command_runs_there_from_wherever_the_gate_does(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    program = _provider(here, provider_command=SERVE, path=ORDERS)._program

    assert isinstance(program, Command)
    assert program._start.folder == here / ORDERS


def test_an_image_has_its_own_folder(here: Path) -> None:
    program = _provider(here, provider_image=BASE, path=ORDERS)._program

    assert isinstance(program, Image)
    assert (program._start.folder, program._start.subfolder) == (here, ORDERS)


@pytest.mark.docker
@pytest.mark.parametrize(("options", "where"), [({}, b"at the top"), ({"path": ORDERS}, b"in the folder")])
def test_a_command_in_an_image_runs_in_the_services_folder(here: Path, options: dict[str, Any], where: bytes) -> None:
    command = "exec python3 -u -m http.server {port}"
    provider = _provider(here, provider_image=BASE, provider_command=command, provider_port="8080", **options)

    assert _where(provider) == where


def test_what_is_only_reached_is_started_nowhere(here: Path) -> None:
    assert _provider(here, provider_url="http://localhost:1", path=ORDERS)._program is None
