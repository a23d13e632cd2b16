"""Contract Gate: blocks the deploy of a service whose version breaks a contract."""

from typing import Final

__version__: Final = "0.1.0"
