"""What the action costs from `docker run` to its verdict, over `docker run` of `/bin/true` on the same image.

    ./dev python -m benchmarks.action_start [--runs 9] [--image contract-gate:dev]

Build the image first: `docker build --tag contract-gate:dev .` Measured is the wall time of whole `docker run`s, in
turns:

1. `/bin/true` in the image: what Docker itself costs;
2. `gate check`: one Pact file of ten interactions, against a provider that runs on the machine, without a token;
3. the same on a pull request: a pending status, the final one and a comment go to a local fake of GitHub's API.

A run counts only if it exits with 0 and all ten requests reached the provider, and the third only if the news arrived.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.start_up import INTERACTIONS, contract, item
from tests.acceptance.actions_runner import bridge_gateway
from tests.github_api import HEAD, TOKEN, GithubApi, github_api
from tests.servers import Reply, Server, serving

TARGET = 1.2
TRUE, CHECK, PULL_REQUEST = "/bin/true", "gate check", "gate check on a pull request"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Measures the action from docker run to its verdict.")
    arguments.add_argument("--runs", type=int, default=9, help="runs of each command (default: 9)")
    arguments.add_argument(
        "--image", default="contract-gate:dev", help="the action's image (default: contract-gate:dev)"
    )
    options = arguments.parse_args()
    seconds: dict[str, list[float]] = {TRUE: [], CHECK: [], PULL_REQUEST: []}
    with (
        tempfile.TemporaryDirectory(prefix="gate-action-start-") as folder,
        serving(lambda _: Reply(body=item(1000, "another")), host="0.0.0.0") as provider,  # noqa: S104 - a container must reach it
        github_api(host="0.0.0.0") as api,  # noqa: S104 - as above
    ):
        prepare(Path(folder), api)
        for turn in range(options.runs + 1):
            for name, taken in seconds.items():
                took = run(command(name, options.image, Path(folder), provider, api), provider, api, name)
                if turn:  # the first one fills the caches
                    taken.append(took)
    show(seconds, options.runs)


def prepare(folder: Path, api: GithubApi) -> None:
    """Write the workspace and the event."""
    (folder / "pact.json").write_text(json.dumps(contract()), encoding="utf-8")
    head = {"sha": HEAD, "ref": "feature", "repo": {"full_name": api.repository}}
    (folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7, "head": head}}), encoding="utf-8")
    api.add_pull(7)


def command(name: str, image: str, folder: Path, provider: Server, api: GithubApi) -> list[str]:
    """Return what is run."""
    workspace = "/github/workspace"
    run_it = ["docker", "run", "--rm", "--workdir", workspace, "--volume", f"{folder}:{workspace}"]
    if name == TRUE:
        return [*run_it, "--entrypoint", TRUE, image]
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": api.seen_from(bridge_gateway()),
        "GITHUB_EVENT_NAME": "push" if name == CHECK else "pull_request",
        "GITHUB_EVENT_PATH": f"{workspace}/event.json",
        "GITHUB_REPOSITORY": api.repository,
        "GITHUB_SHA": HEAD,
        "INPUT_CONTRACTS": "pact.json",
        "INPUT_GITHUB-TOKEN": "" if name == CHECK else TOKEN,
        "INPUT_PROVIDER-URL": f"http://localhost:{provider.port}",
        "INPUT_SERVICE": "items",
    }
    settings = [part for variable, value in variables.items() for part in ("--env", f"{variable}={value}")]
    return [*run_it, *settings, image, "check"]


def run(command: Sequence[str], provider: Server, api: GithubApi, name: str) -> float:
    """Run a command once and return its seconds; stop when it did not do all that it should."""
    provider.asked.clear()
    told = len(api.statuses())
    start = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    asked = sum(path.startswith("/items/") for path in provider.paths())
    expected = (0, 0 if name == TRUE else INTERACTIONS, 2 if name == PULL_REQUEST else 0)
    if (ended.returncode, asked, len(api.statuses()) - told) != expected:
        sys.exit(f"{ended.stdout}{ended.stderr}\n{name}: exit code {ended.returncode}, {asked} interactions asked for")
    return seconds


def show(seconds: dict[str, list[float]], runs: int) -> None:
    """Print the table and whether the target is met."""
    print(f"{runs} runs each, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n")
    print("| `docker run` | median | min | median over `/bin/true` |\n|---|---:|---:|---:|")
    floor = statistics.median(seconds[TRUE])
    for name, taken in seconds.items():
        over = statistics.median(taken) - floor
        print(f"| `{name}` | {statistics.median(taken):.2f} s | {min(taken):.2f} s | {over:.2f} s |")
    over = statistics.median(seconds[CHECK]) - floor
    print(f"\n- Target: at most {TARGET:g} s over `/bin/true`: {'met' if over <= TARGET else 'not met'} ({over:.2f} s)")


if __name__ == "__main__":
    main()
