"""For every integration that is not fine: what kind of trouble it is, what to do next, and who acts."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gate.domain.exceptions import AgreedException
from gate.domain.live import places
from gate.domain.results import NOT_TRIED, Cause, Outcome
from gate.domain.verdict import Evidence, Integration, Role, Standing

PIPELINE = "whoever looks after this pipeline"


class Trouble(StrEnum):
    """The class of an integration that is not fine.

    Telling "by this change" from "already before it" takes earlier results: where there are none, it is just broken.
    """

    BROKEN = "broken"
    BROKEN_NOW = "broken by this change"
    BROKEN_BEFORE = "already broken before it"
    FLAKY = "flaky"
    NEVER_VERIFIED = "never verified"
    NOT_RECORDED = "nothing recorded in the environment"
    NOT_VERIFIABLE = "could not be verified"
    EXCEPTED = "excepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a reader of the report should do about one integration."""

    trouble: Trouble
    next_action: str
    who_acts: str
    concerns: tuple[str, ...] = ()
    """The pacticipants whose owners have to know of it, as something of theirs breaks or blocks."""
    owners: tuple[str, ...] = ()
    """Those owners, where somebody wrote down who they are: `@acme/checkout-team`, or any other name."""
    mentions: tuple[str, ...] = ()
    """Which of them may be told by name on GitHub: those that this repository itself names."""


def advise(
    integration: Integration, service: str, *, sets_up_states: bool = True, is_live: bool = False
) -> Advice | None:
    """Say what to do about `integration`, or None when it is fine.

    Args:
        integration: with its results.
        service: the candidate's name.
        sets_up_states: whether there was an address to set up provider states.
        is_live: whether the candidate was deployed already.
    """
    if integration.standing is Standing.HONOURED:
        return None
    if integration.exception is not None and integration.is_excused:
        return _excused(integration.exception)
    if not integration.binding:
        return _harmless(integration, service)
    if integration.standing is Standing.UNVERIFIED:
        return _unknown(integration, service)
    advice = _broken(integration, service, sets_up_states=sets_up_states)
    if is_live and integration.evidence is not Evidence.GONE:
        first = f"It is live: put the version of {service} before it back, and record that. "
        return replace(advice, next_action=f"{first}{advice.next_action}")
    return advice


def _broken(integration: Integration, service: str, *, sets_up_states: bool) -> Advice:
    if integration.evidence is Evidence.GONE:
        return _left_alone(integration, service)
    if integration.role is Role.PROVIDER:
        return _broken_by_provider(integration, service)
    return _broken_for_consumer(integration, service, sets_up_states=sets_up_states)


def _unknown(integration: Integration, service: str) -> Advice:
    fault = integration.fault
    if integration.empty or (fault is None and integration.evidence is Evidence.VERIFIED and not integration.results):
        return _empty(integration, service)
    if integration.evidence is Evidence.VERIFIED:
        return Advice(
            trouble=Trouble.NOT_VERIFIABLE,
            next_action=_mend(integration),
            who_acts=_who_mends(integration, service),
        )
    if fault is None:
        return _no_result(integration, service)
    if integration.role is Role.PROVIDER and integration.counterpart.version is None:
        team = f"the team of {integration.counterpart.name}"
        concerned = (integration.counterpart.name,)
        return Advice(trouble=Trouble.NOT_RECORDED, next_action=fault.remedy, who_acts=team, concerns=concerned)
    return Advice(trouble=Trouble.NOT_VERIFIABLE, next_action=str(fault), who_acts=PIPELINE)


def _empty(integration: Integration, service: str) -> Advice:
    consumer = service if integration.role is Role.PROVIDER else integration.counterpart.name
    return Advice(
        trouble=Trouble.NEVER_VERIFIED,
        next_action=(
            f"{integration.source} expects nothing. Have the tests of {consumer} write their interactions into it, or "
            "delete it."
        ),
        who_acts=f"the team of {consumer}",
        concerns=(consumer,),
    )


def _excused(exception: AgreedException) -> Advice:
    return Advice(
        trouble=Trouble.EXCEPTED,
        next_action=f"Have it settled by {exception.until}: after that it blocks.",
        who_acts=exception.owner,
    )


