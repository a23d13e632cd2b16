"""Where values come from, in order of precedence: action input, option, `GATE_...` variable, gate file, default."""

import difflib
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from gate.domain.errors import ConfigurationError
from gate.settings.declaration import FILE_NAME, GROUPS, SETTINGS, Setting
from gate.settings.groups import BrokerSettings, ProviderSettings, Settings

LARGEST_FILE: Final = 1024 * 1024
CONTAINER_URL: Final = "http://{host}:{port}"
"""Where a provider in a container is reached unless provider-url says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value as somebody wrote it."""

    value: Any
    origin: str
    """Where it was written, for error messages: `option --stage`, `.contract-gate.yml`."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """A key that stands twice would silently drop what the first one said, contracts for instance."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = Counter(str(self.construct_object(key, deep=True)) for key, _ in node.value)
        key, times = keys.most_common(1)[0] if keys else ("", 1)
        if times > 1:
            message = f"the key {key!r} stands twice"
            raise yaml.constructor.ConstructorError(message, node.start_mark)
        return super().construct_mapping(node, deep)


def read_settings(
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    file: Path = Path(FILE_NAME),
    *,
    verifies: bool = True,
    contract_url: str | None = None,
) -> Settings:
    """Turn everything that was said into typed values.

    Args:
        options: of the command line, by setting name; None or empty is absent.
        environment: the process's whole environment.
        file: the gate file, which need not exist.
        verifies: whether contracts are verified.
        contract_url: the contract that the workflow's event is about.

    Raises:
        ConfigurationError: naming the setting, where it was said, and what is wrong with it.
    """
    _refuse_misspelt(environment)
    from_file = _read_file(file)
    given = {
        setting.name: value
        for setting in SETTINGS
        if (value := _first(setting, options, environment, from_file)) is not None
    }
    if contract_url is not None and verifies and "broker-url" in given:
        given.setdefault("contract-url", Given(value=contract_url, origin="client_payload.pact_url"))
    _refuse_half_a_deployment(given, file)
    groups = {group: _group(group, given) for group in GROUPS}
    settings = Settings(**groups)
    _check_together(settings)
    if verifies and (settings.provider != ProviderSettings() or settings.broker.url is None):
        _check_provider(settings.provider)
    return settings


def _refuse_half_a_deployment(given: Mapping[str, Given], file: Path) -> None:
    """One contract is no deployment. A gate file names the environment for all workflows; a step means what it says."""
    url, environment = given.get("contract-url"), given.get("environment")
    if url is not None and environment is not None and environment.origin != str(file):
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
    shown = "" if setting.meaning.secret else f" {str(given.value)[:200]!r}"
    return ConfigurationError(
        f"{setting.name}{shown} is not usable: {message.removeprefix('Value error, ')}.",
        where=given.origin,
        remedy=setting.meaning.help,
    )


def _check_together(settings: Settings) -> None:
    outputs = [path for path in (settings.output.report, settings.output.markdown, settings.output.junit) if path]
    if len({os.path.realpath(path) for path in outputs}) < len(outputs):
        raise ConfigurationError(
            "two of report, markdown and junit name the same file.", remedy="Give each a path of its own."
        )
    if settings.candidate.stage == "deploy" and not settings.candidate.environment:
        raise ConfigurationError(
            "stage deploy needs an environment.", remedy="Say where it is deployed to, such as environment: production."
        )
    if settings.broker.url is None:
        _check_without_broker(settings)
    else:
        _check_broker(settings.broker, settings)


