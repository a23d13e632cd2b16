"""What more than one kind of fact is written with."""

from typing import Final

from gate.domain.contracts import PacticipantVersion
from gate.rendering.safe_text import brief
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.layout import ServiceFact, VersionFact, next_number, service_file, written_fact
from gate.stores.built_in.names import escape

LONGEST: Final = 60
"""Characters of a name in the subject of a commit."""


def named(one: PacticipantVersion) -> str:
    """Name a version, for the log of the store."""
    return brief(str(one), LONGEST)


def introduced(facts: Facts, one: PacticipantVersion, url: str) -> dict[str, bytes]:
    """Return the files that make a version known on its branch; none when it is."""
    version, branch = one.version or "", None if one.branch is None else escape(one.branch)
    entries = facts.versions(one.name)
    known = [entry.branch for entry in entries if entry.version == escape(version)]
    if branch in known or (known and branch is None):
        return {}
    main = one.branch is not None and one.branch == facts.default_branch
    fact = VersionFact(service=one.name, version=version, branch=one.branch, main=main, at=facts.now(), url=url)
    return services_introduced(facts, one.name) | {fact.path(next_number(entries)): written_fact(fact)}


def services_introduced(facts: Facts, *services: str) -> dict[str, bytes]:
    """Return the files that make services known; none for those that are."""
    return {
        service_file(name): written_fact(ServiceFact(service=name)) for name in services if not facts.is_named(name)
    }
