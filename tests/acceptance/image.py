"""The action's image."""

import subprocess
from pathlib import Path
from typing import Final

from tests.acceptance.actions_runner import Action

ROOT: Final = Path(__file__).resolve().parent.parent.parent
BASE: Final = "python:3.13-slim"
IMAGE: Final = "contract-gate:acceptance"


def built() -> Action:
    """Build the image, with what that takes from the network, and return the action that it is for."""
    done = subprocess.run(
        ["docker", "build", "--quiet", "--build-arg", f"PYTHON_IMAGE={BASE}", "--tag", IMAGE, "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Action.read(ROOT / "action.yml", image=IMAGE, uses="contract-gate/contract-gate@v1")
