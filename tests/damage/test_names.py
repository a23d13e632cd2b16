"""Names that somebody could mix up, that mean something to a file system or to git, or that are too long for it."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from tests.damage.commands import ALLOW, Ended, run
from tests.damage.scenes import publish
from tests.damage.stores import KINDS, Store, new_store, world_of
from tests.servers import Reply, serving
from tests.stores.worlds import API, PRODUCTION, WEB, deployed, expects, this

pytestmark = pytest.mark.timeout(180)
ABSOLUTE: Final = "/tmp/contract-gate-outside"  # noqa: S108 - nothing is to be there
NAMES: Final = (
    "../../outside",
    ABSOLUTE,
    "..",
    ".",
    ".hidden",
    ".git",
    "-dash",
    "con",
    "aux.txt",
    "LPT9",
    "é",
    "🛒 100%",
    "%2e%2e",
    "!a",
    "~",
    "a~" + "0" * 32,
    "x" * 300,
    "x" * 299 + "y",
    "Y" * 300,
    "a@b",
    "000001-1@main",
    'quoted "',
    "$(touch gone)",
    "services",
)
"""Of these no two look alike, as services that do are refused."""
WIDE: Final = "".join(chr(ord(sign) + 0xFEE0) for sign in WEB)
SPELLINGS: Final = ("Web-App", "web app", "web_app", "webapp", "WEB-APP", WIDE)
ALIKE: Final = ("v1", "V1", "v1.", "v/1", "v%2f1", "e\u0301", "é", "K", "\u212a", "v\\1")
"""Versions, branches, environments and instances that are different ones all the same."""
SOME: Final = {"folder": slice(None), "git": slice(0, None, 6)}
"""Git needs a second for each command."""


@pytest.fixture(params=KINDS)
def deep(request: pytest.FixtureRequest, workspace: Path) -> Store:
    """Have a store so deep in a folder of the test's own that even what leads out of it ends up there."""
    return new_store(request.param, workspace / "so" / "deep")


def _ok(ended: Ended) -> None:
    assert ended.code == ALLOW, ended.said


def test_services_of_whatever_name(deep: Store, workspace: Path) -> None:
    names = NAMES[SOME[deep.kind]]
    expected = {name: {API: f"what {name} expects", other: name} for name, other in pairwise([*names, names[0]])}
    for name, of in expected.items():
        _ok(publish(deep, workspace, name, "1", *(expects(what, of=provider) for provider, what in of.items())))
    there = {"environment": PRODUCTION, "branch": "main"}
    with serving(lambda _: Reply(body={"id": 42})) as provider:
        told = there | {"provider_url": provider.url, "publish_results": "always", "first_deployment": "true"}
        _ok(run("check", deep, workspace, service=API, version="5", **told))
    _ok(run("record-deployment", deep, workspace, service=API, version="5", first_deployment="true", **there))
    for name in names:
        run("record-deployment", deep, workspace, service=name, version="1", **there)

    world = world_of(deep)
    assert {name: world.expected(name, "1") for name in names} == expected
    assert {one.name for one in world.store().live(this())} == {API, *names}
    assert {one.consumer.name: one.versions for one in world.fetched().contracts} == dict.fromkeys(names, ("1",))
    assert all(world.result(name, "1", "5") for name in names)
    _nothing_outside(deep, workspace)


def _nothing_outside(store: Store, folder: Path) -> None:
    inside = Path(store.options["store"])
    ours = {folder / "so", inside.parent, inside, folder / "pacts", folder / "report.json"}
    others = (one for one in folder.rglob("*") if one not in ours and not {inside, folder / "pacts"} & {*one.parents})
    assert [*others] == []
    assert not Path(ABSOLUTE).exists()
    parts = {part for path in store.files() for part in path.split("/")} - {"README.md"}
    assert [part for part in parts if len(part) > 255 or not part.isascii() or part.lower() != part] == []


def test_versions_branches_environments_and_instances_of_whatever_name(deep: Store, workspace: Path) -> None:
    names = list(dict.fromkeys([*NAMES, *ALIKE]))[SOME[deep.kind]]
    for number, name in enumerate(names):
        _ok(publish(deep, workspace, WEB, name, expects(f"what {number} expects"), branch=name))
        told = {"environment": name, "application_instance": name, "first_deployment": "true"}
        run("record-deployment", deep, workspace, service=WEB, version=name, branch=name, **told)

    world = world_of(deep)
    for number, name in enumerate(names):
        assert world.expected(WEB, name) == {API: f"what {number} expects"}
        assert world.live(WEB, name) == [deployed(WEB, name, name, instance=name)]
        assert world.relevant(branch=name)[f"what {number} expects"].versions == (name,)
    assert world.history(WEB) == names[::-1]
    _nothing_outside(deep, workspace)


def test_two_spellings_of_a_service(empty: Store, workspace: Path) -> None:
    _ok(publish(empty, workspace, WEB, "1", expects("an order")))
    before = empty.files()
    for spelling in SPELLINGS:
        for ended in (
            publish(empty, workspace, spelling, "1", expects("another")),
            publish(empty, workspace, "billing", "1", expects("another", of=spelling)),
            run(
                "record-deployment",
                empty,
                workspace,
                service=spelling,
                version="1",
                environment=PRODUCTION,
                branch="main",
            ),
            run("can-i-deploy", empty, workspace, service=spelling, version="1", environment=PRODUCTION, branch="main"),
        ):
            assert ended.code != ALLOW, ended.said
    assert empty.files() == before
