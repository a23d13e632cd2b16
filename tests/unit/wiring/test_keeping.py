"""Whether results are kept, by what the user says, where the gate runs and what it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.pipeline.gate import Keeping
from gate.ports import ResultKeeper, Verification
from gate.settings.commands import Command
from gate.settings.run_context import RunContext
from gate.wiring.keeping import FORK, LAPTOP, NEVER, keeping_of
from gate.wiring.version import page_of
from tests.unit.wiring.workspaces import PAGE, context, settings_of, surroundings

pytestmark = pytest.mark.usefixtures("workspace")

OURS = context()
FORKS = context(merge_commit="2" * 40, foreign=True)


@dataclass(slots=True)
class Keeper:
    """Keeps nothing."""

    def keep(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> tuple[Fault, ...]:
        return ()


KEEPER = Keeper()


def _keeping(
    around: RunContext | None,
    *,
    keeper: ResultKeeper | None = KEEPER,
    command: Command = Command.CHECK,
    **options: Any,
) -> tuple[Keeping | None, list[str]]:
    return keeping_of(settings_of(**options), around, keeper, command)


@pytest.mark.parametrize(
    ("said", "around", "kept", "reason"),
    [
        ("auto", OURS, True, ""),
        ("auto", None, False, LAPTOP),
        ("auto", FORKS, False, FORK),
        ("always", FORKS, False, FORK),
        ("always", OURS, True, ""),
        ("always", None, True, ""),
        ("never", OURS, False, NEVER),
        ("never", None, False, NEVER),
        ("never", FORKS, False, NEVER),
    ],
)
def test_results_are_kept(said: str, around: RunContext | None, *, kept: bool, reason: str) -> None:
    keeping, notes = _keeping(around, publish_results=said)

    assert (keeping is not None) is kept
    assert notes == ([] if kept else [f"Results were not kept in the store: {reason}."])


@pytest.mark.parametrize("said", ["auto", "always"])
def test_a_forks_results_are_kept_under_a_branch_that_was_named_for_them(said: str) -> None:
    assert _keeping(FORKS, publish_results=said, branch="fork/feature")[0] is not None
    assert _keeping(FORKS, publish_results="never", branch="fork/feature")[0] is None


@pytest.mark.parametrize(("said", "trusting"), [("auto", False), ("always", True)])
def test_the_users_word_is_enough_only_where_it_was_given(said: str, *, trusting: bool) -> None:
    keeping, _ = _keeping(OURS, publish_results=said)

    assert keeping is not None
    assert (keeping.trusting, keeping.keeper) == (trusting, KEEPER)


@pytest.mark.parametrize(
    ("around", "options", "url"),
    [
        (OURS, {}, PAGE),
        (OURS, {"build_url": "https://ci.example/1"}, "https://ci.example/1"),
        (None, {"build_url": "https://ci.example/1"}, "https://ci.example/1"),
        (None, {}, ""),
    ],
)
def test_the_page_is_that_of_the_run_unless_another_is_named(
    around: RunContext | None, options: dict[str, Any], url: str
) -> None:
    assert page_of(settings_of(**options), surroundings(context=around)) == url


@pytest.mark.parametrize("command", [one for one in Command if one is not Command.CHECK])
@pytest.mark.parametrize("said", ["auto", "always"])
def test_no_other_command_keeps_anything(command: Command, said: str) -> None:
    assert _keeping(OURS, command=command, publish_results=said) == (None, [])


@pytest.mark.parametrize("said", ["auto", "never"])
def test_without_a_store_there_is_nothing_to_say(said: str) -> None:
    assert _keeping(OURS, keeper=None, publish_results=said) == (None, [])