def _harmless(integration: Integration, service: str) -> Advice:
    consumer = integration.counterpart.name
    if integration.standing is Standing.UNVERIFIED:
        return Advice(
            trouble=Trouble.NOT_VERIFIABLE,
            next_action=f"This blocks nobody until {consumer} goes live with it.",
            who_acts=f"the teams of {service} and {consumer}",
        )
    return Advice(
        trouble=Trouble.BROKEN,
        next_action=(
            f"This blocks nobody until {consumer} goes live with it. Agree on who moves first: {service} has to honour "
            f"it before that, or {consumer} to expect something else."
        ),
        who_acts=f"the teams of {service} and {consumer}",
    )


def _broken_for_consumer(integration: Integration, service: str, *, sets_up_states: bool) -> Advice:
    consumer = integration.counterpart.name
    if integration.is_flaky:
        return _flaky(service)
    first = _first_the_states(integration, sets_up_states=sets_up_states)
    if integration.broken_before:
        return Advice(
            trouble=Trouble.BROKEN_BEFORE,
            next_action=(
                f"{first}Mend {service} in a change of its own, or have {consumer} publish a contract that {service} "
                "honours: this change did not break it."
            ),
            who_acts=f"the team of {service}, not the authors of this change alone",
            concerns=(service, consumer),
        )
    return Advice(
        trouble=Trouble.BROKEN if integration.broken_before is None else Trouble.BROKEN_NOW,
        next_action=(
            f"{first}Keep {service} answering as {consumer} expects until it no longer reads that, or agree with its "
            "team on a new contract, which it publishes first."
        ),
        who_acts=_authors(service),
        concerns=(consumer,),
    )


def _flaky(service: str) -> Advice:
    return Advice(
        trouble=Trouble.FLAKY,
        next_action=(
            "It failed, and passed when it was tried again in the same run. Find what differs between two tries of "
            f"{service}: data left behind by another test, a value that depends on time or order, a start-up that is "
            "not over. Until then it counts as broken."
        ),
        who_acts=f"the team of {service}",
        concerns=(service,),
    )


def _broken_by_provider(integration: Integration, service: str) -> Advice:
    provider = integration.counterpart.name
    if integration.broken_before:
        return Advice(
            trouble=Trouble.BROKEN_BEFORE,
            next_action=(
                f"Have {integration.name} mended or replaced where it is live: a version of {service} that is already "
                "live or on its main branch expects exactly the same of it."
            ),
            who_acts=f"the team of {provider}",
            concerns=(provider,),
        )
    return Advice(
        trouble=Trouble.BROKEN if integration.broken_before is None else Trouble.BROKEN_NOW,
        next_action=(
            f"Expect of {provider} only what {integration.name} does, or wait with this change until a version of "
            f"{provider} that honours it is live there."
        ),
        who_acts=_authors(service),
        concerns=(provider,),
    )


def _left_alone(integration: Integration, service: str) -> Advice:
    return Advice(
        trouble=Trouble.BROKEN_NOW,
        next_action=(
            f"Deploy a version of {service} there again that honours {integration.name}, or have {integration.name} "
            "replaced there by a version that does not need it."
        ),
        who_acts=f"whoever undeployed {service}",
        concerns=(integration.counterpart.name,),
    )


def _no_result(integration: Integration, service: str) -> Advice:
    if integration.role is Role.CONSUMER:
        return Advice(
            trouble=Trouble.NEVER_VERIFIED,
            next_action=(
                f"Verify this version of {service} first: gate check, with provider-url, provider-command or "
                "provider-image."
            ),
            who_acts=_authors(service),
        )
    provider = integration.counterpart.name
    return Advice(
        trouble=Trouble.NEVER_VERIFIED,
        next_action=(
            f"Have {integration.name}, live in {places(integration.live)}, verified against this contract: run the "
            f"pipeline of {provider} for that version (with a broker, a webhook for "
            "contract_requiring_verification_published does), or set wait to give it time."
        ),
        who_acts=f"the team of {provider}",
        concerns=(provider,),
    )


def _authors(service: str) -> str:
    return f"the authors of this version of {service}"


def _who_mends(integration: Integration, service: str) -> str:
    if integration.fault is not None and not integration.results:
        return f"the team of {integration.counterpart.name}"
    if all(result.error == NOT_TRIED for result in integration.results):
        return PIPELINE
    if {result.cause for result in integration.results if result.outcome is Outcome.ERRORED} == {Cause.CONTRACT}:
        return f"the team of {integration.counterpart.name}"
    return _authors(service)


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
