"""Results that are kept in a broker: in which order, where, with what, and what comes of one that cannot be kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gate import __version__
from gate.clients.pact_broker.client import Access, PactBroker, Patience, basic
from gate.clients.pact_broker.errors import BrokerError
from gate.domain.contracts import Because, Contract, Fault, PacticipantVersion
from gate.domain.results import InteractionResult, Mismatch, Outcome, Where
from gate.ports import Verification
from gate.stores.choice import Choice
from gate.stores.pact_broker.results import PactBrokerResults
from gate.stores.pact_broker.store import PactBrokerStore
from tests.builders import candidate, interaction, mismatch, result
from tests.github_api.faults import Fault as Spoilt
from tests.pact_broker import Basic, a_pact, faults, pact_broker
from tests.pact_broker import PactBroker as FakeBroker
from tests.servers import Reply, Server

ONCE = Patience(answer=5, tries=1)
API = "orders-api"
THIS = PacticipantVersion(name=API, version="5.1.0", branch="main")
PAGE = "https://ci.example/run/1"


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with pact_broker() as running:
        yield running


def _client(broker: FakeBroker) -> PactBroker:
    return PactBroker(Access(url=broker.url, limit=50_000_000), ONCE, lambda _: None)


def _contracts(broker: FakeBroker, *, branch: str | None = "main", **choice: Any) -> Sequence[Contract]:
    store = PactBrokerStore(_client(broker), Choice(**choice))
    return store.contracts(candidate(service=API, version="5.1.0", branch=branch)).contracts


def _verified(contract: Contract, *results: InteractionResult, success: bool = True) -> Verification:
    return Verification(contract=contract, success=success, results=results or (result(),))


def _keep(
    broker: FakeBroker, *verifications: Verification, provider: PacticipantVersion = THIS, url: str = PAGE
) -> tuple[Fault, ...]:
    return PactBrokerResults(_client(broker)).keep(provider, verifications, url)


def _kept(broker: FakeBroker, *results: InteractionResult) -> Any:
    """Keep results of one contract, and give what the broker was told of them."""
    broker.publish("web-app", "1", API)
    (contract,) = _contracts(broker)
    assert _keep(broker, _verified(contract, *results)) == ()
    return broker.results(API, "5.1.0")[-1].test_results


def _changed(change: Any) -> Spoilt:
    """Change the honest answer."""

    def spoil(reply: Reply, _: object) -> Reply:
        return Reply(status=reply.status, headers=reply.headers, body=change(reply.body))

    return Spoilt(spoil=spoil, after_work=True)


def _written(broker: FakeBroker) -> list[tuple[str, str]]:
    return [(one.method, one.path) for one in broker.asked if one.method in {"PUT", "PATCH"} or "results" in one.path]


def test_the_branch_comes_first_and_then_each_contract_at_its_own_address(broker: FakeBroker) -> None:
    for consumer in ("a-app", "b-app", "c-app"):
        broker.publish(consumer, "1", API, a_pact(consumer, API))
    contracts = _contracts(broker)
    links = [json.loads(one.document)["_links"]["pb:publish-verification-results"]["href"] for one in contracts]

    assert _keep(broker, *(_verified(one) for one in contracts)) == ()
    branch, *posts = _written(broker)
    assert branch == ("PUT", "/pacticipants/orders-api/branches/main/versions/5.1.0")
    assert sorted(posts) == sorted(("POST", link.removeprefix(broker.url)) for link in links)
    assert all("/metadata/" in link for link in links)
    assert broker.requests("PUT")[0].body == {}
    assert [one.version.number for one in broker.results(API)] == ["5.1.0"] * 3
    assert list(broker.state.pacticipants[API].versions["5.1.0"].branches) == ["main"]


def test_without_a_branch_none_is_written(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", API)
    contracts = _contracts(broker, branch=None)

    assert _keep(broker, _verified(contracts[0]), provider=replace(THIS, branch=None)) == ()
    assert [method for method, _ in _written(broker)] == ["POST"]
    assert broker.state.pacticipants[API].versions["5.1.0"].branches == {}


def test_a_branch_is_a_part_of_an_address_whatever_is_in_its_name(broker: FakeBroker) -> None:
    """[R079, R197]"""
    provider = PacticipantVersion(name=API, version="release/1.0 ü", branch="feat/a b%2Fc")
    broker.publish("web-app", "1", API)

    assert _keep(broker, _verified(_contracts(broker)[0]), provider=provider) == ()
    assert _written(broker)[0][1] == (
        "/pacticipants/orders-api/branches/feat%2Fa%20b%252Fc/versions/release%2F1.0%20%C3%BC"
    )
    assert list(broker.state.pacticipants[API].branches) == ["feat/a b%2Fc"]
    assert [one.version.number for one in broker.results(API)] == ["release/1.0 ü"]


def test_a_branch_that_cannot_be_written_keeps_nothing(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", API)
    contracts = _contracts(broker)
    broker.fault("PUT", "/branches/", faults.answer(403))
    with pytest.raises(BrokerError, match="answered 403 to PUT"):
        _keep(broker, _verified(contracts[0]))

    assert broker.results(API) == []


def test_nothing_to_keep_writes_no_result(broker: FakeBroker) -> None:
    broker.pacticipant(API)

    assert _keep(broker) == ()
    assert broker.requests("POST") == []


def test_a_result_says_what_ran_and_who_says_so(broker: FakeBroker) -> None:
    """[R085]"""
    broker.publish("web-app", "1", API)
    contracts = _contracts(broker)
    _keep(broker, _verified(contracts[0]))
    _keep(broker, _verified(contracts[0], result(Outcome.FAILED), success=False))
    posts = [one.body for one in broker.requests("POST", "/verification-results$")]

    assert [(one["success"], one["providerApplicationVersion"]) for one in posts] == [(True, "5.1.0"), (False, "5.1.0")]
    for one in posts:
        assert one["verifiedBy"] == {
            "implementation": "Contract Gate",
            "version": __version__,
            "clientLanguage": "Python",
        }
        assert one.keys() == {"success", "providerApplicationVersion", "verifiedBy", "testResults", "buildUrl"}
    assert [one.success for one in broker.results(API)] == [True, False]


@pytest.mark.parametrize(("url", "sent"), [(PAGE, {"buildUrl": PAGE}), ("", {})])
def test_the_page_of_the_run_is_linked_if_there_is_one(broker: FakeBroker, url: str, sent: Any) -> None:
    broker.publish("web-app", "1", API)
    _keep(broker, _verified(_contracts(broker)[0]), url=url)
    (post,) = broker.requests("POST", "/verification-results$")

    assert {name: value for name, value in post.body.items() if name == "buildUrl"} == sent


def test_each_interaction_has_its_part(broker: FakeBroker) -> None:
    """[R085, R097]"""
    states = ("an order exists", "the user is logged in")
    passed = InteractionResult(
        interaction=interaction(0, description="order 42", states=states, identifier="a1b2"), outcome=Outcome.PASSED
    )
    broken = mismatch(where=Where.BODY, path="$.total", expected="19.9", actual="20", message="not equal")
    status = Mismatch(where=Where.STATUS, expected="200", actual="404", message="expected 200 but was 404")
    failed = InteractionResult(
        interaction=interaction(1, description="order 43"), outcome=Outcome.FAILED, mismatches=(status, broken)
    )
    errored = InteractionResult(
        interaction=interaction(2, description="order 44"), outcome=Outcome.ERRORED, error="no answer within 10 s"
    )

    assert _kept(broker, passed, failed, errored) == {
        "tests": [
            {
                "interactionId": "a1b2",
                "interactionDescription": "order 42",
                "providerStates": [{"name": "an order exists"}, {"name": "the user is logged in"}],
                "success": True,
            },
            {
                "interactionDescription": "order 43",
                "providerStates": [],
                "success": False,
                "mismatches": [
                    {
                        "attribute": "status",
                        "expected": "200",
                        "actual": "404",
                        "description": "expected 200 but was 404",
                    },
                    {
                        "attribute": "body",
                        "identifier": "$.total",
                        "expected": "19.9",
                        "actual": "20",
                        "description": "not equal",
                    },
                ],
            },
            {
                "interactionDescription": "order 44",
                "providerStates": [],
                "success": False,
                "exception": {"message": "no answer within 10 s"},
            },
        ],
        "summary": {"testCount": 3, "failureCount": 2},
    }


def _everywhere(text: str) -> InteractionResult:
    """Make a result that has a text in all of its places but its name."""
    return InteractionResult(
        interaction=interaction(description=text, states=(text,)),
        outcome=Outcome.FAILED,
        mismatches=(Mismatch(where=Where.BODY, path=text, expected=text, actual=text, message=text),),
        error=text,
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value if isinstance(value, list) else value.values():
            yield from _texts(one)


@pytest.mark.parametrize(
    ("hostile", "seen"),
    [
        ("a\0b", "a\\x00b"),
        ("a\ud800b", "a\\ud800b"),
        ("a\nb\rc\x1b[31m", "a\\nb\\rc\\x1b[31m"),
        ("\u202eabc", "\\u202eabc"),
    ],
)
def test_hostile_text_becomes_visible(broker: FakeBroker, hostile: str, seen: str) -> None:
    (test,) = _kept(broker, _everywhere(hostile))["tests"]
    texts = {text for text in _texts(test) if text != "body"}

    assert texts == {seen}


@pytest.mark.parametrize("hostile", ["a\0b", "a\ud800b", "a\nb", "\u202eabc", "x" * 1_000_000])
def test_the_name_of_an_interaction_is_a_text_of_others_too(broker: FakeBroker, hostile: str) -> None:
    named = InteractionResult(interaction=interaction(identifier=hostile), outcome=Outcome.PASSED)
    (test,) = _kept(broker, named)["tests"]
    kept = test.get("interactionId", "")

    assert kept.isprintable()
    assert len(kept) <= 2000


def test_what_is_kept_of_one_interaction_is_bounded(broker: FakeBroker) -> None:
    huge = "\ud800" * 1_000_000
    many = replace(_everywhere("x"), mismatches=tuple(mismatch(message=f"{number}") for number in range(1000)))
    (first, second) = _kept(broker, _everywhere(huge), many)["tests"]

    assert max(len(text) for text in _texts(first)) <= 2000
    assert first["interactionDescription"].startswith("\\ud800\\ud800")
    assert first["interactionDescription"].endswith("…")
    assert [one["description"] for one in second["mismatches"]] == [str(number) for number in range(100)]


def test_one_that_cannot_be_kept_does_not_keep_the_others_from_it(broker: FakeBroker) -> None:
    consumers = ("a-app", "b-app", "c-app")
    for consumer in consumers:
        broker.publish(consumer, "1", API, a_pact(consumer, API))
    contracts = _contracts(broker)
    broker.fault("POST", "/consumer/b-app/.*/verification-results$", faults.answer(500, {"error": "locked"}))
    broken = replace(contracts[2], document=b"{}")
    kept = _keep(broker, _verified(contracts[0]), _verified(contracts[1]), _verified(broken))

    assert [(fault.where, fault.what) for fault in kept] == [
        ("the result for b-app 1", "it could not be kept: the Pact Broker answered 500 to POST: locked."),
        ("the result for c-app 1", "it could not be kept: the answer has no link pb:publish-verification-results."),
    ]
    assert [one.content.consumer.name for one in broker.results(API)] == ["a-app"]


def test_a_result_is_not_posted_to_another_host(broker: FakeBroker, orders: Server) -> None:
    broker.publish("web-app", "1", API)
    (contract,) = _contracts(broker)
    document = contract.document.replace(broker.url.encode(), orders.url.encode())
    (fault,) = _keep(broker, _verified(replace(contract, document=document)))

    assert fault.what.startswith("it could not be kept: the broker's links lead to another host")
    assert fault.remedy
    assert orders.asked == []
    assert broker.results(API) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"providerApplicationVersion": "5.0.0"}, "the broker answered with another result than it was given."),
        ({"success": False}, "the broker answered with another result than it was given."),
        ({"success": None}, "the answer is not what a Pact Broker says there: success: "),
        ({"success": "true"}, "the answer is not what a Pact Broker says there: success: "),
        ({"success": 1}, "the answer is not what a Pact Broker says there: success: "),
        ({"providerApplicationVersion": 5}, "the answer is not what a Pact Broker says there: "),
        ({"providerApplicationVersion": None}, "the answer is not what a Pact Broker says there: "),
        ({"page": {"totalPages": 2}}, "the answer is one page of several"),
    ],
)
def test_an_answer_about_something_else_is_no_success(broker: FakeBroker, change: Any, what: str) -> None:
    broker.publish("web-app", "1", API)
    contracts = _contracts(broker)
    broker.fault("POST", "/verification-results$", _changed(lambda body: body | change))
    (fault,) = _keep(broker, _verified(contracts[0]))

    assert fault.where == "the result for web-app 1"
    assert fault.what.startswith(f"it could not be kept: {what}")


@pytest.mark.parametrize(
    "fault",
    [
        faults.not_json(),
        faults.answer(200, {}),
        faults.answer(200, []),
        faults.answer(204),
        faults.answer(404, {"error": "gone"}),
        faults.redirect("/elsewhere"),
        faults.dropped(after_work=True),
    ],
)
def test_a_broker_that_answers_nonsense_kept_nothing_for_all_that_is_known(
    broker: FakeBroker, fault: faults.Fault
) -> None:
    broker.publish("web-app", "1", API)
    contracts = _contracts(broker)
    broker.fault("POST", "/verification-results$", fault)

    (told,) = _keep(broker, _verified(contracts[0]))
    assert told.what.startswith("it could not be kept: ")


# What a kept result changes


def _pending(broker: FakeBroker, branch: str | None) -> bool:
    (contract,) = _contracts(broker, branch=branch)
    assert contract.selection is not None
    return contract.selection.pending


def test_a_success_on_the_branch_ends_that_a_contract_is_pending(broker: FakeBroker) -> None:
    """[R230]"""
    broker.publish("web-app", "1", API)
    broker.version(API, "5.0.0", branch="main")
    (contract,) = _contracts(broker)

    assert _pending(broker, "main") is True
    _keep(broker, _verified(contract, result(Outcome.FAILED), success=False))
    assert _pending(broker, "main") is True
    _keep(broker, _verified(contract), provider=replace(THIS, branch=None, version="0"))
    assert _pending(broker, "main") is True
    _keep(broker, _verified(contract))
    assert _pending(broker, "main") is False


def test_a_success_on_another_branch_ends_it_there_alone(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", API)
    broker.version(API, "5.0.0", branch="main")
    broker.version(API, "5.0.1", branch="feat/x")
    (contract,) = _contracts(broker)
    _keep(broker, _verified(contract), provider=replace(THIS, branch="feat/x"))

    assert (_pending(broker, "feat/x"), _pending(broker, "main")) == (False, True)


def test_what_is_work_in_progress_and_more_is_not_kept_as_work_in_progress(broker: FakeBroker) -> None:
    for version, branch in (("0", "main"), ("1", "feat/x"), ("2", "feat/y")):
        broker.publish("web-app", version, API, a_pact("web-app", API, branch), branch=branch)
        broker.version(API, "5.0.0", branch=branch)
    contracts = _contracts(broker, branch="feat/x", wip_since="2026-11-01")
    reasons = {one.consumer.version: one.selection and one.selection.because for one in contracts}
    assert _keep(broker, *(_verified(one) for one in contracts), provider=replace(THIS, branch="feat/x")) == ()

    assert reasons == {
        "0": (Because.MAIN_BRANCH,),
        "1": (Because.SAME_BRANCH,),
        "2": (Because.WIP,),
    }
    kept = {pact.version.number: one.wip for one in broker.results(API) for pact in one.content.pacts}
    assert kept == {"0": False, "1": False, "2": True}


# Who may only read


def test_who_may_only_read_is_told_how_to_do_without() -> None:
    """[R205]"""
    with pact_broker(auth=Basic("ci", "another", reader=("ci", "hunter2"))) as broker:
        broker.publish("web-app", "1", API)
        access = Access(url=broker.url, authorization=basic("ci", "hunter2"), limit=1_000_000)
        client = PactBroker(access, ONCE, lambda _: None)
        store = PactBrokerStore(client, Choice())
        (contract,) = store.contracts(candidate(service=API, version="5.1.0", branch="main")).contracts
        with pytest.raises(BrokerError) as refused:
            PactBrokerResults(client).keep(THIS, [_verified(contract)], PAGE)
        (fault,) = PactBrokerResults(client).keep(replace(THIS, branch=None), [_verified(contract)], PAGE)

        assert broker.results(API) == []
    assert refused.value.status == 401
    assert refused.value.what == "no result could be kept: the Pact Broker answered 401 to PUT."
    assert fault.what == "it could not be kept: the Pact Broker answered 401 to POST."
    for remedy in (refused.value.remedy, fault.remedy):
        assert remedy.endswith("Where they may only read, set publish-results: never.")
        assert "broker-username and broker-password" in remedy


@pytest.mark.parametrize(("status", "hinted"), [(401, True), (403, True), (400, False), (409, False), (500, False)])
def test_only_who_is_refused_is_told_so(broker: FakeBroker, status: int, *, hinted: bool) -> None:
    broker.publish("web-app", "1", API)
    contracts = _contracts(broker)
    broker.fault("POST", "/verification-results$", faults.answer(status, {"error": "no"}))
    (fault,) = _keep(broker, _verified(contracts[0]))

    assert ("publish-results: never" in fault.remedy) is hinted
