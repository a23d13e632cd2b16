"""How providers find the pacts to verify, read them and publish what came of it."""

from datetime import date
from typing import Any

from tests.pact_broker import metadata
from tests.pact_broker.calls import Call, Errors, broken, created, hal, invalid, missing, text, unknown
from tests.pact_broker.content import difference
from tests.pact_broker.metadata import Metadata, nested, read_metadata
from tests.pact_broker.records import Content, Pact, Pacticipant, Result, Version
from tests.pact_broker.selection import Wanted, pacts_for_verification
from tests.pact_broker.validation import result_errors, verification_errors
from tests.servers import Reply


def pacts_to_verify(call: Call) -> Reply:
    """List the pacts that the provider should verify. An empty body asks for the usual ones."""
    body = call.fields
    errors = verification_errors(call.state, body)
    if errors:
        raise invalid(errors)
    since = body.get("includeWipPactsSince")
    pending = body.get("includePendingStatus")
    wanted = Wanted(
        selectors=tuple(body.get("consumerVersionSelectors") or ()),
        pending=True if pending is None else pending,
        branch=body.get("providerVersionBranch") or None,
        tags=tuple(body.get("providerVersionTags") or ()),
        wip_since=None if since is None else date.fromisoformat(since[:10]),
    )
    return _pacts_to_verify(call, wanted)


def pacts_to_verify_by_query(call: Call) -> Reply:
    """Answer the question in its first form, which knows only tags."""
    query = nested(call.query_string)
    selectors: list[dict[str, Any]] = query.get("consumer_version_selectors", [])
    absent = [f"tag is missing (at index {index})" for index, one in enumerate(selectors) if not one.get("tag")]
    if absent:
        raise invalid({"consumer_version_selectors": absent})
    chosen = tuple({"tag": one["tag"], "latest": one.get("latest") == "true"} for one in selectors)
    return _pacts_to_verify(call, Wanted(selectors=chosen, pending=query.get("include_pending_status") == "true"))


def get_pact(call: Call) -> Reply:
    return hal(call.pact_shapes.pact(_pact_of_version(call), Metadata()))


def get_latest_pact(call: Call) -> Reply:
    pacts = _all_pacts(call)
    if not pacts:
        raise missing()
    latest = max(pacts, key=lambda pact: pact.version.id)
    how = Metadata(given=metadata.of_latest(latest.version.id))
    number = {"X-Pact-Consumer-Version": latest.version.number}
    return hal(call.pact_shapes.pact(latest, how), headers=number)


def get_pact_content(call: Call) -> Reply:
    """Give the pact of a content, as the pact of the consumer version that the metadata names."""
    content, how = _content(call), read_metadata(call.arguments.get("metadata"))
    versions = _named_versions(content, how)
    pacts = [pact for pact in content.pacts if pact.version in (versions or ())]
    pact = max(pacts, key=lambda one: one.version.id) if pacts else content.latest_pact
    return hal(call.pact_shapes.pact(pact, how, versions=versions))


def post_result(call: Call) -> Reply:
    """Add a result to a content, which is always a new one."""
    if call.body is not None and not isinstance(call.body, dict):
        raise broken()
    body = call.fields
    errors: Errors = result_errors(body)
    if errors:
        raise invalid(errors)
    content, how, state = _content(call), read_metadata(call.arguments.get("metadata")), call.state
    result = state.add_result(
        content,
        state.version(content.provider.name, body["providerApplicationVersion"]),
        success=body["success"],
        build_url=body.get("buildUrl"),
        test_results=body.get("testResults"),
        verified_by=body.get("verifiedBy"),
        wip=how.wip,
    )
    return created(call.pact_shapes.result(result), call.pact_shapes.result_url(result))


def get_result(call: Call) -> Reply:
    content, number = _content(call), call.arguments["number"]
    result = call.state.results.get(int(number)) if number.isdigit() else None
    if result is None or result.content is not content:
        raise missing()
    return hal(call.pact_shapes.result(result))


def get_latest_result(call: Call) -> Reply:
    content = _content(call)
    if not content.results:
        raise missing()
    return hal(call.pact_shapes.result(content.results[-1]))


