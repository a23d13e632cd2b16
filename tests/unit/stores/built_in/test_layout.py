"""Where facts stand, what their paths say, and who is live after all that happened."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.stores.built_in import layout
from gate.stores.built_in.layout import (
    PLACE_FILE,
    PUBLICATION_FILE,
    RESULT_FILE,
    VERSION_FILE,
    Event,
    PlaceEntry,
    PlaceFact,
    PublicationFact,
    ResultFact,
    VersionFact,
    live_entries,
    next_number,
    written_fact,
)
from gate.stores.built_in.names import escape

AT = datetime(2026, 11, 23, 10, 43, 11, 999_999, tzinfo=UTC)
NAMES = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.sampled_from(["1-deployed", "000001-a@b", "a@1-passed-wip", "x.json", "-", "", "un", "1@2", "\U0001f680" * 300]),
)
NUMBERS = st.integers(1, 10**9 - 1)
CONTENT = "0123456789abcdef" * 4
LONGEST_PART = 255
"""Bytes that file systems give a part of a path."""


def _found(pattern: re.Pattern[str], path: str) -> re.Match[str]:
    found = pattern.fullmatch(path.rpartition("/")[2])
    assert found is not None
    return found


def _place_entry(path: str) -> PlaceEntry:
    return layout.place_entry(path, _found(PLACE_FILE, path))


def _written(name: str | None) -> str | None:
    return None if name is None else escape(name)


# Paths say what the facts are


@given(NAMES, NAMES, st.none() | NAMES, NUMBERS)
def test_the_path_of_a_version_says_all_of_it(service: str, version: str, branch: str | None, number: int) -> None:
    path = VersionFact(service=service, version=version, branch=branch, at=AT).path(number)
    entry = layout.version_entry(path, _found(VERSION_FILE, path))

    assert path.rpartition("/")[0] == layout.versions_of(service)
    assert (entry.path, entry.number, entry.version, entry.branch) == (path, number, escape(version), _written(branch))


@given(NAMES, NAMES, NUMBERS)
def test_the_path_of_a_publication_says_whose_it_is(consumer: str, version: str, number: int) -> None:
    path = PublicationFact.of(consumer=consumer, version=version, at=AT, contracts={"a": CONTENT}).path(number)
    entry = layout.publication_entry(path, _found(PUBLICATION_FILE, path))

    assert path.rpartition("/")[0] == layout.publications_of(consumer)
    assert (entry.path, entry.number, entry.version) == (path, number, escape(version))


RESULTS = st.builds(
    ResultFact,
    provider=NAMES,
    version=NAMES,
    consumer=NAMES,
    content=st.just(CONTENT),
    success=st.booleans(),
    wip=st.booleans(),
    at=st.just(AT),
)


@given(RESULTS, NUMBERS, NUMBERS)
def test_the_path_of_a_result_says_what_came_of_it(fact: ResultFact, number: int, time: int) -> None:
    path = fact.path(number, time)
    entry = layout.result_entry(path, _found(RESULT_FILE, path))

    assert path.rpartition("/")[0] == layout.results_of(fact.provider, fact.consumer, CONTENT)
    assert (entry.path, entry.number, entry.version) == (path, number, escape(fact.version))
    assert (entry.time, entry.success, entry.wip) == (time, fact.success, fact.wip)


PLACES = st.builds(
    PlaceFact,
    environment=NAMES,
    service=NAMES,
    version=NAMES,
    instance=st.none() | NAMES,
    event=st.sampled_from(Event),
    at=st.just(AT),
)


@given(PLACES, NUMBERS)
def test_the_path_of_what_happened_says_what_it_was(fact: PlaceFact, number: int) -> None:
    path = fact.path(number)
    entry = _place_entry(path)

    assert path.rpartition("/")[0] == layout.place_of(escape(fact.environment), escape(fact.service))
    assert (entry.path, entry.number, entry.version) == (path, number, escape(fact.version))
    assert (entry.instance, entry.event) == (_written(fact.instance), fact.event)


@pytest.mark.parametrize("name", ["\U0001f680" * 300, "X" * 300, "x" * 80, "X" * 40])
def test_every_part_of_a_path_fits_into_every_file_system(name: str) -> None:
    number = 10**12
    facts = {
        layout.service_file(name),
        layout.contract_file(name, name, CONTENT),
        VersionFact(service=name, version=name, branch=name, at=AT).path(number),
        PublicationFact.of(consumer=name, version=name, at=AT, contracts={"a": CONTENT}).path(number),
        PlaceFact(
            environment=name, service=name, version=name, instance=name, event=Event.UNSUPPORTED, at=AT
        ).path(number),
        ResultFact(
            provider=name, version=name, consumer=name, content=CONTENT, success=False, wip=True, at=AT
        ).path(number, number),
    }  # fmt: skip

    assert {len(part.encode()) < LONGEST_PART for path in facts for part in path.split("/")} == {True}


@pytest.mark.parametrize(
    ("numbers", "following"), [([], 1), ([1], 2), ([1, 1], 2), ([7, 3], 8), ([999_999], 1_000_000)]
)
def test_what_comes_next_has_the_next_number(numbers: list[int], following: int) -> None:
    assert next_number(_happened(number, "1", Event.DEPLOYED) for number in numbers) == following


# What stands in a file


def test_a_fact_is_written_for_people_to_read() -> None:
    fact = ResultFact(provider="a", version="1", consumer="\u00fc", content=CONTENT, success=True, at=AT)

    assert written_fact(fact, {"interactions": 3, "broken": [], "verified_by": "x"}).decode() == (
        '{\n  "provider": "a",\n  "version": "1",\n  "consumer": "\u00fc",\n'
        f'  "content": "{CONTENT}",\n  "success": true,\n  "at": "2026-11-23T10:43:11Z",\n'
        '  "interactions": 3,\n  "verified_by": "x"\n}\n'
    )


@given(st.text(st.characters(exclude_categories=())))
def test_a_name_is_read_from_a_file_as_it_was_written(name: str) -> None:
    """Half of a surrogate pair, too: where a name comes from an input, it may be in it."""
    fact = VersionFact(service=name, version=name, branch=name, at=AT.replace(microsecond=0))

    assert VersionFact.model_validate(json.loads(written_fact(fact))) == fact


def test_an_event_is_told_in_words() -> None:
    assert [one.said for one in Event] == [
        "deployed to",
        "not deployed any more in",
        "released to",
        "not supported any more in",
    ]


# Who is live


BEGINS, ENDS, RELEASED, UNSUPPORTED = Event.DEPLOYED, Event.UNDEPLOYED, Event.RELEASED, Event.UNSUPPORTED


def _happened(number: int, version: str, event: Event, instance: str | None = None) -> PlaceEntry:
    path = PlaceFact(
        environment="production", service="web-app", version=version, instance=instance, event=event, at=AT
    ).path(number)
    return _place_entry(path)


def _live(*events: tuple[Any, ...]) -> list[tuple[str, str | None, Event]]:
    """Say who is live after events, each of which is a number, a version and what happened to it, and where."""
    return sorted(
        ((one.version, one.instance, one.event) for one in live_entries([_happened(*event) for event in events])),
        key=str,
    )


ONE, TWO = ("1", None, BEGINS), ("2", None, BEGINS)


HAPPENED: dict[str, tuple[list[Any], list[Any]]] = {
    "nothing happened": ([], []),
    "deployed": ([(1, "1", BEGINS)], [ONE]),
    "replaced": ([(1, "1", BEGINS), (2, "2", BEGINS)], [TWO]),
    "replaced, and listed the other way round": ([(2, "2", BEGINS), (1, "1", BEGINS)], [TWO]),
    "by number and not by name": ([(9, "1", BEGINS), (10, "2", BEGINS)], [TWO]),
    "by number beyond six digits": ([(999_999, "1", BEGINS), (1_000_000, "2", BEGINS)], [TWO]),
    "back again": ([(1, "1", BEGINS), (2, "2", BEGINS), (3, "1", BEGINS)], [ONE]),
    "each instance has its own": (
        [(1, "1", BEGINS), (2, "2", BEGINS, "blue"), (3, "3", BEGINS, "green"), (4, "4", BEGINS, "blue")],
        [ONE, ("3", "green", BEGINS), ("4", "blue", BEGINS)],
    ),
    "ended": ([(1, "1", BEGINS), (2, "1", ENDS)], []),
    "ended as another instance": ([(1, "1", BEGINS), (2, "1", ENDS, "blue")], [ONE]),
    "ended as another version": ([(1, "1", BEGINS), (2, "2", ENDS)], [ONE]),
    "ended and back": ([(1, "1", BEGINS), (2, "1", ENDS), (3, "1", BEGINS)], [ONE]),
    "what was replaced ended": ([(1, "1", BEGINS), (2, "2", BEGINS), (3, "1", ENDS)], [TWO]),
    "an end of nothing": ([(1, "1", ENDS), (2, "1", UNSUPPORTED)], []),
    "an end before it began": ([(1, "1", ENDS), (2, "1", BEGINS)], [ONE]),
    "released beside each other": (
        [(1, "1", RELEASED), (2, "2", RELEASED)],
        [("1", None, RELEASED), ("2", None, RELEASED)],
    ),
    "released beside a deployment": (
        [(1, "1", BEGINS), (2, "1", RELEASED), (3, "2", BEGINS)],
        [("1", None, RELEASED), TWO],
    ),
    "support ended": ([(1, "1", RELEASED), (2, "2", RELEASED), (3, "1", UNSUPPORTED)], [("2", None, RELEASED)]),
    "support ended and begun again": (
        [(1, "1", RELEASED), (2, "1", UNSUPPORTED), (3, "1", RELEASED)],
        [("1", None, RELEASED)],
    ),
    "undeployed is no end of support": ([(1, "1", RELEASED), (2, "1", ENDS)], [("1", None, RELEASED)]),
    "an end of support is no undeployment": ([(1, "1", BEGINS), (2, "1", UNSUPPORTED)], [ONE]),
    "two at once are both there": ([(1, "1", BEGINS), (1, "2", BEGINS)], [ONE, TWO]),
    "two at once replace what was there": ([(1, "3", BEGINS), (2, "1", BEGINS), (2, "2", BEGINS)], [ONE, TWO]),
    "two at once are both replaced": ([(1, "1", BEGINS), (1, "2", BEGINS), (2, "3", BEGINS)], [("3", None, BEGINS)]),
    "one of two ends": ([(1, "1", BEGINS), (1, "2", BEGINS), (2, "1", ENDS)], [TWO]),
    "an end and a beginning at once": ([(1, "1", BEGINS), (2, "1", ENDS), (2, "1", BEGINS)], [ONE]),
    "an end and a replacement at once": ([(1, "1", BEGINS), (2, "1", ENDS), (2, "2", BEGINS)], [TWO]),
    "two ends at once": ([(1, "1", BEGINS), (1, "2", BEGINS), (2, "1", ENDS), (2, "2", ENDS)], []),
    "support and its end at once": (
        [(1, "1", RELEASED), (2, "1", UNSUPPORTED), (2, "1", RELEASED)],
        [("1", None, RELEASED)],
    ),
}


@pytest.mark.parametrize(("events", "live"), HAPPENED.values(), ids=HAPPENED)
def test_who_is_live_after_what_happened(events: list[Any], live: list[Any]) -> None:
    assert _live(*events) == live
