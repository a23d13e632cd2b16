"""Matching rules on values of a JSON body: each with answers that honour it and answers that do not."""

from itertools import chain
from typing import Final

from tests.unit.engines.specification_cases import Case, Matcher, values

TYPE: Final[Matcher] = {"match": "type"}
INTEGER: Final[Matcher] = {"match": "integer"}
DECIMAL: Final[Matcher] = {"match": "decimal"}
NUMBER: Final[Matcher] = {"match": "number"}


def regex(pattern: str) -> Matcher:
    return {"match": "regex", "regex": pattern}


def dated(kind: str, form: str = "") -> Matcher:
    """A rule for dates and times; version 3 and 4 name the format by the kind itself, or `format`."""
    return {"match": kind, **({kind: form} if form else {})}


EXACT: Final = chain(
    values(
        "exact-text", (1, 2, 3, 4), "open", [], good={"same": "open"}, bad={"other": "shut", "number": 1, "null": None}
    ),
    values("exact-integer", (1, 2, 3, 4), 42, [], good={"same": 42}, bad={"other": 43, "text": "42"}),
    values("exact-decimal", (1, 2, 3, 4), 19.9, [], good={"same": 19.9}, bad={"other": 19.91, "text": "19.9"}),
    values(
        "exact-boolean",
        (1, 2, 3, 4),
        example=True,
        matchers=[],
        good={"same": True},
        bad={"other": False, "text": "true"},
    ),
    values("exact-null", (1, 2, 3, 4), None, [], good={"same": None}, bad={"zero": 0, "text": "null", "object": {}}),
    values(
        "exact-object",
        (1, 2, 3, 4),
        {"a": 1},
        [],
        good={"same": {"a": 1}, "more-keys": {"a": 1, "b": 2}},
        bad={"key-missing": ({"b": 1}, ".a"), "other-value": ({"a": 2}, ".a"), "list": [1]},
    ),
    values(
        "exact-list",
        (1, 2, 3, 4),
        ["a", "b"],
        [],
        good={"same": ["a", "b"]},
        bad={
            "longer": ["a", "b", "c"],
            "shorter": (["a"], "", ""),
            "other-order": (["b", "a"], "[0]", "[1]"),
            "object": {},
        },
    ),
    values("exact-empty-list", (1, 2, 3, 4), [], [], good={"same": []}, bad={"filled": [1]}),
    values("exact-empty-object", (1, 2, 3, 4), {}, [], good={"same": {}, "filled": {"a": 1}}, bad={"list": []}),
    values("equality", (3, 4), 42, [{"match": "equality"}], good={"same": 42}, bad={"other": 43, "text": "42"}),
)

