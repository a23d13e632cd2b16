"""Providers under test, once or several times."""

from collections.abc import Callable, Sequence
from typing import Any

from gate.ports import Target
from gate.provider.readiness import Reach
from gate.provider.runner_host import RunnerHost
from gate.provider.under_test import Program, ProviderUnderTest, Replica, Replicas


def several(
    each: Sequence[tuple[Target, Program | None]],
    *,
    timeout: float = 20.0,
    ready: str | None = None,
    host: RunnerHost | None = None,
    say: Callable[[str], None] = print,
    **more: Any,
) -> ProviderUnderTest:
    """Have replicas of a provider: where each listens, and what starts it."""
    replicas = Replicas(each=tuple(Replica(target, program) for target, program in each), **more)
    return ProviderUnderTest(replicas, Reach(ready_path=ready, timeout=timeout), host, say)


def once(target: Target, program: Program | None = None, **more: Any) -> ProviderUnderTest:
    """Have a provider a single time."""
    return several([(target, program)], **more)
