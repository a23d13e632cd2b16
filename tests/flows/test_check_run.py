"""The check run and the annotations of whole runs: at the contract's file, on the line of the interaction."""

import json
from typing import Any

import pytest

from tests.builders import http, pact
from tests.flows.runner_jobs import Job, read_by_runner
from tests.github_api import HEAD, TOKEN, Identity, faults
from tests.servers import Reply, Server, serving

NAME = "Contract Gate: orders-api (production)"
FILE = "services/orders/pacts/web.json"
WANTED = {"check-run": "true", "contracts": "services"}


def _written(content: Any, ends: str = "\n") -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).replace("\n", ends).encode()


def _line_of(document: bytes, description: str) -> int:
    """Return the line of the brace before an interaction's description, counted from 1."""
    before = document.decode().partition(f'"description": "{description}"')[0]
    return before[: before.rindex("{")].count("\n") + 1


@pytest.fixture
def document(job: Job) -> bytes:
    """Have a contract of 120 interactions, with others of the same words before them."""
    metadata = {"interactions": [{"description": "none"}], "pactSpecification": {"version": "3.0.0"}}
    content = {"metadata": metadata, **pact(*(http(f"№ {number}") for number in range(120)), version=None)}
    document = _written(content, "\r\n")
    job.workspace.write(FILE, document)
    return document


def _breaking(asked: Any) -> Reply:
    return Reply(body={"ident": 42})


def test_every_broken_interaction_is_annotated_where_it_stands(job: Job, document: bytes) -> None:
    with serving(_breaking) as provider:
        ended = job.run(provider.url, **WANTED)

    assert (ended.code, ended.err) == (1, "")
    (made,) = job.api.check_runs
    assert (made.name, made.head_sha, made.conclusion) == (NAME, HEAD, "failure")
    assert made.output["title"] == "Blocked: web-checkout: 120 of 120 interactions broken"
    assert [(one["path"], one["start_line"], one["title"]) for one in made.annotations] == [
        (FILE, _line_of(document, f"№ {number}"), f"web-checkout is broken: № {number}") for number in range(120)
    ]
    checks = [asked for asked in job.api.asked if "/check-runs" in asked.path]
    assert [(asked.method, len(asked.body["output"]["annotations"])) for asked in checks] == [
        ("POST", 50),
        ("PATCH", 50),
        ("PATCH", 20),
    ]
    # The status first: whatever becomes of the rest, no deploy waits for it.
    asked = [asked.path.rpartition("/")[2] for asked in job.api.asked if asked.method == "POST"]
    assert asked[1:4] == [HEAD, "check-runs", "comments"]
    assert NAME not in {status.context for status in job.api.statuses()}


def test_the_log_s_annotations_are_there_too(job: Job, document: bytes) -> None:
    with serving(_breaking) as provider:
        ended = job.run(provider.url, contracts="services")

    step = read_by_runner(ended, job.workspace.folder)
    errors = [one for one in step.annotations if one.level == "error"]
    assert [(one.file, one.line) for one in errors[:9]] == [
        (FILE, _line_of(document, f"№ {number}")) for number in range(9)
    ]
    assert (errors[9].file, errors[9].line) == (None, None)
    assert job.api.check_runs == [], "nobody asked for one"


def test_what_is_honoured_is_a_success(job: Job, orders: Server) -> None:
    job.workspace.write(FILE, pact(http()))
    ended = job.run(orders.url, **WANTED)

    assert (ended.code, ended.err) == (0, "")
    (made,) = job.api.check_runs
    assert (made.conclusion, made.annotations) == ("success", [])
    assert "can be deployed" in made.output["summary"]


def test_what_nobody_knows_is_a_failure(job: Job, orders: Server) -> None:
    job.workspace.write(FILE, b"{")
    ended = job.run(orders.url, **WANTED)

    assert ended.code == 3
    assert [(one.conclusion, one.annotations) for one in job.api.check_runs] == [("failure", [])]


