"""What GitHub's answers say: a file, or why there is none."""

import base64
import json
from typing import Any, Final

from gate.domain.errors import GateError


class GitHubError(GateError):
    """GitHub did not do, or did not say, what it was asked. For a piece of news, this never changes the verdict."""

    forbidden: bool = False
    """Whether the token lacks the right, as that of a fork's run does."""


class RefusedError(GitHubError):
    """GitHub said that it does not."""

    status: int = 0
    """Of HTTP."""


REMEDIES: Final = {
    401: "Check github-token: it is not valid (any more).",
    403: (
        "If this is a rate limit, run it again later. Else give the job the permissions contents: read, "
        "statuses: write and pull-requests: write, for check-run checks: write too; the token of a pull request from a "
        "fork, or of Dependabot, may only read whatever the workflow says."
    ),
    404: "The token does not see this repository or pull request: check github-token and the job's permissions.",
    422: "It does not take what was sent: is this a commit of this repository?",
    429: "Run it again later.",
}

SEE_STATUS: Final = "See githubstatus.com, and run it again later."
SERVER_ERROR: Final = 500
LONGEST: Final = 1000
"""Characters of GitHub's own words."""
FORBIDDEN: Final = 403
"""What GitHub answers to somebody who may not, and also to somebody who asks too often."""


def answered(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON comes
    """Return the JSON of an answer. One that holds nothing, or something else, is a `ValueError`."""
    try:
        answer = json.loads(body or b"null")
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if answer is None:
        raise ValueError("it is empty")
    return answer


def refusal(status: int, body: bytes, where: str) -> GitHubError:
    """Say in GitHub's own words what is wrong, and what to do. Without its words, nobody knows whether it is GitHub."""
    try:
        answer = answered(body)
    except ValueError:
        answer = None
    data = answer if isinstance(answer, dict) else {}
    given = data.get("errors")
    errors = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    details = [str(one.get("message") or one.get("code") or "") for one in errors]
    message = ": ".join(part for part in (str(data.get("message") or ""), ", ".join(filter(None, details))) if part)
    kind = RefusedError if isinstance(answer, dict) else GitHubError
    refused = kind(
        f"GitHub answered {f'{status} {message}'.strip()[:LONGEST].rstrip('.')}.",
        where=where,
        remedy=REMEDIES.get(status, SEE_STATUS if status >= SERVER_ERROR else ""),
    )
    if isinstance(refused, RefusedError):
        refused.status = status
        refused.forbidden = status == FORBIDDEN and "rate limit" not in message.lower()
    return refused


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
