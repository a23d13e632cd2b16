"""The runner with real containers, and whole jobs."""

import json
import re
import signal
import socket
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.actions_runner import (
    Action,
    Annotation,
    Event,
    Runner,
    UnknownExpressionError,
    UnsupportedError,
    bridge_gateway,
    docker,
    processes,
    run_job,
    run_workflow,
)

IMAGE = "python:3.13-slim"

MANIFEST = """
name: probe
inputs:
  provider-url: {required: true, description: no default}
  two words: {default: "a  b"}
  github-token: {default: "${{ github.token }}"}
  old: {deprecationMessage: use new}
runs:
  using: docker
  image: Dockerfile
  entrypoint: python3
  args: ["-u", "program.py", "x ${{ inputs.provider-url }}", "", 'say "hi" $HOME \\d']
  env: {FROM_ACTION: "url=${{ inputs.provider-url }}", OWN: action}
"""

STARTS = "import os, signal, sys\n"


@pytest.fixture
def action(tmp_path: Path) -> Action:
    (tmp_path / "action.yml").write_text(MANIFEST)
    return Action.read(tmp_path / "action.yml", image=IMAGE, uses="acme/probe@v1")


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    event = Event(name="pull_request", payload={"number": 7}, ref="refs/pull/7/merge", head_ref="feat/x")
    with Runner(tmp_path / "runner", event=event, secrets={"TOKEN": "hunter2-the-secret"}, patience=0.2) as runner:
        yield runner


Program = Callable[[str], None]


@pytest.fixture
def program(runner: Runner) -> Program:
    """Write the program that the action runs."""

    def write(text: str) -> None:
        (runner.workspace / "program.py").write_text(STARTS + textwrap.dedent(text))

    return write


def exists(container: str | None) -> bool:
    return bool(docker("ps", "--all", "--quiet", "--filter", f"name=^{container}$"))


@pytest.mark.docker
def test_a_step_has_the_runners_environment(runner: Runner, action: Action, program: Program) -> None:
    program("""
        import json
        seen = {"env": dict(os.environ), "argv": sys.argv, "cwd": os.getcwd(), "uid": os.getuid()}
        seen["event"] = json.load(open(os.environ["GITHUB_EVENT_PATH"]))
        seen["mounts"] = sorted(os.listdir("/github")) + [str(os.path.exists("/var/run/docker.sock"))]
        seen["sizes"] = [os.path.getsize(os.environ[f"GITHUB_{name}"]) for name in ("OUTPUT", "ENV", "STEP_SUMMARY")]
        json.dump(seen, open("seen.json", "w"))
    """)
    inputs = {"Provider-URL": "http://x/${{ github.event.number }}", "more": "${{ secrets.TOKEN }}", "old": ""}
    result = runner.run(
        action, inputs, env={"OWN": "step", "FILE": f"{runner.workspace}/a", "LIST": f"b:{runner.temp}"}
    )
    assert result.conclusion == "success", result.raw_log
    seen = json.loads((runner.workspace / "seen.json").read_text())
    got = seen["env"]

    assert seen["argv"] == ["program.py", "x http://x/7", "", 'say "hi" $HOME \\d']
    assert (seen["cwd"], seen["uid"], seen["event"], seen["sizes"]) == (
        "/github/workspace",
        0,
        {"number": 7},
        [0, 0, 0],
    )
    assert seen["mounts"] == ["file_commands", "home", "runner_temp", "workflow", "workspace", "True"]
    expected = {
        "INPUT_PROVIDER-URL": "http://x/7",
        "INPUT_TWO_WORDS": "a  b",
        "INPUT_GITHUB-TOKEN": runner.token,
        "INPUT_OLD": "",
        "INPUT_MORE": "hunter2-the-secret",
        "FROM_ACTION": "url=http://x/7",
        "OWN": "step",
        "FILE": "/github/workspace/a",
        "LIST": f"b:{runner.temp}",
        "HOME": "/github/home",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_REF": "v1",
        "GITHUB_ACTION_REPOSITORY": "acme/probe",
        "GITHUB_BASE_REF": "",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_HEAD_REF": "feat/x",
        "GITHUB_JOB": "gate",
        "GITHUB_REF_NAME": "7/merge",
        "GITHUB_REPOSITORY": "acme/orders-api",
        "GITHUB_WORKSPACE": "/github/workspace",
        "RUNNER_TEMP": "/github/runner_temp",
        "RUNNER_WORKSPACE": str(runner.pipeline),
    }
    assert {name: got.get(name) for name in expected} == expected
    assert re.fullmatch(r"/github/file_commands/set_output_[0-9a-f-]{36}", got["GITHUB_OUTPUT"])
    assert not {"GITHUB_TOKEN", "RUNNER_DEBUG", "INPUT_PROVIDER_URL", "RUNNER_TRACKING_ID"} & set(got)
    assert [annotation.message.partition(" [")[0] for annotation in result.annotations] == [
        "Input 'old' has been deprecated with message: use new",
        "Unexpected input(s) 'more', valid inputs are",
    ]


