"""The truth tables of whether what ran may stand for the candidate, and of whether results are kept as its own."""

import itertools
from dataclasses import replace

import pytest

from gate.domain.identity import uncredited, what_ran, wrong_code
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


REVISIONS = {"none": "", "equal": COMMIT, "other": OTHER, "changed": f"{COMMIT}-dirty", "short": COMMIT[:8]}
NO_IMAGE = "no image"


@pytest.mark.parametrize("label", REVISIONS)
@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("version", [COMMIT, COMMIT[:8], None])
@pytest.mark.parametrize("commit", [COMMIT, OTHER, None])
@pytest.mark.parametrize(("merge", "modified", "vouched"), list(itertools.product([False, True], repeat=3)))
def test_other_code_than_the_candidate_allows_nothing(
    label: str, stage: Stage, version: str | None, commit: str | None, *, merge: bool, modified: bool, vouched: bool
) -> None:
    candidate = replace(CANDIDATE, stage=stage, version=version or "1.2.3", commit=version)
    tested = Tested(commit=commit, modified=modified, merge=merge, vouched=vouched)

    nobody_can_tell = vouched or commit is None or version is None
    deploying = stage is Stage.DEPLOY
    other = commit != COMMIT and (deploying or not merge)
    image_is_other = label not in {"none", "equal"} and version is not None and deploying
    workspace_is_other = not nobody_can_tell and (other or (modified and deploying))
    assert bool(wrong_code(candidate, tested, REVISIONS[label])) is (image_is_other or workspace_is_other)


def test_whoever_reads_it_knows_both_commits() -> None:
    (fault,) = wrong_code(CANDIDATE, Tested(commit=OTHER, vouched=False))

    assert fault.what == f"what ran is commit {OTHER}, and the verdict is about {COMMIT}."
    assert what_ran(CANDIDATE, Tested(commit=OTHER, vouched=False)) == [f"What ran is commit {OTHER}, not {COMMIT}."]


def test_an_image_of_another_commit_is_told_with_its_label() -> None:
    deployed = replace(CANDIDATE, version="v1.2.3", stage=Stage.DEPLOY)
    (fault,) = wrong_code(deployed, Tested(commit=COMMIT, vouched=True), OTHER)

    assert str(fault) == (
        f"provider-image: the image's label org.opencontainers.image.revision is {OTHER}, and the verdict is about "
        f"v1.2.3, which is {COMMIT}. Name that version's image. If this is the label of its base image, give it one of "
        "its own."
    )


def test_a_name_is_told_with_the_commit_that_it_stands_for() -> None:
    (fault,) = wrong_code(replace(CANDIDATE, version="v1.2.3"), Tested(commit=OTHER, vouched=False))

    assert fault.what.endswith(f"the verdict is about v1.2.3, which is {COMMIT}.")
    assert what_ran(CANDIDATE, Tested(commit=None, vouched=False)) == [
        f"No commit of git's is checked out here, so nothing shows that what ran is {COMMIT}."
    ]


@pytest.mark.parametrize("trusting", [False, True])
@pytest.mark.parametrize("version", [COMMIT, COMMIT[:8], None])
@pytest.mark.parametrize("commit", [COMMIT, OTHER, None])
@pytest.mark.parametrize("label", [NO_IMAGE, *REVISIONS])
@pytest.mark.parametrize(("merge", "modified", "vouched"), list(itertools.product([False, True], repeat=3)))
def test_results_are_credited_to_what_ran_alone(
    label: str,
    version: str | None,
    commit: str | None,
    *,
    merge: bool,
    modified: bool,
    vouched: bool,
    trusting: bool,
) -> None:
    candidate = replace(CANDIDATE, version=version or "1.2.3", commit=version)
    tested = Tested(commit=commit, modified=modified, merge=merge, vouched=vouched)
    named = version is None

    image_says_so = label == "equal" and not named
    image_says_otherwise = label not in {NO_IMAGE, "none", "equal"} and not named
    workspace_says_so = commit == COMMIT and not named and not modified and (label == NO_IMAGE or trusting)
    only_a_name = named and commit is not None and not modified and trusting
    only_a_word_is_there = (vouched or commit is None) and trusting
    credited = image_says_so or (
        not merge and not image_says_otherwise and (workspace_says_so or only_a_name or only_a_word_is_there)
    )
    assert (uncredited(candidate, tested, REVISIONS.get(label), trusting=trusting) == "") is credited


