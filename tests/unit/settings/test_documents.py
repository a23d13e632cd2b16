"""What is generated from the declaration is what stands in the repository."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gate.settings.declaration import SETTINGS
from gate.settings.documents import file_schema
from tools.generate import generated

SCHEMA = json.loads(file_schema())
WRONG_OWNERS = [
    {"owners": value}
    for value in (5, ["web"], {"web": 5}, {"web": ""}, {"web": [""]}, {"": "ada"}, {"web": ["a"] * 11})
]


@pytest.mark.parametrize(("path", "text"), [pytest.param(*one, id=one[0].name) for one in generated().items()])
def test_generated_files_are_up_to_date(path: Path, text: str) -> None:
    assert path.read_text("utf-8") == text, "run: ./dev python tools/generate.py"


def test_the_schema_knows_exactly_what_may_be_committed() -> None:
    committed = [setting.name for setting in SETTINGS if setting.meaning.committable]
    assert list(SCHEMA["properties"]) == [*committed, "exceptions", "owners", "services"]


def test_the_example_keeps_to_the_schema() -> None:
    example = Path(__file__).parents[3] / "examples/orders/.contract-gate.yml"

    jsonschema.validate(yaml.safe_load(example.read_text()), SCHEMA)


@pytest.mark.parametrize(
    "content", [{"servise": "x"}, {"stage": "dream"}, {"environment": [1]}, {"service": ""}, *WRONG_OWNERS]
)
def test_the_schema_refuses_what_the_gate_refuses(content: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA)


def test_every_setting_says_what_it_is_for() -> None:
    assert [setting.name for setting in SETTINGS if not setting.meaning.help.endswith(".")] == []
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
