"""What goes to GitHub: to its API and nowhere else, in bounded time, with GitHub's own reason when it is refused."""

import base64
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.clients.github_api import Comment, GitHub, GitHubError, Patience, PullRequest, Status
from tests.github_api import HEAD, REPOSITORY, TOKEN, GithubApi, Identity, faults, github_api
from tests.servers import Reply, Tls, serving

QUICK = Patience(answer=1, retries=2, first_pause=0.01, rate_limit=0.5, call=5.0)


def _github(url: str, token: str = TOKEN, patience: Patience = QUICK) -> GitHub:
    return GitHub(api_url=url, token=token, repository=REPOSITORY, patience=patience)


def _set_status(github: GitHub, commit: str = HEAD) -> None:
    github.set_status(commit, state="success", context="contract-gate/orders-api", description="Fine", url="")


def _refusal(github: GitHub) -> str:
    with pytest.raises(GitHubError) as refused:
        _set_status(github)
    return str(refused.value)


def test_a_status_is_set() -> None:
    with github_api() as api:
        _github(api.url).set_status(HEAD, state="failure", context="c", description="d", url="https://run")

        (status,) = api.statuses(HEAD)
        assert (status.state, status.context, status.description) == ("failure", "c", "d")
        assert status.target_url == "https://run"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.answer(403), True),
        (faults.answer(403, body={"message": "Resource not accessible by integration"}), True),
        (faults.primary_rate_limit(reset_in=3600), False),
        (faults.secondary_rate_limit(retry_after=None), False),
        (faults.answer(401), False),
        (faults.answer(404), False),
        (faults.answer(422), False),
    ],
)
def test_who_may_not_is_told_from_who_asks_too_often(fault: faults.Fault, *, expected: bool) -> None:
    with github_api() as api:
        api.fault("POST", "/statuses/", fault, times=None)
        with pytest.raises(GitHubError) as refused:
            _set_status(_github(api.url))

        assert refused.value.forbidden is expected


def test_what_is_to_come_soon_comes_before_the_next() -> None:
    with github_api() as api:
        github = _github(api.url)
        github.set_status_soon(HEAD, state="pending", context="c", description="d", url="")
        _set_status(github)

        assert [status.state for status in api.statuses(HEAD)] == ["pending", "success"]


def test_nobody_hears_that_what_was_to_come_soon_did_not() -> None:
    with github_api() as api:
        api.fault("POST", "/statuses/", faults.answer(403))
        github = _github(api.url)
        github.set_status_soon(HEAD, state="pending", context="c", description="d", url="")
        _set_status(github)

        assert [status.state for status in api.statuses(HEAD)] == ["success"]


def test_comments_come_from_all_pages() -> None:
    with github_api() as api:
        api.add_pull(7)
        for number in range(201):
            api.add_comment(7, f"comment {number}", author="mona")
        found = _github(api.url).comments(7)

    assert [comment.body for comment in found] == [f"comment {number}" for number in range(201)]
    first = api.comments(7)[0]

    assert found[0] == Comment(id=first.id, author="mona", is_bot=False, body="comment 0", changed_at=first.updated_at)


def test_a_comment_is_made_and_edited() -> None:
    with github_api() as api:
        api.add_pull(7)
        github = _github(api.url)
        github.create_comment(7, "first")
        (comment,) = github.comments(7)
        github.edit_comment(comment.id, "second")

        assert [each.body for each in api.comments(7)] == ["second"]


def test_a_comment_is_deleted_and_one_that_is_gone_is_no_error() -> None:
    with github_api() as api:
        api.add_pull(7)
        github = _github(api.url)
        comment = github.create_comment(7, "first")
        for _ in range(2):
            github.delete_comment(comment.id)

            assert api.comments(7) == []
        api.fault("DELETE", "/comments/", faults.answer(403))
        with pytest.raises(GitHubError, match="403 Resource not accessible"):
            github.delete_comment(comment.id)


