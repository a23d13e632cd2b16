"""Every shape in which the broker refuses, as recorded of 2.120.0, becomes one sentence with its own reason."""

from typing import Any

import pytest

from gate.clients.pact_broker.client import Access, PactBroker, Patience, basic, bearer
from gate.clients.pact_broker.errors import BrokerError, messages
from tests.pact_broker import faults, pact_broker
from tests.servers import Reply, serving

ONCE = Patience(answer=5, tries=1)
CHANGED = "Cannot change the content of the pact for web-app version 1.0.0 and provider orders-api"
COMBINED = "cannot specify mainBranch=true with any other criteria apart from consumer"
PARSER = "JSON::ParserError - unexpected end of input at line 1 column 21"
TEXT = "name 'production' is already used by an existing environment."
INDEXED = "content could not be parsed as application/json (at index 0)"
MISMATCH = "consumerName ('other') must match pacticipantName ('web-app') (at index 0)"


def _problems(*errors: tuple[str, str | None]) -> dict[str, Any]:
    several = [
        {
            "type": "http://127.0.0.1:9292/problems/invalid-body-property-value",
            "title": "Invalid body parameter",
            "detail": detail,
            **({} if pointer is None else {"pointer": pointer}),
        }
        for detail, pointer in errors
    ]
    kind = "http://127.0.0.1:9292/problems/validation-error"
    return {"title": "Validation errors", "type": kind, "status": 400, "instance": "/", "errors": several}


def _refusal(url: str, authorization: str | None = None) -> BrokerError:
    client = PactBroker(Access(url=url, authorization=authorization, limit=100_000), ONCE)
    with pytest.raises(BrokerError) as refused:
        client.ask(url, {})
    return refused.value


def _of(field: str, *texts: str) -> dict[str, Any]:
    return {"errors": {field: list(texts)}}


def _with_reference(reference: str) -> dict[str, Any]:
    text = f"An error has occurred. The details have been logged with the reference {reference}"
    return {"error": {"message": text, "reference": reference}}


RECORDED: dict[str, tuple[int, Any, list[str]]] = {
    "R004": (404, {"error": "No pacticipant with name 'x' found"}, ["No pacticipant with name 'x' found"]),
    "R006": (
        404,
        {"error": "The requested document was not found on this server."},
        ["The requested document was not found on this server."],
    ),
    "R009": (400, {"error": PARSER}, [PARSER]),
    "R011": (
        400,
        {"errors": {"pacticipantName": ["is missing"], "contracts": ["is missing"]}},
        ["pacticipantName: is missing", "contracts: is missing"],
    ),
    "R012": (400, _problems(("is missing", "/pacticipantName"), ("is missing", "/contracts")), ["is missing"]),
    "R014": (400, _of("contracts", MISMATCH), [f"contracts: {MISMATCH}"]),
    "R015": (
        400,
        _of("contracts", "is not valid Base64 (at index 0)", INDEXED),
        ["contracts: is not valid Base64 (at index 0)", f"contracts: {INDEXED}"],
    ),
    "R016": (400, _of("contracts", INDEXED), [f"contracts: {INDEXED}"]),
    "R019, R020": (
        409,
        {
            "notices": [{"type": "error", "text": CHANGED}, {"type": "info", "text": '+ "description"'}],
            "errors": {"contracts": [CHANGED]},
        },
        [CHANGED, '+ "description"'],
    ),
    "R022": (
        409,
        {"notices": [{"type": "error", "text": 'The name "Web App" is very similar to:\n* web-app'}], "errors": {}},
        ['The name "Web App" is very similar to:\n* web-app'],
    ),
    "R029": (409, {"error": CHANGED}, [CHANGED]),
    "R038": (400, _of("name", TEXT), [f"name: {TEXT}"]),
    "R039": (
        400,
        {"errors": {"name": ["is missing"], "production": ["is missing"]}},
        ["name: is missing", "production: is missing"],
    ),
    "R040": (400, _problems((TEXT, "/name")), [TEXT]),
    "R057": (
        400,
        _of("consumerVersionSelectors", "environment with name 'staging' does not exist (at index 0)"),
        ["consumerVersionSelectors: environment with name 'staging' does not exist (at index 0)"],
    ),
    "R058": (
        400,
        _of("consumerVersionSelectors", f"{COMBINED} (at index 0)", "must specify a value (at index 1)"),
        [f"consumerVersionSelectors: {COMBINED} (at index 0)", "must specify a value (at index 1)"],
    ),
    "R059": (400, _problems((COMBINED, "/consumerVersionSelectors/0"), ("second", "/x/1")), [COMBINED, "second"]),
    "R060": (400, _of("includeWipPactsSince", "must be a date"), ["includeWipPactsSince: must be a date"]),
    "R117": (400, {"errors": ["Pacticipant no-such-app not found"]}, ["Pacticipant no-such-app not found"]),
    "R118": (400, _problems(("Pacticipant no-such-app not found", None)), ["Pacticipant no-such-app not found"]),
    "R119": (
        400,
        {"errors": ["Environment with name 'staging' does not exist"]},
        ["Environment with name 'staging' does not exist"],
    ),
    "R120": (400, {"errors": ["Cannot specify both latest=true."]}, ["Cannot specify both latest=true."]),
    "R121": (400, {"errors": ["Please provide 1 or more version selectors."]}, ["1 or more version selectors."]),
    "R124": (
        400,
        _of("pacticipant", "does not match an existing pacticipant"),
        ["pacticipant: does not match an existing pacticipant"],
    ),
    "R125": (
        400,
        _of("environment", "with name 'staging' does not exist"),
        ["environment: with name 'staging' does not exist"],
    ),
    "R126": (
        400,
        {"errors": {"version": ["is missing"], "": ["Must specify either an environment or a 'to' tag."]}},
        ["version: is missing; Must specify either an environment or a 'to' tag."],
    ),
    "R127": (
        400,
        _problems(("is missing", "/version"), ("Must specify either an environment.", "/")),
        ["is missing", "Must specify either an environment."],
    ),
    "R148": (
        422,
        _of("currentlyDeployed", "The property cannot be set back to true."),
        ["currentlyDeployed: The property cannot be set back to true."],
    ),
    "R199": (
        400,
        _of("pacticipantVersionNumber", "cannot contain multiple lines"),
        ["pacticipantVersionNumber: cannot contain multiple lines"],
    ),
    "R232": (400, {"error": "TypeError - no implicit conversion"}, ["TypeError - no implicit conversion"]),
    "R233": (400, {"error": "RuntimeError - Expected JSON Object"}, ["RuntimeError - Expected JSON Object"]),
    "R234": (500, _with_reference("SpTaoleiAA"), ["have been logged with the reference SpTaoleiAA"]),
    "R236": (400, _of("success", "must be boolean"), ["success: must be boolean"]),
    "R239": (400, _of("consumerVersionSelectors", "must be an array"), ["consumerVersionSelectors: must be an array"]),
    "R240": (500, _with_reference("vajKEIeamk"), ["have been logged with the reference vajKEIeamk"]),
    "R242": (400, {"errors": ["The limit must be 1 or greater."]}, ["The limit must be 1 or greater."]),
    "R244": (500, _with_reference("MspAoQSTuL"), ["have been logged with the reference MspAoQSTuL"]),
    "R269": (500, _with_reference("QwDvYZnlIf"), ["have been logged with the reference QwDvYZnlIf"]),
}


