"""A store of each kind for each test, furnished once for all of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.damage.scenes import furnish
from tests.damage.stores import KINDS, Store, new_store

Furnished = Callable[[str], Store]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Return the furnished store of a kind, which nobody may change."""
    made: dict[str, Store] = {}

    def of(kind: str) -> Store:
        if kind not in made:
            made[kind] = new_store(kind, tmp_path_factory.mktemp(kind))
            furnish(made[kind])
        return made[kind]

    return of


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, workspace: Path, furnished: Furnished) -> Store:
    """Have a furnished store of one's own."""
    original = furnished(request.param)
    return original.copied(workspace / "own" / Path(original.options["store"]).name)


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, workspace: Path) -> Store:
    """Have a store in which there is nothing yet."""
    return new_store(request.param, workspace)
