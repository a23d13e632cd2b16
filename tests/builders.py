"""Small values to build tests from. Every argument that a test does not name is unremarkable."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from gate.domain.advice import advise
from gate.domain.contracts import Contract, Fault, Format, Interaction, Kind, PacticipantVersion
from gate.domain.exceptions import AgreedException
from gate.domain.live import LiveVersion
from gate.domain.report import Candidate, Entry, ProviderRun, Report, Stage, Tested
from gate.domain.results import InteractionResult, KeptResult, Mismatch, Outcome, Where
from gate.domain.verdict import Evidence, Integration, OnNoContracts, decide
from gate.ports import Extent

SERVICE = "orders-api"
CONSUMER = "web-checkout"
COMMIT = "9f2c1ab" + "0" * 33


def http(description: str = "a request for order 42", **more: Any) -> dict[str, Any]:
    """Write an HTTP interaction of a Pact file, versions 1 to 3."""
    return {
        "description": description,
        "request": {"method": "GET", "path": "/orders/42"},
        "response": {"status": 200, "body": {"id": 42}},
    } | more


def http4(description: str = "a request for order 42", **more: Any) -> dict[str, Any]:
    """Write an HTTP interaction of a Pact file, version 4."""
    body = {"contentType": "application/json", "encoded": False, "content": {"id": 42}}
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "request": {"method": "GET", "path": "/orders/42"},
        "response": {"status": 200, "body": body},
    } | more


def pact(
    *interactions: Any, version: str | None = "3.0.0", consumer: str = CONSUMER, provider: str = SERVICE, **more: Any
) -> dict[str, Any]:
    """Write a Pact file."""
    metadata = {} if version is None else {"metadata": {"pactSpecification": {"version": version}}}
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": list(interactions),
        **metadata,
        **more,
    }


def as_bytes(content: Any) -> bytes:
    """Write JSON."""
    return json.dumps(content).encode()


def contract(content: Any = None, **more: Any) -> Contract:
    """Build a contract of the domain; `content` may be bytes or what is to be JSON."""
    document = content if isinstance(content, bytes) else as_bytes(pact(http()) if content is None else content)
    values: dict[str, Any] = {
        "consumer": PacticipantVersion(name=CONSUMER),
        "provider": SERVICE,
        "format": Format.PACT,
        "document": document,
        "content_id": hashlib.sha256(document).hexdigest(),
        "source": "pacts/web.json",
    }
    return Contract(**(values | more))


def interaction(position: int = 0, **more: Any) -> Interaction:
    """Build an interaction of the domain."""
    values: dict[str, Any] = {
        "position": position,
        "kind": Kind.HTTP,
        "description": "a request for order 42",
        "request_line": "GET /orders/42",
        "harmless": True,
    }
    return Interaction(**(values | more))


def mismatch(**more: Any) -> Mismatch:
    """Build a mismatch."""
    values: dict[str, Any] = {
        "where": Where.BODY,
        "path": "$.total",
        "expected": "19.9",
        "message": "the key “total” is missing",
    }
    return Mismatch(**(values | more))


def result(outcome: Outcome = Outcome.PASSED, position: int = 0, **more: Any) -> InteractionResult:
    """Build a result that explains itself."""
    values: dict[str, Any] = {"interaction": interaction(position), "outcome": outcome}
    if outcome is Outcome.FAILED:
        values["mismatches"] = (mismatch(),)
    if outcome is Outcome.ERRORED:
        values["error"] = "the provider did not answer within 10 s (request-timeout)"
    return InteractionResult(**(values | more))


def integration(*outcomes: Outcome, **more: Any) -> Integration:
    """Build an integration with one interaction for each outcome."""
    values: dict[str, Any] = {
        "counterpart": PacticipantVersion(name=CONSUMER),
        "source": "pacts/web.json",
        "content_id": "0" * 64,
        "binding": True,
        "results": tuple(result(outcome, position) for position, outcome in enumerate(outcomes)),
    }
    return Integration(**(values | more))


def kept(success: bool | None = True, **more: Any) -> Integration:  # noqa: FBT001, FBT002 - as what it becomes
    """Build an integration of which the store keeps a result, or with None, none."""
    result = None if success is None else KeptResult(success=success, at=datetime(2026, 11, 3, tzinfo=UTC))
    return integration(**({"evidence": Evidence.KEPT, "kept": result} | more))


def live(name: str = CONSUMER, version: str = "1", environment: str = "production", **more: Any) -> LiveVersion:
    """Build a live version."""
    return LiveVersion(name=name, version=version, environment=environment, **more)


def excepted(counterpart: str = CONSUMER, **more: Any) -> AgreedException:
    """Build an exception that is in force."""
    values: dict[str, Any] = {
        "reason": "it is rewritten without the old total.",
        "owner": "team-web",
        "until": date(2026, 12, 1),
    }
    return AgreedException(counterpart=counterpart, **(values | more))


def extent(**more: Any) -> Extent:
    """Build how much there is to be verified: one interaction."""
    return Extent(**({"contracts": 1, "interactions": 1, "distinct": 1, "at_once": 1} | more))


def candidate(**more: Any) -> Candidate:
    """Build the version that a verdict is about."""
    values: dict[str, Any] = {
        "service": SERVICE,
        "version": COMMIT,
        "branch": "rename",
        "environments": ("production",),
        "stage": Stage.CHANGE,
    }
    return Candidate(**(values | more))


def report(
    *integrations: Integration,
    faults: tuple[Fault, ...] = (),
    on_no_contracts: OnNoContracts = OnNoContracts.UNKNOWN,
    **more: Any,
) -> Report:
    """Build a finished report."""
    values: dict[str, Any] = {
        "gate_version": "0.1.0",
        "started_at": datetime(2026, 11, 22, 12, 3, tzinfo=UTC),
        "duration": 0.912,
        "candidate": candidate(),
        "tested": Tested(commit=COMMIT, vouched=False),
        "verdict": decide(integrations, faults, on_no_contracts=on_no_contracts),
        "entries": tuple(
            Entry(integration=one, standing=one.standing, advice=advise(one, SERVICE)) for one in integrations
        ),
        "faults": faults,
        "provider": ProviderRun(url="http://127.0.0.1:8080", command="npm start", log="contract-gate-provider.log"),
    }
    return Report(**(values | more))
