"""What a check run says: never green for what may not be deployed."""

from dataclasses import replace
from typing import Any

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.report import Report
from gate.domain.results import NOT_TRIED, Outcome
from gate.domain.verdict import Decision, Integration, Verdict
from gate.rendering.check_run import ANNOTATIONS_LIMIT, check_name, check_run
from gate.rendering.markdown import render_check
from gate.rendering.status import context
from tests.builders import candidate, excepted, integration, interaction, report, result

FILE = "pacts/web.json"


def _failed(*lines: int, **more: Any) -> Integration:
    results = tuple(
        result(Outcome.FAILED, position, interaction=interaction(position, line=line))
        for position, line in enumerate(lines)
    )
    return integration(**({"results": results, "file": FILE} | more))


@pytest.mark.parametrize("decision", Decision)
def test_only_what_may_be_deployed_is_a_success(decision: Decision) -> None:
    one = replace(report(), verdict=Verdict(decision=decision, reasons=("so it is",)))

    assert check_run(one).conclusion == ("success" if decision is Decision.ALLOW else "failure")


def test_it_shows_what_the_comment_shows_and_its_headline() -> None:
    one = report(_failed(3))
    told = check_run(one)

    assert told.name == "Contract Gate: orders-api (production)"
    assert told.title == "Blocked: web-checkout: 1 of 1 interaction broken"
    assert told.summary == render_check(one)
    assert "<!--" not in told.summary


def test_an_interaction_is_annotated_at_its_line() -> None:
    told = check_run(report(_failed(12, 0)))

    assert told.annotations[0] == {
        "path": FILE,
        "start_line": 12,
        "end_line": 12,
        "annotation_level": "failure",
        "title": "web-checkout is broken: a request for order 42",
        "message": "GET /orders/42: body $.total: the key “total” is missing (expected 19.9, actual (missing))",
    }
    assert (told.annotations[1]["start_line"], told.annotations[1]["end_line"]) == (1, 1)


def test_what_could_not_be_tried_is_annotated_and_what_nobody_tried_is_not() -> None:
    results = (
        result(Outcome.PASSED, 0),
        result(Outcome.ERRORED, 1, interaction=interaction(1, line=7)),
        result(Outcome.ERRORED, 2, error=NOT_TRIED),
    )
    (only,) = check_run(report(integration(results=results, file=FILE))).annotations

    assert (only["start_line"], only["annotation_level"]) == (7, "failure")
    assert "could not be tried" in str(only["message"])


@pytest.mark.parametrize("more", [{"binding": False}, {"binding": False, "pending": True}, {"exception": excepted()}])
def test_what_blocks_nobody_is_a_warning(more: dict[str, object]) -> None:
    (only,) = check_run(report(_failed(3, **more))).annotations

    assert only["annotation_level"] == "warning"


@pytest.mark.parametrize(
    "one",
    [_failed(3, file=""), _failed(3, file="../web.json"), integration(Outcome.PASSED, file=FILE)],
    ids=["from a broker", "from elsewhere", "honoured"],
)
def test_there_is_nothing_to_annotate(one: Integration) -> None:
    assert check_run(report(one)).annotations == ()


def test_there_is_an_end_to_annotations_in_the_order_of_the_report() -> None:
    harmless = _failed(*range(1, 600), binding=False, counterpart=PacticipantVersion(name="b"))
    told = check_run(report(_failed(*range(1, 21)), harmless))

    assert len(told.annotations) == ANNOTATIONS_LIMIT
    assert [one["annotation_level"] for one in told.annotations] == ["failure"] * 20 + ["warning"] * 480


def test_its_name_is_never_that_of_the_status() -> None:
    for one in (candidate(), candidate(environments=()), candidate(service="gate/x"), candidate(one_contract="web")):
        assert check_name(one) != context(one)
        assert not check_name(one).lower().startswith("contract-gate/")
    assert check_name(candidate(one_contract="web")) == "Contract Gate: orders-api (contract of web)"
    assert check_name(candidate(environments=())) == "Contract Gate: orders-api"


def test_two_long_names_that_begin_alike_stay_two() -> None:
    one, other = (check_name(candidate(service="x" * 300 + end)) for end in "ab")

    assert one != other
    assert max(len(one), len(other)) <= 255


def _large() -> Report:
    long = "".join(chr(65 + number % 26) for number in range(3000))
    results = tuple(
        result(Outcome.FAILED, number, interaction=interaction(number, description=f"{number} {long}"))
        for number in range(2000)
    )
    return report(*(integration(results=results, file=FILE) for _ in range(3)), faults=(Fault(where=long, what=long),))


def test_it_fits_whatever_there_is_to_say() -> None:
    told = check_run(_large())

    assert 0 < len(told.summary.encode()) <= 60_000
    assert len(told.title) <= 140
    assert all(len(str(one["title"])) <= 255 and len(str(one["message"])) <= 1000 for one in told.annotations)
