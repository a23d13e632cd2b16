"""Each class of trouble that a store makes visible, with who acts and what is next."""

from typing import Any

import pytest

from gate.domain.advice import PIPELINE, Trouble, advise
from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.results import Outcome
from gate.domain.verdict import Evidence, Integration, Role
from tests.builders import SERVICE, integration, interaction, kept, live, result

AUTHORS = "the authors of this version of orders-api"
INVENTORY = PacticipantVersion(name="inventory-api", version="3.0.0")


def _provider(success: bool | None, **more: Any) -> Integration:  # noqa: FBT001 - as in builders
    return kept(success, **({"role": Role.PROVIDER, "counterpart": INVENTORY} | more))


KEEP = (
    "Keep orders-api answering as web-checkout expects until it no longer reads that, or agree with its team on a new "
    "contract, which it publishes first."
)
EXPECT = (
    "Expect of inventory-api only what inventory-api 3.0.0 does, or wait with this change until a version of "
    "inventory-api that honours it is live there."
)
MEND = (
    "Mend orders-api in a change of its own, or have web-checkout publish a contract that orders-api honours: this "
    "change did not break it."
)
HARMLESS = (
    "This blocks nobody until web-checkout goes live with it. Agree on who moves first: orders-api has to honour it "
    "before that, or web-checkout to expect something else."
)


@pytest.mark.parametrize(
    ("one", "trouble", "who_acts", "next_action"),
    [
        (integration(Outcome.FAILED), Trouble.BROKEN, AUTHORS, KEEP),
        (integration(Outcome.FAILED, broken_before=False), Trouble.BROKEN_NOW, AUTHORS, KEEP),
        (kept(success=False, broken_before=False), Trouble.BROKEN_NOW, AUTHORS, KEEP),
        (
            integration(Outcome.FAILED, broken_before=True),
            Trouble.BROKEN_BEFORE,
            "the team of orders-api, not the authors of this change alone",
            MEND,
        ),
        (_provider(success=False), Trouble.BROKEN, AUTHORS, EXPECT),
        (_provider(success=False, broken_before=False), Trouble.BROKEN_NOW, AUTHORS, EXPECT),
        (
            _provider(success=False, broken_before=True),
            Trouble.BROKEN_BEFORE,
            "the team of inventory-api",
            (
                "Have inventory-api 3.0.0 mended or replaced where it is live: a version of orders-api that is already "
                "live or on its main branch expects exactly the same of it."
            ),
        ),
        (
            _provider(success=None, live=(live("inventory-api", "3.0.0"),)),
            Trouble.NEVER_VERIFIED,
            "the team of inventory-api",
            (
                "Have inventory-api 3.0.0, live in production, verified against this contract: run the pipeline of "
                "inventory-api for that version (with a broker, a webhook for "
                "contract_requiring_verification_published does), or set wait to give it time."
            ),
        ),
        (
            kept(success=None),
            Trouble.NEVER_VERIFIED,
            AUTHORS,
            (
                "Verify this version of orders-api first: gate check, with provider-url, provider-command or "
                "provider-image."
            ),
        ),
        (
            _provider(
                success=None,
                counterpart=PacticipantVersion(name="inventory-api"),
                fault=Fault(where="", what="it is not live.", remedy="Deploy it."),
            ),
            Trouble.NOT_RECORDED,
            "the team of inventory-api",
            "Deploy it.",
        ),
        (
            _provider(success=True, fault=Fault(where="pact", what="it is empty.", remedy="Write it.")),
            Trouble.NOT_VERIFIABLE,
            PIPELINE,
            "pact: it is empty. Write it.",
        ),
        (
            kept(fault=Fault(where="pact", what="it is empty.", remedy="Write it.")),
            Trouble.NOT_VERIFIABLE,
            PIPELINE,
            "pact: it is empty. Write it.",
        ),
        (
            kept(empty=True),
            Trouble.NEVER_VERIFIED,
            "the team of web-checkout",
            (
                "pacts/web.json expects nothing. Have the tests of web-checkout write their interactions into it, or "
                "delete it."
            ),
        ),
        (
            _provider(success=True, empty=True),
            Trouble.NEVER_VERIFIED,
            "the team of orders-api",
            (
                "pacts/web.json expects nothing. Have the tests of orders-api write their interactions into it, or "
                "delete it."
            ),
        ),
        (
            integration(evidence=Evidence.GONE),
            Trouble.BROKEN_NOW,
            "whoever undeployed orders-api",
            (
                "Deploy a version of orders-api there again that honours web-checkout, or have web-checkout replaced "
                "there by a version that does not need it."
            ),
        ),
        (
            integration(Outcome.FAILED, binding=False),
            Trouble.BROKEN,
            "the teams of orders-api and web-checkout",
            HARMLESS,
        ),
        (
            kept(success=None, binding=False),
            Trouble.NOT_VERIFIABLE,
            "the teams of orders-api and web-checkout",
            "This blocks nobody until web-checkout goes live with it.",
        ),
    ],
)
def test_every_class_of_trouble(one: Integration, trouble: Trouble, who_acts: str, next_action: str) -> None:
    advice = advise(one, SERVICE)

    assert advice is not None
    assert (advice.trouble, advice.who_acts, advice.next_action) == (trouble, who_acts, next_action)


UNKNOWN = Fault(where="", what="it is not live.", remedy="Deploy it.")


@pytest.mark.parametrize(
    ("one", "concerns"),
    [
        (integration(Outcome.FAILED), ("web-checkout",)),
        (integration(Outcome.FAILED, broken_before=True), ("orders-api", "web-checkout")),
        (_provider(success=False), ("inventory-api",)),
        (_provider(success=False, broken_before=True), ("inventory-api",)),
        (_provider(success=None), ("inventory-api",)),
        (_provider(success=None, counterpart=PacticipantVersion(name="stock"), fault=UNKNOWN), ("stock",)),
        (_provider(success=True, empty=True), ("orders-api",)),
        (kept(empty=True), ("web-checkout",)),
        (integration(evidence=Evidence.GONE), ("web-checkout",)),
        (kept(success=None), ()),
        (kept(fault=UNKNOWN), ()),
        (integration(Outcome.ERRORED), ()),
        (integration(Outcome.FAILED, binding=False), ()),
    ],
)
def test_whom_it_concerns_is_who_has_to_act_or_is_broken(one: Integration, concerns: tuple[str, ...]) -> None:
    advice = advise(one, SERVICE)

    assert advice is not None
    assert (advice.concerns, advice.owners, advice.mentions) == (concerns, (), ())


@pytest.mark.parametrize("one", [kept(), _provider(success=True), kept(binding=False)])
def test_a_kept_pass_needs_nobody(one: Integration) -> None:
    assert advise(one, SERVICE) is None


@pytest.mark.parametrize("broken_before", [True, False])
def test_states_that_were_not_set_up_come_first_whenever_it_broke(*, broken_before: bool) -> None:
    stateful = result(Outcome.FAILED, interaction=interaction(states=("order 42 exists",)))
    advice = advise(integration(results=(stateful,), broken_before=broken_before), SERVICE, sets_up_states=False)
    plain = advise(integration(Outcome.FAILED, broken_before=broken_before), SERVICE, sets_up_states=False)

    assert advice is not None
    assert plain is not None
    assert advice.next_action == (
        "First set provider-states-url: the state “order 42 exists” was not set up. If it still breaks then: "
        f"{plain.next_action}"
    )
