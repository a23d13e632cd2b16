"""The server: credentials first, then faults, and what the broker does at each address."""

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests.pact_broker.building import Building
from tests.pact_broker.calls import Call, Refused, broken, missing, unclear
from tests.pact_broker.faults import Fault
from tests.pact_broker.routes import Endpoint, Route, find_route
from tests.servers import Asked, Reply, Tls, serving

_BROKER_HEADERS: Final = {
    "Vary": "Accept",
    "Cache-Control": "no-cache",
    "X-Pact-Broker-Version": "2.120.0",
    "X-Content-Type-Options": "nosniff",
}
_READS: Final = {"GET", "HEAD", "OPTIONS"}
_PORTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Basic:
    """A name and a password, and those of somebody who may only read."""

    username: str
    password: str
    reader: tuple[str, str] | None = None

    def accepts(self, credentials: str | None, *, writes: bool) -> bool:
        allowed = {f"Basic {self.username}:{self.password}"}
        if self.reader is not None and not writes:
            allowed.add(f"Basic {':'.join(self.reader)}")
        return credentials in allowed

    def refuse(self, credentials: str | None) -> Reply:
        if credentials is not None and not credentials.startswith("Basic "):
            return Reply(status=400, body=b"", headers={"Content-Type": "text/plain"})
        challenge = 'Basic realm="Restricted area"'
        return Reply(status=401, body=b"", headers={"Content-Type": "text/plain", "WWW-Authenticate": challenge})


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token, as PactFlow has it."""

    token: str

    def accepts(self, credentials: str | None, *, writes: bool) -> bool:
        return credentials == f"Bearer {self.token}"

    def refuse(self, credentials: str | None) -> Reply:
        return Reply(status=401, body=b"", headers={"Content-Type": "text/plain", "WWW-Authenticate": "Bearer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRequest:
    """A request as it arrived."""

    method: str
    path: str
    """Below the prefix, as it was sent. A path elsewhere is as it was."""
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in small letters."""
    body: Any
    """The JSON that was sent, or bytes that are none."""
    credentials: str | None
    """Such as "Basic user:password" or "Bearer token"; None if there were none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAnswer:
    """The broker's own answer to a request, before a fault spoils it."""

    request: BrokerRequest
    reply: Reply


@dataclass(slots=True)
class Injected:
    """A fault in its place, and how often a request has met it."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    times: int | None
    met: int = 0

    def meets(self, request: BrokerRequest) -> bool:
        if self.times is not None and self.met >= self.times:
            return False
        return self.method == request.method and self.path.search(request.path) is not None


@dataclass(slots=True, kw_only=True)
class PactBroker(Building):
    """A running fake Pact Broker. Look at `asked` and `state`, and publish and deploy as if others did."""

    auth: Basic | Bearer | None = None
    prefix: str = ""
    base_url: str | None = None
    """What all links begin with, if it is not the address that the client used."""
    server_url: str = ""
    asked: list[BrokerRequest] = field(default_factory=list)
    answered: list[BrokerAnswer] = field(default_factory=list, repr=False)
    faults: list[Injected] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return self.server_url + self.prefix

    def seen_from(self, host: str) -> str:
        """Give the broker's address by another name of this machine, such as a container's gateway."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}"))

    def requests(self, method: str, path: str = "") -> list[BrokerRequest]:
        """Give the requests with the method whose path the expression is found in."""
        return [one for one in self.asked if one.method == method and re.search(path, one.path)]

    def fault(self, method: str, path: str, fault: Fault, *, times: int | None = None) -> Injected:
        """Let the next requests whose path the expression is found in meet the fault; None: all of them."""
        injected = Injected(method, re.compile(path), fault, times)
        self.faults.append(injected)
        return injected

    def handle(self, asked: Asked) -> Reply | None:
        with self.lock:
            request = self._log(asked)
            injected = next((one for one in self.faults if one.meets(request)), None)
            if injected is not None:
                injected.met += 1
            works = injected is None or injected.fault.after_work
            reply = self._reply(request, asked) if works else Reply()
            if works:
                self.answered.append(BrokerAnswer(request=request, reply=reply))
        return reply if injected is None else injected.fault.spoil(reply, self._closing)

    def close(self) -> None:
        """Let go of all who wait for an answer."""
        self._closing.set()

    def _log(self, asked: Asked) -> BrokerRequest:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        parts = urlsplit(asked.path)
        request = BrokerRequest(
            method=asked.method,
            path=parts.path.removeprefix(self.prefix) or "/",
            query=parse_qs(parts.query, keep_blank_values=True),
            headers=headers,
            body=_json(asked.body),
            credentials=_credentials(headers.get("authorization")),
        )
        self.asked.append(request)
        return request

    def _reply(self, request: BrokerRequest, asked: Asked) -> Reply:
        base, accept = self._base(request), _accept(request.headers)
        found = find_route(request.path) if f"{urlsplit(asked.path).path}/".startswith(f"{self.prefix}/") else None
        endpoint = found[0].methods.get(request.method) if found is not None else None
        writes = endpoint.writes if endpoint is not None else request.method not in _READS
        if self.auth is not None and not self.auth.accepts(request.credentials, writes=writes):
            return self.auth.refuse(request.credentials)
        try:
            if found is None:
                raise missing()
            route, arguments = found
            if endpoint is None:
                self._check_served(request, route)
                raise Refused(405, content_type=None, headers={"Allow": route.allow})
            body = _read(request, asked, endpoint)
            if not _acceptable(accept, route.gives):
                raise Refused(406, content_type=None)
            if endpoint.writes:
                self.state.clock.tick()
            call = Call(
                state=self.state,
                base=base,
                path=request.path,
                query_string=urlsplit(asked.path).query,
                arguments=arguments,
                body=body,
                accept=accept,
            )
            reply = endpoint.work(call)
        except Refused as refused:
            reply = refused.reply(base, accept)
        except Exception as error:  # noqa: BLE001
            # A fault of the fake must not look to a test like one that the real broker has.
            self.violations.append(f"{request.method} {asked.path}: {error!r}")
            reply = broken().reply(base, accept)
        return Reply(status=reply.status, body=reply.body, headers={**_BROKER_HEADERS, **reply.headers})

    def _check_served(self, request: BrokerRequest, route: Route) -> None:
        if request.method in route.unserved:
            self.violations.append(f"{request.method} {request.path}: the real broker knows this, the fake does not")

    def _base(self, request: BrokerRequest) -> str:
        if self.base_url is not None:
            return self.base_url
        headers = request.headers
        scheme = headers.get("x-forwarded-proto", urlsplit(self.server_url).scheme)
        host = headers.get("x-forwarded-host", headers.get("host", ""))
        port = headers.get("x-forwarded-port")
        if port is not None and port != _PORTS.get(scheme):
            host = f"{host.partition(':')[0]}:{port}"
        return f"{scheme}://{host}{self.prefix}"


