from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.report import Run
from gate.rendering.escaping import code, fence, html, text
from gate.rendering.markdown import render_comment
from gate.rendering.marker import is_comment_of, is_newer
from gate.rendering.safe_text import UNSEEN, one_line, shortened, visible
from tests.builders import report


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a``b`", "``` `a``b` ```"),
        ("a|b", "`a\\|b`"),
        ("a\nb", "`a\\nb`"),
        (" ", "`   `"),
        ("", "`  `"),
    ],
)
def test_code_spans(value: str, span: str) -> None:
    assert code(value) == span


@pytest.mark.parametrize(
    ("value", "block"),
    [("a", "```diff\na\n```"), ("```\nb", "````diff\n```\nb\n````"), ("\x1b[31m", "```diff\n\\x1b[31m\n```")],
)
def test_fences(value: str, block: str) -> None:
    assert fence(value, "diff") == block


def test_running_text_has_no_markup_no_mention_and_no_link() -> None:
    assert text("<b> *x* @me #1 http://a www.b & \n") == (
        "&lt;b\\> \\*x\\* @\u2060me \\#\u20601 http\u2060\\://a www\u2060\\.b &amp; \\\\n"
    )


def test_text_inside_an_html_element_has_no_markup_no_mention_and_no_link() -> None:
    assert html("</details> *it's* a-b @me #1 http://a") == (
        "&lt;/details&gt; *it's* a-b @\u2060me #\u20601 http\u2060://a"
    )


def test_long_text_is_cut() -> None:
    assert len(text("x" * 5000)) == 1200
    assert (shortened("abc", 3), shortened("abcd", 3)) == ("abc", "ab…")


@given(st.text())
def test_nothing_invisible_is_left(value: str) -> None:
    assert UNSEEN.search(visible(value)) is None
    assert len(one_line(value).splitlines()) <= 1


def test_a_marker_knows_its_own_and_is_short_whatever_it_names() -> None:
    long = replace(report().candidate, environments=("e" * 100_000,))
    other = replace(long, environments=("e" * 99_999,))
    body = render_comment(replace(report(), candidate=long))

    assert len(body.splitlines()[0]) < 500
    assert is_comment_of(long, body)
    assert not is_comment_of(other, body)
    assert not is_comment_of(report().candidate, body)


@pytest.mark.parametrize(
    ("told", "now", "newer"),
    [
        (("2", 1), ("1", 9), True),
        (("1", 2), ("1", 1), True),
        (("1", 1), ("1", 1), False),
        (("1", 1), ("1", 2), False),
        (("10", 1), ("9", 1), True),
        (("", 1), ("1", 1), False),
        (("2", 1), ("", 1), False),
    ],
)
def test_a_comment_is_newer_when_its_run_began_later(
    told: tuple[str, int], now: tuple[str, int], *, newer: bool
) -> None:
    first, second = (replace(report(), run=_run(*run)) for run in (told, now))

    assert is_newer(render_comment(first), second) is newer
    assert not is_newer(render_comment(replace(first, run=None)), second)
    assert not is_newer(render_comment(first), replace(second, run=None))


def _run(number: str, attempt: int) -> Run:
    return Run(repository="a/b", event="push", commit=f"c{number}", id=number, attempt=attempt, url="")


def test_of_one_commit_the_run_that_tells_last_counts() -> None:
    later, again = (replace(report(), run=replace(_run(number, 2), commit="c")) for number in ("2", "1"))

    assert not is_newer(render_comment(later), again)
