"""GitHub's REST API, as far as the gate needs it: for news, and for a file of the default branch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote

from gate.clients import github_shapes as shapes
from gate.clients.github_answers import GitHubError, RefusedError, content_of
from gate.clients.github_calls import GitHubCalls, Patience
from gate.clients.github_shapes import shaped

__all__ = [
    "CheckOutput",
    "CheckRun",
    "Comment",
    "GitHub",
    "GitHubError",
    "Patience",
    "PullRequest",
    "Status",
]

PAGE_SIZE: Final = 100
VIEWER: Final = "query { viewer { login } }"
ACTIONS_BOT: Final = "github-actions[bot]"
BOT: Final = "[bot]"
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
COMMENT_PAGES: Final = 50
"""A pull request has 2,500 comments at most. What has more pages is no list of GitHub's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on a pull request."""

    id: int
    author: str
    is_bot: bool
    body: str
    changed_at: str
    """When it was written or edited last, as GitHub says it: to the second, in an order that texts have too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A commit status."""

    state: str
    context: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """An open pull request, as far as it says what it would merge."""

    number: int
    head: str
    """Its newest commit."""
    repository: str
    """`owner/name` of the repository that this is in; empty when that is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A check run of a commit that is over."""

    name: str
    external_id: str
    """What whoever makes it calls it."""
    conclusion: str
    url: str = ""
    """The page that it leads to; empty for its own."""
    id: int = 0
    """What GitHub calls it, once it is made."""
    annotations: int = 0
    """How many it has by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutput:
    """What a check run shows."""

    title: str
    summary: str
    """Markdown, of at most 65,535 characters."""
    annotations: Sequence[Mapping[str, str | int]] = ()
    """At most fifty. They are added to those that are there."""


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
        self._calls = GitHubCalls(api_url=api_url, token=token, patience=patience or Patience())
        self._path = f"/repos/{quote(repository)}"
        self._owner = ""

    def set_status_soon(self, commit: str, *, state: str, context: str, description: str, url: str) -> None:
        """Set a commit status some time before the next call is made. Nobody hears when it fails."""
        self._calls.submit(lambda: self._post_status(commit, state, context, description, url))

    def set_status(self, commit: str, *, state: str, context: str, description: str, url: str) -> None:
        """Set a commit status. Of two with one context the later counts."""
        self._calls.wait_for(lambda: self._post_status(commit, state, context, description, url))

    def statuses(self, commit: str) -> list[Status]:
        """Return the last hundred statuses that were set on a commit, the newest first."""
        return self._calls.wait_for(lambda: self._statuses(commit))

    def comments(self, pull_request: int) -> list[Comment]:
        """Return all comments of a pull request, the oldest first."""
        return self._calls.wait_for(lambda: list(self._comments(pull_request)))

    def create_comment(self, pull_request: int, body: str) -> Comment:
        """Comment on a pull request. Is tried once: an answer that got lost may belong to a comment that was made."""
        path = f"/issues/{pull_request}/comments"
        return self._calls.wait_for(lambda: _comment(self._send("POST", path, {"body": body}, repeatable=False)))

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Replace the text of a comment."""
        path = f"/issues/comments/{comment}"
        return self._calls.wait_for(lambda: _comment(self._send("PATCH", path, {"body": body})))

    def delete_comment(self, comment: int) -> None:
        """Delete a comment. One that is not there any more is no error."""
        self._calls.wait_for(lambda: self._delete(f"/issues/comments/{comment}"))

    def create_check_run(self, commit: str, new: CheckRun, output: CheckOutput) -> CheckRun:
        """Make a check run, and return what was made. Is tried once, as a comment is."""
        body = {
            "name": new.name,
            "head_sha": commit,
            "external_id": new.external_id,
            "status": "completed",
            "conclusion": new.conclusion,
            "output": asdict(output),
        } | ({"details_url": new.url} if new.url else {})
        return self._calls.wait_for(lambda: _check_run(self._send("POST", "/check-runs", body, repeatable=False)))

    def edit_check_run(self, check_run: int, output: CheckOutput, *, conclusion: str | None = None) -> None:
        """Change what a check run shows. With annotations it is tried once: they would be there twice."""
        body = {"output": asdict(output)} | ({} if conclusion is None else {"conclusion": conclusion})
        once = bool(output.annotations)
        path = f"/check-runs/{check_run}"
        self._calls.wait_for(lambda: _check_run(self._send("PATCH", path, body, repeatable=not once)))

    def check_runs(self, commit: str, name: str) -> list[CheckRun]:
        """Return the check runs of that name that a commit has, up to a hundred."""
        return self._calls.wait_for(lambda: self._check_runs(commit, name))

    def head_of(self, pull_request: int) -> str:
        """Return the newest commit of a pull request."""
        path = f"{self._path}/pulls/{pull_request}"
        return self._calls.wait_for(lambda: shaped(shapes.Pull, self._calls.get(path)).head.sha)

    def open_pull_requests(self, *, owner: str, branch: str) -> list[PullRequest]:
        """Return the open pull requests of somebody's branch, up to a hundred: of a fork too."""
        return self._calls.wait_for(lambda: self._pull_requests(f"{owner}:{branch}"))

    def file_on_default_branch(self, path: str) -> bytes | None:
        """Return a file of the default branch, as it is now, None if there is none.

        GitHub follows a symbolic link to another file of the repository, and hands out up to a mebibyte.
        """
        segments = path.split("/")
        is_text = path.encode(errors="ignore").decode() == path
        if not is_text or not {"", ".", ".."}.isdisjoint(segments):
            raise GitHubError("not the path of a file, from the repository's top on.", where=path)
        quoted = "/".join(quote(segment, safe="") for segment in segments)
        answer = self._calls.wait_for(lambda: self._content(quoted))
        return None if answer is None else content_of(answer, path)

    def is_mine(self, comment: Comment) -> bool:
        """Say whether the owner of the token wrote `comment`. Anybody can write our marker."""
        self._owner = self._owner or self._calls.wait_for(self._login)
        if comment.is_bot:
            return comment.author.removesuffix(BOT) == self._owner.removesuffix(BOT)
        return comment.author == self._owner

    def _post_status(self, commit: str, state: str, context: str, description: str, url: str) -> None:
        body = {"state": state, "context": context, "description": description} | ({"target_url": url} if url else {})
        shaped(shapes.CommitStatus, self._send("POST", f"/statuses/{quote(commit, safe='')}", body))

    def _statuses(self, commit: str) -> list[Status]:
        path = f"{self._path}/commits/{quote(commit, safe='')}/statuses"
        found = shaped(list[shapes.CommitStatus], self._calls.get(path, per_page=PAGE_SIZE))
        return [Status(state=one.state, context=one.context, url=one.target_url or "") for one in found]

    def _comments(self, pull_request: int) -> Iterator[Comment]:
        path = f"{self._path}/issues/{pull_request}/comments"
        for number in range(1, COMMENT_PAGES + 1):
            page = shaped(list[Any], self._calls.get(path, per_page=PAGE_SIZE, page=number))
            yield from map(_comment, page)
            if len(page) < PAGE_SIZE:
                return
        raise ValueError("its list of comments has no end")

    def _check_runs(self, commit: str, name: str) -> list[CheckRun]:
        path = f"{self._path}/commits/{quote(commit, safe='')}/check-runs"
        answer = self._calls.get(path, check_name=name, filter="all", per_page=PAGE_SIZE)
        return [_check_run(one) for one in shaped(shapes.CheckRuns, answer).check_runs]

    def _delete(self, path: str) -> None:
        try:
            self._send("DELETE", path)
        except RefusedError as error:
            if error.status != NOT_FOUND:
                raise

    def _pull_requests(self, head: str) -> list[PullRequest]:
        found = self._calls.get(f"{self._path}/pulls", state="open", head=head, per_page=PAGE_SIZE)
        return [
            PullRequest(
                number=one.number, head=one.head.sha, repository=one.head.repo.full_name if one.head.repo else ""
            )
            for one in shaped(list[shapes.Pull], found)
        ]

    def _content(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON comes
        try:
            return self._calls.get(f"{self._path}/contents/{path}")
        except RefusedError as error:
            if error.status != NOT_FOUND:
                raise
        # What a token may not see is not found either. So there is no such file only where another thing is seen that
        # takes the same permission.
        branch = shaped(shapes.DefaultBranch, self._calls.get(self._path)).default_branch
        self._calls.get(f"{self._path}/git/ref/heads/{quote(branch)}")
        return None

    def _login(self) -> str:
        """Ask who owns the token. Only GraphQL answers every kind of token; where it is switched off, REST may."""
        for ask in (self._viewer, self._user):
            try:
                return ask()
            except RefusedError as error:
                # Whoever is taken for somebody else comments again and again.
                if not (error.forbidden or error.status in {BAD_REQUEST, NOT_FOUND}):
                    raise
        return ACTIONS_BOT

    def _viewer(self) -> str:
        return shaped(shapes.ViewerAnswer, self._calls.ask(VIEWER)).data.viewer.login

    def _user(self) -> str:
        return shaped(shapes.Account, self._calls.get("/user")).login

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True) -> Any:  # noqa: ANN401 - whatever JSON comes
        return self._calls.send(method, f"{self._path}{path}", body, repeatable=repeatable)


def _comment(answer: Any) -> Comment:  # noqa: ANN401 - whatever JSON came
    one = shaped(shapes.IssueComment, answer)
    author = one.user or shapes.Account(login="")
    return Comment(
        id=one.id,
        author=author.login,
        is_bot=author.type == "Bot",
        body=one.body or "",
        changed_at=one.updated_at,
    )


def _check_run(answer: Any) -> CheckRun:  # noqa: ANN401 - whatever JSON came
    one = shaped(shapes.CheckRun, answer)
    return CheckRun(
        name=one.name,
        external_id=one.external_id or "",
        conclusion=one.conclusion or "",
        id=one.id,
        annotations=one.output.annotations_count,
    )
