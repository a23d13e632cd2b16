"""Two gates that write one comment at the same moment: whoever comes first or last, one stays, of the later run."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, cast

import pytest

from gate.clients.github_api import Comment, GitHub, GitHubError, Patience
from gate.domain.report import Report, Run
from gate.domain.results import Outcome
from gate.rendering.markdown import render_comment
from gate.rendering.marker import says_the_same
from gate.reporters.pr_comment import CommentStyle, PullRequestComment
from tests.builders import integration, report
from tests.github_api import HEAD, REPOSITORY, TOKEN, faults, github_api
from tests.servers import Reply

BOT: Final = "github-actions[bot]"


def _told(number: int, attempt: int = 1, *outcomes: Outcome) -> Report:
    """Make what a run tells; of each run and attempt it is something else."""
    run = Run(
        repository=REPOSITORY,
        event="pull_request",
        commit=HEAD,
        pull_request=7,
        id=str(number),
        attempt=attempt,
        url=f"https://github.com/{REPOSITORY}/actions/runs/{number}/attempts/{attempt}",
    )
    return report(integration(*(outcomes or (Outcome.FAILED,))), run=run, notes=(f"What {number}.{attempt} saw.",))


GREEN: Final = partial(_told, 11, 1, Outcome.PASSED)


@dataclass(slots=True)
class Board:
    """The comments of one pull request, as the client shows them. Every call has its effect at once, or none."""

    turn: Callable[[], int]
    """Waits for one's turn, and says who one is."""
    calls: list[tuple[int, str]] = field(default_factory=list)
    comments_: dict[int, Comment] = field(default_factory=dict)
    clock: int = 0

    def put(self, body: str, author: str = BOT, number: int | None = None) -> Comment:
        self.clock += 1
        comment = Comment(
            id=self.clock if number is None else number, author=author, is_bot=author.endswith("[bot]"), body=body,
            changed_at=f"{self.clock:04}",
        )  # fmt: skip
        self.comments_[comment.id] = comment
        return comment

    def head_of(self, pull_request: int) -> str:
        return HEAD

    def is_mine(self, comment: Comment) -> bool:
        return comment.author == BOT

    def is_blind(self) -> bool:
        """Say whether the first one's edit came when the second had looked for the last time.

        It could not know of the other's, which it wrote over, and GitHub takes no edit on a condition.
        """
        last_edit = max((at for at, call in enumerate(self.calls) if call == (0, "edit")), default=-1)
        last_look = max(at for at, call in enumerate(self.calls) if call == (1, "list"))
        return last_edit > last_look

    def _note(self, call: str) -> None:
        self.calls.append((self.turn(), call))

    def comments(self, pull_request: int) -> list[Comment]:
        self._note("list")
        return list(self.comments_.values())

    def create_comment(self, pull_request: int, body: str) -> Comment:
        self._note("create")
        return self.put(body)

    def edit_comment(self, comment: int, body: str) -> Comment:
        self._note("edit")
        if comment not in self.comments_:
            raise GitHubError("it is gone.")
        return self.put(body, number=comment)

    def delete_comment(self, comment: int) -> None:
        self._note("delete")
        self.comments_.pop(comment, None)


class Turns:
    """Lets threads make one call at a time, in the order of a schedule; beyond its end, the first that waits."""

    def __init__(self, schedule: Sequence[int]) -> None:
        self._schedule = schedule
        self._stopped: SimpleQueue[tuple[int, bool]] = SimpleQueue()
        """Who stopped running: for a call, or at the end."""
        self._gates: list[threading.Semaphore] = []
        self._local = threading.local()
        self.choices: list[tuple[int, tuple[int, ...]]] = []
        """Who was let go, and who might have been."""

    def take(self) -> int:
        """Wait for one's turn, and return one's number."""
        own: int = self._local.number
        self._stopped.put((own, True))
        self._gates[own].acquire()
        return own

    def run(self, works: Sequence[Callable[[], None]]) -> list[Exception]:
        """Do all works to their end, and return what failed."""
        failed: list[Exception] = []

        def do(number: int, work: Callable[[], None]) -> None:
            self._local.number = number
            try:
                work()
            except GitHubError as error:
                failed.append(error)
            finally:
                self._stopped.put((number, False))

        waiting: set[int] = set()
        self._gates = [threading.Semaphore(0) for _ in works]
        threads = [threading.Thread(target=do, args=each) for each in enumerate(works)]
        for thread in threads:
            thread.start()
        running = len(works)
        while running or waiting:
            if running:
                number, waits = self._stopped.get(timeout=10)
                running -= 1
                waiting |= {number} if waits else set()
                continue
            could, at = tuple(sorted(waiting)), len(self.choices)
            going = self._schedule[at] if at < len(self._schedule) else could[0]
            self.choices.append((going, could))
            waiting.discard(going)
            running = 1
            self._gates[going].release()
        for thread in threads:
            thread.join(10)
        return failed


def _every_order(play: Callable[[Turns], None]) -> int:
    """Play once for each order that the calls can have, and return how many there are."""
    schedule: list[int] | None = []
    played = 0
    while schedule is not None:
        turns = Turns(schedule)
        play(turns)
        played += 1
        schedule = _next(turns.choices)
    return played


def _next(choices: Sequence[tuple[int, tuple[int, ...]]]) -> list[int] | None:
    for at in reversed(range(len(choices))):
        chosen, could = choices[at]
        left = [one for one in could if one > chosen]
        if left:
            return [one for one, _ in choices[:at]] + [left[0]]
    return None


def _reporter(board: Any, when: Any = "always") -> PullRequestComment:
    return PullRequestComment(cast("GitHub", board), 7, CommentStyle(when=when))


STRANGER: Final = render_comment(_told(99))


