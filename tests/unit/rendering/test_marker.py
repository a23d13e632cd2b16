"""The first line of a comment."""

from dataclasses import replace

import pytest

from gate.domain.report import Report, Run
from gate.domain.results import Outcome
from gate.rendering.markdown import render_comment
from gate.rendering.marker import is_comment_of, is_newer, marker, says_the_same
from tests.builders import candidate, integration, report
from tests.hostile import PAGE


def told(number: str = "12", attempt: int = 1, commit: str | None = "c", outcome: Outcome = Outcome.FAILED) -> Report:
    run = Run(repository="a/b", event="push", commit=commit, id=number, attempt=attempt, url=PAGE)
    return report(integration(outcome), run=run, duration=float(attempt))


def test_a_marker_says_whose_comment_it_is_then_which_run_wrote_it() -> None:
    assert marker(told()) == (
        '<!-- contract-gate v1 {"service": "orders-api", "environments": ["production"]} '
        '{"run": "12", "attempt": 1, "sha": "c"} -->'
    )
    assert marker(report(), "blue").endswith('"environments": ["production"], "key": "blue"} {} -->')


def test_a_comment_with_another_key_is_another_one() -> None:
    keys = [None, "", "blue", "green", 'blue"} {', "<!--", "-->", "x" * 2000, "x" * 2001]
    bodies = {key: render_comment(told(), key) for key in keys}

    for key, body in bodies.items():
        assert [other for other in keys if is_comment_of(candidate(), body, other)] == [key]


def test_the_comment_of_one_contract_is_another_one() -> None:
    every = [
        candidate(),
        candidate(one_contract="web"),
        candidate(one_contract="app"),
        candidate(environments=("web",)),
    ]
    bodies = [render_comment(report(integration(Outcome.PASSED), candidate=one)) for one in every]

    assert [[is_comment_of(one, body) for one in every] for body in bodies] == [
        [one is other for other in every] for one in every
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a word",
        " " + marker(told("99")),
        "x\n" + marker(told("99")),
        "<!-- contract-gate v1 -->",
        '<!-- contract-gate v1 {"service": "orders-api"} -->',
        '<!-- contract-gate v2 {"service": "orders-api", "environments": ["production"]} {} -->',
        '<!-- contract-gate v1 {"service": "orders-api", "environments": ["production"]}-->',
    ],
)
def test_what_is_no_comment_of_ours_is_none(body: str) -> None:
    assert not is_comment_of(candidate(), body)
    assert not is_newer(body, told("1"))


def test_a_comment_of_an_older_gate_is_known_and_never_newer() -> None:
    body = '<!-- contract-gate v1 {"service": "orders-api", "environments": ["production"]} {"run": "99"} -->\n## a'

    assert is_comment_of(candidate(), body)
    assert not is_newer(body, told("1"))
    assert not says_the_same(body, render_comment(told()))


def test_a_name_cannot_forge_which_run_wrote_it() -> None:
    forged = replace(told("5"), candidate=candidate(service='x"} {"run": "99", "attempt": 9, "sha": "c"} --> '))

    assert not is_newer(render_comment(forged), told("6", commit="d"))
    assert is_newer(render_comment(forged), told("4", commit="d"))


def test_the_same_of_the_same_commit_is_the_same_whichever_run_says_it() -> None:
    first, second = render_comment(told("12", 1)), render_comment(told("13", 2))

    assert first != second
    assert says_the_same(first, second)
    assert says_the_same(first.replace("\n", "\r\n"), f"{second}\n\n")


def test_something_else_or_another_commit_is_not_the_same() -> None:
    body = render_comment(told())

    assert not says_the_same(body, render_comment(told(outcome=Outcome.PASSED)))
    assert not says_the_same(body, render_comment(told(commit="d")))
    assert not says_the_same(body, render_comment(report(integration(Outcome.FAILED))))
    assert not says_the_same(render_comment(told(commit=None)), body)


def test_without_a_run_the_words_alone_count() -> None:
    one, other = (render_comment(report(integration(outcome))) for outcome in (Outcome.FAILED, Outcome.PASSED))

    assert says_the_same(one, one)
    assert not says_the_same(one, other)
