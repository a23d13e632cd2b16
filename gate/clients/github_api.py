"""GitHub's REST API, as far as the gate has news for it: commit statuses and comments on pull requests.

Every call is bounded in time, whatever the server does, and goes to paths of our own making: no address of another host
that came in an answer is followed, so that the token goes to the API's host and nowhere else.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from gate.clients.web import authorities, cause
from gate.domain.errors import GateError

if TYPE_CHECKING:
    from github.Requester import Requester

PAGE_SIZE: Final = 100
VIEWER: Final = "query { viewer { login } }"
ACTIONS_BOT: Final = "github-actions[bot]"
BOT: Final = "[bot]"
SERVER_ERROR: Final = 500
"""The lowest status of HTTP that says that the server failed."""

T = TypeVar("T")


class GitHubError(GateError):
    """GitHub did not take a piece of news. Never changes the verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to try, in seconds."""

    answer: int = 10
    """Without a sign of life in one exchange."""
    retries: int = 3
    first_pause: float = 0.5
    """Before the first retry; each further one waits twice as long."""
    rate_limit: float = 20.0
    """For a rate limit to be over. One that takes longer, or does not say how long, is a failure at once."""
    call: float = 30.0
    """For one call with all that. After it GitHub counts as lost, and is not asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on a pull request."""

    id: int
    author: str
    is_bot: bool
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A commit status."""

    state: str
    context: str
    url: str


