"""The shape of a Pact file, versions 1 to 4, as far as the engine is careless about it.

The engine sends `FO O` as GET, verifies a string as an interaction, takes `"status": "200"` as a reason to panic, and
lets rules of an unknown category switch matching off (measured on the pinned version; `tests` hold each case). What
these models refuse never reaches it. Keys that the specification does not name are let through, as it demands.

Source: the Pact specification, versions 1 to 4 (github.com/pact-foundation/pact-specification).
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

TOKEN = r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$"  # noqa: S105 - RFC 9110, section 5.6.2
RULE_CATEGORIES = frozenset({"body", "content", "contents", "header", "metadata", "method", "path", "query", "status"})


def _printable(text: str) -> str:
    if "\0" in text:
        message = "must not contain the NUL character"
        raise ValueError(message)
    return text


def _ascii(text: str) -> str:
    if not text.isascii() or any(character in text for character in "\0\r\n"):
        message = "must be one line of ASCII: the engine would drop the header"
        raise ValueError(message)
    return text


def _listed(value: Any) -> Any:  # noqa: ANN401 - before validation
    if not isinstance(value, str | list):
        message = "must be a text or a list of texts"
        raise ValueError(message)  # noqa: TRY004 - what pydantic reports
    return [value] if isinstance(value, str) else value


def _known_categories(rules: dict[str, Any]) -> dict[str, Any]:
    for category, by_path in rules.items():
        if not category.startswith("$") and category not in RULE_CATEGORIES:
            message = f"has no category {category!r} in any version of the specification"
            raise ValueError(message)
        for matcher in _matchers(by_path):
            _refuse_idle(matcher, category)
    return rules


def _matchers(rules: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Find the matchers in rules of any version's shape."""
    waiting = [rules] if isinstance(rules, dict | list) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and "match" in one:
            yield one
        children = one.values() if isinstance(one, dict) else one
        waiting += [child for child in children if isinstance(child, dict | list)]


def _refuse_idle(matcher: dict[str, Any], category: str) -> None:
    """Refuse a rule that compares nothing: any answer would honour it."""
    match matcher["match"]:
        case "statusCode":
            idle = category != "status"
        case "eachKey" | "eachValue":
            idle = not matcher.get("rules")
        case "include":
            idle = matcher.get("value") == ""
        case "arrayContains":
            idle = not matcher.get("variants")
        case _:
            idle = False
    if idle:
        message = f"has a rule {matcher['match']!r} that compares nothing here"
        raise ValueError(message)


Text = Annotated[str, AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1), AfterValidator(_printable)]
HeaderName = Annotated[str, Field(pattern=TOKEN)]
HeaderValue = Annotated[str, AfterValidator(_ascii)]
Headers = dict[HeaderName, Annotated[list[HeaderValue], BeforeValidator(_listed)]]
Rules = Annotated[dict[str, Any], AfterValidator(_known_categories)]


class Shape(BaseModel):
    """Strict about types, open about keys."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class Pacticipant(Shape):
    """`consumer` or `provider`."""

    name: Name


def _whole_query(query: Any) -> Any:  # noqa: ANN401 - before validation
    """The engine drops what it cannot read of a query, and then sends another request than the consumer's."""
    message = "is no query that the engine sends whole: write each parameter as name=value"
    if isinstance(query, str) and (query.startswith("?") or not all("=" in part for part in query.split("&") if part)):
        raise ValueError(message)
    if isinstance(query, dict):
        lists = [[value] if isinstance(value, str) else value for value in query.values()]
        if not all(isinstance(one, list) and one and all(isinstance(value, str) for value in one) for one in lists):
            raise ValueError(message)
    return query


class State(Shape):
    """A provider state, from version 3 on."""

    name: Text
    params: dict[str, Any] | None = None


def _named(value: Any) -> Any:  # noqa: ANN401 - before validation
    return [{"name": value}] if isinstance(value, str) else value


def _has_content(value: Any) -> Any:  # noqa: ANN401 - JSON of any kind
    """In version 4 a body says its type and its content; with the type alone the engine compares nothing."""
    if (
        isinstance(value, dict)
        and set(value) <= {"contentType", "encoded", "contentTypeHint"}
        and "contentType" in value
    ):
        message = "has a contentType and no content"
        raise ValueError(message)
    return value


Content = Annotated[Any, AfterValidator(_has_content)]
IDLE_MESSAGE = "expects nothing of the message: it has neither contents nor metadata nor rules"


class Request(Shape):
    """What the consumer sends. Without a method or path the specification means `GET /`."""

    method: Annotated[str, Field(pattern=TOKEN)] = "GET"
    path: Text = "/"
    query: Annotated[str | dict[str, Any] | None, BeforeValidator(_whole_query)] = None
    headers: Headers | None = None
    matchingRules: dict[str, Any] | None = None  # noqa: N815 - the specification's spelling
    generators: dict[str, Any] | None = None


class Response(Shape):
    """What the consumer expects. Without a status the engine means 200."""

    status: int = 200
    headers: Headers | None = None
    body: Content = None
    matchingRules: Rules | None = None  # noqa: N815
    generators: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_a_status(self) -> Self:
        """Some libraries write 0 where a rule decides the status."""
        if not 100 <= self.status <= 599 and not {"status", "$.status"} & set(self.matchingRules or ()):  # noqa: PLR2004
            message = f"the status {self.status} is none that HTTP has, and no rule decides it"
            raise ValueError(message)
        return self

    @property
    def is_redirect(self) -> bool:
        """Whether the consumer expects to be sent elsewhere, rather than what it finds there."""
        return 300 <= self.status <= 399 or "redirect" in str((self.matchingRules or {}).get("status"))  # noqa: PLR2004


class Given(Shape):
    """What all interactions share: a description, and provider states in the spelling of their version."""

    description: Text
    providerStates: Annotated[list[State] | None, BeforeValidator(_named)] = None  # noqa: N815
    providerState: Text | None = None  # noqa: N815
    provider_state: Text | None = None
    transport: Literal["http", "https", "message"] | None = None
    pluginConfiguration: dict[str, Any] | None = None  # noqa: N815

    def states(self) -> tuple[str, ...]:
        """Name the provider states in order."""
        if self.providerStates is not None:
            return tuple(state.name for state in self.providerStates)
        one = self.providerState or self.provider_state
        return (one,) if one else ()


class Http(Given):
    """A request and its response."""

    request: Request
    response: Response


class AsynchronousMessage(Given):
    """A message that the provider sends (versions 3 and 4)."""

    contents: Content = None
    metadata: dict[str, Any] | None = None
    metaData: dict[str, Any] | None = None  # noqa: N815
    matchingRules: Rules | None = None  # noqa: N815
    generators: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.contents is None and not (self.metadata or self.metaData or self.matchingRules):
            raise ValueError(IDLE_MESSAGE)
        return self


class MessageContents(Shape):
    """One message of a synchronous exchange."""

    contents: Content = None
    metadata: dict[str, Any] | None = None
    matchingRules: Rules | None = None  # noqa: N815
    generators: dict[str, Any] | None = None


class SynchronousMessage(Given):
    """A message that the consumer sends and the messages that the provider answers with (version 4)."""

    request: MessageContents
    response: Annotated[list[MessageContents], Field(min_length=1)]

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not all(one.contents is not None or one.metadata or one.matchingRules for one in self.response):
            raise ValueError(IDLE_MESSAGE)
        return self
