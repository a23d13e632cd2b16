"""The way to GitHub's API: bounded in time and in bytes, whatever the server does, and to no other host.

Calls are made one after another, by a thread of their own, so that nobody need wait for one. They go to paths of our
own making, and to where the API itself moved these: no address of another host is followed, so that the token goes to
the API's host and nowhere else.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from gate.clients.github_answers import GitHubError, answered, refusal
from gate.clients.github_connection import Asking
from gate.clients.web import Answer, TooLargeError, WebError, cause
from gate.domain.errors import GateError

SERVER_ERROR: Final = 500
"""The lowest status of HTTP that says that the server failed."""
ERROR: Final = 400
REDIRECTED: Final = frozenset({301, 302, 307, 308})
"""To all of these GitHub wants the same request again, as where a repository has a new name."""
REDIRECTS: Final = 3
LIMITED: Final = frozenset({403, 429})
"""What GitHub answers to somebody who asks too often: nothing was done."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to try, in seconds."""

    answer: float = 10.0
    """For one complete answer."""
    retries: int = 3
    first_pause: float = 0.5
    """Before the first retry; each further one waits twice as long."""
    rate_limit: float = 20.0
    """For a rate limit to be over. One that takes longer, or does not say how long, is a failure at once."""
    call: float = 30.0
    """For one call with all that. After it GitHub counts as lost, and is not asked again."""
    run: float = 180.0
    """For all calls together, however many there are: a deploy waits for them."""


class GitHubCalls:
    """Calls to one server.

    Args:
        api_url: of the REST API: `https://api.github.com`, `https://ghe.example.com/api/v3`.
        token: sent to that host only.
        patience: how long to try.
    """

    def __init__(self, *, api_url: str, token: str, patience: Patience) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._patience = patience
        self._work: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lost = False
        self._waited = 0.0
        self._down = False
        self._made: Asking | None = None

    def wait_for(self, work: Callable[[], T]) -> T:
        """Have work done, after all that was submitted before, and return what came of it. Raises `GitHubError`."""
        began = time.monotonic()
        try:
            return self.submit(work).result(self._patience.call)
        except TimeoutError as error:
            self._lost = True
            raise self._unanswered(f"no answer within {self._patience.call:g} s.") from error
        except WebError as error:
            raise self._unanswered(f"no usable answer: {error.what}.") from error
        except GateError:
            raise
        except Exception as error:
            raise self._unanswered(f"no usable answer: {cause(error)}.") from error
        finally:
            self._waited += time.monotonic() - began
            self._lost = self._lost or self._waited > self._patience.run

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have work done some time, in the thread that all calls share. It may use `get`, `send` and `ask`."""
        future: Future[T] = Future()
        if self._lost:
            future.set_exception(self._unanswered("it did not answer before, and was not asked again."))
            return future
        if self._thread is None:
            # A daemon: a server that drips an answer for ever must not keep the process.
            self._thread = threading.Thread(target=self._serve, daemon=True)
            self._thread.start()
        self._work.put((work, future))
        return future

    def get(self, path: str, **parameters: int | str) -> Any:  # noqa: ANN401 - whatever JSON comes
        """Return what is at a path. An answer that is empty is a `ValueError`, as one that is no JSON."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return answered(self._try("GET", f"{self._api_url}{path}{query}").body)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True) -> Any:  # noqa: ANN401 - whatever JSON comes
        """Change what is at a path, and return the answer, None for an empty one.

        What is not repeatable is sent again only after GitHub said that it did nothing.
        """
        answer = self._try(method, f"{self._api_url}{path}", body, repeatable=repeatable)
        return answered(answer.body) if answer.body else None

    def ask(self, query: str) -> Any:  # noqa: ANN401 - whatever JSON comes
        """Return the answer to a query of GraphQL."""
        body = self._try("POST", self._asking().graphql_url, {"query": query, "variables": {}}).body
        answer = answered(body)
        if isinstance(answer, dict) and answer.get("errors"):
            raise refusal(ERROR, body, self._api_url)
        return answer

    def _try(self, method: str, url: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True) -> Answer:
        """Send a request until it is answered or patience ends. A refusal is a `RefusedError`, no answer a `WebError`.

        While GitHub is down it is sent again once only: every piece of news would wait as long again.
        """
        left = min(1, self._patience.retries) if self._down else self._patience.retries
        pause, for_limits = self._patience.first_pause, self._patience.rate_limit
        while True:
            wait: float | None = None
            try:
                answer = self._send(method, url, body)
            except TooLargeError:
                raise
            except WebError:
                if self._lost or not (left and repeatable):
                    raise
            else:
                if answer.status < ERROR:
                    return answer
                wait = _asked_for(answer)
                is_limit = answer.status in LIMITED and wait is not None
                may_pass = is_limit or (answer.status >= SERVER_ERROR and repeatable)
                if self._lost or not (left and may_pass) or (wait or 0) > for_limits:
                    raise refusal(answer.status, answer.body, self._api_url)
                for_limits -= wait or 0
            left -= 1
            time.sleep(pause if wait is None else wait)
            pause *= 2

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> Answer:
        """Send a request, and again where the API moved it. One that leads nowhere, or elsewhere, is a `ValueError`."""
        for _ in range(1 + REDIRECTS):
            answer = self._asking().ask(method, url, body)
            if answer.status not in REDIRECTED:
                return answer
            if not (location := answer.headers.get("Location")):
                raise ValueError("it is redirected to nowhere")
            url = urljoin(url, location)
            if urlsplit(url)[:2] != urlsplit(self._api_url)[:2]:
                raise ValueError("it leads to another host")
        raise ValueError("it is redirected again and again")

    def _asking(self) -> Asking:
        self._made = self._made or Asking(self._api_url, self._token, self._patience.answer)
        return self._made

    def _serve(self) -> None:
        while True:
            work, future = self._work.get()
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - whoever waits for it is told
                self._down = getattr(error, "status", SERVER_ERROR) >= SERVER_ERROR
                future.set_exception(error)
            else:
                self._down = False

    def _unanswered(self, what: str) -> GitHubError:
        return GitHubError(what, where=self._api_url, remedy="See githubstatus.com, or the way to the server.")


def _asked_for(answer: Answer) -> float | None:
    """Return the pause that an answer asks for, in seconds; None if it does not say."""
    pause, reset = answer.headers.get("Retry-After", ""), answer.headers.get("X-RateLimit-Reset", "")
    if _is_number(pause):
        return float(pause)
    if answer.headers.get("X-RateLimit-Remaining") == "0" and _is_number(reset):
        return max(float(reset) - time.time(), 0) + 1  # nobody knows when in that second
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
