"""The one declaration of every setting.

A field of `gate.settings.groups` is at once an action input, an option of the command line, a `GATE_...` variable, a
key of `.contract-gate.yml`, an entry of the JSON Schema and a row of the README's table.
"""

from dataclasses import dataclass
from typing import Final, get_type_hints

from pydantic.fields import FieldInfo

from gate.settings.groups import Group, Meaning, Settings

FILE_NAME: Final = ".contract-gate.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, under all its names."""

    name: str
    """`provider-url`: the input, the key, and with two dashes the option."""
    group: str
    """The field of `Settings` that it belongs to."""
    field: str
    """The field of that group."""
    info: FieldInfo
    meaning: Meaning

    @property
    def variable(self) -> str:
        """The environment variable for local use."""
        return f"GATE_{self.name.replace('-', '_').upper()}"

    @property
    def input_variable(self) -> str:
        """The variable in which the runner passes the action's input: upper case, its dashes kept."""
        return f"INPUT_{self.name.upper()}"

    @property
    def default(self) -> str:
        """What is used without it, for a person."""
        if self.meaning.default or self.info.is_required():
            return self.meaning.default
        return str(self.info.default) if self.info.default else ""


def _name(prefix: str, field: str) -> str:
    return f"{prefix}{field}".replace("_", "-")


PREFIXES: Final = {"broker": "broker_", "provider": "provider_", "github": "github_"}
"""Groups whose settings carry the group's name; the other names speak for themselves."""


def _settings() -> tuple[Setting, ...]:
    return tuple(
        Setting(
            name=_name(PREFIXES.get(group, ""), field),
            group=group,
            field=field,
            info=info,
            meaning=next(one for one in info.metadata if isinstance(one, Meaning)),
        )
        for group, model in GROUPS.items()
        for field, info in model.model_fields.items()
    )


GROUPS: Final[dict[str, type[Group]]] = {
    name: kind for name, kind in get_type_hints(Settings).items() if isinstance(kind, type) and issubclass(kind, Group)
}
SETTINGS: Final[tuple[Setting, ...]] = _settings()
