"""Publishing a consumer's contracts to the built-in store."""

import difflib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gate.domain.contracts import Contract
from gate.domain.errors import ConflictError
from gate.ports import Notice, Publication
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.layout import PublicationEntry, PublicationFact, contract_file, written_fact
from gate.stores.built_in.names import escape
from gate.stores.built_in.tree import Change
from gate.stores.built_in.writing import introduced, named, services_introduced
from gate.stores.refusals import changed_content

LINES_SHOWN: Final = 200
NAMED: Final = 3
"""Providers that the subject of a commit names."""


class BuiltInPublisher:
    """Publishes to the built-in store. See `gate.ports.ContractPublisher`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def publish(self, publication: Publication) -> tuple[Notice, ...]:
        """Publish contracts: a file that names all of them makes them count, at once."""
        notices: list[Notice] = []

        def decide() -> Change | None:
            notices[:] = self._notices(publication)
            return self._change(publication)

        self._facts.add(decide)
        return tuple(notices)

    def _change(self, publication: Publication) -> Change | None:
        consumer = publication.consumer
        self._refuse_names(publication)
        entries = self._facts.publications(consumer.name).get(escape(consumer.version or ""), ())
        published = self._published(publication, entries)
        self._refuse_changes(publication, published)
        new = [one for one in publication.contracts if one.provider not in published]
        files = services_introduced(self._facts, consumer.name, *(one.provider for one in new))
        for one in new:
            path = contract_file(one.provider, consumer.name, one.content_id)
            if not self._facts.has_file(path):
                files[path] = one.document
        if new:
            fact = PublicationFact.of(
                consumer=consumer.name,
                version=consumer.version or "",
                at=self._facts.now(),
                url=publication.url,
                contracts={one.provider: one.content_id for one in new},
                owners=publication.owners,
            )
            files[fact.path(max((one.number for one in entries), default=0) + 1)] = written_fact(fact)
        # Last, as it makes the version the head of its branch, whose contracts are looked for.
        files |= introduced(self._facts, consumer, publication.url)
        if not files:
            return None
        return Change(files=files, subject=f"{named(consumer)}: {_said(new)}", body=publication.url)

    def _published(self, publication: Publication, entries: Sequence[PublicationEntry]) -> Mapping[str, str]:
        expected = self._facts.expected(publication.consumer.name, entries)
        return {} if expected is None else expected.contracts

    def _refuse_changes(self, publication: Publication, published: Mapping[str, str]) -> None:
        changed = [
            one for one in publication.contracts if published.get(one.provider, one.content_id) != one.content_id
        ]
        if not changed:
            return
        consumer = publication.consumer
        details = []
        for one in changed:
            before, _ = self._facts.contract(one.provider, consumer.name, published[one.provider])
            details.append("\n".join([f"The contract with {one.provider}:", *_difference(before, one.document)]))
        names = [one.provider for one in changed]
        raise changed_content(consumer, names, where=self._facts.where, details=tuple(details))

    def _refuse_names(self, publication: Publication) -> None:
        """Refuse what is no name, and what a person takes for another one: it would be another service."""
        names = dict.fromkeys([publication.consumer.name, *(one.provider for one in publication.contracts)])
        known = self._facts.services()
        for name in names:
            if not (name.isprintable() and name.strip()):
                raise ConflictError(
                    f"{name!r} is no name: it has characters that nobody sees. Nothing was published.",
                    where=self._facts.where,
                    remedy="Name the service otherwise in the tests that write the contract.",
                )
            alike = [one for one in (*known, *names) if one != name and _folded(one) == _folded(name)]
            if name not in known and alike:
                raise ConflictError(
                    f"{name!r} looks like {alike[0]!r}, and would be another service: nothing was published.",
                    where=self._facts.where,
                    remedy="Write both alike; if they are two services, give one of them another name.",
                )

    def _notices(self, publication: Publication) -> Iterator[Notice]:
        if not self._facts.exists:
            yield Notice(text=f"There was no store at {self._facts.where}: a new one was made.", is_warning=True)
        for one in publication.contracts:
            path = contract_file(one.provider, publication.consumer.name, one.content_id)
            if self._facts.has_file(path):
                yield Notice(text=f"The contract with {one.provider} is known: its results count for this version too.")
            else:
                yield Notice(text=f"The contract with {one.provider} is new: nobody has verified it yet.")


def _said(new: Sequence[Contract]) -> str:
    if not new:
        return "on another branch"
    if len(new) > NAMED:
        return f"contracts with {len(new)} providers"
    return f"{'contract' if len(new) == 1 else 'contracts'} with {', '.join(one.provider for one in new)}"


def _folded(name: str) -> str:
    """Reduce a name to what a person reads: its letters and digits, whatever their case and what stands between."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKC", name) if sign.isalnum())
    return letters.casefold() or name


def _difference(before: bytes, after: bytes) -> list[str]:
    old, new = (
        json.dumps(_sorted(json.loads(one)), indent=2, ensure_ascii=False).splitlines() for one in (before, after)
    )
    lines = list(difflib.unified_diff(old, new, "published", "now", n=2, lineterm=""))
    more = len(lines) - LINES_SHOWN
    return lines[:LINES_SHOWN] + ([f"and {more} more lines"] if more > 0 else [])


def _sorted(content: Any) -> Any:  # noqa: ANN401 - JSON
    """Put keys in order, as theirs means nothing."""
    if isinstance(content, dict):
        return {name: _sorted(content[name]) for name in sorted(content)}
    return [_sorted(one) for one in content] if isinstance(content, list) else content
