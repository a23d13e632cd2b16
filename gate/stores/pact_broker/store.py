"""Facts from the broker: who is live, which contracts, which results. What follows from them is the domain's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urljoin

from gate.clients.pact_broker.client import AT_ONCE, PactBroker
from gate.clients.pact_broker.errors import BrokerError, public
from gate.clients.pact_broker.resource import Resource
from gate.clients.threads import each
from gate.domain.contracts import Contract, Fault, PacticipantVersion
from gate.domain.live import LiveVersion, PastVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate
from gate.domain.results import KeptResult, worst
from gate.ports import Fetched, Kept
from gate.rendering.safe_text import brief
from gate.stores.choice import Choice
from gate.stores.pact_broker.documents import (
    Deployed,
    Environments,
    LiveRecord,
    Matrix,
    Numbered,
    Pacticipant,
    Released,
    Repository,
    Row,
    Version,
    Versions,
    read,
)
from gate.stores.pact_broker.pacts import contract_of
from gate.stores.pact_broker.relevance import Relevance
from gate.stores.pact_broker.results import put_on_branch

PAGE_SIZE: Final = 100
PAGES: Final = 20
"""Of versions of a service. What an earlier one did is not asked of older ones."""
ENOUGH_ON_MAIN: Final = 10
"""Versions on the main branch that are looked back at, if there are no more on the same page."""
LONGEST_OWNER: Final = 100
DEPLOYED: Final = "pb:currently-deployed-deployed-versions"
RELEASED: Final = "pb:currently-supported-released-versions"
MATRIX_LIMIT: Final = "1000"
"""Rows. Without it the broker looks at the 100 newest alone, before it says anything [R278]."""


class PactBrokerStore:
    """A Pact Broker or PactFlow. See `gate.ports.ContractStore`.

    The broker's own "deployable" is not looked at: it has said yes where a result was failed or missing [R170, R278].
    """

    def __init__(self, broker: PactBroker, choice: Choice) -> None:
        self._broker = broker
        self._relevance = Relevance(broker, choice)
        self._environments: dict[str, Resource] = {}
        self._pacticipants: dict[str, Resource] = {}
        self._heard_of: set[tuple[str, str]] = set()
        self._records: dict[LiveVersion, str] = {}

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return the contracts relevant to the candidate; none when the broker has never heard of it."""
        resource = self._pacticipant(candidate.service)
        if resource is None:
            return Fetched(contracts=())
        return self._relevance.contracts(candidate, read(Pacticipant, resource))

    def live_contracts(self, candidate: Candidate) -> Sequence[tuple[str, str]]:
        """Return consumer and content of what is live where the candidate is headed."""
        return [] if self._pacticipant(candidate.service) is None else self._relevance.live(candidate)

    def live(self, candidate: Candidate) -> tuple[LiveVersion, ...]:
        """Return what is deployed, and what is released and supported [R137, R139], whosoever's it is."""
        lists = [(name, rel) for name in candidate.environments for rel in (DEPLOYED, RELEASED)]
        urls = [self._environment(name).link(rel) for name, rel in lists]
        answers = each(self._broker.get, urls, AT_ONCE)
        found: list[LiveVersion] = []
        for (name, rel), answer in zip(lists, answers, strict=True):
            released = rel == RELEASED
            content = read(Released, answer).content if released else read(Deployed, answer).content
            found += [self._live(record, name, released=released) for record in content.records if _is_live(record)]
        self._heard_of |= {(one.name, one.version) for one in found}
        return tuple(found)

    def expectations(self, consumer: PacticipantVersion) -> tuple[Contract, ...]:
        """Return the contracts of a consumer version [R043]; none when the broker does not know the version."""
        resource = self._version(consumer)
        if resource is None:
            return ()
        version = read(Version, resource)
        if version.number != consumer.version:
            raise _something_else(resource, f"version {version.number}", f"version {consumer.version}")
        pacts = each(self._broker.get, [urljoin(resource.url, one.href) for one in version.links.pacts], AT_ONCE)
        contracts = tuple(contract_of(pact, None, None) for pact in pacts)
        for contract in contracts:
            if contract.consumer != consumer:
                raise _something_else(resource, f"a contract of {contract.consumer}", f"one of {consumer}")
        return contracts

    def contents(self, provider: str, versions: Sequence[PacticipantVersion]) -> Mapping[PacticipantVersion, str]:
        """Return what those versions have a contract with `provider` about: asked one by one, for each matters."""
        answers = each(partial(self._content, provider), versions, AT_ONCE)
        return {one: content for one, content in zip(versions, answers, strict=True) if content is not None}

    def results(self, pairs: Sequence[Pair]) -> Mapping[Pair, Kept]:
        """Return the results, asked pair by pair: only so a missing one is seen among others that are there [R173]."""
        answers = each(self._result, pairs, AT_ONCE)
        return dict(zip(pairs, answers, strict=True))

    def history(self, service: str) -> tuple[PastVersion, ...]:
        """Return versions of a service, the newest first [R154]: page by page, until enough are on its main branch."""
        resource = self._pacticipant(service)
        if resource is None:
            return ()
        main = read(Pacticipant, resource).main_branch
        found: list[PastVersion] = []
        page, versions = 0, list[Version]()
        while page == 0 or (len(versions) == PAGE_SIZE and page < PAGES and _on_main(found) < ENOUGH_ON_MAIN):
            page += 1
            url = f"{resource.link('pb:versions')}?page={page}&size={PAGE_SIZE}"
            versions = list(read(Versions, self._broker.get(url), whole=False).content.versions)
            found += [_past(one, main) for one in versions]
        return tuple(found)

    def owners(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the repositories of these applications, where the broker was told of them."""
        resources = {name: self._pacticipant(name) for name in names}
        found = {name: _owner(read(Repository, one)) for name, one in resources.items() if one is not None}
        return {name: (owner,) for name, owner in found.items() if owner}

    def knows(self, service: str) -> bool:
        """Say whether a contract names the service, as its provider or as its consumer, or it is live anywhere."""
        resource = self._pacticipant(service)
        if resource is None:
            return False
        return (
            bool(resource.links("pb:deployed-environments"))
            or any(one.expects for one in self.history(service))
            or self._relevance.has_consumers(service)
        )

    def has_service(self, service: str) -> bool:
        """Say whether there is such a pacticipant."""
        return self._pacticipant(service) is not None

    def has_version(self, one: PacticipantVersion) -> bool:
        """Say whether there is such a version of it."""
        return self._version(one) is not None

    def add_version(self, one: PacticipantVersion, url: str) -> None:
        """Create a version [R076, R083], its page first: to put it on a branch leaves that alone."""
        if url or one.branch is None:
            address = self._broker.index.link("pb:pacticipant-version", pacticipant=one.name, version=one.version or "")
            self._broker.put(address, {"buildUrl": url} if url else {})
        if one.branch is not None:
            put_on_branch(self._broker, one, one.branch)

    def record(self, one: PacticipantVersion, environment: str, instance: str | None, *, released: bool) -> None:
        """Record a deployment or a release [R045, R047, R140]: the version has a link for each environment."""
        self._environment(environment)
        resource = self._version(one)
        if resource is None:
            raise BrokerError(f"the broker does not know {one}.", where=self._broker.url)
        rel = "pb:record-release" if released else "pb:record-deployment"
        addresses = [link["href"] for link in resource.links(rel) if link.get("name") == environment]
        if not addresses:
            raise BrokerError(
                f"{one} has no link {rel} for {environment}.",
                where=resource.url,
                remedy="Is the broker 2.89 or newer?",
            )
        body = {"applicationInstance": instance} if instance is not None else {}
        answer = self._broker.post(urljoin(resource.url, addresses[0]), body)
        recorded = self._live(read(LiveRecord, answer), environment, released=released)
        asked = replace(recorded, name=one.name, version=one.version or "", instance=instance)
        if recorded != asked:
            raise _something_else(answer, _as_instance(recorded), _as_instance(asked))

    def end(self, one: LiveVersion) -> None:
        """Record an undeployment or the end of support [R146, R151]."""
        change = {"currentlySupported": False} if one.released else {"currentlyDeployed": False}
        self._broker.patch(self._records[one], change)

    def _pacticipant(self, name: str) -> Resource | None:
        if name in self._pacticipants:
            return self._pacticipants[name]
        url = self._broker.index.link("pb:pacticipant", pacticipant=name)
        resource = self._broker.find(url)
        if resource is None:
            if name in {heard for heard, _ in self._heard_of}:
                raise _contradiction(url, name)
            return None
        if read(Pacticipant, resource).name != name:
            raise _something_else(resource, read(Pacticipant, resource).name, name)
        self._pacticipants[name] = resource
        return resource

    def _version(self, one: PacticipantVersion) -> Resource | None:
        version = one.version or ""
        url = self._broker.index.link("pb:pacticipant-version", pacticipant=one.name, version=version)
        resource = self._broker.find(url)
        if resource is None and (one.name, version) in self._heard_of:
            raise _contradiction(url, f"{one.name} {version}")
        return resource

    def _environment(self, name: str) -> Resource:
        """Return an environment [R041]."""
        if not self._environments:
            every = self._broker.get(self._broker.index.link("pb:environments"))
            self._environments = {
                one.name: Resource(every.url, b"", one.model_dump(by_alias=True))
                for one in read(Environments, every).content.environments
            }
        if name not in self._environments:
            raise BrokerError(
                f"there is no environment {name!r}.",
                where=self._broker.index.link("pb:environments"),
                remedy=(
                    f"There are: {', '.join(self._environments) or 'none'}. Check environment, or create it in the "
                    "broker."
                ),
            )
        return self._environments[name]

    def _content(self, provider: str, one: PacticipantVersion) -> str | None:
        version = one.version or ""
        url = self._broker.index.link(
            "pb:publish-pact", provider=provider, consumer=one.name, consumerApplicationVersion=version
        )
        found = self._broker.find(url)
        return None if found is None else contract_of(found, provider, None).content_id

    def _live(self, record: LiveRecord, environment: str, *, released: bool) -> LiveVersion:
        """Read a record, and remember where it is."""
        one = LiveVersion(
            name=record.occupant.pacticipant.name,
            version=record.occupant.version.number,
            environment=environment,
            since=record.created_at,
            instance=record.instance,
            released=released,
        )
        self._records[one] = record.links.self.href
        return one

    def _result(self, pair: Pair) -> Kept:
        query = [
            ("q[][pacticipant]", pair.consumer),
            ("q[][version]", pair.consumer_version),
            ("q[][pacticipant]", pair.provider),
            ("q[][version]", pair.provider_version),
            ("latestby", "cvpv"),
            ("limit", MATRIX_LIMIT),
        ]
        try:
            rows = read(Matrix, self._broker.matrix(query)).rows
        except BrokerError as error:
            return Fault.of(error)
        return worst(_kept(row) for row in rows if _is_about(row, pair))


def _is_live(record: LiveRecord) -> bool:
    return record.deployed and record.supported


def _past(one: Version, main: str | None) -> PastVersion:
    branches = {branch.name for branch in one.content.branches}
    return PastVersion(
        version=one.number,
        # Of a version on no branch nobody knows where it comes from.
        on_main=main is None or main in branches or not branches,
        expects=bool(one.links.pacts),
    )


def _owner(repository: Repository) -> str:
    """Name a repository: `acme/orders-api`, else its address without what may be a secret."""
    if repository.namespace and repository.name:
        return brief(f"{repository.namespace}/{repository.name}", LONGEST_OWNER)
    url = repository.url or ""
    return brief(public(url) if "://" in url else url.rpartition("@")[2], LONGEST_OWNER)


def _on_main(history: Sequence[PastVersion]) -> int:
    return sum(one.on_main for one in history)


def _is_about(row: Row, pair: Pair) -> bool:
    """Say whether a row is about exactly this pair; one without a version is about a result that is missing [R173]."""
    consumer, provider = row.consumer, row.provider
    return (
        (consumer.name, provider.name) == (pair.consumer, pair.provider)
        and consumer.version == Numbered(number=pair.consumer_version)
        and provider.version == Numbered(number=pair.provider_version)
    )


def _kept(row: Row) -> KeptResult | None:
    if row.result is None:
        return None
    url = "" if row.result.links is None else row.result.links.self.href
    return KeptResult(success=row.result.success, at=row.result.verified_at, url=url)


def _as_instance(one: LiveVersion) -> str:
    return f"{one.name} {one.version}" + (f" as instance {one.instance}" if one.instance is not None else "")


def _something_else(resource: Resource, got: str, asked: str) -> BrokerError:
    return BrokerError(
        f"the answer is about {got}, and {asked} was asked for.",
        where=resource.url,
        remedy="Does a proxy stand before the broker that changes addresses?",
    )


def _contradiction(url: str, what: str) -> BrokerError:
    return BrokerError(
        f"the broker lists {what} as live, and says that it does not know it.",
        where=public(url),
        remedy="Does a proxy stand before the broker that changes addresses?",
    )
