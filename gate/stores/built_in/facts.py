"""The facts of a store: files, checked. Whatever is damaged, or none of the store's, is named and not passed over."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from gate.domain.errors import ContractError, StoreError
from gate.ports import ContractReader
from gate.stores.built_in import about, layout
from gate.stores.built_in.layout import (
    Fact,
    FormatFact,
    PlaceEntry,
    PlaceFact,
    PublicationEntry,
    PublicationFact,
    ResultEntry,
    ResultFact,
    ServiceFact,
    VersionEntry,
    VersionFact,
)
from gate.stores.built_in.names import escape, unescape
from gate.stores.built_in.tree import Change, Tree

F = TypeVar("F", bound=Fact)
Entry = TypeVar("Entry", VersionEntry, PublicationEntry, ResultEntry, PlaceEntry)
MAIN_BRANCHES: Final = ("develop", "main", "master")
"""What a main branch is called, where no repository says it: the one of these that was first, as for a Pact Broker."""


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class Facts:
    """What stands in a tree, as it was when it was last refreshed.

    Args:
        tree: that holds the files.
        reader: says whose contract a document is, and which are the same.
        now: the time that is written into facts.
        default_branch: of the repository whose versions are written, where anybody knows it.
    """

    def __init__(
        self,
        tree: Tree,
        reader: ContractReader,
        now: Callable[[], datetime] = utc_now,
        default_branch: str | None = None,
    ) -> None:
        self._tree = tree
        self._reader = reader
        self.now = now
        self.default_branch = default_branch
        self.where = tree.where
        self._exists: bool | None = None
        self._top: Sequence[str] = ()
        self._names: dict[str, Sequence[str]] = {}
        self._files: dict[str, bytes | None] = {}
        self._entries_of: dict[str, tuple[Any, ...]] = {}

    def refresh(self) -> None:
        """See from now on what is there now.

        Raises:
            StoreError: it cannot be read, or is no store that this gate knows.
        """
        self._tree.refresh()
        self._look()

    @property
    def exists(self) -> bool:
        """Whether there is a store at all. One that is not holds nothing."""
        if self._exists is None:
            self.refresh()
        return bool(self._exists)

    def add(self, decide: Callable[[], Change | None]) -> None:
        """Add what `decide` makes of the facts as they are then; it may be asked several times."""

        def decide_anew() -> Change | None:
            self._look()
            change = decide()
            if change is None:
                return None
            missing = {path: content for path, content in about.files().items() if path not in self._top}
            return replace(change, files={**missing, **change.files})

        self._tree.add(decide_anew)
        self._look()

    def _look(self) -> None:
        """Forget what was read, and find out whether this is a store."""
        self._names, self._files, self._entries_of = {}, {}, {}
        self._top = self._tree.names([""])[""]
        self._exists = layout.FORMAT_FILE in self._top
        if self._exists:
            self._refuse_newer(self._fact(FormatFact, layout.FORMAT_FILE).layout)
        elif self._top:
            raise StoreError(
                f"this is no store of Contract Gate's: it has no {layout.FORMAT_FILE}, and it has {self._top[0]}.",
                where=self.where,
                remedy="Check store and store-branch. A new store begins empty.",
            )

    def _refuse_newer(self, number: int) -> None:
        if number != layout.LAYOUT:
            raise StoreError(
                f"the store has layout {number}, and this gate knows layout {layout.LAYOUT} alone.",
                where=self._at(layout.FORMAT_FILE),
                remedy="Use the newest release of Contract Gate in every pipeline that shares the store.",
            )

    def prefetch(self, folders: Iterable[str]) -> None:
        """List folders at once, as each question may take a while."""
        missing = [folder for folder in dict.fromkeys(folders) if folder not in self._names]
        if missing and self.exists:
            self._names |= self._tree.names(missing)

    def prefetch_files(self, paths: Iterable[str]) -> None:
        """Read files at once."""
        missing = [path for path in dict.fromkeys(paths) if path not in self._files]
        if missing and self.exists:
            read = self._tree.files(missing)
            self._files |= {path: read.get(path) for path in missing}

    def names(self, folder: str) -> Sequence[str]:
        """Return what is in a folder."""
        self.prefetch([folder])
        return self._names.get(folder, ())

    def has_service(self, service: str) -> bool:
        """Say whether anything was ever told of a service."""
        return bool(self.names(layout.folder_of(service)))

    def is_named(self, service: str) -> bool:
        """Say whether the name of a service stands there in full."""
        return "service.json" in self.names(layout.folder_of(service))

    def refuse_nameless(self, service: str) -> None:
        """Refuse to go on where a service is live and nothing else is told of it: what was told is gone.

        Raises:
            StoreError: so it is.
        """
        if not self.is_named(service):
            path = layout.service_file(service)
            raise StoreError("this file is missing.", where=self._at(path), remedy=self._remedy())

    def has_file(self, path: str) -> bool:
        """Say whether there is such a file."""
        folder, _, name = path.rpartition("/")
        return name in self.names(folder)

    def services(self) -> list[str]:
        """Name all services."""
        return self._services_of(self.names(layout.SERVICES), layout.SERVICES)

    def consumers(self, provider: str) -> list[str]:
        """Name the services that ever had a contract with a provider."""
        folder = layout.consumers_of(provider)
        keys = self.names(folder)
        lost = set(self.names(layout.all_results_of(provider))) - set(keys)
        if lost:  # they were verified
            raise StoreError(f"{min(lost)} is missing here.", where=self._at(folder), remedy=self._remedy())
        return self._services_of(keys, folder)

    def _services_of(self, keys: Sequence[str], folder: str) -> list[str]:
        named = [(key, self._unescaped(key, folder)) for key in keys]
        full = {key: f"{layout.SERVICES}/{key}/service.json" for key, name in named if name is None}
        self.prefetch_files(full.values())
        return [self._full_name(key, full[key]) if name is None else name for key, name in named]

    def _full_name(self, key: str, path: str) -> str:
        service = self._fact(ServiceFact, path).service
        self._check(escape(service), key, path)
        return service

    def environments(self) -> list[str]:
        """Return, escaped, the environments in which anything was ever recorded."""
        keys = list(self.names(layout.ENVIRONMENTS))
        for key in keys:
            self._unescaped(key, layout.ENVIRONMENTS)
        return keys

    def versions(self, service: str) -> tuple[VersionEntry, ...]:
        """List the versions of a service, the oldest first."""
        entries = self._entries(layout.versions_of(service), layout.VERSION_FILE, layout.version_entry, _by_number)
        return tuple(sorted(entries, key=lambda one: one.number))

    def publications(self, consumer: str) -> Mapping[str, tuple[PublicationEntry, ...]]:
        """List what a consumer published, by the escaped version."""
        found: dict[str, tuple[PublicationEntry, ...]] = {}
        folder = layout.publications_of(consumer)
        for one in self._entries(folder, layout.PUBLICATION_FILE, layout.publication_entry, _by_part):
            found[one.version] = (*found.get(one.version, ()), one)
        return found

    def results(self, provider: str, consumer: str, content: str) -> tuple[ResultEntry, ...]:
        """List the results of a content."""
        folder = layout.results_of(provider, consumer, content)
        return self._entries(folder, layout.RESULT_FILE, layout.result_entry, _by_time)

    def prefetch_live(self, places: Iterable[tuple[str, str]]) -> None:
        """Read at once what will be asked of who is live: pairs of an environment and a service, escaped."""
        every = list(places)
        self.prefetch(layout.place_of(environment, service) for environment, service in every)
        paths = []
        for environment, service in every:
            with suppress(StoreError):  # it is told when it is asked for
                paths += [one.path for one in layout.decisive_entries(self.places(environment, service))]
        self.prefetch_files(paths)

    def live(self, environment: str, service: str) -> list[PlaceEntry]:
        """Return what of a service is live in an environment; both names are escaped. What decides it is read."""
        entries = self.places(environment, service)
        decisive = layout.decisive_entries(entries)
        self.prefetch_files(one.path for one in decisive)
        for one in decisive:
            self.place(one)
        return layout.live_entries(entries)

    def expected_when_live(self, entry: PlaceEntry, provider: str, expected: PublicationFact | None) -> str | None:
        """Return the content of the contract of a live version with a provider, None if it has none.

        Args:
            entry: by which it is live.
            provider: of the contract.
            expected: what it has published, as it stands there now.
        """
        content = None if expected is None else expected.contracts.get(provider)
        recorded = self.place(entry).contracts.get(provider, content)
        if recorded != content:
            raise StoreError(
                f"{self.place(entry).service} {self.place(entry).version} had a contract with {provider} when it went "
                "live, and what it published is missing or another.",
                where=f"{self._at(layout.publications_of(self.place(entry).service))} (recorded in {entry.path})",
                remedy=self._remedy(),
            )
        return content

    def places(self, environment: str, service: str) -> tuple[PlaceEntry, ...]:
        """List what happened to a service in an environment; both names are escaped."""
        folder = layout.place_of(environment, service)
        return self._entries(folder, layout.PLACE_FILE, layout.place_entry, _by_number)

    def _entries(
        self,
        folder: str,
        pattern: re.Pattern[str],
        make: Callable[[str, re.Match[str]], Entry],
        place: Callable[[Entry], tuple[str, int]],
    ) -> tuple[Entry, ...]:
        """Read the names in a folder, once: the same are asked for again and again.

        The numbers that are given, to versions for instance, leave none out: one that is missing was taken away. Of a
        large folder that others write to a list may lack the last but one, so that it is listed again before that.
        """
        if folder not in self._entries_of:
            entries = self._parsed(folder, pattern, make)
            if _missing(map(place, entries)):
                self._names.pop(folder)
                entries = self._parsed(folder, pattern, make)
            if missing := _missing(map(place, entries)):
                raise StoreError(f"{missing} is missing here.", where=self._at(folder), remedy=self._remedy())
            self._entries_of[folder] = entries
        return self._entries_of[folder]

    def _parsed(
        self, folder: str, pattern: re.Pattern[str], make: Callable[[str, re.Match[str]], Entry]
    ) -> tuple[Entry, ...]:
        entries = []
        for name in self.names(folder):
            found = pattern.fullmatch(name)
            if found is None:
                raise self._foreign(f"{folder}/{name}")
            entries.append(make(f"{folder}/{name}", found))
        return tuple(entries)

    def version(self, service: str, entry: VersionEntry) -> VersionFact:
        """Read a version."""
        fact = self._fact(VersionFact, entry.path)
        self._check((fact.service, fact.path(entry.number)), (service, entry.path), entry.path)
        return fact

    def version_name(self, service: str, entry: VersionEntry) -> str:
        """Return the name of a version, in full."""
        name = self._unescaped(entry.version, layout.versions_of(service))
        return self.version(service, entry).version if name is None else name

    def expected(self, consumer: str, entries: Sequence[PublicationEntry]) -> PublicationFact | None:
        """Return all that a version published, in whatever parts; None for nothing."""
        self.prefetch_files(one.path for one in entries)
        facts = [self._publication(consumer, one) for one in entries]
        if not facts:
            return None
        contracts: dict[str, str] = {}
        for fact in facts:
            for provider, content in fact.contracts.items():
                if contracts.setdefault(provider, content) != content:
                    raise StoreError(
                        f"{consumer} {fact.version} has two different contracts with {provider}.",
                        where=f"{self.where}: {', '.join(one.path for one in entries)}",
                        remedy="Remove the one that is wrong, or publish another version.",
                    )
        return facts[0].model_copy(update={"contracts": contracts})

    def owners(self, service: str) -> tuple[str, ...]:
        """Return who answers for a service, as what it published last has it."""
        published = self.publications(service)
        newest = next((one.version for one in reversed(self.versions(service)) if one.version in published), None)
        if newest is None:
            return ()
        return self._publication(service, max(published[newest], key=lambda one: one.number)).owners

    def _publication(self, consumer: str, entry: PublicationEntry) -> PublicationFact:
        fact = self._fact(PublicationFact, entry.path)
        self._check((fact.consumer, fact.path(entry.number)), (consumer, entry.path), entry.path)
        self._check(fact.computed_digest, fact.digest, entry.path)
        return fact

    def result(self, entry: ResultEntry) -> ResultFact:
        """Read a result."""
        fact = self._fact(ResultFact, entry.path)
        self._check(fact.path(entry.number, entry.time), entry.path, entry.path)
        return fact

    def place(self, entry: PlaceEntry) -> PlaceFact:
        """Read what happened in an environment."""
        fact = self._fact(PlaceFact, entry.path)
        self._check(fact.path(entry.number), entry.path, entry.path)
        return fact

    def contract(self, provider: str, consumer: str, content: str) -> tuple[bytes, str]:
        """Return the document of a content, and where it is. It is what it is called, or this raises `StoreError`."""
        path = layout.contract_file(provider, consumer, content)
        document = self._read(path)
        try:
            parties, found = self._reader.parties(document), self._reader.content_id(document)
        except ContractError as error:
            raise self._damaged(path, error.what) from error
        self._check((parties.consumer, parties.provider, found), (consumer, provider, content), path)
        return document, self._at(path)

    def _read(self, path: str) -> bytes:
        self.prefetch_files([path])
        content = self._files.get(path)
        if content is None:
            raise StoreError("this file is missing.", where=self._at(path), remedy=self._remedy())
        return content

    def _fact(self, kind: type[F], path: str) -> F:
        content = self._read(path)
        try:
            return kind.model_validate(json.loads(content))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise self._damaged(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except (ValueError, RecursionError) as error:
            raise self._damaged(path, f"it is no JSON: {error}") from error

    def _unescaped(self, key: str, folder: str) -> str | None:
        try:
            return unescape(key)
        except ValueError:
            raise self._foreign(f"{folder}/{key}") from None

    def _check(self, found: object, expected: object, path: str) -> None:
        if found != expected:
            raise self._damaged(path, "what stands in it is not what its name says")

    def _foreign(self, path: str) -> StoreError:
        return StoreError("this file is none of the store's.", where=self._at(path), remedy="Take it away from there.")

    def _damaged(self, path: str, why: str) -> StoreError:
        return StoreError(f"this file is damaged: {why.rstrip('.')}.", where=self._at(path), remedy=self._remedy())

    def _remedy(self) -> str:
        return "Restore it as it was; nothing that rests on it is known until then."

    def _at(self, path: str) -> str:
        return f"{self.where}: {path}"


def _by_number(one: VersionEntry | PlaceEntry) -> tuple[str, int]:
    return "number {}", one.number


def _by_part(one: PublicationEntry) -> tuple[str, int]:
    return f"part {{}} of {one.version}", one.number


def _by_time(one: ResultEntry) -> tuple[str, int]:
    return f"result {{}} of {one.version}", one.time


def _missing(places: Iterable[tuple[str, int]]) -> str:
    """Say which number is left out among those that are given, for each thing that is counted."""
    given: dict[str, set[int]] = {}
    for what, number in places:
        given.setdefault(what, set()).add(number)
    for what, numbers in given.items():
        if len(numbers) < max(numbers):
            return what.format(next(number for number in range(1, max(numbers)) if number not in numbers))
    return ""


def main_branch(versions: Iterable[VersionEntry]) -> str | None:
    """Return the main branch of a service, as its versions are given, the oldest first; None if nobody knows it."""
    every = list(versions)
    said = [one.branch for one in every if one.is_main]
    guessed = (one.branch for one in every if one.branch in MAIN_BRANCHES)
    return said[-1] if said else next(guessed, None)
