"""A comment as GitHub shows it: Markdown in, a page of HTML out. It imitates what our comments use, and no more."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

WIDTH: Final = 802
"""Of the window, in pixels. GitHub's column on a wide screen leaves about 760 for a comment."""
TAGS: Final = re.compile(
    "a|b|blockquote|br|code|dd|del|details|div|dl|dt|em|h[1-6]|hr|i|img|ins|kbd|li|ol|p|picture|pre|q|s|samp|source|span"
    "|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|ul|var"
)
"""What GitHub leaves of HTML that stands in Markdown, see the allow-list of its sanitiser. Anything else vanishes."""
ATTRIBUTES: Final = re.compile(r'\s(open|align|alt|colspan|rowspan|title|href|src)(?:=("[^"]*"|[^\s>]*))?')
TAG: Final = re.compile(r"<(?:!--.*?(?:-->|$)|(/?)([A-Za-z][A-Za-z0-9]*)([^>]*)>)", re.DOTALL)
LINKED: Final = re.compile(r"(?<![\w/`@])(?:@[A-Za-z0-9-]+(?:/[\w-]+)?|#[0-9]+\b|https?://[^\s<]+)")
"""What it makes a link of by itself: mentions, issues and addresses, in text and nowhere else."""
ALERT: Final = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)")
INFO: Final = (
    "M0 8a8 8 0 1 1 16 0A8 8 0 0 1 0 8Zm8-6.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM6.5 7.75A.75.75 0 0 1 7.25 7h1a.75"
    ".75 0 0 1 .75.75v2.75h.25a.75.75 0 0 1 0 1.5h-2a.75.75 0 0 1 0-1.5h.25v-2h-.25a.75.75 0 0 1-.75-.75ZM8 6a1 1 0 1 1"
    " 0-2 1 1 0 0 1 0 2Z"
)
TRIANGLE: Final = (
    "M6.457 1.047c.659-1.234 2.427-1.234 3.086 0l6.082 11.378A1.75 1.75 0 0 1 14.082 15H1.918a1.75 1.75 0 0 1-1.543"
    "-2.575Zm1.763.707a.25.25 0 0 0-.44 0L1.698 13.132a.25.25 0 0 0 .22.368h12.164a.25.25 0 0 0 .22-.368Zm.53 3.996v2.5"
    "a.75.75 0 0 1-1.5 0v-2.5a.75.75 0 0 1 1.5 0ZM9 11a1 1 0 1 1-2 0 1 1 0 0 1 2 0Z"
)
STOP: Final = (
    "M4.47.22A.749.749 0 0 1 5 0h6c.199 0 .389.079.53.22l4.25 4.25c.141.14.22.331.22.53v6a.749.749 0 0 1-.22.53l-4.25"
    " 4.25A.749.749 0 0 1 11 16H5a.749.749 0 0 1-.53-.22L.22 11.53A.749.749 0 0 1 0 11V5c0-.199.079-.389.22-.53Zm.84"
    " 1.28L1.5 5.31v5.38l3.81 3.81h5.38l3.81-3.81V5.31L10.69 1.5ZM8 4a.75.75 0 0 1 .75.75v3.5a.75.75 0 0 1-1.5 0v-3.5A"
    ".75.75 0 0 1 8 4Zm0 8a1 1 0 1 1 0-2 1 1 0 0 1 0 2Z"
)
ICONS: Final[Mapping[str, str]] = {"WARNING": TRIANGLE, "CAUTION": STOP}
"""Of GitHub's octicons (MIT); the other alerts have `INFO`."""
DIFF: Final = re.compile(r"^(?:\+.*|-.*|@@.+?@@)")
COLOURED: Final[Mapping[str, str]] = {"+": "pl-mi1", "-": "pl-md", "@": "pl-mdr"}

LAYOUT: Final = """
body { margin: 0; background: var(--page); }
.box { width: 760px; margin: 20px; border: 1px solid var(--line); border-radius: 6px; overflow: hidden;
  font: 14px -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
.author { background: var(--bar); border-bottom: 1px solid var(--line); padding: 8px 16px; color: var(--soft); }
.author b { color: var(--text); }
.author i { font-style: normal; font-size: 12px; border: 1px solid var(--line); border-radius: 2em; padding: 0 6px; }
.markdown-body { padding: 16px; font-size: 14px; }
.markdown-body .mention { color: inherit; font-weight: 600; }
.markdown-body pre.mermaid { text-align: center; background: var(--page); border: 1px solid var(--line); }
"""
COLOURS: Final[Mapping[str, str]] = {
    "light": "--page: #fff; --bar: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --soft: #59636e",
    "dark": "--page: #0d1117; --bar: #151b23; --line: #3d444d; --text: #f0f6fc; --soft: #9198a1",
}
DRAW: Final = """
const closed = [...document.querySelectorAll("details:not([open])")];
const measure = () => {
  if (!OPEN) closed.forEach((one) => { one.open = false; });
  const bottom = document.querySelector(".box").getBoundingClientRect().bottom;
  document.documentElement.dataset.height = Math.ceil(bottom + 20);
};
closed.forEach((one) => { one.open = true; });  // a diagram that is not shown has no size
if (window.mermaid) {
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: "THEME" });
  mermaid.run().then(measure, (error) => {
    document.documentElement.dataset.fault = String(error.message || error);
    measure();
  });
} else measure();
"""
"""Closes again what was closed, and leaves the height of the page for whoever takes its picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is to look."""

    theme: str
    """`light` or `dark`."""
    stylesheet: str = ""
    """The address of github-markdown-css; empty for none."""
    mermaid: str = ""
    """The address of the script that draws diagrams; empty for none."""
    opened: bool = False
    """Whether everything that can be unfolded is."""


