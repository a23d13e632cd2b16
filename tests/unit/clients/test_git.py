import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from gate.clients import git


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _change(repository: Path, path: str, text: str = "2") -> str:
    """Write a file, commit it, and give the commit."""
    (repository / path).parent.mkdir(parents=True, exist_ok=True)
    (repository / path).write_text(text)
    return _commit(repository, path)


def _commit(repository: Path, *paths: str) -> str:
    _git(repository, "--literal-pathspecs", "add", "--", *paths)
    _git(repository, "commit", "-q", "-m", "a change")
    return _git(repository, "rev-parse", "HEAD")


def _merge(repository: Path) -> str:
    _git(repository, "merge", "-q", "--no-ff", "-m", "both", "side")
    return _git(repository, "rev-parse", "HEAD")


def _clone(repository: Path, *how: str) -> Path:
    folder = repository.parent / f"{repository.name}-clone"
    _git(repository, "config", "uploadpack.allowFilter", "true")
    _git(repository, "clone", "-q", *how, repository.as_uri(), str(folder))
    return folder


def _surely(commit: str) -> git.LastChange:
    return git.LastChange(commit=commit, certain=True)


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
    assert git.is_modified(repository) is True


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


@pytest.mark.parametrize("name", ["spy", "a=b", "a.b", "a\u2028b", os.fsdecode(b"a\xffb")])
def test_no_filter_of_the_repository_is_started(repository: Path, name: str) -> None:
    witness = repository.parent / f"{repository.name}-filtered"
    _git(repository, "config", f"filter.{name}.clean", f"env > '{witness}'; cat")
    _git(repository, "config", f"filter.{name}.process", f"env > '{witness}'")
    (repository / ".gitattributes").write_bytes(os.fsencode(f"* filter={name}\n"))
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
    assert git.last_change(repository, "b" * 40, ".") is None
    assert not witness.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_root_asks_as_the_owner_of_the_workspace(repository: Path) -> None:
    head = git.head_commit(repository)
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    for folder in (repository, *repository.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder == Path(tempfile.gettempdir()):
            break  # whoever gave us this folder may have kept it to themselves

    assert git.head_commit(repository) == head
    assert git.is_modified(repository) is False


# The part of a repository that is asked about


def test_modified_below_a_path(repository: Path) -> None:
    _change(repository, "services/orders/b")
    (repository / "a").write_text("2")
    services = repository / "services"

    assert git.is_modified(repository) is True
    assert git.is_modified(services) is True, "without a path, it is the whole repository"
    assert git.is_modified(repository, "a") is True
    assert git.is_modified(services, "../a") is True
    assert git.is_modified(services, ".") is False
    assert git.is_modified(repository, "services/orders") is False

    (services / "orders" / "b").write_text("3")
    assert git.is_modified(repository, "services/orders") is True


def _exchange(file: Path, text: str) -> None:
    """Put another file of the same size and time in its place."""
    before, other = file.stat(), file.with_name("other")
    other.write_text(text)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)


def _trust_size_and_time(repository: Path, file: Path) -> None:
    """Have git look no further, as it may where the file is older than what it wrote down."""
    _git(repository, "config", "core.checkStat", "minimal")
    _git(repository, "config", "core.trustctime", "false")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    _git(repository, "update-index", "--refresh")


@pytest.mark.parametrize("path", [None, "."])
def test_a_changed_file_of_the_same_size_and_time_counts_as_modified(repository: Path, path: str | None) -> None:
    _trust_size_and_time(repository, repository / "a")
    assert git.is_modified(repository, path) is False

    _exchange(repository / "a", "2")
    assert _git(repository, "status", "--porcelain", "--untracked-files=no") == ""
    assert git.is_modified(repository, path) is True


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
@pytest.mark.parametrize("path", [None, "src", "."])
def test_a_file_that_git_was_told_to_pass_over_counts_as_modified(
    repository: Path, flag: str, path: str | None
) -> None:
    _change(repository, "src/b")
    _git(repository, "update-index", flag, "src/b")
    (repository / "src/b").write_text("broken")

    assert git.is_modified(repository, path) is True
    assert git.is_modified(repository / "src", None if path is None else ".") is True


