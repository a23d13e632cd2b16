"""The fake Pact Broker's memory and what can be done to it. Whoever calls holds the lock and has ticked the clock."""

import itertools
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.pact_broker.content import content_sha
from tests.pact_broker.records import (
    Branch,
    BranchVersion,
    Clock,
    Content,
    Deployment,
    Environment,
    Pact,
    Pacticipant,
    Release,
    Result,
    Tag,
    Version,
)

_MAIN_BRANCHES = ("develop", "main", "master")
_FIRST_TAG_IS_BRANCH = timedelta(seconds=10)
"""How old a version may be whose first tag becomes its branch."""
_FREQUENT = {"api", "provider", "service"}


class ConflictError(Exception):
    """A pact of the same consumer version has another content."""


@dataclass(slots=True, kw_only=True)
class State:
    """All that was published and recorded."""

    clock: Clock = field(default_factory=Clock)
    pacticipants: dict[str, Pacticipant] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    """By uuid."""
    contents: dict[tuple[str, str, str], Content] = field(default_factory=dict)
    """By consumer, provider and sha."""
    pacts: list[Pact] = field(default_factory=list)
    """The oldest first."""
    deployments: dict[str, Deployment] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)
    published: dict[tuple[str, str], str] = field(default_factory=dict)
    """When each consumer and provider got a pact or a result last."""
    version_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    pact_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    result_numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    uuids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def pacticipant(self, name: str) -> Pacticipant:
        """Find the application, or create it."""
        if name not in self.pacticipants:
            words = re.split(r"[\s_-]+", name)
            self.pacticipants[name] = Pacticipant(
                name=name,
                created_at=self.clock.read(),
                display_name=" ".join(word[:1].upper() + word[1:] for word in words),
            )
        return self.pacticipants[name]

    def environment(self, name: str) -> Environment | None:
        return next((one for one in self.environments.values() if one.name == name), None)

    def find_version(self, pacticipant: str, number: str) -> Version | None:
        found = self.pacticipants.get(pacticipant)
        return None if found is None else found.versions.get(number)

    def version(self, pacticipant: str, number: str) -> Version:
        """Find the version, or create it."""
        owner = self.pacticipant(pacticipant)
        if number not in owner.versions:
            now = self.clock.read()
            owner.versions[number] = Version(
                id=next(self.version_ids), number=number, pacticipant=owner, created_at=now
            )
        return owner.versions[number]

    def add_branch(self, version: Version, name: str) -> BranchVersion:
        """Put the version on the branch. A first branch with a usual name becomes the application's main branch."""
        owner, now = version.pacticipant, self.clock.read()
        if name not in owner.branches:
            owner.branches[name] = Branch(name=name, pacticipant=owner, created_at=now, updated_at=now)
        branch = owner.branches[name]
        branch.updated_at = now
        if version.number not in branch.versions:
            created = BranchVersion(branch=branch, version=version, created_at=now)
            branch.versions[version.number] = version.branches[name] = created
        self._maybe_main(owner, name)
        return branch.versions[version.number]

    def add_tag(self, version: Version, name: str) -> Tag:
        """Tag the version. The first tag of a new version without a branch is its branch, as in the real broker."""
        now = self.clock.read()
        if not version.branches and not version.tags and self._age(version) <= _FIRST_TAG_IS_BRANCH:
            self.add_branch(version, name)
        self._maybe_main(version.pacticipant, name)
        return version.tags.setdefault(name, Tag(name=name, version=version, created_at=now))

    def publish(self, version: Version, provider: str, body: Any, *, overwrite: bool = False) -> Pact:
        """Publish a pact of the version; an error when the version has another content already that is to stay."""
        pact = version.pacts.get(provider)
        content = self._content(version.pacticipant, self.pacticipant(provider), body)
        self.published[content.consumer.name, provider] = self.clock.read()
        if pact is None:
            return self._add_pact(version, content)
        if pact.content is not content:
            if not overwrite:
                raise ConflictError
            pact.content.pacts.remove(pact)
            pact.content, pact.revision, pact.created_at = content, pact.revision + 1, self.clock.read()
            content.pacts.append(pact)
        return pact

    def add_result(self, content: Content, version: Version, *, success: bool, **details: Any) -> Result:
        """Add a result of the provider's version. Details are the other fields of a result."""
        number, now = next(self.result_numbers), self.clock.read()
        version.updated_at = now
        result = Result(number=number, content=content, version=version, success=success, executed_at=now, **details)
        self.results[number] = content.by_version[version] = result
        content.results.append(result)
        self.published[content.consumer.name, content.provider.name] = now
        return result

    def add_environment(self, name: str, *, production: bool, display_name: str | None = None) -> Environment:
        environment = Environment(
            uuid=self._uuid(),
            name=name,
            display_name=display_name or name.capitalize(),
            production=production,
            created_at=self.clock.read(),
        )
        self.environments[environment.uuid] = environment
        return environment

    def deploy(self, version: Version, environment: Environment, instance: str | None = None) -> Deployment:
        """Record that the version took the place of whichever version of the application was at the instance."""
        for other in self.live_deployments(environment, version.pacticipant.name):
            if other.instance == instance and other.version is version:
                return other
            if other.instance == instance:
                other.ended_at = self.clock.read()
            elif (other.instance or "") == (instance or ""):
                other.displaced = True
        deployment = Deployment(
            uuid=self._uuid(),
            version=version,
            environment=environment,
            instance=instance,
            created_at=self.clock.read(),
        )
        self.deployments[deployment.uuid] = deployment
        version.deployments.append(deployment)
        return deployment

    def release(self, version: Version, environment: Environment) -> Release:
        """Record that the version is supported beside others. There is one record for it, which may have ended."""
        for other in version.releases:
            if other.environment is environment:
                other.ended_at = None
                return other
        release = Release(uuid=self._uuid(), version=version, environment=environment, created_at=self.clock.read())
        self.releases[release.uuid] = release
        version.releases.append(release)
        return release

    def live_deployments(self, environment: Environment, pacticipant: str | None = None) -> list[Deployment]:
        """Give what is deployed there now, the oldest first."""
        return [one for one in self._deployments(pacticipant) if one.live and one.environment is environment]

    def live_releases(self, environment: Environment, pacticipant: str | None = None) -> list[Release]:
        """Give what is supported there now, the oldest first."""
        return [
            one
            for one in self.releases.values()
            if one.live
            and one.environment is environment
            and (pacticipant is None or one.version.pacticipant.name == pacticipant)
        ]

    def similar_names(self, name: str) -> list[str]:
        """Give the names that a new one is likely to be a misspelling of."""
        if name in self.pacticipants:
            return []
        return [other for other in self.pacticipants if _words(other) == _words(name)]

    def drop_version(self, version: Version) -> None:
        """Forget a version and all that hangs on it."""
        del version.pacticipant.versions[version.number]
        for one in version.branches.values():
            del one.branch.versions[version.number]
        for pact in version.pacts.values():
            self.pacts.remove(pact)
            pact.content.pacts.remove(pact)
        for result in [one for one in self.results.values() if one.version is version]:
            del self.results[result.number]
            result.content.results.remove(result)
            result.content.by_version.pop(version, None)
        for deployment in version.deployments:
            self.deployments.pop(deployment.uuid, None)
        for release in version.releases:
            self.releases.pop(release.uuid, None)

    def drop_environment(self, environment: Environment) -> None:
        """Forget an environment and what was in it."""
        del self.environments[environment.uuid]
        now = self.clock.read()
        records: list[Deployment | Release] = [*self.deployments.values(), *self.releases.values()]
        for one in records:
            if one.live and one.environment is environment:
                one.ended_at = now

    def _age(self, version: Version) -> timedelta:
        return self.clock.now - datetime.fromisoformat(version.created_at)

    def _maybe_main(self, owner: Pacticipant, name: str) -> None:
        if owner.main_branch is None and name in _MAIN_BRANCHES:
            owner.main_branch, owner.updated_at = name, self.clock.read()

    def _deployments(self, pacticipant: str | None) -> list[Deployment]:
        if pacticipant is None:
            return list(self.deployments.values())
        owner = self.pacticipants.get(pacticipant)
        versions = [] if owner is None else list(owner.versions.values())
        return sorted((one for version in versions for one in version.deployments), key=lambda one: one.created_at)

    def _content(self, consumer: Pacticipant, provider: Pacticipant, body: Any) -> Content:
        key = (consumer.name, provider.name, content_sha(body))
        if key not in self.contents:
            self.contents[key] = Content(sha=key[2], consumer=consumer, provider=provider, body=body)
        return self.contents[key]

    def _add_pact(self, version: Version, content: Content) -> Pact:
        pact = Pact(id=next(self.pact_ids), version=version, content=content, created_at=self.clock.read())
        content.provider.consumers[content.consumer.name] = content.consumer
        version.pacts[content.provider.name] = pact
        content.pacts.append(pact)
        self.pacts.append(pact)
        return pact

    def _uuid(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://broker.example/{next(self.uuids)}"))


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name))
    words = re.split(r"[\s_-]+", spaced.lower())
    return [word.removesuffix("s") for word in words if word.removesuffix("s") not in _FREQUENT]
