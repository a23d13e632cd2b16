"""What GitHub's answers say: a file, or why there is none."""

import base64
from typing import Any, Final

from gate.domain.errors import GateError


class GitHubError(GateError):
    """GitHub did not do, or did not say, what it was asked. For a piece of news, this never changes the verdict."""


REMEDIES: Final = {
    401: "Check github-token: it is not valid (any more).",
    403: (
        "If this is a rate limit, run it again later. Else give the job the permissions contents: read, "
        "statuses: write and pull-requests: write; the token of a pull request from a fork, or of Dependabot, may only "
        "read whatever the workflow says."
    ),
    404: "The token does not see this repository or pull request: check github-token and the job's permissions.",
    422: "It does not take what was sent: is this a commit of this repository?",
    429: "Run it again later.",
}


def refusal(error: Any, where: str) -> GitHubError:  # noqa: ANN401 - a GithubException, which is imported late
    """Say in GitHub's own words what is wrong, and what to do."""
    data = error.data if isinstance(error.data, dict) else {}
    errors = [one for one in data.get("errors") or () if isinstance(one, dict)]
    details = [str(one.get("message") or one.get("code") or "") for one in errors]
    message = ": ".join(part for part in (str(data.get("message") or ""), ", ".join(filter(None, details))) if part)
    reason = f"{error.status} {message}".strip()
    return GitHubError(f"GitHub answered {reason}.", where=where, remedy=REMEDIES.get(error.status, ""))


def content_of(answer: Any, path: str) -> bytes:  # noqa: ANN401 - whatever JSON came
    """Return the content of the file that an answer describes."""
    if isinstance(answer, list):
        raise GitHubError("a folder of the default branch, not a file.", where=path)
    described = answer if isinstance(answer, dict) else {}
    if described.get("type") in {"symlink", "submodule"}:
        raise GitHubError(f"a {described['type']} of the default branch, not a file.", where=path)
    if described.get("type") == "file" and described.get("encoding") == "none":
        raise GitHubError("larger than 1 MB, which GitHub does not hand out.", where=path, remedy="Make it smaller.")
    if described.get("type") == "file" and described.get("encoding") == "base64":
        content = _decoded(described.get("content"))
        if content is not None and len(content) == described.get("size"):
            return content
    raise GitHubError("GitHub's answer is no whole file.", where=path)


def _decoded(content: Any) -> bytes | None:  # noqa: ANN401 - whatever JSON came
    try:
        return base64.b64decode(content.replace("\n", ""), validate=True)
    except (AttributeError, ValueError):
        return None
