"""Each scenario has a world of its own, of each kind of store.

The git world differs from the folder by its tree alone, and its every step starts a dozen processes. So only scenarios
that are chosen for it (`over_git`) run there, unless CONTRACT_GATE_EVERY_WORLD=1 asks for all: that takes minutes.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.places import WORLDS
from tests.stores.worlds import OVER_GIT, World


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        every = os.environ.get("CONTRACT_GATE_EVERY_WORLD") == "1" or hasattr(metafunc.function, OVER_GIT)
        metafunc.parametrize("kind", [kind for kind in WORLDS if every or kind != "git"])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for what is made once for all worlds of a kind."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture
def world(kind: str, tmp_path: Path, shared: Path) -> Iterator[World]:
    with WORLDS[kind](tmp_path, shared / kind) as one:
        yield one
