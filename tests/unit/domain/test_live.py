from datetime import UTC, datetime

import pytest

from gate.domain.live import LiveVersion, PastVersion, alike, before, places
from tests.builders import live

EARLY, LATE = datetime(2026, 11, 3, 23, 59, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        ([], ""),
        ([live()], "production"),
        ([live(since=EARLY)], "production since 2026-11-03"),
        ([live(since=EARLY), live(environment="staging")], "production since 2026-11-03 and staging"),
        ([live(environment="staging"), live(since=LATE)], "staging and production since 2026-11-05"),
        ([live(since=LATE, instance="blue"), live(since=EARLY, instance="green")], "production since 2026-11-03"),
        ([live(since=EARLY), live(since=LATE)], "production since 2026-11-03"),
        ([live(), live(since=LATE, released=True)], "production since 2026-11-05"),
        ([live(since=LATE), live()], "production since 2026-11-05"),
    ],
)
def test_each_environment_is_named_once_with_its_earliest_date(versions: list[LiveVersion], text: str) -> None:
    assert places(versions) == text


NEWEST, MIDDLE, OLDEST = (PastVersion(version=number, on_main=True, expects=False) for number in "321")


@pytest.mark.parametrize(
    ("version", "older"),
    [("3", (MIDDLE, OLDEST)), ("2", (OLDEST,)), ("1", ()), ("4", (NEWEST, MIDDLE, OLDEST))],
)
def test_a_version_comes_after_those_that_are_older_and_one_that_nobody_knows_after_all(
    version: str, older: tuple[PastVersion, ...]
) -> None:
    assert before(version, iter([NEWEST, MIDDLE, OLDEST])) == older


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.2.3", "1.2.3", True),
        ("1.2.3-RC", "1.2.3-rc", True),
        ("1.2.3", "1.2.3 ", True),
        ("abcdef0", "abcdef0123", True),
        ("ABCDEF0", "abcdef0123", True),
        ("abcdef", "abcdef0", False),
        ("1.2.3", "1.2.30", False),
        ("1", "2", False),
    ],
)
def test_versions_that_may_be_meant_to_be_the_same(one: str, other: str, *, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same
