import os
import signal
from collections.abc import Iterator

import pytest

from gate.clients import signals
from gate.domain.errors import CancelledError


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Leave the test process's own handlers as they were."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    signals.listen()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_signal_is_heard_and_no_other() -> None:
    with pytest.raises(CancelledError, match="SIGTERM"):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)


def test_what_must_be_done_to_its_end_is_and_the_signal_heard_afterwards() -> None:
    done = []

    def work() -> None:
        with signals.undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("one")
            with signals.undisturbed():
                done.append("two")

    with pytest.raises(CancelledError, match="SIGINT"):
        work()

    assert done == ["one", "two"]


def test_without_a_signal_there_is_nothing_to_hear() -> None:
    with signals.undisturbed():
        pass
