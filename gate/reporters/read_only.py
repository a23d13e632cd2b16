"""News of a run whose token may most likely only read: that of a fork's pull request, or of Dependabot."""

from collections.abc import Callable, Sequence
from typing import Final

from gate.clients.github_api import GitHubError
from gate.domain.contracts import Contract
from gate.domain.report import Candidate, Report
from gate.domain.results import InteractionResult
from gate.ports import Extent, Reporter

NOTICE: Final = (
    "GitHub lets this run only read, as it is for a pull request from a fork or for Dependabot. So there is no commit "
    "status and no comment, and nothing is lost: the exit code and the job summary say it all. To have them as well, "
    "let a second workflow post the report that this run leaves: see Pull requests from forks in the README."
)


def tolerant(reporters: Sequence[Reporter], say: Callable[[str], None]) -> list[Reporter]:
    """Have reporters tried, of which the first that may not ends it for all: `say` is told so once, and calmly.

    Some give such a run a token that may write. Whatever else goes wrong is told as ever.
    """
    state = _State(say)
    return [_Tolerant(one, state) for one in reporters]


class _State:
    """What they share: whether one of them was refused."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.refused = False

    def attempt(self, work: Callable[[], None]) -> None:
        if self.refused:
            return
        try:
            work()
        except GitHubError as error:
            if not error.forbidden:
                raise
            self.refused = True
            self._say(NOTICE)


class _Tolerant:
    """A reporter that may not be allowed to tell anybody."""

    def __init__(self, inner: Reporter, state: _State) -> None:
        self.news = inner.news
        self._inner = inner
        self._state = state

    def started(self, candidate: Candidate) -> None:
        self._state.attempt(lambda: self._inner.started(candidate))

    def verifying(self, extent: Extent) -> None:
        self._state.attempt(lambda: self._inner.verifying(extent))

    def verified(self, contract: Contract, result: InteractionResult) -> None:
        self._state.attempt(lambda: self._inner.verified(contract, result))

    def trying_again(self, interactions: int) -> None:
        self._state.attempt(lambda: self._inner.trying_again(interactions))

    def through(self, contract: Contract, results: Sequence[InteractionResult]) -> None:
        self._state.attempt(lambda: self._inner.through(contract, results))

    def waiting(self, what: str) -> None:
        self._state.attempt(lambda: self._inner.waiting(what))

    def finished(self, report: Report) -> None:
        self._state.attempt(lambda: self._inner.finished(report))
