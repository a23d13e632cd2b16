"""What can go wrong with GitHub, at each of its calls: the verdict stands, and news that does not arrive is a warning.

Whole runs of the pipeline with the real reporters; provider and engine are fakes. What the gate asks of GitHub before a
run (exceptions of the default branch) is in tests/unit/clients, and a sample of it all on a runner in tests/flows.
"""

import gzip
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from gate.clients.github_api import GitHub, Patience
from gate.domain.report import Run
from gate.domain.results import Outcome
from gate.pipeline import run_each
from gate.ports import Reporter
from gate.rendering.marker import MARKER
from gate.reporters.check_run import CheckRun
from gate.reporters.commit_status import CommitStatus
from gate.reporters.pr_comment import CommentStyle, PullRequestComment
from tests.builders import candidate, contract
from tests.fakes import FakeReporter, MemoryStore
from tests.github_api import HEAD, REPOSITORY, TOKEN, ApiRequest, GithubApi, faults, github_api
from tests.github_api.faults import Fault
from tests.github_api.server import Injected
from tests.servers import Reply
from tests.unit.pipeline.world import World

PATIENCE: Final = Patience(answer=10.0, retries=1, first_pause=0.01, rate_limit=0.1, call=30.0)
IMPATIENCE: Final = replace(PATIENCE, answer=0.4, retries=0, call=5.0)
"""Where an answer never comes. Whatever else is asked has to be answered as quickly."""
SLOW: Final = {"silent", "dripping"}
CALLS_AT_MOST: Final = 14
"""Of one run, pages of comments and retries apart."""
RUN: Final = Run(
    repository=REPOSITORY,
    event="pull_request",
    commit=HEAD,
    pull_request=7,
    id="12",
    attempt=1,
    url=f"https://github.com/{REPOSITORY}/actions/runs/12/attempts/1",
)
REMEDY: Final = re.compile(
    r"See githubstatus\.com|[Rr]un it again|[Cc]heck github-token|is this a commit of this repository"
)
STATUS, COMMENT, CHECK = CommitStatus.news, PullRequestComment.news, CheckRun.news


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One of the requests that a run makes."""

    method: str
    path: str
    state: str = ""
    """Of a status, where there are several."""
    comments: int = 0
    """Of earlier runs, that must be there for it to be made."""
    wrote: bool = False
    """Whether it is made after the comment was written."""
    by_rest: bool = False
    """Whether GraphQL must be switched off for it."""
    green: bool = False
    """Whether only a green run makes it."""
    needed: tuple[str, ...] = ()
    """The news that do not arrive without it."""


CALLS: Final = {
    "pending status": Call(method="POST", path="/statuses/", state="pending"),
    "final status": Call(method="POST", path="/statuses/", state="final", needed=(STATUS,)),
    "statuses of others": Call(method="GET", path="/commits/.*/statuses$", green=True),
    "check run": Call(method="POST", path="/check-runs$", needed=(CHECK,)),
    "check runs of others": Call(method="GET", path="/check-runs$", green=True),
    "head of the pull request": Call(method="GET", path="/pulls/7$", needed=(COMMENT,)),
    "comments": Call(method="GET", path="/comments$", needed=(COMMENT,)),
    "owner of the token": Call(method="POST", path="/graphql", comments=1),
    "owner by REST": Call(method="GET", path="/user$", comments=1, by_rest=True),
    "new comment": Call(method="POST", path="/comments$", needed=(COMMENT,)),
    "edit": Call(method="PATCH", path="/comments/", comments=1, needed=(COMMENT,)),
    "comments again": Call(method="GET", path="/comments$", wrote=True),
    "deletion": Call(method="DELETE", path="/comments/", comments=2),
}


def _instead(body: Any, status: int = 200) -> Fault:
    return Fault(spoil=lambda _honest, _closing: Reply(status=status, body=body), after_work=False)


def _endless(_honest: Reply, closing: Any) -> Reply:
    """Send without end, and without pauses."""

    def pieces() -> Iterator[bytes]:
        while not closing.is_set():
            yield b'{"id": 42, "more": ' + b" " * 1_000_000

    return Reply(body=pieces())


HARMLESS: Final = {("comments", "[]")}
"""What is an answer."""
DOUBTFUL: Final = {"owner of the token": (COMMENT,), "owner by REST": (COMMENT,), "deletion": (COMMENT,)}
"""Calls after which there may be a comment, or one too many; some refusals of them mean nothing bad."""
BOMB: Final = gzip.compress(gzip.compress(b" " * 300_000_000, 1), 1)
FAULTS: Final = {
    "403": faults.answer(403),
    "404": faults.answer(404),
    "422": faults.answer(422),
    "429": faults.answer(429),
    "429 for ever": faults.answer(429, headers={"Retry-After": "99999"}),
    "500": faults.answer(500),
    "dropped before": faults.dropped(after_work=False),
    "dropped after": faults.dropped(after_work=True),
    "silent": faults.silent(),
    "dripping": faults.dripping(),
    "broken off": faults.no_json(),
    "HTML": _instead(b"<html>Sign in</html>"),
    "HTML 403": _instead(b"<html>Blocked by a proxy</html>", 403),
    "[]": _instead([]),
    "{}": _instead({}),
    "empty": _instead(b""),
    "deep": _instead(b"[" * 100_000),
    "other types": _instead({"id": "1", "state": 1, "user": [], "body": 5, "head": "x", "login": None, "data": 3}),
    "a list of other things": _instead([{"id": None, "user": {"login": 5}, "body": []}, 7, None]),
    "errors": _instead({"errors": [{"message": "no"}], "data": None}),
    "primary limit": faults.primary_rate_limit(reset_in=3600),
    "secondary limit": faults.secondary_rate_limit(),
    "secondary limit of no known length": faults.secondary_rate_limit(retry_after=None),
    "redirect to another host": Fault(
        spoil=lambda *_: Reply(status=307, headers={"Location": "https://example.com/x"}), after_work=False
    ),
    "redirect to itself": Fault(spoil=lambda *_: Reply(status=301, headers={"Location": "?"}), after_work=False),
    "endless": Fault(spoil=_endless, after_work=False),
    "gzip bomb": Fault(
        spoil=lambda *_: Reply(body=gzip.decompress(BOMB), headers={"Content-Encoding": "gzip"}), after_work=False
    ),
}
ONCE: Final = {
    "502 once": faults.answer(502),
    "limit as 429, once": faults.answer(429, headers={"Retry-After": "0"}),
    "secondary limit, once": faults.secondary_rate_limit(retry_after=0),
    "dropped once": faults.dropped(after_work=False),
}


class _Met(Injected):
    """A fault that one kind of request meets."""

    call: Call
    api: GithubApi

    def meets(self, request: ApiRequest) -> bool:
        if not Injected.meets(self, request):
            return False
        if self.call.state:
            return bool((request.body["state"] == "pending") == (self.call.state == "pending"))
        wrote = any(one.method in {"POST", "PATCH"} and "/comments" in one.path for one in self.api.asked)
        return wrote or not self.call.wrote


def _inject(api: GithubApi, call: Call, fault: Fault, times: int | None) -> Injected:
    met = _Met(call.method, re.compile(call.path), fault, times)
    met.call, met.api = call, api
    api.faults.insert(0, met)
    return met


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a run."""

    code: int
    decision: str
    warnings: list[str]
    seconds: float


