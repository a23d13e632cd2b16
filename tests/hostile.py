"""Text that attacks whatever shows it: what a contract, a provider or a store may hold, and reports full of it.

Sources: the runner's ActionCommand and FileCommandManager, "Autolinked references and URLs" and "Basic writing and
formatting syntax" in GitHub's documentation, the CommonMark and GFM specifications, the manual of bash.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from gate.domain.advice import Advice, Trouble
from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.exceptions import AgreedException
from gate.domain.live import LiveVersion
from gate.domain.report import Candidate, Entry, ProviderRun, Report, Reproduction, Run, Stage
from gate.domain.results import Outcome, Where
from gate.domain.verdict import Evidence, Integration, Role
from tests.builders import SERVICE, excepted, integration, interaction, kept, live, mismatch, report, result

Attacks = Literal[
    "log",
    "output file",
    "terminal",
    "markdown",
    "code span",
    "reference",
    "diagram",
    "shell",
    "script",
    "reader",
    "document",
]
"""`log`: read raw, it is a command to the runner. `shell`: pasted raw into a script, it creates the file `canary`.

`markdown` and `reference`: raw in running text, it is markup, or what GitHub links of itself. `code span`: it breaks
out of one, or out of a table. `diagram`: raw in a label of Mermaid's, it is more than one. `reader`: it deceives the
eye. `document`: it breaks the file that holds it.
"""

CANARY: Final = "canary"
PAGE: Final = "https://github.com/acme/orders-api/actions/runs/12/attempts/1"


@dataclass(frozen=True, slots=True)
class Injection:
    """One attack."""

    name: str
    text: str
    attacks: Attacks

    def __str__(self) -> str:
        return self.name


_BEFORE: Final[Mapping[str, str]] = {
    "nothing": "",
    "blanks": "    ",
    "a tab": "\t",
    "a no-break space": "\u00a0",
    "an ideographic space": "\u3000",
    "an em space": "\u2003",
    "an ogham space": "\u1680",
    "a mathematical space": "\u205f",
    "a narrow no-break space": "\u202f",
    "a next line": "x\u0085",
    "a vertical tab": "\v",
    "a form feed": "\f",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
    "a carriage return": "x\r",
    "a line feed": "x\n",
    "both line ends": "x\r\n",
}
"""What the runner takes off, or takes for a line's end, before it looks for `::`."""

_COMMANDS: Final[Mapping[str, str]] = {
    "stop-commands": "::stop-commands::pwned",
    "add-mask": "::add-mask::e",
    "set-env": "::set-env name=PATH::/tmp",
    "add-path": "::add-path::/tmp",
    "set-output": "::set-output name=verdict::allow",
    "save-state": "::save-state name=a::b",
    "add-matcher": "::add-matcher::problem-matcher.json",
    "remove-matcher": "::remove-matcher owner=eslint::",
    "error": "::error file=gate/cli.py,line=1,title=forged::forged",
    "warning": "::WARNING::forged",
    "notice": "::Notice  title=a::forged",
    "group": "::group::hidden",
    "endgroup": "::endgroup::",
    "echo": "::echo::on",
    "debug": "::debug::forged",
    "legacy set-output": "a word ##[set-output name=verdict]allow",
    "legacy error": "##[error]forged",
    "legacy error in the middle": "a\u00a0word##[ERROR title=a;file=b]forged",
    "legacy set-env": "##[set-env name=PATH]/tmp",
    "legacy after a false start": "::unknown::##[warning]forged",
    "legacy with a percent": "##[add-mask]e%0Af%5D",
    "percent-encoded line end": "::error::a%0A::error::b%0D%0A::add-mask::e",
}

_LOG: Final = (
    *(Injection(f"a command after {name}", f"{before}::error::forged", "log") for name, before in _BEFORE.items()),
    *(Injection(f"the command {name}", text, "log") for name, text in _COMMANDS.items()),
    Injection("a command that is none in the middle", "a ::error::forged", "reader"),
    Injection("a command cut by an invisible", "#\u200b#[error]a\n:\u2060:error::b", "reader"),
    Injection("an encoded line end alone", "a%0A::error::b%0D::error::c%3A%2C%25", "reader"),
    Injection("a command of Azure's", "##vso[task.setvariable variable=a]b", "reader"),
)

