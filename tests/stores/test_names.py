"""Names of every kind mean themselves wherever they stand, and no two of them are taken for one."""

import pytest

from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import ConflictError, GateError, StoreError
from tests.stores.worlds import API, PRODUCTION, STAGING, WEB, World, deployed, expects, over_git, this, wording

NAMES = {
    "a space": "a b",
    "spaces around": " a ",
    "a slash": "a/b",
    "slashes around": "/a/",
    "two slashes": "a//b",
    "a backslash": "a\\b",
    "two dots in it": "a/../b",
    "three dots": "...",
    "a hidden file": ".git",
    "a dot at the end": "a.",
    "an emoji": "\U0001f600",
    "letters of another alphabet": "\u0437\u0430\u043a\u0430\u0437\u044b",
    "an accent": "caf\u00e9",
    "an accent of its own": "cafe\u0301",
    "a sharp s": "stra\u00dfe",
    "300 characters": "x" * 300,
    "300 long characters": "\u00fc" * 300,
    "a percent sign": "100%",
    "what looks escaped": "a%2Fb",
    "what looks escaped here": "!a~b%2f",
    "an at sign": "a@b",
    "a plus sign": "1.2.3+build.5",
    "a question": "a?b=c&d",
    "a fragment": "a#b",
    "quotes": "'a' \"b\"",
    "brackets": "[a]{b}",
    "a colon": "refs:heads/a",
    "an asterisk": "a*",
    "a tilde": "~a",
    "a caret": "a^b",
    "a pipe": "a|b<c>",
    "a dollar": "$HOME",
    "a dash": "-a",
    "dashes": "--all",
    "an underscore": "a_b",
    "a comma": "a,b;c",
    "a number": "0042",
    "a device": "con",
    "a device with an ending": "nul.json",
    "an ending": "a.json",
    "what a file of the store is called": "000001-a@b-deployed.json",
    "a word of the store": "service.json",
    "null": "null",
    "capitals": "ABC",
    "HEAD": "HEAD",
}
UNSEEN = {
    "a tab": "a\tb",
    "a mark of direction": "a\u202eb",
    "two emoji in one": "\U0001f469\u200d\U0001f680",
}
"""Names with signs that nobody sees."""
EVERY = NAMES | UNSEEN


@pytest.mark.parametrize("name", EVERY.values(), ids=EVERY)
def test_a_version_a_branch_and_an_instance_of_any_name_are_themselves(world: World, name: str) -> None:
    world.add(API, "4")
    world.publish(WEB, "1", "main")
    world.publish(WEB, name, "total", branch=name)
    world.publish(WEB, f"{name}x", "another", branch=f"{name}x")
    world.verify(name, WEB, name, branch=name)
    for version, instance in (("1", None), (name, name), (f"{name}x", f"{name}x")):
        world.deploy(WEB, version, STAGING, instance)
    world.end(WEB, f"{name}x", STAGING, f"{name}x")
    found = world.relevant(branch=name)

    assert {words: one.consumer for words, one in found.items()} == {
        "main": PacticipantVersion(name=WEB, version="1"),
        "total": PacticipantVersion(name=WEB, version=name),
    }
    assert world.pending(branch=name) == {"main": True, "total": False}
    assert set(world.because({"branch": name})) == {"total"}
    assert (world.history(WEB), world.history(API)) == ([f"{name}x", name, "1"], [name, "4"])
    assert world.result(WEB, name, name) is True
    assert world.live(WEB, STAGING) == [deployed(WEB, "1", STAGING), deployed(WEB, name, STAGING, instance=name)]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_service_of_any_name_is_itself(world: World, name: str) -> None:
    consumer, provider = name, f"{name} for others"
    world.publish(consumer, "1", expects("total", of=provider))
    world.verify("5", consumer, "1", provider=provider)
    for service, version in ((consumer, "1"), (provider, "5")):
        world.deploy(service, version)
    (contract,) = world.fetched(service=provider).contracts

    assert (contract.consumer.name, contract.provider) == (consumer, provider)
    assert world.because(service=consumer) == {}
    assert world.result(consumer, "1", "5", provider) is True
    assert (world.history(consumer), world.history(provider)) == (["1"], ["5"])
    assert (world.live_versions(consumer), world.live_versions(provider)) == (["1"], ["5"])
    store = world.store()
    assert [store.has_service(one) for one in (consumer, provider, f"{name}x")] == [True, True, False]
    assert store.knows(consumer)
    one = PacticipantVersion(name=consumer, version="1")
    assert store.contents(provider, [one]) == {one: contract.content_id}
    assert store.live_contracts(this(service=provider)) == [(consumer, contract.content_id)]


# What may not be everywhere