def test_a_sparse_checkout_leaves_files_out_and_modifies_none(repository: Path) -> None:
    _change(repository, "src/b")
    _change(repository, "docs/c")
    _git(repository, "sparse-checkout", "set", "--no-cone", "/src/")

    assert not (repository / "docs").exists()
    assert git.is_modified(repository) is False


def test_files_of_another_folder_are_not_those_of_this_one(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pristine = tmp_path_factory.mktemp("pristine")
    (pristine / "a").write_text("1")
    (repository / "a").write_text("2")
    _git(repository, "config", "core.worktree", str(pristine))

    assert git.is_modified(repository) is True


@pytest.fixture
def submodule(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    other = tmp_path_factory.mktemp("other")
    _git(other, "init", "-q")
    _change(other, "a")
    _git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "lib")
    _git(repository, "config", "--file", ".gitmodules", "submodule.lib.ignore", "all")
    _git(repository, "config", "submodule.lib.ignore", "all")
    _commit(repository, ".gitmodules", "lib")
    return repository / "lib"


def test_a_submodule_is_a_part_of_the_commit_whatever_git_was_told(repository: Path, submodule: Path) -> None:
    assert git.is_modified(repository) is False

    (submodule / "a").write_text("broken")
    assert git.is_modified(repository) is True

    _commit(submodule, "a")
    assert git.is_modified(repository) is True


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_what_a_submodule_passes_over_counts_as_modified(repository: Path, submodule: Path, flag: str) -> None:
    _git(submodule, "update-index", flag, "a")
    (submodule / "a").write_text("broken")

    assert git.is_modified(repository) is True
    assert git.is_modified(repository, "lib") is True


def test_a_changed_file_of_a_submodule_of_the_same_size_and_time_counts_as_modified(
    repository: Path, submodule: Path
) -> None:
    _trust_size_and_time(submodule, submodule / "a")
    assert git.is_modified(repository) is False

    _exchange(submodule / "a", "3")
    assert _git(submodule, "status", "--porcelain", "--untracked-files=no") == ""
    assert git.is_modified(repository) is True


def test_a_submodule_beside_the_path_is_none_of_it(repository: Path, submodule: Path) -> None:
    _change(repository, "src/b")
    (submodule / "a").write_text("broken")

    assert git.is_modified(repository, "src") is False
    assert git.is_modified(repository, "lib") is True


def test_a_submodule_of_a_submodule_is_looked_into(
    repository: Path, submodule: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inner = tmp_path_factory.mktemp("inner")
    _git(inner, "init", "-q")
    _change(inner, "c")
    _git(submodule, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "deep")
    _commit(submodule, ".gitmodules", "deep")
    _commit(repository, "lib")
    assert git.is_modified(repository) is False

    (submodule / "deep" / "c").write_text("broken")
    assert git.is_modified(repository) is True


def test_a_submodule_that_git_cannot_look_into_counts_as_modified(repository: Path, submodule: Path) -> None:
    (submodule / ".git").write_text("gitdir: nowhere\n")

    assert git.is_modified(repository) is True


def test_a_submodule_that_is_not_checked_out_is_not_modified(repository: Path, submodule: Path) -> None:
    _git(repository, "submodule", "deinit", "-q", "--force", "lib")

    assert list(submodule.iterdir()) == []
    assert git.is_modified(repository) is False


def test_a_submodule_whose_files_come_from_anywhere_is_modified(repository: Path, submodule: Path) -> None:
    _git(repository, "submodule", "deinit", "-q", "--force", "lib")
    (submodule / "a").write_text("2")

    assert git.is_modified(repository) is True


def test_no_filter_of_a_submodule_is_started(repository: Path, submodule: Path) -> None:
    started = repository / "started"
    _git(submodule, "config", "filter.x.clean", f"touch {started}; cat")
    (Path(_git(submodule, "rev-parse", "--absolute-git-dir")) / "info").mkdir(exist_ok=True)
    (Path(_git(submodule, "rev-parse", "--absolute-git-dir")) / "info/attributes").write_text("* filter=x\n")
    (submodule / "a").write_text("3")

    assert git.is_modified(repository) is True
    assert not started.exists()


def test_a_file_that_was_moved_away_is_a_modification(repository: Path) -> None:
    _change(repository, "services/orders/b")
    _git(repository, "mv", "services/orders/b", "b")

    assert git.is_modified(repository, "services") is True


@pytest.mark.parametrize("path", ["..", "", "a\0b"])
def test_what_is_not_in_the_repository_counts_as_modified(repository: Path, path: str) -> None:
    assert git.is_modified(repository, path) is True


def test_a_pattern_is_the_name_of_a_file(repository: Path) -> None:
    _change(repository, "*")
    (repository / "a").write_text("2")

    assert git.is_modified(repository, "*") is False
    assert git.is_modified(repository, ":(glob)*") is False


@pytest.mark.parametrize("place", ["", "services/orders", " spaced ", "line\nbreak", os.fsdecode(b"a\xffb")])
def test_where_a_folder_lies_in_its_repository(repository: Path, place: str) -> None:
    folder = repository / place
    folder.mkdir(parents=True, exist_ok=True)

    assert git.prefix(folder) == (f"{place}/" if place else "")


def test_what_is_no_place_in_a_work_tree(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert git.prefix(repository / ".git") is None
    assert git.prefix(repository / "nowhere") is None
    assert git.prefix(tmp_path_factory.mktemp("elsewhere")) is None


# The last change


def test_the_last_change_of_a_path(repository: Path) -> None:
    first = git.head_commit(repository) or ""
    orders = _change(repository, "services/orders/b")
    web = _change(repository, "services/web/b")
    services = repository / "services"

    assert git.last_change(repository, "HEAD", "a") == _surely(first)
    assert git.last_change(repository, "HEAD", "services/orders") == _surely(orders)
    assert git.last_change(repository, "HEAD", "services/orders/") == _surely(orders)
    assert git.last_change(repository, "HEAD", "services") == _surely(web)
    assert git.last_change(repository, "HEAD", ".") == _surely(web)
    assert git.last_change(services / "orders", "HEAD", ".") == _surely(orders)
    assert git.last_change(services, "HEAD", "../a") == _surely(first)
    assert git.last_change(repository, orders[:8], "services") == _surely(orders)
    assert git.last_change(repository, first, "services") is None


def test_who_removed_a_path_changed_it_last(repository: Path) -> None:
    _git(repository, "rm", "-q", "a")
    removed = _commit(repository)
    _change(repository, "b")

    assert git.last_change(repository, "HEAD", "a") == _surely(removed)


def test_a_merge_that_took_a_path_from_one_side(repository: Path) -> None:
    _git(repository, "checkout", "-q", "-b", "side")
    side = _change(repository, "services/b")
    _git(repository, "checkout", "-q", "-")
    main = _change(repository, "a")
    merge = _merge(repository)

    assert git.last_change(repository, "HEAD", "services") == _surely(side)
    assert git.last_change(repository, "HEAD", "a") == _surely(main)
    assert git.last_change(repository, "HEAD", ".") == _surely(merge)


def test_a_merge_that_took_a_path_from_both_sides_changed_it(repository: Path) -> None:
    _git(repository, "checkout", "-q", "-b", "side")
    _change(repository, "services/b")
    _git(repository, "checkout", "-q", "-")
    _change(repository, "services/c")
    merge = _merge(repository)
    _change(repository, "a")

    assert git.last_change(repository, "HEAD", "services") == _surely(merge)


@pytest.mark.parametrize("path", ["..", "", "a\0b", "nowhere", "a/b", ":/", ":(top)", "--all", "-p"])
def test_no_change_of_what_is_not_in_the_repository(repository: Path, path: str) -> None:
    assert git.last_change(repository, "HEAD", path) is None


@pytest.mark.parametrize("commit", ["nothing", "", "--all", "HEAD..HEAD", "^HEAD", "HEAD:a"])
def test_no_change_before_what_is_no_commit(repository: Path, commit: str) -> None:
    assert git.last_change(repository, commit, "a") is None


@pytest.mark.parametrize("path", ["*", "[a]", "a?", ":(glob)x", ":a", "!a", "-a", "--all", "\u2028", "line\nbreak"])
def test_a_path_is_taken_as_it_is_written(repository: Path, path: str) -> None:
    named = _change(repository, path)
    for other in ("aa", "x", "b"):
        _change(repository, other)

    assert git.last_change(repository, "HEAD", path) == _surely(named)


def test_a_symbolic_link_is_a_path_of_its_own(repository: Path) -> None:
    _change(repository, "services/v1/b")
    (repository / "current").symlink_to("services/v1")
    linked = _commit(repository, "current")
    _change(repository, "services/v1/b", "3")

    assert git.last_change(repository, "HEAD", "current") == _surely(linked)
    assert git.last_change(repository, "HEAD", "current/b") is None


def test_a_folder_behind_a_symbolic_link_is_where_it_is(repository: Path) -> None:
    changed = _change(repository, "services/v1/b")
    (repository / "current").symlink_to("services/v1")
    _commit(repository, "current")

    assert git.last_change(repository / "current", "HEAD", ".") == _surely(changed)
    assert git.prefix(repository / "current") == "services/v1/"


def test_a_submodule_changes_with_the_commit_that_it_stands_at(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = tmp_path_factory.mktemp("library")
    _git(library, "init", "-q", "-b", "main")
    inner = _change(library, "deep/b")
    _git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "library")
    _git(repository, "config", "submodule.library.ignore", "all")
    outer = _commit(repository, "library")
    _change(repository, "a")

    assert git.last_change(repository, "HEAD", "library") == _surely(outer)
    assert git.last_change(repository, "HEAD", "library/deep") is None
    assert git.last_change(repository / "library", "HEAD", "deep") == _surely(inner)
    assert git.prefix(repository / "library" / "deep") == "deep/"


def test_where_history_ends_early_the_last_change_is_not_certain(repository: Path) -> None:
    cut = [_change(repository, "services/b", text) for text in "23"][-1]
    last = _change(repository, "a")
    clone = _clone(repository, "--depth=2")

    assert git.last_change(clone, "HEAD", "a") == _surely(last)
    assert git.last_change(clone, "HEAD", "services") == git.LastChange(commit=cut, certain=False)

    _git(clone, "fetch", "-q", "--unshallow")
    assert git.last_change(clone, "HEAD", "services") == _surely(cut)


def test_a_merge_of_which_one_side_ends_early(repository: Path) -> None:
    _git(repository, "checkout", "-q", "-b", "side")
    side = [_change(repository, "services/b", text) for text in "23"][-1]
    _git(repository, "checkout", "-q", "-")
    main = [_change(repository, "a", text) for text in "23"][-1]
    merge = _merge(repository)
    clone = _clone(repository, "--depth=2")

    assert git.last_change(clone, "HEAD", ".") == _surely(merge)
    assert git.last_change(clone, "HEAD", "services") == git.LastChange(commit=side, certain=False)
    assert git.last_change(clone, "HEAD", "a") == git.LastChange(commit=main, certain=False)


def test_the_first_commit_is_certain_even_where_fetching_ended_at_it(repository: Path) -> None:
    first = git.head_commit(repository) or ""
    _change(repository, "b")
    clone = _clone(repository, "--depth=2")

    assert (clone / ".git" / "shallow").read_text().strip() == first
    assert git.last_change(clone, "HEAD", "a") == _surely(first)


def test_history_is_as_it_was_committed(repository: Path) -> None:
    first = git.head_commit(repository) or ""
    _change(repository, "b")
    last = _change(repository, "a")
    _git(repository, "replace", last, first)
    grafts = repository / ".git" / "info" / "grafts"
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(f"{last}\n")

    assert git.last_change(repository, "HEAD", "a") == _surely(last)
    assert git.last_change(repository, "HEAD^", "a") == _surely(first)


def test_what_was_not_fetched_is_not_known(repository: Path) -> None:
    first = git.head_commit(repository) or ""
    _change(repository, "b")
    without_files = _clone(repository, "--filter=blob:none", "--no-checkout")

    assert git.last_change(without_files, "HEAD", "a") == _surely(first)
    assert git.file_on_default_branch(without_files, "a") is None


def test_without_the_folders_of_earlier_commits_no_last_change_is_known(repository: Path) -> None:
    _change(repository, "b")
    without_folders = _clone(repository, "--filter=tree:0")

    assert git.last_change(without_folders, "HEAD", "a") is None
    assert git.last_change(without_folders, "HEAD", "b") is None


def test_no_program_is_started_for_a_change_or_a_file(repository: Path) -> None:
    witness = repository.parent / f"{repository.name}-started"
    last = _change(repository, ".gitattributes", "* diff=spy filter=spy\n")
    program = f"env > '{witness}'; cat"
    for name in ("diff.external", "diff.spy.textconv", "diff.spy.command", "filter.spy.smudge", "gpg.program"):
        _git(repository, "config", name, program)
    _git(repository, "config", "log.showSignature", "true")
    _git(repository, "update-ref", git.DEFAULT_BRANCH, "HEAD")

    assert git.last_change(repository, "HEAD", ".") == _surely(last)
    assert git.file_on_default_branch(repository, "a") == b"1"
    assert not witness.exists()


# The default branch


@pytest.fixture
def clone(repository: Path) -> Path:
    content = {
        "b": b"\r\n \xff\0 \n",
        "services/c": b"3\n",
        "most": b"x" * git.MAX_FILE,
        "more": b"x" * (git.MAX_FILE + 1),
    }
    (repository / "services").mkdir()
    for path, text in content.items():
        (repository / path).write_bytes(text)
    (repository / "run").write_text("#!")
    (repository / "run").chmod(0o755)
    (repository / "link").symlink_to("a")
    (repository / ".gitattributes").write_text("* text=auto eol=crlf ident\n")
    _git(repository, "-c", "core.safecrlf=false", "add", ".")
    _commit(repository, "b")
    return _clone(repository)


def test_a_file_of_the_default_branch(repository: Path, clone: Path) -> None:
    _git(clone, "checkout", "-q", "-b", "feature")
    _change(clone, "a", "changed here")
    _change(clone, "new", "only here")
    asked = {name: git.file_on_default_branch(clone, name) for name in ("a", "new", "run", "services/c")}

    assert asked == {"a": b"1", "new": None, "run": b"#!", "services/c": b"3\n"}
    assert git.file_on_default_branch(clone / "services", "services/c") == b"3\n"
    assert git.file_on_default_branch(clone / "services", "c") is None


def test_a_file_comes_byte_for_byte(repository: Path, clone: Path) -> None:
    kept = subprocess.run(["git", "-C", str(repository), "cat-file", "blob", "HEAD:b"], check=True, capture_output=True)

    assert git.file_on_default_branch(clone, "b") == kept.stdout
    assert kept.stdout.endswith(b" \xff\0 \n")
    assert (clone / "services" / "c").read_bytes() == b"3\r\n"
    assert git.file_on_default_branch(clone, "services/c") == b"3\n"


def test_a_file_is_read_up_to_a_mebibyte(clone: Path) -> None:
    assert git.file_on_default_branch(clone, "most") == b"x" * git.MAX_FILE
    assert git.file_on_default_branch(clone, "more") is None


@pytest.mark.parametrize(
    "name",
    ["link", "services", "services/", "", ".", "..", "../a", "*", ":/a", ":(top)a", "--name-only", "-r", "a\0b", "/a"],
)
def test_what_is_no_file_of_the_default_branch(clone: Path, name: str) -> None:
    assert git.file_on_default_branch(clone, name) is None


@pytest.mark.parametrize(
    "name", ["--name-only", ":(top)a", "*", "[a]", "\u2028", "line\nbreak", os.fsdecode(b"a\xffb")]
)
def test_a_file_is_taken_as_its_name_is_written(repository: Path, name: str) -> None:
    _change(repository, name, "odd")
    _git(repository, "update-ref", git.DEFAULT_BRANCH, "HEAD")

    assert git.file_on_default_branch(repository, name) == b"odd"


def test_no_default_branch_is_known(repository: Path, clone: Path) -> None:
    assert git.file_on_default_branch(repository, "a") is None

    _git(clone, "remote", "set-head", "origin", "--delete")
    assert git.file_on_default_branch(clone, "a") is None

    _git(clone, "symbolic-ref", git.DEFAULT_BRANCH, "refs/remotes/origin/gone")
    assert git.file_on_default_branch(clone, "a") is None
