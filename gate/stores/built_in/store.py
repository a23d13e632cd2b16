"""Facts from the built-in store: who is live, which contracts and results. What follows from them is the domain's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from gate.domain.contracts import Contract, Fault, Format, PacticipantVersion
from gate.domain.errors import StoreError
from gate.domain.live import LiveVersion, PastVersion
from gate.domain.matrix import Pair
from gate.domain.report import Candidate
from gate.domain.results import KeptResult, worst
from gate.ports import Fetched, Kept
from gate.rendering.safe_text import brief
from gate.stores.built_in import layout
from gate.stores.built_in.facts import Facts, main_branch
from gate.stores.built_in.layout import (
    Event,
    PlaceEntry,
    PlaceFact,
    PublicationFact,
    ResultEntry,
    written_fact,
)
from gate.stores.built_in.names import escape, unescape
from gate.stores.built_in.relevance import Relevance
from gate.stores.built_in.tree import Change
from gate.stores.built_in.writing import introduced, named
from gate.stores.choice import Choice

LONGEST: Final = 200
"""Characters of what a commit says."""
AT_ONCE: Final = 100
"""Services that are looked at together, until one is live."""


class BuiltInStore:
    """A folder, or a branch of a git repository. See `gate.ports.ContractStore`.

    What is read after `live` is what was there when `live` was asked.

    Args:
        facts: of the store.
        choice: what the user says of which contracts count.
        new_environments: whether it is meant that nothing was ever recorded in the environment. Otherwise its name is
            more likely misspelt, where there are others.
    """

    def __init__(self, facts: Facts, choice: Choice, *, new_environments: bool = False) -> None:
        self._facts = facts
        self._relevance = Relevance(facts, choice)
        self._new_environments = new_environments
        self._records: dict[LiveVersion, str] = {}

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return the contracts relevant to the candidate; none when the store has never heard of it."""
        return self._relevance.contracts(candidate)

    def live_contracts(self, candidate: Candidate) -> Sequence[tuple[str, str]]:
        """Return consumer and content of what is live where the candidate is headed."""
        return self._relevance.live(candidate)

    def live(self, candidate: Candidate) -> tuple[LiveVersion, ...]:
        """Return what is deployed, and what is released and supported, of the service and of whom it has to do with.

        Raises:
            StoreError: there is no store yet, or no such environment in it.
        """
        self._facts.refresh()
        if not self._facts.exists:
            raise StoreError(
                "there is no store yet: nothing was ever published here.",
                where=self._facts.where,
                remedy="Publish a contract first (gate publish), or check store and store-branch.",
            )
        for environment in candidate.environments:
            self._refuse_unknown(environment)
        related = self._related(candidate)
        self._facts.prefetch_live((escape(place), escape(name)) for place in candidate.environments for name in related)
        live = tuple(one for environment in candidate.environments for one in self._live_in(environment, related))
        self._facts.prefetch(layout.folder_of(one.name) for one in live)
        for one in live:
            self._facts.refuse_nameless(one.name)
        return live

    def expectations(self, consumer: PacticipantVersion) -> tuple[Contract, ...]:
        """Return the contracts of a consumer version; none when the store does not know of any."""
        expected = self._expected(consumer.name, consumer.version or "")
        if expected is None:
            return ()
        contents = expected.contracts.items()
        self._facts.prefetch(
            folder
            for name, content in contents
            for folder in (
                layout.contracts_of(name, consumer.name),
                layout.results_of(name, consumer.name, content),  # which will be asked for
            )
        )
        self._facts.prefetch_files(layout.contract_file(name, consumer.name, content) for name, content in contents)
        return tuple(self._contract(expected, provider) for provider in expected.contracts)

    def contents(self, provider: str, versions: Sequence[PacticipantVersion]) -> Mapping[PacticipantVersion, str]:
        """Return what those versions have a contract with `provider` about: most have none, and are not looked at."""
        consumers = set(self._facts.consumers(provider))
        asked = [one for one in versions if one.name in consumers]
        self._facts.prefetch(layout.publications_of(one.name) for one in asked)
        expected = {one: self._expected(one.name, one.version or "") for one in asked}
        return {one: fact.contracts[provider] for one, fact in expected.items() if fact and provider in fact.contracts}

    def results(self, pairs: Sequence[Pair]) -> Mapping[Pair, Kept]:
        """Return the last result of each pair, or why nobody can tell."""
        self._facts.prefetch(layout.publications_of(pair.consumer) for pair in pairs)
        self._facts.prefetch_files(_known(self._publications, pairs))
        self._facts.prefetch(_known(self._folders, pairs))
        self._facts.prefetch_files(_known(lambda pair: [one.path for one in self._last(pair)], pairs))
        return {pair: self._or_fault(partial(self._result, pair)) for pair in pairs}

    def history(self, service: str) -> tuple[PastVersion, ...]:
        """Return all versions of a service, the newest first: each has the place that it was first given."""
        entries = self._facts.versions(service)
        publications = self._facts.publications(service)
        main = main_branch(entries)
        names = {entry.version: self._facts.version_name(service, entry) for entry in entries}
        branches = {key: {one.branch for one in entries if one.version == key} - {None} for key in names}
        every = [
            PastVersion(
                version=name,
                # Of a version on no branch nobody knows where it comes from.
                on_main=main is None or main in branches[key] or not branches[key],
                expects=key in publications,
            )
            for key, name in names.items()
        ]
        return tuple(reversed(every))

    def owners(self, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return who answers for these services, by what each of them published last."""
        self._facts.prefetch(of(name) for name in names for of in (layout.versions_of, layout.publications_of))
        return {name: owners for name in names if (owners := self._facts.owners(name))}

    def knows(self, service: str) -> bool:
        """Say whether a contract names the service, as its provider or as its consumer, or it is live anywhere."""
        if self._facts.consumers(service) or self._facts.publications(service):
            return True
        places = self._facts.environments()
        self._facts.prefetch_live((place, escape(service)) for place in places)
        return any(self._facts.live(place, escape(service)) for place in places)

    def has_service(self, service: str) -> bool:
        """Say whether anything was ever told of a service."""
        return self._facts.has_service(service)

    def has_version(self, one: PacticipantVersion) -> bool:
        """Say whether anything was ever told of a version."""
        return any(entry.version == escape(one.version or "") for entry in self._facts.versions(one.name))

    def add_version(self, one: PacticipantVersion, url: str) -> None:
        """Remember a version."""
        self._facts.add(lambda: _change(introduced(self._facts, one, url), f"{named(one)}: a new version"))

    def record(self, one: PacticipantVersion, environment: str, instance: str | None, *, released: bool) -> None:
        """Record a deployment or a release. One that is recorded already stays as it is."""
        event = Event.RELEASED if released else Event.DEPLOYED
        self._facts.add(lambda: self._begun(one, environment, instance, event))

    def end(self, one: LiveVersion) -> None:
        """Record an undeployment or the end of support: of what `live` returned, and not of what began meanwhile."""
        self._facts.add(lambda: self._ended(one))

    def _begun(self, one: PacticipantVersion, environment: str, instance: str | None, event: Event) -> Change | None:
        self._refuse_unknown(environment)
        if not self.has_version(one):
            raise StoreError(
                f"nobody has ever told of {one}, so that it was not recorded.",
                where=self._facts.where,
                remedy="Check service and version.",
            )
        version = escape(one.version or "")
        entries = self._facts.places(escape(environment), escape(one.name))
        there = [entry for entry in self._facts.live(escape(environment), escape(one.name)) if entry.event is event]
        if event is Event.DEPLOYED:
            there = [entry for entry in there if entry.instance == (None if instance is None else escape(instance))]
            is_there = [entry.version for entry in there] == [version]
        else:
            is_there = version in {entry.version for entry in there}
        return None if is_there else self._happened(one, environment, instance, event, entries)

    def _ended(self, one: LiveVersion) -> Change | None:
        entries = self._facts.places(escape(one.environment), escape(one.name))
        live = self._facts.live(escape(one.environment), escape(one.name))
        if self._records[one] not in {entry.path for entry in live}:
            return None
        version = PacticipantVersion(name=one.name, version=one.version)
        event = Event.UNSUPPORTED if one.released else Event.UNDEPLOYED
        return self._happened(version, one.environment, one.instance, event, entries)

    def _happened(
        self,
        one: PacticipantVersion,
        environment: str,
        instance: str | None,
        event: Event,
        entries: Sequence[PlaceEntry],
    ) -> Change:
        expected = self._expected(one.name, one.version or "")
        fact = PlaceFact(
            environment=environment,
            service=one.name,
            version=one.version or "",
            instance=instance,
            event=event,
            at=self._facts.now(),
            contracts={} if expected is None or event not in {Event.DEPLOYED, Event.RELEASED} else expected.contracts,
        )
        path = fact.path(layout.next_number(entries))
        where = environment if instance is None else f"{environment} as {instance}"
        return Change(files={path: written_fact(fact)}, subject=brief(f"{named(one)}: {event.said} {where}", LONGEST))

    def _related(self, candidate: Candidate) -> list[str]:
        """Name the services that can be counterparts of the candidate, and itself."""
        service = candidate.service
        folders = (layout.publications_of, layout.consumers_of, layout.versions_of, layout.all_results_of)
        self._facts.prefetch([of(service) for of in folders])
        expected = self._expected(candidate.service, candidate.version)
        providers = () if expected is None else expected.contracts
        return list(dict.fromkeys([candidate.service, *self._facts.consumers(candidate.service), *providers]))

    def _live_in(self, environment: str, related: Sequence[str]) -> list[LiveVersion]:
        place = escape(environment)
        there = self._facts.names(f"{layout.ENVIRONMENTS}/{place}")
        own = [key for name in related if (key := escape(name)) in set(there)]
        live = self._live_entries(place, own) or self._stranger(place, [key for key in there if key not in own])
        return [self._live_version(one) for one in live]

    def _live_entries(self, place: str, services: Sequence[str]) -> list[PlaceEntry]:
        self._facts.prefetch_live((place, key) for key in services)
        return [one for key in services for one in self._facts.live(place, key)]

    def _stranger(self, place: str, services: Sequence[str]) -> list[PlaceEntry]:
        """Find anybody who is live there."""
        some = (
            self._live_entries(place, services[start : start + AT_ONCE]) for start in range(0, len(services), AT_ONCE)
        )
        return next((live[:1] for live in some if live), [])

    def _live_version(self, entry: PlaceEntry) -> LiveVersion:
        fact = self._facts.place(entry)
        live = LiveVersion(
            name=fact.service,
            version=fact.version,
            environment=fact.environment,
            since=fact.at,
            instance=fact.instance,
            released=fact.event is Event.RELEASED,
        )
        self._records[live] = entry.path
        return live

    def _refuse_unknown(self, environment: str) -> None:
        known = self._facts.environments()
        if not known or escape(environment) in known or self._new_environments:
            return
        raise StoreError(
            f"nothing was ever recorded in an environment {environment!r}.",
            where=self._facts.where,
            remedy=(
                f"There are: {', '.join(unescape(name) or name for name in known)}. Check environment; if it is new, "
                "say first-deployment: true once."
            ),
        )

    def _expected(self, consumer: str, version: str) -> PublicationFact | None:
        return self._facts.expected(consumer, self._facts.publications(consumer).get(escape(version), ()))

    def _contract(self, expected: PublicationFact, provider: str) -> Contract:
        content = expected.contracts[provider]
        document, source = self._facts.contract(provider, expected.consumer, content)
        return Contract(
            consumer=PacticipantVersion(name=expected.consumer, version=expected.version),
            provider=provider,
            format=Format.PACT,
            document=document,
            content_id=content,
            source=source,
            versions=(expected.version,),
        )

    def _or_fault(self, ask: Callable[[], KeptResult | None]) -> Kept:
        try:
            return ask()
        except StoreError as error:
            return Fault.of(error)

    def _result(self, pair: Pair) -> KeptResult | None:
        facts = [self._facts.result(one) for one in self._last(pair)]
        return worst(KeptResult(success=fact.success, at=fact.at, url=fact.url) for fact in facts)

    def _last(self, pair: Pair) -> list[ResultEntry]:
        """Find the last result of a pair; several if nobody knows which of them it is."""
        content = self._content(pair)
        if content is None:
            return []
        entries = self._facts.results(pair.provider, pair.consumer, content)
        own = [one for one in entries if one.version == escape(pair.provider_version)]
        return [one for one in own if one.time == max(two.time for two in own)]

    def _content(self, pair: Pair) -> str | None:
        expected = self._expected(pair.consumer, pair.consumer_version)
        return None if expected is None else expected.contracts.get(pair.provider)

    def _publications(self, pair: Pair) -> list[str]:
        published = self._facts.publications(pair.consumer).get(escape(pair.consumer_version), ())
        return [one.path for one in published]

    def _folders(self, pair: Pair) -> list[str]:
        content = self._content(pair)
        return [] if content is None else [layout.results_of(pair.provider, pair.consumer, content)]


def _known(ask: Callable[[Pair], Sequence[str]], pairs: Sequence[Pair]) -> Iterator[str]:
    """Name what will be read of several pairs. What is wrong with one is told when it is read."""
    for pair in pairs:
        with suppress(StoreError):
            yield from ask(pair)


def _change(files: Mapping[str, bytes], subject: str) -> Change | None:
    return Change(files=files, subject=subject) if files else None