def test_a_contract_from_elsewhere_has_a_check_run_without_annotations(job: Job) -> None:
    elsewhere = job.workspace.folder.parent / "elsewhere.json"
    elsewhere.write_bytes(_written(pact(http())))
    (job.workspace.folder / "link.json").symlink_to(elsewhere)
    with serving(_breaking) as provider:
        ended = job.run(provider.url, **(WANTED | {"contracts": "link.json"}))

    assert ended.code == 1
    assert [(one.conclusion, one.annotations) for one in job.api.check_runs] == [("failure", [])]
    assert {one.file for one in read_by_runner(ended, job.workspace.folder).annotations} == {None}


def test_a_token_that_may_not_make_one_is_a_warning(job: Job) -> None:
    job.workspace.write(FILE, pact(http()))
    permissions = {"statuses": "write", "pull_requests": "write"}
    job.api.add_token("writes", Identity(permissions=permissions))
    with serving(_breaking) as provider:
        ended = job.run(provider.url, **WANTED, **{"github-token": "writes"})

    assert ended.code == 1
    (said,) = [line for line in ended.out.splitlines() if line.startswith("::warning")]
    assert said.startswith("::warning title=Contract Gate::the check run could not be delivered: ")
    assert "checks: write" in said
    assert [state for _, state in job.states()] == ["pending", "failure"]
    assert len(job.api.comments(7)) == 1


@pytest.mark.parametrize("honoured", [True, False])
def test_a_check_run_that_fails_changes_no_verdict(job: Job, orders: Server, *, honoured: bool) -> None:
    job.workspace.write(FILE, pact(http()))
    job.api.fault("POST", "/check-runs$", faults.answer(422), times=None)
    with serving(_breaking) as provider:
        ended = job.run(orders.url if honoured else provider.url, **WANTED)

    assert ended.code == (0 if honoured else 1)
    assert ended.out.count("the check run could not be delivered") == 1
    assert job.outputs["deployable"] == ("true" if honoured else "false")


def test_of_several_services_each_has_its_own_and_says_which_it_is(job: Job) -> None:
    job.workspace.write(FILE, _written(pact(http())))
    job.workspace.write("services/web/pacts/mobile.json", _written(pact(http(), consumer="mobile", provider="web-api")))
    with serving(_breaking) as provider:
        job.workspace.write(
            ".contract-gate.yml",
            {
                "environment": "production",
                "check-run": True,
                "services": {
                    service: {"path": f"services/{folder}", "contracts": "pacts", "provider-url": provider.url}
                    for service, folder in (("orders-api", "orders"), ("web-api", "web"))
                },
            },
        )
        ended = job.run("", service="", contracts="", environment="")

    assert ended.code == 1, ended.out
    line = _line_of(_written(pact(http())), "a request for order 42")
    assert [(one.name, one.annotations[0]["path"], one.annotations[0]["start_line"]) for one in job.api.check_runs] == [
        (NAME, FILE, line),
        ("Contract Gate: web-api (production)", "services/web/pacts/mobile.json", line),
    ]
    step = read_by_runner(ended, job.workspace.folder)
    assert [(one.title, one.file, one.line) for one in step.annotations] == [
        ("orders-api: web-checkout is broken: a request for order 42", FILE, line),
        ("web-api: mobile is broken: a request for order 42", "services/web/pacts/mobile.json", line),
    ]


def test_from_a_subfolder_a_file_is_named_from_the_repository_s_top_on(job: Job) -> None:
    job.workspace.write(FILE, _written(pact(http())))
    top = job.workspace.folder
    inside = Job(type(job.workspace)(top / "services" / "orders"), job.api, environment={"GITHUB_WORKSPACE": str(top)})
    with serving(_breaking) as provider:
        ended = inside.run(provider.url, **{"check-run": "true"})

    assert ended.code == 1
    assert [one["path"] for one in job.api.check_runs[0].annotations] == [FILE]
    assert TOKEN not in json.dumps(job.api.check_runs[0].output)
