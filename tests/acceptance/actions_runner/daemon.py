"""The Docker CLI, as far as the runner itself needs it: networks, service containers, and their certain end."""

import ipaddress
import json
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

LABEL: Final = "contract-gate-acceptance"


class DockerError(Exception):
    """The Docker CLI failed."""


def docker(*arguments: str, timeout: float = 50) -> str:
    """Run the CLI; return what it printed, or raise `DockerError` with what it complained about."""
    command = [docker_path(), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if ended.returncode:
        raise DockerError(f"docker {' '.join(arguments)}: {ended.stderr.strip()}")
    return ended.stdout.strip()


def docker_path() -> str:
    if path := shutil.which("docker"):
        return path
    raise DockerError("there is no docker on PATH")


def remove_containers(*filters: str) -> None:
    """Remove all containers, running or not, that fit the filters (`label=...`, `name=^...$`)."""
    found = docker("ps", "--all", "--quiet", *(part for text in filters for part in ("--filter", text))).split()
    for container in found:
        remove_container(container)


def remove_container(container: str) -> None:
    """Remove a container; one that is gone, or going, is fine."""
    try:
        docker("rm", "--force", "--volumes", container)
    except DockerError as error:
        if "No such container" not in str(error) and "already in progress" not in str(error):
            raise


def bridge_gateway() -> str:
    """Return the address under which a container on the default bridge reaches the host."""
    return _gateway("bridge")


def _gateway(network: str) -> str:
    config = json.loads(docker("network", "inspect", network, "--format", "{{json .IPAM.Config}}"))[0]
    # Older daemons do not say it for the default bridge: it is the first address then.
    return str(config.get("Gateway") or next(ipaddress.ip_network(config["Subnet"]).hosts()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service container."""

    alias: str
    container: str

    def logs(self) -> str:
        ended = subprocess.run(
            [docker_path(), "logs", self.container],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return ended.stdout

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Wait until the service has printed `text`."""
        command = [docker_path(), "logs", "--follow", self.container]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as following:
            alarm = threading.Timer(timeout, following.kill)
            alarm.start()
            try:
                if following.stdout is None or not any(text in line for line in following.stdout):
                    raise TimeoutError(f"the service {self.alias} did not print '{text}': {self.logs()}")
            finally:
                alarm.cancel()
                alarm.join()
                following.kill()

    def port(self, inside: int) -> int:
        """Return the host's port to which the container's one was published."""
        return int(docker("port", self.container, f"{inside}/tcp").splitlines()[0].rpartition(":")[2])


@dataclass(slots=True)
class JobNetwork:
    """A job's own network. Names of its services resolve in it."""

    name: str
    label: str
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def gateway(self) -> str:
        """The host's address in this network."""
        return _gateway(self.name)

    def containers(self) -> list[str]:
        """Return the names of all running containers in the network, the runner's own and others."""
        return docker("ps", "--filter", f"network={self.name}", "--format", "{{.Names}}").split()

    def start(
        self,
        alias: str,
        image: str,
        *,
        command: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        ports: Sequence[str] = (),
        entrypoint: str = "",
    ) -> Service:
        """Start a service container; published `ports` are written as for `docker run -p`."""
        name = f"{alias}_{sanitised(image)}_{uuid.uuid4().hex[:6]}"
        variables = {"GITHUB_ACTIONS": "true", "CI": "true"} | dict(environment or {})
        docker(
            *("create", "--name", name, "--label", self.label),
            *("--network", self.name, "--network-alias", alias),
            *(part for port in ports for part in ("-p", port)),
            *(part for key, value in variables.items() for part in ("-e", f"{key}={value}")),
            *(("--entrypoint", entrypoint) if entrypoint else ()),
            *(image, *command),
        )
        service = self.services[alias] = Service(alias=alias, container=name)
        docker("start", name)
        return service


@contextmanager
def job_network(label: str = LABEL) -> Iterator[JobNetwork]:
    """Create a network as the runner does for a job with services; nothing of it is left at the end.

    Containers that others started in it go too: ask `containers()` before the end to see whether there are any.
    """
    network = JobNetwork(f"github_network_{uuid.uuid4().hex}", label)
    docker("network", "create", "--label", label, network.name)
    try:
        yield network
    finally:
        for service in network.services.values():
            remove_container(service.container)
        remove_containers(f"network={network.name}")
        docker("network", "rm", network.name)


def sanitised(image: str) -> str:
    """Make a container's name of an image's (`Pipelines/Validation/NameValidation.cs`)."""
    kept = "".join(
        character for character in image if character.isascii() and (character.isalnum() or character == "_")
    )
    return kept.lstrip("0123456789")
