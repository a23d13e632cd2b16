import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from github import Auth, Github, GithubException
from github.Repository import Repository

from tests.github_api import HEAD, REPOSITORY, TOKEN, GithubApi, Identity, faults, github_api, operations
from tests.servers import Reply, Tls

PERSON = "ghp_a-person"


@pytest.fixture
def api() -> Iterator[GithubApi]:
    with github_api() as api:
        api.add_token(PERSON, Identity(login="ada", type="User", permissions={"contents": "read"}))
        api.add_pull(7)
        yield api


def client(api: GithubApi, token: str = TOKEN, **options: Any) -> Github:
    return Github(
        base_url=api.url,
        auth=Auth.Token(token),
        retry=None,
        per_page=100,
        seconds_between_requests=0,
        seconds_between_writes=0,
        **options,
    )


def repository(api: GithubApi, **options: Any) -> Repository:
    return client(api, **options).get_repo(api.repository)


def ask(
    api: GithubApi, method: str, path: str, body: Any = None, *, token: str = TOKEN, timeout: float = 5
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, api.url + path, json=body, headers=headers, timeout=timeout)


def of_repository(path: str) -> str:
    return f"/repos/{REPOSITORY}{path}"


COMMENTS = of_repository("/issues/7/comments")
STATUSES = of_repository(f"/statuses/{HEAD}")


# What works


def test_a_status_is_set_and_read_back(api: GithubApi) -> None:
    commit = repository(api).get_commit(HEAD)
    commit.create_status("pending", description="…", context="Gate")
    commit.create_status("failure", target_url="https://example.com/run", description="broken", context="gate")
    commit.create_status("success", context="lint")

    listed = ask(api, "GET", of_repository(f"/commits/{HEAD}/statuses")).json()
    assert [(status["context"], status["state"]) for status in listed] == [
        ("lint", "success"),
        ("gate", "failure"),
        ("Gate", "pending"),
    ]
    combined = commit.get_combined_status()
    assert (combined.state, combined.total_count) == ("failure", 2)
    assert [(status.context, status.creator.login) for status in api.statuses()] == [
        ("Gate", "github-actions[bot]"),
        ("gate", "github-actions[bot]"),
        ("lint", "github-actions[bot]"),
    ]


def test_a_comment_is_written_found_edited_and_deleted(api: GithubApi) -> None:
    pull = repository(api).get_pull(7)
    written = pull.create_issue_comment("first")
    written.edit("second")

    assert pull.get_issue_comment(written.id).body == "second"
    assert [(comment.body, comment.author.login) for comment in api.comments(7)] == [("second", "github-actions[bot]")]
    written.delete()
    assert api.comments(7) == []


def test_comments_come_in_pages_that_are_linked(api: GithubApi) -> None:
    for number in range(250):
        api.add_comment(7, f"comment {number}", author="mallory")

    found = [(comment.body, comment.user.login) for comment in repository(api).get_pull(7).get_issue_comments()]

    assert found == [(f"comment {number}", "mallory") for number in range(250)]
    assert [asked.query for asked in api.asked if asked.path == COMMENTS] == [
        {"per_page": "100"},
        {"per_page": "100", "page": "2"},
        {"per_page": "100", "page": "3"},
    ]


@pytest.mark.parametrize(
    ("page", "linked"),
    [
        (1, {"next": "2", "last": "3"}),
        (2, {"prev": "1", "next": "3", "last": "3", "first": "1"}),
        (3, {"prev": "2", "first": "1"}),
    ],
)
def test_links_are_the_ones_that_github_sends(api: GithubApi, page: int, linked: dict[str, str]) -> None:
    for _ in range(61):
        api.add_comment(7, "-")

    links = ask(api, "GET", f"{COMMENTS}?page={page}").links

    assert {name: link["url"] for name, link in links.items()} == {
        name: f"{api.url}{COMMENTS}?page={at}" for name, at in linked.items()
    }


def test_pull_requests_are_found_by_number_commit_and_branch(api: GithubApi) -> None:
    api.add_pull(8, head_sha="c" * 40, head_ref="fix", head_repository="fork/orders-api", earlier_commits=[HEAD])
    api.add_pull(9, state="closed")
    found = repository(api)

    assert found.get_pull(8).head.repo.full_name == "fork/orders-api"
    assert [pull.number for pull in found.get_commit(HEAD).get_pulls()] == [7, 8]
    assert [pull.number for pull in found.get_pulls(head="fork:fix")] == [8]
    assert [pull.number for pull in found.get_pulls(state="all")] == [9, 8, 7]


