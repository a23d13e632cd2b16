"""The first ten minutes: the demo blocks, allows once the field is named right, and shows two services over a store."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate import demo
from gate.demo import EXAMPLE, EXAMPLES, TWO_SERVICES, run_demo
from gate.domain.errors import ConfigurationError, GateError
from tests.flows.workspaces import Workspace

pytestmark = pytest.mark.measured

LEFTOVERS = shutil.ignore_patterns("contract-gate-*", "__pycache__", "demo")
ORDERS = f"{TWO_SERVICES.name}/orders-api/orders.py"
STORE = f"{TWO_SERVICES.name}/demo/contracts.git"

# What each step of the second act says at least, one after the other.
STORY = (
    "web-app 1 publishes what it expects of orders-api.",
    "$ gate publish --service web-app --version 1",
    "1 contract was published for web-app 1, branch main: with orders-api.",
    "orders-api 1 is verified against that, in its own pipeline.",
    "orders-api → production: can be deployed",
    "orders-api 1 → production: deployment recorded, and it gets on with what is live",
    "web-app 1 may be deployed: the orders-api that is live honours it.",
    "web-app → production: can be deployed",
    "1 binding contract honoured, 1 of them by a result that the store keeps",
    "web-app 1 → production: deployment recorded, and it gets on with what is live",
    "orders-api 2 renames a field. Its pull request is blocked.",
    "body $.total: the key “total” is missing",
    "broken by this change",
    "orders-api → production: blocked",
    "orders-api 3 takes that back, and is verified anew.",
    "1 binding contract honoured, 2 interactions",
    "orders-api 3 → production: deployment recorded, and it gets on with what is live",
)
COMMITS = [
    "orders-api 3: deployed to production",
    "orders-api 3: honours web-app 1",
    "orders-api 2: breaks web-app 1",
    "web-app 1: deployed to production",
    "orders-api 1: deployed to production",
    "orders-api 1: honours web-app 1",
    "web-app 1: contract with orders-api",
]


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand beside a copy of the examples, in which nothing of an earlier run lies."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=LEFTOVERS))


@pytest.fixture
def unharmed(tmp_path: Path) -> Iterator[None]:
    """Give back what a person's own demo left in the examples."""
    played, kept = TWO_SERVICES / "demo", tmp_path / "demo"
    left = {path: path.read_bytes() for path in EXAMPLE.glob("contract-gate-*")}
    if played.exists():
        shutil.move(played, kept)
    yield
    for path in EXAMPLE.glob("contract-gate-*"):
        path.unlink()
    for path, content in left.items():
        path.write_bytes(content)
    shutil.rmtree(played, ignore_errors=True)
    if kept.exists():
        shutil.move(kept, played)


def commits(store: Path) -> list[str]:
    """Return what a store was told, the newest first."""
    log = ["git", "-C", str(store), "log", "--format=%s", "contract-gate"]
    return subprocess.run(log, check=True, capture_output=True, text=True).stdout.splitlines()


def broken(examples: Path) -> Path:
    """Have the provider of the second act end at once."""
    (examples / ORDERS).write_text("raise SystemExit('the service has lost its configuration')\n")
    return examples


def played(examples: Path) -> tuple[str, str]:
    """Play the demo, which fails; return what it said and how it failed."""
    said: list[str] = []
    with pytest.raises(GateError) as failed:
        run_demo(lambda _: 1, said.append, examples)
    return "\n".join(said), str(failed.value)


@pytest.mark.timeout(200)
@pytest.mark.usefixtures("unharmed")
def test_the_demo_blocks_plays_two_services_and_says_what_to_look_at_next() -> None:
    here = Workspace(EXAMPLES.parent)
    ended = here.ended(here.start("demo", GATE_VERSION="demo"), patience=180)

    assert ended.code == 1, ended.err
    first, second = ended.out.split("Act two:")
    assert "body $.total: the key “total” is missing" in first
    assert "orders-api → production: blocked" in first
    assert "blocked" in (EXAMPLE / "contract-gate-report.md").read_text()
    at = 0
    for line in STORY:
        at = second.index(line, at) + len(line)
    assert commits(EXAMPLES / STORE) == COMMITS
    assert [line[10:] for line in second[at:].splitlines() if line[10:] in COMMITS] == COMMITS
    assert "git -C examples/two-services/demo/contracts.git log --stat contract-gate" in second
    assert "examples/orders/contract-gate-report.md" in second
    assert "Mend it: write `total`" in second


def test_the_example_is_allowed_once_the_field_is_named_right(examples: Path) -> None:
    source = examples / EXAMPLE.name / "orders.py"
    broken = source.read_text()
    source.write_text(broken.replace('"amount": 19.9', '"total": 19.9'))

    ended = Workspace(source.parent).run("verify", "--version", "demo")

    assert source.read_text() != broken
    assert ended.code == 0
    assert "orders-api → production: can be deployed" in ended.out
    assert "3 binding contracts honoured, 6 interactions" in ended.out


def test_a_good_demo_has_nothing_to_mend(examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STEPS", demo.STEPS[:1])
    said: list[str] = []

    assert run_demo(lambda _: 0, said.append, examples) == 0
    assert "What to look at next" in said[-1]
    assert "Mend it" not in said[-1]
    assert commits(examples / STORE) == COMMITS[-1:]


def test_a_step_that_ends_otherwise_ends_the_demo_and_shows_why(examples: Path) -> None:
    said, why = played(broken(examples))

    assert "the demo's step ended with 3, and not with 0: " in why
    assert "the service has lost its configuration" in why
    assert "provider-command ended with exit code 1 before the provider was ready" in said
    assert "It is deployed" not in said


def test_a_demo_that_was_broken_off_can_be_played_again(examples: Path) -> None:
    """Nothing of the first time is there any more, neither in the store nor in the services."""
    first = played(broken(examples))
    (examples / TWO_SERVICES.name / "demo" / "web-app" / "stray").touch()

    assert played(examples) == first
    assert commits(examples / STORE) == COMMITS[-1:]
    assert not list(examples.rglob("stray"))


def test_what_keeps_the_second_act_from_being_played_is_said(examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(examples))
    _, no_git = played(examples)
    (examples / "git").write_text("#!/bin/sh\necho 'fatal: the disk is full' >&2\nexit 128\n")
    (examples / "git").chmod(0o755)
    _, failing_git = played(examples)
    stage = examples / TWO_SERVICES.name / "demo"
    shutil.rmtree(stage)
    stage.write_text("mine")
    _, in_the_way = played(examples)

    assert no_git.startswith(
        "the second act could not be played: [Errno 2] No such file or directory: 'git' It needs git"
    )
    assert failing_git.startswith("the second act could not be played: fatal: the disk is full")
    assert str(stage) in in_the_way
    assert stage.read_text() == "mine"


def test_without_the_source_there_is_no_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the example is not here"):
        run_demo(lambda _: 0, print, tmp_path / "examples")