TYPES: Final = chain(
    values(
        "type-text",
        (2, 3, 4),
        "open",
        [TYPE],
        good={"other": "shut", "empty": ""},
        bad={"number": 1, "null": None, "list": ["a"]},
    ),
    values(
        "type-integer", (2, 3, 4), 42, [TYPE], good={"other": 7, "decimal": 7.5}, bad={"text": "42", "boolean": True}
    ),
    values("type-decimal", (2, 3, 4), 1.5, [TYPE], good={"other": 2.5, "integer": 2}, bad={"text": "1.5"}),
    values(
        "type-boolean",
        (2, 3, 4),
        example=True,
        matchers=[TYPE],
        good={"other": False},
        bad={"text": "true", "number": 1},
    ),
    values("type-null", (2, 3, 4), None, [TYPE], good={"same": None}, bad={"text": "a"}),
    values(
        "type-object",
        (2, 3, 4),
        {"a": 1},
        [TYPE],
        good={"other-value": {"a": 2}, "more-keys": {"a": 2, "b": 1}},
        bad={"list": [1], "inner-type": ({"a": "x"}, ".a"), "key-missing": ({"b": 1}, ".a")},
    ),
    values(
        "type-list",
        (2, 3, 4),
        [1],
        [TYPE],
        good={"longer": [2, 3], "same": [1]},
        bad={"object": {"a": 1}, "inner-type": (["x"], "[0]"), "later-type": ([1, "x"], "[1]")},
    ),
    values(
        "min",
        (2, 3, 4),
        [1, 2],
        [{"match": "type", "min": 2}],
        good={"equal": [3, 4], "more": [3, 4, 5]},
        bad={"fewer": [3], "empty": []},
    ),
    values(
        "max",
        (2, 3, 4),
        [1],
        [{"match": "type", "max": 2}],
        good={"equal": [3, 4], "fewer": [3], "empty": []},
        bad={"more": [3, 4, 5]},
    ),
    values(
        "minmax",
        (2, 3, 4),
        [1],
        [{"match": "type", "min": 1, "max": 2}],
        good={"fewest": [3], "most": [3, 4]},
        bad={"fewer": [], "more": [3, 4, 5]},
    ),
    values("min-alone", (2,), [1], [{"min": 1}], good={"more": [3, 4]}, bad={"fewer": []}),
    values("max-alone", (2,), [1], [{"max": 1}], good={"equal": [3]}, bad={"more": [3, 4]}),
    values(
        "regex",
        (2, 3, 4),
        "a1",
        [regex("^[a-z]\\d$")],
        good={"fits": "b2"},
        bad={"other": "bb", "null": None, "list": (["b2"], "")},
    ),
    values("regex-number", (2, 3, 4), 12, [regex("^\\d{2}$")], good={"fits": 34, "text": "34"}, bad={"longer": 345}),
    # A pattern has to fit the whole value, whether or not it says ^ and $.
    values(
        "regex-is-anchored", (2, 3, 4), "a1", [regex("\\d")], good={"whole": "7"}, bad={"inside": "xx7yy", "none": "xx"}
    ),
    values(
        "include",
        (3, 4),
        "an open order",
        [{"match": "include", "value": "open"}],
        good={"inside": "reopened"},
        bad={"without": "shut", "case": "OPEN"},
    ),
    # The engine reads a number of 23 digits as a decimal.
    values(
        "integer",
        (3, 4),
        42,
        [INTEGER],
        good={"other": 7, "zero": 0, "negative": -1, "large": 2**53},
        bad={"23-digits": 10**22, "decimal": 4.5, "text": "4", "point-zero": 4.0, "null": None, "boolean": True},
    ),
    values(
        "decimal",
        (3, 4),
        1.5,
        [DECIMAL],
        good={"other": 2.25, "negative": -0.5, "point-zero": 4.0},
        bad={"integer": 4, "text": "4.5", "null": None},
    ),
    values(
        "number",
        (3, 4),
        1,
        [NUMBER],
        good={"integer": 4, "decimal": 4.5, "exponent": 1e30},
        bad={"text": "4", "boolean": True, "null": None},
    ),
    values(
        "boolean",
        (3, 4),
        example=True,
        matchers=[{"match": "boolean"}],
        good={"true": True, "false": False},
        bad={"text": "yes", "number": 1, "null": None},
    ),
    values("boolean-text", (3, 4), example=True, matchers=[{"match": "boolean"}], good={"text": "true"}, bad={}),
    values(
        "null",
        (3, 4),
        None,
        [{"match": "null"}],
        good={"null": None},
        bad={"text": "a", "zero": 0, "false": False, "object": {}},
    ),
    values(
        "semver",
        (4,),
        "1.0.0",
        [{"match": "semver"}],
        good={"other": "2.13.4", "pre-release": "1.0.0-rc.1+build.5"},
        bad={"short": "1.0", "text": "one", "number": 1.0},
    ),
    values("not-empty-text", (4,), "a", [{"match": "notEmpty"}], good={"other": "b"}, bad={"empty": "", "null": None}),
    values(
        "not-empty-list", (4,), [1], [{"match": "notEmpty"}], good={"other": [2], "longer": [2, 3]}, bad={"empty": []}
    ),
    values(
        "not-empty-object",
        (4,),
        {"a": 1},
        [{"match": "notEmpty"}],
        good={"same": {"a": 1}},
        bad={"empty": ({}, "", ".a")},
    ),
)

TIMES: Final = chain(
    values(
        "date",
        (3, 4),
        "2026-11-22",
        [dated("date", "yyyy-MM-dd")],
        good={"other": "2024-02-29"},
        bad={"order": "22-11-2026", "month": "2026-13-01", "day": "2026-02-30", "text": "today", "number": 20261122},
    ),
    values(
        "date-default", (3, 4), "2026-11-22", [dated("date")], good={"other": "2024-02-29"}, bad={"order": "22/11/2026"}
    ),
    values(
        "time",
        (3, 4),
        "12:03:00",
        [dated("time", "HH:mm:ss")],
        good={"other": "23:59:59"},
        bad={"hour": "25:00:00", "short": "12:03", "text": "noon"},
    ),
    values("time-default", (3, 4), "12:03:00", [dated("time")], good={"other": "23:59:59"}, bad={"text": "noon"}),
    values(
        "timestamp",
        (3, 4),
        "2026-11-22T12:03:00",
        [dated("timestamp", "yyyy-MM-dd'T'HH:mm:ss")],
        good={"other": "2025-01-01T00:00:00"},
        bad={"date": "2026-11-22", "month": "2026-13-22T12:03:00"},
    ),
    values(
        "datetime",
        (3, 4),
        "2026-11-22T12:03:00.000Z",
        [{"match": "datetime", "format": "yyyy-MM-dd'T'HH:mm:ss.SSSX"}],
        good={"other": "2025-01-01T00:00:00.123Z", "offset": "2025-01-01T00:00:00.123+01"},
        bad={"no-zone": "2026-11-22T12:03:00.000", "text": "now"},
    ),
    values(
        "datetime-default",
        (3, 4),
        "2026-11-22T12:03:00+01:00",
        [dated("datetime")],
        good={"other": "2025-01-01T00:00:00Z"},
        bad={"no-zone": "2025-01-01T00:00:00", "text": "now"},
    ),
)

VALUES: Final[tuple[Case, ...]] = (*EXACT, *TYPES, *TIMES)