def test_a_check_run_gathers_annotations(api: GithubApi) -> None:
    note = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "no"}
    run = repository(api).create_check_run("gate", HEAD, status="in_progress")
    for _ in range(2):
        run.edit(
            conclusion="failure", output={"title": "Gate", "summary": "-", "annotations": [note]}, status="completed"
        )

    (kept,) = api.check_runs
    assert (kept.status, kept.conclusion, kept.annotations) == ("completed", "failure", [note, note])
    assert run.output.annotations_count == 2
    assert [one.message for one in run.get_annotations()] == ["no", "no"]


def test_the_check_runs_of_a_commit_are_listed(api: GithubApi) -> None:
    found = repository(api)
    made = [found.create_check_run(name, HEAD, external_id=name).id for name in ("gate", "gate", "other")]
    commit = found.get_commit(HEAD)

    assert [run.id for run in commit.get_check_runs(filter="all")] == made[::-1]
    assert [run.id for run in commit.get_check_runs(check_name="gate", filter="all")] == [made[1], made[0]]
    assert sorted(run.id for run in commit.get_check_runs()) == made[1:]
    assert [run.external_id for run in commit.get_check_runs(check_name="other")] == ["other"]


@pytest.mark.parametrize("content", [b"", b"a: 1\n", bytes(range(256)) * 20])
def test_a_file_of_the_default_branch_is_read(api: GithubApi, content: bytes) -> None:
    api.put_file("services/an order.yml", content)
    found = repository(api).get_contents("services/an order.yml", ref="main")

    assert not isinstance(found, list)
    assert (found.path, found.name, found.size) == ("services/an order.yml", "an order.yml", len(content))
    assert found.decoded_content == content


def test_a_folder_lists_what_is_directly_in_it(api: GithubApi) -> None:
    for path in ("services/orders/a.yml", "services/orders/b.yml", "services/c.yml", "d.yml"):
        api.put_file(path, b"1")
    found = ask(api, "GET", of_repository("/contents/services")).json()

    assert [(one["path"], one["type"], one["size"]) for one in found] == [
        ("services/c.yml", "file", 1),
        ("services/orders", "dir", 0),
    ]


def test_what_is_no_plain_file_has_no_content(api: GithubApi) -> None:
    api.put_file("large", b"x" * (1024 * 1024 + 1))
    api.put_file("small", b"1")
    api.put_link("to-small", "small")
    api.put_link("to-nothing", "nothing")
    large, followed, link = (
        ask(api, "GET", of_repository(f"/contents/{path}")).json() for path in ("large", "to-small", "to-nothing")
    )

    assert (large["type"], large["encoding"], large["content"]) == ("file", "none", "")
    assert (followed["type"], followed["path"], followed["content"]) == ("file", "to-small", "MQ==\n")
    assert (link["type"], link["target"]) == ("symlink", "nothing")


def test_the_default_branch_is_a_reference(api: GithubApi) -> None:
    found = repository(api)

    assert found.get_git_ref(f"heads/{found.default_branch}").ref == "refs/heads/main"


def test_graphql_tells_who_the_viewer_is(api: GithubApi) -> None:
    _, data = client(api)._Github__requester.graphql_query("query { viewer { login } }", {})  # type: ignore[attr-defined]

    assert data == {"data": {"viewer": {"login": "github-actions[bot]"}}}
    assert api.asked[-1].path == "/graphql"


def test_an_enterprise_server_has_its_paths(tls: Tls) -> None:
    with github_api(prefix="/api/v3", tls=tls) as api:
        api.add_pull(7)
        github = client(api, verify=str(tls.authority))
        github.get_repo(REPOSITORY).get_pull(7).create_issue_comment("first")
        github._Github__requester.graphql_query("{viewer{login}}", {})  # type: ignore[attr-defined]
        github.close()

        assert [comment.body for comment in api.comments(7)] == ["first"]
        assert api.url.startswith("https://127.0.0.1:")
        assert api.graphql_url == api.url.removesuffix("/v3") + "/graphql"
        assert [asked.path for asked in api.asked][-1] == "/graphql"

        assert requests.get(f"{api.server_url}/user", timeout=5, verify=str(tls.authority)).status_code == 404
        assert api.take_violations() == ["GET /user is not described"]


