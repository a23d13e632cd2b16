"""The action's outputs. Workflows paste them into scripts, so that nothing in them means anything to a shell."""

from collections.abc import Mapping, Sequence
from typing import Final

from gate.domain.report import Report
from gate.domain.verdict import WORST_FIRST, Decision, Standing
from gate.rendering.safe_text import inert_json, inert_text, shortened

REASON_LIMIT: Final = 1000
NAME_LIMIT: Final = 200
NAMES_SHOWN: Final = 500
"""A job's outputs may have a megabyte."""

OUTPUTS: Final[Mapping[str, str]] = {
    "verdict": "`allow`, `block` or `unknown`; of `publish`, whose exit code says it, and of `report`, which decides "
    "nothing, always `unknown`.",
    "deployable": "`true` when `check`, `verify` or `can-i-deploy` says allow, `false` in every other case; with "
    "contract-url always `false`.",
    "reason": "Why, in a line.",
    "broken": "The counterparts whose binding contracts are broken, as a JSON list of names.",
    "unverified": "The counterparts whose binding contracts could not be verified, as a JSON list of names.",
    "report": "The path of the JSON report, in the workspace; of several services, one a line. Empty: there is none.",
}
"""Each output of the action with its meaning."""


def outputs(reports: Sequence[tuple[Report, str]]) -> Mapping[str, str]:
    """Return the outputs of a run, which has a report for each service, and the path where that lies."""
    every = [report for report, _ in reports]
    reasons = [", ".join(report.verdict.reasons) for report in every]
    if len(every) > 1:
        reasons = [f"{report.candidate.service}: {reason}" for report, reason in zip(every, reasons, strict=True)]
    return {
        "verdict": min((report.verdict.decision for report in every), key=WORST_FIRST.index).value,
        "deployable": str(all(_deployable(report) for report in every)).lower(),
        "reason": _reason("; ".join(reasons)),
        "broken": _names(every, Standing.BROKEN),
        "unverified": _names(every, Standing.UNVERIFIED),
        "report": "\n".join(inert_text(path) for _, path in reports),
    }


def outputs_without_report(reason: str, paths: Sequence[str] = ()) -> Mapping[str, str]:
    """Return the outputs of a run that came to no report of its own, for `reason`, and where others' lie."""
    return {
        "verdict": Decision.UNKNOWN.value,
        "deployable": "false",
        "reason": _reason(reason),
        "broken": "[]",
        "unverified": "[]",
        "report": "\n".join(inert_text(path) for path in paths),
    }


def _deployable(report: Report) -> bool:
    says_so = report.candidate.one_contract is None and report.recorded is None
    return says_so and report.verdict.decision is Decision.ALLOW


def _reason(text: str) -> str:
    return inert_text(shortened(text, REASON_LIMIT))


def _names(reports: Sequence[Report], standing: Standing) -> str:
    names = {
        shortened(entry.integration.counterpart.name, NAME_LIMIT)
        for report in reports
        for entry in report.entries
        if entry.standing is standing and entry.integration.blocks
    }
    return inert_json(sorted(names)[:NAMES_SHOWN])
