"""Every hole that was measured around the engine, closed: each test is a line of the engine's facts, section 2."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gate.domain.errors import ContractError
from gate.domain.results import InteractionResult, Outcome, Where
from gate.engines.pact_engine.engine import PactEngine
from gate.ports import Target
from tests.builders import as_bytes, contract, http, http4, pact
from tests.servers import Asked, Handler, Reply, Server, Tls, serving
from tests.verifying import verified

ORDER = Reply(body={"id": 42})
ENGINE = PactEngine(os.environ)


def _verify(content: Any, server: Server, timeout: float = 5.0, **target: Any) -> list[InteractionResult]:
    return verified(ENGINE, contract(content), Target(url=server.url, request_timeout=timeout, **target))


def _outcomes(results: list[InteractionResult]) -> list[Outcome]:
    return [one.outcome for one in results]


@contextmanager
def _provider(**answers: Reply | Handler | None) -> Iterator[Server]:
    """Serve by the first part of the path."""

    def answer(asked: Asked) -> Reply | None:
        found = answers.get(asked.path.split("?")[0].strip("/").split("/")[0], ORDER)
        return found(asked) if callable(found) else found

    with serving(answer) as server:
        yield server


def _at(path: str, **more: Any) -> dict[str, Any]:
    return http(path, request={"method": "GET", "path": f"/{path}"}, **more)


def test_passed_failed_and_the_base_path(orders: Server) -> None:
    broken = http(response={"status": 404, "headers": {"X-A": "b"}, "body": {"id": 43}})

    good, bad = _verify(pact(http(), broken), Server(f"{orders.url}/base"))

    assert (good.outcome, bad.outcome) == (Outcome.PASSED, Outcome.FAILED)
    assert [one.where for one in bad.mismatches] == [Where.STATUS, Where.HEADER, Where.BODY]
    assert orders.paths() == ["/base/orders/42", "/base/orders/42"]


def test_equal_descriptions_are_told_apart_by_their_place(orders: Server) -> None:
    results = _verify(pact(http(), http(response={"status": 404}), http()), orders)

    assert _outcomes(results) == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]


def test_interactions_and_messages_of_one_file_are_all_verified() -> None:
    message = {"description": "paid", "contents": {"id": 41}}
    with _provider() as server:
        results = _verify(pact(http(response={"status": 404}), messages=[message]), server, messages_url=server.url)

    assert _outcomes(results) == [Outcome.FAILED, Outcome.FAILED]


def test_an_interaction_that_calls_itself_pending_binds_all_the_same(orders: Server) -> None:
    results = _verify(pact(http4(pending=True, response={"status": 404}), version="4.0"), orders)

    assert _outcomes(results) == [Outcome.FAILED]


MESSAGE = pact(messages=[{"description": "paid", "contents": {"id": 42}}])


def test_a_message_whose_endpoint_fails_is_no_pass_although_its_body_matches() -> None:
    with _provider(message=Reply(status=500, body={"id": 42})) as server:
        (one,) = _verify(MESSAGE, server, messages_url=f"{server.url}/message")

    assert one.outcome is Outcome.ERRORED
    assert one.error == f'the message “paid” could not be had: {server.url}/message answered 500: {{"id": 42}}'


def test_a_message_without_an_address_is_not_asked_of_the_http_interface(orders: Server) -> None:
    (one,) = _verify(MESSAGE, orders)

    assert one.outcome is Outcome.ERRORED
    assert "set provider-messages-url" in one.error
    assert orders.asked == []


def test_messages_get_their_states_and_headers() -> None:
    content = pact(messages=[{"description": "paid", "contents": {"id": 42}, "providerStates": [{"name": "s"}]}])
    with _provider() as server:
        (one,) = _verify(
            content,
            server,
            messages_url=f"{server.url}/message",
            states_url=f"{server.url}/states",
            headers=(("X-Key", "k"),),
        )

    assert one.outcome is Outcome.PASSED
    assert server.paths() == ["/states", "/message", "/states"]
    assert {asked.headers["X-Key"] for asked in server.asked} == {"k"}


def test_states_are_set_up_with_parameters_and_torn_down(orders: Server) -> None:
    content = pact(http(providerStates=[{"name": "order exists", "params": {"id": 42}}]))

    _verify(content, orders, states_url=f"{orders.url}/states")

    before, _, after = orders.asked
    assert before.json == {"action": "setup", "state": "order exists", "params": {"id": 42}}
    assert after.json == {"action": "teardown", "state": "order exists", "params": {"id": 42}}


def test_headers_reach_the_provider(orders: Server) -> None:
    _verify(pact(http()), orders, headers=(("Authorization", "Bearer abc"),))

    assert [asked.headers["authorization"] for asked in orders.asked] == ["Bearer abc"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500, body=b"database is down"), "{url}/states answered 500: database is down"),
        (Reply(status=503), "{url}/states answered 503"),
        (Reply(status=429, headers={"Retry-After": "30"}), "{url}/states answered 429"),
        (Reply(status=400, body=b"unknown state"), "{url}/states answered 400: unknown state"),
        (Reply(status=302, headers={"Location": "/"}), "{url}/states answered 302"),
        (None, "{url}/states: "),
    ],
)
def test_a_failing_state_set_up_is_one_clear_error_at_once(reply: Reply | None, error: str) -> None:
    content = pact(http("a", providerState="s"), http("b"))
    with _provider(states=lambda asked: ORDER if asked.json["state"] == "" else reply) as server:
        started = time.monotonic()
        with_state, without = _verify(content, server, states_url=f"{server.url}/states")
        seconds = time.monotonic() - started

    assert with_state.outcome is Outcome.ERRORED
    assert with_state.error.startswith(f"provider state “s” could not be set up: {error.format(url=server.url)}")
    assert without.outcome is Outcome.PASSED
    assert sum(asked.path == "/states" and asked.json["state"] == "s" for asked in server.asked) <= 2
    assert seconds < 10


def test_the_empty_state_that_fails_is_named_so() -> None:
    with _provider(states=Reply(status=500)) as server:
        (one,) = _verify(pact(http()), server, states_url=f"{server.url}/states")

    assert one.error == f"the empty state could not be set up: {server.url}/states answered 500"


def test_a_teardown_that_fails_is_an_error_of_its_interaction() -> None:
    with _provider(states=lambda asked: Reply(status=500 if asked.json["action"] == "teardown" else 200)) as server:
        (one,) = _verify(pact(http(providerState="s")), server, states_url=f"{server.url}/states")

    assert one.outcome is Outcome.ERRORED
    assert one.error.startswith("provider state “s” could not be torn down")


def test_what_a_state_returns_is_injected() -> None:
    generators = {"path": {"type": "ProviderState", "expression": "/orders/${id}", "dataType": "STRING"}}
    request = {"method": "GET", "path": "/orders/1", "generators": generators}
    with _provider(states=Reply(body={"id": 77})) as server:
        content = pact(http(request=request, providerState="s"))
        _verify(content, server, states_url=f"{server.url}/states")

    assert "/orders/77" in server.paths()


def test_a_state_that_hangs_is_given_up_within_the_request_timeout() -> None:
    released = threading.Event()

    def hang(_: Asked) -> Reply:
        released.wait(20)
        return ORDER

    with _provider(states=hang) as server:
        (one,) = _verify(pact(http(providerState="s")), server, timeout=0.5, states_url=f"{server.url}/states")
        released.set()

    assert "no answer within 0.45 s" in one.error


CATASTROPHE = {"body": {"$.id": {"matchers": [{"match": "regex", "regex": "^(a|a?)+$"}]}}}


def test_a_panic_costs_its_interaction_alone() -> None:
    regex = _at("evil", response={"status": 200, "body": {"id": "a"}, "matchingRules": CATASTROPHE})
    with _provider(evil=Reply(body={"id": "a" * 60 + "b"})) as server:
        results = _verify(pact(_at("x"), regex, _at("y")), server)

    assert _outcomes(results)[::2] == [Outcome.PASSED, Outcome.PASSED]
    assert results[1].outcome is not Outcome.PASSED


def test_a_panic_in_what_must_not_be_repeated_repeats_nothing() -> None:
    regex = http(
        request={"method": "POST", "path": "/evil"},
        response={"status": 200, "body": {"id": "a"}, "matchingRules": {"body": {"$.id[": {"matchers": [{}]}}}},
    )
    with _provider() as server:
        before, one = _verify(pact(http(), regex), server)

    assert before.outcome is Outcome.PASSED
    assert one.outcome is Outcome.ERRORED
    assert one.error.startswith("the engine gave up without a result: Expected a")
    assert server.paths().count("/evil") <= 1


def test_a_provider_that_hangs_or_hangs_up_is_an_error_that_says_so() -> None:
    released = threading.Event()

    def hang(_: Asked) -> None:
        released.wait(20)

    with _provider(slow=hang, closing=None) as server:
        slow, closing, fine = _verify(pact(_at("slow"), _at("closing"), _at("fine")), server, timeout=0.5)
        released.set()

    assert (slow.outcome, slow.error) == (Outcome.ERRORED, "the provider did not answer within 0.5 s (request-timeout)")
    assert closing.error.startswith("the provider closed the connection without an answer")
    assert fine.outcome is Outcome.PASSED


def test_a_provider_that_is_gone_is_an_error_that_says_so() -> None:
    with serving(lambda _: ORDER) as server:
        pass

    (one,) = _verify(pact(http()), server)

    assert one.error.endswith("(Connection refused): did it end during the run?")


def test_an_answer_larger_than_memory_costs_its_interaction_alone() -> None:
    answer = Reply(body=b'"' + b"x" * 150_000_000 + b'"', headers={"Content-Type": "application/json"})
    with _provider(huge=answer) as server:
        huge, fine = _verify(pact(_at("huge"), _at("fine")), server, timeout=30.0)

    assert huge.outcome is Outcome.ERRORED
    assert huge.error.startswith("the engine needed more than the 1024 MB of memory")
    assert fine.outcome is Outcome.PASSED


MOVED = Reply(status=302, headers={"Location": "/elsewhere"})


def test_a_redirect_is_followed_as_pact_does_unless_it_is_what_is_expected() -> None:
    expected = http(response={"status": 302, "headers": {"Location": "/elsewhere"}})
    with _provider(orders=MOVED) as server:
        through, itself = _verify(pact(http(), expected), server)

    assert [through.outcome, itself.outcome] == [Outcome.PASSED, Outcome.PASSED]
    assert server.paths() == ["/orders/42", "/elsewhere", "/orders/42"]


def test_redirects_in_circles_end() -> None:
    with _provider(orders=Reply(status=302, headers={"Location": "/orders/42"})) as server:
        (one,) = _verify(pact(http()), server)

    assert one.outcome is Outcome.ERRORED
    assert len(server.asked) < 20


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize("given", [{"providerStates": "s"}, {"providerStates": None, "providerState": "s"}])
def test_a_state_is_set_up_however_it_is_spelt(orders: Server, version: str, given: dict[str, Any]) -> None:
    interaction = http4(**given) if version == "4.0" else http(**given)

    (one,) = _verify(pact(interaction, version=version), orders, states_url=f"{orders.url}/states")

    assert one.outcome is Outcome.PASSED
    assert orders.asked[0].json["state"] == "s"


def test_a_method_of_the_providers_own_is_sent_as_it_is() -> None:
    with _provider() as server:
        (one,) = _verify(pact(http(request={"method": "PURGE", "path": "/orders"})), server)

    assert one.outcome is Outcome.PASSED
    assert [asked.method for asked in server.asked] == ["PURGE"]


def test_an_unknown_matching_rule_is_no_pass(orders: Server) -> None:
    rules = {"body": {"$.id": {"matchers": [{"match": "banana"}]}}}

    (one,) = _verify(pact(http(response={"status": 200, "body": {"id": 1}, "matchingRules": rules})), orders)

    assert one.outcome is Outcome.FAILED
    assert "banana" in one.mismatches[0].message


def test_mismatches_are_capped_in_number_and_length() -> None:
    keys = {f"k{number:03}": "x" * 5000 for number in range(60)}
    with _provider(orders=Reply(body=dict.fromkeys(keys, "y" * 5000))) as server:
        (one,) = _verify(pact(http(response={"status": 200, "body": keys})), server)

    assert len(one.mismatches) == 50
    assert one.error == "and 10 more mismatches"
    assert max(len(mismatch.expected) for mismatch in one.mismatches) <= 4001


def test_a_contract_of_many_interactions_is_verified_in_order(orders: Server) -> None:
    content = pact(*(http(f"number {number}") for number in range(45)))

    results = _verify(content, orders)

    assert [one.interaction.description for one in results] == [f"number {number}" for number in range(45)]
    assert set(_outcomes(results)) == {Outcome.PASSED}


def test_a_refusal_names_its_source() -> None:
    with pytest.raises(ContractError) as refused:
        ENGINE.interactions(contract(pact("x")))

    assert refused.value.where == "pacts/web.json"
    assert ENGINE.parties(as_bytes(pact())).consumer == "web-checkout"


def test_a_provider_may_listen_on_ipv6() -> None:
    with serving(lambda _: ORDER, ipv6=True) as server:
        (one,) = _verify(pact(http()), server)

    assert one.outcome is Outcome.PASSED


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_ones_own_is_trusted_when_it_is_named(tls: Tls, variable: str) -> None:
    engine = PactEngine({variable: str(tls.authority)})
    one = contract(pact(http()))
    with serving(lambda _: ORDER, tls=tls.context) as server:
        (passed,) = verified(engine, one, Target(url=server.url, request_timeout=5))

    assert passed.outcome is Outcome.PASSED


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: Tls) -> None:
    with serving(lambda _: ORDER, tls=tls.context) as server:
        (one,) = _verify(pact(http()), server)

    assert one.outcome is Outcome.ERRORED
    assert "SSL_CERT_FILE names one of your own" in one.error
    assert server.asked == []