def test_the_statuses_of_a_commit_come_newest_first() -> None:
    with github_api() as api:
        github = _github(api.url)
        for state, url in (("pending", ""), ("failure", "https://run")):
            github.set_status(HEAD, state=state, context="c", description="d", url=url)

        assert github.statuses(HEAD) == [
            Status(state="failure", context="c", url="https://run"),
            Status(state="pending", context="c", url=""),
        ]


def test_the_head_of_a_pull_request_and_the_pull_requests_of_a_branch() -> None:
    with github_api() as api:
        api.add_pull(7)
        api.add_pull(8, head_ref="fix", head_repository="mona/orders-api", head_sha="c" * 40)
        api.add_pull(9, state="closed")
        github = _github(api.url)

        assert github.head_of(8) == "c" * 40
        assert github.open_pull_requests(owner="mona", branch="fix") == [
            PullRequest(number=8, head="c" * 40, repository="mona/orders-api")
        ]
        assert [one.number for one in github.open_pull_requests(owner="acme", branch="feature")] == [7]
        assert github.open_pull_requests(owner="acme", branch="fix") == []


@pytest.mark.parametrize("fault", [faults.answer(502), faults.answer(500), faults.dropped(after_work=False)])
def test_a_status_and_an_edit_are_tried_again(fault: faults.Fault) -> None:
    with github_api() as api:
        api.add_pull(7)
        api.add_comment(7, "first", author="github-actions[bot]")
        api.fault("POST", "/statuses/", fault)
        api.fault("PATCH", "/comments/", fault)
        github = _github(api.url)
        _set_status(github)
        github.edit_comment(api.comments(7)[0].id, "second")

        assert [status.state for status in api.statuses(HEAD)] == ["success"]
        assert [comment.body for comment in api.comments(7)] == ["second"]


def test_a_comment_is_not_made_again_blindly() -> None:
    with github_api() as api:
        api.add_pull(7)
        api.fault("POST", "/comments$", faults.dropped(after_work=True))
        with pytest.raises(GitHubError):
            _github(api.url).create_comment(7, "first")

        assert [comment.body for comment in api.comments(7)] == ["first"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            faults.answer(403, body={"message": "Resource not accessible by integration"}),
            "GitHub answered 403 Resource not accessible by integration. If this is a rate limit",
        ),
        (faults.answer(404, body={"message": "Not Found"}), "GitHub answered 404 Not Found. The token does not see"),
        (faults.answer(500, body={"message": "Server Error"}), "GitHub answered 500 Server Error."),
        (faults.answer(503, body=b"<html>down</html>"), "GitHub answered 503"),
        (faults.primary_rate_limit(reset_in=3600), "API rate limit exceeded"),
        (faults.secondary_rate_limit(retry_after=None), "You have exceeded a secondary rate limit"),
        (faults.answer(429, body={"message": "Too many"}), "GitHub answered 429 Too many. Run it again later."),
        (faults.dropped(after_work=False), "no usable answer"),
        (faults.no_json(), "no usable answer"),
    ],
)
def test_github_s_own_reason_is_passed_on(fault: faults.Fault, reason: str) -> None:
    with github_api() as api:
        api.fault("POST", "/statuses/", fault, times=None)

        assert reason in _refusal(_github(api.url))


def test_a_limit_that_is_over_in_time_is_waited_for() -> None:
    with github_api() as api:
        api.fault("POST", "/statuses/", faults.secondary_rate_limit(retry_after=0))
        _set_status(_github(api.url))

        assert len(api.statuses(HEAD)) == 1


def test_what_github_finds_wrong_is_told_in_full() -> None:
    with github_api() as api:
        with pytest.raises(GitHubError) as refused:
            _github(api.url).set_status(HEAD, state="success", context="c", description="x" * 141, url="")

        assert "422 Validation Failed: description is too long (maximum is 140 characters)" in str(refused.value)


def test_a_token_that_is_not_known_and_one_that_may_only_read() -> None:
    with github_api() as api:
        api.add_token("reads", Identity(permissions={"statuses": "read"}))

        assert "401 Bad credentials. Check github-token" in _refusal(_github(api.url, token="unknown"))
        assert "403 Resource not accessible by integration" in _refusal(_github(api.url, token="reads"))


