"""The daemon of this machine where it can be one (marked `docker`); else a server that answers as one in trouble."""

import secrets
import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import docker
import pytest

from gate.clients.containers import OWNER, Containers, NewContainer, Own
from gate.clients.sockets import refusal_at
from gate.domain.errors import ProviderError
from tests.docker_daemon import BASE, UNCLOSED, container, daemon, exists, image, network, remove
from tests.servers import Asked, Reply, Server, serving

VERSION = {"ApiVersion": "1.41", "Version": "20.10.24"}
IN_PROGRESS = Reply(status=409, body={"message": "removal of container x is already in progress"})


def _new(name: str, *, image: str = BASE, command: str | None = None) -> NewContainer:
    return NewContainer(
        name=name, image=image, command=command, environment={}, port=8080, mount=None, folder="/" if command else None
    )


@contextmanager
def _daemon_in_trouble(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Reply | Iterator[Reply]]
) -> Iterator[Server]:
    """Play a daemon that answers as told, and whose disk is full otherwise."""

    def answer(asked: Asked) -> Reply:
        path = asked.path.partition("?")[0].removeprefix("/v1.41")
        if path == "/version":
            return Reply(body=VERSION)
        found = answers.get(f"{asked.method} {path}", Reply(status=500, body={"message": "the disk is full"}))
        return found if isinstance(found, Reply) else next(found)

    with serving(answer) as server:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.port}")
        yield server


@contextmanager
def _connected(own_name: str | None = None) -> Iterator[Containers]:
    containers = Containers.connect(own_name)
    try:
        yield containers
    finally:
        containers._client.close()


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    with daemon() as found:
        yield found


@pytest.fixture
def name(client: docker.DockerClient) -> Iterator[str]:
    """Name a container that is removed, whatever comes of it."""
    made = f"contract-gate-test-{secrets.token_hex(6)}"
    yield made
    remove(client, made)


# Where the workspace is on the host.


def _own(*mounts: tuple[str, str]) -> Own:
    return Own(id="1", network="bridge", mounts=mounts)


@pytest.mark.parametrize(
    ("folder", "mount"),
    [
        ("/github/workspace", ("/home/runner/work/shop/shop", "/github/workspace")),
        ("/github/workspace/orders", ("/home/runner/work/shop/shop", "/github/workspace")),
        ("/github/workspace/cache/x", ("cache-volume", "/github/workspace/cache")),
        ("/github/file_commands", ("/home/runner/work/_temp", "/github")),
        ("/github-other", None),
        ("/", None),
    ],
)
def test_the_nearest_mount_that_holds_a_folder_says_where_it_is_on_the_host(
    folder: str, mount: tuple[str, str] | None
) -> None:
    own = _own(
        ("/home/runner/work/_temp", "/github"),
        ("cache-volume", "/github/workspace/cache"),
        ("/home/runner/work/shop/shop", "/github/workspace"),
    )

    assert own.on_host(Path(folder)) == mount


def test_without_mounts_nothing_is_on_the_host() -> None:
    assert _own().on_host(Path("/github/workspace")) is None


# The daemon.


@pytest.mark.filterwarnings(UNCLOSED)
def test_without_a_docker_socket_the_error_says_what_to_do_instead(no_docker_socket: None) -> None:
    with pytest.raises(ProviderError) as failed:
        Containers.connect(None)

    assert failed.value.what == "no Docker daemon answers: No such file or directory."
    assert "set provider-url" in failed.value.remedy


@pytest.mark.docker
def test_the_gates_own_container_is_found_with_its_network_and_its_mounts(
    client: docker.DockerClient, tmp_path: Path
) -> None:
    volume = client.volumes.create(f"contract-gate-test-{secrets.token_hex(6)}")
    with ExitStack() as stack:
        stack.callback(volume.remove)
        net = stack.enter_context(network(client))
        volumes = {
            str(tmp_path): {"bind": "/github/workspace", "mode": "rw"},
            str(volume.name): {"bind": "/cache", "mode": "rw"},
        }
        own = stack.enter_context(container(client, network=net, volumes=volumes))
        found = stack.enter_context(_connected(own.short_id)).own

    assert found is not None
    assert (found.id, found.network) == (own.id, net)
    assert found.on_host(Path("/github/workspace/orders")) == (str(tmp_path), "/github/workspace")
    assert found.on_host(Path("/cache")) == (volume.name, "/cache")


@pytest.mark.docker
def test_an_own_container_that_the_daemon_does_not_know_is_an_error() -> None:
    with pytest.raises(ProviderError) as failed:
        Containers.connect("no-such-container")

    assert failed.value.what == (
        "the gate's own container is not among those of the Docker daemon: No such container: no-such-container."
    )
    assert "Else use provider-url" in failed.value.remedy


