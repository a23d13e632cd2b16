import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gate.clients.git_branch import GitAccess, GitBranch, GitError, RewrittenError
from tests.git_servers import CLEAN, Repository, git_branch, make_repository

FILES = {"environments/production/web": "v1", "services/orders/a": "1", "services/orders/b": "2", "services/web/a": "3"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "store.git")


@pytest.fixture
def branch(repository: Repository) -> Iterator[GitBranch]:
    with git_branch(repository.path) as opened:
        yield opened


def _ours(branch: GitBranch, *arguments: str) -> str:
    """Ask the repository that the branch was fetched to."""
    assert branch._opened is not None
    return Repository(Path(branch._opened[0]._environment["GIT_DIR"])).git(*arguments)


@pytest.fixture
def laptop(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitBranch]:
    """Go there as a user whose configuration is empty. Only so a local repository's hooks are run."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with git_branch(repository.path, user_configuration=True) as opened:
        yield opened


# Reading


def test_what_is_on_a_branch(repository: Repository, branch: GitBranch) -> None:
    commit = repository.commit(FILES)

    assert branch.fetch() == commit
    assert branch.folders(["", "services", "services/orders", "services/none", "x/y"]) == {
        "": ("environments", "services"),
        "services": ("orders", "web"),
        "services/orders": ("a", "b"),
        "services/none": (),
        "x/y": (),
    }
    assert branch.files([*FILES, "none", "x/y"]) == {path: text.encode() for path, text in FILES.items()}


def test_nothing_is_on_a_branch_that_is_not_there(repository: Repository, branch: GitBranch) -> None:
    assert branch.fetch() is None
    assert branch.folders(["", "services"]) == {"": (), "services": ()}
    assert branch.files(["services/orders/a"]) == {}

    repository.commit(FILES, branch="another")
    assert branch.fetch() is None

    commit = repository.commit({"a": "1"})
    assert branch.fetch() == commit
    assert branch.files(["a"]) == {"a": b"1"}


def test_what_is_read_is_what_was_fetched(repository: Repository, branch: GitBranch) -> None:
    repository.commit(FILES)
    branch.fetch()
    commit = repository.commit({"services/orders/a": "changed", "services/orders/c": "new"})
    before = branch.folders(["services/orders"]), branch.files(["services/orders/a"])

    assert before == ({"services/orders": ("a", "b")}, {"services/orders/a": b"1"})
    assert branch.fetch() == commit
    assert branch.folders(["services/orders"]) == {"services/orders": ("a", "b", "c")}
    assert branch.files(["services/orders/a"]) == {"services/orders/a": b"changed"}


@pytest.fixture
def odd(repository: Repository) -> Repository:
    """Put things of each kind on the branch."""
    repository.commit({"file": "1", "folder/file": "2"})
    blob = repository.git("hash-object", "-w", "--stdin", given="file")
    stream = (
        f"commit refs/heads/store\ncommitter A <a@b> 1 +0000\ndata 0\nfrom {repository.tip()}\n"
        f"M 120000 {blob} link\nM 160000 {repository.tip()} module\nM 100755 {blob} program\ndone\n"
    )
    repository.git("fast-import", "--quiet", "--done", given=stream)
    return repository


@pytest.mark.usefixtures("odd")
def test_what_may_be_executed_is_a_file_too(branch: GitBranch) -> None:
    branch.fetch()

    assert branch.folders([""]) == {"": ("file", "folder", "link", "module", "program")}
    assert branch.files(["file", "program"]) == {"file": b"1", "program": b"file"}


@pytest.mark.parametrize("path", ["file", "link", "module", "program", "link/x", "module/x", "file/x", "file/x/y"])
def test_what_is_no_folder_is_not_taken_for_an_empty_one(odd: Repository, branch: GitBranch, path: str) -> None:
    branch.fetch()
    with pytest.raises(GitError) as error:
        branch.folders(["folder", path])

    assert str(error.value) == (
        f"{odd.path}: {path.partition('/')[0]}: what is there is no folder, or no file, where it should be one. "
        "Restore it as it was."
    )


@pytest.mark.parametrize("path", ["", "folder", "link", "module", "link/x", "module/x", "file/x", "file/x/y"])
def test_what_is_no_file_is_neither_missing_nor_written_over(odd: Repository, branch: GitBranch, path: str) -> None:
    before = branch.fetch()
    with pytest.raises(GitError, match="no folder, or no file"):
        branch.files(["file", path])
    with pytest.raises(GitError, match="no folder, or no file"):
        branch.push({path: b""}, "over it")

    assert odd.tip() == before


def test_a_file_has_a_limit(repository: Repository) -> None:
    repository.commit({"small": "x" * 200, "large": "x" * 201})
    access = GitAccess(url=str(repository.path), branch="store", user_configuration=False)
    with closing(GitBranch(access, size_limit=200)) as branch:
        branch.fetch()
        assert branch.files(["small"]) == {"small": b"x" * 200}
        with pytest.raises(GitError) as error:
            branch.files(["small", "large"])

    assert str(error.value) == (
        f"{repository.path}: something there has more than 200 bytes. Raise max-contract-size if it is a contract."
    )


@pytest.mark.parametrize("names", [["."], [".."], ["a/b"], ["a", "a"]])
def test_a_folder_that_git_would_not_have_made(repository: Repository, branch: GitBranch, names: list[str]) -> None:
    repository.commit({"a": "1"})
    blob = bytes.fromhex(repository.git("rev-parse", "store:a"))
    folder = b"".join(b"100644 " + name.encode() + b"\0" + blob for name in names)
    tree = repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=folder)
    repository.move(repository.git("commit-tree", tree, "-m", "odd"))
    branch.fetch()
    with pytest.raises(GitError) as error:
        branch.folders([""])

    assert error.value.what == f"a folder there has {names[-1]!r} in it, or has it twice."


@pytest.mark.parametrize("count", [1, 12])
def test_a_later_fetch_brings_what_is_new_and_no_more(repository: Repository, branch: GitBranch, count: int) -> None:
    for number in range(30):
        repository.commit({"services/orders/a": str(number)})
    branch.fetch()
    assert _ours(branch, "rev-list", "--count", "--all") == "1"
    for number in range(count):
        repository.commit({f"services/s{number}/a": "new"})
    tip = branch.fetch()

    assert tip == repository.tip()
    assert _ours(branch, "rev-list", "--count", "--all") == str(1 + count)
    assert _ours(branch, "rev-parse", "--is-shallow-repository") == "true"
    assert branch.files([f"services/s{count - 1}/a"]) == {f"services/s{count - 1}/a": b"new"}


def test_a_merge_is_no_rewriting(repository: Repository, branch: GitBranch) -> None:
    base = repository.commit(FILES)
    side = repository.commit({"side": "1"}, branch="side", onto=base)
    before = repository.commit({"services/orders/a": "2"})
    branch.fetch()
    tree = repository.git("rev-parse", f"{side}^{{tree}}")
    repository.move(repository.git("commit-tree", tree, "-p", side, "-p", before, "-m", "both"))

    assert branch.fetch() == repository.tip()
    assert branch.files(["side"]) == {"side": b"1"}


@pytest.mark.parametrize("where", ["older", "older, shallow", "unrelated", "a sibling", "none"])
def test_a_rewritten_branch(repository: Repository, branch: GitBranch, where: str) -> None:
    first = repository.commit(FILES)
    second = repository.commit({"services/orders/a": "2"})
    if where == "older":
        repository.move(first)
        branch.fetch()
        repository.move(second)
    branch.fetch()
    unrelated = repository.commit({"a": "1"}, branch="unrelated", onto="")
    sibling = repository.commit({"a": "1"}, branch="sibling", onto=first)
    repository.move({"unrelated": unrelated, "a sibling": sibling, "none": None}.get(where, first))

    with pytest.raises(RewrittenError):
        branch.fetch()
    with pytest.raises(RewrittenError) as error:
        branch.fetch()

    assert str(error.value) == (
        f"{repository.path}: the branch store was rewritten while this run went on. "
        "Run it again, and protect the branch: nobody may force-push or delete it."
    )
    assert branch.files(["services/orders/a"]) == {"services/orders/a": b"2"}, "what was read is still what is read"


def test_what_was_fetched_is_removed(repository: Repository) -> None:
    repository.commit(FILES)
    with git_branch(repository.path) as branch:
        branch.fetch()
        assert branch._opened is not None
        folder = Path(branch._opened[0]._environment["GIT_DIR"]).parent
        assert folder.stat().st_mode & 0o777 == 0o700

    assert not folder.exists()
    with git_branch(repository.path):
        """One that was never used has nothing to remove."""


# Addresses


def test_a_path_is_that_of_the_moment(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = repository.commit(FILES)
    monkeypatch.chdir(tmp_path)
    with git_branch("store.git") as relative, git_branch(repository.path.as_uri()) as absolute:
        assert relative.fetch() == absolute.fetch() == commit
        assert relative.push({"a": b"1"}, "a") is True


def test_a_work_tree_is_a_repository_too(tmp_path: Path) -> None:
    work = tmp_path / "work tree"
    subprocess.run(["git", "init", "--quiet", str(work)], env=CLEAN, check=True)
    commit = Repository(work).commit(FILES)
    with git_branch(work) as branch:
        assert branch.fetch() == commit
        assert branch.push({"a": b"1"}, "a") is True

    assert Repository(work).files()["a"] == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_repository_of_somebody_else(repository: Repository, branch: GitBranch) -> None:
    commit = repository.commit(FILES)
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, 12345, 12345)

    assert branch.fetch() == commit
    assert branch.push({"a": b"1"}, "a") is True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_on_a_laptop_git_s_own_word_counts_on_whom_to_trust(repository: Repository) -> None:
    os.chown(repository.path, 12345, 12345)
    with git_branch(repository.path, user_configuration=True) as branch, pytest.raises(GitError) as error:
        branch.fetch()

    assert error.value.what == "the repository belongs to somebody else, and git looks into none such."
    assert error.value.remedy == "Add its path to git's setting safe.directory."


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have git's ssh run the remote command here. Give the file with its arguments."""
    script = tmp_path / "ssh"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nfor last; do :; done\nexec sh -c "$last"\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    monkeypatch.setenv("GIT_SSH_VARIANT", "ssh")
    return tmp_path / "asked"


