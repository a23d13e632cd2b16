"""What was recorded comes first and deploys nothing; and what is excepted is an error nowhere."""

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.report import Record, Recorded, Report
from gate.domain.results import Outcome
from gate.domain.verdict import Evidence, Integration, Role
from gate.rendering.annotations import annotations
from gate.rendering.junit import render_junit
from gate.rendering.markdown import render_markdown
from gate.rendering.outputs import outputs
from gate.rendering.status import description
from gate.rendering.wording import headline, mark, remark, tally
from tests.builders import candidate, excepted, integration, kept, live, report

DEPLOYMENT, RELEASE, UNDEPLOYMENT = Record
FAULT = Fault(where="", what="the store did not answer.")
ALLOW, BLOCK, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED
GONE = integration(evidence=Evidence.GONE, live=(live(),))
EXCEPTED: dict[str, Any] = {"exception": excepted()}
EXCUSED = [
    integration(Outcome.FAILED, **EXCEPTED),
    integration(Outcome.ERRORED, **EXCEPTED),
    integration(**EXCEPTED),
    integration(Outcome.PASSED, fault=FAULT, **EXCEPTED),
    kept(success=False, **EXCEPTED),
    kept(success=None, role=Role.PROVIDER, **EXCEPTED),
    replace(GONE, **EXCEPTED),
]


def _recorded(record: Record, outcome: Outcome, *where: str, **more: Any) -> Report:
    return report(integration(outcome), recorded=Recorded(record=record, environments=where), **more)


@pytest.mark.parametrize(
    ("record", "outcome", "words"),
    [
        (DEPLOYMENT, ALLOW, "deployment recorded, and it gets on with what is live"),
        (DEPLOYMENT, BLOCK, "deployment recorded, and it conflicts with what is live"),
        (DEPLOYMENT, UNKNOWN, "deployment recorded; unknown whether it gets on with what is live"),
        (RELEASE, ALLOW, "release recorded, and it gets on with what is live"),
        (RELEASE, BLOCK, "release recorded, and it conflicts with what is live"),
        (RELEASE, UNKNOWN, "release recorded; unknown whether it gets on with what is live"),
        (UNDEPLOYMENT, ALLOW, "undeployment recorded, and nobody there needed it"),
        (UNDEPLOYMENT, BLOCK, "undeployment recorded, and somebody there still needs it"),
        (UNDEPLOYMENT, UNKNOWN, "undeployment recorded; unknown whether somebody there still needs it"),
    ],
)
def test_the_headline_says_what_was_recorded_and_what_follows(record: Record, outcome: Outcome, words: str) -> None:
    one = _recorded(record, outcome, "production")

    assert headline(one) == f"orders-api 9f2c1ab → production: {words}"
    assert description(one).startswith(f"{words[:1].upper()}{words[1:]}: ")


@pytest.mark.parametrize("record", Record)
@pytest.mark.parametrize(
    ("where", "words"),
    [
        ((), "not recorded"),
        (("staging",), "recorded in staging alone"),
        (("production", "staging"), "recorded"),
    ],
)
def test_the_headline_never_says_more_than_was_recorded(record: Record, where: tuple[str, ...], words: str) -> None:
    one = _recorded(record, BLOCK, *where, candidate=candidate(environments=("staging", "production")))

    assert f": {record.value} {words}, and " in headline(one)


@pytest.mark.parametrize("record", [DEPLOYMENT, RELEASE])
@pytest.mark.parametrize(
    ("where", "replaced", "words"),
    [
        ((), ("production",), "recorded, and at once replaced"),
        ((), ("production", "staging"), "recorded, and at once replaced"),
        (("staging",), ("production",), "recorded in staging alone"),
    ],
)
def test_the_headline_says_that_something_else_is_there(
    record: Record, where: tuple[str, ...], replaced: tuple[str, ...], words: str
) -> None:
    recorded = Recorded(record=record, environments=where, replaced=replaced)
    one = report(integration(BLOCK), recorded=recorded, candidate=candidate(environments=("staging", "production")))

    assert f": {record.value} {words}, and it conflicts with what is live" in headline(one)


def test_the_headline_names_no_version_where_none_was_there() -> None:
    one = _recorded(UNDEPLOYMENT, UNKNOWN, candidate=candidate(version=""))

    assert headline(one) == (
        "orders-api → production: undeployment not recorded; unknown whether somebody there still needs it"
    )