@contextmanager
def pact_broker(
    *,
    auth: Basic | Bearer | None = None,
    prefix: str = "",
    base_url: str | None = None,
    environments: Iterable[str] = ("test", "production"),
    host: str = "127.0.0.1",
    tls: Tls | None = None,
) -> Iterator[PactBroker]:
    """Serve until the end of the block, which fails if the fake itself did. The environments are there at once."""
    broker = PactBroker(auth=auth, prefix=prefix, base_url=base_url)
    for name in environments:
        broker.environment(name, production=name == "production")
    with serving(broker.handle, host=host, tls=None if tls is None else tls.context) as server:
        broker.server_url = server.url
        try:
            yield broker
        finally:
            broker.close()
    if broker.violations:
        raise AssertionError("the fake broker failed:\n  " + "\n  ".join(broker.violations))


def _read(request: BrokerRequest, asked: Asked, endpoint: Endpoint) -> Any:
    """Read the body. JSON that is none is refused before a type that is not accepted, as in the real broker."""
    if not endpoint.reads:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith("json") and isinstance(request.body, bytes) and request.body:
        raise unclear(_parser_error(asked.body.decode(errors="replace")))
    if kind not in endpoint.reads:
        raise Refused(415)
    return request.body


def _parser_error(content: str) -> str:
    line = content.count("\n") + 1
    column = len(content.rpartition("\n")[2]) + 1
    fault = "expected object key, got EOF" if content.rstrip() == "{" else "unexpected end of input"
    return f"JSON::ParserError - {fault} at line {line} column {column}"


def _accept(headers: Mapping[str, str]) -> str:
    """Give what the client accepts. The official verifier says it in two headers; tests.servers keeps the last one."""
    accept = headers.get("accept", "*/*")
    twice = headers.get("user-agent", "").startswith("pact_verifier/") and accept == "application/json"
    return f"application/hal+json, {accept}" if twice else accept


def _acceptable(accept: str, given: tuple[str, ...]) -> bool:
    wanted = {one.partition(";")[0].strip().lower() for one in accept.split(",")}
    families = {f"{one.partition('/')[0]}/*" for one in given}
    return bool(wanted & {"*/*", *families, *given})


def _credentials(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return f"{scheme.capitalize()} {rest}"
    try:
        return f"Basic {base64.b64decode(rest).decode()}"
    except ValueError:
        return f"Basic {rest}"


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content
