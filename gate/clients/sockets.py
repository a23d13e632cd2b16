"""Whether anybody listens."""

import socket
from typing import Final
from urllib.parse import urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
PATIENCE: Final = 1.0


def refusal(url: str) -> str | None:
    """Say why no connection to the host of `url` can be made, None when one can."""
    parts = urlsplit(url)
    try:
        socket.create_connection(
            (parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]), timeout=PATIENCE
        ).close()
    except OSError as error:
        return error.strerror or str(error)
    return None
