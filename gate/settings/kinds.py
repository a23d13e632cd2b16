"""The kinds of value that a setting can have: how each is read from text and from YAML."""

import json
import re
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

UNITS: Final = {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3}


CREDENTIALS: Final = re.compile(r"(?<=//).*(?=@)|^[^/]*:(?!//).*(?=@)", re.DOTALL)
QUERY: Final = re.compile(r"(//[^?#]*[?#]).+", re.DOTALL)
"""What of an address may be a secret, wherever it ends."""

SELECTOR_KEYS: Final = frozenset(
    {
        "branch",
        "consumer",
        "deployed",
        "deployedOrReleased",
        "environment",
        "fallbackBranch",
        "fallbackTag",
        "latest",
        "mainBranch",
        "matchingBranch",
        "released",
        "tag",
    }
)
"""Of consumer version selectors. Source: "Consumer version selectors" in Pact's documentation."""

_HOST: Final = r"([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])"
_USER: Final = r"([A-Za-z0-9_][A-Za-z0-9_.+-]*@)?"
_PORT: Final = r"(:[1-9]\d{0,4})?"
STORE: Final = re.compile(
    rf"""
    https?://{_HOST}{_PORT}/\S+
    | ssh://{_USER}{_HOST}{_PORT}/\S+
    | {_USER}{_HOST}:(?!-|//)[^\s?\#]+  # as git does, what has a colon before its first slash
    | file:///.+
    | [^:/]*(/.*)?
    """,
    re.VERBOSE,
)
"""The addresses of a built-in store: one of git's transports, or a path."""
NO_STORE: Final = {
    r"-.*": "an address does not start with a dash: git would take it for an option",
    r"[A-Za-z0-9][A-Za-z0-9+.-]*::.*": "git would start a program for an address with ::",
    r"https?://[^/?#]*@.*": "credentials do not belong in an address: there is store-token for them",
    r"ssh://[^@/?#]*:[^/?#]*@.*": "credentials do not belong in an address: ssh has keys of its own",
    r"\w+://[^?#]*[?#].*": "an address here has no query and no fragment",
}
"""What is refused of them for a reason that is worth telling."""
NO_BRANCH: Final = re.compile(
    r"""
    HEAD | @ | -.* | refs/.*
    | .*\.
    | .*(\.\. | @\{ | [ ~^:?*\[\\]).*
    | (.*/)?( | \..* | .*\.lock)(/.*)?  # nothing between two slashes, a hidden file, git's own lock
    """,
    re.VERBOSE,
)
"""Names that are no branch's. Source: `git help check-ref-format`; it takes `@` and `refs/`, which nobody means."""


def public(text: str) -> str:
    """Return what somebody wrote without what may be a secret in it, if it is an address."""
    return QUERY.sub(r"\1***", CREDENTIALS.sub("***", text))


def _lines(value: Any) -> Any:  # noqa: ANN401 - before validation
    """Split text at its line ends; blank lines say nothing."""
    if isinstance(value, str):
        return tuple(line.strip() for line in value.splitlines() if line.strip())
    if isinstance(value, list | tuple):
        every = [_lines(one) if isinstance(one, str) else (one,) for one in value if one is not None]
        return tuple(line for lines in every for line in lines)
    return value


def _environment(value: Any) -> Any:  # noqa: ANN401
    """Read `NAME=value` lines; a mapping in the gate file is as good."""
    if isinstance(value, dict):
        return tuple((str(name), str(text)) for name, text in value.items())
    return tuple(_pair(line, "=", "NAME=value") for line in _lines(value))


def _headers(value: Any) -> Any:  # noqa: ANN401
    """Read `Name: value` lines."""
    return tuple(_pair(line, ":", "Name: value") for line in _lines(value))


def _pair(line: str, separator: str, form: str) -> tuple[str, str]:
    name, found, value = line.partition(separator)
    if not found or not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name.strip()):
        # The line itself may be a secret, so it is not repeated here.
        message = f"each line has the form {form}, and one of them has not"
        raise ValueError(message)
    return name.strip(), value.strip()


