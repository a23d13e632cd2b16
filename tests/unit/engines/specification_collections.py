"""Matching rules on the contents of lists and objects, and several rules at one place."""

from itertools import chain
from typing import Final

from tests.unit.engines.specification_cases import Case, values
from tests.unit.engines.specification_values import TYPE, regex

VARIANTS: Final = {
    "match": "arrayContains",
    "variants": [
        {
            "index": 0,
            "rules": {"$.n": {"matchers": [{"match": "equality"}]}, "$.h": {"matchers": [{"match": "type"}]}},
            "generators": {},
        },
        {
            "index": 1,
            "rules": {
                "$.n": {"matchers": [{"match": "equality"}]},
                "$.h": {"matchers": [{"match": "regex", "regex": "/\\w+"}]},
            },
            "generators": {},
        },
    ],
}

COLLECTIONS: Final = chain(
    values(
        "values",
        (3, 4),
        {"first": 1},
        [{"match": "values"}],
        good={"same": {"first": 1}, "other-keys": {"second": 1}},
        bad={"list": [1]},
    ),
    values(
        "array-contains",
        (4,),
        [{"n": "self", "h": "a"}, {"n": "next", "h": "/b"}],
        [VARIANTS],
        good={
            "same": [{"n": "self", "h": "z"}, {"n": "next", "h": "/c"}],
            "other-order": [{"n": "x"}, {"n": "next", "h": "/c"}, {"n": "self", "h": "z"}],
        },
        bad={
            "one-missing": [{"n": "self", "h": "z"}],
            "one-unfit": [{"n": "self", "h": "z"}, {"n": "next", "h": "c"}],
            "empty": ([], "", ""),
        },
    ),
    values(
        "each-key",
        (4,),
        {"a1": 1},
        [{"match": "eachKey", "rules": [{"match": "regex", "regex": "^[a-z]\\d$"}]}],
        good={"same": {"a1": 1}, "other-key": {"b2": 1}, "several": {"b2": 1, "c3": 1}},
        bad={"unfit": ({"bb": 1}, ".bb"), "one-unfit": ({"b2": 1, "bb": 1}, ".bb")},
    ),
    values(
        "each-value",
        (4,),
        {"a": "x1"},
        [{"match": "eachValue", "rules": [{"match": "regex", "regex": "^[a-z]\\d$"}]}],
        good={"same": {"a": "x1"}, "other-value": {"a": "y2"}, "other-key": {"b": "y2"}},
        bad={"unfit": ({"a": "yy"}, ".a"), "other-key-unfit": ({"b": "yy"}, ".b")},
    ),
    values(
        "each-value-list",
        (4,),
        ["x1"],
        [{"match": "eachValue", "rules": [{"match": "regex", "regex": "^[a-z]\\d$"}]}],
        good={"same": ["x1"], "longer": ["y2", "z3"]},
        bad={"unfit": (["yy"], "[0]"), "later-unfit": (["y2", "yy"], "[1]")},
    ),
    values(
        "each-key-and-value",
        (4,),
        {"a1": 1},
        [
            {"match": "eachKey", "rules": [{"match": "regex", "regex": "^[a-z]\\d$"}]},
            {"match": "eachValue", "rules": [{"match": "integer"}]},
        ],
        good={"other": {"b2": 2}},
        bad={"key": ({"bb": 2}, ".bb"), "value": ({"b2": "x"}, ".b2")},
    ),
)

COMBINED: Final = chain(
    values(
        "and", (3, 4), "ab", [regex("a.*"), regex(".*b")], good={"both": "axb"}, bad={"first": "ax", "second": "xb"}
    ),
    values(
        "or",
        (3, 4),
        "ab",
        [regex("a.*"), regex(".*b")],
        combine="OR",
        good={"both": "axb", "first": "ax", "second": "xb"},
        bad={"neither": ("xx", "", "")},
    ),
    values(
        "or-null",
        (3, 4),
        "ab",
        [TYPE, {"match": "null"}],
        combine="OR",
        good={"text": "x", "null": None},
        bad={"number": (1, "", "")},
    ),
)

SETS: Final[tuple[Case, ...]] = (*COLLECTIONS, *COMBINED)
