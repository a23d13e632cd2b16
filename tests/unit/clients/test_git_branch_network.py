import base64
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gate.clients import git_commands, git_fetches
from gate.clients.git_branch import GitBranch, GitError
from tests.git_servers import (
    Fault,
    GitServer,
    Repository,
    Serve,
    cut,
    dropped,
    git_branch,
    git_server,
    lost,
    make_repository,
    status,
)
from tests.servers import Asked, Reply, Tls, serving

TOKEN = "s3cr3t-t0ken"
ENCODED = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

READ = "POST .*git-upload-pack$"
WRITE = "POST .*git-receive-pack$"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "store.git")


@pytest.fixture
def server(repository: Repository) -> Iterator[GitServer]:
    with git_server(repository, token=TOKEN) as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def branch(server: GitServer, pauses: list[float]) -> Iterator[GitBranch]:
    with git_branch(server.url, token=TOKEN, pauses=pauses) as opened:
        yield opened


# What is asked


KINDS = ("contracts", "results")


def _store(repository: Repository, services: int, files: int = 20) -> dict[str, str]:
    """Put a store of some size on the branch."""
    tree = {
        f"services/s{service:04d}/{KINDS[number % 2]}/{service:x}{number:04x}.json": f"{service}/{number}"
        for service in range(services)
        for number in range(files)
    }
    repository.commit(tree)
    return tree


SERVERS: Mapping[str, Mapping[str, str]] = {
    "tree:3": {"uploadpack_allowFilter": "true"},
    "tree:0": {"uploadpack_allowFilter": "true", "uploadpackfilter_tree_maxDepth": "0"},
    "blob:none": {"uploadpack_allowFilter": "true", "uploadpackfilter_tree_allow": "false"},
    "everything, as nothing else is allowed": {"uploadpack_allowFilter": "true", "uploadpackfilter_allow": "false"},
    "everything, as nothing else is known": {"uploadpack_allowFilter": "false"},
}


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("tree:3", (1, 0, 1, 1)),
        ("tree:0", (2, 2, 2, 1)),
        ("blob:none", (3, 0, 0, 1)),
        ("everything, as nothing else is allowed", (4, 0, 0, 0)),
        ("everything, as nothing else is known", (1, 0, 0, 0)),
    ],
)
def test_how_often_a_server_is_asked_depends_on_how_deep_the_tree_is(
    repository: Repository, server: GitServer, branch: GitBranch, kind: str, times: tuple[int, int, int, int]
) -> None:
    for_tip, for_services, for_contracts, for_files = times
    tree = _store(repository, services=50)
    repository.configure(**SERVERS[kind])

    branch.fetch()
    assert server.fetches == 2 * for_tip, "once for where the branch is, once for what is there"
    server.forget()
    names = branch.folders(["services"])["services"]
    assert server.fetches == for_services
    server.forget()
    found = branch.folders([f"services/{name}/contracts" for name in names])
    assert server.fetches == for_contracts
    server.forget()
    wanted = [f"{folder}/{name}" for folder, inside in found.items() for name in inside]
    assert branch.files(wanted) == {path: tree[path].encode() for path in wanted}
    assert server.fetches == for_files
    assert len(wanted) == 500
    server.forget()
    assert branch.files(wanted) == {path: tree[path].encode() for path in wanted}
    assert server.asked == []


def test_a_request_has_a_limit(
    repository: Repository, server: GitServer, branch: GitBranch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_fetches, "AT_ONCE", 40)
    tree = _store(repository, services=5)
    repository.configure(uploadpack_allowFilter="true")
    branch.fetch()
    server.forget()

    assert branch.files(list(tree)) == {path: text.encode() for path, text in tree.items()}
    assert server.fetches == 1 + 3, "of 10 folders, and of 100 files"


def _is_drawn(text: str, one_of: int) -> bool:
    return zlib.crc32(text.encode()) % one_of == 0


