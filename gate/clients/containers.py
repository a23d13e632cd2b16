"""Containers of the Docker daemon behind the socket that the runner mounts into the action."""

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedReader, RawIOBase
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import parse_repository_tag
from requests import RequestException

from gate.clients.signals import undisturbed
from gate.clients.web import cause
from gate.domain.errors import ProviderError

NO_SOCKET: Final = (
    "The gate needs the Docker socket to start provider-image. Linux runners with Docker mount it into the action; "
    "some self-hosted ones, on Kubernetes for instance, do not: there, start the provider in an earlier step or as a "
    "service container, and set provider-url."
)
REVISION: Final = "org.opencontainers.image.revision"
"""The label of an image that names its commit. Source: the image specification's annotations."""
OWNER: Final = "contract-gate.owner"
"""Label with the container of the gate that started this one."""
LOOPBACK: Final = "127.0.0.1"
REMOVALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The container that the gate itself runs in."""

    id: str
    network: str
    mounts: tuple[tuple[str, str], ...]
    """Pairs of what is mounted, by its name on the host, and where."""

    def on_host(self, folder: Path) -> tuple[str, str] | None:
        """Return what of the host holds `folder`, and where it must be mounted for the same paths to hold."""
        inside = PurePosixPath(folder)
        holding = [(source, where) for source, where in self.mounts if inside.is_relative_to(where)]
        return max(holding, key=lambda mount: len(mount[1]), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What there is to know of an image before it is started."""

    id: str
    """Of its content: `sha256:...`."""
    ports: tuple[int, ...]
    """The TCP ports that it declares."""
    revision: str = ""
    """The commit that it says it was built from; empty when it says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContainer:
    """What to start."""

    name: str
    image: str
    command: str | None
    """A line for its shell; None for what the image itself starts."""
    environment: Mapping[str, str]
    port: int
    mount: tuple[str, str] | None
    folder: str | None
    """The working directory; None for the image's."""


