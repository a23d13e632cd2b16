"""The page that comments are looked at on shows what GitHub would. Nothing of it needs a browser or a network."""

import re

import pytest

from gate.rendering.markdown import render_comment
from tests.rendering.page import Look, comment, page
from tests.rendering.situations import SITUATIONS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_needs_nothing_from_outside(theme: str) -> None:
    html = page(render_comment(SITUATIONS["one-broken-field"]), "one & all", Look(theme=theme))

    assert "<title>one &amp; all</title>" in html
    assert "🚫 orders-api → production: blocked</h2>" in html
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", html) == []


def test_a_page_names_where_its_parts_are() -> None:
    html = page("text", "title", Look(theme="dark", stylesheet="github.css", mermaid="mermaid.js", opened=True))

    assert '<link rel="stylesheet" href="github.css">' in html
    assert '<script src="mermaid.js"></script>' in html
    assert "if (!true)" in html
    assert 'theme: "dark"' in html


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("> [!CAUTION]\n> it", ['<div class="markdown-alert markdown-alert-caution">', "Caution</p>", "<p>it</p>"]),
        ("> [!NOTE] it broke", ["<blockquote>", "[!NOTE] it broke"]),
        ("- > [!NOTE]\n  > it broke", ["<blockquote>", "[!NOTE]"]),
        ("```diff\n- a\n+ b\n```", ['<span class="pl-md">- a</span>\n<span class="pl-mi1">+ b</span>']),
        ("```diff\n@@ x @@ y\n z\n```", ['<span class="pl-mdr">@@ x @@</span> y\n z']),
        ("```mermaid\na --> b\n```", ['<pre class="mermaid">a --&gt; b\n</pre>']),
        ("```sh\ngate verify\n```", ["<pre><code>gate verify\n</code></pre>"]),
        ("- [x] a\n- [ ] b", ['<input type="checkbox" disabled checked> a', '<input type="checkbox" disabled> b']),
        ("one\ntwo", ["one<br />\ntwo"]),
        ("| a |\n| --- |\n| `b` |", ["<td><code>b</code></td>"]),
        ("hello @acme/web and `@acme/web`, a@b", ['<a class="mention">@acme/web</a> and <code>@acme/web</code>, a@b']),
        ("<sub>a</sub> <b onclick=x>b</b><script>c</script> <!-- d -->", ["<p><sub>a</sub> <b>b</b>c </p>"]),
        ("<details open><summary>a</summary>\n\nb", ["<details open><summary>a</summary>\n<p>b</p>"]),
    ],
)
def test_it_shows_what_github_shows(markdown: str, shown: list[str]) -> None:
    html = comment(markdown)

    assert [part for part in shown if part not in html] == []
