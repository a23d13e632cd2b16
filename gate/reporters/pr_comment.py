"""The comment on the pull request: one for each service and where it is headed, kept up to date."""

from dataclasses import dataclass
from typing import Final, Literal

from gate.clients.github_api import Comment, GitHub, GitHubError
from gate.domain.report import Report
from gate.domain.verdict import Decision
from gate.rendering.markdown import render_comment
from gate.rendering.marker import is_comment_of, is_newer, says_the_same
from gate.reporters.quiet import Quiet

ROUNDS: Final = 3
"""Each of which writes once and looks again. Two gates that keep on writing over each other are told to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentStyle:
    """What the user wants of it."""

    when: Literal["always", "on-failure"] = "always"
    """`on-failure`: not before the first verdict that is not allow."""
    key: str | None = None
    """Tells it from those of other gates with the same service and environment."""


class PullRequestComment(Quiet):
    """Writes the report into the comment that an earlier run left, or into a new one.

    GitHub has no lock: two runs may write at one moment. So after writing it looks again, and what it finds then
    counts: the report of the later run stays, in the older of two comments.

    Args:
        github: the repository.
        pull_request: its number.
        style: what the user wants.
    """

    news = "the pull request comment"

    def __init__(self, github: GitHub, pull_request: int, style: CommentStyle) -> None:
        self._github = github
        self._pull_request = pull_request
        self._style = style
        self._written: dict[int, Comment] = {}
        """What GitHub answered to our writing. Its list may not show it yet."""

    def finished(self, report: Report) -> None:
        """Write the comment, unless it tells of a later run, or the pull request has moved on to another commit.

        Raises:
            GitHubError: it does not stand there, or nobody knows, or an older one of ours beside it stays.
        """
        if report.run is not None and self._github.head_of(self._pull_request) != report.run.commit:
            return
        body = render_comment(report, self._style.key)
        mine = self._mine(report)
        for _ in range(ROUNDS):
            if self._is_settled(mine, report, body):
                break
            failure = self._write(mine, body)
            there = self._look_again(report, failure)
            if there is None:
                return
            is_gone = bool(mine) and mine[0].id not in {one.id for one in there}
            mine = there
            if failure is not None and not is_gone and not self._is_settled(mine, report, body):
                raise failure
        if not self._is_settled(mine, report, body):
            raise GitHubError("other runs keep on writing over it.", remedy="Run it again when they are through.")
        self._heal(mine, report)

    def _is_settled(self, mine: list[Comment], report: Report, body: str) -> bool:
        """Say whether what is there stays: it tells of a later run, or the same as this one, or nobody wants any."""
        if not mine:
            return self._style.when == "on-failure" and report.verdict.decision is Decision.ALLOW
        return any(is_newer(one.body, report) for one in mine) or says_the_same(mine[0].body, body)

    def _write(self, mine: list[Comment], body: str) -> GitHubError | None:
        """Write, and return what failed. The answer may be lost after it was done: looking is better than twice."""
        try:
            if mine:
                written = self._github.edit_comment(mine[0].id, body)
            else:
                written = self._github.create_comment(self._pull_request, body)
        except GitHubError as error:
            if mine:
                self._written.pop(mine[0].id, None)
            return error
        self._written[written.id] = written
        return None

    def _heal(self, mine: list[Comment], report: Report) -> None:
        """Delete all but the oldest: others wrote at the same moment. What tells of a later run is left to that."""
        for surplus in mine[1:]:
            if not is_newer(surplus.body, report):
                self._github.delete_comment(surplus.id)

    def _look_again(self, report: Report, failure: GitHubError | None) -> list[Comment] | None:
        """Find our comments after writing. Where that fails, the writing counts: what it failed of, or None for done.

        Whether another run wrote at the same moment the next one sees.
        """
        try:
            return self._mine(report)
        except GitHubError as error:
            if failure is not None:
                raise failure from error
            return None

    def _mine(self, report: Report) -> list[Comment]:
        """Find what earlier runs wrote, the oldest first: by the marker, which anyone can copy, and by its author."""
        listed = {one.id: one for one in self._github.comments(self._pull_request)}
        for one in self._written.values():
            if one.id not in listed or listed[one.id].changed_at < one.changed_at:
                listed[one.id] = one
        found = [
            one
            for one in listed.values()
            if is_comment_of(report.candidate, one.body, self._style.key) and self._github.is_mine(one)
        ]
        return sorted(found, key=lambda one: one.id)
