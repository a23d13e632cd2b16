"""The road from contracts to exit code, walked through the command line as a user does."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gate.rendering.report_json import schema
from tests.builders import http, pact
from tests.flows.conftest import Provider
from tests.flows.workspaces import Workspace
from tests.servers import Reply, Server, Tls, serving

pytestmark = pytest.mark.measured


def test_a_running_provider_that_honours_its_contract(workspace_with_a_pact: Workspace, orders: Server) -> None:
    ended = workspace_with_a_pact.check("--provider-url", orders.url)

    assert (ended.code, ended.err) == (0, "")
    assert "orders-api: can be deployed" in ended.out
    assert "whoever made it vouches that it is 1.2.3" in ended.out
    report = workspace_with_a_pact.report()
    jsonschema.validate(report, json.loads(schema()))
    assert report["verdict"]["decision"] == "allow"


@pytest.mark.docker
def test_a_provider_in_a_container_beside_the_gate(workspace_with_a_pact: Workspace) -> None:
    workspace_with_a_pact.write("orders/42", b'{"id": 42}')
    command = "cd orders && python3 -c 'import http.server as h; h.test(h.SimpleHTTPRequestHandler, port={port})'"
    image = ("--provider-image", "python:3.13-slim", "--provider-command", command)
    file = http(request={"method": "GET", "path": "/42"}, response={"status": 200})
    workspace_with_a_pact.write("pacts/file.json", pact(file))
    ended = workspace_with_a_pact.check(*image, contracts="pacts/file.json")

    assert ended.code == 0
    assert workspace_with_a_pact.report()["provider"]["image"] == "python:3.13-slim"
    assert workspace_with_a_pact.report()["provider"]["url"].startswith("http://127.0.0.1:")


def test_a_started_provider_that_breaks_its_contract(
    workspace_with_a_pact: Workspace, provider_command: Provider
) -> None:
    command = provider_command("body = {'ident': 42}")
    files = ("--markdown", "out/report.md", "--junit", "out/report.xml", "--report", "out/report.json")
    ended = workspace_with_a_pact.check("--provider-command", command, "--environment", "production", *files)

    assert ended.code == 1
    assert "body $.id: the key “id” is missing" in ended.out
    assert "orders-api → production: blocked" in ended.out
    folder = workspace_with_a_pact.folder / "out"
    assert sorted(path.name for path in folder.iterdir()) == [
        "contract-gate-provider.log",
        "report.json",
        "report.md",
        "report.xml",
    ]
    assert (folder / "contract-gate-provider.log").read_text().startswith("serving\n")
    assert workspace_with_a_pact.still_running() == []

    again = workspace_with_a_pact.run("report", "out/report.json", "--markdown", "again.md", "--junit", "again.xml")

    assert again.code == 0
    assert "orders-api → production: blocked" in again.out
    assert (workspace_with_a_pact.folder / "again.md").read_text() == (folder / "report.md").read_text()
    assert (workspace_with_a_pact.folder / "again.xml").read_text() == (folder / "report.xml").read_text()


def test_a_laptop_has_its_own_command(workspace_with_a_pact: Workspace, orders: Server) -> None:
    ended = workspace_with_a_pact.run(
        "verify",
        **{
            "INPUT_PROVIDER-URL": orders.url,
            "INPUT_SERVICE": "orders-api",
            "GATE_CONTRACTS": "pacts",
            "GATE_VERSION": "1",
        },
    )

    assert ended.code == 0


def _numbered(number: int) -> dict[str, Any]:
    return http(f"number {number}", request={"method": "GET", "path": f"/orders/{number}"})


def test_the_provider_dies_half_way(workspace_with_a_pact: Workspace, provider_command: Provider) -> None:
    workspace_with_a_pact.write("pacts/web.json", pact(*map(_numbered, range(30))))
    command = provider_command(
        "asks = Handler.asks = getattr(Handler, 'asks', 0) + 1\n"
        "if asks == 10:\n"
        "    print('Fatal: out of orders', flush=True)\n"
        "    os._exit(1)"
    )
    ended = workspace_with_a_pact.check("--provider-command", command)

    assert ended.code == 3
    assert "did it end during the run?" in ended.out
    assert "│ Fatal: out of orders" in ended.out
    outcomes = [one["outcome"] for one in workspace_with_a_pact.report()["entries"][0]["integration"]["results"]]
    assert outcomes == ["passed"] * 8 + ["errored"] * 22


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("pacts/.keep", None, "pacts: this folder holds no file."),
        ("pacts/web.json", pact(), "its contract has no interactions, so nothing was verified (pacts/web.json)"),
        (
            "pacts/web.json",
            pact(http(), metadata={"plugins": [{"name": "protobuf", "version": "0.3.15"}]}),
            "it needs the Pact plugin protobuf 0.3.15, and this gate runs no plugins. Verify this contract with",
        ),
        ("pacts/web.json", b'{"consumer": {"na', "pacts/web.json: the file is not JSON, perhaps truncated"),
        (
            "pacts/other.json",
            pact(http(), provider="billing"),
            "Contracts of other providers are not verified here: billing.",
        ),
    ],
)
def test_what_cannot_be_verified_is_unknown(
    tmp_path: Path, orders: Server, file: str, content: object, message: str
) -> None:
    workspace = Workspace(tmp_path)
    if content is None:
        (tmp_path / "pacts").mkdir()
    else:
        workspace.write(file, content)

    ended = workspace.check("--provider-url", orders.url)

    assert ended.code == 3
    assert message in " ".join(ended.out.split())
    assert "unknown, so not deployable" in ended.out


def test_a_file_that_cannot_be_read_is_unknown_beside_a_good_one(
    workspace_with_a_pact: Workspace, orders: Server
) -> None:
    (workspace_with_a_pact.folder / "pacts" / "gone.json").symlink_to("nowhere.json")

    ended = workspace_with_a_pact.check("--provider-url", orders.url)

    assert ended.code == 3
    assert "pacts/gone.json: the file cannot be read: No such file or directory." in ended.out


def test_a_provider_that_never_gets_ready_is_unknown(
    workspace_with_a_pact: Workspace, provider_command: Provider
) -> None:
    command = provider_command("status, body = 503, {}")
    ended = workspace_with_a_pact.check(
        "--provider-command", command, "--provider-ready", "/health", "--provider-timeout", "1"
    )

    assert ended.code == 3
    assert "the provider did not get ready within 1 s (last: it answered 503)." in ended.out
    assert '"GET /health HTTP/1.1" 503' in ended.out
    assert workspace_with_a_pact.still_running() == []


def test_a_state_set_up_that_fails_is_unknown_at_once(
    workspace_with_a_pact: Workspace, provider_command: Provider
) -> None:
    workspace_with_a_pact.write("pacts/web.json", pact(http(providerState="order 42 exists")))
    command = provider_command("if asked:\n    status, body = 500, 'no database'")
    started = time.monotonic()
    ended = workspace_with_a_pact.check("--provider-command", command, "--provider-states-url", "/_states")

    assert ended.code == 3
    assert re.search(
        r"provider state “order 42 exists” could not be set up: http://127.0.0.1:\d+/_states answered 500", ended.out
    )
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_in_good_order(
    workspace_with_a_pact: Workspace, provider_command: Provider, number: signal.Signals
) -> None:
    command = provider_command(
        "if self.path != '/':\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "    open('asked', 'w').close()\n"
        "    time.sleep(600)"
    )
    process = workspace_with_a_pact.start(
        *("check", "--service", "orders-api", "--version", "1", "--contracts", "pacts", "--provider-command", command)
    )
    while not (workspace_with_a_pact.folder / "asked").exists():
        assert process.poll() is None
    os.kill(process.pid, number)
    os.kill(process.pid, signal.SIGTERM)
    ended = workspace_with_a_pact.ended(process)

    assert ended.code == 3
    assert re.search(r"the run was stopped by SIG\w+ before it was through. Run it again.", ended.out)
    assert workspace_with_a_pact.report()["verdict"]["decision"] == "unknown"
    assert workspace_with_a_pact.still_running() == []


def test_a_secret_header_is_sent_and_never_shown(workspace_with_a_pact: Workspace, provider_command: Provider) -> None:
    command = provider_command("body = {'seen': self.headers['Authorization']}\nprint(body, flush=True)")
    ended = workspace_with_a_pact.check(
        "--provider-command", command, "--markdown", "r.md", GATE_PROVIDER_HEADERS="Authorization: Bearer s3cr3t-token"
    )

    folder = workspace_with_a_pact.folder
    everything = ended.out + ended.err + "".join(path.read_text() for path in folder.iterdir() if path.is_file())
    assert ended.code == 1
    assert "s3cr3t" not in everything
    assert "{'seen': '***'}" in everything


def test_a_bad_setting_starts_nothing(workspace_with_a_pact: Workspace) -> None:
    ended = workspace_with_a_pact.check("--provider-command", "touch started", "--stage", "deploy")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: stage deploy needs an environment.")
    assert not (workspace_with_a_pact.folder / "started").exists()


def test_a_version_is_needed_outside_a_work_tree(workspace_with_a_pact: Workspace) -> None:
    ended = workspace_with_a_pact.run(
        *("check", "--service", "orders-api", "--contracts", "pacts", "--provider-url", "http://127.0.0.1:1"),
        GIT_CEILING_DIRECTORIES=str(workspace_with_a_pact.folder.parent),
    )

    assert ended.code == 2
    assert "version is not set, and this is no git work tree" in ended.err


def test_a_report_that_cannot_be_written_is_only_news(workspace_with_a_pact: Workspace, orders: Server) -> None:
    ended = workspace_with_a_pact.check("--provider-url", orders.url, "--report", "pacts/web.json/report.json")

    assert ended.code == 0
    assert "warning: the file" in ended.err


def test_a_reader_who_has_gone_does_not_change_the_exit_code(workspace_with_a_pact: Workspace, orders: Server) -> None:
    arguments = ("--service", "orders-api", "--version", "1", "--contracts", "pacts", "--provider-url", orders.url)
    process = workspace_with_a_pact.start("check", *arguments)
    assert process.stdout is not None
    process.stdout.close()

    assert process.wait(30) == 0
    assert workspace_with_a_pact.report()["verdict"]["decision"] == "allow"
    assert process.stderr is not None
    assert "warning: the report in the log could not be delivered" in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">/dev/full 2>/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize(("status", "code"), [(200, 0), (404, 1)])
def test_no_state_of_the_streams_changes_the_exit_code(
    workspace_with_a_pact: Workspace, redirection: str, status: int, code: int
) -> None:
    fixed = "--service orders-api --version 1 --contracts pacts --provider-url"
    with serving(lambda _: Reply(status=status, body={"id": 42})) as server:
        script = f"exec {shlex.quote(sys.executable)} -m gate check {fixed} {server.url} {redirection}"
        done = subprocess.run(["bash", "-c", script], cwd=workspace_with_a_pact.folder, check=False)

    assert done.returncode == code


def test_a_report_beside_the_contracts_does_not_hide_one(workspace_with_a_pact: Workspace, orders: Server) -> None:
    workspace_with_a_pact.write("pacts/bad.json", pact(http(response={"status": 404})))

    ended = workspace_with_a_pact.check("--provider-url", orders.url, "--report", "pacts/bad.json")

    assert ended.code == 1


def test_a_saved_report_that_cannot_be_written_anew_is_a_usage_error(
    workspace_with_a_pact: Workspace, orders: Server
) -> None:
    workspace_with_a_pact.check("--provider-url", orders.url)

    ended = workspace_with_a_pact.run("report", "contract-gate-report.json", "--markdown", "/dev/full")
    piped = workspace_with_a_pact.start("report", "contract-gate-report.json")
    assert piped.stdout is not None
    assert piped.stderr is not None
    piped.stdout.close()

    assert (ended.code, piped.wait(30)) == (2, 0)
    assert "the report cannot be written: No space left on device." in ended.err
    piped.stderr.close()


def test_https_with_an_authority_of_ones_own(workspace_with_a_pact: Workspace, tls: Tls) -> None:
    with serving(lambda _: Reply(body={"id": 42}), tls=tls.context) as server:
        trusted = workspace_with_a_pact.check(
            "--provider-url", server.url, REQUESTS_CA_BUNDLE="", CURL_CA_BUNDLE="", SSL_CERT_FILE=str(tls.authority)
        )
        foreign = workspace_with_a_pact.check("--provider-url", server.url, "--provider-timeout", "0.5")

    assert (trusted.code, foreign.code) == (0, 3)
    assert "certificate verify failed" in foreign.out


def test_an_address_is_a_contract_too(tmp_path: Path, orders: Server) -> None:
    with serving(lambda _: Reply(body=pact(http()))) as contracts:
        ended = Workspace(tmp_path).check("--provider-url", orders.url, contracts=f"{contracts.url}/web.json")

    assert ended.code == 0


@pytest.mark.parametrize(
    ("file", "message"), [("gone.json", "the report cannot be read"), ("pacts/web.json", "this is")]
)
def test_a_report_that_cannot_be_rendered_says_so(workspace_with_a_pact: Workspace, file: str, message: str) -> None:
    ended = workspace_with_a_pact.run("report", file)

    assert ended.code == 2
    assert message in ended.err


def test_version_and_help(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    assert workspace.run("--version").out == "contract-gate 0.1.0\n"
    assert "Exit codes: 0 allow, 1 block, 2 configuration or usage, 3 unknown" in workspace.run("--help").out
    assert workspace.run("check", "--no-such-option").code == 2