@pytest.mark.parametrize("kind", SERVERS)
def test_what_changed_is_read_as_it_is_whatever_is_here_already(
    repository: Repository, server: GitServer, branch: GitBranch, kind: str
) -> None:
    tree = _store(repository, services=10)
    repository.configure(**SERVERS[kind])
    branch.fetch()
    for number in range(4):
        changed = {path: f"{text} {number}" for path, text in tree.items() if _is_drawn(f"{path} {number}", 50)}
        added = {f"services/s{number:04d}/contracts/new{number}": "new", f"services/new{number}/a/b": "new"}
        repository.commit(changed | added)
        tree |= changed | added
        if number % 2:
            assert branch.push({f"services/s0001/ours/{number}": b"ours"}, "ours") is False
        assert branch.fetch() == repository.tip()
        assert branch.push({f"services/s0000/ours/{number}": b"ours"}, "ours") is True
        tree[f"services/s0000/ours/{number}"] = "ours"
        some = [path for path in tree if path in changed or path in added or _is_drawn(f"{number} {path}", 7)]
        assert branch.files(some) == {path: tree[path].encode() for path in some}

    assert repository.files() == tree


def test_a_write_sends_what_is_new_and_fetches_the_way_to_it(
    repository: Repository, server: GitServer, branch: GitBranch
) -> None:
    _store(repository, services=200, files=100)
    repository.configure(uploadpack_allowFilter="true")
    branch.fetch()
    assert server.sent < 50_000
    server.forget()
    assert branch.push({"services/s0007/results/new": b"new", "services/s0008/contracts/new": b"new"}, "new") is True

    assert server.paths == [
        "GET /info/refs?service=git-upload-pack",
        "POST /git-upload-pack",
        "GET /info/refs?service=git-receive-pack",
        "POST /git-receive-pack",
    ]
    assert server.received < 2_000
    assert server.sent < 10_000
    server.forget()
    assert branch.fetch() == repository.tip()
    assert branch.files(["services/s0007/results/new"]) == {"services/s0007/results/new": b"new"}
    assert server.paths == ["GET /info/refs?service=git-upload-pack", "POST /git-upload-pack"]


# Who may ask


def _arguments() -> str:
    """Read what everybody can see of all processes."""
    seen = b""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            seen += file.read_bytes() + b"\n"
        except OSError:
            continue
    return seen.replace(b"\0", b" ").decode(errors="replace")


def _is_gone(text: str) -> bool:
    """Wait until no process has this among its arguments: one that was killed takes a moment to end."""
    deadline = time.monotonic() + 5
    while text in _arguments() and time.monotonic() < deadline:
        pass
    return text not in _arguments()


@pytest.mark.parametrize("pattern", [READ, WRITE])
def test_nobody_sees_the_token(server: GitServer, branch: GitBranch, tmp_path: Path, pattern: str) -> None:
    seen = []

    def look(asked: Asked, serve: Serve) -> Reply:
        seen.append(_arguments())
        return serve(asked)

    server.fault(pattern, look)
    branch.fetch()
    assert branch.push({"a": b"1"}, "a") is True
    assert branch._opened is not None
    kept = Path(branch._opened[0]._environment["GIT_DIR"]).parent
    files = b"".join(file.read_bytes() for file in kept.rglob("*") if file.is_file())

    assert f"git-remote-http contract-gate-store {server.url}" in seen[0]
    assert [secret for secret in (TOKEN, ENCODED) if secret in "".join(seen) or secret.encode() in files] == []
    assert TOKEN not in repr(branch._access)
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Basic {ENCODED}"}


def test_a_server_that_is_given_no_credentials(server: GitServer, pauses: list[float]) -> None:
    with git_branch(server.url, pauses=pauses) as branch, pytest.raises(GitError) as error:
        branch.fetch()

    assert error.value.where == server.url
    assert error.value.what.startswith("the server lets nobody in with these credentials: could not read Username")
    assert pauses == []
    assert [asked.headers.get("Authorization") for asked in server.asked] == [None]


