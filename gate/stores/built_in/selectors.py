"""Consumer version selectors, as a Pact Broker reads them; what it would refuse, or pass over, is refused."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from gate.domain.errors import StoreError
from gate.domain.report import Candidate
from gate.stores.built_in.names import escape
from gate.stores.choice import Selector

LIVE: Final = frozenset({"environment", "deployed", "released", "deployedOrReleased"})
"""What selects by where a version is."""
HEADS: Final[AbstractSet[frozenset[str]]] = frozenset(
    frozenset(names)
    for names in (
        ("mainBranch",),
        ("mainBranch", "latest"),
        ("matchingBranch",),
        ("branch",),
        ("branch", "latest"),
        ("latest",),
    )
)
"""What selects heads of branches, and the newest version of all."""


def refuse_meaningless(selectors: Iterable[Selector], candidate: Candidate, environments: AbstractSet[str]) -> None:
    """Refuse selectors that mean nothing here: others in their place would be verified, or none.

    Args:
        selectors: as the user wrote them.
        candidate: that they are asked for.
        environments: that there are, escaped.

    Raises:
        StoreError: naming the selector.
    """
    for selector in selectors:
        if reason := _reason(selector, candidate, environments):
            raise StoreError(
                f"{dict(selector)} selects nothing here: {reason}.",
                where="consumer-version-selectors",
                remedy="Select by mainBranch, branch, matchingBranch, latest, or where versions are live.",
            )


def _reason(selector: Selector, candidate: Candidate, environments: AbstractSet[str]) -> str:
    names = frozenset(selector) - {"consumer"}
    if not all(selector.values()) or not (names in HEADS or (names and names <= LIVE)):
        return "these do not go together"
    if "matchingBranch" in names and candidate.branch is None:
        return "the candidate is on no branch"
    environment = selector.get("environment")
    if environment is not None and escape(environment) not in environments:
        return "nothing was ever recorded in that environment"
    return ""
