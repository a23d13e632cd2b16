"""Messages: what version 3 calls `messages`, and the asynchronous and synchronous ones of version 4."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from gate.domain.results import Where
from tests.servers import Reply
from tests.unit.engines.specification_cases import Case, Expected, Places, cases, said, told
from tests.unit.engines.specification_values import INTEGER, TYPE, regex

KINDS: Final = (("message", 3), ("message", 4), ("synchronous message", 4))
TOPIC: Final = ((Where.METADATA, "topic"),)


def messages(
    name: str, expected: Expected, good: Mapping[str, Reply], bad: Mapping[str, tuple[Reply, Places]]
) -> Iterator[Case]:
    """Make cases of a message in all its kinds."""
    for kind, version in KINDS:
        yield from cases(f"{kind.replace(' ', '-')}-{name}", (version,), expected, good, bad, kind=kind)


def contents(name: str, matchers: Sequence[Mapping[str, Any]], good: Any, bad: Any) -> Iterator[Case]:
    rules = {"body": {"$.v": matchers}} if matchers else {}
    return messages(
        name,
        Expected(body={"v": 1}, rules=rules),
        {"v": told({"v": good})},
        {"v": (told({"v": bad}), ((Where.BODY, "$.v"),))},
    )


def topic(name: str, matcher: Mapping[str, Any] | None, good: Sequence[Any], bad: Sequence[Any]) -> Iterator[Case]:
    """Make cases of metadata; an entry that is missing is always bad."""
    rules = {"metadata": {"topic": [matcher]}} if matcher else {}
    return messages(
        f"metadata-{name}",
        Expected(body={"v": 1}, metadata={"topic": "a1"}, rules=rules),
        {f"{value}": told({"v": 1}, topic=value) for value in good},
        {f"{value}": (told({"v": 1}, topic=value), TOPIC) for value in bad}
        | {"missing": (told({"v": 1}), TOPIC), "unsaid": (said({"v": 1}), TOPIC)},
    )


def peculiar() -> Iterator[Case]:
    """Make the cases whose mismatches are told in another way for each kind."""
    for kind, version in KINDS:
        text: Places = ((Where.CONTENT_TYPE, ""),)
        if (kind, version) == ("message", 4):
            text = ((Where.METADATA, "contentType"), *text)
        yield from cases(
            f"{kind.replace(' ', '-')}-contents",
            (version,),
            Expected(body={"v": 1}),
            {},
            {
                "key-missing": (told({"w": 1}), ((Where.BODY, "$.v"),)),
                "text": (told("v", content_type="text/plain"), text),
            },
            kind=kind,
        )


MESSAGES: Final[tuple[Case, ...]] = tuple(
    chain(
        contents("exact", [], good=1, bad=2),
        contents("type", [TYPE], good=7, bad="x"),
        contents("integer", [INTEGER], good=7, bad=7.5),
        contents("regex", [regex("\\d")], good=7, bad=77),
        messages(
            "contents",
            Expected(body={"v": 1}),
            {"more-keys": told({"v": 1, "w": 2})},
            {
                "list": (told([1]), ((Where.BODY, "$"),)),
                "empty": (told(""), ((Where.BODY, "/"),)),
                "truncated": (told('{"v": 1'), ((Where.BODY, "$"),)),
            },
        ),
        peculiar(),
        topic("exact", None, good=["a1"], bad=["a2", 1]),
        topic("type", TYPE, good=["b2"], bad=[]),
        topic("regex", regex("[a-z]\\d"), good=["b2"], bad=["bb"]),
    )
)