class Containers:
    """The daemon, and the network in which the gate and what it starts find each other.

    Args:
        client: of the daemon.
        own: the gate's own container; None when the gate runs on the machine itself.

    Every method raises `ProviderError` when the daemon does not do as it is told.
    """

    def __init__(self, client: docker.DockerClient, own: Own | None) -> None:
        self._client = client
        self.own = own

    @classmethod
    def connect(cls, own_name: str | None) -> Self:
        """Find the daemon.

        Args:
            own_name: of the gate's own container, its host name; None outside one.
        """
        try:
            client = docker.from_env()
        except (DockerException, RequestException) as error:
            raise ProviderError(f"no Docker daemon answers: {cause(error)}.", remedy=NO_SOCKET) from error
        try:
            return cls(client, None if own_name is None else _own(client, own_name))
        except ProviderError:
            client.close()
            raise

    def close(self) -> None:
        """Give up the connections to the daemon."""
        self._client.close()

    def has_neighbour_with(self, folder: str) -> bool:
        """Say whether another container in the gate's own network has something mounted at `folder`."""
        network = "" if self.own is None else self.own.network
        with _explained("the containers of the Docker daemon cannot be listed", NO_SOCKET):
            found = self._client.api.containers(filters={"network": network})
        return any(mount["Destination"] == folder for neighbour in found for mount in neighbour["Mounts"])

    def image(self, image: str, say: Callable[[str], None]) -> ImageFacts:
        """Look at an image. One that is not on this machine is pulled first."""
        with _explained(
            f"the image {image} cannot be had", "Check provider-image; a private one must be pulled before."
        ):
            try:
                found = self._client.images.get(image)
            except ImageNotFound:
                say(f"pulling {image}")
                self._pull(image)
                found = self._client.images.get(image)
            declared = found.attrs["Config"].get("ExposedPorts") or {}
            labels = found.attrs["Config"].get("Labels") or {}
        ports = sorted(int(port.partition("/")[0]) for port in declared if port.endswith("/tcp"))
        return ImageFacts(id=str(found.id), ports=tuple(ports), revision=labels.get(REVISION, ""))

    def start(self, new: NewContainer) -> None:
        """Start a container. Is always done to its end: a signal is heard afterwards, when there is what to remove."""
        with (
            _explained(
                "provider-image could not be started", "Check provider-image, provider-command and provider-env."
            ),
            undisturbed(),
        ):
            self._client.containers.run(**self._arguments(new), detach=True)

    def address(self, name: str, port: int) -> tuple[str, int]:
        """Return host and port at which the gate reaches `port` of a container."""
        with _explained("provider-image cannot be reached", NO_SOCKET):
            settings = self._client.api.inspect_container(name)["NetworkSettings"]
        if self.own is not None:
            return settings["Networks"][self.own.network]["IPAddress"], port
        published = (settings["Ports"].get(f"{port}/tcp") or [{"HostPort": 0}])[0]
        return LOOPBACK, int(published["HostPort"])

    def exit_code(self, name: str) -> int | None:
        """Return the exit code of a container, None while it runs."""
        with _explained("provider-image is gone", "Something else has removed its container."):
            state = self._client.api.inspect_container(name)["State"]
        return None if state["Running"] else int(state["ExitCode"])

    def output(self, name: str) -> BufferedReader:
        """Return what a container writes, until it ends."""
        with _explained("the log of provider-image cannot be read", NO_SOCKET):
            chunks: Iterator[bytes] = self._client.api.logs(name, stream=True, follow=True)
        return BufferedReader(_Chunks(chunks))

    def remove(self, name: str) -> None:
        """Stop and remove a container, with its anonymous volumes. One that does not exist is removed already."""
        for left in reversed(range(REMOVALS)):
            try:
                self._client.api.remove_container(name, force=True, v=True)
            except NotFound:
                return
            except (DockerException, RequestException) as error:
                if isinstance(error, APIError) and error.status_code == HTTPStatus.CONFLICT:
                    return  # somebody else is just removing it
                if not left:
                    raise ProviderError(
                        f"the container {name} could not be removed: {_reason(error)}.", remedy=f"docker rm -f {name}"
                    ) from error

    def remove_orphans(self) -> None:
        """Remove what gates left behind that were killed: self-hosted runners live longer than their jobs."""
        with _explained("the containers of the Docker daemon cannot be listed", NO_SOCKET):
            for orphan in self._client.api.containers(all=True, filters={"label": OWNER}):
                if not self._is_alive(orphan["Labels"][OWNER]):
                    self.remove(orphan["Id"])

    def _is_alive(self, owner: str) -> bool:
        """Say whether the gate in the container `owner` runs. One that runs in none is left to look after itself."""
        try:
            return not owner or bool(self._client.api.inspect_container(owner)["State"]["Running"])
        except NotFound:
            return False

    def _pull(self, image: str) -> None:
        """Pull an image. The daemon tells of failure in the midst of its progress."""
        repository, tag = parse_repository_tag(image)
        for event in self._client.api.pull(repository, tag=tag or "latest", stream=True, decode=True):
            if "error" in event:
                raise DockerException(event["error"])

    def _arguments(self, new: NewContainer) -> dict[str, Any]:
        network = {"network": self.own.network} if self.own else {"ports": {f"{new.port}/tcp": (LOOPBACK, None)}}
        mount = {} if new.mount is None else {"volumes": {new.mount[0]: {"bind": new.mount[1], "mode": "rw"}}}
        command = {} if new.command is None else {"entrypoint": ["/bin/sh", "-c"], "command": [new.command]}
        return {
            "image": new.image,
            "name": new.name,
            "environment": dict(new.environment),
            "labels": {OWNER: self.own.id if self.own else ""},
            **({} if new.folder is None else {"working_dir": new.folder}),
            **network,
            **mount,
            **command,
        }


class _Chunks(RawIOBase):
    """Pieces of output as a stream that can be read by the line."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        # A container that is removed takes its log along, in whatever way the library notices.
        with suppress(DockerException, RequestException, OSError, struct.error):
            self._rest = self._rest or next(self._chunks, b"")
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _own(client: docker.DockerClient, name: str) -> Own:
    with _explained(
        "the gate's own container is not among those of the Docker daemon",
        "The socket in the action must belong to the daemon that runs the action. Else use provider-url.",
    ):
        found = client.api.inspect_container(name)
    mounts = ((mount.get("Name") or mount["Source"], mount["Destination"]) for mount in found["Mounts"])
    network = next(iter(found["NetworkSettings"]["Networks"]), None)
    if network is None:
        raise ProviderError(
            "the gate's own container has no network of its own, so that it cannot reach another one.",
            where=name,
            remedy="Start the provider in an earlier step or as a service container, and set provider-url.",
        )
    return Own(id=found["Id"], network=network, mounts=tuple(mounts))


@contextmanager
def _explained(what: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except (DockerException, RequestException) as error:
        raise ProviderError(f"{what}: {_reason(error)}.", remedy=remedy) from error


def _reason(error: Exception) -> str:
    """Return the daemon's own words where there are some."""
    return getattr(error, "explanation", None) or cause(error)
