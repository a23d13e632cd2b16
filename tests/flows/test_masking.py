"""The runner hides the secrets of a run before it is shown anything, in everything that is written from then on."""

import base64
from pathlib import Path

import pytest

from tests.acceptance.actions_runner.file_commands import pairs
from tests.acceptance.actions_runner.log import StepLog
from tests.builders import http, pact
from tests.flows.conftest import Provider
from tests.flows.runner_jobs import Job, read_by_runner
from tests.flows.workspaces import Ended
from tests.github_api import TOKEN

PASSWORD = "s3cr3t/p4ssword+?"
FORMS = (
    PASSWORD,
    "s3cr3t%2Fp4ssword%2B%3F",
    "s3cr3t%2fp4ssword%2b%3f",
    base64.b64encode(f"somebody:{PASSWORD}".encode()).decode()[12:-2],
)


@pytest.fixture
def secretive(job: Job, provider_command: Provider) -> Job:
    """Prepare a job whose provider answers and logs with its password, and with whatever it was sent."""
    code = (
        "secret = os.environ['DB_PASSWORD']\n"
        "import base64\n"
        "from urllib.parse import quote\n"
        "both = base64.b64encode(f'somebody:{secret}'.encode()).decode()\n"
        "print(secret, both, quote(secret, safe=''), flush=True)\n"
        "status = 500 if '/orders' in self.path else 200\n"
        "body = {'id': [secret, both, quote(secret, safe='').lower()]}"
    )
    job.workspace.write("pacts/web.json", pact(http()))
    job.inputs |= {
        "provider-url": "",
        "provider-command": provider_command(code),
        "provider-env": f"DB_PASSWORD={PASSWORD}\nCOLOUR=production",
    }
    return job


def _shown(ended: Ended, folder: Path) -> StepLog:
    step = read_by_runner(ended, folder)
    assert not step.failed
    return step


def test_nothing_of_a_secret_is_shown_in_any_form(secretive: Job) -> None:
    ended = secretive.run("")
    step = _shown(ended, secretive.workspace.folder)
    files = [path.read_text() for path in secretive.workspace.folder.glob("contract-gate-*")]
    comments = [comment.body for comment in secretive.api.comments(7)]

    assert ended.code == 1, ended.out
    assert len(files) == 2
    assert len(comments) == 1
    for form in (*FORMS, TOKEN):
        assert form not in "\n".join([*step.shown, secretive.summary, *files, *comments])


def test_the_runner_is_told_before_it_is_shown_anything(secretive: Job) -> None:
    lines = secretive.run("").out.splitlines()
    masks = [at for at, line in enumerate(lines) if line.startswith("::add-mask::")]
    fences = [at for at, line in enumerate(lines) if line.startswith("::stop-commands::")]

    assert masks == list(range(2, 2 + len(masks)))  # after a fence that was opened and closed
    assert (fences[0], fences[1]) == (0, masks[-1] + 1)
    assert {f"::add-mask::{form.replace('%', '%25')}" for form in (PASSWORD, TOKEN)} <= set(lines)


def test_what_the_job_passes_on_is_passed_on(secretive: Job) -> None:
    """The runner drops outputs with a secret in them: none of ours may look like one."""
    secretive.inputs["provider-env"] += (
        "\nA_TOKEN=production\nB_TOKEN=orders-api\nC_TOKEN=unknown\nD_TOKEN=contract-gate"
    )
    ended = secretive.run("")
    masker = _shown(ended, secretive.workspace.folder)._masker

    outputs = dict(pairs((secretive.files / "output").read_text()))
    assert outputs["verdict"] == "block"
    assert {name: masker.mask(value) for name, value in outputs.items()} == outputs


@pytest.mark.parametrize("command", ["publish", "record-deployment", "can-i-deploy"])
def test_every_command_has_its_secrets_hidden(secretive: Job, command: str) -> None:
    secretive.inputs |= {"broker-url": "http://127.0.0.1:9", "broker-token": PASSWORD, "version": "1" * 40}
    secretive.inputs["contracts"] = "pacts" if command == "publish" else ""
    ended = secretive.run("", command)

    assert ended.code != 0
    assert f"::add-mask::{PASSWORD}" in ended.out.splitlines()
    assert PASSWORD not in "\n".join(_shown(ended, secretive.workspace.folder).shown)