@pytest.mark.docker
def test_the_command_line_is_the_runners(runner: Runner, action: Action, program: Program) -> None:
    program("sys.exit(3)")
    result = runner.run(action, env={"CI": "own", "SECRET": "${{ secrets.TOKEN }}"})
    assert (result.exit_code, result.conclusion, result.cancelled) == (3, "failure", False)
    head, _, tail = result.command_line.partition(" --rm ")
    names, _, tail = tail.partition(" -e GITHUB_ACTIONS=true ")
    assert re.search(
        r"docker run --name python313slim_[0-9a-f]{6} --label [0-9a-f]{6} --workdir /github/workspace$", head
    )
    assert names.startswith('-e "CI" -e "SECRET" -e "INPUT_PROVIDER-URL" -e "INPUT_TWO WORDS"'.replace("O W", "O_W"))
    temp = runner.temp
    assert tail == (
        '--entrypoint "python3" -v "/var/run/docker.sock":"/var/run/docker.sock" '
        f'-v "{temp}":"/github/runner_temp" -v "{temp}/_github_home":"/github/home" '
        f'-v "{temp}/_github_workflow":"/github/workflow" '
        f'-v "{temp}/_runner_file_commands":"/github/file_commands" '
        f'-v "{runner.workspace}":"/github/workspace" '
        r'python:3.13-slim "-u" "program.py" "x " "" "say \"hi\" $HOME \d"'
    )
    assert "hunter2" not in result.command_line


@pytest.mark.docker
def test_without_a_socket_and_with_the_steps_own_arguments(tmp_path: Path) -> None:
    (tmp_path / "action.yml").write_text("runs: {using: docker, image: Dockerfile}")
    action = Action.read(tmp_path / "action.yml", image=IMAGE)
    code = "import os, sys; print(sys.argv[1:], os.path.exists('/var/run/docker.sock'))"
    with Runner(tmp_path / "runner", socket=False) as runner:
        result = runner.run(action, {"entryPoint": "python3", "args": f'-c "{code}" \'a b\' "c d"'})
    assert result.log == """["'a", "b'", 'c d'] False"""


