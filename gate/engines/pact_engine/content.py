"""What a Pact file says, by one name, however it is written.

A consumer's tests write the same expectations in another order, and with the version of their library beside them. The
rule is that of a Pact Broker [R192, R193, R194], save that nothing is left out that we do not know.
"""

import hashlib
import json
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
    content = parse(document)
    for name in LISTS:
        if isinstance(content.get(name), list):
            content[name] = sorted(content[name], key=_written)
    if isinstance(content.get("metadata"), dict):
        content["metadata"] = {name: value for name, value in content["metadata"].items() if name in TELLING}
    return hashlib.sha256(_written(content).encode()).hexdigest()


def _written(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
