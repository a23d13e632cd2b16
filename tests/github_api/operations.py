"""What each operation of the API does, under the rules of GitHub that its description does not tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from tests.github_api.shapes import DEFAULT_BRANCH, Json, Shapes
from tests.github_api.state import CheckRun, Comment, Identity, PullRequest, State, Status
from tests.servers import Reply

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that fits the description, by somebody who may make it."""

    state: State
    shapes: Shapes
    identity: Identity
    url: str
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    def number(self, argument: str) -> int:
        return int(self.arguments[argument])


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818
    """An answer that is an error."""

    status: int
    message: str
    errors: Sequence[Json] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def reply(self) -> Reply:
        body: Json = {"message": self.message, "documentation_url": _DOCUMENTATION, "status": str(self.status)}
        return Reply(
            status=self.status,
            body={**body, "errors": list(self.errors)} if self.errors else body,
            headers=self.headers,
        )


@dataclass(frozen=True, slots=True)
class Implementation:
    """An operation, and the permissions of which one is needed, written as GitHub writes them."""

    work: Callable[[Call], Reply]
    permissions: tuple[str, ...] = ()

    def allow(self, identity: Identity) -> None:
        accepted = [permission.split("=") for permission in self.permissions]
        if accepted and not any(identity.may(scope, level) for scope, level in accepted):
            raise Refused(
                403, not_accessible(identity), headers={"X-Accepted-GitHub-Permissions": "; ".join(self.permissions)}
            )


def not_accessible(identity: Identity) -> str:
    return f"Resource not accessible by {'integration' if identity.type == 'Bot' else 'personal access token'}"


def _create_status(call: Call) -> Reply:
    sha, body, state = _known_commit(call, "sha"), call.body, call.state
    description, target, context = body.get("description"), body.get("target_url"), body.get("context", "default")
    if len(description or "") > 140:
        raise _invalid("Status", "description", "description is too long (maximum is 140 characters)")
    if target is not None and not target.startswith(("http://", "https://")):
        raise _invalid("Status", "target_url", "target_url must use http(s) scheme")
    alike = [one for one in state.statuses if (one.sha, one.context.casefold()) == (sha, context.casefold())]
    if len(alike) >= 1000:
        text = "This SHA and context has reached the maximum number of statuses."
        raise _invalid("Status", "context", text)
    status = Status(
        id=next(state.ids),
        sha=sha,
        context=context,
        state=body["state"],
        description=description,
        target_url=target,
        creator=call.identity,
        created_at=state.clock.read(),
    )
    state.statuses.append(status)
    return Reply(status=201, body=call.shapes.status(status))


def _list_statuses(call: Call) -> Reply:
    shown, headers = _page(call, _statuses(call))
    return Reply(body=[call.shapes.status(status) for status in shown], headers=headers)


def _combined_status(call: Call) -> Reply:
    latest: dict[str, Status] = {}
    for status in _statuses(call):
        latest.setdefault(status.context.casefold(), status)
    states = {status.state for status in latest.values()}
    state = "failure" if states & {"error", "failure"} else "success" if states == {"success"} else "pending"
    shown, headers = _page(call, list(latest.values()))
    commit_url = f"{call.shapes.repository_url}/commits/{call.arguments['ref']}"
    body = {
        "state": state,
        "sha": call.arguments["ref"],
        "total_count": len(latest),
        "statuses": [call.shapes.simple_status(status) for status in shown],
        "repository": call.shapes.minimal_repository(call.state.repository),
        "commit_url": commit_url,
        "url": f"{commit_url}/status",
    }
    return Reply(body=body, headers=headers)


def _get_commit(call: Call) -> Reply:
    return Reply(body=call.shapes.commit(_known_commit(call, "ref")))


def _pulls_of_commit(call: Call) -> Reply:
    """List those that hold the commit. One that was closed without a merge is not among them."""
    sha = _known_commit(call, "commit_sha")
    return _pulls(call, [pull for pull in call.state.pulls.values() if pull.holds(sha) and _open_or_merged(pull)])


def _list_pulls(call: Call) -> Reply:
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    found = [
        pull
        for pull in sorted(call.state.pulls.values(), key=lambda pull: -pull.number)
        if state in {"all", pull.state}
        and head in {None, f"{pull.head_repository.partition('/')[0]}:{pull.head_ref}"}
        and base in {None, pull.base_ref}
    ]
    return _pulls(call, found)


def _pulls(call: Call, found: Sequence[PullRequest]) -> Reply:
    shown, headers = _page(call, found)
    return Reply(body=[call.shapes.simple_pull(pull) for pull in shown], headers=headers)


def _get_pull(call: Call) -> Reply:
    return Reply(body=call.shapes.pull(_found(call.state.pulls, call.number("pull_number"))))


