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
