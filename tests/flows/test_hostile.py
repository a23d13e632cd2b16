"""A run on a runner whose contracts and whose provider attack everything that shows them."""

import json
import re
from pathlib import Path

from gate.rendering.annotations import ANNOTATIONS_SHOWN
from tests.acceptance.actions_runner import file_commands
from tests.acceptance.actions_runner.commands import REGISTERED, parse
from tests.acceptance.actions_runner.masks import Masker
from tests.builders import http, pact
from tests.flows.conftest import Provider
from tests.flows.runner_jobs import read_by_runner
from tests.flows.workspaces import Workspace
from tests.hostile import CORPUS

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

TEXTS = [one.text for one in CORPUS if one.text and not re.search("[\0\ud800-\udfff]", one.text)]
"""What a valid Pact file can hold."""

ANSWERS = """
texts = json.load(open('texts.json', encoding='utf-8'))
number = int(self.path.partition('=')[2] or 0)
sys.stdout.reconfigure(encoding='utf-8')
print(texts[number], flush=True)
status, body = 500, {'text': texts[-1 - number], texts[number]: texts[number]}
"""
"""A provider that prints and answers hostile text."""


def hostile(number: int) -> dict[str, object]:
    """Write an interaction around one text."""
    text = TEXTS[number]
    return http(
        text,
        providerStates=[{"name": text, "params": {text: text}}],
        request={"method": "GET", "path": "/orders", "query": {"number": [str(number)]}},
        response={"status": 200, "body": {"text": text, f"missing {text}": text}},
    )


def test_a_hostile_contract_and_a_hostile_provider_change_nothing_but_the_verdict(
    tmp_path: Path, provider_command: Provider
) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.write("texts.json", TEXTS)
    numbers = range(len(TEXTS))
    for part in range(20):
        interactions = [hostile(number) for number in numbers[part::20]]
        workspace.write(f"pacts/{part}.json", pact(*interactions, consumer=TEXTS[part * len(TEXTS) // 20]))
    workspace.write("pacts/::error::forged ##[error]a.json", pact(consumer="::error::forged", provider="##[error]a"))
    (tmp_path / "files").mkdir()
    files = file_commands.create(tmp_path / "files")

    ended = workspace.check(
        *("--provider-command", provider_command(ANSWERS)),
        *("--environment", "::error::forged", "--environment", "##[error]forged @octocat"),
        *("--markdown", "report.md", "--junit", "report.xml"),
        GITHUB_ACTIONS="true",
        GITHUB_EVENT_NAME="push",
        GITHUB_SHA="a" * 40,
        GITHUB_REF="refs/heads/::error::forged",
        GITHUB_REPOSITORY="acme/orders-api",
        GITHUB_OUTPUT=str(files["output"]),
        GITHUB_STEP_SUMMARY=str(files["step_summary"]),
    )

    assert (ended.code, ended.err) == (1, "")
    assert not UNSAFE.search(ended.out)
    step = read_by_runner(ended, tmp_path)
    titles = [annotation.title or "" for annotation in step.annotations if annotation.level == "error"]
    assert len(titles) == ANNOTATIONS_SHOWN
    assert all(" is broken: " in title for title in titles[:-1])
    assert titles[-1] == "Contract Gate"
    others = [annotation for annotation in step.annotations if annotation.level != "error"]
    assert [(other.title, other.message.partition(",")[0]) for other in others] == [
        ("Contract Gate", "there is no github-token")
    ]
    places = [
        (annotation.file or "", annotation.line) for annotation in step.annotations if annotation.level == "error"
    ]
    assert all(re.fullmatch(r"pacts/\d+\.json", file) and line == 1 for file, line in places[:-1])
    assert [places[-1], *((other.file or "", other.line) for other in others)] == [("", None)] * 2
    assert (dict(step.outputs), step.state, step.matchers, step.failed) == ({}, {}, [], False)
    # Without the fences too, every command is one of ours, at the place where we wrote it.
    commands = [command for line in step.raw if (command := parse(line, REGISTERED))]
    folds = [command for command in commands if command.name.endswith("group")]
    assert [command.name for command in folds] == ["group", "endgroup"] * 20
    assert len({command.data for command in folds[::2]}) == 20
    remarks = [command for command in commands if command.name != "stop-commands" and command not in folds]
    assert [command.properties["title"] for command in remarks] == [one.title for one in step.annotations]
    assert all(re.fullmatch("[0-9a-f]{32}", one.data) for one in commands if one.name == "stop-commands")

    effects = file_commands.process(files, step, Masker())
    assert (step.failed, effects.env, effects.path) == (False, {}, [])
    assert list(step.outputs) == ["verdict", "deployable", "reason", "broken", "unverified", "report"]
    assert (step.outputs["verdict"], step.outputs["deployable"], step.outputs["unverified"]) == ("block", "false", "[]")
    report = workspace.report()
    consumers = {entry["integration"]["counterpart"]["name"] for entry in report["entries"]}
    assert set(json.loads(step.outputs["broken"])) == consumers
    assert len(consumers) == 20
    shown = [one for entry in report["entries"] for one in entry["integration"]["results"]]
    assert {one["interaction"]["description"] for one in shown} == set(TEXTS)
    assert {one["outcome"] for one in shown} == {"failed"}
    assert effects.summary.startswith("## \N{NO ENTRY SIGN} ")
    assert report["provider"]["log_tail"]
