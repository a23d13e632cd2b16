"""What scenarios do in a world, and ask of it: by the ports alone, so that a scenario is the same for all stores."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from gate.domain.contracts import Because, Contract, PacticipantVersion
from gate.domain.live import LiveVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate
from gate.domain.results import KeptResult, Outcome
from gate.engines.pact_engine.engine import PactEngine
from gate.ports import ContractPublisher, ContractStore, Fetched, Kept, Notice, Publication, ResultKeeper, Verification
from gate.stores.choice import Choice, Selector
from tests.builders import as_bytes, candidate, contract, http, pact, result
from tests.stores.differences import DIFFERENCES

API, WEB, BILLING, USERS = "orders-api", "web-app", "billing", "users-api"
PRODUCTION, STAGING, TEST = "production", "staging", "test"
ENVIRONMENTS: Final = (PRODUCTION, STAGING, TEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a consumer version is to expect of one provider."""

    content: Mapping[str, Any]
    """A Pact file but for its consumer."""
    provider: str

    def of(self, consumer: str) -> Contract:
        """Return the contract as its tests write it and as it is read from a file."""
        document = as_bytes({"consumer": {"name": consumer}, **self.content})
        named = PacticipantVersion(name=consumer)
        return contract(
            document, consumer=named, provider=self.provider, content_id=PactEngine({}).content_id(document)
        )


def expects(*wording: str, of: str = API, **more: Any) -> Expected:
    """Expect what is described like this. Other words are another content; the same words, the same."""
    return written(pact(*(http(one) for one in wording or ("an order",)), provider=of, **more))


def written(content: Mapping[str, Any]) -> Expected:
    """Expect what a Pact file says, whosoever's it is."""
    provider = content["provider"]["name"]
    return Expected(content={name: value for name, value in content.items() if name != "consumer"}, provider=provider)


def wording(one: Contract) -> str:
    """Return the words of a contract, which name its content alike in all stores."""
    content = json.loads(one.document)
    return " + ".join(each["description"] for each in content.get("interactions", []))


