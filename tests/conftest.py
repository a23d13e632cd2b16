"""What all tests share."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import trustme

from tests.servers import Reply, Server, Tls, serving

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
def tls(tmp_path: Path) -> Tls:
    """Make an authority of the test's own."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return Tls(context=context, authority=tmp_path / "authority.pem")


@pytest.fixture
def orders() -> Iterator[Server]:
    """Serve an orders-api that honours its contracts."""
    with serving(lambda _: Reply(body={"id": 42, "total": 19.9})) as server:
        yield server
