"""Whether anybody listens, and where addresses lead."""

import ipaddress
import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
PATIENCE: Final = 1.0
ROUTES: Final = Path("/proc/net/route")
DEFAULT_ROUTE: Final = "00000000"


def address_of(url: str) -> tuple[str, int]:
    """Return host and port of `url`."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]


def refusal(url: str) -> str | None:
    """Say why no connection to the host of `url` can be made, None when one can."""
    return refusal_at(*address_of(url))


def refusal_at(host: str, port: int) -> str | None:
    """Say why no connection can be made, None when one can."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a host's name
        return getattr(error, "strerror", None) or str(error)
    return None


def is_loopback(host: str) -> bool:
    """Say whether `host` means the machine itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def gateway(routes: Path = ROUTES) -> str | None:
    """Return the address of the default gateway, None when there is none. Linux only.

    Source: the table of `/proc/net/route`; addresses are hexadecimal, in the byte order of the machine.
    """
    try:
        rows = [line.split() for line in routes.read_text("ascii").splitlines()[1:]]
    except OSError:
        return None
    for row in rows:
        if row[1] == DEFAULT_ROUTE and row[2] != DEFAULT_ROUTE:
            return socket.inet_ntoa(bytes.fromhex(row[2])[::-1])
    return None
