"""Where a branch is, who may go there, and what git is told so that it does nothing else.

The token goes into an environment variable alone: everybody on the machine can see the arguments of a process.
"""

import base64
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from gate.domain.errors import ConfigurationError

REMOTE: Final = "contract-gate-store"
"""How git calls the repository: a name for which nobody's own configuration holds anything."""

NO_BRANCH: Final = re.compile(
    r"\A-|\A/|/\Z|//|\.\Z|\A@\Z|\.\.|@\{|(\A|/)\.|\.lock(/|\Z)|[\x00-\x20\x7f~^:?*\[\\]|\A\Z|[\ud800-\udfff]"
)
"""What no name of a branch has. Source: git-check-ref-format."""

PASSED_ON: Final = frozenset({
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR"),
    *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
})  # fmt: skip
"""What git gets of the environment: nothing that would have it do something else."""

PASSED_ON_TO_USERS: Final = PASSED_ON | {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}
"""What it gets of git's own variables where the user's configuration counts. Credential helpers may need all others."""

FIXED: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
    "GIT_NO_REPLACE_OBJECTS": "1",
}

QUIET_SSH: Final = {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}

SETTINGS: Final = (
    ("protocol.version", "2"),
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "30"),
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("color.ui", "false"),
    ("color.push", "false"),
    ("color.remote", "false"),
    ("color.transport", "false"),
    ("fetch.fsckObjects", "false"),
    ("fetch.negotiationAlgorithm", "default"),
    ("fetch.prune", "false"),
    ("fetch.pruneTags", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.unpackLimit", "1"),
    ("fetch.writeCommitGraph", "false"),
    ("fastimport.unpackLimit", "0"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("push.negotiate", "false"),
    ("push.pushOption", ""),
    ("push.recurseSubmodules", "no"),
)
"""What holds whatever else is configured. Speed is in bytes per second: a server that computes sends a little."""

OURS: Final = "[safe]\n\tdirectory = *\n"
"""All the configuration on a runner. It is a file, as what serves a local repository sees no variables of ours."""

UPLOAD_PACK: Final = "GIT_NO_LAZY_FETCH=1 git -c uploadpack.allowFilter=true upload-pack"
"""How a local repository is read, so that it need not be configured for it."""

RECEIVE_PACK: Final = " ".join([
    "GIT_NO_LAZY_FETCH=1 git",
    f"-c core.hooksPath={os.devnull}",
    "-c core.alternateRefsCommand=true",
    "-c receive.denyCurrentBranch=refuse",
    "receive-pack",
])  # fmt: skip
"""How it is written on a runner, where it may be a stranger's: no program starts that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAccess:
    """One branch of a repository, and who may go there. Raises `ConfigurationError`."""

    url: str = field(repr=False)
    """`https://...`, `ssh://...`, `git@host:path` or a path, as the user wrote it."""
    branch: str
    token: str | None = field(default=None, repr=False)
    """For the address alone, over http or https."""
    user_configuration: bool
    """Whether the user's own configuration of git counts (credential helpers, proxies), as it does on a laptop."""

    def __post_init__(self) -> None:
        """Refuse what is no address, and what holds a password, without showing it."""
        parts = _split(self.url)
        if parts.password is not None or (self._is_web and (parts.username is not None or parts.query)):
            raise ConfigurationError(
                "the address has a user, a password or a query in it, where secrets would be seen by everybody.",
                where="the store's repository",
                remedy="Take them out; a token has a setting of its own.",
            )
        if NO_BRANCH.search(self.branch):
            raise ConfigurationError("this is no name of a branch.", where=repr(self.branch))

    @property
    def where(self) -> str:
        """The address without user and query."""
        parts = _split(self.url)
        if not parts.scheme:
            return self.url if self.is_local else self.url.rpartition("@")[2]
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()

    @property
    def is_local(self) -> bool:
        """Whether it is a path on this machine: no slash stands before a host's colon."""
        if "://" in self.url:
            return self.url.startswith("file://")
        return ":" not in self.url.partition("/")[0]

    @property
    def folder(self) -> Path:
        """Where a local repository is."""
        return Path(self.url.removeprefix("file://")).absolute()

    @property
    def secrets(self) -> Sequence[str]:
        """What no error may show."""
        return (self.token, _basic(self.token)) if self.token else ()

    def environment(self, folder: Path, outer: Mapping[str, str]) -> dict[str, str]:
        """Return git's environment, without settings.

        Args:
            folder: of our own, for a repository and a configuration.
            outer: the environment that we have ourselves.
        """
        own = FIXED | {"GIT_DIR": str(folder / "repository")}
        if self.user_configuration:
            passed_on = {
                name: value for name, value in outer.items() if name in PASSED_ON_TO_USERS or not _is_steering(name)
            }
            return passed_on | own
        (folder / "configuration").write_text(OURS)
        own |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(folder / "configuration")}
        if self._is_web:
            own["HOME"] = str(folder)  # a .netrc would hold the credentials of somebody else
        passed_on = {name: value for name, value in outer.items() if name in PASSED_ON}
        return ({} if "GIT_SSH" in outer else QUIET_SSH) | self._authorities() | passed_on | own

    def settings(self) -> Sequence[tuple[str, str]]:
        """Return what git is to be configured to, without secrets."""
        address = self.url if ":" in self.url or not self.is_local else str(Path(self.url).absolute())
        settings = [*SETTINGS, (f"remote.{REMOTE}.url", address)]
        if self.is_local:
            settings.append((f"remote.{REMOTE}.uploadpack", UPLOAD_PACK))
        if self.is_local and not self.user_configuration:
            settings.append((f"remote.{REMOTE}.receivepack", RECEIVE_PACK))
        if self.token or not self.user_configuration:
            settings.append(("credential.helper", ""))
        return settings

    def credentials(self) -> Sequence[tuple[str, str]]:
        """Return what git is to be configured to, over and above that, for what goes to the repository."""
        if not self.token or not self._is_web:
            return ()
        header = f"http.{self.where}.extraHeader"
        # The empty one takes back what others configured: two headers would be one too many.
        return ((header, ""), (header, f"Authorization: Basic {_basic(self.token)}"))

    @property
    def _is_web(self) -> bool:
        return self.url.startswith(("https://", "http://"))

    def _authorities(self) -> dict[str, str]:
        if not self.url.startswith("https://"):
            return {}
        from gate.clients.web import authorities  # noqa: PLC0415 - its library is slow to import

        found = authorities(self.url)
        return {"GIT_SSL_CAINFO": found} if isinstance(found, str) else {}


def as_variables(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return settings as git takes them from the environment, in their order."""
    variables: dict[str, str] = {}
    count = 0
    for key, value in settings:
        variables |= {f"GIT_CONFIG_KEY_{count}": key, f"GIT_CONFIG_VALUE_{count}": value}
        count += 1
    return {"GIT_CONFIG_COUNT": str(count), **variables}


def _split(url: str) -> SplitResult:
    """Take an address apart. What is no URL has no parts."""
    if url and url.isprintable():
        with suppress(ValueError):
            parts = urlsplit(url if "://" in url else "")
            _ = parts.port  # where a password with a slash in it ends up
            return parts
    raise ConfigurationError(
        "this is no address of a repository.",
        where="the store's repository",
        remedy="Use https://, ssh://, git@host:path or a path.",
    )


def _basic(token: str) -> str:
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()


def _is_steering(name: str) -> bool:
    """Say whether a variable steers git, or the language that it speaks."""
    return name.startswith(("GIT_", "LC_")) or name == "LANGUAGE"
