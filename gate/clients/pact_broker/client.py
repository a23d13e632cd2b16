"""Requests to the broker: bounded, repeated where that is harmless, with credentials for its own origin alone."""

import base64
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import Final
from urllib.parse import urlencode, urljoin

import requests
from requests.adapters import HTTPAdapter

from gate import __version__
from gate.clients.pact_broker.errors import LATER, ONLY_PACTFLOW, REMEDIES, BrokerError, messages, origin, public
from gate.clients.pact_broker.resource import Resource
from gate.clients.web import Answer, TooLargeError, Unredirected, Way, WebError, authorities, exchange

AT_ONCE: Final = 4
"""Calls at the same time. A broker has few workers, and other pipelines ask it too."""
ACCEPTED: Final = "application/hal+json, application/problem+json"
REDIRECTS: Final = 5
MESSAGE_LIMIT: Final = 500
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
NOT_ACCEPTABLE: Final = 406
NOTHING: Final = "application/x-nothing"
"""A type that the broker does not have. It says so (406) for every address that it knows, before it looks for more."""
VERSION_HEADER: Final = "X-Pact-Broker-Version"
SLASH: Final = "%2F"
TRANSIENT: Final = frozenset({408, 429})
"""Statuses below 500 after which the same request may succeed."""
SERVER_ERROR: Final = 500
REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})
KEEPING_METHOD: Final = frozenset({307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to try, in seconds."""

    answer: float = 60.0
    """For one complete answer. Large brokers take several seconds for some of theirs."""
    tries: int = 5
    give_up: float = 120.0
    """After this no further try is begun."""
    first_pause: float = 0.5
    """Before the second try; each further one waits twice as long, shortened at random by up to a half."""
    longest_pause: float = 10.0
    retry_after: float = 60.0
    """What a broker that asks for a pause is granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the broker is, and how to get in."""

    url: str
    """With its path prefix, if it has one."""
    authorization: str | None = field(default=None, repr=False)
    """The header's value."""
    authorities: str | None = None
    """A file of certificate authorities; None for the machine's own."""
    limit: int
    """Bytes that an answer may have."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, as often as it is sent."""

    method: str
    url: str
    body: bytes | None = field(default=None, kw_only=True)
    content_type: str = field(default="application/json", kw_only=True)
    accept: str = field(default=ACCEPTED, kw_only=True)


def basic(username: str, password: str) -> str:
    """Return the value of an `Authorization` header for a user and a password."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def bearer(token: str) -> str:
    """Return the value of an `Authorization` header for a token."""
    return f"Bearer {token}"


class PactBroker:
    """A Pact Broker or PactFlow.

    Every method raises `BrokerError` with the broker's own reason. May be used by several threads.
    """

    def __init__(
        self, access: Access, patience: Patience | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._access = access
        self._patience = patience or Patience()
        self._pause = pause
        self.url = access.url
        self._origin = origin(access.url)
        self._session = Unredirected()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.trust_env = False  # no `.netrc`: it would replace our credentials with others
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))
        self._names_itself = False
        """Whether an answer had the broker's own header: then every answer of the broker's has it."""
        self._ways: dict[str, Way] = {}
        self._lost: BrokerError | None = None

    @cached_property
    def index(self) -> Resource:
        """Where all links begin."""
        try:
            return self.get(self.url)
        except BrokerError as error:
            if error.status != NOT_FOUND:
                raise
            raise BrokerError(
                error.what, where=error.where, remedy="Check broker-url, also its path.", status=error.status
            ) from error

    def matrix(self, query: Sequence[tuple[str, str]]) -> Resource:
        """Ask for the matrix. It is the one resource that the index does not lead to."""
        return self.get(f"{self.url}/matrix?{urlencode(query)}")

    def get(self, url: str) -> Resource:
        """Read a resource."""
        return self._resource(_Call("GET", url))

    def find(self, url: str) -> Resource | None:
        """Read a resource, None when the broker says that there is none."""
        try:
            return self.get(url)
        except BrokerError as error:
            if error.status != NOT_FOUND:
                raise
        # It says the same of an address that it does not know: of one in which a proxy decoded a slash, for instance.
        if SLASH in url.upper() and self._try(_Call("GET", url, accept=NOTHING))[1].status != NOT_ACCEPTABLE:
            raise BrokerError(
                "the Pact Broker answered 404 to GET, and it may not have been asked for this.",
                where=public(url),
                remedy="A proxy before it seems to decode %2F in paths. Have it pass addresses on as they are.",
            )
        return None

    def ask(self, url: str, body: object) -> Resource:
        """Post a question: a request that changes nothing."""
        return self._resource(_Call("POST", url, body=json.dumps(body).encode()))

    def post(self, url: str, body: object) -> Resource:
        """Post a fact. It may arrive twice, and the broker then keeps it once, or twice the same [R018, R086, R131]."""
        return self._write("POST", url, body)

    def put(self, url: str, body: object) -> Resource:
        """Write a resource, in whole."""
        return self._write("PUT", url, body)

    def patch(self, url: str, body: object) -> Resource:
        """Change parts of a resource. The broker takes no other type for it [R147]."""
        return self._write("PATCH", url, body, "application/merge-patch+json")

    def _write(self, method: str, url: str, body: object, content_type: str = "application/json") -> Resource:
        if origin(url) != self._origin:
            raise BrokerError(
                f"the broker's links lead to another host, and nothing is written to that ({method}).",
                where=public(url),
                remedy="Have the broker name itself as broker-url does: PACT_BROKER_BASE_URL, or X-Forwarded-Host.",
            )
        return self._resource(_Call(method, url, body=json.dumps(body).encode(), content_type=content_type))

    def _try(self, call: _Call) -> tuple[_Call, Answer]:
        """Send a request that may be repeated, until it is answered or patience ends."""
        if self._lost is not None:
            raise self._lost
        patience, begun = self._patience, time.monotonic()
        pause, tries = patience.first_pause, 0
        while True:
            tries += 1
            asked_for = None
            try:
                last, answer = self._send(call)
            except TooLargeError as error:
                raise BrokerError(f"{call.method} failed: {error.what}.", where=public(error.where)) from error
            except WebError as error:
                if tries == patience.tries or time.monotonic() - begun > patience.give_up:
                    self._lost = _no_answer(call.method, error)
                    raise self._lost from error
            else:
                is_last = tries == patience.tries or time.monotonic() - begun > patience.give_up
                if is_last or not (answer.status >= SERVER_ERROR or answer.status in TRANSIENT):
                    return last, answer
                asked_for = self._asked_for(answer)
            jittered = pause * random.uniform(0.5, 1)  # noqa: S311 - no secret
            self._pause(jittered if asked_for is None else asked_for)
            pause = min(2 * pause, patience.longest_pause)

    def _asked_for(self, answer: Answer) -> float | None:
        """Return the pause that the broker asks for, in seconds, as far as it is granted."""
        given = answer.headers.get("Retry-After", "")
        return min(float(given), self._patience.retry_after) if given.isascii() and given.isdigit() else None

    def _send(self, call: _Call) -> tuple[_Call, Answer]:
        """Send a request, and follow redirects as long as they stay at the broker."""
        hops = 0
        while True:
            answer = self._send_once(call)
            location = answer.headers.get("Location")
            if answer.status not in REDIRECTED or not location:
                return call, answer
            try:
                target = urljoin(call.url, location)
            except ValueError as error:
                raise BrokerError(f"{call.method} is redirected to no address.", where=public(call.url)) from error
            # What another host says of our contracts is no fact of the broker's.
            strays = origin(target) != self._origin or (call.body is not None and answer.status not in KEEPING_METHOD)
            hops += 1
            if strays or hops == REDIRECTS:
                raise BrokerError(
                    f"{call.method} is redirected to {public(target)}.",
                    where=public(call.url),
                    remedy="Set broker-url to the address that the broker has behind its redirects.",
                    status=answer.status,
                )
            call = replace(call, url=target)

    def _send_once(self, call: _Call) -> Answer:
        headers = {"Accept": call.accept, "User-Agent": f"contract-gate/{__version__}"}
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        if self._access.authorization is not None and origin(call.url) == self._origin:
            headers["Authorization"] = self._access.authorization
        asked = requests.Request(call.method, call.url, data=call.body, headers=headers)
        return exchange(
            self._session, asked, self._way(call.url), timeout=self._patience.answer, limit=self._access.limit
        )

    def _way(self, url: str) -> Way:
        """Find the way to a host, once: it takes longer than a request."""
        host = origin(url)
        if host not in self._ways:
            proxies = {scheme: proxy for scheme, proxy in requests.utils.get_environ_proxies(url).items() if proxy}
            self._ways[host] = Way(
                proxies=proxies, authorities=self._access.authorities or authorities(url), redirects=False
            )
        return self._ways[host]

    def _resource(self, call: _Call) -> Resource:
        """Read an answer. Whether it is a success is what its status says, whatever stands in its body [R010, R030]."""
        call, answer = self._try(call)
        content = _json(answer.body)
        self._names_itself = self._names_itself or VERSION_HEADER in answer.headers
        if answer.status == NOT_FOUND and not (self._is_own(answer, content) and origin(call.url) == self._origin):
            raise self._refused(call, answer, content, status=None)  # some proxy's: it does not know what there is
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP: success
            raise self._refused(call, answer, content, status=answer.status)
        if not isinstance(content, dict):
            raise BrokerError(
                f"the answer to {call.method} is no JSON object ({answer.headers.get('Content-Type') or 'no type'}).",
                where=public(call.url),
                remedy="Is broker-url the address of a Pact Broker, or does a login page stand before it?",
                status=answer.status,
            )
        return Resource(url=public(call.url), document=answer.body, content=content)

    def _refused(self, call: _Call, answer: Answer, content: object, *, status: int | None) -> BrokerError:
        every = messages(content)
        said = "; ".join(every)[:MESSAGE_LIMIT]
        return BrokerError(
            f"the Pact Broker answered {answer.status} to {call.method}{': ' if said else ''}{said.rstrip('.')}.",
            where=public(call.url),
            remedy=self._remedy(answer.status, call.url),
            status=status,
            said=every,
        )

    def _is_own(self, answer: Answer, content: object) -> bool:
        """Say whether an error is the broker's own: by its header, else by the shape of its body [R004, R005, R006]."""
        if self._names_itself:
            return VERSION_HEADER in answer.headers
        return isinstance(content, dict) and (set(content) == {"error"} or {"title", "type", "status"} <= set(content))

    def _remedy(self, status: int, url: str) -> str:
        if status in {401, 403, 404} and origin(url) != self._origin:
            return (
                f"Only {self._origin} is given credentials, and the broker's links lead elsewhere: set its "
                "PACT_BROKER_BASE_URL, or have its proxy send X-Forwarded-Host and X-Forwarded-Proto."
            )
        if status == BAD_REQUEST and (self._access.authorization or "").startswith("Bearer"):
            return ONLY_PACTFLOW
        return REMEDIES.get(status, LATER if status >= SERVER_ERROR else "")


def _no_answer(method: str, error: WebError) -> BrokerError:
    return BrokerError(
        f"the Pact Broker did not answer {method}: {error.what}.",
        where=public(error.where),
        remedy="Check broker-url, the network and the proxy.",
    )


def _json(body: bytes) -> object:
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content
