"""Which address is what, and which types of media it reads and writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from tests.pact_broker import deciding, places, publishing, registry, verifying
from tests.pact_broker.calls import Call
from tests.servers import Reply

_JSON: Final = ("application/json",)
_MERGE: Final = ("application/merge-patch+json",)
_HAL: Final = ("application/hal+json",)
_TEXT: Final = ("text/plain",)

Work = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a method does at an address, and the types of its body; none if it has no body."""

    work: Work
    reads: tuple[str, ...] = ()
    writes: bool = True
    """Whether a user who may only read is kept out."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address with variable parts."""

    template: str
    methods: Mapping[str, Endpoint]
    gives: tuple[str, ...] = _HAL
    unserved: tuple[str, ...] = ()
    """Methods that the real broker allows here and the fake does not."""
    parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.template.split("/")))

    @property
    def allow(self) -> str:
        return ", ".join([*self.methods, *self.unserved, "OPTIONS"])

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """Give the variable parts, or None if it is another address."""
        found: dict[str, str] = {}
        for wanted, part in zip(self.parts, parts, strict=True):
            if wanted.startswith("{"):
                found[wanted[1:-1]] = unquote(part)
            elif wanted != part:
                return None
        return found


def find_route(path: str) -> tuple[Route, dict[str, str]] | None:
    parts = (path.rstrip("/") or "/").split("/")
    for route in _BY_LENGTH.get(len(parts), ()):
        found = route.match(parts)
        if found is not None and "" not in found.values():
            return route, found
    return None


def _get(work: Work) -> Endpoint:
    return Endpoint(work, writes=False)


def _put(work: Work) -> Endpoint:
    return Endpoint(work, _JSON)


def _patch(work: Work, reads: tuple[str, ...] = _MERGE) -> Endpoint:
    return Endpoint(work, reads)


_PACTICIPANT = "/pacticipants/{pacticipant}"
_VERSION = f"{_PACTICIPANT}/versions/{{version}}"
_BRANCH = f"{_PACTICIPANT}/branches/{{branch}}"
_ENVIRONMENT = "/environments/{uuid}"
_PAIR = "/pacts/provider/{provider}/consumer/{consumer}"
_CONTENT = f"{_PAIR}/pact-version/{{sha}}"
_CHOSEN = f"{_CONTENT}/metadata/{{metadata}}"
_RESULTS = "verification-results"

