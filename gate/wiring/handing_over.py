"""Posting the report that another workflow's run left: in a run that may write, of one that may not.

Nothing of a stranger's is run here, and what a report is about is never read from it: see `gate.domain.handed_over`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gate import __version__
from gate.clients.untrusted_files import read_untrusted
from gate.domain.contracts import Fault, short_version
from gate.domain.errors import ConfigurationError, GateError
from gate.domain.exceptions import AgreedException
from gate.domain.handed_over import Subject, objections, posted, refused
from gate.domain.redaction import Redactor, redacted
from gate.domain.report import Candidate, Report, Stage
from gate.ports import Reporter
from gate.rendering import status
from gate.rendering.marker import is_comment_of, tells_of
from gate.rendering.status import PENDING
from gate.settings.groups import Settings
from gate.settings.run_context import HandedOver, RunContext
from gate.wiring.exceptions import agreed
from gate.wiring.masking import secrets_given
from gate.wiring.news import warn
from gate.wiring.surroundings import Surroundings
from gate.wiring.telling import on_github, renderings, summary, terminal

LARGEST_REPORT: Final = 10 * 1024**2
"""Bytes. One of a hundred contracts has less than one megabyte."""
POSTED, REFUSED, NOT_TAKEN = 0, ConfigurationError.exit_code, GateError.exit_code
WORST_FIRST: Final = (REFUSED, NOT_TAKEN, POSTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What came of it."""

    exit_code: int
    """0 when all was posted that there was to post, 2 when a report was refused, 3 when GitHub did not take it."""
    told: str
    """The same for a person."""
    paths: tuple[str, ...]
    """Where the reports lie."""


def post_reports(every: Sequence[Settings], surroundings: Surroundings, file: str | None) -> Posting:
    """Post the report of every service, or the one in a file.

    Args:
        every: what the workflow says that posts: nothing of it is a stranger's.
        surroundings: all that the process found, among it which run left the reports.
        file: the only report; None for that of each service, where its setting `report` says.

    Raises:
        ConfigurationError: nothing can be posted.
    """
    context = surroundings.context
    if context is None or context.handed_over is None or any(one.github.token is None for one in every):
        raise ConfigurationError(
            "there is no github-token, so that nothing can be posted.",
            remedy="Leave github-token out, and give the job the permissions statuses: write and pull-requests: write.",
        )
    poster = _Poster(
        surroundings=surroundings, context=context, handed_over=context.handed_over, page=summary(surroundings)
    )
    found = [(one, one.output.report) for one in every] if file is None else [(_meant(every, file), file)]
    ended = [poster.post(settings, path) for settings, path in found]
    return Posting(
        exit_code=min((code for code, _ in ended), key=WORST_FIRST.index),
        told=" ".join(told for _, told in ended),
        paths=tuple(path for _, path in found),
    )


def _meant(every: Sequence[Settings], file: str) -> Settings:
    """Find the service that a report is about, where there are several."""
    if len(every) == 1:
        return every[0]
    service = _read(file).candidate.service
    meant = next((one for one in every if one.candidate.service == service), None)
    if meant is None:
        names = ", ".join(one.candidate.service for one in every)
        raise ConfigurationError(
            f"the report is about {service[:100]!r}, which is none of the gate file's services: {names}.", where=file
        )
    return meant