@pytest.mark.parametrize(("status", "body", "said"), RECORDED.values(), ids=RECORDED)
def test_the_broker_s_own_reason_is_passed_on(status: int, body: Any, said: list[str]) -> None:
    with serving(lambda _: Reply(status=status, body=body)) as server:
        refused = _refusal(f"{server.url}/matrix")

    assert refused.status == status
    assert refused.where == f"{server.url}/matrix"
    assert refused.what.startswith(f"the Pact Broker answered {status} to POST: ")
    assert refused.what.endswith(".")
    assert not refused.what.endswith("..")
    for text in said:
        assert text.rstrip(".") in refused.what


@pytest.mark.parametrize(
    ("status", "authorization", "remedy"),
    [
        pytest.param(401, None, "or broker-username and broker-password.", id="R200, R202, R208, R209"),
        pytest.param(401, basic("u", "p"), "or broker-username and broker-password.", id="R201, R205"),
        pytest.param(400, bearer("t"), "set broker-username and broker-password.", id="R203"),
        pytest.param(400, basic("u", "p"), "", id="400 without a reason"),
        pytest.param(400, None, "", id="400 without credentials"),
        pytest.param(403, bearer("t"), "Check what the owner of broker-token may do.", id="403"),
        pytest.param(405, None, "older than 2.89?", id="R164"),
        pytest.param(406, None, "changes the header Accept?", id="R007, R252"),
        pytest.param(415, None, "changes the header Content-Type?", id="R013, R147, R238"),
        pytest.param(429, None, "Run it again later.", id="429"),
        pytest.param(418, None, "", id="418"),
    ],
)
def test_a_refusal_without_words_is_explained_by_its_status(
    status: int, authorization: str | None, remedy: str
) -> None:
    with serving(lambda _: Reply(status=status, headers={"Content-Type": "text/plain"})) as server:
        refused = _refusal(server.url, authorization)

    assert refused.what == f"the Pact Broker answered {status} to POST."
    assert refused.remedy.endswith(remedy)
    assert bool(refused.remedy) == bool(remedy)
    assert refused.status == status


def test_the_status_decides_and_not_what_the_body_says_of_it() -> None:
    with serving(lambda _: Reply(status=200, body={"status": 500, "error": "none"})) as server:
        answer = PactBroker(Access(url=server.url, limit=1000), ONCE).get(server.url)
    with serving(lambda _: Reply(status=409, body={"status": 200, "error": "Conflict"})) as server:
        refused = _refusal(server.url)

    assert answer.content["status"] == 500
    assert refused.status == 409
    assert "answered 409 to POST: Conflict." in refused.what


def test_a_long_reason_is_cut() -> None:
    with serving(lambda _: Reply(status=400, body={"errors": ["x" * 1000] * 10})) as server:
        refused = _refusal(server.url)

    assert refused.what.startswith("the Pact Broker answered 400 to POST: xxx")
    assert len(refused.what) < 600


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, []),
        ([], []),
        ({}, []),
        ({"error": None, "errors": None, "notices": None}, []),
        ({"errors": {"version": "is missing"}}, ["version: is missing"]),
        ({"errors": "wrong"}, ["wrong"]),
        ({"errors": [{"title": "Only a title"}, {}, None, 5]}, ["Only a title", "5"]),
        ({"error": 5}, ["5"]),
        ({"notices": 5}, []),
        ({"notices": ["text", {"text": "seen"}, {}]}, ["seen"]),
        ({"error": {"reference": "x"}}, []),
    ],
)
def test_what_the_broker_never_sent_is_read_as_far_as_it_goes(content: object, said: list[str]) -> None:
    assert messages(content) == said


def test_the_fake_broker_s_refusal_has_its_remedy_too() -> None:
    with pact_broker() as broker:
        broker.fault("POST", "", faults.answer(415))

        assert "415 to POST. Does a proxy stand" in str(_refusal(broker.url))
