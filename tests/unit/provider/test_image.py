import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import docker
import pytest

from gate.clients import signals
from gate.clients.web import request
from gate.domain.errors import CancelledError, ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider.image import Image, ImageStart
from gate.provider.under_test import ProviderUnderTest
from tests.docker_daemon import BASE, SERVER, UNCLOSED, container, daemon, exists, image, image_command, network, remove
from tests.servers import Asked, Reply, serving
from tests.unit.provider.replicated import once, several

FILE_SERVER = "exec python3 -u -m http.server {port}"


@pytest.fixture(scope="module")
def server_image() -> Iterator[str]:
    """Have an image that serves its environment at the only port that it exposes."""
    with image("EXPOSE 8080", image_command("python3", "-u", "-c", SERVER)) as name:
        yield name


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    with daemon() as found:
        yield found


def _image(
    folder: Path,
    name: str,
    *,
    own_name: str | None = None,
    workspace: Path | None = None,
    say: Callable[[str], None] = print,
    command: str | None = None,
    environment: tuple[tuple[str, str], ...] = (),
    port: int | None = None,
    log: str = "provider.log",
) -> Image:
    """Prepare to start an image; `folder` is what this machine calls the workspace."""
    start = ImageStart(
        image=name,
        command=command,
        environment=environment,
        port=port,
        folder=workspace or folder,
        log=folder / log,
        log_name=log,
    )
    return Image(start, own_name, lambda line: line.replace("s3cr3t", "***"), say)


def _under_test(program: Image, *, timeout: float = 20.0, **target: Any) -> ProviderUnderTest:
    at = Target(url="http://{host}:{port}", request_timeout=5, **target)
    return once(at, program, timeout=timeout)


def _failure(program: Image) -> ProviderError:
    with pytest.raises(ProviderError) as failed, _under_test(program).running(1):
        pass
    return failed.value


def _get(url: str) -> bytes:
    return request("GET", url, timeout=5, limit=100_000, direct=True).body


