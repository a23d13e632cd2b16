"""Which contracts a provider is to be verified against: heads of branches, and what is live."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from gate.domain.contracts import Because, Contract, Fault, Format, PacticipantVersion, Selection
from gate.domain.errors import StoreError
from gate.domain.report import Candidate, Stage
from gate.ports import Fetched
from gate.stores.built_in import layout
from gate.stores.built_in.facts import Facts, main_branch
from gate.stores.built_in.layout import (
    PlaceEntry,
    PublicationEntry,
    PublicationFact,
    ResultEntry,
    VersionEntry,
)
from gate.stores.built_in.names import escape
from gate.stores.built_in.selectors import LIVE, refuse_meaningless
from gate.stores.choice import Choice, Selector

Item = TypeVar("Item")
Found = TypeVar("Found")
LOOKED_AT: Final = 20
"""Publications that are read at once when the newest with somebody is looked for."""


@dataclass(slots=True)
class _Chosen:
    """One content of a consumer, and all reasons for it."""

    consumer: str
    content: str
    because: list[Because] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    """Those that have it and were asked about, each with its number."""
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Consumer:
    """What is known of a consumer."""

    name: str
    versions: tuple[VersionEntry, ...]
    """The oldest first."""
    publications: Mapping[str, tuple[PublicationEntry, ...]]
    main: str | None

    def heads(self, branch: str | None) -> list[str]:
        """Return the version that came to a branch last; several if nobody knows which of them did."""
        on_it = [one for one in self.versions if branch is not None and one.branch == branch]
        return [one.version for one in on_it if one.number == on_it[-1].number]

    @property
    def all_heads(self) -> list[str]:
        """The heads of all branches."""
        return list(dict.fromkeys(version for branch in self.branches for version in self.heads(branch)))

    @property
    def branches(self) -> list[str]:
        return list(dict.fromkeys(one.branch for one in self.versions if one.branch is not None))

    def number(self, version: str) -> int:
        """Return a version's place among all versions of the service."""
        return next((one.number for one in self.versions if one.version == version), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The versions of a consumer whose contracts may count, escaped."""

    consumer: _Consumer
    live: list[PlaceEntry]
    versions: list[tuple[Because, str]]
    unselected: list[str]
    """Heads of branches that may be work in progress."""

    @property
    def entries(self) -> list[VersionEntry]:
        """The files by which these versions are where they are."""
        named = {version for _, version in self.versions} | set(self.unselected)
        return [one for one in self.consumer.versions if one.version in named]

    @property
    def files(self) -> Iterator[str]:
        """Name what will be read of them."""
        yield from (one.path for one in self.entries)
        for version in (*(version for _, version in self.versions), *self.unselected):
            yield from (one.path for one in self.consumer.publications.get(version, ()))


class Relevance:
    """Finds the contracts that are relevant to a candidate."""

    def __init__(self, facts: Facts, choice: Choice) -> None:
        self._facts = facts
        self._choice = choice

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return the contracts, each content of a consumer once, and what kept one from being found or read."""
        refuse_meaningless(self._choice.selectors, candidate, set(self._facts.environments()))
        names = self._facts.consumers(candidate.service)
        self._prefetch(candidate, names)
        faults: list[Fault] = []
        provider = self._facts.versions(candidate.service)
        consumers = list(_sound(self._consumer, names, faults))
        asked = list(_sound(partial(self._asked, candidate, provider), consumers, faults))
        self._facts.prefetch_files(path for one in asked for path in one.files)
        chosen = [one for found in _sound(partial(self._chosen, candidate), asked, faults) for one in found]
        self._facts.prefetch(
            folder
            for one in chosen
            for folder in (
                layout.results_of(candidate.service, one.consumer, one.content),
                layout.contracts_of(candidate.service, one.consumer),
            )
        )
        chosen = list(_sound(partial(self._weighed, candidate, provider), chosen, faults))
        relevant = [one for one in chosen if one.pending or one.because != [Because.WIP]]
        self._facts.prefetch_files(
            layout.contract_file(candidate.service, one.consumer, one.content) for one in relevant
        )
        fetched = [self._contract(candidate.service, one) for one in relevant]
        contracts = [one for one in fetched if isinstance(one, Contract)]
        return Fetched(
            contracts=tuple(sorted(contracts, key=lambda one: (one.consumer.name, one.consumer.version or ""))),
            faults=(*faults, *(one for one in fetched if isinstance(one, Fault))),
            notes=tuple(self._notes(candidate, consumers, relevant)),
            unread=tuple(
                (one.consumer, one.content)
                for one, got in zip(relevant, fetched, strict=True)
                if isinstance(got, Fault)
            ),
        )

    def live(self, candidate: Candidate) -> list[tuple[str, str]]:
        """Return consumer and content of each contract that is live where the candidate is headed."""
        names = self._facts.consumers(candidate.service)
        self._prefetch(candidate, names)
        live = []
        for name in names:
            publications = self._facts.publications(name)
            live += [(one, publications.get(one.version, ())) for one in self._live(candidate.environments, name)]
        self._facts.prefetch_files(part.path for _, published in live for part in published)
        found = []
        for entry, published in live:
            consumer = self._facts.place(entry).service
            expected = self._facts.expected(consumer, published)
            found.append((consumer, self._facts.expected_when_live(entry, candidate.service, expected)))
        return [(consumer, content) for consumer, content in dict.fromkeys(found) if content is not None]

    def _notes(self, candidate: Candidate, consumers: Sequence[_Consumer], chosen: Sequence[_Chosen]) -> Iterator[str]:
        if self._choice.selectors:
            if not any(Because.SELECTED in one.because for one in chosen):
                yield "consumer-version-selectors selected no contract at all."
        elif candidate.stage is Stage.CHANGE:
            yield from (_note_on_branches(one.name) for one in consumers if one.main is None)

    def _prefetch(self, candidate: Candidate, consumers: Sequence[str]) -> None:
        """Ask at once for what will be asked of all consumers."""
        self._facts.prefetch(
            [
                layout.versions_of(candidate.service),
                *(layout.versions_of(name) for name in consumers),
                *(layout.publications_of(name) for name in consumers),
            ]
        )
        self._facts.prefetch_live(
            (escape(place), escape(name)) for place in candidate.environments for name in consumers
        )

    def _consumer(self, name: str) -> _Consumer:
        versions = self._facts.versions(name)
        publications = self._facts.publications(name)
        if not publications:
            raise StoreError(
                f"{name} has a contract here, and nothing says which of its versions published it.",
                where=f"{self._facts.where}: {layout.publications_of(name)}",
                remedy=f"Publish it again for {name}, or restore what is missing.",
            )
        return _Consumer(name=name, versions=versions, publications=publications, main=main_branch(versions))

    def _asked(self, candidate: Candidate, provider: tuple[VersionEntry, ...], consumer: _Consumer) -> _Asked:
        live = self._live(candidate.environments, consumer.name)
        versions = list(self._versions(candidate, consumer, provider, live))
        unselected = consumer.all_heads if self._wants_work_in_progress(candidate) else []
        return _Asked(consumer=consumer, live=live, versions=versions, unselected=unselected)

    def _wants_work_in_progress(self, candidate: Candidate) -> bool:
        wants = self._choice.wip_since is not None and candidate.stage is Stage.CHANGE
        return wants and candidate.branch is not None

    def _chosen(self, candidate: Candidate, asked: _Asked) -> list[_Chosen]:
        """Find the contents of the versions that were asked for."""
        for entry in asked.entries:
            self._facts.version(asked.consumer.name, entry)
        chosen: dict[str, _Chosen] = {}
        for place in asked.live:
            self._facts.expected_when_live(place, candidate.service, self._expected(asked.consumer, place.version))
        for because, version in asked.versions:
            self._choose(chosen, asked.consumer, candidate.service, version, because)
        explicit = set(chosen)
        for version in asked.unselected:
            expected = self._expected(asked.consumer, version)
            if expected is None or expected.at.isoformat() <= (self._choice.wip_since or ""):
                continue
            if expected.contracts.get(candidate.service) not in explicit:
                self._choose(chosen, asked.consumer, candidate.service, version, Because.WIP)
        return list(chosen.values())

    def _weighed(self, candidate: Candidate, provider: tuple[VersionEntry, ...], chosen: _Chosen) -> _Chosen:
        """Find out whether a content is pending. What was kept as work in progress does not end that it is."""
        results = self._facts.results(candidate.service, chosen.consumer, chosen.content)
        if chosen.because == [Because.WIP]:
            results = tuple(one for one in results if not one.wip)
        chosen.pending = is_pending(results, provider, candidate.branch)
        return chosen

    def _expected(self, consumer: _Consumer, version: str) -> PublicationFact | None:
        return self._facts.expected(consumer.name, consumer.publications.get(version, ()))

    def _choose(
        self, chosen: dict[str, _Chosen], consumer: _Consumer, service: str, version: str, because: Because
    ) -> None:
        expected = self._expected(consumer, version)
        if expected is None or service not in expected.contracts:
            return
        content = expected.contracts[service]
        one = chosen.setdefault(content, _Chosen(consumer.name, content))
        one.because = list(dict.fromkeys([*one.because, because]))
        one.versions[expected.version] = consumer.number(version)

    def _versions(
        self,
        candidate: Candidate,
        consumer: _Consumer,
        provider: tuple[VersionEntry, ...],
        live: Sequence[PlaceEntry],
    ) -> Iterator[tuple[Because, str]]:
        """Name the versions of a consumer that count, escaped, and why."""
        yield from ((Because.LIVE, one.version) for one in live)
        if self._choice.selectors:
            for selector in self._choice.selectors:
                yield from ((Because.SELECTED, one) for one in self._selected(selector, candidate, consumer))
        else:
            yield from self._heads(candidate, consumer, provider)

    def _heads(
        self, candidate: Candidate, consumer: _Consumer, provider: tuple[VersionEntry, ...]
    ) -> Iterator[tuple[Because, str]]:
        """Name the heads of branches that count."""
        for head in consumer.heads(consumer.main):
            yield Because.MAIN_BRANCH, head
        if candidate.stage is not Stage.CHANGE:
            return
        branch = _escaped(candidate.branch)
        if branch != main_branch(provider):
            yield from ((Because.SAME_BRANCH, head) for head in consumer.heads(branch))
        if consumer.main is None:
            latest = self._latest(candidate.service, consumer)
            yield from ((Because.SOME_BRANCH, version) for version in (*consumer.all_heads, *latest))

    def _selected(self, selector: Selector, candidate: Candidate, consumer: _Consumer) -> Iterator[str]:
        """Name the versions that a selector means, as a Pact Broker reads it."""
        if selector.get("consumer") not in {None, consumer.name}:
            return
        if LIVE & set(selector):
            yield from self._selected_live(selector, consumer)
            return
        if selector.get("mainBranch"):
            yield from consumer.heads(consumer.main)
        elif selector.get("matchingBranch"):
            yield from consumer.heads(_escaped(candidate.branch))
        elif selector.get("branch") is True:
            yield from consumer.all_heads
        elif named := selector.get("branch"):
            yield from consumer.heads(escape(named))
        else:
            yield from self._latest(candidate.service, consumer)

    def _selected_live(self, selector: Selector, consumer: _Consumer) -> Iterator[str]:
        named = selector.get("environment")
        places = self._facts.environments() if named is None else [escape(named)]
        both = selector.get("deployedOrReleased") or not (selector.get("deployed") or selector.get("released"))
        for one in (one for place in places for one in self._live_there(place, consumer.name)):
            if both or selector.get(one.event.value):
                yield one.version

    def _latest(self, service: str, consumer: _Consumer) -> list[str]:
        """Find the newest version that has a contract with the service, if any has."""
        versions = dict.fromkeys(one.version for one in consumer.versions)  # each has the place that it was first given
        published = [version for version in reversed(versions) if version in consumer.publications]
        for start in range(0, len(published), LOOKED_AT):
            some = published[start : start + LOOKED_AT]
            self._facts.prefetch_files(part.path for version in some for part in consumer.publications[version])
            for version in some:
                expected = self._expected(consumer, version)
                if expected is not None and service in expected.contracts:
                    return [version]
        return []

    def _live(self, environments: Sequence[str], service: str) -> list[PlaceEntry]:
        return [one for name in environments for one in self._live_there(escape(name), service)]

    def _live_there(self, environment: str, service: str) -> list[PlaceEntry]:
        return self._facts.live(environment, escape(service))

    def _contract(self, service: str, chosen: _Chosen) -> Contract | Fault:
        """Read a contract. One that cannot be read does not keep the others from being verified."""
        try:
            document, source = self._facts.contract(service, chosen.consumer, chosen.content)
        except StoreError as error:
            return Fault.of(error)
        newest = max(chosen.versions, key=lambda version: chosen.versions[version])
        return Contract(
            consumer=PacticipantVersion(name=chosen.consumer, version=newest),
            provider=service,
            format=Format.PACT,
            document=document,
            content_id=chosen.content,
            source=source,
            versions=tuple(chosen.versions),
            selection=Selection(because=tuple(chosen.because), pending=chosen.pending),
        )


def _sound(look: Callable[[Item], Found], items: Iterable[Item], faults: list[Fault]) -> Iterator[Found]:
    """Look at each of several things. What is wrong with one does not keep the others from being verified."""
    for item in items:
        try:
            yield look(item)
        except StoreError as error:
            faults.append(Fault.of(error))


def is_pending(results: Sequence[ResultEntry], provider: Sequence[VersionEntry], branch: str | None) -> bool:
    """Say whether nobody who counts has honoured a content.

    It ends with a success of a version on this branch, or with any before this branch began: before its first version
    had its number. The clock has no say in it.

    Args:
        results: of the content.
        provider: the versions of the provider, the oldest first.
        branch: of the candidate, None if it is on none: then any success will do.
    """
    successes = [one for one in results if one.success]
    if branch is None:
        return not successes
    own = escape(branch)
    on_branches: dict[str, set[str]] = {}
    for one in provider:
        if one.branch is not None:
            on_branches.setdefault(one.version, set()).add(one.branch)
    first = next((one.number for one in provider if one.branch == own), None)
    tied = sum(one.number == first for one in provider) > 1  # nobody knows which of them was before the other
    for success in successes:
        branches = on_branches.get(success.version, set())
        if own in branches or first is None or success.number < first + tied:
            return False
    return True


def _escaped(branch: str | None) -> str | None:
    return None if branch is None else escape(branch)


def _note_on_branches(name: str) -> str:
    return (
        f"Nobody knows the main branch of {name}, which never had one of the usual names, so the heads of "
        "all its branches and its latest version were taken."
    )
