import socket
from typing import Any

import pytest

from gate.domain.results import Cause, InteractionResult, Outcome, Where
from gate.engines.pact_engine.document import Part, read
from gate.engines.pact_engine.normaliser import fits, gave_up, result_of
from gate.engines.pact_engine.protocol import Answer, Difference, Verified
from gate.engines.pact_engine.relay import RelayFault
from gate.ports import Target
from tests.builders import as_bytes, http, mismatch, pact
from tests.servers import Server

TARGET = Target(url="http://127.0.0.1:1", request_timeout=2.0)
FAULT = RelayFault(
    subject="order 42 exists", message="provider state “order 42 exists” could not be set up", cause=Cause.STATE
)


def _part(**change: Any) -> Part:
    return read(as_bytes(pact(http(**change)))).parts[0]


def _message(**change: Any) -> Part:
    return read(as_bytes(pact(messages=[{"description": "paid", "contents": {"a": 1}} | change]))).parts[0]


def _verified(*, ok: bool = False, error: str = "", differences: tuple[Difference, ...] = (), **more: Any) -> Verified:
    values: Any = {
        "description": "a request for order 42",
        "states": [],
        "ok": ok,
        "duration": "1s 5ms",
        "error": error,
        "differences": list(differences),
        "left_out": 0,
    }
    verified: Verified = values | more
    return verified


def _difference(**more: str) -> Difference:
    values: Any = {
        "type": "BodyMismatch",
        "key": "",
        "path": "$",
        "expected": "1",
        "actual": "2",
        "message": "m",
    } | more
    difference: Difference = values
    return difference


def _result(verified: Verified, part: Part | None = None, *faults: RelayFault) -> InteractionResult:
    return result_of(part or _part(), verified, faults, TARGET)


@pytest.mark.parametrize(
    ("answer", "fitting"),
    [
        ({"outcome": "done", "interactions": [_verified(ok=True)]}, True),
        ({"outcome": "raised", "interactions": [_verified(ok=True)]}, False),
        ({"outcome": "done", "interactions": []}, False),
        ({"outcome": "done", "interactions": [_verified(), _verified()]}, False),
        ({"outcome": "done", "interactions": [_verified(description="another")]}, False),
        ({"outcome": "done", "interactions": [_verified(states=["another"])]}, False),
    ],
)
def test_an_answer_must_speak_of_exactly_the_interactions_asked_for(answer: Any, *, fitting: bool) -> None:
    full: Answer = {"message": ""} | answer
    assert fits(full, [_part()]) is fitting


def test_ok_is_a_pass_with_its_duration() -> None:
    passed = _result(_verified(ok=True))

    assert (passed.outcome, passed.duration) == (Outcome.PASSED, 1.005)


@pytest.mark.parametrize(
    ("duration", "seconds"), [("2m 7s 86ms", 127.086), ("12ms", 0.012), ("850µs", 0.00085), ("", 0.0), ("3 moons", 0.0)]
)
def test_durations(duration: str, seconds: float) -> None:
    assert _result(_verified(ok=True, duration=duration)).duration == pytest.approx(seconds)


def test_mismatches_are_sorted_as_a_person_reads_an_answer() -> None:
    differences = (
        _difference(path="$.b"),
        _difference(path="$.a"),
        _difference(type="MetadataMismatch", key="queue"),
        _difference(type="BodyTypeMismatch"),
        _difference(type="HeaderMismatch", key="X-A", path=""),
        _difference(type="StatusMismatch", path=""),
        _difference(type="SomethingNew"),
    )

    failed = _result(_verified(differences=differences))

    assert [(one.where, one.path) for one in failed.mismatches] == [
        (Where.STATUS, ""),
        (Where.HEADER, "X-A"),
        (Where.METADATA, "queue"),
        (Where.CONTENT_TYPE, "$"),
        (Where.BODY, "$"),
        (Where.BODY, "$.a"),
        (Where.BODY, "$.b"),
    ]


MISSING = "Actual map is missing the following keys: total"


def test_missing_keys_are_shown_one_by_one_with_the_value_that_was_expected() -> None:
    part = _part(response={"status": 200, "body": {"order": {"id": 1, "total": 19.9, "tax": "ü"}}})
    difference = _difference(path="$.order", expected='["id","tax","total"]', actual='["id"]', message=MISSING)

    failed = _result(_verified(differences=(difference,)), part)

    assert failed.mismatches == (
        mismatch(path="$.order.tax", expected='"ü"', message="the key “tax” is missing"),
        mismatch(path="$.order.total", expected="19.9", message="the key “total” is missing"),
    )


def test_a_missing_value_is_cut_where_nobody_reads_on() -> None:
    part = _part(response={"status": 200, "body": {"total": "x" * 5000}})

    failed = _result(_verified(differences=(_difference(expected='["total"]', actual="[]", message=MISSING),)), part)

    assert failed.mismatches[0].expected == '"' + "x" * 3999 + "…"


