"""Writes what is generated from the code: `./dev python tools/generate.py`. A test fails while any of it is stale."""

from pathlib import Path

from gate.rendering.report_json import schema
from gate.settings.documents import file_schema, readme_table

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def generated() -> dict[Path, str]:
    """Return every generated file with the text that it should have."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return {
        ROOT / "gate/settings/gate-file.schema.json": file_schema(),
        ROOT / "gate/rendering/report.schema.json": schema(),
        readme: f"{before}{BEGIN}{readme_table()}{END}{after}",
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