@pytest.mark.parametrize("revision", [None, *REVISIONS.values()])
@pytest.mark.parametrize("commit", [COMMIT, OTHER, None])
@pytest.mark.parametrize("vouched", [False, True])
def test_nothing_is_credited_to_a_mere_name_unless_the_user_says_so(
    revision: str | None, commit: str | None, *, vouched: bool
) -> None:
    named = replace(CANDIDATE, version="1.2.3", commit=None)

    assert uncredited(named, Tested(commit=commit, vouched=vouched), revision, trusting=False) != ""
    assert uncredited(named, Tested(commit=commit, vouched=vouched), revision, trusting=True) == ""


def test_an_image_that_was_built_from_a_changed_checkout_is_not_that_commit() -> None:
    nothing_here = Tested(commit=None, vouched=True)

    assert uncredited(CANDIDATE, nothing_here, COMMIT, trusting=False) == ""
    assert uncredited(CANDIDATE, nothing_here, f"{COMMIT}-dirty", trusting=False) != ""


@pytest.mark.parametrize(
    ("tested", "revision", "reason"),
    [
        (Tested(commit=COMMIT, vouched=False), None, ""),
        (
            Tested(commit=COMMIT, vouched=True),
            "",
            f"nothing shows that the image (by org.opencontainers.image.revision) is {COMMIT}",
        ),
        (
            Tested(commit=OTHER, merge=True, vouched=False),
            None,
            f"what is checked out is the pull request merged into its base, and not {COMMIT}",
        ),
        (Tested(commit=OTHER, vouched=False), None, f"commit {OTHER} is checked out, and not {COMMIT}"),
        (
            Tested(commit=None, vouched=False),
            None,
            f"no commit is checked out here, so that nothing shows that what ran is {COMMIT}",
        ),
        (Tested(commit=COMMIT, modified=True, vouched=False), None, f"tracked files differ from commit {COMMIT}"),
        (
            Tested(commit=COMMIT, vouched=True),
            OTHER,
            f"the image's label org.opencontainers.image.revision is {OTHER}, and not {COMMIT}",
        ),
    ],
)
def test_why_results_are_not_credited_is_said(tested: Tested, revision: str | None, reason: str) -> None:
    assert uncredited(CANDIDATE, tested, revision, trusting=False) == reason


def test_why_results_are_not_credited_to_a_name_says_what_it_stands_for() -> None:
    tag = replace(CANDIDATE, version="v1.2.3")

    assert uncredited(tag, Tested(commit=OTHER, vouched=False), None, trusting=False) == (
        f"commit {OTHER} is checked out, and not v1.2.3, which is {COMMIT}"
    )


def test_why_results_are_not_credited_to_a_name_that_stands_for_nothing_is_said() -> None:
    named = replace(CANDIDATE, version="1.2.3", commit=None)

    assert uncredited(named, Tested(commit=OTHER, vouched=False), None, trusting=False) == (
        "nothing shows that what is checked out is 1.2.3"
    )
    assert uncredited(named, Tested(commit=OTHER, vouched=True), OTHER, trusting=False) == (
        "nothing shows that the image (by org.opencontainers.image.revision) is 1.2.3"
    )


@pytest.mark.parametrize(("head", "said"), [(COMMIT, False), (OTHER, True)])
def test_a_folders_own_version_says_what_it_was_tested_with(head: str, *, said: bool) -> None:
    tested = Tested(commit=COMMIT, head=head, path="services/orders", vouched=False)

    note = (
        f"What ran is services/orders at commit {OTHER}. Its version {COMMIT} is the last commit that touched it: what "
        "it uses outside is not part of that."
    )
    assert what_ran(CANDIDATE, tested) == ([note] if said else [])


def test_of_a_folder_an_image_may_be_labelled_with_head_which_has_the_same_there() -> None:
    tested = Tested(commit=COMMIT, path="services/orders", head=OTHER, vouched=True)
    deployed = replace(CANDIDATE, stage=Stage.DEPLOY)

    assert wrong_code(deployed, tested, OTHER) == []
    assert uncredited(CANDIDATE, tested, OTHER, trusting=False) == ""
    assert wrong_code(deployed, tested, "c" * 40) != []
    assert uncredited(CANDIDATE, tested, "c" * 40, trusting=True) != ""
