"""Check runs by way of GitHub's API: what is sent, and what is made of the answers."""

from typing import Any

import pytest

from gate.clients.github_api import CheckOutput, CheckRun, GitHub, GitHubError, Patience
from tests.github_api import HEAD, REPOSITORY, TOKEN, GithubApi, faults, github_api
from tests.servers import Reply, serving

QUICK = Patience(answer=1, retries=2, first_pause=0.01, rate_limit=0.5, call=5.0)
NEW = CheckRun(name="Gate", external_id="12.1.a", conclusion="failure", url="https://run")
NOTE: dict[str, str | int] = {
    "path": "a.json",
    "start_line": 2,
    "end_line": 2,
    "annotation_level": "failure",
    "message": "no",
}


def _github(url: str) -> GitHub:
    return GitHub(api_url=url, token=TOKEN, repository=REPOSITORY, patience=QUICK)


def _output(*annotations: dict[str, str | int], title: str = "Blocked") -> CheckOutput:
    return CheckOutput(title=title, summary="## Blocked", annotations=annotations)


def test_it_is_made_and_found_by_its_name() -> None:
    with github_api() as api:
        github = _github(api.url)
        made = github.create_check_run(HEAD, NEW, _output(NOTE, NOTE))
        github.create_check_run(HEAD, CheckRun(name="Other", external_id="", conclusion="success"), _output())

        expected = CheckRun(name="Gate", external_id="12.1.a", conclusion="failure", id=made.id, annotations=2)
        assert made == expected
        assert github.check_runs(HEAD, "Gate") == [expected]
        assert [one.conclusion for one in github.check_runs(HEAD, "Other")] == ["success"]
        (kept, other) = api.check_runs
        assert (kept.details_url, kept.annotations) == ("https://run", [NOTE, NOTE])
        assert kept.output == {"title": "Blocked", "summary": "## Blocked"}
        assert other.details_url is None


@pytest.mark.parametrize("name", ["a b", "Contract Gate: a/b (c, d)", "100 % & more?x=y#z", "ü"])
def test_a_name_may_hold_anything(name: str) -> None:
    with github_api() as api:
        github = _github(api.url)
        made = github.create_check_run(HEAD, CheckRun(name=name, external_id="a", conclusion="success"), _output())

        assert github.check_runs(HEAD, name) == [made]
        assert github.check_runs(HEAD, f"{name}!") == []


def test_annotations_are_added_and_a_conclusion_is_replaced() -> None:
    with github_api() as api:
        github = _github(api.url)
        made = github.create_check_run(HEAD, NEW, _output(NOTE))
        github.edit_check_run(made.id, _output(NOTE))
        (kept,) = api.check_runs
        assert (kept.conclusion, len(kept.annotations)) == ("failure", 2)

        github.edit_check_run(made.id, _output(title="Fine"), conclusion="success")
        assert (kept.conclusion, len(kept.annotations), kept.output["title"]) == ("success", 2, "Fine")


def _lost(api: GithubApi, method: str, path: str) -> Any:
    return api.fault(method, path, faults.dropped(after_work=True))


def test_only_what_may_be_there_twice_is_sent_again() -> None:
    with github_api() as api:
        github = _github(api.url)
        create = _lost(api, "POST", "/check-runs$")
        with pytest.raises(GitHubError):
            github.create_check_run(HEAD, NEW, _output(NOTE))
        (made,) = github.check_runs(HEAD, "Gate")
        extend = _lost(api, "PATCH", "/check-runs/")
        with pytest.raises(GitHubError):
            github.edit_check_run(made.id, _output(NOTE))
        close = _lost(api, "PATCH", "/check-runs/")
        github.edit_check_run(made.id, _output(), conclusion="success")

        (kept,) = api.check_runs
        assert (create.met, extend.met, close.met) == (1, 1, 1)
        assert (kept.conclusion, len(kept.annotations)) == ("success", 2)


def test_one_that_nobody_named_or_ended_has_neither() -> None:
    one = {"id": 5, "name": "Gate", "external_id": None, "conclusion": None, "output": {"annotations_count": 0}}
    with serving(lambda _: Reply(body={"total_count": 1, "check_runs": [one]})) as server:
        assert _github(server.url).check_runs(HEAD, "Gate") == [
            CheckRun(name="Gate", external_id="", conclusion="", id=5)
        ]


def test_what_github_finds_wrong_is_told() -> None:
    with github_api() as api:
        with pytest.raises(GitHubError, match=r"422 No commit found for SHA"):
            _github(api.url).create_check_run("c" * 40, NEW, _output())
        with pytest.raises(GitHubError, match=r"422"):
            _github(api.url).create_check_run(HEAD, NEW, _output(*[NOTE] * 51))

        assert api.check_runs == []
        assert len(api.take_violations()) == 1
