"""The commit status: one line beside a commit, and the name that a branch protection rule knows it by."""

import hashlib
from typing import Final

from gate.domain.report import Candidate, Report
from gate.domain.verdict import Decision
from gate.rendering import wording
from gate.rendering.safe_text import brief, one_line, shortened

DESCRIPTION_LIMIT: Final = 140
"""Characters. GitHub answers 422 to more."""
CONTEXT_LIMIT: Final = 200

STATES: Final = {Decision.ALLOW: "success", Decision.BLOCK: "failure", Decision.UNKNOWN: "error"}
PENDING: Final = "pending"
REFUSED: Final = "Another gate of this run did not allow it"
STARTED: Final = "Contracts are being verified"


def context(candidate: Candidate) -> str:
    """`contract-gate/orders-api (production)`: one status for each service and where it is headed."""
    return named("contract-gate/", candidate)


def named(by: str, candidate: Candidate) -> str:
    """Name what there is one of for each service and where it is headed; `by` says what that is."""
    where = f" ({', '.join(candidate.environments)})" if candidate.environments else ""
    if candidate.one_contract:
        where = f" (contract of {candidate.one_contract})"  # never taken for the status that a deploy waits for
    whole = one_line(f"{by}{candidate.service}{where}")
    if len(whole) <= CONTEXT_LIMIT:
        return whole
    # Two long ones that begin alike must not become one.
    return f"{shortened(whole, CONTEXT_LIMIT)} {hashlib.sha256(whole.encode()).hexdigest()[:12]}"


def description(report: Report) -> str:
    """`Blocked: web-checkout: 1 of 3 interactions broken`."""
    headline = wording.outcome(report)
    return brief(f"{headline[:1].upper()}{headline[1:]}: {'; '.join(report.verdict.reasons)}", DESCRIPTION_LIMIT)