def test_containers_reach_it_and_its_answers_stay_below_their_address() -> None:
    with github_api(host="0.0.0.0") as api:
        assert api.url == api.seen_from("127.0.0.1")

        answer = requests.get(
            f"{api.seen_from('localhost')}/repos/{REPOSITORY}", headers={"Authorization": f"token {TOKEN}"}, timeout=5
        )

    assert answer.json()["url"] == f"{api.seen_from('localhost')}/repos/{REPOSITORY}"


def test_answers_carry_the_headers_that_clients_read(api: GithubApi) -> None:
    answer = ask(api, "GET", of_repository(""))

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["X-GitHub-Api-Version-Selected"] == "2022-11-28"
    assert answer.headers["X-GitHub-Request-Id"] == "FA4E:000001"
    assert {name: answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Used", "Resource")} == {
        "Limit": "1000",
        "Remaining": "999",
        "Used": "1",
        "Resource": "core",
    }
    assert client(api).get_rate_limit().resources.core.remaining == 999


# Who may


@pytest.mark.parametrize(("token", "message"), [("", "Requires authentication"), ("guessed", "Bad credentials")])
def test_a_token_is_needed(api: GithubApi, token: str, message: str) -> None:
    for answer in (
        ask(api, "POST", COMMENTS, {"body": "x"}, token=token),
        ask(api, "POST", "/graphql", {"query": "{viewer{login}}"}, token=token),
    ):
        assert (answer.status_code, answer.json()["message"]) == (401, message)
    assert api.asked[0].token == (token or None)
    assert api.comments(7) == []


def test_a_missing_permission_is_named(api: GithubApi) -> None:
    api.add_token("reads", Identity(permissions={"pull_requests": "read", "statuses": "read"}))

    answer = ask(api, "POST", COMMENTS, {"body": "x"}, token="reads")

    assert answer.status_code == 403
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"
    assert answer.json() == {
        "message": "Resource not accessible by integration",
        "documentation_url": "https://docs.github.com/rest",
        "status": "403",
    }
    assert ask(api, "GET", COMMENTS, token="reads").json() == []
    assert ask(api, "POST", STATUSES, {"state": "success"}, token="reads").status_code == 403


@pytest.mark.parametrize("path", ["/contents/a.yml", "/git/ref/heads/main"])
def test_files_and_references_need_a_permission(api: GithubApi, path: str) -> None:
    api.put_file("a.yml", b"1")
    api.add_token("sees", Identity(permissions={"contents": "read"}))
    api.add_token("blind", Identity(permissions={"pull_requests": "write"}))

    refused = ask(api, "GET", of_repository(path), token="blind")
    assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "contents=read")
    assert ask(api, "GET", of_repository(path), token="sees").status_code == 200


def test_only_people_are_users(api: GithubApi) -> None:
    assert client(api, PERSON).get_user().login == "ada"
    with pytest.raises(GithubException, match="Resource not accessible by integration"):
        _ = client(api).get_user().login


# What GitHub refuses beside its description


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", of_repository("/statuses/abc"), {"state": "error"}, 422, "No commit found for SHA: abc"),
        ("POST", STATUSES, {"state": "error", "description": "x" * 141}, 422, "(maximum is 140 characters)"),
        ("POST", STATUSES, {"state": "error", "target_url": "ftp://x"}, 422, "must use http(s) scheme"),
        ("POST", COMMENTS, {"body": "x" * 65_537}, 422, "Body is too long (maximum is 65536 characters)"),
        ("POST", COMMENTS, {"body": " "}, 422, "body can't be blank"),
        ("POST", of_repository("/issues/8/comments"), {"body": "x"}, 404, "Not Found"),
        ("PATCH", of_repository("/issues/comments/1"), {"body": "x"}, 404, "Not Found"),
        ("GET", of_repository("/commits/abc/status"), None, 404, "Not Found"),
        ("GET", "/repos/acme/other", None, 404, "Not Found"),
        ("GET", of_repository("/contents/a/b.yml"), None, 404, "Not Found"),
        ("GET", of_repository("/contents/a/b.yml?ref=feature"), None, 404, "No commit found for the ref feature"),
        ("GET", of_repository("/git/ref/heads/feature"), None, 404, "Not Found"),
    ],
)
def test_refused(api: GithubApi, *, method: str, path: str, body: Any, status: int, said: str) -> None:
    answer = ask(api, method, path, body)

    assert answer.status_code == status
    assert said in answer.text