def test_an_api_that_is_not_there() -> None:
    with github_api() as api:
        url = api.url

    assert _refusal(_github(url)) == (
        f"{url}: no usable answer: Connection refused. See githubstatus.com, or the way to the server."
    )


@pytest.mark.parametrize("fault", [faults.silent(), faults.dripping()])
def test_an_api_that_never_ends_its_answer_is_given_up_once_and_for_all(fault: faults.Fault) -> None:
    impatient = Patience(answer=60, retries=0, call=0.3)
    with github_api() as api:
        api.fault("POST", "/statuses/", fault, times=None)
        github = _github(api.url, patience=impatient)
        first = _refusal(github)
        began = time.monotonic()
        second = _refusal(github)

        assert "no answer within 0.3 s" in first
        assert "was not asked again" in second
        assert time.monotonic() - began < impatient.call
        assert len(api.asked) == 1


def _author(api: GithubApi, token: str, author: str) -> bool:
    (comment,) = (one for one in _github(api.url).comments(7) if one.author == author)
    return _github(api.url, token=token).is_mine(comment)


@pytest.mark.parametrize(
    ("owner", "author", "mine"),
    [
        ("github-actions[bot]", "github-actions[bot]", True),
        ("github-actions[bot]", "mallory", False),
        ("github-actions[bot]", "other-app[bot]", False),
        ("gate-app[bot]", "gate-app[bot]", True),
        ("gate-app[bot]", "gate-app", False),
        ("mona", "mona", True),
        ("mona", "mallory", False),
    ],
)
def test_whose_a_comment_is(owner: str, author: str, *, mine: bool) -> None:
    with github_api() as api:
        api.add_pull(7)
        api.add_comment(7, "a copied marker", author=author)
        identity = replace(Identity.named(owner), permissions={"pull_requests": "read"})
        api.add_token("owner", identity)

        assert _author(api, "owner", author) is mine


def test_without_graphql_the_user_is_asked_for_and_else_it_is_the_runner_s_own_token() -> None:
    with github_api() as api:
        api.add_pull(7)
        api.add_comment(7, "mine", author="mona")
        api.add_comment(7, "the runner's", author="github-actions[bot]")
        api.add_token("mona", Identity(login="mona", type="User", permissions={"pull_requests": "read"}))
        api.fault("POST", "/graphql", faults.answer(404), times=None)

        assert _author(api, "mona", "mona")
        assert _author(api, TOKEN, "github-actions[bot]")


def test_the_token_goes_to_no_other_host() -> None:
    with serving(lambda _: Reply(body=[])) as other:
        page = [{"id": 1, "user": None, "body": None, "updated_at": "2026-01-01T00:00:00Z"}] * 100
        link = {"Link": f'<{other.url}/repos/{REPOSITORY}/issues/7/comments?page=2>; rel="next"'}
        answers = iter([Reply(body=page, headers=link), Reply(body=[])])
        moved = Reply(status=301, headers={"Location": f"http://localhost:{other.port}/statuses"})
        with serving(lambda asked: moved if asked.method == "POST" else next(answers)) as server:
            github = _github(server.url)

            assert len(github.comments(7)) == 100
            assert "no usable answer: it leads to another host" in _refusal(github)

    assert other.asked == []


@pytest.mark.parametrize("content", [b"", b"a: 1\n", bytes(range(256)) * 20, b"x" * 1024 * 1024])
def test_a_file_of_the_default_branch(content: bytes) -> None:
    with github_api() as api:
        api.put_file("services/orders.yml", content)

        assert _github(api.url).file_on_default_branch("services/orders.yml") == content
        assert [(asked.method, asked.query) for asked in api.asked] == [("GET", {})]


def test_a_file_that_is_not_on_the_default_branch() -> None:
    with github_api() as api:
        api.put_file("services/orders.yml", b"")

        assert _github(api.url).file_on_default_branch("services/web.yml") is None


