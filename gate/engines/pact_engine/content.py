"""What a Pact file says, by one name, however it is written.

A consumer's tests write the same expectations in another order, and with the version of their library beside them. The
rule is that of a Pact Broker [R192, R193, R194], save that nothing is left out that we do not know.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from gate.engines.pact_engine.strict_json import parse

TELLING: Final = frozenset({"pactSpecification", "pactSpecificationVersion", "pact-specification", "plugins"})
"""What of a file's metadata says how it is to be verified. The rest tells of the library that wrote it."""
LISTS: Final = ("interactions", "messages")
"""What has no order: each of them is verified for itself."""


def content_id(document: bytes) -> str:
    """Name the content of a Pact file: equal content has an equal name.

    Raises:
        ContractError: it is not JSON that means the same to every reader.
    """
    content = dict(parse(document))
    for name in LISTS:
        if isinstance(content.get(name), list):
            content[name] = sorted(content[name], key=written)
    if isinstance(content.get("metadata"), dict):
        content["metadata"] = telling_metadata(content["metadata"])
    return hashlib.sha256(written(content).encode()).hexdigest()


def telling_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a file's metadata decides how it is verified."""
    return {name: value for name, value in metadata.items() if name in TELLING}


def written(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write JSON in the one way in which equal values are equal."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