def _check_without_broker(settings: Settings) -> None:
    if not settings.contracts.contracts:
        raise ConfigurationError(
            "neither broker-url nor contracts is set: the gate does not know where the contracts are.",
            remedy=(
                "Give the address of the Pact Broker, or name files, folders, globs or addresses: --contracts, "
                f"GATE_CONTRACTS, or the key in {FILE_NAME}."
            ),
        )
    own = settings.contracts
    useless = {
        "contract-url": own.contract_url,
        "consumer-version-selectors": own.consumer_version_selectors,
        "wip-since": own.wip_since,
        "consumes": own.consumes,
        "wait": settings.verification.wait,
        "first-deployment": settings.candidate.first_deployment,
        "application-instance": settings.candidate.application_instance,
        "broker-token": settings.broker.token,
        "broker-username": settings.broker.username,
        "broker-password": settings.broker.password,
        "broker-ca-file": settings.broker.ca_file,
    }
    for name, value in useless.items():
        if value:
            raise ConfigurationError(
                f"{name} only means something together with broker-url: files know no versions and no deployments.",
                remedy="Set broker-url, or leave it out.",
            )


def _check_broker(broker: BrokerSettings, settings: Settings) -> None:
    if settings.contracts.contracts:
        raise ConfigurationError(
            "contracts and broker-url are both set, and contracts come from one of them.",
            remedy="Give one of them. Copies of contracts that a broker holds prove nothing.",
        )
    if broker.token is not None and (broker.username is not None or broker.password is not None):
        raise ConfigurationError(
            "broker-token and broker-username are both set.",
            remedy="Give the token for PactFlow, or user and password for a Pact Broker.",
        )
    if (broker.username is None) != (broker.password is None):
        raise ConfigurationError("only one of broker-username and broker-password is set.", remedy="Give both.")


def _check_provider(provider: ProviderSettings) -> None:
    if not provider.is_named:
        raise ConfigurationError(
            "none of provider-url, provider-command and provider-image is set, so there is nothing to verify.",
            remedy="Give the address of the running provider, or the command or the image that starts it.",
        )
    if provider.image is None and provider.port is not None:
        raise ConfigurationError(
            "provider-port only means something together with provider-image.",
            remedy="Write the port into provider-url.",
        )
    if provider.image is not None and not re.fullmatch(
        r"https?://\{host\}:\{port\}(/.*)?", provider.url or CONTAINER_URL
    ):
        raise ConfigurationError(
            "provider-url is where a provider already listens, and provider-image starts one.",
            remedy="Give one of them. For another scheme or a base path write provider-url: https://{host}:{port}/path.",
        )
    if provider.image is None and "{host}" in (provider.url or ""):
        raise ConfigurationError(
            "provider-url has {host}, which only means something together with provider-image.",
            remedy="Write the host that the provider listens on.",
        )
    if provider.command is None and provider.image is None and "{port}" in (provider.url or ""):
        raise ConfigurationError(
            "provider-url has {port}, which only means something together with provider-command or provider-image.",
            remedy="Write the port that the provider listens on.",
        )


def _read_file(path: Path) -> Mapping[str, Given]:
    if not os.path.lexists(path):
        return {}
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigurationError("the file is too large for settings.", where=str(path))
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ConfigurationError(
            f"the gate file cannot be read: {error.strerror}.", where=str(path), remedy="Check its permissions."
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"the gate file is not YAML: {error}.", where=str(path)) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError("the gate file is no mapping of settings to values.", where=str(path))
    _refuse_unknown(content, str(path))
    return {name: Given(value=value, origin=str(path)) for name, value in content.items() if value is not None}


def _refuse_unknown(names: Iterable[object], path: str) -> None:
    known = {setting.name: setting for setting in SETTINGS}
    keys = [name for name, setting in known.items() if setting.meaning.committable]
    for name in map(str, names):
        if name in keys:
            continue
        if name in known:
            reason = "is a secret" if known[name].meaning.secret else "belongs to one run"
            raise ConfigurationError(
                f"{name} {reason} and is not read from the gate file.",
                where=path,
                remedy=f"Set the input {name}, --{name} or {known[name].variable}.",
            )
        near = difflib.get_close_matches(name, keys, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else f"It knows {', '.join(keys)}."
        raise ConfigurationError(f"there is no setting {name!r}.", where=path, remedy=hint)
