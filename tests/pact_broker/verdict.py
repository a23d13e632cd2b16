"""What the broker makes of the rows: may it be deployed, and the reasons, word for word."""

from dataclasses import dataclass
from typing import Any, Literal

from tests.pact_broker.matrix import Found, Matrix, Row, Wish

Json = dict[str, Any]
Notice = tuple[Literal["error", "success", "warning"], str]

_NO_ENVIRONMENT = (
    "WARN: It is recommended to specify the environment into which you are deploying. "
    "Without the environment, this result will not be reliable."
)
_NO_VERSION = (
    "WARN: It is recommended to specify the version number (rather than the tag or branch) of the pacticipant you wish "
    "to deploy to avoid race conditions. Without a version number, this result will not be reliable."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The summary of a matrix."""

    matrix: Matrix

    def summary(self) -> Json:
        rows, ignored = self.matrix.considered, self.matrix.ignored_selectors
        counts = {
            "success": sum(row.success is True for row in rows),
            "failed": sum(row.success is False for row in rows),
            "unknown": len(self._missing()) + sum(row.success is None for row in rows),
        }
        reason = "\n".join(text for _, text in self.notices())
        kept = {"ignored": len(self.matrix.ignored)} if ignored else {}
        return {"deployable": self.deployable(), "reason": reason, **counts, **kept}

    def deployable(self) -> bool | None:
        """Tell whether it may be deployed. What is unknown weighs more than what failed; no rows at all are fine."""
        if self._unknown_versions():
            return False
        if self._missing() or any(row.success is None for row in self.matrix.considered):
            return None
        return all(row.success for row in self.matrix.considered)

    def notices(self) -> list[Notice]:
        errors = self._errors()
        if errors:
            return [*self._warnings(), *errors]
        text = "All required verification results are published and successful"
        return [*self._warnings(), ("success", text if self.matrix.considered else "There are no missing dependencies")]

    def _errors(self) -> list[Notice]:
        unknown = self._unknown_versions()
        if unknown:
            return [("error", _nothing_published(one.wish)) for one in unknown]
        missing = [self._described(consumer, None, provider, None) for consumer, provider in self._missing()]
        rows = self.matrix.considered
        failed = [self._of_row(row) for row in rows if row.success is False]
        never = [self._of_row(row) for row in rows if row.success is None]
        return [
            *(("error", f"There is no verified pact between {sides}") for sides in missing),
            *(("error", f"The verification for the pact between {sides} failed") for sides in failed),
            *(("error", f"There is no verified pact between {sides}") for sides in never),
        ]

    def _warnings(self) -> list[Notice]:
        query = self.matrix.query
        texts = [f"WARN: Cannot ignore {_description(one)}" for one in self.matrix.ignored_selectors if not one.exists]
        specified = [one for one in self.matrix.selectors if one.specified]
        if len(specified) == 1 and not (query.tag or query.environment or query.main_branch):
            texts.append(_NO_ENVIRONMENT)
        chosen = [one for one in specified if not one.wish.only_name]
        if chosen and not any(one.wish.number for one in chosen):
            texts.append(_NO_VERSION)
        return [("warning", text) for text in texts]

    def _unknown_versions(self) -> list[Found]:
        ignored = {one.name for one in self.matrix.ignored_selectors if one.wish.only_name}
        return [one for one in self.matrix.selectors if one.specified and not one.exists and one.name not in ignored]

    def _missing(self) -> list[tuple[str, str]]:
        present = {row.sides for row in (*self.matrix.considered, *self.matrix.ignored)}
        return [
            (consumer, provider)
            for consumer, provider, required in self.matrix.integrations
            if required and (consumer, provider) not in present
        ]

    def _of_row(self, row: Row) -> str:
        consumer, provider = row.sides
        version = None if row.result is None else row.result.version.number
        return self._described(consumer, row.pact.version.number, provider, version)

    def _described(self, consumer: str, number: str | None, provider: str, provider_number: str | None) -> str:
        return f"{self._side(consumer, number)} and {self._side(provider, provider_number)}"

    def _side(self, name: str, number: str | None) -> str:
        selectors = [one for one in self.matrix.selectors if one.name == name]
        if len(selectors) == 1:
            return _description(selectors[0])
        for one in selectors:
            if one.version is not None and one.version.number == number:
                return _description(one)
        return f"any version of {name}" if number is None else f"version {number} of {name}"


def _description(one: Found) -> str:
    wish, name = one.wish, one.name
    number = wish.number if one.version is None else one.version.number
    found = number or "no such version exists"
    newest = "the latest" if wish.latest else "a"
    if one.pacticipant is None:
        text = f"any version of {name} (no such pacticipant exists)"
    elif wish.only_name:
        text = f"any version of {name}"
    elif wish.main_branch and number is None:
        whose = "the latest" if wish.latest else "any"
        text = f"{whose} version of {name} from the main branch (no versions exist for this branch)"
    elif wish.tag is not None:
        text = f"{newest} version of {name} with tag {wish.tag} ({found})"
    elif wish.branch is not None:
        text = f"{newest} version of {name} from branch {wish.branch} ({found})"
    elif wish.latest:
        text = f"the latest version of {name} ({found})"
    elif wish.environment is not None:
        text = _description_in(wish.environment, one)
    else:
        text = f"version {number} of {name}" + (" (no such version exists)" if one.version is None else "")
    return text


def _description_in(environment: str, one: Found) -> str:
    if one.version is None:
        nothing = "no version is currently recorded as deployed/released in this environment"
        return f"a version of {one.name} currently in {environment} ({nothing})"
    prefix = "one of the versions" if one.one_of_many else "the version"
    return f"{prefix} of {one.name} currently in {environment} ({one.version.number})"


def _nothing_published(wish: Wish) -> str:
    name = wish.pacticipant
    if wish.tag is not None:
        return f"No version with tag {wish.tag} exists for {name}"
    if wish.branch is not None:
        return f"No version of {name} from branch {wish.branch} exists"
    if wish.main_branch:
        return f"No version of {name} from the main branch exists"
    if wish.environment is not None:
        return f"No version of {name} is currently recorded as deployed or released in environment {wish.environment}"
    if wish.number is not None:
        return f"No pacts or verifications have been published for version {wish.number} of {name}"
    return f"No pacts or verifications have been published for {name}"
