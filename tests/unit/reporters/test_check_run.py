"""One check run for a run of the gate, whatever GitHub does: made once, closed from the start, never a wrong green."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gate.clients.github_api import GitHub, GitHubError, Patience
from gate.domain.report import Report, Run
from gate.domain.results import Outcome
from gate.rendering.status import REFUSED
from gate.reporters.check_run import CheckRun
from tests.builders import candidate, extent, integration, interaction, report, result
from tests.github_api import HEAD, REPOSITORY, TOKEN, GithubApi, Identity, faults, github_api

QUICK = Patience(answer=1, retries=2, first_pause=0.01, rate_limit=0.5, call=5.0)
PAGE = "https://github.com/acme/orders-api/actions/runs/12/attempts/1"
RUN = Run(repository=REPOSITORY, event="push", commit=HEAD, id="12", attempt=1, url=PAGE)
NAME = "Contract Gate: orders-api (production)"
CREATE, EDIT, LIST = "/check-runs$", r"/check-runs/\d+$", "/commits/.*/check-runs$"


@pytest.fixture
def api() -> Iterator[GithubApi]:
    with github_api() as running:
        yield running


def _reporter(api: GithubApi, run: Run = RUN, token: str = TOKEN, patience: Patience = QUICK) -> CheckRun:
    github = GitHub(api_url=api.url, token=token, repository=REPOSITORY, patience=patience)
    return CheckRun(github, commit=HEAD, run=run)


def _broken(count: int = 1, **more: Any) -> Report:
    results = tuple(
        result(Outcome.FAILED, number, interaction=interaction(number, line=number + 1)) for number in range(count)
    )
    return report(integration(results=results, file="pacts/web.json"), **more)


GREEN = report(integration(Outcome.PASSED))


def _lines(api: GithubApi) -> list[int]:
    (only,) = api.check_runs
    return [one["start_line"] for one in only.annotations]


def _asked(api: GithubApi) -> list[str]:
    return [asked.method for asked in api.asked]


@pytest.mark.parametrize(
    ("one", "conclusion"),
    [(GREEN, "success"), (_broken(), "failure"), (report(), "failure")],
    ids=["allow", "block", "unknown"],
)
def test_it_says_how_it_ended(api: GithubApi, one: Report, conclusion: str) -> None:
    reporter = _reporter(api)
    reporter.started(one.candidate)
    reporter.verifying(extent())
    assert api.asked == []
    reporter.finished(one)

    (made,) = api.check_runs
    assert (made.name, made.head_sha, made.status, made.conclusion) == (NAME, HEAD, "completed", conclusion)
    assert made.details_url == PAGE
    assert made.output["title"]
    assert made.output["summary"].startswith("## ")


def test_where_the_run_has_no_page_it_leads_to_its_own(api: GithubApi) -> None:
    _reporter(api, replace(RUN, url="")).finished(_broken())

    assert [one.details_url for one in api.check_runs] == [None]


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (120, 3)])
def test_annotations_come_fifty_at_once(api: GithubApi, count: int, requests: int) -> None:
    one = _broken(count) if count else report()
    _reporter(api).finished(one)

    assert _asked(api) == ["POST", *["PATCH"] * (requests - 1)]
    assert _lines(api) == list(range(1, count + 1))


REFUSALS = [
    (faults.answer(403), "403 Resource not accessible by integration"),
    (faults.answer(404), "404 Not Found"),
    (faults.answer(422), "422 Validation Failed"),
    (faults.answer(429), "429 Too Many Requests"),
    (faults.answer(500), "GitHub answered 500"),
    (faults.answer(503, body=b"<html>down</html>"), "GitHub answered 503"),
    (faults.primary_rate_limit(), "API rate limit exceeded"),
    (faults.secondary_rate_limit(), "You have exceeded a secondary rate limit"),
    (faults.secondary_rate_limit(retry_after=None), "You have exceeded a secondary rate limit"),
    (faults.dropped(after_work=False), "no usable answer"),
]
each_refusal = pytest.mark.parametrize(
    ("fault", "reason"), REFUSALS, ids=[f"{number}: {reason}" for number, (_, reason) in enumerate(REFUSALS)]
)


@each_refusal
def test_a_refusal_is_told_and_nothing_is_made(api: GithubApi, fault: faults.Fault, reason: str) -> None:
    refused = api.fault("POST", CREATE, fault, times=None)
    with pytest.raises(GitHubError) as error:
        _reporter(api).finished(_broken(120))

    assert reason in str(error.value)
    assert api.check_runs == []
    assert refused.met == 1
    assert _asked(api) == ["POST", "GET"]


@each_refusal
def test_a_batch_that_is_refused_leaves_a_check_run_that_is_closed(
    api: GithubApi, fault: faults.Fault, reason: str
) -> None:
    refused = api.fault("PATCH", EDIT, fault, times=None)
    with pytest.raises(GitHubError) as error:
        _reporter(api).finished(_broken(120))

    assert reason in str(error.value)
    assert refused.met == 1
    assert _lines(api) == list(range(1, 51))
    assert [(one.status, one.conclusion) for one in api.check_runs] == [("completed", "failure")]


@pytest.mark.parametrize(
    "fault", [faults.dropped(after_work=True), faults.no_json(), faults.answer(502, after_work=True)]
)
def test_what_was_made_and_not_answered_is_not_made_again(api: GithubApi, fault: faults.Fault) -> None:
    lost = api.fault("POST", CREATE, fault)
    _reporter(api).finished(_broken(120))

    assert lost.met == 1
    assert _asked(api) == ["POST", "GET", "PATCH", "PATCH"]
    assert _lines(api) == list(range(1, 121))


@pytest.mark.parametrize(
    "fault", [faults.dropped(after_work=True), faults.no_json(), faults.answer(502, after_work=True)]
)
def test_a_batch_that_was_not_answered_is_not_there_twice(api: GithubApi, fault: faults.Fault) -> None:
    lost = api.fault("PATCH", EDIT, fault)
    reporter, one = _reporter(api), _broken(120)
    with pytest.raises(GitHubError):
        reporter.finished(one)
    assert lost.met == 1
    assert _lines(api) == list(range(1, 101))

    # A signal begins it again: what is there is counted, and the rest is added.
    reporter.finished(one)
    assert _lines(api) == list(range(1, 121))


def test_where_nobody_can_be_asked_either_the_first_reason_is_told(api: GithubApi) -> None:
    api.fault("POST", CREATE, faults.answer(404), times=None)
    api.fault("GET", LIST, faults.answer(500), times=None)

    with pytest.raises(GitHubError, match="404 Not Found"):
        _reporter(api).finished(_broken())


def test_told_again_it_makes_no_second_one_even_where_nobody_can_be_asked(api: GithubApi) -> None:
    reporter = _reporter(api)
    reporter.finished(_broken(60))
    reporter.finished(_broken(60))
    assert _lines(api) == list(range(1, 61))

    api.fault("GET", LIST, faults.answer(403), times=None)
    with pytest.raises(GitHubError, match="403"):
        reporter.finished(_broken(60))
    assert _lines(api) == list(range(1, 61))


@pytest.mark.parametrize(("method", "path", "made"), [("POST", CREATE, [0, 1]), ("PATCH", EDIT, [1])])
@pytest.mark.parametrize("fault", [faults.silent(), faults.dripping(pause=0.2)], ids=["silent", "dripping"])
def test_a_server_that_never_ends_its_answer_is_given_up(
    api: GithubApi, method: str, path: str, made: list[int], fault: faults.Fault
) -> None:
    api.fault(method, path, fault, times=None)
    impatient = Patience(answer=60, retries=0, call=0.5)
    with pytest.raises(GitHubError, match=r"no answer within 0.5 s"):
        _reporter(api, patience=impatient).finished(_broken(120))

    assert len(api.check_runs) in made
    assert _asked(api).count(method) == 1


def test_a_token_that_may_not_make_checks_is_told_what_it_needs(api: GithubApi) -> None:
    api.add_token("reads", Identity(permissions={"checks": "read", "statuses": "write"}))
    with pytest.raises(GitHubError, match=r"checks: write"):
        _reporter(api, token="reads").finished(_broken())

    assert api.check_runs == []


def test_a_person_s_token_makes_none(api: GithubApi) -> None:
    api.add_token("person", Identity(login="ada", type="User", permissions={"checks": "write"}))
    with pytest.raises(GitHubError, match=r"authenticate via a GitHub App"):
        _reporter(api, token="person").finished(_broken())


# Several of one name


def test_a_green_does_not_stand_beside_a_red_of_the_same_run(api: GithubApi) -> None:
    _reporter(api).finished(_broken())
    _reporter(api).finished(GREEN)

    red, green = api.check_runs
    assert [one.conclusion for one in (red, green)] == ["failure", "failure"]
    assert green.output["title"] == REFUSED
    assert green.output["summary"].startswith("## ")


def test_what_another_run_or_another_gate_said_is_left_to_it(api: GithubApi) -> None:
    _reporter(api, replace(RUN, id="11")).finished(_broken())
    _reporter(api, replace(RUN, attempt=2)).finished(_broken())
    _reporter(api, replace(RUN, attempt=12)).finished(_broken())
    _reporter(api).finished(_broken(candidate=candidate(service="billing-api")))
    _reporter(api).finished(GREEN)

    assert [one.conclusion for one in api.check_runs] == ["failure"] * 4 + ["success"]
    assert len({one.external_id for one in api.check_runs}) == 5


def test_where_nobody_knows_the_others_it_has_its_own_end(api: GithubApi) -> None:
    api.fault("GET", LIST, faults.answer(404), times=None)
    _reporter(api).finished(GREEN)

    assert [one.conclusion for one in api.check_runs] == ["success"]


def test_where_it_is_known_before_it_is_never_green(api: GithubApi) -> None:
    _reporter(api).finished(_broken())
    met = api.fault("PATCH", EDIT, faults.answer(403), times=None)
    _reporter(api).finished(GREEN)

    assert met.met == 0
    assert [one.conclusion for one in api.check_runs] == ["failure", "failure"]


def test_the_red_is_tried_again(api: GithubApi) -> None:
    """Where it is known only afterwards."""
    _reporter(api).finished(_broken())
    api.fault("GET", LIST, faults.answer(404))
    met = api.fault("PATCH", EDIT, faults.answer(502), times=QUICK.retries)
    _reporter(api).finished(GREEN)

    assert met.met == QUICK.retries
    assert [one.conclusion for one in api.check_runs] == ["failure", "failure"]


def test_a_green_that_became_red_keeps_its_title_with_the_rest_of_its_annotations(api: GithubApi) -> None:
    _reporter(api).finished(_broken())
    harmless = _broken(120).entries[0].integration
    _reporter(api).finished(report(integration(Outcome.PASSED), replace(harmless, binding=False)))

    _, green = api.check_runs
    assert (green.conclusion, green.output["title"], len(green.annotations)) == ("failure", REFUSED, 120)


@pytest.mark.parametrize("answer", [{}, [], "x", {"id": 1}, {"check_runs": None}, {"check_runs": [{}]}, b"null", b""])
def test_an_answer_that_says_nothing_is_no_check_run(api: GithubApi, answer: Any) -> None:
    api.fault("POST", CREATE, faults.answer(201, body=answer), times=None)
    api.fault("GET", LIST, faults.answer(200, body=answer), times=None)

    with pytest.raises(GitHubError, match="no usable answer"):
        _reporter(api).finished(_broken())