@pytest.mark.parametrize("address", ["git@example.com:{}", "ssh://git@example.com{}"])
@pytest.mark.parametrize("user_configuration", [True, False])
def test_over_ssh(repository: Repository, ssh: Path, address: str, user_configuration: bool) -> None:  # noqa: FBT001
    commit = repository.commit(FILES)
    with git_branch(address.format(repository.path), user_configuration=user_configuration) as branch:
        assert branch.fetch() == commit
        assert branch.files(["services/orders/a"]) == {"services/orders/a": b"1"}
        assert branch.push({"a": b"1"}, "a") is True

    assert ssh.read_text().splitlines()[-1] == f"git@example.com git-receive-pack '{repository.path}'"


def test_a_server_that_hands_out_no_single_objects(repository: Repository, ssh: Path, tmp_path: Path) -> None:
    script = tmp_path / "ssh"
    script.write_text(script.read_text().replace("exec", "unset GIT_PROTOCOL\nexec"))
    repository.configure(uploadpack_allowFilter="true")
    for number in range(5):
        repository.commit({"services/orders/deep/er/a": str(number)})
    with git_branch(f"git@example.com:{repository.path}") as branch:
        commit = branch.fetch()
        later = repository.commit({"services/orders/deep/er/a": "later"})

        assert branch.files(["services/orders/deep/er/a"]) == {"services/orders/deep/er/a": b"4"}
        assert branch.fetch() == later != commit
        assert branch.files(["services/orders/deep/er/a"]) == {"services/orders/deep/er/a": b"later"}
        assert _ours(branch, "rev-list", "--count", "--all") == "2"


