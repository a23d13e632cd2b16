"""What the tests of this folder begin with, what is done to it, and what is asked of it."""

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gate.domain.contracts import PacticipantVersion
from gate.domain.report import Stage
from tests.builders import as_bytes, candidate
from tests.damage.commands import Answer, Ended, can_i_deploy, run
from tests.damage.stores import Store, world_of
from tests.stores.worlds import API, BILLING, PRODUCTION, STAGING, USERS, WEB, Expected, expects

SHIPPING: Final = "shipping"
AN_ORDER, MORE_OF_IT, A_BILL = expects("an order"), expects("more of an order"), expects("a bill")
A_USER, A_PARCEL = expects("a user", of=USERS), expects("a parcel", of=SHIPPING)


def furnish(store: Store) -> None:
    """Have two consumers live with their providers, and versions of one of these that break something."""
    world = world_of(store)
    world.publish(WEB, "1", AN_ORDER, A_USER)
    world.publish(BILLING, "1", A_BILL)
    world.publish(WEB, "1-more", MORE_OF_IT, branch="more")
    first, bill, more = world.contract(WEB, "1"), world.contract(BILLING, "1"), world.contract(WEB, "1-more")
    world.keep("5", (first, True), (bill, True), (more, True))
    world.keep("6", (first, False), (bill, True))
    world.keep("7", (first, True), (bill, True), (more, False))
    world.keep("3", (world.contract(WEB, "1", USERS), True), provider=USERS)
    for name, version in ((API, "5"), (USERS, "3"), (WEB, "1"), (BILLING, "1")):
        record(store, name, version)
    record(store, API, "5", STAGING)
    record(store, API, "7", instance="blue")
    world.end(API, "7", instance="blue")
    world.release(BILLING, "1")


def record(store: Store, name: str, version: str, environment: str = PRODUCTION, instance: str | None = None) -> None:
    """Record a deployment, wherever it is."""
    one = PacticipantVersion(name=name, version=version)
    world_of(store).store(new_environments=True).record(one, environment, instance, released=False)


@dataclass(frozen=True, slots=True)
class Question:
    """May this version be deployed there?"""

    service: str
    version: str
    environment: str = PRODUCTION
    stage: str = "change"
    branch: str = "main"

    def asked(self, store: Store) -> Answer:
        return can_i_deploy(
            store,
            candidate(
                service=self.service,
                version=self.version,
                branch=self.branch,
                environments=(self.environment,),
                stage=Stage(self.stage),
            ),
        )


QUESTIONS: Final = (
    Question(API, "5"),
    Question(API, "6"),
    Question(API, "6", stage="deploy"),
    Question(API, "6", STAGING),
    Question(API, "7"),
    Question(API, "8", stage="deploy"),
    Question(USERS, "3", stage="deploy"),
    Question(SHIPPING, "1"),
    Question(WEB, "1", stage="deploy"),
    Question(WEB, "2"),
)


def answers(store: Store, questions: Sequence[Question] = QUESTIONS) -> dict[Question, int]:
    """Ask everything that could be asked."""
    return {one: one.asked(store).code for one in questions}


def said(store: Store) -> set[tuple[str, bytes]]:
    """Return what is in a store but for times and numbers."""
    return {(_unnumbered(path), _undated(content)) for path, content in store.files().items()}


def _unnumbered(path: str) -> str:
    return re.sub(r"@\d+(?=-passed|-failed|\.json)", "", re.sub(r"/\d{6,}-", "/", path))


def _undated(content: bytes) -> bytes:
    return re.sub(rb'"at": "[^"]*"', b"", content)


def publish(store: Store, folder: Path, consumer: str, version: str, *expected: Expected, **options: str) -> Ended:
    """Publish what a consumer's tests have written."""
    pacts = folder / "pacts"
    shutil.rmtree(pacts, ignore_errors=True)
    pacts.mkdir(parents=True)
    for number, one in enumerate(expected):
        (pacts / f"{number}.json").write_bytes(as_bytes({"consumer": {"name": consumer}, **one.content}))
    given = {"service": consumer, "version": version, "branch": "main", "contracts": str(pacts)}
    return run("publish", store, folder, **given | options)


def keep(store: Store, broken: str = "") -> None:
    """Keep what came of the contracts of the two consumers at the next version of their provider."""
    world = world_of(store)
    every = (world.contract(BILLING, "1"), world.contract(WEB, "1"), world.contract(WEB, "1-more"))
    world.keep("8", *((one, f"{one.consumer}" != broken) for one in every))


def _publish(store: Store, folder: Path) -> object:
    return publish(store, folder, WEB, "2", MORE_OF_IT, A_PARCEL)


def _record(command: str, **options: str) -> Callable[[Store, Path], object]:
    return lambda store, folder: run(command, store, folder, **{"environment": PRODUCTION} | options)


ACTIONS: Final[Mapping[str, Callable[[Store, Path], Any]]] = {
    "publish": _publish,
    "publish for the first time": lambda store, folder: publish(store, folder, SHIPPING, "1", AN_ORDER),
    "keep results that are good": lambda store, _: keep(store),
    "keep results of which one is bad": lambda store, _: keep(store, broken=f"{WEB} 1"),
    "record a deployment": _record("record-deployment", service=API, version="7", branch="main"),
    "record a deployment that breaks something": _record("record-deployment", service=API, version="6", branch="main"),
    "record a deployment of an unknown version": _record("record-deployment", service=WEB, version="2", branch="main"),
    "record a release": _record("record-release", service=API, version="6"),
    "record an undeployment": _record("record-undeployment", service=WEB, version=""),
}
"""What writes, by the words for it."""
