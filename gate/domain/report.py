"""Everything that any renderer needs, and nothing else.

Comment, summary, JUnit and terminal are pure functions of a `Report`, so that a saved one can be rendered again.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gate.domain.advice import Advice
from gate.domain.contracts import Fault
from gate.domain.verdict import Integration, Standing, Verdict

COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""A commit in full, of either of git's hashes."""

SCHEMA: Final = "contract-gate-report/1"
"""Name and major version of the report's shape. A newer major version is refused, never guessed at."""


class Stage(StrEnum):
    """`CHANGE`: could this be deployed? `DEPLOY`: it is about to be."""

    CHANGE = "change"
    DEPLOY = "deploy"


class Record(StrEnum):
    """What can be recorded of a version and an environment."""

    DEPLOYMENT = "deployment"
    RELEASE = "release"
    UNDEPLOYMENT = "undeployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a run recorded, and where."""

    record: Record
    environments: tuple[str, ...]
    """Where the store said so when it was asked again."""
    replaced: tuple[str, ...] = ()
    """Where it was recorded, and the store then said something else."""
    confirmed: bool = True
    """Whether the store was asked again, after something was recorded or tried to, and answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The version that the verdict is about."""

    service: str
    version: str
    commit: str | None = None
    """The commit that the version stands for, in full or as far as it was given; None for a mere name."""
    branch: str | None
    environments: tuple[str, ...]
    stage: Stage
    instance: str | None = None
    """The application instance that it replaces, None for the only one."""
    released: bool = False
    """Whether it replaces nothing, and stays beside what is there."""
    one_contract: str | None = None
    """Whose contract it is, when the run is about a single one: then it says nothing of a deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """Which code actually ran. It is not always the candidate: a pull request's checkout is a merge commit."""

    commit: str | None = None
    """HEAD of the workspace, None outside a git work tree; with `path`, the last commit that touched that."""
    path: str | None = None
    """The service's folder, where its version is the last commit that touched it."""
    head: str | None = None
    """HEAD of the workspace, where that is another one."""
    modified: bool = False
    """Whether tracked files differ from that commit; False where nothing depends on it."""
    merge: bool = False
    """Whether that commit is a pull request merged into its base, which GitHub makes and nobody deploys."""
    vouched: bool
    """True when the gate only reached the provider, so that the user alone vouches for what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The workflow run that made the report."""

    repository: str
    """`owner/name`."""
    event: str
    """What started it, such as `pull_request`."""
    commit: str | None
    """The commit that its commit status belongs to; None when the version that the user names is no such commit."""
    pull_request: int | None = None
    """The number of the pull request that it is about."""
    merge_commit: str | None = None
    """What `actions/checkout` checks out for a pull request: its head merged into its base."""
    id: str
    attempt: int
    """1, and one more with every re-run."""
    url: str
    """Its page; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """How to see on a laptop what a run saw."""

    options: tuple[str, ...]
    """Of `gate verify`: those that the run was given and that do not stand in the repository. No secrets."""
    variables: tuple[str, ...] = ()
    """Those that have to hold what the run was given and what is not to be shown: `GATE_BROKER_TOKEN`."""
    lookup: bool = False
    """Whether nothing was verified, so that `gate can-i-deploy` shows the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRun:
    """How the provider was reached."""

    url: str
    """Of the first, where there are several replicas."""
    command: str = ""
    """The command that started it; empty when it was already running, or when its image has its own."""
    image: str = ""
    """The container image that it runs in; empty when it runs in none that the gate started."""
    image_id: str = ""
    """The content of that image, which a name alone does not tell."""
    revision: str = ""
    """The commit that the image says it was built from (`org.opencontainers.image.revision`)."""
    via: str = ""
    """The address of the runner, where the gate's own localhost led to it."""
    log: str = ""
    """Path of the file with all its output."""
    log_tail: tuple[str, ...] = ()
    """The last lines of its output, kept when something went wrong. Of several replicas it is one's: that which failed,
    where one did."""
    replicas: int = 1
    """How often it was there, each by itself and all the same."""
    urls: tuple[str, ...] = ()
    """Where each listened, where there are several."""
    parallel: int = 1
    """How many requests at a time each was asked, because the user declares it stateless (provider-parallel)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One integration, with what a reader should make of it."""

    integration: Integration
    standing: Standing
    advice: Advice | None
    """None when the integration is fine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of the gate, from its settings to its verdict."""

    schema: str = SCHEMA
    gate_version: str
    started_at: datetime
    duration: float
    """Seconds."""
    candidate: Candidate
    tested: Tested
    run: Run | None = None
    """None outside a pipeline."""
    verdict: Verdict
    entries: tuple[Entry, ...]
    """Worst first: broken, then unverified, then honoured."""
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know beside the verdict, such as a setting that narrows it."""
    provider: ProviderRun | None = None
    """None when no provider was needed or reached."""
    recorded: Recorded | None = None
    """None when the run had nothing to record."""
    reproduction: Reproduction | None = None
    """None where the run was no verification, or nobody knows how it was started."""
