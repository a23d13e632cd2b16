"""Acceptance tests: those marked `docker` say so when they cannot run, and fail instead where a daemon is required."""

import functools
import os
import subprocess

import pytest


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


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("docker") is None or not _fault():
        return
    if os.environ.get("CONTRACT_GATE_REQUIRE_DOCKER") == "1":
        pytest.fail(f"{_fault()} (required by CONTRACT_GATE_REQUIRE_DOCKER=1)", pytrace=False)
    pytest.skip(_fault())
