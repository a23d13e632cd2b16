"""How consumers publish pacts, in one request and in the old way."""

from typing import Any

from tests.pact_broker.calls import JSON, Call, Errors, Json, Refused, created, hal, invalid, unclear
from tests.pact_broker.content import content_sha, difference
from tests.pact_broker.metadata import Metadata
from tests.pact_broker.records import Pact, Version
from tests.pact_broker.state import ConflictError, State
from tests.pact_broker.validation import decoded, publication_errors
from tests.servers import Reply

_NEXT = "See https://docs.pact.io/go"
_UNUSUAL = (
    "This is not recommended in normal circumstances and may indicate that you have not configured your Pact pipeline "
    "correctly. For more information see https://docs.pact.io/go/versioning"
)


def publish_contracts(call: Call) -> Reply:
    """Publish all contracts of a consumer version, or none. They are compared with what was there before, only."""
    if isinstance(call.body, list):
        raise unclear("TypeError - no implicit conversion of String into Integer")
    if not isinstance(call.body, dict):
        raise unclear("RuntimeError - Expected JSON Object in request body but found String")
    body = call.body
    errors: Errors = publication_errors(body)
    if errors:
        raise invalid(errors)
    conflicts = _conflicts(call, body)
    if conflicts:
        texts = [notice["text"] for notice in conflicts if notice["type"] == "error"]
        raise Refused(409, {"notices": conflicts, "errors": {"contracts": texts}}, content_type=JSON)
    return hal(_publish(call, body))


def put_pact(call: Call) -> Reply:
    """Publish one pact to its address."""
    names = call.arguments
    errors: Errors = {}
    for side in ("consumer", "provider"):
        named = call.fields.get(side)
        inside = named.get("name") if isinstance(named, dict) else None
        if inside is not None and inside != names[side]:
            fault = f"name in pact '{inside}' does not match name in URL path '{names[side]}'."
            errors[f"{side}.name"] = [fault]
    if errors:
        raise invalid(errors)
    known = names["provider"] in _pacts(call.state, names["consumer"], names["version"])
    version = call.state.version(names["consumer"], names["version"])
    try:
        pact = call.state.publish(version, names["provider"], call.body)
    except ConflictError:
        raise unclear(_changed(names["consumer"], names["version"], names["provider"]), status=409) from None
    body = call.pact_shapes.pact(pact, Metadata())
    return hal(body) if known else created(body, call.shapes.pact_url(pact))


def _conflicts(call: Call, body: Json) -> list[Json]:
    state, consumer, number = call.state, body["pacticipantName"], body["pacticipantVersionNumber"]
    existing = _pacts(state, consumer, number)
    notices: list[Json] = []
    for contract in body["contracts"]:
        provider, content = contract["providerName"], decoded(contract)
        pact = existing.get(provider)
        if pact is not None and pact.content.sha != content_sha(content):  # a merge is refused, too
            notices.append({"type": "error", "text": _changed(consumer, number, provider)})
            notices.append({"type": "info", "text": difference(pact.content.body, content)})
    names = dict.fromkeys([consumer, *(contract["providerName"] for contract in body["contracts"])])
    texts = [_similar(name, others, call.base) for name in names if (others := state.similar_names(name))]
    return [*notices, *({"type": "error", "text": text} for text in texts)]


def _publish(call: Call, body: Json) -> Json:
    state, shapes = call.state, call.shapes
    name, number, branch = body["pacticipantName"], body["pacticipantVersionNumber"], body.get("branch")
    known = state.find_version(name, number) is not None
    version = state.version(name, number)
    version.build_url = body.get("buildUrl", version.build_url)
    if branch is not None:
        state.add_branch(version, branch)
    tags = [state.add_tag(version, tag) for tag in body.get("tags") or []]
    notices = _version_notices(version, body, known=known)
    pacts: list[Pact] = []
    for contract in body["contracts"]:
        notices += _publish_one(call, version, contract, pacts)
    version_link = {"title": "Pacticipant version", "name": number, "href": shapes.version_url(version)}
    owner_link = {"title": "Pacticipant", "name": name, "href": shapes.pacticipant_url(version.pacticipant)}
    warning = "Replaced by notices"
    return {
        "logs": [{"level": one["type"], "message": one["text"], "deprecationWarning": warning} for one in notices],
        "notices": notices,
        "_embedded": {
            "pacticipant": shapes.short_pacticipant(version.pacticipant),
            "version": shapes.short_version(version),
        },
        "_links": {
            "pb:pacticipant": owner_link,
            "pb:pacticipant-version": version_link,
            "pb:pacticipant-version-tags": [
                {"title": "Tag", "name": tag.name, "href": shapes.tag_url(tag)} for tag in tags
            ],
            "pb:contracts": [shapes.pact_link(pact) for pact in pacts],
        },
    }


