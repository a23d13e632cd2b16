import pytest

from gate.domain.contracts import Fault
from gate.domain.errors import GateError
from gate.domain.report import Tested
from gate.domain.results import Outcome
from gate.domain.verdict import Standing
from tests.builders import contract, integration, report


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (GateError("it broke."), "it broke."),
        (GateError("it broke.", where="a.json"), "a.json: it broke."),
        (GateError("it broke.", where="a.json", remedy="Mend it."), "a.json: it broke. Mend it."),
        (GateError("it broke.", remedy="Mend it."), "it broke. Mend it."),
    ],
)
def test_an_error_says_what_happened_where_and_what_to_do(error: GateError, text: str) -> None:
    assert str(error) == text
    assert str(Fault.of(error)) == text


def test_a_contract_is_named_by_its_bytes() -> None:
    assert contract(b"{}").content_id == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    ("tested", "exact"),
    [
        (Tested(commit="abc", vouched=False), True),
        (Tested(commit="abc", vouched=True), False),
        (Tested(commit="abc", modified=True, vouched=False), False),
        (Tested(commit="def", vouched=False), False),
        (Tested(commit=None, vouched=False), False),
    ],
)
def test_only_an_unmodified_checkout_started_by_the_gate_is_exactly_the_version(tested: Tested, *, exact: bool) -> None:
    assert tested.is_exactly("abc") is exact


def test_a_report_selects_by_standing() -> None:
    whole = report(integration(Outcome.PASSED), integration(Outcome.FAILED))

    assert whole.standing(Standing.BROKEN) == (whole.entries[1],)
