"""The check run: the report beside the commit, with remarks at the contract files that are in the repository."""

import secrets
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Final

from gate.clients import github_api
from gate.clients.github_api import CheckOutput, GitHub, GitHubError
from gate.domain.report import Report, Run
from gate.domain.verdict import Decision
from gate.rendering import check_run, status
from gate.reporters.quiet import Quiet

AT_ONCE: Final = 50
"""Annotations that GitHub takes with one request."""
SUCCESS, FAILURE = check_run.CONCLUSIONS[Decision.ALLOW], check_run.CONCLUSIONS[Decision.BLOCK]


class CheckRun(Quiet):
    """Makes one check run at the end, which says how it ended from the first request on.

    Args:
        github: the repository.
        commit: that it belongs to.
        run: that makes it.
    """

    news = "the check run"

    def __init__(self, github: GitHub, *, commit: str, run: Run) -> None:
        self._github = github
        self._commit = commit
        self._url = run.url
        self._of_run = f"{run.id}.{run.attempt}."
        self._external_id = f"{self._of_run}{secrets.token_hex(8)}"
        self._was_told = False

    def finished(self, report: Report) -> None:
        """Make it, and add the annotations that do not fit into one request.

        Raises:
            GitHubError: GitHub does not take it, or not all of its annotations.
        """
        told = check_run.check_run(report)
        if told.conclusion == SUCCESS and self._is_red_by_another(told.name):
            told = replace(told, title=status.REFUSED, conclusion=FAILURE)  # green not even for a moment
        there = self._find(told.name) if self._was_told else None
        self._was_told = True
        there = there or self._create(told)
        if told.conclusion == SUCCESS and self._is_red_by_another(told.name):
            told = replace(told, title=status.REFUSED)
            self._github.edit_check_run(there.id, _output(told, len(told.annotations)), conclusion=FAILURE)
        for sent in range(max(there.annotations, AT_ONCE), len(told.annotations), AT_ONCE):
            self._github.edit_check_run(there.id, _output(told, sent))

    def _create(self, told: check_run.CheckRun) -> github_api.CheckRun:
        """Make it. The answer may be lost after it was made: asking is better than a second one."""
        new = github_api.CheckRun(
            name=told.name, external_id=self._external_id, conclusion=told.conclusion, url=self._url
        )
        try:
            return self._github.create_check_run(self._commit, new, _output(told))
        except GitHubError:
            with suppress(GitHubError):
                if there := self._find(told.name):
                    return there
            raise

    def _find(self, name: str) -> github_api.CheckRun | None:
        found = self._github.check_runs(self._commit, name)
        return next((one for one in found if one.external_id == self._external_id), None)

    def _is_red_by_another(self, name: str) -> bool:
        """Ask whether a step or a job of the same run came to another end: of two the later one counts."""
        with suppress(GitHubError):
            found = self._github.check_runs(self._commit, name)
            return any(one.conclusion == FAILURE and one.external_id.startswith(self._of_run) for one in found)
        return False


def _output(told: check_run.CheckRun, sent: int = 0) -> CheckOutput:
    annotations = tuple(islice(told.annotations, sent, sent + AT_ONCE))
    return CheckOutput(title=told.title, summary=told.summary, annotations=annotations)