def _publish_one(call: Call, version: Version, contract: Json, pacts: list[Pact]) -> list[Json]:
    state, provider = call.state, contract["providerName"]
    before = version.pacts.get(provider)
    content = None if before is None else before.content
    pact = state.publish(version, provider, decoded(contract), overwrite=True)
    pacts.append(pact)
    whose = f"{version.pacticipant.name} version {version.number} and provider {provider}"
    events = "contract_published"
    if content is None:
        done, events = _notice("success", f"Pact successfully published for {whose}."), _events(pact)
    elif contract.get("onConflict") == "merge":
        done = _notice("success", f"Pact content merged with existing content for {whose}.")
    elif content is pact.content:
        done = _notice("success", f"Pact successfully republished for {whose} with no content changes.")
    else:
        done = _notice("warning", f"Pact with changed content published over existing content for {whose}. {_UNUSUAL}")
        whose = f"{version.pacticipant.name} version {version.number}"
        events = _changes(pact, f"pact content modified since previous publication for {whose}")
    return [
        done,
        _notice("debug", f"  View the published pact at {call.shapes.pact_url(pact)}"),
        _notice("debug", f"  Events detected: {events}"),
        *_next_steps(pact),
    ]


def _events(pact: Pact) -> str:
    """Tell what happened by comparing with the version before that has the same tag, or none as this one."""
    tags = list(pact.version.tags)
    previous: dict[str | None, Pact | None] = {tag: _previous(pact, tag) for tag in tags or (None,)}
    changed = [_reason(tag, one) for tag, one in previous.items() if one is None or one.content is not pact.content]
    if changed:
        return _changes(pact, ", ".join(changed))
    which = f"version with tag {tags[0]}" if len(tags) == 1 else f"versions with tags {', '.join(tags)}"
    return f"contract_published (pact content is the same as previous {which} and no new tags were applied)"


def _reason(tag: str | None, previous: Pact | None) -> str:
    if tag is None:
        since = "pact content has changed since previous untagged version"
        return "first time untagged pact published" if previous is None else since
    if previous is None:
        return f"first time any pact published for this consumer with consumer version tagged {tag}"
    return f"pact content has changed since the last consumer version tagged with {tag}"


def _changes(pact: Pact, reason: str) -> str:
    required = ", contract_requiring_verification_published" if _requires_verification(pact) else ""
    return f"contract_published{required}, contract_content_changed ({reason})"


def _requires_verification(pact: Pact) -> bool:
    provider = pact.provider
    needed = [version for version in provider.versions.values() if version.environments()]
    if provider.main_head is not None:
        needed.append(provider.main_head)
    verified = {version for version, result in pact.content.by_version.items() if result.success}
    return any(version not in verified for version in needed)


def _next_steps(pact: Pact) -> list[Json]:
    provider = pact.provider.name
    changes = f"verification build and webhook to trigger it when the pact content changes. {_NEXT}/webhooks"
    steps = [f"    * Configure separate {provider} pact {changes}"]
    if not any(result.content.provider is pact.provider for one in _siblings(pact) for result in one.content.results):
        steps.insert(0, f"    * Add Pact verification tests to the {provider} build. {_NEXT}/provider_verification")
    return [_notice("prompt", text) for text in ("  Next steps:", *steps)]


def _siblings(pact: Pact) -> list[Pact]:
    versions = pact.consumer.versions.values()
    return [version.pacts[pact.provider.name] for version in versions if pact.provider.name in version.pacts]


def _version_notices(version: Version, body: Json, *, known: bool) -> list[Json]:
    branch, tags = body.get("branch"), body.get("tags")
    text = f"{'Updated' if known else 'Created'} {version.pacticipant.name} version {version.number}"
    extras = [f"branch {branch}"] if branch is not None else []
    extras += [f"tags {', '.join(tags)}"] if tags else []
    notices = [_notice("debug", f"{text} with {' and '.join(extras)}" if extras else text)]
    if branch is None:
        hint = "  Next steps:\n    Configure the version branch to be the value of your repository branch."
        notices.append(_notice("prompt", hint))
    return notices


def _previous(pact: Pact, tag: str | None) -> Pact | None:
    older = [one for one in _siblings(pact) if one.version.id < pact.version.id]
    alike = [one for one in older if (tag in one.version.tags if tag is not None else not one.version.tags)]
    return alike[-1] if alike else None


def _pacts(state: State, consumer: str, number: str) -> dict[str, Pact]:
    version = state.find_version(consumer, number)
    return {} if version is None else version.pacts


def _notice(kind: str, text: str) -> dict[str, Any]:
    return {"type": kind, "text": text}


def _changed(consumer: str, number: str, provider: str) -> str:
    return (
        f"Cannot change the content of the pact for {consumer} version {number} and provider {provider}, as race "
        "conditions will cause unreliable results for can-i-deploy. Each pact must be published with a unique consumer "
        "version number. Some Pact libraries generate random data when a concrete value for a type matcher is not "
        "specified, and this can cause the contract to mutate - ensure you have given example values for all type "
        f"matchers. For more information see {_NEXT.removeprefix('See ')}/versioning"
    )


def _similar(name: str, others: list[str], base: str) -> str:
    listed = "\n".join(f"* {other}" for other in others)
    return (
        f'This is the first time a pact has been published for "{name}".\n'
        f'The name "{name}" is very similar to the following existing pacticipants:\n{listed}\n'
        "If you meant to specify one of the above names, please correct the pact configuration, and re-publish the "
        "pact.\n"
        f'If the pact is intended to be for a new consumer or provider, please manually create "{name}" using the '
        "following command from the Pact Broker CLI, and then re-publish the pact:\n\n"
        f'pact-broker create-or-update-pacticipant --name "{name}" --broker-base-url {base}\n\n'
        f"For information on the Pact Broker CLI see {_NEXT.removeprefix('See ')}/pbc-cli\n"
        "To disable this check, set `check_for_potential_duplicate_pacticipant_names` to false in the configuration.\n"
    )
