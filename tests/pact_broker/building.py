"""What tests let others do at the broker, without a request."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.pact_broker.records import (
    Clock,
    Content,
    Deployment,
    Environment,
    Pact,
    Pacticipant,
    Release,
    Result,
    Version,
)
from tests.pact_broker.state import State

Json = dict[str, Any]


def a_pact(consumer: str, provider: str, *descriptions: str) -> Json:
    """Make a pact with an interaction for each description. Other descriptions are another content."""
    interactions = [
        {
            "description": description,
            "request": {"method": "GET", "path": "/"},
            "response": {"status": 200},
        }
        for description in descriptions or ("a request",)
    ]
    metadata = {"pactSpecification": {"version": "3.0.0"}}
    sides = {"consumer": {"name": consumer}, "provider": {"name": provider}}
    return {**sides, "interactions": interactions, "metadata": metadata}


@dataclass(slots=True, kw_only=True)
class Building:
    """The broker's state, to look at and to add to. Each step takes a second on the broker's clock."""

    state: State = field(default_factory=State)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def clock(self) -> Clock:
        return self.state.clock

    def pacticipant(
        self, name: str, *, main_branch: str | None = None, repository_url: str | None = None
    ) -> Pacticipant:
        """Create an application, or change what is given."""
        with self._writing() as state:
            one = state.pacticipant(name)
            one.main_branch = main_branch or one.main_branch
            one.repository_url = repository_url or one.repository_url
            return one

    def version(self, name: str, version: str, *, branch: str | None = None, tags: Iterable[str] = ()) -> Version:
        """Create a version of an application, or put it on a branch."""
        with self._writing() as state:
            one = state.version(name, version)
            if branch is not None:
                state.add_branch(one, branch)
            for tag in tags:
                state.add_tag(one, tag)
            return one

    def environment(self, name: str, *, production: bool = False) -> Environment:
        """Find an environment, or create it."""
        with self._writing() as state:
            return state.environment(name) or state.add_environment(name, production=production)

    def publish(
        self,
        consumer: str,
        version: str,
        provider: str,
        pact: Json | None = None,
        *,
        branch: str | None = "main",
        tags: Iterable[str] = (),
        overwrite: bool = False,
    ) -> Pact:
        """Publish a pact; by default the same content for all versions of the consumer.

        Another content for a version that has one is an error, unless it overwrites: brokers can be set up to allow it.
        """
        one = self.version(consumer, version, branch=branch, tags=tags)
        with self._writing() as state:
            return state.publish(
                one, provider, a_pact(consumer, provider) if pact is None else pact, overwrite=overwrite
            )

    def verify(
        self,
        consumer: str,
        consumer_version: str,
        provider: str,
        provider_version: str,
        *,
        success: bool = True,
        branch: str | None = "main",
        test_results: Any = None,
        build_url: str | None = None,
    ) -> Result:
        """Add a result for the content that the consumer version published."""
        one = self.version(provider, provider_version, branch=branch)
        with self._writing() as state:
            content = self.content(consumer, consumer_version, provider)
            return state.add_result(content, one, success=success, test_results=test_results, build_url=build_url)

    def deploy(self, name: str, version: str, environment: str, *, instance: str | None = None) -> Deployment:
        """Record a deployment. It ends the one before it at the same instance."""
        with self._writing() as state:
            return state.deploy(state.version(name, version), self._place(environment), instance)

    def undeploy(self, name: str, version: str, environment: str, *, instance: str | None = None) -> None:
        with self._writing() as state:
            for one in state.live_deployments(self._place(environment), name):
                if one.version.number == version and one.instance == instance:
                    one.ended_at = state.clock.read()

    def release(self, name: str, version: str, environment: str) -> Release:
        """Record a release, which stays beside those before it."""
        with self._writing() as state:
            return state.release(state.version(name, version), self._place(environment))

    def end_support(self, name: str, version: str, environment: str) -> None:
        with self._writing() as state:
            for one in state.live_releases(self._place(environment), name):
                if one.version.number == version:
                    one.ended_at = state.clock.read()

    def content(self, consumer: str, version: str, provider: str) -> Content:
        """Give what the consumer version published for the provider, with all results for it."""
        return self.state.pacticipants[consumer].versions[version].pacts[provider].content

    def results(self, provider: str, provider_version: str | None = None) -> list[Result]:
        """Give the results of a provider, or of one version of it, the oldest first."""
        with self.lock:
            return [
                result
                for result in self.state.results.values()
                if result.content.provider.name == provider and provider_version in {None, result.version.number}
            ]

    def live(self, environment: str, name: str) -> list[str]:
        """Give the versions of an application that are deployed or supported there, the oldest record first."""
        with self.lock:
            place = self._place(environment)
            deployed = [one.version.number for one in self.state.live_deployments(place, name)]
            return [*deployed, *(one.version.number for one in self.state.live_releases(place, name))]

    @contextmanager
    def _writing(self) -> Iterator[State]:
        with self.lock:
            self.state.clock.tick()
            yield self.state

    def _place(self, name: str) -> Environment:
        found = self.state.environment(name)
        if found is None:
            raise KeyError(f"create the environment {name} first")
        return found
