"""What becomes of contracts that are published: what is the same content, what another, and what a refusal leaves."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gate.clients.threads import each
from gate.domain.contracts import Contract, Format, PacticipantVersion
from gate.domain.errors import ConflictError, StoreError
from gate.domain.live import PastVersion
from gate.ports import ContractStore, Publication
from tests.builders import http, http4, pact
from tests.stores.worlds import API, BILLING, USERS, WEB, World, expects, over_git, this, wording, written

Content = dict[str, Any]
A, B = http("a"), http("b", providerStates=[{"name": "b exists", "params": {"x": 1, "y": [1, 2]}}])
MESSAGE = {"description": "m", "contents": {"id": 1}}


def _turned(value: Any) -> Any:
    """Write the same JSON with all keys the other way round."""
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(one) for one in value] if isinstance(value, list) else value


def _conflict(work: Callable[[], object]) -> ConflictError:
    with pytest.raises(ConflictError) as refused:
        work()
    return refused.value


@over_git
def test_all_contracts_of_one_publication_are_there(world: World) -> None:
    world.publish(WEB, "1", "total", expects("a user", of=USERS))
    contracts = world.store().expectations(PacticipantVersion(name=WEB, version="1"))

    assert world.expected(WEB, "1") == {API: "total", USERS: "a user"}
    for one in contracts:
        assert one.consumer == PacticipantVersion(name=WEB, version="1")
        assert (one.format, one.selection) == (Format.PACT, None)
        assert set(one.versions) <= {"1"}
        assert one.source
        assert one.content_id
    assert len({one.key for one in contracts}) == 2


def test_a_contract_says_what_was_published(world: World) -> None:
    content = pact(A, http("é \U0001f600 \u202e", providerStates=[{"name": "ü"}]), consumer=WEB, version="3.0.0")
    world.publish(WEB, "1", written(content))
    for one in (world.contract(WEB, "1"), *world.fetched().contracts):
        said = json.loads(one.document)
        for interaction in said["interactions"]:
            interaction.pop("_id", None)

        assert {name: said[name] for name in content} == content


def test_the_same_content_may_be_published_again(world: World) -> None:
    world.publish(WEB, "1", "total", expects("a user", of=USERS))
    before = _facts(world)
    world.publish(WEB, "1", "total", expects("a user", of=USERS))
    world.publish(WEB, "1", "total")

    assert _facts(world) == before


@over_git
def test_another_provider_is_added_to_a_version(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.publish(WEB, "1", expects("a user", of=USERS))
    world.publish(WEB, "1", "total", expects("a bill", of=BILLING))

    assert world.expected(WEB, "1") == {API: "total", USERS: "a user", BILLING: "a bill"}


def test_other_content_for_the_same_version_is_a_conflict_that_names_whose_it_is(world: World) -> None:
    world.publish(WEB, "1", "total", expects("a user", of=USERS), expects("a bill", of=BILLING))
    others = ("other total", expects("a user", of=USERS), expects("another bill", of=BILLING))
    conflict = _conflict(lambda: world.publish(WEB, "1", *others))

    assert [name for name in (API, USERS, BILLING) if name in conflict.what] == [API, BILLING]
    assert conflict.exit_code == 1
    assert conflict.remedy
    assert "other total" in "\n".join(conflict.details)


@over_git
def test_a_conflict_changes_nothing_at_all(world: World) -> None:
    world.publish(WEB, "1", "total")
    before = _facts(world)
    conflicting = ("other total", expects("a user", of=USERS))
    _conflict(lambda: world.publish(WEB, "1", *conflicting, branch="feat/x", tags=("dev",), url="https://ci.example/2"))

    assert _facts(world) == before
    assert not world.store().has_service(USERS)
    assert world.because(branch="feat/x") == world.because(branch="feat/y")


def test_a_version_keeps_its_content_on_every_branch(world: World) -> None:
    world.publish(WEB, "1", "total", branch="feat/x")
    _conflict(lambda: world.publish(WEB, "1", "other total", branch="main"))
    world.publish(WEB, "1", "total", branch="main")

    assert world.expected(WEB, "1") == {API: "total"}


def _facts(world: World) -> object:
    store = world.store()
    names, versions = (WEB, API, USERS, BILLING), ("1", "2")
    relevant = store.contracts(this(branch="feat/x")).contracts
    return (
        [(store.has_service(name), store.knows(name), store.history(name)) for name in names],
        [_expected(store, version) for version in versions],
        {wording(one): (one.key, one.versions, one.selection) for one in relevant},
    )


def _expected(store: ContractStore, version: str) -> dict[str, str]:
    every = store.expectations(PacticipantVersion(name=WEB, version=version))
    return {one.provider: wording(one) for one in every}


EQUAL = {
    "keys in another order": (pact(A, B), _turned(pact(A, B))),
    "interactions in another order": (pact(A, B), pact(B, A)),
    "messages in another order": (
        pact(messages=[MESSAGE, MESSAGE | {"description": "n"}]),
        pact(messages=[MESSAGE | {"description": "n"}, MESSAGE]),
    ),
    "other metadata": (
        pact(A, metadata={"pactSpecification": {"version": "3.0.0"}, "pact-js": {"version": "1"}}),
        pact(A, metadata={"pactSpecification": {"version": "3.0.0"}, "pact-js": {"version": "2"}, "x": [1]}),
    ),
}
OTHER = {
    "another specification": (pact(A, version="2.0.0"), pact(A, version="3.0.0")),
    "no specification": (pact(A, version="3.0.0"), pact(A, version=None)),
    "one more": (pact(A), pact(A, B)),
    "one twice": (pact(A), pact(A, A)),
    "another description": (pact(http("a")), pact(http("A"))),
    "another answer": (pact(A), pact(A | {"response": {"status": 201}})),
    "another kind of number": (
        pact(A | {"response": {"status": 200, "body": {"id": 1}}}),
        pact(A | {"response": {"status": 200, "body": {"id": 1.0}}}),
    ),
    "true for one": (
        pact(A | {"response": {"status": 200, "body": {"id": 1}}}),
        pact(A | {"response": {"status": 200, "body": {"id": True}}}),
    ),
    "null for nothing": (
        pact(A | {"response": {"status": 200, "body": None}}),
        pact(A | {"response": {"status": 200}}),
    ),
    "a list in another order": (
        pact(B),
        pact(B | {"providerStates": [{"name": "b exists", "params": {"x": 1, "y": [2, 1]}}]}),
    ),
    "states in another order": (
        pact(A | {"providerStates": [{"name": "a"}, {"name": "b"}]}),
        pact(A | {"providerStates": [{"name": "b"}, {"name": "a"}]}),
    ),
    "another form of letters": (pact(http("\u00e9")), pact(http("e\u0301"))),
    "a pending flag": (pact(http4("a"), version="4.0"), pact(http4("a", pending=True), version="4.0")),
    "messages for interactions": (pact(messages=[]), pact(A)),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_what_does_not_change_what_is_verified_is_the_same_content(world: World, one: Content, other: Content) -> None:
    world.publish(WEB, "1", written(one))
    world.publish(WEB, "1", written(other))
    world.publish(WEB, "2", written(other))

    assert world.contract(WEB, "1").content_id == world.contract(WEB, "2").content_id
    world.verify("5", WEB, "1")
    assert world.result(WEB, "2", "5") is True


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_what_changes_what_is_verified_is_another_content(world: World, one: Content, other: Content) -> None:
    world.publish(WEB, "1", written(one))
    _conflict(lambda: world.publish(WEB, "1", written(other)))
    world.publish(WEB, "2", written(other))

    assert world.contract(WEB, "1").content_id != world.contract(WEB, "2").content_id
    world.verify("5", WEB, "1")
    assert world.result(WEB, "2", "5") is None


@pytest.mark.parametrize(
    "more",
    [
        {"createdAt": "2026-11-22"},
        {"x-owner": {"team": "web"}},
        {"metadata": {"pactSpecification": {"version": "3.0.0"}, "plugins": []}},
    ],
)
def test_what_else_stands_in_a_pact_file_may_belong_to_its_content(world: World, more: Content) -> None:
    world.publish(WEB, "1", written(pact(A)))
    world.publish(WEB, "2", written(pact(A, **more)))
    differs = world.differs("other keys of a Pact file")

    assert (world.contract(WEB, "1").content_id != world.contract(WEB, "2").content_id) is differs


def test_tags_are_kept_by_a_broker_alone(world: World) -> None:
    world.publish(WEB, "1", "total", branch="feat/x", tags=("prod",))
    selector = {"tag": "prod", "latest": True}
    if world.differs("tags and fallbackBranch"):
        with pytest.raises(StoreError):
            world.because(selector)
    else:
        assert list(world.because(selector)) == ["total"]


def test_the_same_content_under_a_new_version_shares_the_results_at_once(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.verify("5", WEB, "1")
    world.verify("6", WEB, "1", success=False)
    world.publish(WEB, "2", "total", branch="feat/x")

    assert [world.result(WEB, "2", version) for version in ("5", "6", "7")] == [True, False, None]
    assert world.contract(WEB, "1").content_id == world.contract(WEB, "2").content_id
    assert [world.contract(WEB, version).consumer.version for version in ("1", "2")] == ["1", "2"]


def test_an_earlier_content_that_comes_back_has_its_results_again(world: World) -> None:
    for version, words in (("1", "total"), ("2", "sum"), ("3", "total")):
        world.publish(WEB, version, words)
    world.verify("5", WEB, "1")

    assert list(world.because()) == ["total"]
    assert [world.result(WEB, version, "5") for version in ("1", "2", "3")] == [True, None, True]


def test_the_same_version_from_a_second_branch_is_on_both(world: World) -> None:
    world.publish(WEB, "1", "total", branch="feat/x")
    world.publish(WEB, "1", "total", branch="main")

    assert list(world.because()) == ["total"]
    assert list(world.because(branch="feat/x")) == ["total"]
    assert list(world.because({"branch": "feat/x"})) == ["total"]
    assert world.history(WEB) == ["1"]


def test_a_version_without_a_branch_heads_none(world: World) -> None:
    world.publish(WEB, "1", "total", branch="main")
    world.publish(WEB, "2", "sum", branch=None)

    assert list(world.because()) == ["total"]
    assert world.expected(WEB, "2") == {API: "sum"}
    assert world.store().history(WEB)[0] == PastVersion(version="2", on_main=True, expects=True)


def test_a_branch_may_be_told_later(world: World) -> None:
    world.publish(WEB, "1", "total", branch="main")
    world.publish(WEB, "2", "sum", branch=None)
    world.publish(WEB, "2", "sum", branch="main")

    assert list(world.because()) == ["sum"]


def test_the_equal_contracts_of_two_consumers_are_two(world: World) -> None:
    world.publish(WEB, "1", "total")
    world.publish(BILLING, "1", "total")
    world.verify("5", WEB, "1")
    contracts: tuple[Contract, ...] = world.fetched().contracts

    assert [one.consumer.name for one in contracts] == [BILLING, WEB]
    assert len({one.key for one in contracts}) == 2
    assert (world.result(WEB, "1", "5"), world.result(BILLING, "1", "5")) == (True, None)


def test_the_equal_contracts_with_two_providers_are_two(world: World) -> None:
    world.publish(WEB, "1", "total", expects("total", of=USERS))
    world.verify("5", WEB, "1")

    assert (world.result(WEB, "1", "5"), world.result(WEB, "1", "5", USERS)) == (True, None)


def test_a_contract_that_expects_nothing_can_be_published(world: World) -> None:
    world.publish(WEB, "1", written(pact()))

    assert world.expected(WEB, "1") == {API: ""}
    assert list(world.because()) == [""]
    assert world.store().history(WEB)[0].expects


def test_a_large_contract_can_be_published(world: World) -> None:
    words = tuple(f"{number} {'x' * 1000}" for number in range(1000))
    world.publish(WEB, "1", expects(*words))
    world.verify("5", WEB, "1")

    assert wording(world.contract(WEB, "1")) == " + ".join(words)
    assert world.result(WEB, "1", "5") is True


def test_what_several_publish_at_once_is_all_there(world: World) -> None:
    names = [f"app {number}" for number in range(8)]
    each(lambda name: world.publish(name, "1", name), names, 4)
    each(lambda version: world.publish(WEB, version, version), names, 4)

    assert {wording(one) for one in world.fetched().contracts if one.consumer.name != WEB} == set(names)
    assert sorted(world.history(WEB)) == names
    assert [world.expected(WEB, version) for version in names] == [{API: version} for version in names]


@pytest.mark.parametrize("words", [("total", "total"), ("total", "sum")])
def test_of_two_who_publish_one_version_at_once_one_wins_unless_they_agree(world: World, words: Any) -> None:
    def publish(said: str) -> str:
        try:
            world.publish(WEB, "1", said)
        except ConflictError:
            return "conflict"
        return said

    came = each(publish, words, 2)
    won = [one for one in came if one != "conflict"]

    assert len(won) == (2 if words[0] == words[1] else 1)
    assert world.expected(WEB, "1") == {API: won[0]}
    assert world.history(WEB) == ["1"]


def test_what_is_published_is_nothing_to_be_warned_of(world: World) -> None:
    notices = world.publish(WEB, "1", "total", tags=("dev", "a b"), url="https://ci.example/1?a=b")

    assert [one for one in notices if one.is_warning or not one.text] == []


@over_git
def test_who_decides_late_decides_by_what_is_there_then(world: World) -> None:
    late = world.place.publisher()
    publication = _publication("2", "other total")
    late.publish(_publication("1", "total"))
    world.publish(WEB, "2", "total")

    assert _conflict(lambda: late.publish(publication)).exit_code == 1
    assert world.expected(WEB, "2") == {API: "total"}


def _publication(version: str, words: str) -> Publication:
    consumer = PacticipantVersion(name=WEB, version=version, branch="main")
    return Publication(consumer=consumer, contracts=(expects(words).of(WEB),), tags=(), url="")
