"""Statuses, headers and content types: each with answers that honour the contract and answers that do not."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from gate.domain.results import Where
from tests.servers import Reply
from tests.unit.engines.specification_cases import Case, Expected, Matcher, Rules, cases, said
from tests.unit.engines.specification_values import INTEGER, TYPE, dated, regex

TEXT: Final = "text/plain"
STATUS: Final = ((Where.STATUS, ""),)
OTHER_TYPE: Final = ((Where.HEADER, "Content-Type"), (Where.CONTENT_TYPE, ""))


def statuses(
    name: str,
    versions: Sequence[int],
    status: int | None,
    good: Sequence[int],
    bad: Sequence[int],
    *,
    rule: str | list[int] = "",
) -> Iterator[Case]:
    rules: Rules = {"status": {"$": [{"match": "statusCode", "status": rule}]}} if rule else {}
    return cases(
        f"status-{name}",
        versions,
        Expected(status=status, rules=rules),
        {str(code): Reply(status=code) for code in good},
        {str(code): (Reply(status=code), STATUS) for code in bad},
    )


def header(
    name: str,
    example: str,
    matcher: Matcher | None,
    good: Sequence[str],
    bad: Sequence[str],
    *,
    versions: Sequence[int] = (3, 4),
) -> Iterator[Case]:
    """Make cases of a header, whose name a provider may write in any letters; a missing one is always bad."""
    return cases(
        f"header-{name}",
        versions,
        Expected(headers={"X-Order": example}, rules={"header": {"X-Order": [matcher]}} if matcher else {}),
        {value or "empty": Reply(headers={"x-order": value}) for value in good},
        {value or "empty": (Reply(headers={"X-Order": value}), ((Where.HEADER, "X-Order"),)) for value in bad}
        | {"missing": (Reply(), ((Where.HEADER, "X-Order"),))},
    )


STATUSES: Final = chain(
    statuses("exact", (1, 2, 3, 4), 201, good=[201], bad=[200, 204, 404, 500]),
    statuses("unsaid-is-200", (1, 2, 3, 4), None, good=[200], bad=[201, 500]),
    statuses("success", (4,), 200, good=[200, 204, 299], bad=[302, 404, 500], rule="success"),
    statuses("redirect", (4,), 302, good=[301, 308], bad=[200, 400], rule="redirect"),
    statuses("client-error", (4,), 404, good=[400, 499], bad=[200, 500], rule="clientError"),
    statuses("server-error", (4,), 500, good=[500, 503], bad=[200, 404], rule="serverError"),
    statuses("non-error", (4,), 200, good=[200, 304], bad=[400, 503], rule="nonError"),
    statuses("error", (4,), 500, good=[400, 503], bad=[200, 302], rule="error"),
    statuses("listed", (4,), 200, good=[200, 202], bad=[201, 500], rule=[200, 202]),
)

HEADERS: Final = chain(
    header("exact", "abc", None, good=["abc"], bad=["abd", "ABC", "abc, abc", ""], versions=(1, 2, 3, 4)),
    header("exact-list", "a, b", None, good=["a, b", "a,b"], bad=["b, a", "a"], versions=(1, 2, 3, 4)),
    header("regex", "abc", regex("[a-c]+"), good=["cba"], bad=["xyz", "abcd"], versions=(2, 3, 4)),
    header("type", "abc", TYPE, good=["xyz", "1"], bad=[], versions=(2, 3, 4)),
    header("equality", "abc", {"match": "equality"}, good=["abc"], bad=["abd"]),
    header("include", "abc", {"match": "include", "value": "b"}, good=["xbx"], bad=["xx"]),
    # The engine calls the text -7 no integer, though -7.5 is a decimal to it and -7 an integer in a JSON body.
    header("integer", "1", INTEGER, good=["7"], bad=["x", "1.5", "-7"]),
    header("decimal", "1.5", {"match": "decimal"}, good=["2.25"], bad=["x"]),
    header("number", "1.5", {"match": "number"}, good=["2", "2.25"], bad=["x"]),
    header("boolean", "true", {"match": "boolean"}, good=["false"], bad=["yes", "1"]),
    header("date", "2026-11-22", dated("date", "yyyy-MM-dd"), good=["2024-02-29"], bad=["2026-02-30", "today"]),
    header("semver", "1.0.0", {"match": "semver"}, good=["2.13.4"], bad=["2.13", "x"], versions=(4,)),
    header("not-empty", "a", {"match": "notEmpty"}, good=["b"], bad=[""], versions=(4,)),
    cases(
        "content-type",
        (1, 2, 3, 4),
        Expected(body={"v": 1}),
        {"same": said({"v": 1}), "charset": said({"v": 1}, content_type="application/json;charset=UTF-8")},
        {
            "other": (said('{"v": 1}', content_type=TEXT), OTHER_TYPE),
            "vendor": (said({"v": 1}, content_type="application/vnd.orders+json"), OTHER_TYPE[:1]),
        },
    ),
    cases(
        "content-type-charset",
        (1, 2, 3, 4),
        Expected(body={"v": 1}, content_type="application/json; charset=utf-8"),
        {"case": said({"v": 1}, content_type="application/json;charset=UTF-8")},
        {
            "missing": (said({"v": 1}), OTHER_TYPE),
            "other": (said({"v": 1}, content_type="application/json; charset=latin-1"), OTHER_TYPE),
        },
    ),
    cases(
        "content-type-rule",
        (3, 4),
        Expected(body={"v": 1}, rules={"header": {"Content-Type": [regex("application/.*json")]}}),
        {"fits": said({"v": 1}, content_type="application/problem+json")},
        {"body": (said({"v": 2}, content_type="application/problem+json"), ((Where.BODY, "$.v"),))},
    ),
)

ANSWERS: Final[tuple[Case, ...]] = (*STATUSES, *HEADERS)
