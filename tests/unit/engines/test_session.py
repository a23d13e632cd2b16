"""Several replicas side by side, and what becomes of the rest when one of them is lost."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gate.domain.contracts import Contract
from gate.domain.errors import EngineError
from gate.domain.results import Cause, InteractionResult, Outcome
from gate.engines.pact_engine.chunks import strands
from gate.engines.pact_engine.engine import PactEngine
from gate.engines.pact_engine.lane import Deadline, Lane
from gate.engines.pact_engine.patience import OF_A_REPLICA, OF_A_SECOND_TRY
from gate.engines.pact_engine.relay import relaying
from gate.engines.pact_engine.session import Feed
from gate.engines.pact_engine.supervisor import Supervisor
from gate.engines.pact_engine.trust import meets_no_certificate
from gate.ports import Session, Target
from tests.builders import contract, http, pact
from tests.servers import Asked, Reply, Server, Tls, free_port, serving
from tests.verifying import in_order, pieces_of

ENGINE = PactEngine(os.environ)
ORDER = Reply(body={"id": 42})


def _contract(interactions: int, *, number: int = 1, **more: Any) -> Contract:
    return contract(
        pact(*(http(f"contract {number}, interaction {at}", **more) for at in range(interactions))),
        source=f"contract {number}",
    )


def _target(url: str, **more: Any) -> Target:
    return Target(url=url, **({"request_timeout": 5.0} | more))


@contextmanager
def _session(*targets: Target, engine: PactEngine = ENGINE) -> Iterator[Session]:
    with engine.session(targets) as session:
        yield session


def _outcomes(results: list[InteractionResult]) -> set[Outcome]:
    return {one.outcome for one in results}


def test_replicas_share_the_work_and_each_keeps_its_states_to_itself() -> None:
    """Each interaction is asked for where its state was set up, and before that is torn down."""
    with ExitStack() as stack:
        meeting = threading.Barrier(2, timeout=30)
        replicas = [stack.enter_context(_replica(meeting)) for _ in range(2)]
        targets = [_target(one.url, states_url=f"{one.url}/states") for one in replicas]
        with _session(*targets) as session:
            results = in_order(session, pieces_of(ENGINE, _contract(60, providerState="order 42 exists")))

    assert _outcomes(results) == {Outcome.PASSED}
    for replica in replicas:
        told = [one.json["action"] if one.path == "/states" else "asked" for one in replica.asked]
        assert told == ["setup", "asked", "teardown"] * (len(told) // 3)
        assert told
    assert sum(len(one.asked) for one in replicas) == 60 * 3


@contextmanager
def _replica(meeting: threading.Barrier) -> Iterator[Server]:
    """Serve a replica that answers its first question only when the other one was asked, too."""
    first = threading.Event()

    def answer(_: Asked) -> Reply:
        if not first.is_set():
            first.set()
            meeting.wait()
        return ORDER

    with serving(answer) as server:
        yield server


def test_what_changes_something_stays_with_what_comes_after_it_in_its_contract() -> None:
    post: dict[str, Any] = {"request": {"method": "POST", "path": "/orders"}}
    with serving(lambda _: ORDER) as one, serving(lambda _: ORDER) as two:
        contracts = [
            contract(pact(http(**post), *(http() for _ in range(20))), source=f"contract {number}")
            for number in range(4)
        ]
        with _session(_target(one.url), _target(two.url)) as session:
            assert _outcomes(in_order(session, pieces_of(ENGINE, *contracts))) == {Outcome.PASSED}

    for server in (one, two):
        methods = "".join("P" if asked.method == "POST" else "g" for asked in server.asked)
        assert methods == ("P" + 20 * "g") * methods.count("P")


def test_a_replica_that_is_gone_costs_a_few_results_which_the_others_get_at_the_second_try() -> None:
    pieces = pieces_of(ENGINE, *(_contract(10, number=number) for number in range(20)))
    with serving(lambda _: ORDER) as server, _session(_target(_nobody()), _target(server.url)) as session:
        results = in_order(session, pieces)
        lost = [piece for piece, result in zip(pieces, results, strict=True) if result.outcome is Outcome.ERRORED]
        again = in_order(session, lost, fresh=True)

    assert _outcomes(results) == {Outcome.PASSED, Outcome.ERRORED}
    assert len(lost) < len(pieces) / 2
    assert _outcomes(again) == {Outcome.PASSED}


def test_where_nobody_is_there_the_rest_is_not_tried() -> None:
    pieces = pieces_of(ENGINE, *(_contract(10, number=number) for number in range(20)))
    with _session(_target(_nobody())) as session:
        results = in_order(session, pieces)
        again = in_order(session, pieces, fresh=True)

    for found, most in ((results, OF_A_REPLICA), (again, OF_A_SECOND_TRY)):
        tried = [one for one in found if one.tries]
        rest = [one for one in found if not one.tries]
        assert {one.cause for one in tried} == {Cause.CONNECTION}
        assert {one.cause for one in rest} == {Cause.NOT_TRIED}
        assert 0 < len(tried) <= most
        assert all(one.error.startswith("not tried: ") for one in rest)


def test_a_contract_that_hangs_leaves_the_others_their_turn() -> None:
    def answer(asked: Asked) -> Reply | None:
        return None if asked.path == "/hangs" else ORDER

    bad = _contract(30, request={"method": "GET", "path": "/hangs"})
    with serving(answer) as server, _session(_target(server.url)) as session:
        results = in_order(session, pieces_of(ENGINE, bad, _contract(10, number=2)))

    assert _outcomes(results[:30]) == {Outcome.ERRORED}
    assert {one.cause for one in results[20:30]} == {Cause.NOT_TRIED}
    assert _outcomes(results[30:]) == {Outcome.PASSED}


def _nobody() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.mark.parametrize("answered", [0, 10])
def test_whoever_stops_listening_ends_what_is_under_way(answered: int) -> None:
    hang = threading.Event()
    count = iter(range(1000))

    def answer(_: Asked) -> Reply:
        if next(count) >= answered:
            hang.wait(60)
        return ORDER

    with serving(answer) as server:
        with _session(_target(server.url, request_timeout=60.0)) as session:
            told = session.verify(pieces_of(ENGINE, _contract(20)))
            if answered:
                next(told)
                told.close()  # type: ignore[attr-defined]
            else:
                with pytest.raises(KeyboardInterrupt):
                    _interrupted(told)
        hang.set()

    assert not _workers()


def _interrupted(told: Iterator[Any]) -> None:
    """Listen until a signal comes, as it does in the main thread."""
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(1.0, signal.pthread_kill, [main, signal.SIGINT]).start()
    next(told)


def _workers() -> list[str]:
    """Find workers that this process has started and that are still there."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and b"pact_engine.worker" in command:
            found.append(status.parent.name)
    return found


