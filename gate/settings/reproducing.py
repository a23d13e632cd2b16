"""How to say on a laptop what a run was told."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gate.domain.report import Reproduction
from gate.settings.declaration import FILE_NAME, SETTINGS, Setting
from gate.settings.gate_file import Given

GROUPS: Final = frozenset({"candidate", "broker", "store", "contracts", "provider", "verification"})
"""What decides the outcome. The rest says who is told."""
OF_THE_RUN: Final = frozenset({"version", "branch", "consumer", "interaction"})
"""What a laptop knows by itself, and what narrows."""
NOT_SHOWN: Final = frozenset({"broker-url", "broker-username", "store", "provider-command", "provider-env"})
"""What people write secrets into, or keep among them. Nobody masks a comment on a pull request."""
LOCAL: Final = re.compile(
    r"https?://(localhost|127\.[\d.]+|\[::1\]|\{host\})(:(\d+|\d*\{replica\}\d*|\{port\}))?(/[^?#@]*)?"
)
"""An address that leads nowhere but to the same machine. Of any other, each part may be what makes it secret."""


def reproduction(given: Mapping[str, Given], file: str = FILE_NAME) -> Reproduction:
    """Say which options tell `gate verify` the same, and which variables have to hold what is not to be shown.

    Args:
        given: what was said, by the setting's name.
        file: the gate file: what stands there is in the repository, and need not be said again.
    """
    options: list[str] = []
    variables: list[str] = []
    for setting in SETTINGS:
        said = given.get(setting.name)
        if said is None or setting.group not in GROUPS or setting.name in OF_THE_RUN:
            continue
        if said.origin.startswith(str(file)):
            continue
        values = _values(setting, said.value)
        if setting.meaning.secret or setting.name in NOT_SHOWN or not all(map(_is_public, values)):
            variables.append(setting.variable)
        else:
            options += [part for value in values for part in (f"--{setting.name}", value)]
    return Reproduction(options=tuple(options), variables=tuple(variables))


def _values(setting: Setting, value: Any) -> list[str]:  # noqa: ANN401 - text or a list of it
    """Take a value apart as often as its option has to be said."""
    values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    lines = [line for one in values for line in one.splitlines()] if setting.meaning.many else values
    return [text for line in lines if (text := line.strip())]


def _is_public(value: str) -> bool:
    return "//" not in value or LOCAL.fullmatch(value) is not None
