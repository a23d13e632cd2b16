"""What a reader is told of how results were come by."""

from typing import Any

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.results import InteractionResult, Outcome
from gate.domain.verdict import Integration
from gate.pipeline.effort import notes_on_effort
from tests.builders import integration, interaction, result

MERGED: dict[str, Any] = {"same_as": "web 1"}
ANOTHER = "the same as another one"
SECOND = {"tries": 2}
FLAKY = {"tries": 2, "flaky": True}


def _found(*every: InteractionResult, name: str = "web") -> Integration:
    return integration(counterpart=PacticipantVersion(name=name, version="1"), results=every)


@pytest.mark.parametrize(
    ("every", "notes"),
    [
        ([{}], []),
        (
            [{}, MERGED, MERGED],
            [f"Of 3 interactions, 2 are {ANOTHER}, and were verified with it (dedupe)."],
        ),
        ([SECOND, {}], ["1 interaction could not be tried at first, and passed when tried again."]),
        ([{}, MERGED | SECOND], [f"Of 2 interactions, 1 is {ANOTHER}, and was verified with it (dedupe)."]),
        ([SECOND | {"outcome": Outcome.ERRORED}], []),
        ([FLAKY | {"outcome": Outcome.FAILED}], []),
        ([FLAKY], ["flaky: allow is set, so that what failed and then passed counts as passed: web 1: “order 42”."]),
    ],
)
def test_effort_that_decided_something_is_told(every: list[dict[str, Any]], notes: list[str]) -> None:
    results = [
        result(position=position, interaction=interaction(position, description="order 42"), **one)
        for position, one in enumerate(every)
    ]

    assert list(notes_on_effort([_found(*results)])) == notes


def test_merged_interactions_are_counted_over_all_contracts() -> None:
    found = [_found(result()), _found(result(**MERGED), name="mobile"), _found(result(**MERGED), name="billing")]

    assert list(notes_on_effort(found)) == [f"Of 3 interactions, 2 are {ANOTHER}, and were verified with it (dedupe)."]
