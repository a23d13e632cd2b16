"""Runs of the command against a broker, or another store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.builders import pact
from tests.flows.workspaces import Ended, Workspace
from tests.pact_broker import PactBroker
from tests.servers import Asked, Reply, Server

VERSION = "5.1.0"


def expecting(path: str, **body: Any) -> dict[str, Any]:
    """Write an interaction: GET `path` is answered with `body`."""
    return {
        "description": f"a request for {path}",
        "request": {"method": "GET", "path": path},
        "response": {"status": 200, "body": body or {"id": 1}},
    }


def contract(consumer: str, *interactions: Any, provider: str = "orders-api") -> dict[str, Any]:
    """Write a contract, by default with one interaction that is the consumer's own."""
    return pact(*(interactions or [expecting(f"/{consumer}")]), consumer=consumer, provider=provider)


def orders(asked: Asked) -> Reply:
    """Be an orders-api that has forgotten what /broken is."""
    return Reply(status=404 if asked.path.startswith("/broken") else 200, body={"id": 1})


def told(ended: Ended) -> str:
    """Return all that a command said, whatever the width of the terminal."""
    return " ".join(f"{ended.out} {ended.err}".split())


def verified(provider: Server) -> list[str]:
    """Return what a provider was asked by contracts, and not to find out whether it is there."""
    return [path for path in provider.paths() if path != "/"]


@dataclass(frozen=True, slots=True)
class Runs:
    """A workspace whose contracts are a store's."""

    workspace: Workspace
    fixed: Mapping[str, str]
    """Options of all runs: those that lead to the store, and whatever else."""

    def run(self, command: str, **options: str) -> Ended:
        """Run a command; an empty option is left out."""
        given = {
            "service": "orders-api",
            "version": VERSION,
            "branch": "main",
            "environment": "production",
        }
        named = {name.replace("_", "-"): value for name, value in options.items()}
        every = given | dict(self.fixed) | named
        return self.workspace.run(
            command, *(word for name, value in every.items() if value for word in (f"--{name}", value))
        )

    def check(self, provider: str, **options: str) -> Ended:
        """Verify the provider that listens at this address."""
        return self.run("check", provider_url=provider, **options)

    def can_i_deploy(self, **options: str) -> Ended:
        """Decide by what the broker keeps."""
        return self.run("can-i-deploy", **options)

    def publish(self, consumer: str, version: str, *contracts: Any, **options: str) -> Ended:
        """Publish what the tests of a consumer wrote."""
        for number, one in enumerate(contracts):
            self.workspace.write(f"pacts/{consumer}/{number}.json", one)
        given = {"service": consumer, "version": version, "environment": "", "contracts": f"pacts/{consumer}"}
        return self.run("publish", **given | options)

    def record(self, what: str, service: str, version: str, **options: str) -> Ended:
        """Record a deployment, a release or an undeployment."""
        return self.run(f"record-{what}", service=service, version=version, **options)

    def standings(self) -> dict[str, str]:
        """Return how each counterpart of the last run stands; what does not bind in brackets."""
        entries = self.workspace.report()["entries"]
        return {entry["integration"]["counterpart"]["name"]: _standing(entry) for entry in entries}

    def troubles(self) -> dict[str, str]:
        """Return the class of everything that was not fine in the last run."""
        entries = self.workspace.report()["entries"]
        return {
            entry["integration"]["counterpart"]["name"]: entry["advice"]["trouble"]
            for entry in entries
            if entry["advice"]
        }


class BrokerRuns(Runs):
    """A workspace whose contracts are a broker's."""

    __slots__ = ()

    def __init__(self, workspace: Workspace, broker: PactBroker, fixed: Mapping[str, str] | None = None) -> None:
        super().__init__(workspace, {"broker-url": broker.url, **(fixed or {})})


def _standing(entry: Any) -> str:
    standing = str(entry["standing"])
    return standing if entry["integration"]["binding"] else f"({standing})"
