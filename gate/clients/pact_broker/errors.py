"""What the broker says when it refuses, in whichever of its shapes, and what to do about it."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from gate.domain.errors import StoreError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class BrokerError(StoreError):
    """The broker gave no usable answer. `status` is None when it gave none at all."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", status: int | None = None) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status


REMEDIES: Final = {
    400: "Unless it is PactFlow, a broker takes no broker-token: set broker-username and broker-password.",
    401: "Check broker-token, or broker-username and broker-password; a read-only user may not write.",
    403: "Check what the owner of broker-token may do.",
    405: "Does a proxy stand before the broker, or is it older than 2.80?",
    406: "Does a proxy stand before the broker that changes the header Accept?",
    415: "Does a proxy stand before the broker that changes the header Content-Type?",
    429: "Run it again later.",
}


def messages(content: object) -> list[str]:
    """Find what an error says, in whichever of the broker's shapes it comes. Sources: recordings 004 to 241."""
    if not isinstance(content, dict):
        return []
    notices = [one.get("text") for one in content.get("notices") or () if isinstance(one, dict)]
    found = [*notices, *_of_error(content.get("error")), *_of_errors(content.get("errors"))]
    if not found:
        found = [content.get("detail") or content.get("title")]
    return [str(one) for one in found if one]


def _of_error(error: object) -> list[object]:
    return [error.get("message")] if isinstance(error, dict) else [error]


def _of_errors(errors: object) -> list[object]:
    if isinstance(errors, dict):
        return [f"{name}: {text}" if name else text for name, texts in errors.items() for text in _several(texts)]
    return [one.get("detail") or one.get("title") if isinstance(one, dict) else one for one in _several(errors)]


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def origin(url: str) -> str:
    """Return what credentials are bound to: scheme, host and port."""
    parts = urlsplit(url)
    port = "" if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def public(url: str) -> str:
    """Name an address without what may be a secret in it: user, password and query."""
    parts = urlsplit(url)
    return f"{origin(url)}{parts.path}"
