"""The way to GitHub's API: how often it is asked, how long and how much, and what an answer has to be."""

import gzip
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from gate.clients.github_api import CheckOutput, CheckRun, GitHub, GitHubError, Patience
from gate.clients.github_calls import GitHubCalls
from gate.clients.github_connection import LIMIT
from tests.github_api import HEAD, REPOSITORY, TOKEN, faults, github_api
from tests.servers import Asked, Reply, Server, serving

QUICK: Final = Patience(answer=5, retries=2, first_pause=0.01, rate_limit=0.5, call=20.0)
RENAMED: Final = "/repositories/17"


def _github(url: str, patience: Patience = QUICK) -> GitHub:
    return GitHub(api_url=url, token=TOKEN, repository=REPOSITORY, patience=patience)


def _set_status(github: GitHub) -> None:
    github.set_status(HEAD, state="success", context="c", description="d", url="")


def _create(github: GitHub) -> None:
    github.create_comment(7, "first")


def _reason(work: Callable[[], Any]) -> str:
    with pytest.raises(GitHubError) as refused:
        work()
    return str(refused.value)


MADE: Final = {"id": 3, "user": None, "body": "first", "updated_at": "2026-01-01T00:00:00Z"}
SET: Final = {"state": "success", "context": "c", "target_url": None}


# A repository that has a new name


def _renamed(status: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith(RENAMED):
            return Reply(body=SET)
        return Reply(status=status, headers={"Location": asked.path.replace(f"/repos/{REPOSITORY}", RENAMED)})

    return answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_repository_that_has_a_new_name_is_followed_with_the_same_request(status: int) -> None:
    with serving(_renamed(status)) as server:
        _set_status(_github(server.url))

        old, new = server.asked
        assert (new.method, new.path) == ("POST", f"{RENAMED}/statuses/{HEAD}")
        assert (new.body, new.headers["Authorization"]) == (old.body, f"token {TOKEN}")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://localhost:{port}/x", "it leads to another host"),
        ("https://127.0.0.1:{port}/x", "it leads to another host"),
        ("//127.0.0.1:1/x", "it leads to another host"),
        ("http://user@127.0.0.1:{port}/x", "it leads to another host"),
        ("http://[", "no usable answer"),
        ("?", "it is redirected again and again"),
        ("", "it is redirected to nowhere"),
    ],
)
def test_a_redirect_that_leads_elsewhere_or_on_and_on_is_no_answer(location: str, reason: str) -> None:
    servers: list[Server] = []

    def answer(_: Asked) -> Reply:
        return Reply(status=307, headers={"Location": location.format(port=servers[0].port)})

    with serving(answer) as server:
        servers.append(server)

        assert reason in _reason(lambda: _set_status(_github(server.url)))
        assert len(server.asked) == (4 if location == "?" else 1)


# How often


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (faults.answer(500), 3),
        (faults.dropped(after_work=False), 3),
        (faults.answer(429, headers={"Retry-After": "0"}), 3),
        (faults.secondary_rate_limit(retry_after=0), 3),
        (faults.secondary_rate_limit(retry_after=1), 1),
        (faults.answer(503, headers={"Retry-After": "1"}), 1),
        (faults.answer(503, headers={"Retry-After": "9" * 400}), 1),
        (faults.answer(429, headers={"Retry-After": "99999"}), 1),
        (faults.primary_rate_limit(reset_in=3600), 1),
        (faults.primary_rate_limit(reset_in=3600, status=429), 1),
        (faults.secondary_rate_limit(retry_after=None), 1),
        (faults.answer(429), 1),
        (faults.answer(403), 1),
        (faults.answer(404), 1),
        (faults.answer(422), 1),
        (faults.no_json(), 1),
    ],
)
def test_only_what_may_pass_in_time_is_asked_again(fault: faults.Fault, asked: int) -> None:
    with github_api() as api:
        met = api.fault("POST", "/statuses/", fault, times=None)
        _reason(lambda: _set_status(_github(api.url)))

        assert met.met == asked


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (faults.answer(502), 1),
        (faults.dropped(after_work=False), 1),
        (faults.answer(429, headers={"Retry-After": "0"}), 3),
        (faults.secondary_rate_limit(retry_after=0), 3),
    ],
)
def test_a_comment_is_tried_again_only_where_github_says_that_there_is_none(fault: faults.Fault, asked: int) -> None:
    with github_api() as api:
        api.add_pull(7)
        met = api.fault("POST", "/comments$", fault, times=None)
        _reason(lambda: _create(_github(api.url)))

        assert met.met == asked