@pytest.mark.parametrize(
    "path",
    [
        "a b",
        "100%",
        "a%2Fb",
        "%2e%2e/b",
        "a?ref=b",
        "a#b",
        "a\\b",
        "a;b",
        "a+b",
        "ü/ö",
        "...",
        "a\nb",
        "~",
        "[a]",
        "b:c@d",
    ],
)
def test_a_file_is_taken_as_its_path_is_written(path: str) -> None:
    with github_api() as api:
        api.put_file(path, b"odd")

        assert _github(api.url).file_on_default_branch(path) == b"odd"
        assert [asked.query for asked in api.asked] == [{}]


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/a", "a/", "a//b", "a\udcff", "./a", "../../other/contents/a", "a/../b", "a/./b"]
)
def test_what_is_no_path_of_a_file_is_not_asked_for(path: str) -> None:
    with github_api() as api:
        with pytest.raises(GitHubError, match="not the path of a file"):
            _github(api.url).file_on_default_branch(path)

        assert api.asked == []


def _no_file(api: GithubApi, path: str, token: str = TOKEN) -> str:
    with pytest.raises(GitHubError) as refused:
        _github(api.url, token=token).file_on_default_branch(path)
    return str(refused.value)


def test_what_is_on_the_default_branch_but_no_file() -> None:
    with github_api() as api:
        api.put_file("services/orders.yml", b"1")
        api.put_file("large", b"x" * (1024 * 1024 + 1))
        api.put_link("outside", "/etc/passwd")
        api.put_link("link", "services/orders.yml")

        assert _no_file(api, "services") == "services: a folder of the default branch, not a file."
        assert _no_file(api, "outside") == "outside: a symlink of the default branch, not a file."
        assert _no_file(api, "large") == "large: larger than 1 MB, which GitHub does not hand out. Make it smaller."
        assert _github(api.url).file_on_default_branch("link") == b"1", "GitHub follows a link to a file"


WHOLE = {"type": "file", "encoding": "base64", "content": base64.encodebytes(b"a: 1").decode(), "size": 4}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (WHOLE | {"type": "submodule"}, "a submodule of the default branch"),
        (WHOLE | {"type": "dir"}, "no whole file"),
        (WHOLE | {"encoding": "utf-8"}, "no whole file"),
        (WHOLE | {"content": "YTog"}, "no whole file"),
        (WHOLE | {"content": "YTogM"}, "no whole file"),
        (WHOLE | {"content": "YTog!MQ=="}, "no whole file"),
        (WHOLE | {"content": "ü"}, "no whole file"),
        (WHOLE | {"content": None}, "no whole file"),
        (WHOLE | {"size": "4"}, "no whole file"),
        ({}, "no whole file"),
        ("text", "no whole file"),
        (b"null", "no usable answer: it is empty"),
        (b"", "no usable answer: it is empty"),
    ],
)
def test_an_answer_that_holds_no_whole_file(answer: Any, reason: str) -> None:
    with serving(lambda _: Reply(body=answer)) as server:
        with pytest.raises(GitHubError) as refused:
            _github(server.url).file_on_default_branch("contracts.yml")

        assert reason in str(refused.value)
        assert len(server.asked) == 1


@pytest.mark.parametrize("permissions", [{}, {"statuses": "write", "pull_requests": "write"}])
def test_a_token_that_may_not_read_files(permissions: Mapping[str, str]) -> None:
    with github_api() as api:
        api.put_file("contracts.yml", b"1")
        api.add_token("blind", Identity(permissions=permissions))

        assert "403 Resource not accessible by integration" in _no_file(api, "contracts.yml", token="blind")
        assert "permissions contents: read" in _no_file(api, "no-such-file", token="blind")
        assert "401 Bad credentials" in _no_file(api, "contracts.yml", token="unknown")


def test_a_file_that_is_only_hidden_is_not_taken_for_missing() -> None:
    with github_api() as api:
        api.fault("GET", "/contents/", faults.answer(404), times=None)
        api.add_token("blind", Identity(permissions={"statuses": "write"}))
        other = GitHub(api_url=api.url, token=TOKEN, repository="acme/other", patience=QUICK)

        assert "403 Resource not accessible by integration" in _no_file(api, "contracts.yml", token="blind")
        with pytest.raises(GitHubError, match=r"404 Not Found. The token does not see this repository"):
            other.file_on_default_branch("contracts.yml")

        api.fault("GET", "/git/ref/", faults.answer(404), times=None)
        assert "404 Not Found. The token does not see this repository" in _no_file(api, "contracts.yml")