@pytest.mark.parametrize("record", Record)
@pytest.mark.parametrize("outcome", Outcome)
def test_what_was_not_read_again_is_unknown(record: Record, outcome: Outcome) -> None:
    one = report(integration(outcome), recorded=Recorded(record=record, environments=(), confirmed=False))

    assert headline(one) == f"orders-api 9f2c1ab → production: unknown whether the {record.value} was recorded"


def test_what_is_allowed_by_exception_says_so() -> None:
    excused = integration(Outcome.FAILED, **EXCEPTED)
    where = Recorded(record=DEPLOYMENT, environments=("production",))

    assert headline(report(excused)) == "orders-api → production: can be deployed, by exception"
    assert headline(report(excused, recorded=where)) == (
        "orders-api 9f2c1ab → production: deployment recorded, and who does not get on with it is excepted"
    )
    assert headline(report(excused, faults=(FAULT,))) == "orders-api → production: unknown, so not deployable"


def test_what_the_store_could_not_tell_is_not_known() -> None:
    there = PacticipantVersion(name="stock", version="1")

    assert tally(report(kept(success=None, fault=FAULT, counterpart=there)).entries[0]) == "not known"


@pytest.mark.parametrize("other", Outcome)
def test_of_several_services_none_deploys_unless_all_do(other: Outcome) -> None:
    told = outputs([(report(integration(one)), f"{one}.json") for one in (ALLOW, other)])

    assert told["deployable"] == str(other is ALLOW).lower()
    assert told["verdict"] == {ALLOW: "allow", BLOCK: "block", UNKNOWN: "unknown"}[other]
    assert told["reason"].count("orders-api") == 2
    assert told["report"] == f"passed.json\n{other}.json"


@pytest.mark.parametrize("record", Record)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("where", [(), ("production",)])
def test_what_was_recorded_deploys_nothing(record: Record, outcome: Outcome, where: tuple[str, ...]) -> None:
    one = _recorded(record, outcome, *where)

    assert outputs([(one, "")])["deployable"] == "false"
    assert outputs([(replace(one, recorded=None), "")])["deployable"] == str(outcome is ALLOW).lower()


def _problems(one: Report) -> list[str]:
    root = ET.fromstring(render_junit(one))  # noqa: S314 - our own output
    return [each.tag for each in root.iter() if each.tag in {"failure", "error", "skipped"}]


def test_who_is_left_alone_is_an_error_everywhere() -> None:
    one = report(GONE)

    assert (tally(one.entries[0]), remark(one.entries[0])) == ("left without it", "broken by this change")
    assert [each.title for each in annotations(one)] == ["web-checkout: broken by this change"]
    assert json.loads(outputs([(one, "")])["broken"]) == ["web-checkout"]
    assert _problems(one) == ["failure"]
    assert "| left without it | broken by this change |" in render_markdown(one)


@pytest.mark.parametrize("excused", EXCUSED)
def test_what_is_excepted_is_an_error_nowhere(excused: Integration) -> None:
    other = integration(Outcome.PASSED, counterpart=PacticipantVersion(name="app"))
    one = report(other, excused, notes=(f"Exception: {excepted()}.",))
    told = outputs([(one, "")])

    assert (told["verdict"], told["deployable"], told["broken"], told["unverified"]) == ("allow", "true", "[]", "[]")
    assert annotations(one) == ()
    assert _problems(one) == ["skipped"]
    assert (mark(one.entries[1]), remark(one.entries[1])) == ("⏳", "excepted until 2026-12-01")
    assert "team\\-web" in render_markdown(one)


@pytest.mark.parametrize("excused", EXCUSED)
def test_beside_a_break_what_is_excepted_is_no_error_either(excused: Integration) -> None:
    other = integration(Outcome.FAILED, counterpart=PacticipantVersion(name="app"))
    one = report(other, excused)
    told = outputs([(one, "")])

    assert (json.loads(told["broken"]), json.loads(told["unverified"])) == (["app"], [])
    assert [each.title for each in annotations(one)] == ["app is broken: a request for order 42"]
    assert _problems(one) == ["failure", "skipped"]


def test_what_is_excepted_and_fine_is_just_fine() -> None:
    one = report(integration(Outcome.PASSED, **EXCEPTED))

    assert (mark(one.entries[0]), remark(one.entries[0]), _problems(one)) == ("✅", "", [])
    assert one.verdict.reasons == ("1 binding contract honoured, 1 interaction",)


def test_what_is_excepted_is_not_open_on_the_page() -> None:
    broken, excused = (
        render_markdown(report(integration(Outcome.FAILED, exception=one))) for one in (None, excepted())
    )

    assert "<details open>" in broken
    assert "<details open>" not in excused
    assert "<details>" in excused
