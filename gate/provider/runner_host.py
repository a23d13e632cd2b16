"""The way from the action's container to the machine that the job's steps run on.

A step that starts a provider leaves it on the runner's `localhost`, which is not the container's. The runner is the
container's gateway. So that addresses, `Host` headers and certificates stay as the user wrote them, the container's own
`localhost` is made to lead there, port by port.
"""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from gate.clients.forwarding import Forwarder
from gate.clients.sockets import address_of, is_loopback, refusal, refusal_at
from gate.domain.errors import ProviderError

REMEDY: Final = (
    "In the action's container localhost means the runner, which is reached at {gateway}. Start the provider in an "
    "earlier step, and have it listen on 0.0.0.0: what listens on 127.0.0.1 alone cannot be reached from a container."
)


class RunnerHost:
    """Makes ports of the runner's `localhost` answer in the container.

    Args:
        gateway: the runner's address as the container sees it.
        steps_run_elsewhere: says whether the job's steps run in a container, so that their localhost is another.
    """

    def __init__(self, gateway: str, steps_run_elsewhere: Callable[[], bool]) -> None:
        self._gateway = gateway
        self._steps_run_elsewhere = steps_run_elsewhere
        self._ways: dict[tuple[str, int], Forwarder] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def used(self) -> str:
        """The runner's address, empty as long as nothing leads there."""
        return self._gateway if self._ways else ""

    @property
    def remedy(self) -> str:
        """What to do when the runner refuses."""
        return REMEDY.format(gateway=self._gateway)

    def leads_to(self, url: str) -> bool:
        """Say whether `url` means the runner."""
        return is_loopback(address_of(url)[0])

    def open_way_to(self, url: str, *, refused_too: bool = False) -> str | None:
        """Make `url` lead to the runner if it is local and nothing in the container listens there.

        Args:
            url: of any server.
            refused_too: do so even if nothing listens on the runner either, for what may come later.

        Returns:
            Why the runner refuses, None when there is nothing in the way.

        Raises:
            ProviderError: the address cannot be made to lead there, or would lead to another machine than was meant.
        """
        host, port = address_of(url)
        if not is_loopback(host) or (host, port) in self._ways or refusal(url) is None:
            return None
        if not self._ways and self._steps_run_elsewhere():
            raise ProviderError(
                "the job's steps run in a container, so that their localhost is neither the action's nor the runner's.",
                where=url,
                remedy="Let the gate start the provider with provider-image, or make it a service container.",
            )
        refused = refusal_at(self._gateway, port)
        if refused is not None and not refused_too:
            return f"{refused} at {self._gateway}:{port}"
        way = Forwarder(listen=("127.0.0.1" if host == "localhost" else host, port), to=(self._gateway, port))
        try:
            self._stack.enter_context(way)
        except OSError as error:
            raise ProviderError(
                f"the container cannot listen on {host}:{port} to lead to the runner: {error.strerror}.",
                where=urlsplit(url).geturl(),
                remedy="Write localhost or 127.0.0.1, and check that the port is free.",
            ) from error
        self._ways[host, port] = way
        return None
