"""Contracts that are published to a broker: in one call, and what it says when it does not take them."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.clients.pact_broker.errors import BrokerError
from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.errors import ConflictError
from gate.ports import Notice, Publication
from gate.stores.pact_broker.publishing import PactBrokerPublisher
from tests.builders import contract
from tests.github_api.faults import Fault as Spoilt
from tests.pact_broker import PactBroker as FakeBroker
from tests.pact_broker import a_pact, faults, pact_broker
from tests.servers import Reply

ONCE = Patience(answer=5, tries=1)
WEB = "web-app"
COMMIT = "9f2c1ab" + "0" * 33


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with pact_broker() as running:
        yield running


def _contract(provider: str, *descriptions: str) -> Contract:
    return contract(a_pact(WEB, provider, *descriptions), consumer=PacticipantVersion(name=WEB), provider=provider)


def _publication(
    *contracts: Contract, version: str = "1", branch: str | None = "main", tags: tuple[str, ...] = (), url: str = ""
) -> Publication:
    consumer = PacticipantVersion(name=WEB, version=version, branch=branch)
    return Publication(consumer=consumer, contracts=contracts or (_contract("orders-api"),), tags=tags, url=url)


def _publish(broker: FakeBroker, publication: Publication) -> tuple[Notice, ...]:
    client = PactBroker(Access(url=broker.url, limit=1_000_000), ONCE, lambda _: None)
    return PactBrokerPublisher(client).publish(publication)


def _conflict(broker: FakeBroker, publication: Publication) -> ConflictError:
    with pytest.raises(ConflictError) as refused:
        _publish(broker, publication)
    return refused.value


def _changed(change: Any) -> Spoilt:
    """Change the honest answer."""

    def spoil(reply: Reply, _: object) -> Reply:
        return Reply(status=reply.status, headers=reply.headers, body=change(reply.body))

    return Spoilt(spoil=spoil, after_work=True)


def _notices(*notices: Any) -> Spoilt:
    return _changed(lambda body: body | {"notices": list(notices)})


def test_all_contracts_go_in_one_call(broker: FakeBroker) -> None:
    """[R017]"""
    contracts = (_contract("orders-api"), _contract("users api/ü", "another"))
    url = "https://ci.example/1?a=b"
    _publish(broker, _publication(*contracts, branch="feat/x", tags=("dev", "a b"), url=url))
    (post,) = broker.requests("POST")

    assert post.path == "/contracts/publish"
    assert {name: value for name, value in post.body.items() if name != "contracts"} == {
        "pacticipantName": WEB,
        "pacticipantVersionNumber": "1",
        "branch": "feat/x",
        "tags": ["dev", "a b"],
        "buildUrl": url,
    }
    for sent, given in zip(post.body["contracts"], contracts, strict=True):
        assert base64.b64decode(sent.pop("content"), validate=True) == given.document
        assert sent == {
            "consumerName": WEB,
            "providerName": given.provider,
            "specification": "pact",
            "contentType": "application/json",
        }
    version = broker.state.pacticipants[WEB].versions["1"]
    assert (list(version.branches), list(version.tags), version.build_url) == (["feat/x"], ["dev", "a b"], url)
    assert list(version.pacts) == ["orders-api", "users api/ü"]


def test_what_is_not_there_is_not_sent(broker: FakeBroker) -> None:
    _publish(broker, _publication(branch=None))
    (post,) = broker.requests("POST")

    assert post.body.keys() == {"pacticipantName", "pacticipantVersionNumber", "contracts"}


def test_a_contract_is_published_byte_for_byte(broker: FakeBroker) -> None:
    document = json.dumps(a_pact(WEB, "orders-api", "é \U0001f600"), ensure_ascii=False, indent=1).encode() + b"\n\n"
    _publish(broker, _publication(replace(_contract("orders-api"), document=document)))
    (post,) = broker.requests("POST")

    assert base64.b64decode(post.body["contracts"][0]["content"]) == document


def test_what_the_broker_says_is_passed_on_but_for_its_hints_to_beginners(broker: FakeBroker) -> None:
    told = _publish(broker, _publication(branch=None))

    assert [one.text for one in told] == [
        "Created web-app version 1",
        "Pact successfully published for web-app version 1 and provider orders-api.",
        f"View the published pact at {broker.url}/pacts/provider/orders-api/consumer/web-app/version/1",
        "Events detected: contract_published, contract_content_changed (first time untagged pact published)",
    ]
    assert not any(one.is_warning for one in told)


@pytest.mark.parametrize(
    ("kind", "is_warning"),
    [
        ("warning", True),
        ("danger", True),
        ("error", True),
        ("info", False),
        ("success", False),
        ("debug", False),
        ("a kind to come", False),
    ],
)
def test_a_warning_is_one(broker: FakeBroker, kind: str, *, is_warning: bool) -> None:
    broker.fault("POST", "/publish$", _notices({"type": kind, "text": "  look here\n"}, {"type": "prompt", "text": ""}))

    assert _publish(broker, _publication()) == (Notice(text="look here", is_warning=is_warning),)


def test_a_notice_without_a_kind_is_no_warning(broker: FakeBroker) -> None:
    broker.fault("POST", "/publish$", _notices({"text": "look here"}))

    assert _publish(broker, _publication()) == (Notice(text="look here"),)


def test_a_broker_without_notices_says_nothing(broker: FakeBroker) -> None:
    without = _changed(lambda body: {name: value for name, value in body.items() if name != "notices"})
    broker.fault("POST", "/publish$", without)

    assert _publish(broker, _publication()) == ()


def test_the_same_content_may_be_published_again(broker: FakeBroker) -> None:
    """[R018]"""
    _publish(broker, _publication())
    told = _publish(broker, _publication(branch="release"))

    assert any("republished" in one.text for one in told)
    assert list(broker.state.pacticipants[WEB].versions["1"].branches) == ["main", "release"]


def test_other_content_for_the_same_version_is_a_conflict_that_shows_the_difference(broker: FakeBroker) -> None:
    """[R019, R020]"""
    broker.publish(WEB, COMMIT, "orders-api")
    conflict = _conflict(broker, _publication(_contract("orders-api", "changed"), version=COMMIT))

    assert conflict.exit_code == 1
    assert str(conflict) == (
        f"{broker.url}/contracts/publish: web-app 9f2c1ab was already published with other content for orders-api, and "
        "nothing was published now. Publish changed contracts as another version, normally the commit that changed "
        "them."
    )
    cannot, difference = conflict.details
    assert cannot.startswith(f"Cannot change the content of the pact for web-app version {COMMIT}")
    assert "changed" in difference
    assert "\n" in difference


def test_a_conflict_keeps_all_of_them_from_being_published(broker: FakeBroker) -> None:
    broker.publish(WEB, "1", "orders-api")
    conflict = _conflict(broker, _publication(_contract("users-api"), _contract("orders-api", "changed")))

    assert "with other content for orders-api, and" in conflict.what
    assert list(broker.state.pacticipants[WEB].versions["1"].pacts) == ["orders-api"]


def test_a_conflict_names_those_alone_whose_content_is_another(broker: FakeBroker) -> None:
    broker.publish(WEB, "1", "orders-api")
    broker.publish(WEB, "1", "users-api")
    conflict = _conflict(broker, _publication(_contract("users-api"), _contract("orders-api", "changed")))

    assert "with other content for orders-api, and" in conflict.what


def test_a_name_that_looks_like_another_one_is_a_conflict(broker: FakeBroker) -> None:
    """[R022]"""
    broker.pacticipant("orders-api")
    conflict = _conflict(broker, _publication(_contract("Orders Api")))

    assert str(conflict) == (
        f"{broker.url}/contracts/publish: the Pact Broker refused the contracts, and none was published. "
        "Read its reason above."
    )
    assert any("very similar" in text for text in conflict.details)
    assert WEB not in broker.state.pacticipants


def test_a_name_like_another_one_is_not_mistaken_for_other_content(broker: FakeBroker) -> None:
    broker.publish(WEB, "1", "orders-api")
    conflict = _conflict(broker, _publication(_contract("orders-api"), _contract("Orders Api")))

    assert "other content" not in conflict.what


@pytest.mark.parametrize("said", [[], ["No."], ["Cannot change the content of something that nobody named"]])
def test_a_conflict_in_other_words_is_a_conflict(broker: FakeBroker, said: list[str]) -> None:
    body = {"notices": [{"type": "error", "text": text} for text in said], "errors": {"contracts": said}}
    broker.fault("POST", "/publish$", faults.answer(409, body))
    conflict = _conflict(broker, _publication())

    assert conflict.what == "the Pact Broker refused the contracts, and none was published."
    assert conflict.details == tuple(said)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"_embedded": {"version": {"number": "2"}}}, "the broker answered about another version than it was given."),
        ({"_embedded": {}}, "the answer is not what a Pact Broker says there: _embedded.version: Field required."),
        ({"_embedded": None}, "the answer is not what a Pact Broker says there: _embedded: "),
        ({"notices": [{"type": "info"}]}, "the answer is not what a Pact Broker says there: notices.0.text: "),
        ({"notices": 5}, "the answer is not what a Pact Broker says there: notices: "),
    ],
)
def test_an_answer_about_something_else_is_no_success(broker: FakeBroker, change: Any, what: str) -> None:
    broker.fault("POST", "/publish$", _changed(lambda body: body | change))
    with pytest.raises(BrokerError) as refused:
        _publish(broker, _publication())

    assert refused.value.what.startswith(what)
    assert not isinstance(refused.value, ConflictError)


@pytest.mark.parametrize(
    "fault", [faults.not_json(), faults.answer(200, {}), faults.answer(500), faults.dropped(after_work=True)]
)
def test_a_broker_that_answers_nonsense_published_nothing_for_all_that_is_known(
    broker: FakeBroker, fault: faults.Fault
) -> None:
    broker.fault("POST", "/publish$", fault)
    with pytest.raises(BrokerError):
        _publish(broker, _publication())


def test_what_the_broker_does_not_understand_is_its_refusal(broker: FakeBroker) -> None:
    """[R199]"""
    with pytest.raises(BrokerError) as refused:
        _publish(broker, _publication(version="1\n2"))

    assert refused.value.status == 400
    assert "pacticipantVersionNumber: cannot contain multiple lines" in refused.value.what


def test_a_broker_without_that_link_is_too_old(broker: FakeBroker) -> None:
    broker.fault("GET", "^/$", _changed(lambda body: {"_links": {"self": body["_links"]["self"]}}))
    with pytest.raises(BrokerError, match="has no link pb:publish-contracts"):
        _publish(broker, _publication())