def _read(path: str) -> Report:
    from gate.rendering.report_json import load

    return load(read_untrusted(Path(path), LARGEST_REPORT))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poster:
    """Posts one report after the other."""

    surroundings: Surroundings
    context: RunContext
    handed_over: HandedOver
    page: Sequence[Reporter]
    """Of this run, which tells of all of them."""

    def post(self, settings: Settings, path: str) -> tuple[int, str]:
        """Post a report; in the place of one that is refused, why: what was said of the commit before must not stay."""
        subject = self._subject(settings)
        numbers, why_none = self._pull_requests(settings)
        if self.handed_over.wrote and self._has_told(settings, subject, numbers or ()):
            return POSTED, f"Run {subject.run.id} has told of {subject.service} by itself."
        code, told = POSTED, f"The report on {subject.service} was posted."
        try:
            report = self._accepted(_read(path), path, subject, settings)
        except GateError as error:
            code, told = REFUSED, str(error)
            report = refused(Fault.of(error), subject, gate_version=__version__, at=datetime.now(UTC))
        report = _without_secrets(report, subject, Redactor(secrets_given(settings)))
        reporters = on_github(settings, self.surroundings, subject.run, numbers or ())
        taken = [self._is_told(one, report) for one in reporters]
        for one in (terminal(), *self.page, *renderings(settings.output)):
            self._is_told(one, report)
        if code == POSTED and (numbers is None or not all(taken)):
            code, told = NOT_TAKEN, f"GitHub did not take all of the report on {subject.service}."
        return code, " ".join(filter(None, (told, why_none)))

    def _has_told(self, settings: Settings, subject: Subject, pull_requests: Sequence[int]) -> bool:
        """Ask whether the run that left a report has told it itself: by status, and by comment if one is due."""
        from gate.clients.github_api import GitHubError

        of_subject = Candidate(
            service=subject.service,
            version="",
            branch=None,
            environments=subject.environments,
            stage=Stage.CHANGE,
            instance=subject.instance,
        )
        github = self.surroundings.github(self.context, settings.github.token or "")
        name, due = status.context(of_subject).lower(), settings.news.comment == "always"
        try:
            has_status = any(
                (one.context.lower(), one.url) == (name, subject.run.url) and one.state != PENDING
                for one in github.statuses(subject.run.commit or "")
            )
            return has_status and all(
                any(
                    is_comment_of(of_subject, one.body, settings.news.comment_key) and tells_of(one.body, subject.run)
                    for one in github.comments(number)
                    if github.is_mine(one)
                )
                for number in (pull_requests if due else ())
            )
        except GitHubError:
            return False

    def _subject(self, settings: Settings) -> Subject:
        own = settings.candidate
        return Subject(
            service=own.service,
            environments=tuple(dict.fromkeys(own.environment)),
            instance=own.application_instance,
            run=self.context.run,
            made_by=self.handed_over.made_by,
            conclusion=self.handed_over.conclusion,
            by_path=own.version_from == "path" and own.version is None,
        )

    def _accepted(self, report: Report, path: str, subject: Subject, settings: Settings) -> Report:
        """Return what may be said of a report. Raises `ConfigurationError` for one that is not what it should be."""
        if wrong := objections(report, subject):
            raise ConfigurationError(
                f"the report is refused: {'; '.join(wrong)}.",
                where=path,
                remedy="Post the report of the very run, with the service and environment of the step that made it.",
            )
        exceptions: tuple[AgreedException, ...] = ()
        if any(entry.integration.exception is not None for entry in report.entries):
            found = agreed(settings, self.surroundings)
            exceptions = found.exceptions
            report = replace(report, notes=(*found.notes, *report.notes))
        return posted(
            report,
            subject,
            agreed=exceptions,
            owners=dict(settings.owners),
            allows_flaky=settings.verification.flaky == "allow",
            mentions=not self.handed_over.foreign,
            reproduction=settings.reproduction if _says_how(settings) else None,
        )

    def _pull_requests(self, settings: Settings) -> tuple[tuple[int, ...] | None, str]:
        """Find the open pull requests whose head is the commit, None where nobody knows, and why there is none."""
        from gate.clients.github_api import GitHubError

        run, repository, branch = self.context.run, self.handed_over.head_repository, self.handed_over.head_branch
        if run.pull_request is not None:
            return (run.pull_request,), ""
        if settings.news.comment == "never":
            return (), ""
        numbers: tuple[int, ...] = ()
        if repository is not None and branch is not None:
            github = self.surroundings.github(self.context, settings.github.token or "")
            try:
                found = github.open_pull_requests(owner=repository.partition("/")[0], branch=branch)
            except GitHubError as error:
                return None, f"The pull request could not be found: {error}"
            numbers = tuple(one.number for one in found if (one.head, one.repository) == (run.commit, repository))
        if numbers:
            return numbers, ""
        commit = short_version(run.commit or "")
        return (), f"There is no comment, as no open pull request has {commit} for its head (any more)."

    def _is_told(self, reporter: Reporter, report: Report) -> bool:
        try:
            reporter.finished(report)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others have to be told
            warn(f"{reporter.news} could not be delivered: {error}", self.surroundings.log)
            return False
        return True


def _says_how(settings: Settings) -> bool:
    """Say whether the settings of the workflow that posts are enough to verify with."""
    return settings.provider.is_named and (settings.has_store or bool(settings.contracts.contracts))


def _without_secrets(report: Report, subject: Subject, redact: Redactor) -> Report:
    """Take out what this run knows for secret. What names the status and the comment stays: it is no stranger's."""
    clean = redacted(report, redact)
    named = replace(clean.candidate, service=subject.service, environments=subject.environments)
    return replace(clean, schema=report.schema, candidate=named, run=subject.run)