def test_the_longest_that_is_allowed(api: GithubApi) -> None:
    assert ask(api, "POST", STATUSES, {"state": "error", "description": "x" * 140}).status_code == 201
    assert ask(api, "POST", COMMENTS, {"body": "x" * 65_536}).status_code == 201


# What is against the description

NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
CHECK = {"name": "gate", "head_sha": HEAD}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "violation"),
    [
        ("POST", STATUSES, {"state": "green"}, 422, "body.state: 'green' is not one of ["),
        ("POST", STATUSES, {"state": "error", "contxt": "gate"}, 422, "body.contxt is not declared"),
        ("POST", COMMENTS, {"body": 1}, 422, "body.body: 1 is not of type 'string'"),
        ("POST", COMMENTS, {}, 422, "body: 'body' is a required property"),
        ("POST", COMMENTS, None, 422, "the request needs a body"),
        ("POST", COMMENTS, [], 422, "body: [] is not of type 'object'"),
        ("GET", COMMENTS, {"page": 2}, 422, "the request takes no body"),
        ("GET", f"{COMMENTS}?per-page=100", None, 422, "query parameter per-page is not declared"),
        ("GET", f"{COMMENTS}?page=two", None, 422, "query parameter page: 'two' is not of type 'integer'"),
        ("GET", f"{COMMENTS}?page=1&page=2", None, 422, "query parameter page is given 2 times"),
        ("GET", f"{COMMENTS}?since=yesterday", None, 422, "query parameter since: 'yesterday' is not a 'date-time'"),
        ("GET", of_repository("/pulls/x"), None, 422, "path parameter pull_number: 'x' is not of type 'integer'"),
        (
            "POST",
            of_repository("/check-runs"),
            {**CHECK, "output": {"title": "t", "summary": "s", "annotations": [NOTE] * 51}},
            422,
            "body.output.annotations: [",
        ),
        (
            "POST",
            of_repository("/check-runs"),
            {**CHECK, "output": {"title": "t", "summary": "s", "annotations": [{**NOTE, "line": 1}]}},
            422,
            "body.output.annotations[0].line is not declared",
        ),
        ("PUT", COMMENTS, {"body": "x"}, 404, f"PUT {COMMENTS} is not described"),
        ("GET", of_repository("/coments"), None, 404, f"GET {of_repository('/coments')} is not described"),
        ("GET", of_repository("/contents/"), None, 404, f"GET {of_repository('/contents/')} is not described"),
        ("GET", of_repository("/contents/a?branch=main"), None, 422, "query parameter branch is not declared"),
        ("GET", of_repository("/statuses/a/b"), None, 404, f"GET {of_repository('/statuses/a/b')} is not described"),
        ("GET", of_repository("/environments"), None, 501, "the fake does not know repos/get-all-environments"),
        ("POST", "/graphql", {"query": "{ viewer { name } }"}, 422, "POST /graphql: the fake does not know {'query'"),
    ],
)
def test_a_violation(api: GithubApi, *, method: str, path: str, body: Any, status: int, violation: str) -> None:
    answer = ask(api, method, path, body)

    assert answer.status_code == status
    assert answer.json()["documentation_url"]
    (found,) = api.take_violations()
    assert violation in found


def test_a_body_that_is_no_json(api: GithubApi) -> None:
    answer = requests.post(api.url + COMMENTS, data=b"body=x", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5)

    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")
    assert api.asked[0].body == b"body=x"
    assert api.take_violations() == [f"POST {COMMENTS}: the body is no JSON"]


def test_a_violation_that_nobody_expects_fails_the_block() -> None:
    with pytest.raises(AssertionError, match=r"GET /nowhere is not described"), github_api() as api:
        ask(api, "GET", "/nowhere")


