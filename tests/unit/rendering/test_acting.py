"""Who acts, and who is told."""

from dataclasses import replace

import pytest

from gate.domain.advice import PIPELINE, Advice, Trouble
from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.report import Entry, Report
from gate.domain.results import Outcome
from gate.rendering.acting import ABOVE, Action, acting
from gate.rendering.escaping import code, text
from gate.rendering.markdown import MENTIONS, render_check, render_comment, render_markdown, render_summary
from tests.builders import excepted, integration, report
from tests.unit.rendering.test_hostile import Page, assert_ours

FAILED = Outcome.FAILED


def advised(name: str, *owners: str, mentions: tuple[str, ...] | None = None, **more: str) -> Entry:
    """Build an entry that is broken, of which somebody has to know."""
    entry = report(integration(FAILED, counterpart=PacticipantVersion(name=name))).entries[0]
    advice = Advice(
        trouble=Trouble.BROKEN,
        next_action=more.get("action", f"Mend {name}."),
        who_acts=more.get("who", "the authors"),
        concerns=(name,),
        owners=owners,
        mentions=owners if mentions is None else mentions,
    )
    return replace(entry, advice=advice)


def of(*entries: Entry) -> Report:
    return replace(report(integration(FAILED)), entries=entries)


def told(one: Report) -> list[str]:
    return assert_ours(
        render_comment(one), begins_with=render_comment(one).split("\n")[0] + "\n", tells=_told(one)
    ).told


def _told(one: Report) -> list[str]:
    return Page(render_comment(one)).told


def actions(one: Report, mentions: int = MENTIONS) -> list[Action]:
    return list(acting(one, one.entries, mentions))


def test_owners_are_told_in_the_comment_alone() -> None:
    one = of(advised("web", "@acme/web"))

    assert told(one) == ["@acme/web"]
    for page in (render_check(one), render_summary(one), render_markdown(one)):
        assert assert_ours(page).told == []
        assert "@\u2060acme/web" in page


def test_nobody_is_told_twice() -> None:
    one = of(
        advised("web", "@acme/web", "@ACME/web", "@acme/web", "@a"),
        advised("app", "@Acme/Web", "@b"),
        advised("tv", "@a", "@acme/web"),
    )

    assert told(one) == ["@acme/web", "@a", "@b"]


def test_ten_are_told_and_no_more() -> None:
    one = of(*(advised(f"c{n}", *(f"@o{n}-{m}" for m in range(4))) for n in range(4)))

    assert told(one) == [f"@o{n}-{m}" for n in range(3) for m in range(4)][:MENTIONS]
    assert len([name for name in Page(render_comment(one)).words.split() if name.startswith("@o")]) == 16


def test_what_is_no_name_of_githubs_counts_for_nothing() -> None:
    names = ["@a b", "the team", "@-", "@a/b/c", "acme/web", "@a\n@b", "@x, @y", "`@z`", "@q.", "\u202e@r", "@" * 12]

    assert told(of(advised("web", *names, "@real"))) == ["@real"]


def test_only_owners_that_may_be_told_are() -> None:
    assert told(of(advised("web", "@a", "@b", mentions=("@b", "@c")))) == ["@b"]
    assert told(of(advised("web", mentions=("@c",)))) == []


@pytest.mark.parametrize("place", ["who", "action"])
def test_words_tell_nobody(place: str) -> None:
    words = {"who": "the authors", "action": "Mend it."} | {place: "ask @acme/web and @b"}

    assert told(of(advised("web", who=words["who"], action=words["action"]))) == []


def test_what_blocks_nobody_tells_nobody() -> None:
    entry = advised("web", "@a")
    harmless = replace(entry, integration=replace(entry.integration, binding=False))
    excused = replace(entry, integration=replace(entry.integration, exception=excepted("web")))

    assert told(of(harmless)) == []
    assert told(of(excused)) == ["@a"]


@pytest.mark.parametrize(
    ("owners", "who", "written"),
    [
        ((), "the authors", "the authors"),
        (("@a",), "the authors", "the authors, with @a"),
        (("@a", "team b"), "the team of web", "the team of web (@a, team b)"),
        (("<b>",), "the team of web", "the team of web (&lt;b\\>)"),
    ],
)
def test_owners_stand_beside_who_acts(owners: tuple[str, ...], who: str, written: str) -> None:
    (one,) = actions(of(advised("web", *owners, who=who)))

    assert (one.what, one.who, one.action) == ("`web`", written, "Mend web.")


def test_equal_advice_is_given_once() -> None:
    one = of(*(advised(f"c{n}", f"@o{n}", who=f"the team of c{n}") for n in range(12)))
    (only,) = actions(one)

    assert only.what == f"{', '.join(f'`c{n}`' for n in range(10))} and 2 more"
    assert only.action == "Mend each of them."
    assert only.who.startswith("the team of each of them (@o0, @o1, ")
    assert told(one) == [f"@o{n}" for n in range(10)]


def test_a_name_within_another_is_left_alone() -> None:
    one = of(advised("web", action="Ask web-app."), advised("app", action="Ask web-app."))

    assert [action.action for action in actions(one)] == ["Ask web-app."]


@pytest.mark.timeout(10)
def test_a_name_of_a_mebibyte_is_not_looked_for() -> None:
    name = "x" * 1024 * 1024
    (only,) = actions(of(advised(name)))

    assert only.action == f"Mend {name}."


def test_what_is_nobodys_contract_is_the_pipelines() -> None:
    one = report(faults=(Fault(where="a", what="b", remedy="Start it."),))

    assert actions(one) == actions(report()) == [Action(what=code("orders-api"), who=text(PIPELINE), action=ABOVE)]
    assert actions(report(integration(Outcome.PASSED))) == []


def test_the_pipeline_does_not_act_for_what_is_only_left_out() -> None:
    one = of(advised("web", "@a"))

    assert list(acting(one, (), MENTIONS)) == []


def test_an_entry_without_advice_asks_nobody() -> None:
    assert actions(of(replace(advised("web"), advice=None))) == []
