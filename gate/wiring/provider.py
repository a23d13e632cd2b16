"""The provider, as the settings want it started and reached."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gate.clients.streams import say
from gate.domain.redaction import Redactor
from gate.ports import Provider, Target
from gate.settings.groups import CONTAINER_URL, Settings
from gate.wiring.surroundings import Surroundings

if TYPE_CHECKING:
    from gate.provider.runner_host import RunnerHost
    from gate.provider.under_test import Program

PROVIDER_LOG: Final = "contract-gate-provider.log"
IMAGE_VARIABLE: Final = "CONTRACT_GATE_IMAGE"
"""Set in the action's own image."""
DOCKER_MARK: Final = Path("/.dockerenv")
"""Docker leaves this file in its containers. Elsewhere the gateway may be any machine."""


def provider_of(settings: Settings, surroundings: Surroundings, redact: Redactor) -> Provider:
    """Return the provider under test: to be started, or only reached."""
    from gate.provider.under_test import ProviderUnderTest, Reach, absolute_url, fill

    own = settings.provider
    port = {"port": _free_port()} if own.command is not None and own.image is None else {}
    url = fill(own.url or (CONTAINER_URL if own.image else "http://127.0.0.1:{port}"), **port)
    target = Target(
        url=url,
        states_url=own.states_url and absolute_url(fill(own.states_url, **port), url),
        messages_url=own.messages_url and absolute_url(fill(own.messages_url, **port), url),
        headers=own.headers,
        request_timeout=settings.verification.request_timeout,
    )
    program = _program(settings, surroundings, redact, port)
    host = _runner_host(surroundings) if program is None else None
    return ProviderUnderTest(target, program, Reach(ready_path=own.ready, timeout=own.timeout), host, say)


def _program(
    settings: Settings, surroundings: Surroundings, redact: Redactor, port: Mapping[str, int]
) -> "Program | None":
    from gate.provider.under_test import fill

    own = settings.provider
    log = Path(settings.output.report).parent / PROVIDER_LOG
    if own.image is not None:
        from gate.provider.image import Image, ImageStart

        start = ImageStart(
            image=own.image,
            command=own.command,
            environment=own.env,
            port=own.port,
            folder=surroundings.folder,
            subfolder=settings.candidate.path,
            log=surroundings.folder / log,
            log_name=str(log),
        )
        return Image(start, socket.gethostname() if _in_image(surroundings) else None, redact, say)
    if own.command is None:
        return None
    from gate.provider.command import Command, Start, without_private

    environment = without_private(surroundings.environment) | {name: fill(value, **port) for name, value in own.env}
    return Command(
        Start(
            command=fill(own.command, **port),
            environment=environment,
            folder=surroundings.folder / settings.candidate.path,
            shared=surroundings.folder if _in_image(surroundings) else None,
            log=surroundings.folder / log,
            log_name=str(log),
        ),
        redact,
    )


def _free_port() -> int:
    from gate.provider.command import free_port

    return free_port()


def _runner_host(surroundings: Surroundings) -> "RunnerHost | None":
    """Find the way to the runner. It is the gateway of a container of Docker's, and of no other."""
    from gate.clients.sockets import gateway
    from gate.provider.runner_host import RunnerHost

    address = gateway() if _in_image(surroundings) and DOCKER_MARK.exists() else None
    return None if address is None else RunnerHost(address, _steps_run_elsewhere)


def _steps_run_elsewhere() -> bool:
    from gate.provider.job_container import steps_run_elsewhere

    return steps_run_elsewhere(socket.gethostname())


def _in_image(surroundings: Surroundings) -> bool:
    return bool(surroundings.environment.get(IMAGE_VARIABLE))
