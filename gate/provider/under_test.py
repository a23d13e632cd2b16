"""The provider under test, whoever started it: ready before the first request, gone afterwards if it was the gate.

It may be there several times. Then each replica is what a single one has to be: started beside the others, listening
where nobody else does, ready, not ended as long as it is verified, and stopped whatever becomes of the others.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final, Protocol

from gate.clients.signals import undisturbed
from gate.domain.errors import ProviderError
from gate.domain.report import ProviderRun
from gate.ports import Target
from gate.provider.readiness import Reach, Readiness
from gate.provider.runner_host import RunnerHost

PAYS: Final = 100
"""So many interactions pay for one more replica, and for one more question at a time: each has a start of its own."""


class Program(Protocol):
    """A provider that the gate starts itself."""

    def start(self, target: Target) -> Target:
        """Start it and say where it will listen. Raises `ProviderError`."""

    def failure(self, when: str) -> ProviderError | None:
        """Say how it ended, None while nothing is wrong; `when` ends the sentence."""

    def stop(self) -> None:
        """Stop it for certain, and remove what it leaves. May come before `start` was through."""

    def describe(self, url: str, *, with_log: bool) -> ProviderRun:
        """Say what is started, `with_log` for the end of its output too."""


@dataclass(slots=True, eq=False)
class Replica:
    """The provider, once."""

    target: Target
    """Where it listens; where it will, until it is started."""
    program: Program | None
    """What starts it; None when it is already running."""
    stopped: bool = False

    def start(self) -> None:
        """Start it, if it is not running already."""
        if self.program is not None:
            self.target = self.program.start(self.target)

    def refuse_ended(self, when: str) -> None:
        """Raise how it ended, if something is wrong; `when` ends the sentence."""
        failure = self.program.failure(when) if self.program is not None else None
        if failure is not None:
            raise failure

    def stop(self) -> None:
        """Stop it, once."""
        if self.program is not None and not self.stopped:
            self.program.stop()
            self.stopped = True

    def describe(self, *, with_log: bool) -> ProviderRun:
        """Say how it is, or was to be, reached."""
        if self.program is None:
            return ProviderRun(url=self.target.url)
        return self.program.describe(self.target.url, with_log=with_log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    """The provider, as often as it may be there."""

    each: tuple[Replica, ...]
    as_they_pay: bool = False
    """Whether only so many of them are started as pay; else all."""
    parallel: int = 1
    """How many questions at a time each may be asked at most, because somebody says that it is stateless."""


class ProviderUnderTest:
    """Starts (where there are programs) and reaches a provider.

    Args:
        replicas: where each will listen, and what starts it.
        reach: how to know that it is ready.
        host: the way to the runner's own addresses; None when the gate runs beside the provider.
        say: tells the person who waits.
    """

    def __init__(self, replicas: Replicas, reach: Reach, host: RunnerHost | None, say: Callable[[str], None]) -> None:
        self._replicas = replicas
        self._reach = reach
        self._host = host
        self._say = say
        self._used = replicas.each[:1] if replicas.as_they_pay else replicas.each
        self._parallel = 1
        self._shown = self._used[0]
        """Whose log says most: that of the replica which failed."""

    @property
    def sets_up_states(self) -> bool:
        """Whether it has an address for provider states."""
        return self._used[0].target.states_url is not None

    def describe(self, *, with_log: bool) -> ProviderRun:
        """Say how it is, or was to be, reached, `with_log` for the end of its output too."""
        shown = self._shown.describe(with_log=with_log)
        several = len(self._used) > 1
        return replace(
            self._used[0].describe(with_log=False),
            via=self._host.used if self._host is not None else "",
            log=shown.log,
            log_tail=shown.log_tail,
            replicas=len(self._used),
            urls=tuple(one.target.url for one in self._used) if several else (),
            parallel=self._parallel,
        )

    @contextmanager
    def running(self, work: int) -> Iterator[tuple[Target, ...]]:
        """Yield where the provider may be asked, once all its replicas are ready.

        Args:
            work: how many interactions there are to be tried.

        Raises:
            ProviderError: one of them could not be started, ended early, or did not answer in time.
        """
        every = self._replicas.each
        self._used = every[: _that_pay(work, len(every))] if self._replicas.as_they_pay else every
        self._parallel = _that_pay(work, self._replicas.parallel)
        with ExitStack() as stack:
            # A signal is heard once. Whatever it interrupts, the second of the two stops for certain.
            stack.callback(self._stop)
            stack.callback(self._stop)
            for one in self._used:
                with self._about(one):
                    one.start()
            self._refuse_different_images()
            if self._host is not None:
                stack.enter_context(self._host)
            self._await_ready()
            yield tuple(one.target for one in self._used for _ in range(self._parallel))
            self._refuse_ended("while it was verified, so that something else may have answered in its place")

    def _stop(self) -> None:
        """Stop all at the same time, as each may take its own: one that cannot be stopped keeps none of the others."""
        with undisturbed():
            with ThreadPoolExecutor(len(self._used)) as pool:
                stopping = [pool.submit(one.stop) for one in self._used]
            for one in stopping:
                one.result()

    def _refuse_ended(self, when: str) -> None:
        for one in self._used:
            with self._about(one):
                one.refuse_ended(when)

    def _refuse_different_images(self) -> None:
        """A name may come to mean another image between two starts."""
        ids = {one.describe(with_log=False).image_id for one in self._used}
        if len(ids) > 1:
            raise ProviderError(
                f"the replicas of the provider run in different images: {', '.join(sorted(ids))}.",
                where=self._used[0].describe(with_log=False).image,
                remedy="Its name has got another meaning in between: run it again, or name the image by its digest.",
            )

    def _await_ready(self) -> None:
        readiness = Readiness(self._reach, self._host, self._say)
        for one in self._used:
            trouble = readiness.wait(one.target, self._refuse_any_ended_early, started=one.program is not None)
            if trouble is not None:
                with self._about(one):
                    raise trouble

    def _refuse_any_ended_early(self) -> None:
        self._refuse_ended("before the provider was ready")

    @contextmanager
    def _about(self, one: Replica) -> Iterator[None]:
        """Have an error say which of several replicas it is about, and the report show the log of that one."""
        try:
            yield
        except ProviderError as error:
            self._shown = one
            if len(self._used) == 1:
                raise
            number = f"replica {self._used.index(one) + 1} of {len(self._used)}"
            raise ProviderError(f"{number}: {error.what}", where=error.where, remedy=error.remedy) from error


def _that_pay(work: int, most: int) -> int:
    return max(1, min(most, work // PAYS))


def fill(text: str, **values: object) -> str:
    """Write into a setting what the gate found out: `{port}`, `{host}`, `{replica}`. Other braces stay as they are."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def absolute_url(url: str, base: str) -> str:
    """Resolve a setting that may be a mere path: `/_states` belongs to the provider's base address."""
    return base + url if url.startswith("/") else url
