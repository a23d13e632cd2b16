"""For every integration that is not fine: what kind of trouble it is, what to do next, and who acts."""

from dataclasses import dataclass
from enum import StrEnum

from gate.domain.results import NOT_TRIED, Outcome
from gate.domain.verdict import Integration, Standing


class Trouble(StrEnum):
    """The class of an integration that is not fine.

    Telling "by this change" from "already before it" takes earlier results, which loose contract files do not have.
    """

    BROKEN = "broken"
    NEVER_VERIFIED = "never verified"
    NOT_VERIFIABLE = "could not be verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a reader of the report should do about one integration."""

    trouble: Trouble
    next_action: str
    who_acts: str


def advise(integration: Integration, service: str, *, sets_up_states: bool = True) -> Advice | None:
    """Say what to do about `integration`, or None when it is fine.

    Args:
        integration: with its results.
        service: the candidate's name.
        sets_up_states: whether there was an address to set up provider states.
    """
    consumer = integration.counterpart.name
    match integration.standing:
        case Standing.HONOURED:
            return None
        case Standing.BROKEN:
            return Advice(
                trouble=Trouble.BROKEN,
                next_action=_first_the_states(integration, sets_up_states=sets_up_states)
                + (
                    f"Keep {service} answering as {consumer} expects until {consumer} no longer reads it, "
                    f"or agree on the change with the team of {consumer} and have it publish a new contract first."
                ),
                who_acts=f"the authors of this version of {service}",
            )
        case Standing.UNVERIFIED if not integration.results and integration.fault is None:
            return Advice(
                trouble=Trouble.NEVER_VERIFIED,
                next_action=(
                    f"{integration.source} expects nothing. Have the consumer's tests write their interactions "
                    "into it, or delete it."
                ),
                who_acts=f"the team of {consumer}",
            )
        case _:
            return Advice(
                trouble=Trouble.NOT_VERIFIABLE,
                next_action=_mend(integration),
                who_acts=_who_mends(integration, service),
            )


def _who_mends(integration: Integration, service: str) -> str:
    if integration.fault is not None and not integration.results:
        return f"the team of {integration.counterpart.name}"
    if all(result.error == NOT_TRIED for result in integration.results):
        return "whoever looks after this pipeline"
    return f"the authors of this version of {service}"


def _first_the_states(integration: Integration, *, sets_up_states: bool) -> str:
    """Point out the likeliest cause of a break that is none."""
    failed = (result.interaction for result in integration.results if result.outcome is Outcome.FAILED)
    states = [state for interaction in failed for state in interaction.states]
    if sets_up_states or not states:
        return ""
    return f"First set provider-states-url: the state “{states[0]}” was not set up. If it still breaks then: "


def _mend(integration: Integration) -> str:
    if integration.fault is not None:
        return str(integration.fault)
    errors = [result.error for result in integration.results if result.outcome is Outcome.ERRORED]
    errors = [error for error in errors if error != NOT_TRIED]
    if not errors:
        return "Mend what ended the run before its contract was through, and run it again."
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"Mend what kept it from being tried: {errors[0]}{more}"
