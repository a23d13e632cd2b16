"""The report as JSON, and back. The file's shape is that of `gate.domain.report.Report` itself."""

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from gate.domain.errors import GateError
from gate.domain.redaction import redacted
from gate.domain.report import SCHEMA, Report


class ReportFormatError(GateError):
    """A file is no report that this version of the gate can read."""

    exit_code = 2


def dump(report: Report) -> str:
    """Write a report as indented JSON."""
    try:
        text = _adapter().dump_json(report, indent=2)
    except PydanticSerializationError:
        text = _adapter().dump_json(redacted(report, _encodable), indent=2)
    return text.decode() + "\n"


def load(text: str | bytes) -> Report:
    """Read a report. It may be anybody's: what two readers could read in two ways is none.

    Raises:
        ReportFormatError: it is no report, or one of another major version.
    """
    try:
        content = json.loads(text, **STRICT)
    except (ValueError, RecursionError) as error:
        raise ReportFormatError(
            f"this is no JSON: {error}.", remedy="Give the file that `gate check` wrote."
        ) from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise ReportFormatError(
            f"this is {schema!r} where {SCHEMA!r} is needed.",
            remedy="Give the JSON file that `gate check` wrote, and read it with the version that wrote it.",
        )
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(step) for step in first["loc"])
        raise ReportFormatError(f"the report is damaged at {path}: {first['msg']}.") from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice, of which some readers take the first and others the last."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands twice")
    return content


def _number(text: str) -> float:
    """Refuse what is no number: `NaN`, `Infinity`, and `1e999`, which is read as that."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number")
    return number


def _integer(text: str) -> int:
    """Refuse a number of which no float can be made."""
    _number(text)
    return int(text)


STRICT: Final[Mapping[str, Any]] = {
    "object_pairs_hook": _without_doubles,
    "parse_float": _number,
    "parse_constant": _number,
    "parse_int": _integer,
}


def _encodable(text: str) -> str:
    """Show half a surrogate pair, of which no UTF-8 can be made, as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def schema() -> str:
    """Return the JSON Schema of the report."""
    content: dict[str, Any] = _adapter().json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA}
    return json.dumps(head | content, indent=2, ensure_ascii=False) + "\n"


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