_FILES: Final = (
    Injection("a pair", "verdict=allow", "output file"),
    Injection("a pair on a line of its own", "x\nverdict=allow\ndeployable=true", "output file"),
    Injection("a pair after a carriage return", "x\rverdict=allow\r", "output file"),
    Injection("a heredoc", "verdict<<EOF\nallow\nEOF", "output file"),
    Injection("a delimiter like ours", "contract_gate_\nverdict=allow", "output file"),
    Injection("a delimiter of the toolkit's", "ghadelimiter_0\nverdict<<ghadelimiter_0\nallow", "output file"),
    Injection("a bad line", "\nneither a pair nor a heredoc\n", "output file"),
    Injection("an end of file", "EOF", "output file"),
)

_TERMINAL: Final = (
    Injection("colours", "\x1b[32mgreen\x1b[0m", "terminal"),
    Injection("C1 colours", "\x9b32mgreen\x9b0m", "terminal"),
    Injection("cursor movement", "red\x1b[2K\x1b[1A\x1b[Ggreen", "terminal"),
    Injection("a cleared screen", "\x1b[2J\x1b[3J\x1bc", "terminal"),
    Injection("a window title", "\x1b]0;title\x07", "terminal"),
    Injection("a terminal's link", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "terminal"),
    Injection("a terminal's link in C1", "\x9d8;;http://evil.example\x9cclick", "terminal"),
    Injection("backspaces", "red\b\b\bgreen", "terminal"),
    Injection("every C0", "".join(map(chr, range(32))), "terminal"),
    Injection("every C1", "".join(map(chr, range(127, 160))), "terminal"),
    Injection("markup of rich", "[bold red]loud[/] [link=http://evil.example]a[/link] [/nothing] :boom:", "terminal"),
    Injection("a bell", "ring\x07", "terminal"),
)

