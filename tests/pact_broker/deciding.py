"""How the broker is asked whether something can be deployed."""

from typing import Any

from tests.pact_broker.calls import Call, broken, hal, invalid, missing, text
from tests.pact_broker.matrix import Matrix, Query, Row, Wish, find_matrix
from tests.pact_broker.metadata import nested
from tests.pact_broker.shapes import part
from tests.pact_broker.validation import can_i_deploy_errors
from tests.pact_broker.verdict import Verdict
from tests.servers import Reply

_COLUMNS = ("CONSUMER", "C_VERSION", "REVISION", "PROVIDER", "P_VERSION", "NUMBER", "SUCCESS")


def get_matrix(call: Call) -> Reply:
    """Answer any question, from the 100 newest rows unless the query has another limit."""
    query = nested(call.query_string)
    wishes, ignored = (_wishes(query.get(name, [])) for name in ("q", "ignore"))
    _check_matrix(call, query, wishes)
    return _answer(
        call,
        Query(
            wishes=wishes,
            ignored=ignored,
            latestby=query.get("latestby") or None,
            limit=_limit(query),
            latest=query.get("latest") == "true",
            tag=query.get("tag") or None,
            main_branch=query.get("mainBranch") == "true",
            environment=query.get("environment") or None,
        ),
    )


def get_can_i_deploy(call: Call) -> Reply:
    """Answer from all rows."""
    query = nested(call.query_string)
    errors = can_i_deploy_errors(call.state, query)
    if errors:
        raise invalid(errors)
    environment, tag = query.get("environment"), query.get("to")
    return _answer(
        call,
        Query(
            wishes=(Wish(pacticipant=query["pacticipant"], number=query["version"]),),
            ignored=_wishes(query.get("ignore", [])),
            latestby="cvpv" if environment else "cvp",
            latest=bool(tag),
            tag=tag or None,
            environment=environment or None,
        ),
    )


def get_branch_can_i_deploy(call: Call) -> Reply:
    """Answer for the newest version of a branch."""
    owner = call.state.pacticipants.get(call.arguments["pacticipant"])
    branch, environment = call.arguments["branch"], call.arguments["environment"]
    if owner is None or owner.head(branch) is None or call.state.environment(environment) is None:
        raise missing()
    wish = Wish(pacticipant=owner.name, branch=branch, latest=True)
    return _answer(call, Query(wishes=(wish,), latestby="cvpv", environment=environment))


def get_pair_matrix(call: Call) -> Reply:
    """Give all rows of a consumer and a provider."""
    names = (call.arguments["consumer"], call.arguments["provider"])
    if not all(name in call.state.pacticipants for name in names):
        raise missing()
    wishes = tuple(Wish(pacticipant=name) for name in names)
    return _answer(call, Query(wishes=wishes))


def list_integrations(call: Call) -> Reply:
    shapes, published = call.shapes, call.state.published
    bodies = []
    for consumer, provider in sorted(published, key=lambda pair: published[pair], reverse=True):
        path = f"provider/{part(provider)}/consumer/{part(consumer)}"
        links = {
            "pb:dashboard": {
                "title": "BETA: Pacts to show on the dashboard",
                "href": f"{call.base}/dashboard/{path}",
            },
            "pb:matrix": {
                "title": f"Matrix of pacts/verification results for {consumer} and {provider}",
                "href": f"/matrix/{path}",
            },
            "pb:group": {"href": shapes.pacticipant_url(call.state.pacticipants[consumer])},
            "pb:delete_integration": {
                "title": f"Delete the integration between {consumer} and {provider}",
                "href": f"{call.base}/integrations/{path}",
            },
        }
        bodies.append({"consumer": {"name": consumer}, "provider": {"name": provider}, "_links": links})
    link = {"href": f"{call.base}/integrations", "title": "All integrations"}
    return hal({"_embedded": {"integrations": bodies}, "_links": {"self": link}})


def fail(_: Call) -> Reply:
    raise broken()


def _answer(call: Call, query: Query) -> Reply:
    try:
        matrix = find_matrix(call.state, query)
    except KeyError:
        raise broken() from None
    if call.accept.startswith("text/plain"):
        return text(_table(matrix))
    return hal(call.pact_shapes.matrix(matrix))


def _check_matrix(call: Call, query: dict[str, Any], wishes: tuple[Wish, ...]) -> None:
    faults = [
        f"Pacticipant {wish.pacticipant} not found"
        for wish in wishes
        if wish.pacticipant not in call.state.pacticipants
    ]
    if not wishes:
        faults.append("Please provide 1 or more version selectors.")
    environment = query.get("environment")
    if query.get("tag") and environment:
        faults.append("Cannot specify both a 'to' tag and an environment.")
    if query.get("latest") == "true" and environment:
        faults.append("Cannot specify both latest=true and an environment.")
    if environment and call.state.environment(environment) is None:
        faults.append(f"Environment with name '{environment}' does not exist")
    if _limit(query) < 1:
        faults.append("The limit must be 1 or greater.")
    if faults:
        raise invalid(faults)


def _wishes(items: Any) -> tuple[Wish, ...]:
    """Read selectors. A form that the real broker cannot read is an error 500 there and here."""
    if not isinstance(items, list):
        raise broken()
    return tuple(Wish(pacticipant=one) if isinstance(one, str) else _wish(one) for one in items)


def _wish(one: dict[str, str]) -> Wish:
    return Wish(
        pacticipant=one.get("pacticipant", ""),
        number=one.get("version") or None,
        latest=one.get("latest") == "true",
        tag=one.get("tag") or None,
        branch=one.get("branch") or None,
        main_branch=one.get("mainBranch") == "true",
        environment=one.get("environment") or None,
    )


def _limit(query: dict[str, Any]) -> int:
    limit = query.get("limit") or "100"
    return int(limit) if limit.isdigit() else 0


def _table(matrix: Matrix) -> str:
    rows = [_COLUMNS, *(_cells(row) for row in matrix.considered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "-|-".join("-" * width for width in widths))
    summary = Verdict(matrix).summary()
    verdict = {True: "true", False: "false", None: ""}[summary["deployable"]]
    return "\n".join([*lines, "", f"Deployable: {verdict}", f"Reason: {summary['reason']}", ""])


def _cells(row: Row) -> tuple[str, ...]:
    result = row.result
    outcome = (
        ("", "", "") if result is None else (result.version.number, str(result.number), str(result.success).lower())
    )
    consumer, provider = row.sides
    return consumer, row.pact.version.number, str(row.pact.revision), provider, *outcome
