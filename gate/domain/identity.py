"""Whether what ran is the version that the verdict is about."""

from gate.domain.contracts import Fault
from gate.domain.report import COMMIT, Candidate, Stage, Tested


def wrong_code(candidate: Candidate, tested: Tested, revision: str = "") -> list[Fault]:
    """Say why what ran cannot stand for the candidate: an honoured contract of other code allows nothing.

    A pull request's merge commit can, until it is about to be deployed. A version that is a mere name is the user's
    word, and so is what the gate did not start, unless its image says otherwise.

    Args:
        candidate: that the verdict is about.
        tested: what is in the workspace.
        revision: what the provider's image says it was built from; empty when it says nothing.
    """
    if candidate.stage is Stage.DEPLOY and _is_of_another(revision, candidate, tested):
        return [
            Fault(
                where="provider-image",
                what=f"{_label(revision)}, and the verdict is about {_named(candidate)}.",
                remedy="Name that version's image. If this is the label of its base image, give it one of its own.",
            )
        ]
    if tested.vouched or tested.commit is None or candidate.commit is None:
        return []
    deploying = candidate.stage is Stage.DEPLOY
    if not tested.commit.startswith(candidate.commit) and (deploying or not tested.merge):
        return [
            Fault(
                where="",
                what=f"what ran is commit {tested.commit}, and the verdict is about {_named(candidate)}.",
                remedy="Check that version out (actions/checkout: ref), or set version to what is checked out.",
            )
        ]
    if tested.modified and deploying:
        return [
            Fault(
                where="",
                what=f"tracked files differ from commit {tested.commit}, so that what ran is not what is deployed.",
                remedy="Leave them as they are in the commit, or deploy what was built from the changed ones.",
            )
        ]
    return []


def uncredited(candidate: Candidate, tested: Tested, revision: str | None, *, trusting: bool) -> str:
    """Say why the results of this run cannot be kept as the candidate's; nothing when they can.

    Args:
        candidate: whose results they would be.
        tested: what is in the workspace.
        revision: the commit that the provider's image says it was built from; empty when it says none, and None when
            the provider is no image's.
        trusting: whether the user's word is enough where nothing shows what ran.
    """
    commit = candidate.commit
    if revision and commit is not None and not _is_of_another(revision, candidate, tested):
        return ""
    if tested.merge:
        return f"what is checked out is the pull request merged into its base, and not {_named(candidate)}"
    if revision and _is_of_another(revision, candidate, tested):
        return f"{_label(revision)}, and not {commit}"
    if trusting and (tested.vouched or tested.commit is None):
        return ""
    if not trusting and (commit is None or revision is not None):
        what = "what is checked out is" if revision is None else "the image (by org.opencontainers.image.revision) is"
        return f"nothing shows that {what} {candidate.version}"
    return _unproven(candidate, tested)


def _is_of_another(revision: str, candidate: Candidate, tested: Tested) -> bool:
    """Say whether an image was built from another commit, or from one that was changed.

    Where the version is the last commit that touched a folder, HEAD has the same in it.
    """
    commit = candidate.commit
    if not revision or commit is None or (tested.path is not None and revision == tested.head):
        return False
    return COMMIT.fullmatch(revision) is None or not revision.startswith(commit)


def _label(revision: str) -> str:
    return f"the image's label org.opencontainers.image.revision is {revision}"


def _unproven(candidate: Candidate, tested: Tested) -> str:
    commit = candidate.commit
    if tested.commit is None:
        return f"no commit is checked out here, so that nothing shows that what ran is {candidate.version}"
    if commit is not None and not tested.commit.startswith(commit):
        return f"commit {tested.commit} is checked out, and not {_named(candidate)}"
    return f"tracked files differ from commit {tested.commit}" if tested.modified else ""


def what_ran(candidate: Candidate, tested: Tested) -> list[str]:
    """Say which code was verified, where that is not plainly the candidate."""
    notes = []
    if tested.vouched:
        notes.append(
            "The provider was not started from this workspace: whoever made it vouches that it is "
            f"{candidate.version}, the gate cannot."
        )
    if tested.commit is None:
        if not tested.vouched:
            notes.append(
                f"No commit of git's is checked out here, so nothing shows that what ran is {candidate.version}."
            )
    elif not tested.commit.startswith(candidate.commit or candidate.version):
        what = "The workspace is at" if tested.vouched else "What ran is"
        merge = ", a pull request merged into its base" if tested.merge else ""
        notes.append(f"{what} commit {tested.commit}{merge}, not {_named(candidate)}.")
    if tested.path is not None and tested.head != tested.commit:
        notes.append(
            f"What ran is {tested.path} at commit {tested.head}. Its version {tested.commit} is the last commit that "
            "touched it: what it uses outside is not part of that."
        )
    if tested.modified and not tested.vouched:
        notes.append("What ran has changes to tracked files that are not committed.")
    return notes


def _named(candidate: Candidate) -> str:
    if candidate.commit is None or candidate.version.lower().startswith(candidate.commit):
        return candidate.version
    return f"{candidate.version}, which is {candidate.commit}"