def _size(value: Any) -> Any:  # noqa: ANN401
    """Read `20 MiB`, `500kB` or a number of bytes."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+)\s*([A-Za-z]*)\s*", value)
    if found is None or found[2].lower() not in UNITS:
        message = "a size is a number of bytes, or one with a unit such as 20 MiB"
        raise ValueError(message)
    return int(found[1]) * UNITS[found[2].lower()]


def _http_url(value: str) -> str:
    parts = urlsplit(value.replace("{port}", "1").replace("{replica}", "1").replace("{host}", "host"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        message = "an address starts with http:// or https:// and names a host"
        raise ValueError(message)
    if parts.query or parts.fragment:
        message = "an address here has no query and no fragment"
        raise ValueError(message)
    if parts.username or parts.password:
        message = "credentials do not belong in an address: there are settings for them"
        raise ValueError(message)
    return value.rstrip("/")


def _store(value: str) -> str:
    if not unquote(value).isprintable():
        message = "an address is one line, without characters that nobody sees"
        raise ValueError(message)
    for pattern, message in NO_STORE.items():
        if re.fullmatch(pattern, value):
            raise ValueError(message)
    address = value.rstrip("/") if "://" in value else value
    if not STORE.fullmatch(address):
        message = "an address is https://host/path, ssh://host/path, user@host:path, file:///path or a path"
        raise ValueError(message)
    return address


def _branch(value: str) -> str:
    if NO_BRANCH.fullmatch(value) or not value.isprintable():
        message = "git has no branch of such a name; one is called contract-gate, without refs/heads/"
        raise ValueError(message)
    return value


def _token(value: str) -> str:
    if not value.isprintable() or " " in value:
        message = "a token is one word"
        raise ValueError(message)
    return value


def _page(value: str) -> str:
    parts = urlsplit(value)
    if not re.fullmatch(r"https?://\S+", value) or not parts.hostname or parts.username or parts.password:
        message = "the address of a page starts with http:// or https://, names a host, and has no blank or password"
        raise ValueError(message)
    return value


def _http_url_or_path(value: str) -> str:
    return value if value.startswith("/") else _http_url(value)


def _path(value: str) -> str:
    if not value.startswith("/"):
        message = "a path starts with /"
        raise ValueError(message)
    return value


def _day(value: Any) -> Any:  # noqa: ANN401
    """Take a date as it is written, and no number for one."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        return value.strip()
    if type(value) is date:
        return value
    message = "a date is written 2026-11-01"
    raise ValueError(message)


def _selectors(value: Any) -> Any:  # noqa: ANN401
    """Read a JSON list of consumer version selectors; a list in the gate file is as good."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            message = f"this is no JSON: {error}"
            raise ValueError(message) from error
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) and one for one in value):
        message = 'selectors are a JSON list of objects, such as [{"mainBranch": true}]'
        raise ValueError(message)
    strange = sorted({name for one in value for name in one} - SELECTOR_KEYS)
    if strange:
        message = f"a broker passes over {strange[0]!r}; it knows {', '.join(sorted(SELECTOR_KEYS))}"
        raise ValueError(message)
    return tuple(tuple(one.items()) for one in value)


def _replicas(value: Any) -> Any:  # noqa: ANN401
    """Read a number, or leave it to the gate."""
    text = str(value).strip()
    if text == "auto":
        return text
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]?", text) or int(text) > MOST_REPLICAS:
        message = f"it is a number from 1 to {MOST_REPLICAS}, or auto"
        raise ValueError(message)
    return int(text)


def _folder(value: str) -> str:
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or set("*?[]\\") & set(value) or not value.isprintable():
        message = "a folder is named from the repository's top on, without .. and without signs of a pattern"
        raise ValueError(message)
    return str(path)


def _switch(value: Any) -> Any:  # noqa: ANN401
    """Read `on` and `off`, which YAML takes for booleans."""
    return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


def _one_line(value: str) -> str:
    if not value.isprintable():
        message = "a name is one line, without characters that nobody sees"
        raise ValueError(message)
    return value


Switch = Annotated[Literal["on", "off"], BeforeValidator(_switch, json_schema_input_type=bool | Literal["on", "off"])]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[Text, AfterValidator(_one_line)]
MOST_OWNERS: Final = 10
Owner = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_one_line)
]
Lines = Annotated[tuple[Text, ...], BeforeValidator(_lines, json_schema_input_type=str | list[str])]
Names = Annotated[tuple[Name, ...], BeforeValidator(_lines, json_schema_input_type=str | list[str])]
Environment = Annotated[
    tuple[tuple[str, str], ...], BeforeValidator(_environment, json_schema_input_type=str | list[str] | dict[str, str])
]
Headers = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_headers, json_schema_input_type=str | list[str])]
Size = Annotated[int, Field(gt=0), BeforeValidator(_size, json_schema_input_type=str | int)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]
Wait = Annotated[float, Field(ge=0, le=86_400)]
Selectors = Annotated[
    tuple[tuple[tuple[str, str | bool], ...], ...],
    BeforeValidator(_selectors, json_schema_input_type=str | list[dict[str, str | bool]]),
]
Seconds = Annotated[float, Field(ge=0.01, le=86_400)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
HttpUrls = Annotated[tuple[HttpUrl, ...], BeforeValidator(_lines, json_schema_input_type=str | list[str])]
MOST_REPLICAS: Final = 64
_Count = Annotated[int, Field(ge=1, le=MOST_REPLICAS)]
Replicas = Annotated[int | Literal["auto"], BeforeValidator(_replicas, json_schema_input_type=_Count | Literal["auto"])]
Folder = Annotated[Text, AfterValidator(_folder)]
StoreAddress = Annotated[Text, AfterValidator(_store)]
BranchName = Annotated[Text, AfterValidator(_branch)]
Token = Annotated[Text, AfterValidator(_token)]
PageUrl = Annotated[str, AfterValidator(_page)]
HttpUrlOrPath = Annotated[str, AfterValidator(_http_url_or_path)]
UrlPath = Annotated[str, AfterValidator(_path)]
