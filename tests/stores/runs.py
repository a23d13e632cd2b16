"""Whole runs of the real pipeline with a world's store. The provider is a fake, and breaks what a test says."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gate.domain.contracts import Contract, Format, Interaction
from gate.domain.redaction import Redactor
from gate.domain.report import Record, Stage, Tested
from gate.domain.results import InteractionResult, Outcome
from gate.domain.verdict import Decision, OnNoContracts, Standing
from gate.pipeline import Gate, Policy, run_each
from gate.pipeline.gate import Keeping
from gate.stores.choice import Selector
from tests.builders import interaction, result
from tests.fakes import FakeEngine, FakeProvider, FakeReporter
from tests.stores.worlds import World, this, wording
from tests.unit.pipeline.world import Ended

PAGE = "https://ci.example/run/1"
ALLOW, BLOCK, UNKNOWN = Decision.ALLOW, Decision.BLOCK, Decision.UNKNOWN


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The pipelines of all services: each command is a process of its own."""

    world: World

    def check(self, version: str = "5", *, breaks: Collection[str] = (), **more: Any) -> Ended:
        """Verify a version of the provider that breaks the contracts of these words, and keep what comes of it."""
        keeping = Keeping(keeper=self.world.place.results(), trusting=True)
        return self.run(breaks=breaks, provider=FakeProvider(), keeping=keeping, version=version, **more)

    def can_i_deploy(self, service: str, version: str, **more: Any) -> Ended:
        return self.run(service=service, version=version, **more)

    def deployed(self, service: str, version: str, **more: Any) -> Ended:
        return self.run(Record.DEPLOYMENT, service=service, version=version, **more)

    def released(self, service: str, version: str, **more: Any) -> Ended:
        return self.run(Record.RELEASE, service=service, version=version, released=True, **more)

    def undeployed(self, service: str, version: str = "", **more: Any) -> Ended:
        return self.run(Record.UNDEPLOYMENT, service=service, version=version, **more)

    def run(
        self,
        record: Record | None = None,
        *,
        breaks: Collection[str] = (),
        meanwhile: Callable[[], object] = lambda: None,
        provider: FakeProvider | None = None,
        keeping: Keeping | None = None,
        selectors: Sequence[Selector] = (),
        wip_since: str | None = None,
        policy: Policy | None = None,
        exceptions: Any = (),
        pause: Callable[[float], None] = lambda _: None,
        **more: Any,
    ) -> Ended:
        reporter, warnings = FakeReporter(), list[str]()
        policy = policy or policy_of()
        store = self.world.store(*selectors, wip_since=wip_since, new_environments=policy.first_deployment)
        stage = {} if record is None else {"stage": Stage.DEPLOY}
        gate = Gate(
            candidate=this(**stage | more),
            tested=Tested(vouched=True),
            look=lambda: Tested(vouched=True),
            run=None,
            page=PAGE,
            policy=policy,
            source=store,
            store=store,
            engines={Format.PACT: _engine(breaks, meanwhile)},
            provider=provider,
            record=record,
            keeping=keeping,
            exceptions=exceptions,
            reporters=[reporter],
            redact=Redactor(()),
            warn=warnings.append,
            pause=pause,
        )
        code = run_each([gate])
        assert reporter.report is not None
        return Ended(code=code, report=reporter.report, told=reporter.told, warnings=warnings)


def policy_of(**more: Any) -> Policy:
    """Build what the user says where the rules leave a choice: by default nothing."""
    return replace(Policy(on_no_contracts=OnNoContracts.UNKNOWN), **more)


def standings(ended: Ended) -> dict[str, str]:
    """Return how each counterpart stands; what does not bind in brackets."""
    return {
        str(entry.integration.counterpart): entry.standing.value
        if entry.integration.binding
        else f"({entry.standing.value})"
        for entry in ended.report.entries
    }


HONOURED, BROKEN, UNVERIFIED = (one.value for one in (Standing.HONOURED, Standing.BROKEN, Standing.UNVERIFIED))


def _engine(breaks: Collection[str], meanwhile: Callable[[], object]) -> FakeEngine:
    def verify(one: Contract, interactions: Sequence[Interaction]) -> Iterator[InteractionResult]:
        meanwhile()
        outcome = Outcome.FAILED if wording(one) in breaks else Outcome.PASSED
        yield from (result(outcome, each.position) for each in interactions)

    return FakeEngine(_Listed(), verify)


class _Listed(dict[bytes, tuple[Interaction, ...] | Exception]):
    """Has one interaction for every contract, but for one that says nothing."""

    def __missing__(self, document: bytes) -> tuple[Interaction, ...]:
        return (interaction(),) if json.loads(document)["interactions"] else ()
