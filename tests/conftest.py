"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Reply, Server, serving


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