def test_the_credentials_of_somebody_else_are_for_laptops(
    repository: Repository, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.commit({"a": "1"})
    url = server.url
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login x-access-token password {TOKEN}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with git_branch(url, user_configuration=True) as laptop, git_branch(url) as runner:
        assert laptop.fetch() == commit
        with pytest.raises(GitError):
            runner.fetch()


def test_the_user_s_helpers_and_addresses_count_on_a_laptop(
    repository: Repository, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.commit({"a": "1"})
    others = server.url.removesuffix("store.git")
    (tmp_path / ".gitconfig").write_text(
        f'[credential]\nhelper = "!echo username=x-access-token; echo password=$HELPERS_WORD; true"\n'
        f'[url "{others}"]\ninsteadOf = https://git.invalid/\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HELPERS_WORD", TOKEN)
    with git_branch("https://git.invalid/store.git", user_configuration=True) as branch:
        assert branch.fetch() == commit
        assert branch.push({"a": b"1"}, "a") is True
    with git_branch("https://git.invalid/store.git") as branch, pytest.raises(GitError) as error:
        branch.fetch()

    assert error.value.what == "the host is not known."


def test_a_token_is_for_the_address_that_was_given(
    server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = server.url.removesuffix("store.git")
    (tmp_path / ".gitconfig").write_text(f'[url "{others}"]\ninsteadOf = https://git.invalid/\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    with git_branch("https://git.invalid/store.git", token=TOKEN, user_configuration=True) as branch:
        _bad(branch)

    assert [asked.headers.get("Authorization") for asked in server.asked] == [None]


def test_a_proxy_of_the_machine_is_used(server: GitServer, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = server.repository.commit({"a": "1"})
    monkeypatch.setenv("http_proxy", server.url.removesuffix("/store.git"))
    with git_branch("http://git.invalid/store.git", token=TOKEN) as branch:
        assert branch.fetch() == commit
        assert branch.push({"a": b"2"}, "a") is True

    assert {asked.headers["Host"] for asked in server.asked} == {"git.invalid"}


def test_a_token_counts_more_than_what_the_user_has(
    server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text(
        f'[credential]\nhelper = "!touch {tmp_path}/witness; true"\n'
        f'[http "{server.url}"]\nextraHeader = "Authorization: Basic other"\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    laptop = git_branch(server.url, token="wrong-token", user_configuration=True)
    with laptop as branch, pytest.raises(GitError, match="lets nobody in"):
        branch.fetch()

    assert not (tmp_path / "witness").exists()
    wrong = base64.b64encode(b"x-access-token:wrong-token").decode()
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Basic {wrong}"}


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: GitServer, branch: GitBranch, code: int) -> None:
    with serving(lambda _: Reply(status=500)) as other:
        server.fault(".", status(code, headers={"Location": f"{other.url}/info/refs?service=git-upload-pack"}))
        with pytest.raises(GitError) as error:
            branch.fetch()

    assert str(error.value) == (
        f"{server.url}: the server redirects to another address, which is not followed. "
        "Give the address that it redirects to."
    )
    assert other.asked == []


def test_an_authority_of_one_s_own(
    repository: Repository, tmp_path: Path, tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.commit({"a": "1"})
    for name in ("GIT_SSL_CAINFO", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with git_server(repository, token=TOKEN, tls=tls) as server:
        url = server.url
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.authority))
        with git_branch(url, token=TOKEN) as branch:
            assert branch.fetch() == commit
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        with git_branch(url, token=TOKEN) as branch, pytest.raises(GitError) as error:
            branch.fetch()
        monkeypatch.setenv("GIT_SSL_CAINFO", str(tls.authority))
        with git_branch(url, token=TOKEN) as branch:
            assert branch.fetch() == commit

    assert error.value.what == "the certificate of the server is not trusted."


# What goes wrong while reading


def _bad(branch: GitBranch) -> GitError:
    with pytest.raises(GitError) as error:
        branch.fetch()
    assert [secret for secret in (TOKEN, ENCODED) if secret in str(error.value)] == []
    return error.value


@pytest.mark.parametrize("pattern", ["GET", READ])
@pytest.mark.parametrize(
    "fault",
    [status(500), status(502), status(503), status(429), dropped, cut],
    ids=["500", "502", "503", "429", "dropped", "cut"],
)
def test_a_fault_that_passes(
    server: GitServer, branch: GitBranch, pauses: list[float], pattern: str, fault: Fault
) -> None:
    server.repository.commit({"a/b/c/d/e": "1"})
    server.repository.configure(uploadpack_allowFilter="true")
    server.fault(pattern, fault, times=2)

    assert branch.fetch() == server.repository.tip()
    assert pauses == [1.0, 4.0]
    server.fault(READ, fault, times=1)
    assert branch.files(["a/b/c/d/e"]) == {"a/b/c/d/e": b"1"}
    assert pauses == [1.0, 4.0, 1.0]


@pytest.mark.parametrize("pattern", ["GET", READ])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(500), "500"),
        (status(503, b"<html>busy</html>"), "503"),
        (dropped, "Empty reply from server"),
    ],
)
def test_a_fault_that_stays(server: GitServer, pauses: list[float], pattern: str, fault: Fault, reason: str) -> None:
    server.fault(pattern, fault)
    with git_branch(server.url, token=TOKEN, pauses=pauses) as branch:
        error = _bad(branch)

    assert error.where == server.url
    assert error.what.startswith("the server could not be reached: ")
    assert reason in error.what
    assert error.remedy == "Run it again; if it stays so, look whether the server is well."
    assert pauses == [1.0, 4.0]


def test_a_server_that_is_not_there(repository: Repository, pauses: list[float]) -> None:
    with git_server(repository) as gone:
        url = gone.url
    with git_branch(url, token=TOKEN, pauses=pauses) as branch:
        error = _bad(branch)

    assert error.what.startswith("the server could not be reached: ")
    assert pauses == [1.0, 4.0]


REFUSED = "the server lets nobody in with these credentials"
NO_REPOSITORY = "there is no git repository that we may see."


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (status(401, headers={"WWW-Authenticate": "Basic"}), REFUSED),
        (status(403, b"no"), REFUSED),
        (status(404, b"no"), NO_REPOSITORY),
        (status(200, b"<html>\nHello\n</html>\n"), NO_REPOSITORY),
        (status(200, b"<html>Hello</html>"), "what answers there is not git."),
        (status(200, b""), "what answers there is not git."),
        (status(418), "git failed: "),
    ],
)
def test_a_fault_that_does_not_pass(
    server: GitServer, branch: GitBranch, pauses: list[float], fault: Fault, what: str
) -> None:
    server.fault("GET", fault)
    error = _bad(branch)

    assert error.what.startswith(what)
    assert pauses == []


def test_a_branch_that_appears_while_it_is_looked_for(server: GitServer, branch: GitBranch) -> None:
    def appear(asked: Asked, serve: Serve) -> Reply:
        server.repository.commit({"a": "1"})
        return serve(asked)

    server.fault(READ, lambda asked, serve: serve(asked), times=1)
    server.fault(READ, appear, times=1)

    assert branch.fetch() == server.repository.tip()


def test_a_branch_that_appears_and_disappears(server: GitServer, branch: GitBranch) -> None:
    def flicker(asked: Asked, serve: Serve) -> Reply:
        server.repository.move(None if server.repository.tip() else other)
        return serve(asked)

    other = server.repository.commit({"a": "1"}, branch="other")
    server.repository.commit({"a": "1"})
    server.fault(READ, flicker)
    error = _bad(branch)

    assert error.what == "what answers there is not git."


def test_a_repository_that_is_not_there(server: GitServer) -> None:
    url = server.url.replace("store", "none")
    with git_branch(url, token=TOKEN) as branch:
        error = _bad(branch)

    assert (error.where, error.what) == (url, NO_REPOSITORY)


def _silent(server: GitServer) -> Fault:
    def wait(_asked: Asked, _serve: Serve) -> None:
        server.closing.wait()

    return wait


@pytest.mark.parametrize("pattern", ["GET", READ])
def test_a_server_that_says_nothing(server: GitServer, pauses: list[float], pattern: str) -> None:
    server.fault(pattern, _silent(server))
    with git_branch(server.url, token=TOKEN, limit=0.5, pauses=pauses) as branch:
        error = _bad(branch)

    assert error.what == "the server is too slow: git fetch took longer than 0.5 s."
    assert pauses == []
    assert _is_gone(server.url)


def test_what_does_not_hear_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_commands, "GRACE", 0.1)
    script = tmp_path / "ssh"
    script.write_text("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 600; done\n")
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    monkeypatch.setenv("GIT_SSH_VARIANT", "ssh")
    with git_branch("git@example.com:store", limit=0.3) as branch, pytest.raises(GitError, match="took longer"):
        branch.fetch()

    assert _is_gone(str(script))


GATE = """
import sys
from gate.clients import signals
from gate.clients.git_branch import GitAccess, GitBranch
from gate.domain.errors import CancelledError

signals.listen()
try:
    GitBranch(GitAccess(url=sys.argv[1], branch="store", user_configuration=False)).fetch()
except CancelledError as cancelled:
    print(cancelled.signal_name)
"""


def test_nothing_is_left_of_a_run_that_was_stopped(repository: Repository, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with git_server(repository) as server:

        def stop(_asked: Asked, _serve: Serve) -> None:
            gate.send_signal(signal.SIGTERM)
            server.closing.wait()

        server.fault("GET", stop)
        gate = subprocess.Popen(
            [sys.executable, "-c", GATE, server.url],
            env=os.environ | {"TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            text=True,
        )
        told, _ = gate.communicate(timeout=30)

        assert told == "SIGTERM\n"
        assert _is_gone(server.url)
        assert list(temporary.iterdir()) == []


# What goes wrong while writing


def test_a_push_whose_answer_got_lost(
    repository: Repository, server: GitServer, branch: GitBranch, pauses: list[float]
) -> None:
    base = repository.commit({"b": "1"})
    branch.fetch()
    server.fault(WRITE, lost)

    assert branch.push({"a": b"1"}, "a") is True
    assert repository.history()[1:] == [base]
    assert branch.files(["a", "b"]) == {"a": b"1", "b": b"1"}
    assert branch.fetch() == repository.tip()
    assert pauses == []


@pytest.mark.parametrize("there", [True, False])
def test_a_push_whose_answer_got_lost_and_that_others_built_on(
    repository: Repository,
    server: GitServer,
    branch: GitBranch,
    there: bool,  # noqa: FBT001
) -> None:
    def lost_and_built_on(asked: Asked, serve: Serve) -> None:
        serve(asked)
        repository.commit({"other": "1"})

    if there:
        repository.commit({"b": "1"})
    branch.fetch()
    server.fault(WRITE, lost_and_built_on)

    assert branch.push({"a": b"1"}, "a") is True
    assert branch.files(["a", "other"]) == {"a": b"1"}
    assert branch.fetch() == repository.tip()
    assert branch.files(["a", "other"]) == {"a": b"1", "other": b"1"}


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("pattern", ["GET .*receive-pack", WRITE])
def test_a_push_that_did_not_arrive_is_sent_again(
    server: GitServer,
    branch: GitBranch,
    pauses: list[float],
    pattern: str,
    there: bool,  # noqa: FBT001
) -> None:
    if there:
        server.repository.commit({"b": "1"})
    branch.fetch()
    server.fault(pattern, dropped, times=2)

    assert branch.push({"a": b"1"}, "a") is True
    assert pauses == [1.0, 4.0]
    assert len(server.repository.history()) == 1 + there


def test_a_push_that_arrives_late_is_no_conflict(
    repository: Repository, server: GitServer, branch: GitBranch, pauses: list[float]
) -> None:
    """The server still works when the connection has broken, and the branch is looked at too early."""
    late: list[Callable[[], Reply]] = []

    def put_off(asked: Asked, serve: Serve) -> None:
        late.append(lambda: serve(asked))

    def arrive(asked: Asked, serve: Serve) -> Reply:
        late[0]()
        return serve(asked)

    repository.commit({"b": "1"})
    branch.fetch()
    server.fault(WRITE, put_off, times=1)
    server.fault(WRITE, arrive, times=1)

    assert branch.push({"a": b"1"}, "a") is True
    assert len(repository.history()) == 2


def test_a_push_that_never_arrives(
    repository: Repository, server: GitServer, branch: GitBranch, pauses: list[float]
) -> None:
    commit = repository.commit({"b": "1"})
    branch.fetch()
    server.fault(WRITE, status(502))
    with pytest.raises(GitError) as error:
        branch.push({"a": b"1"}, "a")

    assert "502" in str(error.value)
    assert pauses == [1.0, 4.0]
    assert repository.tip() == commit


def test_a_push_that_did_not_arrive_when_somebody_else_s_did(
    repository: Repository, server: GitServer, branch: GitBranch, pauses: list[float]
) -> None:
    def overtaken(_asked: Asked, _serve: Serve) -> None:
        repository.commit({"other": "1"})

    repository.commit({"b": "1"})
    branch.fetch()
    server.fault(WRITE, overtaken)

    assert branch.push({"a": b"1"}, "a") is False
    assert pauses == []


def test_a_push_of_which_nobody_knows(repository: Repository, server: GitServer, branch: GitBranch) -> None:
    repository.commit({"b": "1"})
    branch.fetch()
    server.fault(WRITE, lost)
    server.fault(READ, status(403))
    with pytest.raises(GitError, match="nobody knows whether the push arrived: the server lets nobody in"):
        branch.push({"a": b"1"}, "a")


@pytest.mark.parametrize("pattern", ["GET .*receive-pack", WRITE])
@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_push_that_is_not_permitted(
    server: GitServer, branch: GitBranch, pauses: list[float], pattern: str, code: int
) -> None:
    server.repository.commit({"b": "1"})
    branch.fetch()
    server.forget()
    server.fault(pattern, status(code))
    with pytest.raises(GitError) as error:
        branch.push({"a": b"1"}, "a")

    assert error.value.what.startswith(NO_REPOSITORY if code == 404 else REFUSED)
    assert pauses == []
    assert server.fetches == 0


def test_a_push_that_a_page_answers(
    repository: Repository, server: GitServer, branch: GitBranch, pauses: list[float]
) -> None:
    commit = repository.commit({"b": "1"})
    branch.fetch()
    server.fault("GET .*receive-pack", status(200, b"<html>Hello</html>"))

    assert branch.push({"a": b"1"}, "a") is False, "it may be that somebody was quicker"
    assert branch.fetch() == commit
    with pytest.raises(GitError) as error:
        branch.push({"a": b"1"}, "a")
    assert error.value.what == "the server shows another branch to those who write than to those who read."
    assert repository.tip() == commit
    assert pauses == [1.0, 4.0]


def test_a_push_that_takes_too_long(repository: Repository, server: GitServer, branch: GitBranch) -> None:
    """What is looked at afterwards has its time again, as a slow machine may need it."""
    commit = repository.commit({"b": "1"})
    branch.fetch()
    assert branch._opened is not None
    git = branch._opened[0]

    def begin(asked: Asked, serve: Serve) -> Reply:
        git._limit = 30
        return serve(asked)

    git._limit = 3
    server.fault("GET .*receive-pack", begin)
    server.fault(WRITE, _silent(server))
    with pytest.raises(GitError, match=r"too slow: git push took longer than 3 s"):
        branch.push({"a": b"1"}, "a")

    assert repository.tip() == commit