def test_nothing_more_is_handed_out_once_it_is_closed() -> None:
    post: dict[str, Any] = {"request": {"method": "POST", "path": "/orders"}}
    together = pieces_of(ENGINE, contract(pact(*(http(**post) for _ in range(3)))), _contract(1, number=2))
    with relaying(_target("http://127.0.0.1:1")) as relay, Supervisor(os.environ) as one:
        lane = Lane(_target("http://127.0.0.1:1"), relay, one, Deadline(1.0, 1.0))
        feed = Feed(strands(together, sets_up_states=False))
        chunks = feed.chunks(lane)
        first = next(chunks)
        feed.close()

        assert [number for number, _ in first.numbered] == [0]
        assert list(chunks) == []
        assert list(feed.chunks(lane)) == []


def test_no_worker_is_an_error_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: ORDER) as server, _session(_target(server.url), _target(server.url)) as session:
        pieces = pieces_of(ENGINE, _contract(1))
        assert _outcomes(in_order(session, pieces)) == {Outcome.PASSED}
        monkeypatch.setattr("gate.engines.pact_engine.supervisor.subprocess.Popen", _no_process)

        with pytest.raises(EngineError, match="could not be started"):
            in_order(session, pieces, fresh=True)


def _no_process(*_: object, **__: object) -> None:
    raise OSError("no memory")


def test_what_is_left_at_the_end_of_the_time_is_not_tried() -> None:
    with serving(lambda _: ORDER) as server, _session(_target(server.url), engine=PactEngine(os.environ, 0)) as session:
        (one,) = in_order(session, pieces_of(ENGINE, _contract(1)))

    assert (one.outcome, one.cause, one.tries, server.asked) == (Outcome.ERRORED, Cause.NOT_TRIED, 0, [])
    assert one.error == "not verified: the verification as a whole took longer than 0 s (verification-timeout)"


def test_the_end_of_the_time_ends_what_is_under_way() -> None:
    hang = threading.Event()

    def answer(_: Asked) -> Reply:
        hang.wait(60)
        return ORDER

    engine = PactEngine(os.environ, 2.0)
    with serving(answer) as server:
        with _session(_target(server.url, request_timeout=60.0), engine=engine) as session:
            results = in_order(session, pieces_of(ENGINE, _contract(15)))
        hang.set()

    assert {one.outcome for one in results} == {Outcome.ERRORED}
    assert all("verification-timeout" in one.error for one in results)


@pytest.mark.parametrize(
    ("targets", "met"),
    [
        ([_target("http://a")], False),
        ([_target("https://a")], True),
        ([_target("http://a", states_url="https://a/s")], True),
        ([_target("http://a", messages_url="https://a/m")], True),
        ([_target("http://a", states_url="http://a/s", messages_url="http://a/m")], False),
        ([_target("http://a"), _target("https://b")], True),
    ],
)
def test_only_plain_http_everywhere_meets_no_certificate(targets: list[Target], *, met: bool) -> None:
    assert meets_no_certificate(targets) is not met


def test_a_redirect_to_https_has_the_machines_authorities_at_the_second_try(tls: Tls) -> None:
    engine = PactEngine(os.environ | {"SSL_CERT_FILE": str(tls.authority)})
    with serving(lambda _: ORDER, tls=tls.context) as secure:
        moved = Reply(status=307, headers={"Location": f"{secure.url}/orders/42"})
        with serving(lambda _: moved) as plain, _session(_target(plain.url), engine=engine) as session:
            pieces = pieces_of(ENGINE, _contract(1))
            (first,) = in_order(session, pieces)
            (second,) = in_order(session, pieces, fresh=True)

    assert (first.outcome, first.cause) == (Outcome.ERRORED, Cause.CONNECTION)
    assert second.outcome is Outcome.PASSED


def test_a_redirect_to_a_bad_certificate_is_refused_at_every_try(tls: Tls) -> None:
    with serving(lambda _: ORDER, tls=tls.context) as secure:
        moved = Reply(status=307, headers={"Location": f"{secure.url}/orders/42"})
        with serving(lambda _: moved) as plain, _session(_target(plain.url)) as session:
            pieces = pieces_of(ENGINE, _contract(1))
            results = [*in_order(session, pieces), *in_order(session, pieces, fresh=True)]

    assert _outcomes(results) == {Outcome.ERRORED}
    assert secure.asked == []