def _create_comment(call: Call) -> Reply:
    number = call.number("issue_number")
    _found(call.state.pulls, number)
    comment = call.state.add_comment(number, _comment_body(call), call.identity)
    return Reply(status=201, body=call.shapes.comment(comment))


def _list_comments(call: Call) -> Reply:
    number = call.number("issue_number")
    _found(call.state.pulls, number)
    since = datetime.fromisoformat(call.query.get("since", "2000-01-01T00:00:00Z"))
    found = [
        comment
        for _, comment in sorted(call.state.comments.items())
        if comment.number == number and datetime.fromisoformat(comment.updated_at) >= since
    ]
    shown, headers = _page(call, found)
    return Reply(body=[call.shapes.comment(comment) for comment in shown], headers=headers)


def _get_comment(call: Call) -> Reply:
    return Reply(body=call.shapes.comment(_comment(call)))


def _edit_comment(call: Call) -> Reply:
    comment = _comment(call)
    comment.body, comment.updated_at = _comment_body(call), call.state.clock.read()
    return Reply(body=call.shapes.comment(comment))


def _delete_comment(call: Call) -> Reply:
    del call.state.comments[_comment(call).id]
    return Reply(status=204)


def _create_check(call: Call) -> Reply:
    _only_apps(call)
    if call.body["head_sha"] not in call.state.commits:
        raise Refused(422, f"No commit found for SHA: {call.body['head_sha']}")
    run = CheckRun(id=next(call.state.ids), name=call.body["name"], head_sha=call.body["head_sha"])
    run.started_at = call.state.clock.read()
    call.state.check_runs[run.id] = run
    _change_check(call, run)
    return Reply(status=201, body=call.shapes.check_run(run))


def _edit_check(call: Call) -> Reply:
    _only_apps(call)
    run = _check_run(call)
    _change_check(call, run)
    return Reply(body=call.shapes.check_run(run))


def _get_check(call: Call) -> Reply:
    return Reply(body=call.shapes.check_run(_check_run(call)))


def _list_checks(call: Call) -> Reply:
    """List the check runs of a commit, the newest first; of those of one name the newest, unless all are asked for."""
    sha, name = _known_commit(call, "ref"), call.query.get("check_name")
    found = [
        run for run in reversed(call.state.check_runs.values()) if run.head_sha == sha and name in {None, run.name}
    ]
    if call.query.get("filter", "latest") == "latest":
        found = list({run.name: run for run in reversed(found)}.values())
    shown, headers = _page(call, found)
    body = {"total_count": len(found), "check_runs": [call.shapes.check_run(run) for run in shown]}
    return Reply(body=body, headers=headers)


def _list_annotations(call: Call) -> Reply:
    run = _check_run(call)
    shown, headers = _page(call, run.annotations)
    return Reply(body=[call.shapes.annotation(run, annotation) for annotation in shown], headers=headers)


def _change_check(call: Call, run: CheckRun) -> None:
    """A conclusion completes the run, and annotations are added to those that are there."""
    for name in ("name", "status", "details_url", "external_id", "started_at", "completed_at"):
        if name in call.body:
            setattr(run, name, call.body[name])
    if "conclusion" in call.body:
        run.conclusion, run.status = call.body["conclusion"], "completed"
        run.completed_at = run.completed_at or call.state.clock.read()
    output = dict(call.body.get("output", {}))
    run.annotations += output.pop("annotations", [])
    run.output.update({name: text for name, text in output.items() if name != "images"})


def _get_repository(call: Call) -> Reply:
    return Reply(body=call.shapes.full_repository(call.state.repository))


def _get_ref(call: Call) -> Reply:
    if call.arguments["ref"] != f"heads/{DEFAULT_BRANCH}":
        raise Refused(404, "Not Found")
    return Reply(body=call.shapes.branch())


def _get_content(call: Call) -> Reply:
    """Give a file, or list a folder. A symbolic link to a file is that file, and no other link is followed."""
    path, files, links, shapes = call.arguments["path"], call.state.files, call.state.links, call.shapes
    ref, found = call.query.get("ref", DEFAULT_BRANCH), links.get(path, path)
    if ref != DEFAULT_BRANCH:
        raise Refused(404, f"No commit found for the ref {ref}")
    if found in files:
        return Reply(body=shapes.file(path, files[found]))
    if path in links:
        return Reply(body=shapes.link(path, found))
    names = {name.removeprefix(f"{path}/").partition("/")[0] for name in files if name.startswith(f"{path}/")}
    if not names:
        raise Refused(404, "Not Found")
    below = [f"{path}/{name}" for name in sorted(names)]
    entries = [
        shapes.entry(one, "file", len(files[one])) if one in files else shapes.entry(one, "dir") for one in below
    ]
    return Reply(body=entries)