@pytest.mark.docker
def test_an_own_container_without_a_network_is_an_error_and_no_bug(client: docker.DockerClient) -> None:
    with (
        container(client) as other,
        container(client, network_mode=f"container:{other.id}") as own,
        pytest.raises(ProviderError),
    ):
        Containers.connect(own.short_id)


# Images.


@pytest.mark.docker
def test_exposed_ports_are_those_of_tcp_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    with image("EXPOSE 9000 443/tcp 53/udp") as several, _connected() as containers:
        assert containers.image(several, print).ports == (443, 9000)
        assert containers.image(BASE, print).ports == ()
    assert capsys.readouterr().out == ""


@pytest.mark.docker
@pytest.mark.parametrize(
    ("line", "revision"),
    [
        (f"LABEL org.opencontainers.image.revision={'a1' * 20}", "a1" * 20),
        ('LABEL org.opencontainers.image.revision=""', ""),
        ("LABEL revision=a1", ""),
        ("EXPOSE 9000", ""),
    ],
)
def test_an_image_says_which_commit_it_was_built_from(line: str, revision: str) -> None:
    with image(line) as built, _connected() as containers:
        assert containers.image(built, print).revision == revision


@pytest.mark.docker
def test_an_image_that_cannot_be_pulled_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with _connected() as containers, pytest.raises(ProviderError) as failed:
        containers.image("127.0.0.1:1/no/image", print)

    assert failed.value.what.startswith("the image 127.0.0.1:1/no/image cannot be had: ")
    assert "connection refused" in failed.value.what
    assert failed.value.remedy == "Check provider-image; a private one must be pulled before."
    assert capsys.readouterr().out == "pulling 127.0.0.1:1/no/image\n"


def test_a_pull_that_is_refused_in_the_midst_of_it_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: dict[str, Reply | Iterator[Reply]] = {
        "GET /images/acme/orders/json": Reply(status=404, body={"message": "No such image: acme/orders"}),
        "POST /images/create": Reply(body={"error": "pull access denied for acme/orders"}),
    }
    with _daemon_in_trouble(monkeypatch, answers), _connected() as containers, pytest.raises(ProviderError) as failed:
        containers.image("acme/orders", print)

    assert failed.value.what == "the image acme/orders cannot be had: pull access denied for acme/orders."
    assert capsys.readouterr().out == "pulling acme/orders\n"


@pytest.mark.parametrize(
    ("image_name", "asked_for"),
    [
        ("registry.example/orders", "fromImage=registry.example%2Forders&tag=latest"),
        ("registry.example:5000/orders:2", "tag=2&fromImage=registry.example%3A5000%2Forders"),
    ],
)
def test_an_image_that_is_not_there_is_pulled_and_no_other_tag_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], image_name: str, asked_for: str
) -> None:
    pulled = Reply(body={"Id": "sha256:1", "Config": {"ExposedPorts": {"8080/tcp": {}}}})
    missing = Reply(status=404, body={"message": f"No such image: {image_name}"})
    tagged = image_name if image_name.endswith(":2") else f"{image_name}:latest"
    answers: dict[str, Reply | Iterator[Reply]] = {
        f"GET /images/{tagged}/json": pulled,
        "POST /images/create": Reply(body=b'{"status": "Pull complete"}\n'),
    }
    answers[f"GET /images/{image_name}/json"] = iter([missing, pulled])
    with _daemon_in_trouble(monkeypatch, answers) as server, _connected() as containers:
        ports = containers.image(image_name, print).ports

    (pull,) = [path for path in server.paths() if "/images/create" in path]
    assert ports == (8080,)
    assert sorted(pull.partition("?")[2].split("&")) == sorted(asked_for.split("&"))
    assert capsys.readouterr().out == f"pulling {image_name}\n"


# Starting.