ROUTES: Final = (
    Route("/", {"GET": _get(registry.get_index)}),
    Route("/diagnostic/status/heartbeat", {"GET": _get(registry.heartbeat)}),
    Route("/test/error", {"GET": _get(deciding.fail)}),
    Route(
        "/pacticipants",
        {"GET": _get(registry.list_pacticipants), "POST": _put(registry.create_pacticipant)},
    ),
    Route(
        _PACTICIPANT,
        {
            "GET": _get(registry.get_pacticipant),
            "PATCH": _patch(registry.patch_pacticipant, (*_JSON, *_MERGE)),
        },
        unserved=("PUT", "DELETE"),
    ),
    Route(f"{_PACTICIPANT}/versions", {"GET": _get(registry.list_versions)}),
    Route(f"{_PACTICIPANT}/latest-version", {"GET": _get(registry.get_latest_version)}),
    Route(
        _VERSION,
        {
            "GET": _get(registry.get_version),
            "PUT": _put(registry.put_version),
            "DELETE": Endpoint(registry.delete_version),
        },
        unserved=("PATCH",),
    ),
    Route(f"{_PACTICIPANT}/branches", {"GET": _get(registry.list_branches)}, unserved=("DELETE",)),
    Route(_BRANCH, {"GET": _get(registry.get_branch), "DELETE": Endpoint(registry.delete_branch)}),
    Route(f"{_BRANCH}/latest-version", {"GET": _get(registry.get_branch_latest_version)}),
    Route(
        f"{_BRANCH}/latest-version/can-i-deploy/to-environment/{{environment}}",
        {"GET": _get(deciding.get_branch_can_i_deploy)},
    ),
    Route(
        f"{_BRANCH}/versions/{{version}}",
        {
            "GET": _get(registry.get_branch_version),
            "PUT": _put(registry.put_branch_version),
            "DELETE": Endpoint(registry.delete_branch_version),
        },
    ),
    Route(
        f"{_VERSION}/tags/{{tag}}",
        {"GET": _get(registry.get_tag), "PUT": _put(registry.put_tag)},
        unserved=("DELETE",),
    ),
    Route(
        f"{_VERSION}/deployed-versions/environment/{{uuid}}",
        {"GET": _get(places.list_deployments), "POST": _put(places.record_deployment)},
    ),
    Route(
        f"{_VERSION}/released-versions/environment/{{uuid}}",
        {"POST": _put(places.record_release)},
        unserved=("GET",),
    ),
    Route(
        "/environments",
        {"GET": _get(places.list_environments), "POST": _put(places.create_environment)},
    ),
    Route(
        _ENVIRONMENT,
        {
            "GET": _get(places.get_environment),
            "PUT": _put(places.put_environment),
            "DELETE": Endpoint(places.delete_environment),
        },
    ),
    Route(f"{_ENVIRONMENT}/deployed-versions/currently-deployed", {"GET": _get(places.currently_deployed)}),
    Route(f"{_ENVIRONMENT}/released-versions/currently-supported", {"GET": _get(places.currently_supported)}),
    Route(
        "/deployed-versions/{uuid}",
        {"GET": _get(places.get_deployment), "PATCH": _patch(places.patch_deployment)},
    ),
    Route(
        "/released-versions/{uuid}",
        {"GET": _get(places.get_release), "PATCH": _patch(places.patch_release)},
    ),
    Route("/contracts/publish", {"POST": _put(publishing.publish_contracts)}),
    Route(
        "/pacts/provider/{provider}/for-verification",
        {
            "GET": _get(verifying.pacts_to_verify_by_query),
            "POST": Endpoint(verifying.pacts_to_verify, _JSON, writes=False),
        },
    ),
    Route("/pacts/provider/{provider}/provider-states", {"GET": _get(verifying.get_provider_states)}),
    Route(
        f"{_PAIR}/version/{{version}}",
        {"GET": _get(verifying.get_pact), "PUT": _put(publishing.put_pact)},
        gives=("application/hal+json", "application/json"),
        unserved=("DELETE", "PATCH"),
    ),
    Route(
        f"{_PAIR}/version/{{version}}/diff/previous-distinct",
        {"GET": _get(verifying.get_difference)},
        gives=_TEXT,
    ),
    Route(f"{_PAIR}/latest", {"GET": _get(verifying.get_latest_pact)}),
    Route(_CONTENT, {"GET": _get(verifying.get_pact_content)}, gives=("application/hal+json", "application/json")),
    Route(_CHOSEN, {"GET": _get(verifying.get_pact_content)}, gives=("application/hal+json", "application/json")),
    Route(f"{_CONTENT}/{_RESULTS}", {"POST": _put(verifying.post_result)}),
    Route(f"{_CHOSEN}/{_RESULTS}", {"POST": _put(verifying.post_result)}),
    Route(f"{_CONTENT}/{_RESULTS}/latest", {"GET": _get(verifying.get_latest_result)}),
    Route(f"{_CONTENT}/{_RESULTS}/{{number}}", {"GET": _get(verifying.get_result)}, unserved=("DELETE",)),
    Route(f"{_CHOSEN}/{_RESULTS}/{{number}}", {"GET": _get(verifying.get_result)}, unserved=("DELETE",)),
    Route(
        f"/{_RESULTS}/consumer/{{consumer}}/version/{{version}}/latest",
        {"GET": _get(verifying.get_latest_results_of_version)},
    ),
    Route("/matrix", {"GET": _get(deciding.get_matrix)}, gives=(*_HAL, *_TEXT)),
    Route("/matrix/provider/{provider}/consumer/{consumer}", {"GET": _get(deciding.get_pair_matrix)}),
    Route("/can-i-deploy", {"GET": _get(deciding.get_can_i_deploy)}, gives=(*_HAL, *_TEXT)),
    Route("/integrations", {"GET": _get(deciding.list_integrations)}, unserved=("DELETE",)),
)

_BY_LENGTH: Final[dict[int, list[Route]]] = {}
for _route in ROUTES:
    _BY_LENGTH.setdefault(len(_route.parts), []).append(_route)
