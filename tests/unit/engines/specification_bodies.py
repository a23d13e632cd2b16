"""Whole bodies of every content type, and the paths that lead rules into them."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from gate.domain.results import Where
from tests.servers import Reply
from tests.unit.engines.specification_cases import JSON, Case, Expected, Matcher, cases, said
from tests.unit.engines.specification_values import INTEGER, TYPE, regex

TEXT: Final = "text/plain"
XML: Final = "application/xml"
FORM: Final = "application/x-www-form-urlencoded"
BINARY: Final = "application/octet-stream"
MULTIPART: Final = "multipart/form-data; boundary=xyz"
OTHER_TYPE: Final = ((Where.CONTENT_TYPE, ""),)


def bodies(
    name: str,
    versions: Sequence[int],
    content_type: str,
    example: Any,
    rules: Mapping[str, Sequence[Matcher]] | None = None,
    *,
    good: Mapping[str, Any],
    bad: Mapping[str, tuple[Any, *tuple[str, ...]]],
    encoded: str = "",
) -> Iterator[Case]:
    """Make cases of a whole body; a bad one is given with the paths of its mismatches."""
    return cases(
        name,
        versions,
        Expected(body=example, content_type=content_type, encoded=encoded, rules={"body": rules} if rules else {}),
        {label: said(body, content_type=content_type) for label, body in good.items()},
        {
            label: (said(body, content_type=content_type), tuple((Where.BODY, path) for path in paths))
            for label, (body, *paths) in bad.items()
        },
    )


BODIES: Final = chain(
    cases(
        "body-unsaid",
        (1, 2, 3, 4),
        Expected(),
        {"none": Reply(), "json": said({"v": 1}), "text": said("a", content_type=TEXT)},
        {},
    ),
    bodies("body-null", (1, 2, 3, 4), JSON, None, good={"empty": ""}, bad={"object": ({}, "/"), "null": (None, "/")}),
    bodies("body-empty", (1, 2, 3, 4), JSON, "", good={"empty": ""}, bad={"object": ({}, "/")}),
    bodies(
        "body-object",
        (1, 2, 3, 4),
        JSON,
        {"v": 1},
        good={"same": {"v": 1}},
        bad={
            "empty": ("", "/"),
            "null": (None, "$"),
            "truncated": ('{"v": 1', "$"),
            "list": ([1], "$"),
            "key-missing": ({}, "$.v"),
        },
    ),
    bodies(
        "body-list", (1, 2, 3, 4), JSON, [1], good={"same": [1]}, bad={"longer": ([1, 2], "$"), "other": ([2], "$[0]")}
    ),
    bodies("body-number", (3, 4), JSON, 5, good={"same": 5}, bad={"other": (6, "$")}),
    cases(
        "body-untyped",
        (1, 2, 3, 4),
        Expected(body={"v": 1}, content_type=""),
        {"same": said({"v": 1})},
        {"other": (said({"v": 2}), ((Where.BODY, "$.v"),)), "text": (said("v", content_type="text/plain"), OTHER_TYPE)},
    ),
    bodies(
        "vendor-json",
        (2, 3, 4),
        "application/vnd.orders.v1+json",
        {"v": 1},
        {"$.v": [TYPE]},
        good={"other": {"v": 7}},
        bad={"text": ({"v": "x"}, "$.v")},
    ),
    bodies(
        "text",
        (1, 2, 3, 4),
        TEXT,
        "an order",
        good={"same": "an order"},
        bad={"other": ("no order", "$"), "empty": ("", "/")},
    ),
    bodies(
        "text-regex",
        (2, 3, 4),
        TEXT,
        "abc",
        {"$": [regex("[a-c]+")]},
        good={"fits": "cba"},
        bad={"other": ("abd", "$")},
    ),
    bodies(
        "text-include",
        (3, 4),
        TEXT,
        "abc",
        {"$": [{"match": "include", "value": "b"}]},
        good={"inside": "xbx"},
        bad={"without": ("xx", "$")},
    ),
    bodies(
        "xml",
        (1, 2, 3, 4),
        XML,
        '<a b="1"><c>t</c></a>',
        good={
            "same": '<a b="1"><c>t</c></a>',
            "spaced": '<a b="1">\n <c>t</c>\n</a>',
            "more": '<a b="1" d="2"><c>t</c><e/></a>',
        },
        bad={
            "attribute": ('<a b="2"><c>t</c></a>', "$.a['@b']"),
            "attribute-missing": ("<a><c>t</c></a>", "$.a", "$.a['@b']"),
            "text": ('<a b="1"><c>u</c></a>', "$.a.c['#text']"),
            "child-missing": ('<a b="1"/>', "$.a"),
            "element": ('<x b="1"><c>t</c></x>', "$.a"),
            "truncated": ("<a>", "$"),
            "empty": ("", "/"),
        },
    ),
    bodies(
        "xml-rules",
        (2, 3, 4),
        XML,
        '<a b="1"><c>t</c></a>',
        {"$.a['@b']": [regex("\\d")], "$.a.c['#text']": [regex("[a-z]")]},
        good={"fits": '<a b="7"><c>z</c></a>'},
        bad={"attribute": ('<a b="x"><c>z</c></a>', "$.a['@b']"), "text": ('<a b="7"><c>zz</c></a>', "$.a.c['#text']")},
    ),
    bodies(
        "xml-list",
        (3, 4),
        XML,
        "<a><b>1</b></a>",
        {"$.a": [TYPE], "$.a.b['#text']": [INTEGER]},
        good={"longer": "<a><b>1</b><b>2</b></a>"},
        bad={"later": ("<a><b>1</b><b>x</b></a>", "$.a.b['#text']")},
    ),
    bodies(
        "form",
        (3, 4),
        FORM,
        "a=1&b=2",
        good={"same": "a=1&b=2", "other-order": "b=2&a=1"},
        bad={"other": ("a=1&b=3", "$.b"), "missing": ("a=1", "$.b"), "more": ("a=1&b=2&c=3", "$.c")},
    ),
    bodies(
        "form-regex",
        (3, 4),
        FORM,
        "a=1&b=2",
        {"$.b": [regex("\\d")]},
        good={"fits": "a=1&b=7"},
        bad={"other": ("a=1&b=x", "$.b")},
    ),
)


def packed(content: bytes) -> str:
    return base64.b64encode(content).decode()


def multipart(number: str, *names: str) -> str:
    """Write a form of several parts, each with the same content."""
    head = "--xyz\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name="
    return "".join(f'{head}"{name}"\r\n\r\n{number}\r\n' for name in names) + "--xyz--\r\n"


PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "789c6364f8cf500f000386018025d9b5a30000000049454e44ae426082"
)
GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

FILES: Final = chain(
    bodies(
        "binary",
        (3, 4),
        BINARY,
        packed(b"\0\1\xff"),
        encoded="base64",
        good={"same": b"\0\1\xff"},
        bad={"other": (b"\0\1\xfe", "$"), "shorter": (b"\0\1", "$"), "empty": (b"", "/")},
    ),
    bodies(
        "content-type-of-bytes",
        (3, 4),
        "image/png",
        packed(PNG),
        {"$": [{"match": "contentType", "value": "image/png"}]},
        encoded="base64",
        good={"same": PNG, "other": PNG + b"\0"},
        bad={"text": (b"just text", "$"), "gif": (GIF, "$"), "empty": (b"", "/")},
    ),
    bodies(
        "multipart",
        (3, 4),
        MULTIPART,
        multipart("42", "id", "total"),
        good={"same": multipart("42", "id", "total"), "more": multipart("42", "id", "total", "note")},
        bad={
            "other": (multipart("43", "id", "total"), "$.id", "$.total"),
            "missing": (multipart("42", "id"), "$"),
            "no-parts": ("abc", "$"),
        },
    ),
    bodies(
        "multipart-rules",
        (3, 4),
        MULTIPART,
        multipart("42", "id", "total"),
        {"$.id": [regex("\\d+")], "$.total": [regex("\\d+")]},
        good={"fits": multipart("7", "id", "total")},
        bad={"unfit": (multipart("x", "id", "total"), "$.id", "$.total")},
    ),
)

PATHS: Final = chain(
    bodies(
        "wildcard-index",
        (2, 3, 4),
        JSON,
        {"a": [{"b": 1}]},
        {"$.a": [TYPE], "$.a[*].b": [regex("\\d")]},
        good={"longer": {"a": [{"b": 1}, {"b": 7}]}},
        bad={"later": ({"a": [{"b": 1}, {"b": 77}]}, "$.a[1].b")},
    ),
    bodies(
        "wildcard-key",
        (2, 3, 4),
        JSON,
        {"a": {"x": 1}},
        {"$.a.*": [regex("\\d")]},
        good={"fits": {"a": {"x": 7}}},
        bad={"unfit": ({"a": {"x": 77}}, "$.a.x")},
    ),
    bodies(
        "wildcard-alone",
        (3, 4),
        JSON,
        {"a": [1, 2]},
        {"$.a[*]": [TYPE]},
        good={"others": {"a": [3, 4]}},
        bad={"type": ({"a": [3, "x"]}, "$.a[1]")},
    ),
    bodies(
        "index",
        (2, 3, 4),
        JSON,
        {"a": [1, 2]},
        {"$.a[1]": [TYPE]},
        good={"second": {"a": [1, 7]}},
        bad={"first": ({"a": [7, 2]}, "$.a[0]")},
    ),
    bodies(
        "quoted-key",
        (2, 3, 4),
        JSON,
        {"unit price": 1},
        {"$['unit price']": [TYPE]},
        good={"other": {"unit price": 7}},
        bad={"type": ({"unit price": "x"}, "$['unit price']")},
    ),
    bodies(
        "cascade",
        (2, 3, 4),
        JSON,
        {"a": {"b": 1}},
        {"$": [TYPE]},
        good={"deep": {"a": {"b": 7}}},
        bad={"type": ({"a": {"b": "x"}}, "$.a.b")},
    ),
    bodies(
        "nearest-rule",
        (3, 4),
        JSON,
        {"a": {"b": 1, "c": 1}},
        {"$": [TYPE], "$.a.b": [{"match": "equality"}]},
        good={"loose-part": {"a": {"b": 1, "c": 7}}},
        bad={"strict-part": ({"a": {"b": 7, "c": 7}}, "$.a.b")},
    ),
    bodies(
        "name-before-wildcard",
        (2, 3, 4),
        JSON,
        {"a": {"b": 1, "c": 1}},
        {"$.a.*": [TYPE], "$.a.b": [regex("[1-3]")]},
        good={"both": {"a": {"b": 3, "c": 7}}},
        bad={"name": ({"a": {"b": 7, "c": 7}}, "$.a.b"), "wildcard": ({"a": {"b": 3, "c": "x"}}, "$.a.c")},
    ),
    bodies(
        "rule-elsewhere",
        (2, 3, 4),
        JSON,
        {"v": 1},
        {"$.w": [TYPE]},
        good={"same": {"v": 1}},
        bad={"other": ({"v": 2}, "$.v")},
    ),
)

CONTENTS: Final[tuple[Case, ...]] = (*BODIES, *FILES, *PATHS)
