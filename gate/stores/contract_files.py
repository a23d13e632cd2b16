"""Contracts from loose files and addresses.

This source knows no versions and no deployments, so all its contracts bind. Nothing in a named place is passed over: a
file that is no contract might be one that was damaged, and only its author can tell.
"""

import glob
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from gate.clients.web import TooLargeError, WebError, request
from gate.domain.contracts import Contract, Fault, PacticipantVersion, Parties
from gate.domain.errors import ContractError
from gate.domain.report import Candidate
from gate.ports import ContractReader, Fetched

DOWNLOAD_TIMEOUT: Final = 60.0
LARGER: Final = "Raise max-contract-size if it is meant."
WILDCARDS: Final = frozenset("*?[")


class NothingThereError(ContractError):
    """A place holds no file at all."""


class ContractFiles:
    """Reads contracts from where they lie.

    Args:
        sources: files, folders (with their subfolders), glob patterns and http(s) addresses.
        reader: says whose contract a document is.
        size_limit: bytes that one contract may have.
        optional: whether it is no fault that there is nothing where a source says.
        root: the top of the repository, to name its files by; None names none.
    """

    def __init__(
        self,
        sources: Sequence[str],
        reader: ContractReader,
        size_limit: int,
        *,
        optional: bool = False,
        root: Path | None = None,
    ) -> None:
        self._sources = sources
        self._optional = optional
        self._root = root
        self._reader = reader
        self._size_limit = size_limit

    def contracts(self, candidate: Candidate) -> Fetched:
        """Return the contracts that expect something of the candidate, in the order of their sources."""
        return self.of_provider(candidate.service)

    def of_provider(self, provider: str) -> Fetched:
        """Return the contracts that expect something of the provider; `others` are other providers."""
        return self._of("provider", provider)

    def written_by(self, consumer: str) -> Fetched:
        """Return the contracts that hold the consumer's expectations; `others` are other consumers."""
        return self._of("consumer", consumer)

    def _of(self, role: str, name: str) -> Fetched:
        """Return the contracts in which `name` has that role."""
        contracts: list[Contract] = []
        faults: list[Fault] = []
        others: set[str] = set()
        for source, key, read in self._documents():
            try:
                document = read()
                parties = self._reader.parties(document)
            except (ContractError, WebError) as error:
                faults.append(Fault(where=error.where or source, what=error.what, remedy=error.remedy))
                continue
            named = parties.provider if role == "provider" else parties.consumer
            if named == name:
                contracts.append(self._contract(source, key, document, parties))
            elif _folded(named) == _folded(name):
                faults.append(_near_miss(source, role, named, name))
            else:
                others.add(named)
        return Fetched(contracts=tuple(contracts), faults=tuple(faults), others=tuple(sorted(others)))

    def _contract(self, source: str, key: str, document: bytes, parties: Parties) -> Contract:
        return Contract(
            consumer=PacticipantVersion(name=parties.consumer),
            provider=parties.provider,
            format=self._reader.format,
            document=document,
            content_id=self._reader.content_id(document),
            source=source,
            file="" if self._root is None else _in_repository(key, os.path.realpath(self._root)),
        )

    def _documents(self) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
        """Name every document once, with what tells it from all others and a way to read it."""
        seen: set[str] = set()
        for source in self._sources:
            for name, key, read in self._expand(source):
                if key not in seen:
                    seen.add(key)
                    yield name, key, read

    def _expand(self, source: str) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
        if source.startswith(("http://", "https://")):
            yield _public(source), source, lambda: self._download(source)
            return
        try:
            paths = [path for place in _places(source) for path in _files(place)]
        except ContractError as error:
            if not (self._optional and isinstance(error, NothingThereError)):
                yield source, source, _raising(error)
            return
        for path in paths:
            if self._optional and not os.path.lexists(path):
                continue
            yield _printable(path), os.path.realpath(path), lambda path=path: self._read(path)  # type: ignore[misc]

    def _download(self, url: str) -> bytes:
        name = _public(url)
        try:
            answer = request("GET", url, timeout=DOWNLOAD_TIMEOUT, limit=self._size_limit)
        except WebError as error:
            raise ContractError(
                f"the contract could not be fetched: {error.what.removesuffix('.')}.",
                where=name,
                remedy=LARGER if isinstance(error, TooLargeError) else "Check the address and the network.",
            ) from error
        if answer.status != 200:  # noqa: PLR2004 - HTTP: OK
            raise ContractError(
                f"the contract could not be fetched: the server answered {answer.status}.",
                where=name,
                remedy="Check the address, and that it needs no login.",
            )
        return answer.body

    def _read(self, path: Path) -> bytes:
        try:
            if path.exists() and not path.is_file():
                raise ContractError("this is no regular file.", remedy="Name a file, a folder or a pattern.")
            with path.open("rb") as file:
                document = file.read(self._size_limit + 1)
        except OSError as error:
            raise ContractError(
                f"the file cannot be read: {error.strerror}.", remedy="Check that it exists and its permissions."
            ) from error
        if len(document) > self._size_limit:
            raise ContractError(f"the file is larger than {self._size_limit} bytes.", remedy=LARGER)
        return document


