"""The commit status: what a branch protection rule waits for."""

from gate.clients.github_api import GitHub
from gate.domain.report import Candidate, Report
from gate.rendering import status
from gate.reporters.quiet import Quiet


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
        """Set it to the verdict."""
        self._github.set_status(
            self._commit,
            state=status.STATES[report.verdict.decision],
            context=status.context(report.candidate),
            description=status.description(report),
            url=self._url,
        )
