"""What the broker tells the reader about a pact to verify, word for word."""

from itertools import groupby
from typing import Any

from tests.pact_broker.selection import Selector, Verifiable, Wanted

Json = dict[str, Any]

_PENDING = "Read more at https://docs.pact.io/go/pending"
_WIP = "Read more at https://docs.pact.io/go/wip"


def short_description(one: Verifiable) -> str:
    return ", ".join(_short(selector) for selector in one.selectors)


def notices(one: Verifiable, url: str, wanted: Wanted) -> list[Json]:
    """Give the sentences before a verification, and those after it that only a pending pact has."""
    before = [_inclusion(one, url, wanted)]
    if wanted.pending:
        before.append(_pending_reason(one, wanted))
    listed = [{"when": "before_verification", "text": text} for text in before]
    if wanted.pending and one.pending:
        listed += [{"when": f"after_verification:{when}", "text": text} for when, text in _afterwards(one, wanted)]
    return listed


def _inclusion(one: Verifiable, url: str, wanted: Wanted) -> str:
    if one.wip:
        return (
            f"The pact at {url} is being verified because it is a 'work in progress' pact (ie. it is the pact for the "
            f"latest version of {one.pact.consumer.name} from {_branches(one)} and it has not yet been successfully "
            f"verified by {_who(one, wanted, 'a')} when the pact's application version was explicitly specified in the "
            f"consumer version selectors). {_WIP}"
        )
    many = len(one.selectors) > 1
    listed = "\n".join(f"    * {text}" for text in _descriptions(one))
    return (
        f"The pact at {url} is being verified because the pact content belongs to the consumer "
        f"version{'s' if many else ''} matching the following {'criteria' if many else 'criterion'}:\n{listed}"
    )


def _pending_reason(one: Verifiable, wanted: Wanted) -> str:
    state = f"This pact is in pending state for this version of {one.pact.provider.name} because"
    harmless = f"If this verification fails, it will not cause the overall build to fail. {_PENDING}"
    if one.wip:
        return f"{state} it was included as a 'work in progress' pact. {harmless}"
    if one.pending:
        missing = f"a successful verification result for {_who(one, wanted, 'a')} has not yet been published"
        return f"{state} {missing}. {harmless}"
    return (
        f"This pact has previously been successfully verified by {_who(one, wanted, 'a')}. "
        f"If this verification fails, it will fail the build. {_PENDING}"
    )


def _afterwards(one: Verifiable, wanted: Wanted) -> list[tuple[str, str]]:
    who = _who(one, wanted, "any")
    still = f"This pact is still in pending state for {who} as"
    failed = f"{still} a successful verification result has not yet been published"
    no_longer = (
        f"This pact is no longer in pending state for {who}, as a successful verification result has been published. "
        f"If a verification for a version of {one.pact.provider.name} fails in the future, it will fail the build. "
        f"{_PENDING}"
    )
    return [
        ("success_true_published_false", f"{still} the successful verification results have not yet been published."),
        ("success_false_published_false", failed),
        ("success_true_published_true", no_longer),
        ("success_false_published_true", failed),
    ]


def _who(one: Verifiable, wanted: Wanted, article: str) -> str:
    name = one.pact.provider.name
    return name if wanted.branch is None else f"{article} version of {name} from branch '{wanted.branch}'"


def _branches(one: Verifiable) -> str:
    names = sorted({f"'{selector.name}'" for selector in one.selectors})
    same = {1: "", 2: " (both have the same content)"}.get(len(one.selectors), " (all have the same content)")
    return f"{'branch' if len(names) == 1 else 'branches'} {_joined(names)}{same}"


def _descriptions(one: Verifiable) -> list[str]:
    listed: list[str] = []
    for kind, group in groupby(one.selectors, key=lambda selector: selector.kind):
        selectors = list(group)
        if kind in {"deployed", "released"}:
            listed += _live(kind, selectors)
        else:
            listed += [f"{_description(selector, one)} ({selector.version.number})" for selector in selectors]
    return listed


def _live(kind: str, selectors: list[Selector]) -> list[str]:
    verb = "currently deployed to" if kind == "deployed" else "released and supported in"
    by_consumer: dict[str | None, list[str]] = {}
    for selector in selectors:
        place = "" if selector.environment is None else selector.environment.name
        by_consumer.setdefault(selector.consumer, []).append(f"{place} ({selector.version.number})")
    return [
        f"{f'version(s) of {consumer}' if consumer else 'consumer version(s)'} {verb} {_joined(places)}"
        for consumer, places in by_consumer.items()
    ]


def _description(selector: Selector, one: Verifiable) -> str:
    version = f"version of {selector.consumer}" if selector.consumer else "version"
    provider, main = one.pact.provider.name, one.pact.consumer.main_branch
    owned = f"{selector.consumer} " if selector.consumer else "consumer "
    return {
        "latest": f"latest version of {selector.consumer or 'a consumer'} that has a pact with {provider}",
        "branch": f"latest {version} from branch '{selector.name}'",
        "tag": f"latest {version} tagged '{selector.name}'",
        "all tagged": f"all {owned}versions tagged '{selector.name}'",
        "main": f"latest {version} from the main branch '{main}'",
        "environment": f"{selector.consumer or 'a consumer'} version in environment {selector.name}",
    }[selector.kind]


def _short(selector: Selector) -> str:
    place = "" if selector.environment is None else selector.environment.name
    return {
        "latest": "latest",
        "branch": f"latest from branch {selector.name}",
        "tag": f"latest with tag {selector.name}",
        "all tagged": f"one of {f'{selector.consumer} ' if selector.consumer else ''}{selector.name}",
        "deployed": f"deployed to {place}",
        "released": f"released in {place}",
        "main": "latest from main branch",
        "environment": _dump(selector),
    }[selector.kind]


def _dump(selector: Selector) -> str:
    """Leak an object, as the real broker does in this place."""
    owner = f"Version: number={selector.version.number}, pacticipant={selector.version.id}"
    address = "#<PactBroker::Deployments::Environment:0x00007f9d17bc6c48>"
    return f'{{"environment_name":"{selector.name}","environment":"{address}","consumer_version":"{owner}"}}'


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
