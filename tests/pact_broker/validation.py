"""What the broker finds wrong with a request, word for word."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tests.pact_broker.calls import Errors, Json
from tests.pact_broker.state import State

_BRANCH_KEYS = {"latest", "tag", "fallbackTag", "branch", "fallbackBranch", "matchingBranch", "mainBranch"}
_LIVE_KEYS = {"environment", "deployed", "released", "deployedOrReleased"}
_URL = re.compile(r"https?://\S+")


def publication_errors(body: Json) -> Errors:
    """Check a publication of contracts."""
    errors: Errors = {}
    for name in ("pacticipantName", "pacticipantVersionNumber"):
        _note(errors, name, _text_faults(body, name))
    for name in ("branch", "buildUrl"):
        _note(errors, name, [] if body.get(name) is None else _line_faults(body[name], blank=name == "buildUrl"))
    _note(errors, "tags", _tag_faults(body.get("tags")))
    if "contracts" not in body:
        errors["contracts"] = ["is missing"]
    elif not isinstance(body["contracts"], list):
        errors["contracts"] = ["must be an array"]
    else:
        found = [
            f"{fault} (at index {index})"
            for index, contract in enumerate(body["contracts"])
            for fault in _contract_faults(contract, body.get("pacticipantName"))
        ]
        _note(errors, "contracts", found)
    return errors


def decoded(contract: Json) -> Any:
    """Read the content of a contract; None if it cannot be read."""
    try:
        return json.loads(base64.b64decode(contract["content"], validate=True))
    except (binascii.Error, ValueError):
        return None


def result_errors(body: Json) -> Errors:
    """Check a verification result."""
    errors: Errors = {}
    if "success" not in body:
        errors["success"] = ["is missing"]
    elif not isinstance(body["success"], bool):
        errors["success"] = ["must be boolean"]
    _note(errors, "providerApplicationVersion", _text_faults(body, "providerApplicationVersion"))
    url = body.get("buildUrl")
    if url is not None and not (isinstance(url, str) and _URL.fullmatch(url)):
        errors["buildUrl"] = ["is not a valid URL eg. http://example.org"]
    return errors


def environment_errors(state: State, body: Json, *, uuid: str | None = None) -> Errors:
    """Check an environment that is to be created or changed."""
    errors: Errors = {}
    _note(errors, "name", _text_faults(body, "name"))
    if "production" not in body:
        errors["production"] = ["is missing"]
    elif not isinstance(body["production"], bool):
        errors["production"] = ["must be one of: true, false"]
    other = state.environment(body["name"]) if "name" not in errors else None
    if other is not None and other.uuid != uuid:
        errors["name"] = [f"name '{other.name}' is already used by an existing environment."]
    return errors


def verification_errors(state: State, body: Json) -> Errors:
    """Check what a provider asks for."""
    errors: Errors = {}
    selectors = body.get("consumerVersionSelectors", [])
    if not isinstance(selectors, list):
        errors["consumerVersionSelectors"] = ["must be an array"]
        selectors = []
    if body.get("includePendingStatus", True) not in {True, False}:
        errors["includePendingStatus"] = ["must be one of: true, false"]
    if "includeWipPactsSince" in body and not _is_date(body["includeWipPactsSince"]):
        errors["includeWipPactsSince"] = ["must be a date"]
    found = [
        f"{fault} (at index {index})"
        for index, selector in enumerate(selectors)
        for fault in _selector_faults(state, selector, body)
    ]
    _note(errors, "consumerVersionSelectors", found)
    return errors


def can_i_deploy_errors(state: State, query: Mapping[str, str]) -> Errors:
    """Check the question whether a version can be deployed."""
    errors: Errors = {}
    for name in ("pacticipant", "version"):
        if name not in query:
            errors[name] = ["is missing"]
        elif not query[name]:
            errors[name] = ["must be filled"]
    if query.get("pacticipant") and query["pacticipant"] not in state.pacticipants:
        errors["pacticipant"] = ["does not match an existing pacticipant"]
    environment = query.get("environment")
    if environment and state.environment(environment) is None:
        errors["environment"] = [f"with name '{environment}' does not exist"]
    if not environment and not query.get("to"):
        errors[""] = ["Must specify either an environment or a 'to' tag."]
    if environment and query.get("to"):
        errors[""] = ["Cannot specify both a 'to' tag and an environment."]
    return errors


def page_errors(query: Mapping[str, str]) -> Errors:
    """Check which page of a list is wanted."""
    errors: Errors = {}
    for name in ("page", "size", "pageNumber", "pageSize"):
        value = query.get(name)
        if value is not None and not value.lstrip("-").isdigit():
            errors[name] = ["must be an integer"]
        elif value is not None and int(value) < 1:
            errors[name] = ["must be greater than or equal to 1"]
    return errors


def _contract_faults(contract: Any, pacticipant: Any) -> Iterator[str]:
    if not isinstance(contract, dict):
        yield "must be a hash"
        return
    names = ("consumerName", "providerName", "specification", "contentType", "content")
    absent = [name for name in names if not contract.get(name)]
    yield from (f"{name} is missing" for name in absent)
    if not absent:
        yield from _content_faults(contract)
    consumer = contract.get("consumerName")
    if pacticipant and consumer and consumer != pacticipant:
        yield f"consumerName ('{consumer}') must match pacticipantName ('{pacticipant}')"


def _content_faults(contract: Json) -> Iterator[str]:
    if contract["specification"] != "pact":
        yield "specification must be one of: pact"
        return
    if not _is_base64(contract["content"]):
        yield "is not valid Base64"
    content = decoded(contract)
    if content is None:
        yield f"content could not be parsed as {contract['contentType']}"
    for side in ("consumer", "provider"):
        inside, outside = _name_in(content, side), contract[f"{side}Name"]
        if inside is not None and inside != outside:
            yield (
                f"{side} name in contract content ('{inside}') must match {side}Name in contract params ('{outside}')"
            )


def _name_in(content: Any, side: str) -> Any:
    named = content.get(side) if isinstance(content, dict) else None
    return named.get("name") if isinstance(named, dict) else None


def _selector_faults(state: State, selector: Any, body: Json) -> Iterator[str]:
    if not isinstance(selector, dict):
        yield "must be a hash"
        return
    keys = {key for key in selector if key in _BRANCH_KEYS | _LIVE_KEYS | {"consumer"}}
    for name in ("mainBranch", "matchingBranch"):
        allowed = {"consumer", name, "latest"} if name == "mainBranch" else {"consumer", name}
        if selector.get(name) and keys - allowed:
            yield f"cannot specify {name}=true with any other criteria apart from consumer"
    if selector.get("matchingBranch") and not body.get("providerVersionBranch"):
        yield "the providerVersionBranch must be specified when the selector matchingBranch=true is used"
    if selector.get("tag") and selector.get("branch"):
        yield "cannot specify both a tag and a branch"
    first, second = sorted(keys & _BRANCH_KEYS), sorted(keys & _LIVE_KEYS)
    if first and second:
        yield f"cannot specify the {_fields(first)} with the {_fields(second)}"
    yield from _fallback_faults(selector)
    environment = selector.get("environment")
    if environment is not None and state.environment(environment) is None:
        yield f"environment with name '{environment}' does not exist"
    wanted = ("mainBranch", "tag", "branch", "environment", "matchingBranch", "deployed", "released", "latest")
    if not any(selector.get(name) for name in (*wanted, "deployedOrReleased")):
        yield (
            "must specify a value for environment or tag or branch, or specify mainBranch=true, matchingBranch=true, "
            "latest=true, deployed=true, released=true or deployedOrReleased=true"
        )


def _fallback_faults(selector: Json) -> Iterator[str]:
    if selector.get("fallbackTag") and not selector.get("latest"):
        yield "fallbackTag can only be set if latest is true"
    for kind in ("Tag", "Branch"):
        if selector.get(f"fallback{kind}") and not selector.get(kind.lower()):
            yield f"a {kind.lower()} must be specified when a fallback{kind} is specified"
    if selector.get("branch") and selector.get("latest") is False:
        yield "cannot specify a branch with latest=false"


def _fields(names: list[str]) -> str:
    return f"field{'s' if len(names) > 1 else ''} {'/'.join(names)}"


def _text_faults(body: Json, name: str) -> list[str]:
    value = body.get(name)
    if name not in body:
        return ["is missing"]
    if not isinstance(value, str):
        return ["must be a string"]
    if not value:
        return ["must be filled"]
    if not value.strip():
        return ["cannot be blank"]
    return ["cannot contain multiple lines"] if "\n" in value else []


def _line_faults(value: Any, *, blank: bool) -> list[str]:
    if not isinstance(value, str):
        return ["must be a string"]
    faults = ["cannot be blank"] if not blank and not value.strip() else []
    return [*faults, *(["cannot contain multiple lines"] if "\n" in value else [])]


def _tag_faults(tags: Any) -> list[str]:
    if tags is None:
        return []
    if not isinstance(tags, list):
        return ["must be an array"]
    return [f"must be filled (at index {index})" for index, tag in enumerate(tags) if tag in {None, ""}]


def _note(errors: Errors, name: str, faults: list[str]) -> None:
    if faults:
        errors[name] = faults


def _is_base64(content: Any) -> bool:
    try:
        base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return False
    return True


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(str(value)[:10])
    except ValueError:
        return False
    return True
