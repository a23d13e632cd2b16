"""Which contracts a provider is to be verified against: the broker selects, we say what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from gate.clients.pact_broker.client import AT_ONCE, PactBroker
from gate.clients.pact_broker.errors import BrokerError
from gate.clients.pact_broker.resource import Resource
from gate.clients.threads import each
from gate.domain.contracts import Because, Contract, Fault, Selection
from gate.domain.report import Candidate, Stage
from gate.ports import Fetched
from gate.stores.choice import Choice, Selector
from gate.stores.pact_broker.documents import Branches, ForVerification, Pacticipant, Selected, is_part, read
from gate.stores.pact_broker.pacts import address_of_content, contract_of

LATEST: Final[Sequence[Selector]] = ({"latest": True},)
MAIN_BRANCH: Final[Sequence[Selector]] = ({"mainBranch": True},)
MATCHING_BRANCH: Final[Sequence[Selector]] = ({"matchingBranch": True},)


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
    content: str
    url: str
    because: list[Because] = field(default_factory=list)
    pending: bool = True

    @property
    def reasons(self) -> tuple[Because, ...]:
        """The reasons, each once: work in progress is what nobody selected."""
        every = tuple(dict.fromkeys(self.because))
        return tuple(one for one in every if one is not Because.WIP) or every

    @property
    def key(self) -> tuple[str, str]:
        """Consumer and content."""
        return self.consumer, self.content


class Relevance:
    """Asks the broker for the contracts that are relevant to a candidate.

    One question for each reason, so that every contract is known to be there for what it is there for.
    """

    def __init__(self, broker: PactBroker, choice: Choice) -> None:
        self._broker = broker
        self._choice = choice

    def contracts(self, candidate: Candidate, provider: Pacticipant) -> Fetched:
        """Return the contracts, each content of a consumer once, and what kept one from being found or read."""
        questions = self._questions(candidate, provider)
        answers = each(partial(self._ask, candidate), questions, AT_ONCE)
        chosen: dict[tuple[str, str], _Chosen] = {}
        consumers: set[str] = set()
        for asked, answer in zip(questions, answers, strict=True):
            if asked.because is None:
                consumers = {address_of_content(one.links.self.href)[0] for one in answer}
            else:
                _choose(chosen, answer, asked.because)
        headless = self._headless(consumers, chosen)
        faults = self._choose_any_branch(candidate, headless, chosen)
        fetched = each(partial(self._fetch, candidate), chosen.values(), AT_ONCE)
        contracts = [one for one in fetched if isinstance(one, Contract)]
        return Fetched(
            contracts=tuple(sorted(contracts, key=lambda one: (one.consumer.name, one.consumer.version or ""))),
            faults=(*faults, *(one for one in fetched if isinstance(one, Fault))),
            notes=(*self._idle(questions, answers), *(_note_on_branches(one) for one in headless)),
            unread=tuple(one.key for one, got in zip(chosen.values(), fetched, strict=True) if isinstance(got, Fault)),
        )

    def live(self, candidate: Candidate) -> list[tuple[str, str]]:
        """Return consumer and content of each contract that is live where the candidate is headed."""
        return [address_of_content(one.links.self.href) for one in self._ask(candidate, _live(candidate))]

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
        questions = [_live(candidate)]
        if self._choice.selectors:
            chosen = _Question(because=Because.SELECTED, selectors=self._choice.selectors, wip_since=wip_since)
            return [*questions, chosen]
        questions.append(_Question(because=Because.MAIN_BRANCH, selectors=MAIN_BRANCH, wip_since=wip_since))
        if changing and candidate.branch not in {None, provider.main_branch}:
            questions.append(_Question(because=Because.SAME_BRANCH, selectors=MATCHING_BRANCH))
        if changing:
            questions.append(_Question(because=None, selectors=LATEST))
        return questions

    def _fetch(self, candidate: Candidate, chosen: _Chosen) -> Contract | Fault:
        """Read a contract. One that cannot be read does not keep the others from being verified."""
        selection = Selection(because=chosen.reasons, pending=chosen.pending)
        try:
            contract = contract_of(self._broker.get(chosen.url), candidate.service, selection)
            if (contract.consumer.name, contract.content_id) != chosen.key:
                raise BrokerError(
                    f"this is the contract of {contract.consumer.name}, content {contract.content_id}, where that of "
                    f"{chosen.consumer}, content {chosen.content}, was asked for.",
                    where=contract.source,
                )
        except BrokerError as error:
            return Fault(where=f"the contract of {chosen.consumer}", what=error.what, remedy=error.remedy)
        return contract

    def _idle(self, questions: Sequence[_Question], answers: Sequence[tuple[Selected, ...]]) -> tuple[str, ...]:
        """Say when selectors of the user's own select nothing: a name may be misspelt."""
        asked = zip(questions, answers, strict=True)
        nothing = any(question.because is Because.SELECTED and not answer for question, answer in asked)
        return ("consumer-version-selectors selected no contract at all.",) if nothing else ()

    def _headless(self, consumers: set[str], chosen: Mapping[tuple[str, str], _Chosen]) -> list[Resource]:
        """Find consumers whose main branch the broker does not know: their heads are silently left out [R261].

        One that names a branch which it never had is no better. One whose main branch has no contract any more is fine.
        """
        with_head = {one.consumer for one in chosen.values() if Because.MAIN_BRANCH in one.because}
        found = each(self._without_main_branch, sorted(consumers - with_head), AT_ONCE)
        return [one for one in found if one is not None]

    def _without_main_branch(self, name: str) -> Resource | None:
        resource = self._broker.get(self._broker.index.link("pb:pacticipant", pacticipant=name))
        branch = read(Pacticipant, resource).main_branch
        if branch is None:
            return resource
        url = self._broker.index.link("pb:pacticipant-branch", pacticipant=name, branch=branch)
        return resource if self._broker.find(url) is None else None

    def _choose_any_branch(
        self, candidate: Candidate, consumers: Sequence[Resource], chosen: dict[tuple[str, str], _Chosen]
    ) -> list[Fault]:
        """Take the heads of all branches of consumers without a main one, as any of them may be it.

        Of one without any branch, take its latest version.
        """
        selectors: list[Selector] = []
        faults = []
        for pacticipant in consumers:
            name = read(Pacticipant, pacticipant).name
            resource = self._broker.get(pacticipant.link("pb:branches"))
            if is_part(resource):
                faults.append(_too_many_branches(name))
            branches = read(Branches, resource, whole=False).content.branches
            selectors += [{"branch": branch.name, "consumer": name} for branch in branches]
            selectors.append({"latest": True, "consumer": name})
        if selectors:
            asked = _Question(because=Because.SOME_BRANCH, selectors=selectors)
            _choose(chosen, self._ask(candidate, asked), Because.SOME_BRANCH)
        return faults