def page(markdown: str, title: str, look: Look) -> str:
    """Write the page. It needs nothing from outside but the addresses in `look`."""
    style = f'<link rel="stylesheet" href="{escape(look.stylesheet)}">' if look.stylesheet else ""
    script = f'<script src="{escape(look.mermaid)}"></script>' if look.mermaid else ""
    draw = DRAW.replace("OPEN", str(look.opened).lower()).replace(
        "THEME", "dark" if look.theme == "dark" else "default"
    )
    return f"""<!doctype html>
<html lang="en" data-color-mode="{look.theme}">
<meta charset="utf-8">
<title>{escape(title)}</title>
{style}
<style>:root {{ {COLOURS[look.theme]} }}{LAYOUT}</style>
<div class="box">
<div class="author"><b>github-actions</b> <i>bot</i> commented now</div>
<article class="markdown-body">
{comment(markdown)}</article>
</div>
{script}
<script>{draw}</script>
</html>
"""


def comment(markdown: str) -> str:
    """Render the Markdown of a comment."""
    rendering = MarkdownIt("commonmark", {"html": True, "breaks": True}, renderer_cls=_Renderer)
    rendering.enable(["table", "strikethrough"])
    environment: EnvType = {}
    tokens = rendering.parse(markdown, environment)
    _mark_alerts(tokens)
    _mark_tasks(tokens)
    rendered: str = rendering.renderer.render(tokens, rendering.options, environment)
    return rendered


class _Renderer(RendererHTML):
    """What GitHub does otherwise than CommonMark."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Draw diagrams and colour differences."""
        content, language = tokens[idx].content, tokens[idx].info.strip()
        if language == "mermaid":
            return f'<pre class="mermaid">{escape(content)}</pre>\n'
        if language == "diff":
            lines = "\n".join(DIFF.sub(_coloured, escape(line, quote=False)) for line in content.splitlines())
            return f'<div class="highlight"><pre>{lines}</pre></div>\n'
        return f"<pre><code>{escape(content)}</code></pre>\n"

    def html_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Leave what is allowed."""
        return TAG.sub(_allowed, tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Leave what is allowed, or what an alert or a task is made of."""
        return tokens[idx].content if tokens[idx].meta.get("ours") else TAG.sub(_allowed, tokens[idx].content)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Make the links that nobody wrote."""
        return LINKED.sub(r'<a class="mention">\g<0></a>', escape(tokens[idx].content, quote=False))


def _coloured(found: re.Match[str]) -> str:
    return f'<span class="{COLOURED[found[0][0]]}">{found[0]}</span>'


def _allowed(found: re.Match[str]) -> str:
    name = (found[2] or "").lower()
    if not TAGS.fullmatch(name):
        return ""
    kept = "".join(one[0] for one in ATTRIBUTES.finditer(found[3]) if "javascript:" not in one[0].lower())
    return f"<{found[1]}{name}{kept}>"


def _mark_alerts(tokens: list[Token]) -> None:
    """Turn a quotation that begins with `[!NOTE]` into a box. Inside a list or another quotation it stays one."""
    for position, token in enumerate(tokens[:-2]):
        inline = tokens[position + 2]
        found = ALERT.match(inline.content)
        if token.type != "blockquote_open" or token.level or inline.type != "inline" or found is None:
            continue
        kind = found[1]
        closing = next(one for one in tokens[position:] if one.type == "blockquote_close" and not one.level)
        token.tag = closing.tag = "div"
        token.attrSet("class", f"markdown-alert markdown-alert-{kind.lower()}")
        children = inline.children or []
        end = next((at for at, child in enumerate(children) if child.type in {"softbreak", "hardbreak"}), len(children))
        path = f'<path d="{ICONS.get(kind, INFO)}"></path>'
        icon = f'<svg class="octicon mr-2" viewBox="0 0 16 16" width="16" height="16">{path}</svg>'
        tokens[position + 1].attrSet("class", "markdown-alert-title")
        inline.children = [_ours(f"{icon}{kind.capitalize()}</p>\n<p>"), *children[end + 1 :]]


def _mark_tasks(tokens: list[Token]) -> None:
    """Turn `[ ]` and `[x]` at the beginning of a list's entries into boxes."""
    for token, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        first = next(iter(inline.children or ()), None) if paragraph.type == "paragraph_open" else None
        found = re.match(r"\[([ xX])\] ", first.content) if first is not None else None
        if token.type != "list_item_open" or first is None or found is None:
            continue
        token.attrSet("class", "task-list-item")
        first.content = first.content[found.end() :]
        ticked = "" if found[1] == " " else " checked"
        inline.children = [_ours(f'<input type="checkbox" disabled{ticked}> '), *(inline.children or [])]


def _ours(html: str) -> Token:
    return Token(type="html_inline", tag="", nesting=0, content=html, meta={"ours": True})
