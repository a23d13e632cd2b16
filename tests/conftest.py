"""What all tests share.

Those marked `docker` say so when they cannot run, and fail instead where a daemon is required.
"""

import functools
import gc
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import hypothesis
import pytest
import trustme
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.servers import Reply, Server, Tls, serving
from tests.unmeasured import unmeasured

WHOLE_PROGRAMS: Final = frozenset({"acceptance", "damage", "flows"})
"""Folders of tests that start programs, hundreds of times. To measure them all takes longer than to run them."""

# A slow machine is no reason to fail, and a run that failed can be had again.
hypothesis.settings.register_profile("gate", deadline=None, derandomize=True)
hypothesis.settings.load_profile("gate")


@functools.cache
def _fault() -> str:
    """Say why no Docker daemon can be used. Asked once, and only when a test needs one."""
    try:
        asked = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no Docker daemon answers: {error}"
    if asked.returncode:
        return f"no Docker daemon answers: {asked.stderr.strip() or asked.stdout.strip()}"
    return ""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Have workers for all tests alone: a few have ended before workers have started.

    Two for each core, as they often wait for programs that they have started.
    """
    option = config.option
    some = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or option.keyword or option.markexpr
    return 0 if some or option.collectonly else 2 * (os.cpu_count() or 1)


class _Scheduler(LoadScopeScheduling):  # type: ignore[misc]
    """Hands tests out one by one, but files with such as need Docker first and all to one worker.

    A gate removes what another left behind in the daemon, and the README's workflow has a port of its own.
    (`xdist_group` would say so test by test, but does nothing with pytest 9.2: pytest-xdist 3.8 sets what it ignores.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return "docker" if _needs_docker(self.config.rootpath / nodeid.partition("::")[0]) else nodeid


@functools.cache
def _needs_docker(file: Path) -> bool:
    return "pytest.mark.docker" in file.read_text()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Scheduler:
    return _Scheduler(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("docker") is None:
        return
    assert _needs_docker(item.path), "the scheduler does not see that this test is marked"
    if not _fault():
        return
    if os.environ.get("CONTRACT_GATE_REQUIRE_DOCKER") == "1":
        pytest.fail(f"{_fault()} (required by CONTRACT_GATE_REQUIRE_DOCKER=1)", pytrace=False)
    pytest.skip(_fault())


@pytest.fixture(autouse=True)
def _unmeasured(request: pytest.FixtureRequest) -> Iterator[None]:
    """Measure no tests that start whole programs, save those marked `measured`: with them everything is covered."""
    folder = request.path.relative_to(request.config.rootpath / "tests").parts[0]
    if folder not in WHOLE_PROGRAMS or request.node.get_closest_marker("measured") is not None:
        yield
        return
    with unmeasured():
        yield


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, untouched by the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "CI"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def no_docker_socket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where no Docker socket is mounted. What its library leaves open is cleared away before the next test."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///tmp/no-docker-socket")
    yield
    gc.collect()


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
