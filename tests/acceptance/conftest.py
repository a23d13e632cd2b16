"""What the tests of the image share."""

from collections.abc import Iterator

import pytest

from tests.acceptance.actions_runner import Action
from tests.acceptance.image import built
from tests.unmeasured import unmeasured


@pytest.fixture(scope="session")
def action() -> Action:
    """Build the image, once."""
    return built()


@pytest.fixture(autouse=True)
def _unmeasured() -> Iterator[None]:
    with unmeasured():
        yield
