"""Who answers for a service, as far as a store knows it."""

from tests.stores.worlds import API, BILLING, WEB, World, over_git

TEAM = ("@acme/web", "Web Guild")


def test_of_what_nobody_told_there_are_no_owners(world: World) -> None:
    world.publish(WEB, "1")
    world.add(BILLING, "1")

    assert world.store().owners([WEB, API, BILLING, "nobody"]) == {}
    assert world.store().owners([]) == {}


@over_git
def test_what_was_published_last_says_who_answers_for_it(world: World) -> None:
    world.publish(WEB, "1", "total", owners=("somebody else",))
    world.publish(WEB, "2", "total, and more", owners=TEAM)
    world.publish(BILLING, "1", owners=("Ada",))
    asked = [WEB, API, BILLING]

    if world.differs("who answers for a service"):
        assert world.store().owners(asked) == {WEB: TEAM, BILLING: ("Ada",)}
        assert world.store().owners([BILLING]) == {BILLING: ("Ada",)}
    else:
        assert world.store().owners(asked) == {}


def test_who_names_no_owners_any_more_has_none(world: World) -> None:
    world.publish(WEB, "1", "total", owners=TEAM)
    world.publish(WEB, "2", "total, and more")

    assert world.store().owners([WEB]) == {}


def test_a_version_without_contracts_says_nothing_of_owners(world: World) -> None:
    world.publish(WEB, "1", "total", owners=TEAM)
    world.add(WEB, "2")

    assert world.store().owners([WEB]) == ({WEB: TEAM} if world.differs("who answers for a service") else {})


def test_owners_change_nothing_of_a_contract(world: World) -> None:
    world.publish(WEB, "1", "total", owners=TEAM)
    world.publish(WEB, "2", "total")
    before = world.contract(WEB, "1").content_id
    world.publish(WEB, "1", "total", owners=("somebody else",))

    assert {before, world.contract(WEB, "1").content_id, world.contract(WEB, "2").content_id} == {before}
