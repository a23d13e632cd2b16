import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.rendering.markdown import code, fence, html, text
from gate.rendering.safe_text import UNSEEN, one_line, shortened, visible


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
