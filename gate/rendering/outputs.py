"""The action's outputs. Workflows paste them into scripts, so that nothing in them means anything to a shell."""

from collections.abc import Mapping
from typing import Final

from gate.domain.report import Entry, Report
from gate.domain.verdict import Decision, Standing
from gate.rendering.safe_text import inert_json, inert_text, shortened

REASON_LIMIT: Final = 1000
NAME_LIMIT: Final = 200
NAMES_SHOWN: Final = 500
"""A job's outputs may have a megabyte."""

OUTPUTS: Final[Mapping[str, str]] = {
    "verdict": "`allow`, `block` or `unknown`.",
    "deployable": "`true` when the verdict is allow, `false` in every other case; with contract-url always `false`.",
    "reason": "Why, in a line.",
    "broken": "The counterparts whose binding contracts are broken, as a JSON list of names.",
    "unverified": "The counterparts whose binding contracts could not be verified, as a JSON list of names.",
    "report": "The path of the JSON report, in the workspace. Empty when there is none.",
}
"""Each output of the action with its meaning."""


def outputs(report: Report, path: str) -> Mapping[str, str]:
    """Return the outputs of a run whose report lies at `path`."""
    return {
        "verdict": report.verdict.decision.value,
        "deployable": str(report.verdict.decision is Decision.ALLOW and not report.candidate.one_contract).lower(),
        "reason": _reason(", ".join(report.verdict.reasons)),
        "broken": _names(report.entries, Standing.BROKEN),
        "unverified": _names(report.entries, Standing.UNVERIFIED),
        "report": inert_text(path),
    }


def outputs_without_report(reason: str) -> Mapping[str, str]:
    """Return the outputs of a run that came to no report, for `reason`."""
    return {
        "verdict": Decision.UNKNOWN.value,
        "deployable": "false",
        "reason": _reason(reason),
        "broken": "[]",
        "unverified": "[]",
        "report": "",
    }


def _reason(text: str) -> str:
    return inert_text(shortened(text, REASON_LIMIT))


def _names(entries: tuple[Entry, ...], standing: Standing) -> str:
    names = {
        shortened(entry.integration.counterpart.name, NAME_LIMIT)
        for entry in entries
        if entry.standing is standing and entry.integration.binding
    }
    return inert_json(sorted(names)[:NAMES_SHOWN])
