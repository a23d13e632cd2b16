"""Selectors that mean something here, and those that would select others than meant, or nobody."""

from typing import Any

import pytest

from gate.domain.errors import StoreError
from gate.stores.built_in.names import escape
from gate.stores.built_in.selectors import refuse_meaningless
from tests.stores.worlds import WEB, this
from tests.unit.stores.built_in.folders import refusal

THERE = {escape(name) for name in ("production", "Staging")}


@pytest.mark.parametrize(
    "selector",
    [
        {"mainBranch": True},
        {"mainBranch": True, "latest": True},
        {"matchingBranch": True},
        {"branch": "feat/x"},
        {"branch": True},
        {"branch": "main", "latest": True},
        {"latest": True},
        {"environment": "production"},
        {"environment": "Staging"},
        {"deployed": True},
        {"released": True},
        {"deployedOrReleased": True},
        {"environment": "production", "deployed": True},
        {"environment": "production", "released": True, "deployed": True},
    ],
    ids=str,
)
def test_what_selects_somebody_is_taken_of_one_consumer_and_of_all(selector: dict[str, Any]) -> None:
    refuse_meaningless([selector, selector | {"consumer": WEB}], this(), THERE)


TOGETHER = "these do not go together"
NOWHERE = "nothing was ever recorded in that environment"


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({}, TOGETHER),
        ({"consumer": WEB}, TOGETHER),
        ({"mainBranch": False}, TOGETHER),
        ({"latest": False}, TOGETHER),
        ({"branch": ""}, TOGETHER),
        ({"branch": "main", "latest": False}, TOGETHER),
        ({"branch": "main", "mainBranch": True}, TOGETHER),
        ({"branch": "main", "environment": "production"}, TOGETHER),
        ({"mainBranch": True, "deployed": True}, TOGETHER),
        ({"latest": True, "environment": "production"}, TOGETHER),
        ({"matchingBranch": True, "latest": True}, TOGETHER),
        ({"environment": "production", "deployed": False}, TOGETHER),
        ({"consumer": "", "latest": True}, TOGETHER),
        ({"tag": "prod"}, TOGETHER),
        ({"fallbackBranch": "main"}, TOGETHER),
        ({"branch": "feat/x", "fallbackBranch": "main"}, TOGETHER),
        ({"environment": "staging"}, NOWHERE),
        ({"environment": "nowhere", "released": True}, NOWHERE),
    ],
    ids=str,
)
def test_what_would_select_others_or_nobody_is_refused(selector: dict[str, Any], reason: str) -> None:
    error = refusal(lambda: refuse_meaningless([{"latest": True}, selector], this(), THERE), StoreError)

    assert error.what == f"{selector} selects nothing here: {reason}."
    assert error.where == "consumer-version-selectors"


def test_a_matching_branch_needs_a_branch() -> None:
    candidate = this(branch=None)
    error = refusal(lambda: refuse_meaningless([{"matchingBranch": True}], candidate, THERE), StoreError)

    assert error.what.endswith("selects nothing here: the candidate is on no branch.")
