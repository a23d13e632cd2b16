"""Who acts, and what is to be done: each thing once, and nobody is told twice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gate.domain.advice import PIPELINE, Advice
from gate.domain.report import Entry, Report
from gate.domain.verdict import Decision, Standing
from gate.rendering.escaping import HANDLE, VALUE_LIMIT, Safe, code, mention, text
from gate.rendering.wording import is_harmless

NAMES_SHOWN: Final = 10
EACH: Final = "each of them"
ABOVE: Final = "What to do is said above."


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do."""

    what: Safe
    """Whom it is about: the counterparts, else the service."""
    who: Safe
    action: str


def acting(report: Report, entries: Sequence[Entry], mentions: int) -> Iterator[Action]:
    """Say who acts for what of these entries blocks, or would without an exception, and for what is no entry's.

    Args:
        report: may have faults of its own.
        entries: that are not fine.
        mentions: how many people and teams are told by name at most; each of them once.
    """
    yield from _of_the_pipeline(report, nobody=not any(map(_asks_for_action, report.entries)))
    groups: dict[tuple[str, str], list[tuple[Entry, Advice]]] = {}
    for entry in entries:
        follows = bool(report.faults) and entry.advice is not None and entry.advice.who_acts == PIPELINE
        if entry.advice is not None and _asks_for_action(entry) and not follows:
            key = (_of_each(entry, entry.advice.who_acts), _of_each(entry, entry.advice.next_action))
            groups.setdefault(key, []).append((entry, entry.advice))
    told: set[str] = set()
    for (who, action), members in groups.items():
        advices = [advice for _, advice in members]
        owners = dict.fromkeys(owner for advice in advices for owner in advice.owners)
        may_be_told = {owner for advice in advices for owner in advice.mentions if HANDLE.fullmatch(owner)}
        new = set()
        for owner in owners:
            if owner in may_be_told and owner.lower() not in told and len(told) < mentions:
                told.add(owner.lower())
                new.add(owner)
        named = Safe(", ".join(mention(owner) if owner in new else text(owner) for owner in owners))
        alone = len(members) == 1
        yield Action(
            what=_names([entry.integration.counterpart.name for entry, _ in members]),
            who=_who(advices, advices[0].who_acts if alone else who, named),
            action=advices[0].next_action if alone else action,
        )


def _asks_for_action(entry: Entry) -> bool:
    """Say whether an integration that is not fine blocks, or would without an exception."""
    fine = entry.standing is Standing.HONOURED
    return not fine and (entry.integration.is_excused or not is_harmless(entry))


def _of_the_pipeline(report: Report, *, nobody: bool) -> Iterator[Action]:
    """Say who acts for what is nobody's contract: a provider that did not start, a store that did not answer."""
    if report.faults or (nobody and report.verdict.decision is not Decision.ALLOW):
        yield Action(what=code(report.candidate.service), who=text(PIPELINE), action=ABOVE)


def _of_each(entry: Entry, sentence: str) -> str:
    """Say of each counterpart what a sentence says of one, so that equal advice is given once."""
    one = entry.integration
    names = sorted({str(one.counterpart), one.counterpart.name}, key=len, reverse=True)
    if len(names[0]) > VALUE_LIMIT:  # an expression of its length would take minutes to make
        return sentence
    return re.sub(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])", EACH, sentence)


def _names(names: Sequence[str]) -> Safe:
    once = list(dict.fromkeys(names))
    more = f" and {len(once) - NAMES_SHOWN} more" if len(once) > NAMES_SHOWN else ""
    return Safe(f"{', '.join(code(name) for name in once[:NAMES_SHOWN])}{more}")


def _who(advices: Sequence[Advice], who: str, owners: Safe) -> Safe:
    """`the authors of this version of orders-api, with @acme/checkout-team`; `the team of billing (@acme/billing)`."""
    if not owners:
        return text(who)
    named = any(name in advice.who_acts for advice in advices for name in advice.concerns)
    return Safe(f"{text(who)} ({owners})" if named else f"{text(who)}, with {owners}")
