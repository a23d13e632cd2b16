"""The first line of a comment, by which later runs find it again, know which run it tells of, and whether it is new."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from gate.domain.report import Candidate, Report, Run

MARKER: Final = "<!-- contract-gate v1 "
FOOTER: Final = "<sub>"
"""Begins the line that says which run wrote the rest."""
RUN_PAGE: Final = re.compile(r"\[run \d+[^\]]*\]\([^)]*\)")
"""A link to the run that wrote the rest."""
LONGEST_KEY: Final = 1000
"""Characters. What makes a longer key is hashed."""


def marker(report: Report, key: str | None = None) -> str:
    """Return the line by which a later run knows the comment of this one: whose it is, then which run it was.

    Args:
        report: what the comment tells.
        key: the user's own, where several gates have service and environment in common.
    """
    run = {} if report.run is None else {"run": report.run.id, "attempt": report.run.attempt, "sha": report.run.commit}
    return f"{MARKER}{_key(report.candidate, key)} {_inert(run)} -->"


def is_comment_of(candidate: Candidate, body: str, key: str | None = None) -> bool:
    """Say whether `body` is a comment about the same service, headed for the same environments, with the same key."""
    return body.startswith(f"{MARKER}{_key(candidate, key)} ")


def is_newer(body: str, report: Report) -> bool:
    """Say whether a comment of ours tells of a later run than `report` does: one that began later may end sooner.

    Of one commit a run that was run again counts when it tells last: nobody knows when that began.
    """
    told, run = _run(body), report.run
    if told is None or run is None or not re.fullmatch(r"\d{1,18}", run.id):
        return False
    number, attempt, commit = told
    if number != int(run.id) and commit == run.commit and run.attempt > 1:
        return False
    return (number, attempt) > (int(run.id), run.attempt)


def tells_of(body: str, run: Run) -> bool:
    """Say whether a comment of ours is about the very commit of a run."""
    told = _run(body)
    return told is not None and told[2] == run.commit


def says_the_same(body: str, other: str) -> bool:
    """Say whether two comments say the same of the same commit, whichever runs wrote them."""
    told, new = _run(body), _run(other)
    return (told and told[2]) == (new and new[2]) and _lasting(body) == _lasting(other)


def _run(body: str) -> tuple[int, int, str] | None:
    """Read number and attempt of the run that wrote a comment, and its commit."""
    found = re.match(rf'{MARKER}.* {{"run": "(\d{{1,18}})", "attempt": (\d{{1,9}}), "sha": "(\w*)"}} -->', body)
    return None if found is None else (int(found[1]), int(found[2]), found[3])


def _lasting(body: str) -> list[str]:
    """Return what of a comment is not about the run that wrote it. GitHub may give other line ends back."""
    lines = body.rstrip().splitlines()[1:]
    return [RUN_PAGE.sub("run", line) for line in lines if not line.startswith(FOOTER)]


def _key(candidate: Candidate, own: str | None) -> str:
    """Say what makes a comment the same one: the service, where it is headed, and what the user says."""
    parts: Mapping[str, object] = {
        "service": candidate.service,
        "environments": list(candidate.environments),
        **({} if candidate.instance is None else {"instance": candidate.instance}),
        **({} if candidate.one_contract is None else {"contract-of": candidate.one_contract}),
        **({} if own is None else {"key": own}),
    }
    key = _inert(parts)
    return key if len(key) <= LONGEST_KEY else _inert({"sha256": hashlib.sha256(key.encode()).hexdigest()})


def _inert(value: object) -> str:
    """Write JSON that cannot end an HTML comment."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "\\u002d\\u002d")
