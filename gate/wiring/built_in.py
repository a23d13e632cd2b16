"""The built-in store, put together: a folder, or a branch of a git repository."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gate.domain.errors import ConfigurationError
from gate.ports import ContractReader
from gate.settings.groups import Settings
from gate.wiring.surroundings import Surroundings

if TYPE_CHECKING:
    from gate.stores.built_in.facts import Facts
    from gate.stores.built_in.tree import Tree


def facts_of(settings: Settings, surroundings: Surroundings, reader: ContractReader, address: str) -> "Facts":
    """Reach a built-in store. What is at a path is a repository if git would take it for one, else a folder.

    Raises:
        ConfigurationError: nothing is there. A misspelt address would become a store that nobody else finds.
    """
    from gate.stores.built_in.facts import Facts

    context = surroundings.context
    default_branch = None if context is None or context.foreign else context.default_branch
    return Facts(_tree(settings, surroundings, address), reader, default_branch=default_branch)


def store_secrets(settings: Settings) -> Iterator[str]:
    """Yield what must never be shown."""
    for token in (settings.store.store_token, settings.github.token):
        if token is not None:
            yield token
            yield base64.b64encode(f"x-access-token:{token}".encode()).decode()


def _tree(settings: Settings, surroundings: Surroundings, address: str) -> "Tree":
    limit = settings.contracts.max_contract_size
    folder = surroundings.folder / os.path.expanduser(address)  # noqa: PTH111 - pathlib raises for an unknown user
    if not _is_address(address) and not _is_repository(folder):
        from gate.stores.built_in.folder import FolderTree

        if not folder.is_dir():
            raise ConfigurationError(
                "store names no repository and no folder.",
                where=str(folder),
                remedy="Write a repository's address in full (https://...); make the folder of a new store first.",
            )
        return FolderTree(folder, limit)
    if (folder / ".git").exists():
        raise ConfigurationError(
            "store is a checkout: what is written to it stays in this clone, and what others write is not seen.",
            where=str(folder),
            remedy="Name the address that it was cloned from, or a bare repository (git init --bare).",
        )
    from gate.clients.git_branch import GitAccess, GitBranch
    from gate.stores.built_in.git_tree import GitTree

    access = GitAccess(
        url=address if _is_address(address) else str(folder),
        branch=settings.store.store_branch,
        token=_token(settings, surroundings, address),
        user_configuration=surroundings.context is None,
    )
    return GitTree(GitBranch(access, size_limit=limit))


def _is_address(address: str) -> bool:
    """Tell an address, `https://host/path` or `git@host:path`, from a path."""
    return "://" in address or ":" in address.partition("/")[0]


def _is_repository(folder: Path) -> bool:
    try:
        return (folder / ".git").exists() or all((folder / name).exists() for name in ("HEAD", "objects", "refs"))
    except OSError as error:
        raise ConfigurationError(
            f"this path cannot be looked at: {error.strerror}.", where="store", remedy="Check it."
        ) from error


def _token(settings: Settings, surroundings: Surroundings, address: str) -> str | None:
    """Choose the token: the store's own, else the job's where the store is on the same GitHub."""
    if not settings.store.takes_token:
        return None
    here = urlsplit(surroundings.environment.get("GITHUB_SERVER_URL", ""))
    there = urlsplit(address)
    same = surroundings.context is not None and (here.scheme, here.netloc) == (there.scheme, there.netloc)
    return settings.store.store_token or (settings.github.token if same else None)
