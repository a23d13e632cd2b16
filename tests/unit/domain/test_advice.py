import pytest

from gate.domain.advice import Advice, Trouble, advise
from gate.domain.contracts import Fault
from gate.domain.results import Cause, Outcome, settle
from gate.domain.verdict import Integration
from tests.builders import SERVICE, integration, interaction, result

AUTHORS = "the authors of this version of orders-api"


def test_an_honoured_integration_needs_nobody() -> None:
    assert advise(integration(Outcome.PASSED), SERVICE) is None


def test_a_break_is_for_the_authors_of_the_provider() -> None:
    assert advise(integration(Outcome.FAILED), SERVICE) == Advice(
        trouble=Trouble.BROKEN,
        next_action=(
            "Keep orders-api answering as web-checkout expects until it no longer reads that, or agree with its team "
            "on a new contract, which it publishes first."
        ),
        who_acts=AUTHORS,
        concerns=("web-checkout",),
    )


def test_a_contract_that_expects_nothing_is_for_the_consumers_team() -> None:
    assert advise(integration(), SERVICE) == Advice(
        trouble=Trouble.NEVER_VERIFIED,
        next_action=(
            "pacts/web.json expects nothing. Have the tests of web-checkout write their interactions into it, or "
            "delete it."
        ),
        who_acts="the team of web-checkout",
        concerns=("web-checkout",),
    )


def test_a_fault_is_repeated_with_its_remedy() -> None:
    fault = Fault(where="pacts/web.json", what="it is nested too deep.", remedy="Write it again.")

    assert advise(integration(fault=fault), SERVICE) == Advice(
        trouble=Trouble.NOT_VERIFIABLE,
        next_action="pacts/web.json: it is nested too deep. Write it again.",
        who_acts="the team of web-checkout",
    )


def test_an_engine_that_fails_is_for_the_authors_of_the_provider() -> None:
    advice = advise(integration(Outcome.PASSED, fault=Fault(where="", what="no engine.")), SERVICE)

    assert advice is not None
    assert (advice.next_action, advice.who_acts) == ("no engine.", AUTHORS)


def test_a_regular_expression_that_takes_for_ever_is_for_the_consumer() -> None:
    endless = result(Outcome.ERRORED, error="it takes for ever", cause=Cause.CONTRACT)
    late = result(Outcome.ERRORED, 1, cause=Cause.TIMEOUT)

    alone = advise(integration(results=(endless, result(Outcome.PASSED, 1))), SERVICE)
    with_another = advise(integration(results=(endless, late)), SERVICE)

    assert alone is not None
    assert with_another is not None
    assert alone.who_acts == "the team of web-checkout"
    assert with_another.who_acts == AUTHORS


def test_errored_interactions_are_counted() -> None:
    one = advise(integration(Outcome.ERRORED), SERVICE)
    two = advise(integration(Outcome.ERRORED, Outcome.PASSED, Outcome.ERRORED), SERVICE)

    error = "the provider did not answer within 10 s (request-timeout)"
    early = advise(integration(results=settle([interaction()], [])), SERVICE)

    assert one is not None
    assert two is not None
    assert early is not None
    assert early.next_action == "Mend what ended the run before its contract was through, and run it again."
    assert one.next_action == f"Mend what kept it from being tried: {error}"
    assert two.next_action == f"Mend what kept it from being tried: {error} (and 1 more)"


def test_a_state_that_was_not_set_up_comes_first() -> None:
    broken = result(Outcome.FAILED, interaction=interaction(states=("order 42 exists",)))

    without = advise(integration(results=(broken,)), SERVICE, sets_up_states=False)
    stateless = advise(integration(Outcome.FAILED), SERVICE, sets_up_states=False)

    assert without is not None
    assert stateless is not None
    assert without.next_action.startswith(
        "First set provider-states-url: the state “order 42 exists” was not set up. If it still breaks then: Keep"
    )
    assert stateless.next_action.startswith("Keep")


FLAKY = result(Outcome.FAILED, flaky=True)


@pytest.mark.parametrize("broken_before", [None, True, False])
@pytest.mark.parametrize("sets_up_states", [True, False])
def test_what_passes_at_the_second_try_is_for_the_team_of_the_provider(
    *, broken_before: bool | None, sets_up_states: bool
) -> None:
    one = integration(results=(FLAKY, result(position=1)), broken_before=broken_before)

    assert advise(one, SERVICE, sets_up_states=sets_up_states) == Advice(
        trouble=Trouble.FLAKY,
        next_action=(
            "It failed, and passed when it was tried again in the same run. Find what differs between two tries of "
            "orders-api: data left behind by another test, a value that depends on time or order, a start-up that is "
            "not over. Until then it counts as broken."
        ),
        who_acts="the team of orders-api",
        concerns=("orders-api",),
    )


def test_a_failure_that_stays_outweighs_one_that_does_not() -> None:
    one = integration(results=(FLAKY, result(Outcome.FAILED, 1)))
    advice = advise(one, SERVICE)

    assert not one.is_flaky
    assert advice is not None
    assert advice.trouble is Trouble.BROKEN


def test_what_could_not_be_tried_beside_what_is_flaky_makes_no_other_trouble_of_it() -> None:
    advice = advise(integration(results=(FLAKY, result(Outcome.ERRORED, 1))), SERVICE)

    assert advice is not None
    assert advice.trouble is Trouble.FLAKY


@pytest.mark.parametrize("one", [integration(), integration(Outcome.PASSED), integration(Outcome.ERRORED)])
def test_where_nothing_failed_nothing_is_flaky(one: Integration) -> None:
    assert not one.is_flaky


def test_a_flaky_contract_that_does_not_bind_blocks_nobody_all_the_same() -> None:
    advice = advise(integration(results=(FLAKY,), binding=False), SERVICE)

    assert advice is not None
    assert advice.next_action.startswith("This blocks nobody until web-checkout goes live with it.")
