"""Writes what is generated from the code: `./dev python tools/generate.py`. A test fails while any of it is stale."""

import json
from pathlib import Path

from gate.rendering.outputs import OUTPUTS
from gate.rendering.report_json import schema
from gate.settings.documents import action_inputs, file_schema, readme_table

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[Path, str]:
    """Return every generated file with the text that it should have."""
    readme, action = ROOT / "README.md", ROOT / "action.yml"
    return {
        ROOT / "gate/settings/gate-file.schema.json": file_schema(),
        ROOT / "gate/rendering/report.schema.json": schema(),
        readme: _between(
            _between(readme.read_text("utf-8"), "<!-- settings: {} -->\n", readme_table()),
            "<!-- outputs: {} -->\n",
            _outputs_table(),
        ),
        action: _between(
            _between(action.read_text("utf-8"), "  # settings: {}\n", action_inputs()),
            "  # outputs: {}\n",
            _action_outputs(),
        ),
    }


def _between(text: str, mark: str, content: str) -> str:
    begin, end = mark.format("begin"), mark.format("end")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{content}{end}{after}"


def _outputs_table() -> str:
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in OUTPUTS.items())
    return f"| output | what it says |\n|---|---|\n{rows}"


def _action_outputs() -> str:
    return "".join(f"  {name}:\n    description: {json.dumps(meaning)}\n" for name, meaning in OUTPUTS.items())


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
