"""What of a pact makes it the same as another, and how two pacts differ."""

import difflib
import hashlib
import json
from typing import Any

Json = dict[str, Any]


def content_sha(pact: Any) -> str:
    """Name what affects a verification: interactions, messages and the version of the specification, in any order."""
    return hashlib.sha1(_dumps(_verifiable(pact)), usedforsecurity=False).hexdigest()


def with_ids(pact: Any) -> Any:
    """Give every interaction the id that the broker makes of its content."""
    if not isinstance(pact, dict):
        return pact
    lists = {key: pact[key] for key in ("interactions", "messages") if isinstance(pact.get(key), list)}
    return {**pact, **{key: [_identified(one) for one in listed] for key, listed in lists.items()}}


def difference(old: Any, new: Any) -> str:
    """Tell what changed, in lines that begin with + and -."""
    before, after = (_pretty(_verifiable(pact)) for pact in (old, new))
    return "\n".join(line for line in difflib.ndiff(before, after) if not line.startswith("?"))


def _verifiable(pact: Any) -> Any:
    kinds = [key for key in ("interactions", "messages") if isinstance(pact, dict) and isinstance(pact.get(key), list)]
    if not kinds:
        return pact
    metadata = pact.get("metadata")
    named = metadata.get("pactSpecification") if isinstance(metadata, dict) else None
    version = named.get("version") if isinstance(named, dict) else None
    return {**{key: sorted(pact[key], key=_dumps) for key in kinds}, "pact_specification_version": version}


def _identified(interaction: Any) -> Any:
    if not isinstance(interaction, dict):
        return interaction
    bare = {key: value for key, value in interaction.items() if key != "_id"}
    return {"_id": hashlib.sha1(_dumps(bare), usedforsecurity=False).hexdigest(), **bare}


def _dumps(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _pretty(value: Any) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True).splitlines()