@pytest.mark.docker
def test_a_container_is_reached_at_a_port_of_this_machine_and_of_no_other(
    client: docker.DockerClient, name: str
) -> None:
    with _connected() as containers:
        containers.start(_new(name, command="python3 -m http.server 8080"))
        host, port = containers.address(name, 8080)

        published = client.api.inspect_container(name)["NetworkSettings"]["Ports"]
        assert published == {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
        assert host == "127.0.0.1"
        assert refusal_at(host, port) is None
        assert containers.exit_code(name) is None


@pytest.mark.docker
def test_a_container_that_cannot_be_started_says_why(name: str) -> None:
    with (
        image("LABEL empty=1", base="scratch") as empty,
        _connected() as containers,
        pytest.raises(ProviderError) as failed,
    ):
        containers.start(_new(name, image=empty, command="true"))

    assert failed.value.what.startswith("provider-image could not be started: ")
    assert "/bin/sh" in failed.value.what
    assert "Check provider-image" in failed.value.remedy


@pytest.mark.docker
def test_what_a_container_writes_can_be_read_to_its_end(name: str) -> None:
    with _connected() as containers:
        containers.start(_new(name, command="echo one; echo two >&2; printf three; exit 5"))
        containers._client.api.wait(name)  # a daemon may lose a last line without an end to those who read along
        with containers.output(name) as output:
            assert sorted(output.read().split()) == [b"one", b"three", b"two"]

        assert containers.exit_code(name) == 5


@pytest.mark.docker
def test_a_container_that_is_gone_is_an_error_whatever_is_asked() -> None:
    with _connected() as containers:
        for asked in (
            lambda: containers.exit_code("no-such-container"),
            lambda: containers.address("no-such-container", 80),
            lambda: containers.output("no-such-container"),
        ):
            with pytest.raises(ProviderError, match=r"No such container: no-such-container\."):
                asked()


def _frame(text: bytes) -> bytes:
    return struct.pack(">BxxxL", 1, len(text)) + text


@pytest.mark.parametrize(
    "broken",
    [
        Reply(body=_frame(b"one\n") + _frame(b"two\n")[:5]),
        Reply(body=_frame(b"one\n") + _frame(b"two\n")[:8]),
        Reply(body=iter([_frame(b"one\n")]), headers={"Content-Length": "1000"}),
    ],
    ids=["in the head of a piece", "after the head of a piece", "between pieces"],
)
def test_output_that_breaks_off_ends_without_an_error(monkeypatch: pytest.MonkeyPatch, broken: Reply) -> None:
    answers = {"GET /containers/x/json": Reply(body={"Config": {"Tty": False}}), "GET /containers/x/logs": broken}
    with _daemon_in_trouble(monkeypatch, answers), _connected() as containers, containers.output("x") as output:
        assert output.readline() == b"one\n"
        assert output.readline() == b""


# Removing.


@pytest.mark.docker
def test_a_container_is_removed_with_its_anonymous_volumes_and_twice_is_no_error(client: docker.DockerClient) -> None:
    with container(client, volumes=["/data"]) as made:
        volume = client.api.inspect_container(str(made.id))["Mounts"][0]["Name"]
        with _connected() as containers:
            for _ in range(2):
                containers.remove(str(made.id))

        assert not exists(client, str(made.id))
    assert volume not in [each.name for each in client.volumes.list()]


def test_a_removal_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Reply(status=500, body={"message": "driver failed to remove root filesystem"})
    answers = {"DELETE /containers/x": iter([fault, fault, Reply(status=204)])}
    with _daemon_in_trouble(monkeypatch, answers) as server, _connected() as containers:
        containers.remove("x")

    assert len(server.asked) == 4


def test_a_removal_that_never_works_says_how_to_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        _daemon_in_trouble(monkeypatch, {}) as server,
        _connected() as containers,
        pytest.raises(ProviderError) as failed,
    ):
        containers.remove("x")

    assert failed.value.what.startswith("the container x could not be removed: ")
    assert "the disk is full" in failed.value.what
    assert failed.value.remedy == "docker rm -f x"
    assert len(server.asked) == 4


def test_what_somebody_else_is_just_removing_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    with _daemon_in_trouble(monkeypatch, {"DELETE /containers/x": IN_PROGRESS}), _connected() as containers:
        containers.remove("x")


# What gates left behind.


@pytest.mark.docker
def test_what_gates_left_behind_is_removed_and_what_may_be_used_stays(client: docker.DockerClient) -> None:
    with ExitStack() as stack:

        def make(owner: str | None, *, started: bool = False) -> str:
            labels = {} if owner is None else {OWNER: owner}
            return str(stack.enter_context(container(client, started=started, labels=labels)).id)

        working = make(None, started=True)
        ended = make(None)
        left = [make(ended), make("0" * 64), make("0" * 64, started=True)]
        used = [working, ended, make(working), make("")]

        stack.enter_context(_connected()).remove_orphans()

        assert [each for each in left if exists(client, each)] == []
        assert [each for each in used if not exists(client, each)] == []


def test_a_daemon_that_cannot_list_its_containers_is_an_error_and_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        _daemon_in_trouble(monkeypatch, {}),
        _connected() as containers,
        pytest.raises(ProviderError, match="the disk is full"),
    ):
        containers.remove_orphans()


def test_an_orphan_that_another_gate_is_just_removing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "GET /containers/json": Reply(body=[{"Id": "orphan", "Labels": {OWNER: "gone"}}]),
        "GET /containers/gone/json": Reply(status=404, body={"message": "No such container: gone"}),
        "DELETE /containers/orphan": IN_PROGRESS,
    }
    with _daemon_in_trouble(monkeypatch, answers), _connected() as containers:
        containers.remove_orphans()
