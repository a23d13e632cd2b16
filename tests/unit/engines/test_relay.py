"""What the relay remembers of a provider's helper addresses, and for whom."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import requests

from gate.domain.results import Cause
from gate.engines.pact_engine.relay import Relay, relaying
from gate.ports import Target
from tests.servers import Asked, Reply, serving

STATE = "order 42 exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A request to an address for states that has not answered yet."""

    relay: Relay
    asking: Future[requests.Response]
    let_go: threading.Event
    beside: ThreadPoolExecutor

    def answer(self) -> None:
        """Have it answered, and wait until that is through."""
        self.let_go.set()
        assert self.asking.result(timeout=30).status_code == 400


@contextmanager
def _late() -> Iterator[Late]:
    there, let_go = threading.Event(), threading.Event()

    def answer(_: Asked) -> Reply:
        there.set()
        let_go.wait()
        return Reply(status=500)

    with serving(answer) as server, ThreadPoolExecutor() as beside:
        target = Target(url=server.url, states_url=server.url, request_timeout=30.0)
        try:
            with relaying(target) as relay:
                asking = beside.submit(
                    requests.post, relay.states_url, json={"state": STATE, "action": "setup"}, timeout=30
                )
                assert there.wait(30)
                yield Late(relay=relay, asking=asking, let_go=let_go, beside=beside)
        finally:
            let_go.set()


def test_a_fault_that_comes_after_the_engine_gave_up_is_waited_for() -> None:
    """The engine's clock may run out before the relay's, on a busy machine."""
    with _late() as late:
        faults = late.beside.submit(late.relay.take_faults)
        with pytest.raises(TimeoutError):
            faults.result(timeout=0.2)
        late.answer()

        (fault,) = faults.result(timeout=30)
        assert (fault.subject, fault.cause) == (STATE, Cause.STATE)
        assert late.relay.take_faults() == []


def test_what_a_lost_worker_asked_for_is_no_fault_of_the_next_one() -> None:
    with _late() as late:
        late.relay.forget()
        late.answer()

        assert late.relay.take_faults() == []
