"""What the very same commit honoured before is not verified again; whatever is another than then, or in doubt, is."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from gate.stores.built_in.folder import FolderTree
from tests.builders import http, pact
from tests.flows.broker_runs import told
from tests.flows.conftest import Provider
from tests.flows.repositories import Repository, checked_out, on
from tests.flows.runner_jobs import Job
from tests.flows.workspaces import Ended
from tests.servers import Reply, serving
from tests.stores.places import BuiltInPlace
from tests.stores.worlds import API, BILLING, WEB, World, expects, written

PAGE: Final = "https://github.com/acme/orders-api/actions/runs/12/attempts/1"
BODY: Final = "body = {'id': 42}"


@dataclass(frozen=True, slots=True)
class Scene:
    """A repository whose contracts are a folder's, and a provider that writes down what it is asked."""

    job: Job
    repository: Repository
    world: World
    store: Path
    command: str
    asked: Path

    def check(self, **inputs: str) -> Ended:
        return self.job.run("", **({"provider-command": self.command} | inputs))

    def asked_now(self) -> list[str]:
        """Return what the provider was asked since the last time, that it is there too; nothing if it was not."""
        asked = self.asked.read_text().splitlines()
        self.asked.write_text("")
        return list(dict.fromkeys(asked))

    @property
    def kept(self) -> list[Path]:
        return sorted((self.store / f"services/{API}/results").rglob("*.json"))

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Leave the store as it was."""
        before = self.store.with_name("before")
        shutil.copytree(self.store, before)
        yield
        shutil.rmtree(self.store)
        before.rename(self.store)

    def reused(self) -> list[str]:
        entries = self.job.workspace.report()["entries"]
        return [one["reused"] for entry in entries for one in entry["integration"]["results"] if one["reused"]]


@pytest.fixture
def scene(job: Job, tmp_path: Path, provider_command: Provider) -> Scene:
    """Have verified the contract of a live consumer once."""
    store, asked = tmp_path / "store", tmp_path / "asked"
    world = World("folder", BuiltInPlace(lambda: FolderTree(store)))
    store.mkdir()
    world.publish(WEB, "1", expects("an order"))
    world.deploy(WEB, "1")
    repository, _ = checked_out(job)
    job.inputs |= {"contracts": "", "store": str(store)}
    job.environment["PYTEST_CURRENT_TEST"] = ""  # it would be another in each phase of a test
    command = provider_command(f"open({str(asked)!r}, 'a').write(self.path + '\\n')\n{BODY}")
    scene = Scene(job, repository, world, store, command, asked)

    ended = scene.check()
    assert ended.code == 0, told(ended)
    assert scene.asked_now() == ["/", "/orders/42"]
    assert (len(scene.kept), scene.reused()) == (1, [])
    return scene


def _is_verified_again(scene: Scene, ended: Ended, code: int = 0) -> None:
    assert ended.code == code, told(ended)
    assert scene.asked_now() == ["/", "/orders/42"]
    assert scene.reused() == []
    assert "not tried again" not in told(ended)


def test_the_same_commit_is_asked_for_nothing_and_its_deployment_is_allowed(scene: Scene) -> None:
    ended = scene.check(stage="deploy")

    assert ended.code == 0, told(ended)
    assert (scene.asked_now(), scene.reused()) == ([], [PAGE])
    assert len(scene.kept) == 1
    assert scene.job.outputs["deployable"] == "true"
    note = f"1 interaction of 1 contract was not tried again: the very same honoured it before ({PAGE})."
    assert note in scene.job.workspace.report()["notes"]
    assert "was not tried again" in scene.job.summary


def test_only_the_contract_that_is_new_is_verified(scene: Scene) -> None:
    scene.world.publish(BILLING, "1", expects("an order", "the same order"))
    scene.world.deploy(BILLING, "1")
    ended = scene.check()

    assert ended.code == 0, told(ended)
    assert scene.asked_now()
    assert scene.reused() == [PAGE]
    assert len(scene.kept) == 2
    again = scene.check()
    assert again.code == 0
    assert (scene.asked_now(), scene.reused()) == ([], [PAGE] * 3)


def test_a_contract_that_is_new_and_broken_blocks(scene: Scene) -> None:
    scene.world.publish(BILLING, "1", written(pact(http("a total", response={"status": 404}), provider=API)))
    scene.world.deploy(BILLING, "1")
    ended = scene.check()

    assert ended.code == 1, told(ended)
    assert scene.reused() == [PAGE]


def test_a_changed_file_is_verified_and_not_kept(scene: Scene) -> None:
    scene.repository.write("service", "another service\n")
    ended = scene.check()

    _is_verified_again(scene, ended)
    assert len(scene.kept) == 1


def test_another_commit_is_verified(scene: Scene) -> None:
    scene.repository.git("commit", "--quiet", "--allow-empty", "--message", "another")
    on(scene.job, scene.repository.git("rev-parse", "HEAD"))

    _is_verified_again(scene, scene.check())
    assert len(scene.kept) == 2


def test_another_branch_of_the_same_commit_is_told_to_the_store(scene: Scene) -> None:
    _is_verified_again(scene, scene.check(branch="release"))
    assert len(scene.kept) == 2


def test_other_settings_and_another_environment_of_the_job_are_verified(scene: Scene) -> None:
    for inputs in (
        {"reuse-results": "never"},
        {"provider-env": "MODE=other"},
        {"dedupe": "off"},
        {"provider-headers": "X-Key: secret"},
        {"provider-command": f"MODE=other {scene.command}"},
    ):
        with scene.undone():
            _is_verified_again(scene, scene.check(**inputs))
    scene.job.environment["NODE_VERSION"] = "22"
    _is_verified_again(scene, scene.check())


def test_another_run_of_the_same_is_reused_and_another_attempt_is_verified(scene: Scene) -> None:
    scene.job.environment |= {"GITHUB_RUN_ID": "13", "GITHUB_RUN_ATTEMPT": "1"}
    assert scene.check().code == 0
    assert (scene.asked_now(), scene.reused()) == ([], [PAGE])

    scene.job.environment["GITHUB_RUN_ATTEMPT"] = "2"
    _is_verified_again(scene, scene.check())


def test_a_provider_that_is_only_reached_is_verified(scene: Scene) -> None:
    with serving(lambda _: Reply(body={"id": 42})) as server:
        ended = scene.job.run(server.url)

        assert ended.code == 0, told(ended)
        assert "/orders/42" in server.paths()
    assert scene.reused() == []


def test_what_failed_since_is_verified(scene: Scene, provider_command: Provider) -> None:
    failed = scene.check(**{"provider-command": provider_command("body = {'nr': 42}")})
    assert failed.code == 1, told(failed)
    assert len(scene.kept) == 2

    _is_verified_again(scene, scene.check())
    _is_verified_again(scene, scene.check())


EDITS: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "another engine": lambda said: said | {"engine": "pact-python-ffi 0.0.1"},
    "one interaction more": lambda said: said | {"interactions": 2},
    "other interactions": lambda said: said | {"listing": "0" * 64},
    "other settings": lambda said: said | {"configuration": "0" * 64},
}


def test_evidence_of_anything_else_is_verified(scene: Scene) -> None:
    (kept,) = scene.kept
    content = json.loads(kept.read_bytes())
    for edit in EDITS.values():
        with scene.undone():
            kept.write_text(json.dumps(content | {"reusable": edit(content["reusable"])}))
            _is_verified_again(scene, scene.check())
    assert scene.check().code == 0
    assert (scene.asked_now(), scene.reused()) == ([], [PAGE])


def test_what_a_laptop_keeps_is_for_others_to_rest_on_and_not_to_reuse(scene: Scene) -> None:
    kept = scene.kept
    for one in kept:
        one.unlink()
    commit = scene.repository.git("rev-parse", "HEAD")
    options = {
        "service": API,
        "version": commit,
        "environment": "production",
        "store": str(scene.store),
        "provider-command": scene.command,
        "publish-results": "always",
    }
    ended = scene.job.workspace.run(
        "check", *(word for name, value in options.items() for word in (f"--{name}", value))
    )

    assert ended.code == 0, told(ended)
    assert len(scene.kept) == 1
    scene.asked_now()
    _is_verified_again(scene, scene.check())
