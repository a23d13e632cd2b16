"""Who is a counterpart, who must honour what, and whose results say so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.live import LiveVersion
from gate.domain.matrix import (
    Need,
    Pair,
    changed,
    counterparts,
    holders,
    is_replaced,
    needs,
    nothing_live,
    pair_with_provider,
    pairs_with_consumer,
    passed_over,
    uncovered,
)
from tests.builders import COMMIT, CONSUMER, SERVICE, candidate, contract, live

THIS = PacticipantVersion(name=SERVICE, version=COMMIT)


def _of_consumer(name: str = CONSUMER, *versions: str, **more: Any) -> Contract:
    newest = versions[-1] if versions else None
    return contract(consumer=PacticipantVersion(name=name, version=newest), versions=versions, **more)


def _own(provider: str = "inventory-api") -> Contract:
    return contract(consumer=THIS, provider=provider, versions=(COMMIT,), content_id=provider)


@pytest.mark.parametrize(
    ("one", "instance", "replaced"),
    [
        (live(SERVICE), None, True),
        (live(SERVICE, COMMIT), None, True),
        (live(SERVICE, environment="staging"), None, True),
        (live(SERVICE, instance="blue"), "blue", True),
        (live(SERVICE, instance="blue"), None, False),
        (live(SERVICE), "blue", False),
        (live(SERVICE, instance="green"), "blue", False),
        (live(SERVICE, released=True), None, False),
        (live(SERVICE, instance="blue", released=True), "blue", False),
        (live(CONSUMER), None, False),
        (live(CONSUMER, instance="blue"), "blue", False),
    ],
)
def test_the_candidate_replaces_what_is_deployed_of_its_own_instance(
    one: LiveVersion, instance: str | None, *, replaced: bool
) -> None:
    this = candidate(instance=instance)

    assert is_replaced(this, one) is replaced
    assert counterparts(this, [one, live("billing")]) == ((live("billing"),) if replaced else (one, live("billing")))


def test_a_contract_is_held_by_every_live_version_with_its_content() -> None:
    one, two, staging = live(version="1"), live(version="2"), live(version="2", environment="staging")
    others = [live(version="3"), live("billing", "1"), live(SERVICE, "2")]

    assert holders(_of_consumer(CONSUMER, "1", "2"), [*others, one, two, staging]) == (one, two, staging)
    assert holders(_of_consumer(CONSUMER, "4"), [one, two, staging, *others]) == ()


def test_a_contract_is_held_by_its_newest_version_although_the_store_lists_none() -> None:
    listed_nowhere = contract(consumer=PacticipantVersion(name=CONSUMER, version="1"))

    assert holders(listed_nowhere, [live()]) == (live(),)
    assert holders(contract(), [live()]) == ()


def test_a_live_version_without_its_contract_is_found_wherever_it_is() -> None:
    known, both = live(version="1"), [live(version="2"), live(version="2", environment="staging")]

    assert [one.version for one in uncovered([_of_consumer(CONSUMER, "1")], [known, *both, *both])] == ["2", "2"]
    assert uncovered([_of_consumer(CONSUMER, "1", "2")], [known, *both]) == ()
    assert uncovered([], [live("billing")]) == (live("billing"),)
    assert uncovered([_of_consumer("billing", "1")], [known]) == (known,)


def test_each_live_version_of_a_provider_must_honour_what_is_expected_of_it() -> None:
    own = _own()
    blue, green = live("inventory-api", "1", instance="blue"), live("inventory-api", "2", instance="green")
    released = live("inventory-api", "1", released=True)

    assert needs([own], [blue, green, released, live("billing")], candidate()) == (
        Need(contract=own, version="1", live=(blue, released), environments=("production",)),
        Need(contract=own, version="2", live=(green,), environments=("production",)),
    )


def test_a_provider_is_missed_in_each_environment_without_it() -> None:
    own, there = _own(), live("inventory-api", environment="production")
    this = candidate(environments=("staging", "production", "demo"))

    assert needs([own], [there], this) == (
        Need(contract=own, version="1", live=(there,), environments=("production",)),
        Need(contract=own, version=None, environments=("staging", "demo")),
    )
    assert needs([own], [], this) == (Need(contract=own, version=None, environments=("staging", "production", "demo")),)


def test_one_version_in_two_environments_is_one_need() -> None:
    own, here, there = _own(), live("inventory-api"), live("inventory-api", environment="staging")

    assert needs([own], [here, there], candidate(environments=("production", "staging"))) == (
        Need(contract=own, version="1", live=(here, there), environments=("production", "staging")),
    )


def test_a_service_that_expects_something_of_itself_misses_nobody_and_needs_its_other_instances() -> None:
    own, other = _own(SERVICE), live(SERVICE, "0", instance="blue")

    assert needs([own], [], candidate()) == ()
    assert needs([own], [other], candidate()) == (
        Need(contract=own, version="0", live=(other,), environments=("production",)),
    )


def test_a_pair_is_one_version_of_each() -> None:
    need = Need(contract=_own(), version="1", environments=("production",))
    absent = Need(contract=_own(), version=None, environments=("production",))

    assert pair_with_provider(need, candidate()) == Pair(
        consumer=SERVICE, consumer_version=COMMIT, provider="inventory-api", provider_version="1"
    )
    assert pair_with_provider(absent, candidate()) is None


def _pair(version: str) -> Pair:
    return Pair(consumer=CONSUMER, consumer_version=version, provider=SERVICE, provider_version=COMMIT)


def test_a_consumers_pairs_are_those_of_its_live_versions_else_that_of_its_newest() -> None:
    one = _of_consumer(CONSUMER, "1", "2", "3")
    twice = [live(version="1"), live(version="2"), live(version="1", environment="staging")]

    assert pairs_with_consumer(one, twice, THIS) == [_pair("1"), _pair("2")]
    assert pairs_with_consumer(one, [], THIS) == [_pair("3")]


def test_who_has_no_version_has_no_pair() -> None:
    assert pairs_with_consumer(contract(), [], THIS) == []
    assert pairs_with_consumer(_of_consumer(CONSUMER, "1"), [live()], PacticipantVersion(name=SERVICE)) == []


def test_a_live_version_that_was_passed_over_is_named() -> None:
    fault = passed_over([live(version="7"), live(version="7", environment="staging")], candidate())

    assert str(fault) == (
        "web-checkout 7, live in production and staging, has a contract with orders-api that was not among the "
        "contracts to verify. It may have gone live during this run: run it again."
    )


def test_a_live_contract_that_was_not_there_is_named() -> None:
    assert str(changed("web")) == "web has a live contract that was not there when this run began. Run it again."


def test_equal_contents_of_two_consumers_are_two_contracts() -> None:
    web, app = (_of_consumer(name, "1", content_id="a") for name in ("web", "app"))

    assert web.key != app.key
    assert web.key != _of_consumer("web", "1", content_id="a", provider="stock").key
    assert web.key == _of_consumer("web", "2", content_id="a").key


def test_an_environment_is_empty_when_nothing_at_all_is_live_in_it() -> None:
    this = candidate(environments=("staging", "production"))

    assert nothing_live(this, []) == ("staging", "production")
    assert nothing_live(this, [live(SERVICE)]) == ("staging",)
    assert nothing_live(this, [live(), live(environment="staging")]) == ()


names = st.sampled_from([CONSUMER, "billing", SERVICE])
numbers = st.sampled_from("123")
environments = st.sampled_from(["production", "staging", "demo"])
versions = st.builds(
    lambda name, version, environment, instance, released: live(
        name, version, environment, instance=instance, released=released
    ),
    names,
    numbers,
    environments,
    st.sampled_from([None, "blue"]),
    st.booleans(),
)
worlds = st.lists(versions, max_size=8)
contracts = st.lists(
    st.builds(
        lambda name, held: _of_consumer(name, *held), names, st.lists(numbers, min_size=1, max_size=3, unique=True)
    ),
    max_size=4,
)


@given(contracts, worlds)
def test_every_live_version_either_holds_a_contract_or_is_uncovered(
    found: list[Contract], everything: list[LiveVersion]
) -> None:
    covered = {(one.name, one.version) for each in found for one in holders(each, everything)}
    missing = [(one.name, one.version) for one in uncovered(found, everything)]

    assert not covered & set(missing)
    assert covered | set(missing) == {(one.name, one.version) for one in everything}


@given(st.lists(names, max_size=3, unique=True), worlds, st.lists(environments, min_size=1, max_size=3, unique=True))
def test_each_provider_is_needed_or_missed_in_each_environment(
    providers: list[str], everything: list[LiveVersion], headed: list[str]
) -> None:
    here = [one for one in everything if one.environment in headed]
    found = needs([_own(name) for name in providers], here, candidate(environments=tuple(headed)))

    for name in providers:
        mine = [one for one in found if one.contract.provider == name]
        asked = {(one.version, place) for one in mine for place in one.environments if one.version is not None}
        missed = [place for one in mine if one.version is None for place in one.environments]
        there = {(one.version, one.environment) for one in here if one.name == name}
        assert asked == there
        assert sorted(missed) == sorted(set(headed) - {place for _, place in there} if name != SERVICE else ())


@given(worlds, st.sampled_from([None, "blue"]))
def test_nobody_elses_version_is_ever_replaced(everything: list[LiveVersion], instance: str | None) -> None:
    left = counterparts(candidate(instance=instance), everything)

    assert [one for one in left if one.name != SERVICE] == [one for one in everything if one.name != SERVICE]
    assert not [one for one in left if one.name == SERVICE and not one.released and one.instance == instance]
    assert [one for one in left if one.released] == [one for one in everything if one.released]
