"""What an earlier result must rest on to be reused."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from gate import __version__
from gate.domain.report import Candidate
from gate.domain.reuse import Basis
from gate.pipeline.gate import Reusing
from gate.ports import EarlierResults
from gate.settings.groups import CONTAINER_URL, ProviderSettings, Settings

ENGINE: Final = "pact-python-ffi"
"""Its version is read without loading it."""
PINNED: Final = re.compile(r".+@sha256:[0-9a-f]{64}")
"""An image that is named by its content."""
ITS_OWN: Final = ("http://127.0.0.1:{port}", "http://localhost:{port}", CONTAINER_URL)
"""Where nobody else listens than the provider that the gate starts."""
OF_THE_RUN: Final = ("GITHUB_", "RUNNER_", "ACTIONS_", "INPUT_", "GATE_")
"""Variables that tell one run from another, or whose meaning is a setting."""
OF_THE_MACHINE: Final = frozenset({"RUNNER_ARCH", "RUNNER_OS"})
OF_THE_PROCESS: Final = frozenset(
    {"HOSTNAME", "PWD", "OLDPWD", "SHLVL", "_", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID"}
)
"""They are others in each run, and say nothing of the provider."""


def reusing_of(
    settings: Settings, candidate: Candidate, environment: Mapping[str, str], earlier: EarlierResults | None
) -> Reusing | None:
    """Say what an earlier result must rest on; None where nothing is reused.

    Nothing is where the gate does not start the provider, or where what it starts is not named by its content; where
    somebody else may answer for it; and where there are headers, which are secret, and may be others each time.

    Args:
        settings: all that the user said.
        candidate: that the verdict is about.
        environment: of the process.
        earlier: where earlier results are; None where there are none, or this run keeps none itself.
    """
    own = settings.provider
    starts = own.command is not None or own.image is not None
    is_certain = own.image is None or PINNED.fullmatch(own.image) is not None
    if earlier is None or settings.verification.reuse_results == "never" or own.headers:
        return None
    if not (starts and is_certain and _is_alone(own)):
        return None
    told = configuration(settings, environment)

    @cache
    def basis(code: str) -> Basis:
        return Basis(
            code=code,
            configuration=named(told, f"{candidate.service}\n{candidate.version}"),
            engine=f"{ENGINE} {version(ENGINE)}",
            gate=__version__,
        )

    return Reusing(earlier=earlier, basis=basis, pinned=own.command is None)


def _is_alone(own: ProviderSettings) -> bool:
    """Say whether provider states and messages come from the provider that is started, and from nobody else."""
    origins = {urlsplit(url)[:2] for url in (*own.url, *ITS_OWN)}
    named = [url for url in (own.states_url, own.messages_url) if url is not None and not url.startswith("/")]
    return all(urlsplit(url)[:2] in origins for url in named)


def configuration(settings: Settings, environment: Mapping[str, str]) -> str:
    """Write down all that can change what a verification finds. It holds secrets.

    Of the variables of the process those count that a provider-command is given by the workflow: jobs of a matrix may
    differ in them alone. Also what tells the gates of such jobs from each other counts.
    """
    own = settings.provider
    passed_on = environment if own.image is None else {}
    said = {
        "provider": own.model_dump(mode="json", exclude={"headers", "timeout"}),
        "verification": settings.verification.model_dump(mode="json", exclude={"wait"}),
        "path": settings.candidate.path,
        "instance": settings.candidate.application_instance,
        "key": settings.news.comment_key,
        "machine": {name: environment[name] for name in OF_THE_MACHINE if name in environment},
        "environment": {name: value for name, value in passed_on.items() if not _is_of_the_run(name)},
    }
    return json.dumps(said, sort_keys=True)


def _is_of_the_run(name: str) -> bool:
    return name in OF_THE_PROCESS or name.startswith(OF_THE_RUN)


def named(told: str, of: str) -> str:
    """Name a configuration of something. Who reads the name learns nothing: to guess takes a moment for each guess."""
    salt = hashlib.sha256(of.encode("utf-8", "surrogatepass")).digest()
    # The costs are those that scrypt's author proposes where a person waits.
    return hashlib.scrypt(told.encode("utf-8", "surrogatepass"), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
