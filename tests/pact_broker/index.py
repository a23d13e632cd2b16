"""The index, which tells clients all addresses that they need."""

from typing import Any

Json = dict[str, Any]

_PACTS = "/pacts/provider/{provider}"
_PAIR = f"{_PACTS}/consumer/{{consumer}}"
_VERSION = "/pacticipants/{pacticipant}/versions/{version}"
_BRANCH = "/pacticipants/{pacticipant}/branches/{branch}"
_DEPLOYABLE = "/can-i-deploy?pacticipant={pacticipant}&version={version}"
_DOCS = "/doc/{rel}?context=index"

_LINKS: tuple[tuple[str, str, str], ...] = (
    ("pb:publish-pact", f"{_PAIR}/version/{{consumerApplicationVersion}}", "Publish a pact"),
    ("pb:publish-contracts", "/contracts/publish", "Publish contracts"),
    ("pb:latest-pact-versions", "/pacts/latest", "Latest pact versions"),
    (
        "pb:tagged-pact-versions",
        f"{_PAIR}/tag/{{tag}}",
        "All versions of a pact for a given consumer, provider and consumer version tag",
    ),
    (
        "pb:branch-pact-versions",
        f"{_PAIR}/branch/{{branch}}",
        "All versions of pacts for a provider, for a named consumers branch",
    ),
    (
        "pb:latest-branch-pact-versions",
        f"{_PAIR}/branch/{{branch}}/latest/versions",
        "Latest version of pact for a provider, for a named consumers branch",
    ),
    (
        "pb:main-branch-pact-versions",
        f"{_PAIR}/branch/versions",
        "All versions of pacts for a provider, for a named consumers main branch",
    ),
    (
        "pb:latest-main-branch-pact-versions",
        f"{_PAIR}/branch/latest/versions",
        "Latest version of pact for a provider, for a named consumers main branch",
    ),
    (
        "pb:provider-pacts-with-main-branch",
        f"{_PACTS}/branch",
        "All pacts for a provider, for any consumers main branch",
    ),
    (
        "pb:provider-pacts-with-branch",
        f"{_PACTS}/branch/{{branch}}",
        "All pacts for a provider, for any consumers named branch",
    ),
    (
        "pb:latest-provider-pacts-with-main-branch",
        f"{_PACTS}/branch/latest",
        "Latest pact for a provider, for any consumers main branch",
    ),
    (
        "pb:latest-provider-pacts-with-branch",
        f"{_PACTS}/branch/{{branch}}/latest",
        "Latest pacts for a provider, for any consumers named branch",
    ),
    ("pb:pacticipants", "/pacticipants", "Pacticipants"),
    ("pb:pacticipant", "/pacticipants/{pacticipant}", "Fetch pacticipant by name"),
    ("pb:latest-provider-pacts", f"{_PACTS}/latest", "Latest pacts by provider"),
    (
        "pb:latest-provider-pacts-with-tag",
        f"{_PACTS}/latest/{{tag}}",
        "Latest pacts for provider with the specified tag",
    ),
    (
        "pb:provider-pacts-with-tag",
        f"{_PACTS}/tag/{{tag}}",
        "All pact versions for the provider with the specified consumer version tag",
    ),
    ("pb:provider-pacts", _PACTS, "All pact versions for the specified provider"),
    ("pb:latest-version", "/pacticipants/{pacticipant}/latest-version", "Latest pacticipant version"),
    (
        "pb:latest-tagged-version",
        "/pacticipants/{pacticipant}/latest-version/{tag}",
        "Latest pacticipant version with the specified tag",
    ),
    ("pb:webhooks", "/webhooks", "Webhooks"),
    ("pb:webhook", "/webhooks/{uuid}", "Webhook"),
    ("pb:integrations", "/integrations", "Integrations"),
    (
        "pb:pacticipant-version-tag",
        f"{_VERSION}/tags/{{tag}}",
        "Get, create or delete a tag for a pacticipant version",
    ),
    ("pb:pacticipant-branch", _BRANCH, "Get or delete a pacticipant branch"),
    (
        "pb:pacticipant-branch-version",
        f"{_BRANCH}/versions/{{version}}",
        "Get or add/create a pacticipant version for a branch",
    ),
    ("pb:pacticipant-version", _VERSION, "Get, create or delete a pacticipant version"),
    ("pb:metrics", "/metrics", "Get Pact Broker metrics"),
    (
        "pb:can-i-deploy-pacticipant-version-to-tag",
        f"{_DEPLOYABLE}&to={{tag}}",
        "Determine if an application version can be safely deployed to an environment identified by the given tag",
    ),
    (
        "pb:can-i-deploy-pacticipant-version-to-environment",
        f"{_DEPLOYABLE}&environment={{environment}}",
        "Determine if an application version can be safely deployed to an environment",
    ),
    (
        "pb:provider-pacts-for-verification",
        f"{_PACTS}/for-verification",
        "Pact versions to be verified for the specified provider",
    ),
    (
        "beta:provider-pacts-for-verification",
        f"{_PACTS}/for-verification",
        "DEPRECATED - please use pb:provider-pacts-for-verification",
    ),
    ("pb:environments", "/environments", "Environments"),
    ("pb:environment", "/environments/{uuid}", "Environment"),
)


def index(base: str) -> Json:
    """Give the index below the base address."""
    links: Json = {"self": {"href": base, "title": "Index", "templated": False}}
    for rel, path, title in _LINKS:
        links[rel] = {"href": base + path, "title": title, "templated": "{" in path}
    del links["pb:metrics"]["templated"]
    links["pb:tagged-pact-versions"]["templated"] = False
    links["beta:provider-pacts-for-verification"]["name"] = "beta"
    links["curies"] = [{"name": name, "href": base + _DOCS, "templated": True} for name in ("pb", "beta")]
    return {"_links": links}
