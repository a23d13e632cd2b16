"""What went wrong when git went to a repository, in words that somebody can act on."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gate.domain.errors import StoreError
from gate.domain.redaction import CUT

LONGEST: Final = 300
"""Characters of a server's reason."""

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
ESCAPE: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class GitError(StoreError):
    """The repository could not be read or written."""


class RewrittenError(GitError):
    """The branch does not contain what it contained before: nothing that was read from it holds any longer."""


class Kind(Enum):
    """What to expect of a fault."""

    LASTING = auto()
    """Nothing was done, and nothing will be the next time."""
    PASSING = auto()
    """It may be gone in a moment. What was asked for may have been done, or not."""
    UNCLEAR = auto()
    """What was asked for may have been done, or not, and asking again takes as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason for which git fails."""

    pattern: re.Pattern[str]
    what: str
    remedy: str
    kind: Kind


def _cause(pattern: str, what: str, remedy: str, kind: Kind = Kind.LASTING) -> Cause:
    return Cause(pattern=re.compile(pattern, re.IGNORECASE), what=what, remedy=remedy, kind=kind)


CHECK_ADDRESS: Final = "Check the address, and that the token may see the repository: servers hide it from others."
CHECK_RIGHTS: Final = "May the token write contents (permissions: contents: write)? Is the branch protected?"
TRY_AGAIN: Final = "Run it again; if it stays so, look whether the server is well."

CAUSES: Final = (
    _cause(r"took longer than|operation too slow", "the server is too slow{reason}.", TRY_AGAIN, Kind.UNCLEAR),
    _cause(
        r"returned error: 30\d|unable to update url base from redirection",
        "the server redirects to another address, which is not followed.",
        "Give the address that it redirects to.",
    ),
    _cause(
        r"returned error: 40[13]|HTTP 40[13]|authentication failed|could not read (username|password)"
        r"|permission denied|access denied|write access to repository not granted",
        "the server lets nobody in with these credentials{reason}.",
        "Check the token or the key: it has to read the contents of this repository, and to write them.",
    ),
    _cause(
        r"returned error: 404|HTTP 404|repository .*not found|does not appear to be a git repository"
        r"|is this a git repository",
        "there is no git repository that we may see.",
        CHECK_ADDRESS,
    ),
    _cause(
        r"host key verification failed",
        "the key of the host is not known.",
        "Put it into known_hosts, or use https with a token.",
    ),
    _cause(
        r"certificate (problem|verif|signature|signer|is not|has|subject)|server verification failed"
        r"|local issuer certificate",
        "the certificate of the server is not trusted.",
        "Name the file of its authority in REQUESTS_CA_BUNDLE or GIT_SSL_CAINFO.",
    ),
    _cause(
        r"couldn't find remote ref",
        "what answers there is not git.",
        "Check the address, and whether a proxy or a login stands in between.",
    ),
    _cause(
        r"transport '[^']*' not allowed",
        "this is no kind of address that we go to.",
        "Use https://, ssh://, git@host:path or a path.",
    ),
    _cause(
        r"dubious ownership",
        "the repository belongs to somebody else, and git looks into none such.",
        "Add its path to git's setting safe.directory.",
    ),
    _cause(
        r"mismatched algorithms",
        "the repository names its objects by SHA-256, which is not supported.",
        "Use a repository with SHA-1, which is git's own default.",
    ),
    _cause(
        r"not our ref|did not send all necessary objects",
        "the repository has no longer what the branch was made of.",
        "Somebody rewrote the branch. Run it again.",
    ),
    _cause(
        r"stale info",
        "the server shows another branch to those who write than to those who read.",
        "Check whether a proxy or a login stands in between.",
        Kind.PASSING,
    ),
    _cause(
        r"could not resolve host",
        "the host is not known.",
        "Check the address, and that names can be looked up from here.",
        Kind.PASSING,
    ),
    _cause(
        r"connection (refused|reset|timed out|closed|died)|failed to connect|couldn't connect|early EOF"
        r"|unexpected disconnect|hung up unexpectedly|empty reply|transfer closed|RPC failed|(recv|send) failure"
        r"|operation timed out|SSL_ERROR_SYSCALL|GnuTLS recv error|(returned error:|HTTP) (429|5\d\d)|broken pipe"
        r"|expected flush|expected 'packfile'|bad line length|internal server error|commit_refs",
        "the server could not be reached{reason}.",
        TRY_AGAIN,
        Kind.PASSING,
    ),
)
"""The first that fits counts: those that last stand before those that pass."""

