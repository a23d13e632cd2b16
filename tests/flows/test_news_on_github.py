"""Whole runs on a runner, as GitHub fails them or as their user wants their news."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.builders import http, pact
from tests.flows.runner_jobs import Job
from tests.github_api import faults
from tests.github_api.faults import Fault
from tests.servers import Reply, Server, serving

EVERYTHING = ("GET", "POST", "PATCH", "DELETE")


@pytest.fixture
def pact_job(job: Job) -> Job:
    """Prepare a job on a pull request, in a workspace with one contract."""
    job.workspace.write("pacts/web.json", pact(http()))
    return job


@pytest.fixture
def broken() -> Iterator[Server]:
    """Serve an orders-api that breaks its contract."""
    with serving(lambda _: Reply(body={"ident": 42})) as server:
        yield server


def _instead(body: Any, status: int = 200, **headers: str) -> Callable[[Job], Fault]:
    return lambda _: Fault(spoil=lambda *_: Reply(status=status, body=body, headers=headers), after_work=False)


WRONG: dict[str, Callable[[Job], Fault]] = {
    "HTML": _instead(b"<html>Sign in</html>"),
    "{}": _instead({}),
    "null": _instead(b"null"),
    "moved to another host": _instead(b"", 307, Location="http://localhost:1/"),
    "limit of a day": lambda _: faults.answer(429, headers={"Retry-After": "86400"}),
    "primary limit": lambda _: faults.primary_rate_limit(),
    "no such commit": lambda _: faults.answer(422),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("green", [True, False], ids=["green", "red"])
def test_a_github_that_answers_nonsense_changes_no_verdict(
    pact_job: Job, broken: Server, orders: Server, wrong: str, *, green: bool
) -> None:
    for method in EVERYTHING:
        pact_job.api.fault(method, "", WRONG[wrong](pact_job), times=None)
    ended = pact_job.run(orders.url if green else broken.url)
    pact_job.api.take_violations()

    assert (ended.code, ended.err) == (0 if green else 1, "")
    assert pact_job.outputs["deployable"] == ("true" if green else "false")
    said = [line for line in ended.out.splitlines() if line.startswith("::warning")]
    for line, news in zip(said, ("the commit status", "the pull request comment"), strict=True):
        assert line.startswith(f"::warning title=Contract Gate::{news} could not be delivered: {pact_job.api.url}: ")
    assert (pact_job.api.statuses(), pact_job.api.comments(7)) == ([], [])
    (note,) = (one for one in pact_job.workspace.report()["notes"] if "could not be read" in one)
    assert note.startswith("No exception counts, as .contract-gate.yml of the default branch could not be read")


@pytest.mark.parametrize("green", [True, False], ids=["green", "red"])
def test_a_github_that_stumbles_once_over_everything_is_told_all_the_same(
    pact_job: Job, broken: Server, orders: Server, *, green: bool
) -> None:
    pact_job.run(broken.url)
    paths = ("/contents/", "/statuses/", "/statuses$", "/pulls/", "/comments$", "/graphql", "/comments/")
    for method in EVERYTHING:
        for path in paths:
            pact_job.api.fault(method, path, faults.answer(502))
    pact_job.environment["GITHUB_RUN_ID"] = "13"
    ended = pact_job.run((orders if green else broken).url)

    assert ended.code == (0 if green else 1)
    assert "::warning" not in ended.out
    assert pact_job.states()[-1][1] == ("success" if green else "failure")
    (comment,) = pact_job.api.comments(7)
    assert ("can be deployed" if green else "blocked") in comment.body.splitlines()[1]


def test_a_comment_begins_with_the_first_red_one_where_it_is_to_tell_of_failures(
    pact_job: Job, broken: Server, orders: Server
) -> None:
    headlines = []
    for run, provider in enumerate((orders, broken, orders)):
        pact_job.environment["GITHUB_RUN_ID"] = str(run)
        pact_job.run(provider.url, comment="on-failure")
        headlines.append([one.body.splitlines()[1] for one in pact_job.api.comments(7)])

    assert headlines == [
        [],
        ["## 🚫 orders\\-api → production\\: blocked"],
        ["## ✅ orders\\-api → production\\: can be deployed"],
    ]


def test_who_wants_no_comment_has_none(pact_job: Job, broken: Server) -> None:
    ended = pact_job.run(broken.url, comment="never")

    assert (ended.code, pact_job.api.comments(7)) == (1, [])
    assert "::warning" not in ended.out
    assert not any("/comments" in asked.path or "/pulls/" in asked.path for asked in pact_job.api.asked)


def test_gates_with_keys_of_their_own_have_comments_of_their_own(pact_job: Job, broken: Server, orders: Server) -> None:
    for provider in (broken, orders):
        for key in ("one", "other"):
            pact_job.run(provider.url, **{"comment-key": key})

    first, second = pact_job.api.comments(7)
    assert ('"key": "one"' in first.body, '"key": "other"' in second.body) == (True, True)
    assert all("can be deployed" in one.body for one in (first, second))