def _run(api: GithubApi, *, green: bool, patience: Patience = PATIENCE) -> Ended:
    github = GitHub(api_url=api.url, token=TOKEN, repository=REPOSITORY, patience=patience)
    last, warnings = FakeReporter(), list[str]()
    reporters: list[Reporter] = [
        CommitStatus(github, commit=HEAD, url=RUN.url),
        CheckRun(github, commit=HEAD, run=RUN),
        PullRequestComment(github, 7, CommentStyle()),
    ]
    world = World(
        store=MemoryStore(held=[contract()]),
        has_store=False,
        candidate=replace(candidate(), version=HEAD),
        outcomes={contract().content_id: Outcome.PASSED if green else Outcome.FAILED},
        run=RUN,
    )
    began = time.monotonic()
    code = run_each([replace(world.gate(last, warnings.append), reporters=[*reporters, last])])
    assert last.report is not None
    return Ended(
        code=code,
        decision=last.report.verdict.decision.value,
        warnings=warnings,
        seconds=time.monotonic() - began,
    )


def _arrived(api: GithubApi, *, green: bool) -> set[str]:
    """Say which news are there, and see that none is there twice."""
    states = [state for state, _ in itertools.groupby(one.state for one in api.statuses())]
    final = "success" if green else "failure"
    assert states in (["pending", final], [final], ["pending"], [])
    assert len(api.check_runs) <= 1
    told = "can be deployed" if green else "blocked"
    arrived = {
        STATUS: states[-1:] == [final],
        CHECK: any(one.conclusion == final for one in api.check_runs),
        COMMENT: any(told in one.body.splitlines()[1] for one in _own(api)),
    }
    return {news for news, is_there in arrived.items() if is_there}


