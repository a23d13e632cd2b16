"""Whether what ran is the version that the verdict is about."""

from gate.domain.contracts import Fault
from gate.domain.report import Candidate, Stage, Tested


def wrong_code(candidate: Candidate, tested: Tested) -> list[Fault]:
    """Say why what ran cannot stand for the candidate: an honoured contract of other code allows nothing.

    A pull request's merge commit can, until it is about to be deployed. A version that is a mere name is the user's
    word.
    """
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
    if tested.modified and not tested.vouched:
        notes.append("What ran has changes to tracked files that are not committed.")
    return notes


def _named(candidate: Candidate) -> str:
    if candidate.commit is None or candidate.version.lower().startswith(candidate.commit):
        return candidate.version
    return f"{candidate.version}, which is {candidate.commit}"
