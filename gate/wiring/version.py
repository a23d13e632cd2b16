"""Which version the verdict is about, which one is here, and which commit the news belongs to."""

import re
from dataclasses import replace
from pathlib import Path

from gate.clients import git
from gate.domain.errors import ConfigurationError
from gate.domain.report import COMMIT, Candidate, Run, Tested
from gate.settings.declaration import CandidateSettings, ProviderSettings
from gate.settings.run_context import RunContext
from gate.wiring.surroundings import Surroundings


def candidate_of(settings: CandidateSettings, surroundings: Surroundings) -> Candidate:
    """Name the version: what the user says, else what the run is about, else what is checked out."""
    context, folder = surroundings.context, surroundings.folder
    version = _version(settings, folder) or (context.run.commit if context else None) or git.head_commit(folder)
    if version is None:
        raise ConfigurationError(
            "version is not set, and this is no git work tree whose HEAD could stand for it.",
            where=str(folder),
            remedy="Set version, normally to the commit that is deployed.",
        )
    return Candidate(
        service=settings.service,
        version=version,
        branch=settings.branch or (context.branch if context else git.branch(folder)),
        environments=settings.environment,
        stage=settings.stage,
    )


def _version(settings: CandidateSettings, folder: Path) -> str | None:
    """Return the version that the user names; a commit in full where the name can be nothing else."""
    name = settings.version
    if name is None or not re.fullmatch("[0-9A-Fa-f]{7,64}", name):
        return name
    return git.commit_of(folder, name) or (name.lower() if COMMIT.fullmatch(name.lower()) else name)


def run_of(context: RunContext | None, candidate: Candidate, tested: Tested) -> Run | None:
    """Say which run this is, and which commit the news belongs to: never to one that the verdict is not about.

    A version that is a name, such as 1.2.3, belongs to the commit that is checked out.
    """
    if context is None:
        return None
    run, version = context.run, candidate.version
    if version in {run.commit, run.merge_commit} or (run.pull_request and not COMMIT.fullmatch(version)):
        return run
    if run.pull_request is not None:
        return replace(run, commit=None)
    return replace(run, commit=version if COMMIT.fullmatch(version) else tested.commit)


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