NO_BRANCH: Final = "fatal: couldn't find remote ref {branch}"
PACKET: Final = re.compile(r"packet: +\S+<")
"""How git traces what a server says. It has nothing to trace where it takes a web page for a list of no branches."""
NO_FILTER: Final = re.compile(
    r"filter '[^']*' not supported|filter allows|(unknown|invalid|unsupported) .*\bfilter", re.IGNORECASE
)
"""How servers say that they do not leave out what we want left out."""
NO_SINGLE_OBJECTS: Final = "Server does not allow request for unadvertised object"
"""How git says that a server hands out branches and nothing else, as some do that speak an old protocol."""

REJECTED: Final = re.compile(r"^!\t[^\t]*\t\[(?P<kind>[^\]]*)\](?: \((?P<reason>.*)\))?", re.MULTILINE)
"""How git lists a branch that was not pushed. Kind `rejected` is git's own word, `remote rejected` the server's."""

CONTENTION: Final = re.compile(
    r"cannot lock|failed to lock|unable to lock|lock error|failed to update|already exists|incorrect old value"
    r"|reference conflict|fetch first|non-fast-forward|stale info",
    re.IGNORECASE,
)
"""How servers say that somebody else was writing the branch."""

REFUSAL: Final = re.compile(r"declined|protected|denied|prohibited|not allowed|not permitted|TF40\d+", re.IGNORECASE)
"""How servers say that it will be no the next time, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A command of git's that failed."""

    where: str
    output: str
    errors: str
    redact: Callable[[str], str]
    """Takes the secrets out of what a person is to read."""

    @property
    def is_passing(self) -> bool:
        """Whether the same may succeed in a moment."""
        cause = self._cause
        return cause is not None and cause.kind is Kind.PASSING

    @property
    def is_stale(self) -> bool:
        """Whether git found the branch changed, and sent nothing."""
        return self._rejection("rejected") == "stale info"

    @property
    def is_contention(self) -> bool:
        """Whether the server says that somebody else was writing."""
        return CONTENTION.search(self._rejection("remote rejected")) is not None

    @property
    def is_refusal(self) -> bool:
        """Whether the server says no, and would say so again."""
        if reason := self._rejection("remote rejected"):
            return REFUSAL.search(reason) is not None and not self.is_contention
        cause = self._cause
        return cause is not None and cause.kind is Kind.LASTING

    def error(self) -> GitError:
        """Say it to a person."""
        if rejection := self._rejection("remote rejected"):
            said = self._said("remote: ").removeprefix("error: ") or rejection
            return GitError(f"the push was refused: {self._short(said)}.", where=self.where, remedy=CHECK_RIGHTS)
        reason = self._short(self._said("fatal: ", "error: ", "ssh: ", "remote: "))
        cause = self._cause
        if cause is None:
            return GitError(f"git failed: {reason or 'it does not say why'}.", where=self.where, remedy=TRY_AGAIN)
        return GitError(
            cause.what.format(reason=f": {reason}" if reason else ""), where=self.where, remedy=cause.remedy
        )

    @property
    def _cause(self) -> Cause | None:
        text = f"{self.errors}\n{self.output}".replace(self.where, "")  # an address may be made of any words
        return next((cause for cause in CAUSES if cause.pattern.search(text)), None)

    def _rejection(self, kind: str) -> str:
        found = next((each for each in REJECTED.finditer(self.output) if each["kind"] == kind), None)
        return "" if found is None else clean(found["reason"] or kind)

    def _said(self, *beginnings: str) -> str:
        """Return what follows these beginnings, in one line."""
        lines = [
            line.removeprefix(each) for line in self.errors.splitlines() for each in beginnings if line.startswith(each)
        ]
        return " ".join(" ".join(line.split()) for line in lines if line.strip())

    def _short(self, text: str) -> str:
        text = self.redact(text.rstrip(". "))
        return text if len(text) <= LONGEST else self.redact(f"{text[: LONGEST - 1]}{CUT}")


def clean(text: str) -> str:
    """Take out what a terminal would act upon."""
    return "\n".join(CONTROL.sub(" ", ESCAPE.sub("", line)) for line in text.splitlines())
