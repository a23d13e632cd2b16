"""Keeping results in the built-in store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gate import __version__
from gate.domain.contracts import Because, Contract, Fault, PacticipantVersion
from gate.domain.results import InteractionResult, Mismatch, Outcome
from gate.domain.reuse import Passed
from gate.ports import Verification
from gate.rendering.safe_text import brief
from gate.stores.built_in.facts import Facts
from gate.stores.built_in.layout import ResultEntry, ResultFact, next_number, results_of, written_fact
from gate.stores.built_in.names import escape
from gate.stores.built_in.reusing import only_honoured, passed_in, written_evidence
from gate.stores.built_in.tree import Change
from gate.stores.built_in.writing import introduced, named

TEXT_LIMIT: Final = 500
KEPT: Final = 50
"""Broken interactions of one contract, and mismatches of one interaction. What is kept is for people to read."""


class BuiltInResults:
    """Results in the built-in store. See `gate.ports.ResultKeeper` and `gate.ports.EarlierResults`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def keep(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> tuple[Fault, ...]:
        """Keep results: first that there is the version, on its branch, by which they end that a contract is pending.

        Raises:
            StoreError: not all of them could be kept.
        """
        self._facts.add(lambda: self._change(provider, verifications, url))
        return ()

    def passed(
        self, provider: PacticipantVersion, contracts: Sequence[Contract]
    ) -> Mapping[tuple[str, str, str], Passed]:
        """Return evidence; see `gate.ports.EarlierResults`. None of a version that is news here, or on its branch.

        So it is with work in progress that is binding now: a result that is kept says what the last one did not.

        Raises:
            StoreError: the store cannot say.
        """
        if introduced(self._facts, provider, ""):
            return {}
        entries = self._last_results(provider, contracts)
        self._facts.prefetch_files(one.path for one in entries.values())
        found = {key: passed_in(self._facts, entry) for key, entry in entries.items()}
        return {key: one for key, one in found.items() if one is not None}

    def _last_results(
        self, provider: PacticipantVersion, contracts: Sequence[Contract]
    ) -> Mapping[tuple[str, str, str], ResultEntry]:
        """Find the last result for each contract that was never failed by this version."""
        self._facts.prefetch(results_of(provider.name, one.consumer.name, one.content_id) for one in contracts)
        found = {}
        for one in contracts:
            every = self._facts.results(provider.name, one.consumer.name, one.content_id)
            last = only_honoured([each for each in every if each.version == escape(provider.version or "")])
            if last is not None and last.wip == _is_work_in_progress(one):
                found[one.key] = last
        return found

    def _change(self, provider: PacticipantVersion, verifications: Sequence[Verification], url: str) -> Change:
        files = introduced(self._facts, provider, url)
        newest = next_number(self._facts.versions(provider.name)) - (0 if files else 1)
        self._facts.prefetch(
            results_of(provider.name, one.contract.consumer.name, one.contract.content_id) for one in verifications
        )
        for one in verifications:
            files |= self._file(provider, one, url, newest)
        return Change(files=files, subject=_subject(provider, verifications), body=url)

    def _file(
        self, provider: PacticipantVersion, verification: Verification, url: str, newest: int
    ) -> Mapping[str, bytes]:
        contract = verification.contract
        fact = ResultFact(
            provider=provider.name,
            version=provider.version or "",
            consumer=contract.consumer.name,
            content=contract.content_id,
            success=verification.success,
            at=self._facts.now(),
            url=url,
            wip=_is_work_in_progress(contract),
            reusable=None if verification.evidence is None else written_evidence(verification.evidence),
        )
        entries = self._facts.results(provider.name, contract.consumer.name, contract.content_id)
        times = [one.time for one in entries if one.version == escape(fact.version)]
        more = {
            "consumer_versions": list(contract.versions),
            "interactions": len(verification.results),
            "broken": list(_broken(verification.results)),
            "verified_by": f"Contract Gate {__version__}",
        }
        return {fact.path(newest, max(times, default=0) + 1): written_fact(fact, more)}


def _is_work_in_progress(contract: Contract) -> bool:
    return contract.selection is not None and set(contract.selection.because) == {Because.WIP}


def _subject(provider: PacticipantVersion, verifications: Sequence[Verification]) -> str:
    """Say what came of it: `orders-api 4f2c: honours web-app, breaks billing`."""
    names = {
        verb: list(dict.fromkeys(named(one.contract.consumer) for one in verifications if one.success is success))
        for verb, success in (("breaks", False), ("honours", True))
    }
    said = [f"{verb} {', '.join(who[:KEPT])}" for verb, who in names.items() if who]
    return brief(f"{named(provider)}: {', '.join(said)}", TEXT_LIMIT)


def _broken(results: Sequence[InteractionResult]) -> Iterator[Mapping[str, Any]]:
    failed = [one for one in results if one.outcome is not Outcome.PASSED]
    for one in failed[:KEPT]:
        told: Mapping[str, Any] = {
            "interaction": brief(one.interaction.description, TEXT_LIMIT),
            "request": brief(one.interaction.request_line, TEXT_LIMIT),
            "states": [brief(state, TEXT_LIMIT) for state in one.interaction.states[:KEPT]],
            "mismatches": [_said(mismatch) for mismatch in one.mismatches[:KEPT]],
            "error": brief(one.error, TEXT_LIMIT),
        }
        yield {name: value for name, value in told.items() if value}


def _said(mismatch: Mismatch) -> str:
    where = " ".join(part for part in (mismatch.where.value, mismatch.path) if part)
    return brief(f"{where}: {mismatch.message}", TEXT_LIMIT)
