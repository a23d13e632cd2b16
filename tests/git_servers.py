"""Real repositories of git's, and git's own HTTP server in front of them."""

import os
import re
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gate.clients.git_branch import GitAccess, GitBranch
from tests.servers import Asked, Reply, Tls, serving

CLEAN: Mapping[str, str] = {
    "PATH": os.environ["PATH"],
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
}


@dataclass(frozen=True, slots=True)
class Repository:
    """A bare repository, as others see and change it."""

    path: Path

    def git(self, *arguments: str, given: bytes | str = b"") -> str:
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env=CLEAN,
            input=given.encode() if isinstance(given, str) else given,
            check=True,
            capture_output=True,
        )
        return os.fsdecode(done.stdout).rstrip("\n")

    def configure(self, **settings: str) -> None:
        """Set `uploadpack_allowFilter="true"`."""
        for name, value in settings.items():
            self.git("config", name.replace("_", "."), value)

    def commit(self, files: Mapping[str, str], *, branch: str = "store", onto: str | None = None) -> str:
        """Put files on top of a commit, by default what the branch is at, and give the new commit."""
        base = onto if onto is not None else self.tip(branch)
        stream = f"commit refs/heads/{branch}\ncommitter Ada <ada@example.com> 1700000000 +0000\ndata 1\n.\n"
        stream += f"from {base}\n" if base else ""
        stream += "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
        self.git("fast-import", "--quiet", "--force", "--done", given=f"{stream}done\n")
        return self.tip(branch) or ""

    def tip(self, branch: str = "store") -> str | None:
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None

    def move(self, to: str | None, branch: str = "store") -> None:
        """Set a branch to a commit, or delete it."""
        self.git("update-ref", *(["-d", f"refs/heads/{branch}"] if to is None else [f"refs/heads/{branch}", to]))

    def files(self, branch: str = "store") -> dict[str, str]:
        names = self.git("ls-tree", "-r", "--name-only", "-z", branch).split("\0")[:-1]
        return {name: self.git("cat-file", "blob", f"{branch}:{name}") for name in names}

    def history(self, branch: str = "store") -> list[str]:
        """Give the commits, the newest first."""
        return self.git("rev-list", branch).split()

    def hook(self, name: str, script: str) -> None:
        file = self.path / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)


def make_repository(path: Path) -> Repository:
    subprocess.run(["git", "init", "--quiet", "--bare", "--template=", str(path)], env=CLEAN, check=True)
    return Repository(path)


@contextmanager
def git_branch(
    url: object,
    *,
    branch: str = "store",
    token: str | None = None,
    user_configuration: bool = False,
    limit: float = 30,
    pauses: list[float] | None = None,
) -> Iterator[GitBranch]:
    """Go to a branch for a block, without waiting before another attempt."""
    access = GitAccess(url=str(url), branch=branch, token=token, user_configuration=user_configuration)
    waited = [] if pauses is None else pauses
    opened = GitBranch(access, pause=waited.append, limit=limit)
    try:
        yield opened
    finally:
        opened.close()


Serve = Callable[[Asked], Reply]
Fault = Callable[[Asked, Serve], Reply | None]
"""Answers in the place of git. It may have git do what was asked, and spoil the answer; None drops the connection."""


@dataclass(slots=True)
class _Awaited:
    pattern: re.Pattern[str]
    fault: Fault
    times: int


@dataclass(slots=True)
class GitServer:
    """A server of a repository, and what it was asked."""

    url: str
    """Of the repository."""
    repository: Repository
    asked: list[Asked]
    sent: int = 0
    """Bytes of answers."""
    awaited: list[_Awaited] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def fault(self, pattern: str, fault: Fault, *, times: int = 1000) -> None:
        """Answer those requests otherwise whose method and path fit: `POST .*git-receive-pack$`."""
        self.awaited.append(_Awaited(re.compile(pattern), fault, times))

    def forget(self) -> None:
        """Count anew."""
        self.asked.clear()
        self.sent = 0

    @property
    def received(self) -> int:
        """Bytes of requests."""
        return sum(len(asked.body) for asked in self.asked)

    @property
    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path.partition('.git')[2]}" for asked in self.asked]

    @property
    def fetches(self) -> int:
        """How often objects were asked for."""
        return len([each for each in self.asked if each.method == "POST" and each.path.endswith("upload-pack")])


def status(code: int, body: bytes = b"", *, headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with a status, and do nothing."""
    return lambda _asked, _serve: Reply(status=code, body=body, headers=headers or {})


def dropped(_asked: Asked, _serve: Serve) -> None:
    """Do nothing, and close the connection."""


def lost(asked: Asked, serve: Serve) -> None:
    """Do what was asked, and close the connection."""
    serve(asked)


def cut(asked: Asked, serve: Serve) -> Reply:
    """Break off in the midst of the answer."""
    reply = serve(asked)
    return Reply(status=reply.status, headers=reply.headers, body=iter([reply.body[: len(reply.body) // 2]]))


@contextmanager
def git_server(
    repository: Repository, *, token: str | None = None, tls: Tls | None = None, host: str = "127.0.0.1"
) -> Iterator[GitServer]:
    """Serve a repository and those beside it, to those who have the token if there is one."""

    def answer(asked: Asked) -> Reply | None:
        line = f"{asked.method} {asked.path}"
        for awaited in server.awaited:
            if awaited.times > 0 and awaited.pattern.search(line):
                awaited.times -= 1
                return count(awaited.fault(asked, serve))
        return count(serve(asked))

    def count(reply: Reply | None) -> Reply | None:
        server.sent += len(reply.body) if reply is not None and isinstance(reply.body, bytes) else 0
        return reply

    def serve(asked: Asked) -> Reply:
        wanted = b64encode(f"x-access-token:{token}".encode()).decode()
        if token is not None and asked.headers.get("Authorization") != f"Basic {wanted}":
            return Reply(status=401, body=b"", headers={"WWW-Authenticate": 'Basic realm="git"'})
        return _backend(repository.path.parent, asked)

    with serving(answer, host=host, tls=None if tls is None else tls.context) as http:
        server = GitServer(url=f"{http.url}/{repository.path.name}", repository=repository, asked=http.asked)
        try:
            yield server
        finally:
            server.closing.set()


def _backend(root: Path, asked: Asked) -> Reply:
    """Have git's own CGI program answer."""
    parts = urlsplit(asked.path)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    settings = {"http.receivepack": "true", "safe.directory": "*"}
    configured = {f"GIT_CONFIG_KEY_{n}": name for n, name in enumerate(settings)}
    configured |= {f"GIT_CONFIG_VALUE_{n}": value for n, value in enumerate(settings.values())}
    done = subprocess.run(
        ["git", "http-backend"],
        env={
            **CLEAN,
            **configured,
            "GIT_CONFIG_COUNT": str(len(settings)),
            "GIT_PROJECT_ROOT": str(root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": asked.method,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(asked.body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
        },
        input=asked.body,
        capture_output=True,
        check=False,
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    told = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return Reply(status=int(told.pop("Status", "200").split()[0]), headers=told, body=body)
