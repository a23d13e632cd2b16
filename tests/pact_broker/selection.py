"""Which pacts a provider should verify, which of them are pending, and which are work in progress."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.pact_broker.records import Content, Environment, Pact, Pacticipant, Version
from tests.pact_broker.state import State

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A way to choose consumer versions, and the version that was chosen."""

    kind: str
    """One of latest, branch, tag, all tagged, deployed, released, main, environment."""
    version: Version
    consumer: str | None = None
    name: str | None = None
    """Of the branch, the tag or the environment that was asked for."""
    latest: bool = False
    environment: Environment | None = None

    @property
    def order(self) -> tuple[int, str, int]:
        """Sort as the broker lists the reasons."""
        within = "" if self.environment is None else f"{int(self.environment.production)}{self.environment.name}"
        rank = _RANKS[self.kind] if self.kind in _RANKS else 7 - (self.consumer is not None)
        return rank, self.name if self.kind in {"branch", "tag"} and self.name else within, self.version.id


@dataclass(slots=True, kw_only=True)
class Verifiable:
    """A content to verify, why, and as the pact of which consumer version."""

    pact: Pact
    selectors: list[Selector]
    pending: bool | None
    wip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a provider asks for: the body of a request that was found valid."""

    selectors: tuple[Json, ...] = ()
    pending: bool = True
    branch: str | None = None
    tags: tuple[str, ...] = ()
    wip_since: date | None = None


def pacts_for_verification(state: State, provider: Pacticipant, wanted: Wanted) -> list[Verifiable]:
    """Give each content once, with all reasons for it; work in progress comes last."""
    chosen: dict[Content, list[Selector]] = {}
    for pact, selector in _selected(state, provider, wanted):
        chosen.setdefault(pact.content, []).append(selector)
    listed = [_verifiable(content, selectors, wanted) for content, selectors in chosen.items()]
    listed.sort(key=_by_consumer)
    return [*listed, *_work_in_progress(provider, wanted, explicit=set(chosen))]


def is_pending(content: Content, branch: str | None) -> bool:
    """Tell whether a failure may pass: nobody who counts has verified the content successfully."""
    successes = [result for result in content.results if result.success]
    if branch is None:
        return not successes
    if any(branch in result.version.branches for result in successes):
        return False
    known = content.provider.branches.get(branch)
    return not any(
        result.version.branches.keys() - {branch} and (known is None or result.executed_at < known.created_at)
        for result in successes
    )


def _selected(state: State, provider: Pacticipant, wanted: Wanted) -> Iterator[tuple[Pact, Selector]]:
    if not wanted.selectors:
        yield from _defaults(state, provider)
    for selector in wanted.selectors:
        yield from _matching(state, provider, selector, wanted.branch)


def _defaults(state: State, provider: Pacticipant) -> Iterator[tuple[Pact, Selector]]:
    for consumer in provider.consumers.values():
        head = consumer.main_head
        if head is not None:
            yield from _pact_of(head, provider, kind="main", consumer=consumer.name)
        elif consumer.main_branch is not None and consumer.tagged(consumer.main_branch):
            yield from _tagged(provider, [consumer], {"tag": consumer.main_branch, "latest": True}, consumer.name)
        else:
            yield from _overall_latest(provider, [consumer], consumer.name)
    yield from _live(state, provider, {"deployedOrReleased": True})


def _matching(
    state: State, provider: Pacticipant, wanted: Json, provider_branch: str | None
) -> Iterator[tuple[Pact, Selector]]:
    name = wanted.get("consumer")
    consumers = [one for one in provider.consumers.values() if name in {None, one.name}]
    branch = provider_branch if wanted.get("matchingBranch") else wanted.get("branch")
    if wanted.get("mainBranch"):
        for consumer in consumers:
            yield from _pact_of(consumer.main_head, provider, kind="main", consumer=name, latest=True)
    elif branch is not None:
        for consumer in consumers:
            for one in consumer.branches if branch is True else [branch]:
                yield from _pact_of(consumer.head(one), provider, kind="branch", consumer=name, name=one, latest=True)
    elif wanted.get("tag"):
        yield from _tagged(provider, consumers, wanted, name)
    elif _LIVE.intersection(wanted):
        yield from _live(state, provider, wanted)
    else:
        yield from _overall_latest(provider, consumers, name)


def _pact_of(version: Version | None, provider: Pacticipant, **details: Any) -> Iterator[tuple[Pact, Selector]]:
    pact = None if version is None else version.pacts.get(provider.name)
    if pact is not None:
        yield pact, Selector(version=pact.version, **details)


def _tagged(
    provider: Pacticipant, consumers: list[Pacticipant], wanted: Json, name: str | None
) -> Iterator[tuple[Pact, Selector]]:
    tag, latest = wanted["tag"], bool(wanted.get("latest"))
    for consumer in consumers:
        versions = [version for version in consumer.tagged(tag) if provider.name in version.pacts]
        if not versions and wanted.get("fallbackTag"):
            versions = [one for one in consumer.tagged(wanted["fallbackTag"]) if provider.name in one.pacts]
        for version in versions[-1:] if latest else versions:
            kind = "tag" if latest else "all tagged"
            yield from _pact_of(version, provider, kind=kind, consumer=name, name=tag, latest=latest)


def _overall_latest(
    provider: Pacticipant, consumers: list[Pacticipant], name: str | None
) -> Iterator[tuple[Pact, Selector]]:
    for consumer in consumers:
        version = next((one for one in reversed(consumer.versions.values()) if provider.name in one.pacts), None)
        yield from _pact_of(version, provider, kind="latest", consumer=name, latest=True)


def _live(state: State, provider: Pacticipant, wanted: Json) -> Iterator[tuple[Pact, Selector]]:
    either = bool(wanted.get("deployedOrReleased"))
    plain = not either and not wanted.get("deployed") and not wanted.get("released")
    asked_for = wanted.get("environment")
    consumer = wanted.get("consumer")
    if either or plain or wanted.get("deployed"):
        for one in state.deployments.values():
            if one.live and asked_for in {None, one.environment.name} and _is(one.version, consumer):
                kind = "environment" if plain else "deployed"
                yield from _pact_of(
                    one.version, provider, kind=kind, consumer=consumer, name=asked_for, environment=one.environment
                )
    if either or plain or wanted.get("released"):
        for other in state.releases.values():
            if other.live and asked_for in {None, other.environment.name} and _is(other.version, consumer):
                kind = "environment" if plain else "released"
                yield from _pact_of(
                    other.version, provider, kind=kind, consumer=consumer, name=asked_for, environment=other.environment
                )


def _verifiable(content: Content, selectors: list[Selector], wanted: Wanted) -> Verifiable:
    pact = max((one.version.pacts[content.provider.name] for one in selectors), key=lambda one: one.version.id)
    pending = is_pending(content, wanted.branch) if wanted.pending else None
    return Verifiable(pact=pact, selectors=sorted(selectors, key=lambda one: one.order), pending=pending)


def _work_in_progress(provider: Pacticipant, wanted: Wanted, *, explicit: set[Content]) -> list[Verifiable]:
    """Give the heads of branches that nobody chose. Without a branch of the provider, the broker gives none."""
    if wanted.wip_since is None or wanted.branch is None:
        return []
    chosen: dict[Content, list[Selector]] = {}
    for consumer in provider.consumers.values():
        for branch in consumer.branches:
            found = _pact_of(consumer.head(branch), provider, kind="branch", name=branch, latest=True)
            for pact, selector in found:
                recent = pact.created_at > wanted.wip_since.isoformat()
                if recent and pact.content not in explicit and _unverified(pact.content, wanted.branch):
                    chosen.setdefault(pact.content, []).append(selector)
    listed = [
        Verifiable(
            pact=max((one.version.pacts[provider.name] for one in selectors), key=lambda one: one.version.id),
            selectors=selectors,
            pending=True,
            wip=True,
        )
        for selectors in chosen.values()
    ]
    return sorted(listed, key=_by_consumer)


def _unverified(content: Content, branch: str) -> bool:
    known = content.provider.branches.get(branch)
    first = None if known is None else next(iter(known.versions.values()), None)
    for result in content.results:
        if not result.success or result.wip:
            continue
        if branch in result.version.branches:
            return False
        before = first is None or result.executed_at < first.version.created_at
        if result.version.branches and before:
            return False
    return True


def _by_consumer(one: Verifiable) -> tuple[str, int]:
    return one.pact.consumer.name, one.pact.version.id


def _is(version: Version, consumer: str | None) -> bool:
    return consumer is None or version.pacticipant.name == consumer


_LIVE = {"deployed", "released", "deployedOrReleased", "environment"}
_RANKS = {"latest": 0, "branch": 1, "tag": 2, "all tagged": 3, "deployed": 4, "released": 5}
