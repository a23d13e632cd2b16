"""What the broker says when it refuses, in whichever of its shapes, and what to do about it."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from gate.domain.errors import StoreError

STRANGE: Final = re.compile(r"[\\\s\x00-\x20\x7f]")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class BrokerError(StoreError):
    """The broker gave no usable answer.

    `status` is None when it gave none at all; `said` is all that it gave as the reason, line breaks included.
    """

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", status: int | None = None, said: Sequence[str] = ()
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.said = tuple(said)


ONLY_PACTFLOW: Final = "Unless it is PactFlow, a broker takes no broker-token: set broker-username and broker-password."
LATER: Final = "Run it again later; if that does not help, look into the broker's log."
REMEDIES: Final = {
    401: "Check broker-token, or broker-username and broker-password.",
    403: "Check what the owner of broker-token may do.",
    404: "Is it the Pact Broker that answers there? Check broker-url, also its path.",
    405: "Does a proxy stand before the broker, or is it older than 2.89?",
    406: "Does a proxy stand before the broker that changes the header Accept?",
    415: "Does a proxy stand before the broker that changes the header Content-Type?",
    429: "Run it again later.",
}


def messages(content: object) -> list[str]:
    """Find what an error says, in whichever of the broker's shapes it comes. Sources: recordings 004 to 241."""
    if not isinstance(content, dict):
        return []
    notices = [one.get("text") for one in _several(content.get("notices")) if isinstance(one, dict)]
    found = [*notices, *_of_error(content.get("error")), *_of_errors(content.get("errors"))]
    said = [str(one) for one in found if one] or [str(content.get("detail") or content.get("title") or "")]
    return [one for one in dict.fromkeys(said) if one and not any(one.endswith(f": {other}") for other in said)]


def _of_error(error: object) -> list[object]:
    return [error.get("message")] if isinstance(error, dict) else [error]


def _of_errors(errors: object) -> list[object]:
    if isinstance(errors, dict):
        return [f"{name}: {text}" if name else text for name, texts in errors.items() for text in _several(texts)]
    return [_of_problem(one) if isinstance(one, dict) else one for one in _several(errors)]


def _of_problem(problem: Mapping[str, object]) -> object:
    text, field = problem.get("detail") or problem.get("title"), str(problem.get("pointer") or "").strip("/")
    return f"{field}: {text}" if text and field else text


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def origin(url: str) -> str:
    """Return what credentials are bound to: scheme, host and port.

    Raises:
        BrokerError: programs disagree on which host such an address names, so that it is not used at all.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _no_address(url) from error
    if STRANGE.search(url) or "@" in parts.netloc or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise _no_address(url)
    shown = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{shown}"


def public(url: str) -> str:
    """Name an address without what may be a secret in it: user, password and query."""
    address = re.split(r"[?#]", url)[0]
    scheme, found, rest = address.partition("://")
    if "@" in url and "@" not in rest.partition("/")[0]:
        return f"{scheme}{found}..."  # where the password ends is not to be told
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"


def _no_address(url: str) -> BrokerError:
    return BrokerError(
        "this is no address that could be used.",
        where=public(url),
        remedy="An address starts with http:// or https://, and has no user, no blank and no backslash in it.",
    )
