from pathlib import Path

import pytest

from gate.provider.job_container import steps_run_elsewhere
from gate.wiring import Surroundings
from gate.wiring import provider as wired
from tests.docker_daemon import UNCLOSED, container, daemon, network


@pytest.fixture
def in_a_network(tmp_path: Path) -> Path:
    """Be in a network that somebody made."""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.11\n")
    return resolver


@pytest.mark.docker
@pytest.mark.parametrize(("folder", "elsewhere"), [("/__w", True), ("/data", False)])
def test_a_container_with_the_runners_work_folder_is_the_jobs(
    in_a_network: Path, tmp_path: Path, folder: str, *, elsewhere: bool
) -> None:
    mounted = {str(tmp_path): {"bind": folder, "mode": "rw"}}
    with (
        daemon() as client,
        network(client) as name,
        container(client, network=name) as own,
        container(client, network=name, volumes=mounted),
    ):
        assert steps_run_elsewhere(own.short_id, in_a_network) is elsewhere


def test_in_the_default_network_nobody_is_asked(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 10.0.0.1\n")

    assert not steps_run_elsewhere("nobody", tmp_path / "resolv.conf")
    assert not steps_run_elsewhere("nobody", tmp_path / "missing")


@pytest.mark.usefixtures("no_docker_socket")
@pytest.mark.filterwarnings(UNCLOSED)
def test_without_a_socket_nobody_can_tell(in_a_network: Path) -> None:
    assert not steps_run_elsewhere("nobody", in_a_network)


@pytest.mark.parametrize(("mark", "image", "found"), [(True, "1", True), (False, "1", False), (True, "", False)])
def test_only_a_container_of_dockers_has_a_way_to_the_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, mark: bool, image: str, found: bool
) -> None:
    dockerenv = tmp_path / ".dockerenv"
    if mark:
        dockerenv.write_text("")
    monkeypatch.setattr(wired, "DOCKER_MARK", dockerenv)
    monkeypatch.setattr("gate.clients.sockets.gateway", lambda: "172.17.0.1")
    surroundings = Surroundings(environment={"CONTRACT_GATE_IMAGE": image}, folder=tmp_path, context=None, log=None)

    assert (wired._runner_host(surroundings) is not None) is found
    assert not wired._steps_run_elsewhere()