# Writing


def test_a_first_commit(repository: Repository, branch: GitBranch) -> None:
    before = int(time.time())
    assert branch.fetch() is None
    assert branch.push({"services/orders/a": b"1", "b": b"\0\xff\r\n"}, "web-app 4f2c: a contract\n\nfor ü") is True
    commit = repository.tip() or ""

    assert branch.files(["services/orders/a", "b"]) == {"services/orders/a": b"1", "b": b"\0\xff\r\n"}
    assert branch.fetch() == commit
    told = repository.git("log", "--format=%an <%ae>|%cn <%ce>|%P|%B", commit)
    who = "Contract Gate <contract-gate@users.noreply.github.com>"
    assert told == f"{who}|{who}||web-app 4f2c: a contract\n\nfor ü"
    assert before <= int(repository.git("log", "--format=%ct", commit)) <= time.time()
    modes = repository.git("ls-tree", "-r", "--format=%(objectmode) %(path)", commit)
    assert modes == "100644 b\n100644 services/orders/a"


def test_files_are_added_on_top(repository: Repository, branch: GitBranch) -> None:
    base = repository.commit(FILES)
    branch.fetch()
    assert branch.push({"services/orders/a": b"changed", "services/new/a/b/c": b"1"}, "first") is True
    assert branch.push({"top": b"2"}, "second") is True
    added = {"services/orders/a": "changed", "services/new/a/b/c": "1", "top": "2"}

    assert repository.files() == FILES | added
    assert repository.history()[2:] == [base]
    assert branch.fetch() == repository.tip()
    assert branch.files(["services/new/a/b/c", "top"]) == {"services/new/a/b/c": b"1", "top": b"2"}


