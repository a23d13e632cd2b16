"""What blocks nobody is shown, and is an error nowhere; and one contract allows no deployment."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.live import LiveVersion
from gate.domain.report import Report
from gate.domain.results import KeptResult, Outcome
from gate.domain.verdict import Integration, Role
from gate.rendering.annotations import annotations
from gate.rendering.junit import render_junit
from gate.rendering.markdown import render_markdown
from gate.rendering.outputs import outputs
from gate.rendering.status import context, description
from gate.rendering.wording import counterpart, headline, mark, remark, tally, whereabouts
from tests.builders import candidate, integration, kept, live, report

NEW = PacticipantVersion(name="new-app", version="2")
HARMLESS = [
    integration(Outcome.FAILED, binding=False, counterpart=NEW, pending=True),
    integration(Outcome.ERRORED, binding=False, counterpart=NEW),
    integration(binding=False, counterpart=NEW),
    integration(Outcome.PASSED, binding=False, counterpart=NEW, fault=Fault(where="", what="no engine.")),
    kept(success=False, binding=False, counterpart=NEW),
    kept(success=None, binding=False, counterpart=NEW),
]


def _problems(one: Report) -> list[str]:
    root = ET.fromstring(render_junit(one))  # noqa: S314 - our own output
    return [each.tag for each in root.iter() if each.tag in {"failure", "error", "skipped"}]


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_does_not_bind_is_an_error_nowhere(harmless: Integration) -> None:
    one = report(integration(Outcome.PASSED), harmless)
    told = outputs([(one, "report.json")])

    assert (told["verdict"], told["deployable"], told["broken"], told["unverified"]) == ("allow", "true", "[]", "[]")
    assert annotations(one) == ()
    assert _problems(one) == ["skipped"]
    assert mark(one.entries[1]) == "⏳"
    assert "| ⏳ | `new-app` `2` | " in render_markdown(one)


@pytest.mark.parametrize("harmless", HARMLESS)
def test_beside_a_break_what_does_not_bind_is_no_error_either(harmless: Integration) -> None:
    one = report(integration(Outcome.FAILED), harmless)

    assert json.loads(outputs([(one, "")])["broken"]) == ["web-checkout"]
    assert [each.title for each in annotations(one)] == ["web-checkout is broken: a request for order 42"]
    assert _problems(one) == ["failure", "skipped"]


def test_what_is_broken_and_what_is_not_verified_are_named_once() -> None:
    web = {"counterpart": PacticipantVersion(name="web", version="1")}
    one = report(
        kept(success=False, **web),
        integration(Outcome.FAILED, **web),
        kept(success=None, role=Role.PROVIDER),
        integration(Outcome.ERRORED),
    )
    told = outputs([(one, "")])

    assert (json.loads(told["broken"]), json.loads(told["unverified"])) == (["web"], ["web-checkout"])
    assert _problems(one) == ["failure", "failure", "error", "error"]


def test_whatever_does_not_deploy_has_a_remark() -> None:
    assert [each.title for each in annotations(report())] == ["orders-api → production: unknown, so not deployable"]


def test_breaks_come_before_faults_and_those_before_what_is_not_verified() -> None:
    fault = Fault(where="", what="the store did not answer.")
    one = report(kept(success=None), integration(Outcome.FAILED), kept(success=False), faults=(fault,))

    assert [each.title for each in annotations(one)] == [
        "web-checkout is broken: a request for order 42",
        "web-checkout: broken",
        "Contracts could not be verified",
        "web-checkout: never verified",
    ]


@pytest.mark.parametrize("outcome", Outcome)
def test_one_contract_allows_no_deployment(outcome: Outcome) -> None:
    this = candidate(environments=(), one_contract="web-app")
    one = report(integration(outcome), candidate=this)

    assert outputs([(one, "")])["deployable"] == "false"
    assert context(this) == "contract-gate/orders-api (contract of web-app)"


def test_the_status_of_one_contract_is_never_that_of_a_deployment() -> None:
    contexts = {
        context(candidate(environments=environments, one_contract=one))
        for environments in ((), ("production",))
        for one in ("web-app", None)
    }

    assert contexts == {
        "contract-gate/orders-api",
        "contract-gate/orders-api (production)",
        "contract-gate/orders-api (contract of web-app)",
    }


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.PASSED, "the contract of web-app is honoured"),
        (Outcome.FAILED, "the contract of web-app is broken"),
        (Outcome.ERRORED, "the contract of web-app is not verified"),
    ],
)
def test_the_headline_of_one_contract(outcome: Outcome, words: str) -> None:
    one = report(integration(outcome), candidate=candidate(environments=(), one_contract="web-app"))

    assert headline(one) == f"orders-api: {words}"
    assert description(one).startswith(f"T{words[1:]}: ")
    assert "deployed" not in description(one)


def _said(say: Callable[[Any], str], one: Integration) -> str:
    return say(report(one).entries[0])


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (kept(), "honoured on 2026-11-03"),
        (kept(success=False), "failed on 2026-11-03"),
        (kept(None, kept=KeptResult(success=True)), "honoured"),
        (kept(None, kept=KeptResult(success=False)), "failed"),
        (kept(None, counterpart=NEW), "no result yet"),
        (kept(None, role=Role.PROVIDER), "not live there"),
        (integration(Outcome.FAILED, Outcome.ERRORED), "1 of 2 interactions broken, 1 could not be tried"),
        (integration(), "no interactions"),
        (integration(fault=Fault(where="", what="x")), "could not be verified"),
    ],
)
def test_what_came_of_it_in_a_few_words(one: Integration, words: str) -> None:
    assert _said(tally, one) == words


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (integration(Outcome.PASSED), ""),
        (integration(Outcome.PASSED, binding=False), ""),
        (integration(Outcome.FAILED), "broken, since when is not known"),
        (integration(Outcome.FAILED, broken_before=False), "broken by this change"),
        (integration(Outcome.FAILED, broken_before=True), "already broken before this change"),
        (integration(Outcome.FAILED, binding=False, pending=True), "pending: does not block"),
        (integration(Outcome.FAILED, binding=False), "does not block"),
        (kept(success=None), "never verified"),
    ],
)
def test_what_to_think_of_it_in_a_few_words(one: Integration, words: str) -> None:
    assert _said(remark, one) == words


@pytest.mark.parametrize(
    ("here", "because", "words"),
    [
        ((live(),), (Because.MAIN_BRANCH,), "production"),
        ((), (Because.MAIN_BRANCH, Because.SAME_BRANCH), "head of its main branch, head of a branch of the same name"),
        ((), (), ""),
    ],
)
def test_what_is_not_live_says_why_it_was_looked_at(
    here: tuple[LiveVersion, ...], because: tuple[Because, ...], words: str
) -> None:
    assert _said(whereabouts, integration(live=here, because=because)) == words


def test_a_provider_is_called_one() -> None:
    assert _said(counterpart, kept(counterpart=NEW, role=Role.PROVIDER)) == "new-app 2 (provider)"
    assert _said(counterpart, kept(counterpart=NEW)) == "new-app 2"


def test_a_table_of_files_names_no_versions_and_one_of_a_store_does() -> None:
    files = report(integration(Outcome.PASSED))
    store = report(integration(Outcome.PASSED, because=(Because.LIVE,), live=(live(),)))
    consumer = report(kept(role=Role.PROVIDER))

    assert "\n|  | consumer | contract | result |\n" in render_markdown(files)
    assert all("\n|  | counterpart | where | result |\n" in render_markdown(one) for one in (store, consumer))
    assert render_markdown(replace(store, entries=())).count("|") == 0
