"""Which contracts a provider is to be verified against: the broker selects, we say what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from gate.clients.pact_broker.client import AT_ONCE, PactBroker
from gate.clients.threads import each
from gate.domain.contracts import Because, Contract, Fault, Selection
from gate.domain.report import Candidate, Stage
from gate.stores.pact_broker.documents import ForVerification, Pacticipant, Selected, read
from gate.stores.pact_broker.pacts import address_of_content, contract_of

Selector = Mapping[str, Any]
LATEST: Final[Sequence[Selector]] = ({"latest": True},)
MAIN_BRANCH: Final[Sequence[Selector]] = ({"mainBranch": True},)
MATCHING_BRANCH: Final[Sequence[Selector]] = ({"matchingBranch": True},)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the user says beside the rules."""

    selectors: Sequence[Selector] = ()
    """Instead of the heads of branches; empty for the rules alone."""
    wip_since: str | None = None
    """A date. None leaves work in progress out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What the broker is asked to select."""

    because: Because | None
    """The reason for what it selects; None to hear of all consumers alone."""
    selectors: Sequence[Selector]
    wip_since: str | None = None


@dataclass(slots=True)
class _Chosen:
    """One content, and all reasons for it."""

    consumer: str
    url: str
    because: list[Because] = field(default_factory=list)
    pending: bool = True


class Relevance:
    """Asks the broker for the contracts that are relevant to a candidate.

    One question for each reason, so that every contract is known to be there for what it is there for.
    """

    def __init__(self, broker: PactBroker, choice: Choice) -> None:
        self._broker = broker
        self._choice = choice

    def contracts(self, candidate: Candidate, provider: Pacticipant) -> tuple[tuple[Contract, ...], tuple[Fault, ...]]:
        """Return the contracts, each content once, and what kept one from being found."""
        questions = self._questions(candidate, provider)
        answers = each(partial(self._ask, candidate), questions, AT_ONCE)
        chosen: dict[str, _Chosen] = {}
        consumers: set[str] = set()
        for asked, answer in zip(questions, answers, strict=True):
            if asked.because is None:
                consumers = {address_of_content(one.links.self.href)[0] for one in answer}
                continue
            for selected in answer:
                _choose(chosen, selected, asked.because)
        fetched = each(partial(self._fetch, candidate), chosen.values(), AT_ONCE)
        return _distinct(fetched), self._headless(consumers, chosen)

    def has_consumers(self, provider: str) -> bool:
        """Say whether any consumer has ever had a contract with the provider."""
        return bool(self._select(provider, {"consumerVersionSelectors": LATEST, "includePendingStatus": True}))

    def _ask(self, candidate: Candidate, asked: _Question) -> tuple[Selected, ...]:
        # What is not said about the pending status means yes [R191]: it is said each time.
        body: dict[str, Any] = {"consumerVersionSelectors": asked.selectors, "includePendingStatus": True}
        if candidate.branch is not None:
            body["providerVersionBranch"] = candidate.branch
        if asked.wip_since is not None:
            body["includeWipPactsSince"] = asked.wip_since
        return self._select(candidate.service, body)

    def _select(self, provider: str, body: Mapping[str, Any]) -> tuple[Selected, ...]:
        """Ask for contracts for verification [R065]."""
        url = self._broker.index.link("pb:provider-pacts-for-verification", provider=provider)
        return read(ForVerification, self._broker.ask(url, body)).content.pacts

    def _questions(self, candidate: Candidate, provider: Pacticipant) -> list[_Question]:
        changing = candidate.stage is Stage.CHANGE
        wip_since = self._choice.wip_since if changing else None
        live: list[Selector] = [{"environment": name} for name in candidate.environments]
        questions = [_Question(because=Because.LIVE, selectors=live)]
        if self._choice.selectors:
            chosen = _Question(because=Because.SELECTED, selectors=self._choice.selectors, wip_since=wip_since)
            return [*questions, chosen]
        questions.append(_Question(because=Because.MAIN_BRANCH, selectors=MAIN_BRANCH, wip_since=wip_since))
        if changing and candidate.branch not in {None, provider.main_branch}:
            questions.append(_Question(because=Because.SAME_BRANCH, selectors=MATCHING_BRANCH))
        if changing:
            questions.append(_Question(because=None, selectors=LATEST))
        return questions

    def _fetch(self, candidate: Candidate, chosen: _Chosen) -> Contract:
        selection = Selection(because=tuple(dict.fromkeys(chosen.because)), pending=chosen.pending)
        return contract_of(self._broker.get(chosen.url), candidate.service, selection)

    def _headless(self, consumers: set[str], chosen: Mapping[str, _Chosen]) -> tuple[Fault, ...]:
        """Find consumers whose main branch the broker does not know: their contracts are silently left out [R261]."""
        with_head = {one.consumer for one in chosen.values() if Because.MAIN_BRANCH in one.because}
        doubtful = sorted(consumers - with_head)
        known = each(self._has_main_branch, doubtful, AT_ONCE)
        return tuple(_no_main_branch(name) for name, is_known in zip(doubtful, known, strict=True) if not is_known)

    def _has_main_branch(self, name: str) -> bool:
        resource = self._broker.get(self._broker.index.link("pb:pacticipant", pacticipant=name))
        return read(Pacticipant, resource).main_branch is not None


def _choose(chosen: dict[str, _Chosen], selected: Selected, because: Because) -> None:
    url = selected.links.self.href
    consumer, content = address_of_content(url)
    one = chosen.setdefault(f"{consumer}/{content}", _Chosen(consumer, url))
    one.because.append(Because.WIP if selected.properties.wip else because)
    one.pending = one.pending and selected.properties.pending


def _distinct(contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    found = {(contract.consumer.name, contract.content_id): contract for contract in contracts}
    return tuple(sorted(found.values(), key=lambda contract: (contract.consumer.name, contract.consumer.version or "")))


def _no_main_branch(consumer: str) -> Fault:
    return Fault(
        where=consumer,
        what="the broker does not know its main branch, so that the contract at the head of it was not selected.",
        remedy=(
            f"Set it (pact-broker create-or-update-pacticipant --name {consumer} --main-branch NAME), or choose "
            "contracts by consumer-version-selectors; if that consumer is gone, delete it from the broker."
        ),
    )
