"""From the engine's words to ours. Anything short of the literal OK for the expected interaction is no pass."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gate.clients.sockets import refusal
from gate.domain.contracts import Kind
from gate.domain.redaction import CUT
from gate.domain.results import Cause, InteractionResult, Mismatch, Outcome, Where
from gate.engines.pact_engine.document import Part, at_path, expected_body
from gate.engines.pact_engine.protocol import TEXT_LIMIT, Answer, Difference, Verified
from gate.engines.pact_engine.relay import RelayFault
from gate.ports import Target

PLACES: Final = {
    "StatusMismatch": Where.STATUS,
    "HeaderMismatch": Where.HEADER,
    "MetadataMismatch": Where.METADATA,
    "BodyTypeMismatch": Where.CONTENT_TYPE,
}
BACKWARDS: Final = re.compile(r"^Expected (.+) to be equal to (.+)$", re.DOTALL)
"""How the engine says that the first is the actual value and the second the expected one."""
CAUGHT: Final = "Caught panic with error: "
"""How the engine begins to tell of a panic of its own."""
TOO_LONG: Final = "limit-in-match over"
"""What the library of regular expressions says when one takes too many steps. Source: Oniguruma, regerror.c."""
BROKEN_ANSWERS: Final = {
    "error following redirect": "the provider redirects in circles, or from one to the next without end",
    "error decoding response body": "the provider broke off its answer half-way, or it is not packed as its head says",
}
"""What the engine says of an answer that is none, and what it means."""
UNSET_STATE: Final = "state change handlers has failed"
"""What the engine says of a state that could not be set up or torn down, whatever the reason."""
SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def fits(answer: Answer, parts: Sequence[Part]) -> bool:
    """Say whether the answer speaks of exactly these interactions, in this order."""
    asked = [(part.interaction.description, list(part.interaction.states)) for part in parts]
    told = [(one["description"], one["states"]) for one in answer["interactions"]]
    return answer["outcome"] == "done" and asked == told


def result_of(part: Part, verified: Verified, faults: Sequence[RelayFault], target: Target) -> InteractionResult:
    """Turn the engine's answer for one interaction into a result."""
    interaction = part.interaction
    duration = _seconds(verified["duration"])
    fault = _fault_of(part, verified, faults)
    found = [mismatch for one in verified["differences"] for mismatch in _mismatches(one, part)]
    mismatches = tuple(sorted(found, key=_reading_order))
    if fault is not None:
        return errored(part, fault.message, fault.cause, duration)
    if verified["ok"]:
        return InteractionResult(interaction=interaction, outcome=Outcome.PASSED, duration=duration)
    if mismatches:
        return InteractionResult(
            interaction=interaction,
            outcome=Outcome.FAILED,
            mismatches=mismatches,
            error=f"and {verified['left_out']} more mismatches" if verified["left_out"] else "",
            duration=duration,
        )
    error, cause = _explain(verified["error"], duration, target)
    return errored(part, error, cause, duration)


def gave_up(answer: Answer, last_words: str) -> tuple[str, Cause]:
    """Say why there is no answer that fits, and what kind of fault that is.

    Args:
        answer: that does not.
        last_words: what the engine said of it, which is all that a panic leaves.
    """
    if TOO_LONG in last_words:
        return (
            "a regular expression of this contract takes for ever to compare with the answer, and was given up: have "
            f"the consumer write it without repetitions inside repetitions ({last_words.removeprefix(CAUGHT)})"
        ), Cause.CONTRACT
    reason = answer["message"] or last_words.removeprefix(CAUGHT) or "its results do not fit the contract"
    return f"the engine gave up without a result: {reason}", Cause.ENGINE


def errored(part: Part, error: str, cause: Cause, duration: float = 0.0) -> InteractionResult:
    """Say that an interaction could not be tried."""
    return InteractionResult(
        interaction=part.interaction, outcome=Outcome.ERRORED, error=error, cause=cause, duration=duration
    )


def _fault_of(part: Part, verified: Verified, faults: Sequence[RelayFault]) -> RelayFault | None:
    """Find what the relay saw go wrong for this interaction.

    A message that could not be had is no pass, whatever the engine made of the relay's answer.
    """
    if part.interaction.kind is not Kind.HTTP:
        subjects = {part.interaction.description, *part.interaction.states}
        return next((fault for fault in faults if fault.subject in subjects), None)
    if verified["ok"] or verified["differences"]:
        return None
    subjects = set(part.interaction.states) or {""}
    return next((fault for fault in faults if fault.subject in subjects), None)


def _mismatches(difference: Difference, part: Part) -> Iterator[Mismatch]:
    """Translate a difference; one about missing keys becomes a mismatch for each, with the value that was expected."""
    where = PLACES.get(difference["type"], Where.BODY)
    missing = _missing_keys(difference) if where is Where.BODY else []
    example = at_path(expected_body(part.raw), difference["path"]) if missing else None
    if isinstance(example, dict) and all(key in example for key in missing):
        for key in missing:
            value = json.dumps(example[key], ensure_ascii=False)
            yield Mismatch(
                where=where,
                path=f"{difference['path']}.{key}",
                expected=value if len(value) <= TEXT_LIMIT else f"{value[:TEXT_LIMIT]}{CUT}",
                message=f"the key “{key}” is missing",
            )
        return
    yield Mismatch(
        where=where,
        path=difference["key"] or difference["path"],
        expected=difference["expected"],
        actual=difference["actual"],
        message=re.sub(BACKWARDS, r"it is \1 and should be \2", difference["message"]),
    )


def _missing_keys(difference: Difference) -> list[str]:
    """Name the missing keys, which the engine gives as two lists of keys; none for any other kind of difference."""
    if "missing the following keys" not in difference["message"]:
        return []
    try:
        expected, actual = json.loads(difference["expected"]), json.loads(difference["actual"])
    except ValueError:
        return []
    return [key for key in expected if key not in actual]


def _reading_order(mismatch: Mismatch) -> tuple[int, str, str]:
    return list(Where).index(mismatch.where), mismatch.path, mismatch.message


def _seconds(duration: str) -> float:
    """Read `2m 7s 86ms`. A duration that cannot be read is no reason to lose a result."""
    parts = re.findall(r"([\d.]+)(\D+?)(?:\s|$)", duration)
    return round(sum(float(number) * SECONDS.get(unit, 0.0) for number, unit in parts), 6)


def _explain(error: str, duration: float, target: Target) -> tuple[str, Cause]:
    """Say what lies behind the engine's one sentence for every connection fault, and what kind of fault that is."""
    if UNSET_STATE in error:
        return f"a provider state could not be set up or torn down ({error})", Cause.STATE
    if duration >= target.request_timeout:
        return f"the provider did not answer within {target.request_timeout:g} s (request-timeout)", Cause.TIMEOUT
    if "error sending request" in error:
        return _unconnected(error, target), Cause.CONNECTION
    for words, meaning in BROKEN_ANSWERS.items():
        if words in error:
            return f"{meaning} ({error})", Cause.CONNECTION
    return error or "the engine says that it failed and not why", Cause.ENGINE


def _unconnected(error: str, target: Target) -> str:
    reason = refusal(target.url)
    if reason is not None:
        return f"the provider does not accept connections at {target.url} ({reason}): did it end during the run?"
    if target.url.startswith("https:"):
        return (
            f"the provider gave no answer over https ({error}): is its certificate vouched for by an authority that "
            "this machine trusts? SSL_CERT_FILE names one of your own"
        )
    return f"the provider closed the connection without an answer, or with none of HTTP ({error})"
