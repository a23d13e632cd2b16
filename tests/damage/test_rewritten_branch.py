"""Somebody force-pushes or deletes the branch of the store: what was read from it holds no longer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from gate.domain.errors import StoreError
from gate.stores.built_in.tree import Change
from tests.damage.commands import ALLOW, BLOCK, UNKNOWN, run
from tests.damage.conftest import Furnished
from tests.damage.scenes import MORE_OF_IT, publish
from tests.damage.stores import BRANCH, GitStore
from tests.servers import Asked, Reply, serving
from tests.stores.worlds import API, PRODUCTION, WEB

pytestmark = pytest.mark.timeout(180)
REF: Final = f"refs/heads/{BRANCH}"
CANDIDATE: Final = {"service": API, "version": "9", "branch": "main", "environment": PRODUCTION}


def _to_an_older_commit(store: GitStore) -> None:
    store.git("update-ref", REF, f"{REF}~2")


def _to_another_way_on(store: GitStore) -> None:
    store.git("update-ref", REF, f"{REF}~1")
    store.vandalise({"README.md": b"another"})


def _to_the_same_without_its_history(store: GitStore) -> None:
    _to(store, f"{REF}^{{tree}}")


def _to_something_else(store: GitStore) -> None:
    _to(store, store.git("mktree").decode().strip())


def _to(store: GitStore, tree: str) -> None:
    who = ("-c", "user.name=v", "-c", "user.email=v@v")
    store.git("update-ref", REF, store.git(*who, "commit-tree", "-m", "rewritten", tree).decode().strip())


def _to_nothing(store: GitStore) -> None:
    store.git("update-ref", "-d", REF)


REWRITTEN: Final[Mapping[str, Callable[[GitStore], None]]] = {
    "an older commit": _to_an_older_commit,
    "another way on": _to_another_way_on,
    "the same without its history": _to_the_same_without_its_history,
    "an empty tree": _to_something_else,
    "nothing": _to_nothing,
}


@pytest.fixture
def own(furnished: Furnished, workspace: Path) -> GitStore:
    store = furnished("git").copied(workspace / "store.git")
    assert isinstance(store, GitStore)
    return store


def _tip(store: GitStore) -> bytes:
    return store.git("for-each-ref", "--format=%(objectname)", REF)


@pytest.mark.parametrize(
    ("to", "keeping"), [*((to, "never") for to in REWRITTEN), ("the same without its history", "always")]
)
def test_while_a_provider_is_verified(own: GitStore, workspace: Path, to: str, keeping: str) -> None:
    left: list[bytes] = []

    def answer(asked: Asked) -> Reply:
        if asked.path == "/orders/42" and not left:
            REWRITTEN[to](own)
            left.append(_tip(own))
        return Reply(body={"id": 42})

    with serving(answer) as provider:
        ended = run("check", own, workspace, **CANDIDATE, provider_url=provider.url, publish_results=keeping)

    assert (ended.code, f"branch {BRANCH}" in ended.said, "rewritten" in ended.said) == (UNKNOWN, True, True), (
        ended.said
    )
    assert [_tip(own)] == left


@pytest.mark.parametrize("to", REWRITTEN)
def test_while_something_is_written(own: GitStore, to: str) -> None:
    tree = own.tree()
    left: list[bytes] = []

    def decide() -> Change:
        REWRITTEN[to](own)
        left.append(_tip(own))
        return Change(files={"services/new/service.json": b"{}"}, subject="a new service")

    with pytest.raises(StoreError, match="rewritten") as error:
        tree.add(decide)

    assert f"branch {BRANCH}" in str(error.value)
    assert [_tip(own)] == left


def test_a_deleted_branch_is_no_store_and_a_new_one_is_not_begun_in_silence(own: GitStore, workspace: Path) -> None:
    _to_nothing(own)

    ended = run("can-i-deploy", own, workspace, **CANDIDATE)
    assert (ended.code, "there is no store yet" in ended.said, BRANCH in ended.said) == (UNKNOWN, True, True), (
        ended.said
    )
    recorded = run("record-deployment", own, workspace, **CANDIDATE)
    assert (recorded.code, _tip(own)) == (UNKNOWN, b""), recorded.said
    ended = publish(own, workspace, WEB, "2", MORE_OF_IT)
    assert (ended.code, "a new one was made" in ended.said) == (ALLOW, True), ended.said


def test_a_branch_with_something_else_on_it_is_no_store(own: GitStore, workspace: Path) -> None:
    own.vandalise({"contract-gate-store.json": None})
    before = _tip(own)

    for ended in (
        run("can-i-deploy", own, workspace, **CANDIDATE),
        run("record-deployment", own, workspace, **CANDIDATE),
        publish(own, workspace, WEB, "2", MORE_OF_IT),
    ):
        assert (ended.code, "no store of Contract Gate's" in ended.said) == (UNKNOWN, True), ended.said
    assert _tip(own) == before


def test_who_was_blocked_is_not_allowed_by_a_rewriting(own: GitStore, workspace: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/orders/42":
            _to_the_same_without_its_history(own)
        return Reply(status=500)

    with serving(answer) as provider:
        ended = run("check", own, workspace, **CANDIDATE, provider_url=provider.url, publish_results="always")

    assert (ended.code, "rewritten" in ended.said) == (BLOCK, True), ended.said
