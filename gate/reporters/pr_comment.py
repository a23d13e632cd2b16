"""The comment on the pull request: one for each service and where it is headed, kept up to date."""

from gate.clients.github_api import Comment, GitHub, GitHubError
from gate.domain.report import Report
from gate.rendering.markdown import is_comment_of, is_newer, marker, render_comment
from gate.reporters.quiet import Quiet


class PullRequestComment(Quiet):
    """Writes the report into the comment that an earlier run left, or into a new one.

    Args:
        github: the repository.
        pull_request: its number.
    """

    news = "the pull request comment"

    def __init__(self, github: GitHub, pull_request: int) -> None:
        self._github = github
        self._pull_request = pull_request

    def finished(self, report: Report) -> None:
        """Write the comment, unless it tells of a later run already."""
        body = render_comment(report)
        mine = self._mine(report)
        if mine and is_newer(mine[0].body, report):
            return
        if mine:
            self._github.edit_comment(mine[0].id, body)
            return
        try:
            self._github.create_comment(self._pull_request, body)
        except GitHubError:
            # The answer may have been lost after the comment was made: asking is better than commenting twice.
            if not any(comment.body.startswith(marker(report)) for comment in self._mine(report)):
                raise

    def _mine(self, report: Report) -> list[Comment]:
        """Find what earlier runs wrote, the oldest first: by the marker, which anyone can copy, and by its author."""
        return [
            comment
            for comment in self._github.comments(self._pull_request)
            if is_comment_of(report.candidate, comment.body) and self._github.is_mine(comment)
        ]
