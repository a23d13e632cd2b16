import pytest

from gate.domain.contracts import Fault
from gate.domain.errors import GateError


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