class GitHub:
    """One repository on GitHub.com or on a GitHub Enterprise Server.

    Args:
        api_url: of the REST API: `https://api.github.com`, `https://ghe.example.com/api/v3`.
        token: sent to that host only.
        repository: `owner/name`.
        patience: how long to try.

    Every method raises `GitHubError` with GitHub's reason.
    """

    def __init__(self, *, api_url: str, token: str, repository: str, patience: Patience | None = None) -> None:
        self._api_url = api_url
        self._token = token
        self._path = f"/repos/{quote(repository)}"
        self._patience = patience or Patience()
        self._work: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lost = False
        self._down = False
        self._requesters: dict[int, Requester] = {}
        self._owner = ""

    def set_status_soon(self, commit: str, *, state: str, context: str, description: str, url: str) -> None:
        """Set a commit status some time before the next call is made. Nobody hears when it fails."""
        self._submit(lambda: self._post_status(commit, state, context, description, url))

    def set_status(self, commit: str, *, state: str, context: str, description: str, url: str) -> None:
        """Set a commit status. Of two with one context the later counts."""
        self._call(lambda: self._post_status(commit, state, context, description, url))

    def statuses(self, commit: str) -> list[Status]:
        """Return the last hundred statuses that were set on a commit, the newest first."""
        return self._call(lambda: list(self._statuses(commit)))

    def comments(self, pull_request: int) -> list[Comment]:
        """Return all comments of a pull request, the oldest first."""
        return self._call(lambda: list(self._comments(pull_request)))

    def create_comment(self, pull_request: int, body: str) -> None:
        """Comment on a pull request. Is tried once: an answer that got lost may belong to a comment that was made."""
        self._call(lambda: self._send("POST", f"/issues/{pull_request}/comments", {"body": body}, repeatable=False))

    def edit_comment(self, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        self._call(lambda: self._send("PATCH", f"/issues/comments/{comment}", {"body": body}))

    def is_mine(self, comment: Comment) -> bool:
        """Say whether the owner of the token wrote `comment`. Anybody can write our marker."""
        self._owner = self._owner or self._call(self._login)
        if comment.is_bot:
            return comment.author.removesuffix(BOT) == self._owner.removesuffix(BOT)
        return comment.author == self._owner

    def _post_status(self, commit: str, state: str, context: str, description: str, url: str) -> None:
        body = {"state": state, "context": context, "description": description} | ({"target_url": url} if url else {})
        self._send("POST", f"/statuses/{quote(commit, safe='')}", body)

    def _statuses(self, commit: str) -> Iterator[Status]:
        path = f"{self._path}/commits/{quote(commit, safe='')}/statuses"
        _, page = self._patient().requestJsonAndCheck("GET", path, parameters={"per_page": PAGE_SIZE})
        for one in page:
            yield Status(state=one["state"], context=one["context"], url=one["target_url"] or "")

    def _comments(self, pull_request: int) -> Iterator[Comment]:
        page: list[Any] = [None] * PAGE_SIZE
        number = 0
        while len(page) == PAGE_SIZE:
            number += 1
            parameters = {"per_page": PAGE_SIZE, "page": number}
            path = f"{self._path}/issues/{pull_request}/comments"
            _, page = self._patient().requestJsonAndCheck("GET", path, parameters=parameters)
            for one in page:
                author = one["user"] or {"login": "", "type": ""}
                yield Comment(
                    id=one["id"], author=author["login"], is_bot=author["type"] == "Bot", body=one["body"] or ""
                )

    def _login(self) -> str:
        """Ask who owns the token. Only GraphQL answers every kind of token; where it is switched off, REST may."""
        from github import GithubException

        for ask in (self._viewer, self._user):
            try:
                return ask()
            except GithubException:
                continue
        return ACTIONS_BOT

    def _viewer(self) -> str:
        _, answer = self._patient().graphql_query(VIEWER, {})
        return str(answer["data"]["viewer"]["login"])

    def _user(self) -> str:
        _, answer = self._patient().requestJsonAndCheck("GET", "/user")
        return str(answer["login"])

    def _send(self, method: str, path: str, body: dict[str, str], *, repeatable: bool = True) -> None:
        requester = self._patient() if repeatable else self._requester(0)
        requester.requestJsonAndCheck(method, f"{self._path}{path}", input=body)

    def _patient(self) -> "Requester":
        """Try again what fails, but once only while GitHub is down: every piece of news would wait as long again."""
        return self._requester(min(1, self._patience.retries) if self._down else self._patience.retries)

    def _requester(self, retries: int) -> "Requester":
        if retries not in self._requesters:
            self._requesters[retries] = self._new_requester(retries)
        return self._requesters[retries]

    def _new_requester(self, retries: int) -> "Requester":
        # A tenth of a second to import, which nobody waits for in this thread.
        from github import Auth, Github, GithubRetry

        # It tells of each retry on standard error. What matters of them is in our warning.
        logging.getLogger("github").setLevel(logging.WARNING)
        retry = GithubRetry(
            total=retries,
            backoff_factor=self._patience.first_pause,
            allowed_methods={"GET", "POST", "PATCH"},
            max_rate_limit_wait=self._patience.rate_limit,
            retry_after_max=int(self._patience.rate_limit),
            raise_on_status=False,
        )
        return Github(
            auth=Auth.Token(self._token),
            base_url=self._api_url,
            timeout=self._patience.answer,
            user_agent="contract-gate",
            verify=authorities(self._api_url),
            retry=retry,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).requester

    def _call(self, work: Callable[[], T]) -> T:
        try:
            return self._submit(work).result(self._patience.call)
        except TimeoutError as error:
            self._lost = True
            raise GitHubError(
                f"no answer within {self._patience.call:g} s.",
                where=self._api_url,
                remedy="The verdict does not depend on it. See githubstatus.com, or the way to the server.",
            ) from error
        except GateError:
            raise
        except Exception as error:
            raise self._explained(error) from error

    def _submit(self, work: Callable[[], T]) -> Future[T]:
        """Have work done in the thread that all calls of this repository share, in their order."""
        future: Future[T] = Future()
        if self._lost:
            future.set_exception(GitHubError("it did not answer before, and was not asked again.", where=self._api_url))
            return future
        if self._thread is None:
            # A daemon: a server that drips an answer for ever must not keep the process.
            self._thread = threading.Thread(target=self._serve, daemon=True)
            self._thread.start()
        self._work.put((work, future))
        return future

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

    def _explained(self, error: Exception) -> GitHubError:
        """Say in GitHub's own words what is wrong, and what to do."""
        from github import GithubException

        if not isinstance(error, GithubException):
            return GitHubError(f"no usable answer: {cause(error)}.", where=self._api_url)
        reason = f"{error.status} {_message(error)}".strip()
        return GitHubError(f"GitHub answered {reason}.", where=self._api_url, remedy=REMEDIES.get(error.status, ""))


REMEDIES: Final = {
    401: "Check github-token: it is not valid (any more).",
    403: (
        "If this is a rate limit, run it again later. Else give the job the permissions statuses: write and "
        "pull-requests: write; the token of a pull request from a fork, or of Dependabot, may only read whatever "
        "the workflow says."
    ),
    404: "The token does not see this repository or pull request: check github-token and the job's permissions.",
    422: "It does not take what was sent: is this a commit of this repository?",
    429: "Run it again later.",
}


def _message(error: Any) -> str:  # noqa: ANN401 - a GithubException, imported late
    data = error.data if isinstance(error.data, dict) else {}
    errors = [one for one in data.get("errors") or () if isinstance(one, dict)]
    details = [str(one.get("message") or one.get("code") or "") for one in errors]
    return ": ".join(part for part in (str(data.get("message") or ""), ", ".join(filter(None, details))) if part)
