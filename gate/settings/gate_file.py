"""The gate file: settings that are committed, the services of a repository, and the exceptions that were agreed on."""

import difflib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gate.domain.errors import ConfigurationError
from gate.domain.exceptions import AgreedException
from gate.settings.declaration import SETTINGS
from gate.settings.kinds import MOST_OWNERS, Day, Name, Owner

LARGEST_FILE: Final = 1024 * 1024
EXCEPTIONS: Final = "exceptions"
SERVICES: Final = "services"
OWNERS: Final = "owners"
OWNERS_FORM: Final = (
    'Write each pacticipant as a key, and below it who answers for it: "@acme/checkout-team", or a list of such names.'
)
AT_SIGN: Final = 'Put what begins with @ in quotes: "@acme/checkout-team".'
FORM: Final = "Each is a mapping of counterpart, reason, owner and until (the last day, as in 2026-11-30)."
YAML_ERRORS: Final = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What the library raises: its own errors, and whatever its constructors stumble over (`!!int x`)."""
TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value as somebody wrote it."""

    value: Any
    origin: str
    """Where it was written, for error messages: `option --stage`, `.contract-gate.yml`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFile:
    """What stands in it."""

    settings: Mapping[str, Given]
    services: Mapping[str, Mapping[str, Given]]
    """The settings of each service that it names."""
    exceptions: Mapping[str, tuple[AgreedException, ...]] = field(default_factory=dict)
    """Those of each service that it names, and under an empty name those of all."""

    owners: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Who answers for which pacticipant."""

    def exceptions_of(self, service: str) -> tuple[AgreedException, ...]:
        """Return what was agreed on for a service."""
        return (*self.exceptions.get("", ()), *self.exceptions.get(service, ()))


class ExceptionEntry(BaseModel):
    """An entry of `exceptions`."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    counterpart: Name
    reason: Name
    owner: Name
    until: Day


_EXCEPTIONS: Final = TypeAdapter(tuple[ExceptionEntry, ...])
OWNERS_ADAPTER: Final = TypeAdapter(dict[Name, Owner | Annotated[list[Owner], Field(max_length=MOST_OWNERS)]])


class _Loader(yaml.SafeLoader):
    """YAML without its traps: dates stay text, whose form we check, and no key stands twice.

    The second would silently drop what the first one said, contracts for instance.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = Counter(str(self.construct_object(key, deep=True)) for key, _ in node.value)
        key, times = keys.most_common(1)[0] if keys else ("", 1)
        if times > 1:
            message = f"the key {key!r} stands twice"
            raise yaml.constructor.ConstructorError(message, node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_gate_file(path: Path) -> GateFile:
    """Read the gate file. One that is not there says nothing.

    Raises:
        ConfigurationError: naming what is wrong, and where.
    """
    if not os.path.lexists(path):
        return GateFile(settings={}, services={})
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigurationError("the file is too large for settings.", where=str(path))
        content = _parsed(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigurationError(
            f"the gate file cannot be read: {error.strerror}.", where=str(path), remedy="Check its permissions."
        ) from error
    services = _services(content, str(path))
    return GateFile(
        settings=_settings(content, str(path), {EXCEPTIONS, SERVICES, OWNERS}),
        services={
            name: _settings(own, f"{path}, {SERVICES}: {name}", {EXCEPTIONS}, without=("service",))
            for name, own in services.items()
        },
        exceptions={name: _exceptions(own, str(path)) for name, own in {"": content, **services}.items()},
        owners=_owners(content, str(path)),
    )


def read_exceptions(text: bytes, service: str, where: str) -> tuple[AgreedException, ...]:
    """Read what a gate file says of exceptions alone: those of all services, and those of this one.

    Raises:
        ConfigurationError: naming what is wrong with them.
    """
    content = _parsed(text, where)
    own = _services(content, where).get(service, {})
    return (*_exceptions(content, where), *_exceptions(own, where))


def _parsed(text: bytes, where: str) -> Mapping[str, Any]:
    try:
        content = yaml.load(text.decode(), _Loader)  # noqa: S506 - a SafeLoader
    except YAML_ERRORS as error:
        raise _no_yaml(error, where) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError("the gate file is no mapping of settings to values.", where=where)
    return {str(name): value for name, value in content.items()}


def _no_yaml(error: Exception, where: str) -> ConfigurationError:
    """Say that a file is no YAML; what comes to nobody's mind is that an owner's name takes quotes."""
    remedy = AT_SIGN if "'@' that cannot start" in str(error) else ""
    return ConfigurationError(f"the gate file is not YAML: {error}.", where=where, remedy=remedy)


def _services(content: Mapping[str, Any], where: str) -> Mapping[str, Mapping[str, Any]]:
    services = content.get(SERVICES)
    if services is None:
        return {}
    if not isinstance(services, dict) or not all(own is None or isinstance(own, dict) for own in services.values()):
        raise ConfigurationError(
            f"{SERVICES} is no mapping of services to their settings.",
            where=where,
            remedy="Write each service as a key, and its settings below it.",
        )
    return {str(name): {str(key): value for key, value in (own or {}).items()} for name, own in services.items()}


def _settings(
    content: Mapping[str, Any], where: str, others: set[str], without: tuple[str, ...] = ()
) -> Mapping[str, Given]:
    for name in content:
        if name not in others:
            _refuse_unknown(name, where, without)
    return {
        name: Given(value=value, origin=where)
        for name, value in content.items()
        if name not in others and value is not None
    }


def _exceptions(content: Mapping[str, Any], where: str) -> tuple[AgreedException, ...]:
    entries = content.get(EXCEPTIONS)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise ConfigurationError(f"{EXCEPTIONS}: this is no list.", where=where, remedy=FORM)
    try:
        read = _EXCEPTIONS.validate_python(entries)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ConfigurationError(
            f"{EXCEPTIONS}.{place}: {first['msg'].removeprefix('Value error, ')}.",
            where=where,
            remedy=FORM,
        ) from error
    return tuple(
        AgreedException(counterpart=one.counterpart, reason=one.reason, owner=one.owner, until=one.until)
        for one in read
    )


def _owners(content: Mapping[str, Any], where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    written = content.get(OWNERS)
    if written is None:
        return ()
    try:
        read = OWNERS_ADAPTER.validate_python(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join((OWNERS, *(str(step) for step in first["loc"][:1])))
        what = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{place}: {what}.", where=where, remedy=OWNERS_FORM) from error
    return tuple((name, (own,) if isinstance(own, str) else tuple(dict.fromkeys(own))) for name, own in read.items())


def _refuse_unknown(name: str, where: str, without: tuple[str, ...]) -> None:
    known = {setting.name: setting for setting in SETTINGS if setting.name not in without}
    keys = [key for key, setting in known.items() if setting.meaning.committable]
    if name in keys:
        return
    if name in known:
        reason = "is a secret" if known[name].meaning.secret else "belongs to one run"
        raise ConfigurationError(
            f"{name} {reason} and is not read from the gate file.",
            where=where,
            remedy=f"Set the input {name}, --{name} or {known[name].variable}.",
        )
    near = difflib.get_close_matches(name, keys, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else f"It knows {', '.join(keys)}."
    raise ConfigurationError(f"there is no setting {name!r}.", where=where, remedy=hint)