def test_a_violation_is_found_behind_a_fault_and_a_wrong_token(api: GithubApi) -> None:
    api.fault("POST", "/comments$", faults.dropped(after_work=False))
    with pytest.raises(requests.ConnectionError):
        ask(api, "POST", COMMENTS, {"text": "x"})
    assert ask(api, "POST", COMMENTS, {"text": "x"}, token="guessed").status_code == 401

    assert len(api.take_violations()) == 4


def test_an_answer_of_the_fake_is_checked_too(api: GithubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = operations.Implementation(lambda _: Reply(status=201, body={"id": "one", "user": None, "colour": "red"}))
    monkeypatch.setitem(operations.OPERATIONS, "issues/create-comment", odd)
    broken = operations.Implementation(lambda call: call.body["nothing"])
    monkeypatch.setitem(operations.OPERATIONS, "issues/update-comment", broken)
    ask(api, "POST", COMMENTS, {"body": "x"})
    ask(api, "PATCH", of_repository("/issues/comments/1"), {"body": "x"})

    found = api.take_violations()
    assert "answer: issues/create-comment 201: body.id: 'one' is not of type 'integer'" in found
    assert "answer: issues/create-comment 201: body.colour is not declared" in found
    assert f"answer: PATCH {of_repository('/issues/comments/1')}: KeyError('nothing')" in found


# Faults


@pytest.mark.parametrize("after_work", [False, True])
def test_a_dropped_connection_before_or_after_the_work(api: GithubApi, *, after_work: bool) -> None:
    fault = api.fault("POST", "/comments$", faults.dropped(after_work=after_work))
    with pytest.raises(requests.ConnectionError):
        ask(api, "POST", COMMENTS, {"body": "lost?"})
    assert len(api.comments(7)) == int(after_work)

    assert ask(api, "POST", COMMENTS, {"body": "again"}).status_code == 201
    assert fault.met == 1


def test_an_error_instead_of_the_work_or_after_it(api: GithubApi) -> None:
    api.fault("POST", "/comments$", faults.answer(502, b"<html>Unicorn!</html>", headers={"Content-Type": "text/html"}))
    api.fault("POST", "/comments$", faults.answer(500, after_work=True))
    api.fault("GET", "/comments$", faults.answer(404), times=None)

    assert [ask(api, "POST", COMMENTS, {"body": body}).status_code for body in "abc"] == [502, 500, 201]
    assert [comment.body for comment in api.comments(7)] == ["b", "c"]
    assert [ask(api, "GET", COMMENTS).json()["message"] for _ in range(3)] == ["Not Found"] * 3


def test_rate_limits_have_githubs_words_and_headers(api: GithubApi) -> None:
    api.fault("GET", ".", faults.primary_rate_limit(reset_in=90))
    api.fault("GET", ".", faults.secondary_rate_limit(retry_after=30))
    api.fault("GET", ".", faults.secondary_rate_limit(retry_after=None, status=429))

    primary, secondary, bare = (ask(api, "GET", COMMENTS) for _ in range(3))

    assert primary.json()["message"].startswith("API rate limit exceeded")
    assert (primary.status_code, primary.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(primary.headers["X-RateLimit-Reset"]) < api.state.rate_limit.reset
    assert secondary.json()["message"].startswith("You have exceeded a secondary rate limit")
    assert (secondary.status_code, secondary.headers["Retry-After"]) == (403, "30")
    assert bare.status_code == 429
    assert "Retry-After" not in bare.headers


def test_json_that_breaks_off(api: GithubApi) -> None:
    api.fault("POST", "/comments$", faults.no_json())
    answer = ask(api, "POST", COMMENTS, {"body": "x"})

    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(api.comments(7)) == 1


def test_no_answer_ends_with_the_server(api: GithubApi) -> None:
    api.fault("GET", ".", faults.silent())

    with pytest.raises(requests.ReadTimeout):
        ask(api, "GET", COMMENTS, timeout=0.1)


def test_a_dripping_answer_outlasts_the_wait_for_each_byte(api: GithubApi) -> None:
    api.fault("GET", ".", faults.dripping(pause=0.01))
    with requests.get(
        api.url + of_repository(""), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5, stream=True
    ) as answer:
        assert answer.raw.read(2) == b'{"'
        assert int(answer.headers["Content-Length"]) > 4000
