"""News of a run that may only read: one calm word, and everything else as ever."""

from dataclasses import dataclass, field

import pytest

from gate.clients.github_answers import GitHubError
from gate.domain.report import Candidate, Report
from gate.domain.results import Outcome
from gate.reporters.quiet import Quiet
from gate.reporters.read_only import NOTICE, tolerant
from tests.builders import candidate, contract, extent, integration, report, result


@dataclass
class Telling(Quiet):
    """Tells, or fails."""

    fault: Exception | None = None
    asked: list[str] = field(default_factory=list)
    news: str = "the news"

    def started(self, candidate: Candidate) -> None:
        self.asked.append(f"started {candidate.service}")

    def finished(self, report: Report) -> None:
        self.asked.append(f"finished {report.candidate.service}")
        if self.fault is not None:
            raise self.fault


def _forbidden() -> GitHubError:
    error = GitHubError("GitHub answered 403 Resource not accessible by integration.")
    error.forbidden = True
    return error


def test_whoever_may_not_is_the_last_to_be_tried() -> None:
    said: list[str] = []
    every = [Telling(), Telling(_forbidden()), Telling(_forbidden()), Telling()]
    told = tolerant(every, said.append)
    for one in told:
        one.started(candidate())
    for _ in range(2):
        for one in told:
            one.finished(report(integration(Outcome.PASSED)))

    assert said == [NOTICE]
    done = ["started orders-api", "finished orders-api"]
    assert [one.asked for one in every] == [done, done, done[:1], done[:1]]
    assert [one.news for one in told] == ["the news"] * 4


@pytest.mark.parametrize("fault", [GitHubError("it is down."), OSError("the disk is full")])
def test_any_other_fault_is_told_and_stops_nobody(fault: Exception) -> None:
    said: list[str] = []
    last = Telling()
    first, second = tolerant([Telling(fault), last], said.append)
    with pytest.raises(type(fault)):
        first.finished(report())
    second.finished(report())

    assert (said, last.asked) == ([], ["finished orders-api"])


def test_they_hear_of_the_whole_run() -> None:
    (one,) = tolerant([Telling()], lambda _: None)

    one.verifying(extent())
    one.verified(contract(), result())
    one.trying_again(1)
    one.through(contract(), [result()])
    one.waiting("for others")
    assert one.news == "the news"