def get_latest_results_of_version(call: Call) -> Reply:
    """Sum up a consumer version. A result comes as often as its content was published, and so spoils the count."""
    version = call.state.find_version(call.arguments["consumer"], call.arguments["version"])
    if version is None:
        raise missing()
    results: list[Result] = [
        pact.content.results[-1] for pact in version.pacts.values() if pact.content.results for _ in pact.content.pacts
    ]
    names = [result.content.provider.name for result in results]
    summary = {
        "successful": [name for name, result in zip(names, results, strict=True) if result.success],
        "failed": [name for name, result in zip(names, results, strict=True) if not result.success],
        "unknown": [name for name in version.pacts if name not in names],
    }
    title = f"Latest verification results for consumer {version.pacticipant.name} version {version.number}"
    return hal(
        {
            "success": len(summary["successful"]) == len(version.pacts),
            "providerSummary": summary,
            "_embedded": {"verificationResults": [call.pact_shapes.result(result) for result in results]},
            "_links": {"self": {"href": call.base + call.path, "title": title}},
        }
    )


def get_provider_states(call: Call) -> Reply:
    provider = _provider(call)
    consumers: dict[str, list[str]] = {}
    for consumer in provider.consumers.values():
        pacts = [
            version.pacts[provider.name] for version in consumer.versions.values() if provider.name in version.pacts
        ]
        for interaction in pacts[-1].content.body.get("interactions", []) if pacts else []:
            for one in interaction.get("providerStates", []):
                consumers.setdefault(one["name"], []).append(consumer.name)
    states = [{"name": name, "consumers": sorted(set(names))} for name, names in consumers.items()]
    return hal({"providerStates": states})


def get_difference(call: Call) -> Reply:
    """Tell what changed since the content before."""
    pact = _pact_of_version(call)
    older = [one for one in _all_pacts(call) if one.version.id < pact.version.id and one.content is not pact.content]
    if not older:
        raise missing()
    before = max(older, key=lambda one: one.version.id)
    versions = f"{before.version.number} and {pact.version.number}"
    title = f"# Diff between versions {versions} of the pact between {pact.consumer.name} and {pact.provider.name}"
    return text(f"{title}\n\n{difference(before.content.body, pact.content.body)}\n")


def _pacts_to_verify(call: Call, wanted: Wanted) -> Reply:
    listed = pacts_for_verification(call.state, _provider(call), wanted)
    link = {"href": call.base + call.path, "title": "Pacts to be verified"}
    pacts = [call.pact_shapes.verifiable(one, wanted) for one in listed]
    return hal({"_embedded": {"pacts": pacts}, "_links": {"self": link}})


def _provider(call: Call) -> Pacticipant:
    name = call.arguments["provider"]
    if name not in call.state.pacticipants:
        raise unknown(f"No provider with name '{name}' found")
    return call.state.pacticipants[name]


def _pact_of_version(call: Call) -> Pact:
    version = call.state.find_version(call.arguments["consumer"], call.arguments["version"])
    pact = None if version is None else version.pacts.get(call.arguments["provider"])
    if pact is None:
        raise missing()
    return pact


def _all_pacts(call: Call) -> list[Pact]:
    consumer = call.state.pacticipants.get(call.arguments["consumer"])
    versions = [] if consumer is None else list(consumer.versions.values())
    found = [version.pacts.get(call.arguments["provider"]) for version in versions]
    return [pact for pact in found if pact is not None]


def _content(call: Call) -> Content:
    names = call.arguments
    found = call.state.contents.get((names["consumer"], names["provider"], names["sha"]))
    if found is None or not found.pacts:
        raise missing()
    return found


def _named_versions(content: Content, how: Metadata) -> list[Version] | None:
    """Give the versions that the metadata names, the newest first; None if it names none."""
    if how.number is not None:
        named = content.consumer.versions.get(how.number)
        return [] if named is None else [named]
    if not how.version_ids:
        return None
    ids = set(how.version_ids)
    return [version for version in reversed(content.consumer.versions.values()) if version.id in ids]
