"""The first ten minutes: a deploy that is blocked for a reason that anyone can see, and two services over a store."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gate.domain.errors import ConfigurationError, GateError

EXAMPLES: Final = Path(__file__).resolve().parent.parent / "examples"
EXAMPLE: Final = EXAMPLES / "orders"
TWO_SERVICES: Final = EXAMPLES / "two-services"
ALLOWED, BLOCKED = 0, 1
MARKDOWN: Final = "contract-gate-report.md"
PATIENCE: Final = 120.0
"""Seconds for one step."""
OWN: Final = ("GATE_", "INPUT_", "GITHUB_")
"""How variables begin that would make a step of the demo another one."""

FIRST_ACT: Final = "Act one: one service, and the contracts of three consumers as files\n"
SECOND_ACT: Final = """
Act two: two services, and a store in a git repository that both write to
"""

NEXT: Final = """
What to look at next
  {folder}/contracts/
      what three consumers expect of orders-api
  {folder}/orders.py
      the provider; `total` was renamed to `amount` in it, which breaks web-checkout
  {folder}/{markdown}
      the report as a pull request would show it
"""

MEND: Final = "Mend it: write `total` in the line that says RENAMED in orders.py, and run `./dev gate demo` again.\n"

STORE: Final = "contracts.git"
SERVE: Final = f"{shlex.quote(sys.executable)} -m uvicorn orders:app --port {{port}}"
LEFT: Final = """
What it left in the store, the newest first (git -C {store} log --stat contract-gate):
{log}

How to have this for your own services: {folder}/README.md
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a pipeline, and what comes of it."""

    story: str
    service: str
    command: str
    options: Mapping[str, str]
    code: int = ALLOWED
    edit: tuple[str, str] | None = None
    """What is changed in the provider before: this text, and what takes its place."""
    in_full: bool = False
    """Whether all that it says is shown, or the end alone."""


PRODUCTION: Final = {"environment": "production"}
VERIFY: Final = {**PRODUCTION, "publish-results": "always", "provider-command": SERVE}
RENAMED: Final = ('"total": 19.9', '"amount": 19.9')
STEPS: Final = (
    Step("web-app 1 publishes what it expects of orders-api.", "web-app", "publish", {"version": "1"}),
    Step(
        "orders-api 1 is verified against that, in its own pipeline.", "orders-api", "check", {"version": "1", **VERIFY}
    ),
    Step("It is deployed, and that is recorded.", "orders-api", "record-deployment", {"version": "1", **PRODUCTION}),
    Step(
        "web-app 1 may be deployed: the orders-api that is live honours it.",
        "web-app",
        "can-i-deploy",
        {"version": "1", "stage": "deploy", **PRODUCTION},
    ),
    Step("It is deployed, and that is recorded.", "web-app", "record-deployment", {"version": "1", **PRODUCTION}),
    Step(
        "orders-api 2 renames a field. Its pull request is blocked.",
        "orders-api",
        "check",
        {"version": "2", "branch": "rename-total", **VERIFY},
        code=BLOCKED,
        edit=RENAMED,
        in_full=True,
    ),
    Step(
        "orders-api 3 takes that back, and is verified anew.",
        "orders-api",
        "check",
        {"version": "3", "stage": "deploy", **VERIFY},
        edit=(RENAMED[1], RENAMED[0]),
    ),
    Step("It is deployed, and that is recorded.", "orders-api", "record-deployment", {"version": "3", **PRODUCTION}),
)


def run_demo(run: Callable[[Mapping[str, Any]], int], say: Callable[[str], None], examples: Path = EXAMPLES) -> int:
    """Play both acts, and return the exit code of the first: the deploy that a person sees blocked.

    Args:
        run: runs the gate with these options in the working directory and returns the exit code.
        say: tells the person.
        examples: the folder of the examples.

    Raises:
        GateError: something came otherwise than it had to.
    """
    if not examples.is_dir():
        raise ConfigurationError(
            "the example is not here: it is part of the source, not of the installed package.",
            where=str(examples),
            remedy="Clone the repository and run `./dev gate demo` in it.",
        )
    before = Path.cwd()
    say(FIRST_ACT)
    os.chdir(examples / EXAMPLE.name)
    try:
        code = run({"markdown": MARKDOWN})
    finally:
        os.chdir(before)
    try:
        _play(examples / TWO_SERVICES.name, say)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or error
        raise GateError(
            f"the second act could not be played: {said}", remedy="It needs git, and a clone to write to."
        ) from error
    say(
        NEXT.format(folder=os.path.relpath(examples / EXAMPLE.name), markdown=MARKDOWN)
        + (MEND if code == BLOCKED else "")
    )
    return code


def _play(folder: Path, say: Callable[[str], None]) -> None:
    """Play the second act, in a copy of the services and with a store of their own."""
    say(SECOND_ACT)
    stage = folder / "demo"
    shutil.rmtree(stage, ignore_errors=True)
    for service in ("orders-api", "web-app"):
        shutil.copytree(folder / service, stage / service)
    _git("init", "--quiet", "--bare", str(stage / STORE))
    for step in STEPS:
        _take(step, stage, say)
    log = _git("-C", str(stage / STORE), "log", "--format=  %h %s", "contract-gate")
    say(LEFT.format(store=os.path.relpath(stage / STORE), log=log, folder=os.path.relpath(folder)))


def _take(step: Step, stage: Path, say: Callable[[str], None]) -> None:
    if step.edit is not None:
        provider = stage / "orders-api" / "orders.py"
        provider.write_text(provider.read_text().replace(*step.edit))
    options = {"branch": "main", "store": str(stage / STORE), **step.options}
    told = [word for name, value in options.items() for word in (f"--{name}", value)]
    code, text = _gate([step.command, *told], stage / step.service)
    say(f"{step.story}\n  $ gate {step.command} --service {step.service} --version {step.options['version']} ...")
    say("\n".join(f"  {line}" for line in (text if step.in_full else _end(text)).splitlines()) + "\n")
    if code != step.code:
        raise GateError(f"the demo's step ended with {code}, and not with {step.code}: {text}")


def _gate(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run the gate as a pipeline does, and return its exit code and what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    environment |= {
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "COLUMNS": str(shutil.get_terminal_size().columns - 2),
    }
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "gate", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout.strip()


def _end(text: str) -> str:
    """Return the last paragraph."""
    return text.rpartition("\n\n")[2]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, timeout=PATIENCE)  # noqa: S603, S607
    return done.stdout.rstrip()