def test_all_limits_of_one_request_together_are_waited_for_no_longer_than_one() -> None:
    with github_api() as api:
        met = api.fault("POST", "/statuses/", faults.primary_rate_limit(reset_in=0), times=None)
        patience = Patience(retries=9, first_pause=0.01, rate_limit=1.5)
        reason = _reason(lambda: _set_status(_github(api.url, patience)))

        assert "API rate limit exceeded" in reason
        assert met.met == 2


def test_while_github_is_down_each_is_tried_twice_and_then_as_often_as_ever() -> None:
    patience = Patience(answer=5, retries=4, first_pause=0.01)
    with github_api() as api:
        down = api.fault("POST", "/statuses/", faults.answer(500), times=5 + 2 + 1)
        github = _github(api.url, patience)
        for met in (5, 7):
            _reason(lambda: _set_status(github))
            assert down.met == met
        _set_status(github)
        assert down.met == 8
        down = api.fault("POST", "/statuses/", faults.answer(500), times=4)
        _set_status(github)

        assert (down.met, len(api.statuses())) == (4, 2)


def test_once_given_up_nothing_is_tried_again() -> None:
    """What was begun before goes on in its thread, for which nobody waits any more."""
    let_go = threading.Event()

    def answer(_: Asked) -> None:
        let_go.wait(10)

    with serving(answer) as server:
        patience = Patience(answer=10, retries=9, first_pause=0.001, call=0.2)
        calls = GitHubCalls(api_url=server.url, token=TOKEN, patience=patience)
        begun = [calls.submit(lambda path=path: calls.get(path)) for path in ("/first", "/second")]  # type: ignore[misc]
        assert "no answer within 0.2 s" in _reason(lambda: calls.wait_for(lambda: None))
        let_go.set()

        assert all(one.exception(10) for one in begun)
        assert server.paths() == ["/first", "/second"]
        assert "was not asked again" in _reason(lambda: calls.wait_for(lambda: None))


# How much


def _spaces(closing: threading.Event) -> Iterator[bytes]:
    while not closing.is_set():
        yield b" " * 1_000_000


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    closing = threading.Event()
    with serving(lambda _: Reply(body=_spaces(closing))) as server:
        reason = _reason(lambda: _set_status(_github(server.url)))
        closing.set()

        assert f"the answer is larger than {LIMIT} bytes" in reason
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_bomb_is_not_unpacked(status: int) -> None:
    bomb = gzip.compress(b" " * (LIMIT + 1), 1)
    with serving(lambda _: Reply(status=status, body=bomb, headers={"Content-Encoding": "gzip"})) as server:
        assert "the answer is larger" in _reason(lambda: _set_status(_github(server.url)))
        assert len(server.asked) == 1


def test_a_list_of_comments_without_end_is_none() -> None:
    with serving(lambda _: Reply(body=[MADE] * 100)) as server:
        assert "its list of comments has no end" in _reason(lambda: _github(server.url).comments(7))
        assert len(server.asked) == 50


# What it has to be


