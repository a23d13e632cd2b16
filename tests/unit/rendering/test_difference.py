"""Mismatches as a diff."""

from typing import Any

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.results import Mismatch, Outcome, Where
from gate.rendering.difference import difference
from tests.builders import candidate, integration, mismatch, report, result

STATUS: dict[str, Any] = {"where": Where.STATUS, "path": "", "expected": "200", "actual": "500", "message": "it is 500"}


def _written(*mismatches: Mismatch, shown: int = 10, length: int = 300, service: str = "orders-api") -> list[str]:
    failed = result(Outcome.FAILED, mismatches=mismatches)
    one = report(
        integration(results=(failed,), counterpart=PacticipantVersion(name="web")), candidate=candidate(service=service)
    )
    return difference(one, one.entries[0], failed, mismatches=shown, length=length).split("\n")


def test_each_mismatch_says_where_what_and_why() -> None:
    assert _written(mismatch(**STATUS), mismatch()) == [
        "--- web expects",
        "+++ orders-api answers",
        "@@ status @@",
        "- 200",
        "+ 500",
        "@@ body $.total @@ the key “total” is missing",
        "- 19.9",
        "+ (missing)",
    ]


@pytest.mark.parametrize(("shown", "last"), [(2, "+ (missing)"), (1, "@@ … and 1 more @@"), (0, "@@ … and 2 more @@")])
def test_those_that_are_not_shown_are_counted(shown: int, last: str) -> None:
    lines = _written(mismatch(), mismatch(), shown=shown)

    assert lines[-1] == last
    assert len(lines) == 2 + 3 * shown + (shown < 2)


def test_fewer_than_may_be_shown_are_not_counted() -> None:
    assert _written(mismatch(), shown=10)[-1] == "+ (missing)"


def test_no_value_is_longer_than_it_may_be_and_none_begins_a_line() -> None:
    hostile = "x\n+ forged\n" * 100
    lines = _written(
        mismatch(path=hostile, expected=hostile, actual=hostile, message=hostile), length=50, service=hostile
    )

    assert [line[:4] for line in lines] == ["--- ", "+++ ", "@@ b", "- x\\", "+ x\\"]
    assert max(map(len, lines)) <= 2 * 50 + 7
