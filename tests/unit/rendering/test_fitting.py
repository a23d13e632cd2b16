"""What does not fit is left out step by step: nothing stays open, and whatever is left out is counted."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.domain.contracts import PacticipantVersion
from gate.domain.report import ProviderRun, Report, Reproduction, Run
from gate.domain.results import Outcome
from gate.domain.verdict import Integration
from gate.rendering import markdown
from gate.rendering.markdown import (
    COMMENT,
    COMMENT_LIMIT,
    DETAILS,
    SUMMARY_LIMIT,
    render_check,
    render_comment,
    render_markdown,
    render_summary,
)
from gate.rendering.marker import marker
from tests.builders import candidate, integration, interaction, mismatch, report, result
from tests.hostile import PAGE
from tests.unit.rendering.test_hostile import Page, assert_ours

RUN = Run(repository="a/b", event="push", commit="c", id="12", attempt=1, url=PAGE)


def of_size(broken: int, fine: int, interactions: int, mismatches: int, length: int) -> Report:
    """Build a report in which everything has its number."""

    def one(number: int, outcome: Outcome) -> Integration:
        found = tuple(mismatch(path=f"$.m{n}", expected="x" * length, actual="y" * length) for n in range(mismatches))
        failed = tuple(
            result(outcome, n, interaction=interaction(n, description=f"i{number}-{n}"), mismatches=found)
            for n in range(interactions)
        )
        named = PacticipantVersion(name=f"c{number}")
        return integration(results=failed, counterpart=named, source=f"pacts/c{number}.json")

    integrations = [one(n, Outcome.FAILED) for n in range(broken)]
    return report(
        *integrations,
        *(one(broken + n, Outcome.PASSED) for n in range(fine)),
        run=RUN,
        notes=("a note", "another note"),
        provider=ProviderRun(url=PAGE, log_tail=("a line",)),
        reproduction=Reproduction(options=("--service", "orders-api")),
    )


def number_in(page: str, pattern: str) -> int:
    found = re.search(pattern, page.replace("\\", ""))
    return int(found[1]) if found else 0


def assert_nothing_is_lost(one: Report, text: str, *, begins_with: str = "") -> None:
    """Assert that what is shown and what is said to be left out are together all there is."""
    page = assert_ours(text, begins_with=begins_with)
    names = [entry.integration.counterpart.name for entry in one.entries]
    broken = [name for name, entry in zip(names, one.entries, strict=True) if "honoured" not in entry.standing]
    listed = [block.content for block in page.of("inline") if re.fullmatch(r"`c\d+`", block.content)]
    hidden = number_in(text, r"And (\d+) more that are not fine")
    fine = number_in(text, r"✅ (\d+) contracts? (?:is|are) honoured:")
    assert len(listed) + hidden + fine == len(names)
    assert listed[: len(broken)] == [f"`{name}`" for name in broken[: len(broken) - hidden]]

    for entry in one.entries[: len(broken) - hidden]:
        name = entry.integration.counterpart.name
        shown = sum(bold == name for _, bold, *_ in page.summaries)
        more = number_in(text, rf"And (\d+) more interactions of `{name}`")
        assert shown + more == len(entry.integration.results)

    for fence in (block.content for block in page.of("fence") if block.info == "diff"):
        assert fence.count("\n- ") + number_in(fence, r"… and (\d+) more") == len(
            one.entries[0].integration.results[0].mismatches
        )
    reasons = len(re.findall(r"^(?:> )?(?:- )?c\d+\\: ", text, re.MULTILINE))
    assert reasons + number_in(text, r"(?m)^(?:> )?- and (\d+) more$") == len(one.verdict.reasons)
    notes = len([block for block in page.of("inline") if block.content.endswith("note")])
    assert notes + number_in(text, r"Notes not shown: (\d+);") == len(one.notes)


SIZES = st.tuples(
    st.integers(1, 13), st.integers(0, 12), st.integers(1, 5), st.integers(1, 12), st.sampled_from([0, 10, 120, 400])
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(SIZES)
def test_every_step_is_whole_smaller_and_counts_what_it_leaves_out(size: tuple[int, int, int, int, int]) -> None:
    one = of_size(*size)
    pages = [markdown._render(one, detail, COMMENT) for detail in DETAILS]

    for page in pages:
        assert_nothing_is_lost(one, page)
    lengths = [len(page.encode()) for page in pages]
    # A row that is left out may be shorter than the sentence that says so.
    assert all(later <= earlier + 200 for earlier, later in pairwise(lengths))
    assert lengths[-1] < 2000


@pytest.mark.parametrize("broken", [1, 10, 100, 1000, 3000])
def test_a_comment_of_any_size_fits(broken: int) -> None:
    one = of_size(broken, broken, 3, 2, 120)
    comment = render_comment(one)

    assert len(comment.encode()) <= COMMENT_LIMIT + len(marker(one)) + 1
    assert len(render_check(one).encode()) <= COMMENT_LIMIT
    assert_nothing_is_lost(replace(one, provider=None), comment, begins_with=f"{marker(one)}\n")


def test_what_is_left_out_of_a_comment_is_said_to_be_in_the_summary() -> None:
    page = Page(render_comment(of_size(300, 10, 3, 2, 120)))

    assert page.links[-2:] == [PAGE, markdown.HELP]
    assert len(page.links) > 2
    assert "see the job summary of run 12" in page.words.replace("\n", "")


def test_a_file_leaves_nothing_out_but_counts_what_nobody_reads() -> None:
    one = of_size(1100, 1100, 1, 1, 10)

    assert_nothing_is_lost(one, render_markdown(one))
    assert "And 100 more that are not fine: see the JSON report" in render_markdown(one)


@pytest.mark.parametrize(("services", "broken"), [(1, 2000), (7, 300), (40, 40)])
def test_the_summary_of_several_services_fits(services: int, broken: int) -> None:
    one = of_size(broken, 10, 3, 3, 200)
    reports = [replace(one, candidate=candidate(service=f"s{number}")) for number in range(services)]
    summary = render_summary(*reports)

    assert len(summary.encode()) <= SUMMARY_LIMIT
    assert [line.split()[2] for line in summary.split("\n") if line.startswith("## ")] == [
        f"s{number}" for number in range(services)
    ]
    assert summary.count("<details") == summary.count("</details>")


def test_however_many_services_there_are_each_has_its_headline() -> None:
    place = replace(markdown.SUMMARY, limit=SUMMARY_LIMIT // 10_000)

    assert markdown._within(of_size(1, 1, 1, 1, 10), place) == "## 🚫 orders\\-api → production\\: blocked\n"
