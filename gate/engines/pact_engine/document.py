"""Reading a Pact file: what the engine would misread, skip or choke on is refused here, by name.

Every rule has a measured reason: the engine verifies only the messages of a version 3 file that has interactions too,
calls a plugin's absence a success with no interactions, loses a whole run to a panic, and parses no more than 127
levels of nesting.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from cachetools import LRUCache, cached
from pydantic import ValidationError

from gate.domain.contracts import Interaction, Kind, Parties
from gate.domain.errors import ContractError
from gate.engines.pact_engine import shape
from gate.engines.pact_engine.content import telling_metadata
from gate.engines.pact_engine.lines import lines
from gate.engines.pact_engine.sameness import sameness
from gate.engines.pact_engine.strict_json import NOT_ONE, REMEMBERED, parse, refuse

SECTIONS: Final = ("interactions", "messages")
"""The lists that interactions stand in. Positions count through the first, then through the second."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Source: RFC 9110, section 9.2.1."""
MODELS: Final[dict[str, tuple[Kind, type[shape.Given]]]] = {
    "Synchronous/HTTP": (Kind.HTTP, shape.Http),
    "Asynchronous/Messages": (Kind.ASYNCHRONOUS_MESSAGE, shape.AsynchronousMessage),
    "Synchronous/Messages": (Kind.SYNCHRONOUS_MESSAGE, shape.SynchronousMessage),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One interaction and how it is written in the file."""

    interaction: Interaction
    section: str
    """The key of the list that it stands in: `interactions` or `messages`."""
    raw: dict[str, Any]
    expects_redirect: bool
    """Whether the answer that it expects sends the consumer elsewhere."""


@dataclass(frozen=True, slots=True)
class Specification:
    """What the whole file says of how its interactions are meant."""

    major: int
    """The major version of the Pact specification."""
    telling: Mapping[str, Any]
    """The metadata that decides how they are verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PactDocument:
    """A Pact file that the engine can be trusted with, part by part."""

    consumer: str
    provider: str
    metadata: dict[str, Any]
    parts: tuple[Part, ...]
    size: int
    """Bytes of the file."""


def parties(document: bytes) -> Parties:
    """Name consumer and provider of a Pact file, whatever else is wrong with it.

    Raises:
        ContractError: it is not JSON, or names no two parties.
    """
    return _parties(parse(document))


def _parties(content: Mapping[str, Any]) -> Parties:
    try:
        names = [shape.Pacticipant.model_validate(content[side]).name for side in ("consumer", "provider")]
    except (KeyError, ValidationError) as error:
        raise ContractError(
            "this is no contract: a Pact file names a consumer and a provider.",
            remedy=NOT_ONE,
        ) from error
    return Parties(consumer=names[0], provider=names[1])


@cached(LRUCache(REMEMBERED, getsizeof=lambda read: read.size), lock=Lock())
def read(document: bytes, *, with_lines: bool = False) -> PactDocument:
    """Read a Pact file of version 1 to 4. It is needed twice, to plan and to verify, by one thread and by another.

    Args:
        document: the file.
        with_lines: whether to look for the line that each interaction begins on.

    Raises:
        ContractError: the engine would not verify it as its author meant it.
    """
    content = parse(document)
    named = _parties(content)
    metadata = content.get("metadata") or {}
    if not isinstance(metadata, dict):
        refuse("its metadata is no JSON object.")
    spoken = Specification(_major(metadata), telling_metadata(metadata))
    _refuse_plugins(metadata)
    found = dict(enumerate(lines(document, SECTIONS) if with_lines else ()))
    parts = tuple(
        _part(position, section, raw, spoken, found.get(position, 0))
        for position, (section, raw) in enumerate(_interactions(content, spoken.major))
    )
    return PactDocument(
        consumer=named.consumer, provider=named.provider, metadata=metadata, parts=parts, size=len(document)
    )


def _major(metadata: dict[str, Any]) -> int:
    """Return the major version of the specification that the file follows; without one it is version 1 to 3 alike."""
    for key in ("pactSpecification", "pact-specification"):
        if isinstance(metadata.get(key), dict) and metadata[key].get("version") is not None:
            version = metadata[key]["version"]
            break
    else:
        version = metadata.get("pactSpecificationVersion", "3.0.0")
    if not isinstance(version, str) or not re.fullmatch(r"[1-4](\.\d+){0,2}", version):
        refuse(f"it follows version {version!r} of the Pact specification, and the engine knows 1 to 4.")
    return int(version[0])


def _refuse_plugins(metadata: dict[str, Any]) -> None:
    plugins = metadata.get("plugins")
    if not plugins:
        return
    listed = plugins if isinstance(plugins, list) else [plugins]
    names = [
        f"{plugin.get('name')} {plugin.get('version', '')}".strip() for plugin in listed if isinstance(plugin, dict)
    ]
    refuse(
        f"it needs the Pact plugin {', '.join(names) or 'that it names'}, and this gate runs no plugins.",
        "Verify this contract with its own tool, and keep it out of the gate's contracts.",
    )


def _interactions(content: Mapping[str, Any], major: int) -> Iterator[tuple[str, Any]]:
    for section in SECTIONS:
        listed = content.get(section)
        if listed is None:
            continue
        if not isinstance(listed, list):
            refuse(f"its {section} are no JSON list.")
        if listed and section == "messages" and major != 3:  # noqa: PLR2004 - only version 3 has this section
            refuse(f"it has messages in the way of version 3 and says that it follows version {major}.")
        for raw in listed:
            yield section, raw


def _part(position: int, section: str, raw: Any, spoken: Specification, line: int) -> Part:  # noqa: ANN401 - JSON
    where, major = f"interaction {position + 1}", spoken.major
    if not isinstance(raw, dict):
        refuse(f"{where} is no JSON object.")
    if major < 4 and raw.get("type") in MODELS:  # noqa: PLR2004
        refuse(f"{where} is written in the way of version 4, and the file's metadata does not say that it follows it.")
    name = raw.get("type") if major == 4 else _type_before_version_4(section)  # noqa: PLR2004
    if name not in MODELS:
        refuse(f"{where} has the type {name!r}; version 4 of the specification has {', '.join(MODELS)}.")
    kind, model = MODELS[name]
    try:
        given = model.model_validate(raw)
    except ValidationError as error:
        refuse(f"{where}: {_first(error)}.")
    if given.pluginConfiguration:
        refuse(f"{where} needs the Pact plugin {', '.join(given.pluginConfiguration)}, and this gate runs no plugins.")
    if isinstance(given, shape.Http) and isinstance(given.request.query, dict) and major < 3:  # noqa: PLR2004
        refuse(f"{where} writes its query in the way of version 3, which the engine drops in version {major}.")
    clean = _for_the_engine(raw, given)
    interaction = Interaction(
        position=position,
        kind=kind,
        description=given.description,
        request_line=_request_line(given),
        states=given.states(),
        identifier=raw["_id"] if isinstance(raw.get("_id"), str) else "",
        harmless=_is_harmless(given, kind),
        sameness=sameness(clean, kind, section, spoken.telling),
        line=line,
    )
    return Part(
        interaction=interaction,
        section=section,
        raw=clean,
        expects_redirect=isinstance(given, shape.Http) and given.response.is_redirect,
    )


def _is_harmless(given: shape.Given, kind: Kind) -> bool:
    if isinstance(given, shape.Http):
        return given.request.method.upper() in SAFE_METHODS
    return kind is Kind.ASYNCHRONOUS_MESSAGE


def _for_the_engine(raw: dict[str, Any], given: shape.Given) -> dict[str, Any]:
    """Write an interaction so that the engine does with it what its author meant.

    It lets a failing interaction that calls itself pending pass: what is pending is the store's to say. And it sees no
    state where `providerStates` is no list.
    """
    clean = {key: value for key, value in raw.items() if key not in {"pending", "providerStates"}}
    listed = raw.get("providerStates")
    if isinstance(listed, str):
        listed = [{"name": state} for state in given.states()]
    return clean if listed is None else clean | {"providerStates": listed}


def _type_before_version_4(section: str) -> str:
    return "Asynchronous/Messages" if section == "messages" else "Synchronous/HTTP"


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"])
    return f"{path}: {first['msg'].removeprefix('Value error, ')}"


def _request_line(given: shape.Given) -> str:
    if not isinstance(given, shape.Http):
        return f"message: {given.description}"
    request = given.request
    query = request.query if isinstance(request.query, str) else _query(request.query or {})
    return f"{request.method.upper()} {request.path}{'?' if query else ''}{query}"


def _query(query: dict[str, Any]) -> str:
    pairs = [
        (name, value) for name, values in query.items() for value in (values if isinstance(values, list) else [values])
    ]
    return "&".join(f"{name}={value}" for name, value in pairs)


def expected_body(raw: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return the body that an interaction gives as its example, None when there is none or several of them."""
    response = raw.get("response", raw)
    if isinstance(response, list) and len(response) == 1:
        (response,) = response
    if not isinstance(response, dict):
        return None
    body = response.get("body", response.get("contents"))
    return body["content"] if isinstance(body, dict) and {"content", "contentType"} <= body.keys() else body


def at_path(value: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """Follow a mismatch's path, such as `$.items[0]['unit price']`, through an example; None where it leads nowhere."""
    for name, index, quoted in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]", path):
        step = int(index) if index else name or quoted
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return value
