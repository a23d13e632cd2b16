"""Who is told: the person who watches, the runner, GitHub, and whoever reads the files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gate.domain.report import Run
from gate.ports import Reporter
from gate.settings.groups import OutputSettings, Settings
from gate.wiring.news import notice, warn
from gate.wiring.surroundings import Surroundings

OUTPUT_FILE: Final = "GITHUB_OUTPUT"
SUMMARY_FILE: Final = "GITHUB_STEP_SUMMARY"


def reports(output: OutputSettings) -> list[Reporter]:
    """Return those who leave the report behind, in each form that is asked for."""
    from gate.rendering.report_json import dump
    from gate.reporters.files import ReportFile

    return [ReportFile(Path(output.report), dump), *renderings(output)]


def terminal(services: int = 1) -> Reporter:
    """Return the one who tells whoever watches, of one service or of several."""
    from gate.reporters.terminal import Terminal, console

    return Terminal(console(), services)


def on_runner(every: Sequence[Settings], surroundings: Surroundings) -> list[Reporter]:
    """Return those who tell the runner: its log, the page of the run, the step's outputs."""
    if surroundings.log is None:
        return []
    from gate.reporters.runner import Annotations, Outputs

    reporters: list[Reporter] = [Annotations(surroundings.log, len(every))]
    if path := surroundings.environment.get(OUTPUT_FILE):
        reporters.append(Outputs(Path(path), {one.candidate.service: one.output.report for one in every}))
    return [*reporters, *summary(surroundings)]


def summary(surroundings: Surroundings) -> list[Reporter]:
    """Return the one who writes the page of the run, where there is one."""
    from gate.reporters.runner import JobSummary

    path = surroundings.environment.get(SUMMARY_FILE)
    return [JobSummary(Path(path))] if path else []


def on_github(
    settings: Settings, surroundings: Surroundings, run: Run | None, pull_requests: Sequence[int] | None = None
) -> list[Reporter]:
    """Return those who tell GitHub. The status is first: whatever happens afterwards, no deploy must wait for it.

    Args:
        settings: what the user wants.
        surroundings: all that the process found.
        run: whose commit it is about.
        pull_requests: the comments', None for the run's own.
    """
    if run is None or surroundings.context is None:
        return []
    if settings.github.token is None:
        warn("there is no github-token, so there is no commit status and no comment.", surroundings.log)
        return []
    if run.commit is None:
        warn("version is no commit that this run knows, so there is no commit status and no comment.", surroundings.log)
        return []
    from gate.reporters.commit_status import CommitStatus
    from gate.reporters.pr_comment import CommentStyle, PullRequestComment
    from gate.reporters.read_only import tolerant

    news = settings.news
    github = surroundings.github(surroundings.context, settings.github.token)
    reporters: list[Reporter] = [CommitStatus(github, commit=run.commit, url=run.url)]
    if news.check_run:
        from gate.reporters.check_run import CheckRun

        reporters.append(CheckRun(github, commit=run.commit, run=run))
    own = () if run.pull_request is None else (run.pull_request,)
    if news.comment != "never":
        style = CommentStyle(when=news.comment, key=news.comment_key)
        numbers = own if pull_requests is None else pull_requests
        reporters += [PullRequestComment(github, number, style) for number in numbers]
    if surroundings.context.reads_only:
        return tolerant(reporters, lambda message: notice(message, surroundings.log))
    return reporters


def renderings(output: OutputSettings) -> list[Reporter]:
    """Return those who write the forms for people and for other tools."""
    from gate.reporters.files import ReportFile

    reporters: list[Reporter] = []
    if output.markdown is not None:
        from gate.rendering.markdown import render_markdown

        reporters.append(ReportFile(Path(output.markdown), render_markdown))
    if output.junit is not None:
        from gate.rendering.junit import render_junit

        reporters.append(ReportFile(Path(output.junit), render_junit))
    return reporters