ODD = ['a "b" \\ c', "ü/ö", "line\nbreak", " space ", "-n", "a'b", "100%", "*", "\t", "a\udcff"]


def test_a_path_is_taken_as_it_is(repository: Repository, branch: GitBranch) -> None:
    branch.fetch()
    assert branch.push({path: str(number).encode() for number, path in enumerate(ODD)}, "odd") is True

    assert branch.files(ODD) == {path: str(number).encode() for number, path in enumerate(ODD)}
    assert set(repository.git("ls-tree", "-r", "--name-only", "-z", "store").split("\0")) == {*ODD, ""}


def test_what_is_no_path_is_refused(repository: Repository, branch: GitBranch) -> None:
    repository.commit(FILES)
    branch.fetch()
    with pytest.raises(GitError, match=r"git failed: .*path"):
        branch.push({"a//b": b""}, "no path")

    assert repository.files() == FILES


def _moved(repository: Repository, how: str, first: str) -> None:
    match how:
        case "forward":
            repository.commit({"other": "1"})
        case "back":
            repository.move(first)
        case _:
            repository.move(None)


@pytest.mark.parametrize("how", ["forward", "back", "away"])
def test_a_branch_that_has_moved_is_not_overwritten(repository: Repository, branch: GitBranch, how: str) -> None:
    first = repository.commit(FILES)
    second = repository.commit({"services/orders/a": "2"})
    assert branch.fetch() == second
    _moved(repository, how, first)
    after = repository.tip()

    assert branch.push({"a": b"1"}, "a") is False
    assert repository.tip() == after
    assert branch.files(["services/orders/a", "a"]) == {"services/orders/a": b"2"}
    if how == "forward":
        assert branch.fetch() == after
        assert branch.push({"a": b"1"}, "a") is True
        assert repository.files()["other"] == "1"
    else:
        with pytest.raises(RewrittenError):
            branch.fetch()


def test_a_branch_that_was_made_meanwhile_is_not_overwritten(repository: Repository, branch: GitBranch) -> None:
    assert branch.fetch() is None
    commit = repository.commit(FILES)

    assert branch.push({"a": b"1"}, "a") is False
    assert repository.tip() == commit
    assert branch.fetch() == commit
    assert branch.push({"a": b"1"}, "a") is True


