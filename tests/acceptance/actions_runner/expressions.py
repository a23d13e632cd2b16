"""Expressions of workflows: dotted names, `||` between them, the few conditions of jobs. Anything else is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Conclusion = Literal["success", "failure", "cancelled", "skipped"]

_EXPRESSION: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)+")
_COMPARISON: Final = re.compile(r"([\w.-]+)\s*(==|!=)\s*'([^']*)'")
_STATUS: Final = re.compile(r"(!?)\s*(always|success|failure|cancelled)\(\)")


class UnknownExpressionError(Exception):
    """An expression that this small evaluator does not know: write the workflow without it, or teach it."""


@dataclass(frozen=True, slots=True)
class Contexts:
    """What names stand for, by the name of the context, for example `github`."""

    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def extended(self, **values: Mapping[str, Any]) -> "Contexts":
        return Contexts({**self.values, **values})

    def only(self, *names: str) -> "Contexts":
        return Contexts({name: self.values[name] for name in names})

    def evaluate(self, text: str) -> str:
        """Replace each `${{ name }}` in `text` where it stands. What a context does not hold is empty, as on GitHub.

        Of `${{ name || other }}` it is the first that is not empty, 0 or false.
        """
        return _EXPRESSION.sub(lambda match: self._first(match[1]), text)

    def look_up(self, name: str) -> str:
        return _text(self._found(name), name)

    def _first(self, expression: str) -> str:
        found = [(self._found(name), name) for name in map(str.strip, expression.split("||"))]
        return _text(*next((one for one in found if one[0]), found[-1]))

    def _found(self, name: str) -> Any:
        if not _NAME.fullmatch(name):
            raise UnknownExpressionError(f"'{name}' is no plain dotted name")
        first, *rest = name.split(".")
        if first.lower() not in self.values:
            raise UnknownExpressionError(f"'{name}': there is no context '{first}' here")
        found: Any = self.values[first.lower()]
        for part in rest:
            found = _member(found, part)
        return found

    def holds(self, condition: str, *, status: Conclusion) -> bool:
        """Decide an `if:`. `status` is the job's so far; without a function that asks for it, it must be success."""
        wrapped = _EXPRESSION.fullmatch(condition.strip())
        terms = [term.strip() for term in (wrapped[1] if wrapped else condition).split("&&")]
        if terms == [""]:
            terms = ["success()"]
        asked = any(_STATUS.fullmatch(term) for term in terms)
        held = [self._term(term, status) for term in terms]
        return (asked or status == "success") and all(held)

    def _term(self, term: str, status: Conclusion) -> bool:
        if function := _STATUS.fullmatch(term):
            return (function[2] in {"always", status}) != bool(function[1])
        if comparison := _COMPARISON.fullmatch(term):
            equal = self.look_up(comparison[1]).lower() == comparison[3].lower()
            return equal == (comparison[2] == "==")
        raise UnknownExpressionError(
            f"condition '{term}': known are always(), success(), name == 'text' and && between"
        )


def _member(found: Any, name: str) -> Any:
    if not isinstance(found, Mapping):
        return None
    return next((value for key, value in found.items() if key.lower() == name.lower()), None)


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise UnknownExpressionError(f"'{name}' is no text but {type(value).__name__}")
