"""Jobs whose steps run in a container of their own (`container:` in the workflow): their localhost is not the runner's.

Source: the runner mounts its work folder at `/__w` into the job's container, and puts it and the container of an action
into one network.
"""

from pathlib import Path
from typing import Final

from gate.clients.containers import Containers
from gate.domain.errors import ProviderError

RESOLVER: Final = Path("/etc/resolv.conf")
NETWORK_RESOLVER: Final = "127.0.0.11"
"""Docker's own name server. It exists in networks that somebody made, and not in the default one."""
WORK_FOLDER: Final = "/__w"


def steps_run_elsewhere(own_name: str, resolver: Path = RESOLVER) -> bool:
    """Say whether the job's steps run in a container; without the Docker socket nobody can tell, and the answer is no.

    Args:
        own_name: host name of the gate's own container.
        resolver: the file that names the name server.
    """
    try:
        if NETWORK_RESOLVER not in resolver.read_text("utf-8", errors="replace"):
            return False
        containers = Containers.connect(own_name)
    except (OSError, ProviderError):
        return False
    try:
        return containers.has_neighbour_with(WORK_FOLDER)
    finally:
        containers.close()
