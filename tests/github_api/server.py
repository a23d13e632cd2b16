"""The server: every request and every answer passes the description, and faults come in between."""

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests.github_api.description import Operation, github_description
from tests.github_api.faults import Fault
from tests.github_api.operations import OPERATIONS, Call, Refused
from tests.github_api.shapes import Shapes
from tests.github_api.state import CheckRun, Comment, Identity, PullRequest, State, Status
from tests.servers import Asked, Reply, Tls, serving

REPOSITORY: Final = "acme/orders-api"
HEAD: Final = "5f1d6b0c" * 5
"""A commit of the repository."""
TOKEN: Final = "ghs_the-token-of-the-workflow"
"""A workflow's own token, with the permissions that statuses, comments and check runs need."""

_WORKFLOW: Final = Identity(
    permissions={"checks": "write", "contents": "read", "pull_requests": "write", "statuses": "write"}
)
_VIEWER: Final = re.compile(r"\s*(query(\s+\w+)?)?\s*\{\s*viewer\s*\{\s*login\s*\}\s*\}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """A request as it arrived."""

    method: str
    path: str
    """Below the prefix, and "/graphql" for GraphQL. A path elsewhere is as it was."""
    query: Mapping[str, str]
    body: Any
    """The JSON that was sent, or bytes that are none."""
    token: str | None
    headers: Mapping[str, str]
    """Names in small letters."""


@dataclass(slots=True)
class Injected:
    """A fault in its place, and how often a request has met it."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    times: int | None
    met: int = 0

    def meets(self, request: ApiRequest) -> bool:
        if self.times is not None and self.met >= self.times:
            return False
        return self.method == request.method and self.path.search(request.path) is not None


@dataclass(slots=True, kw_only=True)
class GithubApi:
    """A running fake of GitHub's API. Look at `asked` and `state`, and add to the repository as if others did."""

    state: State
    prefix: str = ""
    server_url: str = ""
    asked: list[ApiRequest] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Injected] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """What GITHUB_API_URL would say."""
        return self.server_url + self.prefix

    @property
    def graphql_url(self) -> str:
        """What GITHUB_GRAPHQL_URL would say."""
        return f"{self.server_url}{self.prefix.removesuffix('/v3')}/graphql"

    @property
    def repository(self) -> str:
        return self.state.repository

    @property
    def pulls(self) -> dict[int, PullRequest]:
        return self.state.pulls

    @property
    def check_runs(self) -> list[CheckRun]:
        return list(self.state.check_runs.values())

    def seen_from(self, host: str) -> str:
        """Give the server's address by another name of this machine, such as a container's gateway."""
        parts = urlsplit(self.server_url)
        return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}"))

    def statuses(self, sha: str = HEAD) -> list[Status]:
        """Give the statuses of a commit, the oldest first."""
        return [status for status in self.state.statuses if status.sha == sha]

    def comments(self, number: int) -> list[Comment]:
        return [comment for _, comment in sorted(self.state.comments.items()) if comment.number == number]

    def add_token(self, token: str, identity: Identity) -> None:
        self.state.tokens[token] = identity

    def add_pull(
        self,
        number: int,
        *,
        head_sha: str = HEAD,
        head_ref: str = "feature",
        head_repository: str | None = None,
        base_ref: str = "main",
        state: Literal["open", "closed"] = "open",
        merged: bool = False,
        earlier_commits: Iterable[str] = (),
    ) -> PullRequest:
        pull = PullRequest(
            number=number,
            head_sha=head_sha,
            head_ref=head_ref,
            head_repository=head_repository or self.repository,
            base_ref=base_ref,
            state=state,
            merged=merged,
            author="ada",
            created_at=self.state.clock.read(),
            earlier_commits=tuple(earlier_commits),
        )
        self.state.commits.update({head_sha, *pull.earlier_commits})
        self.state.pulls[number] = pull
        return pull

    def add_comment(self, number: int, body: str, *, author: str = "github-actions[bot]") -> Comment:
        """Comment on a pull request as somebody else, or as an earlier run."""
        with self._lock:
            return self.state.add_comment(number, body, Identity.named(author))

    def put_file(self, path: str, content: bytes) -> None:
        """Have a file on the default branch."""
        self.state.files[path] = content

    def put_link(self, path: str, target: str) -> None:
        """Have a symbolic link on the default branch; `target` counts from the repository's top."""
        self.state.links[path] = target

    def fault(self, method: str, path: str, fault: Fault, *, times: int | None = 1) -> Injected:
        """Let the next requests whose path the expression is found in meet the fault; None: all of them."""
        injected = Injected(method, re.compile(path), fault, times)
        self.faults.append(injected)
        return injected

    def take_violations(self) -> list[str]:
        """Give the violations and forget them: they were expected."""
        taken = self.violations[:]
        self.violations.clear()
        return taken

    def assert_clean(self) -> None:
        if self.violations:
            raise AssertionError("against GitHub's description of its API:\n  " + "\n  ".join(self.violations))

    def handle(self, asked: Asked) -> Reply | None:
        with self._lock:
            request = self._log(asked)
            injected = next((one for one in self.faults if one.meets(request)), None)
            if injected is not None:
                injected.met += 1
            works = injected is None or injected.fault.after_work
            headers = self._headers(request)
            reply = _with_headers(self._reply(request, asked, works=works), headers)
        if injected is None:
            return reply
        spoilt = injected.fault.spoil(reply, self._closing)
        return None if spoilt is None else _with_headers(spoilt, headers)

    def close(self) -> None:
        """Let go of all who wait for an answer."""
        self._closing.set()

    def _log(self, asked: Asked) -> ApiRequest:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        parts = urlsplit(asked.path)
        graphql = parts.path == urlsplit(self.graphql_url).path
        request = ApiRequest(
            method=asked.method,
            path="/graphql" if graphql else parts.path.removeprefix(self.prefix),
            query={name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
            body=_json(asked.body),
            token=headers["authorization"].partition(" ")[2] if "authorization" in headers else None,
            headers=headers,
        )
        self.asked.append(request)
        return request

    def _reply(self, request: ApiRequest, asked: Asked, *, works: bool) -> Reply:
        operation = None
        try:
            if request.path == "/graphql":
                return self._graphql(request)
            operation = self._described(request, asked)
            if not works:
                return Reply()
            reply = self._answer(request, operation)
        except Refused as refused:
            reply = refused.reply()
        except Exception as error:  # noqa: BLE001
            # A fault of the fake must not look to the client like one of the network.
            self.violations.append(f"answer: {request.method} {request.path}: {error!r}")
            return Reply(status=500)
        if operation is not None:
            answer_faults = github_description().answer_faults(operation, reply.status, reply.body)
            self.violations.extend(f"answer: {fault}" for fault in answer_faults)
        return reply

    def _described(self, request: ApiRequest, asked: Asked) -> Operation:
        """Find the operation and note all that is wrong with the request."""
        line = f"{request.method} {request.path}"
        outside = not urlsplit(asked.path).path.startswith(f"{self.prefix}/")
        operation = None if outside else github_description().operation(request.method, request.path)
        if operation is None:
            self.violations.append(f"{line} is not described")
            raise Refused(404, "Not Found")
        if "user-agent" not in request.headers:
            self.violations.append(f"{line}: a user agent is needed")
            raise Refused(403, "Request forbidden by administrative rules.")
        if isinstance(request.body, bytes):
            self.violations.append(f"{line}: the body is no JSON")
            raise Refused(400, "Problems parsing JSON")
        query = parse_qs(urlsplit(asked.path).query, keep_blank_values=True)
        request_faults = github_description().request_faults(operation, query, request.body)
        self.violations.extend(f"{line}: {fault}" for fault in request_faults)
        self._identity(request)
        if request_faults:
            raise Refused(422, "Invalid request.\n\n" + "\n".join(request_faults))
        return operation

    def _answer(self, request: ApiRequest, operation: Operation) -> Reply:
        identity = self._identity(request)
        implementation = OPERATIONS.get(operation.id)
        if implementation is None:
            self.violations.append(f"{request.method} {request.path}: the fake does not know {operation.id}")
            raise Refused(501, f"Not implemented: {operation.id}")
        asked_for = operation.arguments
        if "repo" in asked_for and f"{asked_for['owner']}/{asked_for['repo']}".lower() != self.repository.lower():
            raise Refused(404, "Not Found")
        implementation.allow(identity)
        web = f"{urlsplit(self.server_url).scheme}://{request.headers['host']}"
        api = web + self.prefix
        call = Call(
            state=self.state,
            shapes=Shapes(web=web, api=api, state=self.state),
            identity=identity,
            url=api + request.path,
            arguments=operation.arguments,
            query=request.query,
            body=request.body,
        )
        return implementation.work(call)

    def _graphql(self, request: ApiRequest) -> Reply:
        identity = self._identity(request)
        body = request.body if isinstance(request.body, dict) else {}
        known = {"query", "variables", "operationName"}
        if request.method != "POST" or body.keys() - known or not _VIEWER.fullmatch(str(body.get("query"))):
            self.violations.append(f"{request.method} /graphql: the fake does not know {request.body!r}")
            raise Refused(422, "The fake knows only { viewer { login } }")
        return Reply(body={"data": {"viewer": {"login": identity.login}}})

    def _identity(self, request: ApiRequest) -> Identity:
        if request.token is None:
            raise Refused(401, "Requires authentication")
        scheme = request.headers["authorization"].partition(" ")[0].lower()
        if scheme not in {"bearer", "token"} or request.token not in self.state.tokens:
            raise Refused(401, "Bad credentials")
        return self.state.tokens[request.token]

    def _headers(self, request: ApiRequest) -> dict[str, str]:
        if request.path != "/rate_limit":
            self.state.rate_limit.used += 1
        enterprise = {"X-GitHub-Enterprise-Version": "3.17.0"} if self.prefix else {}
        return {
            "X-GitHub-Request-Id": f"FA4E:{len(self.asked):06X}",
            "X-GitHub-Api-Version-Selected": request.headers.get("x-github-api-version", "2022-11-28"),
            "X-GitHub-Media-Type": "github.v3; format=json",
            **self.state.rate_limit.headers(),
            **enterprise,
        }


@contextmanager
def github_api(
    *,
    repository: str = REPOSITORY,
    commits: Iterable[str] = (HEAD,),
    tokens: Mapping[str, Identity] | None = None,
    prefix: str = "",
    host: str = "127.0.0.1",
    tls: Tls | None = None,
) -> Iterator[GithubApi]:
    """Serve GitHub's API until the end of the block, which fails if anything was against its description."""
    identities = {TOKEN: _WORKFLOW} if tokens is None else dict(tokens)
    api = GithubApi(state=State(repository=repository, tokens=identities, commits=set(commits)), prefix=prefix)
    with serving(api.handle, host=host, tls=None if tls is None else tls.context) as server:
        api.server_url = server.url
        try:
            yield api
        finally:
            api.close()
    api.assert_clean()


def _with_headers(reply: Reply, headers: Mapping[str, str]) -> Reply:
    kind = {} if reply.body is None else {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status=reply.status, body=reply.body, headers={**headers, **kind, **reply.headers})


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content
