"""The comment on a pull request: one, which tells of the latest run, and is nobody else's."""

from dataclasses import replace
from typing import Any

import pytest

from gate.clients.github_api import GitHub, GitHubError, Patience
from gate.domain.report import Report, Run
from gate.domain.results import Outcome
from gate.rendering.markdown import render_comment
from gate.reporters.pr_comment import CommentStyle, PullRequestComment
from tests.builders import candidate, integration, report
from tests.github_api import HEAD, REPOSITORY, TOKEN, GithubApi, faults, github_api
from tests.github_api.faults import Fault
from tests.servers import Reply

OTHER = "a" * 40
QUICK = Patience(answer=1, retries=0, first_pause=0.01, rate_limit=0.1, call=5.0)


def _run(number: int = 12, attempt: int = 1, commit: str = HEAD) -> Run:
    return Run(
        repository=REPOSITORY, event="pull_request", commit=commit, pull_request=7, id=str(number), attempt=attempt,
        url=f"https://github.com/{REPOSITORY}/actions/runs/{number}/attempts/{attempt}",
    )  # fmt: skip


def _green(run: Run | None = None, **more: Any) -> Report:
    return report(integration(Outcome.PASSED), run=run or _run(), **more)


def _red(run: Run | None = None, **more: Any) -> Report:
    return report(integration(Outcome.FAILED), run=run or _run(), **more)


def _tell(api: GithubApi, told: Report, style: CommentStyle | None = None, token: str = TOKEN) -> None:
    github = GitHub(api_url=api.url, token=token, repository=REPOSITORY, patience=QUICK)
    PullRequestComment(github, 7, style or CommentStyle()).finished(told)


def _written(api: GithubApi) -> list[str]:
    """Give the methods of what was changed, in the order of the requests."""
    return [one.method for one in api.asked if one.method != "GET" and one.path != "/graphql"]


def _bodies(api: GithubApi) -> list[str]:
    return [one.body for one in api.comments(7)]


def _pull() -> Any:
    return github_api(commits=(HEAD, OTHER))


def test_the_first_run_comments_and_the_next_one_keeps_it_up_to_date() -> None:
    with _pull() as api:
        pull = api.add_pull(7)
        _tell(api, _red())
        assert _bodies(api) == [render_comment(_red())]

        pull.head_sha = OTHER
        later = _green(_run(13, commit=OTHER))
        _tell(api, later)

        assert _bodies(api) == [render_comment(later)]
        assert _written(api) == ["POST", "PATCH"]


def test_a_run_that_is_run_again_keeps_it_up_to_date() -> None:
    with _pull() as api:
        api.add_pull(7)
        for attempt, told in ((1, _red), (2, _green), (3, _red)):
            _tell(api, told(_run(attempt=attempt)))
            assert _bodies(api) == [render_comment(told(_run(attempt=attempt)))]


@pytest.mark.parametrize(
    ("later", "earlier", "is_kept"),
    [
        (_run(13), _run(12), True),
        (_run(100), _run(99), True),
        (_run(12, 3), _run(12, 2), True),
        (_run(10**17), _run(9), True),
        (_run(13), _run(12, 2), False),
        (_run(12, 2), _run(13, 2), False),
        (_run(12, 2), _run(13), False),
    ],
    ids=lambda one: f"{one.id}.{one.attempt}" if isinstance(one, Run) else None,
)
def test_an_earlier_run_of_the_same_commit_that_ends_later_leaves_it_alone(
    later: Run, earlier: Run, *, is_kept: bool
) -> None:
    with _pull() as api:
        api.add_pull(7)
        _tell(api, _red(later))
        _tell(api, _green(earlier))

        assert _bodies(api) == [render_comment(_red(later) if is_kept else _green(earlier))]


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_written_once_the_pull_request_has_moved_on(*, there: bool) -> None:
    with _pull() as api:
        pull = api.add_pull(7)
        if there:
            _tell(api, _red())
        before = _bodies(api)
        pull.head_sha, api.asked[:] = OTHER, []
        _tell(api, _green(_run(13)))

        assert _bodies(api) == before
        assert _written(api) == []


