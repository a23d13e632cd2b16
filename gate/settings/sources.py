"""Where values come from, in order of precedence: action input, option, `GATE_...` variable, gate file, default."""

import difflib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from gate.domain.errors import ConfigurationError
from gate.settings.checks import check_together, refuse_shared_files
from gate.settings.commands import Command
from gate.settings.declaration import FILE_NAME, GROUPS, SETTINGS, Setting
from gate.settings.gate_file import GateFile, Given, read_gate_file
from gate.settings.groups import ContractSettings, OutputSettings, Settings
from gate.settings.kinds import public
from gate.settings.reproducing import reproduction


def read_settings(
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    file: Path = Path(FILE_NAME),
    *,
    command: Command = Command.CHECK,
    contract_url: str | None = None,
) -> Settings:
    """Turn everything that was said into typed values.

    Args:
        options: of the command line, by setting name; None or empty is absent.
        environment: the process's whole environment.
        file: the gate file, which need not exist.
        command: what they are for.
        contract_url: the contract that the workflow's event is about.

    Raises:
        ConfigurationError: naming the setting, where it was said, and what is wrong with it.
    """
    _refuse_misspelt(environment)
    gate_file = read_gate_file(file)
    from_file = _of_the_service(gate_file, options, environment, file)
    given = {
        setting.name: value
        for setting in SETTINGS
        if (value := _first(setting, options, environment, from_file)) is not None
    }
    if contract_url is not None and command.verifies and "broker-url" in given:
        given.setdefault("contract-url", Given(value=contract_url, origin="client_payload.pact_url"))
    _refuse_half_a_deployment(given, file)
    set_aside = _set_aside(given, file, command)
    groups = {group: _group(group, given) for group in GROUPS}
    settings = Settings(
        **groups,
        exceptions=gate_file.exceptions_of(groups["candidate"].service),
        owners=gate_file.owners,
        reproduction=reproduction(given, str(file)),
        set_aside=set_aside,
    )
    check_together(settings, command)
    return settings


def read_all_settings(
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    file: Path = Path(FILE_NAME),
    *,
    command: Command = Command.CHECK,
    contract_url: str | None = None,
) -> tuple[Settings, ...]:
    """Read the settings of every service that the run is about: of all in the gate file, unless one is named.

    Raises:
        ConfigurationError: as `read_settings`.
    """
    gate_file = read_gate_file(file)
    names = _services_meant(gate_file, options, environment, command)
    if not names:
        return (read_settings(options, environment, file, command=command, contract_url=contract_url),)
    every = []
    for name in names:
        try:
            own = read_settings(
                {**options, "service": name}, environment, file, command=command, contract_url=contract_url
            )
        except ConfigurationError as error:
            raise ConfigurationError(f"{name}: {error.what}", where=error.where, remedy=error.remedy) from error
        placed = _left_in_folder if command.posts else _in_folder
        every.append(replace(own, output=placed(own.output, own.candidate.path)))
    about = [one for one in every if one.contracts.contract_url is not None]
    meant = [one for one in about if _is_of(one.contracts.contract_url or "", one.candidate.service)]
    if about and not meant:
        raise ConfigurationError(
            f"the one contract that this run is about is with none of the gate file's services: {', '.join(names)}.",
            where=about[0].contracts.contract_url or "",
            remedy="Add its provider to services, or send the webhook to the repository that has it.",
        )
    refuse_shared_files(meant or every)
    return tuple(meant or every)


def read_output(options: Mapping[str, Any], environment: Mapping[str, str]) -> OutputSettings:
    """Read where files lie and go, for a command that needs no other settings.

    Raises:
        ConfigurationError: as `read_settings`.
    """
    _refuse_misspelt(environment)
    members = [setting for setting in SETTINGS if setting.group == "output"]
    found = {setting.name: _first(setting, options, environment, {}) for setting in members}
    output: OutputSettings = _group("output", {name: given for name, given in found.items() if given is not None})
    return output


def _is_of(url: str, provider: str) -> bool:
    """Say whether the address of a contract at a broker is that of one with this provider."""
    return f"/provider/{quote(provider, safe='')}/" in url


def _services_meant(
    gate_file: GateFile, options: Mapping[str, Any], environment: Mapping[str, str], command: Command
) -> list[str]:
    """Name the services of the gate file that a run is about which names none; none where that decides itself."""
    names = list(gate_file.services)
    if len(names) < 2 or _said("service", gate_file, options, environment):  # noqa: PLR2004 - several
        return []
    if command.record:
        return []  # what was not deployed is not to be recorded: one has to be named
    if command is not Command.PUBLISH or _said("contracts", gate_file, options, environment):
        return names
    consumers = [name for name in names if "contracts" in gate_file.services[name]]
    if not consumers:
        raise ConfigurationError(
            f"none of the gate file's services ({', '.join(names)}) has contracts: nothing says what to publish.",
            remedy="Name the Pact files of each service there: contracts.",
        )
    return consumers


