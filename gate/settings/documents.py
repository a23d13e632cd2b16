"""What is generated from the declaration: the README's table, the action's inputs, the file's JSON Schema."""

import json
from collections.abc import Mapping
from typing import Any, Final

from gate.settings.declaration import FILE_NAME, GROUPS, SETTINGS, Setting
from gate.settings.gate_file import EXCEPTIONS, OWNERS, OWNERS_ADAPTER, SERVICES, ExceptionEntry

SCHEMA_ADDRESS: Final = "https://json-schema.org/draft/2020-12/schema"


def readme_table() -> str:
    """Return the table of all settings, as Markdown."""
    rows = [
        f"| `{setting.name}` | {setting.meaning.help} | {setting.default} "
        f"| {'yes' if setting.meaning.committable else 'no'} |"
        for setting in SETTINGS
    ]
    head = ["| setting | what it says | default | in the gate file |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def action_inputs() -> str:
    """Return the inputs of `action.yml`."""
    entries = [
        f"  {setting.name}:\n"
        f"    description: {json.dumps(_described(setting), ensure_ascii=False)}\n"
        f"{_input_default(setting)}"
        for setting in SETTINGS
    ]
    return "".join(entries)


def _described(setting: Setting) -> str:
    default = f" Default: {setting.default}." if setting.default else ""
    return f"{setting.meaning.help}{default}".replace("`", "")


def _input_default(setting: Setting) -> str:
    """Only what the workflow alone knows has a default here: any other would outweigh the gate file."""
    default = setting.meaning.input_default
    return f"    default: {default}\n" if default else ""


def file_schema() -> str:
    """Return the JSON Schema of `.contract-gate.yml`, for editors."""
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    schemas = {group: model.model_json_schema(mode="validation") for group, model in GROUPS.items()}
    for setting in SETTINGS:
        schema = schemas[setting.group]
        definitions |= schema.get("$defs", {})
        if setting.meaning.committable:
            shape = {key: value for key, value in schema["properties"][setting.field].items() if key != "title"}
            properties[setting.name] = shape | {"description": setting.meaning.help}
    own = properties | {EXCEPTIONS: _exceptions()}
    services = _mapping({name: shape for name, shape in own.items() if name != "service"})
    described = {"description": "The services of this repository: each by its name, with settings of its own."}
    several = described | {"type": "object", "additionalProperties": {"anyOf": [services, {"type": "null"}]}}
    head = {"$schema": SCHEMA_ADDRESS, "title": f"Contract Gate: {FILE_NAME}"}
    return _json(head | _mapping(own | {OWNERS: _owners(), SERVICES: several}) | {"$defs": definitions})


def _mapping(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _exceptions() -> dict[str, Any]:
    described = {"description": "Counterparts that block nobody for a while; those of the default branch count."}
    return described | {"type": "array", "items": ExceptionEntry.model_json_schema()}


def _owners() -> dict[str, Any]:
    described = {
        "description": "Who answers for a pacticipant: they are told on the pull request when it is concerned."
    }
    return described | OWNERS_ADAPTER.json_schema()


def _json(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
