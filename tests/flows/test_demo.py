"""The first ten minutes: the demo blocks, and allows once the field is named right."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.demo import EXAMPLE, run_demo
from gate.domain.errors import ConfigurationError
from tests.flows.workspaces import Workspace


@pytest.fixture
def example(tmp_path: Path) -> Workspace:
    """Return a copy of the example, in which nothing of an earlier run lies."""
    leftovers = shutil.ignore_patterns("contract-gate-*", "__pycache__")
    return Workspace(shutil.copytree(EXAMPLE, tmp_path / "orders", ignore=leftovers))


@pytest.fixture
def unharmed() -> Iterator[None]:
    """Give back what a person's own demo left in the example."""
    left = {path: path.read_bytes() for path in EXAMPLE.glob("contract-gate-*")}
    yield
    for path in EXAMPLE.glob("contract-gate-*"):
        path.unlink()
    for path, content in left.items():
        path.write_bytes(content)


@pytest.mark.usefixtures("unharmed")
def test_the_demo_blocks_and_says_what_to_look_at_next() -> None:
    ended = Workspace(EXAMPLE.parents[1]).run("demo", GATE_VERSION="demo")

    assert ended.code == 1
    assert "body $.total: the key “total” is missing" in ended.out
    assert "orders-api → production: blocked" in ended.out
    assert "examples/orders/contract-gate-report.md" in ended.out
    assert "Mend it: write `total`" in ended.out
    assert "blocked" in (EXAMPLE / "contract-gate-report.md").read_text()


def test_the_example_is_allowed_once_the_field_is_named_right(example: Workspace) -> None:
    source = example.folder / "orders.py"
    broken = source.read_text()
    source.write_text(broken.replace('"amount": 19.9', '"total": 19.9'))

    ended = example.run("verify", "--version", "demo")

    assert source.read_text() != broken
    assert ended.code == 0
    assert "orders-api → production: can be deployed" in ended.out
    assert "3 binding contracts honoured, 6 interactions" in ended.out


def test_a_good_demo_has_nothing_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []

    assert run_demo(lambda _: 0, said.append, tmp_path) == 0
    assert "Mend it" not in said[0]


def test_without_the_source_there_is_no_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the example is not here"):
        run_demo(lambda _: 0, print, tmp_path / "examples")