@pytest.mark.docker
def test_what_a_step_says_in_its_log_and_in_its_files(runner: Runner, action: Action, program: Program) -> None:
    program("""
        def add(name, text):
            with open(os.environ["GITHUB_" + name], "a") as file:
                file.write(text)
        print("  ::error file=/github/workspace/program.py,line=2,title=T::b%0Ac", file=sys.stderr)
        print("text\\r##[set-output name=verdict]forged")
        print("::set-output name=from-log::1")
        print("::add-mask::swordfish")
        print("swordfish and " + os.environ["INPUT_PROVIDER-URL"])
        print("::stop-commands::0123456789\\n::error::fenced\\n::0123456789::")
        add("OUTPUT", "verdict=block\\nreport<<END\\n{\\n}\\nEND\\n")
        add("STEP_SUMMARY", "# swordfish\\n")
        add("ENV", "LATER=1\\n")
        add("PATH", "/opt/x/bin\\n")
        sys.exit(1)
    """)
    result = runner.run(action, {"provider-url": "${{ secrets.TOKEN }}"}, identifier="probe")
    assert (result.exit_code, result.conclusion) == (1, "failure")
    assert result.outputs == {"verdict": "block", "from-log": "1", "report": "{\n}"}
    assert Annotation(level="error", message="b\nc", title="T", file="program.py", line=2) in result.annotations
    assert (result.summary, result.env, result.path) == ("# ***\n", {"LATER": "1"}, ("/opt/x/bin",))
    assert "*** and ***" in result.log
    assert "swordfish and hunter2-the-secret" in result.raw_log
    assert "::error::fenced" in result.log
    assert "swordfish" in result.masks
    assert result.seconds > 0

    program('print(os.environ["LATER"], sys.argv[1], os.environ["PATH"].count("/opt/x"))')
    later = runner.run(action, {"provider-url": "${{ steps.probe.outputs.verdict }}"})
    assert later.raw_log == "1 x block 0"


@pytest.mark.docker
@pytest.mark.parametrize(
    "line", ['print("::set-env name=A::b")', 'open(os.environ["GITHUB_OUTPUT"], "w").write("no pair")']
)
def test_a_bad_command_fails_a_step_that_ended_well(
    runner: Runner, action: Action, program: Program, line: str
) -> None:
    program(line)
    result = runner.run(action)
    assert (result.exit_code, result.conclusion) == (0, "failure")


@pytest.mark.docker
def test_a_cancelled_step_gets_sigint(runner: Runner, action: Action, program: Program) -> None:
    program("""
        def stop(number, frame):
            print("::notice::stopped")
            open(os.environ["GITHUB_OUTPUT"], "w").write("verdict=unknown")
            sys.exit(0)
        signal.signal(signal.SIGINT, stop)
        print("ready")
        while True:
            signal.pause()
    """)
    with runner.start(action) as step:
        step.wait_for("ready")
        assert exists(step.container)
        step.cancel()
        result = step.wait()
    assert (result.exit_code, result.conclusion, result.cancelled) == (0, "cancelled", True)
    assert result.outputs == {"verdict": "unknown"}
    assert [annotation.message for annotation in result.annotations] == ["stopped", "The operation was canceled."]
    assert not exists(step.container)


@pytest.mark.docker
def test_sigterm_follows_when_sigint_is_ignored(runner: Runner, action: Action, program: Program) -> None:
    program("""
        import time
        seen = []
        def note(number, frame):
            seen.append(time.monotonic())
            print(signal.Signals(number).name)
            if number == signal.SIGTERM:
                print("between", seen[1] - seen[0])
                sys.exit(0)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, note)
        print("ready")
        while True:
            signal.pause()
    """)
    with runner.start(action) as step:
        step.wait_for("ready")
        step.cancel()
        result = step.wait()
    ready, first, second, between = result.raw_log.splitlines()
    assert (ready, first, second) == ("ready", "SIGINT", "SIGTERM")
    assert 7.3 < float(between.split()[1]) < 10
    assert result.cancelled


