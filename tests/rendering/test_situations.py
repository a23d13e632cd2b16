"""What a reader learns from the comment in twelve situations, and that GitHub takes it."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gate.rendering.markdown import render_comment
from tests.rendering.page import comment
from tests.rendering.situations import PAGE, SITUATIONS

FOLDED: Final = re.compile(r"<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)
TYPOGRAPHY: Final = str.maketrans({"\u2060": None, "\u00a0": " ", "\u2011": "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the comment has to say, in the words that a reader sees without unfolding anything."""

    verdict: str
    """The first line."""
    what: tuple[str, ...]
    """What broke, or that nothing did, or what is unknown."""
    whom: tuple[str, ...]
    """The counterparts, and where they are live."""
    since: tuple[str, ...]
    who: tuple[str, ...] = ()
    """Who acts; empty where nobody has to."""
    command: str = ""
    """How to see it oneself, folded or not; empty where there is nothing to reproduce: the run's page is linked."""


VERIFY: Final = "gate verify --environment production"
AUTHORS: Final = "the authors of this version of orders-api"
ANSWERS: Final[dict[str, Answers]] = {
    "first-run-green": Answers(
        verdict="✅ orders-api → production: can be deployed",
        what=("4 binding contracts honoured",),
        whom=(
            "✅ web-checkout 4e1d0c7 production since 2026-11-03 14 interactions honoured",
            "✅ mobile-app c03b8f1 production since 2026-11-17 9 interactions honoured",
            "✅ billing 2a97e60 production since 2026-10-12 5 interactions honoured",
            "✅ inventory-api 5b8e2f7 (provider) production since 2026-11-10",
        ),
        since=("honoured on 2026-11-22",),
    ),
    "one-broken-field": Answers(
        verdict="🚫 orders-api → production: blocked",
        what=("1 of 14 interactions broken", "GET /orders/42", "@@ body $.total @@", "- 19.9 + (missing)"),
        whom=("web-checkout 4e1d0c7, live in production since 2026-11-03", "✅ 3 contracts are honoured"),
        since=("broken by this change",),
        who=(f"web-checkout: {AUTHORS}", "@acme/checkout-team"),
        command=f"{VERIFY} --consumer web-checkout --interaction 'a request for order 42'",
    ),
    "ten-broken-in-three-consumers": Answers(
        verdict="🚫 orders-api → production, staging: blocked",
        what=("5 of 14 interactions broken", "3 of 9 interactions broken", "2 of 5 interactions broken"),
        whom=(
            "web-checkout 4e1d0c7, live in production since 2026-11-03",
            "mobile-app c03b8f1, live in production since 2026-11-17",
            "billing 2a97e60, live in production since 2026-10-12 and staging since 2026-10-09",
        ),
        since=("broken by this change",),
        who=(AUTHORS, "@acme/checkout-team", "@acme/mobile-team", "@ines-mobile", "billing on-call, +49 30 5550142"),
        command=f"{VERIFY} --consumer billing --interaction 'a request for order 42 as an invoice'",
    ),
    "broken-before": Answers(
        verdict="🚫 orders-api → production: blocked",
        what=("1 of 5 interactions broken", "GET /orders/42/invoice", '- "2026-11-22" + "22.11.2026"'),
        whom=("billing 2a97e60, live in production since 2026-10-12",),
        since=("already before this change", "already broken before"),
        who=("the team of orders-api, not the authors of this change alone", "@acme/orders-team"),
        command=f"{VERIFY} --consumer billing --interaction 'a request for order 42 as an invoice'",
    ),
    "pending-break": Answers(
        verdict="✅ orders-api → production: can be deployed",
        what=("3 binding contracts honoured", "1 of 9 interactions broken", "GET /orders/42/receipt"),
        whom=("mobile-app c03b8f1 head of its main branch, work in progress",),
        since=("pending: does not block",),
        command=f"{VERIFY} --consumer mobile-app --interaction 'a request for a receipt'",
    ),
    "flaky": Answers(
        verdict="🚫 orders-api → production: blocked",
        what=("1 of 5 interactions broken, not every time", "passed when it was tried again"),
        whom=("billing 2a97e60, live in production since 2026-10-12",),
        since=("flaky",),
        who=("billing: the team of orders-api", "@acme/orders-team"),
        command=f"{VERIFY} --consumer billing --interaction 'a request for all paid orders'",
    ),
    "provider-never-started": Answers(
        verdict="❓ orders-api → production: unknown, so not deployable",
        what=(
            "provider-command ended with exit code 3 before the provider was ready.",
            "14 of 14 interactions could not be",
        ),
        whom=(
            "web-checkout 4e1d0c7, live in production since 2026-11-03",
            "mobile-app c03b8f1, live in production since 2026-11-17",
            "billing 2a97e60, live in production since 2026-10-12",
        ),
        since=("could not be verified",),
        who=("whoever looks after this pipeline", "see the job summary of run 19584203311"),
        command=VERIFY,
    ),
    "unknown-consumer-side": Answers(
        verdict="❓ orders-api → production: unknown, so not deployable",
        what=("orders-api 77b0e12 has contracts with providers, and version 9f2c1ab has none in the store.",),
        whom=("✅ web-checkout 4e1d0c7 production since 2026-11-03", "✅ billing 2a97e60 production since 2026-10-12"),
        since=("version 9f2c1ab",),
        who=("Publish its contracts before this step", "whoever looks after this pipeline"),
        command=VERIFY,
    ),
    "nothing-recorded": Answers(
        verdict="❓ orders-api → production: unknown, so not deployable",
        what=(
            "no version of it is recorded as live in production.",
            "Nothing at all is recorded as live in production.",
        ),
        whom=("❓ inventory-api (provider)", "✅ 2 contracts are honoured"),
        since=("not live there",),
        who=("inventory-api: the team of inventory-api", "@acme/warehouse-team", "Deploy inventory-api there first"),
        command=VERIFY,
    ),
    "exception-in-force": Answers(
        verdict="✅ orders-api → production: can be deployed, by exception",
        what=("2 of 14 interactions broken", "the old basket is switched off on 30 November"),
        whom=("web-checkout 4e1d0c7, live in production since 2026-11-03",),
        since=("excepted until 2026-12-01",),
        who=("web-checkout: @acme/checkout-team",),
        command=f"{VERIFY} --consumer web-checkout --interaction 'a request for order 42'",
    ),
    "fork": Answers(
        verdict="🚫 orders-api → production: blocked",
        what=("2 of 14 interactions broken", "@@ body $.total @@"),
        whom=("❌ web-checkout pacts/web-checkout-orders-api.json", "✅ 1 contract is honoured"),
        since=("since when is not known",),
        who=(f"web-checkout: {AUTHORS}", "@acme/checkout-team"),
    ),
    "five-hundred-interactions": Answers(
        verdict="🚫 orders-api → production: blocked",
        what=(
            "140 of 140 interactions broken",
            "120 of 120 interactions broken",
            "95 of 100 interactions broken",
            "75 of 80 interactions broken",
            "50 of 60 interactions broken",
            "see the job summary of run 19584203311",
        ),
        whom=(
            "web-checkout 4e1d0c7, live in production since 2026-11-03",
            "storefront-search e6f70b2, live in production",
        ),
        since=("broken by this change",),
        who=(AUTHORS, "@acme/checkout-team"),
        command=f"{VERIFY} --consumer web-checkout --interaction 'a request for order 1000'",
    ),
}


