"""Host paths and the names they have inside the container (`Worker/Container/ContainerInfo.cs`)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PathMap:
    """What of the host is where in the container, narrowest first."""

    pairs: tuple[tuple[str, str], ...] = ()

    def to_container(self, value: str) -> str:
        """Translate a value that is a mapped path or lies below one; anything else, such as a list of paths, stays."""
        return _translated(value, self.pairs)

    def to_host(self, value: str) -> str:
        return _translated(value, [(container, host) for host, container in self.pairs])


def _translated(value: str, pairs: Iterable[tuple[str, str]]) -> str:
    for here, there in pairs:
        if value == here or value.startswith(f"{here}/"):
            return there + value[len(here) :]
    return value