class Place(Protocol):
    """Where one of the stores keeps its facts. Each call is as another process would begin."""

    def store(self, choice: Choice, *, new_environments: bool) -> ContractStore: ...
    def results(self) -> ResultKeeper: ...
    def publisher(self) -> ContractPublisher: ...
    def today(self) -> date:
        """Return the day on which it writes."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """A store that knows its environments, and else nothing at first."""

    kind: str
    place: Place

    def differs(self, what: str) -> bool:
        """Say whether this is the store that does not do as the Pact Broker does, where that is known and meant."""
        assert what in DIFFERENCES
        return self.kind != "pact broker"

    def store(
        self, *selectors: Selector, wip_since: str | None = None, new_environments: bool = False
    ) -> ContractStore:
        """Ask as another process would. `new_environments` is what first-deployment says of those."""
        return self.place.store(Choice(selectors=selectors, wip_since=wip_since), new_environments=new_environments)

    def day(self, days: int = 0) -> str:
        return (self.place.today() + timedelta(days=days)).isoformat()

    # What others do

    def publish(
        self, consumer: str, version: str, *expected: Expected | str, branch: str | None = "main", **more: Any
    ) -> tuple[Notice, ...]:
        """Publish contracts; a text is what is expected of the orders-api."""
        every = [expects(one) if isinstance(one, str) else one for one in expected or (expects(),)]
        contracts = tuple(one.of(consumer) for one in every)
        values: dict[str, Any] = {"tags": (), "url": ""} | more
        this = PacticipantVersion(name=consumer, version=version, branch=branch)
        return self.place.publisher().publish(Publication(consumer=this, contracts=contracts, **values))

    def keep(
        self,
        version: str,
        *verified: tuple[Contract, bool],
        provider: str = API,
        branch: str | None = "main",
        url: str = "",
    ) -> None:
        """Keep what came of contracts at a provider version."""
        this = PacticipantVersion(name=provider, version=version, branch=branch)
        verifications = [
            Verification(
                contract=one, success=success, results=(result(Outcome.PASSED if success else Outcome.FAILED),)
            )
            for one, success in verified
        ]
        assert self.place.results().keep(this, verifications, url) == ()

    def verify(
        self,
        version: str,
        consumer: str,
        consumer_version: str,
        *,
        success: bool = True,
        provider: str = API,
        **more: Any,
    ) -> None:
        """Keep what came of the contract of one consumer version."""
        one = self.contract(consumer, consumer_version, provider)
        self.keep(version, (one, success), provider=provider, **more)

    def add(self, name: str, version: str, branch: str | None = "main", url: str = "") -> None:
        self.store().add_version(PacticipantVersion(name=name, version=version, branch=branch), url)

    def deploy(
        self, name: str, version: str, environment: str = PRODUCTION, instance: str | None = None, **more: Any
    ) -> None:
        """Record a deployment, as record-deployment does: a version that nobody knows is made known before."""
        one = PacticipantVersion(name=name, version=version)
        store = self.store()
        if not store.has_version(one):
            store.add_version(one, "")
        store.record(one, environment, instance, **({"released": False} | more))

    def release(self, name: str, version: str, environment: str = PRODUCTION) -> None:
        self.deploy(name, version, environment, released=True)

    def end(
        self, name: str, version: str, environment: str = PRODUCTION, instance: str | None = None, **more: Any
    ) -> None:
        """Record an undeployment, or with `released` the end of support."""
        store = self.store()
        asked = deployed(name, version, environment, instance=instance, **more)
        there = store.live(this(service=name, environments=(environment,)))
        (found,) = (one for one in there if _undated(one) == asked)
        store.end(found)

    # What the store says

    def contract(self, consumer: str, version: str, provider: str = API) -> Contract:
        """Return the contract of one consumer version."""
        every = self.store().expectations(PacticipantVersion(name=consumer, version=version))
        (found,) = (one for one in every if one.provider == provider)
        return found

    def expected(self, consumer: str, version: str) -> dict[str, str]:
        """Return the words of all contracts of a consumer version, by provider."""
        every = self.store().expectations(PacticipantVersion(name=consumer, version=version))
        assert len({one.provider for one in every}) == len(every)
        return {one.provider: wording(one) for one in every}

    def fetched(self, *selectors: Selector, wip_since: str | None = None, **more: Any) -> Fetched:
        """Return what is relevant to a candidate, by default orders-api 5 on its way from main to production."""
        found = self.store(*selectors, wip_since=wip_since).contracts(this(**more))
        assert (found.faults, found.unread, found.others) == ((), (), ())
        return found

    def relevant(self, *selectors: Selector, **more: Any) -> dict[str, Contract]:
        """Return the contracts that are relevant to a candidate, by their words."""
        every = self.fetched(*selectors, **more).contracts
        found = {wording(one): one for one in every}
        assert len(found) == len(every)
        return found

    def because(self, *selectors: Selector, **more: Any) -> dict[str, tuple[Because, ...]]:
        """Return why contracts are relevant to a candidate, by their words."""
        return {words: _selection(one).because for words, one in self.relevant(*selectors, **more).items()}

    def pending(self, *selectors: Selector, **more: Any) -> dict[str, bool]:
        """Return which contracts are pending for a candidate, by their words."""
        return {words: _selection(one).pending for words, one in self.relevant(*selectors, **more).items()}

    def result(self, consumer: str, consumer_version: str, version: str, provider: str = API) -> bool | None:
        """Return what is kept of a pair of versions."""
        kept = self.kept(consumer, consumer_version, version, provider)
        assert kept is None or isinstance(kept, KeptResult)
        return None if kept is None else kept.success

    def kept(self, consumer: str, consumer_version: str, version: str, provider: str = API) -> Kept:
        pair = Pair(consumer=consumer, consumer_version=consumer_version, provider=provider, provider_version=version)
        ((asked, kept),) = self.store().results([pair]).items()
        assert asked == pair
        return kept

    def live(self, name: str, *environments: str) -> list[LiveVersion]:
        """Return the live versions of a service, without since when, in order."""
        every = self.store().live(this(service=name, environments=environments or (PRODUCTION,)))
        found = [_undated(one) for one in every if one.name == name]
        return sorted(found, key=lambda one: (one.environment, one.released, one.instance or "", one.version))

    def live_versions(self, name: str, environment: str = PRODUCTION) -> list[str]:
        return [one.version for one in self.live(name, environment)]

    def history(self, service: str) -> list[str]:
        return [one.version for one in self.store().history(service)]


def this(**more: Any) -> Candidate:
    """Build the candidate: by default orders-api 5 on its way from main to production."""
    return candidate(**({"version": "5", "branch": "main"} | more))


def deployed(name: str, version: str, environment: str = PRODUCTION, **more: Any) -> LiveVersion:
    """Build what is live."""
    return LiveVersion(name=name, version=version, environment=environment, **more)


def _undated(one: LiveVersion) -> LiveVersion:
    assert isinstance(one.since, datetime)
    assert one.since.tzinfo is not None
    return LiveVersion(
        name=one.name, version=one.version, environment=one.environment, instance=one.instance, released=one.released
    )


def _selection(one: Contract) -> Any:
    assert one.selection is not None
    return one.selection


Scenario = TypeVar("Scenario", bound=Callable[..., None])
OVER_GIT: Final = "over_git"


def over_git(scenario: Scenario) -> Scenario:
    """Choose a scenario for the git world, too, in which every step starts a dozen processes."""
    setattr(scenario, OVER_GIT, True)
    return scenario
