"""What is taken for a fact, and what is not, of the answers of a broker."""

from collections.abc import Iterator
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.clients.pact_broker.errors import BrokerError
from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate, Stage
from gate.stores.choice import Choice
from gate.stores.pact_broker.documents import Selected
from gate.stores.pact_broker.pacts import OneContract, address_of_content, consumer_of
from gate.stores.pact_broker.relevance import _choose
from gate.stores.pact_broker.store import PactBrokerStore
from tests.builders import candidate
from tests.github_api.faults import Fault as Fault_
from tests.pact_broker import PactBroker as FakeBroker
from tests.pact_broker import faults, pact_broker
from tests.servers import Reply

ONCE = Patience(answer=5, tries=1)
THIS = PacticipantVersion(name="orders-api", version="5.1.0")


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with pact_broker() as running:
        yield running


def _client(broker: FakeBroker) -> PactBroker:
    return PactBroker(Access(url=broker.url, limit=10_000_000), ONCE, lambda _: None)


def _store(broker: FakeBroker, **choice: Any) -> PactBrokerStore:
    return PactBrokerStore(_client(broker), Choice(**choice))


def _candidate(**more: Any) -> Candidate:
    return candidate(**({"service": "orders-api", "version": "5.1.0", "branch": "main"} | more))


def _changed(change: Any) -> Fault_:
    """Change the honest answer."""

    def spoil(reply: Reply, _: object) -> Reply:
        return Reply(status=reply.status, headers=reply.headers, body=change(reply.body))

    return Fault_(spoil=spoil, after_work=True)


def _refusal(work: Any) -> str:
    with pytest.raises(BrokerError) as refused:
        work()
    return str(refused.value)


def test_who_is_live_has_instances_and_kinds(broker: FakeBroker) -> None:
    broker.version("orders-api", "1")
    broker.version("web-app", "2")
    broker.deploy("orders-api", "1", "production", instance="blue")
    broker.release("web-app", "2", "production")
    broker.deploy("web-app", "2", "test")
    live = _store(broker).live(candidate(environments=("production",)))

    assert [(one.name, one.version, one.instance, one.released) for one in live] == [
        ("orders-api", "1", "blue", False),
        ("web-app", "2", None, True),
    ]
    assert all(one.since is not None for one in live)


def test_one_page_of_several_is_not_taken_for_all(broker: FakeBroker) -> None:
    broker.fault("GET", "/currently-deployed$", _changed(lambda body: body | {"page": {"totalPages": 2}}))

    assert "one page of several" in _refusal(lambda: _store(broker).live(candidate(environments=("production",))))


def test_what_is_listed_as_live_and_not_found_is_a_contradiction(broker: FakeBroker) -> None:
    broker.version("orders-api", "5.1.0")
    broker.deploy("orders-api", "5.1.0", "production")
    store = _store(broker)
    store.live(candidate(environments=("production",)))
    broker.fault("GET", "/pacticipants/orders-api", faults.answer(404, {"error": "no"}, headers=BROKERS))

    assert "lists orders-api as live, and says that it does not know it" in _refusal(lambda: store.knows("orders-api"))
    assert "lists orders-api 5.1.0 as live" in _refusal(lambda: store.expectations(THIS))


BROKERS = {"X-Pact-Broker-Version": "2.120.0"}


def test_an_answer_about_something_else_is_none(broker: FakeBroker) -> None:
    broker.publish("orders-api", "5.1.0", "users-api")
    broker.publish("orders-api", "5.0.0", "users-api", broker_pact("orders-api", "another"))
    broker.fault("GET", "/pacticipants/orders-api$", _changed(lambda body: body | {"name": "users-api"}), times=1)
    broker.fault("GET", "/versions/5.1.0$", _changed(lambda body: body | {"number": "5.0.0"}), times=1)

    assert "about users-api, and orders-api was asked" in _refusal(lambda: _store(broker).knows("orders-api"))
    assert "about version 5.0.0, and version 5.1.0 was" in _refusal(lambda: _store(broker).expectations(THIS))

    other = f"{broker.url}/pacts/provider/users-api/consumer/orders-api/version/5.0.0"
    links = {"pb:pact-versions": [{"href": other}]}
    broker.fault("GET", "/versions/5.1.0$", _changed(lambda body: body | {"_links": body["_links"] | links}), times=1)
    assert "about a contract of orders-api 5.0.0, and one of orders-api 5.1.0" in _refusal(
        lambda: _store(broker).expectations(THIS)
    )


def broker_pact(consumer: str, description: str, provider: str = "users-api") -> dict[str, Any]:
    one = {"description": description, "request": {"method": "GET", "path": "/"}, "response": {"status": 200}}
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [one],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