@pytest.mark.parametrize("there", [None, 1, 2], ids=["no comment", "one comment", "two of them"])
@pytest.mark.parametrize(
    ("earlier", "later"),
    [(_told(12), _told(12, 2)), (GREEN(), _told(12)), (_told(10), GREEN())],
    ids=["attempts", "green, red", "red, green"],
)
def test_in_every_order_the_oldest_comment_stays_and_tells_of_the_later_run(
    earlier: Report, later: Report, there: int | None
) -> None:
    def play(turns: Turns) -> None:
        board = Board(turns.take)
        board.put(STRANGER, author="mallory")
        for number in range(there or 0):
            board.put(render_comment(_told(number + 1)))
        failed = turns.run([lambda told=one: _reporter(board).finished(told) for one in (earlier, later)])  # type: ignore[misc]

        strange, own = board.comments_.values()
        assert failed == []
        assert (strange.author, strange.body) == ("mallory", STRANGER)
        assert own.id == 2
        assert own.body == render_comment(earlier if there and board.is_blind() else later)

    assert _every_order(play) > 10


def test_in_every_order_two_gates_of_one_run_leave_one_comment() -> None:
    """Neither of them is the later one."""

    def play(turns: Turns) -> None:
        board = Board(turns.take)
        both = [_told(12), replace(_told(12), notes=("What the other gate saw.",))]
        turns.run([lambda told=one: _reporter(board).finished(told) for one in both])  # type: ignore[misc]

        (own,) = board.comments_.values()
        assert own.body in {render_comment(one) for one in both}

    assert _every_order(play) > 10


def test_in_every_order_the_same_news_of_two_runs_are_written_once() -> None:
    def play(turns: Turns) -> None:
        board = Board(turns.take)
        both = [replace(_told(number), notes=()) for number in (12, 13)]
        failed = turns.run([lambda told=one: _reporter(board).finished(told) for one in both])  # type: ignore[misc]

        (own,) = board.comments_.values()
        assert failed == []
        assert says_the_same(own.body, render_comment(both[0]))

    assert _every_order(play) > 10


@pytest.mark.parametrize("there", [True, False])
def test_in_every_order_on_failure_tells_of_the_later_run_or_keeps_silent(*, there: bool) -> None:
    def play(turns: Turns) -> None:
        board = Board(turns.take)
        if there:
            board.put(render_comment(_told(1)))
        failed = turns.run(
            [lambda told=one: _reporter(board, "on-failure").finished(told) for one in (_told(10), GREEN())]  # type: ignore[misc]
        )

        bodies = [one.body for one in board.comments_.values()]
        assert failed == []
        # A green run that was through before there was any comment did not write one.
        is_red_left = board.is_blind() if there else (1, "edit") not in board.calls
        assert bodies == [render_comment(_told(10) if is_red_left else GREEN())]

    assert _every_order(play) > 5


def _through(api_url: str) -> GitHub:
    patience = Patience(answer=5, retries=0, first_pause=0.01, call=10.0)
    return GitHub(api_url=api_url, token=TOKEN, repository=REPOSITORY, patience=patience)


def _at_once(barrier: threading.Barrier) -> faults.Fault:
    def wait(honest: Reply, _: Any) -> Reply:
        barrier.wait(5)
        return honest

    return faults.Fault(spoil=wait, after_work=True)


@pytest.mark.parametrize("gates", [2, 5])
def test_gates_that_comment_at_the_same_moment_leave_one_comment(gates: int) -> None:
    with github_api() as api:
        api.add_pull(7)
        api.fault("GET", "/comments$", _at_once(threading.Barrier(gates)), times=gates)
        api.fault("POST", "/comments$", _at_once(threading.Barrier(gates)), times=gates)
        every = [_told(12 + number) for number in range(gates)]
        with ThreadPoolExecutor(gates) as pool:
            ended = [
                pool.submit(PullRequestComment(_through(api.url), 7, CommentStyle()).finished, one) for one in every
            ]
        for one in ended:
            one.result()

        made = min(asked_id for asked_id in _made(api.asked, api.state.comments))
        (own,) = api.comments(7)
        assert (own.id, own.body) == (made, render_comment(every[-1]))


def _made(asked: Sequence[Any], left: Any) -> Iterator[int]:
    """Give the ids of all comments that were there: those that were deleted, and those that are left."""
    yield from left
    for one in asked:
        if one.method == "DELETE":
            yield int(one.path.rpartition("/")[2])


@pytest.mark.parametrize("first", [True, False], ids=["an older one", "a newer one"])
@pytest.mark.parametrize(("other", "stays"), [(11, 12), (13, 13)], ids=["of an earlier run", "of a later run"])
def test_a_comment_that_appears_while_ours_is_made(*, first: bool, other: int, stays: int) -> None:
    """The other gate writes it and is gone, as one that was killed: a later one's is left to that."""
    with github_api() as api:
        api.add_pull(7)

        def appear(honest: Reply, _: Any) -> Reply:
            api.add_comment(7, render_comment(_told(other)))
            return honest

        method = "GET" if first else "POST"
        api.fault(method, "/comments$", faults.Fault(spoil=appear, after_work=True))
        PullRequestComment(_through(api.url), 7, CommentStyle()).finished(_told(12))
        bodies = [one.body for one in api.comments(7)]
        if other < stays:
            assert bodies == [render_comment(_told(stays))]
        elif first:
            assert bodies == [render_comment(_told(13))]
        else:
            assert bodies == [render_comment(_told(12)), render_comment(_told(13))]

        PullRequestComment(_through(api.url), 7, CommentStyle()).finished(_told(14))
        assert [one.body for one in api.comments(7)] == [render_comment(_told(14))]
