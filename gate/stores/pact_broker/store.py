"""Facts from the broker: who is live, which contracts, which results. What follows from them is the domain's."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import urljoin

from gate.clients.pact_broker.client import AT_ONCE, PactBroker
from gate.clients.pact_broker.errors import BrokerError
from gate.clients.pact_broker.resource import Resource
from gate.clients.threads import each
from gate.domain.contracts import Contract, PacticipantVersion
from gate.domain.live import LiveVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate
from gate.domain.results import KeptResult, worst
from gate.ports import Fetched
from gate.stores.pact_broker.documents import (
    Deployed,
    Environments,
    LiveRecord,
    Matrix,
    Pacticipant,
    Released,
    Row,
    read,
)
from gate.stores.pact_broker.pacts import contract_of
from gate.stores.pact_broker.relevance import Choice, Relevance

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

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return the contracts relevant to the candidate; none when the broker has never heard of it."""
        provider = self._pacticipant(candidate.service)
        if provider is None:
            return Fetched(contracts=())
        contracts, faults = self._relevance.contracts(candidate, read(Pacticipant, provider))
        return Fetched(contracts=contracts, faults=faults)

    def live(self, environments: Sequence[str]) -> tuple[LiveVersion, ...]:
        """Return what is deployed, and what is released and supported [R137, R139]."""
        lists = [(name, rel) for name in environments for rel in (DEPLOYED, RELEASED)]
        urls = [self._environment(name).link(rel) for name, rel in lists]
        answers = each(self._broker.get, urls, AT_ONCE)
        found: list[LiveVersion] = []
        for (name, rel), answer in zip(lists, answers, strict=True):
            released = rel == RELEASED
            content = read(Released, answer).content if released else read(Deployed, answer).content
            found += [_live(record, name, released=released) for record in content.records if _is_live(record)]
        return tuple(found)

    def expectations(self, consumer: PacticipantVersion) -> tuple[Contract, ...]:
        """Return the contracts of a consumer version [R043]; none when the broker does not know the version."""
        resource = self._version(consumer)
        if resource is None:
            return ()
        urls = [urljoin(resource.url, link["href"]) for link in resource.links("pb:pact-versions")]
        pacts = each(self._broker.get, urls, AT_ONCE)
        return tuple(contract_of(pact, None, None) for pact in pacts)

    def expecting(self, provider: str, versions: Sequence[LiveVersion]) -> tuple[LiveVersion, ...]:
        """Return those versions that have a contract with `provider`: asked one by one, as it is about each of them."""
        answers = each(partial(self._has_contract, provider), versions, AT_ONCE)
        return tuple(one for one, has in zip(versions, answers, strict=True) if has)

    def results(self, pairs: Sequence[Pair]) -> Mapping[Pair, KeptResult | None]:
        """Return the results, asked pair by pair: only so a missing one is seen among others that are there [R173]."""
        answers = each(self._result, pairs, AT_ONCE)
        return dict(zip(pairs, answers, strict=True))

    def main_version(self, service: str) -> str | None:
        """Return the newest version on the service's main branch [R159]."""
        resource = self._pacticipant(service)
        branch = None if resource is None else read(Pacticipant, resource).main_branch
        if branch is None:
            return None
        found = self._broker.find(self._broker.index.link("pb:pacticipant-branch", pacticipant=service, branch=branch))
        head = None if found is None else self._broker.find(found.link("pb:latest-version"))
        return None if head is None else str(head.content["number"])

    def knows(self, service: str) -> bool:
        """Say whether a contract names the service: as its provider, or as the consumer at its main branch's head."""
        if self._pacticipant(service) is None:
            return False
        head = self.main_version(service)
        consumes = head is not None and self.expectations(PacticipantVersion(name=service, version=head))
        return bool(consumes) or self._relevance.has_consumers(service)

    def _pacticipant(self, name: str) -> Resource | None:
        return self._broker.find(self._broker.index.link("pb:pacticipant", pacticipant=name))

    def _version(self, one: PacticipantVersion) -> Resource | None:
        version = one.version or ""
        url = self._broker.index.link("pb:pacticipant-version", pacticipant=one.name, version=version)
        return self._broker.find(url)

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

    def _has_contract(self, provider: str, one: LiveVersion) -> bool:
        url = self._broker.index.link(
            "pb:publish-pact", provider=provider, consumer=one.name, consumerApplicationVersion=one.version
        )
        return self._broker.find(url) is not None

    def _result(self, pair: Pair) -> KeptResult | None:
        query = [
            ("q[][pacticipant]", pair.consumer),
            ("q[][version]", pair.consumer_version),
            ("q[][pacticipant]", pair.provider),
            ("q[][version]", pair.provider_version),
            ("latestby", "cvpv"),
            ("limit", MATRIX_LIMIT),
        ]
        rows = read(Matrix, self._broker.matrix(query)).rows
        return worst(_kept(row) for row in rows if _is_about(row, pair))


def _is_live(record: LiveRecord) -> bool:
    return record.deployed and record.supported


def _live(record: LiveRecord, environment: str, *, released: bool) -> LiveVersion:
    return LiveVersion(
        name=record.occupant.pacticipant.name,
        version=record.occupant.version.number,
        environment=environment,
        since=record.created_at,
        instance=record.instance,
        released=released,
    )


def _is_about(row: Row, pair: Pair) -> bool:
    consumer, provider = row.consumer, row.provider
    if provider.version is None or consumer.version is None:
        return False
    return pair == Pair(
        consumer=consumer.name,
        consumer_version=consumer.version.number,
        provider=provider.name,
        provider_version=provider.version.number,
    )


def _kept(row: Row) -> KeptResult | None:
    if row.result is None:
        return None
    url = "" if row.result.links is None else row.result.links.self.href
    return KeptResult(success=row.result.success, at=row.result.verified_at, url=url)