@pytest.fixture(params=SITUATIONS, ids=str)
def name(request: pytest.FixtureRequest) -> str:
    """Name each situation."""
    situation: str = request.param
    return situation


@pytest.fixture
def markdown(name: str) -> str:
    """Render its comment."""
    return render_comment(SITUATIONS[name])


class _Markdown(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "md"


def test_the_comment(markdown: str, snapshot: SnapshotAssertion) -> None:
    assert markdown == snapshot.use_extension(_Markdown)


def _at_a_glance(markdown: str) -> str:
    """Return what a reader sees who unfolds nothing, with single blanks."""
    text = re.sub(r"<[^>]*>", "", FOLDED.sub(r"\1", comment(markdown)))
    return " ".join(unescape(text).translate(TYPOGRAPHY).split())


def _told(markdown: str) -> list[str]:
    """Return whom GitHub tells of the comment."""
    return re.findall(r'<a class="mention">(@[^<]*)</a>', comment(markdown))


def _tokens(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)


def _commands(markdown: str) -> list[str]:
    """Return what is to be copied into a shell, each on one line."""
    blocks = [token.content for token in _tokens(markdown) if token.type == "fence" and token.info == "sh"]
    return [" ".join(block.replace("\\\n", " ").split()) for block in blocks]


@pytest.mark.parametrize("question", ["what", "whom", "since", "who"])
def test_the_comment_answers_without_being_unfolded(name: str, question: str, markdown: str) -> None:
    phrases: tuple[str, ...] = getattr(ANSWERS[name], question)
    seen = _at_a_glance(markdown)

    assert [phrase for phrase in phrases if phrase not in seen] == []


def test_the_comment_names_who_acts_where_somebody_has_to_and_else_nobody(name: str, markdown: str) -> None:
    assert ("Who acts" in _at_a_glance(markdown)) is bool(ANSWERS[name].who)


def test_the_comment_says_how_to_see_it_oneself(name: str, markdown: str) -> None:
    expected, somebody = ANSWERS[name].command, bool(ANSWERS[name].who)

    assert expected in _commands(markdown) if expected else _commands(markdown) == []
    assert ("See it yourself in the log of run 19584203311" in _at_a_glance(markdown)) is (somebody and not expected)
    assert f"[run 19584203311]({PAGE})" in markdown.translate(TYPOGRAPHY)


def test_the_first_line_that_is_seen_is_the_verdict_for_service_and_environment(name: str, markdown: str) -> None:
    hidden, first, *_ = markdown.splitlines()

    assert re.fullmatch("<!-- contract-gate v1 .* -->", hidden)
    assert first.startswith("## ")
    assert _at_a_glance(f"{hidden}\n{first}") == ANSWERS[name].verdict


def test_nothing_stays_open(markdown: str) -> None:
    tokens = _tokens(markdown)
    folds = [tag for token in tokens if token.type == "html_block" for tag in re.findall("</?details", token.content)]
    last = tokens[-2]

    assert folds == ["<details", "</details"] * (len(folds) // 2)
    assert (last.type, last.level) == ("inline", 1)
    assert re.fullmatch("<sub>.*</sub>", last.content)


def test_a_blank_line_follows_every_summary_as_github_needs_it(markdown: str) -> None:
    lines = markdown.splitlines()
    summaries = [number for number, line in enumerate(lines) if "<summary>" in line]

    assert summaries
    assert [
        lines[number] for number in summaries if not lines[number].endswith("</summary>") or lines[number + 1]
    ] == []


def test_github_takes_its_length(markdown: str) -> None:
    assert len(markdown.encode()) <= 60_000


def test_nobody_is_told_twice(markdown: str) -> None:
    told = _told(markdown)

    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("situation", "told"),
    [
        ("first-run-green", []),
        ("one-broken-field", ["@acme/checkout-team"]),
        ("ten-broken-in-three-consumers", ["@acme/checkout-team", "@acme/mobile-team", "@ines-mobile"]),
        ("broken-before", ["@acme/orders-team"]),
        ("pending-break", []),
        ("flaky", ["@acme/orders-team"]),
        ("fork", []),
    ],
)
def test_those_are_told_whom_it_concerns(situation: str, told: list[str]) -> None:
    assert _told(render_comment(SITUATIONS[situation])) == told


def test_there_is_an_answer_for_each_situation() -> None:
    assert list(ANSWERS) == list(SITUATIONS)
