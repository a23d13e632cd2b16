"""The list of what differs between the stores is what the tests show."""

from pathlib import Path

import pytest

from tests.stores.differences import DIFFERENCES

SCENARIOS = "\n".join(one.read_text() for one in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("what", DIFFERENCES)
def test_every_difference_is_shown_by_a_test(what: str) -> None:
    assert f'differs("{what}")' in SCENARIOS


@pytest.mark.parametrize("sentence", DIFFERENCES.values())
def test_every_difference_is_told_in_sentences(sentence: str) -> None:
    assert sentence.endswith(".")
    assert "\n" not in sentence