@pytest.mark.parametrize("there", [True, False])
def test_a_branch_that_somebody_is_writing(repository: Repository, branch: GitBranch, there: bool) -> None:  # noqa: FBT001
    if there:
        repository.commit(FILES)
    branch.fetch()
    lock = repository.path / "refs" / "heads" / "store.lock"
    lock.touch()

    assert branch.push({"a": b"1"}, "a") is False
    lock.unlink()
    assert branch.push({"a": b"1"}, "a") is True


def test_a_push_that_lost_the_race_on_the_server(repository: Repository, laptop: GitBranch) -> None:
    """Another commit arrives after git has looked where the branch is."""
    repository.commit(FILES)
    laptop.fetch()
    other = repository.commit({"other": "1"}, branch="other", onto=repository.tip())
    repository.hook("pre-receive", f"unset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/store {other}")

    assert laptop.push({"a": b"1"}, "a") is False
    assert repository.tip() == other


def test_a_push_that_the_server_refuses(repository: Repository, laptop: GitBranch) -> None:
    commit = repository.commit(FILES)
    laptop.fetch()
    said = r"error: GH006: Protected \033[31mbranch\033[0m update failed.\n\n Changes\tmust be made...\n"
    repository.hook("pre-receive", f"printf '{said}' >&2; exit 1")
    with pytest.raises(GitError) as error:
        laptop.push({"a": b"1"}, "a")

    assert str(error.value) == (
        f"{repository.path}: the push was refused: GH006: Protected branch update failed. Changes must be made. "
        "May the token write contents (permissions: contents: write)? Is the branch protected?"
    )
    assert repository.tip() == commit


def test_a_server_that_says_little(repository: Repository, laptop: GitBranch) -> None:
    repository.commit(FILES)
    laptop.fetch()
    repository.hook("update", "exit 1")
    with pytest.raises(GitError, match=r"the push was refused: hook declined to update refs/heads/store\. May"):
        laptop.push({"a": b"1"}, "a")


def test_a_server_that_says_much(repository: Repository, laptop: GitBranch) -> None:
    laptop.fetch()
    repository.hook("pre-receive", "yes word | head -1000 >&2; exit 1")
    with pytest.raises(GitError) as error:
        laptop.push({"a": b"1"}, "a")

    assert error.value.what == f"the push was refused: {('word ' * 100)[:299]}…."


def test_a_refusal_in_words_that_nobody_knows(repository: Repository, branch: GitBranch) -> None:
    repository.commit(FILES)
    branch.fetch()
    repository.configure(receive_maxInputSize="1")
    with pytest.raises(GitError, match="the push was refused: "):
        branch.push({"a": b"1"}, "a")


# Git itself


def test_hooks_of_the_user_are_not_run(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hooks").mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        (tmp_path / "hooks" / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/witness\nexit 1\n")
        (tmp_path / "hooks" / name).chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f"[core]\nhooksPath = {tmp_path}/hooks\n[push]\ngpgSign = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    repository.configure(core_hooksPath=os.devnull)
    with git_branch(repository.path, user_configuration=True) as branch:
        branch.fetch()
        assert branch.push({"a": b"1"}, "a") is True

    assert not (tmp_path / "witness").exists()


