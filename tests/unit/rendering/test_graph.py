"""The neighbourhood as a diagram."""

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.results import Outcome
from gate.domain.verdict import Integration, Role
from gate.rendering.graph import LABEL_LIMIT, NODES_SHOWN, graph
from tests.builders import candidate, excepted, integration, kept, report

PASSED, FAILED, ERRORED = Outcome


def _consumer(name: str, *outcomes: Outcome, binding: bool = True, pending: bool = False) -> Integration:
    named = PacticipantVersion(name=name)
    return integration(*outcomes, counterpart=named, binding=binding, pending=pending)


def _provider(name: str, success: bool | None) -> Integration:  # noqa: FBT001 - as what the store keeps
    return kept(success, counterpart=PacticipantVersion(name=name, version="1"), role=Role.PROVIDER)


def test_nobody_is_no_diagram() -> None:
    assert graph(report()) == ""


def test_who_expects_points_at_who_has_to_honour_it() -> None:
    one = report(
        _consumer("web", PASSED, FAILED),
        _consumer("app", ERRORED),
        _consumer("new", FAILED, binding=False, pending=True),
        _consumer("old", FAILED, binding=False),
        integration(FAILED, counterpart=PacticipantVersion(name="friend"), exception=excepted()),
        _provider("stock", success=False),
        _provider("mail", success=True),
    )

    assert graph(one).split("\n") == [
        "flowchart LR",
        '  s(["orders-api"])',
        *(f'  n{n}["{name}"]' for n, name in enumerate(["web", "app", "new", "old", "friend", "stock", "mail"])),
        '  n0 -- "1 of 2 broken" --> s',
        '  n1 -- "not verified" --> s',
        '  n2 -. "pending" .-> s',
        '  n3 -. "does not block" .-> s',
        '  n4 -. "excepted" .-> s',
        '  s -- "broken" --> n5',
        '  s -- "honoured" --> n6',
        "  linkStyle 0,5 stroke:#cf222e,stroke-width:3px",
        "  style n0 stroke:#cf222e,stroke-width:3px",
        "  style n5 stroke:#cf222e,stroke-width:3px",
        "  linkStyle 1 stroke:#bf8700,stroke-width:3px",
        "  style n1 stroke:#bf8700,stroke-width:3px",
    ]


def test_a_consumer_that_is_a_provider_too_stands_there_once() -> None:
    one = report(_consumer("web", FAILED), _provider("web", success=False))

    assert graph(one).split("\n")[2:] == [
        '  n0["web"]',
        '  n0 -- "1 of 1 broken" --> s',
        '  s -- "broken" --> n0',
        "  linkStyle 0,1 stroke:#cf222e,stroke-width:3px",
        "  style n0 stroke:#cf222e,stroke-width:3px",
    ]


@pytest.mark.parametrize("more", [0, 1, 300])
def test_the_first_are_drawn_and_the_others_counted(more: int) -> None:
    lines = graph(report(*(_consumer(f"c{n}", PASSED) for n in range(NODES_SHOWN + more)))).split("\n")

    assert sum(line.endswith("--> s") for line in lines) == NODES_SHOWN
    assert f'  n{NODES_SHOWN - 1}["c{NODES_SHOWN - 1}"]' in lines
    assert f'  n{NODES_SHOWN}["c{NODES_SHOWN}"]' not in lines
    assert [line for line in lines if "more" in line] == [f'  more["and {more} more"] -.- s'][: min(more, 1)]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ('a"]', "a#34;#93;"),
        ("", " "),
        ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
        ("a;b", "a#59;b"),
        ("#quot;", "#35;quot#59;"),
        ("a\nclick s href x", "a#92;nclick s href x"),
        ("`**b**`", "#96;#42;#42;b#42;#42;#96;"),
        ("<b>&amp;", "#60;b#62;#38;amp#59;"),
        ("größer 日本", "größer 日本"),
        ("a/b.c:d_e-f+g (h), → i", "a/b.c:d_e-f+g (h), → i"),
        ("x" * 100, "x" * (LABEL_LIMIT - 1) + "#8230;"),
    ],
)
def test_a_label_is_nothing_but_one(name: str, label: str) -> None:
    lines = graph(report(_consumer(name, PASSED), candidate=candidate(service=name))).split("\n")

    assert lines[1:] == [f'  s(["{label}"])', f'  n0["{label}"]', '  n0 -- "honoured" --> s']
