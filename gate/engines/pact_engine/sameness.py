"""When two interactions are one and the same to a provider.

The rule is conservative: what we do not know counts as something that makes a difference.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gate.domain.contracts import Kind
from gate.engines.pact_engine.content import written

IDLE: Final = frozenset({"_id", "comments", "key"})
"""Keys of an interaction that neither the provider nor the comparison sees."""
GENERATORS: Final = '"generators":'
"""How every key of that name is written."""
FIXED_GENERATORS: Final = frozenset({"MockServerURL", "ProviderState"})
"""What they generate follows from the provider's address and from its state. All others make up a value or tell the
time. Source: the Pact specification, version 4, "Generators"."""


def sameness(raw: Mapping[str, Any], kind: Kind, section: str, metadata: Mapping[str, Any]) -> str:
    """Name all that decides how an interaction comes out; nothing where that is not the same each time.

    Args:
        raw: the interaction, as the engine gets it.
        kind: of it.
        section: the list that it stands in.
        metadata: of its file, as far as it decides how it is verified.
    """
    # A message is asked for by its description; of an HTTP interaction it is a mere name.
    idle = IDLE | {"description"} if kind is Kind.HTTP else IDLE
    telling = {name: value for name, value in raw.items() if name not in idle}
    text = written([metadata, section, telling])
    if GENERATORS in text and not all(map(_is_fixed, _generators(raw))):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _is_fixed(generator: Any) -> bool:  # noqa: ANN401 - JSON
    """Say whether it is the type of such a generator: in a body it may be of any kind, a list too."""
    return isinstance(generator, str) and generator in FIXED_GENERATORS


def _generators(value: Any, *, inside: bool = False) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """Find the types of all generators. A body that has a key of that name is taken for one too."""
    if isinstance(value, Mapping):
        if inside and "type" in value and not isinstance(value["type"], Mapping):
            yield value["type"]
        for name, child in value.items():
            yield from _generators(child, inside=inside or name == "generators")
    elif isinstance(value, list):
        for child in value:
            yield from _generators(child, inside=inside)