@pytest.mark.docker
def test_sigkill_ends_the_rest_and_the_container_goes(
    runner: Runner, action: Action, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_CANCELLATION", ((signal.SIGINT, 0.2), (signal.SIGTERM, 0.2)))
    program("""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        print("ready")
        while True:
            signal.pause()
    """)
    with runner.start(action) as step:
        step.wait_for("ready")
        step.cancel()
        result = step.wait()
        assert not exists(step.container)
    assert (result.exit_code, result.conclusion) == (-9, "cancelled")


@pytest.mark.docker
def test_nothing_is_left_of_a_step_that_nobody_waited_for(runner: Runner, action: Action, program: Program) -> None:
    program('print("ready")\nwhile True: signal.pause()')
    with runner.start(action) as step:
        step.wait_for("ready")
        with pytest.raises(TimeoutError, match="after 0 s there is not 'never' in the log:\nready"):
            step.wait_for("never", timeout=0)
    assert not exists(step.container)


@pytest.mark.docker
def test_a_wait_ends_with_the_step(runner: Runner, action: Action, program: Program) -> None:
    program("")
    with runner.start(action) as step, pytest.raises(AssertionError, match="the step ended without the condition"):
        step.wait_until(lambda: False)


@pytest.mark.docker
def test_services_and_the_host_are_reached_through_the_jobs_network(
    runner: Runner, action: Action, program: Program
) -> None:
    serve = ["python3", "-u", "-m", "http.server", "8000", "--directory", "/usr/share"]
    with runner.network() as network:
        service = network.start("orders", IMAGE, command=serve, environment={"A": "b c"}, ports=["127.0.0.1::8000"])
        service.wait_for("Serving HTTP")
        assert network.containers() == [service.container]
        program("""
            import urllib.request
            print(urllib.request.urlopen("http://orders:8000/", timeout=5).status)
        """)
        result = runner.run(action, network=network)
        assert re.fullmatch(r"github_network_[0-9a-f]{32}", network.name)
        assert f"--network {network.name} -v" in result.command_line
        with socket.create_connection(("127.0.0.1", service.port(8000)), timeout=5):
            pass
        assert network.gateway != bridge_gateway()
    assert result.raw_log == "200"
    assert not exists(service.container)
    assert network.name not in docker("network", "ls", "--format", "{{.Name}}").split()


SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
server = http.server.HTTPServer(("0.0.0.0", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

WORKFLOW = """
name: deploy
on: push
env: {EVERYWHERE: "1"}
jobs:
  deploy:
    needs: gate
    runs-on: ubuntu-latest
    steps:
      - run: echo "deployed after ${{ needs.gate.outputs.verdict }}"
  gate:
    runs-on: ubuntu-latest
    permissions: {contents: read}
    env: {TOKEN: "${{ secrets.TOKEN }}"}
    outputs:
      verdict: ${{ steps.gate.outputs.verdict }}
      secret: x-${{ env.TOKEN }}
    steps:
      - uses: actions/checkout@v4
      - id: provider
        run: |
          mkfifo port
          python3 server.py > port &
          echo "port=$(head -n 1 port)" >> "$GITHUB_OUTPUT"
          echo "FROM_ENV=$EVERYWHERE$TOKEN" >> "$GITHUB_ENV"
      - id: gate
        uses: acme/probe@v2
        with:
          provider-url: http://GATEWAY:${{ steps.provider.outputs.port }}
      - run: echo "next $FROM_ENV"
      - name: after a failure
        if: failure()
        run: echo "::notice::failed $GITHUB_JOB"
      - name: always
        if: always() && steps.gate.outputs.verdict != ''
        run: echo "always ${{ steps.gate.outputs.verdict }}"
"""

GATE = """
import urllib.request
status = urllib.request.urlopen(os.environ["INPUT_PROVIDER-URL"], timeout=5).status
print(status, os.environ["GITHUB_ACTION_REF"], os.environ["FROM_ENV"])
open(os.environ["GITHUB_OUTPUT"], "w").write("verdict=" + VERDICT)
sys.exit(VERDICT != "allow")
"""


@pytest.mark.docker
@pytest.mark.parametrize("verdict", ["allow", "block"])
def test_a_job_gates_the_next_one(runner: Runner, action: Action, program: Program, verdict: str) -> None:
    (runner.workspace / "server.py").write_text(SERVER)
    program(f"VERDICT = {verdict!r}\n{GATE}")
    results = run_workflow(WORKFLOW.replace("GATEWAY", bridge_gateway()), runner, {"acme/probe": action})
    gate, deploy = results["gate"], results["deploy"]

    assert gate.step("gate").raw_log == "204 v2 1hunter2-the-secret"
    assert gate.step("gate").log == "204 v2 1***"
    assert gate.outputs == {"verdict": verdict}
    assert gate.step("always").log == f"always {verdict}"
    conclusions = [step.conclusion for step in gate.steps]
    if verdict == "allow":
        assert (gate.conclusion, deploy.conclusion) == ("success", "success")
        assert conclusions == [*["success"] * 4, "skipped", "success"]
        assert deploy.log == "deployed after allow"
    else:
        assert (gate.conclusion, deploy.conclusion) == ("failure", "skipped")
        assert conclusions == ["success", "success", "failure", "skipped", "success", "success"]
        assert gate.step("after a failure").annotations == (Annotation(level="notice", message="failed gate"),)
        assert deploy.steps == ()
    port = gate.step("provider").outputs["port"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port)), timeout=5)


@pytest.mark.docker
def test_a_job_has_its_services(runner: Runner, action: Action, program: Program) -> None:
    program("""
        import socket
        print(socket.gethostbyname("orders") != "", os.environ["GITHUB_JOB"])
    """)
    workflow = """
        jobs:
          gate:
            services:
              orders:
                image: python:3.13-slim
                command: python3 -m http.server 8000
            steps:
              - uses: acme/probe@v1
    """
    result = run_job(workflow, runner, {"acme/probe": action})
    assert (result.conclusion, result.log) == ("success", "True gate")


def test_a_failing_script_ends_the_job_and_what_it_started(runner: Runner) -> None:
    workflow = """
        jobs:
          gate:
            steps:
              - run: |
                  echo "$0 $-"
                  echo /opt/tools >> "$GITHUB_PATH"
              - shell: bash
                working-directory: sub
                run: |
                  mkfifo started never
                  env -i bash -c 'echo $$ > started; read line < never' &
                  echo "pid=$(head -n 1 started)" >> "$GITHUB_OUTPUT"
                  echo "${PWD##*/} ${PATH%%:*}"
                  false | true
              - run: echo unreached
              - if: cancelled()
                run: echo unreached
    """
    (runner.workspace / "sub").mkdir()
    result = run_job(workflow, runner, {})
    first, second, *rest = result.steps
    assert re.fullmatch(rf"{runner.temp}/[0-9a-f-]{{36}}\.sh [a-zA-Z]*e[a-zA-Z]*", first.log)
    assert second.log == "sub /opt/tools\n##[error]Process completed with exit code 1."
    assert [step.conclusion for step in rest] == ["skipped", "skipped"]
    assert result.conclusion == "failure"
    assert not Path(f"/proc/{second.outputs['pid']}/exe").exists()


@pytest.mark.parametrize(("may_fail", "conclusions"), [("true", ["success"] * 2), ("false", ["failure", "skipped"])])
def test_a_step_that_may_fail_fails_no_job(runner: Runner, may_fail: str, conclusions: list[str]) -> None:
    steps = f"{{run: exit 3, continue-on-error: {may_fail}}}, {{run: 'true'}}"
    result = run_job(f"jobs: {{gate: {{steps: [{steps}]}}}}", runner, {})

    assert result.steps[0].exit_code == 3
    assert [one.conclusion for one in result.steps] == conclusions
    assert result.conclusion == conclusions[0]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("{uses: other/action@v1}", UnsupportedError),
        ("{run: 'true', background: true}", UnsupportedError),
        ("{run: 'true', shell: pwsh}", UnsupportedError),
        ("{run: 'echo ${{ vars.X }}'}", UnknownExpressionError),
        ("{run: 'true', if: 'hashFiles(x)'}", UnknownExpressionError),
        ("{run: 'true', env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: 'true'}}", UnsupportedError),
    ],
)
def test_what_is_not_known_is_refused(runner: Runner, step: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        run_job(f"jobs: {{gate: {{steps: [{step}]}}}}", runner, {})