def _said(name: str, gate_file: GateFile, options: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    setting = next(one for one in SETTINGS if one.name == name)
    return _first(setting, options, environment, gate_file.settings) is not None


def _in_folder(output: OutputSettings, folder: str) -> OutputSettings:
    """Put the files of one service among several into its folder."""
    paths = {"report": output.report, "markdown": output.markdown, "junit": output.junit}
    return output.model_copy(update={name: str(Path(folder, path)) for name, path in paths.items() if path})


def _left_in_folder(output: OutputSettings, folder: str) -> OutputSettings:
    """Find the report of one service among several where all were put: they lie in folders there as they did here."""
    report = Path(output.report)
    found = _in_folder(output, folder)
    return found.model_copy(update={"report": str(report.parent / folder / report.name)})


def _of_the_service(
    gate_file: GateFile, options: Mapping[str, Any], environment: Mapping[str, str], file: Path
) -> Mapping[str, Given]:
    """Return what the gate file says of the service that the run is about: its own settings before those of all."""
    if not gate_file.services:
        return gate_file.settings
    setting = next(one for one in SETTINGS if one.name == "service")
    given = _first(setting, options, environment, gate_file.settings)
    names = list(gate_file.services)
    if given is None and len(names) == 1:
        given = Given(value=names[0], origin=str(file))
    if given is None:
        raise ConfigurationError(
            f"the gate file has several services, and none is named: {', '.join(names)}.",
            where=str(file),
            remedy="Name one (service), in a step of its own for each or in a matrix.",
        )
    if given.value not in gate_file.services:
        near = difflib.get_close_matches(str(given.value), names, n=1, cutoff=0.4)
        raise ConfigurationError(
            f"the gate file's services are {', '.join(names)}, and {given.value!r} is none of them ({given.origin}).",
            where=str(file),
            remedy=f"Did you mean {near[0]}?" if near else "Add it there, if only its name.",
        )
    return {**gate_file.settings, **gate_file.services[str(given.value)], "service": given}


def _set_aside(given: dict[str, Given], file: Path, command: Command) -> tuple[str, ...]:
    """Take out and return the contracts that the gate file has for `publish`: the store says what is verified."""
    if command is Command.PUBLISH or "contracts" not in given or not {"broker-url", "store"} & set(given):
        return ()
    if not _is_from_file(given["contracts"], file):
        return ()
    contracts: ContractSettings = _group("contracts", {"contracts": given.pop("contracts")})
    return contracts.contracts


def _is_from_file(given: Given, file: Path) -> bool:
    return given.origin.startswith(str(file))


def _refuse_half_a_deployment(given: Mapping[str, Given], file: Path) -> None:
    """One contract is no deployment. A gate file names the environment for all workflows; a step means what it says."""
    url, environment = given.get("contract-url"), given.get("environment")
    if url is not None and environment is not None and not _is_from_file(environment, file):
        raise ConfigurationError(
            f"environment is set ({environment.origin}), and {url.origin} is about one contract and no deployment.",
            remedy="Verify what a webhook names in a workflow of its own, without environment.",
        )


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """A misspelt variable would silently be no setting at all. One that resembles none of ours is somebody else's."""
    variables = [setting.variable for setting in SETTINGS]
    for name in environment:
        near = difflib.get_close_matches(name, variables, n=1, cutoff=0.85)
        if name.startswith("GATE_") and near and name not in variables:
            raise ConfigurationError(f"there is no variable {name}.", remedy=f"Did you mean {near[0]}?")


def _first(
    setting: Setting, options: Mapping[str, Any], environment: Mapping[str, str], file: Mapping[str, Given]
) -> Given | None:
    """Find the first source that says something. An empty value is how the runner passes an absent input."""
    sources = (
        Given(value=environment.get(setting.input_variable), origin=f"input {setting.name}"),
        Given(value=options.get(setting.name), origin=f"option --{setting.name}"),
        Given(value=environment.get(setting.variable), origin=f"variable {setting.variable}"),
    )
    for source in sources:
        if source.value is not None and source.value != [] and str(source.value).strip():
            return replace(source, value=_bare(source.value))
    return file.get(setting.name)


def _bare(value: Any) -> Any:  # noqa: ANN401 - text or a list of it
    """Take off what a workflow's block of text leaves around a value: the runner passes it on."""
    return value.strip() if isinstance(value, str) else value


def _group(group: str, given: Mapping[str, Given]) -> Any:  # noqa: ANN401 - one of GROUPS
    members = [setting for setting in SETTINGS if setting.group == group]
    values = {setting.field: given[setting.name].value for setting in members if setting.name in given}
    try:
        return GROUPS[group].model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        setting = next(setting for setting in members if setting.field == first["loc"][0])
        raise _wrong(setting, given.get(setting.name), first["msg"]) from error


def _wrong(setting: Setting, given: Given | None, message: str) -> ConfigurationError:
    if given is None:
        return ConfigurationError(
            f"{setting.name} is missing: {setting.meaning.help}",
            remedy=f"Set the input {setting.name}, --{setting.name}, {setting.variable}, or the key in {FILE_NAME}.",
        )
    shown = "" if setting.meaning.secret else f" {public(str(given.value))[:200]!r}"
    return ConfigurationError(
        f"{setting.name}{shown} is not usable: {message.removeprefix('Value error, ')}.",
        where=given.origin,
        remedy=setting.meaning.help,
    )