@pytest.mark.docker
def test_what_an_image_starts_is_the_provider_at_the_only_port_it_exposes(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    program = _image(tmp_path, server_image, environment=(("ADDRESS", "0.0.0.0:{port}"), ("BRACES", "{x}")))
    under_test = _under_test(program)
    with under_test.running(1) as (target,):
        environment = json.loads(_get(f"{target.url}/orders"))

        assert target.url.startswith("http://127.0.0.1:")
        assert (environment["ADDRESS"], environment["BRACES"]) == ("0.0.0.0:8080", "{x}")

    assert not exists(client, program._name)
    assert "GET /orders HTTP/1.1" in (tmp_path / "provider.log").read_text()
    run = under_test.describe(with_log=True)
    assert "GET /orders HTTP/1.1" in run.log_tail[-1]
    assert under_test.describe(with_log=False) == ProviderRun(
        url=target.url, command="", image=server_image, image_id=run.image_id, log="provider.log"
    )
    assert run.image_id.startswith("sha256:")


@pytest.mark.docker
def test_an_image_is_the_runtime_of_a_command_in_the_workspace(tmp_path: Path, client: docker.DockerClient) -> None:
    (tmp_path / "orders.json").write_text('{"id": 42}')
    program = _image(tmp_path, BASE, command=f"echo my s3cr3t; echo {{port}} > port; {FILE_SERVER}")
    under_test = _under_test(program, states_url="http://{host}:{port}/states", messages_url="http://{host}:{port}/m")
    with under_test.running(1) as (target,):
        assert _get(f"{target.url}/orders.json") == b'{"id": 42}'
        assert (target.states_url, target.messages_url) == (f"{target.url}/states", f"{target.url}/m")

    assert (tmp_path / "port").read_text() == "8080\n"
    assert (tmp_path / "provider.log").read_text().splitlines()[0] == "my ***"
    assert under_test.describe(with_log=True).log_tail[0] == "my ***"
    assert not exists(client, program._name)


@pytest.mark.docker
@pytest.mark.parametrize(("command", "revision"), [(None, "a1" * 20), ("exec python3 -u -m http.server {port}", "")])
def test_the_commit_of_an_image_is_that_of_its_own_provider_alone(
    tmp_path: Path, command: str | None, revision: str
) -> None:
    label = f"LABEL org.opencontainers.image.revision={'a1' * 20}"
    with image("EXPOSE 8080", label, image_command("python3", "-u", "-c", SERVER)) as name:
        under_test = _under_test(_image(tmp_path, name, command=command))
        assert under_test.describe(with_log=False).revision == ""
        with under_test.running(1):
            assert under_test.describe(with_log=False).revision == revision

    assert under_test.describe(with_log=True).revision == revision


@pytest.mark.docker
def test_a_command_in_an_image_runs_in_its_subfolder(tmp_path: Path) -> None:
    (tmp_path / "services" / "orders").mkdir(parents=True)
    start = ImageStart(
        image=BASE,
        command="pwd; exec python3 -u -m http.server {port}",
        environment=(),
        port=8080,
        folder=tmp_path,
        subfolder="services/orders",
        log=tmp_path / "provider.log",
        log_name="provider.log",
    )
    with _under_test(Image(start, None, str, print)).running(1):
        pass

    assert (tmp_path / "provider.log").read_text().splitlines()[0] == str(tmp_path / "services" / "orders")


TEMPLATE = Target(url="http://{host}:{port}", states_url="http://{host}:{port}/states", request_timeout=5)


@pytest.mark.docker
def test_replicas_of_an_image_have_containers_of_their_own(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    programs = [
        _image(tmp_path, server_image, environment=(("NUMBER", str(number)),), log=f"{number}.log") for number in (1, 2)
    ]
    under_test = several([(TEMPLATE, program) for program in programs])
    with under_test.running(1) as targets:
        numbers = [json.loads(_get(str(target.states_url)))["NUMBER"] for target in targets]
        started = [client.api.inspect_container(program._name)["Config"]["Image"] for program in programs]

    run = under_test.describe(with_log=False)
    assert numbers == ["1", "2"]
    assert (run.replicas, run.urls) == (2, tuple(target.url for target in targets))
    assert started == [run.image_id] * 2, "the name of an image may get another meaning, its content not"
    assert not any(exists(client, program._name) for program in programs)
    assert all("GET /states" in (tmp_path / f"{number}.log").read_text() for number in (1, 2))


@pytest.mark.docker
def test_replicas_of_different_images_are_not_the_same_provider(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    with image("EXPOSE 8080", "LABEL other=1", image_command("python3", "-u", "-c", SERVER)) as other:
        programs = [_image(tmp_path, name, log=f"{number}.log") for number, name in enumerate((server_image, other))]
        under_test = several([(TEMPLATE, program) for program in programs])
        with (
            pytest.raises(ProviderError, match=r"run in different images: sha256:\w+, sha256:\w+\.") as failed,
            under_test.running(1),
        ):
            pass

    assert failed.value.where == server_image
    assert "by its digest" in failed.value.remedy
    assert not any(exists(client, program._name) for program in programs)


@pytest.mark.docker
def test_a_replica_that_does_not_start_leaves_no_container(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    programs = [_image(tmp_path, server_image), _image(tmp_path, "127.0.0.1:1/no/image")]
    under_test = several([(TEMPLATE, program) for program in programs])
    with pytest.raises(ProviderError) as failed, under_test.running(1):
        pass

    assert failed.value.what.startswith("replica 2 of 2: the image 127.0.0.1:1/no/image cannot be had: ")
    assert not any(exists(client, program._name) for program in programs)


@pytest.mark.docker
def test_provider_port_says_where_it_listens(tmp_path: Path, server_image: str) -> None:
    program = _image(tmp_path, server_image, port=9000, environment=(("PORT", "{port}"),))
    with _under_test(program).running(1) as (target,):
        assert json.loads(_get(target.url))["PORT"] == "9000"


@pytest.mark.docker
def test_the_only_exposed_port_goes_before_that_of_a_command(tmp_path: Path) -> None:
    with image("EXPOSE 9000") as name:
        program = _image(tmp_path, name, command="echo {port} > port; exec python3 -m http.server {port}")
        with _under_test(program).running(1):
            assert (tmp_path / "port").read_text() == "9000\n"


@pytest.mark.docker
@pytest.mark.parametrize(
    ("expose", "found"), [("EXPOSE 9000 8080", "it exposes 8080, 9000"), ("LABEL none=1", "it exposes none")]
)
def test_without_one_exposed_port_the_provider_port_must_be_given(tmp_path: Path, expose: str, found: str) -> None:
    with image(expose) as name:
        error = _failure(_image(tmp_path, name, command="exec python3 -m http.server"))

    assert error.what == f"nothing says which port of provider-image the provider listens on: {found}."
    assert error.where == name
    assert error.remedy == "Set provider-port."


@pytest.mark.docker
def test_an_image_that_does_not_exist_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = _failure(_image(tmp_path, "127.0.0.1:1/no/image"))

    assert error.what.startswith("the image 127.0.0.1:1/no/image cannot be had: ")
    assert capsys.readouterr().out == "pulling 127.0.0.1:1/no/image\n"


@pytest.mark.docker
@pytest.mark.parametrize("exit_code", [3, 0])
def test_a_container_that_ends_at_once_is_an_error_whatever_its_exit_code(
    tmp_path: Path, client: docker.DockerClient, exit_code: int
) -> None:
    program = _image(tmp_path, BASE, port=80, command=f"echo no database for s3cr3t >&2; exit {exit_code}")
    error = _failure(program)

    assert error.what == f"provider-image ended with exit code {exit_code} before the provider was ready."
    assert program.describe("", with_log=True).log_tail == ("no database for ***",)
    assert (tmp_path / "provider.log").read_text() == "no database for ***\n"
    assert not exists(client, program._name)


@pytest.mark.docker
def test_what_an_image_itself_starts_may_end_at_once_too(tmp_path: Path) -> None:
    with image("EXPOSE 8080", image_command("python3", "-c", "raise SystemExit('no database')")) as name:
        program = _image(tmp_path, name)
        error = _failure(program)

    assert error.what == "provider-image ended with exit code 1 before the provider was ready."
    assert program.describe("", with_log=True).log_tail == ("no database",)


@pytest.mark.docker
def test_a_command_that_the_image_does_not_have_is_named(tmp_path: Path) -> None:
    error = _failure(_image(tmp_path, BASE, port=80, command="npm-of-the-future start"))

    assert error.what == "provider-image: npm-of-the-future was not found."


@pytest.mark.docker
def test_who_misses_a_command_in_their_image_is_not_told_to_name_an_image(tmp_path: Path) -> None:
    error = _failure(_image(tmp_path, BASE, port=80, command="npm-of-the-future start"))

    assert "The action's container has" not in error.remedy


@pytest.mark.docker
def test_a_container_that_ends_while_it_is_verified_is_no_provider(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    program = _image(tmp_path, server_image)

    def verify() -> None:
        with _under_test(program).running(1):
            client.api.kill(program._name)
            client.api.wait(program._name)

    with pytest.raises(ProviderError, match="ended with exit code 137 while it was verified"):
        verify()


@pytest.mark.docker
def test_a_provider_that_never_listens_is_removed(tmp_path: Path, client: docker.DockerClient) -> None:
    program = _image(tmp_path, BASE, port=8080, command="exec tail -f /dev/null")
    with pytest.raises(ProviderError, match="did not get ready"), _under_test(program, timeout=0.3).running(1):
        pass

    assert not exists(client, program._name)


@pytest.mark.docker
def test_an_error_while_it_is_verified_leaves_no_container(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    program = _image(tmp_path, server_image)

    def verify() -> None:
        with _under_test(program).running(1):
            assert exists(client, program._name)
            message = "a bug"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="a bug"):
        verify()

    assert not exists(client, program._name)


@pytest.fixture
def cancelling() -> Iterator[int]:
    """Have a signal cancel the run, as the command line does."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    signals.listen()
    yield signal.SIGTERM
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.docker
def test_a_signal_while_the_daemon_starts_it_leaves_no_container(
    tmp_path: Path, client: docker.DockerClient, server_image: str, cancelling: int
) -> None:
    program = _image(tmp_path, server_image)
    began = int(time.time()) - 1
    filters = {"container": [program._name], "type": ["container"]}

    def cancel_once_it_exists() -> None:
        with daemon() as listening:
            next(listening.api.events(since=began, filters={**filters, "event": ["create"]}, decode=True))
        os.kill(os.getpid(), cancelling)

    canceller = threading.Thread(target=cancel_once_it_exists)
    canceller.start()
    started = []

    def verify() -> None:
        with _under_test(program).running(1):
            started.append(program._name)
            canceller.join()

    with pytest.raises(CancelledError):
        verify()
    canceller.join()

    heard = client.api.events(since=began, until=int(time.time()) + 1, filters=filters, decode=True)
    events = [event["Action"] for event in heard]
    assert started == [], "the signal came too late to show anything"
    assert (events[:2], events[-1]) == (["create", "start"], "destroy"), (
        "what was begun is done to its end, then undone"
    )
    assert not exists(client, program._name)


@pytest.mark.docker
def test_a_container_that_somebody_else_removed_is_no_provider_and_no_trouble_at_the_end(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    said: list[str] = []
    program = _image(tmp_path, server_image, say=said.append)

    def verify() -> None:
        with _under_test(program).running(1):
            remove(client, program._name)

    with pytest.raises(ProviderError) as failed:
        verify()

    assert failed.value.what == f"provider-image is gone: No such container: {program._name}."
    assert said == []


@pytest.mark.docker
def test_the_gate_in_a_container_reaches_the_provider_in_its_own_network(
    tmp_path: Path, client: docker.DockerClient
) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "orders.json").write_text('{"id": 42}')
    with ExitStack() as stack:
        net = stack.enter_context(network(client))
        volumes = {str(tmp_path): {"bind": "/github/workspace", "mode": "rw"}}
        own = stack.enter_context(container(client, network=net, volumes=volumes))
        workspace = Path("/github/workspace/orders")
        program = _image(tmp_path, BASE, own_name=own.short_id, command=FILE_SERVER, workspace=workspace)
        with _under_test(program).running(1) as (target,):
            found = client.api.inspect_container(program._name)
            address = found["NetworkSettings"]["Networks"][net]["IPAddress"]

            assert target.url == f"http://{address}:8080"
            assert _get(f"{target.url}/orders.json") == b'{"id": 42}'
            assert found["HostConfig"]["PortBindings"] in ({}, None)

        assert not exists(client, program._name)
        assert exists(client, own.short_id)


@pytest.mark.docker
def test_a_folder_that_is_not_mounted_from_the_host_is_an_error(tmp_path: Path, client: docker.DockerClient) -> None:
    with container(client) as own:
        error = _failure(
            _image(tmp_path, BASE, own_name=own.short_id, command=FILE_SERVER, workspace=Path("/github/workspace"))
        )

    assert error.what.startswith("this folder is mounted from nowhere")
    assert error.where == "/github/workspace"


@pytest.mark.docker
def test_a_log_that_cannot_be_written_is_an_error(
    tmp_path: Path, client: docker.DockerClient, server_image: str
) -> None:
    (tmp_path / "file").write_text("")
    program = _image(tmp_path, server_image, log="file/provider.log")
    error = _failure(program)

    assert error.what == "the provider's log cannot be written: Not a directory."
    assert error.where == "file/provider.log"
    assert not exists(client, program._name)


@pytest.mark.filterwarnings(UNCLOSED)
def test_without_a_docker_socket_there_is_an_error_and_nothing_to_stop(tmp_path: Path, no_docker_socket: None) -> None:
    program = _image(tmp_path, BASE)
    error = _failure(program)

    assert error.what == "no Docker daemon answers: No such file or directory."
    assert "set provider-url" in error.remedy
    assert program.failure("now") is None
    assert program.describe("http://{host}:{port}", with_log=True) == ProviderRun(
        url="http://{host}:{port}", command="", image=BASE, log="provider.log"
    )


def _sockets() -> set[str]:
    """Name the sockets that this process has open."""
    names = set()
    for file in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            names.add(str(file.readlink()))
    return {name for name in names if name.startswith("socket:")}


@pytest.mark.docker
def test_no_connection_to_the_daemon_stays_open(tmp_path: Path, server_image: str) -> None:
    before = _sockets()
    with _under_test(_image(tmp_path, server_image)).running(1):
        pass

    assert _sockets() - before == set()


def test_a_container_that_cannot_be_removed_is_a_warning_beside_the_fault_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/version":
            return Reply(body={"ApiVersion": "1.41"})
        if asked.path.startswith("/v1.41/containers/json"):
            return Reply(body=[])
        return Reply(status=500, body={"message": "the disk is full"})

    said: list[str] = []
    with serving(answer) as server:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.port}")
        program = _image(tmp_path, BASE, say=said.append)
        error = _failure(program)

    assert error.what == f"the image {BASE} cannot be had: the disk is full."
    assert len(said) == 1
    assert said[0].startswith(f"warning: the container {program._name} could not be removed: ")
    assert said[0].endswith(f"docker rm -f {program._name}")
