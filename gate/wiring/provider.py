"""The provider, as the settings want it started and reached."""

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gate.clients.streams import say
from gate.domain.redaction import Redactor
from gate.ports import Provider, Target
from gate.settings.groups import CONTAINER_URL, MOST_AT_ONCE, ProviderSettings, Settings
from gate.wiring.surroundings import Surroundings

if TYPE_CHECKING:
    from gate.provider.runner_host import RunnerHost
    from gate.provider.under_test import Program

IMAGE_VARIABLE: Final = "CONTRACT_GATE_IMAGE"
"""Set in the action's own image."""
DOCKER_MARK: Final = Path("/.dockerenv")
"""Docker leaves this file in its containers. Elsewhere the gateway may be any machine."""


def provider_of(settings: Settings, surroundings: Surroundings, redact: Redactor) -> Provider:
    """Return the provider under test: to be started, or only reached; once, or as replicas."""
    from gate.provider.readiness import Reach
    from gate.provider.under_test import ProviderUnderTest, Replica, Replicas

    own = settings.provider
    each = [
        Replica(_target(settings, place), _program(settings, surroundings, redact, place)) for place in _places(own)
    ]
    replicas = Replicas(
        each=tuple(each), as_they_pay=own.replicas == "auto", parallel=_most_at_once() if own.parallel else 1
    )
    host = _runner_host(surroundings) if each[0].program is None else None
    return ProviderUnderTest(replicas, Reach(ready_path=own.ready, timeout=own.timeout), host, say)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one replica of the provider listens."""

    replica: int
    """Its number, counted from 1."""
    url: str
    """`{host}` and `{port}` of a container are not known yet."""
    filled: Mapping[str, int]
    """What is filled into settings for it."""


def _places(own: ProviderSettings) -> Iterator[_Place]:
    starts = own.command is not None or own.image is not None
    count = _most_at_once() if own.replicas == "auto" else own.replicas
    urls = own.url or (CONTAINER_URL if own.image is not None else "http://127.0.0.1:{port}",)
    if starts:
        urls *= count
    ports = _free_ports(len(urls)) if own.command is not None and own.image is None else ()
    for number, url in enumerate(urls, 1):
        filled = {"replica": number} | ({"port": ports[number - 1]} if ports else {})
        yield _Place(replica=number, url=_fill(url, filled), filled=filled)


def _target(settings: Settings, place: _Place) -> Target:
    from gate.provider.under_test import absolute_url

    own = settings.provider
    return Target(
        url=place.url,
        states_url=own.states_url and absolute_url(_fill(own.states_url, place.filled), place.url),
        messages_url=own.messages_url and absolute_url(_fill(own.messages_url, place.filled), place.url),
        headers=own.headers,
        request_timeout=settings.verification.request_timeout,
    )


def _program(settings: Settings, surroundings: Surroundings, redact: Redactor, place: _Place) -> "Program | None":
    own = settings.provider
    environment = tuple((name, _fill(value, place.filled)) for name, value in own.env)
    log = Path(settings.output.report).parent / _log_name(place)
    if own.image is not None:
        from gate.provider.image import Image, ImageStart

        start = ImageStart(
            image=own.image,
            command=own.command and _fill(own.command, place.filled),
            environment=environment,
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

    return Command(
        Start(
            command=_fill(own.command, place.filled),
            environment=without_private(surroundings.environment) | dict(environment),
            folder=surroundings.folder / settings.candidate.path,
            shared=surroundings.folder if _in_image(surroundings) else None,
            log=surroundings.folder / log,
            log_name=str(log),
        ),
        redact,
    )


def _log_name(place: _Place) -> str:
    number = f"-{place.replica}" if place.replica > 1 else ""
    return f"contract-gate-provider{number}.log"


def _most_at_once() -> int:
    """Return for how many questions at a time the cores are enough that this process may use."""
    if not hasattr(os, "sched_getaffinity"):  # macOS
        return min(os.cpu_count() or 1, MOST_AT_ONCE)
    return min(len(os.sched_getaffinity(0)), MOST_AT_ONCE)


def _fill(text: str, values: Mapping[str, int]) -> str:
    from gate.provider.under_test import fill

    return fill(text, **values)


def _free_ports(count: int) -> tuple[int, ...]:
    from gate.provider.command import free_ports

    return free_ports(count)


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
