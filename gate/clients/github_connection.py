"""PyGithub's way of asking, over connections that are bounded in time and in bytes.

The library addresses, encodes and authenticates requests. Its own connections read answers of any size, wait for as
long as a server asks, and follow one kind of redirect and lose the query on the way; so it is given one of ours.
"""

import threading
from collections.abc import ItemsView, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.structures import CaseInsensitiveDict

from gate import __version__
from gate.clients.web import Answer, Unredirected, Way, authorities, exchange

LIMIT: Final = 32 * 1024 * 1024
"""Bytes that an answer may have: a hundred comments of 65,536 characters of four bytes, and a bit."""
ACCEPTED, MOVED = 202, 301
"""What the library would act on by itself: it asks again for ever, and follows."""
PORTS: Final = {"http": 80, "https": 443}

_making = threading.Lock()


class Asking:
    """Asks one API.

    Args:
        api_url: of the REST API.
        token: sent with each request.
        timeout: seconds for one complete answer.
    """

    def __init__(self, api_url: str, token: str, timeout: float) -> None:
        # A tenth of a second to import, which nobody waits for in the thread that asks.
        from github import Auth, Github
        from github.Requester import Requester

        connection = _connection_to(api_url, timeout)
        with _making:  # a requester keeps what the class has at the moment
            Requester.injectConnectionClasses(connection, connection)  # type: ignore[arg-type] # alike, and no kin
            try:
                self._requester = Github(
                    auth=Auth.Token(token),
                    base_url=api_url,
                    user_agent=f"contract-gate/{__version__}",
                    retry=None,
                    seconds_between_requests=None,
                    seconds_between_writes=None,
                ).requester
            finally:
                Requester.resetConnectionClasses()

    @property
    def graphql_url(self) -> str:
        """Where the API answers queries of GraphQL."""
        return self._requester.graphql_url

    def ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Send one request, and return the answer, whatever it says. Raises `WebError` where there is none."""
        given = None if body is None else dict(body)
        try:
            status, headers, text = self._requester.requestJson(method, url, input=given)
        except _KeptError as kept:
            return kept.answer
        return Answer(status=status, headers=CaseInsensitiveDict(headers), body=text.encode())


class _KeptError(Exception):
    """An answer that the library is not to see."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class _Response:
    """An answer as the library reads it."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self._answer = answer

    def getheaders(self) -> ItemsView[str, str]:
        return self._answer.headers.items()

    def read(self) -> str:
        return self._answer.body.decode(errors="replace")


class _Connection:
    """A connection as the library uses one, for one request after another."""

    way: Way
    timeout: float
    scheme: str

    def __init__(self, host: str, port: int | None = None, **_: object) -> None:
        self.host = host
        self._origin = f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{port or PORTS[self.scheme]}"
        self._asked = requests.Request()
        self._session = Unredirected()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.trust_env = False  # no `.netrc`: it would replace our token

    def request(self, verb: str, url: str, content: str | None, headers: Mapping[str, str], _: object = None) -> None:
        self._asked = requests.Request(verb, f"{self._origin}{url}", data=content, headers=dict(headers))

    def getresponse(self) -> _Response:
        answer = exchange(self._session, self._asked, self.way, timeout=self.timeout, limit=LIMIT)
        if answer.status in {ACCEPTED, MOVED}:
            raise _KeptError(answer)
        return _Response(answer)


def _connection_to(api_url: str, timeout: float) -> type[_Connection]:
    """Make a kind of connection that knows the way, as the library tells it the host alone."""
    proxies = {scheme: proxy for scheme, proxy in requests.utils.get_environ_proxies(api_url).items() if proxy}
    known = {
        "way": Way(proxies=proxies, authorities=authorities(api_url), redirects=False),
        "timeout": timeout,
        "scheme": "https" if api_url.startswith("https://") else "http",
    }
    return type("_ConnectionToOne", (_Connection,), known)
