import os
import subprocess
from pathlib import Path

import pytest

from gate.clients import git


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-q", "-b", "rename/total")
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-q", "-m", "a")
    return tmp_path


def test_commit_branch_and_cleanness(repository: Path) -> None:
    assert git.head_commit(repository) == _git(repository, "rev-parse", "HEAD")
    assert git.branch(repository) == "rename/total"
    assert git.is_modified(repository) is False


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    _git(repository, "checkout", "-q", "--detach")

    assert git.branch(repository) is None


def test_only_tracked_files_count_as_modified(repository: Path) -> None:
    (repository / "untracked").write_text("1")
    assert git.is_modified(repository) is False

    (repository / "a").write_text("2")
    assert git.is_modified(repository) is True


def test_outside_a_work_tree_nothing_is_known(tmp_path: Path) -> None:
    assert git.head_commit(tmp_path) is None
    assert git.branch(tmp_path) is None
    assert git.is_modified(tmp_path) is True


def test_without_git_nothing_is_known(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert git.head_commit(repository) is None


def test_what_a_repository_configures_is_not_started(repository: Path) -> None:
    witness = repository.parent / f"{repository.name}-witness"
    script = repository / "monitor"
    script.write_text(f"#!/bin/sh\nenv > '{witness}'\n")
    script.chmod(0o755)
    _git(repository, "config", "core.fsmonitor", str(script))

    assert git.is_modified(repository) is False
    assert not witness.exists()


def test_the_index_is_left_as_it_is(repository: Path) -> None:
    index = repository / ".git" / "index"
    (repository / "a").touch()
    before = index.read_bytes(), index.stat().st_ino

    assert git.is_modified(repository) is False
    assert (index.read_bytes(), index.stat().st_ino) == before


def test_no_variable_leads_to_another_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    assert git.head_commit(repository) == _git_here(repository)


def test_a_name_stands_for_a_commit(repository: Path) -> None:
    _git(repository, "tag", "-a", "v1", "-m", "one")
    head = _git(repository, "rev-parse", "HEAD")

    assert [git.commit_of(repository, name) for name in ("v1", head[:8], "rename/total")] == [head] * 3
    assert [git.commit_of(repository, name) for name in ("v2", "--help", "a\0b")] == [None] * 3


def _git_here(repository: Path) -> str:
    return (repository / ".git" / "refs" / "heads" / "rename" / "total").read_text().strip()


@pytest.mark.parametrize("name", ["spy", "a=b", "a.b"])
def test_no_filter_of_the_repository_is_started(repository: Path, name: str) -> None:
    witness = repository.parent / f"{repository.name}-filtered"
    _git(repository, "config", f"filter.{name}.clean", f"env > '{witness}'; cat")
    _git(repository, "config", f"filter.{name}.process", f"env > '{witness}'")
    (repository / ".gitattributes").write_text(f"* filter={name}\n")
    (repository / "a").write_text("2")

    assert git.is_modified(repository) is True
    assert not witness.exists()


def test_nothing_is_fetched_for_an_answer(repository: Path) -> None:
    witness = repository.parent / f"{repository.name}-fetched"
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::sh -c 'env > {witness}'",
        "protocol.ext.allow": "always",
    }.items():
        _git(repository, "config", name, value)

    assert git.commit_of(repository, "b" * 40) is None
    assert not witness.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_root_asks_as_the_owner_of_the_workspace(repository: Path) -> None:
    head = git.head_commit(repository)
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    repository.chmod(0o755)
    for folder in (repository.parent, repository.parent.parent, repository.parent.parent.parent):
        folder.chmod(0o755)

    assert git.head_commit(repository) == head
    assert git.is_modified(repository) is False