def _places(source: str) -> Sequence[Path]:
    """Resolve a pattern. A file whose name only looks like a pattern is meant as it is written."""
    if os.path.lexists(source) or not WILDCARDS & set(source):
        return [Path(source)]
    _refuse_unlistable(Path(source))
    found = sorted(glob.glob(source, recursive=True, include_hidden=True))  # noqa: PTH207 - pathlib skips links
    if not found:
        raise NothingThereError(
            "no file matches this pattern.", where=source, remedy="Check it, and the working directory."
        )
    return [Path(path) for path in found]


def _refuse_unlistable(pattern: Path) -> None:
    """Look into every folder that the pattern reaches: the library passes over those that it cannot list."""
    fixed = next(place for place in pattern.parents if not WILDCARDS & set(str(place)))
    levels = pattern.parts[len(fixed.parts) :]
    if os.path.isdir(fixed):  # noqa: PTH112 - pathlib raises for a part that may not be looked at
        for _ in _walk(fixed, None if "**" in levels else len(levels) - 1):
            pass


def _walk(place: Path, depth: int | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder at and below `place` with its files' names, links followed but not in circles.

    Args:
        place: a folder.
        depth: levels of subfolders to look into; None is all of them.
    """
    visited: set[str] = set()
    for folder, subfolders, names in os.walk(place, followlinks=True, onerror=_unlistable):
        real = os.path.realpath(folder)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        if depth is not None and len(Path(folder).relative_to(place).parts) >= depth:
            subfolders.clear()
        subfolders.sort()
        yield folder, sorted(names)


def _files(place: Path) -> Iterable[Path]:
    """List the files of a folder and its subfolders; a file is itself."""
    try:
        if not place.is_dir():
            return [place]
    except OSError as error:
        _unlistable(error)
    files = [Path(folder, name) for folder, names in _walk(place) for name in names]
    if not files:
        raise NothingThereError(
            "this folder holds no file.",
            where=str(place),
            remedy="Check the path, and that the step before left its contracts here.",
        )
    return files


def _unlistable(error: OSError) -> NoReturn:
    raise ContractError(
        f"this place cannot be read: {error.strerror}.", where=str(error.filename), remedy="Check its permissions."
    ) from error


def _folded(name: str) -> str:
    """Reduce a name to what a person takes for the same."""
    shown = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", shown).strip().casefold()


def _near_miss(source: str, role: str, named: str, name: str) -> Fault:
    return Fault(
        where=source,
        what=f"its {role} is {named!r}, which looks like {name!r} and is not the same.",
        remedy="Write both alike: this is either a contract of this service or one of another that needs another name.",
    )


def _raising(error: ContractError) -> Callable[[], bytes]:
    def read() -> bytes:
        raise error

    return read


def _printable(path: Path) -> str:
    """Write a path as text, even one whose bytes are none."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _in_repository(path: str, root: str) -> str:
    """Name a file from the repository's top on; empty for what is not of this repository, or has no name in text.

    Args:
        path: of the file, with no link in it; or an address.
        root: the repository's top, with no link in it either.
    """
    file = Path(path)
    if not file.is_relative_to(root) or path.encode(errors="ignore") != os.fsencode(path):
        return ""
    inside = file.relative_to(root)
    # Another repository, or a submodule: what lies in it is no file of this one.
    nested = any(os.path.lexists(Path(root, folder, ".git")) for folder in inside.parents[:-1])
    return "" if nested else inside.as_posix()


def _public(url: str) -> str:
    """Name an address without what may be a secret in it: user, password and query."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