@pytest.mark.parametrize("asked", ["/contents/", "/orders-api$", "/git/ref/"])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.answer(500), "GitHub answered 500"),
        (faults.answer(503, body=b"<html>down</html>"), "GitHub answered 503"),
        (faults.primary_rate_limit(reset_in=3600), "API rate limit exceeded"),
        (faults.dropped(after_work=False), "no usable answer"),
        (faults.no_json(), "answer"),
        (faults.answer(302, body=b""), "no usable answer: it is redirected to nowhere"),
        (faults.answer(200, body=b"null"), "no usable answer: it is empty"),
    ],
)
def test_a_file_is_not_missing_where_github_fails(asked: str, fault: faults.Fault, reason: str) -> None:
    with github_api() as api:
        met = api.fault("GET", asked, fault, times=None)

        assert reason in _no_file(api, "contracts.yml")
        assert met.met <= 1 + QUICK.retries


def test_a_file_is_asked_for_again_after_a_failure() -> None:
    with github_api() as api:
        api.put_file("contracts.yml", b"1")
        for path in ("/contents/", "/orders-api$", "/git/ref/"):
            api.fault("GET", path, faults.answer(502))
        github = _github(api.url)

        assert github.file_on_default_branch("contracts.yml") == b"1"
        assert github.file_on_default_branch("no-such-file") is None


def test_what_is_no_file_is_no_failure_of_github() -> None:
    with github_api() as api:
        api.put_file("services/orders.yml", b"1")
        github = _github(api.url)
        with pytest.raises(GitHubError):
            github.file_on_default_branch("services")
        fault = api.fault("POST", "/statuses/", faults.answer(500), times=QUICK.retries)
        _set_status(github)

        assert fault.met == QUICK.retries


def test_a_file_is_given_up_with_everything_else() -> None:
    impatient = Patience(answer=60, retries=0, call=0.3)
    with github_api() as api:
        api.fault("GET", "/contents/", faults.dripping(), times=None)
        github = _github(api.url, patience=impatient)
        with pytest.raises(GitHubError, match=r"no answer within 0.3 s"):
            github.file_on_default_branch("contracts.yml")

        assert "was not asked again" in _refusal(github)


def test_a_file_comes_from_the_api_alone() -> None:
    links = dict.fromkeys(("download_url", "git_url", "url"), "")
    with serving(lambda _: Reply(body=b"")) as other:
        answer = WHOLE | {name: f"{other.url}/{name}" for name in links}
        moved = Reply(status=302, headers={"Location": f"{other.url}/contents"})
        replies = iter([Reply(body=answer), moved])
        with serving(lambda _: next(replies)) as server:
            github = _github(server.url)

            assert github.file_on_default_branch("contracts.yml") == b"a: 1"
            with pytest.raises(GitHubError, match="no usable answer"):
                github.file_on_default_branch("contracts.yml")

    assert other.asked == []


def test_an_enterprise_server_with_its_own_authority(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.authority))
    with github_api(prefix="/api/v3", tls=tls) as api:
        api.add_pull(7)
        api.add_comment(7, "mine", author="github-actions[bot]")
        github = _github(api.url)
        _set_status(github)
        api.put_file("a/b", b"1")

        assert len(api.statuses(HEAD)) == 1
        assert github.file_on_default_branch("a/b") == b"1"
        assert github.file_on_default_branch("a/c") is None
        assert github.is_mine(github.comments(7)[0])


def test_an_authority_that_nobody_trusts_is_refused(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with github_api(tls=tls) as api:
        assert "no usable answer" in _refusal(_github(api.url))


def test_credentials_of_the_machine_do_not_take_the_token_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password x\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with github_api() as api:
        _set_status(_github(api.url))

        assert [asked.token for asked in api.asked] == [TOKEN]
