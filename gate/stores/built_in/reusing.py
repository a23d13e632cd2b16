"""Results that later runs may rest on. What is not exactly as a gate writes it is verified again."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gate.domain.errors import StoreError
from gate.domain.reuse import Basis, Evidence, Passed
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.layout import Content, ResultEntry

Said = Annotated[str, Field(min_length=1, max_length=200)]


class Reusable(BaseModel):
    """Evidence, as it stands in a result."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    interactions: Annotated[int, Field(ge=1)]
    listing: Content
    code: Annotated[str, Field(pattern="^[0-9a-f]{7,64}$")]
    configuration: Content
    engine: Said
    gate: Said


def written_evidence(evidence: Evidence) -> Mapping[str, Any]:
    """Write evidence."""
    basis = evidence.basis
    return Reusable(
        interactions=evidence.interactions,
        listing=evidence.listing,
        code=basis.code,
        configuration=basis.configuration,
        engine=basis.engine,
        gate=basis.gate,
    ).model_dump()


def only_honoured(entries: Sequence[ResultEntry]) -> ResultEntry | None:
    """Return the last of a pair's results; None where there is none, and where not all of them are successes.

    Of two that were written at once nobody knows which is the last.
    """
    latest = max((one.time for one in entries), default=0)
    last = [one for one in entries if one.time == latest]
    return last[0] if len(last) == 1 and all(one.success for one in entries) else None


def passed_in(facts: Facts, entry: ResultEntry) -> Passed | None:
    """Read the evidence in a result; None where there is none, or anything else."""
    try:
        fact = facts.result(entry)
        said = Reusable.model_validate(fact.reusable)
    except (StoreError, ValidationError):
        return None
    basis = Basis(code=said.code, configuration=said.configuration, engine=said.engine, gate=said.gate)
    evidence = Evidence(interactions=said.interactions, listing=said.listing, basis=basis)
    return Passed(evidence=evidence, at=fact.at, url=fact.url)
