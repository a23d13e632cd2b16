"""HTTP, bounded: every read has a limit in seconds and in bytes."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from typing import Final

import requests
import urllib3

from gate.clients.threads import within
from gate.clients.whole_heads import Session
from gate.domain.errors import GateError

CHUNK: Final = 64 * 1024
GRACE: Final = 0.5
"""Seconds for an exchange to notice by itself, and say better why, that its time is over."""

MEANINGS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (requests.exceptions.InvalidHeader, "a header's value has characters that it may not have"),  # its words quote it
    (requests.exceptions.InvalidSchema, "the address is not of http or https"),
    (requests.RequestException, ""),
    (OSError, "{}"),
    (IncompleteRead, "the answer broke off half-way"),
    (HTTPException, "what came is no answer of HTTP: {}"),
    (urllib3.exceptions.DecodeError, "the answer is not packed as its head says"),
)
"""What errors mean, the first that fits; `{}` stands for their own words, and nothing for one that wraps another."""


class WebError(GateError):
    """A request that got no usable answer."""


class TooLargeError(WebError):
    """An answer beyond the limit: asking again would bring the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(  # noqa: PLR0913 - each of them is a property of one HTTP request
    method: str,
    url: str,
    *,
    timeout: float,
    limit: int,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    direct: bool = False,
    grace: float = GRACE,
) -> Answer:
    """Send one request and read its whole answer, however slowly its head or its body drips.

    Args:
        method: of HTTP.
        url: of scheme http or https.
        timeout: seconds for the whole exchange, a slowly dripping body included.
        limit: bytes that the answer's body may have.
        headers: to send.
        body: to send.
        direct: for a provider under test: no proxy, no redirect, no credentials of the environment.
        grace: seconds for the exchange to say by itself why its time is over.

    Raises:
        WebError: no connection, no answer in time, or too large an answer.
    """
    asked = requests.Request(method, url, data=body, headers=dict(headers or {}))
    with Unredirected() if direct else Session() as session:
        proxies: Mapping[str, str] = {}
        try:
            if direct:
                session.trust_env = False
            else:
                proxies = session.merge_environment_settings(url, {}, stream=None, verify=None, cert=None)["proxies"]
            way = Way(proxies=proxies, authorities=authorities(url), redirects=not direct)
        except ValueError as error:
            raise WebError(cause(error), where=url) from error
        return exchange(session, asked, way, timeout=timeout, limit=limit, grace=grace)


class Unredirected(Session):
    """A session that knows no redirects: the library reads their bodies whole, however large they are."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the library's signature
        """Find none."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a request gets to its server."""

    proxies: Mapping[str, str]
    authorities: str | bool
    """The file of the certificate authorities to trust; True stands for the library's own."""
    redirects: bool
    """Whether they are followed."""


def exchange(  # noqa: PLR0913 - as for `request`
    session: requests.Session,
    asked: requests.Request,
    way: Way,
    *,
    timeout: float,
    limit: int,
    grace: float = GRACE,
) -> Answer:
    """Send one request over a session and read its whole answer. See `request`."""
    try:
        return within(timeout + grace, lambda: _exchange(session, asked, way, timeout, limit))
    except TimeoutError as error:
        raise WebError(f"the answer was not complete within {timeout:g} s", where=asked.url) from error


def _exchange(session: requests.Session, asked: requests.Request, way: Way, timeout: float, limit: int) -> Answer:
    url, deadline = asked.url, time.monotonic() + timeout
    try:
        prepared = session.prepare_request(asked)
        with session.send(
            prepared,
            timeout=timeout,
            allow_redirects=way.redirects,
            stream=True,
            proxies=dict(way.proxies),
            verify=way.authorities,
        ) as response:
            content = _read(response, url, deadline, limit, timeout)
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise WebError(f"no answer within {timeout:g} s", where=url) from error
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise WebError(cause(error), where=url) from error
    return Answer(status=response.status_code, headers=response.headers, body=content)


def authorities(url: str) -> str | bool:
    """Return the file of the certificate authorities to trust for `url`: `REQUESTS_CA_BUNDLE`, else the machine's.

    Those of `SSL_CERT_FILE` count too, as they do for the engine's worker. True stands for the library's own.
    """
    with requests.Session() as session:
        options = session.merge_environment_settings(url, {}, stream=None, verify=None, cert=None)
    given = options["verify"]
    return given if isinstance(given, str) else ssl.get_default_verify_paths().cafile or True


def _read(response: requests.Response, url: str, deadline: float, limit: int, timeout: float) -> bytes:
    content = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            content += chunk
            if len(content) > limit:
                raise TooLargeError(f"the answer is larger than {limit} bytes", where=url)
            if time.monotonic() > deadline:
                raise WebError(f"the answer was not complete within {timeout:g} s", where=url)
        return bytes(content)
    finally:
        content.clear()  # an error keeps this frame alive for a while


def cause(error: BaseException) -> str:
    """Dig the plain words out of nested library errors: `Connection refused` instead of four layers of repr."""
    seen: BaseException | None = error
    while seen is not None:
        if words := _words(seen):
            return words
        seen = seen.__cause__ or seen.__context__
    return str(error)


def _words(error: BaseException) -> str:
    """Say what one error means, nothing where it only wraps another."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    meaning = next((meaning for kind, meaning in MEANINGS if isinstance(error, kind)), "")
    return meaning.replace("{}", str(error).strip())