def _get_user(call: Call) -> Reply:
    if call.identity.type == "Bot":
        raise Refused(403, not_accessible(call.identity))
    return Reply(body=call.shapes.public_user(call.identity.login))


def _get_rate_limit(call: Call) -> Reply:
    return Reply(body=call.shapes.rate_limit(call.state.rate_limit))


def _only_apps(call: Call) -> None:
    if call.identity.type != "Bot":
        raise Refused(403, "You must authenticate via a GitHub App.")


def _known_commit(call: Call, argument: str) -> str:
    sha = call.arguments[argument]
    if sha not in call.state.commits:
        raise Refused(422, f"No commit found for SHA: {sha}")
    return sha


def _statuses(call: Call) -> list[Status]:
    """Give the statuses of a commit, the newest first."""
    sha = call.arguments["ref"]
    if sha not in call.state.commits:
        raise Refused(404, "Not Found")
    return [status for status in reversed(call.state.statuses) if status.sha == sha]


def _comment(call: Call) -> Comment:
    return _found(call.state.comments, call.number("comment_id"))


def _comment_body(call: Call) -> str:
    body: str = call.body["body"]
    if not body.strip():
        raise _invalid("IssueComment", "body", "body can't be blank")
    if len(body) > 65_536:
        text = "Body is too long (maximum is 65536 characters)"
        raise _invalid("IssueComment", "data", text, code="unprocessable")
    return body


def _check_run(call: Call) -> CheckRun:
    return _found(call.state.check_runs, call.number("check_run_id"))


def _found(things: Mapping[int, T], number: int) -> T:
    if number not in things:
        raise Refused(404, "Not Found")
    return things[number]


def _open_or_merged(pull: PullRequest) -> bool:
    return pull.merged or pull.state == "open"


def _page(call: Call, found: Sequence[T]) -> tuple[Sequence[T], dict[str, str]]:
    """Cut out the page that was asked for. As on GitHub, it has 100 entries at most, whatever was asked."""
    size = min(max(int(call.query.get("per_page", 30)), 1), 100)
    page, last = max(int(call.query.get("page", 1)), 1), max(-(-len(found) // size), 1)
    pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page == 1:
        del pages["prev"], pages["first"]
    if page >= last:
        del pages["next"], pages["last"]
    links = [f'<{call.url}?{urlencode({**call.query, "page": at})}>; rel="{name}"' for name, at in pages.items()]
    return found[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {}


def _invalid(resource: str, name: str, text: str, *, code: str = "custom") -> Refused:
    error = {"resource": resource, "code": code, "field": name, "message": text}
    return Refused(422, "Validation Failed", [error])


_DOCUMENTATION: Final = "https://docs.github.com/rest"
_COMMENTS_READ: Final = ("issues=read", "pull_requests=read")
_COMMENTS_WRITE: Final = ("issues=write", "pull_requests=write")

OPERATIONS: Final[dict[str, Implementation]] = {
    "checks/create": Implementation(_create_check, ("checks=write",)),
    "checks/get": Implementation(_get_check, ("checks=read",)),
    "checks/list-annotations": Implementation(_list_annotations, ("checks=read",)),
    "checks/list-for-ref": Implementation(_list_checks, ("checks=read",)),
    "checks/update": Implementation(_edit_check, ("checks=write",)),
    "git/get-ref": Implementation(_get_ref, ("contents=read",)),
    "issues/create-comment": Implementation(_create_comment, _COMMENTS_WRITE),
    "issues/delete-comment": Implementation(_delete_comment, _COMMENTS_WRITE),
    "issues/get-comment": Implementation(_get_comment, _COMMENTS_READ),
    "issues/list-comments": Implementation(_list_comments, _COMMENTS_READ),
    "issues/update-comment": Implementation(_edit_comment, _COMMENTS_WRITE),
    "pulls/get": Implementation(_get_pull, ("pull_requests=read",)),
    "pulls/list": Implementation(_list_pulls, ("pull_requests=read",)),
    "rate-limit/get": Implementation(_get_rate_limit),
    "repos/create-commit-status": Implementation(_create_status, ("statuses=write",)),
    "repos/get": Implementation(_get_repository, ("metadata=read",)),
    "repos/get-combined-status-for-ref": Implementation(_combined_status, ("statuses=read",)),
    "repos/get-commit": Implementation(_get_commit, ("contents=read",)),
    "repos/get-content": Implementation(_get_content, ("contents=read",)),
    "repos/list-commit-statuses-for-ref": Implementation(_list_statuses, ("statuses=read",)),
    "repos/list-pull-requests-associated-with-commit": Implementation(_pulls_of_commit, ("pull_requests=read",)),
    "users/get-authenticated": Implementation(_get_user),
}