def _own(api: GithubApi) -> list[Any]:
    return [one for one in api.comments(7) if one.body.startswith(MARKER)]


@pytest.fixture(scope="module")
def earlier() -> str:
    """Return a comment as an earlier run left it."""
    with github_api() as api:
        api.add_pull(7)
        _run(api, green=True)
        body = api.comments(7)[0].body
    return body.replace('"run": "12"', '"run": "3"').replace("can be deployed", "unknown")


def _prepare(api: GithubApi, call: Call, earlier: str) -> None:
    api.add_pull(7)
    for _ in range(call.comments):
        api.add_comment(7, earlier)
    if call.by_rest:
        api.fault("POST", "/graphql", faults.answer(404), times=None)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CALLS)
def test_a_fault_changes_no_verdict_and_news_that_does_not_arrive_is_one_warning(
    name: str, fault: str, earlier: str
) -> None:
    call = CALLS[name]
    # Each call meets green and red, and each fault too.
    green = call.green or (list(CALLS).index(name) + list(FAULTS).index(fault)) % 2 == 0
    patience = IMPATIENCE if fault in SLOW else PATIENCE
    with github_api() as api:
        _prepare(api, call, earlier)
        met = _inject(api, call, FAULTS[fault], None)
        ended = _run(api, green=green, patience=patience)
        arrived = _arrived(api, green=green)
        api.take_violations()
        own = _own(api)

    assert met.met, "the run made the call"
    assert (ended.code, ended.decision) == ((0, "allow") if green else (1, "block"))
    assert ended.seconds < CALLS_AT_MOST * patience.call
    assert [one for one in ended.warnings if not REMEDY.search(one)] == []
    warned = [one.partition(" could not be delivered: ")[0] for one in ended.warnings]
    assert len(set(warned)) == len(warned), "one warning for each of the news"
    assert {STATUS, CHECK, COMMENT} - set(warned) <= arrived, "nothing is missing without a word"
    if (name, fault) in HARMLESS:
        assert warned == []
    elif name in DOUBTFUL or FAULTS[fault].after_work:
        assert set(warned) <= {*call.needed, *DOUBTFUL.get(name, ())}
    else:
        assert tuple(warned) == call.needed
        assert arrived.isdisjoint(warned)
    assert len(own) <= max(call.comments, 1)


ONLY_ONCE: Final = {"new comment", "check run"}
"""What may have been done is not done again, but looked for: see the tests of the comment and the check run."""


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, fault) for name in CALLS for fault in ONCE if name not in ONLY_ONCE or "limit" in fault],
)
def test_a_fault_that_passes_is_not_heard_of(name: str, fault: str, earlier: str) -> None:
    call = CALLS[name]
    with github_api() as api:
        _prepare(api, call, earlier)
        met = _inject(api, call, ONCE[fault], 1)
        ended = _run(api, green=True)

        assert (ended.code, ended.warnings, met.met) == (0, [], 1)
        assert _arrived(api, green=True) == {STATUS, CHECK, COMMENT}
        assert len(_own(api)) == 1


def test_a_primary_limit_that_is_over_in_a_second_is_waited_for() -> None:
    with github_api() as api:
        api.add_pull(7)
        call = CALLS["final status"]
        _inject(api, call, faults.primary_rate_limit(reset_in=1), 1)
        ended = _run(api, green=True, patience=replace(PATIENCE, rate_limit=3.0))

        assert (ended.code, ended.warnings) == (0, [])
        assert _arrived(api, green=True) == {STATUS, CHECK, COMMENT}


@pytest.mark.parametrize("fault", ["silent", "dropped before", "500", "primary limit", "HTML", "redirect to itself"])
@pytest.mark.parametrize("green", [True, False])
def test_a_github_that_does_nothing_at_all_changes_no_verdict(fault: str, *, green: bool) -> None:
    with github_api() as api:
        api.add_pull(7)
        for method in ("GET", "POST", "PATCH", "DELETE"):
            api.fault(method, "", FAULTS[fault], times=None)
        ended = _run(api, green=green, patience=replace(IMPATIENCE, call=1.0))
        api.take_violations()

        assert ended.code == (0 if green else 1)
        assert [one.partition(" could")[0] for one in ended.warnings] == [STATUS, CHECK, COMMENT]
        assert _arrived(api, green=green) == set()