@pytest.mark.parametrize(
    "difference",
    [
        _difference(expected='["id","elsewhere"]', actual='["id"]', message=MISSING),
        _difference(expected="no JSON", actual="[]", message=MISSING),
        _difference(path="$.nowhere", expected='["id"]', actual="[]", message=MISSING),
    ],
)
def test_missing_keys_that_the_example_does_not_have_keep_the_engines_words(difference: Difference) -> None:
    assert _result(_verified(differences=(difference,))).mismatches[0].message == MISSING


def test_mismatches_beyond_the_limit_are_counted() -> None:
    assert _result(_verified(differences=(_difference(),), left_out=7)).error == "and 7 more mismatches"


def test_a_failing_state_is_told_in_the_relays_words() -> None:
    part = _part(providerState="order 42 exists")
    errored = _result(_verified(error="One or more of the setup state change handlers has failed"), part, FAULT)

    assert (errored.outcome, errored.error) == (Outcome.ERRORED, FAULT.message)


def test_a_state_that_nobody_saw_fail_is_one_all_the_same() -> None:
    said = "One or more of the setup state change handlers has failed"
    errored = _result(_verified(error=said, duration="1m"), _part(providerState="order 42 exists"))

    assert errored.cause is Cause.STATE
    assert said in errored.error


def test_the_fault_of_another_state_is_not_taken_for_ones_own() -> None:
    errored = _result(_verified(error="it broke"), _part(), FAULT)

    assert errored.error == "it broke"


def test_a_state_fault_does_not_undo_a_pass_or_hide_a_break() -> None:
    part = _part(providerState="order 42 exists")

    assert _result(_verified(ok=True), part, FAULT).outcome is Outcome.PASSED
    assert _result(_verified(differences=(_difference(),)), part, FAULT).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "verified", [_verified(ok=True), _verified(differences=(_difference(),)), _verified(error="x")]
)
def test_a_message_that_could_not_be_had_is_no_pass_whatever_the_engine_matched(verified: Verified) -> None:
    fault = RelayFault(subject="paid", message="the message “paid” could not be had", cause=Cause.STATE)

    errored = _result(verified, _message(), fault)

    assert (errored.outcome, errored.error) == (Outcome.ERRORED, fault.message)


def test_an_error_without_words_is_still_one() -> None:
    assert _result(_verified()).error == "the engine says that it failed and not why"


def test_a_connection_fault_names_its_cause(orders: Server) -> None:
    sending = _verified(error="error sending request for url (http://x/)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"

    def explain(url: str, duration: str) -> str:
        target = Target(url=url, request_timeout=2.0)
        return result_of(_part(), {**sending, "duration": duration}, (), target).error

    assert explain(closed, "1ms") == (
        f"the provider does not accept connections at {closed} (Connection refused): did it end during the run?"
    )
    assert explain(orders.url, "2s") == "the provider did not answer within 2 s (request-timeout)"
    assert explain(orders.url, "1ms") == (
        "the provider closed the connection without an answer, or with none of HTTP (error sending request for url "
        "(http://x/))"
    )
    assert "name" in explain("https://no.such.host.invalid", "1ms").lower()


@pytest.mark.parametrize(
    ("error", "cause", "explained"),
    [
        ("error sending request for url (http://x/)", Cause.CONNECTION, "the provider closed the connection without"),
        ("error following redirect for url (http://x/)", Cause.CONNECTION, "the provider redirects in circles, or"),
        ("error decoding response body", Cause.CONNECTION, "the provider broke off its answer half-way, or it is not"),
        ("a thing of its own", Cause.ENGINE, "a thing of its own"),
        ("", Cause.ENGINE, "the engine says that it failed and not why"),
    ],
)
def test_what_is_no_answer_has_a_cause(orders: Server, error: str, cause: Cause, explained: str) -> None:
    one = result_of(_part(), _verified(error=error), (), Target(url=orders.url, request_timeout=2.0))

    assert (one.outcome, one.cause) == (Outcome.ERRORED, cause)
    assert one.error.startswith(explained)


TAKES_FOR_EVER = (
    "a regular expression of this contract takes for ever to compare with the answer, and was given up: have the "
    "consumer write it without repetitions inside repetitions (Onig: Regex match error: retry-limit-in-match over)"
)
NOTHING = Answer(outcome="raised", message="", interactions=[])


@pytest.mark.parametrize(
    ("answer", "last_words", "expected"),
    [
        (
            NOTHING,
            "Caught panic with error: Onig: Regex match error: retry-limit-in-match over",
            (TAKES_FOR_EVER, Cause.CONTRACT),
        ),
        (
            NOTHING,
            "Caught panic with error: index out of bounds",
            ("the engine gave up without a result: index out of bounds", Cause.ENGINE),
        ),
        (
            {**NOTHING, "message": "Expected a rule"},
            "something else",
            ("the engine gave up without a result: Expected a rule", Cause.ENGINE),
        ),
        (
            NOTHING,
            "",
            ("the engine gave up without a result: its results do not fit the contract", Cause.ENGINE),
        ),
    ],
)
def test_an_engine_that_gives_up_is_explained(answer: Answer, last_words: str, expected: tuple[str, Cause]) -> None:
    assert gave_up(answer, last_words) == expected
