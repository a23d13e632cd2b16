"""Rows of consumer and provider versions, chosen as the real broker chooses them: also where that hides a failure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.pact_broker.records import Pact, Pacticipant, Result, Version
from tests.pact_broker.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A selector as the client wrote it."""

    pacticipant: str
    number: str | None = None
    latest: bool = False
    tag: str | None = None
    branch: str | None = None
    main_branch: bool = False
    environment: str | None = None

    @property
    def only_name(self) -> bool:
        return self == Wish(pacticipant=self.pacticipant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the client wants to know."""

    wishes: tuple[Wish, ...]
    ignored: tuple[Wish, ...] = ()
    latestby: str | None = None
    limit: int | None = None
    latest: bool = False
    tag: str | None = None
    main_branch: bool = False
    environment: str | None = None

    @property
    def infers(self) -> bool:
        """Tell whether the other side is to be found by where it runs, its branch or its tag."""
        return bool(self.latest or self.tag or self.environment or self.main_branch)

    def inferred(self, name: str) -> Wish:
        return Wish(
            pacticipant=name,
            latest=self.latest,
            tag=self.tag,
            main_branch=self.main_branch,
            environment=self.environment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A selector and the version that it means; none if there is no such version."""

    wish: Wish
    pacticipant: Pacticipant | None
    version: Version | None
    specified: bool
    one_of_many: bool = False

    @property
    def name(self) -> str:
        return self.wish.pacticipant

    @property
    def exists(self) -> bool:
        return self.pacticipant is not None and (self.version is not None or self.wish.only_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A pact and what a provider version said of it."""

    pact: Pact
    result: Result | None

    @property
    def success(self) -> bool | None:
        return None if self.result is None else self.result.success

    @property
    def sides(self) -> tuple[str, str]:
        return self.pact.consumer.name, self.pact.provider.name

    @property
    def order(self) -> tuple[str, int, int, str, float, float]:
        """Sort as the broker lists them. What was never verified comes first."""
        name, number = (float("-inf"),) * 2
        if self.result is not None:
            name, number = -self.result.version.id, -self.result.number
        consumer, provider = self.sides
        return consumer, -self.pact.version.id, -self.pact.revision, provider, name, number

    @property
    def recency(self) -> tuple[str, int, int]:
        published, number = self.pact.created_at, -1
        if self.result is not None:
            published, number = max(published, self.result.executed_at), self.result.number
        return published, self.pact.id, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What was found."""

    query: Query
    selectors: list[Found]
    ignored_selectors: list[Found]
    considered: list[Row]
    ignored: list[Row] = field(default_factory=list)
    integrations: list[tuple[str, str, bool]] = field(default_factory=list)
    """Consumer, provider, and whether the consumer needs it."""


def find_matrix(state: State, query: Query) -> Matrix:
    """Find the rows. An unknown way to group them is a KeyError, which is the broker's error 500."""
    specified = list(_resolve(state, query.wishes, specified=True))
    ignored = list(_resolve(state, query.ignored, specified=True))
    integrations = _integrations(query, specified)
    selectors = [*specified, *_inferred(state, query, specified, integrations)]
    rows = _latest_by(query, _limited(query, _rows(state, query, selectors)))
    rows.sort(key=lambda row: row.order)
    return Matrix(
        query=query,
        selectors=selectors,
        ignored_selectors=ignored,
        considered=[row for row in rows if not _is_ignored(row, ignored)],
        ignored=[row for row in rows if _is_ignored(row, ignored)],
        integrations=integrations,
    )


def _resolve(state: State, wishes: Iterable[Wish], *, specified: bool) -> Iterator[Found]:
    for wish in wishes:
        owner = state.pacticipants.get(wish.pacticipant)
        versions: list[Version | None] = [None]
        if owner is not None and not wish.only_name:
            versions = list(_versions(state, owner, wish)) or [None]
        for version in versions:
            many = len(versions) > 1
            yield Found(wish=wish, pacticipant=owner, version=version, specified=specified, one_of_many=many)


def _versions(state: State, owner: Pacticipant, wish: Wish) -> list[Version]:
    """Give the versions that are meant, the newest first."""
    versions: list[Version]
    branch = owner.main_branch or "" if wish.main_branch else wish.branch
    if wish.environment is not None:
        versions = _live(state, owner, wish.environment)
    elif wish.tag is not None:
        versions = owner.tagged(wish.tag)
    elif branch is not None:
        known = owner.branches.get(branch)
        versions = [] if known is None else [one.version for one in known.versions.values()]
    elif wish.number is not None:
        versions = [owner.versions[wish.number]] if wish.number in owner.versions else []
    else:
        versions = list(owner.versions.values())
    newest = sorted(versions, key=lambda version: -version.id)
    return newest[:1] if wish.latest else newest


def _live(state: State, owner: Pacticipant, environment: str) -> list[Version]:
    place = state.environment(environment)
    return [version for version in owner.versions.values() if place is not None and version.live_in(place)]


def _integrations(query: Query, specified: list[Found]) -> list[tuple[str, str, bool]]:
    names = [one.name for one in specified]
    found: dict[tuple[str, str], bool] = {}
    for one in specified:
        for pact in _published(one):
            if query.infers or len(specified) == 1 or pact.provider.name in names:
                found[one.name, pact.provider.name] = True
    if query.infers or len(specified) == 1:
        for one in specified:
            consumers = one.pacticipant.consumers if one.pacticipant is not None else {}
            for consumer in consumers:
                found.setdefault((consumer, one.name), False)
    return [(*sides, required) for sides, required in sorted(found.items())]


def _inferred(
    state: State, query: Query, specified: list[Found], integrations: list[tuple[str, str, bool]]
) -> Iterator[Found]:
    if not query.infers:
        return
    known = {one.name for one in specified}
    names = dict.fromkeys(name for consumer, provider, _ in integrations for name in (consumer, provider))
    wishes = [query.inferred(name) for name in names if name not in known]
    yield from _resolve(state, wishes, specified=False)


def _rows(state: State, query: Query, selectors: list[Found]) -> list[Row]:
    if len(selectors) == 1:
        return list(_rows_of_one(state, query, selectors[0]))
    names = {one.name for one in selectors}
    specified = {one.name for one in selectors if one.specified}
    pacts = {pact.id: pact for one in selectors for pact in _published(one) if pact.provider.name in names}
    newest = [pact for _, pact in sorted(pacts.items(), reverse=True)][: query.limit]
    any_version = {one.name for one in selectors if one.wish.only_name}
    versions = {one.version for one in selectors}
    rows: list[Row] = []
    for pact in newest:
        if not specified.intersection((pact.consumer.name, pact.provider.name)):
            continue
        allowed = None if pact.provider.name in any_version else versions
        results = list(_results(query, pact, allowed))
        rows += [Row(pact=pact, result=result) for result in results] or [Row(pact=pact, result=None)]
    return rows


def _rows_of_one(state: State, query: Query, one: Found) -> Iterator[Row]:
    """Give the rows of one selector: as a provider, only what it has verified."""
    for pact in _published(one):
        results = list(_results(query, pact, None))
        yield from [Row(pact=pact, result=result) for result in results] or [Row(pact=pact, result=None)]
    allowed = None if one.wish.only_name else {one.version}
    for pact in state.pacts:
        if pact.provider is one.pacticipant:
            yield from (Row(pact=pact, result=result) for result in _results(query, pact, allowed))


def _published(one: Found) -> Iterator[Pact]:
    if one.version is not None:
        yield from one.version.pacts.values()
    elif one.pacticipant is not None and one.wish.only_name:
        for version in one.pacticipant.versions.values():
            yield from version.pacts.values()


def _results(query: Query, pact: Pact, allowed: set[Version | None] | None) -> Iterator[Result]:
    """Give the results by the allowed versions; with a grouping, only the last one of each version."""
    results = pact.content.results if query.latestby is None else pact.content.by_version.values()
    return (result for result in results if allowed is None or result.version in allowed)


def _limited(query: Query, rows: list[Row]) -> list[Row]:
    """Cut what is old before anything is decided: the cause of the real broker's false passes."""
    newest = sorted(rows, key=lambda row: row.recency, reverse=True)
    return newest[: query.limit]


def _latest_by(query: Query, rows: list[Row]) -> list[Row]:
    """Keep the newest provider version of each group, however many are live."""
    if query.latestby is None:
        return rows
    groups: dict[tuple[object, ...], Row] = {}
    for row in rows:
        version = None if row.result is None else row.result.version
        keys = {
            "cvpv": (row.pact.version, row.pact.provider, version),
            "cvp": (row.pact.version, row.pact.provider),
            "cp": row.sides,
        }
        kept = groups.setdefault(keys[query.latestby], row)
        if version is not None and kept.result is not None and version.id > kept.result.version.id:
            groups[keys[query.latestby]] = row
    return list(groups.values())


def _is_ignored(row: Row, ignored: list[Found]) -> bool:
    versions = {row.pact.version, None if row.result is None else row.result.version}
    return any(
        one.name in row.sides and (one.wish.only_name or (one.version is not None and one.version in versions))
        for one in ignored
    )
