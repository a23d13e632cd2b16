"""A fake of the part of GitHub's API that the gate uses, true to GitHub's own description of it.

with github_api() as api:
    api.add_pull(7)
    api.fault("POST", "/comments$", faults.dropped(after_work=True))
    ...
    assert [comment.body for comment in api.comments(7)] == [...]
"""

from tests.github_api import faults
from tests.github_api.server import HEAD, REPOSITORY, TOKEN, ApiRequest, GithubApi, github_api
from tests.github_api.state import CheckRun, Comment, Identity, PullRequest, Status

__all__ = [
    "HEAD",
    "REPOSITORY",
    "TOKEN",
    "ApiRequest",
    "CheckRun",
    "Comment",
    "GithubApi",
    "Identity",
    "PullRequest",
    "Status",
    "faults",
    "github_api",
]
