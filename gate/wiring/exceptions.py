"""The exceptions that count: those on the default branch, which a pull request cannot grant to itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gate.clients import git
from gate.domain.contracts import Fault
from gate.domain.errors import ConfigurationError, GateError
from gate.domain.exceptions import AgreedException, in_force
from gate.domain.report import Stage
from gate.settings.declaration import FILE_NAME
from gate.settings.gate_file import read_exceptions
from gate.settings.groups import Settings
from gate.wiring.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What was agreed on, and what is wrong with it."""

    exceptions: tuple[AgreedException, ...] = ()
    """Those that are in force."""
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


def agreed(settings: Settings, surroundings: Surroundings) -> Agreed:
    """Read the exceptions of the default branch. What cannot be read excepts nothing, and the report says so."""
    where = f"{FILE_NAME} of the default branch"
    try:
        text = _default_branch(settings, surroundings)
    except GateError as error:
        return Agreed(notes=(f"No exception counts, as {where} could not be read: {error}",))
    try:
        every = () if text is None else read_exceptions(text, settings.candidate.service, where)
    except ConfigurationError as error:
        return _mended_here(settings, (Fault.of(error),))
    today = datetime.now(UTC).date()
    exceptions, _ = in_force(every, today, where)
    _, of_both = in_force((one for one in every if one in settings.exceptions), today, where)
    _, of_main_alone = in_force((one for one in every if one not in settings.exceptions), today, where)
    new = [one for one in settings.exceptions if one not in every]
    too_long = [fault for one in new if one.until > today for fault in in_force([one], today, FILE_NAME)[1]]
    mended = _mended_here(settings, of_main_alone)
    return Agreed(
        exceptions=exceptions,
        faults=(*of_both, *too_long, *mended.faults),
        notes=(*mended.notes, *_of_this_branch_alone(new)),
    )


def _mended_here(settings: Settings, faults: tuple[Fault, ...]) -> Agreed:
    """Take what is wrong on the default branch, and not in this checkout, for what a change mends: it can be merged.

    Such an exception excuses nothing in any case.
    """
    if settings.candidate.stage is Stage.DEPLOY:
        return Agreed(faults=faults)
    return Agreed(notes=tuple(f"Not in this checkout any more: {fault}" for fault in faults))


def _default_branch(settings: Settings, surroundings: Surroundings) -> bytes | None:
    """Read the gate file from GitHub; on a laptop, as git last fetched it.

    On a runner git is not asked: what an earlier step did to the workspace may be a stranger's doing.
    """
    context, folder, token = surroundings.context, surroundings.folder, settings.github.token
    if context is None:
        return git.file_on_default_branch(folder, f"{git.prefix(folder) or ''}{FILE_NAME}")
    if token is None:
        if settings.exceptions:
            raise GateError("there is no github-token.")
        return None
    return surroundings.github(context, token, "facts").file_on_default_branch(_name_in_repository(surroundings))


def _name_in_repository(surroundings: Surroundings) -> str:
    """Name the gate file as the repository does: a job may run the gate in a folder of its workspace."""
    workspace = Path(surroundings.environment.get("GITHUB_WORKSPACE") or surroundings.folder).resolve()
    folder = surroundings.folder.resolve()
    return str((folder.relative_to(workspace) if folder.is_relative_to(workspace) else Path()) / FILE_NAME)


def _of_this_branch_alone(new: Sequence[AgreedException]) -> tuple[str, ...]:
    if not new:
        return ()
    names = ", ".join(dict.fromkeys(one.counterpart for one in new))
    return (f"Exceptions in this checkout's {FILE_NAME} count once they are on the default branch: {names}.",)
