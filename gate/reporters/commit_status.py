"""The commit status: what a branch protection rule waits for."""

from typing import Final

from gate.clients.github_api import GitHub, GitHubError
from gate.domain.report import Candidate, Report
from gate.domain.verdict import Decision
from gate.rendering import status
from gate.reporters.quiet import Quiet

SUCCESS, FAILURE = status.STATES[Decision.ALLOW], status.STATES[Decision.BLOCK]
RED: Final = {status.STATES[Decision.BLOCK], status.STATES[Decision.UNKNOWN]}


class CommitStatus(Quiet):
    """Sets one status on one commit: pending at the start, the verdict at the end.

    Args:
        github: the repository.
        commit: the status's.
        url: the page that it links to.
    """

    news = "the commit status"

    def __init__(self, github: GitHub, *, commit: str, url: str) -> None:
        self._github = github
        self._commit = commit
        self._url = url

    def started(self, candidate: Candidate) -> None:
        """Set it to pending, while the run goes on. If GitHub does not take it, the final one tells why."""
        self._github.set_status_soon(
            self._commit,
            state=status.PENDING,
            context=status.context(candidate),
            description=status.STARTED,
            url=self._url,
        )

    def finished(self, report: Report) -> None:
        """Set it to the verdict.

        Raises:
            GitHubError: GitHub does not take it, or another gate of the same run has set this very status to red.
        """
        state = status.STATES[report.verdict.decision]
        self._set(report, state, status.description(report))
        # Asked afterwards: whichever of two comes last, red is what stays.
        if state == SUCCESS and self._is_red_by_another(status.context(report.candidate)):
            self._set(report, FAILURE, status.REFUSED)
            raise GitHubError(
                "another gate of this run has set the same status to red, and so it stays.",
                remedy="Give one of them another service or environment, or let one gate verify all contracts.",
            )

    def _set(self, report: Report, state: str, description: str) -> None:
        self._github.set_status(
            self._commit,
            state=state,
            context=status.context(report.candidate),
            description=description,
            url=self._url,
        )

    def _is_red_by_another(self, context: str) -> bool:
        """Ask whether a step or a job of the same run came to another end. A green of ours must not hide that."""
        try:
            found = self._github.statuses(self._commit)
        except GitHubError:
            return False
        same = [one.state for one in found if one.context.lower() == context.lower() and one.url == self._url]
        return bool(self._url) and any(one in RED for one in same)
