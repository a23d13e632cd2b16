"""Stories told at random to the broker and to the built-in store: what they are asked afterwards, they say alike.

Left out is what `differences` tells of: results of versions on no branch, and who is known by a release alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.contracts import PacticipantVersion
from gate.domain.errors import ConflictError
from gate.domain.report import Entry, Stage
from tests.stores.places import WORLDS
from tests.stores.runs import Pipelines
from tests.stores.worlds import (
    API,
    BILLING,
    PRODUCTION,
    STAGING,
    USERS,
    WEB,
    World,
    expects,
    this,
    wording,
)

SERVICES, CONSUMERS, PROVIDERS = (WEB, BILLING, API, USERS), (WEB, BILLING, API), (API, USERS)
NUMBERS, BRANCHES, INSTANCES = ("1", "2", "3"), ("main", "feat/x", "trunk"), (None, "blue")
PLACES = (PRODUCTION, STAGING)
SELECTORS: tuple[dict[str, Any], ...] = (
    {"latest": True},
    {"branch": "feat/x"},
    {"deployed": True},
    {"released": True, "environment": PRODUCTION},
)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to a world, in words that a failing test shows."""

    deed: Callable[..., object]
    details: dict[str, Any]

    def __call__(self, world: World) -> object:
        return self.deed(world, **self.details)

    def __repr__(self) -> str:
        return f"{self.deed.__name__}({', '.join(f'{name}={value!r}' for name, value in self.details.items())})"


def publish(world: World, *, consumer: str, version: str, of_api: str, of_users: str, branch: str | None) -> object:
    words = {API: of_api, USERS: of_users}
    expected = [expects(said, of=provider) for provider, said in words.items() if said]
    try:
        world.publish(consumer, version, *expected, branch=branch)
    except ConflictError as conflict:
        return [name for name in PROVIDERS if name in conflict.what]
    return "published"


def verify(world: World, *, consumer: str, mine: str, provider: str, version: str, **came: Any) -> object:
    every = world.store().expectations(PacticipantVersion(name=consumer, version=mine))
    found = [one for one in every if one.provider == provider]
    for one in found:
        world.keep(version, (one, came["success"]), provider=provider, branch=came["branch"])
    return len(found)


def check(world: World, *, version: str, broken: str, branch: str) -> object:
    """Verify what is relevant."""
    every = world.fetched(version=version, branch=branch).contracts
    if every:
        world.keep(version, *((one, wording(one) != broken) for one in every), branch=branch)
    return len(every)


def end(world: World, *, name: str, environment: str, which: int) -> object:
    store = world.store()
    there = [one for one in store.live(this(service=name, environments=(environment,))) if one.name == name]
    there.sort(key=lambda one: (one.released, one.version, one.instance or ""))
    if there:
        store.end(there[which % len(there)])
    return len(there)


def _steps(deed: Callable[..., object], **details: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.just(deed), st.fixed_dictionaries(details))


consumer, provider, service, number, place, instance = (
    st.sampled_from(one) for one in (CONSUMERS, PROVIDERS, SERVICES, NUMBERS, PLACES, INSTANCES)
)
some_branch = st.sampled_from(BRANCHES)
branch = st.none() | some_branch
said = st.sampled_from(["", "a", "b", "c"])
published = _steps(
    publish, consumer=consumer, version=number, of_api=said, of_users=st.sampled_from(["", "", "u"]), branch=branch
)
verified = _steps(
    verify,
    consumer=consumer,
    mine=number,
    provider=provider,
    version=number,
    success=st.booleans(),
    branch=some_branch,
)
steps = st.one_of(
    published,
    published,
    verified,
    verified,
    _steps(check, version=number, broken=said, branch=some_branch),
    _steps(World.add, name=service, version=number, branch=branch),
    _steps(World.deploy, name=service, version=number, environment=place, instance=instance),
    _steps(World.release, name=service, version=number),
    _steps(end, name=service, environment=place, which=st.integers(0, 2)),
)


