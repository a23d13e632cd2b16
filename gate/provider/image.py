"""A provider in a container that the gate starts beside itself, from an image or with an image as its runtime."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gate.clients.containers import Containers, NewContainer
from gate.clients.output_log import OutputLog
from gate.clients.workspace_files import hand_over_all
from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider.command import ended
from gate.provider.under_test import fill

PORT_OF_COMMAND: Final = 8080
"""What `{port}` becomes where nothing else says it. A container has all its ports to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStart:
    """How to start a provider in a container."""

    image: str
    command: str | None
    """A line for the image's shell, run in the workspace; None for what the image itself starts."""
    environment: tuple[tuple[str, str], ...]
    port: int | None
    """Where it listens; None for the only port that the image exposes."""
    folder: Path
    """The workspace."""
    subfolder: str = "."
    """Where in it the command runs."""
    log: Path
    log_name: str
    """How the report names the log file."""


class Image:
    """A container that runs while its contracts are verified.

    Args:
        start: how.
        own_name: host name of the gate's own container; None when the gate runs on the machine itself.
        redact: takes the secrets out of its output.
        say: tells the person who waits.
    """

    def __init__(
        self, start: ImageStart, own_name: str | None, redact: Callable[[str], str], say: Callable[[str], None]
    ) -> None:
        self._start = start
        self._own_name = own_name
        self._output = OutputLog(start.log, redact)
        self._say = say
        self._name = f"contract-gate-provider-{secrets.token_hex(6)}"
        self._containers: Containers | None = None
        self._image_id = self._revision = ""
        self._started_at = time.time()

    def start(self, target: Target) -> Target:
        """Start the container, and put its address where `target` has `{host}` and `{port}`. Raises `ProviderError`."""
        containers = self._containers = Containers.connect(self._own_name)
        containers.remove_orphans()
        facts = containers.image(self._start.image, self._say)
        self._image_id = facts.id
        if self._start.command is None:  # else the provider is not the image's, but the workspace's
            self._revision = facts.revision
        port = self._port(facts.ports)
        self._open_log()
        containers.start(self._container(containers, port))
        self._output.follow(containers.output(self._name))
        host, reached = containers.address(self._name, port)
        return replace(
            target,
            url=fill(target.url, host=host, port=reached),
            states_url=target.states_url and fill(target.states_url, host=host, port=reached),
            messages_url=target.messages_url and fill(target.messages_url, host=host, port=reached),
        )

    def failure(self, when: str) -> ProviderError | None:
        """Say how it ended. With its container goes whatever it started."""
        exit_code = None if self._containers is None else self._containers.exit_code(self._name)
        if exit_code is None:
            return None
        self._output.finish()
        return ended("provider-image", exit_code, self._output.tail, when, missing="Name an image that has it.")

    def stop(self) -> None:
        """Remove the container."""
        if self._containers is None:
            return
        try:
            self._containers.remove(self._name)
        except ProviderError as error:
            self._say(f"warning: {error}")
        self._output.finish()
        self._containers.close()
        if self._start.command is not None:
            hand_over_all(self._start.folder, self._started_at)

    def describe(self, url: str, *, with_log: bool) -> ProviderRun:
        """Say what was started."""
        return ProviderRun(
            url=url,
            command=self._start.command or "",
            image=self._start.image,
            image_id=self._image_id,
            revision=self._revision,
            log=self._start.log_name,
            log_tail=self._output.tail if with_log else (),
        )

    def _port(self, exposed: tuple[int, ...]) -> int:
        if self._start.port is not None:
            return self._start.port
        if len(exposed) == 1:
            return exposed[0]
        if self._start.command is not None and "{port}" in self._start.command:
            return PORT_OF_COMMAND
        found = f"it exposes {', '.join(map(str, exposed))}" if exposed else "it exposes none"
        raise ProviderError(
            f"nothing says which port of provider-image the provider listens on: {found}.",
            where=self._start.image,
            remedy="Set provider-port.",
        )

    def _open_log(self) -> None:
        try:
            self._output.open()
        except OSError as error:
            raise ProviderError(
                f"the provider's log cannot be written: {error.strerror}.",
                where=self._start.log_name,
                remedy="Choose a folder for report that can be written.",
            ) from error

    def _container(self, containers: Containers, port: int) -> NewContainer:
        command = self._start.command
        return NewContainer(
            name=self._name,
            image=self._image_id,  # what its name means may change meanwhile
            command=None if command is None else fill(command, port=port),
            environment={name: fill(value, port=port) for name, value in self._start.environment},
            port=port,
            mount=None if command is None else self._mount(containers),
            folder=None if command is None else str(self._start.folder / self._start.subfolder),
        )

    def _mount(self, containers: Containers) -> tuple[str, str]:
        """Find what of the host is the workspace: the daemon knows no other paths."""
        folder = self._start.folder
        mount = (str(folder), str(folder)) if containers.own is None else containers.own.on_host(folder)
        if mount is None:
            raise ProviderError(
                "this folder is mounted from nowhere, so that provider-command cannot have it in its own container.",
                where=str(folder),
                remedy="Run the gate in the workspace.",
            )
        return mount
