"""Verifying side by side: a thread for each replica takes what is next, and one place is told what came of it."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Final

from gate.domain.results import InteractionResult
from gate.engines.pact_engine.budget import Budget
from gate.engines.pact_engine.chunks import CHUNK_SIZE, Chunk, Strand, strands
from gate.engines.pact_engine.lane import Lane, Told
from gate.ports import Piece

END: Final = None
"""What a thread says last."""


class PactSession:
    """A provider under verification.

    Args:
        lanes: one for each of its replicas.
        sets_up_states: whether there is an address that does so.
    """

    def __init__(self, lanes: Sequence[Lane], *, sets_up_states: bool) -> None:
        self._lanes = lanes
        self._sets_up_states = sets_up_states
        self._budget = Budget()

    def verify(self, pieces: Sequence[Piece], *, fresh: bool = False) -> Iterator[tuple[int, InteractionResult]]:
        """Yield the place of each piece and its result as soon as it is known. See `gate.ports.Session`."""
        feed = Feed(strands(pieces, sets_up_states=self._sets_up_states))
        lanes = [lane for lane in self._lanes if not lane.has_given_up] or self._lanes
        # A worker more would start for nothing; who answered last has the first turn.
        lanes = sorted(lanes, key=lambda lane: lane.is_doubtful)[: math.ceil(len(pieces) / CHUNK_SIZE)]
        if fresh:
            for lane in lanes:
                lane.renew()
        told: SimpleQueue[Told | BaseException | None] = SimpleQueue()
        threads = list[threading.Thread]()
        try:
            for lane in lanes:  # a signal may come between two of them, too
                threads.append(_start(lane, feed, told.put))
            for number, result in _listen(told, len(threads)):
                yield number, self._budget.spend(result)
        except BaseException:
            # Stopped by a signal, by a fault of one of them, or by whoever listens.
            feed.close()
            for lane in lanes:
                lane.stop()
            raise
        finally:
            for thread in threads:
                thread.join()
        for chunk in feed.rest():
            yield from lanes[0].not_tried(chunk)


class Feed:
    """Hands out strands, one at a time, to whoever asks: each to one only."""

    def __init__(self, every: Iterator[Strand]) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def close(self) -> None:
        """Hand out nothing more."""
        self._closed.set()

    def chunks(self, lane: Lane) -> Iterator[Chunk]:
        """Yield what is next for a lane, until there is nothing more or it has given up."""
        while not self._closed.is_set() and not lane.has_given_up:
            with self._lock:
                strand = next(self._every, None)
            if strand is None:
                return
            for chunk in strand:
                if self._closed.is_set():
                    return
                yield chunk

    def rest(self) -> Iterator[Chunk]:
        """Yield what nobody took."""
        for strand in self._every:
            yield from strand


def _start(lane: Lane, feed: Feed, tell: Callable[[Told | BaseException | None], None]) -> threading.Thread:
    def work() -> None:
        try:
            lane.work(feed.chunks(lane), tell)
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody listens
            tell(error)
        finally:
            tell(END)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _listen(told: SimpleQueue[Told | BaseException | None], speakers: int) -> Iterator[Told]:
    while speakers:
        message = told.get()
        if message is END:
            speakers -= 1
        elif isinstance(message, BaseException):
            raise message
        else:
            yield message