@settings(max_examples=10)
@given(story=st.lists(steps, min_size=6, max_size=14))
def test_the_stores_say_the_same_of_the_same_story(shared: Path, story: list[Step]) -> None:
    with _world("pact broker", shared) as brokers, _world("folder", shared) as built_in:
        for step in story:
            assert step(built_in) == step(brokers), step
        for question, ask in QUESTIONS.items():
            assert ask(built_in) == ask(brokers), question


@contextmanager
def _world(kind: str, shared: Path) -> Iterator[World]:
    with TemporaryDirectory() as folder, WORLDS[kind](Path(folder), shared / kind) as world:
        yield world


# What they are asked


def _relevant(world: World, *selectors: Any, **more: Any) -> object:
    fetched = world.fetched(*selectors, **more)
    found = {(one.consumer.name, wording(one)): one.selection for one in fetched.contracts}
    return found, [name for note in fetched.notes for name in CONSUMERS if name in note]


def _heard(world: World) -> object:
    store = world.store()
    return [(one, store.has_service(one), store.history(one), world.live(one, *PLACES)) for one in SERVICES]


def _known(world: World) -> object:
    """Say who is known, but for what is only released: see `differences`."""
    store = world.store()
    released = {one.name for name in SERVICES for one in world.live(name, *PLACES) if one.released}
    return [(one, store.knows(one)) for one in SERVICES if one not in released]


def _own(world: World) -> object:
    return [world.expected(name, version) for name, version in product(CONSUMERS, NUMBERS)]


def _all_results(world: World) -> object:
    """Return all results of services that are there: a broker refuses to speak of others."""
    store = world.store()
    there = [one for one in SERVICES if store.has_service(one)]
    pairs = [one for one in product(CONSUMERS, NUMBERS, NUMBERS, PROVIDERS) if {one[0], one[3]} <= set(there)]
    return {pair: world.result(*pair) for pair in pairs}


def _contents(world: World) -> object:
    """Name contents by their words, as each store has names of its own for them."""
    store = world.store()
    versions = [PacticipantVersion(name=name, version=version) for name, version in product(CONSUMERS, NUMBERS)]
    found = []
    for one in PROVIDERS:
        every = store.contents(one, versions)
        words = {each: world.expected(each.name, each.version or "")[one] for each in every}
        named = {(each.name, every[each]): words[each] for each in every}
        found.append(
            (words, {(name, named[name, content]) for name, content in store.live_contracts(this(service=one))})
        )
    return found


def _verdict(world: World, **more: Any) -> object:
    """Decide by what is kept. Counterparts are told by name: see `differences` for the version that is shown."""
    ended = Pipelines(world).run(**more)
    found = [
        (one.integration.counterpart.name, one.integration.role, one.integration.binding, one.standing, _trouble(one))
        for one in ended.report.entries
    ]
    return ended.code, len(ended.report.faults), sorted(found)


def _trouble(entry: Entry) -> str:
    return "" if entry.advice is None else entry.advice.trouble


def _deciding(**more: Any) -> Callable[[World], object]:
    return lambda world: _verdict(world, **more)


def _asking(*selectors: Any, wip: bool = False, **more: Any) -> Callable[[World], object]:
    return lambda world: _relevant(world, *selectors, wip_since=world.day(-1) if wip else None, **more)


QUESTIONS: dict[str, Callable[[World], object]] = {
    "who is there": _heard,
    "who is known": _known,
    "what is expected": _own,
    "what is kept": _all_results,
    "which contents there are": _contents,
    **{
        f"what is relevant for {API} on {branch} at stage {stage}": _asking(branch=branch, stage=stage)
        for branch, stage in product(("main", "feat/x", "trunk", "new", None), Stage)
    },
    f"what is in progress for {API} on a new branch": _asking(branch="new", wip=True),
    **{f"what is relevant for {USERS} in {places}": _asking(service=USERS, environments=places) for places in [PLACES]},
    **{f"what {selector} selects": _asking(selector) for selector in SELECTORS},
    **{
        f"whether {service} 2 can be deployed at stage {stage}": _deciding(service=service, version="2", stage=stage)
        for service, stage in product(SERVICES, Stage)
    },
}
