"""Which version the verdict is about, which one is here, and which commit the news belongs to."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from gate.clients import git
from gate.domain.errors import ConfigurationError
from gate.domain.report import COMMIT, Candidate, Run, Tested
from gate.settings.groups import CandidateSettings, ProviderSettings
from gate.settings.run_context import RunContext
from gate.wiring.surroundings import Surroundings

HASH: Final = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,64}")
"""What is taken for (the beginning of) a commit even where git does not know it."""


def candidate_of(settings: CandidateSettings, surroundings: Surroundings) -> Candidate:
    """Name the version: what the user says, else what the run is about, else what is checked out."""
    context, folder = surroundings.context, surroundings.folder
    named = (context.version or context.run.commit) if context else None
    version = settings.version or named or git.head_commit(folder)
    if version is None:
        raise ConfigurationError(
            "version is not set, and this is no git work tree whose HEAD could stand for it.",
            where=str(folder),
            remedy="Set version, normally to the commit that is deployed.",
        )
    return Candidate(
        service=settings.service,
        version=version,
        commit=_commit(version, folder),
        branch=settings.branch or (context.branch if context else git.branch(folder)),
        environments=tuple(dict.fromkeys(settings.environment)),
        stage=settings.stage,
        instance=settings.application_instance,
    )


def _commit(version: str, folder: Path) -> str | None:
    """Find the commit that a version stands for: one that git knows, a tag's, or what can be nothing else."""
    name = version.lower()
    if COMMIT.fullmatch(name):
        return name
    known = git.commit_of(folder, name) if re.fullmatch("[0-9a-f]{7,64}", name) else None
    if known is not None and known.startswith(name):  # and not a branch that is called so
        return known
    return git.commit_of(folder, f"refs/tags/{version}") or (name if HASH.fullmatch(name) else None)


def run_of(context: RunContext | None, candidate: Candidate, tested: Tested) -> Run | None:
    """Say which run this is, and which commit the news belongs to: never to one that the verdict is not about.

    A version that is a name, such as 1.2.3, belongs to the commit that is checked out.
    """
    if context is None:
        return None
    run, commit = context.run, candidate.commit
    own = [one for one in (run.commit, run.merge_commit) if one and commit and one.startswith(commit)]
    if own or (commit is None and run.pull_request is not None):
        return run
    if run.pull_request is not None:
        return replace(run, commit=None)
    if commit is None:
        return replace(run, commit=tested.commit)
    return replace(run, commit=commit if COMMIT.fullmatch(commit) else None)


def tested_here(settings: ProviderSettings, surroundings: Surroundings) -> Tested:
    """Look at which code is in the workspace."""
    commit, context = git.head_commit(surroundings.folder), surroundings.context
    vouched = settings.command is None
    return Tested(
        commit=commit,
        # Only what is started here is the workspace's; and asking may run what its configuration names.
        modified=not vouched and commit is not None and git.is_modified(surroundings.folder),
        merge=commit is not None and context is not None and commit == context.run.merge_commit,
        vouched=vouched,
    )
