"""What can be asked of applications, their versions, branches and tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.pact_broker.calls import Call, Json, created, gone, hal, invalid, missing, unknown
from tests.pact_broker.index import index
from tests.pact_broker.records import Environment, Pacticipant, Tag, Version
from tests.pact_broker.shapes import part
from tests.pact_broker.validation import page_errors
from tests.servers import Reply

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.size)

    def body(self) -> Json:
        counts = {"totalElements": self.total, "totalPages": self.pages}
        return {"page": {"number": self.number, "size": self.size, **counts}}

    def links(self, url: str) -> Json:
        links: Json = {}
        if self.number < self.pages:
            links["next"] = {"href": f"{url}?size={self.size}&page={self.number + 1}", "title": "Next page"}
        if self.number > 1:
            links["previous"] = {"href": f"{url}?size={self.size}&page={self.number - 1}", "title": "Previous page"}
        return links


def get_index(call: Call) -> Reply:
    return hal(index(call.base))


def heartbeat(call: Call) -> Reply:
    links = {"self": {"href": f"{call.base}/diagnostic/status/heartbeat"}}
    return hal({"ok": True, "_links": links}, kind="application/hal+json")


def list_pacticipants(call: Call) -> Reply:
    listed = sorted(call.state.pacticipants.values(), key=lambda one: one.name)
    chosen, page = _paged(call, listed)
    shapes, url = call.shapes, f"{call.base}/pacticipants"
    bodies = [shapes.pacticipant(one, listed=True) for one in chosen]
    hrefs = [{"href": shapes.pacticipant_url(one)} for one in chosen]
    deprecated, replacement = "DEPRECATED - Please use the embedded pacticipants collection", "pb:pacticipants"
    old = f"DEPRECATED - please use {replacement}"
    links = {
        **({} if page is None else page.links(url)),
        "self": {"href": url},
        "pb:pacticipants-with-label": {
            "title": "Find pacticipants by label",
            "href": f"{url}/label/{{label}}",
            "templated": True,
        },
        replacement: [
            {**href, "title": "Pacticipant", "name": one.name} for href, one in zip(hrefs, chosen, strict=True)
        ],
        "pacticipants": [{**href, "title": one.name, "name": old} for href, one in zip(hrefs, chosen, strict=True)],
    }
    return hal(
        {
            **({} if page is None else page.body()),
            "_embedded": {"pacticipants": bodies},
            "_links": links,
            "pacticipants": [{**body, "title": deprecated} for body in bodies],
        }
    )


def get_pacticipant(call: Call) -> Reply:
    return hal(call.shapes.pacticipant(_pacticipant(call)))


def patch_pacticipant(call: Call) -> Reply:
    one = _pacticipant(call)
    _change_pacticipant(call, one, call.fields)
    return hal(call.shapes.pacticipant(one))


def create_pacticipant(call: Call) -> Reply:
    name = call.fields.get("name")
    if not isinstance(name, str) or not name:
        raise invalid({"name": ["is missing" if "name" not in call.fields else "must be filled"]})
    known = name in call.state.pacticipants
    one = call.state.pacticipant(name)
    _change_pacticipant(call, one, call.fields)
    if not known:
        one.updated_at = None
    location = f"{call.base}/pacticpants/{part(name)}"  # sic
    return created(call.shapes.pacticipant(one, listed=True), location)


def list_versions(call: Call) -> Reply:
    owner = _pacticipant_or_nothing(call)
    chosen, page = _paged(call, list(reversed(owner.versions.values())))
    shapes, url = call.shapes, f"{call.shapes.pacticipant_url(owner)}/versions"
    replaced = "Deprecated - please use pb:"
    links = {
        "self": {"href": call.url, "title": f"All application versions of {owner.name}"},
        **({} if page is None else page.links(url)),
        "pb:pacticipant": {"href": shapes.pacticipant_url(owner), "title": owner.name},
        "pb:versions": [{"href": shapes.version_url(one), "title": _dated(one)} for one in chosen],
        "pacticipant": {"href": shapes.pacticipant_url(owner), "title": f"{replaced}pacticipant"},
        "versions": [{"href": shapes.version_url(one), "title": f"{replaced}versions"} for one in chosen],
    }
    bodies = [shapes.version(one, None) for one in chosen]
    return hal({**({} if page is None else page.body()), "_embedded": {"versions": bodies}, "_links": links})


def get_version(call: Call) -> Reply:
    return hal(call.shapes.version(_version(call), environments(call)))


def put_version(call: Call) -> Reply:
    """Write a version anew: without an address it has none. Tags are replaced if others are given, branches never."""
    state, name, number = call.state, call.arguments["pacticipant"], call.arguments["version"]
    known = state.find_version(name, number) is not None
    version, tags = state.version(name, number), call.fields.get("tags")
    version.build_url = call.fields.get("buildUrl")
    version.updated_at = state.clock.read() if known else None
    if tags is not None:
        now = state.clock.read()
        version.tags = {one["name"]: Tag(name=one["name"], version=version, created_at=now) for one in tags}
    return hal(call.shapes.version(version, environments(call)), status=200 if known else 201)


def delete_version(call: Call) -> Reply:
    call.state.drop_version(_version(call))
    return gone()


def list_branches(call: Call) -> Reply:
    owner = _pacticipant_or_nothing(call)
    listed = sorted(owner.branches.values(), key=lambda one: one.updated_at or "", reverse=True)
    chosen, page = _paged(call, listed, always=True)
    shapes, url = call.shapes, f"{call.shapes.pacticipant_url(owner)}/branches"
    links = {
        "self": {"title": f"{owner.name} branches", "href": call.url},
        **({} if page is None else page.links(url)),
        "pb:branches": [{"name": one.name, "href": shapes.branch_url(one)} for one in chosen],
    }
    bodies = [shapes.branch(one) for one in chosen]
    return hal({**({} if page is None else page.body()), "_embedded": {"branches": bodies}, "_links": links})


def get_branch(call: Call) -> Reply:
    owner = _pacticipant_or_nothing(call)
    branch = owner.branches.get(call.arguments["branch"])
    if branch is None:
        raise missing()
    return hal(call.shapes.branch(branch))


def delete_branch(call: Call) -> Reply:
    owner = _pacticipant_or_nothing(call)
    branch = owner.branches.pop(call.arguments["branch"], None)
    if branch is None:
        raise missing()
    for one in branch.versions.values():
        one.version.branches.pop(branch.name)
    return gone()


def put_branch_version(call: Call) -> Reply:
    """Put a version on a branch, and create all that there is not yet."""
    state, name = call.state, call.arguments["branch"]
    version = state.version(call.arguments["pacticipant"], call.arguments["version"])
    known = name in version.branches
    one = state.add_branch(version, name)
    body_time = state.clock.read()
    one.updated_at = body_time if known else None
    body = call.shapes.branch_version(one)
    return hal(body) if known else created(body, body["_links"]["self"]["href"])


def get_branch_version(call: Call) -> Reply:
    one = _version(call).branches.get(call.arguments["branch"])
    if one is None:
        raise missing()
    return hal(call.shapes.branch_version(one))


def delete_branch_version(call: Call) -> Reply:
    one = _version(call).branches.pop(call.arguments["branch"], None)
    if one is None:
        raise missing()
    del one.branch.versions[one.version.number]
    return gone()


def get_branch_latest_version(call: Call) -> Reply:
    head = _pacticipant_or_nothing(call).head(call.arguments["branch"])
    if head is None:
        raise missing()
    return hal(call.shapes.version(head, environments(call), self_href=call.base + call.path))


def get_latest_version(call: Call) -> Reply:
    latest = _pacticipant_or_nothing(call).latest
    if latest is None:
        raise missing()
    return hal(call.shapes.version(latest, environments(call), self_href=call.base + call.path))


def put_tag(call: Call) -> Reply:
    """Tag a version. The name of an environment records a deployment to it, each time."""
    state = call.state
    version = state.version(call.arguments["pacticipant"], call.arguments["version"])
    known = call.arguments["tag"] in version.tags
    tag = state.add_tag(version, call.arguments["tag"])
    environment = state.environment(tag.name)
    if environment is not None:
        state.deploy(version, environment)
    body = call.shapes.tag(tag)
    return hal(body) if known else created(body, call.shapes.tag_url(tag))


def get_tag(call: Call) -> Reply:
    tag = _version(call).tags.get(call.arguments["tag"])
    if tag is None:
        raise missing()
    return hal(call.shapes.tag(tag))


def environments(call: Call) -> list[Environment]:
    return sorted(call.state.environments.values(), key=lambda one: one.name)


def _pacticipant(call: Call) -> Pacticipant:
    name = call.arguments["pacticipant"]
    if name not in call.state.pacticipants:
        raise unknown(f"No pacticipant with name '{name}' found")
    return call.state.pacticipants[name]


def _pacticipant_or_nothing(call: Call) -> Pacticipant:
    found = call.state.pacticipants.get(call.arguments["pacticipant"])
    if found is None:
        raise missing()
    return found


def _version(call: Call) -> Version:
    found = call.state.find_version(call.arguments["pacticipant"], call.arguments["version"])
    if found is None:
        raise missing()
    return found


def _change_pacticipant(call: Call, one: Pacticipant, wanted: Json) -> None:
    before = (one.main_branch, one.repository_url, one.display_name)
    one.main_branch = wanted.get("mainBranch", one.main_branch)
    one.repository_url = wanted.get("repositoryUrl", one.repository_url)
    one.display_name = wanted.get("displayName", one.display_name)
    if before != (one.main_branch, one.repository_url, one.display_name):
        one.updated_at = call.state.clock.read()


def _paged(call: Call, listed: Sequence[T], *, always: bool = False) -> tuple[list[T], Page | None]:
    """Cut the list as the query asks. Without a word of it, the list is whole, or in pages of 100."""
    query: dict[str, Any] = call.query
    errors = page_errors(query)
    if errors:
        raise invalid(errors)
    number, size = (query.get(new, query.get(old)) for new, old in (("page", "pageNumber"), ("size", "pageSize")))
    if number is None and size is None and not always:
        return list(listed), None
    page = Page(int(number or 1), int(size or 100), len(listed))
    start = (page.number - 1) * page.size
    return list(listed[start : start + page.size]), page


def _dated(version: Version) -> str:
    year, month, day = version.created_at[:10].split("-")
    return f"Version {version.number} - {day}/{month}/{year}"