@pytest.mark.parametrize("name", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize(("consumer", "provider"), [(WEB, None), (None, API)])
def test_a_service_whose_name_nobody_can_read_is_published_to_a_broker_alone(
    world: World, name: str, consumer: str | None, provider: str | None
) -> None:
    def publish() -> None:
        world.publish(consumer or name, "1", expects("total", of=provider or name))

    if world.differs("names of services that nobody can read"):
        with pytest.raises(ConflictError):
            publish()
    else:
        publish()
    assert world.store().has_service(name) is not world.differs("names of services that nobody can read")


@pytest.mark.parametrize("name", [".", "..", "a\nb", "\n"])
def test_a_name_that_cannot_stand_in_an_address_is_taken_by_the_built_in_store_alone(world: World, name: str) -> None:
    world.publish(WEB, "1", "total")
    one = PacticipantVersion(name=WEB, version=name, branch=name)

    def publish_and_deploy() -> None:
        world.publish(WEB, name, "sum", branch=name)
        world.deploy(WEB, name)

    if world.differs("names of versions and branches"):
        publish_and_deploy()
        assert (world.history(WEB), world.live_versions(WEB)) == ([name, "1"], [name])
        assert set(world.because({"branch": name})) == {"sum"}
    else:
        with pytest.raises(StoreError):
            publish_and_deploy()
        assert world.live_versions(WEB) == []
    assert world.store().has_service(one.name)


@over_git
def test_names_of_all_kinds_stand_side_by_side(world: World) -> None:
    """Each of these is a part of a path in one store or another."""
    odd = ("feat/a b", "FEAT/A B", "\U0001f600 100%", "\u00fc" * 300, ".git", 'a\\"b')
    for name in odd:
        world.publish(WEB, name, name, branch=name)
    world.deploy(WEB, odd[0], instance=odd[1])
    store = world.store(*({"branch": name} for name in odd))

    assert [wording(one) for one in store.contracts(this()).contracts] == sorted(odd)
    assert [one.version for one in store.history(WEB)] == [*reversed(odd)]
    assert world.live(WEB) == [deployed(WEB, odd[0], instance=odd[1])]


# What looks alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.0 "),
        ("abc", "ABC"),
        ("abc", "Abc"),
        ("a/b", "a%2fb"),
        ("a/b", "a%2Fb"),
        ("!a", "A"),
        ("caf\u00e9", "cafe\u0301"),
        ("K", "\u212a"),
        ("x" * 300, "x" * 301),
        ("x" * 299 + "y", "x" * 299 + "z"),
        ("a@b", "a"),
        ("1", "01"),
    ],
)
def test_versions_branches_and_instances_that_look_alike_are_two(world: World, one: str, other: str) -> None:
    world.add(API, "4")
    world.publish(WEB, one, "one", branch=f"b{one}")
    world.publish(WEB, other, "other", branch=f"b{other}")
    world.publish(WEB, "main", "main")
    world.verify(one, WEB, one, branch=f"b{one}")
    world.verify(other, WEB, other, success=False, branch=f"b{other}")
    for version in (one, other):
        world.deploy(WEB, version, instance=version)

    assert world.history(WEB) == ["main", other, one]
    assert [world.expected(WEB, version) for version in (one, other)] == [{API: "one"}, {API: "other"}]
    assert [world.result(WEB, *pair) for pair in ((one, one), (other, other), (one, other))] == [True, False, None]
    assert {(live.version, live.instance) for live in world.live(WEB)} == {(one, one), (other, other)}
    assert set(world.because({"branch": f"b{one}"}, environments=("staging",))) == {"one"}


BROKERS_WORDS = ("web-apps", "web-app-service", "api-web-app")
LETTERS = ("webapp", "web.app", "Web.App!", "\uff37eb-app")


@pytest.mark.parametrize("name", [*BROKERS_WORDS, *LETTERS])
def test_the_stores_do_not_find_the_same_names_alike(world: World, name: str) -> None:
    world.publish(WEB, "1", "total")
    refuses = (name in LETTERS) is world.differs("names of services that look alike")
    if refuses:
        with pytest.raises(ConflictError):
            world.publish(name, "1", "total")
    else:
        world.publish(name, "1", "total")

    assert world.store().has_service(name) is not refuses


@pytest.mark.parametrize("name", ["Web-App", "web app", "web_app", "WEB-APP", "WebApp"])
def test_a_service_whose_name_looks_like_another_ones_is_not_published(world: World, name: str) -> None:
    world.publish(WEB, "1", "total")
    with pytest.raises(ConflictError) as refused:
        world.publish(name, "1", "total")
    assert WEB in f"{refused.value} {refused.value.details}"

    with pytest.raises(ConflictError):
        world.publish(API, "1", expects("web", of=name))
    assert not world.store().has_service(name)
    assert world.history(API) == []


def test_a_name_that_is_known_may_be_published_whatever_looks_like_it(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.add("Web-App", "1")
    world.publish("Web-App", "2", "sum")

    assert world.expected("Web-App", "2") == {API: "sum"}
    assert world.history(WEB) == ["1"]


def test_an_environment_whose_name_looks_like_another_ones_is_another(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.deploy(WEB, "1")

    for name in ("Production", "production ", "prod", "production/"):
        with pytest.raises(GateError):
            world.store().live(this(environments=(name,)))
        with pytest.raises(GateError):
            world.deploy(WEB, "1", name)
    assert world.live(WEB) == [deployed(WEB, "1", PRODUCTION)]
