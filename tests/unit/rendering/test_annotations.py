"""What is shown beside the changed files, and at which place of which file."""

from typing import Any

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.report import Report
from gate.domain.results import Outcome
from gate.domain.verdict import Integration
from gate.rendering.annotations import MESSAGE_LIMIT, TITLE_LIMIT, Annotation, annotations
from tests.builders import candidate, integration, interaction, mismatch, report, result

FILE = "services/orders/pacts/web.json"


def _at(line: int = 12, outcome: Outcome = Outcome.FAILED, **more: Any) -> Integration:
    return integration(results=(result(outcome, interaction=interaction(line=line), **more),), file=FILE)


def _only(one: Report) -> Annotation:
    (found,) = annotations(one)
    return found


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERRORED])
def test_an_interaction_is_shown_where_it_stands_in_its_contract(outcome: Outcome) -> None:
    found = _only(report(_at(12, outcome)))

    assert (found.file, found.line) == (FILE, 12)


def test_a_contract_as_a_whole_has_a_file_and_no_line() -> None:
    found = _only(report(integration(file=FILE, fault=Fault(where="a", what="it is damaged."))))

    assert (found.title, found.file, found.line) == ("web-checkout: could not be verified", FILE, 0)


def test_what_comes_from_a_store_has_no_place() -> None:
    found = _only(report(integration(results=(result(Outcome.FAILED, interaction=interaction(line=12)),))))

    assert (found.file, found.line) == ("", 0)


@pytest.mark.parametrize("line", [0, -1, 2**31, 10**30])
def test_a_line_that_no_file_has_is_none(line: int) -> None:
    found = _only(report(_at(line)))

    assert (found.file, found.line) == (FILE, 0)


@pytest.mark.parametrize(
    "file", ["/etc/passwd", "../a.json", "a/../b.json", "./a.json", "a//b", "a/", "a\nb", "a\u202eb", "x" * 1001]
)
def test_a_file_that_cannot_be_of_the_repository_is_none(file: str) -> None:
    found = _only(report(integration(results=(result(Outcome.FAILED, interaction=interaction(line=3)),), file=file)))

    assert (found.file, found.line) == ("", 0)


def test_what_passed_when_it_was_tried_again_says_so() -> None:
    steady, flaky = _only(report(_at())), _only(report(_at(flaky=True)))

    assert flaky.title == steady.title
    assert flaky.message == steady.message.replace(
        "GET /orders/42: ", "GET /orders/42 (it passed when it was tried again): "
    )


def test_of_several_services_each_remark_says_which_it_is_about() -> None:
    many = report(*(_at() for _ in range(12)), faults=(Fault(where="a", what="b"),))
    found = annotations(many, one_of_several=True)

    assert [one.title for one in found[:9]] == ["orders-api: web-checkout is broken: a request for order 42"] * 9
    assert (found[9].title, found[9].message) == ("orders-api: Contract Gate", "There is more: see the job summary.")
    assert len(found) == 10
    assert [one.title for one in annotations(report(_at()))] == ["web-checkout is broken: a request for order 42"]


def test_a_headline_names_its_service_once() -> None:
    (found,) = annotations(report(), one_of_several=True)

    assert found.title == "orders-api → production: unknown, so not deployable"


def test_a_long_name_of_a_service_leaves_a_title_that_is_taken() -> None:
    long = "x" * 5000
    failed = result(Outcome.FAILED, interaction=interaction(description=long), mismatches=(mismatch(message=long),))
    one = integration(results=(failed,), counterpart=PacticipantVersion(name=long))
    (found,) = annotations(report(one, candidate=candidate(service=long)), one_of_several=True)

    assert (len(found.title), len(found.message)) == (TITLE_LIMIT, MESSAGE_LIMIT)