def test_the_contract_of_another_consumer_is_not_taken_for_the_one_that_was_chosen(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.fault("GET", "/pact-version/", _changed(lambda body: body | {"consumer": {"name": "billing"}}))
    fetched = _store(broker).contracts(_candidate())

    assert fetched.contracts == ()
    assert [fault.where for fault in fetched.faults] == ["the contract of web-app"]
    assert [consumer for consumer, _ in fetched.unread] == ["web-app"]


@pytest.mark.parametrize("page", [{"totalPages": 2, "number": 1}, {"totalPages": "many"}, 2, None])
def test_a_contract_may_have_any_key_of_its_authors_also_that_of_a_page(broker: FakeBroker, page: Any) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.publish("orders-api", "5.1.0", "users-api")
    broker.fault("GET", "/pacts/provider/[^/]+/consumer/", _changed(lambda body: body | {"page": page}), times=None)
    url = f"{broker.url}/pacts/provider/orders-api/consumer/web-app/version/1"
    fetched = [_store(broker).contracts(_candidate()), OneContract(_client(broker), url).contracts(_candidate())]

    assert [[one.consumer.name for one in each.contracts] for each in fetched] == [["web-app"], ["web-app"]]
    assert [each.faults for each in fetched] == [(), ()]
    assert [one.provider for one in _store(broker).expectations(THIS)] == ["users-api"]


def test_a_contract_without_its_content_s_name_is_refused(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "orders-api")

    def nameless(body: Any) -> Any:
        return body | {"_links": body["_links"] | {"pb:pact-version": {"href": "x"}}}

    broker.fault("GET", "/pact-version/", _changed(nameless))
    (fault,) = _store(broker).contracts(_candidate()).faults
    assert "the contract has no link pb:pact-version with a name" in fault.what


def test_the_heads_of_all_branches_are_taken_where_nobody_knows_the_main_one(broker: FakeBroker) -> None:
    broker.publish("trunky", "1", "orders-api", branch="trunk")
    broker.publish("tagged", "1", "orders-api", broker_pact("tagged", "x", "orders-api"), branch=None)
    broker.publish("renamed", "1", "orders-api", branch="trunk")
    broker.pacticipant("renamed", main_branch="main")
    broker.publish("gone", "1", "orders-api", branch="main")
    broker.publish("gone", "2", "users-api", branch="main")
    fetched = _store(broker).contracts(_candidate())

    found = {one.consumer.name: one.selection and one.selection.because for one in fetched.contracts}
    assert found == dict.fromkeys(("renamed", "tagged", "trunky"), (Because.SOME_BRANCH,))
    assert len(fetched.notes) == 3
    assert fetched.faults == ()


def test_more_branches_than_one_page_are_too_many(broker: FakeBroker) -> None:
    broker.publish("trunky", "1", "orders-api", branch="trunk")
    pages = {"page": {"number": 1, "size": 100, "totalElements": 101, "totalPages": 2}}
    broker.fault("GET", "/branches$", _changed(lambda body: body | pages))
    (fault,) = _store(broker).contracts(_candidate()).faults

    assert "it has too many to take them all for it" in fault.what


def test_selectors_that_select_nothing_are_told_of(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    nothing = _store(broker, selectors=[{"mainBranch": True, "consumer": "web-ap"}]).contracts(_candidate())
    something = _store(broker, selectors=[{"mainBranch": True}]).contracts(_candidate())

    assert (nothing.contracts, nothing.notes) == ((), ("consumer-version-selectors selected no contract at all.",))
    assert (len(something.contracts), something.notes) == (1, ())


def test_a_broker_that_has_never_heard_of_a_service_has_nothing_of_it(broker: FakeBroker) -> None:
    store = _store(broker)

    assert store.contracts(_candidate()).contracts == ()
    assert list(store.live_contracts(_candidate())) == []
    assert store.expectations(THIS) == ()
    assert store.history("orders-api") == ()
    assert not store.knows("orders-api")


def test_a_service_is_known_as_consumer_as_provider_or_from_where_it_is_live(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.version("lonely", "1")
    broker.version("live", "1")
    broker.deploy("live", "1", "test")
    store = _store(broker)

    assert [store.knows(name) for name in ("web-app", "orders-api", "live", "lonely")] == [True, True, True, False]


def test_the_history_goes_back_until_enough_is_on_the_main_branch(broker: FakeBroker) -> None:
    broker.publish("orders-api", "0", "users-api", branch="main")
    for number in range(105):
        broker.version("orders-api", f"branch-{number}", branch="feat/x")
    broker.version("orders-api", "detached")
    history = _store(broker).history("orders-api")

    assert [(one.version, one.on_main, one.expects) for one in (history[0], history[1], history[-1])] == [
        ("detached", True, False),
        ("branch-104", False, False),
        ("0", True, True),
    ]
    assert len(history) == 107


def test_the_history_does_not_go_back_for_ever(broker: FakeBroker) -> None:
    for number in range(130):
        broker.version("orders-api", str(number), branch="main")

    assert len(_store(broker).history("orders-api")) == 100


def test_a_pair_whose_answer_cannot_be_read_is_a_fault_beside_the_others(broker: FakeBroker) -> None:
    broker.publish("orders-api", "5.1.0", "users-api")
    broker.verify("orders-api", "5.1.0", "users-api", "9")
    pairs = [
        Pair(consumer="orders-api", consumer_version="5.1.0", provider="users-api", provider_version=version)
        for version in ("9", "10")
    ]
    broker.fault(
        "GET", "/matrix$", faults.answer(500, {"error": {"message": "out of order", "reference": "x"}}), times=1
    )
    results = list(_store(broker).results(pairs).values())

    assert sum(isinstance(one, Fault) for one in results) == 1
    again = list(_store(broker).results(pairs).values())
    assert [one is not None and not isinstance(one, Fault) and one.success for one in again] == [True, False]


def test_a_candidate_on_no_branch_asks_for_none(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    fetched = _store(broker).contracts(_candidate(branch=None))

    assert [one.consumer.name for one in fetched.contracts] == ["web-app"]
    assert all("providerVersionBranch" not in one.body for one in broker.requests("POST", "/for-verification$"))


def test_a_row_without_a_version_is_about_no_pair(broker: FakeBroker) -> None:
    """[R173]"""
    broker.publish("orders-api", "5.1.0", "users-api")
    broker.version("users-api", "9")
    pair = Pair(consumer="orders-api", consumer_version="5.1.0", provider="users-api", provider_version="9")

    assert _store(broker).results([pair]) == {pair: None}


def test_one_contract_is_the_brokers_own_and_the_services_own(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "users-api")
    url = f"{broker.url}/pacts/provider/users-api/consumer/web-app/version/1"

    def asked(address: str) -> Any:
        return OneContract(_client(broker), address).contracts(_candidate())

    assert "this is a contract with users-api, not with orders-api" in _refusal(lambda: asked(url))
    assert "contract-url is not at the broker" in _refusal(lambda: asked("https://elsewhere.example/pact"))


def test_an_address_of_another_form_is_refused() -> None:
    assert "this address of a contract is of no known form" in _refusal(lambda: address_of_content("https://b/pact/1"))
    assert consumer_of("https://b/pacts/provider/a/consumer/web%20app%2Fui/version/1") == "web app/ui"
    assert consumer_of("https://b/pact/1") == "unknown"


def test_a_row_without_a_result_is_no_result(broker: FakeBroker) -> None:
    broker.publish("orders-api", "5.1.0", "users-api")
    broker.verify("orders-api", "5.1.0", "users-api", "9")
    pair = Pair(consumer="orders-api", consumer_version="5.1.0", provider="users-api", provider_version="9")

    def emptied(body: Any) -> Any:
        return body | {"matrix": [row | {"verificationResult": None} for row in body["matrix"]]}

    broker.fault("GET", "/matrix$", _changed(emptied))
    assert _store(broker).results([pair]) == {pair: None}


def _selected(wip: str, *, is_wip: bool) -> Any:
    url = f"http://b/pacts/provider/orders-api/consumer/web-app/pact-version/1/metadata/{wip}"
    return Selected.model_validate(
        {"verificationProperties": {"pending": True, "wip": is_wip}, "_links": {"self": {"href": url}}}
    )


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        (("wip",), "wip"),
        (("wip", "other"), "other"),
        (("other", "wip"), "other"),
        (("wip", "wip again", "other"), "other"),
        (("wip", "other", "another", "wip again"), "other"),
        (("other", "another"), "other"),
    ],
)
def test_of_a_content_that_is_work_in_progress_and_more_the_address_of_the_more_is_kept(
    order: tuple[str, ...], kept: str
) -> None:
    chosen: dict[Any, Any] = {}
    for one in order:
        _choose(chosen, [_selected(one, is_wip=one.startswith("wip"))], Because.MAIN_BRANCH)
    (only,) = chosen.values()

    assert only.url.endswith(f"/{kept}")


def test_a_version_s_own_contracts_and_those_of_others_with_a_provider(broker: FakeBroker) -> None:
    broker.publish("orders-api", "5.1.0", "users-api")
    broker.publish("orders-api", "5.1.0", "billing", broker_pact("orders-api", "x", "billing"))
    broker.publish("web-app", "1", "users-api", broker_pact("web-app", "y"))
    broker.version("web-app", "2")
    others = [PacticipantVersion(name="web-app", version=version) for version in ("1", "2", "3")]
    store = _store(broker)

    assert sorted(one.provider for one in store.expectations(THIS)) == ["billing", "users-api"]
    assert store.contents("users-api", [THIS, *others]) == {
        THIS: broker.content("orders-api", "5.1.0", "users-api").sha,
        others[0]: broker.content("web-app", "1", "users-api").sha,
    }


def test_what_is_live_where_a_deployment_is_headed_is_asked_for_alone(broker: FakeBroker) -> None:
    broker.publish("web-app", "1", "orders-api")
    broker.publish("web-app", "2", "orders-api", broker_pact("web-app", "x", "orders-api"), branch="feat/x")
    broker.deploy("web-app", "1", "production")
    this = _candidate(branch="feat/x", stage=Stage.DEPLOY)
    fetched = _store(broker).contracts(this)

    found = [(one.consumer.version, one.selection and one.selection.because) for one in fetched.contracts]
    assert found == [("1", (Because.LIVE, Because.MAIN_BRANCH))]
    assert _store(broker).live_contracts(this) == [("web-app", broker.content("web-app", "1", "orders-api").sha)]
