"""Where the broker's answers lead: links of the index and of what follows it, whatever stands in a name."""

from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker
from gate.clients.pact_broker.errors import BrokerError
from gate.clients.pact_broker.resource import Resource
from tests.pact_broker import pact_broker
from tests.servers import Reply, serving


def _client(url: str) -> PactBroker:
    return PactBroker(Access(url=url, limit=1_000_000))


def _resource(links: Any, url: str = "https://broker.example/pacts/1") -> Resource:
    return Resource(url=url, document=b"", content={"_links": links})


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("web-app", "1.0.0"),
        ("group/web app", "release/1.0"),
        ("100%", "1%2F0"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{SNOWMAN}", "\N{GREEK SMALL LETTER BETA}"),
        ("a?b#c&d=e", "1+1;x"),
        ("{version}", "{pacticipant}"),
        ("'\"<>\\|^`", "~-_.()!*"),
    ],
)
def test_a_name_arrives_as_it_is_whatever_stands_in_it(name: str, version: str) -> None:
    with pact_broker() as broker:
        broker.version(name, version)
        client = _client(broker.url)
        found = client.find(client.index.link("pb:pacticipant-version", pacticipant=name, version=version))

        assert found is not None
        assert found.content["number"] == version


def test_every_value_is_one_segment_of_its_template() -> None:
    filled = _resource({"pb:x": {"href": "https://broker.example/{a}/to/{b}/{a}", "templated": True}}).link(
        "pb:x", a="x/{b}", b="50% \N{LATIN SMALL LETTER U WITH DIAERESIS}"
    )

    assert filled == "https://broker.example/x%2F%7Bb%7D/to/50%25%20%C3%BC/x%2F%7Bb%7D"


@pytest.mark.parametrize("prefix", ["", "/pact-broker", "/a/b%20c"])
def test_links_stay_below_the_path_that_the_broker_lives_at(prefix: str) -> None:
    with pact_broker(prefix=prefix) as broker:
        broker.version("orders-api", "5.1.0")
        client = _client(broker.url)
        address = client.index.link("pb:pacticipant", pacticipant="orders-api")

        assert address == f"{broker.url}/pacticipants/orders-api"
        assert client.get(address).content["name"] == "orders-api"


def test_the_index_is_read_once() -> None:
    with pact_broker() as broker:
        client = _client(broker.url)

        assert client.index is client.index
        assert len(broker.asked) == 1


def test_the_matrix_is_asked_for_beside_the_index() -> None:
    with serving(lambda _: Reply(body={"summary": {"deployable": True}})) as server:
        answer = _client(f"{server.url}/pacts").matrix([("q[][pacticipant]", "a&b=\N{SNOWMAN} %"), ("latestby", "cvp")])

        assert answer.content == {"summary": {"deployable": True}}
        assert answer.url == f"{server.url}/pacts/matrix"
        assert answer.document == b'{"summary": {"deployable": true}}'
        assert server.paths() == ["/pacts/matrix?q%5B%5D%5Bpacticipant%5D=a%26b%3D%E2%98%83+%25&latestby=cvp"]


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("https://broker.example/p/x", "/pacts/1", "https://broker.example/pacts/1"),
        ("https://broker.example/p/x", "y?z=1", "https://broker.example/p/y?z=1"),
        ("https://broker.example", "//other.example/y", "https://other.example/y"),
        ("http://broker.example", "https://broker.example/y", "https://broker.example/y"),
    ],
)
def test_a_relative_link_starts_from_its_own_resource(base: str, href: str, address: str) -> None:
    assert _resource({"self": {"href": href}}, url=base).link("self") == address


def test_a_relation_may_have_several_links() -> None:
    links = [{"name": "production", "href": "/1"}, {"name": "test", "href": "/2"}]
    resource = _resource({"pb:record-deployment": links, "self": {"href": "/3"}})

    assert resource.links("pb:record-deployment") == links
    assert resource.link("pb:record-deployment") == "https://broker.example/1"
    assert resource.links("self") == [{"href": "/3"}]


@pytest.mark.parametrize(
    "links",
    [
        None,
        [],
        "text",
        {},
        {"pb:x": None},
        {"pb:x": []},
        {"pb:x": "https://broker.example"},
        {"pb:x": {"title": "without an address"}},
        {"pb:x": {"href": None}},
        {"pb:x": [{"href": 1}, None]},
    ],
)
def test_a_link_that_is_missing_is_named(links: Any) -> None:
    resource = _resource(links)
    with pytest.raises(BrokerError) as missing:
        resource.link("pb:x")

    assert resource.links("pb:x") == []
    assert str(missing.value) == (
        "https://broker.example/pacts/1: the answer has no link pb:x. "
        "Is broker-url the address of a Pact Broker (2.89 or newer) or of PactFlow?"
    )
    assert missing.value.status is None


def test_an_answer_without_links_has_none() -> None:
    assert Resource(url="https://broker.example", document=b"{}", content={}).links("self") == []


def test_a_template_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(BrokerError, match="the link pb:x asks for more than it was given"):
        _resource({"pb:x": {"href": "https://broker.example/{a}/{b}"}}).link("pb:x", a="1")
