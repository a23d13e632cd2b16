"""The objects in GitHub's answers, with every property that its description requires."""

import base64
import zlib
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from tests.github_api.state import CheckRun, Comment, PullRequest, RateLimit, State, Status

Json = dict[str, Any]

_BORN = "2025-01-01T00:00:00Z"
DEFAULT_BRANCH = "main"
_TIP = "b" * 40
"""The commit that the default branch stands at."""
_MEBIBYTE = 1024 * 1024


def number_of(name: str) -> int:
    """Give a name the same number in each run."""
    return zlib.crc32(name.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Builds objects whose addresses lie below the one that the client called."""

    web: str
    """Such as https://github.com."""
    api: str
    """Such as https://api.github.com."""
    state: State

    @property
    def repository_url(self) -> str:
        return f"{self.api}/repos/{self.state.repository}"

    def user(self, login: str, type: Literal["Bot", "User", "Organization"] = "User") -> Json:  # noqa: A002
        url = f"{self.api}/users/{login.replace('[', '%5B').replace(']', '%5D')}"
        return {
            "login": login,
            "id": number_of(login),
            "node_id": f"U_{number_of(login)}",
            "avatar_url": f"{self.web}/avatars/u/{number_of(login)}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.web}/{login}",
            "followers_url": f"{url}/followers",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions",
            "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events",
            "type": type,
            "user_view_type": "public",
            "site_admin": False,
        }

    def public_user(self, login: str) -> Json:
        unset = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio", "blog"))
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        return {**self.user(login), **unset, **counts, "created_at": _BORN, "updated_at": _BORN}

    def minimal_repository(self, full_name: str) -> Json:
        owner, _, name = full_name.partition("/")
        url = f"{self.api}/repos/{full_name}"
        urls = {f"{kind}_url": f"{url}/{kind}" for kind in _LISTS}
        return {
            **urls,
            **{f"{kind}_url": f"{url}/{path}" for kind, path in _TEMPLATES.items()},
            "id": number_of(full_name),
            "node_id": f"R_{number_of(full_name)}",
            "name": name,
            "full_name": full_name,
            "owner": self.user(owner, "Organization"),
            "private": True,
            "html_url": f"{self.web}/{full_name}",
            "description": None,
            "fork": full_name != self.state.repository,
            "url": url,
        }

    def repository(self, full_name: str) -> Json:
        web = f"{self.web}/{full_name}"
        flags = dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True)
        counts = dict.fromkeys(
            ("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers"), 0
        )
        return {
            **self.minimal_repository(full_name),
            **flags,
            **counts,
            **dict.fromkeys(("has_pages", "has_discussions", "archived", "disabled"), False),
            **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
            "watchers_count": 0,
            "clone_url": f"{web}.git",
            "git_url": f"{web}.git",
            "ssh_url": f"git@host:{full_name}.git",
            "svn_url": web,
            "default_branch": DEFAULT_BRANCH,
            "pushed_at": _BORN,
            "created_at": _BORN,
            "updated_at": _BORN,
        }

    def full_repository(self, full_name: str) -> Json:
        return {**self.repository(full_name), "network_count": 0, "subscribers_count": 0}

    def commit(self, sha: str) -> Json:
        url = f"{self.repository_url}/commits/{sha}"
        git_url = f"{self.repository_url}/git"
        signed = {"name": "Ada", "email": "ada@example.com", "date": _BORN}
        return {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": url,
            "html_url": f"{self.web}/{self.state.repository}/commit/{sha}",
            "comments_url": f"{url}/comments",
            "author": self.user("ada"),
            "committer": self.user("ada"),
            "parents": [],
            "commit": {
                "url": f"{git_url}/commits/{sha}",
                "author": signed,
                "committer": signed,
                "message": "A commit",
                "tree": {"sha": sha, "url": f"{git_url}/trees/{sha}"},
                "comment_count": 0,
            },
        }

    def simple_status(self, status: Status) -> Json:
        return {
            "url": f"{self.repository_url}/statuses/{status.sha}",
            "avatar_url": f"{self.web}/avatars/u/{number_of(status.creator.login)}",
            "id": status.id,
            "node_id": f"SC_{status.id}",
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": status.created_at,
            "updated_at": status.created_at,
        }

    def status(self, status: Status) -> Json:
        return {**self.simple_status(status), "creator": self.user(status.creator.login, status.creator.type)}

    def comment(self, comment: Comment) -> Json:
        url = f"{self.repository_url}/issues"
        return {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "url": f"{url}/comments/{comment.id}",
            "html_url": f"{self.web}/{self.state.repository}/pull/{comment.number}#issuecomment-{comment.id}",
            "issue_url": f"{url}/{comment.number}",
            "user": self.user(comment.author.login, comment.author.type),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": "NONE",
            "body": comment.body,
            "performed_via_github_app": self._app() if comment.author.type == "Bot" else None,
        }

    def simple_pull(self, pull: PullRequest) -> Json:
        url = f"{self.repository_url}/pulls/{pull.number}"
        issue_url = f"{self.repository_url}/issues/{pull.number}"
        html_url = f"{self.web}/{self.state.repository}/pull/{pull.number}"
        urls = {
            "url": url,
            "html_url": html_url,
            "issue_url": issue_url,
            "comments_url": f"{issue_url}/comments",
            "commits_url": f"{url}/commits",
            "review_comments_url": f"{url}/comments",
            "review_comment_url": f"{self.repository_url}/pulls/comments{{/number}}",
            "statuses_url": f"{self.repository_url}/statuses/{pull.head_sha}",
        }
        links = {name.removesuffix("_url"): {"href": value} for name, value in urls.items() if name != "url"}
        closed = None if pull.state == "open" else pull.created_at
        return {
            **urls,
            "_links": {**links, "self": {"href": url}},
            "diff_url": f"{html_url}.diff",
            "patch_url": f"{html_url}.patch",
            "id": number_of(url),
            "node_id": f"PR_{pull.number}",
            "number": pull.number,
            "state": pull.state,
            "locked": False,
            "title": f"Pull request {pull.number}",
            "user": self.user(pull.author),
            "body": None,
            "labels": [],
            "created_at": pull.created_at,
            "updated_at": pull.created_at,
            "closed_at": closed,
            "merged_at": closed if pull.merged else None,
            "merge_commit_sha": None,
            "head": self._end(pull.head_repository, pull.head_ref, pull.head_sha),
            "base": self._end(self.state.repository, pull.base_ref, _TIP),
            "author_association": "NONE",
            **dict.fromkeys(("assignee", "milestone", "auto_merge")),
        }

    def pull(self, pull: PullRequest) -> Json:
        counts = dict.fromkeys(("additions", "deletions", "changed_files", "commits", "review_comments"), 1)
        return {
            **self.simple_pull(pull),
            **counts,
            "comments": sum(comment.number == pull.number for comment in self.state.comments.values()),
            "merged": pull.merged,
            "mergeable": None,
            "mergeable_state": "unknown",
            "merged_by": None,
            "maintainer_can_modify": False,
        }

    def branch(self) -> Json:
        """Give the default branch, as a reference of git."""
        ref = f"refs/heads/{DEFAULT_BRANCH}"
        git_url = f"{self.repository_url}/git"
        commit = {"type": "commit", "sha": _TIP, "url": f"{git_url}/commits/{_TIP}"}
        return {"ref": ref, "node_id": f"REF_{ref}", "url": f"{git_url}/{ref}", "object": commit}

    def file(self, path: str, content: bytes) -> Json:
        """Give a file with its content, in lines as GitHub breaks them. Of more than a mebibyte it gives none."""
        small = len(content) <= _MEBIBYTE
        return {
            **self.entry(path, "file", len(content)),
            "encoding": "base64" if small else "none",
            "content": base64.encodebytes(content).decode() if small else "",
        }

    def link(self, path: str, target: str) -> Json:
        return {**self.entry(path, "symlink", len(target)), "target": target}

    def entry(self, path: str, type: Literal["dir", "file", "symlink"], size: int = 0) -> Json:  # noqa: A002
        """Give what a folder lists of a path."""
        sha = f"{number_of(path):040x}"
        url = f"{self.repository_url}/contents/{quote(path)}?ref={DEFAULT_BRANCH}"
        web = f"{self.web}/{self.state.repository}"
        git_url = f"{self.repository_url}/git/{'trees' if type == 'dir' else 'blobs'}/{sha}"
        html_url = f"{web}/{'tree' if type == 'dir' else 'blob'}/{DEFAULT_BRANCH}/{quote(path)}"
        return {
            "type": type,
            "size": size,
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": sha,
            "url": url,
            "git_url": git_url,
            "html_url": html_url,
            "download_url": None if type == "dir" else f"{web}/raw/{DEFAULT_BRANCH}/{quote(path)}",
            "_links": {"self": url, "git": git_url, "html": html_url},
        }

    def check_run(self, run: CheckRun) -> Json:
        url = f"{self.repository_url}/check-runs/{run.id}"
        html_url = f"{self.web}/{self.state.repository}/runs/{run.id}"
        return {
            "id": run.id,
            "node_id": f"CR_{run.id}",
            "url": url,
            "html_url": html_url,
            "details_url": run.details_url or html_url,
            "name": run.name,
            "head_sha": run.head_sha,
            "external_id": run.external_id or "",
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": run.started_at,
            "completed_at": run.completed_at,
            "output": {
                **{name: run.output.get(name) for name in ("title", "summary", "text")},
                "annotations_count": len(run.annotations),
                "annotations_url": f"{url}/annotations",
            },
            "check_suite": {"id": 1},
            "app": self._app(),
            "pull_requests": [],
        }

    def annotation(self, run: CheckRun, annotation: Json) -> Json:
        unset: Json = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
        blob = f"{self.web}/{self.state.repository}/blob/{run.head_sha}/{annotation['path']}"
        return {**unset, **annotation, "blob_href": blob}

    def rate_limit(self, limit: RateLimit) -> Json:
        core = limit.values()
        unused = {**core, "used": 0, "remaining": core["limit"]}
        return {"rate": core, "resources": {"core": core, "search": unused, "graphql": unused}}

    def _end(self, repository: str, ref: str, sha: str) -> Json:
        owner = repository.partition("/")[0]
        own = self.user(owner, "Organization")
        return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": own, "repo": self.repository(repository)}

    def _app(self) -> Json:
        return {
            "id": 15368,
            "slug": "github-actions",
            "node_id": "A_15368",
            "owner": self.user("github", "Organization"),
            "name": "GitHub Actions",
            "description": "Automate your workflow from idea to production",
            "external_url": "https://help.github.com/en/actions",
            "html_url": f"{self.web}/apps/github-actions",
            "created_at": _BORN,
            "updated_at": _BORN,
            "permissions": {},
            "events": [],
        }


_LISTS = (
    *("contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges", "stargazers"),
    *("subscribers", "subscription", "tags", "teams"),
)
_TEMPLATES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "statuses": "statuses/{sha}",
    "trees": "git/trees{/sha}",
}
