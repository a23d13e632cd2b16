"""Requests: what the provider is to receive, above all in place of the examples that have a generator."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from tests.servers import Reply
from tests.unit.engines.specification_cases import Case, Expected, Sent
from tests.unit.engines.specification_values import TYPE, regex

EXAMPLE: Final = "the example"
"""Fits no pattern below: what fits was generated."""

STATE: Final = {"id": 4711, "name": "web-7", "paid": True, "total": 19.9}
"""What the provider's state handler answers."""

UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
DATE: Final = "\\d{4}-\\d\\d-\\d\\d"
TIME: Final = "\\d\\d:\\d\\d:\\d\\d"


def sent(name: str, versions: Sequence[int], sent: Sent, arrives: Mapping[str, str]) -> Iterator[Case]:
    """Make a case of what is sent, whatever the answer."""
    for version in versions:
        yield Case(
            id=f"v{version}-{name}",
            version=version,
            kind="http",
            expected=Expected(),
            reply=Reply(),
            sent=sent,
            arrives=arrives,
        )


def generated(
    name: str,
    generator: Mapping[str, Any],
    pattern: str,
    versions: Sequence[int] = (3, 4),
    *,
    text: bool = True,
    example: Any = EXAMPLE,
) -> Iterator[Case]:
    """Make a case that has the generator at a value of the body, in a header and in the query.

    What arrives in the body has the JSON type of the example, except for provider states and booleans.
    """
    return sent(
        f"generator-{name}",
        versions,
        Sent(
            method="POST",
            headers={"X-Value": EXAMPLE},
            query={"q": [EXAMPLE]},
            body={"v": example},
            generators={"body": {"$.v": generator}, "header": {"X-Value": generator}, "query": {"q": generator}},
            states=[{"name": "an order"}],
        ),
        {"body": f'"{pattern}"' if text else pattern, "header": pattern, "query": pattern},
    )


def state(name: str, expression: str, arrives: str, kind: str | None, *, text: bool = False) -> Iterator[Case]:
    """Make a case of a value that comes from the state handler's answer."""
    typed = {} if kind is None else {"dataType": kind}
    return generated(f"state-{name}", {"type": "ProviderState", "expression": expression, **typed}, arrives, text=text)


REQUESTS: Final[tuple[Case, ...]] = tuple(
    chain(
        generated("random-int", {"type": "RandomInt", "min": 100, "max": 199}, "1\\d\\d", text=False, example=5),
        generated("random-int-as-text", {"type": "RandomInt", "min": 100, "max": 199}, "1\\d\\d"),
        generated("random-decimal", {"type": "RandomDecimal", "digits": 6}, "\\d+\\.\\d+", text=False, example=5),
        generated("random-hexadecimal", {"type": "RandomHexadecimal", "digits": 8}, "[0-9A-F]{8}"),
        generated("random-string", {"type": "RandomString", "size": 12}, "[0-9A-Za-z]{12}"),
        generated("random-boolean", {"type": "RandomBoolean"}, "true|false", text=False),
        generated("regex", {"type": "Regex", "regex": "[a-c]{5}\\d"}, "[a-c]{5}\\d"),
        generated("uuid", {"type": "Uuid"}, UUID),
        generated("uuid-simple", {"type": "Uuid", "format": "simple"}, "[0-9a-f]{32}", (4,)),
        generated("uuid-lower", {"type": "Uuid", "format": "lower-case-hyphenated"}, UUID, (4,)),
        generated("uuid-upper", {"type": "Uuid", "format": "upper-case-hyphenated"}, UUID.replace("a-f", "A-F"), (4,)),
        generated("uuid-urn", {"type": "Uuid", "format": "URN"}, f"urn:uuid:{UUID}", (4,)),
        generated("date", {"type": "Date", "format": "yyyy-MM-dd"}, DATE),
        generated("date-default", {"type": "Date"}, DATE),
        generated("date-from-expression", {"type": "Date", "format": "yyyy-MM-dd", "expression": "+1 day"}, DATE),
        generated("time", {"type": "Time", "format": "HH:mm:ss"}, TIME),
        generated("datetime", {"type": "DateTime", "format": "yyyy-MM-dd'T'HH:mm:ss"}, f"{DATE}T{TIME}"),
        state("integer", "${id}", "4711", "INTEGER"),
        state("decimal", "${total}", "19\\.9", "DECIMAL"),
        state("boolean", "${paid}", "true", "BOOLEAN"),
        state("text", "${name}", "web-7", "STRING", text=True),
        state("number-as-text", "${id}", "4711", "STRING", text=True),
        state("inside-a-text", "no. ${id}!", "no\\. 4711!", "STRING", text=True),
        state("untyped", "id", "4711", None),
        # The address of the consumer's mock server has no meaning here: the example goes out as it stands.
        generated(
            "mock-server-url",
            {"type": "MockServerURL", "regex": ".*(/orders)$", "example": "http://localhost:1/orders"},
            EXAMPLE,
        ),
        sent(
            "generator-in-the-path",
            (3, 4),
            Sent(
                path="/example",
                generators={"path": {"type": "ProviderState", "expression": "{case}/orders/${id}"}},
                states=[{"name": "an order"}],
            ),
            {"path": "/orders/4711"},
        ),
        sent(
            "generator-in-a-list",
            (3, 4),
            Sent(
                method="POST",
                body={"v": [{"n": 5}, {"n": 5}]},
                generators={"body": {"$.v[*].n": {"type": "RandomInt", "min": 100, "max": 199}}},
            ),
            {"body": '\\[{"n": 1\\d\\d}, {"n": 1\\d\\d}\\]'},
        ),
        # Rules on a request are for the consumer's mock server: the provider receives the examples themselves.
        sent(
            "rules-on-a-request",
            (2, 3, 4),
            Sent(
                method="POST",
                path="/example",
                headers={"X-Value": EXAMPLE},
                query={"q": [EXAMPLE]},
                body={"v": EXAMPLE},
                rules={"body": {"$.v": [TYPE]}, "header": {"X-Value": [regex("\\d+")]}},
            ),
            {"body": f'"{EXAMPLE}"', "header": EXAMPLE, "query": EXAMPLE, "path": "/example"},
        ),
    )
)
