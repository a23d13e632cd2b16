"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.servers import Reply, Server, serving

# A slow machine is no reason to fail, and a run that failed can be had again.
hypothesis.settings.register_profile("gate", deadline=None, derandomize=True)
hypothesis.settings.load_profile("gate")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, untouched by the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "CI"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def orders() -> Iterator[Server]:
    """Serve an orders-api that honours its contracts."""
    with serving(lambda _: Reply(body={"id": 42, "total": 19.9})) as server:
        yield server
