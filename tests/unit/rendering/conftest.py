"""Snapshots as files of their own, which a reviewer can read."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.report import ProviderRun, Record, Recorded, Report
from gate.domain.results import KeptResult, Outcome, Where
from gate.domain.verdict import Evidence, Integration, OnNoContracts, Role, decide, decide_undeployment
from tests.builders import candidate, excepted, integration, interaction, kept, live, mismatch, report, result

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

WEB = PacticipantVersion(name="web-app", version="4f2c3d1" + "0" * 33)
SINCE = datetime(2026, 11, 3, tzinfo=UTC)
ELSEWHERE = Fault(
    where="",
    what="no version of it is recorded as live in production.",
    remedy="Deploy payments there first, or record what runs there (record-deployment).",
)


def _consumer(*outcomes: Outcome, **more: Any) -> Integration:
    values: dict[str, Any] = {
        "counterpart": WEB,
        "live": (live("web-app", WEB.version or "", since=SINCE),),
        "because": (Because.LIVE, Because.MAIN_BRANCH),
        "source": "https://broker.example.com/pacts/web-app",
    }
    return integration(*outcomes, **(values | more))


def _provider(success: bool | None, name: str = "inventory-api", **more: Any) -> Integration:  # noqa: FBT001
    values: dict[str, Any] = {
        "counterpart": PacticipantVersion(name=name, version="3.0.0"),
        "role": Role.PROVIDER,
        "live": (live(name, "3.0.0", since=SINCE), live(name, "3.0.0", "staging")),
        "source": f"https://broker.example.com/pacts/{name}",
    }
    return kept(success, **(values | more))


def _pending(*outcomes: Outcome) -> Integration:
    app = PacticipantVersion(name="app", version="2.0.0")
    return _consumer(
        *outcomes, counterpart=app, live=(), because=(Because.MAIN_BRANCH, Because.WIP), pending=True, binding=False
    )


def _one_contract(*outcomes: Outcome) -> Report:
    return report(
        _consumer(*outcomes, live=(), because=()),
        candidate=candidate(environments=(), one_contract="web-app"),
        notes=("One contract was looked at and nothing else: this allows no deployment.",),
    )


def _recorded(record: Record, *integrations: Integration, **more: Any) -> Report:
    return report(*integrations, provider=None, recorded=Recorded(record=record, environments=("production",)), **more)


def _left_alone() -> Report:
    left = _consumer(evidence=Evidence.GONE, because=(), source="the contract of web-app with orders-api")
    return _recorded(
        Record.UNDEPLOYMENT,
        left,
        candidate=candidate(version="2.4.0", branch=None),
        verdict=decide_undeployment([left], []),
    )


EXCEPTED = excepted("web-app", until=date(2026, 12, 1))

SITUATIONS = {
    "allowed": report(integration(Outcome.PASSED)),
    "broken": _broken(),
    "many-broken": _many(),
    "unknown": report(integration(), integration(fault=FAULT), faults=(FAULT,), provider=None),
    "no-contracts-allowed": report(on_no_contracts=OnNoContracts.ALLOW, provider=None),
    "no-contracts": report(provider=None),
    "live-consumer-broken-now": report(
        _consumer(Outcome.PASSED, Outcome.FAILED, broken_before=False), _provider(success=True)
    ),
    "live-consumer-broken-before": report(_consumer(Outcome.FAILED, broken_before=True)),
    "pending-broken": report(_consumer(Outcome.PASSED), _pending(Outcome.FAILED, Outcome.PASSED)),
    "not-live-broken": report(
        _consumer(Outcome.PASSED),
        _consumer(Outcome.FAILED, live=(), because=(Because.SAME_BRANCH,), binding=False),
        _consumer(Outcome.ERRORED, live=(), because=(Because.SELECTED,), binding=False, pending=True),
    ),
    "providers": report(
        _provider(success=False, name="payments", broken_before=False),
        _provider(success=False, name="mail", broken_before=True),
        _provider(success=None),
        _provider(success=True, name="stock"),
        provider=None,
    ),
    "provider-not-live": report(
        _provider(None, "payments", counterpart=PacticipantVersion(name="payments"), live=(), fault=ELSEWHERE),
        provider=None,
        notes=("Nothing at all is recorded as live in production.",),
    ),
    "kept-results": report(
        _consumer(evidence=Evidence.KEPT, kept=KeptResult(success=False, at=SINCE)),
        _consumer(evidence=Evidence.KEPT, live=(), because=(Because.MAIN_BRANCH,)),
        _consumer(evidence=Evidence.KEPT, kept=KeptResult(success=True), live=(), because=(Because.ITSELF,)),
        provider=None,
    ),
    "one-contract-honoured": _one_contract(Outcome.PASSED),
    "one-contract-broken": _one_contract(Outcome.FAILED),
    "deployment-in-conflict": _recorded(
        Record.DEPLOYMENT,
        _consumer(evidence=Evidence.KEPT, kept=KeptResult(success=False, at=SINCE), broken_before=False),
        _provider(success=True),
    ),
    "undeployment-leaving-a-consumer": _left_alone(),
    "exception-in-force": report(
        _consumer(Outcome.PASSED, Outcome.FAILED, broken_before=False, exception=EXCEPTED),
        _provider(success=True),
        notes=(f"Exception: {EXCEPTED}.",),
    ),
    "results-kept": report(
        _consumer(Outcome.PASSED),
        notes=("1 result was kept in the store for orders-api 9f2c1ab, branch rename.",),
    ),
    "nobody-yet": report(provider=None, verdict=decide([], [], on_no_contracts=OnNoContracts.UNKNOWN, known=True)),
}


@pytest.fixture(params=SITUATIONS, ids=str)
def situation(request: pytest.FixtureRequest) -> Report:
    """Return a report of each kind."""
    return SITUATIONS[request.param]
