"""The repository of an application in a broker: shown, as far as the broker was told, and nothing rests on it."""

from collections.abc import Iterator
from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience
from gate.clients.pact_broker.errors import BrokerError
from gate.stores.choice import Choice
from gate.stores.pact_broker.store import PactBrokerStore
from tests.github_api.faults import Fault as Spoilt
from tests.pact_broker import PactBroker as FakeBroker
from tests.pact_broker import faults, pact_broker
from tests.servers import Reply

WEB = "web-app"


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with pact_broker() as running:
        yield running


def _owners(broker: FakeBroker, *names: str) -> Any:
    client = PactBroker(Access(url=broker.url, limit=10_000_000), Patience(answer=5, tries=1), lambda _: None)
    return PactBrokerStore(client, Choice()).owners(names or (WEB,))


def _telling(broker: FakeBroker, **fields: Any) -> None:
    """Have the broker say more of an application than the fake one knows."""

    def spoil(reply: Reply, _: object) -> Reply:
        return Reply(status=reply.status, headers=reply.headers, body=reply.body | fields)

    broker.pacticipant(WEB)
    broker.fault("GET", f"/pacticipants/{WEB}$", Spoilt(spoil=spoil, after_work=True))


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://github.com/acme/web-app", "https://github.com/acme/web-app"),
        ("https://ada:s3cr3t@github.com/acme/web-app?token=s3cr3t", "https://github.com/acme/web-app"),
        ("git@github.com:acme/web-app.git", "github.com:acme/web-app.git"),
        ("ada:s3cr3t@github.com", "github.com"),
        ("@acme/web", "acme/web"),
        ("https://x/" + "a" * 200, "https://x/" + "a" * 89 + "…"),
        ("a\nb", "a\\nb"),
    ],
)
def test_the_address_of_a_repository_is_shown_without_secrets_and_in_short(
    broker: FakeBroker, url: str, owner: str
) -> None:
    broker.pacticipant(WEB, repository_url=url)
    broker.pacticipant("billing")

    assert _owners(broker, WEB, "billing", "nobody") == {WEB: (owner,)}


@pytest.mark.parametrize(
    ("fields", "owners"),
    [
        ({"repositoryNamespace": "acme", "repositoryName": "web-app"}, {WEB: ("acme/web-app",)}),
        (
            {"repositoryNamespace": "acme", "repositoryName": "web", "repositoryUrl": "https://x"},
            {WEB: ("acme/web",)},
        ),
        ({"repositoryNamespace": "acme", "repositoryUrl": "https://x"}, {WEB: ("https://x",)}),
        ({"repositoryName": "web-app"}, {}),
        ({"repositoryUrl": ""}, {}),
        ({"repositoryUrl": None}, {}),
    ],
)
def test_a_repository_has_a_name_or_an_address(broker: FakeBroker, fields: dict[str, Any], owners: Any) -> None:
    _telling(broker, **fields)

    assert _owners(broker) == owners


def test_an_answer_of_another_form_is_an_error_of_nothing_else(broker: FakeBroker) -> None:
    _telling(broker, repositoryUrl=["x"])

    with pytest.raises(BrokerError, match="repositoryUrl"):
        _owners(broker)


def test_a_broker_that_does_not_answer_is_asked_no_further(broker: FakeBroker) -> None:
    broker.fault("GET", "/pacticipants/", faults.answer(503))

    with pytest.raises(BrokerError):
        _owners(broker, "a", "b", "c")
    assert [one.path for one in broker.asked if one.path.startswith("/pacticipants/")] == ["/pacticipants/a"]


def test_of_each_application_one_question_is_asked(broker: FakeBroker) -> None:
    for name in ("a", "b"):
        broker.pacticipant(name, repository_url="https://x")
    _owners(broker, "a", "b")

    assert [one.path for one in broker.asked if one.path.startswith("/pacticipants/")] == [
        "/pacticipants/a",
        "/pacticipants/b",
    ]
