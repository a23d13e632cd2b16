"""The objects in the broker's answers that tell of applications, versions and environments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.pact_broker.records import (
    Branch,
    BranchVersion,
    Deployment,
    Environment,
    Pact,
    Pacticipant,
    Release,
    Tag,
    Version,
)

Json = dict[str, Any]


def part(name: str) -> str:
    """Write a name so that it is one part of a path."""
    return quote(name, safe="")


def present(**values: Any) -> Json:
    """Leave out what is not known, as the broker does."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Shapes:
    """Builds objects whose addresses lie below the one that the client called."""

    base: str

    def curies(self, context: str) -> list[Json]:
        return [{"name": "pb", "href": f"{self.base}/doc/{{rel}}?context={context}", "templated": True}]

    def pacticipant_url(self, one: Pacticipant) -> str:
        return f"{self.base}/pacticipants/{part(one.name)}"

    def version_url(self, version: Version) -> str:
        return f"{self.pacticipant_url(version.pacticipant)}/versions/{part(version.number)}"

    def branch_url(self, branch: Branch) -> str:
        return f"{self.pacticipant_url(branch.pacticipant)}/branches/{part(branch.name)}"

    def environment_url(self, environment: Environment) -> str:
        return f"{self.base}/environments/{environment.uuid}"

    def pair_url(self, consumer: Pacticipant, provider: Pacticipant) -> str:
        return f"{self.base}/pacts/provider/{part(provider.name)}/consumer/{part(consumer.name)}"

    def pact_url(self, pact: Pact) -> str:
        return f"{self.pair_url(pact.consumer, pact.provider)}/version/{part(pact.version.number)}"

    def pact_link(self, pact: Pact) -> Json:
        return {"title": "Pact", "name": pact_name(pact), "href": self.pact_url(pact)}

    def short_version(self, version: Version) -> Json:
        link = {"title": "Version", "name": version.number, "href": self.version_url(version)}
        return {"number": version.number, "_links": {"self": link}}

    def short_pacticipant(self, one: Pacticipant) -> Json:
        return {"name": one.name, "_links": {"self": {"href": self.pacticipant_url(one)}}}

    def pacticipant(self, one: Pacticipant, *, listed: bool = False) -> Json:
        """Tell of an application. Some things are missing when it was just created, or is one of a list."""
        latest = None if one.latest is None else self.short_version(one.latest)
        deprecated = "DEPRECATED - please use latestVersion"
        old = None if latest is None else {**latest, "title": deprecated, "name": deprecated}
        fields = present(
            name=one.name,
            displayName=one.display_name,
            repositoryUrl=one.repository_url,
            mainBranch=one.main_branch,
            updatedAt=one.updated_at,
            createdAt=one.created_at,
        )
        embedded = present(**{"latestVersion": latest, "labels": [], "latest-version": old})
        return {**fields, "_embedded": embedded, "_links": self._pacticipant_links(one, listed=listed)}

    def branch_version(self, one: BranchVersion) -> Json:
        number = part(one.version.number)
        href = f"{self.branch_url(one.branch)}/versions/{number}"
        links = {
            "self": {"title": "Branch version", "href": href},
            "pb:branch": {"title": "Branch", "name": one.branch.name, "href": self.branch_url(one.branch)},
            "pb:version": {"title": "Version", "name": one.version.number, "href": self.version_url(one.version)},
        }
        return {**present(updatedAt=one.updated_at, createdAt=one.created_at), "_links": links}

    def short_branch_version(self, one: BranchVersion) -> Json:
        href = f"{self.branch_url(one.branch)}/versions/{part(one.version.number)}"
        link = {"title": "Branch version", "name": one.branch.name, "href": href}
        return {"name": one.branch.name, "latest": one.latest, "_links": {"self": link}}

    def branch(self, branch: Branch) -> Json:
        url = self.branch_url(branch)
        links = {
            "self": {"title": "Branch", "href": url},
            "pb:latest-version": {"title": "Latest version for branch", "href": f"{url}/latest-version"},
        }
        stamps = present(updatedAt=branch.updated_at, createdAt=branch.created_at)
        return {"name": branch.name, **stamps, "_links": links}

    def tag(self, tag: Tag) -> Json:
        version, owner = tag.version, tag.version.pacticipant
        links = {
            "self": {"title": "Tag", "name": tag.name, "href": self.tag_url(tag)},
            "version": {"title": "Version", "name": version.number, "href": self.version_url(version)},
            "pacticipant": {"title": "Pacticipant", "name": owner.name, "href": self.pacticipant_url(owner)},
        }
        return {"name": tag.name, "createdAt": tag.created_at, "_links": links}

    def short_tag(self, tag: Tag) -> Json:
        return {"name": tag.name, "latest": tag.latest, "_links": {"self": {"href": self.tag_url(tag)}}}

    def _named_tag(self, tag: Tag) -> Json:
        return {"name": tag.name, "_links": {"self": {"title": "Tag", "name": tag.name, "href": self.tag_url(tag)}}}

    def tag_url(self, tag: Tag) -> str:
        return f"{self.version_url(tag.version)}/tags/{part(tag.name)}"

    def version(
        self, version: Version, environments: Sequence[Environment] | None, *, self_href: str | None = None
    ) -> Json:
        """Tell of a version. The environments are those that it may be recorded in; None in a list of versions."""
        fields = present(
            number=version.number,
            buildUrl=version.build_url,
            updatedAt=version.updated_at,
            createdAt=version.created_at,
        )
        embedded = {
            "branchVersions": [self.short_branch_version(one) for one in version.branches.values()],
            "tags": [self._named_tag(tag) for tag in version.tags.values()],
        }
        links = self._version_links(version, self_href or self.version_url(version))
        return {**fields, "_embedded": embedded, "_links": {**links, **self._live_links(version, environments)}}

    def environment(self, environment: Environment) -> Json:
        url, display = self.environment_url(environment), environment.display_name
        links = {
            **self._environment_self(environment),
            "pb:currently-deployed-deployed-versions": {
                "title": f"Versions currently deployed to {display} environment",
                "href": f"{url}/deployed-versions/currently-deployed",
            },
            "pb:currently-supported-released-versions": {
                "title": f"Versions released and supported in {display} environment",
                "href": f"{url}/released-versions/currently-supported",
            },
            "pb:environments": {"title": "Environments", "href": f"{self.base}/environments"},
        }
        return {**_environment_fields(environment), "_links": links}

    def short_environment(self, environment: Environment) -> Json:
        return {**_environment_fields(environment), "_links": self._environment_self(environment)}

    def deployment(self, one: Deployment, *, listed: bool = False) -> Json:
        fields = present(
            uuid=one.uuid,
            currentlyDeployed=one.live,
            target=one.instance,
            applicationInstance=one.instance,
            undeployedAt=one.ended_at,
            createdAt=one.created_at,
        )
        return {**fields, **self._recorded(one, "deployed", listed=listed)}

    def release(self, one: Release, *, listed: bool = False) -> Json:
        fields = present(
            uuid=one.uuid, currentlySupported=one.live, createdAt=one.created_at, supportEndedAt=one.ended_at
        )
        return {**fields, **self._recorded(one, "released", listed=listed)}

    def _recorded(self, one: Deployment | Release, kind: str, *, listed: bool) -> Json:
        embedded = {
            "pacticipant": self.short_pacticipant(one.version.pacticipant),
            "version": self.short_version(one.version),
        }
        if not listed:
            embedded["environment"] = self.environment(one.environment)
        return {"_embedded": embedded, "_links": {"self": {"href": f"{self.base}/{kind}-versions/{one.uuid}"}}}

    def _environment_self(self, environment: Environment) -> Json:
        return {"self": {"title": "Environment", "name": environment.name, "href": self.environment_url(environment)}}

    def _pacticipant_links(self, one: Pacticipant, *, listed: bool) -> Json:
        url, name = self.pacticipant_url(one), one.name
        branch = f"{url}/branches/{{branch}}"
        live = [deployment for version in one.versions.values() for deployment in version.deployments]
        deployed = [self._live_link(one, "deployed") for one in live if one.live]
        templates = {
            "pb:version": ("Get, create or delete a pacticipant version", "/versions/{version}"),
            "pb:version-tag": (
                f"Get, create or delete a tag for a version of {name}",
                "/versions/{version}/tags/{tag}",
            ),
            "pb:branch-version": (
                f"Get or add/create a version for a branch of {name}",
                "/branches/{branch}/versions/{version}",
            ),
            "pb:label": (f"Get, create or delete a label for {name}", "/labels/{label}"),
        }
        badge = "/latest-version/{tag}/can-i-deploy/to/{environmentTag}/badge"
        branch_badge = f"{branch}/latest-version/can-i-deploy/to-environment/{{environment}}/badge"
        return {
            "self": {"href": url},
            "pb:versions": {"href": f"{url}/versions"},
            "pb:branches": {"href": f"{url}/branches"},
            **({} if listed else {"pb:deployed-environments": deployed}),
            **{rel: _template(title, url + path) for rel, (title, path) in templates.items()},
            "versions": {"title": "Deprecated - use pb:versions", "href": f"{url}/versions"},
            "pb:can-i-deploy-badge": _template(f"Can I Deploy {name} badge", url + badge),
            "pb:can-i-deploy-branch-to-environment-badge": _template(
                f"Can I Deploy {name} from branch to environment badge", branch_badge
            ),
            "curies": self.curies("pacticipant"),
        }

    def _version_links(self, version: Version, href: str) -> Json:
        owner, number = version.pacticipant, version.number
        results = f"{self.base}/verification-results/consumer/{part(owner.name)}/version/{part(number)}/latest"
        title = "Latest verification results for consumer version"
        return {
            "self": {"title": "Version", "name": number, "href": href},
            "pb:pacticipant": {"title": "Pacticipant", "name": owner.name, "href": self.pacticipant_url(owner)},
            "pb:tag": {
                "href": f"{self.version_url(version)}/tags/{{tag}}",
                "title": "Get, create or delete a tag for this pacticipant version",
                "templated": True,
            },
            "pb:latest-verification-results-where-pacticipant-is-consumer": {"title": title, "href": results},
            "pb:pact-versions": [self.pact_link(pact) for pact in version.pacts.values()],
        }

    def _live_links(self, version: Version, environments: Sequence[Environment] | None) -> Json:
        """Tell where the version was ever recorded, and whether it is still there."""
        deployed = [
            {**self._live_link(one, "deployed"), **present(application_instance=one.instance)}
            for one in version.deployments
        ]
        released = [self._live_link(one, "released") for one in version.releases]
        live = {"pb:deployed-environments": deployed, "pb:released-environments": released}
        curies = {"curies": self.curies("version")}
        if environments is None:
            return {**{rel: links for rel, links in live.items() if links}, **curies}
        url = self.version_url(version)
        for rel, kind in (("pb:record-deployment", "deployed"), ("pb:record-release", "released")):
            word = rel.removeprefix("pb:record-")
            live[rel] = [
                {
                    "title": f"Record {word} to {one.display_name}",
                    "name": one.name,
                    "href": f"{url}/{kind}-versions/environment/{one.uuid}",
                }
                for one in environments
            ]
        return {**live, **curies}

    def _live_link(self, one: Deployment | Release, kind: str) -> Json:
        display = one.environment.display_name
        return {
            "title": f"Version {kind} {'to' if kind == 'deployed' else 'in'} {display}",
            "name": display,
            "href": f"{self.base}/{kind}-versions/{one.uuid}",
            f"currently_{'deployed' if kind == 'deployed' else 'supported'}": one.live,
        }


def pact_name(pact: Pact) -> str:
    return f"Pact between {pact.consumer.name} ({pact.version.number}) and {pact.provider.name}"


def _template(title: str, href: str) -> Json:
    return {"title": title, "href": href, "templated": True}


def _environment_fields(environment: Environment) -> Json:
    return present(
        uuid=environment.uuid,
        name=environment.name,
        displayName=environment.display_name,
        production=environment.production,
        contacts=environment.contacts or None,
        updatedAt=environment.updated_at,
        createdAt=environment.created_at,
    )
