"""An action's `action.yml`, as the runner reads it (`Worker/ActionManifestManager.cs`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from tests.acceptance.actions_runner.expressions import Contexts

_KNOWN = {"using", "image", "entrypoint", "args", "env"}


class UnsupportedError(Exception):
    """Something in an action or a workflow that this runner does not play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A Docker action and the image that stands for its `runs.image`."""

    uses: str
    """How a workflow names it, for example `contract-gate/contract-gate@v1`."""
    image: str
    inputs: Mapping[str, str]
    """Defaults by declared name; empty when there is none."""
    deprecated: Mapping[str, str]
    entrypoint: str
    args: Sequence[str] | None
    env: Mapping[str, str]

    @classmethod
    def read(cls, manifest: Path, *, image: str, uses: str = "contract-gate/contract-gate@v1") -> Self:
        content = load_yaml(manifest.read_text())
        runs = content["runs"]
        if runs["using"] != "docker" or not runs.get("image"):
            raise UnsupportedError(f"{manifest}: only Docker actions, with an image, are run here")
        if unknown := set(runs) - _KNOWN:
            raise UnsupportedError(f"{manifest}: runs.{', runs.'.join(sorted(unknown))} is not played here")
        declared = {name: given or {} for name, given in (content.get("inputs") or {}).items()}
        return cls(
            uses=uses,
            image=image,
            inputs={name: given.get("default", "") for name, given in declared.items()},
            deprecated={
                name.lower(): given["deprecationMessage"]
                for name, given in declared.items()
                if "deprecationMessage" in given
            },
            entrypoint=runs.get("entrypoint", ""),
            args=runs.get("args"),
            env=runs.get("env") or {},
        )

    def effective_inputs(self, given: Mapping[str, str], contexts: Contexts) -> dict[str, str]:
        """Return what the step gives, then the defaults. Names are not case-sensitive; `required` is not enforced."""
        effective = {name: contexts.evaluate(value) for name, value in given.items()}
        mine = {name.lower() for name in given}
        # GitHub knows few names in an `action.yml`: `github` and `runner` in defaults, `inputs` in `args` and `env`.
        narrow = contexts.only("github", "runner")
        return effective | {
            name: narrow.evaluate(default) for name, default in self.inputs.items() if name.lower() not in mine
        }

    def warnings(self, given: Mapping[str, str]) -> Iterator[str]:
        for name in given:
            if message := self.deprecated.get(name.lower()):
                yield f"Input '{name}' has been deprecated with message: {message}"
        valid = ["entryPoint", "args", *self.inputs]
        if unexpected := [name for name in given if name.lower() not in {known.lower() for known in valid}]:
            quoted = "', '"
            yield f"Unexpected input(s) '{quoted.join(unexpected)}', valid inputs are ['{quoted.join(valid)}']"

    def variables(self, inputs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Return `runs.env`."""
        contexts = Contexts({"inputs": inputs})
        return ((name, contexts.evaluate(value)) for name, value in self.env.items())

    def arguments(self, inputs: Mapping[str, str]) -> str:
        """Return the end of the command line: the action's own arguments quoted, or the step's `args` as they stand."""
        if self.args is None:
            return lowered(inputs).get("args", "")
        contexts = Contexts({"inputs": inputs})
        evaluated = (contexts.evaluate(argument).replace('"', '\\"') for argument in self.args)
        return " ".join(f'"{argument}"' for argument in evaluated)


def lowered(inputs: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in inputs.items()}


def load_yaml(text: str) -> Any:
    """Read YAML with every scalar as the text it is written as: `on` is a key, and `1.10` no number."""
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- makes text, lists and mappings only
