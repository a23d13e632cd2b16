"""Snapshots as files of their own, which a reviewer can read."""

from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gate.domain.contracts import Fault, PacticipantVersion
from gate.domain.report import ProviderRun, Report
from gate.domain.results import Outcome, Where
from gate.domain.verdict import OnNoContracts
from tests.builders import integration, interaction, mismatch, report, result

NaturalSnapshot = Callable[[str], SnapshotAssertion]


@pytest.fixture
def snapshot_as(snapshot: SnapshotAssertion) -> NaturalSnapshot:
    """Compare with a file that has this ending."""

    def with_ending(ending: str) -> SnapshotAssertion:
        class Extension(SingleFileSnapshotExtension):
            _write_mode = WriteMode.TEXT
            file_extension = ending

        return snapshot.use_extension(Extension)

    return with_ending


def _broken() -> Report:
    return report(
        integration(
            Outcome.PASSED, Outcome.PASSED, counterpart=PacticipantVersion(name="billing"), source="pacts/b.json"
        ),
        integration(
            results=(
                result(),
                result(
                    Outcome.FAILED,
                    1,
                    interaction=interaction(
                        1, states=("order 42 exists", "it is paid"), request_line="GET /orders/42?a=1"
                    ),
                    mismatches=(
                        mismatch(
                            where=Where.STATUS,
                            path="",
                            expected="200",
                            actual="500",
                            message="expected 200 but was 500",
                        ),
                        mismatch(where=Where.HEADER, path="ETag", expected='"b"', message="it is missing"),
                        mismatch(),
                    ),
                    error="and 7 more mismatches",
                ),
                result(Outcome.ERRORED, 2),
            )
        ),
        notes=("What ran has changes to tracked files that are not committed.",),
        provider=ProviderRun(
            url="http://127.0.0.1:1", command="npm start", log="x.log", log_tail=("starting", "Error: no such column")
        ),
    )


def _many() -> Report:
    failed = result(Outcome.FAILED, mismatches=tuple(mismatch(path=f"$.k{number}") for number in range(12)))
    return report(
        *(
            integration(results=(failed,) * 22, counterpart=PacticipantVersion(name=f"consumer-{number:02}"))
            for number in range(12)
        )
    )


FAULT = Fault(where="pacts/x.json", what="the file is empty.", remedy="Have the consumer's tests write it again.")

SITUATIONS = {
    "allowed": report(integration(Outcome.PASSED)),
    "broken": _broken(),
    "many-broken": _many(),
    "unknown": report(integration(), integration(fault=FAULT), faults=(FAULT,), provider=None),
    "no-contracts-allowed": report(on_no_contracts=OnNoContracts.ALLOW, provider=None),
    "no-contracts": report(provider=None),
}


@pytest.fixture(params=SITUATIONS, ids=str)
def situation(request: pytest.FixtureRequest) -> Report:
    """Return a report of each kind."""
    return SITUATIONS[request.param]