def test_what_says_the_same_of_the_same_commit_is_not_written_again() -> None:
    with _pull() as api:
        pull = api.add_pull(7)
        _tell(api, _red())
        for run, seconds in ((_run(12, 2), 1.9), (_run(13), 0.1)):
            _tell(api, _red(run, duration=seconds))
        assert _written(api) == ["POST"]

        pull.head_sha = OTHER
        _tell(api, _red(_run(14, commit=OTHER)))
        assert _written(api) == ["POST", "PATCH"]
        _tell(api, _red(_run(14, 2, commit=OTHER), notes=("A setting narrows it.",)))
        assert _written(api) == ["POST", "PATCH", "PATCH"]


@pytest.mark.parametrize(
    "normalised",
    [
        lambda body: body.replace("\n", "\r\n"),
        lambda body: body.rstrip(),
        lambda body: body.rstrip().replace("\n", "\r\n"),
        lambda body: body + "\n\n",
    ],
    ids=["CRLF", "stripped", "both", "longer"],
)
def test_line_ends_that_github_changes_are_no_difference(normalised: Any) -> None:
    with _pull() as api:
        api.add_pull(7)
        _tell(api, _red())
        (comment,) = api.comments(7)
        comment.body = normalised(comment.body)
        _tell(api, _red(_run(13)))
        assert _written(api) == ["POST"]

        _tell(api, _green(_run(13)))
        assert _written(api) == ["POST", "PATCH"]
        (comment,) = api.comments(7)
        comment.body = normalised(comment.body)
        _tell(api, _red(_run(12)))

        assert _written(api) == ["POST", "PATCH"], "which run wrote it is still read"


@pytest.mark.parametrize("author", ["mallory", "other-app[bot]", "github-actions"])
@pytest.mark.parametrize("number", [9, 13])
def test_somebody_else_s_comment_with_our_marker_is_left_alone(author: str, number: int) -> None:
    with _pull() as api:
        api.add_pull(7)
        copied = render_comment(_green(_run(number)))
        for _ in range(2):
            api.add_comment(7, copied, author=author)
        _tell(api, _red(_run(12)))
        api.add_comment(7, copied, author=author)
        _tell(api, _green(_run(14)))

        own = [one.body for one in api.comments(7) if one.author.login == "github-actions[bot]"]
        assert own == [render_comment(_green(_run(14)))]
        assert _bodies(api).count(copied) == 3


def test_it_is_found_behind_many_pages_of_talk() -> None:
    with _pull() as api:
        api.add_pull(7)
        for number in range(230):
            api.add_comment(7, f"talk {number}", author="mona")
        _tell(api, _red())
        for number in range(120):
            api.add_comment(7, f"more talk {number}", author="mona")
        _tell(api, _green(_run(13)))

        assert _written(api) == ["POST", "PATCH"]
        assert [one.body for one in api.comments(7) if one.author.type == "Bot"] == [render_comment(_green(_run(13)))]


def test_what_people_write_around_our_marker_is_not_ours() -> None:
    with _pull() as api:
        api.add_pull(7)
        quoted = f"> {render_comment(_red())}"
        api.add_comment(7, quoted)
        api.add_comment(7, "")
        _tell(api, _green())

        assert _bodies(api) == [quoted, "", render_comment(_green())]


def test_on_failure_begins_with_the_first_red_one_and_tells_then_that_it_is_green_again() -> None:
    style = CommentStyle(when="on-failure")
    with _pull() as api:
        api.add_pull(7)
        _tell(api, _green(_run(1)), style)
        assert _bodies(api) == []
        _tell(api, _red(_run(2)), style)
        assert _bodies(api) == [render_comment(_red(_run(2)))]
        _tell(api, _green(_run(3)), style)
        assert _bodies(api) == [render_comment(_green(_run(3)))]
        _tell(api, _red(_run(4)), style)
        assert _bodies(api) == [render_comment(_red(_run(4)))]


def test_on_failure_begins_with_what_is_unknown_too() -> None:
    with _pull() as api:
        api.add_pull(7)
        unknown = report(run=_run())
        _tell(api, unknown, CommentStyle(when="on-failure"))

        assert _bodies(api) == [render_comment(unknown)]


def test_a_key_keeps_two_gates_of_one_service_and_environment_apart() -> None:
    styles = [CommentStyle(key=key) for key in (None, "python 3.11", "python 3.12", 'a" --> b')]
    with _pull() as api:
        api.add_pull(7)
        for told, number in ((_red, 1), (_green, 2)):
            for style in styles:
                _tell(api, told(_run(number)), style)

        assert _bodies(api) == [render_comment(_green(_run(2)), style.key) for style in styles]