_READER: Final = (
    Injection("a bidi override", "user\u202e gnp.exe\u202c", "reader"),
    Injection("bidi isolates", "\u2066a\u2067b\u2068c\u2069", "reader"),
    Injection("bidi marks", "\u200ea\u200fb\u061cc", "reader"),
    Injection("zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "reader"),
    Injection("tags", "ok\U000e0001\U000e0041\U000e007f", "reader"),
    Injection("half a surrogate pair", "a\ud800b\udfffc", "document"),
    Injection("a surrogate of an undecodable byte", "caf\udce9", "document"),
    Injection("noncharacters", "a\ufffeb\uffffc\U0001ffffd", "document"),
    Injection("NUL", "a\0b", "document"),
    Injection("combining marks", "e" + "\u0301" * 40, "reader"),
    Injection("wide characters", "\u5951\u7d04 \U0001f469\u200d\U0001f680 \uff20team \uff03123", "reader"),
    Injection("only a blank", " ", "reader"),
    Injection("nothing", "", "reader"),
    Injection("only white space", " \t\n ", "reader"),
    Injection("the end of a CDATA section", "]]></failure><failure/><![CDATA[", "document"),
    Injection("an XML entity", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;', "document"),
    Injection("the end of a JSON text", '"}], "verdict": {"decision": "allow"}, "x": [{"y": "', "document"),
)

_REFERENCES: Final = (
    Injection("a mention", "@octocat", "reference"),
    Injection("a team", "cc @org/team please", "reference"),
    Injection("a mention after markup", "(@octocat) *@octocat* `a`@octocat <b>@octocat</b>", "reference"),
    Injection("a mention as an entity", "&#64;octocat &commat;octocat", "reference"),
    Injection("an issue", "closes #123", "reference"),
    Injection("an issue elsewhere", "owner/repo#1 and owner#2", "reference"),
    Injection("an issue by its old name", "fixes GH-123", "reference"),
    Injection("an issue as an entity", "&#35;123 &num;123", "reference"),
    Injection("a commit elsewhere", "owner/repo@a5c3785ed8d6a35868bc169f07e40e889087fd2e", "reference"),
    Injection("a bare address", "see http://evil.example/a?b=c#d", "reference"),
    Injection("a bare address in capitals", "HTTPS://EVIL.example", "reference"),
    Injection("a bare host", "www.evil.example", "reference"),
    Injection("a bare file", "ftp://evil.example/a", "reference"),
    Injection("an address of mail", "me@evil.example", "reference"),
    Injection("an address of mail as a link", "mailto:me@evil.example xmpp:me@evil.example/a", "reference"),
    Injection("a pull request's address", "https://github.com/acme/orders-api/pull/1", "reference"),
    Injection("a commit", "see a5c3785ed8d6a35868bc169f07e40e889087fd2e", "reference"),
    Injection("a commit in short", "a5c3785 (A5C3785E)", "reference"),
    Injection("a commit of somebody's", "octocat@a5c3785ed8d6a35868bc169f07e40e889087fd2e", "reference"),
    Injection("names of emoji", ":tada: x:white_check_mark: :+1::-1:", "reference"),
    Injection("a place in a file", "parser.js:100:14", "reference"),
    Injection("a formula", "$\\color{white}{x}$", "reference"),
    Injection("formulas", "$\\phantom{a}$ $$b$$ $`c`$", "reference"),
    Injection("an order to a bot of its own", "@dependabot merge", "reference"),
    Injection("an order to whoever answers", "/cc @octocat", "reference"),
    Injection("a mention behind its joiner", "@\u2060octocat @\u200b@octocat", "reference"),
)

_MARKDOWN: Final = (
    Injection("the end of details", "</summary></details></td></table>", "markdown"),
    Injection("details of its own", "<details open><summary>ok</summary>\n\n## ok\n\n</details>", "markdown"),
    Injection("the start of a comment", "<!--", "markdown"),
    Injection("the end of a comment", "--> --!> <!-->", "markdown"),
    Injection("a comment", "<!-- hidden -->", "markdown"),
    Injection("our marker", '<!-- contract-gate v1 {"service": "billing", "environments": []} {} -->', "markdown"),
    Injection("our marker on a line of its own", "x\n<!-- contract-gate v1 {} -->\n## ok", "markdown"),
    *(Injection(f"a fence of {n} backticks", f"{'`' * n}\n<b>", "markdown") for n in (1, 2, 3, 4, 7, 40)),
    *(Injection(f"a fence of {n} tildes", f"{'~' * n}\n<b>", "markdown") for n in (3, 9)),
    Injection("runs of backticks", "` `` ``` ````` `", "code span"),
    Injection("backticks at both ends", "``a``", "code span"),
    Injection("a fence with a language", "```math\nx\n```\n~~~html\n<b>\n~~~", "markdown"),
    Injection("pipes", "a|b|c\\|d\\\\|e|", "code span"),
    Injection("a row", "x |\n| y | `z` |", "code span"),
    Injection("a backslash at the end", "a\\", "code span"),
    Injection("backslashes", "\\`a\\\\`b \\@octocat \\#1 \\<b>", "markdown"),
    Injection("an image", "![a](http://evil.example/a.png)", "markdown"),
    Injection("an image by reference", "![a][b]\n\n[b]: http://evil.example/a.png", "markdown"),
    Injection("a link", "[run 12](http://evil.example 'title')", "markdown"),
    Injection("a link by reference", "[a]\n\n[a]: javascript:alert(1)", "markdown"),
    Injection("a link in brackets", "<http://evil.example> <me@evil.example>", "markdown"),
    Injection("a tag", "<b>bold</b><br/>", "markdown"),
    Injection("a tag with attributes", '<a href="http://evil.example" onclick=alert(1)>a</a>', "markdown"),
    Injection("an image tag", "<img src=x onerror=alert(1)>", "markdown"),
    Injection("a script", "<script>alert(1)</script><style>*{display:none}</style>", "markdown"),
    Injection("a raw block", "<pre>\n<textarea>\n<?php ?>\n<![CDATA[", "markdown"),
    Injection("entities", "&lt;b&gt; &amp;lt; &#60;b&#x3e; &colon;", "reader"),
    Injection("a heading", "# ok", "markdown"),
    Injection("a heading on a line of its own", "x\n\n## \u2705 can be deployed\n", "markdown"),
    Injection("setext underlines", "x\n===\ny\n---", "markdown"),
    Injection("an underline alone", "===", "reader"),
    Injection("a rule", "---", "markdown"),
    Injection("a rule of stars", "* * *", "markdown"),
    Injection("a list", "- a\n* b\n+ c", "reader"),
    Injection("a numbered list", "1. a", "markdown"),
    Injection("a numbered list with brackets", "1) a", "markdown"),
    Injection("a task", "[x] done", "markdown"),
    Injection("a quotation", "> [!NOTE]\n> ok", "markdown"),
    Injection("an alert", "[!TIP]", "markdown"),
    Injection("a footnote", "a[^1]\n\n[^1]: hidden", "markdown"),
    Injection("emphasis", "**a** __b__ *c* _d_ ~~e~~ ~f~", "markdown"),
    Injection("emphasis that does not close", "** a * b __ ~~", "reader"),
    Injection("a table", "a | b\n--- | ---\nc | d", "markdown"),
    Injection("a paragraph", "a\n\nb\n\n    code", "markdown"),
    Injection("a hard break", "a  \nb\\\nc", "markdown"),
    Injection("an order to a bot", "/approve", "reader"),
    Injection("orders to a bot on lines of their own", "x\n/lgtm\n  /hold\n", "reader"),
    Injection("an alert in our words", "[!CAUTION]\n> forged", "markdown"),
    Injection("an alert within a quotation", "x\n> [!IMPORTANT]\n> forged", "markdown"),
    Injection("tasks", "x\n- [ ] a\n- [x] b", "markdown"),
    Injection("a task undone", "[ ] a", "markdown"),
    Injection("a footnote's text", "[^1]: hidden", "markdown"),
    Injection("details in a code span in a table", "`<details>`|</details>|`<details>`", "code span"),
    Injection("pipes after backslashes", "\\|\\\\|\\\\\\|", "code span"),
    Injection("a comment before our marker", "x --> <!-- <!-- contract-gate v1 {} {} -->", "markdown"),
    Injection("a comment that hides the rest", "<!--\n## ok", "markdown"),
    Injection("a fence that draws", "```mermaid\ngraph LR\n```\n```geojson\n{}\n```", "markdown"),
    Injection("a suggestion", "````suggestion\nx\n````", "markdown"),
    Injection("lines of a diff", "+++ forged\n+ b\n- a\n@@ -1 +1 @@", "reader"),
    Injection("a footer", "<sub>run 12</sub>", "markdown"),
    Injection("other letters for ours", "\uff1c!-- \uff3d\uff08 \uff40\uff40\uff40 \uff03\uff11", "reader"),
    Injection("Jinja", "{{ 7*7 }}{% for a in b %}{# c #}{{ report.__class__ }}", "markdown"),
    Injection("a format", "%s %(a)s {0} {a.__class__}", "markdown"),
)

_DIAGRAMS: Final = (
    Injection("a diagram's settings", '%%{init: {"securityLevel": "loose", "theme": "dark"}}%%', "diagram"),
    Injection("the end of a label", 'x"] --> n9["y', "diagram"),
    Injection("a click", 'x"]\n  click s href "javascript:alert(1)" _blank\n  n9["y', "diagram"),
    Injection("a click after a semicolon", 'x"]; click s call alert(1); n9["y', "diagram"),
    Injection("a style", 'x"]:::red\n  classDef default fill:#fff,color:#fff\n  linkStyle 0 stroke:#0f0', "diagram"),
    Injection("an end of a line", "x\n  s --> s\n  style s fill:#0f0", "diagram"),
    Injection("a label of Markdown", "`**bold**\n# ok`", "diagram"),
    Injection("a label of HTML", "<b>bold</b><br/><img src=x>", "diagram"),
    Injection("a sign by its name", "#quot;]; #35; #amp;lt;", "diagram"),
    Injection("a diagram's comment", "%% hidden", "diagram"),
    Injection("a subgraph", "end\n  subgraph ok\n  end", "diagram"),
    Injection("a diagram's head", "---\ntitle: ok\n---\nsequenceDiagram", "diagram"),
    Injection("a shape", "x@{ shape: hex, img: http://evil.example }", "diagram"),
)

_SHELL: Final = (
    Injection("a substitution", f"$(touch {CANARY})", "shell"),
    Injection("a substitution in backticks", f"`touch {CANARY}`", "shell"),
    Injection("the end of double quotes", f'"; touch {CANARY}; "', "shell"),
    Injection("the end of single quotes", f"'; touch {CANARY}; '", "shell"),
    Injection("the end of a command", f"; touch {CANARY}", "shell"),
    Injection("the end of a line", f"x\ntouch {CANARY}\n", "shell"),
    Injection("a command in the background", f"& touch {CANARY} #", "shell"),
    Injection("a second command", f"&& touch {CANARY}", "shell"),
    Injection("a pipe", f"| touch {CANARY}", "shell"),
    Injection("a redirection", f"x > {CANARY}", "shell"),
    Injection("a process", f"<(touch {CANARY})", "shell"),
    Injection("an expansion", f"${{x:-$(touch {CANARY})}}", "shell"),
    Injection("arithmetic", f"$((a[$(touch {CANARY})]))", "shell"),
    Injection("a function in place of echo", f"() (touch {CANARY}) #", "shell"),
    Injection("a backslash before a quote", f"\\\"; touch {CANARY} #\\'", "shell"),
    Injection("a heredoc's end", f"EOF\ntouch {CANARY}\n", "shell"),
    Injection("a heredoc of its own", f"'\"; cat <<EOF > {CANARY}\nx\nEOF\n: \"'", "shell"),
    Injection("a heredoc in the middle", f"x\ncat <<-'E' >{CANARY}\n\ty\n\tE\n", "shell"),
    Injection("a string with escapes", f"$'\\x27'; touch {CANARY} #", "shell"),
)

_SCRIPTS: Final = (
    Injection("removal", "x; rm -rf \"$HOME\" 'a'", "script"),
    Injection("options and globs", "-n -e * ? [a-z] ~ {1..3} !!", "script"),
    Injection("a template literal", "${process.exit(1)}`;process.exit(1)//", "script"),
    Injection("JavaScript", "');process.exit(1)//\\", "script"),
    Injection("Python", "'''+__import__('os').system('id')+'''", "script"),
    Injection("PowerShell", "$(id) `$(id) %PATH% ^& \u201d;(id)\u201c \u2019\u2018", "script"),
    Injection("an expression", "${{ secrets.GITHUB_TOKEN }}", "script"),
    Injection("SQL", "'; DROP TABLE contracts;--", "script"),
    Injection("YAML", "a: &b !!python/object/apply:os.system ['id']", "script"),
)

CORPUS: Final = (*_LOG, *_FILES, *_TERMINAL, *_READER, *_REFERENCES, *_MARKDOWN, *_DIAGRAMS, *_SHELL, *_SCRIPTS)
"""Every attack that is short."""

MEBIBYTE: Final = 1024 * 1024

LONG: Final = (
    Injection("a mebibyte of ampersands", "&" * MEBIBYTE, "markdown"),
    Injection("a mebibyte of wide characters", "\U0001f680" * MEBIBYTE, "reader"),
)
"""Attacks by size."""


def everywhere(text: str) -> Report:
    """Write a report of which all that can come from somebody else is `text`: broken, with everything that can fail."""
    fault = Fault(where=text, what=text, remedy=text)
    difference = mismatch(where=Where.HEADER, path=text, expected=text, actual=text, message=text)
    requested = interaction(description=text, request_line=text, states=(text, text))
    failed = result(Outcome.FAILED, interaction=requested, mismatches=(difference,) * 2, error=text)
    errored = result(Outcome.ERRORED, interaction=requested, error=text)
    named: dict[str, Any] = {
        "counterpart": PacticipantVersion(name=text, version=text, branch=text),
        "source": text,
        "file": text,
        "because": tuple(Because),
    }
    here = (LiveVersion(name=text, version=text, environment=text, instance=text),)
    agreed = AgreedException(counterpart=text, reason=text, owner=text, until=date(2026, 12, 1))
    one = report(
        integration(results=(failed, errored), live=here, **named),
        integration(results=(replace(failed, flaky=True),), **named),
        integration(results=(failed,), binding=False, **named),
        integration(results=(failed,), exception=agreed, **named),
        integration(results=(errored,), **named),
        integration(fault=fault, **named),
        integration(fault=fault, evidence=Evidence.KEPT, role=Role.PROVIDER, **named),
        integration(live=here, evidence=Evidence.GONE, **named),
        integration(**named),
        integration(Outcome.PASSED, **named),
        faults=(fault,),
        notes=(text, text),
        candidate=Candidate(
            service=text,
            version=text,
            branch=text,
            environments=(text, text),
            stage=Stage.CHANGE,
            instance=text,
        ),
        run=Run(repository=text, event=text, commit=text, pull_request=7, id=text, attempt=2, url=PAGE),
        provider=ProviderRun(
            url=text, command=text, image=text, log=text, log_tail=(text, text), replicas=2, urls=(text, text)
        ),
        reproduction=Reproduction(options=("--service", text, f"--provider-url={text}"), variables=(text, "GATE_A")),
    )
    advice = Advice(
        trouble=Trouble.BROKEN,
        next_action=text,
        who_acts=text,
        concerns=(text,),
        owners=(text, text, f"{text}, or {text}"),
        mentions=(text, text, f"{text}, or {text}"),
    )
    advised = [replace(entry, advice=advice) for entry in one.entries if entry.advice is not None]
    return replace(one, entries=(*one.entries, *advised))


def _failed(**more: str) -> Integration:
    return integration(results=(result(Outcome.FAILED, mismatches=(mismatch(**more),)),))


def _requested(**more: Any) -> Integration:
    return integration(results=(result(Outcome.FAILED, interaction=interaction(**more)),))


PLACES: Final[Mapping[str, Callable[[str], Integration]]] = {
    "consumer": lambda text: integration(Outcome.FAILED, Outcome.ERRORED, counterpart=PacticipantVersion(name=text)),
    "consumer of a good one": lambda text: integration(Outcome.PASSED, counterpart=PacticipantVersion(name=text)),
    "consumer of an empty one": lambda text: integration(counterpart=PacticipantVersion(name=text)),
    "source": lambda text: integration(Outcome.FAILED, source=text),
    "source of an empty one": lambda text: integration(source=text),
    "description": lambda text: _requested(description=text),
    "request line": lambda text: _requested(request_line=text),
    "provider states": lambda text: _requested(states=(text, text)),
    "path": lambda text: _failed(path=text),
    "expected": lambda text: _failed(expected=text),
    "actual": lambda text: _failed(actual=text),
    "message": lambda text: _failed(message=text),
    "error": lambda text: integration(results=(result(Outcome.ERRORED, error=text),)),
    "error beside mismatches": lambda text: integration(results=(result(Outcome.FAILED, error=text),)),
    "fault's place": lambda text: integration(fault=Fault(where=text, what="a")),
    "fault": lambda text: integration(fault=Fault(where="a", what=text)),
    "fault's remedy": lambda text: integration(fault=Fault(where="a", what="b", remedy=text)),
    "fault of a kept one": lambda text: kept(success=None, fault=Fault(where="a", what=text)),
    "version": lambda text: integration(Outcome.FAILED, counterpart=PacticipantVersion(name="a", version=text)),
    "provider": lambda text: kept(success=False, role=Role.PROVIDER, counterpart=PacticipantVersion(name=text)),
    "environment": lambda text: integration(Outcome.FAILED, live=(live(environment=text),)),
    "flaky description": lambda text: integration(
        results=(result(Outcome.FAILED, interaction=interaction(description=text, line=7), flaky=True),)
    ),
    "consumer of a flaky one": lambda text: integration(
        results=(result(Outcome.FAILED, flaky=True),), counterpart=PacticipantVersion(name=text)
    ),
    "owner of an exception": lambda text: integration(Outcome.FAILED, exception=excepted(owner=text)),
    "counterpart that does not bind": lambda text: integration(
        Outcome.FAILED, binding=False, counterpart=PacticipantVersion(name=text)
    ),
    "reason of an exception": lambda text: integration(Outcome.FAILED, exception=excepted(reason=text)),
    "file": lambda text: integration(Outcome.FAILED, file=text),
}
"""Each place of an integration that somebody else fills."""

UNSHOWN: Final = frozenset({"reason of an exception", "file"})
"""What no page shows for each integration: it stands in the verdict's reasons, or nowhere."""


TAGGED: Final = tuple(f"{one.text} zq{number}qz" for number, one in enumerate(CORPUS, 100))
"""Every short attack with a word after it, by which a reader sees that nothing swallowed what follows."""


def whole_corpus(place: str) -> Report:
    """Write a report with every attack, tagged, at one place."""
    return report(*(PLACES[place](text) for text in TAGGED))


def with_reasons(texts: Sequence[str]) -> Report:
    """Write a report whose reasons, notes, log and names of variables are these."""
    listed = tuple(texts)
    one = report(integration(Outcome.FAILED), notes=listed)
    verdict = replace(one.verdict, reasons=listed)
    started = Reproduction(options=("--service", "orders-api"), variables=listed)
    return replace(one, verdict=verdict, provider=ProviderRun(url=PAGE, log_tail=listed), reproduction=started)


def with_advice(texts: Sequence[str]) -> Report:
    """Write a report that advises these."""
    one = report(integration(Outcome.FAILED))
    entry: Entry = one.entries[0]
    advices = (
        Advice(
            trouble=Trouble.BROKEN,
            next_action=text,
            who_acts=text,
            concerns=(SERVICE,),
            owners=(text,),
            mentions=(text,),
        )
        for text in texts
    )
    return replace(one, entries=tuple(replace(entry, advice=advice) for advice in advices))