def _live(candidate: Candidate) -> _Question:
    selectors: list[Selector] = [{"environment": name} for name in candidate.environments]
    return _Question(because=Because.LIVE, selectors=selectors)


def _choose(chosen: dict[tuple[str, str], _Chosen], answer: Sequence[Selected], because: Because) -> None:
    for selected in answer:
        url = selected.links.self.href
        key = address_of_content(url)
        one = chosen.setdefault(key, _Chosen(*key, url))
        if not selected.properties.wip and set(one.because) <= {Because.WIP}:
            one.url = url  # a result that is kept by way of work in progress does not end that
        one.because.append(Because.WIP if selected.properties.wip else because)
        one.pending = one.pending and selected.properties.pending


def _note_on_branches(pacticipant: Resource) -> str:
    name = read(Pacticipant, pacticipant).name
    return (
        f"The broker does not know the main branch of {name}, so the heads of all its branches and its latest version "
        f"were taken. Set it: pact-broker create-or-update-pacticipant --name {name} --main-branch NAME"
    )


def _too_many_branches(consumer: str) -> Fault:
    return Fault(
        where=consumer,
        what="the broker does not know its main branch, and it has too many to take them all for it.",
        remedy=(
            f"Set it (pact-broker create-or-update-pacticipant --name {consumer} --main-branch NAME), or choose "
            "contracts by consumer-version-selectors; if that consumer is gone, delete it from the broker."
        ),
    )
