"""Takes pictures of the twelve situations as GitHub shows them, light and dark.

    ./dev python tests/rendering/render.py [--open] [OUT] [NAME...]

For each: `OUT/NAME.md`, and `OUT/NAME-light.html` and `.png`, `OUT/NAME-dark.html` and `.png`. OUT is dist/comments
when nothing is said. It needs chromium, and two packages of npm's in OUT; it says how to install what is missing.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gate.rendering.markdown import render_comment
from tests.rendering.page import WIDTH, Look, page
from tests.rendering.situations import SITUATIONS

THEMES: Final = ("light", "dark")
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
PACKAGES: Final = "github-markdown-css@5 mermaid@11"
MERMAID: Final = "node_modules/mermaid/dist/mermaid.min.js"
STYLES: Final = "node_modules/github-markdown-css/github-markdown-{}.css"
TALLEST: Final = 16_000
"""Pixels of the page: what is longer is cut, as chromium draws no larger picture."""
HEIGHT: Final = re.compile(r'<html[^>]* data-height="(\d+)"')
FAULT: Final = re.compile(r'<html[^>]* data-fault="([^"]*)"')


class _MissingError(Exception):
    """What is needed is not installed, and how to install it."""


def main(arguments: Sequence[str]) -> int:
    """Write the files, and say which. Returns the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("out", nargs="?", type=Path, default=Path("dist/comments"), help="folder for the files")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all of {', '.join(SITUATIONS)} when none is given")
    parser.add_argument("--open", action="store_true", help="unfold everything that can be")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(SITUATIONS):
        parser.error(f"no such situation: {', '.join(sorted(unknown))}. There are: {', '.join(SITUATIONS)}.")
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    try:
        browser = _browser(out)
    except _MissingError as missing:
        sys.stderr.write(f"error: {missing}\n")
        return 1
    faults = [_draw(browser, out, name, opened=options.open) for name in options.names or SITUATIONS]
    return int(any(faults))


def _browser(out: Path) -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    missing = []
    if found is None:
        missing.append("chromium is not on PATH. On Debian: apt-get install chromium fonts-noto-color-emoji")
    if not all((out / path).is_file() for path in (MERMAID, *(STYLES.format(theme) for theme in THEMES))):
        missing.append(f"npm's packages are not in {out}: npm install --ignore-scripts --prefix {out} {PACKAGES}")
    if found is None or missing:
        raise _MissingError("\n       ".join(missing))
    return found


def _draw(browser: str, out: Path, name: str, *, opened: bool) -> bool:
    """Write the files of one situation. Returns whether a diagram could not be drawn."""
    markdown = render_comment(SITUATIONS[name])
    out.joinpath(f"{name}.md").write_text(markdown, "utf-8")
    height, faults = 0, []
    for theme in THEMES:
        look = Look(theme=theme, stylesheet=STYLES.format(theme), mermaid=MERMAID, opened=opened)
        html = out / f"{name}-{theme}.html"
        html.write_text(page(markdown, name, look), "utf-8")
        if not height:  # which is the same in any colour
            dom = _run(browser, html, f"--window-size={WIDTH},600", "--dump-dom")
            found = HEIGHT.search(dom)
            height = min(int(found[1]) if found else TALLEST, TALLEST)
            faults = FAULT.findall(dom)
        picture = html.with_suffix(".png")
        _run(browser, html, f"--window-size={WIDTH},{height}", f"--screenshot={picture}")
        sys.stdout.write(f"{picture}  {WIDTH} x {height}\n")
    for fault in faults:
        sys.stderr.write(f"error: {name}: mermaid cannot draw its diagram: {fault}\n")
    return bool(faults)


def _run(browser: str, html: Path, *options: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        asked = [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
            "--virtual-time-budget=15000",
            "--force-device-scale-factor=1.5",
            f"--user-data-dir={profile}",
            *options,
            html.as_uri(),
        ]
        return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=120).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