def test_on_a_runner_nothing_is_started_that_the_repository_names(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho $0 >> {witness}\ncat\n")
    script.chmod(0o755)
    work = tmp_path / "work"
    subprocess.run(["git", "init", "--quiet", "-b", "store", str(work)], env=CLEAN, check=True)
    repository = Repository(work)
    repository.commit({"a": "1", ".gitattributes": "* filter=spy"})
    for name in ("pre-receive", "update", "post-receive", "post-update", "reference-transaction", "push-to-checkout"):
        shutil.copy(script, work / ".git" / "hooks" / name)
    (work / ".git" / "objects" / "info" / "alternates").write_text(
        f"{make_repository(tmp_path / 'other').path}/objects"
    )
    for name, value in {
        "core.alternateRefsCommand": str(script),
        "core.fsmonitor": str(script),
        "uploadpack.packObjectsHook": str(script),
        "filter.spy.smudge": str(script),
        "filter.spy.clean": str(script),
        "extensions.partialClone": "origin",
        "remote.origin.url": str(tmp_path / "other"),
        "remote.origin.uploadpack": str(script),
        "receive.denyCurrentBranch": "updateInstead",
    }.items():
        repository.git("config", name, value)
    with git_branch(work) as branch, git_branch(work, branch="another") as another:
        assert branch.fetch() == repository.tip()
        assert branch.files(["a"]) == {"a": b"1"}
        with pytest.raises(GitError, match="the push was refused: refusing to update checked out branch"):
            branch.push({"a": b"2"}, "a")
        assert another.push({"a": b"2"}, "a") is True

    assert not witness.exists()


@pytest.mark.parametrize("user_configuration", [True, False])
def test_variables_that_steer_git_have_no_effect(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    user_configuration: bool,  # noqa: FBT001
) -> None:
    commit = repository.commit(FILES)
    steering = {
        "GIT_DIR": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "remote.contract-gate-store.url",
        "GIT_CONFIG_VALUE_0": "/nowhere",
        "GIT_TRACE": "/dev/stdout",
        "LC_ALL": "de_DE.UTF-8",
        "LANGUAGE": "de",
    }
    for name, value in steering.items():
        monkeypatch.setenv(name, value)
    with git_branch(repository.path, user_configuration=user_configuration) as branch:
        assert branch.fetch() == commit
        assert branch.push({"a": b"1"}, "a") is True


def _only(folder: Path, script: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no other git than this."""
    folder.mkdir()
    if script is not None:
        (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (None, "git: it could not be started: No such file or directory. Install git where PATH leads to."),
        ("echo git version 2.31.9", "git: git version 2.31.9 is too old. Install 2.32 or newer."),
        ("", "git: this git is too old. Install 2.32 or newer."),
    ],
)
def test_a_git_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, error: str
) -> None:
    _only(tmp_path / "bin", script, monkeypatch)
    with git_branch("https://example.com/a") as branch, pytest.raises(GitError) as raised:
        branch.fetch()

    assert str(raised.value) == error


@pytest.mark.parametrize("variable", [True, False])
def test_a_machine_without_room(monkeypatch: pytest.MonkeyPatch, variable: bool) -> None:  # noqa: FBT001
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    monkeypatch.delenv("TMPDIR", raising=False)
    if variable:
        monkeypatch.setenv("TMPDIR", "/dev/null")
    with git_branch("https://example.com/a") as branch, pytest.raises(GitError) as error:
        branch.fetch()

    where = "/dev/null" if variable else "the folder for temporary files"
    assert str(error.value) == (
        f"{where}: there is no room for what is fetched: Not a directory. Make room there, or set TMPDIR."
    )


def test_a_repository_that_names_its_objects_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "sha256.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--object-format=sha256", str(path)], env=CLEAN, check=True)
    Repository(path).commit(FILES)
    with git_branch(path) as branch, pytest.raises(GitError, match="names its objects by SHA-256"):
        branch.fetch()


@pytest.mark.parametrize("name", ["none", "permission denied", "HTTP 403", "filter allows", "took longer than"])
def test_a_path_without_a_repository(tmp_path: Path, name: str) -> None:
    with git_branch(tmp_path / name) as branch, pytest.raises(GitError) as error:
        branch.fetch()

    assert str(error.value) == (
        f"{tmp_path}/{name}: there is no git repository that we may see. "
        "Check the address, and that the token may see the repository: servers hide it from others."
    )


def test_objects_that_are_gone(repository: Repository, branch: GitBranch) -> None:
    repository.configure(uploadpack_allowFilter="true")
    repository.commit({"a/b/c/d": "1"})
    branch.fetch()
    shutil.rmtree(repository.path / "objects")
    (repository.path / "objects").mkdir()
    with pytest.raises(GitError):
        branch.files(["a/b/c/d"])
