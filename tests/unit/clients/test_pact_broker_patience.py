"""How often, how long and after which pauses the broker is asked again, and when it is given up."""

import socket
import threading

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.clients.pact_broker.errors import BrokerError
from tests.pact_broker import faults, pact_broker
from tests.servers import Reply, Server, serving

FIVE = Patience(answer=5)


def _client(url: str, pauses: list[float], patience: Patience = FIVE) -> PactBroker:
    return PactBroker(Access(url=url, limit=1000), patience, pauses.append)


def _failure(client: PactBroker, url: str) -> BrokerError:
    with pytest.raises(BrokerError) as failed:
        client.get(url)
    return failed.value


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_asked_again(status: int) -> None:
    pauses: list[float] = []
    replies = iter([Reply(status=status), Reply(status=status), Reply(body={"fine": True})])
    with serving(lambda _: next(replies)) as server:
        assert _client(server.url, pauses).get(server.url).content == {"fine": True}
        assert len(server.asked) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 410, 415, 422])
def test_what_stays_wrong_is_asked_once(status: int) -> None:
    pauses: list[float] = []
    with serving(lambda _: Reply(status=status, body={"error": "no"})) as server:
        assert _failure(_client(server.url, pauses), server.url).status == status
        assert len(server.asked) == 1
    assert pauses == []


def test_a_failure_that_lasts_is_the_broker_s_own_after_all_tries() -> None:
    pauses: list[float] = []
    with serving(lambda _: Reply(status=503, body={"error": "down"})) as server:
        client = _client(server.url, pauses)
        failed = _failure(client, server.url)

        assert len(server.asked) == 5
        assert (failed.status, failed.what) == (503, "the Pact Broker answered 503 to GET: down.")
        _failure(client, server.url)
        assert len(server.asked) == 10  # it does answer: other questions may fare better


def test_pauses_grow_up_to_a_limit_and_differ() -> None:
    pauses: list[float] = []
    patience = Patience(answer=5, tries=9, first_pause=0.5, longest_pause=10)
    with serving(lambda _: Reply(status=500)) as server:
        for _ in range(3):
            _failure(_client(server.url, pauses, patience), server.url)

    several = [pauses[start : start + 8] for start in (0, 8, 16)]
    for one in several:
        for pause, full in zip(one, [0.5, 1, 2, 4, 8, 10, 10, 10], strict=True):
            assert full / 2 <= pause <= full
    assert len({one[0] for one in several}) == 3


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("given", "pause"), [("0", 0), ("7", 7), ("60", 60), ("3600", 60), ("9" * 400, 60)])
def test_the_pause_that_the_broker_asks_for_is_made_within_reason(status: int, given: str, pause: float) -> None:
    pauses: list[float] = []
    replies = iter([Reply(status=status, headers={"Retry-After": given}), Reply(body={})])
    with serving(lambda _: next(replies)) as server:
        _client(server.url, pauses).get(server.url)
    assert pauses == [pause]


@pytest.mark.parametrize("given", ["", "soon", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "\N{SUPERSCRIPT TWO}"])
def test_a_pause_that_is_no_number_is_ours(given: str) -> None:
    pauses: list[float] = []
    replies = iter([Reply(status=503, headers={"Retry-After": given}), Reply(body={})])
    with serving(lambda _: next(replies)) as server:
        _client(server.url, pauses).get(server.url)
    (pause,) = pauses
    assert 0.25 <= pause <= 0.5


def test_after_its_time_it_is_tried_no_more() -> None:
    pauses: list[float] = []
    with serving(lambda _: Reply(status=500)) as server:
        _failure(_client(server.url, pauses, Patience(answer=5, give_up=-1)), server.url)
        assert len(server.asked) == 1
    assert pauses == []


def test_a_dropped_connection_is_tried_again() -> None:
    pauses: list[float] = []
    replies = iter([None, Reply(body={"fine": True})])
    with serving(lambda _: next(replies)) as server:
        assert _client(server.url, pauses).get(server.url).content == {"fine": True}
    assert len(pauses) == 1


def test_a_question_is_harmless_and_so_asked_again_with_its_body() -> None:
    pauses: list[float] = []
    replies = iter([Reply(status=503), None, Reply(body={"fine": True})])
    with serving(lambda _: next(replies)) as server:
        assert _client(server.url, pauses).ask(server.url, {"a": 1}).content == {"fine": True}
        assert [asked.json for asked in server.asked] == [{"a": 1}] * 3
    assert len(pauses) == 2


def test_a_broker_that_refuses_connections_is_lost_after_all_tries(orders: Server) -> None:
    pauses: list[float] = []
    with serving(lambda _: None) as gone:
        pass
    client = _client(gone.url, pauses)
    first = _failure(client, f"{gone.url}/pacts?token=hunter2")

    assert str(first) == (
        f"{gone.url}/pacts: the Pact Broker did not answer GET: Connection refused. "
        "Check broker-url, the network and the proxy."
    )
    assert first.status is None
    assert len(pauses) == 4
    assert _failure(client, orders.url) is first
    with pytest.raises(BrokerError) as again:
        client.ask(orders.url, {})
    assert again.value is first
    assert len(pauses) == 4
    assert orders.asked == []


def test_a_broker_that_drops_every_connection_is_lost_after_all_tries() -> None:
    pauses: list[float] = []
    with pact_broker() as broker:
        broker.fault("GET", "", faults.dropped(after_work=False))
        client = _client(broker.url, pauses)
        failed = _failure(client, broker.url)

        assert "did not answer GET" in failed.what
        assert len(broker.asked) == 5
        with pytest.raises(BrokerError):
            client.find(broker.url)
        assert len(broker.asked) == 5
    assert len(pauses) == 4


@pytest.mark.parametrize("fault", [faults.silent(), faults.slow_body(), faults.stalled_body()])
def test_a_broker_that_never_ends_its_answer_is_lost_after_all_tries(fault: faults.Fault) -> None:
    pauses: list[float] = []
    patience = Patience(answer=0.2, tries=2)
    with pact_broker() as broker:
        broker.fault("GET", "", fault)
        client = PactBroker(Access(url=broker.url, limit=100_000), patience, pauses.append)
        failed = _failure(client, broker.url)

        assert "within 0.2 s" in failed.what
        assert failed.status is None
        assert _failure(client, broker.url) is failed
        assert len(broker.asked) == 2
    assert len(pauses) == 1


def test_a_broker_that_comes_back_in_time_is_not_lost() -> None:
    pauses: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        answered = threading.Event()

        def wake(pause: float) -> None:
            pauses.append(pause)
            threading.Thread(target=_answer_all, args=(silent, answered), daemon=True).start()

        client = PactBroker(Access(url=url, limit=1000), Patience(answer=0.2, tries=2), wake)
        assert client.get(url).content == {}
        assert answered.wait(5)
    assert len(pauses) == 1


def _answer_all(listener: socket.socket, answered: threading.Event) -> None:
    """Answer the try that was given up, and the one that follows."""
    for _ in range(2):
        connection, _address = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    answered.set()


def test_without_further_tries_it_does_not_pause() -> None:
    pauses: list[float] = []
    with serving(lambda _: Reply(status=500)) as server:
        _failure(_client(server.url, pauses, Patience(answer=5, tries=1)), server.url)
    assert pauses == []


def test_the_default_patience_is_that_of_large_brokers() -> None:
    client = PactBroker(Access(url="https://broker.example", limit=1))

    assert client._patience == Patience(answer=60, tries=5, give_up=120)
