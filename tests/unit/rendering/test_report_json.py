import json
from typing import Any

import jsonschema
import pytest

from gate.domain.report import Report
from gate.rendering.report_json import ReportFormatError, dump, load, schema


def test_a_report_survives_its_file(situation: Report) -> None:
    assert load(dump(situation)) == situation


def test_a_report_keeps_to_its_schema(situation: Report) -> None:
    jsonschema.validate(json.loads(dump(situation)), json.loads(schema()))


def _without(situation: Report, **change: Any) -> str:
    return json.dumps(json.loads(dump(situation)) | change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("[]", "this is None where 'contract-gate-report/1' is needed."),
        ('{"schema": "contract-gate-report/2"}', "this is 'contract-gate-report/2' where"),
        ('{"schema": "contract-gate-report/1"}', "the report is damaged at gate_version: Field required."),
    ],
)
def test_what_is_no_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReportFormatError) as refused:
        load(text)

    assert refused.value.what.startswith(message)
    assert refused.value.exit_code == 2


def test_a_damaged_report_names_the_place(situation: Report) -> None:
    with pytest.raises(ReportFormatError, match=r"damaged at verdict\.decision: Input should be 'allow'"):
        load(_without(situation, verdict={"decision": "ALLOW", "reasons": []}))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_what_is_no_number_is_refused(situation: Report, number: str) -> None:
    text = dump(situation).replace(f'"duration": {situation.duration}', f'"duration": {number}')

    with pytest.raises(ReportFormatError, match=f"this is no JSON: {number} is no number"):
        load(text)


def test_a_key_that_stands_twice_is_refused(situation: Report) -> None:
    """One reader would take the first verdict, another the last."""
    allow = '"verdict": {"decision": "allow", "reasons": []},'
    for text in (dump(situation).replace("{", f"{{{allow}", 1), dump(situation).replace('"decision":', '"x": 1, "x":')):
        with pytest.raises(ReportFormatError, match="this is no JSON: a key stands twice"):
            load(text)


@pytest.mark.parametrize(
    "deep", ['{"schema":' * 50_000, '{"schema": "contract-gate-report/1", "more": ' + "[" * 50_000]
)
def test_what_nests_without_end_is_refused(deep: str) -> None:
    with pytest.raises(ReportFormatError, match="this is no JSON"):
        load(deep)


@pytest.mark.parametrize("digits", [400, 5000, 1_000_000])
def test_a_number_without_end_is_refused(situation: Report, digits: int) -> None:
    text = dump(situation).replace(f'"duration": {situation.duration}', f'"duration": {"9" * digits}')

    with pytest.raises(ReportFormatError, match=f"this is no JSON: {'9' * 20} is no number"):
        load(text)
