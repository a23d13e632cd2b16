"""What the tests of the image share."""

import pytest

from tests.acceptance.actions_runner import Action
from tests.acceptance.image import built


@pytest.fixture(scope="session")
def action() -> Action:
    """Build the image, once."""
    return built()
