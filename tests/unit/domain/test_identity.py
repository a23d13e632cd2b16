"""The truth table of whether what ran may stand for the candidate."""

import itertools
from dataclasses import replace

import pytest

from gate.domain.identity import what_ran, wrong_code
from gate.domain.report import Candidate, Stage, Tested
from tests.builders import COMMIT

OTHER = "b" * 40
CANDIDATE = Candidate(
    service="orders-api",
    version=COMMIT,
    commit=COMMIT,
    branch=None,
    environments=("production",),
    stage=Stage.CHANGE,
)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("version", [COMMIT, COMMIT[:8], None])
@pytest.mark.parametrize("commit", [COMMIT, OTHER, None])
@pytest.mark.parametrize(("merge", "modified", "vouched"), list(itertools.product([False, True], repeat=3)))
def test_other_code_than_the_candidate_allows_nothing(
    stage: Stage, version: str | None, commit: str | None, *, merge: bool, modified: bool, vouched: bool
) -> None:
    candidate = replace(CANDIDATE, stage=stage, version=version or "1.2.3", commit=version)
    tested = Tested(commit=commit, modified=modified, merge=merge, vouched=vouched)

    nobody_can_tell = vouched or commit is None or version is None
    deploying = stage is Stage.DEPLOY
    other = commit != COMMIT and (deploying or not merge)
    assert bool(wrong_code(candidate, tested)) is (not nobody_can_tell and (other or (modified and deploying)))


def test_whoever_reads_it_knows_both_commits() -> None:
    (fault,) = wrong_code(CANDIDATE, Tested(commit=OTHER, vouched=False))

    assert fault.what == f"what ran is commit {OTHER}, and the verdict is about {COMMIT}."
    assert what_ran(CANDIDATE, Tested(commit=OTHER, vouched=False)) == [f"What ran is commit {OTHER}, not {COMMIT}."]


def test_a_name_is_told_with_the_commit_that_it_stands_for() -> None:
    (fault,) = wrong_code(replace(CANDIDATE, version="v1.2.3"), Tested(commit=OTHER, vouched=False))

    assert fault.what.endswith(f"the verdict is about v1.2.3, which is {COMMIT}.")
    assert what_ran(CANDIDATE, Tested(commit=None, vouched=False)) == [
        f"No commit of git's is checked out here, so nothing shows that what ran is {COMMIT}."
    ]