def test_services_and_environments_have_each_their_own() -> None:
    headed = [
        candidate(),
        candidate(service="billing-api"),
        candidate(environments=()),
        candidate(environments=("production", "staging")),
        candidate(one_contract="web-checkout"),
    ]
    with _pull() as api:
        api.add_pull(7)
        for told, number in ((_red, 1), (_green, 2)):
            for one in headed:
                _tell(api, told(_run(number), candidate=one))

        assert _bodies(api) == [render_comment(_green(_run(2), candidate=one)) for one in headed]


def test_a_laptop_s_report_is_written_whatever_the_pull_request_s_head_is() -> None:
    with _pull() as api:
        api.add_pull(7, head_sha=OTHER)
        told = replace(_red(), run=None)
        _tell(api, told)
        _tell(api, told)

        assert _bodies(api) == [render_comment(told)]
        assert _written(api) == ["POST"]


# What gets lost on the way


@pytest.mark.parametrize(
    "fault", [faults.dropped(after_work=True), faults.no_json(), faults.answer(502, after_work=True)]
)
@pytest.mark.parametrize(("method", "told"), [("POST", None), ("PATCH", _run(11))])
def test_what_was_written_although_the_answer_was_lost_is_not_written_again(
    fault: Fault, method: str, told: Run | None
) -> None:
    with _pull() as api:
        api.add_pull(7)
        if told is not None:
            _tell(api, _red(told))
        lost = api.fault(method, "/comments", fault)
        _tell(api, _green(_run(12)))

        assert lost.met == 1
        assert _written(api).count(method) == 1
        assert _bodies(api) == [render_comment(_green(_run(12)))]


def test_when_asking_again_fails_too_the_first_failure_is_told() -> None:
    with _pull() as api:
        api.add_pull(7)
        down = faults.answer(502, body={"message": "it cannot be asked"})

        def fall(_: Reply, __: Any) -> Reply:
            api.fault("GET", "/comments$", down, times=None)
            return Reply(status=500, body={"message": "it cannot be written"})

        api.fault("POST", "/comments$", Fault(spoil=fall, after_work=False))
        with pytest.raises(GitHubError, match="it cannot be written"):
            _tell(api, _red())

        assert _bodies(api) == []


def test_a_comment_that_is_deleted_while_it_is_edited_is_written_anew() -> None:
    with _pull() as api:
        api.add_pull(7)
        _tell(api, _red(_run(11)))

        def delete(_: Reply, __: Any) -> Reply:
            api.state.comments.clear()
            return Reply(status=404, body={"message": "Not Found"})

        api.fault("PATCH", "/comments/", Fault(spoil=delete, after_work=False))
        _tell(api, _green(_run(12)))

        assert _bodies(api) == [render_comment(_green(_run(12)))]


def _lagging(api: GithubApi, times: int) -> None:
    """Have the list of comments stay what it is now, for so many requests."""
    old: list[Reply] = []

    def spoil(honest: Reply, _: Any) -> Reply:
        old.append(honest)
        return old[0]

    api.fault("GET", "/comments$", Fault(spoil=spoil, after_work=True), times=times)


@pytest.mark.parametrize("there", [True, False])
def test_a_list_that_lags_behind_brings_no_second_writing(*, there: bool) -> None:
    with _pull() as api:
        api.add_pull(7)
        if there:
            _tell(api, _red(_run(11)))
        before = len(_written(api))
        _lagging(api, times=10)
        _tell(api, _green(_run(12)))

        assert _written(api)[before:] == ["PATCH" if there else "POST"]
        assert _bodies(api) == [render_comment(_green(_run(12)))]


def test_a_comment_that_another_run_keeps_on_changing_is_told_to_people() -> None:
    with _pull() as api:
        api.add_pull(7)

        def change(honest: Reply, _: Any) -> Reply:
            for comment in api.comments(7):
                comment.body, comment.updated_at = render_comment(_red(_run(12, 1))), api.state.clock.read()
            return honest

        for method in ("POST", "PATCH"):
            api.fault(method, "/comments", Fault(spoil=change, after_work=True), times=None)
        with pytest.raises(GitHubError, match=r"other runs keep on writing over it\. Run it again"):
            _tell(api, _green(_run(12)))

        assert _written(api) == ["POST", "PATCH", "PATCH"]
