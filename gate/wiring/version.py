"""Which version the verdict is about, which one is here, and which commit the news belongs to."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from gate.clients import git
from gate.domain.errors import ConfigurationError
from gate.domain.report import COMMIT, Candidate, Record, Run, Stage, Tested
from gate.settings.groups import CandidateSettings, Settings
from gate.settings.run_context import RunContext
from gate.wiring.surroundings import Surroundings

HASH: Final = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,64}")
"""What is taken for (the beginning of) a commit even where git does not know it."""


def candidate_of(settings: CandidateSettings, surroundings: Surroundings, record: Record | None = None) -> Candidate:
    """Name the version: what the user says, else what the run is about, else what is checked out.

    Of a folder of its own it is the last commit that touched that. What is undeployed is whatever is there, unless the
    user says it; what was deployed is beyond stage `change`.

    Raises:
        ConfigurationError: there is no version, or nobody can tell which.
    """
    folder = surroundings.folder
    _refuse_strange(folder, settings.path)
    version = settings.version or ("" if record is Record.UNDEPLOYMENT else _found(settings, surroundings))
    commit = _commit(version, folder)
    return Candidate(
        service=settings.service,
        version=version,
        commit=commit,
        branch=settings.branch or _branch(settings, surroundings, commit),
        environments=tuple(dict.fromkeys(settings.environment)),
        stage=settings.stage if record is None else Stage.DEPLOY,
        instance=settings.application_instance,
        released=record is Record.RELEASE or settings.support_ended,
    )


def _branch(settings: CandidateSettings, surroundings: Surroundings, commit: str | None) -> str | None:
    """Find the branch of the version: that of the run, unless the user names a commit that the run is not about.

    A broker would take such a commit for the newest of that branch. A pull request's merge commit is on none.
    """
    context, folder = surroundings.context, surroundings.folder
    here = context.run.commit if context else git.head_commit(folder)
    other = settings.version is not None and commit is not None
    if other and not (here or "").startswith(commit or ""):
        return None
    return context.branch if context else git.branch(folder)


def _refuse_strange(folder: Path, path: str) -> None:
    """Refuse what is no folder, and what only leads to one: to git a link is a file, whatever changes behind it."""
    if not (folder / path).is_dir():
        raise ConfigurationError("path is no folder.", where=path, remedy="Check it; is it checked out?")
    if (folder / path).resolve() != folder.resolve() / path:
        raise ConfigurationError("path leads through a link.", where=path, remedy="Name the folder itself.")


def _found(settings: CandidateSettings, surroundings: Surroundings) -> str:
    context, folder = surroundings.context, surroundings.folder
    commit = context.run.commit if context else git.head_commit(folder)
    named = context.version if context else None
    version = named or commit
    if version is None:
        raise ConfigurationError(
            "version is not set, and this is no git work tree whose HEAD could stand for it.",
            where=str(folder),
            remedy="Set version, normally to the commit that is deployed.",
        )
    if settings.version_from == "commit" or named is not None or commit is None:
        return version
    change = git.last_change(folder, commit, settings.path)
    if change is None or not change.certain:
        raise ConfigurationError(
            f"nothing here says which commit touched {settings.path} last, before {commit}.",
            where="version-from: path",
            remedy="Check out the whole history (actions/checkout: fetch-depth: 0), or set version.",
        )
    return change.commit


def _commit(version: str, folder: Path) -> str | None:
    """Find the commit that a version stands for: one that git knows, a tag's, or what can be nothing else."""
    name = version.lower()
    if COMMIT.fullmatch(name):
        return name
    known = git.commit_of(folder, name) if re.fullmatch("[0-9a-f]{7,64}", name) else None
    if known is not None and known.startswith(name):  # and not a branch that is called so
        return known
    return git.commit_of(folder, f"refs/tags/{version}") or (name if HASH.fullmatch(name) else None)


def run_of(context: RunContext | None, candidate: Candidate, tested: Tested, settings: CandidateSettings) -> Run | None:
    """Say which run this is, and which commit the news belongs to: never to one that the verdict is not about.

    A version that is a name, such as 1.2.3, belongs to the commit that is checked out; one that was found by its path,
    to the commit that it was looked for from.
    """
    if context is None:
        return None
    run, commit = context.run, candidate.commit
    own = [one for one in (run.commit, run.merge_commit) if one and commit and one.startswith(commit)]
    if own or (commit is None and run.pull_request is not None):
        return run
    if settings.version_from == "path" and settings.version is None and context.version is None:
        return run
    if run.pull_request is not None:
        return replace(run, commit=None)
    if commit is None:
        return replace(run, commit=tested.commit)
    return replace(run, commit=commit if COMMIT.fullmatch(commit) else None)


def tested_here(settings: Settings, surroundings: Surroundings, candidate: Candidate) -> Tested:
    """Look at which code is in the workspace: the last commit that touched the service's folder, if that counts.

    A pull request's merge commit has the very code of the candidate there, when the merge changed nothing in it.
    """
    folder, context = surroundings.folder, surroundings.context
    own, head = settings.candidate, git.head_commit(folder)
    change = _last_change(folder, head, own.path) if own.version_from == "path" else None
    by_path = change is not None and candidate.commit is not None and change.startswith(candidate.commit)
    is_merge = context is not None and head is not None and head == context.run.merge_commit
    vouched = settings.provider.command is None
    matters = settings.provider.is_named and (not vouched or settings.has_store)  # as results are kept
    return Tested(
        commit=change if by_path else head,
        path=own.path if by_path else None,
        head=head if by_path else None,
        modified=matters and head is not None and git.is_modified(folder, own.path if by_path else None),
        merge=is_merge and not by_path and not (head or "").startswith(candidate.commit or "-"),
        vouched=vouched,
    )


def _last_change(folder: Path, head: str | None, path: str) -> str | None:
    change = None if head is None else git.last_change(folder, head, path)
    return change.commit if change is not None and change.certain else None


def page_of(settings: Settings, surroundings: Surroundings) -> str:
    """Return the page that tells of what is kept or published; empty when there is none."""
    context = surroundings.context
    return settings.publishing.build_url or (context.run.url if context else "")


def refuse_other_code(settings: Settings, surroundings: Surroundings, named: Candidate) -> None:
    """Refuse to write down as the version's what is another commit's, unless the user named it: it stays written.

    Raises:
        ConfigurationError: the commit that is checked out is not the one that the run is about.
    """
    commit, here = named.commit, tested_here(settings, surroundings, named).commit
    if settings.candidate.version is not None or commit is None or here is None or here.startswith(commit):
        return
    raise ConfigurationError(
        f"commit {here} is checked out, and this run is about {named.version}: nothing was published or recorded.",
        remedy=f"Check out {commit} (actions/checkout: ref; on pull_request github.event.pull_request.head.sha), "
        "or set version.",
    )