OUTPUT: Final = CheckOutput(title="t", summary="s")
NEW: Final = CheckRun(name="n", external_id="e", conclusion="success")
CALLS: Final[dict[str, Callable[[GitHub], Any]]] = {
    "set_status": _set_status,
    "statuses": lambda github: github.statuses(HEAD),
    "comments": lambda github: github.comments(7),
    "create_comment": _create,
    "edit_comment": lambda github: github.edit_comment(3, "second"),
    "create_check_run": lambda github: github.create_check_run(HEAD, NEW, OUTPUT),
    "edit_check_run": lambda github: github.edit_check_run(3, OUTPUT, conclusion="failure"),
    "check_runs": lambda github: github.check_runs(HEAD, "n"),
    "head_of": lambda github: github.head_of(7),
    "open_pull_requests": lambda github: github.open_pull_requests(owner="acme", branch="main"),
    "file_on_default_branch": lambda github: github.file_on_default_branch("a"),
}
SHAPES: Final[dict[str, Any]] = {
    "nothing": b"",
    "null": b"null",
    "HTML": b"<html>Sign in</html>",
    "broken off": b'[{"id": 3, "user"',
    "no text": b'{"id": "\xff"}',
    "deep": b"[" * 100_000,
    "{}": {},
    "text": "fine",
    "number": 7,
    "list of lists": [[]],
    "list of null": [None],
    "id as text": [MADE | {"id": "3"}],
    "id as a flag": MADE | {"id": True},
    "body as a number": MADE | {"body": 5},
    "author as text": [MADE | {"user": "mona"}],
    "no time": {name: value for name, value in MADE.items() if name != "updated_at"},
    "state as a number": SET | {"state": 1},
    "states without a context": [{"state": "success", "target_url": None}],
    "head as text": {"number": 7, "head": "sha"},
    "commit as null": {"number": 7, "head": {"sha": None, "repo": None}},
    "runs as an object": {"check_runs": {}},
    "run of nothing": {"check_runs": [{}]},
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_github_does_not_describe_is_no_answer(call: str, shape: str) -> None:
    with serving(lambda _: Reply(body=SHAPES[shape])) as server:
        reason = _reason(lambda: CALLS[call](_github(server.url)))

        assert reason.startswith((f"{server.url}: no usable answer: it is ", "a: "))
        assert len(reason) < 300
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer", [{"data": {"viewer": None}}, {"data": {"viewer": {"login": None}}}, {"data": []}, []]
)
def test_an_owner_of_the_token_that_is_nobody_is_no_answer(answer: Any) -> None:
    with github_api() as api:
        api.add_pull(7)
        api.add_comment(7, "mine")
        github = _github(api.url)
        (comment,) = github.comments(7)
        api.fault("POST", "/graphql", faults.answer(200, answer), times=None)

        assert "it is not what GitHub describes" in _reason(lambda: github.is_mine(comment))


@pytest.mark.parametrize("fault", [faults.answer(500), faults.answer(429), faults.primary_rate_limit()])
@pytest.mark.parametrize("path", ["/graphql", "/user"])
def test_an_owner_whom_github_does_not_tell_is_not_guessed(fault: faults.Fault, path: str) -> None:
    """Whoever takes somebody's token for the runner's own would comment again with every run."""
    with github_api() as api:
        api.add_pull(7)
        api.add_comment(7, "mine", author="mona")
        github = _github(api.url)
        (comment,) = github.comments(7)
        api.fault("POST" if path == "/graphql" else "GET", path, fault, times=None)
        api.fault("POST", "/graphql", faults.answer(200, {"errors": [{"message": "no"}], "data": None}), times=None)

        assert "GitHub answered" in _reason(lambda: github.is_mine(comment))


def test_github_s_own_words_are_passed_on_in_reasonable_length() -> None:
    words = {"message": "x" * 100_000, "errors": "none"}
    with serving(lambda _: Reply(status=422, body=words)) as server:
        reason = _reason(lambda: _set_status(_github(server.url)))

    assert "GitHub answered 422 xxx" in reason
    assert len(reason) < 1200


def test_a_body_that_is_not_github_s_own_refuses_nothing() -> None:
    """A proxy's 404 does not say that there is no comment, and its 403 not that the token may not write."""
    with serving(lambda _: Reply(status=404, body=b"<html>")) as server:
        assert "GitHub answered 404" in _reason(lambda: _github(server.url).delete_comment(3))
    with serving(lambda _: Reply(status=403, body=b"<html>")) as server, pytest.raises(GitHubError) as refused:
        _set_status(_github(server.url))

    assert not refused.value.forbidden
