"""GitHub's REST API, as far as the gate needs it: for news, and for a file of the default branch.

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

from gate.clients.github_answers import GitHubError, content_of, refusal
from gate.clients.web import authorities, cause
from gate.domain.errors import GateError

if TYPE_CHECKING:
    from github.Requester import Requester

__all__ = ["Comment", "GitHub", "GitHubError", "Patience", "Status"]

PAGE_SIZE: Final = 100
VIEWER: Final = "query { viewer { login } }"
ACTIONS_BOT: Final = "github-actions[bot]"
BOT: Final = "[bot]"
NOT_FOUND: Final = 404
SERVER_ERROR: Final = 500
"""The lowest status of HTTP that says that the server failed."""

T = TypeVar("T")


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

    def file_on_default_branch(self, path: str) -> bytes | None:
        """Return a file of the default branch, as it is now, None if there is none.

        GitHub follows a symbolic link to another file of the repository, and hands out up to a mebibyte.
        """
        segments = path.split("/")
        is_text = path.encode(errors="ignore").decode() == path
        if not is_text or not {"", ".", ".."}.isdisjoint(segments):
            raise GitHubError("not the path of a file, from the repository's top on.", where=path)
        quoted = "/".join(quote(segment, safe="") for segment in segments)
        answer = self._call(lambda: self._content(quoted))
        return None if answer is None else content_of(answer, path)

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
        for one in self._get(f"{self._path}/commits/{quote(commit, safe='')}/statuses", per_page=PAGE_SIZE):
            yield Status(state=one["state"], context=one["context"], url=one["target_url"] or "")

    def _comments(self, pull_request: int) -> Iterator[Comment]:
        page: list[Any] = [None] * PAGE_SIZE
        number = 0
        while len(page) == PAGE_SIZE:
            number += 1
            page = self._get(f"{self._path}/issues/{pull_request}/comments", per_page=PAGE_SIZE, page=number)
            for one in page:
                author = one["user"] or {"login": "", "type": ""}
                yield Comment(
                    id=one["id"], author=author["login"], is_bot=author["type"] == "Bot", body=one["body"] or ""
                )

    def _content(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON comes
        from github import GithubException

        try:
            return self._get(f"{self._path}/contents/{path}")
        except GithubException as error:
            if error.status != NOT_FOUND:
                raise
        # What a token may not see is not found either. So there is no such file only where another thing is seen that
        # takes the same permission.
        branch = self._get(self._path)["default_branch"]
        self._get(f"{self._path}/git/ref/heads/{quote(branch)}")
        return None

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
        return str(self._get("/user")["login"])

    def _get(self, path: str, **parameters: int) -> Any:  # noqa: ANN401 - whatever JSON comes
        _, answer = self._patient().requestJsonAndCheck("GET", path, parameters=parameters)
        if answer is None:
            raise ValueError("it is empty")
        return answer

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
                remedy="See githubstatus.com, or the way to the server.",
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
        from github import GithubException

        if not isinstance(error, GithubException):
            return GitHubError(f"no usable answer: {cause(error)}.", where=self._api_url)
        return refusal(error, self._api_url)
