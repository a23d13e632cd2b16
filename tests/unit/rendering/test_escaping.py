"""What a value becomes before it stands in a page."""

import pytest

from gate.rendering.escaping import HANDLE, html, mention, page, text

JOIN = "\u2060"


@pytest.mark.parametrize(
    "handle",
    ["@a", "@octocat", "@Octo-Cat-7", "@acme/checkout-team", "@acme/a_b", f"@{'a' * 39}", f"@a/{'b' * 100}"],
)
def test_a_name_of_githubs_is_told(handle: str) -> None:
    assert HANDLE.fullmatch(handle)
    assert mention(handle) == handle


@pytest.mark.parametrize(
    "handle",
    [
        *("", "@", "octocat", "@-a", "@a-", "@a--b", "@a/", "@/b", "@a/b/c", "@a b", "@a\n", " @a", "@a@b", "@a,@b"),
        *(
            f"@{'a' * 40}",
            f"@a/{'b' * 101}",
            "@a.b",
            "@ä",
            "@a`b",
            "@a/-b",
            "@a/b|",
            "\uff20a",
            "@a\u200b",
            "@a\u2060b",
        ),
    ],
)
def test_whatever_else_is_said_to_be_a_name_is_text(handle: str) -> None:
    assert mention(handle) == text(handle)
    assert not mention(handle).startswith("@") or mention(handle).startswith(f"@{JOIN}")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (":tada:", f"\\:{JOIN}tada\\:"),
        ("a.js:100:14", f"a\\.js\\:{JOIN}100\\:{JOIN}14"),
        ("::error::b", f"\\:{JOIN}\\:{JOIN}error\\:{JOIN}\\:{JOIN}b"),
        ("error: a", "error\\: a"),
        ("$a$", "<span>$</span>a<span>$</span>"),
        ("/approve", "\\/approve"),
        ("  /approve /b", " \\/approve /b"),
        ("===", "\\==="),
        ("a = b", "a = b"),
        ("GH-1 gh-2 GHI-3", f"GH{JOIN}\\-1 gh{JOIN}\\-2 GHI\\-3"),
        ("4f2c3d1", f"4f2{JOIN}c3d1"),
        ("4f2c3d", "4f2c3d"),
        (
            "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
            JOIN.join(["a5c", "3785ed", "8d6a35", "868bc1", "69f07e", "40e889", "087fd2", "e"]),
        ),
        ("a" * 41, "a" * 41),
        ("    code", " code"),
        ("[!NOTE]", "\\[\\!NOTE\\]"),
        ("a & <b>", "a &amp; &lt;b\\>"),
    ],
)
def test_running_text(value: str, written: str) -> None:
    assert text(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (":tada:", f":{JOIN}tada:"),
        ("$a$", "<span>$</span>a<span>$</span>"),
        ("</summary>\"'", "&lt;/summary&gt;&quot;'"),
        ("&#64;a", f"&amp;#{JOIN}64;a"),
        ("GH-1", f"GH{JOIN}-1"),
        ("4F2C3D1", f"4F2{JOIN}C3D1"),
        ("x" * 301, f"{'x' * 299}…"),
    ],
)
def test_text_within_an_element(value: str, written: str) -> None:
    assert html(value) == written


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "https://a b", "https://a)", "https://a?b", "http:", "https://a#b#c", "https://a\n"],
)
def test_what_is_no_plain_address_is_no_link(url: str) -> None:
    assert page("run 1", url) == "run 1"


@pytest.mark.parametrize("url", ["https://github.com/a/b/actions/runs/1", "http://ghe.example:8080/a#b-c"])
def test_a_plain_address_is_a_link(url: str) -> None:
    assert page("run [1]", url) == f"[run \\[1\\]]({url})"
